"""Panels in the world: painted from the page's own layout, and worked by rays as by a mouse."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Served, Visit, wait
from tests.browser.looks import ways
from tests.browser.pixels import READ_PNG, Colours, drawn_until
from tests.browser.pixels import picture as picture_of
from tests.browser.test_panels import WORLD

Open = Callable[..., Visit]
DIFFERENCE = (
    "async ([one, other]) => {"
    + READ_PNG
    + """
  const [a, b] = [await read(one), await read(other)].map(
    (g) => g.getImageData(0, 0, g.canvas.width, g.canvas.height));
  const [w, h] = [Math.min(a.width, b.width), Math.min(a.height, b.height)];
  let [far, sum] = [0, 0];
  for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) {
    const [i, j] = [(y * a.width + x) * 4, (y * b.width + x) * 4];
    let most = 0;
    for (let c = 0; c < 3; c++) most = Math.max(most, Math.abs(a.data[i + c] - b.data[j + c]));
    sum += most;
    if (most > 90) far += 1;
  }
  return { far: far / (w * h), mean: sum / (w * h), sizes: [a.width, a.height, b.width, b.height] };
}"""
)
BOTH = "[false, true].map((anew) => window.worldloom.panels.picture('board', anew))"
UV = """(selector) => {
  const panel = document.querySelector('.panel-host [data-panel=board]').getBoundingClientRect();
  const box = panel && document.querySelector(`.panel-host ${selector}`).getBoundingClientRect();
  return [(box.left + box.width / 2 - panel.left) / panel.width,
    (box.top + box.height / 2 - panel.top) / panel.height];
}"""


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the world of panels for all tests of the module."""
    server = Served(tmp_path_factory.mktemp("painted") / "realm.loom", WORLD)
    server.start()
    yield server
    server.stop()


def enter(hall: Served, visit: Open, **options: Any) -> Page:
    """Enter and wait until the board on the wall is painted."""
    page = visit(**{"width": 700, "height": 1200, **options}).enter(hall.world("panels"))
    wait(page, "window.worldloom.panels.painted('board')?.whole > 0")
    wait(page, "document.fonts.status === 'loaded'")
    page.wait_for_timeout(500)
    return page


def picture(page: Page) -> str:
    """Return the whole board, painted anew, as a PNG's address."""
    found: str = page.evaluate("window.worldloom.panels.picture('board', true)")
    return found


def point(page: Page, kind: str, selector: str, aside: float = 0.0) -> None:
    """Let a ray do something at the middle of an element of the board, or beside it."""
    u, v = page.evaluate(UV, selector)
    page.evaluate(f"window.worldloom.panels.point('board', '{kind}', {u + aside}, {v})")


def press(page: Page, selector: str) -> None:
    """Let a ray press an element of the board."""
    for kind in ("move", "down", "up"):
        point(page, kind, selector)


@ways("scheme", ["light"], soak=["dark"])
def test_the_painted_picture_is_the_pages_own(hall: Served, visit: Open, scheme: str) -> None:
    page = enter(hall, visit, color_scheme=scheme, device_scale_factor=1.5)
    painted = picture(page)
    page.evaluate("document.querySelector('.panel-host').style.left = '0'")
    page.evaluate("document.querySelector('.panel-host').inert = false")
    page.evaluate("document.querySelector('#ui').append(document.querySelector('.panel-host'))")
    shot = page.locator(".panel-host [data-panel=board]").screenshot()
    shown = f"data:image/png;base64,{base64.b64encode(shot).decode()}"
    found = page.evaluate(DIFFERENCE, [painted, shown])
    assert found["far"] < 0.02 and found["mean"] < 4, found


def test_after_any_change_the_parts_make_the_same_picture_as_the_whole(
    hall: Served, visit: Open
) -> None:
    page = enter(hall, visit)
    whole = page.evaluate("window.worldloom.panels.painted('board').whole")
    for selector in ("[data-w=lamp] input", "[data-w=way] label:last-child", "[data-w=ask] button"):
        parts = page.evaluate("window.worldloom.panels.painted('board').parts")
        press(page, selector)
        wait(page, f"window.worldloom.panels.painted('board').parts > {parts}")
        page.wait_for_timeout(400)  # the server's answer changes it once more
        # Both at one moment: an answer that came in between would be in one of them alone.
        shown, whole_anew = page.evaluate(BOTH)
        assert shown == whole_anew, selector
    counts = page.evaluate("window.worldloom.panels.painted('board')")
    assert counts["parts"] > 3
    assert counts["whole"] - whole <= 3, "most of it was painted in parts"


def test_whoever_is_here_is_still_seen_once_a_part_of_a_panel_was_painted(
    hall: Served, visit: Open
) -> None:
    page = enter(hall, visit, width=640, height=480)

    def stands(drawn: Colours) -> bool:
        """Tell whether our own figure is in the picture, before the even ground."""
        legs = drawn[310:390, 230:290]  # below the panel
        return bool((np.abs(legs - drawn[350, 60]).max(-1) > 40).mean() > 0.2)

    drawn_until(page, stands)
    parts = page.evaluate("window.worldloom.panels.painted('board').parts")
    press(page, "[data-w=lamp] input")
    wait(page, f"window.worldloom.panels.painted('board').parts > {parts}")
    page.wait_for_timeout(1500)  # some frames, each with the figure's joints sent anew
    assert stands(picture_of(page))


def test_a_ray_does_what_a_mouse_does(hall: Served, visit: Open) -> None:
    page = enter(hall, visit)
    line = "window.worldloom.panels.widget('board', 'text').text"
    lit = page.evaluate("document.querySelector('.panel-host [data-w=lamp] input').checked")
    press(page, "[data-w=lamp] label")
    wait(
        page,
        f"document.querySelector('.panel-host [data-w=lamp] input').checked !== {json.dumps(lit)}",
    )
    point(page, "move", "[data-w=level] .slide")
    point(page, "down", "[data-w=level] .slide")
    for step in range(6):
        point(page, "move", "[data-w=level] .slide", step * 0.03)
    point(page, "up", "[data-w=level] .slide", 0.15)
    wait(page, f"Number({line}.replace('level ', '')) > 60")
    press(page, "[data-w=way] label:last-child")
    wait(page, "document.querySelector('.panel-host [data-w=way] input:checked').value === 'down'")
    press(page, "[data-w=ask] button")
    wait(page, f"{line} === 'asked'")
    point(page, "move", "[data-w=ask] button")
    assert page.locator(".panel-host button.pointed").count() == 1, "what a ray is on is marked"


def test_a_panel_on_a_wall_is_seen_in_the_world_and_opened_from_the_page(
    hall: Served, visit: Open
) -> None:
    page = enter(hall, visit)
    page.get_by_role("button", name="Open Board").click()
    board = page.locator(".dock [data-panel=board]")
    board.wait_for()
    board.get_by_role("button", name="Ask").click()
    wait(page, "window.worldloom.panels.widget('board', 'text').text === 'asked'")
    board.locator(".fold").click()
    page.locator(".panel-host [data-panel=board]").wait_for(state="attached")
    assert page.evaluate("document.activeElement.textContent") == "Open Board"
