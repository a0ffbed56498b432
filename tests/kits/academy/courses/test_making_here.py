"""An instructor makes a whole course in the panel: its scenes, and what hangs all round them."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest
from msgspec.structs import replace

from tests.kits.academy.courses.making import KITCHEN
from tests.kits.academy.courses.school import School
from worldloom import Conflict, Image, Invalid, NotAllowed, Role, Transform, Video
from worldloom.kernel.entity import Stance
from worldloom.kits.academy.courses.attempts import run_of
from worldloom.kits.academy.courses.classroom import Courses
from worldloom.kits.academy.courses.limits import COURSE_LIMITS as LIMITS

PICTURE = b"a picture all round"
ROUND = sha256(PICTURE).hexdigest()
ANSWERS = "* Out | Yes.\nUp | There is no way out."


@pytest.fixture
def school() -> Iterator[School]:
    school = School()
    school.callers["boss"] = school.enter("boss", "Mo", Role.BUILDER)
    yield school


def courses(school: School) -> Courses:
    return next(one for one in school.world.used if isinstance(one, Courses))


def shown(school: School, widget: str, prop: str = "value") -> Any:
    return school.shown("edit", widget, prop, "boss")


def given(school: School, media: str) -> None:
    """Give a file that is kept."""
    told = {"sha256": ROUND, "name": "round", "media": media, "bytes": len(PICTURE)}
    school.set("round", told)


def make(school: School, title: str = "Ways out") -> None:
    school.set("new", title)
    school.press("make")


def test_a_new_course_is_made_published_and_learnt(school: School) -> None:
    make(school)
    assert shown(school, "title") == "Ways out" and "made-1" not in courses(school).courses
    assert shown(school, "new") == "", "the next title is another one"
    school.set("asked", "Where do you go?")
    school.set("answers", ANSWERS)
    school.press("keep")
    assert shown(school, "wrong", "hidden"), shown(school, "wrong", "data")
    school.press("publish")
    school.wait(1)
    assert "Ways out" in school.shown("course-made-1", "prompt", "text", "guest:1")
    school.do("begin", course="made-1")
    school.do("answer", given="out", course="made-1")
    course = courses(school).courses["made-1"]
    run = run_of(school.world, course, "guest:1")
    assert run is not None and run.passed


def test_what_is_new_can_be_dropped_and_there_is_room_for_a_few(school: School) -> None:
    make(school)
    school.press("drop")
    assert shown(school, "which") == "kitchen"
    for number in range(LIMITS.made_here_max):
        make(school, f"Course {number}")
    with pytest.raises(Conflict, match="made here already"):
        make(school, "One more")
    with pytest.raises(Invalid, match="title"):
        make(school, " ")
    with pytest.raises(NotAllowed):
        school.do("new_course", title="Mine")


def test_learners_are_taken_where_the_instructor_stands_into_what_hangs_there(
    school: School,
) -> None:
    make(school)
    school.set("answers", ANSWERS)
    school.press("keep")
    given(school, "image/png")
    assert "hangs nowhere" in str(shown(school, "wrong", "data"))
    with pytest.raises(Conflict, match="stand nowhere"):
        school.press("here")
    boss = next(one for one in school.world.visitors if one.account == "boss")
    boss.observe = lambda: Stance((40.0, 0.5, -3.0), 0.0)
    school.press("here")
    assert "40 m east and -3 m south" in shown(school, "place", "text")
    assert shown(school, "wrong", "hidden"), shown(school, "wrong", "data")
    school.press("publish")
    ball = school.world["round made-1 scene-1"]
    assert ball[Image].asset == ROUND and ball[Transform].position == (40.0, 2.1, -3.0)
    given(school, "video/webm")
    school.press("publish")
    ball = school.world["round made-1 scene-1"]
    assert ball[Video].asset == ROUND and Image not in ball
    school.press("stay")
    school.press("publish")
    assert "round made-1 scene-1" not in school.world


def test_what_is_published_wins_over_a_file_that_changes_later_and_says_so() -> None:
    school = School()
    school.callers["boss"] = school.enter("boss", "Mo", Role.BUILDER)
    school.press("which", "kitchen")
    school.set("about", "Published here.")
    school.press("keep-course")
    school.press("publish")
    assert "otherwise" not in shown(school, "state", "text")
    newer = replace(KITCHEN, text="Changed in the file.")
    courses(school).declared["kitchen"] = newer  # as a file that is loaded anew
    school.press("which", "kitchen")
    assert courses(school).courses["kitchen"].text == "Published here."
    assert "otherwise since it was published" in shown(school, "state", "text")
    school.press("file")
    school.press("publish")
    assert courses(school).courses["kitchen"].text == "Changed in the file."
    assert "otherwise" not in shown(school, "state", "text")


def test_what_was_made_here_is_there_after_a_restart_and_gone_after_an_undo(
    school: School,
) -> None:
    make(school)
    school.set("answers", ANSWERS)
    school.press("keep")
    school.press("publish")
    school.wait(1)
    school.live.presence.clear()  # as a server that starts anew
    school.wait(1)
    assert "Ways out" in school.shown("course-made-1", "prompt", "text", "guest:1")
    school.do("undo", "boss")
    school.wait(1)
    assert "made-1" not in courses(school).courses and "made-1" in courses(school).edited
