"""Solids: the chamfered box, turned shapes and the sphere. No raw edge: every corner is cut."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worldloom.studio.geometry.mesh import WHITE, Array, Mesh, grid_triangles, mesh, unit


def _box_template() -> tuple[NDArray[np.int64], Array, list[list[int]]]:
    """Three vertices a corner, each belonging to one face; faces, then edges, then corners."""
    axes: list[int] = []
    corners: list[tuple[int, ...]] = []
    index: dict[tuple[int, tuple[int, ...]], int] = {}
    for corner in product((-1, 1), repeat=3):
        for axis in range(3):
            index[axis, corner] = len(axes)
            axes.append(axis)
            corners.append(corner)

    def at(face: int, signs: dict[int, int]) -> int:
        return index[face, (signs[0], signs[1], signs[2])]

    triangles: list[list[int]] = []

    def quad(a: int, b: int, c: int, d: int) -> None:
        triangles.extend(([a, b, c], [a, c, d]))

    for face, sign in product(range(3), (-1, 1)):
        u, v = (axis for axis in range(3) if axis != face)
        turn = ((-1, -1), (1, -1), (1, 1), (-1, 1))
        quad(*(at(face, {face: sign, u: s, v: t}) for s, t in turn))
    for a, b in ((0, 1), (0, 2), (1, 2)):
        c = 3 - a - b
        for s, t in product((-1, 1), repeat=2):
            ends = ((a, -1), (a, 1), (b, 1), (b, -1))
            quad(*(at(face, {a: s, b: t, c: along}) for face, along in ends))
    for corner in product((-1, 1), repeat=3):
        triangles.append([index[axis, corner] for axis in range(3)])
    return np.array(axes), np.array(corners, float), triangles


_AXES, _CORNERS, _TRIANGLES = _box_template()
_ROWS = np.arange(24)


def box(
    width: float, height: float, depth: float, chamfer: float = 0.03, color: ArrayLike = WHITE
) -> Mesh:
    """Return a chamfered box: 24 vertices, 44 triangles, normals on the six faces."""
    cut = min(chamfer, width / 2.01, height / 2.01, depth / 2.01)
    half = np.array([width, height, depth]) / 2
    points = _CORNERS * (half - cut)
    points[_ROWS, _AXES] = (_CORNERS * half)[_ROWS, _AXES]
    normals = np.zeros((24, 3))
    normals[_ROWS, _AXES] = _CORNERS[_ROWS, _AXES]
    return mesh(points, normals, _TRIANGLES, color).oriented()


def plain_box(width: float, height: float, depth: float, color: ArrayLike = WHITE) -> Mesh:
    """Return a box of 12 triangles, for what is too small or too far to show its edges."""
    half = np.array([width, height, depth]) / 2
    normals = np.zeros((24, 3))
    normals[_ROWS, _AXES] = _CORNERS[_ROWS, _AXES]
    return mesh(_CORNERS * half, normals, _TRIANGLES[:12], color).oriented()


def bevel(line: ArrayLike, cut: float, closed: bool) -> tuple[Array, Array]:
    """Return points and normals of a 2D line whose corners are cut back by `cut` metres.

    At most 35 % of a segment is cut; normals stay on the segments, so only the cuts shade round.
    """
    points = np.asarray(line, float)
    count = len(points)
    places: list[Array] = []
    normals: list[Array] = []
    for i in range(count if closed else count - 1):
        a, b = points[i], points[(i + 1) % count]
        step = b - a
        length = float(np.hypot(*step))
        if length < 1e-9:
            continue
        step = step / length
        back = min(cut, length * 0.35)
        places.append(a + step * (back if closed or i > 0 else 0.0))
        places.append(b - step * (back if closed or i < count - 2 else 0.0))
        normals += [np.array([step[1], -step[0]])] * 2
    return np.array(places), np.array(normals)


def smooth_line(line: ArrayLike) -> tuple[Array, Array]:
    """Return points and normals of an open 2D line that shades as one curve."""
    points = np.asarray(line, float)
    along: Array = np.gradient(points, axis=0)
    normals = np.c_[along[:, 1], -along[:, 0]]
    return points, normals / (np.linalg.norm(normals, axis=1, keepdims=True) + 1e-12)


def lathe(
    profile: ArrayLike,
    sides: int = 32,
    chamfer: float = 0.02,
    color: ArrayLike = WHITE,
    smooth: bool = False,
    fluting: Callable[[Array], Array] | None = None,
) -> Mesh:
    """Return a profile of (radius, height) turned round +Y; `fluting` scales radius by angle."""
    line, across = smooth_line(profile) if smooth else bevel(profile, chamfer, closed=False)
    angle = np.linspace(0, 2 * np.pi, sides + 1)
    factor = np.ones(sides + 1) if fluting is None else fluting(angle)
    cos, sin = np.cos(angle), np.sin(angle)
    height = np.tile(line[:, 1], (sides + 1, 1))
    radius = line[:, 0]
    points = np.stack([np.outer(cos * factor, radius), height, np.outer(sin * factor, radius)], -1)
    up = np.tile(across[:, 1], (sides + 1, 1))
    normals = np.stack([np.outer(cos, across[:, 0]), up, np.outer(sin, across[:, 0])], -1)
    turned = mesh(points, normals.reshape(-1, 3), grid_triangles(sides + 1, len(line)), color)
    return turned.oriented().cleaned()


def icosphere(level: int = 2) -> Mesh:
    """Return a unit sphere of 20·4^level even triangles."""
    t = (1 + 5**0.5) / 2
    rows = [
        (-1, t, 0), (1, t, 0), (-1, -t, 0), (1, -t, 0), (0, -1, t), (0, 1, t),
        (0, -1, -t), (0, 1, -t), (t, 0, -1), (t, 0, 1), (-t, 0, -1), (-t, 0, 1),
    ]  # fmt: skip
    faces = [
        (0, 11, 5), (0, 5, 1), (0, 1, 7), (0, 7, 10), (0, 10, 11), (1, 5, 9), (5, 11, 4),
        (11, 10, 2), (10, 7, 6), (7, 1, 8), (3, 9, 4), (3, 4, 2), (3, 2, 6), (3, 6, 8),
        (3, 8, 9), (4, 9, 5), (2, 4, 11), (6, 2, 10), (8, 6, 7), (9, 8, 1),
    ]  # fmt: skip
    points = unit(np.array(rows, float))
    triangles = np.array(faces, np.int64)
    for _ in range(level):
        edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
        pairs, inverse = np.unique(np.sort(edges, axis=1), axis=0, return_inverse=True)
        middle = inverse.ravel() + len(points)
        points = np.concatenate([points, unit(points[pairs].sum(1))])
        ab, bc, ca = middle.reshape(3, -1)
        a, b, c = triangles.T
        parts = (np.c_[a, ab, ca], np.c_[b, bc, ab], np.c_[c, ca, bc], np.c_[ab, bc, ca])
        triangles = np.concatenate(parts)
    return mesh(points, points, triangles)
