"""On the page every component is seen where it stands, or tried by use: with keys alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import test_effects, test_hands, test_sketching
from tests.browser import test_senses as senses
from tests.browser.conftest import Served, wait
from tests.browser.gallery import APART_M, DRAWN, components, served_gallery, walls
from tests.browser.headset import Open
from tests.browser.pixels import drawn_until, picture
from tests.browser.test_headset import count, counted

AWAY_M = 10.5


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Served]:
    yield from served_gallery(tmp_path_factory.mktemp("gallery"), chromium)


def of(name: str) -> str:
    """Return the expression of an entity by its name."""
    return f"Object.values(worldloom.entities()).find((e) => e.name === '{name}')"


Place = tuple[float, float, float]


def on_screen(page: Page, wall: Mapping[str, Place]) -> dict[str, tuple[float, float]]:
    """Return where each thing of a wall is in the window, once nothing moves any more."""
    before: list[tuple[float, float]] = []
    while True:
        names = [f"{x} {y}" for x, y, _ in wall.values()]
        now = page.evaluate("(names) => names.map((name) => worldloom.screen(name))", names)
        if now == before:
            return dict(zip(wall, now, strict=True))
        before = now
        page.wait_for_timeout(300)


def test_all_that_has_a_picture_is_seen_on_the_page(gallery: Served, visit: Open) -> None:
    assert components() - {"Component"} == {*DRAWN, *TRIED}, "a component has no row"
    page = visit(width=600, height=600).enter(gallery.world("gallery"))
    wait(page, "window.worldloom.me != null && window.worldloom.stats().settled")
    r = 300 * APART_M / 2 / AWAY_M
    for east, wall in walls():
        page.evaluate(f"worldloom.go([{east}, 0, {AWAY_M}])")
        wait(page, f"Math.hypot(worldloom.me.position[0] - {east}, "
                   f"worldloom.me.position[2] - {AWAY_M}) < 0.1")  # fmt: skip
        for name, (x, y) in on_screen(page, wall).items():
            rows, columns = (slice(max(0, int(at - r)), int(at + r)) for at in (y, x))
            sight = DRAWN[name][1]
            drawn_until(page, lambda drawn: sight(drawn[rows, columns]))  # noqa: B023
    drawn = picture(page)
    top, low = drawn[:20, :20].mean((0, 1)), drawn[-20:, :20].mean((0, 1))
    assert top[2] > top[0] + 40 and low[1] > low[2] + 20, "the sky is blue, the ground is green"


def press(page: Page, label: str) -> None:
    """Press something within reach by keys."""
    bar = page.get_by_role("toolbar", name="Within reach")
    bar.get_by_role("button", name=label).focus()
    page.keyboard.press("Enter")


@pytest.mark.soak
def test_what_has_no_picture_of_its_own_is_tried_by_keys(gallery: Served, visit: Open) -> None:
    page = visit(width=700, height=500).enter(gallery.world("den"))
    wait(page, "window.worldloom.me != null && window.worldloom.stats().settled")
    x, _, z = page.evaluate("worldloom.me.position")
    assert abs(x) < 0.05 and abs(z + 2) < 0.05, "one arrives where Spawn is"
    cart, fern = page.evaluate("['cart', 'fern'].map((name) => worldloom.screen(name)[0])")
    assert cart < fern, "and looks the way it looks: south, with the east on the left"
    press(page, "Push: cart")
    wait(page, f"{of('cart')}.position[2] > 0.2")
    press(page, "Use: Water")
    wait(page, f"{of('fern')}.components.Color?.value === '#20d040'")
    clicks = count(page, "Click", "den")
    press(page, "safe")
    wait(page, "document.querySelector('.toasts').innerText.includes('member')")
    assert count(page, "Click", "den") == clicks, "a Guard keeps the hand off"
    taken, let = (count(page, kind, "den") for kind in ("Grabbed", "Released"))
    press(page, "Take: lamp")
    counted(page, "Grabbed", taken, "den")
    press(page, "lamp")
    counted(page, "Released", let, "den")
    lamp = f"{of('lamp')}.position"
    wait(page, f"Math.hypot({lamp}[0] + 1.2, {lamp}[1] - 1.2, {lamp}[2]) < 0.15")
    assert page.evaluate(f"{lamp}[1]") > 1, "a Joint holds it where else it would fall"


TRIED: Mapping[str, Callable[..., None]] = {
    "Body": test_hands.test_a_key_takes_the_nearest_thing_another_throws_it,
    "Grab": test_hands.test_a_key_takes_the_nearest_thing_another_throws_it,
    "Mirror": test_effects.test_a_mirror_shows_what_stands_behind_who_looks,
    "Seat": test_hands.test_one_sits_by_the_bar_of_things_and_a_step_stands_up,
    "Sketch": test_sketching.test_a_triangle_is_drawn_by_keys_alone_and_seen_by_another,
    "Sky": test_all_that_has_a_picture_is_seen_on_the_page,
    "Sound": senses.test_a_sound_is_heard_near_its_place_after_the_first_gesture_and_not_far_away,
    "Zone": test_hands.test_a_zone_notices_and_a_guarded_one_keeps_out,
} | dict.fromkeys(
    ("Guard", "Joint", "Push", "Spawn", "Use"),
    test_what_has_no_picture_of_its_own_is_tried_by_keys,
)
"""What hangs in no row of the gallery, and the test that tries it on the page."""
