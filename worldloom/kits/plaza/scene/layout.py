"""Where things stand: ten sites at 36° steps round the fountain, and what must stay clear.

Angles are clockwise from north (−Z), radii in metres from the fountain.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from worldloom.studio.geometry.mesh import Array
from worldloom.studio.geometry.noise import noise

SITE_COUNT = 10
STEP = 2 * math.pi / SITE_COUNT
PAVING_START, PAVING_STOP, KERB_STOP = 5.6, 20.5, 21.0
SITE_RADIUS, HALL_RADIUS = 28.5, 37.0
SPAWN = (-2.9, 16.5)
VIEWPOINT = (-3.4, 20.5)
CLEAR_RADIUS = 3.0
HALL_BOX = (-13.0, -51.0, 13.0, -24.5)
LAKE_CENTRE, LAKE_RADII = (80.0, -18.0), (40.0, 58.0)


@dataclass(frozen=True, slots=True)
class Site:
    """A place for one kit: its name, its angle, and its centre in metres."""

    kit: str
    index: int

    @property
    def angle(self) -> float:
        """Clockwise from north, radians."""
        return self.index * STEP

    @property
    def radius(self) -> float:
        """Metres from the fountain."""
        return HALL_RADIUS if self.index == 0 else SITE_RADIUS

    @property
    def place(self) -> tuple[float, float]:
        """(x, z) in metres."""
        return around(self.radius, self.angle)


SITES = tuple(
    Site(kit, index)
    for index, kit in enumerate(
        (
            "heritage", "academy", "theatre", "city", "bank",
            "plaza", "mall", "workshop", "clinic", "factory",
        )
    )
)  # fmt: skip


def around(radius: float, angle: float) -> tuple[float, float]:
    """Return (x, z) at a radius and a clockwise angle from north."""
    return radius * math.sin(angle), -radius * math.cos(angle)


def facing(angle: float) -> float:
    """Return the turn round +Y that makes a thing at `angle` look to the fountain with its +Z."""
    return -angle


def height(x: Array, z: Array) -> Array:
    """Return the ground's height in metres: flat to 33 m, then rolling, sunk for the lake."""
    radius = np.hypot(x, z)
    rolling = noise(np.c_[x, 0 * x, z], 0.018, 3) * 3.2 * np.clip((radius - 38) / 50, 0, 1)
    rolling += np.clip((radius - 60) / 60, 0, 1) ** 2 * 4
    # Behind the hall the land stays flat, or grass would grow through its terrace.
    hall = np.clip(1 - np.maximum(np.abs(x) - 14, np.maximum(-52 - z, z + 24)) / 12, 0, 1)
    rolling *= 1 - hall
    cx, cz = LAKE_CENTRE
    lake = np.clip(1 - np.hypot((x - cx) / LAKE_RADII[0], (z - cz) / LAKE_RADII[1]), 0, 1)
    return np.asarray(rolling * (1 - np.clip(lake * 4, 0, 1)) - np.clip(lake * 3.2, 0, 1) * 2.2)


def ground(places: Array) -> Array:
    """Return places (n, 3) set on the ground beyond the flat middle."""
    level = height(places[:, 0], places[:, 2])
    far = np.hypot(places[:, 0], places[:, 2]) > 33
    out = places.copy()
    out[:, 1] += np.where(far, level, 0.0)
    return out


def is_clear(x: float, z: float, margin: float = 0.0) -> bool:
    """Return whether a thing `margin` metres wide leaves the spawn and the first view free."""
    free = all(math.hypot(x - px, z - pz) >= CLEAR_RADIUS + margin for px, pz in (SPAWN, VIEWPOINT))
    x0, z0, x1, z1 = HALL_BOX
    in_hall = x0 - margin < x < x1 + margin and z0 - margin < z < z1 + margin
    return free and not in_hall


def in_lake(x: float, z: float, shore: float = 1.08) -> bool:
    """Return whether a place lies in the lake or within its shore."""
    cx, cz = LAKE_CENTRE
    return math.hypot((x - cx) / LAKE_RADII[0], (z - cz) / LAKE_RADII[1]) < shore


def path_distance(x: float, z: float) -> float:
    """Return metres to the middle of the nearest of the ten paths."""
    angle = math.atan2(x, -z) % STEP
    return min(angle, STEP - angle) * math.hypot(x, z)


def scatter(
    rng: np.random.Generator,
    count: int,
    inner: float,
    outer: float,
    accept: Callable[[float, float], bool],
    tries: int = 60,
) -> list[tuple[float, float]]:
    """Return up to `count` places between two radii that `accept` takes."""
    found: list[tuple[float, float]] = []
    for _ in range(count * tries):
        if len(found) == count:
            break
        angle = rng.uniform(0, 2 * math.pi)
        radius = math.sqrt(rng.uniform(inner**2, outer**2))
        x, z = radius * math.cos(angle), radius * math.sin(angle)
        if accept(x, z):
            found.append((x, z))
    return found
