"""Promised: who goes by keys alone loses neither their place nor their way in the history."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import wait
from tests.browser.past_scene import GREEN, RED, Scene, ball, do, go_to, later_on_a_phone, paint


def slider(page: Page) -> None:
    """Expect the keys to be where one goes along the time bar."""
    expect(page.get_by_role("slider", name="Moment of this world")).to_be_focused()


def open_by_key(page: Page) -> None:
    """Open the history as who has no pointer does."""
    page.locator("#stage").focus()
    page.keyboard.press("h")
    wait(page, "document.querySelector('.time-bar .ticks')?.childElementCount > 0")
    slider(page)


@later_on_a_phone
def test_who_plays_pauses_and_comes_back_by_keys_stays_at_the_time_bar(scene: Scene) -> None:
    ada = scene.ada
    first = ball(ada, "red ball", RED)
    ada.wait_for_timeout(1_500)
    paint(ada, "red ball", GREEN)
    open_by_key(ada)
    go_to(ada, first)
    ada.get_by_label("Speed").select_option("0.25")
    ada.get_by_role("button", name="Play", exact=True).press("Enter")
    expect(ada.get_by_role("button", name="Pause", exact=True)).to_be_focused()
    ada.keyboard.press("Space")
    expect(ada.get_by_role("button", name="Play", exact=True)).to_be_focused()
    ada.get_by_role("button", name="Back to live").press("Enter")
    slider(ada)


@later_on_a_phone
def test_a_leap_by_page_keys_always_gets_on(scene: Scene) -> None:
    ada = scene.ada
    for number in range(3):
        ball(ada, f"ball {number}", RED)
    ada.wait_for_timeout(2_500)  # a pause of far more than a tenth of the bar
    ball(ada, "late ball", GREEN)
    open_by_key(ada)
    ada.keyboard.press("Home")
    wait(ada, "document.documentElement.classList.contains('in-past')")
    for _ in range(30):
        before = ada.evaluate("window.worldloom.seq")
        ada.keyboard.press("PageDown")
        wait(ada, f"window.worldloom.seq > {before}")
        if not ada.evaluate("document.documentElement.classList.contains('in-past')"):
            break
    assert ada.evaluate("window.worldloom.seq") == scene.get()["seq"]
    ada.keyboard.press("PageUp")
    wait(ada, "document.documentElement.classList.contains('in-past')")


@later_on_a_phone
def test_escape_brings_back_now_and_then_puts_the_history_away(scene: Scene) -> None:
    ada = scene.ada
    first = ball(ada, "red ball", RED)
    paint(ada, "red ball", GREEN)
    open_by_key(ada)
    go_to(ada, first)
    ada.locator("[data-deed=compare]").press("Enter")
    ada.get_by_role("slider", name="Divider").focus()
    ada.keyboard.press("Escape")
    wait(ada, "!document.documentElement.classList.contains('in-past')")
    slider(ada)
    ada.keyboard.press("Escape")
    expect(ada.get_by_role("region", name="History")).to_be_hidden()
    expect(ada.locator("#stage")).to_be_focused()


@later_on_a_phone
def test_what_the_keys_reach_is_read_whole(scene: Scene) -> None:
    ada = scene.ada
    do(ada, "go", position=[60, 0, 60])
    ada.locator("#stage").focus()
    ada.keyboard.press("Tab")
    reached = ada.locator(".reach button:focus")
    expect(reached).to_be_visible()
    box = reached.bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= scene.width
    assert reached.evaluate("one => one.scrollWidth <= one.clientWidth")
