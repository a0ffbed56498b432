"""Who takes in the connections of the one port: fast in a storm, and few at a time by TLS.

The event loops' own servers take one connection a turn from each listening socket, or make all
that a connection needs before a byte of it is read. Here those for whom there is no room are told
so before they cost more than four calls of the system.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from worldloom.kernel.limits import LIMITS
from worldloom.server.heads import HeadProtocol
from worldloom.server.protocol import LINGER_SECONDS, SocketProtocol
from worldloom.server.storm import answer_at_once

log = logging.getLogger("worldloom.porter")

AT_ONCE: Final = 256
"""Connections taken from one listening socket before all else has its turn."""
PEEK_BYTES: Final = 4_096
REST_SECONDS: Final = 1.0
"""How long none is taken where the system has no room for one, as when no file is left."""


class Porter:
    """Takes the connections of all listening sockets."""

    def __init__(self, make: Callable[[], HeadProtocol], context: ssl.SSLContext | None) -> None:
        self._make = make
        self._context = context
        self._loop = asyncio.get_running_loop()
        self._attending: list[asyncio.Task[None]] = []
        self._beginning: dict[asyncio.Task[None], float] = {}
        """Connections that are being set up, and since when; oldest first."""
        self._lingering: deque[tuple[float, socket.socket]] = deque()
        """Who was turned away at once, and when that was: they read it before they are cut."""
        self.handshakes_refused = 0
        """Connections that were cut as too many were shaking hands."""

    @property
    def handshakes(self) -> int:
        """TLS handshakes under way."""
        return 0 if self._context is None else len(self._beginning)

    def attend(self, listeners: Iterable[socket.socket]) -> None:
        """Take what comes at listening sockets, which do not block."""
        for listener in listeners:
            self._attending.append(self._loop.create_task(self._attend(listener)))

    async def close(self) -> None:
        """Take nothing more, and cut who has not begun."""
        tasks = (*self._attending, *self._beginning)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._let_go_of(len(self._lingering))

    async def _attend(self, listener: socket.socket) -> None:
        while True:
            try:
                self._take((await self._loop.sock_accept(listener))[0])
                for _ in range(AT_ONCE):
                    self._take(listener.accept()[0])
            except (BlockingIOError, InterruptedError, ConnectionError):
                pass  # no other waits, or it is gone again
            except OSError as error:
                log.error("no connection can be taken: %s", error)
                self._let_go_of(len(self._lingering))
                await asyncio.sleep(REST_SECONDS)
            except Exception:  # a boundary: one connection that cannot be taken stops no other
                log.exception("a connection was not taken")
            await asyncio.sleep(0)  # a loop that takes the next one at once has other work, too

    def _take(self, line: socket.socket) -> None:
        line.setblocking(False)
        answer = self._answer(line) if self._context is None else None
        if answer:
            self._turn_away(line, answer)
            return
        if len(self._beginning) >= LIMITS.handshakes_max and self._context is not None:
            if not self._makes_room():
                line.close()
                return
        task = self._loop.create_task(self._begin(line, is_let_past=answer is not None))
        self._beginning[task] = self._loop.time()
        task.add_done_callback(self._begun)

    async def _begin(self, line: socket.socket, is_let_past: bool) -> None:
        """Hand a connection to its protocol, by TLS once hands are shaken."""

        def make() -> HeadProtocol:
            protocol = self._make()
            protocol.is_let_past = is_let_past
            return protocol

        seconds = None if self._context is None else LIMITS.head_seconds_max
        try:
            await self._loop.connect_accepted_socket(
                make, line, ssl=self._context, ssl_handshake_timeout=seconds
            )
        except OSError:
            pass  # it is gone, speaks no TLS, or took too long

    def _begun(self, task: asyncio.Task[None]) -> None:
        self._beginning.pop(task, None)

    def _makes_room(self) -> bool:
        """Cut the handshake that has taken longest; one of this moment is not cut for another.

        Who really comes has shaken hands in two round trips, however many others hold a line open.
        """
        self.handshakes_refused += 1
        oldest, since = next(iter(self._beginning.items()))
        if self._loop.time() - since < LIMITS.waiting_seconds_min:
            return False
        del self._beginning[oldest]
        oldest.cancel()
        return True

    def _answer(self, line: socket.socket) -> bytes | None:
        """Return what is said at once to who has asked already, as `answer_at_once` does."""
        try:
            asked = line.recv(PEEK_BYTES, socket.MSG_PEEK)
        except OSError:
            return None  # nothing came yet, or it is gone
        return answer_at_once(SocketProtocol.gate, asked, promises=True)

    def _turn_away(self, line: socket.socket, answer: bytes) -> None:
        """Tell somebody that there is no room.

        Cut at once, who is still sending would lose our last words with the line.
        """
        try:
            line.recv(PEEK_BYTES)  # cut with something unread, it would take our words along
            line.send(answer)
            line.shutdown(socket.SHUT_WR)
        except OSError:
            line.close()
            return
        if not self._lingering:
            self._loop.call_later(LINGER_SECONDS, self._let_go)
        self._lingering.append((self._loop.time() + LINGER_SECONDS, line))
        self._let_go_of(len(self._lingering) - LIMITS.waiting_connections_max)

    def _let_go(self) -> None:
        """Cut those who have had their time."""
        now = self._loop.time()
        self._let_go_of(sum(due <= now for due, _ in self._lingering))
        if self._lingering:
            self._loop.call_later(self._lingering[0][0] - now, self._let_go)

    def _let_go_of(self, count: int) -> None:
        """Cut so many of those who linger, the oldest."""
        for _ in range(count):
            self._lingering.popleft()[1].close()
