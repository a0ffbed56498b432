"""Time as a realm sees it: it never runs backwards, and it never stands still."""

from __future__ import annotations

from worldloom.kernel.ports import Clock


class SteadyClock:
    """A clock that goes on at its pace when the machine's is set back, or was behind a log.

    Where time merely waited until the machine's clock caught up, every timer, ban and retry would
    wait with it.
    """

    __slots__ = ("_ahead", "_last", "_machine")

    def __init__(self, machine: Clock) -> None:
        self._machine = machine
        self._last = machine()
        self._ahead = 0

    def __call__(self) -> int:
        """Return the time in UTC microseconds."""
        now = self._machine()
        if now < self._last:
            self._ahead += self._last - now
        self._last = now
        return now + self._ahead

    def reach(self, time: int) -> None:
        """Go on from a time that a log has seen."""
        behind = time - self()
        if behind > 0:
            self._ahead += behind
