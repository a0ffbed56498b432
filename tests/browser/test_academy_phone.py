"""A learner on a phone goes through each whole course by touch, to mastery and the badge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Served, Visit, wait
from tests.browser.fire_school import academy, at_step, platform, reads, right, widget
from tests.browser.test_accessible import audit, axe
from worldloom.kits.academy.courses.course import Course, Dial, Step
from worldloom.kits.academy.courses.yard import course

Open = Callable[..., Visit]
__all__ = ["academy", "platform"]
COURSES = [course(name) for name in ("extinguisher", "lockout", "pump")]
OUTSIDE = """(name) => {
  const panel = document.querySelector(`[data-panel=course-${name}]`);
  return [...panel.querySelectorAll('button, a, p, h1, h2, h3, span, input')]
    .filter((one) => one.checkVisibility() && !one.closest('.visually-hidden, .tabs'))
    .map((one) => [one.outerHTML.slice(0, 90), one.getBoundingClientRect()])
    .filter(([, { left, right, width }]) => width > 1 && (left < -1 || right > innerWidth + 1))
    .map(([html]) => html);
}"""
"""What of the learner's panel is cut off at a side."""


def taps(page: Page, taught: Course, step: Step) -> None:
    """Answer a step rightly by touch, and wait after each tap until something came of it."""
    if step.dial is not None:
        sets(page, taught, step.dial)
        return
    for text in right(step):
        before = page.evaluate("worldloom.seq")
        widget(page, "choices", taught).get_by_text(text, exact=True).first.tap()
        wait(page, f"worldloom.seq > {before}")
        page.wait_for_timeout(200)


def sets(page: Page, taught: Course, dial: Dial) -> None:
    """Set a number by a finger on its slider, and give it as the answer."""
    panel = page.locator(f"[data-panel=course-{taught.id}]")
    slider = panel.get_by_role("slider")
    slider.scroll_into_view_if_needed()
    wide, high = slider.evaluate("(one) => [one.offsetWidth, one.offsetHeight]")
    span, goal = dial.highest - dial.lowest, (dial.least + dial.most) / 2
    at = wide * (goal - dial.lowest) / span
    for _ in range(5):  # a finger that missed it sees what is set, and taps beside
        slider.tap(position={"x": at, "y": high / 2})
        value = float(slider.input_value())
        if dial.least <= value <= dial.most:
            break
        at += wide * (goal - value) / span
    assert dial.least <= float(slider.input_value()) <= dial.most
    before = page.evaluate("worldloom.seq")
    panel.get_by_role("button", name="Set it").tap()
    wait(page, f"worldloom.seq > {before}")
    page.wait_for_timeout(200)


@pytest.mark.soak
@pytest.mark.tried("academy", "phone", "axe")
@pytest.mark.parametrize("taught", COURSES, ids=lambda one: one.id)
def test_the_whole_course_is_within_reach_of_a_thumb(
    academy: Served, visit: Open, taught: Course
) -> None:
    page = visit(390, 844, has_touch=True, is_mobile=True).enter(academy.world("academy"))
    page.locator(".dock-opener").tap()
    widget(page, "begin", taught).get_by_role("button", name="Begin").tap()
    begun: Any = next(taught.steps()).prompt.replace("**", "")
    reads(page, "prompt", begun, taught)
    asked: list[str] = []
    while "You are through" not in widget(page, "prompt", taught).inner_text():
        step = at_step(page, taught)
        if step.id not in asked:
            assert page.evaluate(OUTSIDE, taught.id) == []
        asked.append(step.id)
        assert len(asked) < 40
        taps(page, taught, step)
        if len(asked) == 6:
            assert audit(page) + axe(page) == []
    reads(page, "prompt", "Passed", taught)
    for skill in taught.skills:
        reads(page, f"skill-{skill.id}", "mastered", taught)
    page.locator("[data-panel=badges] a").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
