"""A state that stands still: its bytes as a snapshot, and the hashes of what it holds."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Final

from msgspec import Struct

from worldloom.kernel.blocks import blocks_of
from worldloom.kernel.cells import Cell, EntityState, Lineage
from worldloom.kernel.hashing import MerkleMap, state_hash_of
from worldloom.kernel.records import Declared, encode_payload
from worldloom.kernel.schema import is_private
from worldloom.kernel.trails import Grave, Trail

FORM: Final = 2
"""Of a snapshot's bytes; one of another form is no snapshot."""


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

    def chunks(self) -> Iterator[bytes]:
        """Yield the snapshot's bytes piece by piece, so that no piece holds other threads long."""
        blocks = [encode_payload(block) for block in blocks_of(self.entities)]
        # A msgpack array of ten whose second item is an array 32 of the blocks.
        yield b"\x9a" + encode_payload(FORM) + b"\xdd" + len(blocks).to_bytes(4, "big")
        yield from blocks
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
