"""A learner's story at the fire school: learn, err, adapt, master; the instructor sees it."""

from __future__ import annotations

import json
from collections.abc import Callable

from playwright.sync_api import Locator, Page

from tests.browser.conftest import Served, Visit, wait
from worldloom.kits.academy.courses.course import Course, Step
from worldloom.kits.academy.courses.yard import course

Open = Callable[..., Visit]
COURSE: Course = course("extinguisher")
PANEL = "[data-panel=course-extinguisher]"
KEPT = "Object.values(worldloom.entities()).find(e => e.name === 'fire').components['academy.Fire']"


def widget(page: Page, id: str) -> Locator:
    """Return a widget of the learner's panel."""
    return page.locator(f"{PANEL} [data-w='{id}']")


def reads(page: Page, id: str, text: str) -> None:
    """Wait until a widget of the panel says something."""
    chosen = f"document.querySelector(\"{PANEL} [data-w='{id}']\")"
    wait(page, f"({chosen}?.textContent ?? '').includes({json.dumps(text)})")


def prompt_of(step: Step) -> str:
    """Return what the panel shows of a step's prompt: it is without the marks."""
    return step.prompt.replace("**", "")


def right(step: Step) -> list[str]:
    """Return the words of the right answers to a step, one after another."""
    if step.kind == "order":
        return [option.text for option in step.options]
    if step.kind == "dialogue":
        return [next(reply.text for reply in line.replies if reply.right)
                for line in step.lines if line.id != "calm"]  # fmt: skip
    if step.options:
        return [next(option.text for option in step.options if option.right)]
    if step.kind == "demonstrate":
        return ["I have watched it"]
    return [step.target[:1].upper() + step.target[1:]]


def choose(page: Page, text: str) -> None:
    """Press one of the answers on the panel, as a hand does."""
    widget(page, "choices").get_by_text(text, exact=True).first.click()


def at_step(page: Page) -> Step:
    """Return the step that the panel shows."""
    shown = widget(page, "prompt").inner_text()
    return next(step for step in COURSE.steps() if prompt_of(step) in shown)


def answer_right(page: Page) -> None:
    """Answer the step that is shown, and wait until the next one is."""
    step, before = at_step(page), page.evaluate("worldloom.seq")
    for text in right(step):
        choose(page, text)
        wait(page, f"worldloom.seq > {before}")
        page.wait_for_timeout(200)
        before = page.evaluate("worldloom.seq")


def test_a_learner_errs_adapts_and_masters_while_the_instructor_sees_it(
    default_realm: Served, visit: Open
) -> None:
    boss = visit(width=1000, height=700).enter(default_realm.owner_of("academy"))
    page = visit(width=1000, height=900).enter(default_realm.world("academy"))
    widget(page, "begin").get_by_role("button", name="Begin").click()
    reads(page, "prompt", "board")
    page.evaluate("worldloom.click('board')")
    reads(page, "said", "Alarm first")
    for number, text in enumerate(["A · solids", "B · liquids", "F · cooking oil"]):
        reads(page, "prompt", prompt_of(list(COURSE.steps())[number + 1]))
        choose(page, text)
    reads(page, "skill-classes", "mastered")

    reads(page, "prompt", "fryer")
    page.evaluate("worldloom.click('water')")
    reads(page, "said", "Never on burning oil")
    wait(page, f"{KEPT}.level > 2")  # the fireball
    wait(page, f"{KEPT}.level < 2")
    choose(page, "Wet chemical")
    reads(page, "said", "soap")
    reads(page, "prompt", "switchboard")
    reads(page, "skill-choice", "more on what to take")

    asked: list[str] = []
    while "Passed" not in widget(page, "prompt").inner_text():
        asked.append(at_step(page).id)
        answer_right(page)
        assert len(asked) < 40
    assert "embers" in asked, "who had erred needed one drill more than three right answers"
    reads(page, "skill-choice", "mastered")
    reads(page, "skill-use", "mastered")
    reads(page, "done", "100")

    boss.get_by_text("Fire extinguishers: the group").first.wait_for()
    wait(boss, "document.querySelector('[data-panel=group-extinguisher]').innerText"
               ".includes('passed 100%')")  # fmt: skip
    group = boss.locator("[data-panel=group-extinguisher]")
    group.get_by_role("tab", name="What fails").click()
    wait(boss, "document.querySelector('[data-panel=group-extinguisher]').innerText"
               ".includes('fryer')")  # fmt: skip
    evidence = boss.locator("[data-panel=evidence]")
    evidence.get_by_text("fryer", exact=True).first.wait_for()
    evidence.get_by_role("button", name="Where they hesitated").click()
    boss.get_by_text("let their way be recorded").first.wait_for()


def test_on_a_phone_the_course_begins_and_a_tap_on_an_extinguisher_takes_it(
    default_realm: Served, visit: Open
) -> None:
    page = visit(width=390, height=760, has_touch=True).enter(default_realm.world("academy"))
    page.locator(".dock-opener").click()
    widget(page, "begin").get_by_role("button", name="Begin").click()
    reads(page, "prompt", "board")
    page.evaluate("worldloom.click('board')")
    for number, text in enumerate(["A · solids", "B · liquids", "F · cooking oil"]):
        reads(page, "prompt", prompt_of(list(COURSE.steps())[number + 1]))
        choose(page, text)
    reads(page, "prompt", "fryer")
    page.locator(".dock-sheet").get_by_role("button", name="Close").first.click()
    page.evaluate("worldloom.go([-3.5, 0, -0.9])")
    page.wait_for_timeout(2500)
    tap_on(page, ("carbon dioxide", "powder"))
    wait(page, f"{KEPT}.level > 1.5")


def tap_on(page: Page, names: tuple[str, ...]) -> None:
    """Move over the picture until the hint names one of some things, and press there."""
    hint = page.locator(".hint")
    for y in range(430, 520, 16):
        for x in range(10, 150, 12):
            page.mouse.move(x, y)
            page.wait_for_timeout(60)
            if hint.is_visible() and any(name in hint.inner_text() for name in names):
                page.wait_for_timeout(300)
                if any(name in hint.inner_text() for name in names):
                    page.mouse.click(x, y)
                    return
    raise AssertionError("no extinguisher is in the picture")
