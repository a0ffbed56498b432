"""The front page: four doors, and the first leads into the plaza without a reload."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

from tests.browser.conftest import Served, Visit, wait

Open = Callable[..., Visit]


def front_page(plaza: Served, visit: Open) -> Page:
    page = visit().enter(f"{plaza.url}/")
    page.get_by_role("button", name="Enter", exact=True).wait_for()
    return page


def test_the_front_page_has_four_doors(plaza: Served, visit: Open) -> None:
    page = front_page(plaza, visit)
    for door in ("Enter", "Open my model", "New world", "Invite"):
        assert page.get_by_role("button", name=door, exact=True).is_visible()


def test_enter_walks_in_without_a_reload_and_back_leads_out(plaza: Served, visit: Open) -> None:
    page = front_page(plaza, visit)
    page.evaluate("window.stillTheSamePage = true")
    page.get_by_label("Your name").fill("Ada")
    page.get_by_role("button", name="Enter", exact=True).click()
    wait(page, "window.worldloom.me?.name === 'Ada'")
    assert page.url.endswith("/w/plaza")
    page.go_back()
    page.get_by_role("button", name="Enter", exact=True).wait_for()
    assert page.evaluate("window.stillTheSamePage")


def test_invite_shows_the_link_of_the_plaza(plaza: Served, visit: Open) -> None:
    page = front_page(plaza, visit)
    page.get_by_role("button", name="Invite", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    shown = dialog.evaluate(
        "d => [d, ...d.querySelectorAll('input')].map(e => e.value || e.innerText)"
    )
    assert f"{plaza.url}/w/plaza" in " ".join(shown)


def ask_for_a_world(page: Page, title: str) -> None:
    page.get_by_role("button", name="New world", exact=True).click()
    page.get_by_role("dialog").get_by_role("textbox").fill(title)
    page.get_by_role("button", name="Create", exact=True).click()


def test_a_new_world_is_entered_by_the_owner_who_made_it(
    plaza: Served, visit: Open, ownership: Any
) -> None:
    page = visit(storage_state=ownership).enter(f"{plaza.url}/")
    ask_for_a_world(page, "My small garden")
    wait(page, "window.worldloom.world === 'my-small-garden' && window.worldloom.me !== null")
    assert page.evaluate("window.worldloom.me.role") == "owner"


def test_a_guest_who_would_make_a_world_is_told_the_missing_right(
    plaza: Served, visit: Open
) -> None:
    page = front_page(plaza, visit)
    ask_for_a_world(page, "Not mine")
    wait(page, "/making a world needs/i.test(document.body.innerText)")
    assert page.evaluate("window.worldloom.world") is None
