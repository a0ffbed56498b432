"""Whose turn it is at a thing that all learners of a course share, such as the one fire of a yard.

Who began first has it, of those who are here and answered lately; all others answer from their
panels meanwhile, and what they do moves nothing. It follows from the runs: nothing of it is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Final

from worldloom import World
from worldloom.kits.academy.courses import attempts, editions
from worldloom.kits.academy.courses import run as runs
from worldloom.kits.academy.courses.course import Course
from worldloom.kits.academy.courses.events import CourseEvent, Finished, Stopped
from worldloom.kits.academy.courses.limits import COURSE_LIMITS as LIMITS
from worldloom.kits.academy.courses.run import SECOND_US, Run

AT: Final = "academy.turns."
"""Where presence has who had a thing last."""


class Turn(Enum):
    """What a learner's doing means for the shared thing."""

    NONE = "none"
    """Someone else has it."""
    NEW = "new"
    """They have it from now on: first it is as their course has it."""
    ON = "on"


def run_of(world: World, course: Course, account: str) -> Run | None:
    """Return an account's run of a course as it is taught now."""
    return attempts.run_of(world, editions.current(world, course), account)


def queue(world: World, course: Course) -> list[str]:
    """Return the accounts of those who are here and in a course, in the order of their turns."""
    since = world.now - round(LIMITS.turn_idle_seconds * SECOND_US)
    found: list[tuple[int, str]] = []
    for account in {one.account for one in world.visitors}:
        run = run_of(world, course, account)
        if run is not None and run.is_open and run.asked >= since:
            found.append((run.began, account))
    return [account for _, account in sorted(found)]


def take(world: World, course: Course, learner: str) -> Turn:
    """Tell whether a learner has the shared thing, and note that they do."""
    line, key = queue(world, course), f"{AT}{course.id}"
    if line and line[0] != learner:
        return Turn.NONE
    before = world.presence.get(key)
    world.presence[key] = learner
    return Turn.ON if before == learner else Turn.NEW


def next_one(world: World, course: Course) -> Run | None:
    """Return the run of who has the shared thing once another is done with it, if anyone."""
    line = queue(world, course)
    if not line:
        world.presence.pop(f"{AT}{course.id}", None)
        return None
    world.presence[f"{AT}{course.id}"] = line[0]
    return run_of(world, course, line[0])


def share(
    world: World, course: Course, show: Callable[[Run | None], None]
) -> Callable[[CourseEvent], bool]:
    """Let learners of a course take turns at a thing; return what tells whether it answers one.

    `show` makes the thing what a run left of it, or what it is at rest: for whose turn begins.
    """

    def answers(event: CourseEvent) -> bool:
        """Tell whether the thing answers a learner; whose turn begins finds it as they left it."""
        if event.course != course.id:
            return False
        turn = take(world, course, event.learner)
        if turn is Turn.NEW:
            show(run_of(world, course, event.learner))
        return turn is not Turn.NONE

    def go_to_the_next(event: CourseEvent) -> None:
        if event.course == course.id:
            show(next_one(world, course))

    @world.on(Finished)
    def be_done_with(event: Finished) -> None:
        """Be as whoever comes next needs it."""
        go_to_the_next(event)

    @world.on(Stopped)
    def be_left(event: Stopped) -> None:
        """Be as whoever comes next needs it."""
        go_to_the_next(event)

    return answers


def behind(course: Course, run: Run | None) -> list[str]:
    """Return the steps that a run has behind it, in the course's order."""
    if run is None:
        return []
    step = runs.current(course, run)
    asked = [one.id for one in course.steps() if one.id in run.times]
    return [id for id in asked if step is None or id != step.id]


def words(world: World, course: Course, account: str, thing: str) -> str:
    """Return what someone who waits is told; nothing to who has it, or is not in the course."""
    line = queue(world, course)
    if account not in line[1:]:
        return ""
    names = {one.account: one.name for one in world.visitors}
    place = line.index(account)
    when = "you are next" if place == 1 else f"{place - 1} more before you"
    return f"{names.get(line[0]) or 'Someone'} has {thing} now; {when}. Answer here meanwhile."
