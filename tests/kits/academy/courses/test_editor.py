"""Instructors make and change courses in a panel: drafts, faults in words, editions, texts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.kits.academy.courses.making import KITCHEN, courses
from tests.kits.academy.courses.school import School
from worldloom import Conflict, Invalid, NotAllowed, NotFound, Role
from worldloom.kernel.live import load_state
from worldloom.kits.academy.courses import chances, editing
from worldloom.kits.academy.courses.classroom import Courses
from worldloom.kits.academy.courses.course import Course, Option, Scene
from worldloom.kits.academy.courses.editing import Fields, fields_of, step_of, steps_of
from worldloom.kits.academy.courses.limits import COURSE_LIMITS as LIMITS
from worldloom.kits.academy.courses.text import read, write

STEPS = [step.id for _, step in steps_of(KITCHEN)]
ids = st.sampled_from(STEPS)


@pytest.fixture
def school() -> Iterator[School]:
    school = School()
    school.callers["boss"] = school.enter("boss", "Mo", Role.BUILDER)
    school.press("which", "kitchen")
    yield school


def taught(school: School) -> Course:
    kit = next(one for one in school.world.used if isinstance(one, Courses))
    return kit.courses["kitchen"]


def shown(school: School, widget: str, prop: str = "value") -> Any:
    return school.shown("edit", widget, prop, "boss")


@given(courses)
@settings(deadline=None, max_examples=40)
def test_a_step_that_is_kept_as_the_form_shows_it_changes_no_more(course: Course) -> None:
    for _, step in steps_of(course):
        kept = step_of(fields_of(step), step)
        assert step_of(fields_of(kept), kept) == kept
        assert (kept.id, kept.kind, kept.target, kept.decoys) == (
            step.id, step.kind, step.target, step.decoys,
        )  # fmt: skip


def test_every_step_of_a_course_reads_as_itself_from_its_form() -> None:
    for _, step in steps_of(KITCHEN):
        assert step_of(fields_of(step), step) == step


@given(st.lists(st.tuples(ids, st.sampled_from([-1, 1])), max_size=12))
def test_moved_steps_stay_all_there_and_no_scene_is_empty(moves: list[tuple[str, int]]) -> None:
    course = KITCHEN
    for id, by in moves:
        course = editing.move(course, id, by)
        assert sorted(step.id for _, step in steps_of(course)) == sorted(STEPS)
        assert all(scene.steps for scene in course.scenes)


def test_a_step_moves_on_by_one_and_over_the_edge_into_the_next_scene() -> None:
    course = editing.move(KITCHEN, "see", 1)
    assert [step.id for step in course.scenes[0].steps] == ["watch", "see", "try"]
    course = editing.move(editing.move(course, "see", 1), "see", 1)
    assert course.scenes[1].steps[0].id == "see"
    assert editing.move(KITCHEN, "test", 1) == KITCHEN
    assert "test" not in [s.id for _, s in steps_of(editing.remove(KITCHEN, "test"))]


def test_added_steps_and_scenes_have_ids_of_their_own() -> None:
    course, one = editing.add(KITCHEN, "oil")
    course, two = editing.add(course, "oil")
    assert [step.id for step in course.scenes[1].steps[:3]] == ["oil", two, one]
    course, three = editing.add_scene(course, "The End!")
    assert course.scenes[-1].id == "the-end" and course.scenes[-1].steps[0].id == three
    assert len({one, two, three}) == 3
    assert editing.add(Course("empty", "Empty"), "")[0].scenes[0].steps


def test_answers_are_lines_with_a_star_a_thing_and_what_is_said() -> None:
    fields = Fields("choose", "Which?", answers="* The lid @ lid | Yes.\nWater | It spreads.")
    step = step_of(fields, KITCHEN.step("oil"))
    first, second = step.options
    assert (first.right, first.thing, first.text, first.feedback) == (
        True,
        "lid",
        "The lid",
        "Yes.",
    )
    assert (second.right, second.id, second.feedback) == (False, "water", "It spreads.")


def test_answers_that_read_alike_keep_their_ids() -> None:
    alike = (Option("one", "Wait"), Option("two", "Wait"), Option("three", "Go", True))
    step = replace(KITCHEN.step("oil"), options=alike)
    assert step_of(fields_of(step), step) == step


@pytest.mark.parametrize("dial", ["", "1, 2", "a, b, c, d", "0, inf, 1, 2", "nan, 9, 1, 2"])
def test_a_dial_that_is_no_four_numbers_is_told(dial: str) -> None:
    with pytest.raises(Invalid, match="four numbers"):
        step_of(Fields("dial", "Set it", dial=dial), KITCHEN.step("heat"))


def test_what_is_changed_in_the_panel_is_a_draft_until_it_is_published(school: School) -> None:
    before = taught(school)
    school.press("all", "oil")
    assert shown(school, "asked") == "Oil burns."
    school.set("asked", "The oil burns. What now?")
    school.set("skill", "Keeping calm")
    school.press("keep")
    assert taught(school) == before, "learners still have what was taught"
    assert "not published" in shown(school, "state", "text")
    school.press("publish")
    step = taught(school).step("oil")
    assert step.prompt == "The oil burns. What now?"
    assert taught(school).skill(step.skill).title == "Keeping calm"
    assert shown(school, "state", "text") == "This is what is taught."
    school.do("begin")
    assert school.run(course=taught(school)).version == taught(school).version
    kinds = [record.kind for record in school.records]
    assert {"~academy.CourseEdited", "~academy.CoursePublished"} <= set(kinds)
    again = load_state(school.store, school.live.stream, school.live.seq)
    assert again.state_hash() == school.live.state.state_hash()


def test_faults_are_told_in_words_at_their_step_and_nothing_faulty_is_published(
    school: School,
) -> None:
    school.press("all", "lid")
    school.set("target", "blanket")
    school.press("keep")
    told = shown(school, "wrong", "data")
    assert [one["title"] for one in told] == [
        "“Take it.”: there is no thing 'blanket' here. Write the name of a thing of this world."
    ]
    with pytest.raises(Invalid, match="no thing 'blanket'"):
        school.press("publish")
    school.press("drop")
    assert shown(school, "wrong", "hidden") is True
    assert shown(school, "target") == "lid"


def test_steps_are_added_moved_and_removed_by_buttons(school: School) -> None:
    school.press("all", "oil")
    school.press("add")
    titles = [told for _, told in shown(school, "all", "options")]
    assert titles[4] == "5 · What is asked?" and len(titles) == len(STEPS) + 1
    school.press("up")
    assert shown(school, "all", "options")[3][1] == "4 · What is asked?"
    school.press("away")
    assert len(shown(school, "all", "options")) == len(STEPS)


def test_the_form_shows_what_a_kind_of_step_has(school: School) -> None:
    school.press("all", "lid")
    hidden = {id: shown(school, id, "hidden") for id in ("answers", "target", "decoys", "dial")}
    assert hidden == {"answers": True, "target": False, "decoys": False, "dial": True}
    school.set("kind", "dial")
    assert (shown(school, "dial", "hidden"), shown(school, "decoys", "hidden")) == (False, True)
    assert set(editing.MAY_HAVE) < set(Fields.__struct_fields__)


def test_a_course_goes_out_as_text_and_comes_in_as_text(school: School) -> None:
    text = school.do("course_text", "boss", course="kitchen")
    assert read(text) == KITCHEN and shown(school, "toml") == text
    assert school.do("edit_course", "boss", course="kitchen",
                     text=text.replace("Oil burns.", "It burns.")) == []  # fmt: skip
    school.do("publish_course", "boss", course="kitchen")
    assert taught(school).step("oil").prompt == "It burns."
    school.set("toml", text)
    school.press("take")
    school.press("publish")
    assert taught(school) == KITCHEN


def test_a_text_that_is_none_is_refused_with_its_line_and_changes_nothing(school: School) -> None:
    for text, told in (("id = ", "no TOML"), ('id = "a"\ntitle = "A"\ncolour = 1\n', "line 3"),
                       (f"{'a.' * 20_000}a = nan", "no TOML")):  # fmt: skip
        with pytest.raises(Invalid, match=told):
            school.do("edit_course", "boss", course="kitchen", text=text)
    long = write(KITCHEN) + "#" * LIMITS.draft_bytes_max
    with pytest.raises(Invalid, match="60000"):
        school.do("edit_course", "boss", course="kitchen", text=long)
    assert read(school.do("course_text", "boss", course="kitchen")) == KITCHEN


@pytest.mark.parametrize(
    "line",
    ["pass_mark = inf", "pass_mark = -inf", "pass_mark = nan", "pass_mark = 1e300",
     f"pass_mark = 1{'0' * 400}", f"trials_max = 1{'0' * 400}", f"tries_max = 1{'0' * 30}"],
)  # fmt: skip
def test_a_number_that_is_none_is_a_fault_in_words_and_no_failure(
    school: School, line: str
) -> None:
    head, _, rest = write(KITCHEN).partition("\n")
    name, _, value = line.partition(" = ")
    try:
        (fault,) = school.do(
            "edit_course", "boss", course="kitchen", text=f"{head}\n{line}\n{rest}"
        )
    except Invalid as refused:
        fault = refused.message
    else:
        assert len(shown(school, "wrong", "data")) == 1
        assert 0 <= shown(school, "mark") <= 100
        with pytest.raises(Invalid, match=name):
            school.do("publish_course", "boss", course="kitchen")
    assert name in fault and len(fault) < 300, fault


@pytest.mark.parametrize("number", ["inf", "nan", "1e300", f"1{'0' * 400}"])
def test_a_steps_number_that_is_none_is_a_fault_in_words_and_no_failure(
    school: School, number: str
) -> None:
    text = write(KITCHEN).replace("seconds = 5.0", f"seconds = {number}")
    try:
        told = school.do("edit_course", "boss", course="kitchen", text=text)
    except Invalid as refused:
        told = [refused.message]
    else:
        school.press("all", "fast")
        school.press("keep")
    assert "seconds" in told[0] and len(told[0]) < 300


def test_learners_edit_nothing_and_see_no_draft(school: School) -> None:
    for action, what in (
        ("course_text", {}),
        ("publish_course", {}),
        ("edit_course", {"text": ""}),
    ):
        with pytest.raises(NotAllowed):
            school.do(action, course="kitchen", **what)
    with pytest.raises((NotAllowed, NotFound)):
        school.do("press_widget", panel="edit", widget="publish")
    with pytest.raises(NotFound):
        school.do("course_text", "boss", course="nothing")


def test_who_is_in_a_course_that_is_published_anew_is_told_and_begins_again(school: School) -> None:
    school.do("begin")
    for answer in ("pan", "done", "done"):
        school.do("answer", given=answer)
    school.callers["two"] = school.enter("two", "Al", Role.VISITOR)
    seen = partial(school.shown, "course-kitchen", account="guest:1")
    assert (seen("begin", "hidden"), seen("choices", "hidden")) == (True, False)
    text = write(KITCHEN).replace("Oil burns.", "It burns.").replace("A kitchen", "The kitchen")
    school.do("edit_course", "boss", course="kitchen", text=text)
    school.do("publish_course", "boss", course="kitchen")
    school.wait(1)
    assert (seen("begin", "hidden"), seen("choices", "hidden")) == (False, True)
    assert seen("leave", "hidden") is True
    assert "was changed" in seen("said", "text")
    assert [one.text for one in school.told if "was changed" in one.text] == [seen("said", "text")]
    assert "The kitchen fire" in school.shown("course-kitchen", "prompt", "text", "two")
    school.do("press_widget", panel="course-kitchen", widget="begin")
    assert school.run(course=taught(school)).step == "see"
    assert (seen("begin", "hidden"), seen("said", "text")) == (True, "")


def test_who_ended_a_course_still_reads_how_when_it_is_published_anew(school: School) -> None:
    school.do("begin")
    school.do("leave_course")
    school.wait(1)
    left = school.shown("course-kitchen", "prompt", "text", "guest:1")
    text = write(KITCHEN).replace("Oil burns.", "It burns.")
    school.do("edit_course", "boss", course="kitchen", text=text)
    school.do("publish_course", "boss", course="kitchen")
    school.wait(1)
    assert school.shown("course-kitchen", "prompt", "text", "guest:1") == left
    assert school.shown("course-kitchen", "begin", "hidden", "guest:1") is False


def test_a_run_goes_on_when_the_publication_that_ended_it_is_taken_back(school: School) -> None:
    school.do("begin")
    school.wait(1)
    text = write(KITCHEN).replace("Oil burns.", "It burns.")
    school.do("edit_course", "boss", course="kitchen", text=text)
    school.do("publish_course", "boss", course="kitchen")
    school.wait(1)
    school.do("undo", "boss")
    school.wait(1)
    assert school.shown("course-kitchen", "begin", "hidden", "guest:1") is True
    assert school.shown("course-kitchen", "said", "text", "guest:1") == ""
    school.do("answer", given="pan")
    assert school.run().last == "see"


def test_who_answered_a_step_that_is_taught_no_more_can_begin_again(school: School) -> None:
    school.do("begin")
    school.do("answer", given="pan")
    text = write(editing.remove(KITCHEN, "see"))
    school.do("edit_course", "boss", course="kitchen", text=text)
    school.do("publish_course", "boss", course="kitchen")
    school.do("begin")
    assert school.run(course=taught(school)).step == "watch"


def test_an_undo_takes_a_publication_back(school: School) -> None:
    school.do("edit_course", "boss", course="kitchen", text=write(
        Course("kitchen", "Less", scenes=(Scene("one", "One", steps=KITCHEN.scenes[0].steps[2:]),))
    ))  # fmt: skip
    school.do("publish_course", "boss", course="kitchen")
    assert taught(school).title == "Less"
    school.do("undo", "boss")
    assert taught(school) == KITCHEN


def test_what_was_fitted_is_used_at_once_and_ends_nobodys_run(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    school.do("begin")
    school.do("answer", given="pan")
    with pytest.raises(Conflict, match="nothing new"):
        school.do("press_widget", "boss", panel="group-kitchen", widget="use-fit")
    better = replace(KITCHEN, skills=tuple(replace(one, slip=0.02) for one in KITCHEN.skills))
    monkeypatch.setattr(chances, "refitted", lambda course, runs: better)
    school.do("press_widget", "boss", panel="group-kitchen", widget="use-fit")
    assert taught(school) == better
    run = school.run(course=taught(school))
    assert run.is_open and run.last == "see"
    school.do("answer", given="done")
    assert school.run(course=taught(school)).last == "watch"


def test_what_was_fitted_comes_into_a_draft_that_is_edited_and_drops_nothing_of_it(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    skills = (replace(KITCHEN.skills[0], guess=0.3), KITCHEN.skills[1])
    edited = replace(KITCHEN, title="An hour of work", skills=skills)
    school.do("edit_course", "boss", course="kitchen", text=write(edited))
    better = replace(KITCHEN, skills=tuple(replace(one, slip=0.02) for one in KITCHEN.skills))
    monkeypatch.setattr(chances, "refitted", lambda course, runs: better)
    school.do("press_widget", "boss", panel="group-kitchen", widget="use-fit")
    assert taught(school) == better
    kept = read(school.do("course_text", "boss", course="kitchen"))
    assert kept.title == "An hour of work"
    assert kept.skills == (skills[0], better.skills[1]), "chances that someone wrote stay"
    school.do("publish_course", "boss", course="kitchen")
    assert taught(school) == kept


def test_what_was_fitted_leaves_no_draft_where_nobody_edits(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    better = replace(KITCHEN, skills=tuple(replace(one, slip=0.02) for one in KITCHEN.skills))
    monkeypatch.setattr(chances, "refitted", lambda course, runs: better)
    school.do("press_widget", "boss", panel="group-kitchen", widget="use-fit")
    school.do("course_text", "boss", course="kitchen")
    assert shown(school, "state", "text") == "This is what is taught."
