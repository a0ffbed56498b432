"""What would stand had some groups never been written: the meaning of undo and redo.

A cell's value is its newest write whose group is not undone. Every record about a cell points to
the one before it; what undo and redo wrote is passed over, as it only repeats an older write. That
an entity is there is a cell, too: `EXISTENCE`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

import msgspec

from worldloom.kernel.draft import Draft
from worldloom.kernel.past import Past
from worldloom.kernel.records import Changed, Despawned, Record, Removed, Spawned
from worldloom.kernel.state import EXISTENCE

_READ: Final[dict[str, Callable[[bytes], Spawned | Changed | Removed | Despawned]]] = {
    "Spawned": msgspec.msgpack.Decoder(Spawned).decode,
    "Changed": msgspec.msgpack.Decoder(Changed).decode,
    "Removed": msgspec.msgpack.Decoder(Removed).decode,
    "Despawned": msgspec.msgpack.Decoder(Despawned).decode,
}
_read_spawned = msgspec.msgpack.Decoder(Spawned).decode


class Write(NamedTuple):
    """One record's word on one cell."""

    seq: int
    group: int
    value: tuple[int, bytes] | None
    """(version, data); None where it was taken off."""
    previous: int
    """The seq of the record before it about this cell, 0 for none."""
    original: bool
    """Whether someone wrote it; not so what undo or redo wrote."""


def read_write(record: Record, id: int, component: str) -> Write:
    """Return what a record says of a cell; it must be about this cell."""
    event = _READ[record.kind](record.payload)
    value: tuple[int, bytes] | None = None
    if isinstance(event, Spawned):
        previous, origin = event.previous, event.origin
        value = (0, b"")
        if component != EXISTENCE:
            place = [name for name, _, _ in event.components].index(component)
            previous, origin = event.pointers[place] if event.pointers else (0, 0)
            value = event.components[place][1:]
    elif isinstance(event, Despawned):
        previous, origin = event.previous or id, event.origin
    else:
        previous, origin = event.previous, event.origin
        if isinstance(event, Changed):
            value = (event.version, event.data)
    return Write(record.seq, record.group, value, previous, origin == 0)


def cells_of(records: Iterable[Record]) -> dict[int, dict[str, bool]]:
    """Return entity → component → whether the group left it there, for all that it wrote."""
    found: dict[int, dict[str, bool]] = {}
    for record in records:
        if record.kind not in _READ:
            continue
        event = _READ[record.kind](record.payload)
        cells = found.setdefault(event.id, {})
        if isinstance(event, (Changed, Removed)):
            cells[event.component] = isinstance(event, Changed)
        else:
            cells[EXISTENCE] = isinstance(event, Spawned)
        if isinstance(event, Spawned):
            cells.update((name, True) for name, _, _ in event.components)
    return found


class Hindsight:
    """Judges cells and entities of a draft's world as if one group's mark were the other way.

    `turned` is that group; 0 for none.
    """

    def __init__(self, draft: Draft, past: Past, turned: int = 0) -> None:
        self.draft = draft
        self.past = past
        self.turned = turned
        self.gone: dict[int, list[int]] = {}
        """Entity → children that are not there now and may come back with it."""
        self._signs: dict[int, Write | None] = {}

    def stands(self, write: Write) -> bool:
        """Tell whether someone wrote it, and it is not undone."""
        undone = (write.group in self.draft.state.undone) != (write.group == self.turned)
        return write.original and not undone

    def birth(self, id: int) -> Spawned:
        """Return the event that made an entity: its name and its parent never change."""
        return _read_spawned(self.past.record(id).payload)

    def head(self, id: int, component: str) -> int:
        """Return the seq of the last record about a cell, 0 for none."""
        entity = self.draft.look(id)
        if entity is None:
            grave = self.draft.state.trails.graves.get(id)
            if grave is None:
                return 0
            return grave.last if component == EXISTENCE else grave.cells.get(component, 0)
        cell = entity.cells.get(component)
        if cell is not None:
            return cell.seq
        none = id if component == EXISTENCE else 0
        return self.draft.state.removed.get(id, {}).get(component, none)

    def written(self, id: int, component: str) -> int:
        """Return the seq of the last record about a cell that neither undo nor redo wrote."""
        seq = self.head(id, component)
        if not seq:
            return 0
        found = read_write(self.past.record(seq), id, component)
        return seq if found.original else found.previous

    def newest(self, id: int, component: str) -> Write | None:
        """Return the newest write of a cell that is not undone; None when none is left."""
        seq = self.head(id, component)
        while seq:
            found = read_write(self.past.record(seq), id, component)
            if self.stands(found):
                return found
            seq = found.previous
        return None

    def sign(self, id: int) -> Write | None:
        """Return what an entity lives by: its coming to be, a component or a child; else None.

        A component or a child that was written after the last despawn keeps it, too.
        """
        if id not in self._signs:
            # A circle cannot be: a child is younger than its parent.
            self._signs[id] = self._find_sign(id)
        return self._signs[id]

    def _find_sign(self, id: int) -> Write | None:
        last = self.newest(id, EXISTENCE)
        if last is not None and last.value is not None:
            return last
        death = 0 if last is None else last.seq
        entity = self.draft.look(id)
        if entity is None:
            grave = self.draft.state.trails.graves.get(id)
            components = [] if grave is None else sorted(grave.cells)
        else:
            components = sorted(entity.cells.keys() | self.draft.state.removed.get(id, {}).keys())
        for component in components:
            if component == EXISTENCE:
                continue
            found = self.newest(id, component)
            if found is not None and found.value is not None and found.seq > death:
                return found
        for child in (*self.draft.children(id), *self.gone.get(id, ())):
            found = self.sign(child)
            # Who is there is never taken away from above; who is gone is brought back by what is
            # younger than the going.
            if found is not None and (entity is not None or found.seq > death):
                return found
        return None
