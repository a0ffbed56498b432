"""Walking by keyboard and by touch, and what stops one."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Served, Visit, wait
from tests.browser.test_things import stand

Open = Callable[..., Visit]


def place_of(page: Page) -> tuple[float, float, float]:
    x, y, z = page.evaluate("window.worldloom.me.position")
    return x, y, z


def walk_until_stopped(page: Page, *keys: str) -> tuple[float, float, float]:
    """Hold keys down until the feet no longer move; return where they stand."""
    start = place_of(page)
    for key in keys:
        page.keyboard.down(key)
    wait(
        page,
        f"(([x, , z]) => Math.hypot(x - {start[0]}, z - {start[2]}) > 0.5)"
        "(window.worldloom.me.position)",
    )
    before, now = start, place_of(page)
    for _ in range(40):
        page.wait_for_timeout(500)
        before, now = now, place_of(page)
        if math.dist(before, now) < 0.03:
            break
    for key in keys:
        page.keyboard.up(key)
    assert math.dist(before, now) < 0.03, "nothing stopped the walk"
    return now


@pytest.mark.soak
def test_the_fountain_stops_who_walks_into_it(plaza: Served, visit: Open) -> None:
    page = visit().enter(plaza.world("plaza"))
    stand(page, [-1.2, 0, 9.0])
    x, _, z = walk_until_stopped(page, "w", "Shift")
    assert 2.0 < math.hypot(x, z) < 8.0


def test_a_wall_stops_who_walks_into_it(plaza: Served, visit: Open, ownership: Any) -> None:
    page = visit(storage_state=ownership).enter(plaza.world("plaza"))
    page.evaluate(
        "window.worldloom.do('spawn', {name: 'wall', components:"
        " {Shape: {kind: 'box', size: [12, 3, 0.4]}}, position: [0, 1.5, 20]})"
    )
    stand(page, [-2.9, 0, 23.0])
    _, _, z = walk_until_stopped(page, "w")
    assert 20.2 < z < 21.5
    page.evaluate("window.worldloom.do('despawn', {entity: 'wall'})")


def test_nothing_overflows_a_phone_and_a_thumb_walks(plaza: Served, visit: Open) -> None:
    phone = visit(360, 740, has_touch=True, is_mobile=True)
    page = phone.enter(f"{plaza.url}/")
    enter = page.get_by_role("button", name="Enter", exact=True)
    enter.wait_for()
    fits_a_phone(page)
    enter.tap()
    wait(page, "window.worldloom.me != null && window.worldloom.stats().settled")
    fits_a_phone(page)
    x, _, z = place_of(page)
    touch = phone.context.new_cdp_session(page)
    for kind, points in (
        ("touchStart", [{"x": 80, "y": 500}]),
        ("touchMove", [{"x": 80, "y": 470}]),
        ("touchMove", [{"x": 80, "y": 440}]),
    ):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    wait(page, f"(([a, , b]) => Math.hypot(a - {x}, b - {z}) > 1)(window.worldloom.me.position)")
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.get_by_role("button", name="Menu").tap()
    fits_a_phone(page)


def fits_a_phone(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    small = page.evaluate(
        "[...document.querySelectorAll('button, a[href], select, input:not([type=range])')]"
        ".filter(e => e.checkVisibility({visibilityProperty: true}) && !e.closest('.reach'))"
        ".map(e => [e.ariaLabel || e.innerText || e.tagName, e.getBoundingClientRect()])"
        ".filter(([, r]) => r.width > 0 && (r.width < 43.9 || r.height < 43.9 || r.right > 360.5))"
        ".map(([n, r]) => `${n} ${r.width}x${r.height} to ${r.right}`)"
    )
    assert small == []
