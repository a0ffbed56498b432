"""What is worn over a top."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from worldloom.studio.figure import flesh
from worldloom.studio.figure.pieces import Part
from worldloom.studio.figure.rig import SIDES
from worldloom.studio.figure.tops import Cut, laid, ribbon, weights
from worldloom.studio.geometry.mesh import grid_triangles, mesh
from worldloom.studio.geometry.solids import icosphere
from worldloom.studio.geometry.sweeps import tube

OVER: Final = Cut(hem=0.80, thick=0.024, waist=0.016, flare=0.016)
"""A measure of what lies over any top."""


def shawl(part: Part) -> None:
    """A scarf wound round the neck."""
    for k, (radius, y, drop, thick) in enumerate(
        ((0.083, 1.366, 0.040, 0.021), (0.088, 1.338, 0.050, 0.020))
    ):
        turn = np.linspace(0, 2 * np.pi, 16)
        line = np.c_[
            np.cos(turn) * radius,
            y - drop * (np.sin(turn + 0.3 * k) + 1) / 2,
            np.sin(turn) * radius * 0.95 - 0.012,
        ]
        shape = tube(line, np.full(16, thick), 6)
        part.add(shape.shaded(0.95 + 0.04 * k), "extra", weights)
    for x, low in ((0.026, 1.06), (0.058, 1.12)):
        line = laid([(x, y, 0.14) for y in np.linspace(1.315, low, 6)], OVER, 0.006)
        part.add(
            ribbon([p.tolist() for p in line], 0.024, OVER, 0.008).shaded(0.93), "extra", weights
        )


def tie(part: Part) -> None:
    """A tie."""
    cut = Cut(thick=0.013, waist=0.019)
    part.add(
        icosphere(1).scaled(0.015, 0.014, 0.010).moved(*laid([(0, 1.312, 0.14)], cut, 0.006)[0]),
        "extra",
        weights,
    )
    rows = np.linspace(1.305, 0.985, 8)
    line = laid([(0.0, y, 0.14) for y in rows], cut, 0.007)
    wide = np.array([0.010, 0.0125, 0.015, 0.018, 0.021, 0.0245, 0.027, 0.002])
    up = flesh.slope(flesh.upper, line)
    side = np.array([1.0, 0, 0])
    flat = np.stack(
        [
            line - side * wide[:, None] - up * 0.004,
            line + up * 0.002,
            line + side * wide[:, None] - up * 0.004,
        ],
        1,
    )
    part.add(
        mesh(flat.reshape(-1, 3), np.repeat(up, 3, 0), grid_triangles(8, 3)).oriented().smoothed(),
        "extra",
        weights,
    )


def necklace(part: Part) -> None:
    """A string of beads."""
    cut = Cut(thick=0.012)
    turn = -0.15 * math.pi + 1.3 * math.pi * np.arange(21) / 20
    low = np.clip(np.sin(turn), 0, 1)
    flat = np.c_[0.105 * np.cos(turn), 1.345 - 0.085 * low**1.2, 0.12 * np.sin(turn)]
    for place, size in zip(laid(flat, cut, 0.006), 0.0066 + 0.003 * low, strict=True):
        part.add(icosphere(0).scaled(float(size)).moved(*place), "extra", weights)


def satchel(part: Part) -> None:
    """A bag on a strap across the chest."""
    line = [
        (-0.085, 1.33, 0.02),
        (-0.060, 1.28, 0.12),
        (0.0, 1.17, 0.14),
        (0.075, 1.04, 0.13),
        (0.150, 0.93, 0.06),
        (0.17, 0.90, 0.0),
    ]
    back = [
        (-0.085, 1.33, 0.02),
        (-0.075, 1.31, -0.06),
        (-0.02, 1.19, -0.14),
        (0.07, 1.05, -0.13),
        (0.15, 0.93, -0.07),
        (0.17, 0.90, 0.0),
    ]
    for way in (line, back):
        given = np.array(way)
        t = np.linspace(0, len(given) - 1, 12)
        points = np.stack([np.interp(t, np.arange(len(given)), given[:, i]) for i in range(3)], 1)
        part.add(ribbon(points.tolist(), 0.013, OVER, 0.006).shaded(0.8), "extra", weights)
    _box(part, (0.235, 0.835, 0.0), (0.040, 0.085, 0.115), "hips")


def pack(part: Part) -> None:
    """A rucksack."""
    _box(part, (0, 1.13, -0.215), (0.125, 0.170, 0.075), "chest")
    _box(part, (0, 1.075, -0.300), (0.095, 0.085, 0.030), "chest", 0.9)
    for sign, _ in SIDES:
        line = [
            (sign * 0.085, 1.325, -0.07),
            (sign * 0.085, 1.335, 0.0),
            (sign * 0.088, 1.27, 0.10),
            (sign * 0.095, 1.17, 0.12),
            (sign * 0.125, 1.07, 0.08),
            (sign * 0.14, 1.04, 0.0),
        ]
        given = np.array(line)
        t = np.linspace(0, len(given) - 1, 11)
        points = np.stack([np.interp(t, np.arange(len(given)), given[:, i]) for i in range(3)], 1)
        part.add(ribbon(points.tolist(), 0.017, OVER, 0.006).shaded(0.85), "extra", weights)


def _box(
    part: Part, middle: Sequence[float], half: Sequence[float], joint: str, shade: float = 1.0
) -> None:
    """Add a soft box."""
    ball = icosphere(2)
    p = ball.positions
    soft = np.sign(p) * np.abs(p) ** 0.42
    made = ball.with_positions(soft * np.asarray(half)).smoothed().moved(*middle)
    part.add(made.shaded(shade), "extra", joint)


EXTRAS: Final[dict[str, Callable[[Part], None]]] = {
    made.__name__: made for made in (shawl, tie, necklace, satchel, pack)
}
