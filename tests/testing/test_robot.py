"""Promised: a robot enters a real server, sees what others do, and comes back by itself."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from worldloom.kernel.errors import NotFound, Refused, Unavailable
from worldloom.testing import Robot
from worldloom.testing.fixtures import Server

Serve = Callable[..., Server]
ROOT = Path(__file__).parent.parent.parent
HELLO = str(ROOT / "examples" / "00_hello.py")


def test_two_robots_see_each_other_speak_click_and_walk(serve: Serve) -> None:
    asyncio.run(two_robots(serve(HELLO).world("hello")))


async def two_robots(url: str) -> None:
    async with Robot(url, "Ann") as ann, Robot(url, "Bob") as bob:
        answer = await ann.do("click", entity="lantern")
        await bob.wait_until(lambda robot: robot.seq >= answer.seq)
        assert bob.entity("lantern")["components"]["hello.Lamp"] == {"lit": True}
        await ann.wait_until(lambda robot: robot.seq == bob.seq)
        assert ann.state_hash() == bob.state_hash()
        said = await bob.heard()
        assert said.text == "Ann lit the lantern" and said.visitor == ""
        x, y, z = ann.position
        ann.walk(x + 1, y, z)
        await bob.wait_until(lambda robot: at(robot, ann.visitor, x + 1))
        await ann.go(3, 0, 4)
        await bob.wait_until(lambda robot: at(robot, ann.visitor, 3))
        await ann.wait_until(lambda robot: robot.position[0] == pytest.approx(3, abs=0.01))
        with pytest.raises(Refused) as refused:
            await ann.do("despawn", entity="lantern")
        assert refused.value.code == "not_allowed"
        with pytest.raises(NotFound):
            ann.entity("nothing of that name")
        assert ann.role == "visitor" and ann.account.startswith("guest:")
        assert ann.account != bob.account
    assert not ann.visitor


def at(robot: Robot, visitor: str, x: float) -> bool:
    other = robot.visitors().get(visitor)
    return other is not None and other.position is not None and abs(other.position[0] - x) < 0.02


def test_a_cut_connection_is_resumed(serve: Serve) -> None:
    asyncio.run(cut_and_resume(serve(HELLO).world("hello")))


async def cut_and_resume(url: str) -> None:
    async with Robot(url, "Ann") as ann, Robot(url, "Bob") as bob:
        first = ann.visitor
        ann.drop()
        answer = await bob.do("click", entity="lantern")
        await ann.wait_until(lambda robot: robot.core.inside and robot.visitor != first)
        await ann.wait_until(lambda robot: robot.seq >= answer.seq)
        assert ann.core.welcome is not None and ann.core.welcome.resumed
        assert not ann.history_lost


def test_a_connection_cut_in_the_handshake_is_opened_anew(serve: Serve) -> None:
    """As where a server is killed right then: nothing was open, so that nothing is told as lost."""
    asyncio.run(cut_in_the_handshake(serve(HELLO)))


async def cut_in_the_handshake(server: Server) -> None:
    cut, relays = 0, set[asyncio.Task[None]]()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal cut
        if (task := asyncio.current_task()) is not None:
            relays.add(task)
        head = await reader.readuntil(b"\r\n\r\n")
        if cut == 0 and b"/live " in head.partition(b"\r\n")[0]:
            cut += 1
            return await closed(writer)
        answers, asks = await asyncio.open_connection("127.0.0.1", server.url.rsplit(":", 1)[1])
        asks.write(head)
        await asyncio.gather(copied(reader, asks), copied(answers, writer))

    async with await asyncio.start_server(relay, "127.0.0.1", 0) as network:
        port = network.sockets[0].getsockname()[1]
        async with Robot(f"http://127.0.0.1:{port}/w/hello", "Ann") as ann:
            assert cut == 1 and ann.core.inside
        await asyncio.gather(*relays)


async def copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
    await closed(writer)


async def closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    await writer.wait_closed()


def test_a_killed_server_keeps_what_was_answered(serve: Serve, tmp_path: Path) -> None:
    server = serve(HELLO)
    seq, state_hash = asyncio.run(one_click(server))
    server.kill()
    server.start()
    found = asyncio.run(look(server.world("hello"), seq))
    assert found["components"]["hello.Lamp"] == {"lit": True} and state_hash


async def one_click(server: Server) -> tuple[int, str]:
    async with Robot(server.world("hello"), "Ann") as ann:
        answer = await ann.do("click", entity="lantern")
        return answer.seq, ann.state_hash()


async def look(url: str, seq: int) -> dict[str, dict[str, object]]:
    async with Robot(url, "Ann") as ann:
        assert ann.seq > seq
        return ann.entity("lantern")


def test_a_world_that_is_not_there_is_said_to_be_so(serve: Serve) -> None:
    server = serve(HELLO)
    with pytest.raises(NotFound):
        asyncio.run(one_visit(server.world("atlantis")))
    with pytest.raises(Refused):
        asyncio.run(one_visit(server.world("hello"), token="wrong"))


def test_waiting_ends_with_a_reason() -> None:
    async def wait() -> None:
        with pytest.raises(Unavailable) as error:
            await one_visit("http://127.0.0.1:9/w/hello", patience_seconds=0.3)
        assert error.value.code == "timed_out"

    asyncio.run(wait())


async def one_visit(url: str, token: str = "", patience_seconds: float = 10.0) -> None:
    async with Robot(url, token=token, patience_seconds=patience_seconds):
        pass


def test_a_stopped_server_leaves_with_zero(serve: Serve) -> None:
    server = serve(HELLO)
    assert server.pid and server.url.startswith("http://")
    assert server.stop() == 0
    assert not list(server.realm.parent.glob("*-wal"))
