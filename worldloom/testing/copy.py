"""A client's own copy of a world: the public state as the messages build it, folded record by
record by the kernel's fold.
"""

from collections.abc import Iterator
from typing import Any

from worldloom.kernel.cells import Cell, EntityState
from worldloom.kernel.errors import Unavailable
from worldloom.kernel.frozen import Frozen
from worldloom.kernel.hashing import state_hash_of
from worldloom.kernel.records import Declared, Record
from worldloom.kernel.schema import plain
from worldloom.kernel.state import State
from worldloom.sync.messages import EntityRow, GroupRow, Records, Snapshot

UNREADABLE = ""
"""The kind under which a record without a payload is folded: it changes nothing one may see."""


class Gap(Unavailable):
    """Records came that do not follow what is here."""

    code = "gap"


class Copy:
    """The public state of a world up to a seq, with the hash of its last record."""

    def __init__(self) -> None:
        self.state = State()
        self.private_root = State().private_root()
        self._arriving: list[EntityState] = []

    @property
    def seq(self) -> int:
        """The seq of the last record that was folded."""
        return self.state.seq

    @property
    def head(self) -> bytes:
        """The hash of the last record that was folded."""
        return self.state.head

    def state_hash(self) -> bytes:
        """Return the hash of the whole state (32 bytes), equal to the server's at this seq."""
        return state_hash_of(self.state.public_root(), self.private_root)

    def take_snapshot(self, part: Snapshot) -> None:
        """Take one part of a snapshot; the last one puts it in place of what was here."""
        if part.first:
            self._arriving = []
        self._arriving += map(_entity, part.entities)
        if part.last:
            frozen = Frozen(part.seq, part.head, self._arriving, [], Declared(), [], None, [], 0)
            self.state = State.decode_snapshot(part.seq, part.head, frozen.encode())
            self.private_root = part.private_root
            self._arriving = []

    def take_records(self, message: Records) -> Iterator[Record]:
        """Fold groups and yield their records; raises Gap where they do not follow."""
        for group in message.groups:
            for record in _records(group):
                if record.seq != self.state.seq + 1:
                    raise Gap(f"record {record.seq} came after {self.state.seq}")
                self.state.fold(record)
                yield record
            if group.private_root is not None:
                self.private_root = group.private_root

    def entities(self) -> dict[str, dict[str, Any]]:
        """Return id → name, parent and components as plain data, as GET …/state does."""
        return {
            f"e{entity.id}": {
                "name": entity.name,
                "parent": None if entity.parent is None else f"e{entity.parent}",
                "components": {name: plain(cell.data) for name, cell in entity.cells.items()},
            }
            for entity in self.state.entities.values()
        }


def _entity(row: EntityRow) -> EntityState:
    cells = {cell.component: Cell(cell.version, cell.data, 0, 0, "") for cell in row.components}
    return EntityState(row.id, row.name, row.parent, cells)


def _records(group: GroupRow) -> Iterator[Record]:
    size = len(group.records)
    for offset, row in enumerate(group.records):
        kind = UNREADABLE if row.payload is None else row.kind
        head = group.head if offset == size - 1 else b""
        yield Record(
            row.seq, offset, size, kind, row.version, row.payload or b"",
            group.time, group.actor, group.cause, head,
        )  # fmt: skip
