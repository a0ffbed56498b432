"""What is refused to agents stands in the log of the world where it was tried, at every door."""

from __future__ import annotations

import logging

from worldloom.kernel.bucket import Bucket
from worldloom.kernel.errors import NotAllowed, Unavailable
from worldloom.kernel.events import CallRefused
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import Sealed
from worldloom.kernel.rights import Standing
from worldloom.server.engine import Engine, now_us

log = logging.getLogger("worldloom.audit")
NAME_CHARACTERS_MAX = 64


class Audit:
    """Notes what was refused, but no flood of it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._buckets: dict[str, Bucket] = {}

    async def refused(self, world: str, who: Standing, call: str, error: NotAllowed) -> None:
        """Keep that a call was refused, durably, before its caller hears of it."""
        sealed = self.note(world, who, call, error)
        if sealed is not None:
            try:
                await self._engine.kept(sealed)
            except Unavailable as failure:
                self._lost(who, failure)

    def note(self, world: str, who: Standing, call: str, error: NotAllowed) -> Sealed | None:
        """Let the log say that software was refused; return the group that waits to be kept."""
        if who.token is None or not who.token.agent or not self._takes(who.account):
            return None
        event = CallRefused(call[:NAME_CHARACTERS_MAX], error.code, error.missing)
        try:
            return self._engine.realm.decide(
                world, f"call:{who.account}", lambda world: world.append(event), who.actor
            )
        except Unavailable as failure:
            self._lost(who, failure)
            return None

    def _lost(self, who: Standing, failure: Unavailable) -> None:
        log.warning("a refused call of %s is not in the log: %s", who.actor, failure)

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
