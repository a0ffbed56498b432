"""Write the vectors that the Python fold and the TypeScript fold share.

    python tools/make_vectors.py           writes tests/vectors/fold.json when it is stale
    python tools/make_vectors.py --check   exits 1 when it is stale

A case is a list of records from seq 1 on. `payload` is hex, null for a record that clients do not
see. The roots (hex) stand after each whole group; `entities` and `log_root` after the last.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from worldloom.kernel.chance import Chance  # noqa: E402
from worldloom.kernel.components import Color, Shape, Text, Transform  # noqa: E402
from worldloom.kernel.draft import Draft  # noqa: E402
from worldloom.kernel.hashing import Frontier  # noqa: E402
from worldloom.kernel.live import Stream  # noqa: E402
from worldloom.kernel.people import Roles  # noqa: E402
from worldloom.kernel.records import Record, encode_payload, hidden  # noqa: E402
from worldloom.kernel.schema import Component, encode, is_private  # noqa: E402
from worldloom.kernel.state import State  # noqa: E402
from worldloom.stores.memory import MemoryStore  # noqa: E402

TARGET = Path(__file__).resolve().parent.parent / "tests" / "vectors" / "fold.json"
NAMES = (
    "lamp",
    "Öllampe",
    "灯",
    "a lamp with a name of some length, for longer string heads",
    "🏮",
)


class Case:
    """One log in the making."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.stream = Stream(name, MemoryStore())
        self.records: list[dict[str, Any]] = []

    @property
    def state(self) -> State:
        """The state after the last group."""
        return self.stream.state

    def add(self, draft: Draft) -> None:
        """Seal a draft and note its records and the roots after it."""
        if not draft.events:
            return
        part, records = self.stream.seal(draft, 1_700_000_000_000_000, "ann", "do:ann:1")
        self.records += [
            self.row(record, body) for record, body in zip(records, part.rows[::2], strict=True)
        ]
        self.records[-1] |= {
            "public_root": self.state.public_root().hex(),
            "private_root": self.state.private_root().hex(),
            "state_hash": self.state.state_hash().hex(),
        }

    def row(self, record: Record, body: bytes) -> dict[str, Any]:
        """Return one record as JSON."""
        return {
            "seq": record.seq,
            "kind": record.kind,
            "version": record.version,
            "payload": None if hidden(record) else record.payload.hex(),
            "body": body.hex(),
            "hash": record.hash.hex(),
        }

    def as_json(self) -> dict[str, Any]:
        """Return the whole case."""
        frontier = Frontier()
        for record in self.records:
            frontier.append(bytes.fromhex(record["hash"]))
        entities = [
            [
                entity.id, entity.name, entity.parent,
                [[name, cell.version, cell.data.hex()]
                 for name, cell in sorted(entity.cells.items()) if not is_private(name)],
            ]
            for entity in sorted(self.state.entities.values(), key=lambda entity: entity.id)
        ]  # fmt: skip
        return {
            "name": self.name,
            "records": self.records,
            "entities": entities,
            "log_root": frontier.root().hex(),
        }


def each_kind() -> Case:
    """Return a log with every state event once, one to a group."""
    case = Case("each kind of state event")
    writes: tuple[Callable[[Draft], object], ...] = (
        lambda draft: draft.add("Declared", 1, encode_payload(((), "", ()))),
        lambda draft: draft.spawn("table", [Transform((1, 2, 3)), Shape()]),
        lambda draft: draft.spawn("cup", [Color(), Roles((("a", "owner"),))], parent=2),
        lambda draft: draft.put(draft.need(3), Color("#ff8800", glow=1.5)),
        lambda draft: draft.take(3, "Color"),
        lambda draft: draft.take(3, "~Roles"),
        lambda draft: draft.add("mall.Sold", 2, encode_payload({"price": 2400})),
        lambda draft: draft.add("Undone", 1, encode_payload((4, True, "ann"))),
        lambda draft: draft.bind("people", "grant it again"),
        lambda draft: draft.add("Forked", 1, encode_payload(("plaza", 7))),
        lambda draft: draft.add("Forgot", 1, encode_payload(("ann",))),
        lambda draft: draft.despawn(2),
        bring_back,
        lambda draft: draft.add("WentLive", 1, encode_payload(())),
    )
    for write in writes:
        draft = Draft(case.state, "ann")
        write(draft)
        case.add(draft)
    return case


def bring_back(draft: Draft) -> None:
    """Add the record by which a despawned entity is there again, as an undo writes it."""
    cells = (("Color", 1, encode(Color("#00ff88"))),)
    draft.add("Spawned", 1, encode_payload((3, "cup", None, cells, 14, 3, ((0, 4),))))
    draft.refold = True


def value(chance: Chance) -> Component:
    """Return some component."""
    return chance.choice(
        (
            Transform((chance.uniform(-99, 99), 0.0, -0.0)),
            Color(f"#{chance.randint(0, 0xFFFFFF):06x}", chance.random()),
            Text("".join(chance.choice("aß漢🏮") for _ in range(chance.randint(0, 40)))),
            Roles((("plaza", "owner"),) * chance.randint(0, 3)),
        )
    )


def random_history(seed: int, groups: int) -> Case:
    """Return a long log of groups of several events."""
    case = Case(f"random history {seed}")
    chance = Chance(seed.to_bytes(4, "big"))
    for _ in range(groups):
        draft = Draft(case.state, "ann")
        for _ in range(chance.randint(1, 4)):
            one_event(draft, chance)
        case.add(draft)
    return case


def one_event(draft: Draft, chance: Chance) -> None:
    """Add something that happens."""
    living = [id for id in range(1, draft.next_seq) if draft.look(id)]
    deed = chance.randint(0, 9)
    if deed < 3 or not living:
        parent = chance.choice(living) if living and chance.random() < 0.4 else None
        draft.spawn(f"{chance.choice(NAMES)} {draft.next_seq}", [value(chance)], parent)
        return
    entity = draft.need(chance.choice(living))
    if deed < 8:
        draft.put(entity, value(chance))
    elif deed == 8 and entity.cells:
        draft.take(entity.id, chance.choice(sorted(entity.cells)))
    else:
        draft.despawn(entity.id)


def build() -> str:
    """Return the file's text."""
    cases = [each_kind(), random_history(1, 60), random_history(2, 120)]
    return json.dumps({"cases": [case.as_json() for case in cases]}, indent=1) + "\n"


def main(arguments: list[str]) -> int:
    """Write or check the file."""
    text = build()
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
        return 0
    if "--check" in arguments:
        print(f"{TARGET.name} is stale: run python tools/make_vectors.py")
        return 1
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
