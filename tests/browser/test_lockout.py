"""The panels of a course at every kind of step: axe finds nothing in them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Served, Visit, wait
from tests.browser.test_panels import AXE
from worldloom.kits.academy.courses.course import Course, Step
from worldloom.kits.academy.courses.yard import course

Open = Callable[..., Visit]
COURSE: Course = course("lockout")
PANEL = "[data-panel=course-lockout]"


def answers(step: Step) -> list[str]:
    """Return the right answers to a step, as the action `answer` takes them."""
    if step.kind == "order":
        return [option.id for option in step.options]
    if step.kind == "dialogue":
        return ["0"] * sum(line.id != "sure" for line in step.lines)
    return [next((option.id for option in step.options if option.right), step.target)]


def reads(page: Page, id: str, text: str) -> None:
    """Wait until a widget of the learner's panel says something."""
    chosen = f"document.querySelector(\"{PANEL} [data-w='{id}']\")"
    wait(page, f"({chosen}?.textContent ?? '').includes({json.dumps(text)})")


def shows(page: Page, step: Step) -> None:
    """Wait until the panel asks a step."""
    reads(page, "prompt", step.prompt.replace("**", "")[:60])


def faults(page: Page) -> list[Any]:
    """Return what axe finds wrong in the panels."""
    found = page.evaluate("axe.run('.dock').then(({violations}) => violations)")
    return [(rule["id"], node["html"][:160]) for rule in found for node in rule["nodes"]]


TOP = f"""document.querySelector('{PANEL}')?.getBoundingClientRect().top
  - document.querySelector('.dock-sheet').getBoundingClientRect().top"""
"""How far below the upper edge of what is seen of all panels the course's own begins."""


def comes_into_view(page: Page) -> None:
    """Begin the course by a program amid another one, below which one reads."""
    page.set_viewport_size({"width": 1000, "height": 400})
    page.evaluate("worldloom.do('begin', {course: 'pump'})")
    page.locator(PANEL).wait_for(state="detached")
    held = page.locator("[data-panel=course-pump] [data-w=leave] button")
    held.focus()
    wait(page, "document.querySelector('.dock-sheet').scrollTop > 100")
    page.evaluate("worldloom.do('begin', {course: 'lockout'})")
    wait(page, f"Math.abs({TOP}) < 2")
    assert held.evaluate("one => one === document.activeElement"), "the focus stays"
    page.evaluate("worldloom.do('leave_course', {course: 'pump'})")
    page.set_viewport_size({"width": 1000, "height": 1600})


@pytest.mark.soak
def test_axe_finds_nothing_in_the_panels_of_a_course_at_any_kind_of_step(
    default_realm: Served, visit: Open
) -> None:
    one = visit(width=1000, height=1600, bypass_csp=True)
    page = one.enter(default_realm.owner_of("academy"))
    page.locator(PANEL).wait_for()
    page.add_script_tag(content=AXE.read_text())
    assert faults(page) == [], "before it is begun, with the instructor's panels"
    comes_into_view(page)
    seen: set[str] = set()
    for step in (step for step in COURSE.steps() if not step.drill):
        shows(page, step)
        if step.kind not in seen:
            seen.add(step.kind)
            if step.kind == "choose":  # with what is said to who is wrong
                page.evaluate("worldloom.do('answer', {given: 'current', course: 'lockout'})")
                page.locator(f"{PANEL} [data-tone=bad]").wait_for()
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                page.wait_for_timeout(300)
                assert faults(page) == [], (step.id, scheme)
        for given in answers(step):
            page.evaluate(f"worldloom.do('answer', {{given: {given!r}, course: 'lockout'}})")
    reads(page, "prompt", "Passed")
    assert faults(page) == []
    assert seen == {"look", "choose", "order", "click", "hazard", "dialogue", "assess"}
