"""Numbers in bulk as NumPy's own files: packed from arrays, and checked before they are trusted.

A file (NPY 1.0) holds float32 of one or two dimensions, or rows of known columns.
"""

from __future__ import annotations

import ast
import io
import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worldloom.kernel.errors import Invalid
from worldloom.kernel.limits import LIMITS

MAGIC: Final = b"\x93NUMPY\x01\x00"
HEAD_BYTES_MAX: Final = 1024
COLUMNS: Final[dict[str, tuple[str, int]]] = {
    "position": ("<f4", 3),
    "rotation": ("<i2", 4),
    "scale": ("<f4", 1),
    "color": ("|u1", 4),
}
"""Column → what a row of it is: metres; a quaternion xyzw in 32767ths; a factor; sRGB and alpha."""
Array = NDArray[Any]


def pack(values: ArrayLike) -> bytes:
    """Return numbers of one or two dimensions as the bytes of a float32 file; raises Invalid."""
    return _saved(np.ascontiguousarray(_numbers(values, "values"), "<f4"))


def pack_rows(columns: Mapping[str, Array]) -> bytes:
    """Return columns of one length, in their own types, as rows; raises Invalid."""
    lengths = {len(column) for column in columns.values()}
    if len(lengths) != 1:
        raise _bad(f"the columns have {sorted(lengths)} rows", "give one row for each thing")
    kinds = [(name, *COLUMNS[name]) for name in columns]
    rows = np.empty(lengths.pop(), [(n, k, (w,)) if w > 1 else (n, k) for n, k, w in kinds])
    for name, column in columns.items():
        rows[name] = column
    return _saved(rows)


def positions_of(values: ArrayLike) -> Array:
    """Return places in metres, (n, 3); raises Invalid."""
    found = _numbers(values, "positions")
    if found.ndim != 2 or found.shape[1] != 3:
        raise _bad(f"positions have the shape {found.shape}", "give (n, 3): x, y, z in metres")
    if found.size and np.abs(found).max() > LIMITS.extent_m_max:
        raise _bad("a position lies outside the world", f"stay within {LIMITS.extent_m_max:g} m")
    return found.astype("<f4")


def rotations_of(values: ArrayLike, rows: int) -> Array:
    """Return turns as quaternions in 32767ths, from (n, 4) xyzw or (n,) radians about +Y."""
    found = _numbers(values, "rotations")
    if found.shape == (rows,):
        zero = np.zeros(rows)
        found = np.stack([zero, np.sin(found / 2), zero, np.cos(found / 2)], -1)
    if found.shape != (rows, 4):
        raise _bad(f"rotations have the shape {found.shape}", "give (n, 4) xyzw or (n,) radians")
    length = np.linalg.norm(found, axis=1, keepdims=True)
    if (length < 1e-9).any():
        raise _bad("a rotation is no rotation: all zeros", "0, 0, 0, 1 turns nothing")
    turned: Array = np.round(found / length * 32767).astype("<i2")
    return turned


def scales_of(values: ArrayLike, rows: int) -> Array:
    """Return factors of size, (n,)."""
    found = _numbers(values, "scales")
    if found.shape != (rows,):
        raise _bad(f"scales have the shape {found.shape}", "give one factor for each thing")
    return found.astype("<f4")


def colors_of(values: ArrayLike, rows: int) -> Array:
    """Return sRGB colours with alpha as bytes, from (n, 3) or (n, 4) shares or bytes."""
    given = np.asarray(values)
    found = _numbers(given, "colors")
    if found.ndim != 2 or found.shape[0] != rows or found.shape[1] not in (3, 4):
        raise _bad(f"colors have the shape {found.shape}", "give (n, 3): red, green, blue, 0 to 1")
    if given.dtype.kind == "f":
        found = found * 255
    made = np.full((rows, 4), 255, np.uint8)
    made[:, : found.shape[1]] = np.clip(np.round(found), 0, 255)
    return made


def read(data: bytes) -> Array:
    """Return what a file holds, after every length and type in it was checked; raises Invalid."""
    if not data.startswith(MAGIC):
        raise _bad("this is no array", "save it by numpy.save")
    start = 10 + int.from_bytes(data[8:10], "little")
    if start > min(len(data), 10 + HEAD_BYTES_MAX):
        raise _bad("the head of the array is cut off or too long", "save it by numpy.save")
    kind, shape = _head(data[10:start])
    count = math.prod(shape)
    if count > LIMITS.array_values_max or len(data) - start != count * kind.itemsize:
        raise _bad(f"an array of {shape} does not fit its file", "save it whole by numpy.save")
    found = np.frombuffer(data, kind, count, start).reshape(shape)
    for part in [found] if kind.names is None else [found[name] for name in kind.names]:
        if part.dtype.kind == "f" and not np.isfinite(part).all():
            raise _bad("a number in the array is not finite", "replace NaN and infinities")
    return found


def _head(text: bytes) -> tuple[np.dtype[Any], tuple[int, ...]]:
    """Return type and shape that the head of a file names."""
    try:
        head = ast.literal_eval(text.decode("ascii").strip())
        descr, shape = head["descr"], head["shape"]
        plain = head.keys() == {"descr", "shape", "fortran_order"} and not head["fortran_order"]
        sound = isinstance(shape, tuple) and all(type(n) is int and n >= 0 for n in shape)
        if not plain or not sound:
            raise ValueError
        if descr == "<f4" and 1 <= len(shape) <= 2:
            return np.dtype("<f4"), shape
        names = [part[0] for part in descr]
        wanted = [(n, k, (w,)) if w > 1 else (n, k) for n, (k, w) in _columns(names)]
        if len(shape) != 1 or list(map(tuple, descr)) != wanted or len(set(names)) != len(names):
            raise ValueError
    except (ValueError, KeyError, TypeError, IndexError, SyntaxError, MemoryError, RecursionError):
        fix = f"float32 of one or two dimensions, or rows of {', '.join(COLUMNS)}"
        raise _bad("the array is of a kind that nothing here draws", fix) from None
    return np.dtype(wanted), shape


def _columns(names: list[str]) -> list[tuple[str, tuple[str, int]]]:
    return [(name, COLUMNS[name]) for name in names]


def _numbers(values: ArrayLike, what: str) -> Array:
    try:
        found = np.asarray(values, np.float64)
    except (TypeError, ValueError) as error:
        raise _bad(f"{what} are no numbers: {error}", "give a NumPy array") from error
    if not 1 <= found.ndim <= 2 or found.size > LIMITS.array_values_max:
        raise _bad(f"{what} have the shape {found.shape}", "give fewer, in one or two dimensions")
    if not np.isfinite(found).all():
        raise _bad(f"{what} hold what is no finite number", "replace NaN and infinities")
    return found


def _saved(array: Array) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


def _bad(message: str, fix: str) -> Invalid:
    return Invalid(message, fix, code="bad_array")
