"""The course on lock-out in the page and in an emulated headset: it can be used by everyone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

from tests.browser.conftest import Served, Visit, wait
from tests.browser.headset import Headset, wear
from tests.browser.test_academy import right as right_words
from tests.browser.test_panels import AXE
from worldloom.kits.academy.courses.course import Course, Step
from worldloom.kits.academy.courses.yard import course
from worldloom.kits.academy.scene.places import LOCK_BOARD

Open = Callable[..., Visit]
COURSE: Course = course("lockout")
PANEL = "[data-panel=course-lockout]"
PLACE = """([text, id]) => {
  const panel = document.querySelector(`[data-panel=${id}]`);
  const all = panel.getBoundingClientRect();
  const card = [...panel.querySelectorAll('.card, li, article')]
    .filter((one) => one.textContent.includes(text) && one.querySelector('button'))
    .sort((a, b) => a.textContent.length - b.textContent.length)[0];
  const named = [...panel.querySelectorAll('button')].find((b) => b.textContent.trim() === text);
  const box = (named ?? card?.querySelector('button') ?? card)?.getBoundingClientRect();
  if (!box) return null;
  const u = (box.left + box.width / 2 - all.left) / all.width;
  const v = (box.top + box.height / 2 - all.top) / all.height;
  return worldloom.panels.where(id, u, v);
}"""
"""Where the button of a text on a panel is in the world."""


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


def test_axe_finds_nothing_in_the_panels_of_a_course_at_any_kind_of_step(
    default_realm: Served, visit: Open
) -> None:
    one = visit(width=1000, height=1600, bypass_csp=True)
    page = one.enter(default_realm.owner_of("academy"))
    page.locator(PANEL).wait_for()
    page.add_script_tag(content=AXE.read_text())
    assert faults(page) == [], "before it is begun, with the instructor's panels"
    page.evaluate("worldloom.do('begin', {course: 'lockout'})")
    seen: set[str] = set()
    for step in (step for step in COURSE.steps() if not step.drill):
        shows(page, step)
        if step.kind not in seen:
            seen.add(step.kind)
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                page.wait_for_timeout(300)
                assert faults(page) == [], (step.id, scheme)
        for given in answers(step):
            page.evaluate(f"worldloom.do('answer', {{given: {given!r}, course: 'lockout'}})")
    reads(page, "prompt", "Passed")
    assert faults(page) == []
    assert seen == {"look", "choose", "order", "click", "hazard", "dialogue", "assess"}


def press(headset: Headset, text: str) -> None:
    """Press what a panel on the wrist offers, by ray and trigger."""
    headset.raise_wrist()
    headset.frames(8)
    for _ in range(3):  # the panel may still grow while it is painted
        place = headset.page.evaluate(PLACE, [text, "course-lockout"])
        assert place is not None, text
        headset.put("controller-right", headset.told(".right.ray")[0], toward=place)
    headset.press("right", "trigger")


def test_in_a_headset_a_learner_begins_reads_the_card_errs_and_goes_on(
    default_realm: Served, visit: Open
) -> None:
    headset = wear(default_realm, visit, "academy")
    page = headset.page
    card, energies, tell = list(COURSE.steps())[:3]
    press(headset, "Begin")
    shows(page, card)
    wait(page, "Math.abs(worldloom.me.position[0] - 3.2) < 0.3")  # before the press
    headset.put("controller-left", (3.0, 0.6, 2.4))
    x, _, z = LOCK_BOARD
    headset.put("controller-right", (4.2, 1.3, 2.2), toward=(x + 0.28, 1.2, z + 0.32))
    headset.press("right", "trigger")
    reads(page, "said", "(d)(1)")
    shows(page, energies)
    press(headset, "The current")
    reads(page, "said", "the ram can still fall")
    press(headset, right_words(energies)[0])
    shows(page, tell)
    reads(page, "skill-energy", "energy")
