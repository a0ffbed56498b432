"""Gates: each kit's own silhouette on its site. Local: +Z looks to the fountain, floor at y = 0.

A gate is drawn only when its kit is installed; until then its site is a garden that waits.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from worldloom.kits.plaza.scene.palette import tone
from worldloom.studio.geometry.mesh import Array, Mesh, merge
from worldloom.studio.geometry.outlines import arc, rectangle
from worldloom.studio.geometry.solids import box, lathe
from worldloom.studio.geometry.sweeps import extrude, sweep, tube


def _step(width: float, depth: float) -> list[Mesh]:
    return [
        box(width + 0.8, 0.14, depth + 0.8, 0.04, tone("lime", -0.05)).moved(0, 0.07, 0),
        box(width, 0.14, depth, 0.04, tone("lime")).moved(0, 0.21, 0),
    ]


def _arch(width: float, tall: float, thick: float, points: int = 18) -> Array:
    r = width / 2
    outer = arc(r + thick, points, 0, math.pi) + [0, tall - r]
    inner = arc(r, points, math.pi, 0) + [0, tall - r]
    return np.concatenate([[(r + thick, 0)], outer, [(-r - thick, 0), (-r, 0)], inner, [(r, 0)]])


def academy() -> Mesh:
    """Return a pedimented temple front of four fluted columns."""
    column = [(0.40, 0), (0.40, 0.12), (0.33, 0.16), (0.33, 0.24), (0.285, 0.28), (0.26, 2.0),
              (0.225, 3.3), (0.27, 3.36), (0.36, 3.48), (0.36, 3.58), (0, 3.58)]  # fmt: skip

    def flutes(angle: Array) -> Array:
        return 1 - 0.035 * np.abs(np.sin(angle * 8))

    shaft = lathe(column, 32, 0.02, tone("lime", 0.03), fluting=flutes)
    parts = _step(7.0, 2.6)
    parts += [shaft.moved(x, 0.28, 0.4) for x in (-2.7, -1.35, 1.35, 2.7)]
    parts.append(box(6.5, 0.42, 1.6, 0.04, tone("lime", 0.02)).moved(0, 4.07, 0.2))
    parts.append(
        extrude([(-3.5, 0), (3.5, 0), (0, 1.3)], 1.7, 0.06, tone("lime", 0.03)).moved(0, 4.28, 0.2)
    )
    parts.append(
        extrude([(-2.5, 0), (2.5, 0), (0, 0.88)], 0.1, 0.03, tone("teal")).moved(0, 4.44, 1.05)
    )
    for s in (-1, 1):
        slope = [(s * 3.7, 4.22, 0.2), (0, 5.64, 0.2)]
        parts.append(sweep(rectangle(2.0, 0.12), slope, chamfer=0.03, color=tone("terracotta")))
    return merge(parts)


def mall() -> Mesh:
    """Return an arcade of three arches with striped awnings."""
    parts = _step(8.0, 2.2)
    for x in (-2.7, 0, 2.7):
        bay = extrude(_arch(1.9, 3.1 if x else 3.7, 0.42), 0.75, 0.05, tone("lime", 0.02))
        parts.append(bay.moved(x, 0.28, 0))
    parts.append(box(8.3, 0.35, 1.0, 0.05, tone("lime", 0.03)).moved(0, 4.34, 0))
    parts.append(box(3.4, 0.5, 1.0, 0.05, tone("lime")).moved(0, 4.72, 0))
    for x in (-2.7, 2.7):
        for k in range(7):
            color = tone("terracotta") if k % 2 == 0 else tone("cream")
            at = x - 1.15 + 0.385 * k
            t = np.linspace(0, 1, 5)
            line = np.c_[np.full(5, at), 3.5 - 0.36 * t - 0.25 * t * t, 0.4 + 1.25 * t]
            parts.append(sweep(rectangle(0.385, 0.05), line, chamfer=0.01, color=color))
            lappet = np.concatenate(
                [arc(0.19, 7, math.pi, 2 * math.pi), [(0.19, 0.12), (-0.19, 0.12)]]
            )
            parts.append(extrude(lappet, 0.04, 0.01, color).moved(at, 2.8, 1.66))
    return merge(parts)


def clinic() -> Mesh:
    """Return a double helix on either side of an arch, with a cross on top."""
    parts = _step(5.0, 2.0)
    y = np.linspace(0, 4.4, 34)
    for s in (-1, 1):
        for phase, color in ((0.0, "cream"), (math.pi, "teal")):
            turn = y * 2.0 + phase
            strand = np.c_[s * 1.9 + 0.36 * np.cos(turn), 0.28 + y, 0.36 * np.sin(turn)]
            parts.append(tube(strand, np.full(len(y), 0.09), 7, tone(color)))
        for rung in np.linspace(0.25, 4.2, 11):
            bar = box(0.66, 0.05, 0.05, 0.012, tone("brass")).turned_y(-rung * 2.0)
            parts.append(bar.moved(s * 1.9, 0.28 + rung, 0))
    line = [(1.9 * math.cos(a), 4.62 + 1.3 * math.sin(a), 0) for a in np.linspace(0, math.pi, 22)]
    parts.append(sweep(arc(0.2, 9)[:-1], line, up=(0, 0, 1), smooth=True, color=tone("cream")))
    parts.append(box(0.32, 1.0, 0.22, 0.05, tone("coral")).moved(0, 6.47, 0))
    parts.append(box(1.0, 0.32, 0.22, 0.05, tone("coral")).moved(0, 6.47, 0))
    return merge(parts)


def workshop() -> Mesh:
    """Return tumbling blocks in six colours that lean into a doorway."""
    rng = np.random.default_rng(5)
    colors = ("coral", "teal", "brass", "cream", "violet", "sage")
    blocks = (
        (-2, 0.28, 0, 1.1), (2, 0.28, 0, 1.1), (-2.1, 1.38, 0.05, 1.0), (2.05, 1.38, -0.05, 1.05),
        (-1.95, 2.38, 0, 0.95), (2, 2.43, 0.05, 0.9), (-1.8, 3.33, 0, 0.95), (1.85, 3.33, 0, 1.0),
        (-0.95, 4.1, 0, 0.95), (0.95, 4.2, 0.05, 1.0), (0, 4.55, 0, 0.95), (1.0, 5.3, 0, 0.6),
        (-2.6, 4.9, 0.3, 0.5), (0.1, 5.75, 0.1, 0.42), (2.9, 4.6, 0.2, 0.4),
    )  # fmt: skip
    parts = _step(5.4, 2.2)
    for k, (x, y, z, size) in enumerate(blocks):
        block = box(size, size, size, 0.09, tone(colors[(k * 5 + k // 3) % 6]))
        if k >= 8:
            block = block.turned_x(0.3 * rng.normal()).turned_z(0.25 * rng.normal())
        parts.append(block.turned_y(0.12 * rng.normal()).moved(x, y + size / 2, z))
    return merge(parts)


def theatre() -> Mesh:
    """Return drawn curtains under a gilded pelmet with a film reel."""
    parts = _step(6.6, 2.0)
    t = np.linspace(0, 1, 12)
    curtain = [
        (0.0, 0.0),
        (0.9, 0.0),
        *np.c_[0.9 - 0.5 * t + 0.35 * np.sin(t * math.pi), t * 5.4][1:],
        (0.0, 5.4),
    ]
    for s in (-1, 1):
        parts.append(
            extrude(curtain, 0.5, 0.05, tone("ink", 0.05)).scaled(s, 1, 1).moved(s * 2.35, 0.28, 0)
        )
        for k in range(5):
            x = s * (2.35 - 0.16 * k)
            fold = [(x, 5.47, 0.1), (x, 3.1, 0.12), (x + s * 0.1 * (4 - k), 0.32, 0.15)]
            color = tone("coral", -0.06 - 0.02 * (k % 2))
            parts.append(sweep(arc(0.16, 7)[:-1], fold, up=(0, 0, 1), smooth=True, color=color))
    across = np.linspace(-3.1, 3.1, 15)
    pelmet = np.c_[across, 5.6 + 0.55 * np.cos(across / 2.9 * math.pi / 2), 0 * across]
    parts.append(sweep(rectangle(0.5, 0.6), pelmet, chamfer=0.06, color=tone("brass")))
    reel = [(0.75, 0), (0.75, 0.16), (0.55, 0.16), (0.55, 0.05), (0, 0.05)]
    parts.append(lathe(reel, 28, 0.03, tone("brass")).turned_x(math.pi / 2).moved(0, 6.3, 0.25))
    hole = lathe([(0.13, 0), (0.13, 0.12), (0, 0.12)], 12, 0.02, tone("ink")).turned_x(math.pi / 2)
    for k in range(6):
        a = k * math.pi / 3
        parts.append(hole.moved(0.36 * math.cos(a), 6.3 + 0.36 * math.sin(a), 0.3))
    return merge(parts)


def factory() -> Mesh:
    """Return a sawtooth roof on piers, with a gear and a chimney."""
    parts = _step(7.0, 2.6)
    tooth = [(-1.15, 0), (1.15, 0), (1.15, 1.3), (-1.15, 0.35)]
    for k in range(3):
        color = tone("terracotta", 0.0 if k != 1 else -0.05)
        parts.append(extrude(tooth, 2.4, 0.05, color).moved(-2.3 + 2.3 * k, 3.3, 0))
        parts.append(box(0.06, 0.8, 1.9, 0.02, tone("teal")).moved(-1.12 + 2.3 * k, 4.05, 0))
    for x in (-3.3, -1.9, 1.9, 3.3):
        parts.append(box(0.36, 3.0, 2.2, 0.04, tone("lime_warm")).moved(x, 1.78, 0))
    parts.append(box(7.1, 0.26, 2.5, 0.04, tone("ink", 0.1)).moved(0, 3.3, 0))
    gear = []
    for k in range(14):
        for share, radius in ((0.0, 1.0), (0.22, 1.22), (0.5, 1.22), (0.72, 1.0)):
            a = (k + share) / 14 * 2 * math.pi
            gear.append((radius * math.cos(a), radius * math.sin(a)))
    parts.append(extrude(gear, 0.2, 0.03, tone("brass")).moved(2.6, 2.1, 1.22))
    hub = lathe([(0.42, 0), (0.42, 0.14), (0, 0.14)], 20, 0.03, tone("ink")).turned_x(math.pi / 2)
    parts.append(hub.moved(2.6, 2.1, 1.3))
    chimney = [(0.34, 0), (0.3, 5.2), (0.36, 5.25), (0.36, 5.5), (0.24, 5.5), (0, 5.3)]
    parts.append(lathe(chimney, 18, 0.02, tone("lime_warm")).moved(-3.2, 0.28, -0.9))
    return merge(parts)


def city() -> Mesh:
    """Return stepped towers joined by a green bridge."""
    parts = _step(7.4, 2.4)
    towers = (
        (-3.1, 3.4, 0.9),
        (-2.2, 5.4, 1.0),
        (-3.0, 2.2, 1.3),
        (2.2, 6.9, 1.05),
        (3.15, 4.6, 0.95),
        (2.9, 2.6, 1.4),
    )
    for x, tall, wide in towers:
        z = -0.4 if tall > 3 else 0.4
        color = tone("cream", -0.02) if tall > 4 else tone("lime_warm")
        parts.append(box(wide, tall, wide, 0.06, color).moved(x, 0.28 + tall / 2, z))
        for y in np.arange(0.5, tall - 0.3, 0.42):
            for size in ((wide + 0.03, 0.17, wide * 0.72), (wide * 0.72, 0.17, wide + 0.03)):
                parts.append(box(*size, 0.01, tone("teal", -0.06)).moved(x, 0.28 + y, z))
    span = np.linspace(-1.8, 1.8, 11)
    rise = 0.405 * np.sin((span + 1.8) / 3.6 * math.pi)
    parts.append(
        sweep(
            rectangle(0.9, 0.24),
            np.c_[span, 3.9 + rise, 0 * span - 0.3],
            chamfer=0.04,
            color=tone("sage"),
        )
    )
    parts.append(
        sweep(
            rectangle(0.06, 0.3),
            np.c_[span, 4.15 + rise, 0 * span + 0.1],
            chamfer=0.01,
            color=tone("cream"),
        )
    )
    return merge(parts)


def bank() -> Mesh:
    """Return a six-sided vault ring with studs, and stacks of coins."""
    parts = _step(5.4, 2.2)
    ring = lathe(
        [(2.7, -0.4), (2.7, 0.4), (1.95, 0.4), (1.95, -0.4), (2.7, -0.4)],
        6,
        0.07,
        tone("ink", 0.08),
    )
    parts.append(ring.turned_x(math.pi / 2).moved(0, 2.65, 0))
    rim = lathe([(2.1, 0.3), (2.1, 0.52), (1.88, 0.52), (1.88, 0.3)], 48, 0.04, tone("brass"))
    parts.append(rim.turned_x(math.pi / 2).moved(0, 2.65, 0))
    stud = lathe([(0.1, 0), (0.1, 0.14), (0, 0.14)], 10, 0.025, tone("brass")).turned_x(math.pi / 2)
    for k in range(12):
        a = k * math.pi / 6
        parts.append(stud.moved(2.28 * math.cos(a), 2.65 + 2.28 * math.sin(a), 0.38))
    coin = lathe(
        [(0.34, 0), (0.34, 0.1), (0.26, 0.1), (0.26, 0.085), (0, 0.085)], 22, 0.018, tone("brass")
    )
    for x, count, z in ((-2.6, 6, 0.7), (2.6, 9, 0.7), (2.3, 3, 0.95)):
        for k in range(count):
            parts.append(coin.moved(x + 0.02 * math.sin(k * 7.0), 0.28 + 0.115 * k, z))
    return merge(parts)


GATES: dict[str, Callable[[], Mesh]] = {
    "academy": academy, "theatre": theatre, "city": city, "bank": bank, "mall": mall,
    "workshop": workshop, "clinic": clinic, "factory": factory,
}  # fmt: skip
