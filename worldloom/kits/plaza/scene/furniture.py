"""Benches, lamps, planters and tree wells: what stands round the ring."""

from __future__ import annotations

import math

import numpy as np

from worldloom.kits.plaza.scene.palette import tone
from worldloom.studio.geometry.mesh import Mesh, merge
from worldloom.studio.geometry.solids import box, lathe, plain_box
from worldloom.studio.geometry.sweeps import extrude

BENCH_SIDE = (
    (-0.28, 0),
    (0.34, 0),
    (0.27, 0.42),
    (0.42, 0.98),
    (0.35, 1.0),
    (0.20, 0.44),
    (-0.28, 0.44),
)
LAMP_POST = (
    (0.24, 0), (0.24, 0.12), (0.15, 0.2), (0.075, 0.34), (0.085, 0.42), (0.06, 0.5),
    (0.045, 2.66), (0.07, 2.7), (0.12, 2.86), (0.2, 2.94), (0.2, 2.98), (0, 2.98),
)  # fmt: skip
LAMP_HOOD = ((0.25, 3.44), (0.27, 3.47), (0.16, 3.55), (0.08, 3.62), (0.03, 3.72), (0, 3.76))
LAMP_GLASS = ((0, 2.99), (0.15, 3.0), (0.185, 3.1), (0.185, 3.36), (0.15, 3.43), (0, 3.44))
LAMP_HEIGHT = 3.2


def bench(rng: np.random.Generator, fine: bool = True) -> Mesh:
    """Return a bench of wooden slats between two stone sides, its back towards −Z."""

    def slat() -> Mesh:
        color = tone("wood", rng.normal(0, 0.02))
        return box(2.0, 0.05, 0.085, 0.016, color) if fine else plain_box(2.0, 0.05, 0.085, color)

    def plain() -> Mesh:
        return plain_box(2.0, 0.05, 0.085, tone("wood", rng.normal(0, 0.02)))

    parts = [slat().moved(0, 0.46, -0.2 + 0.1 * i) for i in range(5)]
    parts += [plain().turned_x(1.35).moved(0, 0.60 + 0.13 * i, 0.30 + 0.03 * i) for i in range(3)]
    side = extrude(BENCH_SIDE, 0.09, 0.02 if fine else 0.0, tone("lime_warm")).turned_y(
        -math.pi / 2
    )
    parts += [side.moved(s * 0.82, 0, 0) for s in (-1, 1)]
    return merge(parts).turned_y(math.pi)


def lamp(fine: bool = True) -> tuple[Mesh, Mesh]:
    """Return a street lamp of 3.8 m: its iron and its glass."""
    ink, sides = tone("ink"), 8 if fine else 5
    post = (
        LAMP_POST
        if fine
        else (LAMP_POST[0], LAMP_POST[3], LAMP_POST[6], LAMP_POST[9], LAMP_POST[11])
    )
    cut = 0.012 if fine else 0.0
    iron = [
        lathe(post, sides, cut, ink),
        lathe(LAMP_HOOD[1:] if fine else LAMP_HOOD[1::2], sides, cut, ink),
    ]
    if fine:
        rod = plain_box(0.022, 0.5, 0.022, ink).moved(0.2, 3.2, 0)
        iron += [rod.turned_y(k / 6 * 2 * math.pi) for k in range(6)]
    return merge(iron), lathe(LAMP_GLASS[1:5], sides, 0, tone("lamplight"))


def planter(radius: float = 0.62, height: float = 0.5, fine: bool = True) -> Mesh:
    """Return a terracotta pot filled with soil."""
    r, h = radius, height
    pot = [(r * 0.78, 0), (r * 0.95, h * 0.72), (r * 1.06, h * 0.78), (r * 1.06, h), (r * 0.92, h),
           (r * 0.9, h - 0.08)]  # fmt: skip
    soil = [(r * 0.9, h - 0.08), (0, h - 0.06)]
    sides, cut = (15, 0.025) if fine else (9, 0.0)
    return merge([
        lathe(pot, sides, cut, tone("terracotta")), lathe(soil, sides, 0, tone("soil"))
    ])  # fmt: skip


def tree_well(fine: bool = True) -> Mesh:
    """Return the round stone kerb and the soil that a ring cherry grows from."""
    rim = [(1.35, -0.02), (1.35, 0.30), (1.30, 0.36), (1.10, 0.36), (1.06, 0.16)]
    sides, cut = (26, 0.03) if fine else (12, 0.0)
    soil = lathe([(1.08, 0.2), (0, 0.25)], sides, 0, tone("soil"))
    return merge([lathe(rim, sides, cut, tone("lime_warm")), soil])
