"""Every limit of a classroom in one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ClassLimits:
    """The limits; each name ends in what it bounds: unit first, then `max` or `min`."""

    choices_min: int = 2
    """Choices of a poll, at least."""
    choices_max: int = 6
    """Choices of a poll, at most."""
    question_characters_max: int = 300
    """Characters of a poll's question."""
    choice_characters_max: int = 120
    """Characters of one choice."""
    groups_max: int = 50
    """Groups that are drawn at once."""
    learners_max: int = 500
    """Learners who are drawn into groups, and accounts whose hands and answers are kept."""


CLASS_LIMITS: Final = ClassLimits()
