"""A panel in the world shows a value as soon as anybody sets it: not its own page's hand alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Served, Visit, wait

Open = Callable[..., Visit]
WORLD = """
from worldloom import Panel, Sky, Spawn, Transform, World

world = World("kinds")
world.spawn("sky", Sky(hour=12))
world.spawn("start", Spawn(radius=0.1), Transform((0, 0, 3)))
wall = world.use(Panel("Asks", at="wall", place=(-1, 1.5, -1)))
widgets = {
    "toggle": wall.toggle("Toggle", scope="all"),
    "slider": wall.slider("Slider", 0, 100, 10, scope="all"),
    "number": wall.number("Number", 5, scope="all"),
    "choice": wall.choice("Choice", ["north", "south"], "north", scope="all"),
    "field": wall.field("Field", "one", scope="all"),
    "lines": wall.field("Lines", "one", lines=3, scope="all"),
    "towns": wall.choice("Towns", [f"Town {k}" for k in range(9)], "Town 1", scope="all"),
    "tank": wall.progress("Tank", 0.2),
    "load": wall.meter("Load", 20, max=100),
}
SET = {"toggle": True, "slider": 70, "number": 61, "choice": "south", "field": "other words",
       "lines": "other lines", "towns": "Town 7", "tank": 0.8, "load": 77}


@world.action
def change(which: str) -> None:
    widgets[which].set(value=SET[which])
"""
KINDS = ("toggle", "slider", "number", "choice", "field", "lines", "towns", "tank", "load")
BOTH = "[false, true].map((anew) => window.worldloom.panels.picture('asks', anew))"
COUNT = "((c) => c.whole + c.parts)(window.worldloom.panels.painted('asks'))"


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("kinds")
    (folder / "kinds.py").write_text(WORLD)
    server = Served(folder / "realm.loom", str(folder / "kinds.py"))
    server.start()
    yield server
    server.stop()


def enter(kinds: Served, visit: Open) -> Page:
    """Enter and wait until the panel on the wall is painted, and stays so."""
    page = visit(500, 400).enter(kinds.world("kinds"))
    wait(page, "window.worldloom.panels.painted('asks')?.whole > 0")
    wait(page, "document.fonts.status === 'loaded'")
    page.wait_for_timeout(800)
    return page


def test_what_python_sets_is_seen_on_a_wall_in_every_kind_of_widget(
    kinds: Served, visit: Open
) -> None:
    page = enter(kinds, visit)
    for kind in KINDS:
        before, shown_before = page.evaluate(COUNT), page.evaluate(BOTH)[0]
        page.evaluate("(which) => worldloom.do('change', {which})", kind)
        wait(page, f"{COUNT} > {before}")
        page.wait_for_timeout(400)
        shown, anew = page.evaluate(BOTH)
        assert shown != shown_before, f"{kind}: nothing is seen of it"
        assert shown == anew, f"{kind}: the wall shows what was before"
