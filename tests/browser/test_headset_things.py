"""In an emulated headset: what has a picture is seen, and what has none is tried by use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from tests.browser import test_headset, test_headset_more
from tests.browser.conftest import Served, wait
from tests.browser.gallery import (
    APART_M,
    DRAWN,
    FAR_M,
    MIDDLE_M,
    components,
    pink,
    served_gallery,
    walls,
)
from tests.browser.headset import Headset, Open, Vector, seen, wear
from tests.browser.pixels import Colours
from tests.browser.test_headset import count, counted
from tests.browser.test_senses import LISTEN


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Served]:
    yield from served_gallery(tmp_path_factory.mktemp("gallery"), chromium)


def until(page: Page, true: Callable[[Colours], object], what: str, tries: int = 100) -> Colours:
    """Return the first picture that shows something; fail when none of many does."""
    for _ in range(tries):
        drawn = seen(page)
        if true(drawn):
            return drawn
        page.wait_for_timeout(200)
    raise AssertionError(f"the headset never showed {what}")


def part(drawn: Colours, eye: list[float], place: tuple[float, float, float]) -> Colours:
    """Return what is drawn round a place, for an eye that looks north and sees 90° in height."""
    high, wide = drawn.shape[:2]
    k = high / 2 / (eye[2] - place[2])
    x = wide / 2 + (place[0] - eye[0]) * k
    y = high / 2 - (place[1] - eye[1]) * k
    r = APART_M / 2 * k
    return drawn[max(0, int(y - r)) : int(y + r), max(0, int(x - r)) : int(x + r)]


def look(headset: Headset, eye: tuple[float, float, float], at: tuple[float, float, float]) -> None:
    """Stand somewhere and look at a place; who goes far takes the room along, so twice."""
    x, y, z = eye
    for _ in range(2):
        headset.put_quickly("headset", eye, at)
    for side in ("left", "right"):
        headset.put(f"controller-{side}", (x, y - 1.5, z + 2))


def test_all_that_has_a_picture_is_seen_in_a_headset_and_oneself_in_a_mirror(
    gallery: Served, visit: Open
) -> None:
    assert components() - {"Component"} == {*DRAWN, *TRIED}, "a component has no row"
    headset = wear(gallery, visit, "gallery", width=400, height=400)
    page = headset.page
    page.evaluate("document.querySelector('#ui').hidden = true")
    for east, wall in walls():
        look(headset, (east, MIDDLE_M, FAR_M), (east, MIDDLE_M, 0))
        eye = headset.told(".head")
        for name, place in wall.items():
            sight = DRAWN[name][1]
            until(page, lambda drawn: sight(part(drawn, eye, place)), name)  # noqa: B023
    drawn = seen(page)
    top, low = drawn[:20].mean((0, 1)), drawn[-20:].mean((0, 1))
    assert top[2] > top[0] + 40 and low[1] > low[2] + 20, "the sky is blue, the ground is green"


DRESS = """() => {
  const vrm = Object.values(worldloom.entities()).find(({ components }) => components.Model)
    .components.Model.asset;
  return worldloom.do('wear', { vrm });
}"""


def stands_out(drawn: Colours) -> bool:
    """Tell whether something stands in the middle of the mirror, before the even ground."""
    middle, beside = drawn[60:105, 153:167], drawn[60:105, 124:138]
    return bool(np.abs(middle - beside).max(-1).mean() > 25)


@pytest.mark.soak
def test_a_mirror_shows_ones_own_figure_and_body_which_the_eye_does_not_see(
    gallery: Served, visit: Open
) -> None:
    headset = wear(gallery, visit, "fitting", width=320, height=180, quality="medium")
    page = headset.page
    page.evaluate("document.querySelector('#ui').hidden = true")
    headset.put_quickly("headset", (0, 1.6, 0), (0, 1.1, -1.5))
    wait(page, "worldloom.visitors()[worldloom.me.id].reaches")
    until(page, stands_out, "one's figure in the mirror")
    page.evaluate(DRESS)
    until(page, lambda drawn: pink(drawn).mean() > 0.002, "one's body in the mirror")
    headset.put_quickly("headset", (0, 1.6, 0), (0, 0.2, 0.6))
    headset.frames(2)
    assert pink(seen(page)).mean() < 0.0003, "the eye looks through its own body"


@pytest.mark.soak
def test_one_walks_into_a_zone_and_out_of_it_in_a_headset(gallery: Served, visit: Open) -> None:
    headset = wear(gallery, visit, "gallery", width=400, height=300)
    page = headset.page
    page.evaluate("worldloom.go([-20, 0, 3])")
    wait(page, "worldloom.me.position[0] < -19")
    headset.frames(6)
    entered, left = (count(page, kind, "gallery") for kind in ("ZoneEntered", "ZoneLeft"))
    for z in (2.4, 1.8, 1.2, 0.6, 0.2):
        headset.put("headset", (-20, 1.6, z))
    counted(page, "ZoneEntered", entered, "gallery")
    for z in (0.8, 1.4, 2.0, 2.6):
        headset.put("headset", (-20, 1.6, z))
    counted(page, "ZoneLeft", left, "gallery")


def named(name: str) -> str:
    """Return the expression of an entity by its name."""
    return f"Object.values(worldloom.entities()).find((e) => e.name === '{name}')"


def press(headset: Headset, place: Vector) -> None:
    """Press what is at a place of the den by ray and trigger, from two metres before it."""
    headset.put("controller-right", (-0.2, 1.3, -1.7), toward=place)
    headset.press("right", "trigger")


@pytest.mark.soak
@pytest.mark.frames
def test_what_has_no_picture_of_its_own_is_tried_by_use_in_a_headset(
    gallery: Served, visit: Open
) -> None:
    headset = wear(gallery, visit, "den", scripts=(LISTEN,), width=400, height=300)
    page = headset.page
    x, _, z = headset.told(".head")
    assert abs(x) < 0.05 and abs(z + 2) < 0.05, "one arrives where Spawn is"
    assert abs(abs(headset.told(".yaw")) - 3.1416) < 0.1, "and looks the way it looks"
    press(headset, (1.4, 0.2, 0))
    wait(page, f"{named('cart')}.position[2] > 0.2")
    press(headset, (-0.4, 0.6, 0))
    wait(page, f"{named('fern')}.components.Color?.value === '#20d040'")
    clicks = count(page, "Click", "den")
    press(headset, (0.5, 0.6, 0))
    wait(page, "worldloom.headset.says.includes('member')")
    assert count(page, "Click", "den") == clicks, "a Guard keeps the hand off"
    headset.put("controller-right", (-0.2, 1.3, -1.7), toward=(0.45, 1.4, 0.17))
    headset.button("right", "trigger", 1)
    for step in range(1, 7):
        headset.point("controller-right", (0.45 - 0.08 * step, 1.4 + 0.04 * step, 0.17))
    headset.button("right", "trigger", 0)
    wait(page, f"{named('stroke')}?.components.Path != null")
    headset.put("controller-right", (-0.5, 1.3, -1.6), toward=(-1.2, 1.2, 0))
    taken, let = (count(page, kind, "den") for kind in ("Grabbed", "Released"))
    headset.button("right", "squeeze", 1)
    counted(page, "Grabbed", taken, "den")
    for step in range(5):
        headset.put("controller-right", (-0.5, 1.3 + 0.06 * step, -1.6))
    headset.button("right", "squeeze", 0)
    counted(page, "Released", let, "den")
    lamp = f"{named('lamp')}.position"
    wait(page, f"Math.hypot({lamp}[0] + 1.2, {lamp}[1] - 1.2, {lamp}[2]) < 0.15")
    assert page.evaluate(f"{lamp}[1]") > 1, "a Joint holds it where else it would fall"
    assert page.evaluate("window.heard()") < 0.0005
    page.evaluate("worldloom.go([25, 0, 1])")
    wait(page, "window.heard() > 0.01")
    page.evaluate("worldloom.go([0, 0, -2])")
    wait(page, "window.heard() < 0.0005")


TRIED: Mapping[str, Callable[..., None]] = {
    "Body": test_headset.test_a_hand_takes_the_ball_and_throws_it,
    "Grab": test_headset.test_a_hand_takes_the_ball_and_throws_it,
    "Mirror": test_a_mirror_shows_ones_own_figure_and_body_which_the_eye_does_not_see,
    "Seat": test_headset_more.test_one_sits_down_on_what_the_ray_is_on_and_a_step_stands_up,
    "Sky": test_all_that_has_a_picture_is_seen_in_a_headset_and_oneself_in_a_mirror,
    "Zone": test_one_walks_into_a_zone_and_out_of_it_in_a_headset,
} | dict.fromkeys(
    ("Guard", "Joint", "Push", "Sketch", "Sound", "Spawn", "Use"),
    test_what_has_no_picture_of_its_own_is_tried_by_use_in_a_headset,
)
"""What hangs in no row of the gallery, and the test that tries it in a headset."""
