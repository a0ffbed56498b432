"""A plain decoder of EXT_meshopt_compression, written from the specification for these tests."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ORDER = ((0, 1, 2), (1, 2, 0), (2, 0, 1))


def decode_vertices(data: bytes, count: int, stride: int) -> NDArray[np.uint8]:
    """Return vertex rows (count, stride)."""
    assert data[0] == 0xA0
    at, last = 1, np.frombuffer(data[-stride:], np.uint8).astype(int)
    block = min(8192 // stride & ~15, 256)
    rows = np.zeros((count, stride), np.uint8)
    for start in range(0, count, block):
        size = min(block, count - start)
        groups = -(-size // 16)
        for lane in range(stride):
            header = data[at : at + -(-groups // 4)]
            at += len(header)
            values: list[int] = []
            for group in range(groups):
                bits = 1 << (header[group // 4] >> group % 4 * 2 & 3)
                at, sixteen = _group(data, at, bits)
                values += sixteen
            delta = np.array([(v >> 1) ^ -(v & 1) for v in values[:size]])
            rows[start : start + size, lane] = (last[lane] + np.cumsum(delta)) & 255
        last = rows[start + size - 1].astype(int)
    assert at + max(32, stride) == len(data)
    return rows


def _group(data: bytes, at: int, bits: int) -> tuple[int, list[int]]:
    if bits == 1:
        return at, [0] * 16
    if bits == 8:
        return at + 16, list(data[at : at + 16])
    packed = data[at : at + bits * 2]
    at += len(packed)
    escape = (1 << bits) - 1
    values = []
    for k in range(16):
        byte = packed[k * bits // 8]
        value = byte >> (8 - bits - k * bits % 8) & escape
        if value == escape:
            value, at = data[at], at + 1
        values.append(value)
    return at, values


class _Stream:
    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at, self.last = data, at, 0

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def index(self) -> int:
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        self.last += (value >> 1) ^ -(value & 1)
        return self.last


def decode_indices(data: bytes, count: int) -> list[tuple[int, int, int]]:
    """Return `count` triangles."""
    assert data[0] == 0xE1
    stream, table = _Stream(data, 1 + count), data[-16:]
    edges: list[tuple[int, int]] = []
    seen: list[int] = []
    fresh, triangles = 0, []
    for code in data[1 : 1 + count]:
        if code < 0xF0:
            a, b = edges[-1 - (code >> 4)]
            kind = code & 15
            if kind == 0:
                c, fresh = fresh, fresh + 1
            elif kind < 13:
                c = seen[-1 - kind]
            elif kind < 15:
                stream.last += 1 if kind == 14 else -1
                c = stream.last
            else:
                c = stream.index()
            if kind == 0 or kind >= 13:
                seen.append(c)
            edges += [(c, b), (a, c)]
        else:
            pair = table[code & 15] if code < 0xFE else stream.byte()
            if code >= 0xFE and pair == 0:
                fresh = 0
            kinds = (15 if code == 0xFF else 0, pair >> 4, pair & 15)
            known, corners = list(seen), []
            for kind in kinds:
                if kind == 0:
                    corners.append(fresh)
                    fresh += 1
                else:
                    corners.append(known[-kind] if kind < 15 else -1)
            corners = [
                stream.index() if k == 15 else c for k, c in zip(kinds, corners, strict=True)
            ]
            seen += [c for k, c in zip(kinds, corners, strict=True) if k in (0, 15)]
            a, b, c = corners
            edges += [(b, a), (c, b), (a, c)]
        triangles.append((a, b, c))
    assert stream.at + 16 == len(data)
    return triangles
