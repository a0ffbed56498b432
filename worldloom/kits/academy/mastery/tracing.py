"""Bayesian knowledge tracing: how likely it is that a learner knows a skill, answer by answer.

Corbett & Anderson (1995), Knowledge tracing: modeling the acquisition of procedural knowledge,
User Modeling and User-Adapted Interaction 4, 253-278.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from worldloom import Invalid

Numbers = NDArray[np.float64]
Truths = NDArray[np.bool_]
N = TypeVar("N", float, Numbers)
CHANCE_MAX: Final = 0.5
"""A guess or a slip is rarer than this, or who knows and who does not change places."""


class Skill(msgspec.Struct, frozen=True):
    """The four chances of a skill, each from 0 to 1."""

    prior: float = 0.25
    """That a learner knows it before the first step."""
    learn: float = 0.15
    """That a learner who does not know it learns it by one step."""
    guess: float = 0.2
    """That a learner who does not know it answers right, below 0.5."""
    slip: float = 0.1
    """That a learner who knows it answers wrong, below 0.5."""


def check(skill: Skill) -> Skill:
    """Return the skill as it is; raises Invalid that names the chance which is out of bounds."""
    for name in skill.__struct_fields__:
        value, most = getattr(skill, name), CHANCE_MAX if name in ("guess", "slip") else 1.0
        if not 0.0 < value < most:
            raise Invalid(
                f"{name} is {value:g}, which no skill has",
                f"use a number between 0 and {most:g}, without these two",
                field=name,
            )
    return skill


def seen(known: N, right: bool | Truths, skill: Skill) -> N:
    """Return the chance that it is known, given one more answer; numbers or arrays of one shape."""
    if_known: Any = right * (1 - skill.slip) + (1 - right) * skill.slip
    if_not: Any = right * skill.guess + (1 - right) * (1 - skill.guess)
    found: N = known * if_known / (known * if_known + (1 - known) * if_not)
    return found


def after(known: N, right: bool | Truths, skill: Skill) -> N:
    """Return the chance that it is known after one more step, whose answer was right or not."""
    then = seen(known, right, skill)
    return then + (1 - then) * skill.learn


def expected(known: N, skill: Skill) -> N:
    """Return the chance that the next answer is right."""
    return known * (1 - skill.slip) + (1 - known) * skill.guess
