"""Agents as visitors: a body with a badge while it acts, without a socket behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from worldloom.kernel.errors import OverLimit, WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.presence.wardrobe import avatar_of
from worldloom.server.auth import Who
from worldloom.server.engine import now_us
from worldloom.server.house import House
from worldloom.sync.door import Busy
from worldloom.sync.messages import VERSION, Hello
from worldloom.sync.session import Identity, Phase, Session

SWEEP_TICKS = LIMITS.tick_hz


class Deaf:
    """The transport of a session that reads nothing of what it is sent: it looks instead."""

    paused = False

    def send(self, data: bytes) -> None:
        """Send nothing."""

    def send_many(self, frames: Sequence[bytes]) -> None:
        """Send nothing."""

    def close(self, code: int, reason: str) -> None:
        """Close nothing."""


@dataclass
class Body:
    """An agent's session in one world."""

    session: Session
    used: int
    """When it did something last, in UTC microseconds."""


class Bodies:
    """The bodies of all agents, by world and by what they came by."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._bodies: dict[tuple[str, str], Body] = {}
        house.engine.on_tick.append(self._tick)

    def known(self, world: str, who: Who) -> Session | None:
        """Return an agent's session in a world, None where it has none."""
        body = self._bodies.get((world, _key(who)))
        return None if body is None or body.session.phase is not Phase.INSIDE else body.session

    def check_room(self, world: str, who: Who) -> None:
        """Raise WorldFull, Busy where an agent has no body because it waits for a place."""
        body = self._bodies.get((world, _key(who)))
        if body is not None and body.session.phase is Phase.QUEUED:
            raise self._house.hubs[world].entrance.waits(body.session)
        if body is not None and body.session.phase is not Phase.CLOSED:
            raise Busy("you are on your way in", "try again now", retry_after_seconds=1)
        self._house.check_door(world)

    async def enter(self, world: str, who: Who) -> Session | None:
        """Return an agent's session, which enters the world if need be; raises what entering does.

        None where it was shown out on the way.
        """
        key = (world, _key(who))
        body = self._bodies.get(key)
        if body is None or body.session.phase is Phase.CLOSED:
            self._bodies.pop(key, None)
            body = self._bodies[key] = self._new(world, who)
        body.used = now_us()
        if body.session.phase is Phase.ENTERING:
            await self._house.engine.durable(world)
        return self.known(world, who)

    def _new(self, world: str, who: Who) -> Body:
        if len(self._bodies) >= LIMITS.agents_max:
            raise OverLimit("too many agents are here", "try again later", retry_after_seconds=5)
        name = self._house.called(who)
        identity = Identity(who.account, name, avatar_of(who.account), who.came_by, True)
        session = self._house.connect(world, Deaf(), identity)
        # As if it came back to where the log is: nobody draws what it would be sent.
        live = self._house.engine.world(world)
        known = live.seq == live.durable_seq
        seq, head = (live.seq, live.head) if known else (None, None)
        session.hub.hello(session, Hello(VERSION, resume_seq=seq, resume_head=head))
        return Body(session, now_us())

    def leave(self, world: str, who: Who) -> bool:
        """Let an agent's visitor go; says whether it was there."""
        body = self._bodies.pop((world, _key(who)), None)
        if body is None or body.session.phase is Phase.CLOSED:
            return False
        body.session.disconnected()
        self._house.engine.flush()
        return True

    def _tick(self, tick: int) -> None:
        """Let those go that did nothing for long, and forget those that were shown out."""
        if tick % SWEEP_TICKS or not self._bodies:
            return
        idle = now_us() - round(LIMITS.agent_idle_seconds * 1e6)
        for key, body in tuple(self._bodies.items()):
            if body.session.phase is Phase.CLOSED or body.used < idle:
                del self._bodies[key]
                try:
                    body.session.disconnected()
                except WorldloomError:
                    continue  # the log cannot take it; it is gone all the same


def _key(who: Who) -> str:
    """Return what tells apart two programs of one account."""
    return f"{who.account}\n{who.token.id if who.token is not None else ''}"
