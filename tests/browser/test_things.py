"""Things that answer: by the pointer, by the keyboard alone, by a form; and talking."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.conftest import Served, Visit, wait

Open = Callable[..., Visit]
LANTERN = "Object.values(window.worldloom.entities()).find(e => e.name === 'lantern')"
LIT = f"({LANTERN}?.components.Light.intensity ?? 0) > 0"
DRAWN = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
BESIDE_LANTERN = [-4.3, 0, 11.6]
BESIDE_BOARD = [3.0, 0, 11.0]


def stand(page: Page, place: list[float]) -> None:
    page.evaluate("place => window.worldloom.go(place)", place)
    wait(
        page,
        f"(([x, y, z]) => Math.hypot(x - {place[0]}, z - {place[2]}) < 0.8)"
        "(window.worldloom.me.position) && window.worldloom.stats().settled",
    )


def point_at(page: Page, title: str) -> tuple[int, int]:
    """Move the pointer over the picture until the hint names a thing; return where that is."""
    hint = page.locator(".hint")
    for y in range(120, 260, 28):
        for x in range(160, 460, 28):
            page.mouse.move(x, y)
            page.evaluate(DRAWN)  # the hint follows the pointer a frame later
            if _names(hint, title):
                page.wait_for_timeout(300)  # and on a busy machine some frames later
                if _names(hint, title):
                    return x, y
    raise AssertionError(f"{title} is nowhere in the picture")


def _names(hint: Locator, title: str) -> bool:
    return hint.is_visible() and title in hint.inner_text()


def reach(page: Page, title: str) -> None:
    """Go to a thing by Tab and arrows alone; who comes too early, before it is listed, tries on."""
    focused = "document.activeElement.closest('[role=toolbar].reach') !== null"
    for _ in range(5):
        page.keyboard.press("Escape")
        for _ in range(16):
            page.keyboard.press("Tab")
            if page.evaluate(focused):
                break
        for _ in range(10):
            if title in page.evaluate("document.activeElement.ariaLabel ?? ''"):
                return
            page.keyboard.press("ArrowRight")
        page.wait_for_timeout(600)
    held = page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
    listed = page.locator(".reach").inner_text()
    raise AssertionError(f"{title} is not within reach: {listed}; the focus is on {held}")


def test_a_click_on_the_lantern_lights_it_for_the_other_visitor(plaza: Served, visit: Open) -> None:
    ada = visit().enter(plaza.world("plaza"))
    bob = visit().enter(plaza.world("plaza"))
    stand(ada, BESIDE_LANTERN)
    before = bob.evaluate(LIT)
    ada.mouse.click(*point_at(ada, "A lantern"))
    wait(bob, f"({LIT}) !== {str(before).lower()}")


def test_the_keyboard_alone_reaches_a_thing_and_says_so(plaza: Served, visit: Open) -> None:
    page = visit().enter(plaza.world("plaza"))
    stand(page, BESIDE_LANTERN)
    before = page.evaluate(LIT)
    reach(page, "A lantern")
    page.keyboard.press("Enter")
    wait(page, f"({LIT}) !== {str(before).lower()}")
    live = page.locator("[aria-live=polite]#reach")
    assert "A lantern" in live.inner_text()


@pytest.mark.soak
def test_a_note_left_by_the_form_hangs_on_the_board_for_all(plaza: Served, visit: Open) -> None:
    ada = visit().enter(plaza.world("plaza"))
    bob = visit().enter(plaza.world("plaza"))
    stand(ada, BESIDE_BOARD)
    reach(ada, "Leave a note")
    ada.keyboard.press("Enter")
    ada.get_by_role("dialog").get_by_role("textbox").fill("the tea is in the hall")
    ada.get_by_role("button", name="Done", exact=True).click()
    wait(
        bob,
        "Object.values(window.worldloom.entities()).some("
        "e => e.components.Text?.value.includes('the tea is in the hall'))",
    )


def test_enter_opens_the_line_to_talk_and_enter_says_it(plaza: Served, visit: Open) -> None:
    ada = visit().enter(plaza.world("plaza"))
    bob = visit().enter(plaza.world("plaza"))
    ada.keyboard.press("Enter")
    ada.keyboard.type("what a place")
    ada.keyboard.press("Enter")
    wait(bob, "document.body.innerText.includes('what a place')")
