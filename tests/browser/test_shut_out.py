"""Who may not come into a private world reads a quiet card, and finds the ways from there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import HELLO, Served, Visit, wait
from tests.browser.looks import ways
from tests.browser.test_accessible import audit, axe
from tests.server.asking import Browser, Site

Open = Callable[..., Visit]
CARD = "document.querySelector('.banner h1')?.innerText === 'This world is private'"


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Browser]]:
    """Serve a world that only people with a role come into, with its owner."""
    server = Served(Path(tmp_path_factory.mktemp("private")) / "realm.loom", str(HELLO))
    server.start()
    owner = Site(server).owner()
    answer = owner.act("hello", "set_entry", visibility="private", capacity=0)
    assert answer.status == 200, answer.json
    yield server, owner
    server.stop()


def shut_out(visit: Open, url: str, **window: object) -> Page:
    page = visit(**window).page
    page.goto(url)
    wait(page, CARD)
    return page


@ways(
    "width, height, scheme",
    [(390, 844, "dark")],
    soak=[(1000, 700, "light"), (1000, 700, "dark"), (390, 844, "light")],
)
def test_a_stranger_reads_what_a_private_world_is_and_nothing_else(
    private: tuple[Served, Browser], visit: Open, width: int, height: int, scheme: str
) -> None:
    server, _ = private
    url = server.world("hello")
    page = shut_out(visit, url, width=width, height=height, color_scheme=scheme)
    said = page.locator("body").inner_text()
    assert "guest:" not in said and "needs the role" not in said
    names = "[...document.querySelectorAll('#ui button')].filter(one => one.checkVisibility())"
    assert page.evaluate(f"{names}.map(one => one.innerText)") == ["Front page", "Sign in"]
    assert audit(page) + axe(page) == []
    page.get_by_role("button", name="Front page").click()
    page.locator(".front").wait_for()


def test_a_spent_invitation_is_told_in_the_same_card(
    private: tuple[Served, Browser], visit: Open
) -> None:
    server, owner = private
    made = owner.post("/api/worlds/hello/invitations", {"role": "visitor", "uses": 1})
    link = server.url + made.json["url"]
    first = visit().page
    first.goto(link)
    wait(first, "window.worldloom?.me != null")
    page = shut_out(visit, link, width=1000, height=700)
    assert "has been used up" in page.locator(".banner").inner_text()
    assert page.locator(".toast").count() == 0
