"""Through a portal into another world of the realm: on the same page, and not straight back."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Served, Visit, wait
from tests.browser.test_things import point_at, stand
from tests.browser.test_walking import place_of

Open = Callable[..., Visit]

# In each world one arrives at a Spawn. That of the hall is in its portal, as behind a real door.
HOUSE = '''"""A garden and a hall with a door between them."""

from worldloom import Portal, Spawn, World, box

garden = World("garden", title="Garden")
garden.spawn("lawn", box(40, 1, 40), at=(0, -0.5, 0))
garden.spawn("start", Spawn(0.1), at=(0, 0, 8))
garden.spawn("gate", Portal("hall", "To the hall", radius=2.0), at=(0, 0, 0))

hall = World("hall", title="Hall")
hall.spawn("floor", box(40, 1, 40), at=(0, -0.5, 0))
hall.spawn("start", Spawn(0.1), at=(5, 0, 5))
hall.spawn("door", Portal("garden", "To the garden", radius=2.0), at=(5, 0, 5))
'''


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve two worlds with a portal in each."""
    folder = tmp_path_factory.mktemp("house")
    (folder / "house.py").write_text(HOUSE)
    server = Served(folder / "realm.loom", str(folder / "house.py"))
    server.start()
    yield server
    server.stop()


def wait_to_stand_in(page: Page, world: str) -> None:
    """Wait until the world is entered and drawn, and its own things are what the page knows."""
    wait(page, f"window.worldloom.world === '{world}' && window.worldloom.me !== null")
    page.evaluate("window.worldloom.ready")
    wait(page, "window.worldloom.stats().settled")


def test_what_a_pointer_that_rests_was_on_is_told_no_longer_once_one_is_elsewhere(
    house: Served, visit: Open
) -> None:
    page = visit().enter(house.world("garden"))
    wait_to_stand_in(page, "garden")
    hint = page.locator(".hint")
    stand(page, [0, 0, 4])
    point_at(page, "To the hall")
    stand(page, [0, 0, -12])
    hint.wait_for(state="hidden")
    stand(page, [0, 0, 4])
    point_at(page, "To the hall")
    page.evaluate("worldloom.go([0, 0, 0])")
    wait_to_stand_in(page, "hall")
    hint.wait_for(state="hidden")


def test_one_walks_through_a_portal_on_the_same_page_and_is_not_sent_straight_back(
    house: Served, visit: Open
) -> None:
    page = visit().enter(house.world("garden"))
    wait_to_stand_in(page, "garden")
    page.evaluate("window.stillTheSamePage = true")
    page.keyboard.down("w")
    wait(page, "window.worldloom.world === 'hall'")
    page.keyboard.up("w")
    wait_to_stand_in(page, "hall")
    assert page.evaluate("window.stillTheSamePage") is True
    assert page.url.partition("?")[0] == house.world("hall")
    names = page.evaluate("Object.values(window.worldloom.entities()).map((e) => e.name)")
    assert {"floor", "door"} <= set(names)
    x, _, z = place_of(page)
    assert math.hypot(x - 5, z - 5) < 1.1, "this test stands in the portal"
    # Portals are looked for some times a second: many looks later one is still here.
    page.evaluate("new Promise((done) => setTimeout(done, 3000))")
    assert page.evaluate("window.worldloom.world") == "hall"
    # Who has stepped out of it once may take it back.
    stand(page, [5, 0, 9])
    page.evaluate("new Promise((done) => setTimeout(done, 1000))")
    stand_in_portal(page)
    wait_to_stand_in(page, "garden")
    assert page.evaluate("window.stillTheSamePage") is True


def stand_in_portal(page: Page) -> None:
    """Go into the hall's portal; the world may have changed before the answer is here."""
    page.evaluate("void window.worldloom.go([5, 0, 5]).catch(() => undefined)")


def test_the_way_back_in_the_browser_leads_to_the_world_before(house: Served, visit: Open) -> None:
    page = visit().enter(house.world("garden"))
    wait_to_stand_in(page, "garden")
    page.evaluate("window.stillTheSamePage = true")
    page.evaluate("void window.worldloom.go([0, 0, 0]).catch(() => undefined)")
    wait_to_stand_in(page, "hall")
    page.go_back(wait_until="commit")
    wait_to_stand_in(page, "garden")
    assert page.evaluate("window.stillTheSamePage") is True
