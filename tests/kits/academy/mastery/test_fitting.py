"""The fit finds planted chances again, never loses likelihood, and equals forward-backward."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.mastery import average, least_off
from worldloom import Invalid
from worldloom.kits.academy.mastery.fitting import NONE, Answers, fit, improve, table
from worldloom.kits.academy.mastery.simulating import simulate
from worldloom.kits.academy.mastery.tracing import CHANCE_MAX, Numbers, Skill

PLANTED = Skill(prior=0.25, learn=0.15, guess=0.2, slip=0.1)
ELSEWHERE = Skill(prior=0.5, learn=0.3, guess=0.1, slip=0.3)
FIELDS = ("prior", "learn", "guess", "slip")


def planted(seed: int, learners: int = 6000, steps: int = 4) -> Answers:
    """Return answers of simulated learners: 24,000 where nothing else is said."""
    return simulate(learners, steps, PLANTED, seed=seed).right.astype(np.int8)


def off(skill: Skill, from_: Skill = PLANTED) -> Numbers:
    """Return by how much each of the four chances misses what was planted."""
    return np.array([getattr(skill, name) - getattr(from_, name) for name in FIELDS])


seeds = st.integers(0, 2**32)
apart = st.builds(
    Skill, st.floats(0.1, 0.6), st.floats(0.1, 0.4), st.floats(0.05, 0.3), st.floats(0.03, 0.2)
)
"""Skills whose four chances short practice can tell apart."""


@settings(deadline=None, max_examples=40)
@given(apart)
def test_any_planted_chances_are_found_within_a_hundredth_on_24000_answers_without_noise(
    skill: Skill,
) -> None:
    answers = average(6000, 4, skill)
    assert answers.size == 24_000
    assert np.abs(off(fit(answers, ELSEWHERE).skill, skill)).max() <= 0.01


def test_of_24000_random_answers_no_chance_is_missed_by_more_than_a_hundredth_on_average() -> None:
    errors = np.array([off(fit(planted(seed), ELSEWHERE, restarts=1).skill) for seed in range(400)])
    rms, least = np.sqrt(np.square(errors).mean(axis=0)), least_off(6000, 4)
    assert rms.max() <= 0.01, rms
    # No unbiased fit is nearer (Cramér and Rao). 400 groups tell a root mean square to 3.5 %.
    assert (np.abs(rms / least - 1) <= 0.18).all(), rms / least
    assert (np.abs(errors.mean(axis=0)) <= 5 * least / 20).all(), "and leans to no side"


SPREAD = 6.0
"""Standard errors that chance goes past once in 500 million times."""


@settings(deadline=None, max_examples=30)
@given(seeds)
def test_single_groups_miss_by_the_noise_of_their_sample_whatever_the_seed(seed: int) -> None:
    answers = planted(seed)
    found = fit(answers, ELSEWHERE)
    assert (np.abs(off(found.skill)) <= SPREAD * least_off(6000, 4)).all(), off(found.skill)
    near = fit(answers, PLANTED, restarts=1)
    assert found.likelihood >= near.likelihood - 1e-3, "a start at the truth ends no higher"
    assert np.abs(off(found.skill, near.skill)).max() <= 1e-3
    # Twice the likelihood that is gained has a degree of freedom for each chance (Wilks 1938):
    # it is past 50 once in 300 million times.
    _, true = improve(answers, PLANTED)
    assert 0 <= 2 * (found.likelihood - true) <= 50


@settings(deadline=None, max_examples=5)
@given(seeds)
def test_with_as_many_answers_as_it_takes_every_group_finds_each_within_a_hundredth(
    seed: int,
) -> None:
    learners = 120_000
    assert (SPREAD * least_off(learners, 8) <= 0.01).all()
    found = fit(planted(seed, learners, 8), ELSEWHERE)
    assert np.abs(off(found.skill)).max() <= 0.01


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
    alike = answers + answers[:2]  # some answer as others did
    _, likelihood = improve(table(alike), skill)
    assert likelihood == pytest.approx(sum(by_steps(answer, skill) for answer in alike))


def test_what_no_answers_are_is_refused_in_words() -> None:
    with pytest.raises(Invalid, match="no answers"):
        fit(np.zeros((0, 3), np.int8))
    with pytest.raises(Invalid, match="no answers"):
        fit(np.full((2, 3), 7, np.int8))
    with pytest.raises(Invalid, match="gap"):
        fit(np.array([[1, NONE, 1]], np.int8))
