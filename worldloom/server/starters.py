"""What a new world begins with: a few plain places, made of shapes alone so that all can change."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, Literal, get_args

from worldloom.kernel.components import Color, Light, Shape, Sky, Spawn, Transform
from worldloom.kernel.world import World

Starter = Literal["round", "meadow", "gallery", "empty"]


def furnish(world: World, starter: Starter = "round") -> None:
    """Declare what a new world has: a sky, a sun, a ground, a place to begin, and what is asked."""
    hour = 17.0 if starter == "gallery" else 15.0
    world.spawn("sky", Sky(hour=hour, clouds=0.4))
    world.spawn("sun", Light(kind="sun", intensity=2.0), at=(20.0, 40.0, 10.0))
    _MAKERS[starter](world)
    world.spawn("start", Spawn(radius=2.0), Transform((0.0, 0.0, 6.0)))


def _round(world: World) -> None:
    """A round of pale stone with a kerb."""
    ground = Shape("cylinder", (26.0, 0.3, 26.0), bevel=0.03)
    world.spawn("ground", ground, Color("#c0b5a3"), at=(0.0, -0.15, 0.0))
    for name, across, colour in (("kerb", 26.4, "#a39379"), ("ring", 13.0, "#b5654a")):
        round_it = Shape("torus", (across, 0.16, across), solid=False)
        world.spawn(name, round_it, Color(colour), at=(0.0, -0.045, 0.0))


def _meadow(world: World) -> None:
    """Grass with a path and a few trees around."""
    grass = Shape("cylinder", (60.0, 0.3, 60.0), bevel=0.03)
    world.spawn("ground", grass, Color("#8fa86b"), at=(0.0, -0.15, 0.0))
    path = Shape("box", (2.4, 0.06, 30.0), bevel=0.03)
    world.spawn("path", path, Color("#cdbb97"), at=(0.0, 0.0, 0.0))
    for number in range(9):
        # The golden angle scatters them without a pattern that one sees.
        angle, away = number * 2.39996, 9.0 + 1.7 * number
        x, z = away * math.cos(angle), away * math.sin(angle)
        if abs(x) < 3.0:
            x += 5.0
        tall = 3.4 + 0.5 * (number % 4)
        trunk = Shape("cylinder", (0.34, 1.6, 0.34))
        world.spawn(f"tree {number + 1}", trunk, Color("#7a5a3d"), at=(x, 0.8, z))
        crown = Shape("cone", (2.0 + 0.2 * (number % 3), tall, 2.2), bevel=0.06, solid=False)
        green = ("#5f8a4a", "#6d9650", "#4f7b46")[number % 3]
        world.spawn(f"crown {number + 1}", crown, Color(green), at=(x, 1.3 + tall / 2, z))


def _gallery(world: World) -> None:
    """A long room without a roof, with walls and plinths to put things on."""
    ground = Shape("box", (16.0, 0.3, 26.0), bevel=0.03)
    world.spawn("ground", ground, Color("#b9a58a"), at=(0.0, -0.15, 0.0))
    walls = (("west wall", (-8.0, 1.6, 0.0), (0.3, 3.2, 26.0)),
             ("east wall", (8.0, 1.6, 0.0), (0.3, 3.2, 26.0)),
             ("north wall", (0.0, 1.6, -13.0), (16.3, 3.2, 0.3)))  # fmt: skip
    for name, at, size in walls:
        world.spawn(name, Shape("box", size, bevel=0.03), Color("#f1ece2"), at=at)
    for number in range(6):
        side, row = (-1.0, 1.0)[number % 2], number // 2
        plinth, at = Shape("box", (0.9, 1.0, 0.9), bevel=0.03), (4.2 * side, 0.5, -9.0 + 6.5 * row)
        world.spawn(f"plinth {number + 1}", plinth, Color("#dcd5c8"), at=at)


def _empty(world: World) -> None:
    """A wide ground and nothing on it."""
    ground = Shape("box", (100.0, 0.3, 100.0))
    world.spawn("ground", ground, Color("#b8b6ae"), at=(0.0, -0.15, 0.0))


_MAKERS: Final[dict[Starter, Callable[[World], None]]] = {
    "round": _round, "meadow": _meadow, "gallery": _gallery, "empty": _empty,
}  # fmt: skip
STARTERS: Final[tuple[Starter, ...]] = get_args(Starter)
assert tuple(_MAKERS) == STARTERS
