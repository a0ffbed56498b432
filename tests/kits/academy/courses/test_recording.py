"""In *Edit courses* an instructor records what a figure shows, and learners see it from then on."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from tests.kits.academy.courses.school import School
from worldloom import Conflict, Invalid, NotFound, Role, Transform
from worldloom.kernel.entity import Stance
from worldloom.kernel.showing import shown_of
from worldloom.kits.academy.courses.classroom import Courses
from worldloom.kits.academy.courses.demonstrating import Demonstration, way_of
from worldloom.kits.academy.courses.limits import COURSE_LIMITS as LIMITS

FIGURE = "figure kitchen step"
"""What the figure of a step is called that was added here and is named by nobody."""


@pytest.fixture
def school() -> Iterator[School]:
    school = School()
    school.callers["boss"] = school.enter("boss", "Mo", Role.BUILDER)
    school.press("which", "kitchen")
    school.press("all", "watch")
    yield school


def shown(school: School, widget: str, prop: str = "hidden", account: str = "boss") -> Any:
    return school.shown("edit", widget, prop, account)


def walk(school: School, *way: tuple[float, float], account: str = "boss") -> None:
    """Let someone walk from place to place, and turn as they go."""
    walker = next(one for one in school.world.visitors if one.account == account)
    for at, (x, z) in enumerate(way):
        walker.observe = partial(Stance, (x, 0.0, z), at / 10)
        school.wait(0.2)


def record(school: School, *way: tuple[float, float]) -> None:
    school.press("record")
    walk(school, *way)
    school.press("record")


def taught(school: School) -> Any:
    kit = next(one for one in school.world.used if isinstance(one, Courses))
    return kit.courses["kitchen"]


def test_the_buttons_are_there_only_where_a_figure_shows_the_step(school: School) -> None:
    assert not shown(school, "record") and shown(school, "discard")
    assert "Nobody has shown it yet" in shown(school, "recorded", "text")
    school.press("all", "oil")
    assert shown(school, "record") and shown(school, "recorded")
    school.set("kind", "demonstrate")
    assert not shown(school, "record")


def test_the_button_begins_and_ends_and_says_meanwhile_how_long_it_is(school: School) -> None:
    school.press("record")
    assert shown(school, "record", "label") == "Done: show this"
    assert not shown(school, "discard")
    walk(school, *((at, 1.0) for at in range(12)))
    school.wait(1)
    assert shown(school, "seconds-recorded", "text") == "Seconds so far: 2"
    assert "press Done" in shown(school, "recorded", "text"), "which is read out once"
    school.press("record")
    assert shown(school, "record", "label") == "Record it" and shown(school, "discard")
    assert "takes 3 seconds" in shown(school, "recorded", "text")
    kept = way_of(school.world["once"])
    assert kept is not None and len(kept.path) == len(kept.poses) >= 12
    assert school.world["once"][Transform].position == (0.0, 0.0, 1.0), "it waits where it begins"
    assert taught(school) == taught(School()), "the course is as it was"
    assert shown(school, "state", "text") == "This is what is taught."


def test_who_recorded_sees_the_figure_walk_it_once(school: School) -> None:
    record(school, *((at, 0.0) for at in range(8)))
    number, places = school.world["once"].number, set()
    for _ in range(30):
        school.wait(0.2)
        places.add(shown_of(school.world).now[number, "Transform"])
    assert len(places) > 5
    last = shown_of(school.world).now[number, "Transform"]
    school.wait(1)
    assert shown_of(school.world).now[number, "Transform"] == last, "once"


def test_what_is_discarded_changes_nothing(school: School) -> None:
    before = school.world["once"][Demonstration]
    school.press("record")
    walk(school, (0, 0), (1, 0), (2, 0))
    school.press("discard")
    assert school.world["once"][Demonstration] == before
    assert shown(school, "discard") and shown(school, "record", "label") == "Record it"
    with pytest.raises(Conflict, match="switched off"):
        school.press("discard")


def test_a_step_that_was_made_here_is_shown_by_a_figure_that_its_recording_makes(
    school: School,
) -> None:
    school.press("add")
    school.set("kind", "demonstrate")
    school.set("asked", "Watch how it is done.")
    school.set("seated", "Sit and watch.")
    assert "figure" in shown(school, "target", "label")
    assert FIGURE not in school.world
    record(school, (0, 2), (0, 1), (0, 0))
    assert school.world[FIGURE][Demonstration].path[-1][3] == 0.0
    assert len(school.world[FIGURE].children) > 8
    assert shown(school, "target", "value") == FIGURE
    assert shown(school, "wrong"), shown(school, "wrong", "data")
    school.press("publish")
    school.do("begin")
    school.do("click", entity="pan")
    school.do("next_step")
    assert school.run(course=taught(school)).step == "step"
    number, places = school.world[FIGURE].number, set()
    for _ in range(4):
        school.wait(0.1)
        places.add(shown_of(school.world).now[number, "Transform"])
    assert len(places) > 2
    school.callers["two"] = school.enter("two", "Al", Role.BUILDER)
    told = school.do("record_demonstration", "two", demonstration=FIGURE)
    assert told.startswith("Walk it now"), "the action records it, too"


def test_what_nobody_has_shown_yet_is_not_published_and_says_what_to_do(school: School) -> None:
    school.press("add")
    school.set("kind", "demonstrate")
    school.set("seated", "Sit and watch.")
    school.press("keep")
    assert "nobody has shown it yet. Press Record it" in str(shown(school, "wrong", "data"))
    with pytest.raises(Invalid, match="nobody has shown it yet"):
        school.press("publish")
    school.set("target", "pan")
    school.press("keep")
    assert "another thing of this world" in str(shown(school, "wrong", "data"))
    with pytest.raises(Conflict, match="another thing"):
        school.press("record")


def test_one_records_at_a_time_and_the_others_are_told_who(school: School) -> None:
    school.callers["two"] = school.enter("two", "Al", Role.BUILDER)
    school.press("record")
    school.wait(1)
    press = {"panel": "edit", "widget": "which"}
    school.do("set_widget", "two", **press, value="kitchen")
    school.do("set_widget", "two", panel="edit", widget="all", value="watch")
    assert shown(school, "recorded", "text", "two") == (
        "Mo is recording now. Wait until they are done."
    )
    assert shown(school, "discard", account="two")
    with pytest.raises(Conflict, match="Mo is recording 'once'"):
        school.do("press_widget", "two", panel="edit", widget="record")
    walk(school, (0, 0), (1, 0))
    school.press("record")
    school.wait(1)
    assert "takes" in shown(school, "recorded", "text", "two")


def test_learners_record_nothing_and_who_is_not_there_and_who_stands_still(school: School) -> None:
    with pytest.raises(NotFound):
        school.do("press_widget", panel="edit", widget="record")
    before = school.world["once"][Demonstration]
    school.press("record")
    walk(school, (1, 1))
    with pytest.raises(Conflict, match="nothing was walked"):
        school.press("record")
    school.wait(1)
    assert shown(school, "record", "label") == "Record it"
    assert school.world["once"][Demonstration] == before
    school.realm.leave("school", school.callers["boss"].visitor)
    school.keep()
    with pytest.raises(Conflict, match="not in the world"):
        school.press("record")


def test_who_leaves_while_they_record_finds_the_button_as_it_was(school: School) -> None:
    school.press("record")
    walk(school, (0, 0), (1, 0))
    school.realm.leave("school", school.callers["boss"].visitor)
    school.keep()
    school.wait(1)
    school.callers["boss"] = school.enter("boss", "Mo", Role.BUILDER)
    assert shown(school, "record", "label") == "Record it"


def test_a_recording_that_is_full_says_so_and_keeps_what_fits(school: School) -> None:
    school.press("record")
    walk(school, *((at / 10, 0.0) for at in range(LIMITS.samples_max + 5)))
    school.wait(1)
    assert "room for no more" in shown(school, "recorded", "text")
    assert [one.text for one in school.told if "room for no more" in one.text]
    school.press("record")
    assert len(school.world["once"][Demonstration].path) == LIMITS.samples_max


def test_an_undo_takes_a_recording_back_with_the_figure_that_it_made(school: School) -> None:
    school.press("add")
    school.set("kind", "demonstrate")
    record(school, (0, 2), (0, 1), (0, 0))
    assert FIGURE in school.world
    school.do("undo", "boss")
    assert FIGURE not in school.world
