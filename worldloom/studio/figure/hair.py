"""Hair: a sheet that is combed from a parting over the skull and may hang below it; and what is
tied, braided or curled from it.

A sheet's columns run round the head, 0 at the middle of the forehead; its rows go from the root
to the tips. Locks are ridges of the sheet.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from worldloom.studio.figure import flesh
from worldloom.studio.figure.face import Face, solid
from worldloom.studio.figure.pieces import Part
from worldloom.studio.figure.rig import HEAD, blend, smoothstep
from worldloom.studio.geometry.mesh import Array, Mesh, grid_triangles, mesh, unit
from worldloom.studio.geometry.noise import noise
from worldloom.studio.geometry.solids import icosphere

AROUND: Final = 28
TURN: Final = np.arange(AROUND) / AROUND * 2 * np.pi
# Where hair ends on the skull: degrees round from the front, degrees over the middle of the head.
HAIRLINE: Final = np.array([
    (0, 28, 50, 64, 78, 92, 104, 122, 150, 180), (41, 39, 32, 16, -4, 4, -12, -30, -37, -39)
])  # fmt: skip
PLAIN: Final = solid(Face(), sockets=False)


@dataclass(frozen=True, slots=True)
class Style:
    """How a sheet is combed: metres, degrees and shares."""

    parting: float = 0.0
    volume: float = 0.012
    lift: float = 0.0
    fringe: float = 0.0
    sides: float = 0.0
    back: float = 0.0
    locks: int = 11
    groove: float = 0.0045
    curl: float = 0.0
    wave: float = 0.0
    line: float = 0.0
    sweep: float = 0.0
    crown: float = -0.12


def _round(degrees: Sequence[float], values: Sequence[float]) -> Array:
    """Return values by degrees from the front, the same on both sides."""
    from_front = np.degrees(np.minimum(TURN, 2 * np.pi - TURN))
    return np.interp(from_front, degrees, values)


def _body(points: Array) -> Array:
    """The distance from head, neck and shoulders."""
    return np.minimum(PLAIN(points - HEAD), flesh.upper(points))


def _roots(style: Style) -> Array:
    """Directions from the middle of the head to where each column begins."""
    forward = 0.42 * np.cos(TURN) + style.crown
    side = style.parting + 0.02 * np.sin(TURN)
    return unit(np.stack([side, np.ones(AROUND), forward], 1))


def _line(style: Style) -> Array:
    """Directions to where the skull's hair ends."""
    up = np.radians(np.interp(np.degrees(np.minimum(TURN, 2 * np.pi - TURN)), *HAIRLINE))
    up = up + np.radians(style.line)
    return np.stack([np.sin(TURN) * np.cos(up), np.sin(up), np.cos(TURN) * np.cos(up)], 1)


def _ridges(style: Style, seed: float = 0.0) -> Array:
    """How far each column is on a lock (1) or between two (0), unevenly round the head."""
    phase = TURN * style.locks / 2 + 0.7 * np.sin(TURN * 2.0 + seed) + 0.35 * np.sin(TURN * 5 + 1.3)
    return np.asarray(np.abs(np.sin(phase)) ** 0.75)


def _skull_rows(style: Style, rows: int) -> list[Array]:
    """Points of the part that lies on the skull."""
    start, end = _roots(style), _line(style)
    ridge = _ridges(style)
    found = []
    for t in np.linspace(0.0, 1.0, rows):
        bent = t**0.9
        ways = unit(start * (1 - bent) + end * bent)
        reach = _reach(ways)
        high = style.volume * (1 - 0.62 * t**3) + style.groove * (ridge - 0.6) * min(1.0, t * 2.2)
        high = high + style.lift * np.clip(np.cos(TURN), 0, 1) ** 1.5 * math.sin(
            math.pi * min(t * 1.15, 1.0)
        )
        found.append(ways * (reach + high)[:, None] + HEAD)
    return found


def _reach(ways: Array) -> Array:
    low, high = np.full(len(ways), 0.03), np.full(len(ways), 0.17)
    for _ in range(18):
        middle = (low + high) / 2
        inside = PLAIN(ways * middle[:, None]) < 0
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    return low


def _hanging_rows(style: Style, last: Array, rows: int) -> list[Array]:
    """Points of the part that hangs: down from the hairline, kept off head and shoulders."""
    between = style.fringe * 0.5 + style.sides * 0.5
    lengths = (style.fringe, style.fringe * 0.95, between, *[style.sides] * 2, *[style.back] * 2)
    length = _round((0, 42, 60, 78, 100, 130, 180), lengths)
    ridge = _ridges(style)
    length = length * (0.90 + 0.16 * ridge)
    out = np.stack([np.sin(TURN), TURN * 0, np.cos(TURN)], 1)
    found, p = [], last
    for row in range(1, rows + 1):
        t = row / rows
        step = np.c_[TURN * 0, -length / rows, TURN * 0]
        p = p + step + out * (style.curl * t * np.sign(length) * (length > 0.02))[:, None]
        p = (
            p
            + np.c_[
                np.full(AROUND, style.sweep / rows) * (length > 0) * (np.cos(TURN) > 0.2),
                TURN * 0,
                TURN * 0,
            ]
        )
        clear = 0.010 + style.groove * (ridge - 0.3) + 0.004 * (1 - t)
        clear = clear + style.wave * np.sin(t * 9.0 + TURN * 3) * t
        short = np.clip(clear - _body(p), 0, 0.03)
        p = p + flesh.slope(_body, p) * short[:, None]
        found.append(p)
    return found


def sheet(style: Style, rows: int = 6, hanging: int = 6) -> Mesh:
    """Return a head of loose hair."""
    grid = _skull_rows(style, rows)
    longest = max(style.fringe, style.sides, style.back)
    if longest > 0:
        grid += _hanging_rows(style, grid[-1], min(hanging, 2 + round(longest / 0.045)))
    rim = grid[-1]
    middle = np.array([0, 0, -0.012]) + [HEAD[0], 0, HEAD[2]]
    inward = unit((middle - rim) * [1, 0, 1])
    grid.append(rim + inward * 0.007 + [0, 0.003, 0])
    points = np.stack(grid)
    count = len(points)
    top = points[0].mean(0) + [0, 0.002, 0]
    flat = np.concatenate([points.reshape(-1, 3), [top]])
    cells = grid_triangles(AROUND, count, closed=True)
    # The grid is row-major by rows of the sheet: its columns close on themselves.
    column, row = cells // count, cells % count
    triangles = row * AROUND + column
    cap = np.stack(
        [np.full(AROUND, count * AROUND), np.arange(AROUND), (np.arange(AROUND) + 1) % AROUND], 1
    )
    made = mesh(flat, flat - HEAD, np.r_[triangles, cap]).oriented().smoothed()
    return made.painted(_strands(style, count))


def _strands(style: Style, rows: int) -> Array:
    """Brightness of a sheet: dark between locks and at the roots, lighter toward the tips."""
    ridge = _ridges(style)
    t = np.linspace(0, 1, rows)[:, None]
    fine = 0.06 * np.sin(TURN * 17 + 3 * np.sin(TURN * 3))[None, :]
    value = 0.70 + 0.30 * ridge[None, :] * np.clip(t * 3, 0.2, 1) + fine + 0.14 * t
    value[-1:] *= 0.75
    value = np.append(value.ravel(), 0.78)
    return np.repeat(np.clip(value, 0.3, 1.25)[:, None], 3, 1)


def on_head(way: ArrayLike) -> Array:
    """Return places at degrees round from the front (left positive), degrees up, metres out.

    One place for three numbers, or one a row.
    """
    given = np.asarray(way, float)
    rows = np.atleast_2d(given)
    turn, up = np.radians(rows[:, 0]), np.radians(rows[:, 1])
    ways = np.stack([np.sin(turn) * np.cos(up), np.sin(up), np.cos(turn) * np.cos(up)], 1)
    found: Array = ways * (_reach(ways) + rows[:, 2])[:, None] + HEAD
    return np.asarray(found[0]) if given.ndim == 1 else found


def strand(
    ways: Sequence[Sequence[float]], wide: Sequence[float], thick: float = 0.42, rows: int = 5
) -> Mesh:
    """Return a lock combed over the skull through places of `on_head`, `wide` metres to a side."""
    given = np.array(ways, float)
    t = np.linspace(0, len(given) - 1, rows)
    smooth = np.stack([_curve(given[:, k], t) for k in range(3)], 1)
    size = _curve(np.array(wide, float), t * (len(wide) - 1) / (len(given) - 1))
    return lock(on_head(smooth), np.maximum(size, 0.0012), thick)


def _curve(values: Array, t: Array) -> Array:
    """Return values between given ones, along a Catmull-Rom curve."""
    padded = np.r_[2 * values[0] - values[1], values, 2 * values[-1] - values[-2]]
    k = np.clip(t.astype(int), 0, len(values) - 2)
    u = t - k
    a, b, c, d = (padded[k + j] for j in range(4))
    return np.asarray(
        0.5
        * (
            2 * b
            + (c - a) * u
            + (2 * a - 5 * b + 4 * c - d) * u**2
            + (3 * b - a - 3 * c + d) * u**3
        )
    )


def hair_weights(points: Array) -> Array:
    """Return weights of loose hair: what lies on the shoulders follows them a little."""
    return blend("head", "chest", 0.62 * smoothstep((1.40 - points[:, 1]) / 0.16))


def add_sheet(part: Part, style: Style, hanging: int = 6) -> None:
    """Add loose hair to a part."""
    part.add(sheet(style, hanging=hanging), "hair", hair_weights)


def lock(path: ArrayLike, wide: ArrayLike, thick: float = 0.6, sides: int = 7) -> Mesh:
    """Return a lock of hair along a path, `wide` metres to each side at each point."""
    line = np.asarray(path, float)
    ahead = unit(np.gradient(line, axis=0))
    side = unit(np.cross(ahead, np.broadcast_to(HEAD, line.shape) - line))
    out = np.cross(side, ahead)
    turn = np.arange(sides) / sides * 2 * np.pi
    size = np.asarray(wide, float)
    ring = (
        side[:, None] * np.cos(turn)[None, :, None]
        + out[:, None] * np.sin(turn)[None, :, None] * thick
    )
    points = line[:, None] + ring * size[:, None, None]
    groove = 0.86 + 0.16 * np.cos(turn * 3)
    colors = np.repeat(np.tile(groove, len(line))[:, None], 3, 1)
    k = np.arange(sides)
    triangles = []
    for i in range(len(line) - 1):
        a, b = i * sides + k, i * sides + (k + 1) % sides
        triangles += [np.c_[a, b, b + sides], np.c_[a, b + sides, a + sides]]
    flat = points.reshape(-1, 3)
    made = mesh(flat, flat - np.repeat(line, sides, 0), np.concatenate(triangles))
    return made.oriented().smoothed().painted(colors)


def tuft(
    middle: ArrayLike, radii: Sequence[float], bumps: float, seed: float, level: int = 2
) -> Mesh:
    """Return a ball of curls: an ellipsoid with bumps of a share of its size."""
    ball = icosphere(level)
    p = ball.positions
    swell = 1 + bumps * (noise(p + seed, 3.4, 2) + 0.5 * noise(p * 1.0 + seed + 5, 7.0, 1))
    shade = 0.86 + 0.5 * (swell - 1) / max(bumps, 1e-6) * 0.4
    made = ball.with_positions(p * swell[:, None] * np.asarray(radii)).smoothed()
    return made.shaded(np.clip(shade, 0.55, 1.2)).moved(*np.asarray(middle, float).tolist())
