"""Entities by columns: whatever they hold comes back, in whatever order they came."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldloom.kernel.blocks import Block, blocks_of, pack, unpack
from worldloom.kernel.cells import Cell, EntityState
from worldloom.kernel.records import encode_payload

_read = msgspec.msgpack.Decoder(list[Block]).decode
SEQS = st.integers(1, 2**40)


@st.composite
def cells(draw: st.DrawFn) -> Cell:
    seq = draw(SEQS)
    data = draw(st.binary(max_size=3) | st.binary(min_size=2, max_size=2))
    author = draw(st.sampled_from(("ann", "bob", "")) | st.text(max_size=3))
    return Cell(draw(st.integers(0, 9)), data, seq, draw(st.integers(0, seq)), author)


COMPONENTS = st.dictionaries(st.sampled_from(("Color", "Text", "~Secret")), cells(), max_size=3)
ENTITIES = st.lists(
    st.builds(EntityState, SEQS, st.text(max_size=3), st.none() | SEQS, COMPONENTS),
    unique_by=lambda entity: entity.id,
    max_size=30,
)


def read(data: bytes) -> dict[int, EntityState]:
    return {entity.id: entity for block in _read(data) for entity in block.entities()}


@given(ENTITIES)
def test_entities_come_back_from_their_columns(entities: list[EntityState]) -> None:
    data = encode_payload(list(blocks_of(entities)))
    assert read(data) == {entity.id: entity for entity in entities}


@given(ENTITIES, st.integers())
def test_equal_entities_make_equal_blocks_in_whatever_order(
    entities: list[EntityState], seed: int
) -> None:
    mixed = entities.copy()
    random.Random(seed).shuffle(mixed)
    assert encode_payload(list(blocks_of(mixed))) == encode_payload(list(blocks_of(entities)))


@given(ENTITIES, st.integers(0, 10**6), st.integers(0, 255))
def test_a_damaged_block_is_read_or_refused_and_nothing_else(
    entities: list[EntityState], place: int, byte: int
) -> None:
    data = bytearray(encode_payload(list(blocks_of(entities))))
    data[place % len(data)] = byte
    try:
        read(bytes(data))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=9))
def test_numbers_come_back(numbers: list[int]) -> None:
    assert unpack(pack(numbers), len(numbers)).tolist() == numbers


@given(st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=9))
def test_numbers_take_no_more_bytes_than_the_largest(numbers: list[int]) -> None:
    data = pack(numbers)
    assert len(data) == len(numbers) * ((max(numbers).bit_length() + 7) // 8)


def test_a_column_of_another_length_is_refused() -> None:
    with pytest.raises(msgspec.DecodeError):
        unpack(pack([1, 300]) + b"x", 2)
    with pytest.raises(msgspec.DecodeError):
        unpack(bytes(27), 3)
