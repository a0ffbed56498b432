"""Tracing stays a chance, follows the evidence, and gives the numbers of the paper's formulas."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldloom import Invalid
from worldloom.kits.academy.mastery.tracing import Skill, after, check, expected, seen

chances = st.floats(0.0, 1.0)
sound = st.floats(0.01, 0.49)
skills = st.builds(Skill, st.floats(0.01, 0.99), st.floats(0.01, 0.99), sound, sound)


@given(chances, st.booleans(), skills)
def test_what_is_known_stays_a_chance(known: float, right: bool, skill: Skill) -> None:
    for found in (seen(known, right, skill), after(known, right, skill), expected(known, skill)):
        assert 0.0 <= found <= 1.0


@given(st.floats(0.001, 0.999), skills)
def test_a_right_answer_never_speaks_against_knowing(known: float, skill: Skill) -> None:
    assert seen(known, False, skill) <= known <= seen(known, True, skill)


@given(chances, chances, st.booleans(), skills)
def test_who_knew_more_before_knows_more_after(
    one: float, other: float, right: bool, skill: Skill
) -> None:
    low, high = sorted((one, other))
    assert after(low, right, skill) <= after(high, right, skill) + 1e-12


@given(st.lists(st.booleans(), max_size=20), st.integers(0, 19), skills)
def test_a_wrong_answer_made_right_never_lowers_what_is_known(
    answers: list[bool], place: int, skill: Skill
) -> None:
    def known(given: list[bool]) -> float:
        value = skill.prior
        for right in given:
            value = after(value, right, skill)
        return value

    mended = [right or number == place for number, right in enumerate(answers)]
    assert known(mended) >= known(answers) - 1e-12


def test_the_formulas_give_what_is_reckoned_by_hand() -> None:
    skill = Skill(prior=0.25, learn=0.15, guess=0.2, slip=0.1)
    assert seen(0.25, True, skill) == pytest.approx(0.225 / (0.225 + 0.15))
    assert seen(0.25, False, skill) == pytest.approx(0.025 / (0.025 + 0.6))
    assert after(0.25, True, skill) == pytest.approx(0.6 + 0.4 * 0.15)
    assert expected(0.25, skill) == pytest.approx(0.25 * 0.9 + 0.75 * 0.2)


def test_arrays_of_learners_are_traced_like_one_learner() -> None:
    skill = Skill()
    known, right = np.array([0.1, 0.5, 0.9]), np.array([True, False, True])
    alone = [after(float(k), bool(r), skill) for k, r in zip(known, right, strict=True)]
    assert after(known, right, skill) == pytest.approx(alone)


@pytest.mark.parametrize("field", ["prior", "learn", "guess", "slip"])
def test_a_chance_out_of_bounds_is_refused_by_its_name(field: str) -> None:
    with pytest.raises(Invalid, match=field) as refusal:
        check(Skill(**{field: 1.0}))
    assert refusal.value.field == field
    assert check(Skill()) == Skill()
