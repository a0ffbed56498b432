"""A class in the demo: an instructor and a learner see, lead, ask, answer and draw together."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import CALM, Served, Visit, wait
from worldloom.kits.academy.courses.spots import RADIUS_M
from worldloom.kits.academy.scene.places import SPOTS, WHITEBOARD, WORKSHOP

Open = Callable[..., Visit]
BOSS, LEARNER = "[data-panel=class-lead]", "[data-panel=class]"
SHELF = Path(__file__).parents[2] / "worldloom/kits/academy/courses/shelf"
CANTEEN = Path(__file__).parents[2] / "worldloom/kits/academy/baked/canteen.png"
MARKS = "Object.values(worldloom.entities()).filter(e => e.name.startsWith('mark '))"
PANELS = "[...document.querySelectorAll('.dock .panel')].map((one) => one.dataset.panel)"
AT = "worldloom.me.position"
APART = """(() => {{
  const [a, b] = ['{one}', '{two}'].map((id) => worldloom.visitors()[id].position);
  return Math.hypot(a[0] - b[0], a[2] - b[2]) > 4;
}})()"""
"""An instructor sees two learners far from one another."""


@pytest.fixture(scope="module")
def pair(plaza: Served, chromium: Browser) -> Iterator[tuple[Page, Page]]:
    """Let an instructor and a learner enter the academy, once for this file."""
    pages, contexts = [], []
    for url in (plaza.owner_of("academy"), plaza.world("academy")):
        context = chromium.new_context(
            viewport={"width": 900, "height": 560}, device_scale_factor=0.5, has_touch=True
        )
        context.set_default_timeout(60_000)
        context.add_init_script(CALM)
        contexts.append(context)
        pages.append(Visit(context, context.new_page()).enter(url))
    yield pages[0], pages[1]
    for context in contexts:
        context.close()


def near(page: Page, x: float, z: float, metres: float) -> str:
    """Say that someone stands near a place."""
    return f"Math.hypot({AT}[0] - {x}, {AT}[2] - {z}) < {metres}"


def lead_tab(boss: Page) -> None:
    """Turn to what leads a class, whichever part of the panel was open."""
    boss.locator(BOSS).get_by_role("tab", name="Lead", exact=True).click()


def test_a_question_of_the_instructor_is_answered_and_counted(pair: tuple[Page, Page]) -> None:
    boss, learner = pair
    lead = boss.locator(BOSS)
    lead.get_by_label("Question").fill("Which part comes first?")
    lead.get_by_label("Choices, one a line").fill("The seal\nThe nut")
    lead.get_by_role("button", name="Ask", exact=True).click()
    learner.locator(LEARNER).get_by_text("Which part comes first?").wait_for()
    learner.locator(f"{LEARNER} [data-w=choices]").get_by_text("The seal").first.click()
    learner.get_by_text("Your answer: The seal").first.wait_for()
    lead.get_by_role("button", name="Take no more answers").click()
    learner.get_by_text("No more answers are taken.").wait_for()


def test_a_raised_hand_is_seen_by_the_instructor_and_lowered(pair: tuple[Page, Page]) -> None:
    boss, learner = pair
    learner.get_by_role("button", name="Raise your hand").click()
    learner.get_by_text("Your hand is up: number 1.").first.wait_for()
    boss.locator(BOSS).get_by_role("tab", name="Hands").click()
    boss.locator(f"{BOSS} [data-w=hands-up]").get_by_role("button").first.click()
    learner.get_by_role("button", name="Raise your hand").wait_for()


def test_a_class_is_gathered_follows_is_held_and_let_go(pair: tuple[Page, Page]) -> None:
    boss, learner = pair
    lead_tab(boss)
    learner.evaluate("worldloom.go([3, 0, 1])")
    boss.evaluate("worldloom.go([-1, 0, 4])")
    boss.wait_for_timeout(1500)
    boss.locator(BOSS).get_by_role("button", name="Gather them").click()
    wait(learner, near(learner, -1, 4, 2.2))
    boss.locator(BOSS).get_by_role("button", name="Follow me").click()
    boss.evaluate("worldloom.go([-1, 0, -0.5])")
    wait(learner, near(learner, -1, -0.5, 2.4))
    boss.locator(BOSS).get_by_role("button", name="Release them").click()
    boss.locator(BOSS).get_by_role("button", name="Freeze them").click()
    learner.get_by_text("Your instructor holds you").first.wait_for()
    x, _, z = learner.evaluate(AT)
    told = learner.evaluate("worldloom.go([3, 0, 3]).then(() => '', (error) => error.message)")
    assert told == "you are held where you stand"
    wait(learner, near(learner, x, z, 0.35))
    boss.locator(BOSS).get_by_role("button", name="Let them move").click()
    learner.get_by_text("You can move again.").first.wait_for()
    learner.evaluate("worldloom.go([1, 0, 3])")
    wait(learner, near(learner, 1, 3, 0.4))


@pytest.mark.soak
def test_two_groups_are_sent_apart_and_both_arrive(
    plaza: Served, pair: tuple[Page, Page], visit: Open
) -> None:
    boss, one = pair
    two = visit(900, 560).enter(plaza.world("academy"))
    lead = boss.locator(BOSS)
    lead.get_by_role("tab", name="Groups").click()
    lead.get_by_role("button", name="Send them to their spots").click()
    lead.get_by_text("there are no groups").wait_for()
    lead.get_by_role("button", name="Draw them by chance").click()
    for page in (one, two):
        page.locator(LEARNER).get_by_text("You are in group ").first.wait_for()
    lead.get_by_role("button", name="Send them to their spots").click()
    lead.get_by_text("there are no groups").wait_for(state="hidden")
    wait(boss, APART.format(one=one.evaluate("worldloom.me.id"),
                            two=two.evaluate("worldloom.me.id")))  # fmt: skip
    for page in (one, two):
        x, _, z = page.evaluate(AT)
        away = [math.hypot(x - spot[0], z - spot[2]) for spot in SPOTS]
        assert min(away[:2]) < RADIUS_M, "within the chalk of a group"
    lead.get_by_role("button", name="No more groups").click()
    one.locator(LEARNER).get_by_text("You are in group ").first.wait_for(state="hidden")


def presses_by_mouse(page: Page, name: str) -> None:
    """Press a thing where it is drawn, once the pointer over it says its name."""
    hint = page.locator(".hint")
    for _ in range(60):
        at = page.evaluate(f"worldloom.screen('{name}')")
        page.wait_for_timeout(100)
        if at is None:  # whoever went somewhere has not looked from there yet
            continue
        left, top = at
        page.mouse.move(left, top)
        page.wait_for_timeout(100)
        if hint.is_visible() and name in hint.inner_text().lower():
            page.mouse.click(left, top)
            return
    raise AssertionError(f"no {name} is under the pointer")


def test_what_the_instructor_points_at_and_lights_is_marked_for_all(
    pair: tuple[Page, Page],
) -> None:
    boss, learner = pair
    lead_tab(boss)
    there = "Object.values(worldloom.entities()).some(e => e.name === '{} of the class')"
    press = boss.locator(f"{BOSS} [data-w=press]")
    boss.evaluate("worldloom.click('torque wrench')")  # is nothing to the class
    press.get_by_role("radio", name="Point at it").check()
    boss.get_by_text("a pointer with its name goes").first.wait_for()
    assert not boss.evaluate(there.format("pointer"))
    x, _, z = WORKSHOP
    boss.evaluate(f"worldloom.go([{x}, 0, {z + 2.4}])")
    wait(boss, near(boss, x, z + 2.4, 0.4))
    presses_by_mouse(boss, "torque wrench")
    wait(learner, there.format("pointer"))
    press.get_by_role("radio", name="Light it").check()
    boss.get_by_text("a light and a ring go").first.wait_for()
    boss.evaluate("worldloom.click('torque wrench')")
    wait(learner, there.format("spotlight"))
    press.get_by_role("radio", name="No mark").check()
    boss.locator(BOSS).get_by_role("button", name="Take the marks away").click()
    wait(learner, f"!({there.format('pointer')}) && !({there.format('spotlight')})")


def test_a_learner_draws_on_the_whiteboard_by_mouse_and_by_touch_and_all_see_it(
    pair: tuple[Page, Page],
) -> None:
    boss, learner = pair
    lead_tab(boss)
    learner.evaluate("worldloom.do('set_widget', {panel: 'class', widget: 'ink', value: 'Red'})")
    close = learner.locator(".dock-sheet").get_by_role("button", name="Close")
    if close.count() and close.first.is_visible():
        close.first.click()
    x, _, z = WHITEBOARD
    learner.evaluate(f"worldloom.go([{x + 3.2}, 0, {z + 1.6}])")
    wait(learner, near(learner, x + 3.2, z + 1.6, 0.4))
    learner.evaluate(f"worldloom.go([{x + 2.2}, 0, {z + 1.1}])")
    wait(learner, near(learner, x + 2.2, z + 1.1, 0.3))
    learner.wait_for_timeout(1000)
    left, top = on_the_board(learner)
    learner.mouse.move(left, top)
    learner.mouse.down()
    for step in range(1, 8):
        learner.mouse.move(left + 6 * step, top + (8 if step % 2 else 0))
        learner.wait_for_timeout(80)
    learner.mouse.up()
    for page in pair:
        wait(page, f"{MARKS}.length === 1")
    first = boss.evaluate(f"{MARKS}[0].components.Path")
    assert len(first["points"]) >= 4 and first["color"] == "#c0392b"

    touch = learner.context.new_cdp_session(learner)

    def finger(kind: str, *points: dict[str, float]) -> None:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})
        learner.wait_for_timeout(80)

    finger("touchStart", {"x": left, "y": top + 20})
    for step in range(1, 6):
        finger("touchMove", {"x": left + 7 * step, "y": top + 20})
    finger("touchEnd")
    wait(boss, f"{MARKS}.length === 2")
    boss.locator(BOSS).get_by_role("button", name="Wipe the whiteboard").click()
    wait(learner, f"{MARKS}.length === 0")


def test_an_instructor_changes_a_step_and_publishes_it_and_the_learner_is_asked_so(
    pair: tuple[Page, Page],
) -> None:
    boss, learner = pair
    editor = boss.locator("[data-panel=edit]")
    editor.get_by_role("radio", name="Assembling a pump").check()
    asked = editor.get_by_label("What is asked")
    wait(boss, "document.querySelector('[data-panel=edit] [data-w=asked] textarea')"
               ".value.includes('assembly card')")  # fmt: skip
    asked.fill("Where does it say how tight a bolt is?")
    asked.blur()
    editor.get_by_role("button", name="Keep this step").click()
    editor.get_by_text("Changed, and not published yet.").first.wait_for()
    editor.get_by_role("button", name="Publish").click()
    editor.get_by_text("This is what is taught.").first.wait_for()
    learner.evaluate("worldloom.do('begin', {course: 'pump'})")
    course = learner.locator("[data-panel=course-pump]")
    course.get_by_text("Where does it say how tight a bolt is?").wait_for()


def test_an_instructor_gives_a_course_as_a_file_and_is_told_the_line_of_a_fault(
    pair: tuple[Page, Page],
) -> None:
    boss, _ = pair
    editor = boss.locator("[data-panel=edit]")
    editor.get_by_role("tab", name="As text").click()
    file = editor.locator("[data-w=from-file] input[type=file]")
    text = (SHELF / "lockout.toml").read_text("utf-8")
    for name, sent, told in (
        ("broken.toml", text + "\nnonsense\n", f"line {text.count(chr(10)) + 2}"),
        ("picture.toml", "\xff\xfe", "this is no text"),
        ("course.toml", text, "It is in your draft: Publish it when you like."),
    ):
        data = sent.encode("latin-1" if name == "picture.toml" else "utf-8")
        file.set_input_files({"name": name, "mimeType": "", "buffer": data})
        editor.get_by_text(told).first.wait_for()
    editor.get_by_text("Changed, and not published yet.").first.wait_for()
    editor.get_by_role("button", name="Drop my changes").click()
    editor.get_by_text("This is what is taught.").first.wait_for()
    editor.get_by_role("tab", name="Steps").click()


def test_someone_who_does_not_program_makes_a_course_and_a_learner_is_taken_into_its_picture(
    pair: tuple[Page, Page],
) -> None:
    boss, learner = pair
    editor = boss.locator("[data-panel=edit]")
    editor.get_by_role("tab", name="Course").click()
    editor.get_by_label("The title of a new course").fill("Ways out")
    editor.get_by_role("button", name="Make a new course").click()
    boss.get_by_text("“Ways out” is begun").first.wait_for()
    editor.get_by_role("tab", name="Steps").click()
    asked = editor.get_by_role("textbox", name="What is asked")
    wait(boss, "document.querySelector('[data-panel=edit] [data-w=asked] textarea')"
               ".value === 'What is asked?'")  # fmt: skip
    asked.fill("Which way do you go?")
    asked.blur()
    answers = editor.get_by_label("Answers, one a line")
    answers.fill("* The green door\nThe lift | It can stop in the fire.")
    answers.blur()
    editor.get_by_role("button", name="Keep this step").click()
    boss.evaluate("worldloom.go([0, 0.4, 40])")
    wait(boss, near(boss, 0, 40, 1.0))
    editor.get_by_role("tab", name="Its scene").click()
    editor.get_by_role("button", name="Take them to where I stand").click()
    editor.get_by_text("Learners are taken to").first.wait_for()
    editor.locator("input[type=file][accept^='image']").set_input_files(CANTEEN)
    editor.get_by_text("All round them hangs a picture").first.wait_for()
    editor.get_by_role("button", name="Publish").click()
    editor.get_by_text("This is what is taught.").first.wait_for()
    learner.evaluate("worldloom.do('leave_course', {course: 'pump'})")
    # What comes back stands where it stood: the courses before the class.
    wait(learner, f"{PANELS}[0] === 'course-extinguisher' && {PANELS}[1] === 'course-lockout'")
    course = learner.locator("[data-panel=course-made-1]")
    course.get_by_role("heading", name="Ways out", exact=True).first.wait_for()
    boss.get_by_role("heading", name="Ways out: the group").wait_for()
    course.get_by_role("button", name="Begin").click()
    course.get_by_text("Which way do you go?").first.wait_for()
    wait(learner, near(learner, 0, 40, 1.5))
    course.locator("[data-w=choices]").get_by_text("The green door").first.click()
    course.get_by_text("You are through.").first.wait_for()


def on_the_board(page: Page) -> tuple[float, float]:
    """Move over the picture until the hint names the whiteboard; return that place in pixels."""
    hint: Any = page.locator(".hint")
    for y in (220, 260, 180, 300):
        for x in range(60, 460, 24):
            page.mouse.move(x, y)
            page.wait_for_timeout(80)
            if hint.is_visible() and "whiteboard" in hint.inner_text().lower():
                return x, y
    raise AssertionError("the whiteboard is not in the picture")
