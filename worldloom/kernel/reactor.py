"""What happens by itself: reactions to durable records, timers, and requests to the outside."""

from __future__ import annotations

from typing import Final

from worldloom.kernel.agents import person_of
from worldloom.kernel.decider import Decider
from worldloom.kernel.errors import Misused, Unavailable, WorldloomError
from worldloom.kernel.events import Failed
from worldloom.kernel.followups import Pending
from worldloom.kernel.handlers import Reaction
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import LiveWorld, Sealed
from worldloom.kernel.schema import Event, decode
from worldloom.kernel.step import NOBODY, Step

SYSTEM: Final = "world"
"""Who acts in reactions, timers and answers."""


class Reactor(Decider):
    """Runs what follows from durable records; all of it only fills the outbox."""

    def react(self, limit: int = 1_000) -> int:
        """Run the reactions to at most `limit` durable records; return how many records."""
        seen = 0
        for live in self._awake():
            while live.follow.due and seen < limit:
                self._react_to_next(live)
                seen += 1
            self._keep_cursors(live, live.follow.lagging(live.stream))
        return seen

    def _react_to_next(self, live: LiveWorld) -> None:
        record, depth = live.follow.due.popleft()
        reactions = live.follow.begin(record, live.world)
        for reaction in reactions:
            live.follow.finish(reaction, reaction is reactions[-1])

            def run(step: Step, reaction: Reaction = reaction) -> None:
                step.person = "" if record.actor in NOBODY else person_of(record.actor)
                if depth >= LIMITS.reaction_depth_max:
                    raise _endless(reaction)
                event = decode(reaction.kind, record.payload, record.version, live.world.restore)
                if reaction.concerns(event):
                    self.respond(live.name, reaction, event)

            cursor = live.follow.reaction_cursor(live.stream)
            cause = f"on:{record.seq}:{reaction.name}"
            self._attempt(live, cause, SYSTEM, run, (cursor,), depth + 1)

    def tick(self, now: int | None = None) -> int:
        """Run the timers that are due (time in UTC microseconds); return how many ran."""
        ran = 0
        for live in self._awake():
            time = self._clock() if now is None else now
            for name in live.follow.due_timers(live.world, time):
                timer = live.world.timers[name]
                cursor = live.follow.ran(name, live.world, live.stream, time)
                self._attempt(live, f"every:{name}", SYSTEM, timer.step, (cursor,))
                ran += 1
        return ran

    def requests(self) -> list[Pending]:
        """Return the durable requests that wait for their adapter; each is handed out once."""
        found = []
        now = self._clock()
        for live in self._awake():
            for pending in live.follow.open.values():
                if not pending.taken and pending.not_before <= now:
                    pending.taken = True
                    if pending.tries and pending.again is not None:
                        pending.request = pending.again()
                    found.append(pending)
        return found

    def answer(
        self, pending: Pending, outcome: Event | BaseException, actor: str = SYSTEM
    ) -> Sealed | None:
        """Log what came of a request: the adapter's event, or Failed; after Unavailable it waits.

        `actor` is who took it back, where somebody did. A second answer to the same request does
        nothing.
        """
        live = self._worlds[pending.world]
        if live.follow.open.get(pending.seq) is not pending:
            return None
        if isinstance(outcome, Unavailable):
            wait = outcome.retry_after_seconds * 2 ** min(pending.tries, 8)
            pending.tries += 1
            pending.not_before = self._clock() + round(wait * 1e6)
            pending.taken = False
            return None
        event = outcome if isinstance(outcome, Event) else _failed(pending, outcome)
        cause = f"answer:{pending.seq}" + (":simulated" if pending.simulated else "")
        cursor = live.follow.settle(pending.seq, live.stream)
        sealed = self._attempt(live, cause, actor, lambda _: live.world.append(event), (cursor,))
        if sealed is None:
            # What the adapter returned cannot be kept: this much can.
            error = self.faults[-1].error
            failed = _failed(pending, error)
            return self._attempt(
                live, cause, SYSTEM, lambda _: live.world.append(failed), (cursor,)
            )
        return sealed

    def keep_cursor(self, world: str, name: str, value: bytes) -> None:
        """Queue where a reader of a world's log stands; raises NotFound."""
        live = self._worlds[world]
        self._keep_cursors(live, ((name, live.stream, value),))

    def _awake(self) -> list[LiveWorld]:
        return [live for live in self._worlds.values() if not live.lost]


def _endless(reaction: Reaction) -> Misused:
    return Misused(
        f"{reaction.name} answers its own events without end",
        "do not append the event that the handler handles",
        code="endless_handlers",
    )


def _failed(pending: Pending, outcome: object) -> Failed:
    if isinstance(outcome, WorldloomError):
        return Failed(pending.seq, outcome.code, outcome.message)
    if isinstance(outcome, BaseException):
        return Failed(pending.seq, "adapter_failed", f"{type(outcome).__name__}: {outcome}"[:500])
    kind = type(outcome).__name__
    return Failed(pending.seq, "not_an_event", f"the adapter returned a {kind}, not an event")
