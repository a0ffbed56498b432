"""However many are near, all of them are drawn; from afar each is a picture on a card."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.browser.conftest import Served, Visit, wait
from tests.browser.headset import seen, wear
from tests.browser.pixels import Colours, drawn_until
from worldloom.presence.wardrobe import named
from worldloom.testing import Robot

Open = Callable[..., Visit]
Place = tuple[float, float]
WORLD = """
from worldloom import Sky, Spawn, World, box

world = World("{name}")
world.spawn("sky", Sky(hour={hour}, clouds=0.0))
world.spawn("grass", box(60, 1, 60), at=(0, -0.5, 0))
world.spawn("gate", Spawn(radius={wide}))
"""
RED = named(top="jumper", top_color=20, bottom="trousers", bottom_color=20, skin=12)
BLUE = named(top="robe", top_color=11, bottom="gown", bottom_color=11, skin=12, hat="cap",
             hat_color=11)  # fmt: skip
AWAY_M = 17.0
"""Farther than the lightest step draws anyone with joints."""


@contextmanager
def robots(
    url: str, count: int, places: Sequence[Place] = (), avatar: str | None = None
) -> Iterator[None]:
    """Let so many robots stand in a world meanwhile, at places (x, z) where some are given."""
    over, ready = threading.Event(), threading.Event()

    async def stand() -> None:
        async with AsyncExitStack() as stack:
            for number in range(count):
                robot = Robot(url, name=f"R{number}", avatar=avatar)
                await stack.enter_async_context(robot)
                if places:
                    x, z = places[number]
                    await robot.go(x, 0, z)
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


@contextmanager
def field(folder: Path, *hours: float, wide: float = 0.01) -> Iterator[Served]:
    """Serve a meadow for each hour of the day, named after it."""
    files = [folder / f"at_{hour:.0f}.py" for hour in hours]
    for file, hour in zip(files, hours, strict=True):
        file.write_text(WORLD.format(name=file.stem.replace("_", "-"), hour=hour, wide=wide))
    limits = {"visible_visitors_max": 1_000, "entries_burst_max": 1_000}
    served = Served(folder / "realm.loom", *map(str, files), limits=limits)
    served.start()
    try:
        yield served
    finally:
        served.stop()


def row(count: int, left: float, right: float, away: float = AWAY_M) -> list[Place]:
    """Return places side by side, so far ahead of who comes in."""
    return [(float(x), -away) for x in np.linspace(left, right, count)]


def of(channel: int, drawn: Colours) -> NDArray[np.bool_]:
    """Return where a picture is of one channel much more than of the others."""
    others = np.delete(drawn, channel, -1).max(-1)
    found: NDArray[np.bool_] = drawn[..., channel] > 1.35 * others + 12
    return found


def test_all_who_are_near_are_drawn_however_many_they_are(tmp_path: Path, visit: Open) -> None:
    drawn = "worldloom.stats().visitors"
    with field(tmp_path, 12, wide=6) as served, ExitStack() as first:
        world = served.world("at-12")
        first.enter_context(robots(world, 140))
        with robots(world, 130):
            page = visit(320, 180).enter(world, "quality=low")
            wait(page, f"{drawn} === 271", 120)
            first.close()
            wait(page, f"{drawn} === 131", 60)


def test_a_crowd_in_the_distance_is_one_draw_of_a_few_triangles_each(
    tmp_path: Path, visit: Open
) -> None:
    people, names = 120, 10
    places = [place for away in range(18, 30, 2) for place in row(20, -12, 12, away)]
    with field(tmp_path, 12) as served:
        page = visit().enter(served.world("at-12"), "quality=low")
        wait(page, "worldloom.stats().settled && worldloom.stats().visitors === 1")
        page.wait_for_timeout(1500)
        alone = page.evaluate("worldloom.stats()")
        with robots(served.world("at-12"), people, places, RED):
            wait(page, f"worldloom.stats().visitors === {people + 1} && worldloom.stats().settled")
            drawn_until(page, lambda drawn: bool(of(0, drawn).mean() > 0.01))
            crowd = page.evaluate("worldloom.stats()")
    assert crowd["draw_calls"] <= alone["draw_calls"] + names + 1, "and their names"
    assert crowd["triangles"] <= alone["triangles"] + 4 * people + 2 * names, "with their shadows"


@pytest.mark.parametrize("quality", ["low", "medium"])
def test_from_afar_people_wear_what_they_chose_in_the_light_of_the_hour(
    tmp_path: Path, visit: Open, quality: str
) -> None:
    bright = []
    with field(tmp_path, 12, 23) as served:
        for name in ("at-12", "at-23"):
            world, away = served.world(name), 28 if quality == "medium" else AWAY_M
            page = visit().enter(world, f"quality={quality}")

            def dressed(drawn: Colours) -> bool:
                half = drawn.shape[1] // 2
                left, right = drawn[:190, : half - 60], drawn[:190, half + 20 :]
                red, blue = of(0, left).sum(), of(2, right).sum()
                return bool(red > 200 and blue > 200 and of(0, right).sum() < 0.3 * red)

            with (
                robots(world, 12, row(12, -10, -4, away), RED),
                robots(world, 12, row(12, 4, 10, away), BLUE),
            ):
                wait(page, "worldloom.stats().visitors === 25 && worldloom.stats().settled")
                drawn = drawn_until(page, dressed)
                left = drawn[:190, : drawn.shape[1] // 2 - 60]
                bright.append(float(left[of(0, left)].mean()))
    assert bright[1] < 0.7 * bright[0]


@pytest.mark.soak
def test_both_eyes_of_a_headset_see_who_is_far_away(tmp_path: Path, visit: Open) -> None:
    with field(tmp_path, 12) as served:
        headset = wear(served, visit, "at-12")
        headset.page.evaluate("window.device.stereoEnabled = true")
        with robots(served.world("at-12"), 12, row(12, -3, 3), RED):
            wait(headset.page, "worldloom.stats().visitors === 13 && worldloom.stats().settled")
            headset.frames(10)
            drawn = seen(headset.page)
    half = drawn.shape[1] // 2
    left, right = (of(0, eye).sum() for eye in (drawn[:, :half], drawn[:, half:]))
    assert left > 200 and right > 200 and abs(left - right) < 0.3 * left, (left, right)
