"""The examples with panels: a dashboard of a frame, a form that spawns, a graph that is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.examples.test_examples import TRUST, example
from worldloom import Refused
from worldloom.testing import Robot
from worldloom.testing.fixtures import Server

Serve = Callable[..., Server]


def props(robot: Robot, panel: str, widget: str) -> dict[str, Any]:
    """Return a widget's props as a robot sees them; empty before it is shown."""
    shown = robot.core.panels.panels.get(panel)
    return {} if shown is None else shown.widgets.get(widget, {})


async def entered(robot: Robot, panel: str) -> None:
    """Wait until a robot is shown a panel: it comes right after the world."""
    await robot.wait_until(lambda one: panel in one.core.panels.panels)


def test_a_dashboard_shows_a_frame_and_goes_on_by_itself(serve: Serve) -> None:
    server = serve(example("12_dashboard.py"), options=TRUST)

    async def look() -> None:
        url = server.world("dashboard")
        async with Robot(url, name="Ada") as ada, Robot(url, name="Bob") as bob:
            await entered(bob, "the-house")
            await ada.wait_until(
                lambda robot: "appended" in props(robot, "the-house", "last-minutes")
            )
            chart = props(ada, "the-house", "temperatures")
            assert chart["names"] == ["hall", "roof"] and chart["axis"] == "time"
            table = props(ada, "the-house", "all-hours")["data"]
            assert [column["kind"] for column in table] == ["time", "number", "number", "number"]
            assert await ada.enter_value("the-house", "wanted", 99.0) == 25
            await bob.wait_until(lambda robot: props(robot, "the-house", "wanted")["value"] == 25)
            await ada.press("the-house", "open-the-windows")
            await bob.wait_until(
                lambda robot: props(robot, "the-house", "text")["text"] == "Ada opened the windows"
            )

    asyncio.run(look())


def test_a_dashboard_of_ten_widgets_is_ten_to_fifteen_lines() -> None:
    text = Path(example("12_dashboard.py")).read_text(encoding="utf-8")
    lines = text.split("panel = ")[1].split("\n\n\n")[0].splitlines()
    assert len(lines) <= 15
    held = ("panel.tab(", "panel.tabs(")
    assert sum("panel." in line and not any(one in line for one in held) for line in lines) == 10


def test_a_form_spawns_what_it_asks_for_and_a_press_takes_it_away(serve: Serve) -> None:
    server = serve(example("13_form.py"), options=TRUST)

    async def build() -> None:
        async with Robot(server.world("yard"), name="Ada") as ada:
            await entered(ada, "build-something")
            form = props(ada, "build-something", "a-new-thing")
            assert form["action"] == "place"
            await ada.do("place", shape="cone", colour="blue", size=0.5)
            assert ada.entity("thing 1")["components"]["Color"]["value"] == "#2f6db5"
            await ada.wait_until(
                lambda robot: len(props(robot, "build-something", "placed-so-far")["data"]) == 1
            )
            with pytest.raises(Refused):
                await ada.do("place", size=9)
            await ada.press("build-something", "placed-so-far", "thing 1")
            await ada.wait_until(lambda robot: "thing 1" not in names(robot))
            assert "clear-the-yard" not in ada.panel("build-something").widgets, "for builders"

    def names(robot: Robot) -> set[str]:
        return {entity["name"] for entity in robot.entities().values()}

    asyncio.run(build())


def test_a_graph_is_drawn_together_and_comes_back_after_a_restart(
    serve: Serve, tmp_path: Path
) -> None:
    realm = tmp_path / "plan.loom"
    server = serve(example("20_graph.py"), realm=realm, options=TRUST)

    async def draw() -> None:
        url = server.world("plan")
        async with Robot(url, name="Ada") as ada, Robot(url, name="Bob") as bob:
            await entered(ada, "the-plan")
            await entered(bob, "the-plan")
            add = {"do": "add", "node": "inn", "label": "Inn", "x": 0.25, "y": 0.75}
            graph = await ada.enter_value("the-plan", "plan", add)
            assert [node["id"] for node in graph["nodes"]] == ["well", "mill", "town", "inn"]
            await ada.enter_value("the-plan", "plan", {"do": "link", "node": "inn", "to": "town"})
            await bob.wait_until(lambda robot: "3 ways" in props(robot, "the-plan", "text")["text"])
            inn = bob.entity("station inn")["components"]
            assert inn["graph.Station"] == {"id": "inn", "to": ["town"]}
            assert inn["Transform"]["position"] == [-1.0, 0.9, -2.0]
            with pytest.raises(Refused):
                await bob.enter_value("the-plan", "plan", {"do": "add", "node": "inn"})

    asyncio.run(draw())
    server.kill()
    again = serve(example("20_graph.py"), realm=realm, options=TRUST)

    async def find() -> None:
        async with Robot(again.world("plan")) as robot:
            await entered(robot, "the-plan")
            await robot.wait_until(
                lambda robot: any(
                    node["label"] == "Inn"
                    for node in props(robot, "the-plan", "plan")["value"]["nodes"]
                )
            )

    asyncio.run(find())
