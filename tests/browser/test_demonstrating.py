"""An instructor shows it once, and in another window a learner sees a figure do it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Served, Visit, wait
from tests.browser.headset import wear

Open = Callable[..., Visit]
SCHOOL = """
from worldloom import Color, Sky, Spawn, Transform, World, box
from worldloom.kits.academy import Academy
from worldloom.kits.academy.courses.classroom import Courses
from worldloom.kits.academy.courses.course import Course, Scene, Step

world = World("school", title="School")
world.spawn("sky", Sky(hour=15))
world.spawn("ground", box(40, 0.2, 40), Color("#8fa37e"), at=(0, -0.1, 0))
world.spawn("start", Spawn(radius=0.1), Transform((0, 0, 4)))
world.use(Academy())
watch = Step("watch", "demonstrate", "Watch the figure.", recording="once", seated="Sit and watch.")
world.use(Courses(Course("round", "Round the corner", scenes=(Scene("all", "All", steps=(
    watch, Step("try", "practice", "Now you."))),))))
"""
EDIT = "[data-panel=edit]"
SEEN = """(parts) => {
  window.seen = [];
  setInterval(() => {
    const all = Object.values(worldloom.entities());
    window.seen.push(parts.map((part) => all.find(({ name }) => name === part)?.position));
  }, 100);
}"""
"""Notes ten times a second where some things are drawn."""
Way = list[list[list[float]]]


@pytest.fixture
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("school")
    (folder / "school.py").write_text(SCHOOL)
    server = Served(folder / "realm.loom", str(folder / "school.py"))
    server.start()
    yield server
    server.stop()


def watches(school: Served, visit: Open, *parts: str) -> Page:
    """Let a learner come to the step that a figure shows, and note where its parts are drawn."""
    page = visit(width=900, height=420).enter(school.world("school"))
    page.evaluate("worldloom.go([2.5, 0, 5])")
    page.evaluate("worldloom.do('begin', {course: 'round'})")
    page.get_by_text("Watch the figure.").first.wait_for()
    page.evaluate(SEEN, list(parts))
    return page


def saw(page: Page, true: str) -> Way:
    """Wait until a learner has seen something of the figure, and return all that they saw."""
    wait(page, f"window.seen.some({true})")
    found: Way = page.evaluate("window.seen")
    return found


def ahead(row: list[list[float]]) -> float:
    """Return where a figure faces whose middle and whose brow are so far: radians, 0 to -Z."""
    (x, _, z), (bx, _, bz) = row[:2]
    return math.atan2(-(bx - x), -(bz - z))


def near(place: list[float], which: int = 0, metres: float = 0.25) -> str:
    """Say that a part was seen near a place of the floor."""
    x, _, z = place
    return f"(all) => Math.hypot(all[{which}][0] - {x}, all[{which}][2] - {z}) < {metres}"


@pytest.mark.soak
def test_what_an_instructor_walks_and_turns_is_what_a_learner_sees_a_figure_do(
    school: Served, visit: Open
) -> None:
    boss = visit(width=1000, height=700).enter(school.owner_of("school"))
    learner = watches(school, visit, "once", "once brow")
    edit = boss.locator(EDIT)
    edit.get_by_text("Nobody has shown it yet").first.wait_for()
    edit.get_by_role("button", name="Record it").click()
    edit.get_by_text("Seconds so far").wait_for()
    edit.get_by_role("button", name="Discard").wait_for()
    boss.locator("#stage").focus()
    start = boss.evaluate("worldloom.me.position")
    corner = walks(boss, 2.0)
    boss.keyboard.down("ArrowLeft")
    boss.wait_for_timeout(700)
    boss.keyboard.up("ArrowLeft")
    end = walks(boss, 2.0)
    boss.wait_for_timeout(800)
    edit.get_by_role("button", name="Done: show this").click()
    edit.get_by_text("What learners see takes").first.wait_for()
    assert not edit.get_by_role("button", name="Discard").is_visible()

    for place in (start, corner, end):
        saw(learner, near(place))
    legs = [(ahead(row), row[0]) for row in saw(learner, near(end))]
    first = [turn for turn, place in legs if math.dist(place, start) < 0.3]
    last = next(turn for turn, place in legs if math.dist(place, end) < 0.3)
    course = math.atan2(-(end[0] - corner[0]), -(end[2] - corner[2]))
    assert abs(math.remainder(last - course, math.tau)) < 0.35, "it faces where they went"
    turned = max(abs(math.remainder(last - turn, math.tau)) for turn in first)
    assert turned > 0.5, "and turned as they did"


def walks(page: Page, metres: float) -> Any:
    """Walk ahead by key for some metres; return where that ends."""
    x, _, z = page.evaluate("worldloom.me.position")
    page.keyboard.down("w")
    wait(page, f"(([a, , b]) => Math.hypot(a - {x}, b - {z}) > {metres})(worldloom.me.position)")
    page.keyboard.up("w")
    page.wait_for_timeout(500)
    return page.evaluate("worldloom.me.position")


@pytest.mark.soak
def test_who_records_in_a_headset_is_seen_to_reach_where_their_hands_were(
    school: Served, visit: Open
) -> None:
    headset = wear(school, visit, "school", owner=True)
    page = headset.page
    learner = watches(school, visit, "once right hand", "once left hand", "once head")
    x, _, z = headset.place
    press = "worldloom.do('press_widget', {panel: 'edit', widget: 'record'})"
    low, high = (x + 0.3, 0.9, z - 0.3), (x + 0.35, 1.75, z - 0.4)
    headset.put("controller-right", low)
    page.wait_for_timeout(600)
    page.evaluate(press)
    page.wait_for_timeout(1200)
    headset.put("controller-right", high)
    page.wait_for_timeout(1500)
    hand = page.evaluate("worldloom.headset.right.place")
    page.evaluate(press)
    reached = f"([[a, b, c]]) => Math.hypot(a - {hand[0]}, b - {hand[1]}, c - {hand[2]}) < 0.12"
    seen = saw(learner, reached)
    heights = [row[0][1] for row in seen]
    assert min(heights) < 1.1 < 1.5 < max(heights), "from below to above"
    assert {round(row[2][1], 1) for row in seen[-5:]} == {round(headset.told(".head")[1], 1)}
