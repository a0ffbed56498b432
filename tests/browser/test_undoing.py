"""Promised: everyone takes back their own by key and by button, and nothing lies in the way."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import wait
from tests.browser.past_scene import (
    BLUE,
    GREEN,
    RED,
    Scene,
    ball,
    becomes,
    choose_in_menu,
    go_to,
    later_on_a_phone,
    open_history,
    paint,
    told,
)

ENTRIES = "[...document.querySelectorAll('.drawer .entries button')].map(e => e.innerText)"
FOCUSED = "document.activeElement?.dataset.deed ?? document.activeElement?.innerText ?? ''"


@later_on_a_phone
def test_one_undoes_only_their_own_reloads_and_redoes(scene: Scene) -> None:
    ada, bob = scene.ada, scene.bob
    ball(ada, "red ball", RED)
    ball(bob, "blue ball", BLUE)
    paint(ada, "red ball", GREEN)
    paint(bob, "blue ball", GREEN)
    ada.locator("#stage").focus()
    ada.keyboard.press("Control+z")
    told(ada, "Undone: red ball")
    for page in (ada, bob):
        becomes(page, "red ball", RED)
        becomes(page, "blue ball", GREEN)
    ada.reload()
    ada.evaluate("window.worldloom.ready")
    becomes(ada, "red ball", RED)
    ada.locator("#stage").focus()
    ada.keyboard.press("Control+y")
    told(ada, "Redone: red ball")
    for page in (ada, bob):
        becomes(page, "red ball", GREEN)
    assert ada.evaluate("window.worldloom.stateHash()") == scene.get("state")["state_hash"]


@later_on_a_phone
def test_what_someone_else_changed_since_stays_and_is_named(scene: Scene) -> None:
    ada, bob = scene.ada, scene.bob
    ball(ada, "red ball", RED)
    paint(ada, "red ball", GREEN)
    paint(bob, "red ball", BLUE)
    open_history(ada)
    ada.locator("[data-deed=undo]").click()
    told(ada, "Kept, because others changed it since")
    told(ada, "red ball · Color (Bob)")
    becomes(ada, "red ball", BLUE)


@pytest.mark.soak
@later_on_a_phone
def test_both_buttons_at_the_time_bar_take_back_and_do_again(scene: Scene) -> None:
    ada, bob = scene.ada, scene.bob
    ball(ada, "red ball", RED)
    ball(bob, "blue ball", BLUE)
    paint(ada, "red ball", GREEN)
    open_history(ada)
    undo, redo = (ada.locator(f"[data-deed={deed}]") for deed in ("undo", "redo"))
    undo.click()
    told(ada, "Undone: red ball")
    becomes(bob, "red ball", RED)
    undo.click()
    becomes(bob, "red ball", None)
    for colour in (RED, GREEN):
        redo.click()
        becomes(bob, "red ball", colour)
    becomes(bob, "blue ball", BLUE)
    redo.click()
    told(ada, "can be done again")
    assert scene.agrees(ada)


@pytest.mark.soak
@later_on_a_phone
def test_both_entries_of_the_menu_work_and_nothing_lies_over_it(scene: Scene) -> None:
    ada = scene.ada
    ball(ada, "red ball", RED)
    paint(ada, "red ball", GREEN)
    open_history(ada)
    show_list(ada)
    choose_in_menu(ada, "Undo")
    becomes(scene.bob, "red ball", RED)
    choose_in_menu(ada, "Redo")
    becomes(scene.bob, "red ball", GREEN)
    assert ada.evaluate("document.activeElement.id") == "stage", "the arrows walk again"
    ada.get_by_role("button", name="Menu", exact=True).click()
    labels = ada.evaluate(ENTRIES)
    assert {"Undo", "Redo", "Help"} <= set(labels)
    menu = ada.get_by_role("region", name="Menu")
    for label in labels:
        menu.get_by_role("button", name=label, exact=True).click(trial=True)


@later_on_a_phone
def test_undo_and_redo_are_reached_and_pressed_by_keyboard(scene: Scene) -> None:
    ada = scene.ada
    ball(ada, "red ball", RED)
    paint(ada, "red ball", GREEN)
    ada.locator("#stage").focus()
    ada.keyboard.press("h")
    expect(ada.get_by_role("slider", name="Moment of this world")).to_be_focused(timeout=40_000)
    tab_to(ada, "undo")
    ada.keyboard.press("Enter")
    becomes(scene.bob, "red ball", RED)
    tab_to(ada, "redo")
    ada.keyboard.press("Space")
    becomes(scene.bob, "red ball", GREEN)
    ada.get_by_role("button", name="Menu", exact=True).focus()
    ada.keyboard.press("Enter")
    tab_to(ada, "Undo")
    ada.keyboard.press("Enter")
    becomes(scene.bob, "red ball", RED)
    ada.keyboard.press("Shift+Control+Z")
    becomes(scene.bob, "red ball", GREEN)


@pytest.mark.soak
def test_in_the_past_both_buttons_say_why_they_do_nothing(scene: Scene) -> None:
    ada = scene.ada
    then = ball(ada, "red ball", RED)
    paint(ada, "red ball", GREEN)
    open_history(ada)
    go_to(ada, then)
    for deed in ("undo", "redo"):
        assert "only in the present" in (
            ada.locator(f"[data-deed={deed}]").get_attribute("title") or ""
        )
    choose_in_menu(ada, "Undo")
    told(ada, "You are looking at the past")
    becomes(scene.bob, "red ball", GREEN)


def show_list(page: Page) -> None:
    """Open the list of what happened, where it is not open yet."""
    if not page.locator(".history-drawer").is_visible():
        page.get_by_role("button", name="What happened").click()
    wait(page, "document.querySelector('.entry') !== null")


def tab_to(page: Page, name: str) -> None:
    """Go on by Tab until a button has the focus."""
    for _ in range(16):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED) == name:
            return
    raise AssertionError(f"{name} is not reached by Tab")
