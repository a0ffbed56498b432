"""Columns of numbers as few bytes, and back exactly: for recorded motion and for telemetry.

Each column becomes whole numbers (a float column by its decimals, or by its bits), then the
differences of its rows, once or twice. Those are small: they are folded to be positive, laid out
plane of bytes by plane of bytes, and all columns are deflated together.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from worldloom.kernel.errors import Invalid
from worldloom.kernel.limits import LIMITS

VERSION: Final = 1
WHOLE: Final = -1
"""The form of a column of int64; another is the decimals of a float column."""
BITS: Final = -2
"""The form of a float column whose numbers are no short decimals: kept by their bits."""
DECIMALS_MAX: Final = 6
EXACT_MAX: Final = float(2**53)
WIDTHS: Final = (0, 1, 2, 4, 8)
ORDER_MAX: Final = 2
EDGE: Final = 2**63
LEVEL: Final = 6

Whole = NDArray[np.int64]
Column = NDArray[Any]


class _Chunk(msgspec.Struct, array_like=True, frozen=True):
    """What stands before the deflated bytes; a column is (form, width, seeds).

    Each seed is the first number before the differences of the next order were taken.
    """

    version: int
    rows: int
    columns: tuple[tuple[int, int, tuple[int, ...]], ...]
    data: bytes


_decode = msgspec.msgpack.Decoder(_Chunk).decode


def pack(columns: Sequence[Column]) -> bytes:
    """Return columns of one length, each of int64 or of finite float64, as bytes."""
    rows = len(columns[0]) if columns else 0
    assert all(len(column) == rows for column in columns), "columns have one length"
    assert rows <= LIMITS.chunk_rows_max
    heads: list[tuple[int, int, tuple[int, ...]]] = []
    planes: list[bytes] = []
    for column in columns:
        form, whole = _whole(column)
        seeds, folded = _differences(whole)
        width = _width(folded)
        heads.append((form, width, seeds))
        planes.append(_spread(folded, width))
    data = zlib.compress(b"".join(planes), LEVEL)
    return msgspec.msgpack.encode(_Chunk(VERSION, rows, tuple(heads), data))


def unpack(data: bytes) -> list[Column]:
    """Return the columns of packed bytes, from whomever they come; raises Invalid."""
    try:
        chunk = _decode(data)
        size = _check(chunk)
        inflate = zlib.decompressobj()
        # One byte more than is due: what unpacks to too much is refused before it is there.
        planes = inflate.decompress(chunk.data, size + 1)
    except (msgspec.DecodeError, zlib.error) as error:
        raise _damaged(str(error)) from error
    if len(planes) != size or not inflate.eof or inflate.unused_data:
        raise _damaged("it holds more or less than it says")
    columns: list[Column] = []
    at = 0
    for form, width, seeds in chunk.columns:
        rows = chunk.rows - len(seeds)
        folded = _gather(planes[at : at + width * rows], width, rows)
        columns.append(_restored(form, _summed(seeds, folded)))
        at += width * rows
    return columns


def _check(chunk: _Chunk) -> int:
    """Return how many bytes the planes have; raises Invalid for a head that is none of ours."""
    if chunk.version != VERSION:
        raise _damaged(f"version {chunk.version} is not known")
    rows = chunk.rows
    if not 0 <= rows <= LIMITS.chunk_rows_max or len(chunk.columns) > LIMITS.chunk_columns_max:
        raise _damaged("it is too large")
    for form, width, seeds in chunk.columns:
        if not BITS <= form <= DECIMALS_MAX or width not in WIDTHS:
            raise _damaged("a column has no known form")
        if len(seeds) > min(ORDER_MAX, rows) or any(not -EDGE <= seed < EDGE for seed in seeds):
            raise _damaged("a column does not begin as it must")
    return sum(width * (rows - len(seeds)) for _, width, seeds in chunk.columns)


def _whole(column: Column) -> tuple[int, Whole]:
    """Return a column's form and its numbers as int64 from which the very same come back."""
    if column.dtype == np.int64:
        return WHOLE, column
    assert column.dtype == np.float64 and bool(np.isfinite(column).all())
    bits = column.view(np.int64)
    for decimals in range(DECIMALS_MAX + 1):
        scaled = np.rint(column * 10.0**decimals)
        if len(scaled) and float(np.abs(scaled).max()) > EXACT_MAX:
            break
        whole = scaled.astype(np.int64)
        # By its bits, as -0.0 equals 0.0 and yet is another number.
        if np.array_equal(_restored(decimals, whole).view(np.int64), bits):
            return decimals, whole
    return BITS, bits


def _restored(form: int, whole: Whole) -> Column:
    if form == WHOLE:
        return whole
    if form == BITS:
        return whole.view(np.float64)
    return whole / 10.0**form


def _differences(whole: Whole) -> tuple[tuple[int, ...], NDArray[np.uint64]]:
    """Return the seeds, and the differences of the order that leaves the fewest bits, folded."""
    folded = _fold(whole)
    best = _bits(folded)
    kept: tuple[int, ...] = ()
    seeds: tuple[int, ...] = ()
    for _ in range(min(ORDER_MAX, len(whole))):
        seeds = (*seeds, int(whole[0]))
        # 64-bit sums wrap around, and back again: nothing is lost at any size.
        whole = np.diff(whole)
        further = _fold(whole)
        bits = _bits(further) + 64 * len(seeds)
        if bits < best:
            best, kept, folded = bits, seeds, further
    return kept, folded


def _bits(folded: NDArray[np.uint64]) -> float:
    return float(np.log2(folded.astype(np.float64) + 1).sum())


def _summed(seeds: tuple[int, ...], folded: NDArray[np.uint64]) -> Whole:
    whole: Whole = (folded >> np.uint64(1)).view(np.int64) ^ -(folded & np.uint64(1)).view(np.int64)
    for seed in reversed(seeds):
        whole = np.cumsum(np.concatenate((np.array([seed], np.int64), whole)))
    return whole


def _fold(whole: Whole) -> NDArray[np.uint64]:
    """Fold small numbers of either sign to small ones: 0, -1, 1, -2 become 0, 1, 2, 3."""
    return ((whole << 1) ^ (whole >> 63)).view(np.uint64)


def _width(folded: NDArray[np.uint64]) -> int:
    most = int(folded.max()) if len(folded) else 0
    return next(width for width in WIDTHS if most < 1 << 8 * width)


def _spread(folded: NDArray[np.uint64], width: int) -> bytes:
    """Lay numbers out plane by plane: all lowest bytes, then all second ones, and so on."""
    if not width:
        return b""
    narrow = folded.astype(f"<u{width}").view(np.uint8).reshape(-1, width)
    return narrow.T.tobytes()


def _gather(planes: bytes, width: int, rows: int) -> NDArray[np.uint64]:
    if not width:
        return np.zeros(rows, np.uint64)
    narrow = np.frombuffer(planes, np.uint8).reshape(width, rows).T
    return np.ascontiguousarray(narrow).view(f"<u{width}").reshape(rows).astype(np.uint64)


def _damaged(why: str) -> Invalid:
    return Invalid(f"a chunk of columns cannot be read: {why}", "loom verify tells what else is so")
