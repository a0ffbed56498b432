"""How each learner of a course stands, and the whole group: what an export says beside the steps.

Pure: runs come in, rows go out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from worldloom.kits.academy.courses import views
from worldloom.kits.academy.courses.course import Course
from worldloom.kits.academy.courses.run import Run, current, progress
from worldloom.kits.academy.courses.views import MINUTE_US
from worldloom.kits.academy.mastery import stopping
from worldloom.kits.academy.mastery.stopping import Standing

PEOPLE: Final = (
    "learner", "course", "edition_now", "began", "ended", "result", "score", "done", "step",
    "wrong_now", "trials", "mastered_after", "streak_after", "mastery_min", "needs_person", "name",
)  # fmt: skip


def people(course: Course, runs: Iterable[Run], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return a learner each, by PEOPLE; of a run of another edition not how far it came."""
    return [_person(course, run, names.get(run.learner, run.learner)) for run in runs]


def group(course: Course, runs: Iterable[Run]) -> dict[str, Any]:
    """Return what the runs of a course as it is now say together."""
    found = views.cohort(
        course, (run for run in runs if run.version == course.version), lambda account: account
    )
    return {
        "funnel": [{"to": name, "learners": count} for name, count in found.funnel],
        "failing": [
            {"step": step, "asked": asked, "wrong": wrong}
            for step, asked, wrong, _ in found.failing
        ],
        "mastery_min": {skill: round(minutes, 2) for skill, minutes in found.minutes.items()},
    }


def result_of(run: Run) -> str:
    """Return how a run stands: under way, left, passed or not passed."""
    if run.is_open:
        return "under way"
    return "left" if run.stopped else "passed" if run.passed else "not passed"


def _person(course: Course, run: Run, name: str) -> dict[str, Any]:
    now = run.version == course.version
    step = current(course, run) if now else None
    streaks = {id: stopping.by_streak(run.history.get(id, "")) for id in run.tallies}
    values = (
        run.learner, run.course, now, _when(run.began), _when(run.ended), result_of(run),
        round(run.score, 4) if run.ended else None,
        round(progress(course, run), 4) if now else None, step.id if step else None,
        views.wrong_now(run) or None, sum(tally.trials for tally in run.tallies.values()),
        {id: tally.mastered_after for id, tally in run.tallies.items() if tally.mastered_after},
        {id: trials for id, trials in streaks.items() if trials},
        {id: round((at - run.began) / MINUTE_US, 2) for id, at in run.mastered.items()},
        [id for id, tally in run.tallies.items() if tally.standing is Standing.PERSON], name,
    )  # fmt: skip
    return dict(zip(PEOPLE, values, strict=True))


def _when(moment: int) -> str | None:
    """Return a moment in microseconds UTC as text; None for none."""
    if not moment:
        return None
    return datetime.fromtimestamp(moment / 1e6, UTC).isoformat(timespec="milliseconds")
