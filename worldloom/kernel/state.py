"""The state of a world and its fold: the only place where it changes.

The fold knows the kernel's own state events and keeps component bytes undecoded, so that a
replay needs no kit, no old code and no registered class.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import Any, Final

import msgspec
from msgspec import Struct

from worldloom.kernel.hashing import MerkleMap, state_hash_of
from worldloom.kernel.records import (
    FIRST_HEAD,
    STATE_EVENTS,
    Changed,
    Declared,
    Despawned,
    Forgot,
    Forked,
    Record,
    Removed,
    Spawned,
    Undone,
    damaged,
    encode_payload,
)
from worldloom.kernel.schema import is_private


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


class Lineage(Struct, frozen=True, array_like=True, gc=False):
    """The stream and the seq that a fork continues."""

    parent: str
    seq: int


class _Body(Struct, array_like=True):
    """A snapshot's bytes."""

    entities: list[EntityState]
    removed: list[tuple[int, dict[str, int]]]
    declared: Declared
    undone: list[int]
    lineage: Lineage | None
    forgot: list[str]
    time: int


_NOBODY: Final[frozenset[int]] = frozenset()
_read_snapshot = msgspec.msgpack.Decoder(_Body).decode


class State:
    """Everything that a world's records say, up to `seq`, whose hash is `head`."""

    def __init__(self) -> None:
        self.seq = 0
        self.head = FIRST_HEAD
        self.time = 0
        self.entities: dict[int, EntityState] = {}
        self.by_name: dict[str, int] = {}
        self.having: dict[str, set[int]] = {}
        """Component name → ids of the entities that have it."""
        self.removed: dict[int, dict[str, int]] = {}
        """Entity → component → seq of the record that took it off, for undo's way back."""
        self.declared = Declared()
        self.undone: set[int] = set()
        self.lineage: Lineage | None = None
        self.forgot: set[str] = set()
        self.cells = 0
        self._children: dict[int, set[int]] = {}
        self._public = MerkleMap()
        self._private = MerkleMap()
        self._dirty: set[int] = set()
        self._dirty_private: set[int] = set()

    def fold(self, record: Record) -> None:
        """Take in the next record; raises Unavailable when it does not follow or is damaged."""
        if record.seq != self.seq + 1:
            raise damaged(self.seq + 1, f"record {record.seq} came instead")
        known = _FOLDS.get(record.kind)
        if known is not None:
            read, take_in = known
            try:
                take_in(self, record, read(record.payload))
            except (msgspec.DecodeError, KeyError, UnicodeDecodeError) as error:
                raise damaged(record.seq, f"{record.kind} does not fit: {error}") from error
        self.seq = record.seq
        self.head = record.hash
        self.time = record.time

    def children(self, id: int) -> list[int]:
        """Return the ids of the entities right under this one, in order of birth."""
        return sorted(self._children.get(id, _NOBODY))

    def public_root(self) -> bytes:
        """Return the root over what everyone may see."""
        for id in self._dirty:
            entity = self.entities.get(id)
            self._public.set(id, None if entity is None else public_leaf(entity))
        self._dirty.clear()
        return self._public.root()

    def private_root(self) -> bytes:
        """Return the root over the private components; free when none of them changed."""
        for id in self._dirty_private:
            entity = self.entities.get(id)
            self._private.set(id, None if entity is None else private_leaf(entity))
        self._dirty_private.clear()
        return self._private.root()

    def state_hash(self) -> bytes:
        """Return the hash of the whole state (32 bytes)."""
        return state_hash_of(self.public_root(), self.private_root())

    def _touch(self, id: int, component: str) -> None:
        (self._dirty_private if is_private(component) else self._dirty).add(id)

    def _spawned(self, record: Record, event: Spawned) -> None:
        if event.id != record.seq:
            raise damaged(record.seq, f"it makes the entity {event.id}")
        cells = {
            component: Cell(version, data, record.seq, record.seq, record.actor)
            for component, version, data in event.components
        }
        self._add(EntityState(event.id, event.name, event.parent, cells))

    def _add(self, entity: EntityState) -> None:
        self.entities[entity.id] = entity
        self.by_name[entity.name] = entity.id
        if entity.parent is not None:
            self._children.setdefault(entity.parent, set()).add(entity.id)
        self._dirty.add(entity.id)
        for component in entity.cells:
            self.having.setdefault(component, set()).add(entity.id)
            self._touch(entity.id, component)
        self.cells += len(entity.cells)

    def _changed(self, record: Record, event: Changed) -> None:
        entity = self.entities[event.id]
        if event.component not in entity.cells:
            self.having.setdefault(event.component, set()).add(event.id)
            self.cells += 1
        cell = Cell(event.version, event.data, record.seq, event.origin or record.seq, record.actor)
        self.entities[event.id] = EntityState(
            event.id, entity.name, entity.parent, {**entity.cells, event.component: cell}
        )
        self._touch(event.id, event.component)

    def _removed(self, record: Record, event: Removed) -> None:
        entity = self.entities[event.id]
        cells = {**entity.cells}
        del cells[event.component]
        self.having[event.component].discard(event.id)
        self.cells -= 1
        self.entities[event.id] = EntityState(event.id, entity.name, entity.parent, cells)
        self.removed.setdefault(event.id, {})[event.component] = record.seq
        self._touch(event.id, event.component)

    def _despawned(self, record: Record, event: Despawned) -> None:
        entity = self.entities.pop(event.id)
        if self.by_name.get(entity.name) == event.id:
            del self.by_name[entity.name]
        if entity.parent is not None:
            self._children.get(entity.parent, set()).discard(event.id)
        self._children.pop(event.id, None)
        self._dirty.add(event.id)
        for component in entity.cells:
            self.having[component].discard(event.id)
            self._touch(event.id, component)
        self.removed.pop(event.id, None)
        self.cells -= len(entity.cells)

    def _was_declared(self, record: Record, event: Declared) -> None:
        self.declared = event

    def _was_undone(self, record: Record, event: Undone) -> None:
        (self.undone.add if event.undone else self.undone.discard)(event.group)

    def _was_forked(self, record: Record, event: Forked) -> None:
        self.lineage = Lineage(event.parent, event.seq)

    def _was_forgotten(self, record: Record, event: Forgot) -> None:
        self.forgot.add(event.person)

    def freeze(self) -> Frozen:
        """Return a copy that later folds do not change; cheap, for a snapshot on another thread."""
        return Frozen(
            self.seq, self.head, list(self.entities.values()),
            [(id, {**seqs}) for id, seqs in self.removed.items()], self.declared,
            sorted(self.undone), self.lineage, sorted(self.forgot), self.time,
        )  # fmt: skip

    def encode_snapshot(self) -> bytes:
        """Return the state as bytes; its seq and head stand beside them in the store."""
        return self.freeze().encode()

    @classmethod
    def decode_snapshot(cls, seq: int, head: bytes, data: bytes) -> State:
        """Return the state of a snapshot; raises msgspec.DecodeError for bytes that are none."""
        body = _read_snapshot(data)
        state = cls()
        state.seq, state.head, state.time = seq, head, body.time
        state.declared, state.lineage = body.declared, body.lineage
        state.removed = dict(body.removed)
        state.undone, state.forgot = set(body.undone), set(body.forgot)
        for entity in body.entities:
            state._add(entity)
        return state


class Frozen(Struct, frozen=True):
    """A state at one seq, ready to be written as a snapshot."""

    seq: int
    head: bytes
    entities: list[EntityState]
    removed: list[tuple[int, dict[str, int]]]
    declared: Declared
    undone: list[int]
    lineage: Lineage | None
    forgot: list[str]
    time: int

    def chunks(self, entities: int = 500) -> Iterator[bytes]:
        """Yield the snapshot's bytes piece by piece, so that no piece holds other threads long."""
        # A msgpack array of seven whose first item is an array 32 of the entities.
        yield b"\x97\xdd" + len(self.entities).to_bytes(4, "big")
        for start in range(0, len(self.entities), entities):
            yield b"".join(map(encode_payload, self.entities[start : start + entities]))
        rest = (self.removed, self.declared, self.undone, self.lineage, self.forgot, self.time)
        yield b"".join(map(encode_payload, rest))

    def encode(self) -> bytes:
        """Return the snapshot's bytes."""
        return b"".join(self.chunks())

    def state_hash(self) -> bytes:
        """Return the hash of the whole state, computed afresh."""
        public, private = MerkleMap(), MerkleMap()
        for entity in self.entities:
            public.set(entity.id, public_leaf(entity))
            if leaf := private_leaf(entity):
                private.set(entity.id, leaf)
        return state_hash_of(public.root(), private.root())


def public_leaf(entity: EntityState) -> bytes:
    """Return the hash of what everyone may see of an entity."""
    cells = _leaf_cells(entity.cells, False)
    return sha256(b"\x00" + encode_payload((entity.id, entity.name, entity.parent, cells))).digest()


def private_leaf(entity: EntityState) -> bytes | None:
    """Return the hash of an entity's private components, or None if it has none."""
    cells = _leaf_cells(entity.cells, True)
    return sha256(b"\x00" + encode_payload((entity.id, cells))).digest() if cells else None


def _leaf_cells(cells: dict[str, Cell], private: bool) -> list[tuple[str, int, bytes]]:
    return [
        (name, cells[name].version, cells[name].data)
        for name in sorted(cells)
        if is_private(name) is private
    ]


_TAKE_IN: Final[dict[str, Callable[[State, Record, Any], None]]] = {
    "Spawned": State._spawned,
    "Changed": State._changed,
    "Removed": State._removed,
    "Despawned": State._despawned,
    "Declared": State._was_declared,
    "Undone": State._was_undone,
    "Forked": State._was_forked,
    "Forgot": State._was_forgotten,
}
_FOLDS: Final = {
    name: (msgspec.msgpack.Decoder(kind).decode, _TAKE_IN[name])
    for name, kind in STATE_EVENTS.items()
}


def whole_groups(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Yield the groups that are complete; a torn last one is left out."""
    group: list[Record] = []
    for record in records:
        group.append(record)
        if record.offset == record.size - 1:
            yield group
            group = []
