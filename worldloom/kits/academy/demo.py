"""`loom demo academy`: a yard with courses on fire, lock-out and a pump; records at `/xapi/`."""

from __future__ import annotations

from worldloom import World
from worldloom.kits.academy import Academy
from worldloom.kits.academy.courses.yard import furnish


def make_world() -> World:
    """Return the demo world: the training yard and its courses."""
    world = World("academy", title="The academy")
    world.use(Academy())
    furnish(world)
    return world
