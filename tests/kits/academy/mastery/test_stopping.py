"""Practice ends at mastery or at the cap, the weakest skill comes next, and the reason is told."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from worldloom.kits.academy.mastery.stopping import (
    Rule,
    Standing,
    Tally,
    answer,
    begin,
    by_streak,
    more,
    reason,
    weakest,
)
from worldloom.kits.academy.mastery.tracing import Skill

SKILL, RULE = Skill(), Rule()


def answered(*answers: bool, rule: Rule = RULE) -> Tally:
    tally = begin(SKILL)
    for right in answers:
        tally = answer(tally, right, SKILL, rule)
    return tally


def test_right_answers_lead_to_mastery_which_is_not_taken_back() -> None:
    tally = answered(True, True, True)
    assert (tally.standing, tally.mastered_after) == (Standing.MASTERED, 3)
    later = answer(tally, False, SKILL, RULE)
    assert (later.standing, later.mastered_after, later.trials) == (Standing.MASTERED, 3, 4)
    assert answered(True, False).mastered_after == 0


def test_who_is_not_there_at_the_cap_is_handed_to_a_person() -> None:
    tally = answered(*[False] * 5, rule=Rule(trials_max=5))
    assert tally.standing is Standing.PERSON
    assert "instructor" in reason("hazards", tally, SKILL, Rule(trials_max=5))


def test_who_was_handed_over_can_still_master_it() -> None:
    tally = answered(*[False] * 5, True, True, True, True, True, rule=Rule(trials_max=5))
    assert tally.standing is Standing.MASTERED


@given(st.lists(st.booleans(), max_size=40))
def test_the_reason_tells_how_many_right_answers_are_enough(answers: list[bool]) -> None:
    tally = answered(*answers)
    left = more(tally, SKILL, RULE)
    assert left is not None
    if tally.standing is Standing.PRACTISING:
        assert reason("hazards", tally, SKILL, RULE) == f"{left} more on hazards"
    for _ in range(left):
        assert tally.standing is not Standing.MASTERED
        tally = answer(tally, True, SKILL, RULE)
    assert tally.standing is Standing.MASTERED


def test_the_baseline_counts_right_answers_in_a_row() -> None:
    assert by_streak("11") is None
    assert by_streak("111") == 3
    assert by_streak("1101110") == 6, "met once, it stays met"
    assert by_streak("") is None


def test_the_weakest_skill_in_practice_comes_next() -> None:
    mastered, weak, strong = answered(True, True, True), answered(False), answered(True)
    tallies = {"a": mastered, "b": strong, "c": weak, "d": weak}
    assert weakest(tallies, ["a", "b", "c", "d"]) == "c"
    assert weakest(tallies, ["d", "c"]) == "d"
    assert weakest({"a": mastered}, ["a"]) is None
