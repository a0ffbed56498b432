"""How a step becomes a group: run, seal, fold, wait for the disk, and fall when it fails.

The world folds at once and speaks late: what leaves must wait until its group is durable. After
a failed commit the memory of the streams it touched is dropped and loaded from the store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from worldloom.kernel.actions import Action
from worldloom.kernel.agents import person_of
from worldloom.kernel.approvals import check_approved
from worldloom.kernel.book import STREAM
from worldloom.kernel.builtin import BUILT_IN
from worldloom.kernel.clock import SteadyClock
from worldloom.kernel.declared import declare
from worldloom.kernel.entity import Visitor
from worldloom.kernel.errors import (
    Conflict,
    Misused,
    OverLimit,
    Unavailable,
    WorldloomError,
)
from worldloom.kernel.faults import Fault, fails_by
from worldloom.kernel.followups import EVERY, Cursor
from worldloom.kernel.guards import Watch, concerned, guarded
from worldloom.kernel.handlers import Reaction
from worldloom.kernel.hashing import Frontier
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import LiveWorld, Sealed, Snapshot, Stream
from worldloom.kernel.missing import no_action
from worldloom.kernel.past import Past
from worldloom.kernel.patience import (
    Boundless,
    Endless,
    Patience,
    kind_and_place,
    place_of,
    raised_by_author,
    words_of,
)
from worldloom.kernel.people import LOCAL, People
from worldloom.kernel.ports import Clock, Entropy, Group, Part, Store
from worldloom.kernel.records import Record
from worldloom.kernel.rights import Deed, Role, check
from worldloom.kernel.schema import Event
from worldloom.kernel.sealing import Keys
from worldloom.kernel.step import Meant, Step
from worldloom.kernel.world import World

STOOD_ON_IT = "an earlier change could not be kept, and this one stood on it"
DECLARE = "declare"
"""The cause of the group that brings a world to what its file declares."""
Run = Callable[..., Any]
"""A handler: it gets the step first."""


class Question(Struct, frozen=True):
    """An Idempotency-Key and the digest of what was asked under it."""

    key: str
    digest: bytes
    expires: int


class Decider:
    """The streams of one realm in memory, and the groups on their way to the disk."""

    def __init__(self, store: Store, clock: Clock, entropy: Entropy) -> None:
        """Load the people; raises Unavailable when the store cannot be read."""
        self.store = store
        self.outbox: list[Sealed] = []
        """Groups to commit, in order; whoever commits takes them out."""
        self.faults: list[Fault] = []
        """The newest failures that nobody waited for."""
        self.fault_count = 0
        """How many there were since the realm was opened, also those that it forgot."""
        self.patience: Patience = Boundless()
        """Stops handlers that never end; whoever serves sets it."""
        self.on_misused: list[Callable[[str, Misused], None]] = []
        """Told of each mistake of an author's, with its world: whoever asked learns no place."""
        self._clock = SteadyClock(clock)
        self.entropy = entropy
        self.keys = Keys(store, entropy)
        self._pending: dict[Sealed, None] = {}
        """Groups whose fate is not known yet, in order."""
        self._pending_bytes = 0
        self._answers: dict[str, tuple[bytes, Any]] = {}
        """Idempotency-Key → digest of what was asked and its decision, until that is kept."""
        self._worlds: dict[str, LiveWorld] = {}
        self._people = Stream(STREAM, store)
        self._load(self._people)
        self.people = People(self._people.state, self.keys.open)

    def now(self) -> int:
        """Return the time in UTC microseconds, which never runs backwards."""
        return self._clock()

    @property
    def waiting(self) -> int:
        """Groups whose fate is not known yet."""
        return len(self._pending)

    def newest(self, stream: str | None = None) -> Sealed | None:
        """Return the last group, of a stream or of all, whose fate is not known yet."""
        for sealed in reversed(self._pending):
            if stream is None or stream in sealed.streams:
                return sealed
        return None

    def language_of(self, account: str) -> str:
        """Return the language that an account's profile names (BCP 47), or nothing."""
        return self.people.about(account).language

    def _check_room(self) -> None:
        """Turn a command away before its handler runs when too much waits for the disk."""
        if (
            len(self._pending) >= LIMITS.queue_groups_max
            or self._pending_bytes >= LIMITS.queue_bytes_max
        ):
            raise Unavailable("the disk is behind; too much waits for it", code="busy")

    def _decide(
        self,
        live: LiveWorld,
        actor: str,
        cause: str,
        run: Run,
        cursors: tuple[Cursor, ...] = (),
        depth: int = 0,
    ) -> tuple[Any, Sealed | None]:
        """Run `run(step)` on a draft and seal what it decided; a raise leaves no trace."""
        step = Step(self, self._clock(), actor, cause)
        result = self._run(live, step, run)
        return result, self._seal(step, live, result, cursors, depth=depth)

    def _run(self, live: LiveWorld, step: Step, run: Run, *given: Any) -> Any:
        """Run `run(step, *given)` on a draft; a raise leaves no trace."""
        world, cause = live.world, step.cause
        world.enter(step)
        try:
            if cause != DECLARE:  # a large world's scene may take its time; it has no loops
                self.patience.begins()
            return run(step, *given)
        except Misused as error:
            if raised_by_author(error):
                error.logged = f"{cause.partition(':')[0]} failed: {type(error).__name__}"
            raise self._misused(live, cause, error, error) from error.__cause__
        except WorldloomError as error:
            if place_of(error):
                # What an author's code refuses it may refuse in the words of a visitor.
                error.logged = kind_and_place(error)
            raise
        except Endless as error:
            self.patience.ends()
            overdue = Misused(
                f"{cause.partition(':')[0]} did not come to its end"
                f" in {LIMITS.handler_seconds_max:g} seconds",
                "look for a loop without end, or for something that waits: that is for an adapter",
                code="overdue",
            )
            raise self._misused(live, cause, overdue, error) from error
        except BaseException as error:
            # The one boundary between an author's code and the realm, which no exit passes either.
            logged = f"{cause.partition(':')[0]} failed: {type(error).__name__}"
            failed = Misused(
                f"{logged}: {words_of(error)}",
                "the server's log names the place in the author's file",
                code="handler_failed",
            )
            failed.logged = logged
            raise self._misused(live, cause, failed, error) from error
        finally:
            self.patience.ends()
            world.leave()

    def _misused(
        self, live: LiveWorld, cause: str, error: Misused, raised: BaseException
    ) -> Misused:
        """Return an author's mistake with its place, of which who keeps the log is told."""
        error.place = place_of(raised)
        for told in self.on_misused if live.failing.get(cause) != fails_by(error) else ():
            told(live.name, error)
        return error

    def perform(
        self, step: Step, world: World, visitor: Visitor, name: str, args: Mapping[str, Any]
    ) -> Any:
        """Run another action inside a step, under the same visitor's rights."""
        action = self.action_of(world, name)
        if action is None:
            raise no_action(name, world.name)
        check(visitor.standing, self._first_deed(world, action), step.now)
        return self._act(step, world, visitor, action, args, lax=True)

    def respond(self, world: str, reaction: Reaction, event: Event) -> None:
        """Run what an author does about an event that concerns it."""
        reaction.run(event)

    def action_of(self, world: World, name: str) -> Action | None:
        """Return an action of a world by its name."""
        return world.actions.get(name) or BUILT_IN.get(name)

    def _first_deed(self, world: World, action: Action) -> Deed:
        """Return what is judged before any argument is read: what none could make right.

        A guard may ask for less than the action says itself; it is asked when the arguments are
        bound, and may then ask for more.
        """
        deed = action.deed(world.name)
        if guarded(world.ground.state):
            deed = msgspec.structs.replace(deed, guards=(str(Role.VISITOR),))
        return deed

    def _act(
        self,
        step: Step,
        world: World,
        visitor: Visitor,
        action: Action,
        args: Mapping[str, Any],
        lax: bool = False,
    ) -> Any:
        """Do an action in a step where the guards of what it touches allow it; count its cost."""
        given = action.bind(world, args, lax)
        before = step.grave
        if action.cost:
            step.cost += action.cost
        state = world.ground.state
        if (action.names_components or guarded(state)) and concerned(state, given):
            guards = Watch(world.ground).asked(action.name, visitor, given)
            deed = msgspec.structs.replace(action.deed(world.name), guards=guards)
            check(visitor.standing, deed, step.now)
        if action.long:
            self._check_waits(world.name, visitor.account)
        result = action.call(step, world, visitor, given)
        if action.long:
            step.long = action.name
        token = visitor.standing.token
        if action.cost and token is not None:
            self.people.spend(step, token, action.cost)
        if action.free:
            step.grave = before
        elif (action.approval or step.grave) and token is not None and token.agent:
            # Last of all: nobody is asked about what would be refused anyway.
            check_approved(step, Meant(action.name, dict(args), step.cost))
            step.grave = before
        return result

    def _check_waits(self, world: str, account: str) -> None:
        """Raise OverLimit for an account, or agents of it, for whom enough is on its way already.

        Each is a task, and one whose other side is away is tried again without an end.
        """
        waiting = self._worlds[world].follow.open.values()
        count = sum(bool(one.long) and person_of(one.actor) == account for one in waiting)
        if count >= LIMITS.account_waiting_max and account != LOCAL:
            raise OverLimit(
                f"{count} of what you asked for here is on its way",
                "wait until some of it is answered, or take it back",
            )

    def _seal(
        self,
        step: Step,
        own: Stream,
        result: Any = None,
        cursors: tuple[Cursor, ...] = (),
        question: Question | None = None,
        depth: int = 0,
    ) -> Sealed | None:
        """Fold a step's drafts and queue them as one group; None when there is nothing to keep."""
        parts: list[Part] = []
        records: dict[str, list[Record]] = {}
        roots: dict[str, bytes] = {}
        snapshots: tuple[Snapshot, ...] = ()
        size, wrote = 0, 0
        own_name, drafts, tells, moves, effects, long = (
            own.name, step.drafts, step.tells, step.moves, step.effects, step.long,
        )  # fmt: skip
        streams: tuple[str, ...] = (own_name,)
        # The log says which long action it was, for whoever asks after a restart.
        cause = f"{step.cause}:{long}" if long else step.cause
        if len(drafts) > 1:
            _bind(step, own_name)
        for name, draft in drafts.items():
            if not draft.events:
                continue
            if name == own_name:
                stream, wrote = own, own.state.seq + len(draft.events)
            else:
                stream = self._stream(name)
                streams += (name,)
            part, records[name] = stream.seal(draft, step.now, step.actor, cause)
            parts.append(part)
            roots[name] = stream.state.private_root()
            size += draft.size
            if stream.snapshot_due():
                snapshots += (stream.snapshot(),)
        if not (parts or question or tells or moves or effects):
            return None
        group = Group(parts, cursors)
        if step.sealed is not None:
            homes = [(who, self._stream(at).stream, seq) for (who, at), seq in step.sealed.items()]
            group.owners = self.keys.owners(homes)
        if question is not None:
            body = msgspec.msgpack.encode((question.digest, own.seq, result, wrote, long))
            group.answer = (question.key, question.expires, body)
        sealed = Sealed(
            group, streams, tells, moves, effects, depth, records, roots, snapshots, size, wrote,
            long,
        )  # fmt: skip
        self._queue(sealed)
        for effect in effects:
            effect.fold()
        return sealed

    def tree(self, world: str) -> Frontier:
        """Return the tree over a world's records, those too that still wait for the disk."""
        head = self.store.open_stream(world)
        tree = Frontier.unpack(head.seq, head.frontier)
        for sealed in self._pending:
            records = sealed.records.get(world, ())
            tree.extend([record.hash for record in records if record.seq > tree.count])
        return tree

    def past(self, world: str) -> Past:
        """Return the old records of a world: those on the disk and those on their way there."""
        stream = self._stream(world)
        waiting = (one for sealed in self._pending for one in sealed.records.get(world, ()))
        return Past(self.store, stream.stream, stream.durable_seq, waiting)

    def _queue(self, sealed: Sealed) -> None:
        self._pending[sealed] = None
        self._pending_bytes += sealed.size
        self.outbox.append(sealed)

    def _keep_cursors(self, live: LiveWorld, cursors: tuple[Cursor, ...]) -> None:
        """Queue cursors in a group of their own."""
        if cursors and not live.bare:
            self._queue(Sealed(Group((), cursors), (live.name,)))

    def _attempt(
        self,
        live: LiveWorld,
        cause: str,
        actor: str,
        run: Run,
        cursors: tuple[Cursor, ...] = (),
        depth: int = 0,
    ) -> Sealed | None:
        """Run what nobody waits for; its failure is remembered and the world goes on.

        What fails again just as it did when it last ran (a timer: each has one cause) is no news.
        """
        try:
            sealed = self._decide(live, actor, cause, run, cursors=cursors, depth=depth)[1]
        except WorldloomError as error:
            if live.failing.get(cause) != fails_by(error):
                self.remember(live.name, cause, error)
            if cause.startswith(EVERY):
                live.failing[cause] = fails_by(error)
            return None
        live.failing.pop(cause, None)
        return sealed

    def remember(self, world: str, cause: str, error: WorldloomError) -> None:
        """Take note of a failure that nobody waits for."""
        self.fault_count += 1
        self.faults.append(Fault(world, cause, error))
        del self.faults[: -LIMITS.faults_max]

    # -- the store's word ----------------------------------------------------------------------

    def committed(self, sealed: Sealed, error: WorldloomError | None) -> list[Sealed]:
        """Take the store's word on a group; return all groups whose fate is now known.

        With a failed group fall the later ones that were decided on it: their `error` is
        Unavailable, and the memory of their streams is loaded again.
        """
        if sealed.settled:
            return []
        return self.kept((sealed,)) if error is None else self._drop(sealed, error)

    def kept(self, groups: Sequence[Sealed]) -> list[Sealed]:
        """Take the store's word that it keeps these groups; return those that were not settled."""
        known = [sealed for sealed in groups if not sealed.settled]
        self._settle(known)
        for sealed in known:
            if sealed.group.owners:
                self.keys.kept(sealed.group.owners)
            for effect in sealed.effects:
                effect.settle(True)
            for name, records in sealed.records.items():
                live = self._worlds.get(name)
                stream = live or self._people
                last = records[-1].seq
                if last > stream.durable_seq:
                    stream.durable_seq = last
                if live is not None:
                    live.follow.see(records, last, live.world, sealed.depth, sealed.asker)
        return known

    def _drop(self, sealed: Sealed, error: WorldloomError) -> list[Sealed]:
        """Forget a failed group and all that was built on it."""
        fallen = [sealed]
        streams = set(sealed.streams)
        later = list(self._pending)
        for other in later[later.index(sealed) + 1 :]:
            if not streams.isdisjoint(other.streams):
                fallen.append(other)
                streams.update(other.streams)
        for group in fallen:
            self._fall(group, error if group is sealed else Unavailable(STOOD_ON_IT))
        if isinstance(error, Conflict):
            # Another process writes here too, and may have changed rights or forgotten someone.
            streams.add(STREAM)
            self.keys.reread()
        for name in sorted(streams):
            self._stream(name).lost = True
        for name in sorted(streams):
            try:
                self._revive(self._stream(name))
            except WorldloomError as failure:
                self.remember(name, "load", failure)
        return fallen

    def _settle(self, groups: Iterable[Sealed]) -> None:
        """Note that the fate of groups is known."""
        for sealed in groups:
            sealed.settled = True
            del self._pending[sealed]
            self._pending_bytes -= sealed.size
            answer = sealed.group.answer
            if answer is not None:
                self._answers.pop(answer[0], None)

    def _fall(self, sealed: Sealed, error: WorldloomError) -> None:
        """Note that a group is not kept."""
        self._settle((sealed,))
        sealed.error = error
        for person in sealed.group.forgets:
            self.keys.again(person)
        if sealed in self.outbox:
            self.outbox.remove(sealed)
        for effect in sealed.effects:
            effect.settle(False)

    def _revive(self, stream: Stream) -> None:
        """Load a stream again and let everyone who reads it read the new state."""
        self._load(stream)
        if not isinstance(stream, LiveWorld):
            self.people.rebase(stream.state)
            return
        live = stream
        live.bind()
        self._load_followups(live)
        last, new = live.state.declared, live.declaration
        if new is not None and new != last:
            self._attempt(
                live, "declare", "author", lambda _: declare(live.world.ground, last, new)
            )

    def _load_followups(self, live: LiveWorld) -> None:
        """Read the cursors; the very first ones are kept before any record that they count.

        A world that does not follow its records is lost: nothing of it may go on.
        """
        live.lost = True
        # What still waits for the disk has run: without its cursors it would run twice.
        waiting = {
            name: value
            for sealed in self._pending
            for name, stream, value in sealed.group.cursors
            if stream == live.stream
        }
        live.follow.load(self.store, live, live.world, self._clock(), waiting)
        live.lost = False
        if live.follow.fresh:
            self._keep_cursors(live, live.follow.flush(live.stream))

    def _load(self, stream: Stream) -> None:
        stream.load([sealed for sealed in self._pending if stream.name in sealed.records])
        self._clock.reach(stream.state.time)

    def _stream(self, name: str) -> Stream:
        return self._people if name == STREAM else self._worlds[name]


def _bind(step: Step, own: str) -> None:
    """Mark a world's part of a group that touches other streams: it cannot be undone."""
    others = [name for name, draft in step.drafts.items() if name != own and draft.events]
    if others and own in step.drafts and (step.drafts[own].events or not step.discreet):
        step.drafts[own].bind(", ".join(others), "")
