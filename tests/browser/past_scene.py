"""Worlds with an owner and a builder, in windows of one size: for the tests of their history."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Served, Visit, wait
from tests.browser.looks import ways

Open = Callable[..., Visit]
SIZES = {"desk": (960, 540), "phone": (360, 740)}
WORLDS_MAX = 24
WORLDS = "from worldloom import World, sphere\n\n" + "".join(
    f'w{n} = World("past-{n}")\nw{n}.spawn("lantern", sphere(radius=0.3), at=(0, 1.5, -2))\n'
    for n in range(WORLDS_MAX)
)
FRESH = """
if (!sessionStorage.getItem('begun')) {
  localStorage.clear();
  sessionStorage.setItem('begun', 'yes');
}
"""
"""A new window of someone remembers nothing of an earlier test, and all over a reload."""
NAMED = "localStorage.setItem('worldloom.name', '{}');\n"
RED, BLUE, GREEN = "#ff0000", "#0000ff", "#00ff00"
KEEP_TOLD = """
window.told = [];
new MutationObserver((changes) => {
  for (const { addedNodes } of changes)
    for (const node of addedNodes)
      if (node.classList?.contains('toast')) window.told.push(node.innerText);
}).observe(document, { childList: true, subtree: true });
"""
"""Notes go by themselves, and a busy machine may look too late."""
COLOUR = (
    "name => Object.values(window.worldloom.entities())"
    ".find(e => e.name === name)?.components.Color?.value"
)


class House:
    """A realm with an empty world for each test of a file, and its people's windows, kept open.

    To start a server and let two browsers fetch a page anew takes longer than most of these tests.
    """

    def __init__(self, folder: Path, chromium: Browser) -> None:
        author = folder / "worlds.py"
        author.write_text(WORLDS)
        self.served = Served(folder / "realm.loom", str(author))
        self.served.start()
        self._chromium = chromium
        self._people: dict[str, Visit] = {}
        self._free = iter(range(WORLDS_MAX))
        self._claimed = False

    def next_world(self) -> str:
        """Return the name of a world in which nobody was yet."""
        return f"past-{next(self._free)}"

    def owner_of(self, world: str) -> str:
        """Return the address by which the owner enters: the first time it is how one becomes it."""
        url = self.served.world(world) if self._claimed else self.served.owner_of(world)
        self._claimed = True
        return url

    def person(self, name: str, size: tuple[int, int], calm: bool) -> Visit:
        """Return an empty window of someone; who was here before is the same person again."""
        known = self._people.get(name)
        if known is None:
            known = self._people[name] = Visit.open(self._chromium, *size, calm=calm)
            known.context.add_init_script(FRESH + NAMED.format(name) + KEEP_TOLD)
        else:
            known.again()
        known.page.set_viewport_size({"width": size[0], "height": size[1]})
        return known

    def check(self) -> None:
        """Fail where a page did what it must not."""
        for one in self._people.values():
            one.check()

    def stop(self) -> None:
        """Close all windows and end the server."""
        for one in self._people.values():
            one.context.close()
        self.served.stop()


class Scene:
    """A world of its own with its owner Ada and the builder Bob, in windows of one size."""

    def __init__(self, house: House, visit: Open, size: tuple[int, int], calm: bool) -> None:
        self.house, self._visit = house, visit
        self.width, self.height = size
        self.world = house.next_world()
        ada, bob = (house.person(name, size, calm) for name in ("Ada", "Bob"))
        self.ada = ada.enter(house.owner_of(self.world))
        self.bob = bob.enter(self.url())
        wait(self.ada, "window.worldloom.me?.role === 'owner'")
        entered = [r for r in self.records() if r.get("kind") == "Entered"]
        account = next(r["data"]["account"] for r in entered if r["data"]["name"] == "Bob")
        do(self.ada, "grant", account=account, role="builder")
        wait(self.bob, "window.worldloom.me.role === 'builder'")

    def url(self, world: str = "") -> str:
        """Return the address of this world, or of another one of the realm."""
        return self.house.served.world(world or self.world)

    def window(self, name: str, url: str) -> Page:
        """Open a window of this scene's size for someone who was never here."""
        one = self._visit(width=self.width, height=self.height)
        one.context.add_init_script(NAMED.format(name) + KEEP_TOLD)
        return one.enter(url)

    def get(self, path: str = "", world: str = "") -> dict[str, Any]:
        """Ask the server about this world or another, as somebody who is not signed in."""
        url = f"{self.house.served.url}/api/worlds/{world or self.world}/{path}".removesuffix("/")
        with urlopen(url, timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def agrees(self, page: Page, world: str = "") -> bool:
        """Return whether a page shows, byte by byte, what the server has."""
        seq = page.evaluate("window.worldloom.seq")
        here = page.evaluate("window.worldloom.stateHash()")
        return bool(self.get(f"state?seq={seq}", world)["state_hash"] == here)

    def records(self) -> list[dict[str, Any]]:
        """Return every record of the world."""
        found: list[dict[str, Any]] = self.get("events?after=0&limit=1000")["records"]
        return found


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[House]:
    """Serve a realm for all scenes of a file."""
    one = House(tmp_path_factory.mktemp("house"), chromium)
    yield one
    one.stop()


@pytest.fixture
def scene(request: pytest.FixtureRequest, house: House, visit: Open) -> Iterator[Scene]:
    """Open a scene on a desk, or on the screen that a test names."""
    calm = request.node.get_closest_marker("frames") is None
    yield Scene(house, visit, SIZES[getattr(request, "param", "desk")], calm)
    house.check()


later_on_a_phone = ways("scene", ["desk"], soak=["phone"], indirect=True)
"""On a phone as well, in `make soak`."""


def do(page: Page, action: str, **args: object) -> int:
    """Do an action; return its seq."""
    seq: int = page.evaluate(
        "([action, args]) => window.worldloom.do(action, args).then(({seq}) => seq)",
        [action, args],
    )
    return seq


def ball(page: Page, name: str, colour: str, at: tuple[float, float, float] = (0, 1, 10)) -> int:
    """Make a ball."""
    components = {"Shape": {"kind": "sphere"}, "Color": {"value": colour}}
    return do(page, "spawn", name=name, components=components, position=at)


def paint(page: Page, name: str, colour: str) -> int:
    """Paint a thing."""
    return do(page, "set", entity=name, component="Color", fields={"value": colour})


def becomes(page: Page, name: str, colour: str | None) -> None:
    """Wait until a thing has a colour in a page's picture of the world, or is not there."""
    wait(page, f"({COLOUR})('{name}') == {json.dumps(colour)}")


def told(page: Page, text: str) -> None:
    """Wait until the page has told something in a toast."""
    wait(page, f"window.told.some(told => told.includes({json.dumps(text)}))")


def open_history(page: Page) -> None:
    """Open the history by its button."""
    page.get_by_role("button", name="History", exact=True).click()
    wait(page, "document.querySelector('.time-bar:not([hidden]) [role=slider]') !== null")
    wait(page, "document.querySelector('.time-bar .ticks').childElementCount > 0")


def go_to(page: Page, seq: int) -> None:
    """Go to a moment, byte by byte."""
    page.evaluate("seq => window.worldloom.at(seq)", seq)


def choose_in_menu(page: Page, label: str) -> None:
    """Open the menu and press one of its entries, as a hand would: nothing may lie over it."""
    page.get_by_role("button", name="Menu", exact=True).click()
    page.get_by_role("region", name="Menu").get_by_role("button", name=label, exact=True).click()


def until(true: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Look again and again until something is true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"it did not come true: {what}"
        time.sleep(0.1)
