"""What is told of every refusal over HTTP: the metrics count it, and of an agent's the log knows.

One place for all addresses, so that none is forgotten; what an endpoint noted itself stays so.
"""

from __future__ import annotations

from starlette.requests import Request

from worldloom.kernel.errors import NotAllowed, WorldloomError
from worldloom.server.house import House


class Refusing:
    """Hears what was refused at one address."""

    def __init__(self, house: House, path: str) -> None:
        self._house = house
        self._path = path
        """As the routes have it: nothing of it is a caller's own words."""

    async def __call__(self, request: Request, error: WorldloomError) -> None:
        """Take note of a refusal, durably, before its caller hears of it."""
        if error.status in (401, 429) and not error.counted:
            self._house.tally.refuse("http", error.code)
        if isinstance(error, NotAllowed) and not error.noted:
            await self._note(request, error)

    async def _note(self, request: Request, error: NotAllowed) -> None:
        house = self._house
        try:
            who = house.doorkeeper.identify(request.headers)
        except WorldloomError:
            return  # it was refused for that
        if who.token is None or not who.token.agent:
            return
        call = f"{request.method} {self._path}"
        world = request.path_params.get("world", "")
        if world in house.worlds.names():
            live = house.worlds.find(world)
            await house.audit.refused(world, house.standing_in(who, live), call, error, ours=True)
        else:
            await house.audit.refused_in_realm(house.realm_standing(who), call, error)
