"""Where runs are kept while they go on: one private component for a learner and a course.

It is what the fold of the events left, written in the same group, so that a handler need not read
the log again. It is sealed under the learner's key: who is forgotten has no run any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from worldloom import Component, Entity, Personal, Visitor, World
from worldloom.kits.academy.courses.course import Course
from worldloom.kits.academy.courses.events import Asked, Began, CourseEvent
from worldloom.kits.academy.courses.limits import COURSE_LIMITS as LIMITS
from worldloom.kits.academy.courses.run import Run


class Moments(Struct, frozen=True):
    """Where a run is in the world's history: seqs to replay it from."""

    began: int = 0
    last: int = 0
    """What happened last in it."""
    asked: Mapping[str, int] = {}
    """Step → when it was last put before the learner."""


class Kept(Struct, frozen=True):
    """What is sealed of a run."""

    run: Run
    moments: Moments = Moments()
    name: str = ""
    """What the learner was called when they were last here."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Kept).decode
UNKNOWN: Final = Moments()


class Attempt(Component, name="academy.Attempt", private=True, version=2):
    """One learner's newest run of a course: a `Kept` for the server alone."""

    course: str
    kept: Personal[bytes]


@Attempt.upgrade(1)
def seal_from_now_on(old: dict[str, Any]) -> dict[str, Any]:
    """Read a run that was not sealed; it is, from the next answer on."""
    kept = {"run": msgspec.msgpack.decode(old["run"])}
    return {"course": old["course"], "kept": msgspec.msgpack.encode(kept)}


def kept_of(world: World, course: Course, account: str) -> Kept | None:
    """Return an account's newest run of a course in whatever version; none of the forgotten."""
    name = _name(course.id, account)
    attempt = world[name].get(Attempt) if name in world else None
    return None if attempt is None else _opened(attempt)


def run_of(world: World, course: Course, account: str) -> Run | None:
    """Return an account's newest run of a course; none that was of another version of it."""
    run = memories_of(world, course, account)
    return run if run is not None and run.version == course.version else None


def memories_of(world: World, course: Course, account: str) -> Run | None:
    """Return an account's newest run of a course in whatever version, for what it remembers."""
    kept = kept_of(world, course, account)
    return None if kept is None else kept.run


def keep(world: World, course: Course, run: Run, events: Sequence[CourseEvent]) -> None:
    """Keep a run as it stands after some events, as the last of all that is written of them."""
    name, before = _name(run.course, run.learner), kept_of(world, course, run.learner)
    entity = world[name] if name in world else world.spawn(name)
    # What is written below is the group's last record: a link to it shows what was asked.
    moments = _later(before.moments if before else UNKNOWN, events, world.ground.next_seq)
    called = next((one.name for one in world.visitors if one.account == run.learner), "")
    called = called or (before.name if before else "")
    _seal(entity, Kept(run, moments, called))


def call(world: World, course: Course, visitor: Visitor) -> None:
    """Keep what a learner is called by now: as a guest they have a name before they say one."""
    kept = kept_of(world, course, visitor.account)
    if kept is not None and visitor.name not in ("", kept.name):
        _seal(world[_name(course.id, visitor.account)], replace(kept, name=visitor.name))


def _seal(entity: Entity, kept: Kept) -> None:
    entity[Attempt] = Attempt(kept.run.course, Personal(_encode(kept), of=kept.run.learner))


def newest(world: World, course: str) -> Iterator[Kept]:
    """Yield what is kept of a course: of the newest learners, as far as the limit goes."""
    kept = [entity[Attempt] for entity in world.find(Attempt)]
    for attempt in [one for one in kept if one.course == course][-LIMITS.cohort_runs_max :]:
        known = _opened(attempt)
        if known is not None:
            yield known


def runs(world: World, course: Course) -> Iterator[Run]:
    """Yield the newest learners' runs of a course as it is now."""
    return of_now(course, newest(world, course.id))


def of_now(course: Course, every: Iterable[Kept]) -> Iterator[Run]:
    """Yield those runs that are of a course as it is now."""
    return (known.run for known in every if known.run.version == course.version)


def names(world: World, every: Iterable[Kept]) -> dict[str, str]:
    """Return what learners are called, by account.

    By what they are called here now, want to be called, were called then; or else by the account.
    """
    here = {one.account: one.name for one in world.visitors}
    people = world.step.desk.people
    return {
        known.run.learner: here.get(known.run.learner)
        or people.about(known.run.learner).name
        or known.name
        or known.run.learner
        for known in every
    }


def _opened(attempt: Attempt) -> Kept | None:
    kept = attempt.kept.value
    return None if kept is None else _decode(kept)


def _later(moments: Moments, events: Sequence[CourseEvent], seq: int) -> Moments:
    """Return the moments of a run after some events, whose last record has this seq."""
    for event in events:
        if isinstance(event, Began):
            moments = Moments(began=seq)
        elif isinstance(event, Asked):
            moments = replace(moments, asked={**moments.asked, event.step: seq})
    return replace(moments, last=seq)


def _name(course: str, account: str) -> str:
    """Name the entity by a hash: everyone sees it, and it tells no account to who knows none."""
    told = f"{course} {account}"
    return f"run {sha256(told.encode()).hexdigest()[:16]}"
