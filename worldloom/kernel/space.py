"""Where things are in the world: poses along parents, and turns as quaternions.

Metres, +Y up, right-handed; quaternions are (x, y, z, w). A pose under parents that are stretched
unevenly is exact in place and only near in turn, as such a parent shears what is under it.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from worldloom.kernel.cells import EntityState
from worldloom.kernel.components import Transform
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.schema import decode
from worldloom.kernel.state import State

Vec = tuple[float, float, float]
Quat = tuple[float, float, float, float]

NO_TURN: Final[Quat] = (0.0, 0.0, 0.0, 1.0)
_TINY: Final = 1e-9


class Pose(NamedTuple):
    """A place in metres, a turn, and factors along the own axes."""

    position: Vec = (0.0, 0.0, 0.0)
    rotation: Quat = NO_TURN
    scale: Vec = (1.0, 1.0, 1.0)

    def place(self, point: Vec) -> Vec:
        """Return where a point of this frame is outside of it."""
        x, y, z = (a * b for a, b in zip(point, self.scale, strict=True))
        return add(self.position, turn(self.rotation, (x, y, z)))

    def under(self, child: Pose) -> Pose:
        """Return the outer pose of a pose in this frame."""
        x, y, z = (a * b for a, b in zip(child.scale, self.scale, strict=True))
        rotation = multiply(self.rotation, child.rotation)
        return Pose(self.place(child.position), rotation, (x, y, z))

    def seen(self, outer: Pose) -> Pose:
        """Return an outer pose as this frame has it; what is flat in this frame stays flat."""
        back = conjugate(self.rotation)
        way = turn(back, subtract(outer.position, self.position))
        x, y, z = (a / b if abs(b) > _TINY else 0.0 for a, b in zip(way, self.scale, strict=True))
        i, j, k = (
            a / b if abs(b) > _TINY else 1.0 for a, b in zip(outer.scale, self.scale, strict=True)
        )
        return Pose((x, y, z), multiply(back, outer.rotation), (i, j, k))


def add(a: Vec, b: Vec) -> Vec:
    """Add two vectors."""
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2])


def subtract(a: Vec, b: Vec) -> Vec:
    """Subtract the second vector from the first."""
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2])


def length(a: Vec) -> float:
    """Return a vector's length."""
    return math.hypot(*a)  # the squares of very small numbers would be lost


def shorten(a: Vec, most: float) -> Vec:
    """Return the vector, cut to a length."""
    size = length(a)
    share = 1.0 if size <= most or size == 0 else most / size
    return (a[0] * share, a[1] * share, a[2] * share)


def multiply(a: Quat, b: Quat) -> Quat:
    """Return the turn b, then a."""
    ax, ay, az, aw = a
    bx, by, bz, bw = b
    return (
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
        aw * bw - ax * bx - ay * by - az * bz,
    )


def conjugate(q: Quat) -> Quat:
    """Return the turn back."""
    return (-q[0], -q[1], -q[2], q[3])


def unit(q: Quat) -> Quat:
    """Return the quaternion at length 1; one without a direction turns nothing."""
    size = math.sqrt(sum(part * part for part in q))
    if not size > _TINY or not math.isfinite(size):
        return NO_TURN
    return (q[0] / size, q[1] / size, q[2] / size, q[3] / size)


def turn(q: Quat, v: Vec) -> Vec:
    """Turn a vector."""
    x, y, z, w = q
    tx, ty, tz = 2 * (y * v[2] - z * v[1]), 2 * (z * v[0] - x * v[2]), 2 * (x * v[1] - y * v[0])
    return (
        v[0] + w * tx + y * tz - z * ty,
        v[1] + w * ty + z * tx - x * tz,
        v[2] + w * tz + x * ty - y * tx,
    )


def upright(yaw: float) -> Quat:
    """Return the turn round +Y by radians."""
    return (0.0, math.sin(yaw / 2), 0.0, math.cos(yaw / 2))


def yaw_of(q: Quat) -> float:
    """Return the heading to which a turn brings +Z: 0 for +Z, counter-clockwise from above."""
    x, _, z = turn(q, (0.0, 0.0, 1.0))
    return math.atan2(x, z)


def angle_between(a: Quat, b: Quat) -> float:
    """Return by how many radians two turns differ."""
    dot = abs(sum(p * q for p, q in zip(a, b, strict=True)))
    return 2 * math.acos(min(1.0, dot))


def transform_of(entity: EntityState) -> Transform:
    """Return an entity's Transform as stored, or the default."""
    cell = entity.cells.get(Transform.__kind__.name)
    return Transform() if cell is None else decode(Transform, cell.data, cell.version)


def own_pose(entity: EntityState) -> Pose:
    """Return an entity's pose under its parent."""
    value = transform_of(entity)
    return Pose(value.position, unit(value.rotation), value.scale)


def world_pose(state: State, id: int) -> Pose:
    """Return an entity's pose in the world; an unknown id is at the origin."""
    chain: list[Pose] = []
    entity = state.entities.get(id)
    while entity is not None and len(chain) <= LIMITS.entity_depth_max:
        chain.append(own_pose(entity))
        entity = None if entity.parent is None else state.entities.get(entity.parent)
    pose = Pose()
    for one in reversed(chain):
        pose = pose.under(one)
    return pose
