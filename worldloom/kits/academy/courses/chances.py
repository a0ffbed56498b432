"""What answers say of each skill's chances, for an instructor: fitted, and used from then on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from worldloom import Conflict, Panel, Visitor, World
from worldloom.kits.academy.courses import attempts, editions
from worldloom.kits.academy.courses.course import Course
from worldloom.kits.academy.courses.evidence import LEARNERS_MIN, Evidence, evidence, refitted
from worldloom.kits.academy.courses.learners import Table
from worldloom.kits.academy.courses.views import SIGNS

if TYPE_CHECKING:
    from worldloom.kits.academy.courses.classroom import Courses

CHANCES: Final = ("Skill", "Learners", "Mastered, then wrong")
"""What stands of each skill in the table: as much as there is room for on a phone."""
MEANT: Final = {
    "prior": "known before the first trial",
    "learn": "learnt by a trial",
    "guess": "right without knowing it",
    "slip": "wrong though known",
}
PRESS: Final = "Press a skill for its four chances."
FITTED: Final = "academy.fitted."
"""Where presence has what was fitted last to the answers of each course."""


class Fitted(NamedTuple):
    """What is shown of a fit."""

    rows: tuple[tuple[str, ...], ...]
    """A skill each, by CHANCES."""
    details: tuple[str, ...]
    """The four chances of each of them, as Markdown."""


def fitted(course: Course, found: Iterable[Evidence]) -> Fitted:
    """Return what runs say about each skill, beside what the course begins with."""
    every = list(found)
    rows = [
        (
            course.skill(one.skill).title,
            str(one.learners),
            f"{one.wrong} of {one.probes}" if one.probes else "–",
        )
        for one in every
    ]
    return Fitted(tuple(rows), tuple(_details(course, one) for one in every))


def _details(course: Course, one: Evidence) -> str:
    skill, new = course.skill(one.skill), one.fitted
    few = f". Too few learners for a fit, which takes {LEARNERS_MIN}." if new is None else ""
    lines = [f"**{skill.title.translate(SIGNS)}**{few}", ""]
    for chance, meant in MEANT.items():
        told = "" if new is None else f", fitted {getattr(new, chance):.3f}"
        lines.append(f"- {chance}, {meant}: {getattr(skill, chance):g}{told}")
    return "\n".join(lines)


class Chances:
    """The part of the group's panel that fits the chances of a course's skills."""

    def __init__(
        self, world: World, panel: Panel, courses: Courses, id: str, taught: Callable[[], Course],
        table: Table,
    ) -> None:  # fmt: skip
        """Add it to a panel; `id` is the course's, `taught` tells what it is now."""
        self.world, self.key = world, f"{FITTED}{id}"
        fit = panel.button("Fit to the answers", id="fit")
        use = panel.button("Use what was fitted", main=False, id="use-fit")
        rows: list[list[Any]] = [["–"] * len(CHANCES)]
        self.table = table(list(CHANCES), rows, "fitted", "chances")
        self.more = panel.markdown(PRESS, id="skill")

        @fit
        def fit_them(visitor: Visitor) -> None:
            course = taught()
            found = fitted(course, evidence(course, attempts.runs(world, course)))
            world.presence[self.key] = found.details
            self.table.set(data=(list(CHANCES), [list(row) for row in found.rows]))
            for one in world.visitors:
                self.more.set(one, text=PRESS)  # else it told of an older fit

        @self.table
        def choose(visitor: Visitor, row: int) -> None:
            details: tuple[str, ...] = world.presence.get(self.key, ())
            if 0 <= row < len(details):
                self.more.set(visitor, text=details[row])

        @use
        def use_them(visitor: Visitor) -> None:
            course = taught()
            better = refitted(course, attempts.runs(world, course))
            if better == course:
                raise Conflict(
                    "the answers say nothing new", f"wait for {LEARNERS_MIN} learners of a skill"
                )
            editions.refit(world, visitor, course, better, courses.declared_of(course.id))
