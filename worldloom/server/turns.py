"""How often one may ask by HTTP and MCP: each account, and all guests of one address together."""

from __future__ import annotations

from typing import Final, Literal

from worldloom.kernel.bucket import Bucket
from worldloom.kernel.errors import OverLimit
from worldloom.kernel.limits import LIMITS
from worldloom.server.engine import now_us
from worldloom.server.slowing import is_own_machine, whole_network

Door = Literal["http", "mcp"]
RATES: Final[dict[Door, tuple[float, float]]] = {
    "http": (LIMITS.http_calls_per_second_max, LIMITS.http_calls_burst_max),
    "mcp": (LIMITS.mcp_calls_per_second_max, LIMITS.mcp_calls_burst_max),
}
"""Door → how often an account may ask there per second, and at once."""


class Turns:
    """The buckets of whoever asked lately."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[Door, str], Bucket] = {}

    def take(self, door: Door, account: str, address: str) -> None:
        """Count one asking; raises OverLimit when an account, or an address, asks too often.

        `address`: where a guest comes from, as guests are made as one pleases; empty for others.
        """
        now = now_us()
        fine = self._of(door, account, 1, now).take(1, now)
        if fine and not is_own_machine(address):
            shared = self._of(door, whole_network(address), LIMITS.address_guests_worth, now)
            fine = shared.take(1, now)
        if not fine:
            raise OverLimit("too many actions at once", "wait a second", code="too_often")

    def _of(self, door: Door, whose: str, worth: float, now: int) -> Bucket:
        """Return what an account or an address may ask at a door: so many accounts' worth."""
        found = self._buckets.pop((door, whose), None)
        if found is None:
            while len(self._buckets) >= LIMITS.sockets_max:
                # The one that asked longest ago is forgotten: it is full again, or as good as.
                del self._buckets[next(iter(self._buckets))]
            rate, burst = RATES[door]
            found = Bucket(worth * rate, worth * burst, now)
        self._buckets[door, whose] = found
        return found
