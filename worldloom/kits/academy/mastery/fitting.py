"""The four chances of a skill fitted to the answers of many learners, by expectation-maximisation.

As nobody forgets within a course, the hidden chain has one turn: the step after which the learner
knew. Forward-backward over it is one softmax over the possible turns, for all learners at once, and
once for all who answered alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from worldloom import Invalid
from worldloom.kits.academy.mastery.tracing import CHANCE_MAX, Numbers, Skill

NONE: Final = -1
"""Stands in an array of answers where a learner had no step any more."""
EDGE: Final = 1e-3
"""How near a fitted chance may come to its bounds."""
ERRORS: Final = 2.0
"""Standard errors by which a cautious skill stays on the safe side."""
Answers = NDArray[np.int8]


class Fit(msgspec.Struct, frozen=True):
    """What a fit found: the skill, its log-likelihood (nats), and the rounds that it took."""

    skill: Skill
    likelihood: float
    rounds: int


class _Counts(msgspec.Struct, frozen=True):
    """What the rounds count over: arrays of shape (turns, rows), or of one of the two.

    A row is all learners who answered alike: of short practice there are few.
    """

    often: Numbers
    """How many learners each row is."""
    right: Numbers
    """Right answers before each turn, and `wrong` ones."""
    wrong: Numbers
    right_all: Numbers
    wrong_all: Numbers
    turn: Numbers
    """The number of steps before each turn, of shape (turns, 1)."""
    last: NDArray[np.bool_]
    """Whether the turn comes after the learner's last step: no answer saw it."""
    possible: NDArray[np.bool_]


def table(sequences: Sequence[Sequence[bool]]) -> Answers:
    """Return answers of learners as one array (learners, steps), padded with NONE."""
    width = max((len(sequence) for sequence in sequences), default=0)
    found = np.full((len(sequences), width), NONE, np.int8)
    for row, sequence in zip(found, sequences, strict=True):
        row[: len(sequence)] = sequence
    return found


def fit(answers: Answers, start: Skill | None = None, *, restarts: int = 5, seed: int = 0) -> Fit:
    """Return the likeliest skill for answers of shape (learners, steps); raises Invalid.

    It begins at `start` and at random places, `restarts` in all, and keeps the best; guess and
    slip stay below 0.5. Learners may have had unequally many steps (NONE behind their last).
    """
    counts = _count(answers)
    chance = np.random.default_rng(seed)
    found = [_climb(counts, start or Skill())]
    for _ in range(restarts - 1):
        prior, learn, guess, slip = chance.uniform((0.05, 0.02, 0.05, 0.02), (0.7, 0.5, 0.4, 0.4))
        found.append(_climb(counts, Skill(prior, learn, guess, slip)))
    return max(found, key=lambda one: one.likelihood)


def cautious(answers: Answers, skill: Skill, errors: float = ERRORS) -> Skill:
    """Return a fitted skill with the chances that end practice early on their safe side.

    Who knows it before and who learns it are taken for fewer, and guessing for likelier, by so many
    standard errors: with few answers much, with many hardly.
    """
    counts = _count(answers)
    weight, _ = _weigh(counts, skill)
    at = weight.sum(axis=1)
    turned = float(at[1:].sum() - weight[counts.last].sum())
    waited = float((at[1:] * (counts.turn[1:, 0] - 1)).sum())
    learners = float(counts.often.sum())
    guessed = float(np.einsum("tl,tl", weight, counts.right + counts.wrong))

    def error(chance: float, trials: float) -> float:
        return errors * float(np.sqrt(chance * (1 - chance) / max(trials, 1.0)))

    return Skill(
        max(skill.prior - error(skill.prior, learners), EDGE),
        max(skill.learn - error(skill.learn, turned + waited), EDGE),
        min(skill.guess + error(skill.guess, guessed), CHANCE_MAX - EDGE),
        skill.slip,
    )


def improve(answers: Answers, skill: Skill) -> tuple[Skill, float]:
    """Return the skill after one round, and the log-likelihood of the one given."""
    return _round(_count(answers), skill)


def _count(answers: Answers) -> _Counts:
    if answers.ndim != 2 or not answers.size or not np.isin(answers, (NONE, 0, 1)).all():
        raise Invalid(
            "these are no answers to fit a skill to",
            "give an array (learners, steps) of 1, 0, and -1 behind a learner's last step",
        )
    answers, often = np.unique(answers, axis=0, return_counts=True)
    had = answers != NONE
    if not had[:, 0].all() or (np.diff(had.astype(np.int8), axis=1) > 0).any():
        raise Invalid("a learner's answers have a gap", "put -1 only behind a learner's last step")

    def before(what: NDArray[np.bool_]) -> Numbers:
        return np.pad(np.cumsum(what.T, axis=0, dtype=float), ((1, 0), (0, 0)))

    right, wrong = before(answers == 1), before(answers == 0)
    steps, turn = had.sum(axis=1), np.arange(answers.shape[1] + 1.0)[:, None]
    return _Counts(
        often.astype(float), right, wrong, right[-1], wrong[-1], turn,
        (turn == steps) & (turn > 0), turn <= steps,
    )  # fmt: skip


def _weigh(counts: _Counts, skill: Skill) -> tuple[Numbers, float]:
    """Return of how many learners of a row each turn is, and the log-likelihood of all answers.

    The turn 0 is knowing from the start.
    """
    guess, no_guess = np.log(skill.guess), np.log1p(-skill.guess)
    slip, no_slip = np.log(skill.slip), np.log1p(-skill.slip)
    coming = np.log1p(-skill.prior) + (counts.turn - 1) * np.log1p(-skill.learn)
    coming[0] = np.log(skill.prior)
    turning = np.where(counts.turn == 0, 0.0, np.log(skill.learn))
    log = counts.right * (guess - no_slip) + counts.wrong * (no_guess - slip)
    log += coming + turning
    log[counts.last] -= np.log(skill.learn)
    log[~counts.possible] = -np.inf
    top = log.max(axis=0)
    weight = np.exp(log - top)
    total = weight.sum(axis=0)
    weight *= counts.often / total
    known = counts.right_all * no_slip + counts.wrong_all * slip
    return weight, float(((np.log(total) + top + known) * counts.often).sum())


def _round(counts: _Counts, skill: Skill) -> tuple[Skill, float]:
    """Weigh the turns by the skill, and return the chances that follow, with the likelihood."""
    weight, likelihood = _weigh(counts, skill)

    def summed(what: Numbers) -> float:
        # Not by BLAS: its threads wait for each other on a busy machine.
        return float(np.einsum("tl,tl", weight, what))

    def share(one: float, other: float, most: float = 1.0) -> float:
        return float(min(max(one / max(one + other, 1e-300), EDGE), most - EDGE))

    at = weight.sum(axis=1)
    turned = float(at[1:].sum() - weight[counts.last].sum())
    waited = float((at[1:] * (counts.turn[1:, 0] - 1)).sum())
    right, wrong = summed(counts.right), summed(counts.wrong)
    better = Skill(
        share(float(at[0]), float(at[1:].sum())),
        share(turned, waited),
        share(right, wrong, CHANCE_MAX),
        share(
            float((counts.wrong_all * counts.often).sum()) - wrong,
            float((counts.right_all * counts.often).sum()) - right,
            CHANCE_MAX,
        ),
    )
    return better, likelihood


def _climb(counts: _Counts, skill: Skill, rounds_max: int = 2000, gain: float = 1e-5) -> Fit:
    before = -np.inf
    for done in range(1, rounds_max + 1):
        better, likelihood = _round(counts, skill)
        if likelihood - before < gain:
            return Fit(skill, likelihood, done)
        skill, before = better, likelihood
    return Fit(skill, before, rounds_max)
