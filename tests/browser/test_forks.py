"""Promised: a fork is entered like any world, and its page says whose it is."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import Served, Visit, wait

Open = Callable[..., Visit]
ORIGIN = "document.querySelector('.place .origin')"


def fork(served: Served, cookie: str, name: str, parent: str) -> dict[str, Any]:
    """Fork a world as the visitor of a cookie."""
    request = urllib.request.Request(
        f"{served.url}/api/worlds/{parent}/fork",
        json.dumps({"name": name}).encode(),
        {"Content-Type": "application/json", "Cookie": cookie, "Origin": served.url},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        made: dict[str, Any] = json.load(answer)
        return made


def test_a_forks_page_says_whose_it_is_and_leads_back_to_the_moment(
    served: Served, visit: Open
) -> None:
    page = visit(width=480, height=320).enter(served.owner_of("hello"))
    wait(page, "window.worldloom.me?.role === 'owner'")
    assert page.evaluate(f"{ORIGIN}.hidden")
    cookies = {c["name"]: c["value"] for c in page.context.cookies() if "name" in c}
    made = fork(served, f"worldloom={cookies['worldloom']}", "idea", "hello")
    page.goto(f"{served.url}/w/idea")
    wait(page, "window.worldloom?.world === 'idea' && window.worldloom.me?.role === 'owner'")
    wait(page, f"!{ORIGIN}.hidden")
    assert page.evaluate(f"{ORIGIN}.textContent") == "fork of hello"
    assert "Sandbox" in page.evaluate(f"{ORIGIN}.title")
    assert page.evaluate(f"{ORIGIN}.getAttribute('href')") == f"/w/hello?seq={made['seq']}"
    hash_here = page.evaluate("window.worldloom.stateHash()")
    seq = page.evaluate("window.worldloom.seq")
    with urllib.request.urlopen(f"{served.url}/api/worlds/idea/state?seq={seq}") as answer:
        assert json.load(answer)["state_hash"] == hash_here
    page.evaluate("window.worldloom.do('spawn', {name: 'a new bench'})")
    wait(page, "Object.values(window.worldloom.entities()).some(e => e.name === 'a new bench')")
    page.evaluate(f"{ORIGIN}.click()")
    wait(page, "window.worldloom?.world === 'hello'")


@pytest.mark.soak
def test_on_a_small_screen_the_hint_pushes_nothing_out(default_realm: Served, visit: Open) -> None:
    page = visit(width=360, height=640).enter(default_realm.owner_of("plaza"))
    wait(page, "window.worldloom.me?.role === 'owner'")
    cookies = {c["name"]: c["value"] for c in page.context.cookies() if "name" in c}
    fork(default_realm, f"worldloom={cookies['worldloom']}", "idea", "plaza")
    page.goto(f"{default_realm.url}/w/idea")
    wait(page, "window.worldloom?.world === 'idea' && window.worldloom.me?.role === 'owner'")
    wait(page, f"!{ORIGIN}.hidden")
    for part in (".place .names span", ".place .origin", ".tools"):
        box = page.locator(part).first.bounding_box()
        assert box is not None and box["width"] > 40, part
        assert box["x"] >= 0 and box["x"] + box["width"] <= 360, part


def test_a_forks_card_on_the_front_page_says_of_what_and_when(served: Served, visit: Open) -> None:
    page = visit(width=960, height=540).enter(served.owner_of("hello"))
    wait(page, "window.worldloom.me?.role === 'owner'")
    cookies = {c["name"]: c["value"] for c in page.context.cookies() if "name" in c}
    made = fork(served, f"worldloom={cookies['worldloom']}", "idea", "hello")
    page.goto(f"{served.url}/")
    card = page.locator(".shelf a[href='/w/idea']")
    card.wait_for()
    title = page.locator(".shelf a[href='/w/hello'] .title").inner_text()
    assert f"fork of {title} at moment {made['seq']}" in card.inner_text()
