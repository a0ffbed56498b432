"""Chance for handlers: seeded once a group, so that the same seed gives the same group."""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence
from hashlib import sha256
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """Random numbers from a seed, by SHA-256 in counter mode; the names are those of `random`."""

    __slots__ = ("_count", "_seed")

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._count = 0

    def _draw(self) -> int:
        self._count += 1
        block = sha256(self._seed + self._count.to_bytes(8, "big")).digest()
        return int.from_bytes(block[:8], "big")

    def random(self) -> float:
        """Return a number from 0 up to, but not, 1."""
        return (self._draw() >> 11) / 2**53

    def uniform(self, low: float, high: float) -> float:
        """Return a number between two others."""
        return low + (high - low) * self.random()

    def randint(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both included."""
        assert low <= high
        return low + int((high - low + 1) * self.random())

    def choice(self, among: Sequence[T]) -> T:
        """Return one of these."""
        return among[self.randint(0, len(among) - 1)]

    def shuffle(self, order: MutableSequence[T]) -> None:
        """Put these into a random order, in place."""
        for last in range(len(order) - 1, 0, -1):
            other = self.randint(0, last)
            order[last], order[other] = order[other], order[last]
