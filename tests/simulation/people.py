"""The people of a history: what they say, and that nothing is left of those who are forgotten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.forgetting import Forgotten
from worldloom.kernel.personal import BOX_EXT
from worldloom.kernel.realm import Caller, Command, Realm
from worldloom.kernel.recording import TRACKED
from worldloom.kernel.records import Forgot, Record, describe, verify
from worldloom.kernel.rights import Role
from worldloom.kernel.sealing import FORM, ID_BYTES, Box, open_box

if TYPE_CHECKING:
    from tests.simulation.driver import Simulation

_plain = msgspec.msgpack.Decoder(ext_hook=lambda code, data: None).decode
GUESTS = ("guest:g0", "guest:g1", "guest:g2")


class People:
    """Who said what in one history, and who was promised to be forgotten."""

    def __init__(self, simulation: Simulation) -> None:
        self.sim = simulation
        self.texts: dict[str, list[str]] = defaultdict(list)
        """Account → all words and names that ever came of it."""
        self.gone: set[str] = set()
        """Words of people of whom it was acknowledged that they are forgotten."""
        self._made = 0
        self._going: list[tuple[Forgotten, list[str]]] = []

    def words(self, account: str) -> str:
        """Return words that nobody ever said before."""
        self._made += 1
        text = f"words-{self._made}-of-{account[-2:]}."
        self.texts[account].append(text)
        return text

    def note(self, world: str, key: str | None = None) -> Command:
        """Return a command by which someone writes words down."""
        account = self.sim.dice.choice(GUESTS)
        args = {"ticket": self.sim.next_ticket(), "text": self.words(account)}
        return Command(world, "note", args, Caller(account, account, "", Role.VISITOR), key=key)

    def forget(self, realm: Realm | None = None) -> None:
        """Forget someone, who may come again at once, under another name."""
        sim = self.sim
        account = sim.dice.choice(GUESTS)
        before = [*self.texts[account]]
        try:
            self._going.append(((realm or sim.realm).forget(account), before))
        except WorldloomError:
            return
        # Whoever comes again has nothing left of before, and so repeats nothing either.
        sim.http = [command for command in sim.http if command.caller.account != account]
        for player in sim.players:
            if player.account == account:
                player.name = self.words(account)

    def told(self) -> None:
        """Take note of whom the disk has forgotten: from now on it is a promise."""
        for going in [going for going in self._going if going[0].group.settled]:
            self._going.remove(going)
            if not going[0].group.error:
                self.gone.update(going[1])

    def died(self) -> None:
        """Forget what was under way when the process ended."""
        self._going.clear()

    def log(self) -> list[Record]:
        """Return the durable records of the realm's people."""
        head = next(head for head in self.sim.disk.streams() if head.name == "people")
        return list(verify(self.sim.disk.records(head.id, 0, head.seq), 0, bytes(32)))

    # What must hold

    def check(self, logs: Iterable[list[Record]]) -> set[int]:
        """Each box opens, but those of the forgotten; return the ids of the keys that are gone."""
        disk = self.sim.disk
        boxes: list[tuple[int, Box]] = []
        gone: set[int] = set()
        owners: dict[int, str] = {}
        for log in logs:
            used: set[int] = set()
            for record in log:
                for box in boxes_of(record):
                    key = int.from_bytes(box[len(FORM) : len(FORM) + ID_BYTES], "big")
                    # The first who writes it; others may bring it back by an undo.
                    owners.setdefault(key, whose(record))
                    used.add(key)
                    boxes.append((key, box))
                if record.kind == "Forgot":
                    person = msgspec.msgpack.decode(record.payload, type=Forgot).person
                    gone |= {key for key in used if owners[key] == person}
        if self.sim.zombies:
            # Two processes: one may forget whom it does not know to be where the other let them.
            ever = {describe(one)["person"] for one in self.log() if one.kind == "Forgot"}
            shut = {key for key, _ in boxes if disk.cipher(key) is None}
            gone |= {key for key in shut if owners[key] in ever}
        for key, box in boxes:
            opened = open_box(disk, box)
            assert opened is None or key not in gone, "words of someone forgotten can be read"
            assert opened is not None or key in gone, "words cannot be read any more"
        return gone

    def check_traces(self, gone: set[int], logs: Iterable[list[Record]]) -> None:
        """Look for every word and every key that must not be there any more; ends the disk."""
        disk = self.sim.disk
        every = {text for texts in self.texts.values() for text in texts}
        read: set[str] = set()
        for log in logs:
            bodies = b"".join(record.payload for record in log)
            assert not any(text.encode() in bodies for text in every), "words stand in the log"
            for box in (box for record in log for box in boxes_of(record)):
                opened = open_box(disk, box)
                if opened is not None:
                    read.add(msgspec.msgpack.decode(opened))
        secrets = [disk.secrets[key] for key in gone]
        rest = b"\n".join(disk.contents())
        assert not any(secret in rest for secret in secrets), "a destroyed key is still there"
        left = [text for text in self.gone - read if text.encode() in rest]
        assert not left, f"of someone forgotten is left: {left}"


def whose(record: Record) -> str:
    """Return whose data a record seals: of who wrote it, or of whose way it is."""
    if record.kind != TRACKED:
        return record.actor
    account: str = _plain(record.payload)["account"]
    return account


def boxes_of(record: Record) -> Iterator[Box]:
    """Yield all that is sealed in a record, in its components too."""
    found: list[Box] = []

    def note(code: int, data: memoryview) -> Any:
        assert code == BOX_EXT
        found.append(bytes(data))

    decode = msgspec.msgpack.Decoder(ext_hook=note).decode
    plain = decode(record.payload)
    if record.kind == "Changed":
        decode(plain[3])
    elif record.kind == "Spawned":
        for cell in plain[3]:
            decode(cell[2])
    yield from found
