"""Sweeps: outlines drawn along paths, extruded plates, tubes and lofted limbs."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from worldloom.studio.geometry.mesh import WHITE, Array, Mesh, grid_triangles, merge, mesh, unit
from worldloom.studio.geometry.outlines import area, fill, inset, polygon
from worldloom.studio.geometry.solids import bevel


def _section(outline: ArrayLike, chamfer: float, smooth: bool) -> tuple[Array, Array]:
    points = np.asarray(outline, float)
    if smooth:
        along = np.roll(points, -1, 0) - np.roll(points, 1, 0)
        across = np.c_[along[:, 1], -along[:, 0]]
        across /= np.linalg.norm(across, axis=1, keepdims=True)
    else:
        points, across = bevel(points, chamfer, closed=True)
    return np.concatenate([points, points[:1]]), np.concatenate([across, across[:1]])


def sweep(
    outline: ArrayLike,
    path: ArrayLike,
    up: ArrayLike = (0, 1, 0),
    chamfer: float = 0.02,
    color: ArrayLike = WHITE,
    closed: bool = False,
    caps: bool = True,
    scale: ArrayLike | None = None,
    smooth: bool = False,
) -> Mesh:
    """Return a closed outline (x = side, y = up) drawn along a 3D path; `scale` is one a point."""
    line = np.asarray(path, float)
    count = len(line)
    section, across = _section(outline, chamfer, smooth)
    ahead = np.roll(line, -1, 0) - np.roll(line, 1, 0) if closed else np.gradient(line, axis=0)
    ahead = unit(ahead)
    side = unit(np.cross(ahead, np.broadcast_to(np.asarray(up, float), (count, 3))))
    top = np.cross(side, ahead)
    sizes = np.broadcast_to(np.asarray(1.0 if scale is None else scale, float), (count,))
    sx, sy = section[None, :, :1], section[None, :, 1:]
    points = line[:, None] + (side[:, None] * sx + top[:, None] * sy) * sizes[:, None, None]
    normals = side[:, None] * across[None, :, :1] + top[:, None] * across[None, :, 1:]
    triangles = grid_triangles(count, len(section), closed)
    parts = [mesh(points, normals.reshape(-1, 3), triangles, color).oriented()]
    if caps and not closed:
        faces = fill(section[:-1])
        for end, sign in ((0, -1), (count - 1, 1)):
            parts.append(mesh(points[end, :-1], ahead[end] * sign, faces, color).oriented())
    return merge(parts).cleaned()


def tube(path: ArrayLike, radii: ArrayLike, sides: int = 7, color: ArrayLike = WHITE) -> Mesh:
    """Return a round tube along a path with one radius a point."""
    return sweep(
        polygon(1, sides), path, up=(0.13, 0.2, 0.97), smooth=True, scale=radii, color=color
    )


def extrude(
    outline: ArrayLike,
    depth: float,
    chamfer: float = 0.02,
    color: ArrayLike = WHITE,
    smooth: bool = False,
) -> Mesh:
    """Return an outline in XY made `depth` metres thick along Z, with both rims chamfered."""
    p = np.asarray(outline, float)
    if area(p) < 0:
        p = p[::-1]
    cut, half, count = min(chamfer, depth * 0.45), depth / 2, len(p)
    inner = inset(p, cut)
    faces = fill(inner)
    parts = []
    for sign in (1, -1):
        points = np.c_[inner, np.full(count, sign * half)]
        parts.append(mesh(points, (0, 0, sign), faces, color).oriented())
    edge = np.roll(p, -1, 0) - p
    edge /= np.linalg.norm(edge, axis=1, keepdims=True)
    first = last = np.c_[edge[:, 1], -edge[:, 0], np.zeros(count)]
    if smooth:
        first = unit(first + np.roll(first, 1, 0))
        last = np.roll(first, -1, 0)
    front = np.broadcast_to([0.0, 0.0, 1.0], (count, 3))
    rows = (
        (inner, half, front, front),
        (p, half - cut, first, last),
        (p, cut - half, first, last),
        (inner, -half, -front, -front),
    )
    points = np.stack([_pair(np.c_[ring, np.full(count, z)]) for ring, z, _, _ in rows], 1)
    normals = np.stack([np.stack([a, b], 1) for _, _, a, b in rows], 1)
    base = np.arange(count) * 8
    triangles = []
    for k in (0, 2, 4):
        triangles += [np.c_[base + k, base + k + 1, base + k + 3]]
        triangles += [np.c_[base + k, base + k + 3, base + k + 2]]
    rim = mesh(points, normals.reshape(-1, 3), np.concatenate(triangles), color)
    return merge([*parts, rim.oriented()]).cleaned()


def _pair(ring: Array) -> Array:
    """Each point with its follower: (n, 2, 3)."""
    return np.stack([ring, np.roll(ring, -1, 0)], 1)


def loft(rings: ArrayLike, sides: int = 12, power: float = 2.3, color: ArrayLike = WHITE) -> Mesh:
    """Return a closed tube through level rings (x, y, z, radius x, radius z) of superellipses."""
    rows = np.asarray(rings, float)
    angle = np.arange(sides) / sides * 2 * np.pi
    cos, sin = np.cos(angle), np.sin(angle)
    sx, sz = np.sign(cos) * np.abs(cos) ** (2 / power), np.sign(sin) * np.abs(sin) ** (2 / power)
    offset = np.stack([rows[:, 3:4] * sx, rows[:, 3:4] * 0 * sx, rows[:, 4:5] * sz], -1)
    points = (rows[:, None, :3] + offset).reshape(-1, 3)
    i, j = np.meshgrid(np.arange(len(rows) - 1), np.arange(sides), indexing="ij")
    a, b = (i * sides + j).ravel(), (i * sides + (j + 1) % sides).ravel()
    k = np.arange(sides)
    last = (len(rows) - 1) * sides
    end = len(points)
    triangles = np.concatenate([
        np.c_[a, b, b + sides], np.c_[a, b + sides, a + sides],
        np.c_[k, (k + 1) % sides, np.full(sides, end)],
        np.c_[last + k, last + (k + 1) % sides, np.full(sides, end + 1)],
    ])  # fmt: skip
    down = np.sign(rows[0, 1] - rows[-1, 1]) or 1.0
    outward = np.concatenate([
        points - np.repeat(rows[:, :3], sides, 0) + 1e-6, [[0, down, 0], [0, -down, 0]]
    ])  # fmt: skip
    points = np.concatenate([points, rows[:1, :3], rows[-1:, :3]])
    return mesh(points, outward, triangles, color).oriented().smoothed().cleaned()
