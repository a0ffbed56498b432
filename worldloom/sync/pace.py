"""How fast the world ticks for its visitors: the divider of the tick."""

from typing import Final

from worldloom.sync.wire import DIVIDERS

SLOW_TICKS: Final = 20
"""So many overrun ticks in a row slow the frames down: one second."""
CALM_TICKS: Final = 60
"""So many easy ticks in a row speed them up again: three seconds, and longer after a relapse."""
CALM_TICKS_MAX: Final = 1_200
MEAN_TICKS: Final = 20
"""Load is a mean of about so many ticks: where frames are fewer, only some ticks are dear."""
HEAVY: Final = 0.9
EASY: Final = 0.42
"""Twice as many frames cost about twice as much: what is under this may be tried."""


class Pace:
    """Slows motion frames from 20 to 10 to 5 Hz under sustained overrun, with hysteresis."""

    def __init__(self) -> None:
        self._step = 0
        self._slow = 0
        self._calm = 0
        self._mean = 0.0
        self._patience = CALM_TICKS
        self._since_faster = CALM_TICKS_MAX

    @property
    def divider(self) -> int:
        """How many ticks lie between two motion frames now."""
        return DIVIDERS[self._step]

    @property
    def is_spent(self) -> bool:
        """Whether the last tick was too much even at the slowest rate."""
        return self._step == len(DIVIDERS) - 1 and self._slow > 0

    def observe(self, load: float) -> None:
        """Note one tick: its cost as a part of the time it had; 1 and more: time was lost."""
        self._mean += (min(load, 1.0) - self._mean) / MEAN_TICKS
        self._since_faster += 1
        self._slow = self._slow + 1 if load >= 1 or self._mean > HEAVY else 0
        self._calm = self._calm + 1 if load < 1 and self._mean < EASY else 0
        if self._slow >= SLOW_TICKS and self._step < len(DIVIDERS) - 1:
            # Faster was too fast: the next try comes later.
            relapse = self._since_faster < CALM_TICKS
            self._patience = min(2 * self._patience, CALM_TICKS_MAX) if relapse else CALM_TICKS
            self._change(1)
        elif self._calm >= self._patience and self._step > 0:
            self._change(-1)
            self._since_faster = 0

    def _change(self, step: int) -> None:
        self._step += step
        self._slow = self._calm = 0
