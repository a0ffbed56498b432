"""The live socket under harmed, oversized, flooding and lying messages."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from typing import Any
from urllib.parse import urlsplit

import msgspec
import websockets
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.fuzz.judging import Bug, check_error
from tests.fuzz.values import NUMBERS, WORDS, anything, harmed
from tests.server.asking import Site
from worldloom.kernel.limits import LIMITS
from worldloom.sync import wire
from worldloom.sync.messages import SUBPROTOCOL, VERSION, Do, Hello, Ping
from worldloom.testing import Robot

ACTIONS = ("say", "go", "click", "spawn", "set", "undo", "add", "nothing", "be_recorded")
FIELDS = ("text", "position", "entity", "name", "one", "on", "fields", "component")
CLOSES = {1000, 1001, 1002, 1003, 1007, 1009, 1012, 1013}
"""Codes of the WebSocket protocol itself; the house's own are 4000 and above."""


class WireDoor:
    """One running server and a steady robot inside, whom nothing may touch."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def case(self, seed: int) -> None:
        """Send odd frames on a line; raises Bug unless all is answered or the line is closed."""
        chance = random.Random(seed)
        if chance.random() < 0.1:
            self._raw(chance)
        else:
            asyncio.run(self._case(chance))
        if seed % 25 == 0:
            asyncio.run(self._check_whole())

    def _raw(self, chance: random.Random) -> None:
        """Upgrade by hand and send frames that break the WebSocket protocol itself."""
        parts = urlsplit(self.site.server.url)
        ask = (
            f"GET /w/hello/live HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: Upgrade\r\n"
            f"Upgrade: websocket\r\nSec-WebSocket-Protocol: {SUBPROTOCOL}\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        ).encode()
        data = wire.encode(Hello(VERSION, "Raw"))
        hello = b"\x82" + bytes([0x80 | len(data)]) + bytes(4) + data  # masked with zeros
        with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=60) as line:
            try:
                line.sendall(ask + harmed(chance, hello) + harmed(chance, hello))
                line.shutdown(socket.SHUT_WR)
                while line.recv(65_536):
                    pass
            except TimeoutError as error:
                raise Bug("a line that is neither answered nor closed") from error
            except OSError:
                return

    async def _case(self, chance: random.Random) -> None:
        url = self.site.server.url.replace("http", "ws") + "/w/hello/live"
        with contextlib.suppress(websockets.WebSocketException, OSError):
            async with connect(
                url, subprotocols=[Subprotocol(SUBPROTOCOL)], max_size=None, open_timeout=30
            ) as line:
                try:
                    if chance.random() < 0.85:
                        await line.send(wire.encode(Hello(VERSION, "Fuzz")))
                    for frame in frames(chance):
                        await line.send(frame)
                    await line.send(wire.encode(Ping(77)))
                    await asyncio.wait_for(self._listen(line), 30)
                except TimeoutError:
                    raise Bug("a line that is neither answered nor closed") from None
                except websockets.ConnectionClosed as end:
                    self._check_close(end)

    async def _listen(self, line: ClientConnection) -> None:
        """Take what comes until the answer to the last ping."""
        while True:
            data = await line.recv()
            if not isinstance(data, bytes) or not data:
                raise Bug(f"a frame that is no frame: {data!r}"[:200])
            if data[0] == 0:
                message: Any = wire.decode_from_server(data)
                error = getattr(message, "error", None)
                if error is not None:
                    check_error(msgspec.to_builtins(error) | {})
                if type(message).__name__ == "Pong" and message.id == 77:
                    return

    def _check_close(self, end: websockets.ConnectionClosed) -> None:
        if end.rcvd is not None and end.rcvd.code < 4000 and end.rcvd.code not in CLOSES:
            raise Bug(f"closed with {end.rcvd}")

    async def _check_whole(self) -> None:
        async with Robot(self.site.server.world("hello"), "Steady", patience_seconds=60) as robot:
            answer = await robot.do("add", one=1)
            if answer.result != 2:
                raise Bug("the world adds otherwise")
            state = self.site.nobody.get(f"/api/worlds/hello/state?seq={robot.seq}").json
            if state["state_hash"] != robot.state_hash():
                raise Bug("a robot sees another world than the log")


def frames(chance: random.Random) -> list[bytes | str]:
    """Return what a broken or hostile client sends after its hello."""
    roll = chance.random()
    if roll < 0.05:
        return [wire.encode(Ping(n)) for n in range(LIMITS.commands_burst_max + 500)]
    if roll < 0.08:
        return [bytes(LIMITS.message_bytes_max + 1)]
    if roll < 0.11:
        return ["text", "\ud7ff"]
    return [frame(chance) for _ in range(chance.randrange(1, 8))]


def frame(chance: random.Random) -> bytes:
    """Return one frame."""
    roll = chance.random()
    if roll < 0.3:
        args = {chance.choice(FIELDS): anything(chance, 2) for _ in range(chance.randrange(3))}
        with contextlib.suppress(OverflowError, UnicodeEncodeError):
            return wire.encode(Do(chance.randrange(2**31), chance.choice(ACTIONS), args))
    if roll < 0.5:
        head = bytes([wire.POSE, chance.randrange(256)])
        return head + chance.randbytes(wire.POSE_FORM.size - 2)
    if roll < 0.7:
        version = chance.choice((VERSION, 0, -1, VERSION + 1, 2**40))
        seq = chance.choice((None, 0, -5, 10**9, 2**53))
        name = chance.choice([word for word in WORDS if len(word) < 500])
        hello = Hello(version, name, resume_seq=seq, resume_head=b"x" * 32)
        whole = wire.encode(hello)
        return harmed(chance, whole) if chance.random() < 0.5 else whole
    if roll < 0.85:
        whole = wire.encode(Do(1, "say", {"text": "hello"}))
        return harmed(chance, whole)
    body = {"type": chance.choice(("do", "hello", "ping", "x", 3)), "id": chance.choice(NUMBERS)}
    with contextlib.suppress(OverflowError):
        return b"\x00" + msgspec.msgpack.encode(body)
    return bytes([chance.randrange(256)]) + chance.randbytes(chance.randrange(60))
