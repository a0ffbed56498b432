"""The form of things for physics: what a Shape, a Body or a model is to those that bump into it."""

from __future__ import annotations

import math
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from worldloom.kernel.components import Shape
from worldloom.kernel.physical import Body
from worldloom.kernel.space import Pose, Vec

Kind = Literal["box", "sphere", "cylinder", "cone", "capsule", "hull", "mesh", "parts"]
Points = NDArray[np.float32]
Faces = NDArray[np.uint32]

THIN_M: Final = 0.02
"""How thick a sheet is for what falls on it, in metres; its upper side stays where it is."""
SMALLEST_M: Final = 0.005
"""No form is thinner than this along any axis, in metres: physics needs a middle."""
RING_PARTS: Final = 12
ROUND: Final = 12
"""Corners of a round form that is stretched unevenly."""


class Form(NamedTuple):
    """A form about its own middle, and where that lies in the entity's frame."""

    kind: Kind
    half: Vec = (0.5, 0.5, 0.5)
    """Half its size along each axis, in metres; a round one has equal halves across."""
    at: Pose = Pose()
    points: Points | None = None
    faces: Faces | None = None
    parts: tuple[Form, ...] = ()

    @property
    def reach(self) -> float:
        """No point of it is farther from the entity's origin than this, in metres."""
        x, y, z = self.at.position
        return math.hypot(x, y, z) + math.hypot(*self.half)


def form_of(shape: Shape | None, body: Body | None, scale: Vec) -> Form | None:
    """Return the form of an entity that has a Shape, or a Body that says its own; else None."""
    if body is not None and body.form != "own":
        return solid(body.form, body.size, scale)
    if shape is not None:
        return solid(shape.kind, shape.size, scale)
    return None


def solid(kind: str, size: Vec, scale: Vec) -> Form:
    """Return the form of a simple solid of a size in metres under factors."""
    x, y, z = (abs(a * b) / 2 for a, b in zip(size, scale, strict=True))
    if kind == "plane":
        half = (max(x, SMALLEST_M), THIN_M / 2, max(z, SMALLEST_M))
        return Form("box", half, Pose((0.0, -THIN_M / 2, 0.0)))
    x, y, z = (max(half, SMALLEST_M) for half in (x, y, z))
    if kind == "torus":
        return _ring(x, y, z)
    even = _alike(x, z) and (kind != "sphere" or _alike(x, y))
    if kind == "box" or even and kind != "capsule":
        return Form("box" if kind == "box" else kind, (x, y, z))  # type: ignore[arg-type]
    if even:
        # A capsule no higher than it is wide is a ball.
        return Form("capsule", (x, y, z)) if y > x * 1.001 else Form("sphere", (x, x, x))
    return Form("hull", (x, y, z), points=_round_points(kind, x, y, z))


def _alike(a: float, b: float) -> bool:
    return abs(a - b) <= 1e-3 * max(a, b)


def _round_points(kind: str, x: float, y: float, z: float) -> Points:
    """Return the corners of a round solid of these halves."""
    turns = np.arange(ROUND) * math.tau / ROUND
    ring = np.stack((np.cos(turns) * x, np.zeros(ROUND), np.sin(turns) * z), axis=1)
    if kind == "cylinder":
        rows = [ring + (0, -y, 0), ring + (0, y, 0)]
    elif kind == "cone":
        rows = [ring + (0, -y, 0), np.array([[0, y, 0]])]
    else:
        heights = np.linspace(-1, 1, 7)
        rows = [ring * math.sqrt(max(0.0, 1 - h * h)) + (0, h * y, 0) for h in heights]
    return np.concatenate(rows).astype(np.float32)


def _ring(x: float, y: float, z: float) -> Form:
    """Return a lying ring as capsules end to end, so that things fit through it."""
    wide, deep, thick = max(x - y, SMALLEST_M), max(z - y, SMALLEST_M), y
    parts = []
    for part in range(RING_PARTS):
        a, b = (math.tau * (part + end) / RING_PARTS for end in (0, 1))
        ends = [(math.cos(t) * wide, math.sin(t) * deep) for t in (a, b)]
        (ax, az), (bx, bz) = ends
        way = math.hypot(bx - ax, bz - az)
        # A capsule stands along +Y: laid down along the chord.
        yaw = math.atan2(bx - ax, bz - az)
        tilt = (math.sin(math.pi / 4), 0.0, 0.0, math.cos(math.pi / 4))
        lay = Pose((0.0, 0.0, 0.0), (0.0, math.sin(yaw / 2), 0.0, math.cos(yaw / 2)))
        turned = lay.under(Pose((0.0, 0.0, 0.0), tilt))
        at = Pose(((ax + bx) / 2, 0.0, (az + bz) / 2), turned.rotation)
        parts.append(Form("capsule", (thick, way / 2 + thick, thick), at))
    return Form("parts", (x, y, z), parts=tuple(parts))


def mesh(points: Points, faces: Faces) -> Form:
    """Return solid triangles (n, 3) over points (m, 3) in metres: they never move."""
    half = np.abs(points).max(axis=0).tolist() if len(points) else [SMALLEST_M] * 3
    return Form("mesh", (half[0], half[1], half[2]), points=points, faces=faces)
