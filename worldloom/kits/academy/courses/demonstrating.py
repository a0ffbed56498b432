"""Demonstrations by replay: an instructor does it once, and a figure walks it before learners.

What is kept is a path without a name: where someone walked, not who. Between a start and its end
the path is presence alone, so a server that stops meanwhile has recorded nothing.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from typing import Annotated, Final

from msgspec import Meta, Struct

from worldloom import (
    Color,
    Component,
    Conflict,
    Entity,
    Event,
    NotFound,
    Shape,
    Transform,
    Visitor,
    World,
)
from worldloom.kernel.space import upright
from worldloom.kits.academy.courses.limits import COURSE_LIMITS as LIMITS
from worldloom.kits.academy.courses.run import SECOND_US, Run
from worldloom.kits.academy.instructors import Instructors

Point = tuple[float, float, float]
Sample = tuple[float, float, float, float]
"""Seconds from the start, and the place of the feet in metres."""
Name = Annotated[str, Meta(max_length=80)]
STRIDE_M: Final = 1.3
"""How far two steps carry."""
SWING: Final = 0.5
"""How far legs swing at a walk, in radians."""
PARTS: Final = {
    "head": (Shape("sphere", (0.23, 0.27, 0.24), solid=False), (0.0, 1.6, 0.0)),
    "brow": (Shape("box", (0.15, 0.05, 0.05), solid=False), (0.0, 1.63, -0.11)),
    "body": (Shape("capsule", (0.36, 0.68, 0.26), solid=False), (0.0, 1.13, 0.0)),
}  # fmt: skip
"""Part → its shape, and where it is from the feet: the brow shows where it faces."""
LIMBS: Final = {
    "left leg": ((0.15, 0.86, 0.16), (-0.1, 0.86, 0.0), 1),
    "right leg": ((0.15, 0.86, 0.16), (0.1, 0.86, 0.0), -1),
    "left arm": ((0.11, 0.62, 0.12), (-0.25, 1.38, 0.0), -1),
    "right arm": ((0.11, 0.62, 0.12), (0.25, 1.38, 0.0), 1),
}  # fmt: skip
"""Limb → its size, its joint from the feet, and whether it swings ahead first (1) or back (-1)."""
REST: Final = 1.5
"""Seconds that the figure stands at the end before it begins anew."""
UNDERWAY: Final = "academy.demonstrating"
"""Where presence has what is being recorded."""


class Demonstration(Component, name="academy.Demonstration", private=True):
    """A way that someone walked to show how: (seconds, x, y, z), metres."""

    path: tuple[Sample, ...] = ()


class Demonstrated(Event, name="academy.Demonstrated", private=True):
    """A demonstration was recorded anew."""

    name: str
    seconds: float
    samples: int


class Recording(Struct):
    """What is being recorded: which demonstration, by whom, since when, and what so far."""

    name: str
    account: str
    start: int
    samples: list[Sample]


def walked(places: Sequence[Point], speed: float = 1.3, pause: float = 1.0) -> Demonstration:
    """Return the way from place to place at metres a second, with a pause (s) at each."""
    now, samples = 0.0, []
    for at, place in enumerate(places):
        if at:
            now += math.dist(places[at - 1], place) / speed
        samples.append((now, *place))
        now += pause
        samples.append((now, *place))
    return Demonstration(tuple(samples))


def place_at(path: Sequence[Sample], seconds: float) -> Point:
    """Return where the figure is at a moment of a path, which begins anew after its end."""
    length = path[-1][0] + REST
    now = seconds % length
    after = bisect.bisect_right([sample[0] for sample in path], now)
    if after in (0, len(path)):
        return path[min(after, len(path) - 1)][1:]
    (t0, *one), (t1, *other) = path[after - 1], path[after]
    share = (now - t0) / (t1 - t0) if t1 > t0 else 0.0
    x, y, z = (a + (b - a) * share for a, b in zip(one, other, strict=True))
    return (x, y, z)


def heading_at(path: Sequence[Sample], seconds: float) -> float:
    """Return where the figure faces: along its way, and as before where it stands; radians."""
    now = seconds % (path[-1][0] + REST)
    faced = 0.0
    for (_, *one), (start, *other) in zip(path, path[1:], strict=False):
        x, z = other[0] - one[0], other[2] - one[2]
        if math.hypot(x, z) > 1e-6:
            faced = math.atan2(-x, -z)
            if start >= now:
                break
    return faced


def swing_at(path: Sequence[Sample], seconds: float) -> float:
    """Return how far its left leg is ahead, in radians: none where it stands."""
    now = seconds % (path[-1][0] + REST)
    walked_m = moving = 0.0
    for (t0, *one), (t1, *other) in zip(path, path[1:], strict=False):
        step = math.dist(one, other)
        share = min(1.0, max(0.0, (now - t0) / (t1 - t0))) if t1 > t0 else 1.0
        walked_m += step * share
        if t0 <= now < t1:
            moving = min(1.0, step / (t1 - t0))
    return SWING * moving * math.sin(2 * math.pi * walked_m / STRIDE_M)


def figure(world: World, name: str, shown: Demonstration) -> Entity:
    """Put the figure of a demonstration into a world, where its way begins."""
    at = shown.path[0][1:] if shown.path else (0.0, 0.0, 0.0)
    turned = heading_at(shown.path, 0.0) if shown.path else 0.0
    made = world.spawn(name, shown, Transform(at, upright(turned)))
    color = Color("#9fd3ff", opacity=0.55, glow=0.25)
    for part, (shape, place) in PARTS.items():
        world.spawn(f"{name} {part}", shape, color, at=place, parent=made)
    for part, (size, _, _) in LIMBS.items():
        shape = Shape("capsule", size, solid=False)
        world.spawn(f"{name} {part}", shape, color, hung(part, 0.0), parent=made)
    return made


def hung(limb: str, swing: float) -> Transform:
    """Return where a limb hangs from its joint when the left leg is so far ahead, in radians."""
    (_, length, _), (x, y, z), first = LIMBS[limb]
    angle = first * swing
    down, ahead = math.cos(angle) * length / 2, math.sin(angle) * length / 2
    return Transform((x, y - down, z - ahead), (math.sin(angle / 2), 0.0, 0.0, math.cos(angle / 2)))


def move(entity: Entity, run: Run, now: int) -> None:
    """Show a learner's demonstration as far as it has come; nothing of it is kept."""
    path = entity[Demonstration].path
    if not path:
        return
    seconds = max(0, now - run.asked) / SECOND_US
    entity.show(Transform(place_at(path, seconds), upright(heading_at(path, seconds))))
    swing = swing_at(path, seconds)
    for child in entity.children:
        limb = child.name.removeprefix(f"{entity.name} ")
        if limb in LIMBS:
            child.show(hung(limb, swing))


def underway(world: World) -> Recording | None:
    """Return what is being recorded; a recording ends when who records leaves the world."""
    now: Recording | None = world.presence.get(UNDERWAY)
    if now is not None and not _is_here(world, now.account):
        del world.presence[UNDERWAY]
        return None
    return now


def _is_here(world: World, account: str) -> bool:
    return any(one.account == account for one in world.visitors)


def add_recording(world: World, names: Sequence[str], instructors: Instructors) -> None:
    """Give a world the action by which an instructor records a demonstration anew."""

    @world.action(role=instructors.needs)
    def record_demonstration(visitor: Visitor, demonstration: Name) -> str:
        """Begin to record where you walk; asked again, it ends and is what learners see."""
        instructors.check(visitor)
        if demonstration not in names or demonstration not in world:
            raise NotFound(f"no course shows {demonstration!r}", f"there are {', '.join(names)}")
        now = underway(world)
        if now is None:
            if not _is_here(world, visitor.account):
                raise Conflict("you are not in the world", "enter it, and walk")
            world.presence[UNDERWAY] = Recording(demonstration, visitor.account, world.now, [])
            return "Walk it now, and ask for the same when you are done."
        if now.account != visitor.account or now.name != demonstration:
            raise Conflict(f"{now.name} is being recorded", "wait until it is done")
        del world.presence[UNDERWAY]
        if len(now.samples) < 2:
            raise Conflict("nothing was walked", "begin again, and walk")
        world[demonstration][Demonstration] = Demonstration(tuple(now.samples))
        seconds = now.samples[-1][0]
        world.append(Demonstrated(demonstration, seconds, len(now.samples)))
        return f"{seconds:.0f} seconds are what learners see from now on."

    @world.every(0.2)
    def sample_the_way() -> None:
        """Note where who records is now, as long as the limit allows."""
        now = underway(world)
        if now is None or len(now.samples) >= LIMITS.samples_max:
            return
        here = next((one for one in world.visitors if one.account == now.account), None)
        stance = here.stance if here is not None else None
        if stance is not None:
            x, y, z = (round(part, 3) for part in stance.position)
            now.samples.append((round((world.now - now.start) / SECOND_US, 2), x, y, z))
