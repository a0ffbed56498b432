"""Two hundred real sockets at once: everyone has the same world, and a slow one delays nobody."""

from __future__ import annotations

import asyncio
import math
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.agent import Agent
from tests.server.asking import Site
from tests.server.test_protocol import closed, line, said
from worldloom.sync import wire
from worldloom.sync.messages import VERSION, Close, Hello
from worldloom.testing import Robot
from worldloom.testing.fixtures import Server

CROWD = 200
ENTERING = 20
"""So many come in at the same time."""


class Passer(Robot):
    """A robot that does not look at the others, unless it is told to: two hundred share a core."""

    looks = False

    def _received(self, data: bytes) -> None:
        if self.looks or data[0] != wire.MOTION:
            super()._received(data)

    def stop_reading(self) -> None:
        """Let what comes lie, in as little room as the system gives."""
        self._room(2_048).pause_reading()

    def read_on(self) -> None:
        """Take what lies there."""
        self._room(1_048_576).resume_reading()

    def _room(self, size: int) -> asyncio.Transport:
        assert self._transport is not None
        line = self._transport.underlying_transport
        line.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
        return line


@pytest.fixture(scope="module")
def hall(hello_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve a world of their own."""
    server = Server(tmp_path_factory.mktemp("hall") / "realm.loom", str(hello_file)).start()
    yield Site(server)
    assert server.stop() == 0
    assert server.errors == []


def metric(site: Site, name: str) -> float:
    text = site.nobody.get("/metrics").body.decode()
    line = next(line for line in text.splitlines() if line.startswith(f"worldloom_{name} "))
    return float(line.split()[1])


def at(place: int, turn: float) -> tuple[float, float, float]:
    """Return a spot on a small ring of one's own, all of them in one cell."""
    angle = turn + place
    x, z = 8 + 1.3 * (place % 15), 8 + 1.3 * (place // 15)  # strangers keep their distance
    return x + 0.3 * math.cos(angle), 0.0, z + 0.3 * math.sin(angle)


async def enter(site: Site, stack: list[Passer]) -> None:
    """Let the crowd in, some at a time."""
    room = asyncio.Semaphore(ENTERING)

    async def one(number: int) -> None:
        robot = Passer(site.server.world("hello"), f"Robot {number}", patience_seconds=60)
        async with room:
            await robot.__aenter__()
        stack.append(robot)

    await asyncio.gather(*(one(number) for number in range(CROWD)))


async def walk_until_one_is_slow(site: Site, crowd: list[Passer], slow: Passer) -> None:
    """Let all walk in rings until the server leaves frames out for who does not read."""
    slow.stop_reading()
    turn = 0.0
    while not (await asyncio.to_thread(metric, site, "motion_frames_skipped_total")):
        for _ in range(10):
            turn += 0.2
            for place, robot in enumerate(crowd):
                robot.walk(*at(place, turn))
            await asyncio.sleep(0.05)


async def meet(site: Site, crowd: list[Passer]) -> None:
    await enter(site, crowd)
    for robot in crowd:
        await robot.wait_until(lambda one: len(one.visitors()) == CROWD)
    visitors = [robot.visitor for robot in crowd]
    assert len(set(visitors)) == CROWD
    slow, quick = crowd[0], crowd[1]
    slow.looks = quick.looks = True
    await asyncio.gather(*(robot.go(*at(place, 0.0)) for place, robot in enumerate(crowd)))
    await walk_until_one_is_slow(site, crowd, slow)
    # While one does not read, the others click, and everyone's click counts.
    answers = await asyncio.gather(*(robot.do("click", entity="lantern") for robot in crowd[1:]))
    assert len({answer.seq for answer in answers}) == CROWD - 1
    for place, robot in enumerate(crowd[1:], 1):
        robot.walk(*at(place, 0.0), animation=0)
    await quick.wait_until(lambda one: all_stand(one, crowd))
    assert slow.seq < quick.seq, "what was not read was not seen"
    slow.read_on()
    await slow.wait_until(lambda one: all_stand(one, crowd))
    assert [robot.visitor for robot in crowd] == visitors, "somebody was thrown out"


def all_stand(one: Passer | Robot, crowd: list[Passer]) -> bool:
    """Tell whether a robot sees everyone else where they went last."""
    known = one.visitors()
    for place, robot in enumerate(crowd):
        if robot.visitor not in known:
            return False  # the news of them is on its way
        seen = known[robot.visitor].position
        if robot is one or place == 0:
            continue
        if seen is None or math.dist(seen, at(place, 0.0)) > 0.02:
            return False
    return True


def test_two_hundred_at_once_see_the_same_and_a_slow_one_delays_nobody(hall: Site) -> None:
    async def main() -> None:
        crowd: list[Passer] = []
        try:
            await meet(hall, crowd)
            head = (await asyncio.to_thread(hall.nobody.get, "/api/worlds/hello")).json
            assert head["visitors"] == CROWD
            for robot in crowd:
                await robot.wait_until(lambda one: one.seq == head["seq"])
            assert {robot.state_hash() for robot in crowd} == {head["state_hash"]}
        finally:
            await asyncio.gather(*(robot.close() for robot in crowd))

    asyncio.run(main())
    lit = hall.nobody.get("/api/worlds/hello/state").json["entities"]
    lamp = next(one for one in lit.values() if one["name"] == "lantern")
    assert lamp["components"]["hello.Lamp"]["lit"] is bool((CROWD - 1) % 2), "a click was lost"


@pytest.fixture(scope="module")
def narrow(hello_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve a world for one at a time, where one more may wait."""
    realm = tmp_path_factory.mktemp("narrow") / "realm.loom"
    server = Server(realm, str(hello_file), limits={"waiting_visitors_max": 1}).start()
    site = Site(server)
    assert site.owner().act("hello", "set_entry", visibility="public", capacity=1).status == 200
    yield site
    assert server.stop() == 0


def test_where_the_queue_is_full_a_guest_is_refused_at_once_and_who_is_known_is_heard(
    narrow: Site,
) -> None:
    site = narrow

    async def come() -> None:
        async with Robot(site.server.world("hello")), line(site, close_timeout=0.2) as waits:
            await waits.send(wire.encode(Hello(VERSION)))
            assert (await said(waits))["type"] == "queued"
            async with line(site, close_timeout=0.2) as guest:
                news = await said(guest)
                assert news["error"]["code"] == "busy_entrance", "before it has said hello"
                assert (await closed(guest))[0] == Close.TRY_LATER
            async with line(
                site, close_timeout=0.2, additional_headers={"Cookie": "worldloom=1"}
            ) as known:
                await known.send(wire.encode(Hello(VERSION)))
                assert (await said(known))["error"]["code"] == "busy_entrance"
        assert metric(site, "crowd_turned_away_total") == 2

    asyncio.run(come())


def test_a_full_world_is_told_as_such_at_every_door_and_let_in_as_somebody_goes(
    narrow: Site,
) -> None:
    world, hidden = narrow.server.world("hello"), narrow.secret()
    browser, _ = narrow.bearer(account="scout", role="member", agent=True)
    agent, guest = Agent(browser, "hello"), narrow.guest()

    async def come() -> None:
        async with Robot(world, name="Zoe"):
            async with Robot(world, token=hidden) as owner:
                assert owner.role == "owner", "owners find room"
                await owner.wait_until(lambda one: len(one.visitors()) == 2)
            async with line(narrow, close_timeout=0.2) as waits:
                await waits.send(wire.encode(Hello(VERSION)))
                told = await said(waits)
                assert (told["type"], told["place"], told["why"]) == ("queued", 1, "full")
                assert agent.call("go", position=[1, 0, 1]).error == "busy_entrance"
            while agent.call("go", position=[1, 0, 1]).error != "world_full":
                await asyncio.sleep(0.1)  # until the server has heard that they wait no more
            error = agent.call("go", position=[1, 0, 1]).content["error"]
            assert error["retry_after_seconds"] > 0
            assert "you are number 1 of those who wait" in error["untrusted"]["message"]
            # Whoever is not in it may do what takes no place, and go nowhere.
            assert agent.call("look").content["you"] is None
            assert agent.call("say", text="from outside").content.get("you") is None
            assert guest.act("hello", "say", text="from outside").status == 200
            gone = guest.act("hello", "go", position=[1, 0, 1])
            assert (gone.status, gone.code) == (409, "not_here")
        on_the_way = ("world_full", "busy_entrance")
        while (moved := agent.call("go", position=[1, 0, 1])).error in on_the_way:
            await asyncio.sleep(0.1)
        assert not moved.failed, moved.content
        assert moved.content["you"] and agent.call("leave").content == {"left": True}

    asyncio.run(come())
