"""Who speaks WebSocket itself, below every message: frames that no page sends, by plain sockets."""

from __future__ import annotations

import base64
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import pytest

from tests.server.asking import Site
from worldloom.kernel.limits import LIMITS
from worldloom.sync.messages import SUBPROTOCOL, VERSION, Close, Hello
from worldloom.sync.wire import encode

BINARY, CLOSE, PING, PONG = 0x82, 0x88, 0x89, 0x8A
MANY = 4 * LIMITS.floods_burst_max


def frame(kind: int, data: bytes = b"") -> bytes:
    """Return a whole frame of a client, masked by zeros; up to 65,535 bytes."""
    size = len(data)
    head = bytes((kind, 0x80 | size)) if size < 126 else struct.pack(">BBH", kind, 0xFE, size)
    return head + bytes(4) + data


class Line:
    """A plain socket after its upgrade."""

    def __init__(self, raw: socket.socket) -> None:
        self._raw = raw

    def send(self, data: bytes) -> None:
        self._raw.sendall(data)

    def _take(self, size: int) -> bytes:
        taken = b""
        while len(taken) < size:
            more = self._raw.recv(size - len(taken))
            if not more:
                raise EOFError
            taken += more
        return taken

    def frames(self) -> Iterator[tuple[int, bytes]]:
        """Yield (first byte, payload) until the close frame or the end of the line."""
        with suppress(EOFError, ConnectionError):
            while True:
                kind, size = self._take(2)
                if size == 126:
                    (size,) = struct.unpack(">H", self._take(2))
                elif size == 127:
                    (size,) = struct.unpack(">Q", self._take(8))
                yield kind, self._take(size)
                if kind == CLOSE:
                    return


@contextmanager
def inside(site: Site, world: str = "hello", more: str = "") -> Iterator[Line]:
    """Say hello over a plain socket."""
    parts = urlsplit(site.server.url)
    key = base64.b64encode(os.urandom(16)).decode()
    head = (
        f"GET /w/{world}/live HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: {SUBPROTOCOL}\r\n{more}\r\n"
    )
    where = (parts.hostname or "", parts.port or 80)
    with socket.create_connection(where, timeout=20) as raw:
        raw.sendall(head.encode())
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += raw.recv(1)
        assert answer.startswith(b"HTTP/1.1 101")
        raw.sendall(frame(BINARY, encode(Hello(VERSION, "Ann"))))
        yield Line(raw)


def test_a_ping_is_answered_by_its_own_words(site: Site) -> None:
    with inside(site) as line:
        for word in (b"", b"still there?", bytes(125)):
            line.send(frame(PING, word))
        pongs = (data for kind, data in line.frames() if kind == PONG)
        assert [next(pongs) for _ in range(3)] == [b"", b"still there?", bytes(125)]


@pytest.mark.parametrize("kind", [PING, PONG])
def test_a_flood_of_control_frames_is_ended_with_4008(site: Site, kind: int) -> None:
    """Each ping had its pong, however many: who read none filled the server's memory by them."""
    with inside(site) as line:
        line.send(frame(kind, bytes(125)) * MANY)
        line.send(frame(CLOSE, b"\x03\xe8"))
        found = list(line.frames())
    assert found[-1][0] == CLOSE and found[-1][1][:2] == Close.RATE.to_bytes(2, "big")
    pongs = [data for kind, data in found if kind == PONG]
    assert len(pongs) <= LIMITS.floods_burst_max + LIMITS.floods_per_second_max * 20
    assert site.guest().act("hello", "add", one=1).status == 200


def test_who_floods_on_after_the_end_is_not_read_any_more(site: Site) -> None:
    """It has a few seconds to hear why; what it sends meanwhile kept the server from all others."""
    most, sent = 64 * 1024 * 1024, 0
    with inside(site) as line:
        line.send(frame(PONG) * MANY)
        assert [data for kind, data in line.frames() if kind == CLOSE], "it was told"
        piece = frame(PONG, bytes(125)) * 1_000
        with suppress(OSError):
            while sent < most:
                line.send(piece)
                sent += len(piece)
    assert sent < most
