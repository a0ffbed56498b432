"""Whether worlds can be entered, told to whoever watches: a proxy, a supervisor, a person."""

from __future__ import annotations

import math
import time
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response

from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.server.auth import NOBODY, Who
from worldloom.server.house import House


class Readiness:
    """Answers `/readyz`."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.tried = -math.inf
        """When a probe itself last tried to open a world."""

    async def show(self, request: Request) -> Response:
        """Return 200 `ready`, with a list of worlds that cannot be entered, or 503 and why."""
        house = self._house
        if house.engine.stopping.is_set():
            return _not_now("stopping", 2)
        if house.draining:
            return _not_now("draining", 5)
        if house.engine.disk_fails:
            return _not_now("the disk keeps nothing", 5)
        names, shut = house.worlds.names(), house.worlds.shut()
        if shut and len(shut) == len(names):
            shut = self._try_again(shut)
        if not shut:
            return Response("ready\n", media_type="text/plain")
        lines = self._shown(house.doorkeeper.known(request.headers) or NOBODY, shut)
        if len(shut) == len(names):
            return _not_now("\n".join(["no world can be entered", *lines]), 5)
        told = f"degraded: {len(shut)} of {len(names)} worlds cannot be entered"
        return Response("\n".join(["ready", told, *lines, ""]), media_type="text/plain")

    def _try_again(self, shut: dict[str, str]) -> dict[str, str]:
        """Open a world anew, now and then: a server that is not ready has no visitor who would."""
        now = time.monotonic()
        if now - self.tried < LIMITS.disk_doubt_seconds:
            return shut
        self.tried = now
        with suppress(WorldloomError):
            self._house.worlds.find(next(iter(shut)))
        return self._house.worlds.shut()

    def _shown(self, who: Who, shut: dict[str, str]) -> list[str]:
        """Return a line for each such world that someone may know of, and count the others."""
        house = self._house
        known = {
            world.name
            for world in house.listed()
            if house.shows(who, world) and house.may_read(who, world)
        }
        lines = [
            f"{name}: {code}" for name, code in shut.items() if name in known | house.worlds.kits
        ]
        others = len(shut) - len(lines)
        return [*lines, f"not yours to see: {others}"] if others else lines


def _not_now(why: str, seconds: int) -> Response:
    return Response(f"{why}\n", 503, {"Retry-After": str(seconds)}, "text/plain")
