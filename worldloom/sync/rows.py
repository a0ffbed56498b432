"""Records and states as clients may see them: in rows, bounded, without what is private."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct

from worldloom.kernel.cells import EntityState
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import Sealed
from worldloom.kernel.ports import Store
from worldloom.kernel.records import Record, encode_payload, hidden, is_personal, read, reveal
from worldloom.kernel.schema import is_private
from worldloom.kernel.sealing import Vault
from worldloom.kernel.state import State, whole_groups
from worldloom.sync import wire
from worldloom.sync.messages import (
    ComponentRow,
    EntityRow,
    GroupRow,
    RecordRow,
    Records,
    Snapshot,
)

ROW_BYTES: Final = 64
"""What a row costs beside its payload, roughly and rather too much."""


class Still(Struct, frozen=True):
    """What is told of a state: it stays as it was, whatever is folded meanwhile."""

    seq: int
    head: bytes
    state_hash: bytes
    private_root: bytes
    entities: tuple[EntityState, ...]

    @classmethod
    def of(cls, state: State) -> Still:
        """Return this of a state; cheap: an entity is replaced and never changed."""
        entities = tuple(state.entities.values())
        return cls(state.seq, state.head, state.state_hash(), state.private_root(), entities)


def record_row(record: Record, vault: Vault) -> RecordRow:
    """Return a record as clients may see it: what is hidden has no payload, words are opened."""
    payload: bytes | None = None
    if is_personal(record):
        if not is_private(record.kind):
            payload = encode_payload(reveal(record, vault)[0])
    elif not hidden(record):
        payload = record.payload
    return RecordRow(record.seq, record.kind, record.version, payload)


def group_row(records: Sequence[Record], private_root: bytes | None, vault: Vault) -> GroupRow:
    """Return a whole group; with the root over the private components after it, where known."""
    last = records[-1]
    assert last.offset == last.size - 1, "a group is sent whole"
    rows = tuple(record_row(record, vault) for record in records)
    return GroupRow(last.time, last.actor, last.cause, rows, last.hash, private_root)


def sealed_rows(batch: Iterable[Sealed], world: str, vault: Vault) -> list[GroupRow]:
    """Return one world's groups of a batch."""
    return [
        group_row(sealed.records[world], sealed.private_roots[world], vault)
        for sealed in batch
        if sealed.records.get(world)
    ]


def records_messages(groups: Iterable[GroupRow]) -> Iterator[bytes]:
    """Encode groups as one message or several, each below the bound or of a single group."""
    part: list[GroupRow] = []
    size = 0
    for group in groups:
        more = sum(ROW_BYTES + len(row.payload or b"") for row in group.records) + 2 * ROW_BYTES
        if part and size + more > LIMITS.snapshot_part_bytes_max:
            yield wire.encode(Records(tuple(part)))
            part, size = [], 0
        part.append(group)
        size += more
    if part:
        yield wire.encode(Records(tuple(part)))


def entity_row(entity: EntityState) -> EntityRow:
    """Return an entity's public part."""
    components = tuple(
        ComponentRow(name, cell.version, cell.data)
        for name, cell in sorted(entity.cells.items())
        if not is_private(name)
    )
    return EntityRow(entity.id, entity.name, entity.parent, components)


def snapshot_messages(state: State) -> list[bytes]:
    """Encode the public state as one message or several, each of bounded size."""
    parts: list[list[EntityRow]] = [[]]
    size = 0
    for entity in state.entities.values():
        row = entity_row(entity)
        more = ROW_BYTES + len(row.name)
        more += sum(ROW_BYTES + len(cell.data) for cell in row.components)
        if parts[-1] and size + more > LIMITS.snapshot_part_bytes_max:
            parts.append([])
            size = 0
        parts[-1].append(row)
        size += more
    root, last = state.private_root(), len(parts) - 1
    return [
        wire.encode(Snapshot(state.seq, state.head, root, tuple(rows), at == 0, at == last))
        for at, rows in enumerate(parts)
    ]


def whole_snapshot(still: Still) -> bytes:
    """Encode the public state as one message of any size: for those who ask over HTTP."""
    rows = tuple(map(entity_row, still.entities))
    return wire.encode(Snapshot(still.seq, still.head, still.private_root, rows, True, True))


def resumable(store: Store, stream: int, seq: int, head: bytes, durable_seq: int) -> bool:
    """Tell whether a client that remembers this hash at this seq is still of this log."""
    if not 0 < seq <= durable_seq:
        return False
    row = next(store.records(stream, seq - 1, seq), None)
    if row is None or row[2] != head:
        return False
    record = next(read([row]))
    return record.offset == record.size - 1


def missed_groups(
    store: Store, stream: int, after: int, until: int, private_root: bytes
) -> Iterator[GroupRow]:
    """Yield the durable groups in after < seq <= until; the last one carries the root."""
    for group in whole_groups(read(store.records(stream, after, until))):
        yield group_row(group, private_root if group[-1].seq == until else None, store)
