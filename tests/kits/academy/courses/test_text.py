"""Courses come as text and go as text without loss, and what is wrong is told with its line."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.kits.academy.courses.making import KITCHEN, courses
from worldloom import Invalid
from worldloom.kits.academy.courses.checking import check, faults
from worldloom.kits.academy.courses.course import Course, Kind, Scene, Step
from worldloom.kits.academy.courses.limits import COURSE_LIMITS
from worldloom.kits.academy.courses.text import lines_of, read, write

GOOD = '''id = "lids"
title = "Lids"  # a comment [[scene]]

[[skill]]
id = "lid"
title = "Lids"

[[scene]]
id = "one"
title = "One"
text = """
[[scene]]
id = "this is no header"
"""

[[scene.step]]
id = "pick"
kind = "choose"
prompt = "Which?"
skill = "lid"

[[scene.step.option]]
id = "a"
text = "A"
right = true

[[scene.step.option]]
id = "b"
text = "B"

[[scene]]
id = "two"
title = "Two"

[[scene.step]]
id = "click"
kind = "click"
prompt = "Click."
target = "lid"
seated = "Press."
'''


def refused(text: str) -> Invalid:
    with pytest.raises(Invalid) as refusal:
        read(text)
    assert refusal.value.code == "bad_course"
    assert refusal.value.fix
    return refusal.value


def line_number(part: str, text: str = GOOD) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_a_good_text_is_a_course() -> None:
    course = read(GOOD)
    assert [scene.id for scene in course.scenes] == ["one", "two"]
    assert course.step("pick").options[0].right
    assert read(write(course)) == course


@settings(deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(courses)
def test_what_is_written_reads_as_the_same_course(course: Course) -> None:
    assume(not faults(course))
    assert read(write(course)) == course
    assert read(write(course)).version == course.version


def test_a_course_with_a_step_of_every_kind_goes_through_text() -> None:
    assert not faults(KITCHEN)
    assert {step.kind for step in KITCHEN.steps()} == set(get_args(Kind))
    assert read(write(KITCHEN)) == KITCHEN


@pytest.mark.parametrize(
    ("old", "new", "at", "told"),
    [
        ('kind = "choose"', 'kind = "chose"', 'kind = "choose"', "chose"),
        ('prompt = "Which?"', "prompt = 3", 'prompt = "Which?"', "str"),
        ('prompt = "Which?"', 'promt = "Which?"', 'prompt = "Which?"', "promt"),
        ('skill = "lid"', 'skill = "lids"', 'skill = "lid"', "no skill 'lids'"),
        ("right = true", "right = false", "[[scene.step.option]]", "no option is right"),
        ('id = "b"', 'id = "a"', 'id = "b"', "two options 'a'"),
        ('id = "click"', 'id = "pick"', 'id = "click"', "two steps 'pick'"),
        ('target = "lid"\n', "", "[[scene.step]]\nid = \"click\"", "no target"),
        ('seated = "Press."\n', "", "[[scene.step]]\nid = \"click\"", "who sits"),
        ('seated = "Press."', 'sitting = "Press."', 'seated = "Press."', "sitting"),
        ('title = "Two"', 'title = ""', 'title = "Two"', "title"),
        ('id = "two"', 'id = "Two!"', 'id = "two"', "no id"),
        ('id = "lids"', 'id = ', 'id = "lids"', "no TOML"),
        ('prompt = "Click."', 'prompt = "Click."\nseconds = nan', 'target = "lid"', "seconds"),
        ('prompt = "Click."', 'prompt = "Click."\ndrill = true', 'target = "lid"', "drill"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(old: str, new: str, at: str, told: str) -> None:
    text = GOOD.replace(old, new, 1)
    assert text != GOOD
    refusal = refused(text)
    assert told in refusal.message
    assert f"line {line_number(at)}:" in refusal.message, refusal.message


def test_all_faults_are_told_at_once_up_to_a_limit() -> None:
    refusal = refused(GOOD.replace('title = "One"', 'title = ""').replace('"Click."', '""'))
    assert "and 1 more" in refusal.message
    many = replace(KITCHEN, scenes=(Scene("a", "A", steps=(Step("!", "choose", ""),) * 40),))
    assert len(faults(many)) == COURSE_LIMITS.faults_max


def test_a_dialogue_that_nobody_comes_out_of_is_refused() -> None:
    text = GOOD.replace('kind = "click"', 'kind = "dialogue"').replace('target = "lid"\n', "")
    text += '[[scene.step.line]]\nid = "a"\nsays = "?"\n[[scene.step.line.reply]]\n'
    assert read(text + 'text = "yes"').scenes
    assert "nobody comes to an end" in refused(text + 'text = "yes"\ngoto = "a"').message
    assert "nobody comes to an end" in refused(text + 'text = "yes"\nright = false').message
    assert "no line" in refused(text + 'text = "yes"\ngoto = "z"').message


def test_a_text_that_is_too_long_is_not_read() -> None:
    assert "too long" in refused("#" * (COURSE_LIMITS.file_bytes_max + 1)).message


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    try:
        read(text)
    except Invalid as refusal:
        assert refusal.code == "bad_course"


@settings(deadline=None)
@given(st.integers(0, len(GOOD) - 1), st.integers(0, 40), st.text(max_size=3))
def test_a_torn_text_is_read_or_refused_in_words(at: int, length: int, more: str) -> None:
    try:
        read(GOOD[:at] + more + GOOD[at + length :])
    except Invalid as refusal:
        assert refusal.code == "bad_course" and refusal.fix


def test_lines_are_found_past_texts_of_several_lines() -> None:
    known = lines_of(GOOD)
    assert known["$.scene[1].step[0].target"] == line_number('target = "lid"')
    assert "$.scene[2]" not in known


def test_a_course_made_in_python_is_told_its_place() -> None:
    with pytest.raises(Invalid, match=r"scene\[0\]"):
        check(Course("a", "A", scenes=(Scene("b", ""),)))
