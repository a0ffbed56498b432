"""The example for one's own room: what its objects measure, and what a click does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests.examples.test_examples import TRUST, component, example
from worldloom.testing import Robot
from worldloom.testing.fixtures import Server

Serve = Callable[..., Server]


def test_a_chair_has_its_true_size_and_a_click_stains_it_for_everyone(serve: Serve) -> None:
    server = serve(example("16_ar.py"), options=TRUST)

    async def look() -> None:
        url = server.world("chair")
        async with Robot(url, name="Ada") as ada, Robot(url, name="Bob") as bob:
            assert component(ada, "chair", "Transform")["position"] == [0, 0.46, 0]
            before = component(bob, "back", "Color")
            await ada.do("click", entity="chair")
            await bob.wait_until(lambda robot: component(robot, "back", "Color") != before)

    asyncio.run(look())
