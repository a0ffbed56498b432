"""EXT_meshopt_compression, the encoder: vertex codec version 0 and triangle codec version 1.

The format is the one of the glTF extension's specification (Kapoulkine, 2021); the decoder that
browsers use is meshoptimizer's. Both codecs keep every byte; triangles may begin at another corner.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

VERTEX_HEADER, INDEX_HEADER = 0xA0, 0xE1
GROUP, BLOCK_BYTES, BLOCK_MAX, TAIL_MIN = 16, 8192, 256, 32
FIFO = 16
FRESH_MAX = 13  # Codes 13 and 14 mean one before and one after the last free index.
# Pairs of vertex codes that are common after a new first vertex; the last two slots are unused.
PAIRS = bytes.fromhex("0076875667 78a986658968980169 0000".replace(" ", ""))


def encode_vertices(rows: NDArray[np.uint8]) -> bytes:
    """Encode vertex rows (n, stride), stride a multiple of 4 and at most 256."""
    count, stride = rows.shape
    before = np.concatenate([rows[:1], rows[:-1]])
    delta = (rows - before).view(np.int8)
    zigzag = ((delta << 1) ^ (delta >> 7)).view(np.uint8)
    block = min(BLOCK_BYTES // stride & ~(GROUP - 1), BLOCK_MAX)
    out = [bytes([VERTEX_HEADER])]
    whole = count // block * block
    if whole:
        tiles = zigzag[:whole].reshape(-1, block, stride).transpose(0, 2, 1)
        out.append(_byte_groups(np.ascontiguousarray(tiles).reshape(-1, block)))
    if count > whole:
        rest = zigzag[whole:].T
        padded = np.zeros((stride, -(-rest.shape[1] // GROUP) * GROUP), np.uint8)
        padded[:, : rest.shape[1]] = rest
        out.append(_byte_groups(padded))
    out.append(b"\0" * max(TAIL_MIN - stride, 0) + rows[0].tobytes())
    return b"".join(out)


def _byte_groups(lanes: NDArray[np.uint8]) -> bytes:
    """Encode lanes (m, k·16): for each, two header bits a group, then the groups."""
    groups = lanes.reshape(-1, GROUP)
    escape2, escape4 = groups >= 3, groups >= 15
    cost = np.stack([
        np.where(groups.any(1), 99, 0), 4 + escape2.sum(1), 8 + escape4.sum(1),
        np.full(len(groups), 16),
    ])  # fmt: skip
    mode = cost.argmin(0)
    two, four = np.minimum(groups, 3), np.minimum(groups, 15)
    bytes2 = two[:, 0::4] << 6 | two[:, 1::4] << 4 | two[:, 2::4] << 2 | two[:, 3::4]
    bytes4 = four[:, 0::2] << 4 | four[:, 1::2]
    # Every group as one wide row and a mask of the bytes that are written, in order.
    rows = np.concatenate([bytes2, bytes4, groups], axis=1)
    kept = np.zeros(rows.shape, bool)
    kept[:, :4] = (mode == 1)[:, None]
    kept[:, 4:12] = (mode == 2)[:, None]
    full = (mode == 3)[:, None]
    kept[:, 12:] = full | ((mode == 1)[:, None] & escape2) | ((mode == 2)[:, None] & escape4)
    lane_count, lane_groups = len(lanes), lanes.shape[1] // GROUP
    quads = -(-lane_groups // 4)
    bits = np.zeros((lane_count, quads * 4), np.uint8)
    bits[:, :lane_groups] = mode.reshape(lane_count, lane_groups)
    header = bits[:, 0::4] | bits[:, 1::4] << 2 | bits[:, 2::4] << 4 | bits[:, 3::4] << 6
    body = rows.reshape(lane_count, -1)
    mask = kept.reshape(lane_count, -1)
    everything = np.concatenate([header, body], axis=1)
    written = np.concatenate([np.ones(header.shape, bool), mask], axis=1)
    flat: NDArray[np.uint8] = everything[written]
    return flat.tobytes()


class _Triangles:
    """The state that encoder and decoder share: recent edges and vertices, next and last index."""

    def __init__(self) -> None:
        self.edges: list[tuple[int, int]] = []
        self.vertices: list[int] = []
        self.next = 0
        self.last = 0
        self.data = bytearray()

    def seen(self, vertex: int) -> int:
        """Return how long ago a vertex was pushed, or -1."""
        try:
            return self.vertices.index(vertex)
        except ValueError:
            return -1

    def push_vertex(self, vertex: int) -> None:
        self.vertices.insert(0, vertex)
        del self.vertices[FIFO:]

    def push_edge(self, a: int, b: int) -> None:
        self.edges.insert(0, (a, b))
        del self.edges[FIFO:]

    def free(self, vertex: int) -> None:
        """Write an index by its distance from the last free one."""
        step = vertex - self.last
        value = step << 1 if step >= 0 else (-step << 1) - 1
        while True:
            self.data.append(value & 127 | (128 if value > 127 else 0))
            value >>= 7
            if not value:
                break
        self.last = vertex

    def matched(self, a: int, b: int, c: int) -> tuple[int, int, int, int] | None:
        """Return the newest known edge of a triangle and its corners turned to begin with it."""
        best, turned = FIFO - 1, None
        for corners in ((a, b, c), (b, c, a), (c, a, b)):
            try:
                place = self.edges.index(corners[:2])
            except ValueError:
                continue
            if place < best:
                best, turned = place, corners
        return None if turned is None else (best, *turned)

    def across(self, edge: int, a: int, b: int, c: int) -> int:
        """Encode a triangle over a known edge and return its code."""
        place = self.seen(c)
        if 1 <= place < FRESH_MAX:
            code = place
        elif c == self.next:
            self.next += 1
            code = 0
        elif c + 1 == self.last or c == self.last + 1:
            code = 13 if c + 1 == self.last else 14
            self.last = c
        else:
            code = 15
            self.free(c)
        if code == 0 or code >= FRESH_MAX:
            self.push_vertex(c)
        self.push_edge(c, b)
        self.push_edge(a, c)
        return edge << 4 | code

    def _corner(self, vertex: int, place: int) -> int:
        if 0 <= place < 14:
            return place + 1
        if vertex == self.next:
            self.next += 1
            return 0
        return 15

    def apart(self, a: int, b: int, c: int) -> int:
        """Encode a triangle that shares no recent edge and return its code."""
        if b == self.next:
            a, b, c = b, c, a
        elif c == self.next:
            a, b, c = c, a, b
        reset = (a, b, c) == (0, 1, 2) and self.next > 0
        if reset:
            self.next = 0
            self.vertices.clear()
        place_b, place_c = self.seen(b), self.seen(c)
        first = 0 if a == self.next else 15
        self.next += first == 0
        second, third = self._corner(b, place_b), self._corner(c, place_c)
        pair = second << 4 | third
        slot = PAIRS.find(pair, 0, 14)
        if first == 0 and slot >= 0 and not reset:
            code = 0xF0 | slot
        else:
            code = 0xF0 | 14 | first
            self.data.append(pair)
        for vertex, kind in ((a, first), (b, second), (c, third)):
            if kind == 15:
                self.free(vertex)
        for vertex, kind in ((a, first), (b, second), (c, third)):
            if kind in (0, 15):
                self.push_vertex(vertex)
        self.push_edge(b, a)
        self.push_edge(c, b)
        self.push_edge(a, c)
        return code


def encode_indices(indices: NDArray[Any]) -> bytes:
    """Encode triangle indices (3·m,)."""
    state, codes = _Triangles(), bytearray()
    for a, b, c in indices.reshape(-1, 3).tolist():
        match = state.matched(a, b, c)
        codes.append(state.across(*match) if match else state.apart(a, b, c))
    return bytes([INDEX_HEADER]) + bytes(codes) + bytes(state.data) + PAIRS
