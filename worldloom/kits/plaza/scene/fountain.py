"""The three-tier fountain on the axis: stone, still water, and the falling curtains."""

from __future__ import annotations

import math

import numpy as np

from worldloom.kits.plaza.scene.palette import tone
from worldloom.studio.geometry.color import oklch
from worldloom.studio.geometry.mesh import Array, Mesh, merge
from worldloom.studio.geometry.solids import lathe

POOL_LEVEL = 0.66
BASIN = (
    (5.35, 0), (5.35, 0.16), (4.95, 0.16), (4.95, 0.32), (4.55, 0.32), (4.55, 0.40),
    (4.47, 0.43), (4.47, 0.58), (4.55, 0.62), (4.64, 0.66), (4.64, 0.78), (4.15, 0.78),
    (4.15, 0.34), (0, 0.34),
)  # fmt: skip
LOWER_BOWL = (
    (1.25, 0.3), (1.25, 0.46), (1.0, 0.56), (0.62, 0.75), (0.5, 1.0), (0.62, 1.2), (0.8, 1.28),
    (0.8, 1.36), (1.3, 1.48), (1.95, 1.75), (2.12, 1.98), (2.12, 2.08), (1.98, 2.08),
    (1.85, 1.95), (1.2, 1.78), (0, 1.72),
)  # fmt: skip
UPPER_BOWL = (
    (0.45, 1.7), (0.36, 1.9), (0.26, 2.3), (0.34, 2.55), (0.5, 2.62), (0.85, 2.74),
    (1.12, 2.95), (1.16, 3.05), (1.06, 3.05), (0.9, 2.92), (0, 2.86),
)  # fmt: skip
FINIAL = (
    (0.3, 2.85), (0.2, 3.05), (0.14, 3.25), (0.20, 3.34), (0.23, 3.44), (0.20, 3.54),
    (0.11, 3.62), (0.05, 3.74), (0, 3.78),
)  # fmt: skip


def stone(fine: bool = True) -> Mesh:
    """Return the basin, both bowls and the finial."""
    lime = tone("lime", 0.02)
    sides, cut = (56, 0.03) if fine else (28, 0.0)
    parts = [
        lathe(BASIN, sides, cut, lime),
        lathe(LOWER_BOWL, 36 if fine else 16, cut, lime),
        lathe(UPPER_BOWL, 30 if fine else 14, cut, lime),
        lathe(FINIAL, 20 if fine else 8, 0, tone("brass"), smooth=True),
        lathe([(4.15, 0.345), (0, 0.345)], 48 if fine else 24, 0, oklch(0.52, 0.07, 205)),
    ]
    if fine:
        parts.append(_gadroons(lime))
    return merge(parts)


def _gadroons(color: Array) -> Mesh:
    """Bulging ribs under both bowls, where the first picture looks."""
    parts = []
    for count, radius, y, size, lean in (
        (28, 1.72, 1.63, 0.13, 0.72),
        (20, 0.97, 2.83, 0.085, 0.8),
    ):
        bead = lathe([(0.05, -1), (0.9, -0.45), (0.9, 0.45), (0.05, 1)], 6, smooth=True)
        rib = bead.scaled(size, size * 2.1, size).turned_z(-lean).painted(color)
        for k in range(count):
            angle = k / count * 2 * math.pi
            parts.append(rib.moved(radius, y, 0).turned_y(angle))
    return merge(parts)


def _disc(radius: float, y: float, sides: int) -> Mesh:
    rings = [(radius * part, y) for part in (1.0, 0.66, 0.33, 0.0)]
    return lathe(rings, sides, 0)


def water() -> Mesh:
    """Return the three still surfaces."""
    return merge([_disc(4.16, POOL_LEVEL, 48), _disc(1.93, 2.0, 40), _disc(1.04, 2.99, 32)])


def falls() -> Mesh:
    """Return the curtains; colour holds (height 0..1, turn 0..1, size) for the water shader."""
    return merge([
        _curtain((2.1, 2.06), (2.42, POOL_LEVEL), 64, 1.0),
        _curtain((1.14, 3.04), (1.36, 2.0), 48, 0.5),
    ])  # fmt: skip


def _curtain(top: tuple[float, float], foot: tuple[float, float], sides: int, size: float) -> Mesh:
    t = np.linspace(0, 1, 7)
    line = np.c_[top[0] + (foot[0] - top[0]) * t**0.8, top[1] + (foot[1] - top[1]) * t * t]
    sheet = lathe(line, sides, smooth=True)
    x, y, z = sheet.positions.T
    turn = np.arctan2(z, x) / (2 * np.pi) + 0.5
    return sheet.painted(np.c_[(y - foot[1]) / (top[1] - foot[1]), turn, np.full(len(x), size)])


def pool_light(fine: bool = True) -> tuple[Mesh, Mesh]:
    """Return one low light of the fountain's step: its brass body and its glowing glass."""
    sides = 10 if fine else 5
    foot = lathe([(0.2, 0), (0.2, 0.04), (0.085, 0.1)], sides, 0.01 if fine else 0)
    hood = lathe([(0.15, 0.24), (0.16, 0.26), (0.05, 0.33), (0, 0.34)], sides, 0)
    glass = lathe([(0.08, 0.1), (0.12, 0.14), (0.12, 0.2), (0.09, 0.24)], sides, 0)
    return merge([foot, hood]).painted(tone("brass")), glass.painted(tone("lamplight"))
