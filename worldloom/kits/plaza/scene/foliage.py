"""Leaves: one small picture of sprigs, and the cards that carry it round a crown.

A crown near the eye is hundreds of cards, each a sprig of a dozen leaves cut out of the picture;
that reads as thousands of leaves for two triangles a sprig.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from worldloom.studio.geometry.mesh import Array, Mesh, mesh, unit
from worldloom.studio.raster import Canvas, png

CELL, COLUMNS, ROWS = 192, 2, 3
BROAD, BLOSSOM, NEEDLES, SOLID, BROAD_MASS, BLOSSOM_MASS = range(COLUMNS * ROWS)


def _broad(rng: np.random.Generator) -> Canvas:
    """A round sprig of pointed leaves, the lower ones darker."""
    canvas = Canvas(CELL)
    for ring, (count, reach) in enumerate(((11, 0.27), (8, 0.16), (5, 0.04))):
        for k in range(count):
            angle = (k + rng.uniform(-0.25, 0.25)) / count * 2 * math.pi + ring
            x, y = 0.5 + reach * math.cos(angle), 0.5 + reach * math.sin(angle)
            length = 0.205 * rng.uniform(0.85, 1.12)
            shade = 0.66 + 0.11 * ring + rng.uniform(-0.07, 0.07)
            turn = angle + rng.uniform(-0.6, 0.6)
            canvas.leaf(x, y, turn, length, length * 0.36, shade)
    return canvas


def _blossom(rng: np.random.Generator) -> Canvas:
    """A ball of five-petalled flowers."""
    canvas = Canvas(CELL)
    for ring, (count, reach) in enumerate(((9, 0.34), (7, 0.22), (4, 0.1), (1, 0.0))):
        for k in range(count):
            angle = (k + rng.uniform(-0.2, 0.2)) / count * 2 * math.pi + ring * 0.8
            x, y = 0.5 + reach * math.cos(angle), 0.5 + reach * math.sin(angle)
            size = 0.115 * rng.uniform(0.8, 1.1)
            shade = 0.80 + 0.04 * ring + rng.uniform(-0.06, 0.06)
            turn = rng.uniform(0, 2 * math.pi)
            for petal in range(5):
                a = turn + petal / 5 * 2 * math.pi
                px, py = x + size * 0.55 * math.cos(a), y + size * 0.55 * math.sin(a)
                canvas.disc(px, py, size * 0.44, shade + (0.03 if petal % 2 else -0.02))
            canvas.disc(x, y, size * 0.15, shade - 0.09)
    return canvas


def _needles(rng: np.random.Generator) -> Canvas:
    """An upright spray of scaly twigs."""
    canvas = Canvas(CELL)
    for k in range(34):
        t = k / 33
        y = 0.05 + 0.72 * t
        side = 1 if k % 2 else -1
        angle = math.pi / 2 - side * (0.85 - 0.4 * t) + rng.uniform(-0.12, 0.12)
        length = (0.34 - 0.17 * t) * rng.uniform(0.85, 1.1)
        shade = 0.62 + 0.30 * t + rng.uniform(-0.08, 0.08)
        canvas.leaf(0.5, y, angle, length, 0.05, shade)
    canvas.leaf(0.5, 0.6, math.pi / 2, 0.38, 0.06, 0.95)
    return canvas


def _solid(rng: np.random.Generator) -> Canvas:
    """Opaque: bark furrows on the left half, plain on the right."""
    canvas = Canvas(CELL)
    streak = np.zeros(CELL)
    for frequency in (9, 17, 31):
        streak += np.sin(canvas.x[0] * frequency * 2 * math.pi + rng.uniform(0, 6)) / frequency**0.5
    wave = np.sin(canvas.y * 2 * math.pi * 2) * 3
    columns = (canvas.x * CELL + wave).astype(int) % CELL
    furrow = 0.82 + 0.26 * streak[columns] + 0.05 * np.sin(canvas.y * 2 * math.pi * 14)
    canvas.shade = np.where(canvas.x < 0.5, np.clip(furrow, 0.45, 1.0), 1.0)
    canvas.cover[:] = 1.0
    return canvas


def _leafage(rng: np.random.Generator) -> Canvas:
    """Opaque: leaves over leaves, as one sees them between the sprigs."""
    canvas = Canvas(CELL)
    canvas.shade[:], canvas.cover[:] = 0.52, 1.0
    for k in range(230):
        x, y = rng.uniform(-0.05, 1.05, 2)
        shade = 0.55 + 0.26 * k / 230 + rng.uniform(-0.07, 0.07)
        length = 0.13 * rng.uniform(0.8, 1.2)
        canvas.leaf(x, y, rng.uniform(0, 2 * math.pi), length, length * 0.42, shade)
    return canvas


def _flowers(rng: np.random.Generator) -> Canvas:
    """Opaque: blossom over blossom."""
    canvas = Canvas(CELL)
    canvas.shade[:], canvas.cover[:] = 0.70, 1.0
    for k in range(150):
        x, y = rng.uniform(-0.03, 1.03, 2)
        shade, size = 0.71 + 0.12 * k / 150 + rng.uniform(-0.04, 0.04), 0.062
        turn = rng.uniform(0, 2 * math.pi)
        for petal in range(5):
            a = turn + petal / 5 * 2 * math.pi
            px, py = x + size * 0.55 * math.cos(a), y + size * 0.55 * math.sin(a)
            canvas.disc(px, py, size * 0.44, shade + (0.03 if petal % 2 else -0.03))
    return canvas


def picture() -> bytes:
    """Return the PNG of all cells, two a row, in the order of their numbers."""
    rng = np.random.default_rng(23)
    draws = (_broad, _blossom, _needles, _solid, _leafage, _flowers)
    cells = [draw(rng).pixels() for draw in draws]
    rows = [np.concatenate(cells[k : k + COLUMNS], 1) for k in range(0, len(cells), COLUMNS)]
    return png(np.concatenate(rows, 0))


def cell_uvs(cell: int, local: Array) -> Array:
    """Return picture coordinates of places (n, 2) in 0..1 of one cell, kept off its rim."""
    at = np.array([cell % COLUMNS, cell // COLUMNS]) + 0.012 + np.clip(local, 0, 1) * 0.976
    return np.asarray(at / [COLUMNS, ROWS])


def leafy(shape: Mesh, cell: int, local: Array) -> Mesh:
    """Return a mesh that shows a mass of leaves; `local` (n, 2) is folded back into the cell."""
    return shape.with_uvs(cell_uvs(cell, np.abs((local + 1) % 2 - 1)))


def leafy_ball(steps: int, cell: int, folds: int) -> Mesh:
    """Return a unit ball of 8 · steps² triangles that shows a mass of leaves all round.

    It is an octahedron unfolded to a square of facets; each shows a piece of the picture, `folds`
    / `steps` of its width, that lies anyhow: pieces that went on would show as a kaleidoscope.
    """
    step = np.linspace(-1, 1, 2 * steps + 1)
    x, z = (axis.ravel() for axis in np.meshgrid(step, step))
    outside = np.abs(x) + np.abs(z)
    # The square's corners fold down to the lower half.
    over = np.maximum(outside - 1, 0)
    flat = np.c_[np.abs(x), 1 - outside, np.abs(z)]
    lower = outside > 1
    flat[lower, 0], flat[lower, 2] = 1 - np.abs(z[lower]), 1 - np.abs(x[lower])
    flat[lower, 1] = -over[lower]
    signs = np.c_[np.where(x < 0, -1, 1), np.ones(len(x)), np.where(z < 0, -1, 1)]
    points = unit(flat * signs)
    side = 2 * steps + 1
    corner = np.arange(len(x)).reshape(side, side)
    rng = np.random.default_rng(steps)
    square = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])
    used: list[int] = []
    uvs: list[Array] = []
    faces: list[list[int]] = []
    for i in range(side - 1):
        for j in range(side - 1):
            first = len(used)
            used += [corner[i, j], corner[i, j + 1], corner[i + 1, j + 1], corner[i + 1, j]]
            piece = np.roll(square, int(rng.integers(4)), 0) * min(1, folds / steps)
            uvs.append(piece + rng.uniform(0, 1) * (1 - piece.max(0)))
            # The diagonal follows the octahedron's own edges.
            along = (i < steps) == (j < steps)
            halves = ((0, 1, 3), (1, 2, 3)) if along else ((0, 1, 2), (0, 2, 3))
            faces += [[first + k for k in half] for half in halves]
    at = points[used]
    return mesh(at, at, faces).oriented().with_uvs(cell_uvs(cell, np.concatenate(uvs)))


def is_card(uvs: Array) -> NDArray[np.bool_]:
    """Return whether each vertex (uvs (n, 2)) belongs to a cut-out card and not to solid wood."""
    at = np.floor(np.clip(uvs, 0, 0.999) * [COLUMNS, ROWS]) @ [1, COLUMNS]
    return np.asarray(np.isin(at, (BROAD, BLOSSOM, NEEDLES)), bool)


def plain(shape: Mesh) -> Mesh:
    """Return a mesh that shows the picture's plain part."""
    return shape.with_uvs(cell_uvs(SOLID, np.array([[0.75, 0.5]])))


def barked(shape: Mesh, turns: float = 1.0) -> Mesh:
    """Return a trunk or branch with furrows that run along it."""
    x, y, z = (shape.positions - shape.positions.mean(0) * [1, 0, 1]).T
    across = np.abs(np.arctan2(z, x)) / math.pi
    along = np.abs((y * turns * 0.45) % 2 - 1)
    return shape.with_uvs(cell_uvs(SOLID, np.c_[0.02 + 0.46 * across, along]))


def cards(
    places: Array,
    facing: Array,
    shading: Array,
    sizes: Array,
    colors: Array,
    cell: int,
    rng: np.random.Generator,
    upright: bool = False,
) -> Mesh:
    """Return folded square cards at places, turned to `facing` and lit by `shading` normals."""
    count = len(places)
    helper = np.tile([0.0, 1.0, 0.0], (count, 1)) if upright else rng.normal(size=(count, 3))
    side = unit(np.cross(facing, helper) * -1)
    up = unit(np.cross(facing, side) * (-1 if upright else 1))
    up = np.where((up[:, 1:2] < 0) & upright, -up, up)
    half = sizes[:, None] / 2
    fold = facing * half * rng.uniform(0.15, 0.5, (count, 1))
    corners = np.stack(
        [
            places - side * half - up * half - fold,
            places + side * half - up * half + fold * 0.4,
            places + side * half + up * half - fold,
            places - side * half + up * half + fold * 0.4,
        ],
        1,
    )
    local = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    turn = np.zeros(count, int) if upright else rng.integers(0, 4, count)
    uvs = local[(np.arange(4)[None, :] + turn[:, None]) % 4].reshape(-1, 2)
    triangles = (np.arange(count)[:, None, None] * 4 + np.array([[0, 1, 2], [0, 2, 3]])).reshape(
        -1, 3
    )
    outward = unit(corners - places[:, None])
    lit = unit(shading[:, None] + outward * 0.35)
    made = mesh(corners, lit.reshape(-1, 3), triangles, np.repeat(colors, 4, 0))
    return made.with_uvs(cell_uvs(cell, uvs))
