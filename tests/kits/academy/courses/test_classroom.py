"""A learner goes through a course in a world, the log says all of it, and panels show it."""

from __future__ import annotations

import pytest

from tests.kits.academy.courses.making import KITCHEN, answers
from tests.kits.academy.courses.school import School, make_world
from worldloom import Conflict, Invalid, Misused, NotFound, Role
from worldloom.kernel.live import load_state
from worldloom.kits.academy.courses import classroom
from worldloom.kits.academy.courses.classroom import Courses
from worldloom.kits.academy.courses.course import Course, Scene
from worldloom.kits.academy.courses.events import Answered, Erred
from worldloom.kits.academy.courses.run import replay
from worldloom.kits.academy.courses.views import words_of
from worldloom.kits.academy.mastery.refreshing import DAY_US
from worldloom.kits.academy.mastery.stopping import Standing


def through(school: School, account: str = "guest:1", until: str = "") -> None:
    """Answer right from the panel's own choices, until a step or to the end."""
    while (step := school.run(account).step) and step != until:
        run = school.run(account)
        given = answers(KITCHEN.step(step), run)[0]
        if KITCHEN.step(step).kind == "dialogue":
            given = "0" if run.parts else "1"
        school.do("answer", account, given=given)


def said(school: School) -> tuple[str, str]:
    """Return how the learner's panel says what was said, and in which word."""
    tone, word = (school.shown("course-kitchen", "said", prop, "guest:1")
                  for prop in ("tone", "label"))  # fmt: skip
    return tone, word


def test_a_learner_begins_answers_errs_masters_and_finishes() -> None:
    school = School()
    assert school.do("begin") == "A kitchen fire"
    through(school, until="oil")
    assert "It spreads." in school.do("answer", given="water")
    assert said(school) == ("bad", "Not right")
    school.do("answer", given="water")
    assert said(school) == ("bad", "Still not right")
    assert school.do("answer", given="blanket").startswith("Right. Yes.")
    assert said(school) == ("good", "Right")
    through(school)
    run = school.run()
    assert run.passed
    assert all(tally.standing is Standing.MASTERED for tally in run.tallies.values())
    assert school.shown("course-kitchen", "done", "value", "guest:1") == 1.0


def test_a_run_made_anew_from_the_log_is_the_one_that_is_kept() -> None:
    school = School()
    school.do("begin")
    through(school, until="oil")
    school.do("answer", given="water")
    assert replay(KITCHEN, school.happened()) == school.run()
    through(school)
    assert replay(KITCHEN, school.happened()) == school.run()
    again = load_state(school.store, school.live.stream, school.live.seq)
    assert again.state_hash() == school.live.state.state_hash()


def test_a_record_says_how_long_an_answer_took_since_it_was_asked_or_since_the_last_error() -> None:
    school = School()
    school.do("begin")
    through(school, until="oil")
    before = len(school.statements())
    school.wait(6.5)
    school.do("answer", given="water")
    school.wait(2.25)
    school.do("answer", given="blanket")
    erred, answered = school.statements()[before:][:2]
    assert (erred["result"]["success"], answered["result"]["success"]) == (False, True)
    assert "duration" not in erred["result"], "the step goes on"
    assert answered["result"]["duration"] == "PT3.25S"
    assert all(one["result"].get("duration") in (None, "PT1.00S")
               for one in school.statements()[:before] if "result" in one)  # fmt: skip


def test_each_answer_and_its_learning_record_are_one_group() -> None:
    school = School()
    school.do("begin")
    through(school)
    groups: dict[int, list[str]] = {}
    for record in school.records:
        groups.setdefault(record.group, []).append(record.kind)
    for kinds in groups.values():
        told = kinds.count("~academy.StatementKept")
        spoken = sum(kinds.count(f"~academy.{name}") for name in ("Answered", "Erred", "Began"))
        assert told >= spoken
        assert not spoken or "Changed" in kinds or "Spawned" in kinds
    verbs = [one["verb"]["display"]["en"] for one in school.statements()]
    assert verbs[0] == "initialized" and verbs[-2:] == ["completed", "passed"]
    assert {one["actor"]["account"]["name"] for one in school.statements()} == {"guest:1"}


def test_a_press_on_the_thing_itself_is_an_answer_and_other_things_are_none() -> None:
    school = School()
    school.do("begin")
    school.do("click", entity="lid")
    assert school.run().step == "see" and len(school.happened()) == 2
    school.do("click", entity="pan")
    assert school.run().step == "watch"
    through(school, until="lid")
    school.do("click", entity="tap")
    assert isinstance(school.happened()[-1][0], Erred)
    school.do("click", entity="lid")
    assert any(isinstance(event, Answered) and event.step == "lid"
               for event, _ in school.happened())  # fmt: skip


def test_time_runs_out_by_itself_for_who_is_here() -> None:
    school = School()
    school.do("begin")
    through(school, until="fast")
    school.wait(2)
    assert school.shown("course-kitchen", "time", "value", "guest:1") == pytest.approx(0.6)
    school.wait(4)
    event, _ = school.happened()[-1]
    assert isinstance(event, Erred) and event.late
    assert said(school) == ("bad", "Too late")


def test_the_panel_shows_the_step_its_choices_and_why_a_skill_goes_on() -> None:
    school = School()
    school.do("begin")
    through(school, until="oil")
    panel = "course-kitchen"
    assert "Oil burns." in school.shown(panel, "prompt", "text", "guest:1")
    choices = school.shown(panel, "choices", "data", "guest:1")
    assert {card["key"] for card in choices} == {"water", "blanket"}
    assert "more on Choice" in school.shown(panel, "skill-choose", "label", "guest:1")
    school.do("press_widget", panel=panel, widget="choices", item="blanket")
    assert school.run().step != "oil"
    school.callers["guest:2"] = school.enter("guest:2", "Bob", Role.VISITOR)
    assert "Oil" not in school.shown(panel, "prompt", "text", "guest:2")


def test_the_panel_comes_back_for_who_comes_back() -> None:
    school = School()
    school.do("begin")
    through(school, until="oil")
    world = make_world()
    school.world, school.callers = world, {}
    school.realm = type(school.realm)(school.store, lambda: school.now, school.bytes)
    school.live = school.realm.open(world)
    school.callers["guest:1"] = school.enter("guest:1", "Ada", Role.VISITOR)
    assert "Oil burns." in school.shown("course-kitchen", "prompt", "text", "guest:1")
    assert school.run().step == "oil"


def test_an_instructor_sees_who_is_where_and_what_fails() -> None:
    school = School()
    school.callers["boss"] = school.enter("boss", "Mo", Role.BUILDER)
    school.callers["guest:2"] = school.enter("guest:2", "Bob", Role.VISITOR)
    school.do("begin")
    through(school, until="oil")
    school.do("answer", given="water")
    school.do("begin", "guest:2")
    through(school, "guest:2")
    school.wait(3)
    cells = {one.name: one.cells for one in school.shown("group-kitchen", "learners", "data")}
    assert cells["Learner"] == ("Ada", "Bob")
    assert cells["Now"] == ("Water, 1 × · Oil burns.", "–"), "by its words, not by its id"
    assert cells["How far"][0].endswith("%") and cells["How far"][1].startswith("passed")

    def more(row: int) -> str:
        school.do("press_widget", "boss", panel="group-kitchen", widget="learners", item=row)
        return str(school.shown("group-kitchen", "learner", "text", "boss"))

    assert "- Choice: ✓ after 3, 3 trials; three right in a row: after 3" in more(1)
    assert "- Use: ✓ after 3, 5 trials; three right in a row: after 3" in more(1)
    assert more(0).startswith("**Ada**: ") and "- Now: Water, 1 × · Oil burns." in more(0)
    assert more(0).count("three right in a row: not yet") == 1 and "- Use: no trial" in more(0)
    assert "finished" in str(school.shown("group-kitchen", "came", "data"))
    through(school)
    school.wait(3)
    assert "Oil burns." in str(school.shown("group-kitchen", "fails", "data"))
    told = school.shown("group-kitchen", "learner", "text", "boss")
    assert "Now:" not in told and "passed" in told, "what is read goes on with the learner"
    school.do("press_widget", "boss", panel="group-kitchen", widget="fit")
    cells = {one.name: one.cells for one in school.shown("group-kitchen", "fitted", "data")}
    assert cells["Skill"] == ("Choice", "Use") and cells["Learners"] == ("2", "2")
    school.do("press_widget", "boss", panel="group-kitchen", widget="fitted", item=0)
    assert "Too few learners for a fit" in str(
        school.shown("group-kitchen", "skill", "text", "boss")
    )


def test_an_instructor_reads_what_went_wrong_before_the_step_is_answered() -> None:
    school = School()
    boss = school.callers["boss"] = school.enter("boss", "Mo", Role.BUILDER)
    school.do("begin")

    def told(until: str, *given: str) -> tuple[str, str]:
        through(school, until=until)
        for one in given:
            school.do("answer", given=one)
        school.wait(3)
        assert school.run().step == until
        columns = {one.name: one.cells for one in school.shown("group-kitchen", "learners", "data")}
        fails = school.shown("group-kitchen", "fails", "data")
        asks = words_of(KITCHEN.step(until))
        wrong, _, asked = columns["Now"][0].rpartition(" · ")
        assert asked == asks and (asks in str(fails)) == bool(wrong)
        school.do("set_widget", "boss", panel="group-kitchen", widget="whose", value="guest:1")
        moments = school.shown("group-kitchen", "moments", "text", boss.account)
        return wrong or "–", moments.splitlines()[-1].partition(" · now")[2]

    assert told("oil") == ("–", "](" + told("oil")[1].partition("](")[2])
    assert told("oil", "water")[0] == "Water, 1 ×"
    assert told("oil", "water")[1].startswith(": Water, 2 ×](")
    assert told("lid", "tap")[0] == "Tap, 1 ×"
    assert told("pass", "squeeze")[0] == "Squeeze, 1 ×"
    assert told("talk", "2")[0] == "Who knows, 1 ×"
    assert told("heat", "50")[0] == "50 °C, 1 ×"


def test_an_instructor_reads_of_a_step_for_which_it_was_too_late() -> None:
    school = School()
    school.callers["boss"] = school.enter("boss", "Mo", Role.BUILDER)
    school.do("begin")
    through(school, until="fast")
    school.wait(8)
    assert "too late, 1 ×" in str(school.shown("group-kitchen", "learners", "data"))


def test_an_instructor_knows_by_name_who_has_left_until_they_are_forgotten() -> None:
    school = School()
    school.callers["boss"] = school.enter("boss", "Mo", Role.BUILDER)
    bob = school.callers["guest:2"] = school.enter("guest:2", "Bob", Role.VISITOR)
    school.do("begin", "guest:2")
    through(school, "guest:2", until="oil")
    school.realm.leave("school", bob.visitor)
    school.wait(3)
    assert "Bob" in str(school.shown("group-kitchen", "learners", "data"))
    assert "Bob" in str(school.shown("group-kitchen", "whose", "options"))
    school.realm.forget("guest:2", "boss")
    school.keep()
    school.wait(3)
    assert "Bob" not in str(school.shown("group-kitchen", "learners", "data"))


def test_who_has_left_is_known_by_the_name_that_they_had_in_the_world_last() -> None:
    school = School()
    school.callers["boss"] = school.enter("boss", "Mo", Role.BUILDER)
    guest = school.callers["guest:2"] = school.enter("guest:2", "Ruby Falcon", Role.VISITOR)
    school.do("begin", "guest:2")
    school.realm.leave("school", guest.visitor)
    school.realm.leave("school", school.enter("guest:2", "Sam", Role.VISITOR).visitor)
    school.wait(3)
    (names, *_) = (one.cells for one in school.shown("group-kitchen", "learners", "data"))
    assert names == ("Sam",), "they have said how they are called"


def test_a_mastered_skill_is_due_again_and_later_for_who_kept_it() -> None:
    school = School()
    due = []
    for _ in range(2):
        school.do("begin")
        through(school)
        memory = school.run().memories["choose"]
        due.append((memory.due - school.now) / DAY_US)
        assert replay(KITCHEN, school.happened()) == school.run()
        school.now = memory.due
    assert due == pytest.approx([2, 11], abs=0.01)
    assert "Come back" in school.shown("course-kitchen", "prompt", "text", "guest:1")
    school.do("begin")
    through(school, until="see")
    assert school.run().memories, "they are kept from run to run"


def test_who_comes_when_a_skill_is_due_again_is_told_once_a_day() -> None:
    pytest.importorskip("fsrs")
    school = School()
    school.do("begin")
    through(school)

    def told() -> list[str]:
        every = [one.text for one in school.told if "Time to refresh" in one.text]
        school.told.clear()
        return every

    school.enter("guest:1", "Ada", Role.VISITOR)
    assert told() == [], "nothing is due yet"
    school.now += 400 * DAY_US
    school.enter("guest:1", "Ada", Role.VISITOR)
    assert told() == ["Time to refresh Choice, Use: begin A kitchen fire again."]
    school.enter("guest:1", "Ada", Role.VISITOR)
    assert told() == [], "once is enough"
    school.now += DAY_US
    school.wait(700)
    assert len(told()) >= 1, "who stays is told the next day"


def test_without_the_extra_nothing_is_due_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classroom, "has_fsrs", lambda: False)
    school = School()
    school.do("begin")
    through(school)
    assert school.run().passed and not school.run().memories


def test_nobody_answers_what_is_not_asked() -> None:
    school = School()
    with pytest.raises(Conflict):
        school.do("answer", given="water")
    school.do("begin")
    with pytest.raises(Invalid):
        school.do("answer", given="whatever")
    with pytest.raises(NotFound):
        school.do("begin", course="nowhere")
    school.do("leave_course")
    assert school.run().stopped
    with pytest.raises(Conflict):
        school.do("next_step")
    school.do("begin")
    assert school.run().is_open


def test_a_course_with_a_fault_and_two_of_one_name_are_refused_at_once() -> None:
    with pytest.raises(Invalid):
        Courses(Course("a", "A", scenes=(Scene("b", "B"),)))
    with pytest.raises(Misused):
        Courses(KITCHEN, KITCHEN)
