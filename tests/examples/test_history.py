"""The examples of history: a past drawn from another angle, an idea tried in a fork."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import urllib.request
import xml.etree.ElementTree as xml
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.examples.test_examples import TRUST, component, example
from worldloom.testing import Robot
from worldloom.testing.fixtures import Server

Serve = Callable[..., Server]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_each_takes_back_only_what_they_counted(serve: Serve) -> None:
    server = serve(example("08_counter.py"), options=TRUST)

    def shown(robot: Robot) -> str:
        return str(component(robot, "dial", "Text").get("value"))

    def pebbles(robot: Robot) -> set[str]:
        return {one["name"] for one in robot.entities().values() if "pebble" in one["name"]}

    async def play() -> None:
        url = server.world("counter")
        async with Robot(url, name="Ada") as ada, Robot(url, name="Bob") as bob:
            for robot in (ada, bob, ada):
                await robot.do("click", entity="post")
            await bob.wait_until(lambda r: shown(r) == "3")
            await ada.do("undo")
            await ada.do("undo")
            await bob.wait_until(lambda r: pebbles(r) == {"pebble 2"} and shown(r) == "1")
            await ada.do("redo")
            await bob.wait_until(lambda r: pebbles(r) == {"pebble 1", "pebble 2"})
            await bob.do("click", entity="post")
            await ada.wait_until(lambda r: shown(r) == "3" and "pebble 3" in pebbles(r))

    asyncio.run(play())


COURT = '''"""A court with a ball that slides where it is pushed."""

from worldloom import Push, World, sphere

world = World("court")
world.spawn("ball", sphere(0.3), Push())
'''


@pytest.mark.parametrize("angle", ["above", "side"])
def test_the_way_of_a_ball_is_drawn_from_another_angle(
    serve: Serve, tmp_path: Path, angle: str
) -> None:
    court = tmp_path / "court.py"
    court.write_text(COURT)
    server = serve(str(court))
    target = tmp_path / "way.svg"

    async def push() -> list[float]:
        async with Robot(server.world("court"), name="Ada") as ada:
            for direction in ([1, 0, 0], [0, 0, 1], [1, 0, 0]):
                await ada.do("push", entity="ball", direction=direction, speed=3.0)
            answer = await ada.do("push", entity="ball", direction=[0, 0, -1], speed=3.0)
            rest: list[float] = answer.result["position"]
            return rest

    rest = asyncio.run(push())
    drawn = run(example("09_replay.py"), server.world("court"), "ball", str(target), angle)
    assert drawn.returncode == 0, drawn.stderr
    lines = [line.split() for line in drawn.stdout.splitlines()]
    assert len(lines) == 5
    assert [float(axis) for axis in lines[-1][1:]] == [round(axis, 2) for axis in rest]
    picture = xml.parse(target).getroot()
    stops = picture.findall("{http://www.w3.org/2000/svg}circle")
    right = [float(stop.attrib["cx"]) for stop in stops]
    away = 0 if angle == "above" else 2
    sign = 1 if angle == "above" else -1
    assert right == pytest.approx([sign * float(line[1 + away]) for line in lines], abs=0.01)


def test_a_replay_of_what_never_was_says_so(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "way.svg"
    drawn = run(example("09_replay.py"), server.world("plaza"), "unicorn", str(target))
    assert (drawn.returncode, target.exists()) == (1, False)


def test_an_idea_is_tried_in_forks_and_the_stall_notices_nothing(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody listens there: an order that left the house would never be delivered.
    monkeypatch.setenv("SUPPLIER_URL", "http://127.0.0.1:9/")
    server = serve(example("10_fork.py"), options=TRUST)

    def ask(path: str) -> Any:
        with urllib.request.urlopen(f"{server.url}/api/worlds{path}", timeout=10) as answer:
            return json.load(answer)

    before = ask("/stall")
    tried = run(example("10_fork.py"), server.url)
    assert tried.returncode == 0, tried.stderr
    cents = [int(line.split()[-4]) for line in tried.stdout.splitlines()]
    assert len(cents) == 3
    assert cents[1] > cents[0] and cents[1] > cents[2], "the price in the middle earns most"
    after = ask("/stall")
    assert (after["seq"], after["state_hash"]) == (before["seq"], before["state_hash"])
    forks = [world for world in ask("")["worlds"] if world["name"] != "stall"]
    assert len(forks) == 3
    assert {world["lineage"][0]["root"] for world in forks} == {before["root"]}
    assert ask(f"/{forks[0]['name']}")["adapters"] == "sandbox"
