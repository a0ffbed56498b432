"""Forks: worlds that continue another one from a seq on, sharing its records by reference.

A fork is there from the moment its first own record, `Forked`, is durable. Its cursors come in the
same group, so that nothing that the shared records led to ever runs again; so does its owner. What
dies before that leaves a stream without a record of its own, which the next start removes.
"""

from __future__ import annotations

from contextlib import suppress

import msgspec
from msgspec import Struct

from worldloom.kernel.errors import OverLimit, Unavailable, WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import LiveWorld, Sealed, Stream
from worldloom.kernel.missing import no_seq
from worldloom.kernel.opening import (
    Card,
    Opener,
    is_unmade,
    lineage_of,
    name_taken,
    new_world,
)
from worldloom.kernel.people import LOCAL
from worldloom.kernel.ports import Clock, Entropy, Store
from worldloom.kernel.records import Forked, encode_payload, hidden, read
from worldloom.kernel.rights import Deed, Role, Standing, allowed, check, deed_of
from worldloom.kernel.step import Step

Looked = tuple[int, int | None]
"""Up to which seq a log was searched for records that clients may not read, and the first one."""


class NewFork(Struct, frozen=True):
    """A fork that was made; it may be told once its group is durable."""

    world: str
    seq: int
    """The seq that it continues: the end of a whole group."""
    parent: str
    """The world that wrote that seq."""
    group: Sealed


class Forking(Struct, eq=False):
    """A fork in the making: checked, and not yet in the store."""

    store: Store
    source: LiveWorld
    live: LiveWorld
    seq: int
    by: str
    who: Standing
    looked: dict[int, Looked]
    parent: str = ""

    @property
    def actor(self) -> str:
        """Whom the log names for it: an agent, where one makes it for its person."""
        return self.who.actor if self.who.account == self.by else self.by

    def make(self) -> None:
        """Make its stream and load its state; slow, and safe on any thread.

        Raises NotAllowed where the shared records hold what `by` may not read, OverLimit, Conflict.
        """
        store, source, live = self.store, self.source, self.live
        if not allowed(self.who.role, Role.OWNER):
            secret = self._first_hidden(source.stream)
            if secret is not None and secret <= self.seq:
                deed = f"forking {source.name} at or after its private record {secret}"
                check(self.who, Deed("fork", Role.OWNER, said=deed))
        heads = {head.id: head for head in store.streams()}
        if sum(head.parent != 0 for head in heads.values()) >= LIMITS.forks_max:
            raise _too_many(f"a realm holds {LIMITS.forks_max} forks")
        if len(source.ancestors) >= LIMITS.fork_depth_max:
            raise _too_many(f"{source.name} is a fork of a fork, {LIMITS.fork_depth_max} deep")
        store.drop_fork(live.name)
        head = store.fork_stream(live.name, source.stream, self.seq)
        live.load([])
        live.born = head.fork + 1
        self.seq, self.parent = head.fork, heads[head.parent].name
        lineage = ((self.parent, self.seq, self.actor), *lineage_of(live.state))
        card = Card(live.world.title, live.world.public, lineage)
        store.set_meta(f"world:{live.name}", msgspec.msgpack.encode(card))

    def _first_hidden(self, stream: int) -> int | None:
        """Return the seq of the first record that clients may not read, as far as was looked."""
        until, found = self.looked.get(stream, (0, None))
        if found is None and until < self.seq:
            rows = self.store.records(stream, until, self.seq)
            found = next((record.seq for record in read(rows) if hidden(record)), None)
            self.looked[stream] = self.seq, found
        return found


class Forks(Opener):
    """Makes forks of a realm's worlds."""

    def __init__(self, store: Store, clock: Clock, entropy: Entropy) -> None:
        """Load the people and learn the worlds' names; raises Unavailable."""
        super().__init__(store, clock, entropy)
        self._making: dict[str, Forking] = {}
        """Name → fork that is being made."""
        self._looked: dict[int, Looked] = {}

    def fork(
        self,
        world: str,
        new_name: str,
        seq: int | None,
        by: str,
        role: Role | Standing | None = None,
        title: str = "",
    ) -> NewFork:
        """Make a world that continues another one after `seq` (the newest), and belongs to `by`.

        The seq is rounded down to a whole group. `role` replaces the account's own, as for a token.
        Without a `title` it has its parent's.
        Raises NotAllowed, NotFound (`no_seq`), Conflict (`name_taken`), Invalid, OverLimit.
        """
        forking = self.begin_fork(world, new_name, seq, by, role, title)
        try:
            forking.make()
            return self.finish_fork(forking)
        finally:
            self.end_fork(forking)

    def begin_fork(
        self,
        world: str,
        new_name: str,
        seq: int | None,
        by: str,
        role: Role | Standing | None = None,
        title: str = "",
    ) -> Forking:
        """Check a wish and keep its name; `make`, `finish_fork` and `end_fork` must follow."""
        source = self.world(world)
        self._check_room()
        who = self.who(by, world, role)
        check(who, deed_of("fork", world), self._clock())
        self.people.check_ban(by, world, self._clock())
        until = source.durable_seq if seq is None else seq
        if not 0 <= until <= source.durable_seq:
            raise no_seq(world, until, source.durable_seq)
        card = source.world
        live = LiveWorld(
            new_world(new_name, title or card.title, card.public), self.store, self.language_of
        )
        self.check_name_free(new_name)
        if len(self.worlds()) + len(self._making) >= LIMITS.worlds_max:
            raise _too_many(f"a realm holds {LIMITS.worlds_max} worlds")
        made = self.people.forks(by) + sum(other.by == by for other in self._making.values())
        if by != LOCAL and made >= LIMITS.account_forks_max:
            raise _too_many(f"{by} has made {LIMITS.account_forks_max} forks")
        forking = Forking(self.store, source, live, until, by, who, self._looked)
        self._making[new_name] = forking
        return forking

    def finish_fork(self, forking: Forking) -> NewFork:
        """Write a made fork's first record, its cursors and its owner, as one group."""
        live, world = forking.live, forking.source.name
        name, seq, by = live.name, forking.seq, forking.by
        self._clock.reach(live.state.time)
        live.ancestors = self._ancestors(live.parent)
        code = self._code_for(live)
        live.world, live.bare = code or live.world, code is None
        live.bind()
        now = self._clock()
        live.follow.load(self.store, live, live.world, now)
        cursors = live.follow.skip(live.stream, live.world, now)

        def begin(step: Step) -> None:
            live.world.ground.add("Forked", 1, encode_payload(Forked(forking.parent, seq)))
            # Nothing to take back: undo passes it over and goes on in the shared records.
            live.world.ground.bound = True
            self.people.note_fork(step, by, name, world)

        self._worlds[name] = live
        cause = f"fork:{forking.parent}:{seq}"
        try:
            self._keep_tables(live, live.world)
            _, sealed = self._decide(live, forking.actor, cause, begin, cursors=cursors)
        except WorldloomError:
            self._unmake(live)
            raise
        assert sealed is not None, "a fork begins with a record"
        self._names.add(name)
        return NewFork(name, seq, forking.parent, sealed)

    def end_fork(self, forking: Forking) -> None:
        """Let go of the name of a fork that is made, or is not to be."""
        del self._making[forking.live.name]

    def check_name_free(self, name: str) -> None:
        """Raise Conflict (`name_taken`) for the name of a world that is there, or being made."""
        if name in self._making:
            raise name_taken(name)
        super().check_name_free(name)

    def _revive(self, stream: Stream) -> None:
        """Load a stream again; a fork whose first group fell was never made."""
        if isinstance(stream, LiveWorld) and stream.durable_seq < stream.born:
            waiting = any(stream.name in sealed.records for sealed in self._pending)
            # Not by its name: another process may have removed it, and asking would make it anew.
            heads = [head for head in self.store.streams() if head.name == stream.name]
            if not waiting and (not heads or is_unmade(heads[0])):
                return self._unmake(stream)
        super()._revive(stream)

    def _unmake(self, live: LiveWorld) -> None:
        self._worlds.pop(live.name, None)
        self._cards.pop(live.name, None)
        self._names.discard(live.name)
        # Should the disk fail here too, the next start removes the stream.
        with suppress(Unavailable):
            self.store.drop_fork(live.name)


def _too_many(message: str) -> OverLimit:
    return OverLimit(message, "use one that is there", code="too_many_forks", too_large=True)
