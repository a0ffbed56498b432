"""What a newcomer reads of the academy: an instructor on a desktop and a phone, and a learner."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.browser.conftest import Served, Visit, claim, wait

Open = Callable[..., Visit]
GROUP = "[data-panel=group-extinguisher]"
PANELS = "[...document.querySelectorAll('.dock .panel')].map((one) => one.dataset.panel)"
CUT_OFF = """(table) => [...document.querySelectorAll(`${table} .scroll *`)].filter((one) =>
  one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0).map((one) => one.outerHTML)"""
"""What of a table is not in it as a whole."""
WIDER = """(table) => (({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(
  document.querySelector(`${table} .scroll`))"""
REACHED = "[...document.querySelectorAll('.reach button')].map((one) => one.textContent)"


@pytest.fixture(scope="module")
def instructing(plaza: Served, chromium: Browser) -> Any:
    """Claim the realm and return its owner's cookies."""
    return claim(plaza.owner_of("academy"), chromium)


@pytest.fixture
def learner(plaza: Served, visit: Open) -> Page:
    """Let someone begin the fire course, and err at the fryer."""
    page = visit(320, 240).enter(plaza.world("academy"))
    page.evaluate("worldloom.do('begin', {course: 'extinguisher'})")
    for given in ("board", "a", "b", "f", "water"):
        page.evaluate("given => worldloom.do('answer', {given})", given)
    return page


def leading(plaza: Served, visit: Open, instructing: Any, width: int) -> Locator:
    """Return the group's panel of who leads, on a desktop or on a phone."""
    phone = {"has_touch": True, "is_mobile": True} if width < 600 else {}
    boss = visit(width, 800, storage_state=instructing, **phone).enter(plaza.world("academy"))
    if phone:
        boss.locator(".dock-opener").tap()
    return boss.locator(GROUP)


def read_whole(group: Locator, id: str) -> bool:
    """Return whether nothing of a table is cut off, nor scrolled to."""
    page, table = group.page, f"{GROUP} [data-w={id}]"
    return bool(page.evaluate(WIDER, table) <= 1 and page.evaluate(CUT_OFF, table) == [])


@pytest.mark.parametrize("width", [1280, 390])
def test_who_is_where_stands_in_the_panel_as_a_whole_and_more_by_a_press(
    plaza: Served, visit: Open, instructing: Any, learner: Page, width: int
) -> None:
    group = leading(plaza, visit, instructing, width)
    name = learner.evaluate("worldloom.me.name")
    row = group.locator("[data-w=learners] tr").filter(has_text=name)
    row.filter(has_text="Water, 1 × · The oil in the fryer burns.").wait_for()
    assert read_whole(group, "learners")
    row.get_by_role("button").click()
    more = group.locator("[data-w=learner]")
    more.get_by_text("what to take: no trial yet").wait_for()
    assert "Take the one that suits it from the rack." in more.inner_text()


@pytest.mark.parametrize("width", [1280, 390])
def test_what_answers_say_of_each_skill_stands_there_as_a_whole_and_its_chances_by_a_press(
    plaza: Served, visit: Open, instructing: Any, learner: Page, width: int
) -> None:
    group = leading(plaza, visit, instructing, width)
    group.get_by_role("tab", name="Chances").click()
    group.get_by_role("button", name="Fit to the answers").click()
    row = group.locator("[data-w=fitted] tr").filter(has_text="which fire it is")
    row.wait_for()
    assert read_whole(group, "fitted")
    row.get_by_role("button").click()
    more = group.locator("[data-w=skill]")
    more.get_by_text("Too few learners for a fit, which takes 30.").wait_for()
    assert "slip, wrong though known" in more.inner_text()


def test_who_leads_finds_leading_and_the_groups_before_what_learners_see(
    plaza: Served, visit: Open, instructing: Any
) -> None:
    boss = visit(900, 560, storage_state=instructing).enter(plaza.world("academy"))
    wait(boss, f"{PANELS}.includes('class-lead') && {PANELS}.includes('course-pump')")
    panels = boss.evaluate(PANELS)
    assert panels[:2] == ["class-lead", "group-extinguisher"]
    assert panels.index("group-pump") < panels.index("course-extinguisher")


def test_a_learner_is_told_what_is_assumed_and_of_a_figure_as_one_thing(
    plaza: Served, visit: Open
) -> None:
    page = visit(900, 560).enter(plaza.world("academy"))
    bar = page.locator("[data-panel=course-extinguisher] [data-w=skill-classes]")
    bar.get_by_text("3 more on which fire it is (assumed so far)").wait_for()
    page.evaluate("worldloom.go([-2.6, 0, 5.6])")
    figure = f"{REACHED}.filter((one) => one.includes('instructor'))"
    wait(page, f"{figure}.length > 0")
    assert page.evaluate(figure) == ["Read: Demonstration: instructor"]
