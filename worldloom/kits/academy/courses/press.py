"""The press of the lock-out course: how it stands, and how it answers what learners do.

It is one press for all who are there: it answers whose turn it is.
"""

from __future__ import annotations

import math
from typing import Any, Final

from msgspec.structs import replace

from worldloom import (
    Color,
    Component,
    Entity,
    Model,
    Text,
    Transform,
    Use,
    World,
    box,
    sphere,
)
from worldloom.kits.academy.components import Exhibit
from worldloom.kits.academy.courses import turns
from worldloom.kits.academy.courses.course import Course
from worldloom.kits.academy.courses.events import (
    Answered,
    Asked,
    Began,
    Erred,
)
from worldloom.kits.academy.courses.run import Run
from worldloom.kits.academy.scene import places

SECOND_US: Final = 1_000_000
RIGHT: Final[dict[str, dict[str, Any]]] = {
    "stop": {"runs": False}, "isolate": {"current": False}, "air": {"air": False},
    "apply": {"locked": True}, "each": {"valve_locked": True}, "tag": {"tagged": True},
    "bleed": {"bar": 0.0}, "climbs": {"bar": 0.0},
    "remove": {"locked": False, "valve_locked": False, "tagged": False},
    "told": {"runs": True, "current": True, "air": True, "bar": 6.0},
}  # fmt: skip
"""Step → what is so once it is over."""
ASKED: Final[dict[str, dict[str, Any]]] = {"climbs": {"bar": 2.5}}
"""Step → what happens as it is asked."""
LAMPS: Final = {"warns": "#ff2a1c", "runs": "#ffb02e", "ready": "#4be07a", "dark": "#39413c"}
RED, INK, CREAM = "#b3261e", "#2b2724", "#fff4dc"
CARD: Final = (
    ("Energy card", 0.066, RED, 0.215),
    ("Current 400 V", 0.078, INK, 0.13), ("red handle", 0.062, INK, 0.066),
    ("Air 6 bar", 0.078, INK, -0.01), ("yellow lever", 0.062, INK, -0.074),
    ("Ram 80 kg", 0.078, INK, -0.15), ("air out: blue knob", 0.062, INK, -0.214),
)  # fmt: skip
"""What stands on the card, to be read by who stands before it with a phone: words, size and height
in metres. The numbers are made up for the exercise."""
VERBS: Final = {
    "disconnect": "Turn", "air valve": "Turn", "bleed valve": "Turn", "start button": "Press",
    "stop button": "Press", "padlock": "Take", "danger tag": "Take", "energy card": "Read",
    "lock": "Read", "tag": "Read", "try": "Read",
}  # fmt: skip
PLATES: Final = (
    ("lock", "Lock-out", "Before anyone reaches into a machine, its power is locked off."),
    ("tag", "Tag-out", "The tag says who locked it, and only they take the lock away."),
    ("try", "Try it", "Press start: a machine that is locked out stays still."),
)
"""Name, title and what it teaches, of the three plates on the lock board."""


class Press(Component, name="academy.Press"):
    """What is on and what is locked, the cylinder's air in bar, until when (UTC µs) it warns."""

    runs: bool = True
    current: bool = True
    air: bool = True
    bar: float = 6.0
    locked: bool = False
    valve_locked: bool = False
    tagged: bool = False
    warns_until: int = 0


def set_up_press(world: World, course: Course) -> None:
    """Put press and lock board into the yard, and let them answer what happens in the course."""
    press = world.spawn("press", Press(), Transform(places.PRESS, _about_y(places.PRESS_TURN)))
    _fit_parts(world, press)
    _hang_board(world)
    show(world, press[Press])

    def become(**changes: Any) -> None:
        now = replace(press[Press], **changes)
        if now != press[Press]:
            press[Press] = now
            show(world, now)

    answers = turns.share(world, course, lambda run: become(**as_of(course, run)))

    @world.on(Began)
    def be_ready(event: Began) -> None:
        """Run as on any day for who begins."""
        if answers(event):
            become(**_plain())

    @world.on(Asked)
    def change_as_asked(event: Asked) -> None:
        """Let happen what a step is about."""
        if answers(event):
            become(**ASKED.get(event.step, {}))

    @world.on(Answered)
    def go_on(event: Answered) -> None:
        """Do what the step was about; the answer is shown to who did not find it."""
        if answers(event):
            become(**RIGHT.get(event.step, {}))

    @world.on(Erred)
    def warn(event: Erred) -> None:
        """Let the lamp burn red for a wrong answer."""
        if answers(event):
            become(warns_until=world.now + 2 * SECOND_US)

    @world.every(0.5)
    def stop_warning() -> None:
        """Put the red lamp out again."""
        if 0 < press[Press].warns_until <= world.now:
            become(warns_until=0)


def as_of(course: Course, run: Run | None) -> dict[str, Any]:
    """Return how the press stands where a learner is in the course; without one as on any day."""
    state = _plain()
    for step in turns.behind(course, run):
        state |= RIGHT.get(step, {})
    return state | (ASKED.get(run.step, {}) if run else {})


def show(world: World, now: Press) -> None:
    """Turn handles, hang locks and tag, and light the lamp as a state says."""
    world["disconnect"][Transform] = Transform(
        places.SWITCH, _about_z(0.0 if now.current else -math.pi / 2)
    )
    world["air valve"][Transform] = Transform(
        places.AIR_VALVE, _about_z(0.0 if now.air else -math.pi / 2)
    )
    up = places.RAM_DOWN + (places.RAM_UP - places.RAM_DOWN) * min(1.0, now.bar / 6.0)
    world["ram"][Transform] = Transform((0.0, up, 0.0))
    world["needle"][Transform] = Transform(places.GAUGE, _about_z(2.2 - 0.55 * now.bar))
    world["lamp"][Color] = lamp(now)
    x, y, z = places.SWITCH
    _hang(world, "padlock", now.locked, (x + 0.16, y - 0.02, z + 0.08))
    _hang(world, "danger tag", now.tagged, (x + 0.16, y - 0.1, z + 0.12))
    x, y, z = places.AIR_VALVE
    _hang(world, "second padlock", now.valve_locked, (x + 0.14, y - 0.02, z + 0.05))


def lamp(now: Press) -> Color:
    """Return the lamp: red warns, amber runs, green is ready to start, dark has no current."""
    state = (
        "warns" if now.warns_until else "dark" if not now.current else "runs" if now.runs
        else "ready"
    )  # fmt: skip
    return Color(LAMPS[state], glow=0.0 if state == "dark" else 2.0)


def _plain() -> dict[str, Any]:
    fresh = Press()
    return {name: getattr(fresh, name) for name in fresh.__struct_fields__}


def _fit_parts(world: World, press: Entity) -> None:
    """Put what moves or is pressed on the press."""
    for name, file, place in (
        ("disconnect", "disconnect", places.SWITCH), ("air valve", "lever", places.AIR_VALVE),
        ("bleed valve", "knob", places.BLEED), ("start button", "start", places.START_BUTTON),
        ("stop button", "stop", places.STOP_BUTTON), ("ram", "ram", (0.0, places.RAM_UP, 0.0)),
    ):  # fmt: skip
        world.spawn(name, _baked(file), *_pressed(name), parent=press, at=place)
    world.spawn("needle", parent=press, at=places.GAUGE)
    pointer = Transform((0.0, 0.03, 0.013), scale=(0.008, 0.085, 0.004))
    world.spawn(
        "pointer", box(1, 1, 1, bevel=0.0), Color("#1d1b1a"), pointer, parent=world["needle"]
    )
    world.spawn("lamp", sphere(0.06), Color(LAMPS["runs"]), parent=press, at=places.LAMP)
    x, y, z = places.SWITCH
    for name, value, size, color, at in (
        ("press title", "Press 3", 0.13, INK, (0.0, 2.06, 0.325)),
        ("on", "ON", 0.035, INK, (x, y + 0.19, z)),
        ("off", "OFF", 0.035, INK, (x + 0.145, y + 0.08, z)),
        ("switch title", "Disconnect", 0.045, INK, (x, y - 0.2, z)),
        ("start title", "START", 0.026, INK, (0.56, 1.365, 0.43)),
        ("stop title", "STOP", 0.026, INK, (0.56, 1.035, 0.43)),
    ):  # fmt: skip
        world.spawn(name, Text(value, size, color, width=0.9), parent=press, at=at)


def _hang_board(world: World) -> None:
    """Put locks, tag, card and plates on the lock board."""
    turned = Transform(places.LOCK_BOARD, _about_y(places.LOCK_BOARD_TURN))
    board = world.spawn("lock board", turned)
    world.spawn("lock board title", Text("Lock and tag", 0.11, "#ffffff", width=1.2),
                at=(0.0, 1.77, 0.01), parent=board)  # fmt: skip
    card = world.spawn(
        "energy card",
        _baked("card"),
        *_pressed("energy card"),
        at=(0.335, 1.125, 0.012),
        parent=board,
    )
    for number, (words, size, color, y) in enumerate(CARD):
        world.spawn(f"card {number + 1}", Text(words, size, color, width=0.6),
                    at=(0.0, y, 0.014), parent=card)  # fmt: skip
    for name, file in (("padlock", "padlock"), ("second padlock", "padlock"),
                       ("danger tag", "tag")):  # fmt: skip
        world.spawn(name, _baked(file), *_pressed(name), parent=board, at=(0, 0, 0))
    tag = world["danger tag"]
    for number, (words, size, color, y) in enumerate((
        ("DANGER", 0.03, "#ffffff", -0.1), ("do not operate", 0.019, INK, -0.17),
        ("locked by: you", 0.017, INK, -0.23),
    )):  # fmt: skip
        world.spawn(f"tag {number + 1}", Text(words, size, color, width=0.15),
                    at=(0.0, y, 0.008), parent=tag)  # fmt: skip
    for number, (name, title, text) in enumerate(PLATES):
        at = Transform((-0.42 + 0.42 * number, 1.52, 0.012), scale=(1.0, 0.72, 1.0))
        made = world.spawn(
            name, _baked("plate"), *_pressed(name), Exhibit(title, text), at, parent=board
        )
        world.spawn(f"{name} title", Text(title, 0.07, RED, width=0.36), at=(0.0, 0.0, 0.014),
                    parent=made)  # fmt: skip


def _hang(world: World, name: str, on: bool, there: tuple[float, float, float]) -> None:
    """Hang a lock or tag on the press, or back on its hook of the board."""
    if on:
        world[name][Transform] = Transform(_on_board(there), _about_y(_TURNED))
    else:
        x, y = places.HOOKS["tag" if name == "danger tag" else name]
        world[name][Transform] = Transform((x, y, 0.04))


_TURNED: Final = places.PRESS_TURN - places.LOCK_BOARD_TURN


def _on_board(place: tuple[float, float, float]) -> tuple[float, float, float]:
    """Return a place on the press as the board sees it, on which locks and tag are kept."""
    x, y, z = place
    sin, cos = math.sin(places.PRESS_TURN), math.cos(places.PRESS_TURN)
    east = places.PRESS[0] + x * cos + z * sin - places.LOCK_BOARD[0]
    south = places.PRESS[2] - x * sin + z * cos - places.LOCK_BOARD[2]
    sin, cos = math.sin(places.LOCK_BOARD_TURN), math.cos(places.LOCK_BOARD_TURN)
    return (east * cos - south * sin, y, east * sin + south * cos)


def _pressed(name: str) -> tuple[Use, ...]:
    """Say what a press does; with it the writing on a thing answers as the thing does."""
    return (Use("click", VERBS[name], (("entity", name),)),) if name in VERBS else ()


def _baked(name: str) -> Model:
    return Model(f"file:baked/{name}.glb")


def _about_y(angle: float) -> tuple[float, float, float, float]:
    return (0.0, math.sin(angle / 2), 0.0, math.cos(angle / 2))


def _about_z(angle: float) -> tuple[float, float, float, float]:
    return (0.0, 0.0, math.sin(angle / 2), math.cos(angle / 2))
