"""Ten thousand simulated learners show what adaptive stopping saves and how often it is wrong.

The numbers compared with are those of the design's own study of the same model. Its learners who
differ have a chance to learn of Beta(8 × mean, 8 × (1 - mean)), which its curves give back.
"""

from __future__ import annotations

import numpy as np
import pytest

from worldloom.kits.academy.mastery.fitting import cautious, fit
from worldloom.kits.academy.mastery.simulating import (
    DIFFERING,
    NEVER,
    Cohort,
    Outcome,
    Steps,
    answers_until,
    judge,
    simulate,
    stops_by_streak,
    stops_by_tracing,
)
from worldloom.kits.academy.mastery.tracing import Skill

SKILL = Skill(prior=0.25, learn=0.15, guess=0.2, slip=0.1)
WRONG = Skill(prior=0.25, learn=0.3, guess=0.1, slip=0.1)
START = Skill(prior=0.4, learn=0.3, guess=0.1, slip=0.2)
SAME = simulate(10_000, 100, SKILL, seed=1)
MIXED = simulate(10_000, 100, SKILL, weight=DIFFERING, seed=2)


@pytest.mark.parametrize(
    ("cohort", "stops", "trials", "median", "p90", "unknown", "fixed"),
    [
        (SAME, stops_by_tracing(SAME.right, SKILL), 8.2, 6, 16, 0.022, 22),
        (MIXED, stops_by_tracing(MIXED.right, SKILL), 12.8, 6, 28, 0.070, 44),
        (MIXED, stops_by_tracing(MIXED.right, SKILL, 0.98), 14.3, 8, 32, 0.046, 64),
        (MIXED, stops_by_tracing(MIXED.right, WRONG), 7.2, 4, 15, 0.23, 12),
        (MIXED, stops_by_streak(MIXED.right), 13.1, 7, 29, 0.066, 45),
        (MIXED, stops_by_streak(MIXED.right, 5), 17.6, 10, 37, 0.032, 94),
    ],
    ids=["right chances", "learners differ", "at .98", "wrong chances", "3 in a row", "5 in a row"],
)
def test_the_table_of_the_study_comes_out_again(
    cohort: Cohort,
    stops: Steps,
    trials: float,
    median: float,
    p90: float,
    unknown: float,
    fixed: int,
) -> None:
    found = judge(cohort, stops)
    # Two samples of 10,000: the mean of trials has a standard error of 0.2 of a trial where
    # learners differ, a share of 7 % one of 0.26 %, and the cohorts' own curves differ as well.
    assert found.trials == pytest.approx(trials, abs=0.6)
    assert found.median == pytest.approx(median, abs=1)
    assert found.p90 == pytest.approx(p90, abs=1)
    assert found.unknown == pytest.approx(unknown, abs=0.012)
    assert found.fixed == pytest.approx(fixed, rel=0.1, abs=1)


def test_the_first_row_saves_sixty_three_percent_as_in_the_study() -> None:
    assert judge(SAME, stops_by_tracing(SAME.right, SKILL)).saved == pytest.approx(0.63, abs=0.03)


def refitted(seed: int, learners: int = 200, begun: Skill = SKILL, times: int = 1) -> Outcome:
    """Judge stopping by refits, each to so many learners more; `begun` stops the first of them."""
    skill, answers = begun, []
    for time in range(times):
        pilot = simulate(learners, 40, SKILL, weight=DIFFERING, seed=seed + 1_000 * time)
        answers.append(answers_until(pilot, stops_by_tracing(pilot.right, skill), 40))
        every = np.concatenate(answers)
        skill = cautious(every, fit(every, START).skill)
    return judge(MIXED, stops_by_tracing(MIXED.right, skill))


def test_after_a_refit_on_200_learners_half_is_saved_and_false_mastery_is_rare() -> None:
    found = [refitted(seed) for seed in range(100, 120)]
    assert min(one.saved for one in found) >= 0.5
    assert np.mean([one.false for one in found]) <= 0.05
    assert max(one.false for one in found) <= 0.05, "in the unluckiest cohort of 200, too"


@pytest.mark.parametrize(
    ("learners", "times", "mean", "worst"),
    [(200, 1, 0.031, 0.071), (200, 2, 0.022, 0.034), (30, 1, 0.022, 0.120), (30, 2, 0.016, 0.066)],
)
def test_begun_with_wrong_chances_an_unlucky_group_needs_a_second_refit(
    learners: int, times: int, mean: float, worst: float
) -> None:
    """As docs/guides/mastery.md tells: wrong chances end practice early, and so are seldom seen."""
    found = [refitted(seed, learners, WRONG, times) for seed in range(100, 120)]
    assert np.mean([one.false for one in found]) == pytest.approx(mean, abs=0.002)
    assert max(one.false for one in found) == pytest.approx(worst, abs=0.002)
    assert min(one.saved for one in found) >= 0.5


def test_who_never_gets_there_is_counted_as_not_declared() -> None:
    slow = simulate(500, 10, Skill(learn=0.001, prior=0.001), seed=4)
    stops = stops_by_tracing(slow.right, Skill())
    assert (stops == NEVER).mean() == judge(slow, stops).never > 0
    assert answers_until(slow, stops, 5).shape == (500, 5)
