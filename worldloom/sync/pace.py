"""How fast one may speak, and how fast the world ticks: buckets and the tick's divider."""

from typing import Final

from worldloom.sync.wire import DIVIDERS

SLOW_TICKS: Final = 20
"""So many overrun ticks in a row slow the frames down: one second."""
CALM_TICKS: Final = 100
"""So many easy ticks in a row speed them up again: five seconds."""


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


class Pace:
    """Slows motion frames from 20 to 10 to 5 Hz under sustained overrun, with hysteresis."""

    def __init__(self) -> None:
        self._step = 0
        self._slow = 0
        self._calm = 0

    @property
    def divider(self) -> int:
        """How many ticks lie between two motion frames now."""
        return DIVIDERS[self._step]

    def observe(self, load: float) -> None:
        """Note one tick: its cost and lateness as a part of the time it had (1.0 = all)."""
        self._slow = self._slow + 1 if load > 0.8 else 0
        self._calm = self._calm + 1 if load < 0.3 else 0
        if self._slow >= SLOW_TICKS and self._step < len(DIVIDERS) - 1:
            self._step += 1
            self._slow = 0
        if self._calm >= CALM_TICKS and self._step > 0:
            self._step -= 1
            self._calm = 0
