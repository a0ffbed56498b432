"""A person reads who asks to come in, and says yes or no, without a script on the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Served, Visit
from tests.browser.test_accessible import audit
from tests.server.asking import Site
from tests.server.test_oauth import BACK, program

Open = Callable[..., Visit]


def ask(plaza: Served, ownership: Any, visit: Open, **window: Any) -> tuple[Page, list[str]]:
    """Open the question in the owner's browser; return the page, and where the program is told."""
    page = visit(storage_state=ownership, **window).page
    led: list[str] = []

    def arrive(route: Any) -> None:
        led.append(route.request.url)
        route.fulfill(body="back at the program")

    page.route(f"{BACK}*", arrive)
    page.goto(plaza.url + program(Site(plaza)).ask(resource=f"{plaza.url}/mcp/plaza"))
    return page, led


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_question_is_legible_on_a_phone_and_answered_by_the_keyboard(
    plaza: Served, ownership: Any, visit: Open, scheme: str
) -> None:
    page, led = ask(plaza, ownership, visit, width=360, height=740, color_scheme=scheme)
    assert page.get_by_role("heading").inner_text() == "“Scout <b>” asks to come in as you"
    assert audit(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_label("Speak, walk").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Allow").focus()
    page.keyboard.press("Enter")
    page.get_by_text("back at the program").wait_for()
    told = parse_qs(urlsplit(led[0]).query)
    assert told["state"] == ["s t"] and told["iss"] == [plaza.url] and len(told["code"]) == 1


def test_no_is_told_to_the_program(plaza: Served, ownership: Any, visit: Open) -> None:
    page, led = ask(plaza, ownership, visit)
    page.get_by_role("button", name="Deny").click()
    page.get_by_text("back at the program").wait_for()
    assert parse_qs(urlsplit(led[0]).query)["error"] == ["access_denied"]
