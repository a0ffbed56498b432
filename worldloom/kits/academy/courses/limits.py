"""Every limit of a course in one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class CourseLimits:
    """The limits; each name ends in what it bounds: unit first, then `max` or `min`."""

    file_bytes_max: int = 1_048_576
    """Bytes of one course as text."""
    turn_idle_seconds: float = 180.0
    """Seconds without an answer after which the next one has the thing that all share."""
    draft_bytes_max: int = 60_000
    """Bytes of a course as text that is edited in a world: it stands in a component."""
    skills_max: int = 12
    """Skills of a course: each has a bar on the learner's panel."""
    scenes_max: int = 50
    """Scenes of a course."""
    steps_max: int = 300
    """Steps of a course, in all scenes."""
    options_max: int = 12
    """Options of a step, and replies of a line."""
    lines_max: int = 60
    """Lines of a dialogue."""
    parts_max: int = 100
    """Parts of one answer: things put in order, or replies of a dialogue, before it ends."""
    decoys_max: int = 20
    """Wrong things beside the right one."""
    unit_characters_max: int = 12
    """Characters of the unit of a dial."""
    title_characters_max: int = 120
    """Characters of a title."""
    text_characters_max: int = 2_000
    """Characters of a prompt, a caption, a feedback or an option."""
    seconds_max: float = 3_600.0
    """Seconds of a time limit."""
    tries_max: int = 20
    """What a course may allow as wrong answers to one step."""
    trials_max: int = 200
    """What a course may ask for of one skill before it hands over to a person."""
    faults_max: int = 20
    """Faults that are told of one course at once."""
    courses_per_world_max: int = 20
    """Courses of one world."""
    made_here_max: int = 3
    """Courses that instructors make anew in a world, beside those that its file declares."""
    samples_max: int = 600
    """Samples of a demonstration's way, five a second."""
    reach_mm_max: int = 4_000
    """How far a head or a hand is from the feet in a demonstration, each way."""
    cohort_runs_max: int = 2_000
    """Runs of a course that the instructor's panel reckons with: the newest."""
    replays_max: int = 100
    """Attempts at a course that the instructor's panel offers to replay: the newest."""


COURSE_LIMITS: Final = CourseLimits()
