"""`loom demo academy`: a yard with courses on fire, lock-out and a pump; records at `/xapi/`."""

from __future__ import annotations

from worldloom import World
from worldloom.kits.academy import Academy
from worldloom.kits.academy.classroom.room import Classroom
from worldloom.kits.academy.courses.spots import mark_spots, spots
from worldloom.kits.academy.courses.yard import furnish
from worldloom.kits.academy.lms.cmi5.content import Content
from worldloom.kits.academy.scene import places


def make_world() -> World:
    """Return the demo world: the training yard, its courses, and a class to lead."""
    world = World("academy", title="The academy")
    world.use(Academy())
    furnish(world)
    mark_spots(world)
    # Its panel comes after the courses, which are what one comes for.
    world.use(Classroom(board=places.WHITEBOARD, turn=places.WHITEBOARD_TURN, spots=spots()))
    world.use(Content())
    return world
