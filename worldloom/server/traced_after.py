"""What follows a command, as spans of OpenTelemetry: reactions, and what adapters do outside.

A reaction may follow long after the command's own end, and lead to more of its kind: each span is
a child of what wrote the event that it is about, and linked to the command that began it all. What
no command caused, such as a timer, or one before the server's start, begins a trace of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from opentelemetry.context import Context
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    Tracer,
    set_span_in_context,
)

from worldloom.kernel.decider import Run
from worldloom.kernel.errors import Refused, WorldloomError
from worldloom.kernel.followups import Cursor, Pending
from worldloom.kernel.handlers import Reaction
from worldloom.kernel.live import LiveWorld, Sealed
from worldloom.kernel.ports import Clock, Entropy, Store
from worldloom.kernel.reactor import SYSTEM
from worldloom.kernel.realm import Realm
from worldloom.kernel.schema import Event, Input

NAME: Final = "worldloom"
REACTION: Final = "reaction"
ADAPTER: Final = "adapter"


@dataclass(frozen=True)
class Source:
    """Where an event comes from: the span that wrote it, and the command that began it all."""

    by: SpanContext
    command: SpanContext | None


class FollowedRealm(Realm):
    """A realm that tells what follows from durable events: reactions, and the outside's answers."""

    tracer: Tracer

    def __init__(self, store: Store, clock: Clock, entropy: Entropy) -> None:
        super().__init__(store, clock, entropy)
        self.source: Source | None = None
        """What writes at this moment."""
        self.inside: SpanContext | None = None
        """The span whose code runs at this moment."""
        self._sources: dict[Sealed, Source] = {}
        """Who wrote each group whose fate is not known yet."""
        self._due: dict[tuple[str, int], Source] = {}
        """World and seq of an event that reactions wait for → who wrote it."""
        self._open: dict[tuple[str, int], Source] = {}
        """World and seq of a request that is not answered yet → who wrote it."""
        self._about: tuple[str, int] = ("", 0)
        """World and seq of the event whose reaction may run."""
        self._reacting: Span | None = None
        self._performing: dict[Pending, Span] = {}

    def _follows(self, name: str, of: Source | None, **facts: str | int) -> Span:
        """Begin a span of something that an event led to."""
        inside = set_span_in_context(NonRecordingSpan(of.by)) if of else Context()
        links = [Link(of.command)] if of and of.command else []
        kind = SpanKind.CLIENT if name == ADAPTER else SpanKind.INTERNAL
        return self.tracer.start_span(name, inside, kind, named(facts), links)

    # -- who wrote what ------------------------------------------------------------------------

    def _queue(self, sealed: Sealed) -> None:
        super()._queue(sealed)
        if self.source is not None and sealed.records:
            self._sources[sealed] = self.source

    def kept(self, groups: Sequence[Sealed]) -> list[Sealed]:
        """Take the store's word as every realm does; note whom that which follows comes from."""
        batch = super().kept(groups)
        for one in batch:
            source = self._sources.pop(one, None)
            if source is None:
                continue
            for name in one.records.keys() & self._worlds.keys():
                world = self._worlds[name].world
                for record in one.records[name]:
                    if record.kind in world.reactions:
                        self._due[name, record.seq] = source
                    if record.kind in world.adapters:
                        self._open[name, record.seq] = source
        return batch

    def _fall(self, sealed: Sealed, error: WorldloomError) -> None:
        super()._fall(sealed, error)
        self._sources.pop(sealed, None)

    # -- reactions -----------------------------------------------------------------------------

    def react(self, limit: int = 1_000) -> int:
        """Run reactions as every realm does."""
        seen = super().react(limit)
        if self._due and not any(live.follow.due for live in self._awake()):
            self._due.clear()
        return seen

    def respond(self, world: str, reaction: Reaction, event: Event) -> None:
        """Run a reaction, and tell its span: most who listen are not concerned, and have none."""
        if issubclass(reaction.kind, Input):
            self._respond_at_once(world, reaction, event)
            return
        source = self._due.get(self._about)
        span = self._follows(REACTION, source, reaction=reaction.name, world=world)
        span.set_attributes(named({"event": self._about[1]}))
        self._reacting = span
        self.inside = span.get_span_context()
        self.source = Source(self.inside, source.command if source else None)
        super().respond(world, reaction, event)

    def _respond_at_once(self, world: str, reaction: Reaction, event: Event) -> None:
        """Run a reaction to what a visitor does: it is a part of the very step that it is in."""
        before, command = self.inside, self.source.command if self.source else None
        source = Source(before, command) if before else None
        span = self._follows(REACTION, source, reaction=reaction.name, world=world)
        self.inside = span.get_span_context()
        try:
            super().respond(world, reaction, event)
        except Exception as error:
            fails(span, error)
            raise
        finally:
            self.inside = before
            span.end()

    def _attempt(
        self,
        live: LiveWorld,
        cause: str,
        actor: str,
        run: Run,
        cursors: tuple[Cursor, ...] = (),
        depth: int = 0,
    ) -> Sealed | None:
        if not cause.startswith("on:"):
            return super()._attempt(live, cause, actor, run, cursors, depth)
        self._about = live.name, int(cause.split(":", 2)[1])
        try:
            sealed = super()._attempt(live, cause, actor, run, cursors, depth)
            if self._reacting is not None and sealed is not None and sealed.wrote:
                self._reacting.set_attributes(named({"seq": sealed.wrote}))
            return sealed
        finally:
            if self._reacting is not None:
                self._reacting.end()
            self._reacting = self.source = self.inside = None

    def remember(self, world: str, cause: str, error: WorldloomError) -> None:
        """Take note of a failure as every realm does."""
        if self._reacting is not None:
            fails(self._reacting, error)
        super().remember(world, cause, error)

    # -- adapters ------------------------------------------------------------------------------

    def performs(self, pending: Pending) -> Span:
        """Begin the span of one try of a request."""
        world, seq = pending.world, pending.seq
        source, kind = self._open.get((world, seq)), type(pending.request).__kind__.name
        span = self._follows(ADAPTER, source, request=kind, world=world, event=seq)
        span.set_attributes(named({"try": pending.tries + 1}))
        self._performing[pending] = span
        return span

    def answer(
        self, pending: Pending, outcome: Event | BaseException, actor: str = SYSTEM
    ) -> Sealed | None:
        """Log what came of a request as every realm does; with it the span of this try ends."""
        span = self._performing.get(pending)
        of = self._open.get((pending.world, pending.seq))
        if span is not None:
            self.source = Source(span.get_span_context(), of.command if of else None)
            if isinstance(outcome, BaseException):
                fails(span, outcome)
        try:
            sealed = super().answer(pending, outcome, actor)
        finally:
            self.source = None
        if span is not None and sealed is not None:
            span.set_attributes(named({"seq": sealed.wrote}))
        if pending.seq not in self._worlds[pending.world].follow.open:
            self._open.pop((pending.world, pending.seq), None)
        self.ends(pending)
        return sealed

    def ends(self, pending: Pending) -> None:
        """End the span of a try, if it has not ended: a server that stops leaves a request open."""
        span = self._performing.pop(pending, None)
        if span is not None:
            span.end()


def fails(span: Span, error: BaseException) -> None:
    """Note an error by its code; whatever is no visitor's fault is one of the span."""
    code = error.code if isinstance(error, WorldloomError) else type(error).__name__
    span.set_attribute("error.type", code)
    if not isinstance(error, Refused):
        span.set_status(Status(StatusCode.ERROR, code))


def named(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return attributes under their full names."""
    return {f"{NAME}.{name}": value for name, value in facts.items()}
