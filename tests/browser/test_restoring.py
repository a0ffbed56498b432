"""Promised: one thing or everything is again as it was, and that itself can be undone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import wait
from tests.browser.past_scene import (
    BLUE,
    GREEN,
    RED,
    Scene,
    ball,
    becomes,
    choose_in_menu,
    do,
    go_to,
    later_on_a_phone,
    open_history,
    paint,
    told,
)


@later_on_a_phone
def test_one_thing_is_restored_and_that_is_undone_and_redone(scene: Scene) -> None:
    ada, bob = scene.ada, scene.bob
    ball(ada, "red ball", RED)
    then = ball(bob, "blue ball", BLUE)
    paint(ada, "red ball", GREEN)
    paint(bob, "blue ball", GREEN)
    open_history(ada)
    go_to(ada, then)
    restore(ada, "Only red ball")
    told(ada, "The red ball is again as it was")
    for page in (ada, bob):
        becomes(page, "red ball", RED)
        becomes(page, "blue ball", GREEN)
    assert not ada.locator(".then").is_visible(), "it is done in the present, and seen there"
    choose_in_menu(ada, "Undo")
    for page in (ada, bob):
        becomes(page, "red ball", GREEN)
    choose_in_menu(ada, "Redo")
    for page in (ada, bob):
        becomes(page, "red ball", RED)
        becomes(page, "blue ball", GREEN)
    assert scene.agrees(ada)


@pytest.mark.soak
@later_on_a_phone
def test_everything_is_restored_whoever_changed_it_and_that_is_undone(scene: Scene) -> None:
    ada, bob = scene.ada, scene.bob
    ball(ada, "red ball", RED)
    then = ball(bob, "blue ball", BLUE)
    paint(bob, "red ball", GREEN)
    do(bob, "despawn", entity="blue ball")
    ball(bob, "green ball", GREEN)
    open_history(ada)
    go_to(ada, then)
    restore(ada, "Everything")
    told(ada, "The world is again as it was")
    for page in (ada, bob):
        becomes(page, "red ball", RED)
        becomes(page, "blue ball", BLUE)
        becomes(page, "green ball", None)
    ada.locator("[data-deed=undo]").click()
    for page in (ada, bob):
        becomes(page, "red ball", GREEN)
        becomes(page, "blue ball", None)
        becomes(page, "green ball", GREEN)
    ada.locator("[data-deed=redo]").click()
    becomes(bob, "blue ball", BLUE)
    assert scene.agrees(ada)


@pytest.mark.soak
@later_on_a_phone
def test_a_thing_is_restored_from_its_line_in_the_list(scene: Scene) -> None:
    ada = scene.ada
    ball(ada, "red ball", RED)
    paint(scene.bob, "red ball", BLUE)
    paint(scene.bob, "red ball", GREEN)
    open_history(ada)
    if not ada.locator(".history-drawer").is_visible():
        ada.get_by_role("button", name="What happened").click()
    wait(ada, "document.querySelectorAll('.entry').length > 2")
    ada.locator(".entry").nth(1).click()
    ada.get_by_role("button", name="Restore as it was then").click()
    becomes(scene.bob, "red ball", BLUE)
    choose_in_menu(ada, "Undo")
    becomes(scene.bob, "red ball", GREEN)


@pytest.mark.soak
def test_nothing_is_restored_before_one_says_so(scene: Scene) -> None:
    ada = scene.ada
    then = ball(ada, "red ball", RED)
    paint(ada, "red ball", GREEN)
    open_history(ada)
    assert "go to a moment first" in (
        ada.locator("[data-deed=restore]").get_attribute("title") or ""
    )
    go_to(ada, then)
    records = len(scene.records())
    for way_out in ("Cancel", "Close"):
        ada.locator("[data-deed=restore]").click()
        ada.get_by_role("dialog").get_by_role("button", name=way_out, exact=True).click()
        wait(ada, "document.querySelector('dialog') === null")
    do(ada, "say", text="on second thoughts")  # a restoring would have come before this
    assert [record["kind"] for record in scene.records()[records:]] == ["Said"]


@pytest.mark.soak
def test_who_may_not_build_is_told_so(scene: Scene) -> None:
    then = ball(scene.ada, "red ball", RED)
    paint(scene.ada, "red ball", GREEN)
    cat = scene.window("Cat", scene.url())
    open_history(cat)
    go_to(cat, then)
    button = cat.locator("[data-deed=restore]")
    assert "your role here does not allow this" in (button.get_attribute("title") or "")


def restore(page: Page, what: str) -> None:
    """Restore from the moment that is shown, by the time bar."""
    page.locator("[data-deed=restore]").click()
    dialog = page.get_by_role("dialog")
    offered = dialog.get_by_label("What").locator("option").all_inner_texts()
    chosen = next(text for text in offered if text.startswith(what))
    dialog.get_by_label("What").select_option(label=chosen)
    dialog.get_by_role("button", name="Restore", exact=True).click()
