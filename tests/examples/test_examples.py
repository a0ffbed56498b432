"""Every example does what its first line says, on a real server, before a robot's eyes."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from worldloom.kernel.errors import Refused
from worldloom.presence import bodyframes, physics
from worldloom.testing import Robot
from worldloom.testing.fixtures import Server

EXAMPLES = Path(__file__).parents[2] / "examples"
TRUST = ("--trust",)

Serve = Callable[..., Server]


def example(name: str) -> str:
    """Return an example's path."""
    return str(EXAMPLES / name)


def component(robot: Robot, entity: str, name: str) -> dict[str, object]:
    """Return a component as the robot sees it; an empty dict when it has none."""
    found: dict[str, object] = robot.entity(entity)["components"].get(name, {})
    return found


def test_a_lantern_that_one_lights_is_lit_for_the_other(serve: Serve) -> None:
    server = serve(example("00_hello.py"), options=TRUST)

    async def play() -> None:
        url = server.world("hello")
        async with Robot(url, name="Ada") as ada, Robot(url, name="Bob") as bob:
            await ada.do("click", entity="lantern")
            await bob.wait_until(lambda r: component(r, "lantern", "Color") != {})
            assert component(bob, "lantern", "Color")["value"] == "#ffd27f"
            assert (await bob.heard()).text == "Ada lit the lantern"
            assert ada.state_hash() == bob.state_hash()

    asyncio.run(play())


def test_a_ball_takes_the_next_colour_for_everyone(serve: Serve) -> None:
    server = serve(example("01_colours.py"), options=TRUST)

    async def play() -> None:
        url = server.world("colours")
        async with Robot(url) as one, Robot(url) as other:
            before = component(other, "ball 2", "Color")["value"]
            await one.do("click", entity="ball 2")
            await other.wait_until(lambda r: component(r, "ball 2", "Color")["value"] != before)

    asyncio.run(play())


def test_a_clock_goes_on_counting_after_a_restart(serve: Serve, tmp_path: Path) -> None:
    realm = tmp_path / "clock.loom"

    async def count(server: Server, least: int) -> int:
        async with Robot(server.world("clock"), patience_seconds=30) as robot:
            await robot.wait_until(lambda r: ticks(r) >= least)
            return ticks(robot)

    def ticks(robot: Robot) -> int:
        return int(str(component(robot, "clock", "clock.Ticks").get("count", 0)))

    server = serve(example("02_clock.py"), realm=realm, options=TRUST)
    seen = asyncio.run(count(server, 2))
    server.kill()
    again = serve(example("02_clock.py"), realm=realm, options=TRUST)
    assert asyncio.run(count(again, seen + 1)) > seen


def test_a_model_stands_there_with_its_label_and_its_bytes(serve: Serve) -> None:
    server = serve(example("03_model.py"), options=TRUST)

    async def look() -> str:
        async with Robot(server.world("gallery")) as robot:
            assert component(robot, "vase label", "Text")["value"] == "A vase"
            return str(component(robot, "vase", "Model")["asset"])

    asset = asyncio.run(look())
    with urllib.request.urlopen(f"{server.url}/assets/{asset}", timeout=10) as answer:
        assert answer.read() == (EXAMPLES / "assets" / "vase.glb").read_bytes()


def test_a_chat_robot_greets_whoever_says_hello(serve: Serve) -> None:
    server = serve(example("00_hello.py"), options=TRUST)
    url = server.world("hello")
    echo = subprocess.Popen([sys.executable, example("04_robot.py"), url])

    async def talk() -> None:
        async with Robot(url, name="Ada", patience_seconds=20) as ada:
            await ada.wait_until(lambda r: any(v.name == "Echo" for v in r.visitors().values()))
            await ada.say("Hello there")
            while (await ada.heard()).text != "Hello, Ada!":
                pass

    try:
        asyncio.run(talk())
    finally:
        echo.kill()
        echo.wait()


def test_an_action_is_called_over_http_and_its_refusal_says_what_to_do(serve: Serve) -> None:
    server = serve(example("05_http.py"), options=TRUST)

    def call(litres: float) -> tuple[int, dict[str, object]]:
        request = urllib.request.Request(
            f"{server.url}/api/worlds/garden/actions/water",
            json.dumps({"plant": "fern", "litres": litres}).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    status, _ = call(0.5)
    assert status == 401, "acting over HTTP needs a token or the page's cookie"


def test_a_bell_writes_to_the_outside_once_a_click(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters: list[tuple[str, str]] = []

    class Post(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            letters.append((self.headers["Idempotency-Key"], self.rfile.read(size).decode()))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    outside = HTTPServer(("127.0.0.1", 0), Post)
    threading.Thread(target=outside.serve_forever, daemon=True).start()
    monkeypatch.setenv("BELL_URL", f"http://127.0.0.1:{outside.server_port}/")
    server = serve(example("06_request.py"), options=TRUST)

    async def ring() -> None:
        async with Robot(server.world("doorbell"), name="Ada") as ada:
            await ada.do("click", entity="bell")
            assert (await ada.heard()).text == "The letter: delivered (204)"

    asyncio.run(ring())
    outside.shutdown()
    outside.server_close()
    assert [text for _, text in letters] == ["Ada is at the door"]


def test_a_world_is_exported_as_a_file_that_others_open(serve: Serve, tmp_path: Path) -> None:
    realm, target = tmp_path / "realm.loom", tmp_path / "gallery.glb"
    serve(example("03_model.py"), realm=realm, options=TRUST).stop()
    command = [sys.executable, example("07_export.py"), str(realm), "gallery", str(target)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    data = target.read_bytes()
    assert data[:4] == b"glTF" and int.from_bytes(data[8:12], "little") == len(data)
    assert b'"vase label"' in data


def test_the_film_begins_for_everyone_once_all_three_have_sat_down(serve: Serve) -> None:
    server = serve(example("14_seats.py"), options=TRUST)

    async def play() -> None:
        url = server.world("seats")
        async with Robot(url, name="Ada") as ada, Robot(url, name="Bob") as bob, Robot(url) as cy:
            for robot, x in ((ada, -1.2), (bob, 0.0), (cy, 1.2)):
                await robot.go(x, 0, 0)
                await robot.wait_until(lambda r, x=x: abs(r.position[0] - x) < 0.1)  # type: ignore[misc]
            await ada.do("sit_down", entity="seat 1")
            with pytest.raises(Refused) as caught:
                await bob.do("sit_down", entity="seat 1")
            assert caught.value.code == "seat_taken"
            await bob.do("sit_down", entity="seat 2")
            told = "2 of 3 seats taken"
            await ada.wait_until(lambda r: component(r, "sign", "Text")["value"] == told)
            assert not component(ada, "screen", "Screen").get("playing")
            await cy.do("sit_down", entity="seat 3")
            for robot in (ada, bob, cy):
                await robot.wait_until(lambda r: bool(component(r, "screen", "Screen")["playing"]))
            await bob.do("stand_up")
            await ada.wait_until(lambda r: component(r, "sign", "Text")["value"] == told)

    asyncio.run(play())


def test_a_ball_through_the_hoop_scores_for_who_threw_it(serve: Serve) -> None:
    server = serve(example("15_throwing.py"), options=TRUST)

    async def play() -> None:
        url = server.world("throwing")
        async with Robot(url, name="Ada", patience_seconds=60) as ada:
            await ada.go(0, 0, -2.1)
            place = {"position": [0, 0.16, -2.2]}
            ball = ada.entity("ball 2")
            assert ball["components"]["Transform"] != place
            await ada.go(0, 0, 1.9)
            await ada.do("grab", entity="ball 2")
            await ada.go(0, 0, -2.1)
            above = bodyframes.encode_hold(0, 1, (0.0, 2.9, -0.85), (0.0, 0.0, 0.0, 1.0))
            for _ in range(30):
                ada.core.send_live(physics.NUMBER, above)
                await asyncio.sleep(0.05)
            await ada.do("let_go")
            await ada.wait_until(lambda r: component(r, "score", "Text")["value"] == "1")
            assert any("Ada scores: 1" in one.text for one in ada.core.said)

    asyncio.run(play())


def test_a_zone_greets_who_steps_in_and_is_calm_again_when_empty(serve: Serve) -> None:
    server = serve(example("17_zone.py"), options=TRUST)

    async def play() -> None:
        async with Robot(server.world("zone"), name="Ada") as ada:
            await ada.go(0, 0, 0)
            assert (await ada.heard()).text == "Ada steps into the circle"
            await ada.go(0, 0, 7)
            calm = "#7aa5a1"
            await ada.wait_until(lambda r: component(r, "disc", "Color")["value"] == calm)

    asyncio.run(play())
