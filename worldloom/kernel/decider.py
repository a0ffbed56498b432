"""How a step becomes a group: run, seal, fold, wait for the disk, and fall when it fails.

The world folds at once and speaks late: what leaves must wait until its group is durable. After
a failed commit the memory of the streams it touched is dropped and loaded from the store.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from worldloom.kernel.builtin import BUILT_IN
from worldloom.kernel.declared import declare
from worldloom.kernel.entity import Visitor
from worldloom.kernel.errors import Misused, NotFound, Unavailable, WorldloomError
from worldloom.kernel.followups import Cursor
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import LiveWorld, Sealed, Stream
from worldloom.kernel.people import STREAM, People
from worldloom.kernel.ports import Clock, Entropy, Group, Part, Store
from worldloom.kernel.rights import require
from worldloom.kernel.step import Step
from worldloom.kernel.world import World

Run = Callable[[Step], Any]


class Fault(Struct, frozen=True):
    """A reaction, timer, declaration or reload that failed while nobody waited for its answer."""

    world: str
    cause: str
    error: WorldloomError


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
        self._clock = clock
        self.entropy = entropy
        self._pending: list[Sealed] = []
        self._pending_bytes = 0
        self._worlds: dict[str, LiveWorld] = {}
        self._people = Stream(STREAM, store)
        self._people.load([])
        self.people = People(self._people.state)

    @property
    def waiting(self) -> int:
        """Groups whose fate is not known yet."""
        return len(self._pending)

    def _now(self, stream: Stream) -> int:
        """Return the time, which never runs backwards within a log."""
        return max(self._clock(), stream.state.time)

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
        *,
        cursors: tuple[Cursor, ...] = (),
        question: Question | None = None,
        dry_run: bool = False,
        depth: int = 0,
    ) -> tuple[Any, Sealed | None]:
        """Run a handler on a draft and seal what it decided; a raise leaves no trace."""
        step = Step(self, self._now(live), actor, cause)
        world = live.world
        world.enter(step)
        try:
            result = run(step)
        except WorldloomError:
            raise
        except Exception as error:
            # The one boundary between an author's code and the realm.
            raise Misused(
                f"{cause.partition(':')[0]} failed: {type(error).__name__}: {error}",
                "the server's log names the place in the author's file",
                code="handler_failed",
            ) from error
        finally:
            world.leave()
        if dry_run:
            return result, None
        return result, self._seal(step, live, result, cursors, question, depth)

    def perform(
        self, step: Step, world: World, visitor: Visitor, name: str, args: Mapping[str, Any]
    ) -> Any:
        """Run another action inside a step, under the same visitor's rights."""
        action = world.actions.get(name) or BUILT_IN.get(name)
        if action is None:
            raise no_action(name, world.name)
        require(visitor.role, action.role, action.name, visitor.account)
        return action.run(step, world, visitor, args, lax=True)

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
        sealed = Sealed(step.tells, step.moves, depth)
        sealed.streams.add(own.name)
        parts: list[Part] = []
        for name, draft in step.drafts.items():
            if not draft.events:
                continue
            stream = self._stream(name)
            part, records = stream.seal(draft, step.now, step.actor, step.cause)
            parts.append(part)
            sealed.streams.add(name)
            sealed.records[name] = records
            sealed.private_roots[name] = stream.state.private_root()
            sealed.bytes += draft.bytes
            if stream.snapshot_due():
                sealed.snapshots.append(stream.snapshot())
        if not (parts or question or step.tells or step.moves):
            return None
        answer = None
        if question is not None:
            body = msgspec.msgpack.encode((question.digest, own.seq, result))
            answer = (question.key, question.expires, body)
        self._queue(sealed, Group(tuple(parts), cursors, answer))
        return sealed

    def _queue(self, sealed: Sealed, group: Group) -> None:
        sealed.group = group
        self._pending.append(sealed)
        self._pending_bytes += sealed.bytes
        self.outbox.append(sealed)

    def _keep_cursors(self, live: LiveWorld, cursors: tuple[Cursor, ...]) -> None:
        """Queue cursors in a group of their own."""
        if cursors and not live.bare:
            sealed = Sealed([], [], 0)
            sealed.streams.add(live.name)
            self._queue(sealed, Group((), cursors))

    def _attempt(
        self,
        live: LiveWorld,
        cause: str,
        actor: str,
        run: Run,
        cursors: tuple[Cursor, ...] = (),
        depth: int = 0,
    ) -> Sealed | None:
        """Run what nobody waits for; its failure is remembered and the world goes on."""
        try:
            return self._decide(live, actor, cause, run, cursors=cursors, depth=depth)[1]
        except WorldloomError as error:
            self._remember(Fault(live.name, cause, error))
            return None

    def _remember(self, fault: Fault) -> None:
        self.faults.append(fault)
        del self.faults[: -LIMITS.faults_max]

    # -- the store's word ----------------------------------------------------------------------

    def committed(self, sealed: Sealed, error: WorldloomError | None) -> list[Sealed]:
        """Take the store's word on a group; return all groups whose fate is now known.

        With a failed group fall the later ones that were decided on it: their `error` is
        Unavailable, and the memory of their streams is loaded again.
        """
        if sealed.settled:
            return []
        if error is not None:
            return self._drop(sealed, error)
        self._settle(sealed, None)
        for name, records in sealed.records.items():
            stream = self._stream(name)
            stream.durable_seq = max(stream.durable_seq, records[-1].seq)
            if isinstance(stream, LiveWorld):
                stream.follow.see(records, stream.world, sealed.depth)
        return [sealed]

    def _drop(self, sealed: Sealed, error: WorldloomError) -> list[Sealed]:
        """Forget a failed group and all that was built on it."""
        fallen = [sealed]
        streams = set(sealed.streams)
        for other in self._pending[self._pending.index(sealed) + 1 :]:
            if streams & other.streams:
                fallen.append(other)
                streams |= other.streams
        for group in fallen:
            self._settle(group, error if group is sealed else _fell_with_another())
        for name in sorted(streams):
            self._stream(name).lost = True
        for name in sorted(streams):
            try:
                self._revive(self._stream(name))
            except WorldloomError as failure:
                self._remember(Fault(name, "load", failure))
        return fallen

    def _settle(self, sealed: Sealed, error: WorldloomError | None) -> None:
        sealed.settled = True
        sealed.error = error
        self._pending.remove(sealed)
        self._pending_bytes -= sealed.bytes
        if error is not None and sealed in self.outbox:
            self.outbox.remove(sealed)

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
        """Read the cursors; the very first ones are kept before any record that they count."""
        live.follow.load(self.store, live, live.world, self._now(live))
        if live.follow.fresh:
            self._keep_cursors(live, live.follow.flush(live.stream))

    def _load(self, stream: Stream) -> None:
        stream.load([sealed for sealed in self._pending if stream.name in sealed.records])

    def _stream(self, name: str) -> Stream:
        return self._people if name == STREAM else self._worlds[name]


def no_action(name: str, world: str) -> NotFound:
    """Make the error for an action that a world does not have."""
    return NotFound(f"{world} has no action {name[:100]}", "GET /api/worlds/{w}/actions lists them")


def _fell_with_another() -> Unavailable:
    return Unavailable("an earlier change could not be kept, and this one stood on it")
