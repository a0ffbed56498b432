"""What a log means, read in the plainest way: the newest write of a cell that is not undone.

Written without the kernel's fold, its pointers and its trails, so that it can judge them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from worldloom.kernel.records import Record
from worldloom.kernel.state import State

Spot = tuple[int, str]
"""(entity, component), or (entity, "") for its being there."""


class Write(NamedTuple):
    """One word on one cell that someone meant, as undo and redo only repeat such words."""

    seq: int
    group: int
    value: bytes | None


class Meaning:
    """All that was ever written, and which groups count as undone."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self.writes: dict[Spot, list[Write]] = defaultdict(list)
        self.spots: dict[int, set[Spot]] = defaultdict(set)
        """Group → what it wrote."""
        self.authors: dict[int, str] = {}
        self.undone: set[int] = set()
        self.children: dict[int, list[int]] = defaultdict(list)
        self._turning = 0
        for record in records:
            self.take(record)

    def take(self, record: Record) -> None:
        """Take in the next record."""
        group = record.seq - record.offset
        if record.kind == "Undone":
            turned, undone, *_ = msgspec.msgpack.decode(record.payload)
            (self.undone.add if undone else self.undone.discard)(turned)
            self._turning = group
        if record.kind not in ("Spawned", "Changed", "Removed", "Despawned"):
            return
        if group == self._turning:
            return
        self.authors[group] = record.actor
        event: list[Any] = msgspec.msgpack.decode(record.payload)
        id = event[0]
        if record.kind == "Spawned":
            self._write(record, (id, ""), b"")
            if event[2] is not None:
                self.children[event[2]].append(id)
            for component, _, data in event[3]:
                self._write(record, (id, component), data)
        elif record.kind == "Despawned":
            self._write(record, (id, ""), None)
        else:
            self._write(record, (id, event[1]), event[3] if record.kind == "Changed" else None)

    def _write(self, record: Record, spot: Spot, value: bytes | None) -> None:
        group = record.seq - record.offset
        self.writes[spot].append(Write(record.seq, group, value))
        self.spots[group].add(spot)

    def newest(self, spot: Spot) -> Write | None:
        """Return the newest write of a cell that is not undone."""
        for write in reversed(self.writes.get(spot, ())):
            if write.group not in self.undone:
                return write
        return None

    def author(self, spot: Spot) -> str:
        """Return whose write stands in a cell."""
        found = self.newest(spot)
        return "" if found is None else self.authors[found.group]

    def sign(self, id: int, components: Iterable[str]) -> int:
        """Return the seq of what an entity lives by, 0 where there is nothing."""
        last = self.newest((id, ""))
        if last is not None and last.value is not None:
            return last.seq
        death = 0 if last is None else last.seq
        for component in components:
            found = self.newest((id, component))
            if found is not None and found.value is not None and found.seq > death:
                return found.seq
        return 0

    def check(self, state: State) -> None:
        """Compare a state with what the log means."""
        components: dict[int, set[str]] = defaultdict(set)
        for id, component in self.writes:
            components[id].add(component)
        for id, names in components.items():
            entity = state.entities.get(id)
            if entity is None:
                assert not self.sign(id, names - {""}), f"e{id} is gone and has a sign of life"
                continue
            for component in names - {""}:
                wanted = self.newest((id, component))
                cell = entity.cells.get(component)
                has = None if cell is None else cell.data
                assert has == (None if wanted is None else wanted.value), (
                    f"{component} of e{id} is not its newest write that is not undone"
                )
        for id in state.entities:
            assert id in components, f"e{id} came from nowhere"


def standing(state: State) -> dict[Spot, bytes]:
    """Return all that stands in a state."""
    found: dict[Spot, bytes] = {}
    for entity in state.entities.values():
        found[entity.id, ""] = b""
        for component, cell in entity.cells.items():
            found[entity.id, component] = cell.data
    return found
