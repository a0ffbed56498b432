"""Promised: proofs that equal RFC 6962's own definition, hold, and fail when a byte is changed."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldloom.kernel.hashing import (
    LAYER,
    Frontier,
    node,
    verify_consistency,
    verify_inclusion,
)
from worldloom.kernel.proofs import (
    Nodes,
    consistency,
    frontier_at,
    inclusion,
    root_of_block,
)

SIZES = 300
LEAVES = [sha256(number.to_bytes(4, "big")).digest() for number in range(70_000)]
SUBTREES: dict[tuple[int, int], bytes] = {}


def root_between(first: int, end: int) -> bytes:
    """Return MTH(D[first:end]) by the definition of RFC 6962, 2.1."""
    if (first, end) not in SUBTREES:
        if end - first == 1:
            return LEAVES[first]
        middle = first + split(end - first)
        SUBTREES[first, end] = node(root_between(first, middle), root_between(middle, end))
    return SUBTREES[first, end]


def split(count: int) -> int:
    """Return the largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)


def path_by_definition(index: int, first: int, end: int) -> list[bytes]:
    """Return PATH(m, D[first:end]) of RFC 6962, 2.1.1."""
    if end - first == 1:
        return []
    middle = first + split(end - first)
    if index < middle:
        return [*path_by_definition(index, first, middle), root_between(middle, end)]
    return [*path_by_definition(index, middle, end), root_between(first, middle)]


def subproof_by_definition(old: int, first: int, end: int, known: bool) -> list[bytes]:
    """Return SUBPROOF(m, D[first:end], b) of RFC 6962, 2.1.2; `old` counts from the very first."""
    if old == end:
        return [] if known else [root_between(first, end)]
    middle = first + split(end - first)
    if old <= middle:
        return [*subproof_by_definition(old, first, middle, known), root_between(middle, end)]
    return [*subproof_by_definition(old, middle, end, False), root_between(first, middle)]


def layers_of(leaves: Sequence[bytes]) -> Nodes:
    """Return the nodes as a store keeps them: the leaves and the roots of full blocks alone."""
    layers = {0: list(leaves)}
    for level in range(LAYER, 40, LAYER):
        below = layers[level - LAYER]
        blocks = range(0, len(below) - 255, 256)
        layers[level] = [root_of_block(below[at : at + 256]) for at in blocks]

    def nodes(level: int, first: int, count: int) -> Sequence[bytes]:
        found = layers[level][first : first + count]
        assert len(found) == count <= 256, "asked for more than there is"
        return found

    return nodes


ALL = layers_of(LEAVES)


@pytest.mark.parametrize("count", range(1, SIZES + 1))
def test_every_leaf_of_every_small_tree_is_proved_as_rfc_6962_defines_it(count: int) -> None:
    frontier = frontier_at(ALL, count)
    root = root_between(0, count)
    assert frontier.root() == root
    for index in range(count):
        path = inclusion(ALL, frontier, index)
        assert path == path_by_definition(index, 0, count)
        assert verify_inclusion(LEAVES[index], index, count, path, root)


@pytest.mark.parametrize("second", range(1, SIZES + 1))
def test_every_earlier_tree_is_proved_a_prefix_as_rfc_6962_defines_it(second: int) -> None:
    frontier = frontier_at(ALL, second)
    root = root_between(0, second)
    for first in range(1, second + 1):
        path = consistency(ALL, frontier, first)
        assert path == subproof_by_definition(first, 0, second, True)
        assert verify_consistency(first, second, root_between(0, first), root, path)
    assert consistency(ALL, frontier, 0) == []


EDGES = [255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 65_792, 69_999]


@pytest.mark.parametrize("count", EDGES)
def test_proofs_hold_at_the_edges_of_layers(count: int) -> None:
    frontier = frontier_at(ALL, count)
    root = root_between(0, count)
    places = {0, 1, 255, 256, 257, 65_535, 65_536, count // 2, count - 2, count - 1}
    for index in sorted(place for place in places if place < count):
        assert inclusion(ALL, frontier, index) == path_by_definition(index, 0, count)
        path = consistency(ALL, frontier, index)
        assert verify_consistency(index, count, frontier_at(ALL, index).root(), root, path)


@given(st.integers(0, len(LEAVES)))
def test_a_frontier_of_the_past_is_the_one_that_stood_then(count: int) -> None:
    grown = Frontier()
    for leaf in LEAVES[: count % 700]:
        grown.append(leaf)
    assert frontier_at(ALL, count % 700).pack() == grown.pack()
    if count:
        assert frontier_at(ALL, count).root() == root_between(0, count)


def flips(data: bytes) -> list[bytes]:
    """Return all copies of the data in which one byte is another one."""
    return [data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :] for at in range(len(data))]


@pytest.mark.parametrize(("count", "index"), [(1, 0), (2, 1), (7, 6), (8, 5), (256, 3), (300, 299)])
def test_an_inclusion_proof_fails_with_any_byte_changed(count: int, index: int) -> None:
    frontier = frontier_at(ALL, count)
    path, root, leaf = inclusion(ALL, frontier, index), frontier.root(), LEAVES[index]
    assert verify_inclusion(leaf, index, count, path, root)
    for wrong in flips(leaf):
        assert not verify_inclusion(wrong, index, count, path, root)
    for wrong in flips(root):
        assert not verify_inclusion(leaf, index, count, path, wrong)
    for step, whole in enumerate(path):
        for wrong in flips(whole):
            bent = [*path[:step], wrong, *path[step + 1 :]]
            assert not verify_inclusion(leaf, index, count, bent, root)
    for other in {*range(count + 3), -1} - {index}:
        assert not verify_inclusion(leaf, other, count, path, root)
    assert not verify_inclusion(leaf, index, count, [*path, root], root)
    assert not path or not verify_inclusion(leaf, index, count, path[:-1], root)


@pytest.mark.parametrize(
    ("first", "second"), [(1, 2), (3, 7), (4, 8), (6, 8), (256, 300), (9, 300)]
)
def test_a_consistency_proof_fails_with_any_byte_changed(first: int, second: int) -> None:
    old, new = root_between(0, first), root_between(0, second)
    path = consistency(ALL, frontier_at(ALL, second), first)
    assert verify_consistency(first, second, old, new, path)
    for wrong in flips(old):
        assert not verify_consistency(first, second, wrong, new, path)
    for wrong in flips(new):
        assert not verify_consistency(first, second, old, wrong, path)
    for step, whole in enumerate(path):
        for wrong in flips(whole):
            bent = [*path[:step], wrong, *path[step + 1 :]]
            assert not verify_consistency(first, second, old, new, bent)
    assert not verify_consistency(first, second, old, new, [*path, new])
    assert not verify_consistency(first, second, old, new, path[:-1])


def test_a_longer_past_than_the_present_proves_nothing() -> None:
    assert not verify_consistency(3, 2, LEAVES[0], LEAVES[1], [LEAVES[2]])
    assert not verify_consistency(2, 2, LEAVES[0], LEAVES[1], [])
    assert not verify_consistency(0, 2, LEAVES[0], LEAVES[1], [LEAVES[2]])
    assert not verify_inclusion(LEAVES[0], 1, 1, [], LEAVES[0])
    assert not verify_inclusion(LEAVES[0], 0, 2, [], LEAVES[0])


# The test tree of Certificate Transparency: eight entries, with the roots and proofs that its
# reference implementation published.
CT_ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657",
              "606162636465666768696a6b6c6d6e6f"]  # fmt: skip
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
CT_INCLUSION = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CT_CONSISTENCY = {
    (1, 1): [],
    (1, 8): CT_INCLUSION[0, 8],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CT_LEAVES = [sha256(b"\x00" + bytes.fromhex(entry)).digest() for entry in CT_ENTRIES]
CT = layers_of(CT_LEAVES)


def test_the_roots_of_certificate_transparency_s_test_tree_are_met() -> None:
    assert [frontier_at(CT, count).root().hex() for count in range(1, 9)] == CT_ROOTS
    assert Frontier().root().hex() == sha256(b"").hexdigest()


def test_the_proofs_of_certificate_transparency_s_test_tree_are_met() -> None:
    for (index, count), steps in CT_INCLUSION.items():
        path = inclusion(CT, frontier_at(CT, count), index)
        assert [step.hex() for step in path] == steps
        root = bytes.fromhex(CT_ROOTS[count - 1])
        assert verify_inclusion(CT_LEAVES[index], index, count, path, root)
    for (first, second), steps in CT_CONSISTENCY.items():
        path = consistency(CT, frontier_at(CT, second), first)
        assert [step.hex() for step in path] == steps
        old, new = (bytes.fromhex(CT_ROOTS[count - 1]) for count in (first, second))
        assert verify_consistency(first, second, old, new, path)
