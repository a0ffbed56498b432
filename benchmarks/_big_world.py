"""A world of many events in a file, made once and kept in the temporary folder.

Its records are what a lived-in world has: entities of two components, then changes of them by
several people in groups of two events, one of them an author's own.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
from pathlib import Path

import msgspec

from worldloom.kernel.limits import LIMITS
from worldloom.kernel.ports import Group, Part
from worldloom.kernel.records import Changed, Spawned, encode_payload, hash_of, read
from worldloom.kernel.state import State
from worldloom.stores.sqlite import SqliteStore

FORM = 3
"""Counted up when what is made here changes, so that an older file is made anew."""

WORLD = "bench"
PEOPLE = ("guest:1f0c9a77d2b44e01", "guest:a0b1c2d3e4f50617", "ada")
START_US = 1_700_000_000_000_000
COMMIT_RECORDS = 1_000


def big_world(events: int, entities: int) -> Path:
    """Return the file of such a world, made when it is not there yet (about 10 µs an event)."""
    folder = Path(os.environ.get("WORLDLOOM_BENCH") or tempfile.gettempdir()) / "worldloom-bench"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{events}-events-{entities}-entities-{FORM}.loom"
    if not path.exists():
        print(f"making {path} once", file=sys.stderr)
        fresh = path.with_suffix(f".{os.getpid()}")
        _Maker(fresh, entities).make(events)
        fresh.rename(path)
    return path


class _Maker:
    """Seals groups as a realm does, without its actions."""

    def __init__(self, path: Path, entities: int) -> None:
        self.store = SqliteStore(str(path))
        self.stream = self.store.open_stream(WORLD).id
        self.entities = entities
        self.seq = 0
        self.head = bytes(32)
        self.state = State()
        self.snapshot_seq = 0
        self.choose = random.Random(7)

    def make(self, events: int) -> None:
        """Write all events, with snapshots where a realm makes them."""
        batch: list[Group] = []
        waiting = 0
        while self.seq < events:
            size = min(2, events - self.seq)
            batch.append(self._group(size))
            waiting += size
            if waiting >= COMMIT_RECORDS or self.seq >= events:
                assert not any(self.store.commit(batch))
                self.store.maintain()
                batch, waiting = [], 0
                self._keep_snapshot()
        self._keep_snapshot(at_stop=True)
        self.store.close()

    def _keep_snapshot(self, at_stop: bool = False) -> None:
        tail = self.seq - self.snapshot_seq
        due = max(LIMITS.snapshot_records_min, LIMITS.snapshot_records_per_cell * self.state.cells)
        if tail >= due or (at_stop and tail):
            state, self.snapshot_seq = self.state, self.seq
            self.store.save_snapshot(
                self.stream, state.seq, state.state_hash(), state.head, state.encode_snapshot()
            )

    def _group(self, size: int) -> Group:
        before = self.seq, self.head
        rows: list[bytes] = []
        for offset in range(size):
            self.seq += 1
            kind, payload = self._event(offset)
            entry: list[object] = [self.seq, offset, size, kind, 1, payload]
            if offset == 0:
                person = self.choose.choice(PEOPLE)
                entry += [START_US + self.seq * 5_000, person, f"do:v{self.seq % 97}:{self.seq}"]
            body = encode_payload(entry)
            self.head = hash_of(self.head, body)
            rows += body, self.head
        part = Part(self.stream, *before, rows)
        for record in read(part.records()):
            self.state.fold(record)
        return Group((part,))

    def _event(self, offset: int) -> tuple[str, bytes]:
        if self.seq <= self.entities:
            cells = (("Transform", 1, self._place()), ("Color", 1, self._colour()))
            name = f"thing {self.seq}"
            return "Spawned", encode_payload(Spawned(self.seq, name, None, cells))
        if offset:
            return "bench.Painted", encode_payload({"place": self.seq % 1_000, "turn": self.seq})
        id = self.choose.randint(1, self.entities)
        component = self.choose.choice(("Transform", "Color"))
        data = self._place() if component == "Transform" else self._colour()
        previous = self.state.entities[id].cells[component].seq
        change = Changed(id, component, 1, data, previous, 0)
        return "Changed", encode_payload(change)

    def _place(self) -> bytes:
        x, z = self.choose.uniform(-50, 50), self.choose.uniform(-50, 50)
        turn = (0.0, 0.0, 0.0, 1.0)
        return msgspec.msgpack.encode(
            {"position": (x, 0.0, z), "rotation": turn, "scale": (1.0, 1.0, 1.0)}
        )

    def _colour(self) -> bytes:
        return msgspec.msgpack.encode(
            {"value": f"#{self.choose.randrange(1 << 24):06x}", "opacity": 1.0}
        )
