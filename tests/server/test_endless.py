"""Handlers that never end are stopped: the world goes on, and the server still stops when told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.asking import Browser, Reply, Site
from worldloom.stores.verify import verify
from worldloom.testing.fixtures import Server

ENDLESS = '''"""A world whose handlers do not come to their end."""

import asyncio
import sys
import time

from worldloom import Color, Event, Request, World, sphere

world = World("maze")
box = world.spawn("box", sphere(0.2), at=(0, 1, 0))


class Rang(Event):
    text: str = ""


@world.action
def fine() -> str:
    """Be fine."""
    return "fine"


@world.action
def spin() -> None:
    """Change something, then spin."""
    box[Color] = Color("#ff0000")
    while True:
        pass


@world.action
def cling() -> None:
    """Spin, and go on after what stops others."""
    while True:
        try:
            while True:
                pass
        except Exception:
            pass


@world.action
def nap() -> None:
    """Sleep."""
    time.sleep(1e6)


class Own(BaseException):
    """No Exception at all."""


class Mute(Exception):
    """Cannot even say what it is."""

    def __str__(self) -> str:
        raise ValueError("no words")


RAISED = {
    "own": Own(), "mute": Mute(), "half": ValueError("\\ud800"), "exit": SystemExit(3),
    "interrupt": KeyboardInterrupt(), "cancelled": asyncio.CancelledError(),
    "generator": GeneratorExit(), "long": ValueError("x" * 1_000_000),
}


@world.action
def throw(what: str) -> None:
    """Raise something odd."""
    raise RAISED[what]


class Call(Request):
    what: str


@world.adapter(Call)
async def reach(call: Call, key: str) -> Rang:
    await asyncio.sleep(0)
    while call.what == "spin":
        pass
    while call.what == "cling":
        try:
            await asyncio.sleep(1e6)
        except BaseException:
            pass
    if call.what == "exit":
        sys.exit(3)
    raise RAISED[call.what]


@world.action
def call(what: str) -> None:
    """Ask for something outside."""
    world.append(Call(what))


@world.on(Rang)
def answer(rang: Rang) -> None:
    while True:
        pass


@world.action
def ring() -> None:
    """Ring a bell that somebody answers without an end."""
    world.append(Rang("ding"))
'''


@pytest.fixture(scope="module")
def maze(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve it, with little patience."""
    folder = tmp_path_factory.mktemp("maze")
    (folder / "maze.py").write_text(ENDLESS)
    limits = {"handler_seconds_max": 0.5, "adapter_end_seconds_max": 0.2}
    server = Server(folder / "realm.loom", str(folder / "maze.py"), limits=limits).start()
    yield Site(server)
    assert server.stop() == 0, "".join(server.errors)
    assert verify(str(folder / "realm.loom")).ok
    assert any("maze.py, line" in line for line in server.errors), server.errors


@pytest.mark.parametrize("action", ["spin", "cling", "nap"])
def test_an_action_without_an_end_is_stopped_and_leaves_no_trace(maze: Site, action: str) -> None:
    before = maze.nobody.get("/api/worlds/maze").json["state_hash"]
    replies: list[Reply] = []
    waiting = threading.Thread(target=lambda: replies.append(maze.owner().act("maze", action)))
    waiting.start()
    # Who asks meanwhile waits no longer than the one who is stopped.
    assert maze.owner().act("maze", "fine").json["result"] == "fine"
    waiting.join()
    assert replies[0].code == "overdue"
    assert maze.nobody.get("/api/worlds/maze").json["state_hash"] == before


def test_a_reaction_without_an_end_is_stopped(maze: Site) -> None:
    assert maze.owner().act("maze", "ring").status == 200
    assert maze.owner().act("maze", "fine").json["result"] == "fine"


ODD = ("own", "mute", "half", "exit", "interrupt", "cancelled", "generator", "long")


@pytest.mark.parametrize("what", ODD)
def test_whatever_an_action_raises_is_its_refusal(maze: Site, what: str) -> None:
    assert maze.owner().act("maze", "throw", what=what).code == "handler_failed"
    assert maze.owner().act("maze", "fine").json["result"] == "fine"


@pytest.mark.parametrize("what", ["spin", *ODD])
def test_no_adapter_ends_the_server_or_holds_it_up(maze: Site, what: str) -> None:
    assert maze.owner().act("maze", "call", what=what).status == 200
    assert maze.owner().act("maze", "fine").json["result"] == "fine"


def test_an_adapter_that_does_not_end_when_told_is_left_and_the_server_ends(maze: Site) -> None:
    """Who took it back waited without an end, and so did the server when it was told to stop."""
    taken = [clinging(maze), clinging(maze)][0]
    told = maze.owner().delete(f"/api/worlds/maze/requests/{taken}").json
    assert told["state"] == "failed" and told["answer"]["data"]["code"] == "cancelled"
    assert maze.owner().act("maze", "fine").json["result"] == "fine"


def clinging(maze: Site) -> int:
    """Ask for something whose adapter goes on whatever it is told; return the request's seq."""
    assert maze.owner().act("maze", "call", what="cling").status == 200
    log = maze.owner().get("/api/worlds/maze/events?limit=1000").json["records"]
    return int([one["seq"] for one in log if one["kind"] == "maze.Call"][-1])


def test_a_server_in_a_handler_without_an_end_stops_when_told(maze: Site) -> None:
    """The fixture's end tells it: the last thing that it was asked for has no end."""
    threading.Thread(target=_ask_in_vain, args=(maze.owner(),), daemon=True).start()


def _ask_in_vain(owner: Browser) -> None:
    try:
        owner.act("maze", "spin")
    except OSError:
        pass  # the line is cut when the server stops


CLINGING = '''"""A world whose feed does not end when it is told to."""

import asyncio

from worldloom import Event, World
from worldloom.kernel.feeds import Feed

world = World("drain")


class Dripped(Event):
    number: int


async def hold(events, clerk) -> None:
    """Hold on to them for good."""
    print("held", events[0].event.number, flush=True)
    while True:
        try:
            await asyncio.sleep(1e6)
        except BaseException:
            pass


world.feed(Feed("pipe", Dripped, hold))


@world.action
def drip() -> None:
    world.append(Dripped(7))
'''


def test_a_feed_that_does_not_end_when_told_is_left_and_asked_again_and_the_server_ends(
    tmp_path: Path,
) -> None:
    (tmp_path / "drain.py").write_text(CLINGING)
    limits = {"adapter_seconds_max": 0.3, "adapter_end_seconds_max": 0.2}
    server = Server(tmp_path / "realm.loom", str(tmp_path / "drain.py"), limits=limits).start()
    Site(server).owner().act("drain", "drip")
    until = time.monotonic() + 30
    while sum("the feed pipe" in line for line in server.errors) < 4:
        assert time.monotonic() < until, server.errors
        time.sleep(0.1)
    assert any("was not taken, again in" in line for line in server.errors)
    assert any("does not end when it is told to" in line for line in server.errors)
    assert server.stop() == 0
    assert verify(str(tmp_path / "realm.loom")).ok
