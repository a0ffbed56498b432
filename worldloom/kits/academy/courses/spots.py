"""Where groups of a class work apart: rings of chalk on the yard's meadow, each with its number."""

from __future__ import annotations

import math
from typing import Final

from worldloom import Path, Text, World
from worldloom.kits.academy.scene import places

RADIUS_M: Final = 1.9
POINTS: Final = 28
SIGN_M: Final = 2.3
"""How high over the grass the number stands."""
CHALK, CREAM = "#f4f7ee", "#fff4dc"


def spots() -> list[str]:
    """Return their names, in the order in which groups are sent there."""
    return [f"group {number}" for number, _ in enumerate(places.SPOTS, 1)]


def mark_spots(world: World) -> None:
    """Set a ring and a number on the meadow for each group."""
    turns = [2 * math.pi * k / POINTS for k in range(POINTS)]
    rim = tuple((RADIUS_M * math.sin(turn), 0.0, RADIUS_M * math.cos(turn)) for turn in turns)
    for name, place in zip(spots(), places.SPOTS, strict=True):
        ring = world.spawn(name, Path(rim, width=0.09, color=CHALK, closed=True), at=place)
        world.spawn(f"{name}: sign", Text(name.capitalize(), 0.28, CREAM, billboard=True),
                    at=(0.0, SIGN_M, 0.0), parent=ring)  # fmt: skip
