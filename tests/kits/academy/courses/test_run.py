"""A course that is accepted can be finished, and its run is what its events say."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.kits.academy.courses.making import KITCHEN, LEARNER, answers, courses
from worldloom import Conflict, Invalid
from worldloom.kits.academy.courses.checking import faults
from worldloom.kits.academy.courses.course import Course, Option, Scene, Step, Taught
from worldloom.kits.academy.courses.events import (
    Answered,
    Asked,
    CourseEvent,
    Erred,
    Finished,
    HandedOver,
    Mastered,
    Stepped,
    Stopped,
)
from worldloom.kits.academy.courses.limits import COURSE_LIMITS
from worldloom.kits.academy.courses.run import (
    Run,
    begin,
    current,
    fold,
    give,
    is_late,
    next_step,
    offered,
    overdue,
    progress,
    replay,
    stop,
)
from worldloom.kits.academy.mastery.stopping import Standing

SECOND = 1_000_000
Log = list[tuple[CourseEvent, int]]


class Learning:
    """A learner in a course: wishes go in, the log and the run come out."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.log: Log = []
        self.run: Run | None = None
        self.now = 0
        self.take(begin(course, LEARNER))

    @property
    def here(self) -> Run:
        assert self.run is not None
        return self.run

    @property
    def step(self) -> str:
        return self.here.step

    def take(self, events: list[CourseEvent]) -> list[CourseEvent]:
        for event in events:
            self.run = fold(self.course, self.run, event, self.now)
            self.log.append((event, self.now))
        return events

    def give(self, given: str, seconds: float = 1.0) -> list[CourseEvent]:
        self.now += int(seconds * SECOND)
        return self.take(give(self.course, self.here, given, self.now))

    def right(self, until: str = "") -> None:
        """Answer right until a step, or to the end."""
        while self.step and self.step != until:
            step = self.course.step(self.step)
            given = answers(step, self.here)
            self.give({"dialogue": "1" if not self.here.parts else "0"}.get(step.kind, given[0]))


def most(course: Course) -> int:
    """Return a number of answers after which any run has ended."""
    asked = len(list(course.steps())) + len(course.skills) * course.trials_max
    return asked * (course.tries_max + COURSE_LIMITS.parts_max + 1)


@settings(deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(courses, st.randoms(use_true_random=False), st.sampled_from([0.0, 0.5, 1.0]))
def test_any_accepted_course_can_be_finished_however_one_answers(
    course: Course, chance: random.Random, skilled: float
) -> None:
    assume(not faults(course))
    learning = Learning(course)
    for _ in range(most(course)):
        step = current(course, learning.here)
        if step is None:
            break
        given = answers(step, learning.here)
        late = step.seconds > 0 and chance.random() < 0.2
        answer = given[0] if chance.random() < skilled else chance.choice(given)
        learning.give(answer, step.seconds * 2 if late else 0.25)
        assert 0 <= progress(course, learning.here) <= 1
    assert learning.here.ended
    assert 0 <= learning.here.score <= 1
    assert progress(course, learning.here) == 1
    assert next_step(course, learning.here) is None
    # The run that grew is the run that the log says.
    assert replay(course, learning.log) == learning.here
    for id, tally in learning.here.tallies.items():
        declared = [event for event, _ in learning.log
                    if isinstance(event, Mastered | HandedOver) and event.skill == id]  # fmt: skip
        assert bool(declared) == (tally.standing is not Standing.PRACTISING)


def test_who_answers_right_masters_the_skills_and_passes() -> None:
    learning = Learning(KITCHEN)
    learning.right()
    assert learning.here.passed and learning.here.score == 1.0
    mastered = {event.skill for event, _ in learning.log if isinstance(event, Mastered)}
    assert mastered == {"choose", "use"}
    assert isinstance(learning.log[-1][0], Finished)


def test_who_errs_is_told_tries_again_and_is_drilled_until_mastery() -> None:
    learning = Learning(KITCHEN)
    learning.right(until="oil")
    first = learning.here.tallies["choose"].known
    assert isinstance(learning.give("water")[0], Erred)
    assert learning.step == "oil", "it is asked on"
    [answered, *_] = learning.give("blanket")
    assert isinstance(answered, Answered) and answered.right and not answered.at_once
    assert learning.here.tallies["choose"].known < first
    learning.right()
    assert learning.here.times["oil"] > 1, "the drill came back"
    assert learning.here.tallies["choose"].standing is Standing.MASTERED


def test_a_drill_is_left_out_once_its_skill_is_mastered() -> None:
    learning = Learning(KITCHEN)
    learning.right()
    asked = [event.step for event, _ in learning.log if isinstance(event, Asked)]
    assert asked.count("lid") <= 3
    assert asked[-1] == "test"


def test_after_enough_wrong_answers_the_step_goes_on_as_not_known() -> None:
    learning = Learning(KITCHEN)
    learning.right(until="oil")
    events = [event for _ in range(3) for event in learning.give("water")]
    assert [type(event) for event in events[:3]] == [Erred, Erred, Answered]
    assert isinstance(events[2], Answered) and not events[2].right
    assert isinstance(events[3], Asked)


def test_who_is_not_there_at_the_cap_is_handed_over() -> None:
    learning = Learning(KITCHEN)
    learning.right(until="oil")
    while learning.step and learning.here.tallies["choose"].standing is Standing.PRACTISING:
        wrong = {"oil": "water"}.get(learning.step)
        if wrong:
            learning.give(wrong)
        else:
            given = answers(KITCHEN.step(learning.step), learning.here)
            kind = KITCHEN.step(learning.step).kind
            learning.give("1" if kind == "dialogue" and not learning.here.parts else given[0])
    handed = [event for event, _ in learning.log if isinstance(event, HandedOver)]
    assert [(event.skill, event.trials) for event in handed] == [("choose", KITCHEN.trials_max)]
    learning.right()
    assert learning.here.ended


def test_things_are_put_in_order_piece_by_piece() -> None:
    learning = Learning(KITCHEN)
    learning.right(until="pass")
    assert isinstance(learning.give("pull")[0], Stepped)
    assert isinstance(learning.give("squeeze")[0], Erred)
    assert learning.here.parts == ("pull",), "what was right stays"
    with pytest.raises(Invalid):
        learning.give("pull")
    learning.give("aim")
    assert isinstance(learning.give("squeeze")[0], Answered)


def test_a_dialogue_branches_and_a_wrong_reply_can_lead_on() -> None:
    learning = Learning(KITCHEN)
    learning.right(until="talk")
    assert [type(event) for event in learning.give("2")] == [Erred]
    assert [type(event) for event in learning.give("0")] == [Erred, Stepped]
    assert learning.here.parts[-1] == "sure"
    learning.give("1")
    assert list(learning.here.parts) == ["sure", "hello"]
    learning.give("1")
    assert isinstance(learning.give("0")[0], Answered)


def test_a_hazard_that_is_not_answered_in_time_is_asked_anew() -> None:
    learning = Learning(KITCHEN)
    learning.right(until="fast")
    step = KITCHEN.step("fast")
    assert not overdue(KITCHEN, learning.here, learning.here.asked + 5 * SECOND)
    assert is_late(step, learning.here, learning.here.asked + 6 * SECOND)
    events = learning.give("blanket", seconds=9)
    assert isinstance(events[0], Erred) and events[0].late
    [answered, *_] = learning.give("blanket")
    assert isinstance(answered, Answered) and answered.seconds == 1.0


def test_an_assessment_gives_one_try_and_is_no_trial_of_a_skill() -> None:
    learning = Learning(KITCHEN)
    learning.right(until="test")
    before = learning.here.tallies
    learning.give("water")
    assert learning.here.tallies == before
    assert learning.here.ended and not learning.here.passed and learning.here.score == 0


def test_options_begin_elsewhere_each_time() -> None:
    learning = Learning(KITCHEN)
    learning.right(until="pass")
    step, run = KITCHEN.step("pass"), learning.here
    shown = [option.id for option in offered(step, run)]
    assert sorted(shown) == ["aim", "pull", "squeeze"]
    assert shown != ["pull", "aim", "squeeze"], "the order tells nothing"


def test_who_stopped_or_ended_is_asked_nothing() -> None:
    learning = Learning(KITCHEN)
    assert isinstance(learning.take(stop(KITCHEN, learning.here))[0], Stopped)
    with pytest.raises(Conflict):
        learning.give("done")
    with pytest.raises(Conflict):
        stop(KITCHEN, learning.here)


def drill(id: str, skill: str) -> Step:
    """Return a drill that "yes" answers."""
    asked = (Option("yes", "Yes", True), Option("no", "No"))
    return Step(id, "choose", id, skill, drill=True, options=asked)


def test_the_weakest_skill_comes_next_and_not_the_drill_of_just_now() -> None:
    drills = (drill("a", "one"), drill("b", "two"), drill("c", "two"))
    learning = Learning(Course("drills", "Drills", scenes=(Scene("all", "All", steps=drills),),
                               skills=(Taught("one", "One"), Taught("two", "Two"))))  # fmt: skip
    learning.give("yes")
    for _ in "bc":
        learning.give("no")
        learning.give("yes")
    known = {id: tally.known for id, tally in learning.here.tallies.items()}
    assert known["two"] < known["one"], "the first one named is not the weakest"
    assert learning.step == "b", "c was asked just now"
    learning.give("no")
    learning.give("yes")
    assert learning.step == "c"
