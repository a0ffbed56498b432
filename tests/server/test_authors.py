"""Author code that misbehaves inside a running world: who asked is told, and the world goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.server.asking import Site
from worldloom.testing import Robot
from worldloom.testing.fixtures import Server

WILD = '''"""A world of mistakes."""

import sys

from worldloom import Component, Event, World, sphere

world = World("wild")
box = world.spawn("box", sphere(0.2), at=(0, 1, 0))


class Note(Component):
    text: str = ""


class Rang(Event):
    text: str = ""


@world.action
def fine() -> str:
    """Be fine."""
    return "fine"


@world.action
def leave() -> None:
    """End Python."""
    sys.exit(3)


@world.action
def stop() -> None:
    """Raise what generators raise."""
    raise GeneratorExit


@world.action
def deeper() -> None:
    """Call itself without an end."""
    deeper()


@world.action
def more() -> str:
    """Answer far too much."""
    return "x" * 100_000_000


@world.action
def write() -> None:
    """Write far too much."""
    box[Note] = Note("x" * 10_000_000)


@world.action
def ring() -> None:
    """Say far too much of it."""
    while True:
        world.append(Rang("ding"))


@world.action
def odd() -> object:
    """Answer what no wire carries."""
    return object()


@world.action
def nothing() -> float:
    """Answer what is no number."""
    return float("nan")


@world.action
def half() -> str:
    """Answer half a character."""
    return "\\ud800"


@world.action
def crowd() -> None:
    """Make far too many things."""
    for number in range(10_000_000):
        world.spawn(f"thing {number}", sphere(0.1))


@world.on(Rang)
def again(rang: Rang) -> None:
    world.append(Rang("dong"))


@world.action
def echo() -> None:
    """Begin what never ends by itself."""
    world.append(Rang("ding"))


@world.every(0.2)
def leave_too() -> None:
    sys.exit(4)
'''

WRONG = ("leave", "stop", "deeper", "more", "write", "ring", "odd", "nothing", "half", "crowd")


@pytest.fixture(scope="module")
def wild(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve a world whose actions are all broken in their own way."""
    folder = tmp_path_factory.mktemp("wild")
    (folder / "wild.py").write_text(WILD)
    server = Server(folder / "realm.loom", str(folder / "wild.py")).start()
    yield Site(server)
    assert server.stop() == 0, "".join(server.errors)


@pytest.mark.parametrize("action", WRONG)
def test_a_broken_action_is_told_and_leaves_no_trace(wild: Site, action: str) -> None:
    before = wild.nobody.get("/api/worlds/wild").json["state_hash"]
    reply = wild.owner().act("wild", action)
    assert reply.status >= 400, reply.body[:200]
    assert set(reply.json["error"]) == {"code", "message", "fix"}
    assert reply.json["error"]["code"] != "internal", reply.body
    assert wild.nobody.get("/api/worlds/wild").json["state_hash"] == before
    assert wild.owner().act("wild", "fine").json["result"] == "fine"


@pytest.mark.parametrize("action", WRONG)
def test_a_broken_action_ends_nobodys_socket(wild: Site, action: str) -> None:
    async def main() -> None:
        async with Robot(wild.server.world("wild"), "Ann", patience_seconds=30) as ann:
            visitor = ann.visitor
            try:
                answer = await ann.do(action)
            except Exception as error:
                assert getattr(error, "code", "") not in ("", "not_connected", "timed_out")
            else:
                raise AssertionError(f"{action} was done: {str(answer)[:80]}")
            assert (await ann.do("fine")).result == "fine"
            assert ann.visitor == visitor

    asyncio.run(main())


def test_a_chain_of_reactions_without_an_end_is_cut(wild: Site) -> None:
    assert wild.owner().act("wild", "echo").status == 200
    assert wild.owner().act("wild", "fine").json["result"] == "fine"
