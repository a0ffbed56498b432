"""EXT_meshopt_compression, the decoder: vertex codec version 0 and triangle codec version 1.

The format is the one of the glTF extension's specification (Kapoulkine, 2021). What breaks it
raises ValueError or IndexError; no more is made than was asked for.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldloom.studio.meshopt import BLOCK_BYTES, BLOCK_MAX, INDEX_HEADER, TAIL_MIN, VERTEX_HEADER

GROUP: Final = 16
TABLE_BYTES: Final = 16
_TWO: Final = tuple(tuple(byte >> shift & 3 for shift in (6, 4, 2, 0)) for byte in range(256))
_FOUR: Final = tuple((byte >> 4, byte & 15) for byte in range(256))
_ZEROS: Final = (0,) * GROUP


def decode_vertices(data: bytes, count: int, stride: int) -> NDArray[np.uint8]:
    """Return vertex rows (count, stride); raises ValueError, IndexError."""
    tail = max(TAIL_MIN, stride)
    if len(data) < 1 + tail or data[0] != VERTEX_HEADER or not 0 < stride <= 256:
        raise ValueError("these are no packed vertices")
    at, end = 1, len(data) - tail
    last = np.frombuffer(data[len(data) - stride :], np.uint8)
    block = min(BLOCK_BYTES // stride & ~(GROUP - 1), BLOCK_MAX)
    rows = np.empty((count, stride), np.uint8)
    for start in range(0, count, block):
        size = min(block, count - start)
        lanes = np.empty((stride, size), np.uint8)
        for lane in range(stride):
            at = _lane(data, at, end, lanes[lane])
        delta = (lanes >> 1) ^ (0 - (lanes & 1))
        rows[start : start + size] = (
            np.cumsum(delta, axis=1, dtype=np.uint8) + last[:, None]
        ).T  # bytes go around at 256
        last = rows[start + size - 1]
    return rows


def _lane(data: bytes, at: int, end: int, into: NDArray[np.uint8]) -> int:
    """Read one byte of each vertex of a block; returns where the next lane begins."""
    groups = -(-len(into) // GROUP)
    head = data[at : at + -(-groups // 4)]
    at += len(head)
    values: list[int] = []
    for group in range(groups):
        if at > end:
            raise ValueError("the packed vertices are cut off")
        mode = head[group >> 2] >> ((group & 3) * 2) & 3
        if mode == 0:
            values += _ZEROS
        elif mode == 3:
            values += data[at : at + GROUP]
            at += GROUP
        else:
            table: tuple[tuple[int, ...], ...] = _TWO if mode == 1 else _FOUR
            escape, size = (3, 4) if mode == 1 else (15, 8)
            found = [value for byte in data[at : at + size] for value in table[byte]]
            at += size
            if escape in found:
                for place, value in enumerate(found):
                    if value == escape:
                        found[place] = data[at]
                        at += 1
            values += found
    into[:] = values[: len(into)]
    return at


class _Numbers:
    """The stream of indices that no table has."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self.at = at
        self.last = 0

    def byte(self) -> int:
        self.at += 1
        return self._data[self.at - 1]

    def index(self) -> int:
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
            if shift > 28:
                raise ValueError("an index is too long")
        self.last += (value >> 1) ^ -(value & 1)
        return self.last


def decode_triangles(data: bytes, count: int) -> NDArray[np.int64]:
    """Return `count` triangles, (count, 3); raises ValueError, IndexError."""
    if len(data) < 1 + count + TABLE_BYTES or data[0] != INDEX_HEADER:
        raise ValueError("these are no packed triangles")
    numbers, table = _Numbers(data, 1 + count), data[-TABLE_BYTES:]
    edges: list[tuple[int, int]] = []
    seen: list[int] = []
    fresh, made = 0, []
    for code in data[1 : 1 + count]:
        if code < 0xF0:
            a, b = edges[-1 - (code >> 4)]
            kind = code & 15
            if kind == 0:
                c, fresh = fresh, fresh + 1
            elif kind < 13:
                c = seen[-1 - kind]
            elif kind < 15:
                numbers.last += 1 if kind == 14 else -1
                c = numbers.last
            else:
                c = numbers.index()
            if kind == 0 or kind >= 13:
                seen.append(c)
            edges += ((c, b), (a, c))
        else:
            a, b, c, fresh = _first(code, table, numbers, seen, fresh)
            edges += ((b, a), (c, b), (a, c))
        made.append((a, b, c))
        if len(edges) > 4096:  # only the newest sixteen are ever asked for
            del edges[:-GROUP], seen[:-GROUP]
    return np.array(made, np.int64).reshape(-1, 3)


def _first(
    code: int, table: bytes, numbers: _Numbers, seen: list[int], fresh: int
) -> tuple[int, int, int, int]:
    """Return a triangle that shares no edge with those before, and the next free index."""
    pair = table[code & 15] if code < 0xFE else numbers.byte()
    if code >= 0xFE and pair == 0:
        fresh = 0
    kinds = (15 if code == 0xFF else 0, pair >> 4, pair & 15)
    corners: list[int] = []
    for kind in kinds:
        if kind == 0:
            corners.append(fresh)
            fresh += 1
        else:
            corners.append(seen[-kind] if kind < 15 else -1)
    for place, kind in enumerate(kinds):
        if kind == 15:
            corners[place] = numbers.index()
    seen += [corner for kind, corner in zip(kinds, corners, strict=True) if kind in (0, 15)]
    a, b, c = corners
    return a, b, c, fresh
