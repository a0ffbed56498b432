"""Promised: RFC 6962 trees whose proofs hold and fail as they must, and a map's root."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldloom.kernel.hashing import (
    Frontier,
    MerkleMap,
    consistency_proof,
    inclusion_proof,
    node,
    root_of,
    state_hash_of,
    verify_consistency,
    verify_inclusion,
)  # fmt: skip

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


@pytest.mark.parametrize("count", range(1, 40))
def test_every_leaf_is_proved_to_be_in_the_tree(count: int) -> None:
    leaves = LEAVES[:count]
    root = root_of(leaves)
    for index, leaf in enumerate(leaves):
        proof = inclusion_proof(leaves, index)
        assert verify_inclusion(leaf, index, count, proof, root)
        assert not verify_inclusion(LEAVES[-1], index, count, proof, root)
        assert not verify_inclusion(leaf, index, count, [*proof, leaf], root)
        assert not verify_inclusion(leaf, index + 1, count, proof, root)


def test_a_place_outside_the_tree_proves_nothing() -> None:
    assert not verify_inclusion(LEAVES[0], 1, 1, [], LEAVES[0])
    assert not verify_inclusion(LEAVES[0], 0, 2, [], LEAVES[0])


@pytest.mark.parametrize("second", range(1, 40))
def test_every_earlier_tree_is_proved_to_be_a_prefix(second: int) -> None:
    leaves = LEAVES[:second]
    root = root_of(leaves)
    for first in range(second + 1):
        early = root_of(leaves[:first])
        proof = consistency_proof(leaves, first)
        assert verify_consistency(first, second, early, root, proof)
        if 0 < first < second:
            assert not verify_consistency(first, second, LEAVES[-1], root, proof)
            assert not verify_consistency(first, second, early, LEAVES[-1], proof)
            assert not verify_consistency(first, second, early, root, [*proof, early])
            assert not verify_consistency(first, second, early, root, proof[:-1])


def test_a_longer_past_than_the_present_proves_nothing() -> None:
    assert not verify_consistency(3, 2, LEAVES[0], LEAVES[1], [LEAVES[2]])
    assert not verify_consistency(2, 2, LEAVES[0], LEAVES[1], [])
    assert not verify_consistency(0, 2, LEAVES[0], LEAVES[1], [LEAVES[2]])


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
