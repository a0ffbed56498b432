"""The fit finds planted chances again, never loses likelihood, and equals forward-backward."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.mastery import least_off
from worldloom import Invalid
from worldloom.kits.academy.mastery.fitting import NONE, Answers, Fit, fit, improve, table
from worldloom.kits.academy.mastery.simulating import simulate
from worldloom.kits.academy.mastery.tracing import CHANCE_MAX, Skill

PLANTED = Skill(prior=0.25, learn=0.15, guess=0.2, slip=0.1)
ELSEWHERE = Skill(prior=0.5, learn=0.3, guess=0.1, slip=0.3)
FIELDS = ("prior", "learn", "guess", "slip")


def planted(seed: int) -> Answers:
    """Return 24,000 answers: 3,000 learners of 8 steps, simulated."""
    return simulate(3000, 8, PLANTED, seed=seed).right.astype(np.int8)


def off(skill: Skill) -> list[float]:
    return [getattr(skill, name) - getattr(PLANTED, name) for name in FIELDS]


@pytest.fixture(scope="module")
def cohorts() -> list[tuple[Answers, Fit]]:
    """Return twelve groups of learners, each with what is fitted to it from elsewhere."""
    groups = [planted(seed) for seed in range(12)]
    return [(group, fit(group, ELSEWHERE, seed=seed)) for seed, group in enumerate(groups)]


def test_planted_chances_are_found_within_a_hundredth_of_root_mean_square_on_24000_answers(
    cohorts: list[tuple[Answers, Fit]],
) -> None:
    errors = np.array([off(found.skill) for _, found in cohorts])
    rms = np.sqrt(np.square(errors).mean(axis=0))
    assert rms.max() <= 0.01, errors.round(4)
    assert np.abs(errors.mean(axis=0)).max() <= 0.005, errors.mean(axis=0)
    # Single groups miss it, three of these, by the prior: no unbiased fit is nearer on average
    # than 0.0104 there, nor does any of the four miss by half more than such a fit must.
    assert least_off(3000, 8)[0] == pytest.approx(0.0104, abs=5e-5)
    assert (rms <= 1.5 * least_off(3000, 8)).all(), rms
    assert (np.abs(errors).max(axis=1) > 0.01).sum() == (np.abs(errors[:, 0]) > 0.01).sum() == 3


def test_what_is_missed_is_the_samples_noise_and_not_the_climb(
    cohorts: list[tuple[Answers, Fit]],
) -> None:
    twice_better = []
    for answers, found in cohorts:
        near = fit(answers, PLANTED, restarts=1)
        assert found.likelihood >= near.likelihood - 1e-3, "a start at the truth ends no higher"
        assert np.abs(np.subtract(off(found.skill), off(near.skill))).max() <= 1e-3
        _, true = improve(answers, PLANTED)
        assert found.likelihood >= true
        twice_better.append(2 * (found.likelihood - true))
    # By chance that is four on average, a degree of freedom for each chance, and 18.5 once in 1,000
    # (Wilks 1938).
    assert 2 <= np.mean(twice_better) <= 6 and max(twice_better) <= 18.5, twice_better


def test_unequally_long_histories_are_fitted_too() -> None:
    answers = simulate(6000, 12, PLANTED, seed=3).right.astype(np.int8)
    length = np.random.default_rng(0).integers(1, 13, len(answers))
    answers[np.arange(12)[None] >= length[:, None]] = NONE
    assert np.abs(off(fit(answers, ELSEWHERE).skill)).max() <= 0.02


histories = st.lists(st.lists(st.booleans(), min_size=1, max_size=12), min_size=1, max_size=12)
sound = st.floats(0.02, 0.48)
skills = st.builds(Skill, st.floats(0.02, 0.98), st.floats(0.02, 0.98), sound, sound)


@settings(deadline=None)
@given(histories, skills)
def test_a_round_never_lowers_the_likelihood(answers: list[list[bool]], skill: Skill) -> None:
    before = -np.inf
    for _ in range(6):
        better, likelihood = improve(table(answers), skill)
        assert likelihood >= before - 1e-9
        skill, before = better, likelihood
        assert 0 < skill.guess < CHANCE_MAX and 0 < skill.slip < CHANCE_MAX


def by_steps(answer: list[bool], skill: Skill) -> float:
    """The log-likelihood of one learner by the plain forward recursion of a hidden Markov model."""
    state = np.array([1 - skill.prior, skill.prior])
    move = np.array([[1 - skill.learn, skill.learn], [0.0, 1.0]])
    total = 0.0
    for right in answer:
        told = np.array([skill.guess, 1 - skill.slip])
        state = state * (told if right else 1 - told)
        total += np.log(state.sum())
        state = state / state.sum() @ move
    return float(total)


@given(histories, skills)
def test_the_likelihood_is_that_of_the_forward_recursion(
    answers: list[list[bool]], skill: Skill
) -> None:
    _, likelihood = improve(table(answers), skill)
    assert likelihood == pytest.approx(sum(by_steps(answer, skill) for answer in answers))


def test_what_no_answers_are_is_refused_in_words() -> None:
    with pytest.raises(Invalid, match="no answers"):
        fit(np.zeros((0, 3), np.int8))
    with pytest.raises(Invalid, match="no answers"):
        fit(np.full((2, 3), 7, np.int8))
    with pytest.raises(Invalid, match="gap"):
        fit(np.array([[1, NONE, 1]], np.int8))
