"""What is refused to agents stands in the log of the world where it was tried, at every door."""

from __future__ import annotations

import logging

from msgspec.structs import replace

from worldloom.kernel.accounts import SoftwareUploaded
from worldloom.kernel.bucket import Bucket
from worldloom.kernel.builtin import BUILT_IN
from worldloom.kernel.errors import NotAllowed, Unavailable
from worldloom.kernel.events import CallRefused
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import Sealed
from worldloom.kernel.rights import DEEDS, Standing, decide, deed_of
from worldloom.server.engine import Engine, now_us

log = logging.getLogger("worldloom.audit")
UNKNOWN = "unknown"
"""How the log calls what is no action here, so that nobody writes their own words into it."""


class Audit:
    """Notes what was refused, but no flood of it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._buckets: dict[str, Bucket] = {}

    async def refused(
        self, world: str, who: Standing, call: str, error: NotAllowed, ours: bool = False
    ) -> None:
        """Keep that a call was refused, durably, before its caller hears of it."""
        sealed = self.note(world, who, call, error, ours)
        if sealed is not None:
            try:
                await self._engine.kept(sealed)
            except Unavailable as failure:
                self._lost(who, failure)

    async def refused_in_realm(self, who: Standing, call: str, error: NotAllowed) -> None:
        """Keep in the realm's own log that software was refused what is in no world."""
        error.noted = True
        if not self._takes(who.account):
            return
        realm, event = self._engine.realm, CallRefused(call, error.code, error.missing)
        try:
            await self._engine.kept(
                realm.administer(lambda step: realm.people.note(step, event), who.actor)
            )
        except Unavailable as failure:
            self._lost(who, failure)

    async def uploaded(self, actor: str, sha256: str, media: str, size: int) -> None:
        """Keep in the realm's own log that software brought a file in; raises Unavailable."""
        realm, event = self._engine.realm, SoftwareUploaded(sha256, media, size)
        await self._engine.kept(
            realm.administer(lambda step: realm.people.note(step, event), actor)
        )

    def note(
        self, world: str, who: Standing, call: str, error: NotAllowed, ours: bool = False
    ) -> Sealed | None:
        """Let the log say that software was refused; return the group that waits to be kept.

        `call` is an action's name, or `ours`: a tool or an address that the server has itself.
        Who may not look into a world at all writes nothing there; the metrics count them.
        """
        error.noted = True
        if who.token is None or not who.token.agent or not _may_look(world, who):
            return None
        if not self._takes(who.account):
            return None
        said = call if ours or self._is_action(world, call) else UNKNOWN
        event = CallRefused(said, error.code, error.missing)
        try:
            return self._engine.realm.decide(
                world, f"call:{who.account}", lambda world: world.append(event), who.actor
            )
        except Unavailable as failure:
            self._lost(who, failure)
            return None

    def _is_action(self, world: str, call: str) -> bool:
        live = self._engine.realm.opened(world)
        own = {} if live is None else live.world.actions
        return call in BUILT_IN or call in DEEDS or call in own

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


def _may_look(world: str, who: Standing) -> bool:
    """Tell whether a role lets someone look into a world, whatever the scopes of a token are."""
    token = who.token
    if token is not None and token.worlds and world not in token.worlds:
        return False
    return decide(replace(who, token=None), deed_of("read", world)) is None
