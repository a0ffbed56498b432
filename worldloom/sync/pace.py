"""How fast the world ticks for its visitors: the divider of the tick."""

from typing import Final

from worldloom.sync.wire import DIVIDERS

SLOW_TICKS: Final = 20
"""So many overrun ticks in a row slow the frames down: one second."""
CALM_TICKS: Final = 100
"""So many easy ticks in a row speed them up again: five seconds."""


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

    @property
    def is_spent(self) -> bool:
        """Whether the last tick was too much even at the slowest rate."""
        return self._step == len(DIVIDERS) - 1 and self._slow > 0

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
