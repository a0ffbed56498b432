"""Simulated learners, to see what a rule for stopping saves and how often it is wrong.

They are made by the model that the rule believes in, so they show what the rule does when the model
is right or off by a known amount. They are no evidence about people.
"""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from worldloom.kits.academy.mastery.fitting import NONE, Answers
from worldloom.kits.academy.mastery.tracing import Numbers, Skill, Truths, after

NEVER: Final = -1
"""Stands where a rule did not stop within the steps there were."""
DIFFERING: Final = 8.0
"""Learners who differ: each one's chance to learn is drawn from a beta distribution of this weight
(a + b), whose mean is the skill's."""
Steps = NDArray[np.intp]


class Cohort(msgspec.Struct, frozen=True):
    """What simulated learners knew and answered."""

    knew: Truths
    """Before each step and after the last, of shape (learners, steps + 1)."""
    right: Truths
    """Of shape (learners, steps)."""


class Outcome(msgspec.Struct, frozen=True):
    """What came of a rule for stopping; shares are from 0 to 1."""

    trials: float
    """Steps of a learner, on average; who never stopped had all there were."""
    median: float
    p90: float
    unknown: float
    """Learners who did not know it when they stopped, or at the end."""
    false: float
    """Of those declared to have mastered it, the ones who had not."""
    never: float
    """Learners who were never declared."""
    fixed: int
    """The number of steps for everyone alike after which as many do not know it."""

    @property
    def saved(self) -> float:
        """The share of the steps of fixed practice that the rule saves at equal mastery."""
        return 1 - self.trials / self.fixed


def simulate(
    learners: int, steps: int, skill: Skill, *, weight: float | None = None, seed: int = 0
) -> Cohort:
    """Make learners who practise one skill; with `weight` (such as DIFFERING) they differ."""
    chance = np.random.default_rng(seed)
    learn = np.full(learners, skill.learn)
    if weight is not None:
        learn = chance.beta(weight * skill.learn, weight * (1 - skill.learn), learners)
    knew = np.zeros((learners, steps + 1), bool)
    right = np.zeros((learners, steps), bool)
    knew[:, 0] = chance.random(learners) < skill.prior
    for step in range(steps):
        now = knew[:, step]
        right[:, step] = chance.random(learners) < np.where(now, 1 - skill.slip, skill.guess)
        knew[:, step + 1] = now | (chance.random(learners) < learn)
    return Cohort(knew, right)


def stops_by_tracing(right: Truths, skill: Skill, mastery: float = 0.95) -> Steps:
    """Return after how many steps tracing declares mastery, for each learner; else NEVER."""
    known: Numbers = np.full(len(right), skill.prior)
    stops = np.full(len(right), NEVER, np.intp)
    for step in range(right.shape[1]):
        known = after(known, right[:, step], skill)
        stops[(stops == NEVER) & (known >= mastery)] = step + 1
    return stops


def stops_by_streak(right: Truths, length: int = 3) -> Steps:
    """Return after how many steps so many right answers stood in a row, or NEVER."""
    windows: Truths = np.lib.stride_tricks.sliding_window_view(right, length, axis=1)
    rows = np.asarray(windows.all(axis=2))
    return np.where(rows.any(axis=1), rows.argmax(axis=1) + length, NEVER)


def judge(cohort: Cohort, stops: Steps) -> Outcome:
    """Return what came of stopping so, beside fixed practice of the same cohort."""
    steps = cohort.right.shape[1]
    declared = stops != NEVER
    had = np.where(declared, stops, steps)
    wrong = ~cohort.knew[np.arange(len(had)), had]
    unknown = float(wrong.mean())
    enough = (~cohort.knew).mean(axis=0) <= unknown
    return Outcome(
        float(had.mean()),
        float(np.median(had)),
        float(np.quantile(had, 0.9)),
        unknown,
        float(wrong[declared].mean()) if declared.any() else 0.0,
        float((~declared).mean()),
        int(enough.argmax()) if enough.any() else steps,
    )


def answers_until(cohort: Cohort, stops: Steps, cap: int) -> Answers:
    """Return the answers that a log has of learners who stopped so, at the cap at the latest."""
    had = np.minimum(np.where(stops == NEVER, cap, stops), cap)
    answers = cohort.right[:, :cap].astype(np.int8)
    answers[np.arange(cap)[None] >= had[:, None]] = NONE
    return answers
