"""An engine that tells what every command goes through, as spans of OpenTelemetry.

    command                         door, world, action, seq, error code
    ├── door                        who asks is found out, the arguments are read, the turn comes
    ├── decide                      the action runs
    │   ├── reaction                what an author's `on` does at once, as for a click
    │   └── fold                    its events change the state in memory
    ├── durable                     the group waits for the disk
    ├── broadcast                   its records and answers leave to all who follow
    ├── answer                      the answer over HTTP is written
    ├── reaction                    what an author's `on` does about an event of it, once durable
    └── adapter                     what it asks of the outside is carried out, try by try

A span holds no name, no argument and no words of anybody. What its client sent as `traceparent`
(W3C Trace Context) is its parent.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Span, SpanContext, SpanKind, Tracer, set_span_in_context, use_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from worldloom.kernel.decider import Question
from worldloom.kernel.followups import Cursor, Pending
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import Sealed, Stream
from worldloom.kernel.ports import Clock, Entropy, Store
from worldloom.kernel.realm import Command, Decision
from worldloom.kernel.step import Step
from worldloom.server.engine import Engine
from worldloom.server.errands import Errand
from worldloom.server.traced_after import NAME, FollowedRealm, Source, fails, named
from worldloom.server.version import VERSION


class Life:
    """One command on its way: its span, and the step that it is in."""

    def __init__(self, tracer: Tracer, whole: Span, by_socket: bool) -> None:
        self.by_socket = by_socket
        """It ends when all is seen, as its answer leaves with it; else when that is written."""
        self._tracer = tracer
        self._whole: Span | None = whole
        self._context = set_span_in_context(whole)
        self._step: Span | None = None
        self.source = Source(whole.get_span_context(), whole.get_span_context())
        """What follows from it comes from here, also after its end."""

    def goes_on(self, step: str, at: int | None = None, **facts: str | int) -> None:
        """End the step that it is in and begin the next; `at` in nanoseconds UTC, now if None."""
        if self._whole is None:
            return
        if self._step is not None:
            self._step.end(at)
        self._step = self._tracer.start_span(
            step, self._context, attributes=named(facts), start_time=at
        )

    @property
    def inside(self) -> SpanContext:
        """The step that it is in, or all of it."""
        return self.source.by if self._step is None else self._step.get_span_context()

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Put a span of its own into the step that it is in."""
        inside = self._context if self._step is None else set_span_in_context(self._step)
        with self._tracer.start_as_current_span(name, inside, record_exception=False):
            yield

    def learns(self, **facts: str | int) -> None:
        """Add what is known by now."""
        if self._whole is not None:
            self._whole.set_attributes(named(facts))

    def fails(self, error: BaseException) -> None:
        """Note a refusal by its code; whatever is no visitor's fault is an error.

        The message stays out: it may hold people's words.
        """
        for span in (self._step, self._whole):
            if span is not None:
                fails(span, error)

    def ends(self) -> None:
        """End its spans; what comes later is not told any more."""
        if self._step is not None:
            self._step.end()
        if self._whole is not None:
            self._whole.end()
        self._step = self._whole = None


@dataclass(frozen=True)
class Arrival:
    """A request at the door: when it came (ns UTC), by which door, and whose span it is part of."""

    at: int
    door: str
    parent: Context
    lives: list[Life] = field(default_factory=list)


_arrival: ContextVar[Arrival | None] = ContextVar("arrival", default=None)


class TracedRealm(FollowedRealm):
    """A realm that tells how commands are decided, and what follows from them."""

    def __init__(self, store: Store, clock: Clock, entropy: Entropy) -> None:
        super().__init__(store, clock, entropy)
        self.asked: dict[int, Life] = {}
        """Commands that came by HTTP and wait for their turn, by their object's id."""
        self.waiting_lives: dict[Sealed, list[Life]] = {}
        self._deciding: Life | None = None

    def begin(self, command: Command, arrival: Arrival | None) -> Life:
        """Begin to follow a command; who came by no request came by a socket."""
        facts = {
            "world": command.world[: LIMITS.name_characters_max],
            "action": command.action[: LIMITS.name_characters_max],
            "door": "socket" if arrival is None else arrival.door,
        }
        whole = self.tracer.start_span(
            "command",
            Context() if arrival is None else arrival.parent,
            SpanKind.SERVER,
            attributes=named(facts),
            start_time=None if arrival is None else arrival.at,
        )
        life = Life(self.tracer, whole, arrival is None)
        if arrival is not None:
            arrival.lives.append(life)
            life.goes_on("door", arrival.at)
        return life

    def do(self, command: Command, now: int | None = None) -> Decision:
        """Decide a command as every realm does."""
        known = self.asked.pop(id(command), None)
        life = known or self.begin(command, None)
        life.goes_on("decide")
        self._deciding, self.source, self.inside = life, life.source, life.inside
        try:
            decision = super().do(command, now)
        except Exception as error:  # whose it is, the caller knows
            life.fails(error)
            if known is None:
                life.ends()
            raise
        finally:
            self._deciding = self.source = self.inside = None
        life.learns(seq=decision.seq)
        # An answer that changes nothing may still wait for what is not durable yet.
        awaited = decision.group or self.newest(command.world)
        if awaited is not None and not awaited.settled:
            life.goes_on("durable", records=sum(map(len, awaited.records.values())))
            self.waiting_lives.setdefault(awaited, []).append(life)
        elif known is None:
            life.ends()
        return decision

    def _seal(
        self,
        step: Step,
        own: Stream,
        result: Any = None,
        cursors: tuple[Cursor, ...] = (),
        question: Question | None = None,
        depth: int = 0,
    ) -> Sealed | None:
        if self._deciding is None:
            return super()._seal(step, own, result, cursors, question, depth)
        with self._deciding.part("fold"):
            return super()._seal(step, own, result, cursors, question, depth)


class TracedEngine(Engine):
    """An engine that tells when what was decided is durable, seen and answered."""

    realm: TracedRealm

    def __init__(self, store: Store, provider: TracerProvider) -> None:
        super().__init__(store, TracedRealm)
        self.realm.tracer = provider.get_tracer(NAME, VERSION)
        self._told: list[tuple[Sealed, list[Life]]] = []
        self.on_settled.append(self._kept)

    def start(self) -> None:
        """Begin to tick; whoever shows people what is durable has said so by now."""
        self.on_settled.append(self._seen)
        super().start()

    def do(self, command: Command) -> asyncio.Future[Decision]:
        """Decide a command as every engine does."""
        arrival = _arrival.get()
        life = self.realm.begin(command, arrival or Arrival(time.time_ns(), "server", Context()))
        self.realm.asked[id(command)] = life
        future = super().do(command)

        def answered(done: asyncio.Future[Decision]) -> None:
            self.realm.asked.pop(id(command), None)  # it may have been given up before its turn
            life.goes_on("answer")
            if arrival is None or done.cancelled():
                life.ends()

        future.add_done_callback(answered)
        return future

    async def _perform(self, pending: Pending, errand: Errand) -> None:
        span = self.realm.performs(pending)
        try:
            # An adapter that is traced itself finds this span as its own's parent.
            with use_span(span, record_exception=False, set_status_on_exception=False):
                await super()._perform(pending, errand)
        finally:
            self.realm.ends(pending)

    def _kept(self, batch: Sequence[Sealed]) -> None:
        """Hear first what the disk said, before anybody is shown it."""
        at, waiting = time.time_ns(), self.realm.waiting_lives
        self._told = [(sealed, waiting.pop(sealed)) for sealed in batch if sealed in waiting]
        for sealed, lives in self._told:
            for life in lives:
                if sealed.error is None:
                    life.goes_on("broadcast", at)
                else:
                    life.fails(sealed.error)

    def _seen(self, batch: Sequence[Sealed]) -> None:
        """Hear last, when records and answers have left by every socket."""
        for _, lives in self._told:
            for life in lives:
                if life.by_socket:
                    life.ends()
        self._told = []


class Door:
    """Stands before the application, and notes when requests come and whose trace they are of."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._propagator = TraceContextTextMapPropagator()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; the commands that it asked for end with its answer."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        sent = {name: headers[name] for name in self._propagator.fields if name in headers}
        parent = self._propagator.extract(sent, Context())
        door = "mcp" if scope["path"].startswith("/mcp") else "http"
        arrival = Arrival(time.time_ns(), door, parent)
        token = _arrival.set(arrival)
        try:
            await self._app(scope, receive, send)
        finally:
            _arrival.reset(token)
            for life in arrival.lives:
                life.ends()
