"""What an instructor reads of a group: how many came how far, what fails most, how long it took."""

from __future__ import annotations

from msgspec.structs import replace

from tests.kits.academy.courses.making import KITCHEN
from tests.kits.academy.courses.test_run import Learning
from worldloom.kits.academy.courses.run import Run
from worldloom.kits.academy.courses.views import (
    MINUTE_US,
    Cohort,
    bars,
    cohort,
    words_of,
    wrong_now,
)
from worldloom.kits.academy.mastery.stopping import Standing


def came_to(step: str = "") -> Run:
    """Return the run of someone who answered right up to a step, or to the end."""
    learning = Learning(KITCHEN)
    learning.right(until=step)
    return learning.here


def told(*runs: Run) -> Cohort:
    return cohort(KITCHEN, runs, lambda account: account)


def test_the_funnel_counts_who_came_to_each_scene_and_who_finished() -> None:
    found = told(came_to(), came_to("test"), came_to("oil"), came_to("see"))
    assert found.funnel == (("began", 4), ("Look", 4), ("Do", 3), ("End", 2), ("finished", 1))
    assert told().funnel[0] == ("began", 0)


def test_what_fails_most_of_those_who_were_asked_is_first() -> None:
    asked = {"oil": 4, "lid": 2, "heat": 10, "see": 3}
    run = replace(came_to(), times=asked, erred={"oil": 1, "heat": 4, "lid": 1})
    assert told(run).failing == (
        ("lid", 2, 1, "50%"), ("heat", 10, 4, "40%"), ("oil", 4, 1, "25%"))  # fmt: skip


def test_what_was_answered_wrong_stands_there_until_the_step_is_behind() -> None:
    run = replace(came_to("oil"), tries=2, wrong="Water")
    assert wrong_now(run) == "Water, 2 ×"
    assert wrong_now(replace(run, step="", ended=9)) == "", "who is through is at no step"


def test_how_long_mastery_took_is_the_median_of_those_who_got_there() -> None:
    run = came_to()
    slow = [replace(run, began=7, mastered={"use": 7 + minutes * MINUTE_US}) for minutes in
            (2, 3, 40)]  # fmt: skip
    assert told(*slow, replace(run, mastered={})).minutes == {"Use": 3.0}


def test_a_row_says_what_a_step_asks_and_who_needs_a_person() -> None:
    run = replace(came_to("oil"), tries=2, wrong="Water")
    assert told(run).rows == ((run.learner, "Water, 2 × · Oil burns.", "30%"),)
    handed = replace(run.tallies["use"], standing=Standing.PERSON)
    found = told(replace(run, tallies={**run.tallies, "use": handed}))
    assert found.rows[0][2] == "40%, needs you"
    assert "- Now: Water, 2 × · Oil burns." in found.details[0]
    assert "- Use: no trial yet" in found.details[0]
    ended = told(came_to())
    assert ended.rows[0][1:] == ("–", "passed 100%") and "Now:" not in ended.details[0]


def test_a_long_question_is_told_by_its_beginning_without_marks() -> None:
    step = KITCHEN.step("oil")
    assert words_of(replace(step, prompt="Which **one**?")) == "Which one?"
    assert words_of(replace(step, prompt="word " * 20)) == "word " * 9 + "wo…"


def test_a_bar_says_that_it_is_assumed_until_there_is_a_trial() -> None:
    def labels(run: Run | None) -> dict[str, str]:
        return {bar.skill: bar.label for bar in bars(KITCHEN, run)}

    assert {*labels(None).values()} == {
        "3 more on Choice (assumed so far)", "3 more on Use (assumed so far)"
    }  # fmt: skip
    begun = labels(came_to("lid"))
    assert "assumed" not in begun["choose"] and "assumed" in begun["use"]
