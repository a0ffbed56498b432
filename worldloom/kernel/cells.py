"""What a state is made of: cells, the entities that hold them, and where a fork comes from."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct


class Cell(Struct, frozen=True, array_like=True, gc=False):
    """One component of one entity as stored, and who wrote it when."""

    version: int
    data: bytes
    seq: int
    origin: int
    """The seq of the write that first made this value; differs from `seq` after an undo."""
    author: str


class EntityState(Struct, frozen=True, array_like=True):
    """An entity; replaced, never changed, so that a copy of the map is a copy of the state."""

    id: int
    name: str
    parent: int | None
    cells: dict[str, Cell]

    def with_cell(self, component: str, cell: Cell) -> EntityState:
        """Return the entity with a component set."""
        return EntityState(self.id, self.name, self.parent, {**self.cells, component: cell})

    def without(self, component: str) -> EntityState:
        """Return the entity without a component."""
        cells = {name: cell for name, cell in self.cells.items() if name != component}
        return EntityState(self.id, self.name, self.parent, cells)


class Lineage(Struct, frozen=True, array_like=True, gc=False):
    """The world and the seq that a fork continues."""

    parent: str
    seq: int
    by: str = ""
    """Who made the fork."""
    live: int = 0
    """The seq from which on its requests reach the outside; 0: they stay in the Sandbox."""
    before: Lineage | None = None
    """What the parent is a fork of itself, as of that seq."""

    def chain(self) -> Iterator[Lineage]:
        """Yield this and what the ancestors are forks of, nearest first."""
        found: Lineage | None = self
        while found is not None:
            yield found
            found = found.before

    def simulates(self, seq: int) -> bool:
        """Tell whether the request of this seq stays in the Sandbox."""
        return not self.live or seq < self.live
