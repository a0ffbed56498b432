"""The HTTP protocol class of the one port: uvicorn's, with bounds on bytes and on time.

uvicorn bounds neither: a head or a trailer without end would fill the memory, one that stops in
the middle would hold its connection for ever, and so would an answer that nobody reads.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable
from http import HTTPStatus
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from worldloom.kernel.errors import Invalid, OverLimit, Refused, Unavailable, WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.server.protocol import LINGER_SECONDS, SocketProtocol
from worldloom.server.replies import Json
from worldloom.server.storm import CLOSED, answer_at_once

SWEEP_SECONDS = 0.5
"""How often every open connection is asked whether its time is up."""


class TooSlowRequest(Refused):
    """A request that takes longer to arrive than its bytes explain."""

    code = "request_timeout"
    status = 408


class Crowded(Unavailable):
    """A request that takes its time while many others wait."""

    code = "crowded"


class HeadProtocol(HttpToolsProtocol):
    """One connection, cut where a part of a request is too long, too slow, or not HTTP at all."""

    _quiet_bytes = 0
    """Bytes that came since the parser last said what they are."""
    _in_head = True
    _has_begun = False
    """Whether any byte of the next request came."""
    _body_bytes = 0
    _due = math.inf
    """When what is under way of a request must be here, in the loop's time."""
    _drain_due = math.inf
    """When the client must have read some of what waits for it."""
    _since = 0.0
    """Since when it waits for a request."""
    is_let_past = False
    """Whether who asked was told by then that there is room; set by who takes connections in."""
    _turned_away = False
    """Whether it was told that there is no room: what still comes is passed over."""
    _waiting: ClassVar[dict[HeadProtocol, None]] = {}
    """Connections on which no whole head came yet, or none since the last answer; oldest first."""

    # What the transport tells

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin: a first request must follow."""
        super().connection_made(transport)
        self._due = self.loop.time() + LIMITS.head_seconds_max
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._waiting.pop(self, None)
        super().connection_lost(exc)

    def _wait(self) -> None:
        """Note that the client is to ask for something; of too many, the oldest must go.

        Who really asks is among them for a moment only, however many others hold a line open. All
        that come in one moment are here before the first of them is read.
        """
        self._waiting[self] = None
        self._since = self.loop.time()
        if len(self._waiting) > LIMITS.waiting_connections_max:
            oldest = next(iter(self._waiting))
            is_new = self._since - oldest._since < LIMITS.waiting_seconds_min
            if is_new and len(self._waiting) <= LIMITS.sockets_max:
                return
            del self._waiting[oldest]
            oldest._refuse(Crowded("too many connections wait for their request", "ask at once"))

    def data_received(self, data: bytes) -> None:
        """Take bytes; refuse with 431 where they are over the limit and still belong to nothing."""
        if self.transport.is_closing():
            return
        if self._turned_away:
            if CLOSED in data:  # its answer to our close; nothing else of it is looked at
                self.transport.close()
            return
        is_new = not (self._has_begun or self.is_let_past)
        if is_new and (answer := answer_at_once(SocketProtocol.gate, data)):
            self._turned_away, self._due = True, math.inf
            self._waiting.pop(self, None)
            self.transport.write(answer)
            self.loop.call_later(LINGER_SECONDS, self.transport.close)
            return
        if self._in_head and self._due == math.inf:
            self._due = self.loop.time() + LIMITS.head_seconds_max
        self._has_begun = True
        self._quiet_bytes += len(data)
        super().data_received(data)
        if self._quiet_bytes > LIMITS.head_bytes_max and not self.transport.is_closing():
            most = LIMITS.head_bytes_max
            self._refuse(
                OverLimit(
                    f"the address and headers are over {most} bytes", "send less", code="too_large"
                ),
                431,
            )

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, in the one form of errors."""
        self._refuse(
            Invalid("this is no HTTP request", "send HTTP/1.1 as RFC 9112 has it", code="bad_http"),
            400,
        )

    def pause_writing(self) -> None:
        """Note that an answer is not read; it will not be kept for ever."""
        super().pause_writing()
        self._drain_due = self.loop.time() + LIMITS.drain_seconds_max

    def resume_writing(self) -> None:
        """Note that it is read."""
        self._drain_due = math.inf
        super().resume_writing()

    # What the parser tells

    def on_message_begin(self) -> None:
        """Count from here: a new request begins."""
        super().on_message_begin()
        self._in_head, self._has_begun, self._quiet_bytes = True, True, 0
        self._due = self.loop.time() + LIMITS.head_seconds_max

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; those that come after a body are passed over, however many they are."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Wait for the body from here on; raises where too much is asked ahead."""
        self._waiting.pop(self, None)
        self._in_head, self._quiet_bytes, self._body_bytes = False, 0, 0
        self._due = self.loop.time() + LIMITS.body_seconds_max
        if len(self.pipeline) >= LIMITS.pipelined_requests_max:
            raise ValueError("too many requests ahead of their answers")
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of a body, whose sender earns time by it."""
        self._quiet_bytes = 0
        self._body_bytes += len(body)
        # What came fast is no credit: a body that then stops would hold its place for half an hour.
        earned = self._due + len(body) / LIMITS.body_bytes_per_second_min
        self._due = min(earned, self.loop.time() + LIMITS.body_seconds_max)
        if self._body_bytes > LIMITS.asset_bytes_max and self.cycle.response_complete:
            raise ValueError("a body goes on that nobody reads")
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Stop the clock: the request is whole."""
        self._in_head, self._has_begun, self._quiet_bytes = True, False, 0
        self._due = math.inf
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request, unless it is here."""
        super().on_response_complete()
        if not self.pipeline and not self.transport.is_closing():
            self._wait()

    # Time

    def check_time(self, now: float) -> None:
        """Cut the connection where its client lets us wait too long; `now` is the loop's time."""
        if now > self._drain_due:
            # What waits for a client that does not read is thrown away.
            self.transport.abort()
        elif now > self._due and not self.transport.is_closing() and not self.flow.read_paused:
            self._refuse(
                TooSlowRequest("the request did not come in time", "send it whole, and at once")
            )

    def _refuse(self, error: WorldloomError, status: int = 0) -> None:
        """Say why and close; in silence where nothing was asked, or another answer is under way."""
        self._due = math.inf
        cycle = self.cycle
        is_unanswered = not self.pipeline and (
            cycle is None
            or (cycle.response_complete if self._in_head else not cycle.response_started)
        )
        if is_unanswered and self._has_begun:
            status = status or error.status
            answer = Json(error.wire(), status, {"Connection": "close"})
            head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode()
            lines = b"".join(b"%s: %s\r\n" % pair for pair in answer.raw_headers)
            self.transport.write(head + lines + b"\r\n" + answer.body)
        if cycle is not None and not cycle.response_complete:
            # Who reads the body hears that it will not come, and then answers nobody.
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.close()


async def sweep(connections: Iterable[object]) -> None:
    """Ask every open connection again and again whether its time is up."""
    clock = asyncio.get_running_loop().time
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        now = clock()
        for connection in tuple(connections):
            if isinstance(connection, HeadProtocol):
                connection.check_time(now)
