"""Refused calls stand in the log of the world where they were tried."""

from __future__ import annotations

import logging

from worldloom.kernel.bucket import Bucket
from worldloom.kernel.errors import NotAllowed, Unavailable
from worldloom.kernel.events import CallRefused
from worldloom.kernel.limits import LIMITS
from worldloom.server.auth import LOCAL
from worldloom.server.engine import now_us
from worldloom.server.mcp.asking import Asked

log = logging.getLogger("worldloom.mcp")
NAME_CHARACTERS_MAX = 64


class Audit:
    """Notes what was refused, but no flood of it."""

    def __init__(self) -> None:
        self._buckets: dict[str, Bucket] = {}

    async def refused(self, asked: Asked, call: str, error: NotAllowed) -> None:
        """Keep that a call was refused, durably, before its caller hears of it."""
        account = asked.who.account
        if account == LOCAL or not self._takes(account):
            return
        event = CallRefused(call[:NAME_CHARACTERS_MAX], error.code, error.missing)
        try:
            sealed = asked.engine.realm.decide(
                asked.world, f"call:{account}", lambda world: world.append(event), account
            )
            await asked.engine.kept(sealed)
        except Unavailable as failure:
            log.warning("a refused call of %s is not in the log: %s", account, failure)

    def _takes(self, account: str) -> bool:
        now = now_us()
        bucket = self._buckets.get(account)
        if bucket is None:
            while len(self._buckets) >= LIMITS.agents_max:
                del self._buckets[next(iter(self._buckets))]
            bucket = self._buckets[account] = Bucket(
                LIMITS.refusals_noted_per_second_max, LIMITS.refusals_noted_burst_max, now
            )
        return bucket.take(1, now)
