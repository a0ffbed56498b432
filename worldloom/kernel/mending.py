"""The records by which undo, redo and restore write: each says where its value comes from.

`previous` is the last record about the cell that neither undo nor redo wrote, `origin` the record
whose effect is restored; 0 stands for a write of its own, as `restore` makes them.
"""

from __future__ import annotations

from typing import NamedTuple

from worldloom.kernel.cells import Cell, EntityState
from worldloom.kernel.draft import Draft
from worldloom.kernel.errors import OverLimit
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.records import (
    CellData,
    Changed,
    Despawned,
    Removed,
    Spawned,
    encode_payload,
)
from worldloom.kernel.schema import is_private


def set_cell(draft: Draft, id: int, cell: CellData, previous: int, origin: int) -> None:
    """Set a component, saying where its value comes from (0: from here)."""
    component, version, data = cell
    draft.add("Changed", 1, encode_payload(Changed(id, *cell, previous, origin)))
    seq = draft.next_seq - 1
    kept = Cell(version, data, seq, origin or seq, draft.actor)
    draft.changed[id] = draft.need(id).with_cell(component, kept)
    draft.refold = True


def take_cell(draft: Draft, id: int, component: str, previous: int, origin: int) -> None:
    """Take a component off, saying which record's effect that restores."""
    draft.add("Removed", 1, encode_payload(Removed(id, component, previous, origin)))
    draft.changed[id] = draft.need(id).without(component)
    draft.refold = True


def bury(draft: Draft, id: int, previous: int, origin: int) -> None:
    """Let an entity be gone that has no children, saying which record's effect that restores."""
    entity = draft.need(id)
    draft.add("Despawned", 1, encode_payload(Despawned(id, previous, origin)))
    draft.changed[id] = None
    draft.names[entity.name] = None
    draft.refold = True


class Return(NamedTuple):
    """An entity that comes back: who it is, and each component with (previous, origin)."""

    id: int
    name: str
    parent: int | None
    cells: list[tuple[CellData, tuple[int, int]]]
    previous: int
    origin: int


def bring_back(draft: Draft, back: Return) -> None:
    """Let a despawned entity be there again under its old id."""
    public = [found for found in back.cells if not is_private(found[0][0])]
    cells = tuple(cell for cell, _ in public)
    pointers = tuple(pointer for _, pointer in public)
    event = Spawned(back.id, back.name, back.parent, cells, back.previous, back.origin, pointers)
    draft.add("Spawned", 1, encode_payload(event))
    seq = draft.next_seq - 1
    kept = {
        component: Cell(version, data, seq, origin or seq, draft.actor)
        for (component, version, data), (_, origin) in public
    }
    draft.changed[back.id] = EntityState(back.id, back.name, back.parent, kept)
    draft.names[back.name] = back.id
    draft.refold = True
    # A record that clients see must not hold what they may not see.
    for cell, (previous, origin) in back.cells:
        if is_private(cell[0]):
            set_cell(draft, back.id, cell, previous, origin)


def check_room(draft: Draft) -> None:
    """Raise OverLimit when the draft leaves more entities, or more on one, than there may be."""
    state = draft.state
    living = len(state.entities)
    for id, entity in draft.changed.items():
        living += (entity is not None) - (id in state.entities)
        if entity is not None and len(entity.cells) > LIMITS.entity_components_max:
            raise OverLimit(
                f"{entity.name} would hold more than {LIMITS.entity_components_max} components",
                "remove some first",
            )
    if living > LIMITS.entities_max:
        raise OverLimit(f"a world holds {LIMITS.entities_max} entities", "despawn some first")
