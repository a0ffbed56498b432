"""One server's parts, joined: engine, worlds, hubs, doorkeeper; and who may do what through it."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Mapping, Sequence

from worldloom.kernel.decider import Fault
from worldloom.kernel.errors import OverLimit, Unavailable, WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import LiveWorld, Sealed
from worldloom.kernel.people import ANYWHERE
from worldloom.kernel.rights import Role, allowed, lower
from worldloom.presence.looks import look_of, name_of
from worldloom.server.auth import GUEST, LOCAL, Doorkeeper, Who, check_socket_origin
from worldloom.server.engine import Engine, now_us
from worldloom.server.protocol import Socket, SocketProtocol
from worldloom.server.worlds import Worlds
from worldloom.sync import wire
from worldloom.sync.hub import Hub
from worldloom.sync.messages import Told
from worldloom.sync.pace import Bucket
from worldloom.sync.session import Identity, Phase, Session

log = logging.getLogger("worldloom.house")


class House:
    """What every endpoint and every socket is given."""

    def __init__(self, engine: Engine, worlds: Worlds, doorkeeper: Doorkeeper) -> None:
        self.engine = engine
        self.worlds = worlds
        self.doorkeeper = doorkeeper
        self.hubs: dict[str, Hub] = {}
        self._news: dict[str, set[asyncio.Event]] = {}
        self._buckets: dict[str, Bucket] = {}
        engine.on_settled.append(self._settled)
        engine.on_tick.append(self._tick)
        engine.on_fault.append(self._tell_fault)
        engine.socket_count = lambda: len(SocketProtocol.open_sockets)

    # -- rights --------------------------------------------------------------------------------

    def role_in(self, who: Who, live: LiveWorld) -> Role | None:
        """Return what someone is in a world; nobody at all may look at public ones."""
        role = self.engine.realm.role(who.account, live.name)
        return role if who.cap is None else lower(who.cap, role)

    def realm_role(self, who: Who) -> Role | None:
        """Return what someone is in the whole realm."""
        role = self.engine.realm.people.role(who.account, ANYWHERE, False)
        return role if who.cap is None else lower(who.cap, role)

    def builds_somewhere(self, who: Who) -> bool:
        """Tell whether someone may put things into any world, and so may upload."""
        if not who.account:
            return False
        if allowed(self.realm_role(who), Role.BUILDER):
            return True
        roles = (self.role_in(who, live) for live in self.listed())
        return any(allowed(role, Role.BUILDER) for role in roles)

    def listed(self) -> list[LiveWorld]:
        """Return the worlds, as far as they open; one that does not is only logged."""
        found = []
        for name in self.engine.realm.worlds():
            try:
                found.append(self.engine.world(name))
            except WorldloomError as error:
                log.error("%s does not open: %s", name, error)
        found.sort(key=lambda live: (live.name != self.worlds.first, live.name))
        return found

    def pay(self, account: str) -> None:
        """Count one action asked over HTTP; raises OverLimit when an account asks too often."""
        if account == LOCAL:
            return
        now = now_us()
        bucket = self._buckets.get(account)
        if bucket is None:
            while len(self._buckets) >= LIMITS.sockets_max:
                # The oldest is forgotten: it is full again, or as good as.
                del self._buckets[next(iter(self._buckets))]
            bucket = Bucket(LIMITS.commands_per_second_max, LIMITS.commands_burst_max, now)
            self._buckets[account] = bucket
        if not bucket.take(1, now):
            raise OverLimit("too many actions at once", "wait a second", code="rate_limited")

    # -- the gate of the live socket -----------------------------------------------------------

    def identify(self, headers: Mapping[str, str]) -> Identity:
        """Return who connects; without a cookie it is a new guest."""
        check_socket_origin(headers)
        who = self.doorkeeper.identify(headers)
        account = who.account or self.doorkeeper.new_guest()
        return Identity(account, display_name(account), look_of(account), who.cap)

    def connect(self, world: str, transport: Socket, identity: Identity) -> Session:
        """Return a session in a world, whose hub is made when the first one comes."""
        if self.engine.stopping.is_set():
            raise Unavailable("the server is restarting", code="restarting")
        hub = self.hubs.get(world)
        if hub is None:
            live = self.worlds.find(world)
            hub = Hub(self.engine.realm, live.name, self.engine.store, now_us, self.engine.flush)
            self.hubs[world] = hub
        return hub.connect(transport, identity)

    # -- what the engine tells -----------------------------------------------------------------

    def _settled(self, batch: Sequence[Sealed]) -> None:
        for hub in self.hubs.values():
            try:
                hub.settled(batch)
            except WorldloomError as error:
                log.error("%s cannot be shown: %s", hub.name, error)
        for name in {name for sealed in batch if not sealed.error for name in sealed.records}:
            for news in self._news.get(name, ()):
                news.set()

    def _tick(self, tick: int) -> None:
        for hub in self.hubs.values():
            hub.tick()

    def _tell_fault(self, fault: Fault) -> None:
        self.tell_builders(fault.world, f"{fault.cause}: {fault.error}")

    def tell_builders(self, world: str, text: str) -> None:
        """Show a line to the owners and builders who are in a world, and on the terminal."""
        print(f"{world}: {text}", file=sys.stderr, flush=True)
        hub = self.hubs.get(world)
        for session in tuple(hub.sessions) if hub else ():
            if session.phase is Phase.INSIDE and hub is not None:
                if allowed(hub.role(session.identity), Role.BUILDER):
                    session.send(wire.encode(Told(text)))

    def subscribe(self, world: str) -> asyncio.Event:
        """Return an event that is set whenever a world's log grows."""
        news = asyncio.Event()
        self._news.setdefault(world, set()).add(news)
        return news

    def unsubscribe(self, world: str, news: asyncio.Event) -> None:
        """Forget a subscription."""
        waiting = self._news.get(world, set())
        waiting.discard(news)
        if not waiting:
            self._news.pop(world, None)

    def close_doors(self) -> None:
        """End every socket and every follower because the server stops."""
        error = Unavailable("the server is restarting", code="restarting")
        for hub in self.hubs.values():
            hub.stop(error)
        for socket in tuple(SocketProtocol.open_sockets):
            socket.restart()
        for waiting in self._news.values():
            for news in waiting:
                news.set()


def display_name(account: str) -> str:
    """Return what an account is called until it says otherwise."""
    if account.startswith(GUEST):
        return name_of(account)
    return account
