"""One server's parts, joined: engine, worlds, hubs, doorkeeper; and who may do what through it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

import msgspec
from starlette.requests import HTTPConnection

from worldloom.kernel import names
from worldloom.kernel.accounts import WrongSignIns
from worldloom.kernel.book import STREAM
from worldloom.kernel.errors import NotAllowed, OverLimit, Unavailable, WorldloomError
from worldloom.kernel.faults import Fault
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import LiveWorld, Sealed
from worldloom.kernel.opening import Card
from worldloom.kernel.people import ANYWHERE, People
from worldloom.kernel.ports import StreamHead
from worldloom.kernel.rights import Deed, Role, Standing, Token, allowed, check, decide, deed_of
from worldloom.presence.names import name_of
from worldloom.presence.wardrobe import avatar_of
from worldloom.server.audit import Audit
from worldloom.server.auth import GUEST, LOCAL, Doorkeeper, Who, WrongSecret, check_socket_origin
from worldloom.server.channels import CHANNELS
from worldloom.server.crowd import Relief
from worldloom.server.engine import Engine, now_us
from worldloom.server.looks import Looks
from worldloom.server.names import Names
from worldloom.server.news import News
from worldloom.server.organisation import Organisation
from worldloom.server.porter import Porter
from worldloom.server.protocol import SocketProtocol
from worldloom.server.slowing import Arrivals, Slowing, is_own_machine, whole_network
from worldloom.server.stopped import is_stopped
from worldloom.server.tally import Tally
from worldloom.server.turns import Door, Turns
from worldloom.server.waiting import Waiting
from worldloom.server.worlds import Worlds
from worldloom.sync import wire
from worldloom.sync.farewell import end_without_token
from worldloom.sync.hub import Hub
from worldloom.sync.messages import Told
from worldloom.sync.rates import Rates, Shared
from worldloom.sync.session import Identity, Phase, Session, Transport

log = logging.getLogger("worldloom.house")

BESIDE_THE_TABLE: Final = (
    "Where guests make worlds (usually on the default realm, served to its own machine alone; or"
    " with `--guests make`), whoever comes by a cookie may `make_world`, a few of their own, and"
    " `upload_avatar`, whatever their role.",
    "Where guests do not fork (where others than this machine reach the server, or with"
    " `--guests visit`), a mere guest (an account `guest:…` that is a visitor of the world) needs"
    " the role member to `fork`, unless the world's own rules say which. Where guests fork, each"
    " makes a few.",
    "What is about oneself alone (a profile, lists of one's own tokens, machines and agents,"
    " stopping an agent, being forgotten) is for whoever is signed in, whatever their role, and"
    " for no token that is an agent's, or for some worlds, or has less than the scope `*`."
    " Passkeys, and taking one's data along, need the page's cookie. Where the account has a"
    " passkey, changing which it has and being forgotten take its answer from the last five"
    " minutes in the same browser as well. A guest has no profile here.",
    "Tokens and machines of one's own are made at the page by whose account is kept; those for"
    " others, by whoever may by the table and comes without a token or by one that nothing narrows:"
    " no agent's, with no end and no budget, so that nothing made is wider than its maker.",
    "What an agent waits for is answered by the person whose agent it is, or by an owner of the"
    " world where it would be done, at the page: no token approves.",
    "What is asked of the outside is cancelled by whoever asked for it, with the scope that the"
    " action needs, whatever their role is by then; what another asked for, by owners, with the"
    " scope `admin` or `act:cancel`.",
    "Whoever is banned from a world does nothing there, whatever their role. An owner comes in"
    " where it is full, and reads what was said by those whom they block.",
    "A thing offers in its maker's name what its maker may do, never what is an owner's or each"
    " person's own to decide.",
    "A screen is played, paused and sought by whoever has the role that it names.",
    "A file is brought in by the command line of the server's own machine alone.",
)
"""What is decided otherwise than by the table of rights, or beside it, and why it does not fit
there: it asks who somebody is, or what they come by, and not which role they have.
docs/reference/rights.md tells it beside the table; `tests/server/test_beside_the_table.py` finds
what is decided elsewhere and is not told."""


@dataclass(frozen=True)
class Listed:
    """A world as a list shows it."""

    name: str
    card: Card
    stream: int
    seq: int
    """The newest durable seq."""
    visitors: int


class House:
    """What every endpoint and every socket is given."""

    def __init__(self, engine: Engine, worlds: Worlds, doorkeeper: Doorkeeper) -> None:
        self.engine = engine
        self.worlds = worlds
        self.doorkeeper = doorkeeper
        self.names = Names()
        """Under which names the server may be asked; usually any."""
        self.guests_make_worlds = False
        """Whether someone without any role may make worlds of their own here."""
        self.organisation: Organisation | None = None
        """Whose people sign in here by its own provider, if anyone's."""
        self.guests_fork = False
        """Whether someone without any role may fork what they can read."""
        self.draining = False
        """Whether it stops soon: who is here may end what they do, and nobody else comes in."""
        self.hubs: dict[str, Hub] = {}
        self.relief = Relief()
        self.porter: Porter | None = None
        """Who takes connections in; set while it serves."""
        self.slowing = Slowing(self._note_wrong)
        self.arrivals = Arrivals()
        self._rates = Shared()
        self.tally = Tally()
        self.audit = Audit(engine)
        self.looks = Looks(engine.realm)
        self.news = News()
        """Who waits for worlds' logs to grow."""
        self._turns = Turns()
        self._asked: dict[str, None] = {}
        """What agents asked for that people were told of."""
        engine.on_settled.append(self._settled)
        engine.on_tick.append(self._tick)
        engine.on_fault.append(self._tell_fault)
        engine.is_stopped = partial(is_stopped, engine.realm)
        engine.socket_count = lambda: len(SocketProtocol.open_sockets)
        engine.door_is_busy = SocketProtocol.door_is_busy

    # -- rights --------------------------------------------------------------------------------

    def standing_in(self, who: Who, live: LiveWorld) -> Standing:
        """Return what someone is in a world; nobody at all may look at public ones."""
        return self.engine.realm.standing(who.account, live.name, who.came_by)

    def standing_listed(self, who: Who, world: Listed) -> Standing:
        """Return what someone is in a world that need not be open."""
        people, public = self.engine.realm.people, world.card.public
        return people.standing(who.account, world.name, public, who.came_by)

    def shows(self, who: Who, world: Listed) -> bool:
        """Tell whether a world stands in someone's list: unlisted ones for those with a role."""
        people = self.engine.realm.people
        return people.listed(world.name, world.card.public) or people.granted(
            who.account, world.name
        )

    def card_of(self, who: Who, world: Listed) -> dict[str, object]:
        """Return what a list says of a world beside its name: who may come, and how it looks."""
        people = self.engine.realm.people
        seen = people.rules(world.name).visibility
        return {
            "visibility": seen or ("public" if world.card.public else "private"),
            "role": str(self.standing_listed(who, world).role),
            "mine": people.granted(who.account, world.name),
            "picture": people.poster(world.name).asset,
        }

    def realm_standing(self, who: Who) -> Standing:
        """Return what someone is in the whole realm."""
        return self.engine.realm.people.standing(who.account, ANYWHERE, False, who.came_by)

    def check(self, who: Who, deed: str) -> None:
        """Raise NotSignedIn, NotAllowed unless someone may do something in the whole realm."""
        check(self.realm_standing(who), deed_of(deed), now_us())

    def check_reads(self, standing: Standing, world: str) -> None:
        """Raise NotSignedIn, NotAllowed unless someone may read a world, and is not banned."""
        now = now_us()
        check(standing, deed_of("read", world), now)
        self.engine.realm.people.check_ban(standing.account, world, now)

    def may_read(self, who: Who, world: Listed) -> bool:
        """Tell whether someone may read a world that need not be open, and is not banned."""
        try:
            self.check_reads(self.standing_listed(who, world), world.name)
        except WorldloomError:
            return False
        return True

    def owns_realm(self, who: Who) -> bool:
        """Tell whether someone owns the whole realm."""
        return self.realm_standing(who).role is Role.OWNER

    def is_guest(self, account: str) -> bool:
        """Tell whether an account is one that a page made, and that only this browser can open."""
        return account.startswith(GUEST) and not self.engine.realm.people.stays(account)

    def check_may_upload(self, who: Who) -> None:
        """Raise NotSignedIn, NotAllowed unless someone may put things into any world."""
        self._check_anywhere(who, "upload")

    def check_may_bring_avatar(self, who: Who) -> None:
        """Raise NotSignedIn, NotAllowed unless someone may wear what they bring.

        Members do, and guests where they are at home.
        """
        if self.guests_make_worlds and who.token is None and who.account:
            self.engine.realm.people.check_ban(who.account, ANYWHERE, now_us())
        else:
            self._check_anywhere(who, "upload_avatar")

    def _check_anywhere(self, who: Who, deed: str) -> None:
        now, people, standing = now_us(), self.engine.realm.people, self.realm_standing(who)
        people.check_ban(who.account, ANYWHERE, now)
        wish = msgspec.structs.replace(deed_of(deed), realm=True)
        if decide(standing, wish, now) is None:
            return
        for world in self.listed() if who.account else ():
            there = decide(self.standing_listed(who, world), deed_of(deed, world.name), now)
            if there is None and people.banned_until(who.account, world.name, now) is None:
                return
        check(standing, wish, now)

    def check_may_make_world(self, who: Who) -> bool:
        """Tell whether a new world becomes a guest's own; raises NotAllowed, OverLimit.

        The realm's owner makes worlds; guests do where they are at home and not too many.
        """
        make, standing = deed_of("make_world"), self.realm_standing(who)
        guest = self.guests_make_worlds and who.token is None and who.account
        if not guest or decide(standing, make) is None:
            check(standing, make, now_us())
            return False
        self.engine.realm.people.check_ban(who.account, ANYWHERE, now_us())
        owned = self.engine.realm.people.owned()
        if (
            owned.get(who.account, 0) >= LIMITS.guest_worlds_max
            or sum(owned.values()) >= LIMITS.guests_worlds_max
        ):
            raise OverLimit(
                f"a guest may make {LIMITS.guest_worlds_max} worlds here",
                "use one of yours, or open the owner's link that the server printed",
                too_large=True,
            )
        return True

    def check_may_fork(self, who: Who, live: LiveWorld, standing: Standing) -> None:
        """Raise NotAllowed, OverLimit where a mere guest may not make a fork, or not one more."""
        if standing.role is not Role.VISITOR or not who.account.startswith(GUEST):
            return
        if not self.guests_fork:
            said = f"forking {live.name} as a guest"
            check(standing, Deed("fork", Role.MEMBER, said=said, world=live.name), now_us())
        made = self.engine.realm.people.forkers()
        guests = sum(count for account, count in made.items() if account.startswith(GUEST))
        if (
            made.get(who.account, 0) >= LIMITS.guest_worlds_max
            or guests >= LIMITS.guests_worlds_max
        ):
            raise OverLimit(
                f"a guest may make {LIMITS.guest_worlds_max} forks here",
                "go on in one of yours, or ask an owner for the role member",
                code="too_many_forks",
                too_large=True,
            )

    def listed(self) -> list[Listed]:
        """Return all worlds, the first one first; none is opened for it."""
        realm, store = self.engine.realm, self.engine.store
        heads: dict[str, StreamHead] = {}
        found = []
        for name in realm.worlds():
            live, card = realm.opened(name), realm.card(name)
            if live is None:
                heads = heads or {head.name: head for head in store.streams()}
                if name in heads:
                    head = heads[name]
                    found.append(Listed(name, card, head.id, head.seq, 0))
            elif live.durable_seq >= live.born:
                seq, visitors = live.durable_seq, len(live.visitors)
                found.append(Listed(name, card, live.stream, seq, visitors))
        found.sort(key=lambda world: (world.name != self.worlds.first, world.name))
        return found

    def pay(self, account: str, request: HTTPConnection, door: Door = "http") -> None:
        """Count one asking at a door; raises OverLimit when an account asks there too often."""
        if account != LOCAL:
            address = request.client.host if request.client else ""
            self._turns.take(door, account, address if self.is_guest(account) else "")

    # -- the gate of the live socket -----------------------------------------------------------

    def identify(self, headers: Mapping[str, str], address: str) -> Identity:
        """Return who connects from an address; without a cookie it is a new guest."""
        self.names.check(headers)
        check_socket_origin(headers)
        try:
            who = self.doorkeeper.identify(headers)
        except WrongSecret as error:
            felt = self.slowing.felt(address, "live sockets", error)
            self.tally.refuse("socket", felt.code)
            raise felt from None
        account = who.account or self.doorkeeper.new_guest()
        agent = who.token is not None and who.token.agent
        name = self.called(Who(account, who.by, who.token))
        shared = self._shared_by(account, address)
        return Identity(account, name, partial(avatar_of, account), who.came_by, agent, shared)

    def _shared_by(self, account: str, address: str) -> Rates | None:
        """Return the rates that sockets share; None where the machine itself connects."""
        if not self.is_guest(account):
            worth = LIMITS.account_sockets_worth
            return None if account == LOCAL else self._rates.of(account, worth, now_us())
        # Guests are made as one pleases: they are counted by where they come from.
        if is_own_machine(address):
            return None
        whose = whole_network(address)
        return self._rates.of(whose, LIMITS.address_sockets_worth, now_us())

    def check_door(self, world: str, promises: bool = False) -> None:
        """Raise Busy for a new guest who would find no place, nor one in the queue.

        With `promises` the guest counts from now on, before there is a session.
        """
        hub = self.hubs.get(world)
        if hub is not None:
            hub.entrance.check_door()
            if promises:
                hub.entrance.promise()

    def _note_wrong(self, door: str, count: int) -> None:
        people = self.engine.realm.people
        with suppress(Unavailable):  # the terminal has it at least
            self.engine.realm.administer(lambda step: people.note(step, WrongSignIns(door, count)))
            self.engine.flush()

    def name_of(self, account: str) -> str:
        """Return what an account wants to be called, or is called until it says so."""
        return own_name(self.engine.realm.people, account)

    def called(self, who: Who) -> str:
        """Return under which name someone comes: an agent of a person says for whom."""
        token = who.token
        return self.called_by(who.account, "" if token is None or not token.acts_as else token.id)

    def called_in(self, world: str, who: Who) -> str:
        """Return the same for what they do in a world from outside: no name of who is in it."""
        hub = self.hubs.get(world)
        name = self.called(who)
        return name if hub is None else hub.names.beside(name, who.account)

    def called_by(self, account: str, token: str) -> str:
        """Return the same for the id of a token, which may be gone by now."""
        name = self.name_of(account)
        known = self.engine.realm.people.tokens(account) if token else ()
        found = next((one for one in known if one.id == token and one.acts_as), None)
        if found is None:
            return name
        return names.shown(f"{found.label or found.acts_as} for {name}")

    def connect(self, world: str, transport: Transport, identity: Identity) -> Session:
        """Return a session in a world, whose hub is made when the first one comes."""
        if self.draining or self.engine.stopping.is_set():
            raise Unavailable("the server is restarting", code="restarting")
        hub = self.hubs.get(world)
        if hub is None:
            live = self.worlds.find(world)
            hub = Hub(self.engine.realm, live.name, self.engine.store, now_us, self.engine.flush)
            hub.witness = Watching(self, world)
            for make in CHANNELS:
                hub.attach(make(hub))
            hub.attach(Waiting(hub, self.engine))
            self.hubs[world] = hub
        return hub.connect(transport, identity)

    # -- what the engine tells -----------------------------------------------------------------

    def _settled(self, batch: Sequence[Sealed]) -> None:
        for hub in self.hubs.values():
            try:
                hub.settled(batch)
            except WorldloomError as error:
                log.error("%s cannot be shown: %s", hub.name, error)
        grown = {name for sealed in batch if not sealed.error for name in sealed.records}
        if STREAM in grown:
            for hub in self.hubs.values():
                end_without_token(hub)
                hub.minds_changed()
            self._take_back()
            self.news.tell_all()  # followers look again whether they may still follow
        else:
            self.news.tell(grown)

    def _take_back(self) -> None:
        """Take back what agents still wait for who were stopped or banned."""
        for world, seq, errand in self.engine.errands.waiting():
            if self.engine.is_stopped(world, errand):
                self.engine.cancel_soon(world, seq)

    @property
    def empty(self) -> bool:
        """Whether nobody is here: no visitor, no socket, no agent's body."""
        return not (SocketProtocol.open_sockets or any(hub.sessions for hub in self.hubs.values()))

    def _tick(self, tick: int) -> None:
        for hub in self.hubs.values():
            try:
                hub.tick()
            except Exception:  # a world may hold what none does: the others go on
                log.exception("a tick of %s failed", hub.name)
        if tick % LIMITS.tick_hz == 0:
            self.looks.keep(now_us())
            self.relief.relieve(SocketProtocol.open_sockets)

    def _tell_fault(self, fault: Fault) -> None:
        """Show a failure to those who can mend it; the log has it from the engine."""
        self._show_builders(fault.world, f"{fault.cause}: {fault.error}")

    def tell_builders(self, world: str, text: str) -> None:
        """Show a line to the owners and builders who are in a world, and in the log."""
        log.warning("%s: %s", world, text)
        self._show_builders(world, text)

    def _show_builders(self, world: str, text: str) -> None:
        hub = self.hubs.get(world)
        for session in tuple(hub.sessions) if hub else ():
            if session.phase is Phase.INSIDE and hub is not None:
                if allowed(hub.standing(session.identity).role, Role.BUILDER):
                    session.send(wire.encode(Told(text)))

    def tell_asked(self, who: Who, id: str) -> None:
        """Tell those who may decide it, wherever they are, what an agent asks for at what cost.

        An agent that asks the same again is told the same, and nobody else hears of it twice.
        """
        if id in self._asked:
            return
        while len(self._asked) >= LIMITS.sockets_max:
            del self._asked[next(iter(self._asked))]
        self._asked[id] = None
        _, hold = self.engine.realm.people.hold(id)
        asks = f"{self.called(who)} asks to {hold.does or hold.action} in {hold.world}"
        price = f", which costs {hold.cost}" if hold.cost else ""
        text = "".join(letter if letter.isprintable() else " " for letter in asks + price)
        log.warning("%s. Your account, in the page, lists it; or: loom approve %s", text, id)
        for session in [one for hub in self.hubs.values() for one in tuple(hub.sessions)]:
            if session.phase is Phase.INSIDE and self._decides(session.identity, who, hold.world):
                session.send(wire.encode(Told(text, "approval")))

    def _decides(self, whose: Identity, asker: Who, world: str) -> bool:
        """Tell whether someone decides for an agent: its own person, or an owner; no program."""
        if isinstance(whose.by, Token):
            return False
        if whose.account == asker.account:
            return True
        return self.engine.realm.standing(whose.account, world, whose.by).role is Role.OWNER

    def close_doors(self) -> None:
        """End every socket and every follower because the server stops."""
        error = Unavailable("the server is restarting", code="restarting")
        for hub in self.hubs.values():
            hub.stop(error)
        for socket in tuple(SocketProtocol.open_sockets):
            socket.restart()
        self.looks.keep_all()
        self.news.tell_all()


class Watching:
    """Takes note of what is asked at the live socket of a world."""

    def __init__(self, house: House, world: str) -> None:
        self._house = house
        self._world = world

    def refused(self, who: Standing, call: str, error: WorldloomError) -> None:
        """Let the log say so, where software was refused; coming in is no command, but counted."""
        if call == "enter":
            self._house.tally.refuse("socket", error.code)
        if isinstance(error, NotAllowed):
            self._house.audit.note(self._world, who, call, error, ours=call == "cancel")

    def answered(self, seconds: float, code: str) -> None:
        """Count it."""
        self._house.tally.count("socket", seconds, code)


def own_name(people: People, account: str) -> str:
    """Return what an account wants to be called, or is called until it says so."""
    return names.shown(people.about(account).name) or display_name(account)


def display_name(account: str) -> str:
    """Return what an account is called until it says otherwise."""
    if account.startswith(GUEST):
        return name_of(account)
    return account
