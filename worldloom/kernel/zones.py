"""Zones in the world: which points a volume holds, and who may not come in."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldloom.kernel.limits import LIMITS
from worldloom.kernel.physical import Zone
from worldloom.kernel.rights import Deed, Standing, check, has_role
from worldloom.kernel.schema import decode
from worldloom.kernel.space import Pose, Vec, add, conjugate, length, subtract, turn, world_pose
from worldloom.kernel.state import State

ZONE: Final = Zone.__kind__.name
INSIDE: Final = "zones"
"""The presence of zones: entity → who and what is in it."""
_TINY: Final = 1e-9


class Volume:
    """A Zone as it lies in the world: a box, a ball or an upright cylinder of its own frame."""

    def __init__(self, zone: Zone, pose: Pose) -> None:
        self.kind = zone.kind
        self.role = zone.role
        self.pose = pose
        half = [abs(s * f) / 2 for s, f in zip(zone.size, pose.scale, strict=True)]
        self.half: Vec = (half[0], half[1], half[2])
        if zone.kind == "sphere":
            self.half = (max(half),) * 3
        elif zone.kind == "cylinder":
            self.half = (max(half[0], half[2]), half[1], max(half[0], half[2]))
        self.reach = length(self.half)
        """No point of it is farther from its middle, in metres."""
        x, y, z, w = pose.rotation
        self._back = np.array([
            [1 - 2 * (y * y + z * z), 2 * (x * y + z * w), 2 * (x * z - y * w)],
            [2 * (x * y - z * w), 1 - 2 * (x * x + z * z), 2 * (y * z + x * w)],
            [2 * (x * z + y * w), 2 * (y * z - x * w), 1 - 2 * (x * x + y * y)],
        ])  # fmt: skip
        self._middle = np.array(pose.position)

    def holds(self, points: NDArray[np.float64], margin: float = 0.0) -> NDArray[np.bool_]:
        """Tell of points (n, 3) whether they are inside, the volume grown by a margin in metres."""
        own = (points - self._middle) @ self._back.T
        half = np.array(self.half) + margin
        inside: NDArray[np.bool_]
        if self.kind == "box":
            inside = (np.abs(own) <= half).all(axis=1)
        elif self.kind == "sphere":
            inside = np.einsum("ij,ij->i", own, own) <= half[0] ** 2
        else:
            level = own[:, 0] ** 2 + own[:, 2] ** 2 <= half[0] ** 2
            inside = level & (np.abs(own[:, 1]) <= half[1])
        return inside

    def near(self, points: NDArray[np.float64], margin: float = 0.0) -> NDArray[np.bool_]:
        """Tell of points (n, 3) whether they may be inside: a quick look before `holds`."""
        found: NDArray[np.bool_] = np.abs(points - self._middle).max(axis=1) <= self.reach + margin
        return found

    def outside(self, point: Vec, margin: float = 0.0) -> Vec:
        """Return the nearest point at the side of it, at the same height of its own frame."""
        x, y, z = turn(conjugate(self.pose.rotation), subtract(point, self.pose.position))
        wide, _, deep = (half + margin for half in self.half)
        if self.kind == "box":
            gaps = (wide - abs(x), deep - abs(z))
            if gaps[0] <= gaps[1]:
                x = math.copysign(wide, x)
            else:
                z = math.copysign(deep, z)
        else:
            away = math.hypot(x, z)
            x, z = (x * wide / away, z * wide / away) if away > _TINY else (0.0, wide)
        return add(self.pose.position, turn(self.pose.rotation, (x, y, z)))


def volumes(state: State) -> Iterator[tuple[int, Volume]]:
    """Yield the zones of a world as they lie, the first by id."""
    for id in sorted(state.having.get(ZONE, ()))[: LIMITS.zones_max]:
        cell = state.entities[id].cells[ZONE]
        yield id, Volume(decode(Zone, cell.data, cell.version), world_pose(state, id))


def check_entry(state: State, who: Standing, place: Vec) -> None:
    """Raise NotAllowed where a place lies in a zone that someone may not enter."""
    point = np.array([place])
    for id, volume in volumes(state):
        if not has_role(who, volume.role) and volume.holds(point)[0]:
            name = state.entities[id].name
            check(who, Deed("go", said=f"entering {name}", guards=(volume.role,)))
