"""How fast one may go: a bucket of tokens that fills with time."""

from __future__ import annotations


class Bucket:
    """A token bucket: `rate` tokens a second, at most `burst` at once; time is passed in.

    What is taken from it is taken from the one above it, too, which others may share.
    """

    __slots__ = ("_above", "_at_us", "_burst", "_rate", "_tokens")

    def __init__(self, rate: float, burst: float, now_us: int, above: Bucket | None = None) -> None:
        self._above = above
        self._rate = rate / 1e6
        self._burst = burst
        self._tokens = burst
        self._at_us = now_us

    def take(self, count: float, now_us: int) -> bool:
        """Take tokens if there are enough; says whether there were."""
        passed = max(now_us - self._at_us, 0)
        self._at_us = now_us
        self._tokens = min(self._burst, self._tokens + passed * self._rate)
        if self._tokens < count or not (self._above is None or self._above.take(count, now_us)):
            return False
        self._tokens -= count
        return True
