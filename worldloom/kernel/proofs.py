"""Proofs over a log's tree (RFC 6962, 2.1) from few nodes, at any length of the log.

A tree over n leaves is a tree over its blocks of 256 leaves, and that one a tree over blocks of
256 blocks: so a store keeps only the roots of full blocks, and a proof reads one block a layer.
The unfinished right edge of each layer comes from the frontier.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

from worldloom.kernel.hashing import BLOCK, LAYER, Frontier

Nodes = Callable[[int, int, int], Sequence[bytes]]
"""(level, first, count) → the roots of `count` full subtrees of 2**level leaves from number `first`
on; asked for levels 0 (the records' hashes), 8, 16, 24 and 32 only, at most 256 at once."""


def inclusion(nodes: Nodes, frontier: Frontier, index: int) -> list[bytes]:
    """Return the nodes that lead from leaf `index` (from 0) to the frontier's root, lowest first.

    `verify_inclusion` checks them.
    """
    assert 0 <= index < frontier.count
    return _path(nodes, frontier, 0, index)


def consistency(nodes: Nodes, frontier: Frontier, first: int) -> list[bytes]:
    """Return the nodes showing that the first `first` leaves are a prefix of the frontier's tree.

    `verify_consistency` checks them.
    """
    assert 0 <= first <= frontier.count
    if first in (0, frontier.count):
        return []
    # The last full subtree of the old tree: everything else hangs on its way to the new root.
    level = (first & -first).bit_length() - 1
    index = (first >> level) - 1
    path = _path(nodes, frontier, level, index)
    return [_full(nodes, level, index), *path] if index else path


def frontier_at(nodes: Nodes, count: int) -> Frontier:
    """Return the frontier that the log had when it held `count` records."""
    levels = [level for level in range(count.bit_length() - 1, -1, -1) if count >> level & 1]
    return Frontier(count, (_full(nodes, level, (count >> level) - 1) for level in levels))


def root_of_block(row: Sequence[bytes]) -> bytes:
    """Return the root over a row of nodes; an odd last one rises as it is."""
    while len(row) > 1:
        row = _rise(row)
    return row[0]


def _rise(row: Sequence[bytes]) -> list[bytes]:
    """Return the row of nodes above."""
    pairs = zip(row[::2], row[1::2], strict=False)
    above = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
    if len(row) & 1:
        above.append(row[-1])
    return above


def _full(nodes: Nodes, level: int, index: int) -> bytes:
    """Return the root of one full subtree."""
    up = level % LAYER
    return root_of_block(nodes(level - up, index << up, 1 << up))


def _path(nodes: Nodes, frontier: Frontier, level: int, index: int) -> list[bytes]:
    """Return the siblings from one full subtree up to the root."""
    path: list[bytes] = []
    layer = level - level % LAYER
    place = index << level - layer
    while True:
        block, place = place >> LAYER, place & BLOCK - 1
        row = _row(nodes, frontier, layer, block)
        for _ in range(level - layer):
            row, place = _rise(row), place >> 1
        while len(row) > 1:
            if place ^ 1 < len(row):
                path.append(row[place ^ 1])
            row, place = _rise(row), place >> 1
        if frontier.count <= 1 << layer + LAYER:
            return path
        layer, place = layer + LAYER, block
        level = layer


def _row(nodes: Nodes, frontier: Frontier, layer: int, block: int) -> Sequence[bytes]:
    """Return the nodes of one block of a layer, with the unfinished last one where it is there."""
    first = block << LAYER
    full = frontier.count >> layer
    row = nodes(layer, first, min(BLOCK, full - first)) if first < full else []
    rest = frontier.count & (1 << layer) - 1
    if not rest or full - first >= BLOCK:
        return row
    return [*row, Frontier(rest, frontier.nodes[-rest.bit_count() :]).root()]
