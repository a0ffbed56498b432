"""Everything that is worn below the waist, and shoes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from worldloom.studio.figure import flesh
from worldloom.studio.figure.cloth import (
    AROUND,
    Cloth,
    bridged,
    folded,
    pieces_of,
    ring_at,
)
from worldloom.studio.figure.pieces import Part
from worldloom.studio.figure.rig import (
    REST,
    SIDES,
    blend,
    leg_weights,
    lower_weights,
    only,
    smoothstep,
)
from worldloom.studio.geometry.mesh import Array, grid_triangles, mesh
from worldloom.studio.geometry.noise import noise
from worldloom.studio.geometry.sweeps import loft, tube

WAIST: Final = (0.808, 0.850, 0.895, 0.940, 0.985)
Profile = Sequence[tuple[float, float, float]]
"""Rows of a trouser leg: how far down the leg (1 the knee, 2 the ankle), radius, looseness."""


def weights(points: Array) -> Array:
    """Return weights of trousers."""
    return lower_weights(points)


def trousers_of(profile: Profile, thick: float, crease: float = 0.0) -> Cloth:
    """Return trousers from the waist down, on both legs, their borders open."""
    rows = [ring_at(lambda p: flesh.trunk(p) - thick, y) for y in WAIST]
    cloth = Cloth(np.concatenate(rows), [], [], {})
    grid = np.arange(len(rows) * AROUND).reshape(len(rows), AROUND)
    for i in range(len(rows) - 1):
        bridged(cloth, grid[i].tolist(), grid[i + 1].tolist(), "bottom")
    cloth.rings["waist"] = grid[-1].tolist()
    quarter = AROUND // 4
    front, back = cloth.points[grid[0, quarter]], cloth.points[grid[0, 3 * quarter]]
    t = np.array([0.25, 0.5, 0.75])[:, None]
    crotch = front * (1 - t) + back * t - [0, 0.045, 0] * np.sin(t * np.pi)
    cloth, base = cloth.grown(crotch)
    seam = [base, base + 1, base + 2]
    columns = {
        "l": [grid[0, j % AROUND] for j in range(3 * quarter, 5 * quarter + 1)] + seam,
        "r": [grid[0, j] for j in range(quarter, 3 * quarter + 1)] + seam[::-1],
    }
    for side, ring in columns.items():
        cloth = _leg(cloth, [int(i) for i in ring], side, profile, thick, crease)
    return cloth


def _leg(
    cloth: Cloth, ring: list[int], side: str, profile: Profile, thick: float, crease: float
) -> Cloth:
    hip, knee, ankle = (REST[side + joint] for joint in ("UpLeg", "LoLeg", "Foot"))
    middle = cloth.points[ring].mean(0)
    spokes = cloth.points[ring] - middle
    angles = np.unwrap(np.arctan2(spokes[:, 2], spokes[:, 0]))
    turn = 1.0 if angles[-1] > angles[0] else -1.0
    even = np.arange(len(ring)) / len(ring) * 2 * np.pi * turn
    even += np.mean(angles - even)
    last = ring
    for i, (s, radius, loose) in enumerate(profile):
        place = hip + (knee - hip) * s if s <= 1 else knee + (ankle - knee) * (s - 1)
        share = min((i + 1) / 2, 1.0)
        angle = angles * (1 - share) + even * share
        place = place + [0, 0, 0.012 * max(s - 1.3, 0.0)]
        points = place + np.c_[np.cos(angle), angle * 0, np.sin(angle)] * radius
        hug = flesh.drawn(lambda p: flesh.leg(p, side), points, thick)
        points = hug * (1 - loose) + points * loose
        points[:, 2] += crease * np.exp(-((np.sin(angle) - 1) ** 2) / 0.05)
        points += (0.003 * noise(points * [1, 1.6, 1] + 9, 12.0, 1))[:, None] * np.c_[
            np.cos(angle), angle * 0, np.sin(angle)
        ]
        cloth, base = cloth.grown(points)
        now = list(range(base, base + len(ring)))
        bridged(cloth, last, now, "bottom")
        last = now
    cloth.rings[side + "Hem"] = last
    return cloth


def _finish(part: Part, cloth: Cloth, thick: float) -> None:
    for side in "lr":
        axis = REST[side + "LoLeg"]
        solid = lambda p, a=axis: np.hypot(p[:, 0] - a[0], p[:, 2] - a[2]) - 0.01  # noqa: E731
        cloth = folded(cloth, side + "Hem", solid, "bottom", max(thick, 0.008), 0.016)
    for shape, slot in pieces_of(cloth, flesh.lower):
        part.add(shape, slot, weights)


def trousers(part: Part) -> None:
    """Straight trousers."""
    profile = [
        (0.16, 0.10, 0),
        (0.36, 0.092, 0),
        (0.66, 0.081, 0.2),
        (0.92, 0.073, 0.35),
        (1.10, 0.069, 0.45),
        (1.48, 0.066, 0.7),
        (1.90, 0.068, 1.0),
    ]
    _finish(part, trousers_of(profile, 0.012, 0.003), 0.010)


def slim(part: Part) -> None:
    """Trousers that follow the leg."""
    profile = [(0.16, 0.10, 0), (0.34, 0.09, 0), (0.62, 0.08, 0), (0.92, 0.07, 0), (1.10, 0.066, 0),
               (1.36, 0.066, 0), (1.68, 0.058, 0.5), (1.90, 0.056, 1)]  # fmt: skip
    _finish(part, trousers_of(profile, 0.009), 0.008)


def wide(part: Part) -> None:
    """Wide trousers."""
    profile = [
        (0.16, 0.105, 0.1),
        (0.34, 0.100, 0.4),
        (0.62, 0.099, 0.8),
        (0.92, 0.100, 1),
        (1.15, 0.103, 1),
        (1.45, 0.109, 1),
        (1.75, 0.116, 1),
        (2.0, 0.121, 1),
    ]
    _finish(part, trousers_of(profile, 0.013), 0.010)


def shorts(part: Part) -> None:
    """Shorts to above the knee."""
    profile = [(0.16, 0.105, 0), (0.34, 0.100, 0.3), (0.56, 0.094, 0.7), (0.80, 0.091, 0.9)]
    _finish(part, trousers_of(profile, 0.014), 0.010)


def _skirt(
    part: Part,
    rows: Sequence[tuple[float, float, float]],
    pleats: int,
    deep: float,
    slot: str = "bottom",
) -> None:
    """Add a skirt of level rows (height, half width, half depth), rippled more toward the hem."""
    around = 32
    turn = np.arange(around + 1) / around * 2 * np.pi
    low = rows[-1][0]
    grid = []
    for y, wide_, long in rows:
        t = max(0.0, (0.80 - y) / (0.80 - low))
        ripple = 1 + deep * t * np.cos(turn * pleats + 1.2 * np.sin(turn * 2))
        grid.append(
            np.c_[
                np.cos(turn) * wide_ * ripple,
                np.full(around + 1, y),
                np.sin(turn) * long * ripple - 0.004,
            ]
        )
    y, wide_, long = rows[-1]
    ripple = 1 + deep * np.cos(turn * pleats + 1.2 * np.sin(turn * 2))
    grid.append(
        np.c_[
            np.cos(turn) * (wide_ - 0.010) * ripple,
            np.full(around + 1, y + 0.004),
            np.sin(turn) * (long - 0.010) * ripple - 0.004,
        ]
    )
    grid.append(
        np.c_[
            np.cos(turn) * (wide_ - 0.02) * ripple,
            np.full(around + 1, y + 0.06),
            np.sin(turn) * (long - 0.02) * ripple - 0.004,
        ]
    )
    flat = np.concatenate(grid)
    count = len(grid)
    core = flat * [0.0, 1.0, 0.0]
    made = mesh(flat, flat - core, grid_triangles(count, around + 1)).oriented()
    smooth = made.smoothed()
    normals = smooth.normals.reshape(count, around + 1, 3).copy()
    seam = normals[:, 0] + normals[:, -1]
    normals[:, 0] = normals[:, -1] = seam
    shade = np.tile(0.90 + 0.10 * np.cos(turn * pleats + 1.2 * np.sin(turn * 2)), (count, 1))
    shade = 1 - (1 - shade) * np.linspace(0, 1, count)[:, None]
    part.add(made.with_normals(normals.reshape(-1, 3)).shaded(shade.ravel()), slot, skirt_weights)


def skirt_weights(points: Array) -> Array:
    """Return weights of what hangs from the hips round both legs."""
    x, y = points[:, 0], points[:, 1]
    side = smoothstep(0.5 + x / 0.24)[:, None]
    thighs = only("lUpLeg", len(x)) * side + only("rUpLeg", len(x)) * (1 - side)
    shins = only("lLoLeg", len(x)) * side + only("rLoLeg", len(x)) * (1 - side)
    legs = blend(thighs, shins, (0.50 - y) / 0.38)
    return blend(legs, only("hips", len(x)), 0.16 + (y - 0.70) / 0.20)


def skirt(part: Part) -> None:
    """A pleated skirt to the knee."""
    _skirt(
        part,
        [
            (0.990, 0.135, 0.104),
            (0.940, 0.147, 0.114),
            (0.880, 0.157, 0.121),
            (0.790, 0.161, 0.123),
            (0.690, 0.199, 0.174),
            (0.570, 0.226, 0.203),
            (0.470, 0.247, 0.226),
        ],
        12,
        0.045,
    )


def gown(part: Part) -> None:
    """A long skirt to the ankle."""
    _skirt(
        part,
        [
            (0.990, 0.135, 0.104),
            (0.940, 0.147, 0.114),
            (0.870, 0.158, 0.121),
            (0.780, 0.162, 0.124),
            (0.580, 0.200, 0.178),
            (0.400, 0.220, 0.203),
            (0.220, 0.244, 0.230),
            (0.085, 0.264, 0.252),
        ],
        9,
        0.05,
    )


BOTTOMS: Final[dict[str, Callable[[Part], None]]] = {
    made.__name__: made for made in (trousers, slim, wide, shorts, skirt, gown)
}
BARE_LEGS: Final = frozenset(("shorts", "skirt", "gown"))
"""Under which the legs are seen."""


def _shoe(
    part: Part,
    side: str,
    rows: Sequence[tuple[float, float, float, float]],
    slot: str = "shoes",
    shade: float = 1.0,
) -> None:
    """Add level rows of a shoe: height, forward, half width, half length."""
    x = float(REST[side + "Foot"][0])
    shape = loft([(x, y, z, w, long) for y, z, w, long in rows], 12, 2.5)
    toe = smoothstep((shape.positions[:, 2] - 0.05) / 0.10)
    points = shape.positions.copy()
    points[:, 1] -= toe * np.clip(points[:, 1] - 0.022, 0, 1) * 0.42
    points[:, 0] = x + (points[:, 0] - x) * (1 - 0.16 * toe)
    part.add(
        shape.with_positions(points).smoothed().shaded(shade), slot, lambda p: leg_weights(p, side)
    )


def _sole(part: Part, side: str, high: float, color: Sequence[float], slot: str = "own") -> None:
    x = float(REST[side + "Foot"][0])
    rows = [
        (x, high, 0.036, 0.046, 0.122),
        (x, high - 0.004, 0.036, 0.0525, 0.130),
        (x, 0.005, 0.036, 0.0525, 0.130),
        (x, 0.0, 0.036, 0.047, 0.124),
    ]
    shape = loft(rows, 12, 2.5)
    toe = smoothstep((shape.positions[:, 2] - 0.05) / 0.10)
    points = shape.positions.copy()
    points[:, 0] = x + (points[:, 0] - x) * (1 - 0.16 * toe)
    part.add(shape.with_positions(points).painted(color), slot, side + "Foot")


def trainers(part: Part) -> None:
    """Trainers with a thick sole and laces."""
    for _, side in SIDES:
        x = float(REST[side + "Foot"][0])
        _shoe(
            part,
            side,
            [
                (0.118, -0.020, 0.036, 0.046),
                (0.112, -0.020, 0.044, 0.054),
                (0.088, -0.006, 0.047, 0.074),
                (0.062, 0.022, 0.050, 0.106),
                (0.036, 0.034, 0.0515, 0.122),
                (0.022, 0.036, 0.050, 0.123),
            ],
        )
        _sole(part, side, 0.028, (0.80, 0.79, 0.76))
        for k in range(3):
            z, y = 0.046 + 0.021 * k, 0.0905 - 0.0125 * k
            lace = tube(
                [(x - 0.020, y - 0.004, z), (x, y + 0.002, z + 0.003), (x + 0.020, y - 0.004, z)],
                [0.0035] * 3,
                4,
            )
            part.add(lace.painted((0.85, 0.84, 0.82)), "own", side + "Foot")


def boots(part: Part) -> None:
    """Boots to above the ankle."""
    for _, side in SIDES:
        _shoe(
            part,
            side,
            [
                # Narrow enough for every trouser leg, wide enough for a bare one.
                (0.205, -0.017, 0.040, 0.043),
                (0.200, -0.017, 0.0455, 0.0475),
                (0.150, -0.016, 0.0435, 0.0455),
                (0.110, -0.012, 0.045, 0.060),
                (0.078, 0.008, 0.049, 0.094),
                (0.048, 0.030, 0.052, 0.121),
                (0.026, 0.036, 0.052, 0.127),
            ],
        )
        _sole(part, side, 0.032, (0.06, 0.05, 0.045))


def _foot(part: Part, side: str) -> None:
    _shoe(
        part,
        side,
        [
            (0.125, -0.022, 0.030, 0.032),
            (0.095, -0.016, 0.034, 0.048),
            (0.064, 0.018, 0.040, 0.094),
            (0.036, 0.034, 0.045, 0.112),
            (0.018, 0.036, 0.044, 0.114),
        ],
        "skin",
    )


def flats(part: Part) -> None:
    """Low shoes that show the instep."""
    for _, side in SIDES:
        _foot(part, side)
        _shoe(
            part,
            side,
            [
                (0.066, -0.010, 0.040, 0.070),
                (0.062, -0.004, 0.0445, 0.082),
                (0.044, 0.026, 0.0490, 0.116),
                (0.022, 0.036, 0.0500, 0.124),
            ],
        )
        _sole(part, side, 0.018, (0.10, 0.08, 0.07))


def sandals(part: Part) -> None:
    """Sandals of two straps."""
    for _, side in SIDES:
        _foot(part, side)
        _sole(part, side, 0.024, (0.30, 0.19, 0.10))
        x = float(REST[side + "Foot"][0])
        for z, y, half, high in (
            (0.082, 0.020, 0.049, 0.040),
            (0.020, 0.026, 0.046, 0.062),
            (-0.030, 0.060, 0.037, 0.044),
        ):
            arch = [
                (x + half * math.cos(a), y + high * math.sin(a), z)
                for a in np.linspace(0, math.pi, 7)
            ]
            part.add(tube(arch, [0.0078] * 7, 5), "shoes", side + "Foot")


SHOES: Final[dict[str, Callable[[Part], None]]] = {
    made.__name__: made for made in (trainers, boots, flats, sandals)
}
