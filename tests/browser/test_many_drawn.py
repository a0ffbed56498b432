"""More are near than a page can draw: who has no place in the picture gets the next free one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from pathlib import Path

from tests.browser.conftest import Served, Visit, wait
from worldloom.testing import Robot

Open = Callable[..., Visit]
DRAWN_MOST = 256
WORLD = """
from worldloom import Spawn, World, box

world = World("field")
world.spawn("grass", box(60, 1, 60), at=(0, -0.5, 0))
world.spawn("gate", Spawn(radius=6))
"""


@contextmanager
def robots(url: str, count: int) -> Iterator[None]:
    """Let so many robots stand in a world meanwhile."""
    over, ready = threading.Event(), threading.Event()

    async def stand() -> None:
        async with AsyncExitStack() as stack:
            for number in range(count):
                await stack.enter_async_context(Robot(url, name=f"R{number}"))
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=asyncio.run, args=(stand(),), daemon=True)
    thread.start()
    assert ready.wait(120)
    try:
        yield
    finally:
        over.set()
        thread.join(60)


def test_who_found_no_place_in_the_picture_is_drawn_once_another_goes(
    tmp_path: Path, visit: Open
) -> None:
    (tmp_path / "field.py").write_text(WORLD)
    limits = {"visible_visitors_max": 1_000, "entries_burst_max": 1_000}
    served = Served(tmp_path / "realm.loom", str(tmp_path / "field.py"), limits=limits)
    served.start()
    world, drawn = served.world("field"), "worldloom.stats().visitors"
    try:
        with ExitStack() as first:
            first.enter_context(robots(world, 140))
            with robots(world, 130):
                page = visit(320, 180).enter(world, "quality=low")
                wait(page, f"{drawn} === {DRAWN_MOST}", 120)
                first.close()
                wait(page, f"{drawn} === 131", 60)
    finally:
        served.stop()
