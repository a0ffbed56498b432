"""Trees of SHA-256: over a log (RFC 6962) and over a state (a map of entities).

The log's leaves are the records' hashes; its inner nodes are SHA256(0x01 ‖ left ‖ right).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

LAYER: Final = 8
"""Levels of the log's tree between two of those whose nodes are kept."""
BLOCK: Final = 1 << LAYER
"""Records in a full block of the lowest such level."""
BUCKETS: Final = 4096
"""Buckets of the state's tree; an entity lies in bucket id mod 4096."""
ARITY: Final = 64
"""Buckets under one middle node, and middle nodes under the root."""


def node(left: bytes, right: bytes) -> bytes:
    """Return an inner node of the log's tree."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The roots of a log's complete subtrees, largest first: all that an append needs."""

    __slots__ = ("count", "nodes")

    def __init__(self, count: int = 0, nodes: Iterable[bytes] = ()) -> None:
        self.count = count
        self.nodes = list(nodes)
        assert len(self.nodes) == count.bit_count(), "a frontier has one node for each set bit"

    @classmethod
    def unpack(cls, count: int, joined: bytes) -> Frontier:
        """Return the frontier of `count` leaves from its joined nodes."""
        return cls(count, (joined[at : at + 32] for at in range(0, len(joined), 32)))

    def pack(self) -> bytes:
        """Return the nodes joined."""
        return b"".join(self.nodes)

    def append(self, leaf: bytes) -> None:
        """Add one leaf of 32 bytes."""
        full = self.count
        while full & 1:
            leaf = node(self.nodes.pop(), leaf)
            full >>= 1
        self.nodes.append(leaf)
        self.count += 1

    def extend(self, leaves: Iterable[bytes]) -> list[bytes]:
        """Add leaves of 32 bytes each; return the roots of the blocks of 256 that they filled.

        Level by level: measured, that costs a third of one leaf after another.
        """
        row, level, count, nodes = list(leaves), 0, self.count, self.nodes
        self.count = count + len(row)
        filled: list[bytes] = []
        last: list[bytes] = []
        while row:
            if level == LAYER:
                filled = row[:]
            if count >> level & 1:
                row.insert(0, nodes.pop())
            if len(row) & 1:
                last.append(row.pop())
            pairs = zip(row[::2], row[1::2], strict=True)
            row = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
            level += 1
        nodes += reversed(last)
        return filled

    def root(self) -> bytes:
        """Return the tree's root of 32 bytes."""
        if not self.nodes:
            return sha256(b"").digest()
        root = self.nodes[-1]
        for left in self.nodes[-2::-1]:
            root = node(left, root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root over these leaves (record hashes)."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


def verify_inclusion(
    leaf: bytes, index: int, count: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Tell whether the proof leads from the leaf at `index` of `count` to the root."""
    if not 0 <= index < count:
        return False
    here, last, found = index, count - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if here & 1 or here == last:
            found = node(step, found)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            found = node(found, step)
        here, last = here >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(
    first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Tell whether the log of `second` records with its root continues that of `first`."""
    if first == second:
        return first_root == second_root and not proof
    if first == 0:
        return not proof
    if not 0 < first < second or not proof and first & (first - 1):
        return False
    steps = list(proof)
    if first & (first - 1) == 0:
        steps.insert(0, first_root)
    here, last = first - 1, second - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            old, new = node(step, old), node(step, new)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            new = node(new, step)
        here, last = here >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


EMPTY_BUCKET: Final = sha256(b"\x02").digest()
EMPTY_MIDDLE: Final = sha256(b"\x03" + EMPTY_BUCKET * ARITY).digest()


class MerkleMap:
    """Entity id → leaf, with a root that is brought up to date from what changed."""

    __slots__ = ("_buckets", "_digests", "_dirty", "_middles", "_root")

    def __init__(self) -> None:
        self._buckets: dict[int, dict[int, bytes]] = {}
        self._digests = [EMPTY_BUCKET] * BUCKETS
        self._middles = [EMPTY_MIDDLE] * (BUCKETS // ARITY)
        self._dirty: set[int] = set()
        self._root = sha256(b"\x04" + b"".join(self._middles)).digest()

    def set(self, id: int, leaf: bytes | None) -> None:
        """Put an entity's leaf of 32 bytes in its place, or take it out with None."""
        number = id % BUCKETS
        bucket = self._buckets.setdefault(number, {})
        if bucket.get(id) == leaf:
            return
        if leaf is None:
            del bucket[id]
        else:
            bucket[id] = leaf
        self._dirty.add(number)

    def root(self) -> bytes:
        """Return the root of 32 bytes; costs only what changed since the last call."""
        if not self._dirty:
            return self._root
        for number in self._dirty:
            bucket = self._buckets[number]
            leaves = (bucket[id] for id in sorted(bucket))
            self._digests[number] = sha256(b"\x02" + b"".join(leaves)).digest()
        for place in {number // ARITY for number in self._dirty}:
            digests = self._digests[place * ARITY : (place + 1) * ARITY]
            self._middles[place] = sha256(b"\x03" + b"".join(digests)).digest()
        self._root = sha256(b"\x04" + b"".join(self._middles)).digest()
        self._dirty.clear()
        return self._root


def state_hash_of(public_root: bytes, private_root: bytes) -> bytes:
    """Return the state's hash from the roots of what everyone and what nobody may see."""
    return sha256(b"\x05" + public_root + private_root).digest()
