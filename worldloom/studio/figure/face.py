"""The head: sculpted as one solid, with more points where there is more to see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from worldloom.studio.figure.flesh import carve, ellipsoid, melt, rod, slope
from worldloom.studio.figure.rig import EYE, HEAD
from worldloom.studio.geometry.mesh import Array, Mesh, unit
from worldloom.studio.geometry.solids import icosphere

EYE_LOCAL: Final = EYE - HEAD
BALL_M: Final = 0.0188
"""The radius of an eyeball."""


@dataclass(frozen=True, slots=True)
class Face:
    """How one face differs from the plainest; factors of size, or metres."""

    jaw: float = 1.0
    chin: float = 1.0
    cheek: float = 1.0
    long: float = 0.0
    nose: float = 1.0
    lips: float = 1.0
    brow: float = 1.0
    eye_tilt: float = 0.0
    eye_open: float = 1.0
    wide: float = 1.0


FACES: Final = {
    "oval": Face(),
    "round": Face(jaw=1.12, cheek=1.18, long=-0.006, nose=0.92, lips=1.05, eye_open=1.08, chin=0.9),
    "square": Face(jaw=1.22, chin=1.2, cheek=0.92, nose=1.08, lips=0.92, brow=1.35, eye_open=0.92),
    "heart": Face(jaw=0.86, chin=0.86, cheek=1.12, nose=0.88, lips=1.12, brow=0.75, eye_tilt=0.10),
    "long": Face(jaw=0.98, long=0.009, cheek=0.9, nose=1.12, lips=1.0, brow=1.1),
    "soft": Face(jaw=1.06, cheek=1.06, nose=1.0, lips=1.16, brow=0.85, eye_open=1.0, wide=1.03),
}


def mouth_of(face: Face) -> float:
    """Return the height of the mouth over the middle of the head."""
    return -0.0700 - face.long * 0.8


def solid(face: Face, sockets: bool = True) -> Callable[[Array], Array]:
    """Return the distance from a head, of points relative to its middle; with its eye sockets."""

    def distance(points: Array) -> Array:
        p = points / np.array([face.wide, 1.0, 1.0])
        x = np.abs(p[:, 0])
        q = np.c_[x, p[:, 1:]]  # both halves are one
        low = face.long
        skull = melt(
            [
                ellipsoid(q, (0, 0.030, -0.016), (0.0850, 0.100, 0.0990)),
                ellipsoid(q, (0, 0.044, 0.014), (0.0790, 0.080, 0.0740)),
                ellipsoid(q, (0, -0.026, 0.022), (0.0690, 0.084, 0.0690)),
                ellipsoid(q, (0, -0.072 - low, 0.022), (0.0590 * face.jaw, 0.039, 0.0520)),
            ],
            0.030,
        )
        head = melt(
            [
                skull,
                ellipsoid(q, (0.038, -0.036, 0.058), np.array([0.028, 0.026, 0.024]) * face.cheek),
                rod(q, (0, 0.021, 0.0745), (0.046, 0.019, 0.060), 0.0130 * face.brow, 0.0110),
                ellipsoid(q, (0, -0.104 - low, 0.060), np.array([0.022, 0.018, 0.018]) * face.chin),
            ],
            0.018,
        )
        if sockets:
            tool = ellipsoid(q, EYE_LOCAL + [0.0012, 0.0, 0.008], (0.0178, 0.0132, 0.0210))
            head = carve(head, tool, 0.003)
        n = face.nose
        nose = melt(
            [
                rod(q, (0, 0.010, 0.0835), (0, -0.030, 0.1010), 0.0068 * n, 0.0100 * n),
                ellipsoid(q, (0, -0.0345, 0.1010), np.array([0.0120, 0.0105, 0.0105]) * n),
                ellipsoid(q, (0.0105 * n, -0.0372, 0.0930), np.array([0.0075, 0.0070, 0.0085]) * n),
            ],
            0.007,
        )
        head = melt([head, nose], 0.010)
        muzzle = ellipsoid(q, (0, mouth_of(face), 0.060), (0.030, 0.026, 0.0265))
        head = melt([head, muzzle], 0.016)
        return head

    return distance


def refined(ball: Mesh, size: Callable[[Array], Array]) -> Mesh:
    """Split edges of a unit ball until none is longer than `size` of its middle; no seams open."""
    points, triangles = ball.positions, ball.triangles
    for _ in range(6):
        edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
        pairs, inverse = np.unique(np.sort(edges, axis=1), axis=0, return_inverse=True)
        middle = unit(points[pairs].sum(1))
        length = np.linalg.norm(points[pairs[:, 0]] - points[pairs[:, 1]], axis=1)
        split = length > size(middle)
        if not split.any():
            break
        number = np.full(len(pairs), -1)
        number[split] = len(points) + np.arange(int(split.sum()))
        points = np.concatenate([points, middle[split]])
        cut = number[inverse.ravel()].reshape(3, -1).T
        triangles = np.array(
            [
                t
                for corners, marks in zip(triangles, cut, strict=True)
                for t in _split(corners, marks)
            ]
        )
    return Mesh(points, points, triangles, np.ones_like(points))


def _split(corners: Array, marks: Array) -> list[tuple[int, int, int]]:
    """Return what becomes of a triangle whose edges have new middles (-1: none)."""
    a, b, c = (int(corner) for corner in corners)
    ab, bc, ca = (int(mark) for mark in marks)
    for _ in range(3):
        if ab >= 0 and bc >= 0 and ca >= 0:
            return [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
        if ab >= 0 and bc >= 0:
            return [(ab, b, bc), (a, ab, c), (ab, bc, c)]
        if ab >= 0 and ca < 0 and bc < 0:
            return [(a, ab, c), (ab, b, c)]
        a, b, c, ab, bc, ca = b, c, a, bc, ca, ab
    return [(a, b, c)]


def _size(ways: Array) -> Array:
    """How long an edge may be, on the unit ball, by where it looks."""
    p = ways * 0.095
    x, y = np.abs(p[:, 0]), p[:, 1]
    front = ways[:, 2]
    found = np.where(front > 0.25, 0.27, 0.31)
    face = (front > 0.45) & (y < 0.045) & (y > -0.092)
    found = np.where(face, 0.19, found)
    eye = np.hypot((x - 0.034) / 1.25, y + 0.010) < 0.024
    nose = (x < 0.019) & (y < 0.012) & (y > -0.047)
    found = np.where((front > 0.3) & (eye | nose), 0.115, found)
    corner = np.hypot(x - 0.0155, (y + 0.012) / 1.3) < 0.0075
    return np.where((front > 0.3) & corner, 0.075, found)


def _reach(distance: Callable[[Array], Array], ways: Array) -> Array:
    """How far the surface is from the middle in each direction, by bisection."""
    low, high = np.full(len(ways), 0.02), np.full(len(ways), 0.17)
    for _ in range(20):
        middle = (low + high) / 2
        inside = distance(ways * middle[:, None]) < 0
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    return low


def head(face: Face) -> Mesh:
    """Return the head's skin with lips and cheeks painted, in its place."""
    distance = solid(face)
    ball = refined(icosphere(1), _size)
    points = ball.positions * _reach(distance, ball.positions)[:, None]
    shape = replace(ball, positions=points).smoothed()
    shape = shape.with_normals(0.35 * shape.normals + 0.65 * slope(distance, points))
    return shape.painted(_paint(points, face)).moved(*HEAD)


def _paint(p: Array, face: Face) -> Array:
    """What the face's parts add to the skin's colour: lips, blush, shade under nose and brows."""
    x, y, front = np.abs(p[:, 0]), p[:, 1], p[:, 2] > 0.03

    def spot(cx: float, cy: float, rx: float, ry: float) -> Array:
        return np.asarray(np.exp(-(((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2)) * front)[:, None]

    tint = np.ones((len(p), 3))
    tint -= spot(0.048, -0.040, 0.020, 0.015) * [0.00, 0.13, 0.13]
    tint -= spot(0.0, -0.036, 0.013, 0.010) * [0.00, 0.08, 0.09]
    tint -= spot(0.033, 0.004, 0.022, 0.008) * [0.05, 0.09, 0.09]
    tint -= spot(0.0060, -0.0445, 0.0028, 0.0020) * [0.35, 0.35, 0.32]
    return np.clip(tint, 0.03, 1)
