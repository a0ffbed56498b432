"""Hands, seats and zones in the page: by mouse, by keyboard alone and by touch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Served, Visit, wait

EXAMPLES = Path(__file__).parents[2] / "examples"
Open = Callable[..., Visit]
YARD = """
from worldloom import *

world = World("yard")
world.spawn("sky", Sky(hour=12.0))
world.spawn("start", Spawn(radius=0.0), at=(0, 0, 2))
world.spawn("ball", sphere(0.25), Body(0.5, drag=3.0), Grab(reach=6.0), Color("#e4572e"),
            at=(0, 0.25, 0))
world.spawn("stool", cylinder(0.25, 0.45), at=(2, 0.225, 1))
world.spawn("seat", Seat(height=0.45), at=(2, 0, 1))
world.spawn("ring", Zone("cylinder", (3, 3, 3)), at=(-6, 1, 0))
world.spawn("vault", Zone("box", (3, 3, 3), role="member"), at=(6, 1, -4))
"""


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("yard")
    (folder / "yard.py").write_text(YARD)
    server = Served(folder / "realm.loom", str(folder / "yard.py"), options=("--trust",))
    server.start()
    yield server
    server.stop()


def inside(page: Page) -> None:
    """Wait until the world is here and its things can be touched."""
    wait(page, "window.worldloom.me != null && window.worldloom.stats().settled")
    page.wait_for_timeout(1500)


def count(page: Page, kind: str) -> int:
    """Return how many facts of a kind are in the log."""
    found: int = page.evaluate(
        "fetch('/api/worlds/yard/events?after=0&limit=1000').then((r) => r.json())"
        f".then(({{records}}) => records.filter((one) => one.kind === '{kind}').length)"
    )
    return found


def counted(page: Page, kind: str, more_than: int) -> None:
    """Wait until there are more facts of a kind than before."""
    for _ in range(300):
        if count(page, kind) > more_than:
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"no further {kind}")


def stand(page: Page, x: float, z: float) -> None:
    page.evaluate(f"window.worldloom.go([{x}, 0, {z}])")
    page.wait_for_timeout(600)


def reset_ball(page: Page) -> None:
    """Stand before the ball, wherever it rolled."""
    x, _, z = page.evaluate(
        "Object.values(window.worldloom.entities()).find((e) => e.name === 'ball').position"
    )
    stand(page, x, z + 1.4)


def test_a_key_takes_the_nearest_thing_another_throws_it(yard: Served, visit: Open) -> None:
    page = visit().enter(yard.world("yard"))
    inside(page)
    taken, thrown = count(page, "Grabbed"), count(page, "Released")
    page.locator("#stage").focus()
    page.keyboard.press("e")
    counted(page, "Grabbed", taken)
    page.keyboard.press("r")
    page.wait_for_timeout(500)
    page.keyboard.press("f")
    counted(page, "Released", thrown)
    counted(page, "Rested", 0)


def test_two_see_a_carried_ball_at_the_same_place(yard: Served, visit: Open) -> None:
    one = visit().enter(yard.world("yard"))
    inside(one)
    reset_ball(one)
    other = visit().enter(yard.world("yard"))
    inside(other)
    taken = count(one, "Grabbed")
    one.locator("#stage").focus()
    one.keyboard.press("e")
    counted(one, "Grabbed", taken)
    height = "Object.values(window.worldloom.entities()).find((e) => e.name === 'ball').position[1]"
    for page in (one, other):
        wait(page, f"{height} > 0.9")
    one.keyboard.press("e")
    for page in (one, other):
        wait(page, f"{height} < 0.4")


def test_the_mouse_holds_drags_and_throws(yard: Served, visit: Open) -> None:
    page = visit().enter(yard.world("yard"))
    inside(page)
    taken, thrown = count(page, "Grabbed"), count(page, "Released")
    for _ in range(4):  # a slow picture may still be on its way to where we stand
        reset_ball(page)
        page.wait_for_timeout(1500)
        spot = seen_at(page, "ball")
        page.mouse.move(*spot)
        page.mouse.down()
        for step in range(8):
            page.mouse.move(spot[0], spot[1] - 12 * step)
            page.wait_for_timeout(60)
        page.mouse.up()
        page.wait_for_timeout(2000)
        if count(page, "Grabbed") > taken:
            break
    counted(page, "Grabbed", taken)
    counted(page, "Released", thrown)


def test_one_sits_by_the_bar_of_things_and_a_step_stands_up(yard: Served, visit: Open) -> None:
    page = visit().enter(yard.world("yard"))
    inside(page)
    sat, stood = count(page, "SatDown"), count(page, "StoodUp")
    stand(page, 2, 2.2)
    button = page.get_by_role("toolbar").get_by_role("button", name="seat")
    button.first.focus()
    page.keyboard.press("Enter")
    counted(page, "SatDown", sat)
    wait(page, "Math.abs(window.worldloom.me.position[2] - 1) < 0.2")
    page.locator("#stage").focus()
    page.keyboard.down("w")
    counted(page, "StoodUp", stood)
    page.keyboard.up("w")


def test_a_zone_notices_and_a_guarded_one_keeps_out(yard: Served, visit: Open) -> None:
    page = visit().enter(yard.world("yard"))
    inside(page)
    came = count(page, "ZoneEntered")
    stand(page, -6, 0)
    counted(page, "ZoneEntered", came)
    refused = page.evaluate(
        "window.worldloom.go([6, 0, -4]).then(() => '', (problem) => problem.code)"
    )
    assert refused == "not_allowed"


def test_a_finger_takes_by_a_tap_and_throws_by_the_next(yard: Served, visit: Open) -> None:
    phone = visit(360, 740, has_touch=True, is_mobile=True)
    page = phone.enter(yard.world("yard"))
    inside(page)
    reset_ball(page)
    page.wait_for_timeout(1500)
    taken, thrown = count(page, "Grabbed"), count(page, "Released")
    page.touchscreen.tap(*seen_at(page, "ball"))
    counted(page, "Grabbed", taken)
    page.wait_for_timeout(500)
    page.touchscreen.tap(180, 120)
    counted(page, "Released", thrown)


def seen_at(page: Page, name: str) -> tuple[float, float]:
    """Return where an entity is in the window, in CSS pixels."""
    found = page.evaluate(f"window.worldloom.screen('{name}')")
    assert found is not None, f"{name} is not in the picture"
    return found[0], found[1]
