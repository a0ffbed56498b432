"""When a learner may stop, what comes next, and who is handed over to a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from worldloom.kits.academy.mastery.tracing import Skill, after

STREAK: Final = 3
"""The baseline beside tracing: this many right answers in a row count as mastery."""
FORESIGHT: Final = 20
"""Right answers in a row that are looked ahead at most."""


class Standing(StrEnum):
    """Where a learner stands with a skill."""

    PRACTISING = "practising"
    MASTERED = "mastered"
    PERSON = "person"
    """Practised up to the cap without mastery: an instructor goes on with them."""


class Rule(msgspec.Struct, frozen=True):
    """When practice ends."""

    mastery: float = 0.95
    """The chance of knowing from which a skill counts as mastered."""
    trials_max: int = 40
    """Answers after which who has not mastered it is handed over to a person."""


class Tally(msgspec.Struct, frozen=True):
    """What the answers of one learner say about one skill."""

    known: float
    """The chance that they know it by now, from 0 to 1."""
    trials: int = 0
    standing: Standing = Standing.PRACTISING
    mastered_after: int = 0
    """After how many trials it was mastered; 0: not yet."""


def begin(skill: Skill) -> Tally:
    """Return what stands before the first answer."""
    return Tally(skill.prior)


def answer(tally: Tally, right: bool, skill: Skill, rule: Rule) -> Tally:
    """Return what stands after one more answer; mastery once declared is not taken back."""
    known, trials = after(tally.known, right, skill), tally.trials + 1
    standing = tally.standing
    if standing is not Standing.MASTERED:
        if known >= rule.mastery:
            standing = Standing.MASTERED
        elif trials >= rule.trials_max:
            standing = Standing.PERSON
    mastered = trials if standing is not tally.standing else tally.mastered_after
    return Tally(known, trials, standing, mastered if standing is Standing.MASTERED else 0)


def by_streak(history: str) -> int | None:
    """Return after which answer the baseline, three right in a row, was met, or None: not yet."""
    found = history.find("1" * STREAK)
    return None if found < 0 else found + STREAK


def more(tally: Tally, skill: Skill, rule: Rule) -> int | None:
    """Return how many right answers in a row would be mastery, or None for over twenty."""
    known = tally.known
    for count in range(FORESIGHT + 1):
        if tally.standing is Standing.MASTERED or known >= rule.mastery:
            return count
        known = after(known, True, skill)
    return None


def reason(title: str, tally: Tally, skill: Skill, rule: Rule) -> str:
    """Return why a skill is practised on, in words: "2 more on hazards"."""
    if tally.standing is Standing.MASTERED:
        return f"{title[:1].upper()}{title[1:]}: mastered"
    if tally.standing is Standing.PERSON:
        return f"{title[:1].upper()}{title[1:]}: an instructor goes on with you"
    left = more(tally, skill, rule)
    return f"many more on {title}" if left is None else f"{left} more on {title}"


def weakest(tallies: Mapping[str, Tally], order: Sequence[str]) -> str | None:
    """Return the skill to practise next: the least known of those in practice, else None.

    Of two that are known alike the less practised comes first, then the one named first.
    """
    open_ = [name for name in order if tallies[name].standing is Standing.PRACTISING]
    return min(open_, key=lambda name: (tallies[name].known, tallies[name].trials), default=None)
