"""The figure of example 21 is worn by whoever clicks it, and hung back; it is made by our tool."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests.examples.test_examples import EXAMPLES, TRUST, component, example
from worldloom.studio.vrm import make_vrm
from worldloom.studio.vrm_check import check_vrm
from worldloom.testing import Robot
from worldloom.testing.fixtures import Server

Serve = Callable[..., Server]


def test_who_clicks_the_figure_of_clay_wears_it_for_everyone(serve: Serve) -> None:
    server = serve(example("21_vrm_mirror.py"), options=TRUST)

    async def fit() -> None:
        url = server.world("fitting")
        async with (
            Robot(url, name="Ada", patience_seconds=30) as ada,
            Robot(url, name="Bob", patience_seconds=30) as bob,
        ):
            clay = str(component(ada, "figure of clay", "Model")["asset"])

            def worn(robot: Robot, name: str) -> str | None:
                return next((v.vrm for v in robot.visitors().values() if v.name == name), None)

            await bob.wait_until(lambda robot: worn(robot, "Ada") == "")
            await ada.do("click", entity="figure of clay")
            await bob.wait_until(lambda robot: worn(robot, "Ada") == clay)
            async with Robot(url, name="Cleo", vrm=clay, patience_seconds=30):
                await bob.wait_until(lambda robot: worn(robot, "Cleo") == clay)
            await ada.do("click", entity="peg")
            await bob.wait_until(lambda robot: worn(robot, "Ada") == "")

    asyncio.run(fit())


def test_the_figure_of_clay_is_what_our_tool_makes() -> None:
    kept = (EXAMPLES / "assets" / "clay.vrm").read_bytes()
    assert check_vrm(kept) == check_vrm(make_vrm())
    assert len(kept) == len(make_vrm())
