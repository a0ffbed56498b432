"""The training yard as a world: its things to press, its writing, its fire and its courses."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final

from worldloom import (
    Annotation,
    Color,
    Image,
    Model,
    Role,
    Shape,
    Sky,
    Spawn,
    Text,
    Transform,
    World,
    box,
)
from worldloom.kits.academy.courses import ghost, rounds
from worldloom.kits.academy.courses.assembly import set_up_pump
from worldloom.kits.academy.courses.classroom import Courses
from worldloom.kits.academy.courses.course import Course
from worldloom.kits.academy.courses.demonstrating import walked
from worldloom.kits.academy.courses.fire import light_fire
from worldloom.kits.academy.courses.press import set_up_press
from worldloom.kits.academy.courses.text import read
from worldloom.kits.academy.scene import places

SHELF: Final = Path(__file__).parent / "shelf"
HOUR: Final = 17.2
SHARED: Final = {"extinguisher": "the fire", "lockout": "the press", "pump": "the pump"}
"""The yard's courses, and what their learners take turns at."""
USES: Final = {
    "water": ("Water", "A"), "foam": ("Foam", "A B"), "powder": ("Powder", "A B C"),
    "carbon dioxide": ("Carbon dioxide", "B · live"), "wet chemical": ("Wet chemical", "A F"),
}  # fmt: skip
"""What stands on the plates: name, and the classes that it is for."""
WAY: Final = (
    (-2.6, 0.0, 7.4), (-2.2, 0.0, 0.3), (0.4, 0.0, 0.6), (0.4, 0.0, 0.4), (-2.4, 0.0, 7.3),
)  # fmt: skip
"""How it is done: to the alarm, to two or three metres from the tray, and back out.

It waits where it stands before nothing that learners look at.
"""
CREAM, CHALK, AMBER, SLATE = "#fff4dc", "#f4f7ee", "#ffd98a", "#24312d"


def course(name: str) -> Course:
    """Return a course of the kit's own shelf."""
    return read((SHELF / f"{name}.toml").read_text(encoding="utf-8"))


def furnish(world: World, instructors: Role | str = Role.BUILDER) -> None:
    """Make a world the training yard, with its courses on fire, lock-out and a pump."""
    world.spawn("ground", _baked("yard"), Annotation("The training yard", "Learn before it burns."))
    world.spawn("sky", Sky(hour=HOUR, clouds=0.45))
    world.spawn("start", Spawn(radius=0.6), Transform(places.START))
    _hang_extinguishers(world)
    _write_board(world)
    _write_house(world)
    at = Transform(_before(places.ALARM, places.ALARM_TURN, 0.09, 1.32), _turn(places.ALARM_TURN))
    alarm = world.spawn("alarm", _baked("call-point"), at)
    world.spawn("alarm sign", Text("FIRE", 0.07, "#c22a1e", width=0.4), at=(0.0, 0.165, 0.0),
                parent=alarm)  # fmt: skip
    courses = [course(id) for id in SHARED]
    for set_up, about in zip((light_fire, set_up_press, set_up_pump), courses, strict=True):
        set_up(world, about)
    x, y, z = places.CANTEEN
    world.spawn("canteen", Image("file:baked/canteen.png", around=rounds.RADIUS_M,
                                 alt="A canteen: it burns behind the counter ahead. A green door "
                                     "with a sign is behind, windows to the left, a lift to the "
                                     "right."), at=(x, y + rounds.EYES_M, z))  # fmt: skip
    floor = Shape("cylinder", (2 * rounds.RADIUS_M - 0.3, 0.04, 2 * rounds.RADIUS_M - 0.3))
    world.spawn("canteen floor", floor, Color("#c0b196"), at=(x, y - 0.02, z))
    ghost.figure(world, "instructor", walked(WAY))
    world.use(Courses(*courses, instructors=instructors, shared=SHARED))


def _hang_extinguishers(world: World) -> None:
    rack = world.spawn("rack", Transform(places.RACK, _turn(places.RACK_TURN)))
    world.spawn("rack title", Text("Which one?", 0.16, AMBER, width=2.0),
                at=(0.0, 2.05, 0.0), parent=rack)  # fmt: skip
    for name, x in places.slots():
        title, classes = USES[name]
        hung = world.spawn(name, _baked(name.replace(" ", "-")),
                           at=(x, places.HANG, 0.12), parent=rack)  # fmt: skip
        high = 1.525 - places.HANG
        world.spawn(f"{name} plate", Text(title, 0.066, CREAM, width=0.7),
                    at=(0.0, high, -0.1), parent=hung)  # fmt: skip
        world.spawn(f"{name} classes", Text(classes, 0.06, AMBER, width=0.6),
                    at=(0.0, high - 0.07, -0.1), parent=hung)  # fmt: skip


def _write_board(world: World) -> None:
    slate = world.spawn("board", _baked("board"), Transform(places.BOARD, _turn(places.BOARD_TURN)),
                        Annotation("Before you fight a fire", "Press it."))  # fmt: skip
    lines = (
        ("Before you fight a fire", 1.7, 0.125, AMBER), ("1  Raise the alarm", 1.5, 0.09, CHALK),
        ("2  Keep the way out behind you", 1.34, 0.09, CHALK),
        ("3  Only while it is small", 1.18, 0.09, CHALK), ("If in doubt: out.", 0.98, 0.115, AMBER),
    )  # fmt: skip
    for number, (text, y, size, color) in enumerate(lines):
        world.spawn(f"line {number + 1}", Text(text, size, color, width=1.56), at=(0.0, y, 0.06),
                    parent=slate)  # fmt: skip


def _write_house(world: World) -> None:
    z = places.HOUSE_Z
    world.spawn("exit sign", Text("EXIT", 0.17, "#ffffff", width=0.8), at=(4.3, 2.62, z + 0.23))
    world.spawn("name", Text("Fire School", 0.34, "#fff1d0", width=4.0), at=(0.0, 2.72, z + 2.34))
    # The wall is too bright by day for light letters, and too dark in the evening for others.
    tablet = world.spawn("pull, aim, squeeze, sweep", box(2.6, 0.94, 0.05), Color(SLATE),
                         at=(0.0, 1.79, z + 0.14))  # fmt: skip
    words = (("P", "pull"), ("A", "aim"), ("S", "squeeze"), ("S", "sweep"))
    for at, (letter, word) in enumerate(words):
        x = -0.99 + 0.66 * at
        world.spawn(f"letter {at + 1}", Text(letter, 0.5, AMBER, width=1.0),
                    at=(x, 0.13, 0.05), parent=tablet)  # fmt: skip
        world.spawn(f"word {at + 1}", Text(word, 0.16, CREAM, width=1.0),
                    at=(x, -0.28, 0.05), parent=tablet)  # fmt: skip


def _baked(name: str) -> Model:
    return Model(f"file:baked/{name}.glb")


def _turn(angle: float) -> tuple[float, float, float, float]:
    return (0.0, math.sin(angle / 2), 0.0, math.cos(angle / 2))


def _before(
    place: tuple[float, float, float], angle: float, ahead: float, high: float
) -> tuple[float, float, float]:
    """Return a place before a turned thing's face."""
    return (place[0] + math.sin(angle) * ahead, high, place[2] + math.cos(angle) * ahead)
