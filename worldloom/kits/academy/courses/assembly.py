"""The pump of the assembly course: what is on it, what is tight, and how it answers learners.

It is one pump for all who are there: it answers whose turn it is. Its shapes and the order of its
parts are `worldloom.studio.machines.pump`, which other kits build with as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import replace

from worldloom import Component, Entity, Light, Model, Text, Transform, World
from worldloom.kits.academy.courses import turns
from worldloom.kits.academy.courses.course import Course
from worldloom.kits.academy.courses.events import (
    Answered,
    Asked,
    Began,
    Erred,
    Stepped,
)
from worldloom.kits.academy.courses.run import Run
from worldloom.kits.academy.scene import places
from worldloom.studio.machines import pump

SECOND_US: Final = 1_000_000
TORQUES: Final = {"M8": 25, "M10": 50, "M12": 88}
"""Thread → N·m on the card; `torque` reckons them."""
PROOF_N: Final = {"M8": 21_200.0, "M10": 33_700.0, "M12": 48_900.0}
"""Proof load of a bolt of class 8.8 with coarse thread in newtons, after ISO 898-1.

Stress areas of 36.6, 58.0 and 84.3 mm² times 580 N/mm², rounded as the standard does; not verified
against the standard's own text.
"""
PUTS_ON: Final = {
    "fit-seal": ("seal",), "fit-impeller": ("impeller",), "fit-nut": ("nut",),
    "fit-gasket": ("gasket",), "fit-casing": ("casing",),
}  # fmt: skip
"""Step → the parts that its end puts on."""
FROM_MEMORY: Final = "from-memory"
"""The step in which the whole pump is put together, part after part."""
TIGHTENS: Final = {"tighten-nut": ("nut",), "tighten-all": pump.BOLTS, "cross": ("top", "bottom")}
"""Step → what its end tightens."""
NAMES: Final = {part: "impeller nut" if part == "nut" else part for part in pump.ORDER}
"""Part → what it is called on the bench."""
INK, RED, CREAM = "#2b2724", "#b3261e", "#fff4dc"
CARD: Final = (
    ("Assembly card", 0.036, RED, 0.105), ("Class 8.8, oiled lightly:", 0.022, INK, 0.055),
    ("M8   25 N·m", 0.027, INK, 0.012), ("M10  50 N·m", 0.027, INK, -0.028),
    ("M12  88 N·m", 0.027, INK, -0.068), ("nut and casing: M10", 0.021, RED, -0.11),
)  # fmt: skip


class Pump(Component, name="academy.Pump"):
    """Which parts are on, what is tight, the wrench's N·m, its turns, until when (µs) it warns."""

    on: tuple[str, ...] = ()
    tight: tuple[str, ...] = ()
    set_nm: float = 0.0
    turned: int = 0
    warns_until: int = 0


def torque(thread: str, friction: float = 0.2, share: float = 0.75) -> float:
    """Return the torque (N·m) that strains a bolt of class 8.8 to a share of its proof load.

    By the short form T = K · d · F, with the nut factor K, the diameter d and the tension F.
    """
    metres = float(thread.removeprefix("M")) / 1000
    return friction * metres * share * PROOF_N[thread]


def set_up_pump(world: World, course: Course) -> None:
    """Put the pump and its parts on the bench, and let them answer what happens in the course."""
    place = Transform(places.WORKSHOP, _about_y(places.WORKSHOP_TURN))
    bench = world.spawn("workbench", place)
    _fit_parts(world, bench)
    _hang_card(world, bench)
    state = world["pump"]
    show(world, state[Pump])

    def become(**changes: Any) -> None:
        now = replace(state[Pump], **changes)
        if now != state[Pump]:
            state[Pump] = now
            show(world, now)

    _follow(world, course, state, become)


def _follow(world: World, course: Course, state: Entity, become: Callable[..., None]) -> None:
    """Let the pump answer what happens in the course."""
    answers = turns.share(world, course, lambda run: become(**as_of(course, run)))

    @world.on(Began)
    def lie_in_parts(event: Began) -> None:
        """Lie in its parts for who begins."""
        if answers(event):
            become(**_apart())

    @world.on(Asked)
    def come_apart(event: Asked) -> None:
        """Come apart again for who is to put it together from memory."""
        if event.step == FROM_MEMORY and answers(event):
            become(**_apart())

    @world.on(Stepped)
    def take_a_part(event: Stepped) -> None:
        """Put on one part after another."""
        if event.step == FROM_MEMORY and event.given in pump.ORDER and answers(event):
            become(on=(*state[Pump].on, event.given))

    @world.on(Answered)
    def go_on(event: Answered) -> None:
        """Do what the step was about; the answer is shown to who did not find it."""
        if not answers(event):
            return
        now = state[Pump]
        on = pump.ORDER if event.step == FROM_MEMORY else PUTS_ON.get(event.step, ())
        tight = TIGHTENS.get(event.step, ())
        turned = now.turned + (event.step == "turn")
        become(on=_with(now.on, on), tight=_with(now.tight, tight), turned=turned,
               set_nm=_number(event.given, now.set_nm))  # fmt: skip

    @world.on(Erred)
    def warn(event: Erred) -> None:
        """Let the lamp over the bench turn red for a wrong answer."""
        if answers(event):
            become(warns_until=world.now + 2 * SECOND_US,
                   set_nm=_number(event.given, state[Pump].set_nm))  # fmt: skip

    @world.every(0.5)
    def stop_warning() -> None:
        """Let the lamp be white again."""
        if 0 < state[Pump].warns_until <= world.now:
            become(warns_until=0)


def as_of(course: Course, run: Run | None) -> dict[str, Any]:
    """Return how far the pump is where a learner is in the course; without one it is in parts."""
    on: tuple[str, ...] = ()
    tight: tuple[str, ...] = ()
    for step in turns.behind(course, run):
        on = _with(on, pump.ORDER if step == FROM_MEMORY else PUTS_ON.get(step, ()))
        tight = _with(tight, TIGHTENS.get(step, ()))
    if run and run.step == FROM_MEMORY:
        on, tight = run.parts, ()
    return {**_apart(), "on": on, "tight": tight}


def show(world: World, now: Pump) -> None:
    """Lay every part where a state says, turn the coupling, and set wrench and lamp."""
    for part, name in NAMES.items():
        world[name][Transform] = seat_of(part) if part in now.on else loose(name)
    for at, name in enumerate(pump.BOLTS):
        world[f"{name} bolt"][Transform] = _bolt(at, name, "casing" in now.on, name in now.tight)
    x, y, z = places.PUMP
    world["coupling"][Transform] = Transform((x - 0.48, y, z), _about_x(now.turned * math.pi / 3))
    reading = f"{now.set_nm:g} N·m" if now.set_nm else "– N·m"
    world["wrench scale"][Text] = Text(reading, 0.03, INK, width=0.2)
    red = bool(now.warns_until)
    world["bench lamp"][Light] = Light(
        color="#ff4a38" if red else "#ffe2b0", intensity=6.0 if red else 2.2, reach=3.2
    )


def seat_of(part: str) -> Transform:
    """Return where a part sits once it is on."""
    x, y, z = places.PUMP
    return Transform((x + pump.SEATS[part], y, z))


def loose(name: str) -> Transform:
    """Return where a part lies before it is on: flat, but for the casing, which stands."""
    if name == "casing":
        return Transform(places.LOOSE_CASING)
    return Transform(places.LOOSE[name], _about_z(places.FLAT))


def _apart() -> dict[str, Any]:
    return {"on": (), "tight": (), "set_nm": 0.0, "warns_until": 0}


def _with(had: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return (*had, *(one for one in more if one not in had))


def _number(given: str, before: float) -> float:
    """Return what a dial was set to; anything else leaves the wrench as it was."""
    return float(given) if given and given.replace(".", "", 1).isdigit() else before


def _bolt(at: int, name: str, on: bool, tight: bool) -> Transform:
    if not on:
        x, y, z = places.BOLT_TRAY
        spot = (x - 0.045 + 0.03 * at, y + 0.022, z + 0.02 * (-1) ** at)
        return Transform(spot, _about_z(0.35 if at % 2 else -0.2))
    x, y, z = pump.bolt_seat(name)
    px, py, pz = places.PUMP
    out = pump.SEATS["casing"] + (0.0 if tight else 0.012)
    return Transform((px + x + out, py + y, pz + z))


def _fit_parts(world: World, bench: Entity) -> None:
    """Put the pump, its parts and the wrench on the bench."""
    world.spawn("pump", _baked("frame"), Pump(), parent=bench, at=places.PUMP)
    files = {
        "coupling": "coupling", "seal": "seal", "impeller": "impeller", "impeller nut": "nut",
        "gasket": "gasket", "casing": "casing", **{f"{name} bolt": "bolt" for name in pump.BOLTS},
    }  # fmt: skip
    for name, file in files.items():
        world.spawn(name, _baked(file), parent=bench, at=(0, 0, 0))
    world.spawn("old gasket", _baked("old-gasket"), loose("old gasket"),
                parent=bench)  # fmt: skip
    wrench = world.spawn("torque wrench", _baked("wrench"),
                         Transform(places.WRENCH, _about_y(0.05)), parent=bench)  # fmt: skip
    scale = Transform((0.2, 0.045, 0.0), _about_x(-0.6))
    world.spawn("wrench scale", Text("– N·m", 0.03, INK, width=0.2), scale, parent=wrench)
    x, y, z = places.WORK_LAMP
    world.spawn("bench lamp", Light(color="#ffe2b0", intensity=2.2, reach=3.2),
                at=(x, y - 0.1, z + 0.1), parent=bench)  # fmt: skip
    world.spawn("workshop name", Text("Pump workshop", 0.15, CREAM, width=1.6),
                at=(0.0, 2.2, 0.845), parent=bench)  # fmt: skip


def _hang_card(world: World, bench: Entity) -> None:
    """Hang the card with the torques beside the order of the parts on the board of tools."""
    face = places.WALL + 0.012
    at = Transform((0.1, 1.62, face), scale=(1.15, 1.15, 1.0))
    card = world.spawn("assembly card", Model("file:baked/plate.glb"), at, parent=bench)
    for number, (words, size, color, y) in enumerate(CARD):
        world.spawn(f"assembly line {number + 1}", Text(words, size, color, width=0.34),
                    at=(0.0, y, 0.014), parent=card)  # fmt: skip


def _baked(name: str) -> Model:
    return Model(f"file:baked/pump-{name}.glb")


def _about_x(angle: float) -> tuple[float, float, float, float]:
    return (math.sin(angle / 2), 0.0, 0.0, math.cos(angle / 2))


def _about_y(angle: float) -> tuple[float, float, float, float]:
    return (0.0, math.sin(angle / 2), 0.0, math.cos(angle / 2))


def _about_z(angle: float) -> tuple[float, float, float, float]:
    return (0.0, 0.0, math.sin(angle / 2), math.cos(angle / 2))
