"""Who calls by MCP, in which world, and what they are there."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

import msgspec

from worldloom.kernel.errors import Invalid, NotAllowed, NotFound
from worldloom.kernel.live import LiveWorld
from worldloom.kernel.rights import Deed, Standing, check, deed_of
from worldloom.presence.surroundings import Point, Sight, start_of
from worldloom.server.auth import Who
from worldloom.server.engine import now_us
from worldloom.server.errands import Errand
from worldloom.server.house import House
from worldloom.server.long import errand_of
from worldloom.server.mcp.bodies import Bodies
from worldloom.sync.hub import Hub
from worldloom.sync.session import Session

RESOURCE: Final = "resource"
"""How the log calls what is read by its address."""


class Asked:
    """One call's surroundings."""

    def __init__(
        self,
        house: House,
        bodies: Bodies,
        who: Who,
        live: LiveWorld,
        slow: asyncio.Semaphore,
        hang_up: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        self.house = house
        self.engine = house.engine
        self.bodies = bodies
        self.who = who
        self.live = live
        self.world = live.name
        self.slow = slow
        """Held while much of the log is read: all calls of one server share it."""
        self.hang_up = hang_up
        """Returns when the caller has hung up, once the body of what they ask was read."""
        self.tool = ""
        """The reading tool that is called, if one is."""
        self.key: str | None = None
        """The Idempotency-Key of the call, if it has one."""
        self.action = ""
        """The long action that was called."""
        self.requests: list[int] = []
        """What it asks of the outside."""
        self.answered = False
        """Whether all of that has ended, and is told."""
        self._noted = False
        """Whether it is counted among what the caller read."""
        self.lacks: NotAllowed | None = None
        """The refusal of what it lacked a scope for."""

    @property
    def standing(self) -> Standing:
        """What the caller is here; who comes by MCP is software, whatever its token says."""
        found = self.house.standing_in(self.who, self.live)
        if found.token is None:
            return found
        return msgspec.structs.replace(
            found, token=msgspec.structs.replace(found.token, agent=True)
        )

    def check_reads(self) -> None:
        """Raise NotSignedIn, NotAllowed unless the caller may read here, and is not banned."""
        now = now_us()
        check(self.standing, reading_by(self.tool, self.world), now)
        self.engine.realm.people.check_ban(self.who.account, self.world, now)

    async def read(self) -> None:
        """Let the caller read all that the world's memory holds; raises NotAllowed."""
        self.check_reads()
        if not self._noted:
            self._noted = True
            self.house.looks.note(self.world, self.standing, self.tool or RESOURCE)
        await self.engine.durable(self.world)

    @property
    def hub(self) -> Hub | None:
        """Who is in the world, if anyone is."""
        return self.house.hubs.get(self.world)

    @property
    def body(self) -> Session | None:
        """The caller as a visitor, if it is one."""
        return self.bodies.known(self.world, self.who)

    @property
    def here(self) -> tuple[Point, float | None]:
        """Where the caller looks from: its body, or else the way in; and which way."""
        body, hub = self.body, self.hub
        if body is None or hub is None or body.slot is None:
            return start_of(self.live.state)
        return rounded(hub.position(body)), hub.motion.yaw(body.slot)

    @property
    def sight(self) -> Sight:
        """What this world looks like to whoever looks."""
        found = self.live.presence.get("sight")
        if not isinstance(found, Sight):
            found = self.live.presence["sight"] = Sight()
        return found

    def errand(self, seq: int) -> Errand | None:
        """Return a request of this world that is on its way, or was."""
        return errand_of(self.engine, self.live, seq)

    def entity(self, named: str) -> int:
        """Return an entity's number by its id or its name; raises NotFound."""
        state = self.live.state
        if named[:1] == "e" and named[1:].isascii() and named[1:].isdigit() and len(named) < 18:
            id = int(named[1:])
            if id in state.entities:
                return id
        found = state.by_name.get(named)
        if found is None:
            raise NotFound(f"there is no entity {named[:80]} here", "find it first")
        return found


def reading_by(tool: str, world: str = "") -> Deed:
    """Return what it is to read by a tool, for which a token may have a scope of its own."""
    return msgspec.structs.replace(deed_of("read", world), tool=tool)


def rounded(point: Point) -> Point:
    """Return a place in centimetres: agents need no more."""
    x, y, z = (round(axis, 2) if math.isfinite(axis) else 0.0 for axis in point)
    return x, y, z


def convert(given: Mapping[str, Any], kind: type[msgspec.Struct]) -> Any:
    """Return arguments as a struct; raises Invalid naming the field."""
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        raise Invalid(str(error), "see the tool's inputSchema") from None
