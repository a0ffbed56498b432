"""Outlines in 2D: circles, rectangles, insets, and ear clipping to fill them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from worldloom.studio.geometry.mesh import Array, Indices


def arc(radius: float, points: int, start: float = 0.0, stop: float = 2 * np.pi) -> Array:
    """Return points on a circle from `start` to `stop` radians, both included."""
    t = np.linspace(start, stop, points)
    return np.asarray(np.c_[np.cos(t), np.sin(t)] * radius)


def polygon(radius: float, sides: int) -> Array:
    """Return the corners of a regular polygon, counter-clockwise."""
    t = np.arange(sides) / sides * 2 * np.pi
    return np.asarray(np.c_[np.cos(t), np.sin(t)] * radius)


def rectangle(width: float, height: float) -> Array:
    """Return a rectangle round the origin, counter-clockwise."""
    w, h = width / 2, height / 2
    return np.array([[-w, -h], [w, -h], [w, h], [-w, h]])


def cross(u: Array, v: Array) -> Array:
    """Return the z of the cross product of 2D vectors."""
    return np.asarray(u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0])


def area(outline: Array) -> float:
    """Return the signed area; positive is counter-clockwise."""
    return float(cross(outline, np.roll(outline, -1, 0)).sum() / 2)


def inset(outline: ArrayLike, by: float) -> Array:
    """Return a counter-clockwise outline moved inwards by metres."""
    p = np.asarray(outline, float)
    before, after = p - np.roll(p, 1, 0), np.roll(p, -1, 0) - p
    before /= np.linalg.norm(before, axis=1, keepdims=True)
    after /= np.linalg.norm(after, axis=1, keepdims=True)
    n0, n1 = np.c_[-before[:, 1], before[:, 0]], np.c_[-after[:, 1], after[:, 0]]
    middle = n0 + n1
    middle /= np.maximum(np.linalg.norm(middle, axis=1, keepdims=True), 1e-6)
    reach = by / np.maximum((middle * n0).sum(1, keepdims=True), 0.35)
    return np.asarray(p + middle * reach)


def _is_ear(p: Array, ring: list[int], k: int) -> bool:
    a, b, c = ring[k - 1], ring[k], ring[(k + 1) % len(ring)]
    if cross(p[b] - p[a], p[c] - p[a]) <= 1e-12:
        return False
    others = p[[m for m in ring if m not in (a, b, c)]]
    if not len(others):
        return True
    inside = np.ones(len(others), bool)
    for start, stop in ((a, b), (b, c), (c, a)):
        inside &= cross(p[stop] - p[start], others - p[start]) >= -1e-12
    return not inside.any()


def fill(outline: ArrayLike) -> Indices:
    """Return triangles that fill a simple outline, by ear clipping."""
    p = np.asarray(outline, float)
    ring = list(range(len(p)))
    if area(p) < 0:
        ring.reverse()
    triangles = []
    while len(ring) > 3:
        k = next((k for k in range(len(ring)) if _is_ear(p, ring, k)), 0)
        triangles.append([ring[k - 1], ring[k], ring[(k + 1) % len(ring)]])
        ring.pop(k)
    return np.array([*triangles, ring], np.int64)
