"""Courses that are changed in a world: a draft that instructors edit, and the edition in force.

Both are state, so that an undo takes a change back and a replay shows what was taught then.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from msgspec.structs import replace

from worldloom import Component, Event, Invalid, Visitor, World
from worldloom.kits.academy.courses import rounds
from worldloom.kits.academy.courses.course import Course, Taught
from worldloom.kits.academy.courses.limits import COURSE_LIMITS as LIMITS
from worldloom.kits.academy.courses.text import parse, read, write

TOO_LONG: Final = f"a course that is edited in a world has at most {LIMITS.draft_bytes_max} bytes"


class Edition(Component, name="academy.Edition", private=True, version=2):
    """A course as it is taught here, as text; empty: as the world's file declares it.

    `over` is the version that the file declared when it was published.
    """

    text: str = ""
    over: str = ""


@Edition.upgrade(1)
def know_no_file(old: dict[str, Any]) -> dict[str, Any]:
    """Read an edition that did not say what the file declared."""
    return old


class Draft(Component, name="academy.Draft", private=True):
    """A course that is being edited, as text, which may have faults."""

    text: str = ""


class CourseEdited(Event, name="academy.CourseEdited", private=True):
    """An instructor changed the draft of a course."""

    visitor: Visitor
    course: str


class CoursePublished(Event, name="academy.CoursePublished", private=True):
    """A draft became what is taught; learners in another version begin again."""

    visitor: Visitor
    course: str
    version: str


def current(world: World, declared: Course) -> Course:
    """Return a course as it is taught now: its newest edition, or what was declared."""
    name = _name(declared.id)
    kept = world[name].get(Edition) if name in world else None
    return _read(kept.text) if kept and kept.text else declared


def file_changed(world: World, declared: Course) -> bool:
    """Tell whether the file declares a course otherwise than when this edition was published."""
    name = _name(declared.id)
    kept = world[name].get(Edition) if name in world else None
    return bool(kept and kept.text and kept.over and kept.over != declared.version)


def draft(world: World, course: Course) -> Course:
    """Return the draft of a course; where there is none, the course."""
    name = _name(course.id)
    kept = world[name].get(Draft) if name in world else None
    return _parse(kept.text) if kept and kept.text else course


def is_made(world: World, id: str) -> bool:
    """Tell whether a course that no file declares is there: a draft of it, or an edition."""
    name = _name(id)
    return name in world and (Draft in world[name] or is_published(world, id))


def is_published(world: World, id: str) -> bool:
    """Tell whether a course is taught here in another form than a file declares."""
    name = _name(id)
    kept = world[name].get(Edition) if name in world else None
    return bool(kept and kept.text)


def keep_draft(world: World, visitor: Visitor, course: Course) -> None:
    """Keep a draft; raises Invalid for one that is too long."""
    _keep(world, course.id, Draft(bounded(write(course))))
    world.append(CourseEdited(visitor, course.id))


def drop_draft(world: World, visitor: Visitor, id: str) -> None:
    """Let go of what was edited and not published."""
    if _name(id) in world and Draft in world[_name(id)]:
        del world[_name(id)][Draft]
        world.append(CourseEdited(visitor, id))


def publish(world: World, visitor: Visitor, course: Course, declared: Course) -> None:
    """Let a sound course be what is taught from now on, with what hangs all round its scenes."""
    rounds.hang(world, course)
    _keep(world, course.id, Edition(bounded(write(course)), declared.version))
    if Draft in world[_name(course.id)]:
        del world[_name(course.id)][Draft]
    world.append(CoursePublished(visitor, course.id, course.version))


def refit(world: World, visitor: Visitor, taught: Course, better: Course, declared: Course) -> None:
    """Let a course be taught with other chances; a draft of it stays, and has them as well.

    A skill whose chances somebody wrote in the draft keeps those.
    """
    edited = draft(world, taught)
    publish(world, visitor, better, declared)
    if edited != taught:
        new = dict(zip(taught.skills, better.skills, strict=True))
        merged = replace(edited, skills=tuple(_refitted(skill, new) for skill in edited.skills))
        _keep(world, merged.id, Draft(bounded(write(merged))))


def bounded(text: str) -> str:
    """Return a text as it is; raises Invalid for one that no component can keep."""
    if len(text.encode()) > LIMITS.draft_bytes_max:
        raise Invalid(TOO_LONG, "make two courses of it", code="bad_course")
    return text


def _refitted(skill: Taught, new: Mapping[Taught, Taught]) -> Taught:
    """Return a draft's skill with the chances that one of its id has now, if it had the same."""
    for old, fitted in new.items():
        if old.id == skill.id and old.chances == skill.chances:
            return replace(fitted, title=skill.title)
    return skill


def _keep(world: World, id: str, value: Component) -> None:
    name = _name(id)
    if name in world:
        world[name][type(value)] = value
    else:
        world.spawn(name, value)


def _name(id: str) -> str:
    return f"course {id}"


@lru_cache(64)
def _read(text: str) -> Course:
    return read(text)


@lru_cache(64)
def _parse(text: str) -> Course:
    return parse(text)
