"""Where runs are kept while they go on: one private component for a learner and a course.

It is what the fold of the events left, written in the same group, so that a handler need not read
the log again. Only the server sees it.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

import msgspec

from worldloom import Component, World
from worldloom.kits.academy.courses.course import Course
from worldloom.kits.academy.courses.limits import COURSE_LIMITS as LIMITS
from worldloom.kits.academy.courses.run import Run

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Run).decode


class Attempt(Component, name="academy.Attempt", private=True):
    """One learner's newest run of a course."""

    course: str = ""
    run: bytes = b""


def run_of(world: World, course: Course, account: str) -> Run | None:
    """Return an account's newest run of a course; none that was of another version of it."""
    name = _name(course.id, account)
    if name not in world:
        return None
    run = _decode(world[name][Attempt].run)
    return run if run.version == course.version else None


def memories_of(world: World, course: Course, account: str) -> Run | None:
    """Return an account's newest run of a course in whatever version, for what it remembers."""
    name = _name(course.id, account)
    return _decode(world[name][Attempt].run) if name in world else None


def keep(world: World, run: Run) -> None:
    """Keep a run as it stands now."""
    name, kept = _name(run.course, run.learner), Attempt(run.course, _encode(run))
    if name in world:
        world[name][Attempt] = kept
    else:
        world.spawn(name, kept)


def runs(world: World, course: Course) -> Iterator[Run]:
    """Yield the runs of a course as it is now: the newest learners', as far as the limit goes."""
    kept = [entity[Attempt] for entity in world.find(Attempt)]
    own = [one for one in kept if one.course == course.id][-LIMITS.cohort_runs_max :]
    for attempt in own:
        run = _decode(attempt.run)
        if run.version == course.version:
            yield run


def _name(course: str, account: str) -> str:
    """Name the entity by a hash: everyone sees it, and it tells no account to who knows none."""
    told = f"{course} {account}"
    return f"run {sha256(told.encode()).hexdigest()[:16]}"
