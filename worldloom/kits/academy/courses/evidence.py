"""What a course's own runs say about its chances: refitted, and checked by the assessments.

The rule that declares mastery never saw an assessment, so that a wrong one there is what shows that
a declaration was false, or a slip.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from worldloom.kits.academy.courses.course import Course
from worldloom.kits.academy.courses.run import Run
from worldloom.kits.academy.mastery.fitting import cautious, fit, table
from worldloom.kits.academy.mastery.stopping import Standing
from worldloom.kits.academy.mastery.tracing import Skill

LEARNERS_MIN: Final = 30
"""Learners from whom on a fit is shown; a few hundred make a good one."""


class Evidence(Struct, frozen=True):
    """What runs say about one skill."""

    skill: str
    learners: int
    """How many had at least one trial of it."""
    fitted: Skill | None = None
    """None: too few learners."""
    safe: Skill | None = None
    """The same, on the safe side: what practice ends by."""
    probes: int = 0
    """Assessments of the skill by who had been declared to have mastered it."""
    wrong: int = 0
    """Of those, the wrong ones."""


def evidence(course: Course, runs: Iterable[Run]) -> list[Evidence]:
    """Return what runs say about each skill of a course."""
    every = list(runs)
    found = []
    for skill in course.skills:
        answers = [
            [mark == "1" for mark in run.history[skill.id]]
            for run in every
            if run.history.get(skill.id)
        ]
        fitted = safe = None
        if len(answers) >= LEARNERS_MIN:
            given = table(answers)
            fitted = fit(given, skill.chances, restarts=3).skill
            safe = cautious(given, fitted)
        told = [
            run.probes[step.id]
            for run in every
            for step in course.steps()
            if step.skill == skill.id and step.id in run.probes
            and run.tallies[skill.id].standing is Standing.MASTERED
        ]  # fmt: skip
        found.append(Evidence(skill.id, len(answers), fitted, safe, len(told), told.count(False)))
    return found


def refitted(course: Course, runs: Iterable[Run]) -> Course:
    """Return the course with the chances that its runs say, where there are enough learners."""
    known = {one.skill: one.safe for one in evidence(course, runs)}
    skills = []
    for skill in course.skills:
        new = known[skill.id]
        if new is not None:
            skill = replace(
                skill, prior=round(new.prior, 3), learn=round(new.learn, 3),
                guess=round(min(new.guess, 0.49), 3), slip=round(min(new.slip, 0.49), 3),
            )  # fmt: skip
        skills.append(skill)
    return replace(course, skills=tuple(skills))
