"""`loom demo academy`: a fire school and its course; the learning records are at `/xapi/`."""

from __future__ import annotations

import math

from worldloom import Annotation, Color, Text, Transform, World, box
from worldloom.kits.academy import Academy
from worldloom.kits.academy.components import Exhibit
from worldloom.kits.academy.courses.yard import furnish

TOPICS = (
    ("lock", "Lock-out", "Before anyone reaches into a machine, its power is locked off.", 5.6),
    ("tag", "Tag-out", "The tag says who locked it, and only they take the lock away.", 4.9),
    ("try", "Try it", "Press start: a machine that is locked out stays still.", 4.2),
)
"""Name, title, what it teaches, and where its plaque stands (z, in metres)."""
PLAQUES_X = -5.2


def make_world() -> World:
    """Return the demo world: the training yard, its course, and three plaques beside it."""
    world = World("academy", title="The academy")
    world.use(Academy())
    furnish(world)
    turn = (0.0, math.sin(0.5), 0.0, math.cos(0.5))
    for name, title, text, z in TOPICS:
        place = Transform((PLAQUES_X, 0.5, z), turn)
        stand = world.spawn(f"{name} stand", box(0.1, 1.0, 0.1), Color("#5b4636"), place)
        shown = (Color("#35504a"), Exhibit(title, text), Annotation(title, text))
        plaque = world.spawn(name, box(0.5, 0.34, 0.04), *shown, at=(0.0, 0.6, 0.03), parent=stand)
        words = Text(title, 0.075, "#fff4dc", width=0.46)
        world.spawn(f"{name} title", words, at=(0.0, 0.0, 0.025), parent=plaque)
    return world
