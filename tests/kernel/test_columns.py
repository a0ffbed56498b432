"""Columns: what comes back is what went in, to the bit; and nothing else is taken for columns."""

from __future__ import annotations

import zlib

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldloom.kernel.columns import BITS, pack, unpack
from worldloom.kernel.errors import Invalid
from worldloom.kernel.limits import LIMITS

WHOLE = st.integers(-(2**63), 2**63 - 1)
NUMBER = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-9999, 9999).map(
    lambda n: n / 100
)


@given(st.lists(st.tuples(WHOLE, NUMBER, NUMBER), max_size=60))
def test_columns_come_back_to_the_bit(rows: list[tuple[int, float, float]]) -> None:
    columns = [
        np.array([row[0] for row in rows], np.int64),
        np.array([row[1] for row in rows], np.float64),
        np.array([row[2] for row in rows], np.float64),
    ]
    found = unpack(pack(columns))
    assert [column.dtype for column in found] == [column.dtype for column in columns]
    assert [column.tobytes() for column in found] == [column.tobytes() for column in columns]


@given(st.binary(max_size=200))
def test_any_bytes_are_columns_or_are_refused(data: bytes) -> None:
    try:
        unpack(data)
    except Invalid as error:
        assert "cannot be read" in error.message


@given(st.integers(0, 400), st.integers(1, 255))
def test_a_changed_byte_never_raises_anything_else(at: int, flip: int) -> None:
    data = bytearray(pack([np.arange(200) * 7, np.sin(np.arange(200.0))]))
    data[at % len(data)] ^= flip
    try:
        unpack(bytes(data))
    except Invalid as error:
        assert "cannot be read" in error.message


def test_steady_times_and_short_decimals_take_next_to_nothing() -> None:
    times = 1_700_000_000_000_000 + np.arange(10_000) * 1_000_000
    values = np.round(20 + np.sin(np.arange(10_000) / 500), 2)
    assert len(pack([times])) < 100
    assert len(pack([times, values])) < 10_000


def test_a_minus_zero_and_a_third_stay_what_they_are() -> None:
    column = np.array([-0.0, 0.0, 1 / 3])
    assert unpack(pack([column]))[0].tobytes() == column.tobytes()


def test_columns_without_rows_and_chunks_without_columns_are_kept_too() -> None:
    assert unpack(pack([])) == []
    (none,) = unpack(pack([np.zeros(0)]))
    assert none.dtype == np.float64 and len(none) == 0


def test_what_unpacks_to_more_than_it_says_is_refused() -> None:
    def chunk(
        version: int = 1,
        rows: int = 2,
        width: int = 8,
        form: int = BITS,
        seeds: tuple[int, ...] = (),
    ) -> bytes:
        data = zlib.compress(bytes(1_000_000))
        return msgspec.msgpack.encode([version, rows, [[form, width, seeds]], data])

    for wrong in (
        chunk(),
        chunk(version=2),
        chunk(rows=LIMITS.chunk_rows_max + 1),
        chunk(width=3),
        chunk(form=9),
        chunk(seeds=(1, 2, 3)),
        chunk(seeds=(2**63,)),
    ):
        with pytest.raises(Invalid, match="cannot be read"):
            unpack(wrong)
