"""How fast one may go: a bucket of tokens that fills with time."""


class Bucket:
    """A token bucket: `rate` tokens a second, at most `burst` at once; time is passed in."""

    __slots__ = ("_at_us", "_burst", "_rate", "_tokens")

    def __init__(self, rate: float, burst: float, now_us: int) -> None:
        self._rate = rate / 1e6
        self._burst = burst
        self._tokens = burst
        self._at_us = now_us

    def take(self, count: float, now_us: int) -> bool:
        """Take tokens if there are enough; says whether there were."""
        passed = max(now_us - self._at_us, 0)
        self._at_us = now_us
        self._tokens = min(self._burst, self._tokens + passed * self._rate)
        if self._tokens < count:
            return False
        self._tokens -= count
        return True
