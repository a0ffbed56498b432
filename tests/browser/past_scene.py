"""A world with its owner and a builder, in windows of one size: for the tests of its history."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Served, Visit, wait

Open = Callable[..., Visit]
HELLO = Path(__file__).parents[2] / "examples" / "00_hello.py"
SIZES = {"desk": (960, 540), "phone": (360, 740)}
NAMED = "localStorage.setItem('worldloom.name', '{}')"
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


class Scene:
    """A world with its owner Ada and the builder Bob, in windows of one size."""

    def __init__(self, served: Served, visit: Open, size: tuple[int, int]) -> None:
        self.served, self._visit = served, visit
        self.width, self.height = size
        self.ada = self.window("Ada", served.owner_of("hello"))
        self.bob = self.window("Bob", served.world("hello"))
        wait(self.ada, "window.worldloom.me?.role === 'owner'")
        entered = [r for r in self.records() if r.get("kind") == "Entered"]
        account = next(r["data"]["account"] for r in entered if r["data"]["name"] == "Bob")
        do(self.ada, "grant", account=account, role="builder")
        wait(self.bob, "window.worldloom.me.role === 'builder'")

    def window(self, name: str, url: str) -> Page:
        """Open a visitor's window of this scene's size."""
        one = self._visit(width=self.width, height=self.height)
        one.context.add_init_script(NAMED.format(name))
        one.context.add_init_script(KEEP_TOLD)
        return one.enter(url)

    def get(self, path: str) -> dict[str, Any]:
        """Ask the server as somebody who is not signed in."""
        with urlopen(f"{self.served.url}/api/worlds/{path}", timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def agrees(self, page: Page, world: str = "hello") -> bool:
        """Return whether a page shows, byte by byte, what the server has."""
        seq = page.evaluate("window.worldloom.seq")
        here = page.evaluate("window.worldloom.stateHash()")
        return bool(self.get(f"{world}/state?seq={seq}")["state_hash"] == here)

    def records(self) -> list[dict[str, Any]]:
        """Return every record of the world."""
        found: list[dict[str, Any]] = self.get("hello/events?after=0&limit=1000")["records"]
        return found


def set_up(request: pytest.FixtureRequest, folder: Path, visit: Open) -> Iterator[Scene]:
    """Serve the smallest example and open a scene on a desk, or on the screen a test names.

    What is tested is the same in every world.
    """
    server = Served(folder / "realm.loom", str(HELLO))
    server.start()
    yield Scene(server, visit, SIZES[getattr(request, "param", "desk")])
    server.stop()


on_a_phone_too = pytest.mark.parametrize("scene", SIZES, indirect=True)


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
