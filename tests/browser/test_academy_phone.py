"""A learner on a phone goes through the whole fire school by touch, to mastery and the badge."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Served, Visit, wait
from tests.browser.test_academy import (
    PANEL,
    academy,
    at_step,
    platform,
    reads,
    right,
    widget,
)
from tests.browser.test_accessible import audit, axe

Open = Callable[..., Visit]
__all__ = ["academy", "platform"]
OUTSIDE = f"""(() => {{
  const panel = document.querySelector('{PANEL}');
  return [...panel.querySelectorAll('button, a, p, h1, h2, h3, span, input')]
    .filter((one) => one.checkVisibility() && !one.closest('.visually-hidden, .tabs'))
    .map((one) => [one.outerHTML.slice(0, 90), one.getBoundingClientRect()])
    .filter(([, {{ left, right, width }}]) => width > 1 && (left < -1 || right > innerWidth + 1))
    .map(([html]) => html);
}})()"""
"""What of the learner's panel is cut off at a side."""


def tap(page: Page, text: str) -> None:
    """Tap one of the answers, and wait until something came of it."""
    before = page.evaluate("worldloom.seq")
    widget(page, "choices").get_by_text(text, exact=True).first.tap()
    wait(page, f"worldloom.seq > {before}")
    page.wait_for_timeout(200)


@pytest.mark.soak
def test_the_whole_course_is_within_reach_of_a_thumb(academy: Served, visit: Open) -> None:
    page = visit(390, 844, has_touch=True, is_mobile=True).enter(academy.world("academy"))
    page.locator(".dock-opener").tap()
    widget(page, "begin").get_by_role("button", name="Begin").tap()
    reads(page, "prompt", "board")
    asked: list[str] = []
    while "You are through" not in widget(page, "prompt").inner_text():
        step = at_step(page)
        if step.id not in asked:
            assert page.evaluate(OUTSIDE) == []
        asked.append(step.id)
        assert len(asked) < 40
        for text in right(step):
            tap(page, text)
        if len(asked) == 6:
            assert audit(page) + axe(page) == []
    reads(page, "prompt", "Passed")
    for skill in ("classes", "choice", "use"):
        reads(page, f"skill-{skill}", "mastered")
    page.locator("[data-panel=badges] a").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
