"""The live socket on the one port: who gets in, what closes it, and that nothing breaks it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
import websockets
from websockets.asyncio.client import ClientConnection, connect
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader
from websockets.typing import Subprotocol

from tests.server.asking import Site
from worldloom.kernel.limits import LIMITS
from worldloom.sync.messages import SUBPROTOCOL, VERSION, Close, Do, Hello, Ping
from worldloom.sync.wire import Pose, encode, encode_pose, framed
from worldloom.testing import Robot
from worldloom.testing.fixtures import Server


def line(site: Site, world: str = "hello", protocol: str | None = SUBPROTOCOL, **more: Any) -> Any:
    url = site.server.url.replace("http", "ws") + f"/w/{world}/live"
    protocols = None if protocol is None else [Subprotocol(protocol)]
    return connect(url, subprotocols=protocols, max_size=None, **more)


async def closed(connection: ClientConnection) -> tuple[int, str]:
    """Return how the server closed it."""
    try:
        while True:
            await asyncio.wait_for(connection.recv(), 10)
    except websockets.ConnectionClosed as end:
        assert end.rcvd is not None, "the server cut the line without a word"
        return end.rcvd.code, end.rcvd.reason


async def said(connection: ClientConnection) -> dict[str, Any]:
    data = await asyncio.wait_for(connection.recv(), 10)
    assert isinstance(data, bytes)
    assert data[0] == 0
    found: dict[str, Any] = msgspec.msgpack.decode(data[1:])
    return found


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not is_so():
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("size", [1, 125, 126, 65_535, 65_536, 70_000])
def test_a_shared_frame_is_one_that_others_can_read(size: int) -> None:
    data = os.urandom(size)
    for _ in range(2):  # the second time it is remembered
        reader = StreamReader()
        reader.feed_data(framed(data))
        reading = Frame.parse(reader.read_exact, mask=False)
        with pytest.raises(StopIteration) as end:
            next(reading)
        assert (end.value.value.opcode, end.value.value.fin) == (Opcode.BINARY, True)
        assert end.value.value.data == data
    assert framed(data[:-1]) != framed(data)


def test_a_hello_is_answered_by_welcome_and_snapshot(site: Site) -> None:
    async def main() -> None:
        async with line(site) as connection:
            assert connection.subprotocol == SUBPROTOCOL
            await connection.send(encode(Hello(VERSION, "Ann")))
            assert (await said(connection))["type"] == "welcome"
            assert (await said(connection))["type"] == "snapshot"

    asyncio.run(main())


@pytest.mark.parametrize("protocol", ["worldloom.1", "other", None])
def test_another_version_is_accepted_and_then_closed_with_4010(
    site: Site, protocol: str | None
) -> None:
    async def main() -> None:
        async with line(site, protocol=protocol) as connection:
            assert connection.subprotocol == protocol
            code, reason = await closed(connection)
            assert code == 4010
            assert SUBPROTOCOL in reason

    asyncio.run(main())


@pytest.mark.parametrize(
    ("world", "headers", "code"),
    [
        ("nowhere", {}, 4004),
        ("people", {}, 4004),
        ("secret", {}, 4001),
        ("hello", {"Origin": "https://evil.example"}, 4001),
        ("hello", {"Authorization": "Bearer nonsense"}, 4001),
    ],
)
def test_who_may_not_enter_is_told_why(
    site: Site, world: str, headers: dict[str, str], code: int
) -> None:
    async def main() -> None:
        async with line(site, world, additional_headers=headers) as connection:
            if world == "secret":
                await connection.send(encode(Hello(VERSION, "Ann")))
            assert (await closed(connection))[0] == code

    asyncio.run(main())


@pytest.mark.parametrize(
    ("origin", "enters"),
    [
        ("{home}", True),
        (None, True),  # no browser; it sends no cookie that it was not given
        ("null", False),
        ("https://evil.example", False),
        ("{home}.evil.example", False),
        ("http://localhost:1", False),
        ("http://[", False),
    ],
)
def test_a_cookie_opens_a_socket_for_this_servers_own_pages_alone(
    site: Site, origin: str | None, enters: bool
) -> None:
    guest = site.guest()
    headers = dict(guest.headers)
    if origin is not None:
        headers["Origin"] = origin.replace("{home}", site.server.url)

    async def main() -> None:
        async with line(site, additional_headers=headers) as connection:
            with contextlib.suppress(websockets.ConnectionClosed):  # it is told at once
                await connection.send(encode(Hello(VERSION, "Ann")))
            first = await said(connection)
            assert first["type"] == ("welcome" if enters else "bye")
            if enters:
                assert first["account"] == guest.account
            else:
                assert first["error"]["code"] == "other_site"
                assert (await closed(connection))[0] == 4001

    asyncio.run(main())


def test_another_path_is_no_socket(site: Site) -> None:
    async def main() -> None:
        url = site.server.url.replace("http", "ws") + "/w/hello/other"
        with pytest.raises(websockets.InvalidStatus) as refused:
            async with connect(url):
                pass
        assert refused.value.response.status_code == 404

    asyncio.run(main())


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"", 4002),
        (b"\x00", 4002),
        (b"\x00\xc1", 4002),
        (b"\x07hello", 4002),
        ("text", 4002),
        (encode(Ping(1)), 4002),
        (encode(Hello(VERSION + 1, "Ann")), 4010),
        (b"\x00" + b"\x91" * 5000, 4002),
        (bytes(LIMITS.message_bytes_max + 1), 1009),
    ],
)
def test_a_bad_first_frame_closes_the_socket_and_the_world_goes_on(
    site: Site, frame: bytes | str, code: int
) -> None:
    async def main() -> None:
        async with line(site) as connection:
            await connection.send(frame)
            assert (await closed(connection))[0] == code

    asyncio.run(main())
    assert site.guest().act("hello", "add", one=1).status == 200


def test_a_socket_that_says_nothing_is_closed(site: Site) -> None:
    async def main() -> None:
        async with line(site) as connection:
            assert (await closed(connection))[0] == 4005

    asyncio.run(main())


def test_a_message_in_fragments_is_refused(site: Site) -> None:
    async def main() -> None:
        async with line(site) as connection:

            async def pieces() -> Any:
                yield b"\x00"
                yield encode(Hello(VERSION, "Ann"))[1:]

            await connection.send(pieces())
            assert (await closed(connection))[0] == 4002

    asyncio.run(main())


def test_a_flood_of_commands_is_ended_with_4008(site: Site) -> None:
    async def main() -> None:
        async with line(site) as connection:
            await connection.send(encode(Hello(VERSION, "Ann")))

            async def flood() -> None:
                with contextlib.suppress(websockets.ConnectionClosed):
                    for number in range(3_000):
                        await connection.send(encode(Do(number, "add", {"one": 1})))

            flooding = asyncio.create_task(flood())
            assert (await closed(connection))[0] == 4008
            flooding.cancel()
            await asyncio.gather(flooding, return_exceptions=True)

    asyncio.run(main())


def test_one_socket_too_many_is_told_so(hello_file: Path, tmp_path: Path) -> None:
    server = Server(tmp_path / "realm.loom", str(hello_file), limits={"sockets_max": 2}).start()

    async def main() -> None:
        async with Robot(server.world("hello"), "Ann"), Robot(server.world("hello"), "Bob"):
            async with line(Site(server)) as third:
                bye = await said(third)
                assert (bye["error"]["code"], bye["error"]["message"]) == (
                    "crowded", "the server is full"
                )  # fmt: skip
                assert (await closed(third))[0] == Close.TRY_LATER

    asyncio.run(main())
    assert server.stop() == 0


def test_a_socket_that_falls_silent_is_cut(hello_file: Path, tmp_path: Path) -> None:
    limits = {"ping_idle_seconds": 0.3, "ping_reply_seconds": 0.3}
    server = Server(tmp_path / "realm.loom", str(hello_file), limits=limits).start()

    async def main() -> None:
        async with Robot(server.world("hello"), "Ann") as ann:
            async with line(Site(server), close_timeout=0.5) as silent:
                await silent.send(encode(Hello(VERSION, "Silent")))
                await until(lambda: len(ann.visitors()) == 2)
                silent.transport.pause_reading()  # as if the other machine were gone
                await until(lambda: len(ann.visitors()) == 1)

    asyncio.run(main())
    assert server.stop() == 0


def test_a_socket_that_never_reads_costs_the_others_nothing(site: Site) -> None:
    """A slow socket gets the newest frame when it reads again, or is told to come again."""

    async def main() -> None:
        async with line(site, close_timeout=0.5) as slow:
            await slow.send(encode(Hello(VERSION, "Slow")))
            slow.transport.pause_reading()
            async with Robot(site.server.world("hello"), "Quick") as quick:
                for number in range(40):
                    answer = await quick.do("add", one=number)
                    assert answer.result == number + 1

    asyncio.run(main())


def test_raw_bytes_instead_of_websocket_break_nothing(site: Site) -> None:
    parts = urlsplit(site.server.url)
    head = (
        f"GET /w/hello/live HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\n"
        "Connection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        f"Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n"
    ).encode()
    chance = random.Random(7)
    for round_ in range(40):
        with socket.create_connection((parts.hostname, parts.port or 80), timeout=10) as raw:
            raw.sendall(head if round_ % 4 else os.urandom(200))
            answer = raw.recv(4096)
            if round_ % 4:
                assert answer.startswith(b"HTTP/1.1 101"), "Firefox's Connection header is taken"
                raw.sendall(chance.randbytes(chance.randrange(1, 3000)))
    assert site.guest().act("hello", "add", one=1).status == 200


def test_poses_of_any_bytes_are_borne(site: Site) -> None:
    async def main() -> None:
        chance = random.Random(11)
        async with Robot(site.server.world("hello"), "Watcher") as watcher:
            async with line(site) as connection:
                await connection.send(encode(Hello(VERSION, "Wild")))
                for _ in range(30):
                    await connection.send(b"\x01" + chance.randbytes(15))
                await connection.send(encode_pose(Pose(1e9, 1e9, -1e9)))
                answer = await watcher.do("add", one=1)
                assert answer.result == 2

    asyncio.run(main())


def test_visitors_come_and_go_in_the_log(site: Site) -> None:
    async def main() -> str:
        async with Robot(site.server.world("hello"), "Passing") as robot:
            return robot.visitor

    visitor = asyncio.run(main())
    head = site.nobody.get("/api/worlds/hello").json["seq"]
    for _ in range(50):
        found = site.nobody.get(f"/api/worlds/hello/events?after={max(0, head - 50)}&limit=1000")
        kinds = [r["kind"] for r in found.json["records"] if r["data"].get("visitor") == visitor]
        if kinds == ["Entered", "Left"]:
            return
    raise AssertionError(kinds)
