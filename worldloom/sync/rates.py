"""How fast one may send: each session for itself, and all of one account or address together."""

from __future__ import annotations

from typing import Final

from worldloom.kernel.bucket import Bucket
from worldloom.kernel.limits import LIMITS


class Rates:
    """Buckets of what is sent by `worth` so many sockets, within the rates `above`."""

    __slots__ = ("bytes", "commands", "live", "poses")

    def __init__(self, now: int, worth: float = 1, above: Rates | None = None) -> None:
        def bucket(rate: float, burst: float, over: Bucket | None) -> Bucket:
            return Bucket(worth * rate, worth * burst, now, over)

        most, all_together = LIMITS, above or _NO_BOUND
        self.bytes: Bucket = bucket(
            most.socket_bytes_per_second_max, most.socket_bytes_burst_max, all_together.bytes
        )
        self.poses: Bucket = bucket(
            most.poses_per_second_max, most.poses_burst_max, all_together.poses
        )
        self.commands: Bucket = bucket(
            most.commands_per_second_max, most.commands_burst_max, all_together.commands
        )
        self.live: Bucket = bucket(most.live_per_second_max, most.live_burst_max, all_together.live)


class _NoBound:
    """Stands above rates that nobody shares."""

    bytes = poses = commands = live = None


_NO_BOUND: Final = _NoBound()


class Shared:
    """The rates that all sockets of one account have, or all guests of one address."""

    def __init__(self) -> None:
        self._known: dict[str, Rates] = {}

    def __len__(self) -> int:
        return len(self._known)

    def of(self, whose: str, worth: float, now: int) -> Rates:
        """Return the rates of an account or an address, which outlive its sockets."""
        found = self._known.pop(whose, None)
        if found is None:
            while len(self._known) >= LIMITS.sockets_max:
                # The one that came longest ago is forgotten: it is full again, or as good as.
                del self._known[next(iter(self._known))]
            found = Rates(now, worth)
        self._known[whose] = found
        return found
