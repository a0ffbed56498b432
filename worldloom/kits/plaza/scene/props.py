"""Things of their own that the plaza's world moves or fills: board, lantern, ball and sign."""

from __future__ import annotations

import math

import numpy as np

from worldloom.kits.plaza.scene.palette import tone
from worldloom.studio.geometry.color import oklch
from worldloom.studio.geometry.mesh import Mesh, merge
from worldloom.studio.geometry.outlines import polygon, rectangle
from worldloom.studio.geometry.solids import box, lathe
from worldloom.studio.geometry.sweeps import extrude, sweep


def _roofed_posts(half: float, tall: float) -> list[Mesh]:
    """Two square posts on stone feet, under a small tiled roof."""
    wood, parts = tone("wood", -0.05), []
    for s in (-1, 1):
        parts.append(box(0.34, 0.22, 0.34, 0.03, tone("lime_warm")).moved(s * half, 0.11, 0))
        parts.append(box(0.13, tall, 0.13, 0.02, wood).moved(s * half, tall / 2 + 0.1, 0))
    section = [(-0.42, -0.05), (0.42, -0.05), (0.42, 0.0), (0, 0.26), (-0.42, 0.0)]
    line = [(-half - 0.36, tall + 0.12, 0), (half + 0.36, tall + 0.12, 0)]
    parts.append(sweep(section, line, chamfer=0.015, color=tone("tile")))
    parts.append(box(2 * half + 0.8, 0.09, 0.13, 0.03, tone("tile_dark")).moved(0, tall + 0.39, 0))
    for k in range(int((2 * half + 0.6) / 0.16)):
        x = -half - 0.3 + 0.16 * (k + 0.5)
        for s in (-1, 1):
            row = sweep(
                polygon(0.035, 6),
                [(x, tall + 0.13, s * 0.43), (x, tall + 0.385, 0)],
                up=(1, 0, 0),
                color=tone("tile"),
            )
            parts.append(row)
    return parts


def board() -> Mesh:
    """Return a roofed notice board, 2.9 m wide, its cork face at z = 0.05 looking to +Z."""
    wood = tone("wood", -0.05)
    parts = _roofed_posts(1.3, 2.45)
    parts.append(box(2.44, 1.5, 0.06, 0.01, oklch(0.74, 0.055, 72)).moved(0, 1.45, 0.015))
    parts.append(box(2.5, 0.08, 0.14, 0.02, wood).moved(0, 0.66, 0.02))
    parts.append(box(2.5, 0.08, 0.14, 0.02, wood).moved(0, 2.10, 0.02))
    parts.append(box(2.5, 0.20, 0.12, 0.02, tone("teal", -0.14)).moved(0, 2.235, 0.01))
    for s in (-1, 1):
        parts.append(box(0.07, 1.5, 0.12, 0.015, wood).moved(s * 1.2, 1.4, 0.02))
    shelf = box(2.3, 0.045, 0.26, 0.012, wood).moved(0, 0.62, 0.13)
    pot = lathe([(0.05, 0), (0.06, 0.12), (0.055, 0.12), (0, 0.03)], 10, 0.004, tone("terracotta"))
    parts += [shelf, pot.moved(0.92, 0.64, 0.15)]
    for k, color in enumerate(("coral", "teal", "violet")):
        pencil = lathe([(0.008, 0), (0.008, 0.17), (0, 0.19)], 6, 0, tone(color))
        turned = (
            pencil.turned_z(0.16 * (k - 1)).turned_x(0.1).moved(0.92 + 0.012 * (k - 1), 0.67, 0.15)
        )
        parts.append(turned)
    return merge(parts)


def lantern() -> Mesh:
    """Return a stone lantern of 1.9 m with an open fire box between 1.0 and 1.35 m."""
    stone = tone("lime_dark", -0.02)
    six = 6
    parts = [
        lathe([(0.44, 0), (0.44, 0.1), (0.34, 0.16), (0.2, 0.2), (0, 0.2)], six, 0.02, stone),
        lathe(
            [(0.15, 0.15), (0.12, 0.5), (0.145, 0.52), (0.145, 0.58), (0.12, 0.6), (0.14, 0.8)],
            16,
            0.01,
            stone,
        ),
        lathe([(0.14, 0.78), (0.33, 0.88), (0.36, 0.97), (0.3, 1.0), (0, 1.0)], six, 0.018, stone),
        lathe(
            [
                (0, 1.34),
                (0.3, 1.34),
                (0.52, 1.38),
                (0.54, 1.43),
                (0.34, 1.54),
                (0.12, 1.64),
                (0.1, 1.68),
                (0, 1.68),
            ],
            six,
            0.02,
            stone,
        ),
        lathe([(0.06, 1.66), (0.13, 1.74), (0.1, 1.83), (0.03, 1.92), (0, 1.93)], 12, 0.01, stone),
    ]
    for k in range(six):
        angle = k / six * 2 * math.pi
        parts.append(box(0.055, 0.36, 0.075, 0.012, stone).moved(0.25, 1.17, 0).turned_y(angle))
        tip = extrude([(0, 0), (0.07, 0.02), (0.09, 0.1), (0.02, 0.07)], 0.05, 0.01, stone)
        parts.append(tip.moved(0.50, 1.41, 0).turned_y(angle))
    return merge(parts)


def ball(radius: float = 0.45) -> Mesh:
    """Return a temari ball: eight threads of colour wound over cream, about its own middle."""
    turn = np.linspace(-math.pi / 2, math.pi / 2, 15)
    sphere = lathe(np.c_[np.cos(turn), np.sin(turn)], 48, smooth=True)
    p = sphere.positions
    turn = np.arctan2(p[:, 2], p[:, 0])
    petals = np.abs(np.cos(turn * 4)) ** 0.6 * 0.86
    inside = (petals - np.abs(p[:, 1]) * 1.02) > 0
    ring = np.abs(np.abs(petals - np.abs(p[:, 1]) * 1.02)) < 0.05
    band = np.abs(p[:, 1]) < 0.07
    north = p[:, 1] > 0
    colors = np.where(
        inside[:, None], np.where(north[:, None], tone("coral"), tone("teal")), tone("cream", -0.02)
    )
    colors = np.where(ring[:, None], tone("brass", 0.06), colors)
    colors = np.where(band[:, None], oklch(0.42, 0.08, 265), colors)
    return sphere.painted(colors).scaled(radius)


def sign() -> Mesh:
    """Return a wooden signpost of 1.7 m whose face looks to +Z."""
    wood = tone("wood", -0.08)
    parts = [box(1.36, 0.62, 0.06, 0.02, tone("teal", -0.16)).moved(0, 1.28, 0)]
    for y in (0.95, 1.61):
        parts.append(box(1.46, 0.07, 0.1, 0.02, wood).moved(0, y, 0))
    for s in (-1, 1):
        parts.append(box(0.1, 1.72, 0.1, 0.02, wood).moved(s * 0.7, 0.86, 0))
        parts.append(box(0.26, 0.14, 0.26, 0.03, tone("lime_warm")).moved(s * 0.7, 0.07, 0))
        cap = lathe([(0.075, 0), (0.08, 0.03), (0, 0.11)], 4, 0.005, wood).turned_y(math.pi / 4)
        parts.append(cap.moved(s * 0.7, 1.72, 0))
    parts.append(
        sweep(
            rectangle(1.3, 0.012),
            [(0, 1.0, 0.036), (0, 1.56, 0.036)],
            up=(0, 0, 1),
            color=tone("teal", -0.12),
            chamfer=0,
        )
    )
    return merge(parts)


PROPS = {"board": board, "lantern": lantern, "ball": ball, "sign": sign}
