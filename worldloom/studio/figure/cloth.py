"""Cloth: sheets of rows and columns that are cut, sewn together and drawn onto the body.

A sheet is a grid of points; rows run along a limb or up the trunk, columns around. Sewing joins a
sleeve to the hole that is cut for it, so that a shoulder is one surface.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worldloom.studio.figure.flesh import Solid, slope, trunk
from worldloom.studio.figure.rig import REST
from worldloom.studio.geometry.mesh import Array, Mesh, mesh, unit

Indices = NDArray[np.int64]
AROUND = 20
"""Columns of a trunk: 0 is its left side, 5 its front, 10 its right, 15 its back."""
HOLE = (-2, 2)
"""The columns between which an arm leaves the trunk."""


@dataclass(frozen=True, slots=True)
class Cloth:
    """Points (n, 3) with quads or triangles, the slot of each face, and named border rings."""

    points: Array
    faces: list[tuple[int, ...]]
    slots: list[str]
    rings: dict[str, list[int]]

    def grown(self, points: ArrayLike) -> tuple[Cloth, int]:
        """Return the cloth with more points, and the index of the first of them."""
        return replace(self, points=np.r_[self.points, np.asarray(points, float)]), len(self.points)


def bridged(
    cloth: Cloth, ring: list[int], other: list[int], slot: str, closed: bool = True
) -> None:
    """Join two rings of equal length by quads."""
    count = len(ring)
    for k in range(count if closed else count - 1):
        m = (k + 1) % count
        cloth.faces.append((ring[k], ring[m], other[m], other[k]))
        cloth.slots.append(slot)


def ring_at(solid: Solid, height: float, around: int = AROUND, reach: float = 0.35) -> Array:
    """Return a level ring of points on a solid, found by bisection from its axis."""
    angle = np.arange(around) / around * 2 * np.pi
    way = np.c_[np.cos(angle), angle * 0, np.sin(angle) * 0.78]
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    start = np.array([0.0, height, -0.012])
    low, high = np.zeros(around), np.full(around, reach)
    for _ in range(22):
        middle = (low + high) / 2
        inside = solid(start + way * middle[:, None]) < 0
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    return np.asarray(start + way * low[:, None])


def tube_of(
    heights: ArrayLike, solid: Solid = trunk, slot: str = "top", around: int = AROUND
) -> Cloth:
    """Return a trunk of level rows on a solid, from the lowest up; rings `low` and `high`."""
    rows = [ring_at(solid, float(height), around) for height in np.asarray(heights, float)]
    cloth = Cloth(np.concatenate(rows), [], [], {})
    grid = np.arange(len(rows) * around).reshape(len(rows), around)
    for i in range(len(rows) - 1):
        bridged(cloth, grid[i].tolist(), grid[i + 1].tolist(), slot)
    cloth.rings["low"], cloth.rings["high"] = grid[0].tolist(), grid[-1].tolist()
    return cloth


def holed(cloth: Cloth, rows: tuple[int, int], side: str) -> Cloth:
    """Cut the hole of an arm between two rows; its border becomes the ring `side`Arm."""
    middle = 0 if side == "l" else AROUND // 2
    first, last = HOLE
    columns = [(middle + c) % AROUND for c in range(first, last + 1)]
    inside = {i * AROUND + j for i in range(rows[0], rows[1] + 1) for j in columns}
    border = [rows[0] * AROUND + j for j in columns]
    border += [i * AROUND + columns[-1] for i in range(rows[0] + 1, rows[1])]
    border += [rows[1] * AROUND + j for j in reversed(columns)]
    border += [i * AROUND + columns[0] for i in reversed(range(rows[0] + 1, rows[1]))]
    kept = [
        (face, slot)
        for face, slot in zip(cloth.faces, cloth.slots, strict=True)
        if not set(face) <= inside
    ]
    rings = {**cloth.rings, side + "Arm": border}
    return Cloth(cloth.points, [f for f, _ in kept], [s for _, s in kept], rings)


def frame_of(axis: Array) -> tuple[Array, Array]:
    """Return two directions across a limb: forward, and the third."""
    axis = axis / np.linalg.norm(axis)
    ahead = unit(np.array([0.0, 0.0, 1.0]) - axis * axis[2])
    return ahead, np.cross(axis, ahead)


def sewn(
    cloth: Cloth,
    ring: str,
    path: Array,
    radii: ArrayLike,
    name: str,
    slots: Sequence[str],
    settle: int = 2,
) -> Cloth:
    """Continue a border ring as a limb along a path (m, 3) with one radius a row.

    The first rows keep the angles of the border and pass to even ones within `settle` rows.
    """
    border = cloth.rings[ring]
    count = len(border)
    found, last = cloth, border
    start = cloth.points[border].mean(0)
    across = frame_of(path[min(1, len(path) - 1)] - start)
    spokes = cloth.points[border] - start
    angles = np.unwrap(np.arctan2(spokes @ across[1], spokes @ across[0]))
    turn = np.sign(angles[-1] - angles[0]) or 1.0
    even = np.arange(count) / count * 2 * np.pi * turn
    even += np.mean(angles - even)
    for i, (middle, radius) in enumerate(zip(path, np.asarray(radii, float), strict=True)):
        before = path[i - 1] if i else start
        axis = path[min(i + 1, len(path) - 1)] - before
        u, v = frame_of(axis)
        share = min((i + 1) / settle, 1.0)
        angle = angles * (1 - share) + even * share
        points = middle + (np.cos(angle)[:, None] * u + np.sin(angle)[:, None] * v) * radius
        found, base = found.grown(points)
        now = list(range(base, base + count))
        bridged(found, last, now, slots[i])
        last = now
    found.rings[name] = last
    del found.rings[ring]
    return found


def folded(
    cloth: Cloth,
    ring: str,
    solid: Solid,
    slot: str,
    depth: float = 0.012,
    tuck: float = 0.018,
    closed: bool = True,
) -> Cloth:
    """Turn a border inward: an edge as thick as `depth`, tucked `tuck` metres back underneath."""
    border = cloth.rings[ring]
    points = cloth.points[border]
    out = slope(solid, points)
    inner = {i for face in cloth.faces for i in face if set(face) & set(border)} - set(border)
    mine = cloth.points[sorted(inner)]
    near = mine[np.argmin(np.linalg.norm(points[:, None] - mine[None], axis=2), axis=1)]
    toward = near - points
    back = unit(toward - out * np.einsum("ij,ij->i", out, toward)[:, None])
    found, last = cloth, border
    for down, under in ((depth * 0.45, -0.003), (depth, 0.003), (depth * 1.15, tuck)):
        found, base = found.grown(points - out * down + back * under)
        now = list(range(base, base + len(border)))
        bridged(found, last, now, slot, closed)
        last = now
    del found.rings[ring]
    return found


def relaxed(cloth: Cloth, share: Array, rounds: int = 3) -> Cloth:
    """Even the points out; `share` (n,) says how far each gives way."""
    count = len(cloth.points)
    near: list[set[int]] = [set() for _ in range(count)]
    for face in cloth.faces:
        for a, b in zip(face, (*face[1:], face[0]), strict=True):
            near[a].add(b)
            near[b].add(a)
    pairs = np.array([(a, b) for a, others in enumerate(near) for b in sorted(others)])
    number = np.maximum(np.bincount(pairs[:, 0], minlength=count), 1)
    points = cloth.points
    for _ in range(rounds):
        total = np.zeros_like(points)
        np.add.at(total, pairs[:, 0], points[pairs[:, 1]])
        points = points + (total / number[:, None] - points) * share[:, None]
    return replace(cloth, points=points)


def near_shoulders(points: Array) -> Array:
    """Return 1 about the shoulder joints, falling to 0 within a hand's breadth."""
    away = [np.linalg.norm(points - REST[s + "UpArm"], axis=1) for s in "lr"]
    return np.asarray(np.clip(1.35 - np.minimum(*away) / 0.11, 0, 1))


def pieces_of(cloth: Cloth, out: Solid) -> list[tuple[Mesh, str]]:
    """Return the cloth's meshes by slot, shaded as one surface whose faces look out of a solid."""
    triangles, slots = [], []
    for face, slot in zip(cloth.faces, cloth.slots, strict=True):
        for k in range(1, len(face) - 1):
            triangles.append((face[0], face[k], face[k + 1]))
            slots.append(slot)
    whole = mesh(cloth.points, (0.0, 1.0, 0.0), agreed(np.array(triangles)))
    middle = whole.positions[whole.triangles].mean(1)
    if np.einsum("ij,ij->", slope(out, middle), whole.face_normals()) < 0:
        whole = replace(whole, triangles=whole.triangles[:, ::-1])
    whole = whole.smoothed()
    names = np.array(slots)
    return [
        (replace(whole, triangles=whole.triangles[names == slot]).cleaned(), slot)
        for slot in dict.fromkeys(slots)
    ]


def agreed(triangles: Indices) -> Indices:
    """Return triangles wound so that neighbours agree which side is out."""
    edges: dict[tuple[int, int], list[int]] = {}
    corners = triangles.tolist()
    for at, (a, b, c) in enumerate(corners):
        for pair in ((a, b), (b, c), (c, a)):
            edges.setdefault((min(pair), max(pair)), []).append(at)
    seen = [False] * len(corners)
    for first in range(len(corners)):
        waiting = [] if seen[first] else [first]
        seen[first] = True
        while waiting:
            a, b, c = corners[waiting.pop()]
            for p, q in ((a, b), (b, c), (c, a)):
                for other in edges[min(p, q), max(p, q)]:
                    if seen[other]:
                        continue
                    seen[other] = True
                    waiting.append(other)
                    x, y, z = corners[other]
                    if (p, q) in ((x, y), (y, z), (z, x)):
                        corners[other] = [x, z, y]
    return np.array(corners)


def neckline(radius: float, height: float, drop: float, around: int = AROUND) -> Array:
    """Return a ring about the neck: `drop` metres lower in front than behind."""
    angle = np.arange(around) / around * 2 * np.pi
    x, z = np.cos(angle), np.sin(angle)
    y = height - drop * (z + 1) / 2
    found: Array = np.c_[x * radius, y, z * radius * 0.95 - 0.022 + (height - y) * 0.25]
    return found


def spread(cloth: Cloth, ring: str, goal: Array, rows: int, slot: str = "") -> Cloth:
    """Continue a border in even steps to a ring of goal points, which is the border then."""
    border = cloth.rings[ring]
    start = cloth.points[border]
    found, last = cloth, border
    for row in range(1, rows + 1):
        found, base = found.grown(start + (goal - start) * row / rows)
        now = list(range(base, base + len(border)))
        bridged(found, last, now, slot)
        last = now
    found.rings[ring] = last
    return found
