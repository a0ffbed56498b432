"""Promised: the root of an RFC 6962 tree, kept up append by append, and a map's root."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldloom.kernel.hashing import (
    Frontier,
    MerkleMap,
    node,
    root_of,
    state_hash_of,
)

LEAVES = [sha256(bytes([number])).digest() for number in range(70)]


def recursive_root(leaves: list[bytes]) -> bytes:
    """Return the root by the definition of RFC 6962, 2.1."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    return node(recursive_root(leaves[:middle]), recursive_root(leaves[middle:]))


@pytest.mark.parametrize("count", range(70))
def test_the_root_is_that_of_the_definition(count: int) -> None:
    assert root_of(LEAVES[:count]) == recursive_root(LEAVES[:count])


@pytest.mark.parametrize("count", [0, 1, 2, 3, 8, 13, 64, 69])
def test_a_frontier_goes_on_where_it_was_packed(count: int) -> None:
    frontier = Frontier()
    for leaf in LEAVES[:count]:
        frontier.append(leaf)
    again = Frontier.unpack(count, frontier.pack())
    again.append(LEAVES[count])
    assert again.root() == recursive_root(LEAVES[: count + 1])


def build(leaves: dict[int, bytes]) -> bytes:
    """Return the root of a map built in one go."""
    tree = MerkleMap()
    for id in sorted(leaves):
        tree.set(id, leaves[id])
    return tree.root()


@given(st.lists(st.tuples(st.integers(1, 9000), st.none() | st.sampled_from(LEAVES)), max_size=60))
def test_a_map_kept_up_to_date_equals_one_built_afresh(
    changes: list[tuple[int, bytes | None]],
) -> None:
    tree, model = MerkleMap(), dict[int, bytes]()
    for id, leaf in changes:
        tree.set(id, leaf)
        if leaf is None:
            model.pop(id, None)
        else:
            model[id] = leaf
        tree.root()
    assert tree.root() == build(model)


def test_the_root_of_a_map_follows_its_definition() -> None:
    leaf = LEAVES[0]
    empty = sha256(b"\x02").digest()
    buckets = [empty] * 4096
    buckets[4100 % 4096] = sha256(b"\x02" + LEAVES[1] + leaf).digest()
    middles = [
        sha256(b"\x03" + b"".join(buckets[at : at + 64])).digest() for at in range(0, 4096, 64)
    ]
    root = sha256(b"\x04" + b"".join(middles)).digest()
    assert build({4100: leaf, 4: LEAVES[1]}) == root
    assert state_hash_of(root, leaf) == sha256(b"\x05" + root + leaf).digest()
