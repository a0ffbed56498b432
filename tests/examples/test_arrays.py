"""Things from arrays do what the first lines of their examples say, before a robot's eyes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests.examples.test_examples import TRUST, component, example
from worldloom.testing import Robot
from worldloom.testing.fixtures import Server

Serve = Callable[..., Server]


def test_a_flock_of_fifty_thousand_takes_another_shape_at_the_bell(serve: Serve) -> None:
    server = serve(example("18_instances.py"), options=TRUST)

    async def ring() -> None:
        async with Robot(server.world("flock"), patience_seconds=30) as robot:
            before = component(robot, "birds", "Instances")["asset"]
            assert len(str(before)) == 64
            await robot.do("click", entity="bell")
            await robot.wait_until(lambda r: component(r, "birds", "Instances")["asset"] != before)

    asyncio.run(ring())


def test_a_fire_goes_round_the_vase_once_a_second(serve: Serve) -> None:
    server = serve(example("19_heat.py"), options=TRUST)

    async def watch() -> None:
        async with Robot(server.world("kiln"), patience_seconds=30) as robot:
            before = component(robot, "vase", "Heat")["data"]
            await robot.wait_until(lambda r: component(r, "vase", "Heat")["data"] != before)
            assert component(robot, "vase", "Heat")["unit"] == "°C"

    asyncio.run(watch())
