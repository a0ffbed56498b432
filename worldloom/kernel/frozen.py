"""A state that stands still: its bytes as a snapshot, and the hashes of what it holds."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from msgspec import Struct

from worldloom.kernel.cells import Cell, EntityState, Lineage
from worldloom.kernel.hashing import MerkleMap, state_hash_of
from worldloom.kernel.records import Declared, encode_payload
from worldloom.kernel.schema import is_private
from worldloom.kernel.trails import Grave, Trail


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
    trails: list[tuple[str, Trail]] = []
    graves: list[tuple[int, Grave]] = []

    def chunks(self, entities: int = 500) -> Iterator[bytes]:
        """Yield the snapshot's bytes piece by piece, so that no piece holds other threads long."""
        # A msgpack array of nine whose first item is an array 32 of the entities. Its length tells
        # the form: one of seven, without trails and graves, is not read any more.
        yield b"\x99\xdd" + len(self.entities).to_bytes(4, "big")
        for start in range(0, len(self.entities), entities):
            yield b"".join(map(encode_payload, self.entities[start : start + entities]))
        rest = (
            self.removed, self.declared, self.undone, self.lineage, self.forgot, self.time,
            self.trails, self.graves,
        )  # fmt: skip
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
