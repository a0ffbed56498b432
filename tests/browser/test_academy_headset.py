"""The fire school in a headset: a learner's whole story there, and a class led from within.

The instructor sees the learner live and replays their head and hands; the platform has the score.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Served, wait
from tests.browser.fire_school import (
    FIRE,
    GROUP,
    PAST,
    Open,
    academy,
    at_step,
    cookies,
    holds_what_came_of_it,
    instructor,
    is_meant,
    is_true,
    platform,
    reads,
    right,
    sees_a_learner,
    widget,
)
from tests.browser.headset import Headset, wear
from tests.kits.academy.lms.platform_server import Launched, PlatformServer
from worldloom.kits.academy.scene.places import BOARD

__all__ = ["academy", "cookies", "instructor", "platform"]
PLAIN = "localStorage.setItem('worldloom.quality', 'low')"
"""Lets the page draw simply that a launch leads to, whose address says nothing of that."""
HERE = "worldloom.visitors()['{}'].position"
GLIDES = "hand:right moving:smooth"
MARK = """([panel, text]) => {
  const all = document.querySelector(`[data-panel=${panel}]`);
  for (const old of all.querySelectorAll('[data-marked]')) delete old.dataset.marked;
  const card = [...all.querySelectorAll('.card, li, article')]
    .filter((one) => one.textContent.includes(text) && one.querySelector('button'))
    .sort((a, b) => a.textContent.length - b.textContent.length)[0];
  const named = [...all.querySelectorAll('button')].find((b) => b.textContent.trim() === text);
  const button = named ?? card?.querySelector('button') ?? card;
  window.pressed = false;
  if (!button) return false;
  button.dataset.marked = '';
  button.addEventListener('click', () => { window.pressed = true; });
  return true;
}"""
"""Marks the button of a text on a panel, and takes note when it is pressed."""
CHOICE = """([panel, widget, text]) => {
  const all = document.querySelector(`[data-panel=${panel}]`);
  for (const old of all.querySelectorAll('[data-marked]')) delete old.dataset.marked;
  const labels = [...all.querySelectorAll(`[data-w=${widget}] label`)];
  const label = labels.find((one) => one.textContent.trim() === text);
  if (label) label.dataset.marked = '';
  return label !== undefined;
}"""
"""Marks what can be chosen on a panel."""
LIT = "document.querySelector('[data-marked].pointed') !== null"
"""A ray is on the marked button, and it shows that."""
TOLD = """['prompt', 'caption', 'placed', 'choices', 'said']
  .map((id) => document.querySelector(`[data-panel=course-extinguisher] [data-w='${id}']`))
  .map((one) => one.textContent).join('\\n')"""
"""All that the learner's panel says, but for bars."""
NEAR = """(places, others, metres) => others && places.every((place, at) =>
  Math.hypot(...place.map((part, axis) => part - others[at][axis])) < metres)"""
"""Each of some places is near the other of its number."""


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.tried("academy", "desktop", "headset")
def test_in_a_headset_a_learner_errs_adapts_and_masters_while_the_instructor_sees_it_live(
    academy: Served, platform: PlatformServer, visit: Open, instructor: Callable[..., Page]
) -> None:
    boss = instructor(800, 450, device_scale_factor=0.5)  # beside the one that the story draws
    boss.evaluate("worldloom.do('record', {on: true})")
    launched = platform.launch()
    headset = comes_from_the_platform(academy, visit, launched)
    page = headset.page
    learner, me = page.evaluate("[worldloom.me.name, worldloom.me.id]")
    headset.tap("Recording: without you")  # whoever is replayed has agreed to it
    wait(page, "worldloom.headset.control('Recording: you too') !== null")
    headset.raise_wrist()
    assert press(headset, "Begin")
    reads(page, "prompt", "board")
    wait(page, "Math.abs(worldloom.me.position[2] - 4.6) < 0.3")  # before the fires
    x, _, z = BOARD
    page.evaluate(f"worldloom.go([{x + 1.5}, 0, {z + 1.5}])")
    wait(page, f"Math.abs(worldloom.me.position[2] - {z + 1.5}) < 0.3")
    headset.put("controller-left", (x + 2.4, 0.6, z + 1.4))  # with its panels out of the way
    is_frozen_and_let_go(boss, headset)
    headset.put("controller-right", (x + 1.2, 1.3, z + 1.2), toward=(x, 1.3, z))
    headset.press("right", "trigger")
    reads(page, "said", "Alarm first")
    headset.raise_wrist()
    asked, held = [], []
    for _ in range(80):
        if "Passed" in widget(page, "prompt").inner_text():
            break
        step = at_step(page)
        if step.id == "fryer" and "fryer" not in asked:
            sees_a_learner(boss, learner, "The oil in the fryer", "%")
            follows(boss, learner)
            held.append(is_seen(boss, headset, me))
            stoops(headset, 0.5)
            answers(headset, "Water")
            reads(page, "said", "Never on burning oil")
            is_meant(page, "bad", "Not right.")
            sees_a_learner(boss, learner, "Water, 1 × · The oil in the fryer", "%")
            boss.locator(GROUP).get_by_text("now: Water, 1 ×").wait_for()
            held.append(is_seen(boss, headset, me))
            stoops(headset, -0.5)
        asked.append(step.id)
        offered = widget(page, "choices").inner_text()
        answers(headset, next(text for text in right(step) if text in offered))
        if step.id == "fryer" and asked.count("fryer") == 1:
            sees_the_error(boss)
            sees_a_learner(boss, learner, "The switchboard smokes", "%")
    reads(page, "prompt", "Passed")
    assert "embers" in asked, "who had erred needed one drill more than three right answers"
    reads(page, "skill-choice", "mastered")
    has_the_badge(page)
    holds_what_came_of_it(page, launched)
    assert platform.faults == []
    sees_a_learner(boss, learner, "passed 100%")
    boss.evaluate("worldloom.do('record', {on: false})")
    sees_the_error_again(boss)
    assert held[0].head[1] - held[1].head[1] > 0.3, "they stooped there"
    for moment in held:
        is_replayed(boss, me, moment)


def is_frozen_and_let_go(boss: Page, headset: Headset) -> None:
    """Be held by the instructor: no stick and no step in one's room leads away, until let go."""
    page, (x, _, z) = headset.page, headset.place
    away = f"Math.hypot(worldloom.me.position[0] - {x}, worldloom.me.position[2] - {z})"
    boss.evaluate("worldloom.do('freeze_class')")
    wait(page, "(worldloom.headset.says ?? '').includes('Your instructor holds you')")
    me = page.evaluate("worldloom.me.id")
    seen = f"Math.hypot({HERE.format(me)}[0] - {x}, {HERE.format(me)}[2] - {z})"
    headset.stick("left", 0, -1)
    for _ in range(10):
        headset.frames(3)
        assert boss.evaluate(seen) < 0.35, "a stick leads nowhere, whatever their own page hopes"
    headset.stick("left", 0, 0)
    wait(page, f"{away} < 0.35")
    hx, hy, hz = headset.told(".head")
    headset.put("headset", (hx + 0.9, hy, hz))
    wait(page, f"{away} < 0.35")
    look = headset.told(".yaw")
    headset.point("headset", (hx + 5, hy, hz + 5))
    wait(page, f"Math.abs(worldloom.headset.yaw - {look}) > 0.2")  # they look about
    boss.evaluate("worldloom.do('unfreeze_class')")
    wait(page, "(worldloom.headset.says ?? '').includes('You can move again')")
    headset.put("headset", (hx, hy, hz), toward=(hx, hy, hz - 2))
    headset.stick("left", 0, -1)
    wait(page, f"{away} > 0.5")
    headset.stick("left", 0, 0)
    page.evaluate(f"worldloom.go([{x}, 0, {z}])")
    wait(page, f"{away} < 0.3")


def comes_from_the_platform(academy: Served, visit: Open, launched: Launched) -> Headset:
    """Open the link by which a platform launches a course, and put the headset on."""
    link = f"{academy.world('academy')}/cmi5/start/extinguisher?{launched.query}"
    headset = wear(academy, visit, "academy", url=link, likes=GLIDES, scripts=(PLAIN,))
    assert headset.page.url.endswith("/w/academy")
    told = "document.querySelector('[data-panel=platform]')?.textContent"
    wait(headset.page, f"{told}.includes('hears')")
    return headset


class Held(NamedTuple):
    """A place in the log, and where an instructor saw head and wrists of a learner then."""

    seq: int
    head: list[float]
    wrists: list[list[float]]


def is_seen(boss: Page, headset: Headset, me: str) -> Held:
    """Wait until an instructor sees a learner's hands where those are, and keep the moment."""
    hands = [headset.told(f".{side}.place") for side in ("left", "right")]
    wait(boss, f"({NEAR})({json.dumps(hands)}, worldloom.visitors()['{me}'].wrists, 0.1)")
    before = boss.evaluate("worldloom.seq")
    boss.evaluate("worldloom.do('say', {text: 'I see.'})")
    wait(boss, f"worldloom.seq > {before}")
    seen = boss.evaluate(f"worldloom.visitors()['{me}']")
    return Held(boss.evaluate("worldloom.seq"), seen["head"], seen["wrists"])


def stoops(headset: Headset, metres: float) -> None:
    """Lower the head, and the wrist with the panels along."""
    x, y, z = headset.told(".head")
    headset.put("headset", (x, y - metres, z))
    headset.raise_wrist()


def is_replayed(boss: Page, me: str, held: Held) -> None:
    """Wait until the past shows a learner's head and hands as they were seen live."""
    boss.evaluate(f"worldloom.at({held.seq})")
    there = f"worldloom.visitors()['{me}']"
    places = json.dumps([held.head, *held.wrists])
    wait(boss, f"{PAST} && {there}?.reaches &&"
               f" ({NEAR})({places}, [{there}.head, ...{there}.wrists], 0.1)")  # fmt: skip


def has_the_badge(page: Page) -> None:
    """Fetch the badge that was just earned, and check it."""
    wait(page, "document.querySelector('[data-panel=badges] a')")
    link = page.locator("[data-panel=badges] a").first.get_attribute("href")
    is_true(page, page.evaluate("(link) => fetch(link).then((answer) => answer.text())", link))


def answers(headset: Headset, text: str) -> None:
    """Press one of the answers, and wait until the panel says what came of it."""
    before = headset.page.evaluate(TOLD)
    # Where time ran out meanwhile, something else is asked.
    assert press(headset, text) or headset.page.evaluate(TOLD) != before, text
    wait(headset.page, f"{TOLD} !== {json.dumps(before)}")


def press(headset: Headset, text: str, panel: str = "course-extinguisher") -> bool:
    """Press what a panel on the wrist offers, by ray and trigger; false where it offers no such.

    What is new on a panel moves what is below, and who is led on takes the panel along: one who
    aims sees whether the button is lit, and aims again.
    """
    page = headset.page
    for _ in range(20):
        if not page.evaluate(MARK, [panel, text]):
            return False
        headset.aim_at_panel(panel, "[data-marked]")
        if not page.evaluate(LIT):
            continue
        headset.hold(1)
        headset.hold(0)
        if page.evaluate("window.pressed"):
            return True
        assert not page.evaluate(LIT), f"the trigger did nothing on {text}, which stayed lit"
    raise AssertionError(f"no ray rests on {text}")


def follows(boss: Page, learner: str) -> None:
    """Choose a learner's attempt, whose newest moment is the fryer."""
    group = boss.locator(GROUP)
    group.get_by_role("tab", name="Replay").click()
    group.get_by_role("radio", name=learner, exact=True).check()
    group.locator("li").filter(has_text="fryer").filter(has_text="· now").wait_for()


def sees_the_error(boss: Page) -> None:
    """Wait until the attempt that an instructor chose has the error, with nothing pressed."""
    wrong = boss.locator(GROUP).locator("li").filter(has_text="wrong at first, 1 ×")
    wrong.filter(has_text="fryer").wait_for()


def sees_the_error_again(boss: Page) -> None:
    """Open the replay of a learner's attempt where they erred."""
    group = boss.locator(GROUP)
    wrong = group.locator("li").filter(has_text="fryer").filter(has_text="wrong at first, 1 ×")
    address = wrong.get_by_role("link").get_attribute("href") or ""
    wrong.get_by_role("link").click()
    began = address.partition("seq=")[2].partition("&")[0]
    wait(boss, f"{PAST} && worldloom.seq >= {began} && {FIRE}.where === 'fryer'")


@pytest.mark.soak
def test_who_instructs_in_a_headset_gathers_the_class_leads_it_and_lets_it_go(
    academy: Served, visit: Open, cookies: dict[str, Any]
) -> None:
    learner = visit(width=640, height=360).enter(academy.world("academy"))
    options = {"storage_state": cookies} if cookies else {"owner": True}
    headset = wear(academy, visit, "academy", likes=GLIDES, **options)
    wait(headset.page, "worldloom.me.role === 'owner'")
    learner.evaluate("worldloom.go([3, 0, 1])")
    headset.page.evaluate("worldloom.go([-1, 0, 4])")
    wait(headset.page, stands_at("worldloom.me.position", -1, 4, 0.3))
    headset.frames()  # the room comes along
    headset.raise_wrist()
    assert press(headset, "Lead", "class-lead"), "the tab"
    assert press(headset, "Gather them", "class-lead")
    wait(learner, stands_at("worldloom.me.position", -1, 4, 2.2))
    assert press(headset, "Follow me", "class-lead")
    z = learner.evaluate("worldloom.me.position[2]")
    headset.stick("left", 0, -1)
    wait(headset.page, "worldloom.me.position[2] < 0")
    headset.stick("left", 0, 0)
    wait(learner, f"worldloom.me.position[2] < {z} - 2")  # three metres on they are brought along
    headset.raise_wrist()
    assert press(headset, "Release them", "class-lead")
    assert press(headset, "Freeze them", "class-lead")
    learner.get_by_text("Your instructor holds you").first.wait_for()
    assert press(headset, "Let them move", "class-lead")
    learner.get_by_text("You can move again.").first.wait_for()
    points_at_the_board(headset, learner)


def points_at_the_board(headset: Headset, learner: Page) -> None:
    """Say on the panel that a press points, and press the board by a ray: all see a pointer."""
    page, (x, _, z) = headset.page, BOARD
    assert page.evaluate(CHOICE, ["class-lead", "press", "Point at it"])
    headset.press_panel("class-lead", "[data-marked]")
    wait(page, "document.querySelector('[data-marked] input').checked")
    page.evaluate(f"worldloom.go([{x + 1.5}, 0, {z + 1.5}])")
    wait(page, stands_at("worldloom.me.position", x + 1.5, z + 1.5, 0.3))
    headset.put("controller-left", (x + 2.4, 0.6, z + 1.4))  # with its panels out of the way
    headset.put("controller-right", (x + 1.2, 1.3, z + 1.2), toward=(x, 1.3, z))
    headset.press("right", "trigger")
    pointer = "Object.values(worldloom.entities()).find((e) => e.name === 'pointer of the class')"
    wait(learner, f"{pointer} !== undefined")
    px, _, pz = learner.evaluate(f"{pointer}.position")
    assert abs(px - x) < 1 and abs(pz - z) < 1, "over the board"


def stands_at(who: str, x: float, z: float, metres: float) -> str:
    """Say that someone stands near a place."""
    return f"Math.hypot({who}[0] - {x}, {who}[2] - {z}) < {metres}"
