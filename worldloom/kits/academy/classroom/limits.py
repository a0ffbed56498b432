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
    ring_m_min: float = 1.6
    """Radius of a ring on which a class stands, at least."""
    gap_m_min: float = 1.0
    """How far those on a ring stand from each other."""
    follow_m_min: float = 3.0
    """How far a leader walks before followers are brought along."""
    away_m_min: float = 6.0
    """How far beyond the ring a follower is who walked away."""
    breakout_m_min: float = 8.0
    """How far from the instructor groups are sent where no spots are named, at least."""
    spots_max: int = 50
    """Spots for groups that a class may name."""
    mark_m_min: float = 0.6
    """How far a thing reaches, for its marks, where its shape does not tell."""
    spotlight_candela: float = 60.0
    """How strong a spotlight is."""
    board_m: tuple[float, float] = (2.4, 1.4)
    """How wide and how high the whiteboard is."""
    marks_max: int = 200
    """Notes and strokes on the whiteboard."""
    marks_each_max: int = 40
    """Notes and strokes on the whiteboard of one learner."""
    note_characters_max: int = 120
    """Characters of a note on the whiteboard."""
    stroke_points_max: int = 64
    """Points of one stroke."""


CLASS_LIMITS: Final = ClassLimits()
