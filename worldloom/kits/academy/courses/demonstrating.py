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
from worldloom.kits.academy.courses.limits import COURSE_LIMITS as LIMITS
from worldloom.kits.academy.courses.run import SECOND_US, Run
from worldloom.kits.academy.instructors import Instructors

Point = tuple[float, float, float]
Sample = tuple[float, float, float, float]
"""Seconds from the start, and the place of the feet in metres."""
Name = Annotated[str, Meta(max_length=80)]
HALF: Final = 0.85
"""Half a figure's height: its shape hangs about its middle."""
REST: Final = 1.5
"""Seconds that the figure stands at the end before it begins anew."""
UNDERWAY: Final = "academy.demonstrating"
"""Where presence has what is being recorded."""


class Demonstration(Component, name="academy.Demonstration"):
    """A way that someone walked to show how: (seconds, x, y, z), metres."""

    path: tuple[Sample, ...] = ()


class Demonstrated(Event, name="academy.Demonstrated"):
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


def figure(world: World, name: str, shown: Demonstration) -> Entity:
    """Put the figure of a demonstration into a world, where its way begins."""
    x, y, z = shown.path[0][1:] if shown.path else (0.0, 0.0, 0.0)
    shape = Shape("capsule", (0.5, 2 * HALF, 0.5), solid=False)
    return world.spawn(name, shape, Color("#9fd3ff", opacity=0.5, glow=0.25), shown,
                       at=(x, y + HALF, z))  # fmt: skip


def move(entity: Entity, run: Run, now: int) -> None:
    """Show a learner's demonstration as far as it has come; nothing of it is kept."""
    path = entity[Demonstration].path
    if path:
        x, y, z = place_at(path, max(0, now - run.asked) / SECOND_US)
        entity.show(Transform((x, y + HALF, z)))


def add_recording(world: World, names: Sequence[str], instructors: Instructors) -> None:
    """Give a world the action by which an instructor records a demonstration anew."""

    @world.action(role=instructors.needs)
    def record_demonstration(visitor: Visitor, demonstration: Name) -> str:
        """Begin to record where you walk; asked again, it ends and is what learners see."""
        instructors.check(visitor)
        if demonstration not in names or demonstration not in world:
            raise NotFound(f"no course shows {demonstration!r}", f"there are {', '.join(names)}")
        now = world.presence.get(UNDERWAY)
        if now is None:
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
        now = world.presence.get(UNDERWAY)
        if now is None or len(now.samples) >= LIMITS.samples_max:
            return
        here = next((one for one in world.visitors if one.account == now.account), None)
        if here is not None and here.position is not None:
            x, y, z = (round(float(part), 3) for part in here.position)
            now.samples.append((round((world.now - now.start) / SECOND_US, 2), x, y, z))
