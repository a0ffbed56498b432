"""A picture, film or sound whose file is gone: who comes is told, and the world goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.browser.conftest import Served, Visit, wait
from tests.browser.test_accessible import audit, axe

Open = Callable[..., Visit]
WORLD = """
from worldloom import Click, Image, Screen, Sound, Spawn, Transform, Video, World, box

GONE = "0" * 64
world = World("attic")
world.spawn("start", Spawn(radius=0.1), Transform((0, 0, 2)))
world.spawn("poster", Image(GONE, 1.0, alt="A poster"), at=(-2, 1.5, -1))
world.spawn("loop", Video("1" * 64, alt="A loop"), at=(2, 1.5, -1))
world.spawn("cinema", Screen("2" * 64, title="A film"), at=(0, 1.5, -3))
world.spawn("bell", box(0.3, 0.3, 0.3), Sound("3" * 64), at=(1, 1.0, 0))
lamp = world.spawn("lamp", box(0.3, 0.3, 0.3), at=(-1, 1.0, 0))


@world.on(Click, lamp)
def light(click: Click) -> None:
    world.say("the lamp answers")
"""
GONE = "could not be loaded: its file is not here any more"
LOST = {
    "A poster": "its picture", "A loop": "its film", "A film": "its film", "bell": "its sound",
}  # fmt: skip
LOOKED_AT = ("A poster", "A loop")
"""Cards that nothing can be done with: a press on their name in the bar does nothing."""


@pytest.fixture(scope="module")
def attic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("attic")
    (folder / "attic.py").write_text(WORLD)
    server = Served(folder / "realm.loom", str(folder / "attic.py"))
    server.start()
    yield server
    server.stop()


def test_what_is_gone_is_told_by_the_bar_of_what_is_within_reach_and_the_world_goes_on(
    attic: Served, visit: Open
) -> None:
    one = visit(width=1000, height=700)
    page = one.enter(attic.world("attic"))
    page.mouse.click(500, 690)  # a press lets sounds begin
    bar = page.get_by_role("toolbar", name="Within reach")
    for title, what in LOST.items():
        named = bar.get_by_role("button", name=f"{title} ({what} {GONE})")
        named.wait_for()
        assert named.is_disabled() == (title in LOOKED_AT), title
    poster = bar.get_by_role("button", name="A poster")
    poster.focus()
    page.keyboard.press("Enter")
    assert poster.evaluate("(one) => one === document.activeElement"), "it is read, and no more"
    assert audit(page) + axe(page) == []
    page.evaluate("worldloom.click('lamp')")
    page.get_by_role("log").get_by_text("the lamp answers").wait_for()


def test_whoever_reads_the_world_is_told_of_each_file_that_is_gone(
    attic: Served, visit: Open
) -> None:
    page = visit().page
    page.goto(f"{attic.world('attic')}/text")
    here = page.get_by_role("region", name="What is here")
    for title, what in LOST.items():
        here.get_by_text(f"{title} ({what} {GONE})").wait_for()
    wait(page, f"document.body.innerText.includes('A film: its film {GONE}.')")
