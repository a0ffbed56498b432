"""`loom demo academy`: a small hall with things to learn from; the records are at `/xapi/`."""

from __future__ import annotations

from worldloom import Annotation, Color, Light, Sky, Spawn, Text, Transform, World, box, sphere
from worldloom.kits.academy import Academy
from worldloom.kits.academy.components import Exhibit

TOPICS = (
    ("lock", "Lock-out", "Before anyone reaches into a machine, its power is locked off.", -3.0),
    ("tag", "Tag-out", "The tag says who locked it, and only they take the lock away.", 0.0),
    ("try", "Try it", "Press start: a machine that is locked out stays still.", 3.0),
)
"""Name, title, what it teaches, where it stands (x, in metres)."""


def make_world() -> World:
    """Return the demo world."""
    world = World("academy", title="The academy")
    world.use(Academy())
    world.spawn("sky", Sky(hour=10.0, clouds=0.3))
    world.spawn("sun", Light(kind="sun", intensity=2.0), at=(20.0, 40.0, 10.0))
    world.spawn("ground", box(30, 0.2, 30), Color("#b9b2a4"), at=(0, -0.1, 0))
    world.spawn("start", Spawn(radius=1.0), Transform((0.0, 0.0, 6.0)))
    world.spawn("welcome", Text("Three things to know before you reach in", 0.3, "#2f3a4c"),
                at=(0.0, 3.0, -3.0))  # fmt: skip
    for name, title, text, x in TOPICS:
        stand = world.spawn(f"{name} stand", box(0.8, 1.0, 0.8), Color("#7f8ea6"), at=(x, 0.5, -2))
        world.spawn(name, sphere(radius=0.3), Color("#c8372d"), Exhibit(title, text),
                    Annotation(title, text), at=(0.0, 0.9, 0.0), parent=stand)  # fmt: skip
    return world
