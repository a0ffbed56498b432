"""Wrong secrets: who tries many is told to wait, and the realm's log says how many came.

A right secret always passes, whoever else tries wrong ones from the same address: secrets here are
too long to be guessed, so that what is bounded is what guessing costs the server.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable

from worldloom.kernel.bucket import Bucket
from worldloom.kernel.errors import OverLimit, WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.server.engine import now_us

log = logging.getLogger("worldloom.signing")

HOUR_US = 3_600_000_000
Note = Callable[[str, int], None]
"""Keeps that so many attempts failed at a door within the hour."""


class Buckets:
    """A bucket for each address that something comes from."""

    def __init__(self, per_second: float, burst: float) -> None:
        self._rate = per_second, burst
        self._buckets: dict[str, Bucket] = {}

    def take(self, address: str, now: int) -> bool:
        """Take one from an address's bucket; says whether there was one."""
        network = whole_network(address)
        bucket = self._buckets.get(network)
        if bucket is None:
            while len(self._buckets) >= LIMITS.sockets_max:
                del self._buckets[next(iter(self._buckets))]
            bucket = self._buckets[network] = Bucket(*self._rate, now)
        return bucket.take(1, now)


class Arrivals:
    """Bounds how many people of one address become accounts, which are kept for good."""

    def __init__(self) -> None:
        self._buckets = Buckets(
            LIMITS.invitation_arrivals_per_second_max, LIMITS.invitation_arrivals_burst_max
        )

    def check(self, address: str, fix: str) -> None:
        """Count one more; raises OverLimit where they are too many."""
        if not self._buckets.take(address, now_us()):
            raise OverLimit(
                "too many people came from your address", fix,
                code="too_many_arrivals",
                retry_after_seconds=1 / LIMITS.invitation_arrivals_per_second_max,
            )  # fmt: skip


class Slowing:
    """Counts wrong secrets by the address that they come from."""

    def __init__(self, note: Note) -> None:
        self._note = note
        self._buckets = Buckets(LIMITS.wrong_secrets_per_second_max, LIMITS.wrong_secrets_burst_max)
        self._counts: dict[str, int] = {}
        """Door → wrong attempts of this hour."""
        self._hour = 0

    def felt(self, address: str, door: str, error: WorldloomError) -> WorldloomError:
        """Return how a wrong secret is answered: by its error, or that one must wait."""
        now = now_us()
        self._count(door, now)
        if self._buckets.take(address, now):
            return error
        return OverLimit(
            "too many wrong attempts came from your address",
            "wait before the next one, and look for a slip",
            code="too_many_tries",
            retry_after_seconds=1 / LIMITS.wrong_secrets_per_second_max,
        )

    def _count(self, door: str, now: int) -> None:
        """Keep a note at 10, 100, 1000 … attempts: a flood makes no flood of records."""
        if now // HOUR_US != self._hour:
            self._hour = now // HOUR_US
            self._counts.clear()
        count = self._counts[door] = self._counts.get(door, 0) + 1
        if count >= 10 and str(count).strip("0") == "1":
            log.warning("%d wrong secrets came to %s within this hour", count, door)
            self._note(door, count)


def whole_network(address: str) -> str:
    """Return what is counted as one: an IPv4 address, or a whole IPv6 network of 64 bits."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False))


def is_own_machine(address: str) -> bool:
    """Tell whether somebody asks from this machine, or by no network at all."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return not address
