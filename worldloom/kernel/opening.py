"""The worlds of a realm: opened with their author's code or without, made, and read as they were.

A fork runs under the code of its nearest ancestor that has any, and never takes in a declaration:
its scene is its own.
"""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Struct

from worldloom.kernel.book import STREAM
from worldloom.kernel.builtin import BUILT_IN
from worldloom.kernel.decider import DECLARE
from worldloom.kernel.declared import check_upgrades, declare, read_declaration
from worldloom.kernel.errors import Conflict, Invalid, Misused, WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import LiveWorld, load_state
from worldloom.kernel.missing import no_seq, no_world
from worldloom.kernel.ports import Clock, Entropy, Store, StreamHead
from worldloom.kernel.reactor import Reactor
from worldloom.kernel.rights import Role, Standing, Token
from worldloom.kernel.state import State
from worldloom.kernel.step import Step
from worldloom.kernel.twin import Twin
from worldloom.kernel.world import RESERVED, World

AUTHOR: Final = "author"
"""Who acts when the file's declaration is logged."""


class Card(Struct, frozen=True):
    """What the realm keeps of a world beside its log, to show it in a list without opening it."""

    title: str
    public: bool
    lineage: tuple[tuple[str, int, str], ...] = ()
    """(world, seq, who forked it) of each ancestor, nearest first."""


class Opener(Reactor):
    """Opens worlds, each once, and binds their code to their state."""

    def __init__(self, store: Store, clock: Clock, entropy: Entropy) -> None:
        """Load the people and learn the worlds' names; raises Unavailable."""
        super().__init__(store, clock, entropy)
        self._names: set[str] = set()
        self._cards: dict[str, Card] = {}
        """Cards that were read, of worlds that are not open."""
        for head in store.streams():
            if is_unmade(head):
                # Its maker died before the first record: no fork was made.
                store.drop_fork(head.name)
            else:
                self._names.add(head.name)

    def open(self, world: World) -> LiveWorld:
        """Open a world, or swap the code of an open one, and log what its file newly declares.

        Its forks go on under the new code, but for those of which the faults tell. Raises
        Misused, for components that changed without an upgrade too, or Unavailable, and then
        nothing changed; one whose cursors cannot be read is lost till they can.
        """
        clash = BUILT_IN.keys() & world.actions.keys()
        if clash:
            raise Misused(
                f"{sorted(clash)[0]} is an action of every world",
                "choose another name",
                code="duplicate_name",
            )
        known = self._worlds.get(world.name)
        if known is not None and known.lost:
            self._revive(known)
            known = self._worlds.get(world.name)
        live = known or self._anew(world)
        last = live.state.declared
        check_upgrades(last)
        used = {name for name, ids in live.state.having.items() if ids}
        new = read_declaration(world.declared(), world.source, last, used)
        before, live.world = live.world, world
        self._worlds[world.name] = live
        live.bind()

        def begin(_: Step) -> None:
            declare(world.ground, last, new)
            self._keep_card(world.name)
            self._keep_tables(live, world)

        try:
            self._decide(live, AUTHOR, DECLARE, begin)
        except WorldloomError:
            self._put_back(live, before, known)
            raise
        live.declaration = new
        self._names.add(world.name)
        self._go_on(live, known is None or live.bare)
        for other in tuple(self._worlds.values()):
            if world.name in other.ancestors and other.declaration is None:
                try:
                    self._take_code(other)
                except WorldloomError as error:
                    self.remember(other.name, "code", error)  # it goes on as it was
        return live

    def _anew(self, world: World) -> LiveWorld:
        """Load a world that is not open, or begin it."""
        live = LiveWorld(world, self.store, self.language_of)
        if world.name not in self._names:
            self.store.drop_fork(world.name)
        self._load_anew(live)
        return live

    def _load_anew(self, live: LiveWorld) -> None:
        """Load a world that is not open, and the people where it may tell of newer ones.

        Another process that writes here too may have changed rights in it, or forgotten someone.
        """
        self._load(live)
        live.ancestors = self._ancestors(live.parent)
        if self.store.open_stream(STREAM).seq > self._people.seq:
            self._people.lost = True
            self.keys.reread()
            self._revive(self._people)

    def _put_back(self, live: LiveWorld, before: World, known: LiveWorld | None) -> None:
        """Let an open world go on under its old code, or forget one that did not open."""
        if known is None:
            del self._worlds[live.name]
            return
        live.world = before
        live.bind()

    def _go_on(self, live: LiveWorld, anew: bool) -> None:
        """Follow a world's records under the code that it has now, from its cursors on."""
        live.bare = False
        if anew:
            self._load_followups(live)
        else:
            live.follow.rebind(live.world, self._clock())

    def _go_on_under(self, live: LiveWorld, code: World) -> None:
        """Let a world go on under other code; it keeps what it has where the disk is full."""
        self._keep_tables(live, code)
        live.world, anew = code, live.bare
        live.bind()
        self._go_on(live, anew)

    def _keep_tables(self, live: LiveWorld, code: World) -> None:
        if code.projections:
            self.store.project(live.stream, live.name, *code.projections.values())

    def _keep_card(self, name: str) -> None:
        card = msgspec.msgpack.encode(self.card(name))
        if self.store.meta(f"world:{name}") != card:
            self.store.set_meta(f"world:{name}", card)

    def card(self, name: str) -> Card:
        """Return what is shown of a world in a list; does not open it."""
        live = self._worlds.get(name)
        if live is not None:
            return Card(live.world.title, live.world.public, lineage_of(live.state))
        card = self._cards.get(name)
        if card is None:
            kept = self.store.meta(f"world:{name}")
            card = self._cards[name] = read_card(name, kept)
        return card

    def opened(self, name: str) -> LiveWorld | None:
        """Return a world if it is open."""
        return self._worlds.get(name)

    def open_name(self, name: str) -> LiveWorld:
        """Open a world of the store without its author's code, a fork with it; raises NotFound."""
        live = self._worlds.get(name)
        if live is not None:
            return live
        if name not in self._names or name in RESERVED:
            raise no_world(name)
        card = self.card(name)
        live = LiveWorld(World(name, card.title, card.public), self.store, self.language_of)
        live.bare = True
        self._load_anew(live)
        live.bind()
        if not self._take_code(live):
            self._load_followups(live)
        # Not before: open by half it would know neither its cursors nor its Sandbox.
        self._worlds[name] = live
        return live

    # -- the code of forks ---------------------------------------------------------------------

    def ancestors(self, name: str) -> tuple[str, ...]:
        """Return the worlds that a world of this realm continues, nearest first."""
        live = self._worlds.get(name)
        if live is not None or name not in self._names:
            return () if live is None else live.ancestors
        found = (head for head in self.store.streams() if head.name == name)
        return self._ancestors(next((head.parent for head in found), 0))

    def _ancestors(self, parent: int) -> tuple[str, ...]:
        if not parent:
            return ()
        heads = {head.id: head for head in self.store.streams()}
        found: list[str] = []
        while parent in heads:
            found.append(heads[parent].name)
            parent = heads[parent].parent
        return tuple(found)

    def _take_code(self, live: LiveWorld) -> bool:
        """Let a fork go on under the code of its nearest ancestor that has any; tell if it does."""
        code = self._code_for(live)
        if code is not None:
            self._go_on_under(live, code)
        return code is not None

    def lend(self, name: str, code: World) -> None:
        """Let a fork whose ancestors are elsewhere run under their code; raises Misused."""
        live = self.world(name)
        check_upgrades(live.state.declared)
        code.bind(State(), {}, {})
        self._go_on_under(live, Twin(code, name, live.world.title, live.world.public))

    def _code_for(self, live: LiveWorld) -> Twin | None:
        """Return the code of a fork's nearest ancestor that has any, as the fork's own."""
        coded = (self._worlds.get(name) for name in live.ancestors)
        code = next((other.world for other in coded if other is not None and not other.bare), None)
        if code is None:
            return None
        try:
            check_upgrades(live.state.declared)
        except WorldloomError as error:
            # A fork of long ago may hold components that the new code cannot read.
            self.remember(live.name, "code", error)
            return None
        return Twin(code, live.name, live.world.title, live.world.public)

    # -- names and states ----------------------------------------------------------------------

    def create(self, name: str, title: str = "", public: bool = True) -> LiveWorld:
        """Make an empty world; raises Conflict name_taken, Invalid."""
        self.check_name_free(name)
        return self.open(new_world(name, title, public))

    def check_name_free(self, name: str) -> None:
        """Raise Conflict (`name_taken`) for the name of a world that is there."""
        if name in self._names:
            raise name_taken(name)

    def role(self, account: str, world: str) -> Role | None:
        """Return the role of an account in a world, None for no right to be there."""
        return self.standing(account, world).role

    def standing(self, account: str, world: str, by: Token | int | None = None) -> Standing:
        """Return what an account is in a world, at most what it came by allows."""
        return self.people.standing(account, world, self.world(world).world.public, by)

    def who(self, account: str, world: str, given: Role | Standing | None) -> Standing:
        """Return a standing that is given, or that of a given role, or else the account's own."""
        if isinstance(given, Standing):
            return given
        return self.standing(account, world) if given is None else Standing(given, account)

    def world(self, name: str) -> LiveWorld:
        """Return an open world, opening it from the store at need; raises NotFound."""
        live = self._worlds.get(name) or self.open_name(name)
        if live.lost:
            self._revive(live)
            if live.lost:
                raise no_world(name)
        return live

    def learn(self, name: str) -> None:
        """Take note of a world that was copied into the store, as by an import."""
        self._names.add(name)
        self._cards.pop(name, None)

    def worlds(self) -> list[str]:
        """Return the names of all worlds of the realm, in order of the alphabet."""
        return sorted(self._names - RESERVED)

    def at(self, name: str, seq: int | None = None) -> State:
        """Return the durable state at a seq, rounded down to a whole group; raises NotFound."""
        live = self.world(name)
        until = live.durable_seq if seq is None else seq
        if not 0 <= until <= live.durable_seq:
            raise no_seq(name, until, live.durable_seq)
        return load_state(self.store, live.stream, until)


def is_unmade(head: StreamHead) -> bool:
    """Tell whether a stream is a fork that never got its first own record."""
    return head.parent != 0 and head.seq == head.fork


def read_card(name: str, kept: bytes | None) -> Card:
    """Return a card that was kept; one that cannot be read, as from elsewhere, is private."""
    try:
        return msgspec.msgpack.decode(kept, type=Card) if kept else Card(name, True)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Card(name, False)


def lineage_of(state: State) -> tuple[tuple[str, int, str], ...]:
    """Return (world, seq, who forked it) of each world that a state continues, nearest first."""
    lineage = state.lineage
    return () if lineage is None else tuple((s.parent, s.seq, s.by) for s in lineage.chain())


def new_world(name: str, title: str, public: bool) -> World:
    """Return a world without code; raises Invalid for a name or title that none may have."""
    if len(title) > LIMITS.title_characters_max:
        raise Invalid("the title is too long", "shorten it", field="title")
    try:
        return World(name, title, public)
    except Misused as error:
        raise Invalid(error.message, error.fix, field="name") from error


def name_taken(name: str) -> Conflict:
    """Make the error for a world's name that another one has."""
    return Conflict(f"there is a world {name} already", "choose another name", code="name_taken")
