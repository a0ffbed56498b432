"""The hall's doors and what stands inside: a painted screen, a long table, lanterns, vases."""

from __future__ import annotations

import math

import numpy as np

from worldloom.kits.plaza.scene.hall.yingzao import TERRACE, Plan
from worldloom.kits.plaza.scene.palette import tone
from worldloom.studio.geometry.color import oklch
from worldloom.studio.geometry.mesh import Array, Mesh, grid_triangles, merge, mesh
from worldloom.studio.geometry.noise import noise
from worldloom.studio.geometry.outlines import arc
from worldloom.studio.geometry.solids import box, lathe, plain_box
from worldloom.studio.geometry.sweeps import extrude, tube

JAMB = 22.0


def door_leaf(width: float, tall: float, fine: bool) -> tuple[Mesh, Mesh]:
    """Return a lattice door leaf standing at x = 0 on y = 0: its wood and its paper."""
    dark, red = tone("red_dark"), tone("red")
    parts = [
        box(width - 1, tall * 0.372, 7, 0.8, dark).moved(0, tall * 0.186, 0),
        box(width - 1, 6, 7, 0.6, dark).moved(0, tall * 0.98, 0),
    ]
    for end in (-1, 1):
        parts.append(box(5, tall * 0.62, 7, 0.6, dark).moved(end * (width / 2 - 3), tall * 0.68, 0))
    for y, high in ((0.22, 0.20), (0.06, 0.05), (0.345, 0.02)):
        parts.append(plain_box(width * 0.7, tall * high, 8.6, red).moved(0, tall * y, 0))
    if fine:
        for u in np.linspace(-0.34, 0.34, 5):
            parts.append(plain_box(2, tall * 0.6, 3.4, dark).moved(u * width, tall * 0.68, 0))
        for v in np.linspace(0.42, 0.94, 9):
            parts.append(plain_box(width - 6, 2, 3.0, dark).moved(0, tall * v, 0))
    else:
        parts += _plain_lattice(width, tall)
    paper = plain_box(width - 7, tall * 0.6, 1.2, tone("lamplight", -0.07)).moved(0, tall * 0.68, 0)
    return merge(parts), paper


def _plain_lattice(width: float, tall: float) -> list[Mesh]:
    """Flat bars on both sides of the paper, fewer and wider: thin ones would only flicker."""
    parts = []
    uprights = [(3.0, tall * 0.6, u * width, tall * 0.68) for u in (-0.25, 0.0, 0.25)]
    rails = [(width - 6, 3.0, 0.0, tall * v) for v in (0.5, 0.62, 0.74, 0.86)]
    for wide, high, x, y in uprights + rails:
        w, h = wide / 2, high / 2
        corners = np.array([(-w, -h, 0), (w, -h, 0), (w, h, 0), (-w, h, 0)], float)
        for side in (-1, 1):
            bar = mesh(corners + [x, y, side * 1.8], (0, 0, side), [(0, 1, 2), (0, 2, 3)])
            parts.append(bar.painted(tone("red_dark")).oriented())
    return parts


def doors(plan: Plan, fine: bool) -> tuple[Mesh, Mesh]:
    """Return the front's doors, the four middle leaves folded open: wood and paper."""
    wood: list[Mesh] = []
    paper: list[Mesh] = []
    tall = plan.column - 72
    for i, bay in enumerate(plan.bays):
        middle = float(plan.xs[i] + plan.xs[i + 1]) / 2
        width = bay - 2 * JAMB
        leaves = 6 if i == len(plan.bays) // 2 else 4
        step = width / leaves
        leaf, pane = door_leaf(step, tall, fine)
        for k in range(leaves):
            x = middle - width / 2 + step * (k + 0.5)
            turn, dz = 0.0, 0.0
            if leaves == 6 and 0 < k < 5:
                # Folded inwards, in pairs, against the standing outer leaves.
                side = -1 if k < 3 else 1
                fold = 1 if k in (1, 4) else 2
                x = middle + side * (width / 2 - step) - side * (4 + 9 * (fold - 1))
                turn, dz = math.pi / 2, -step * 0.52
            for made, part in ((wood, leaf), (paper, pane)):
                made.append(part.turned_y(turn).moved(x, TERRACE + 2, plan.half_z + dz))
    return merge(wood), merge(paper)


def _painting(width: float, tall: float, fine: bool) -> Mesh:
    """A blue-green mountain scroll, painted on a grid of vertices."""
    columns, rows = (44, 21) if fine else (23, 11)
    u, v = np.meshgrid(np.linspace(-1, 1, columns), np.linspace(0, 1, rows))
    points = np.c_[u.ravel() * width / 2, v.ravel() * tall, np.zeros(u.size)]
    paint = np.broadcast_to(oklch(0.86, 0.045, 85), (u.size, 3)).copy()
    x = np.c_[u.ravel() * 2, np.zeros(u.size), np.zeros(u.size)]
    layers = ((0.62, 0.26, (0.74, 0.05, 200), 3.0), (0.46, 0.24, (0.60, 0.075, 215), 8.0),
              (0.30, 0.20, (0.52, 0.085, 185), 14.0))  # fmt: skip
    for base, swing, color, seed in layers:
        crest = base + swing * noise(x + seed, 1.1, 3)
        depth = (crest - v.ravel()) / 0.05
        share = np.clip(depth, 0, 1)[:, None]
        fade = np.clip((crest - v.ravel()) / 0.35, 0, 1)[:, None]
        hue = oklch(*color) * (1 - fade * 0.55) + oklch(0.84, 0.05, 90) * fade * 0.55
        paint = paint * (1 - share) + hue * share
    scroll = mesh(points, (0, 0, 1), grid_triangles(rows, columns)).painted(paint).oriented()
    sun = lathe([(tall * 0.075, 0), (0, 0)], 20, 0, oklch(0.66, 0.15, 35)).turned_x(math.pi / 2)
    return merge([scroll, sun.moved(width * 0.28, tall * 0.80, 0.25)])


def _beam(w: float, h: float, d: float, chamfer: float, color: Array, fine: bool) -> Mesh:
    """A box with the edge that the tier can afford."""
    return box(w, h, d, chamfer, color) if fine else plain_box(w, h, d, color)


def _screen(fine: bool) -> Mesh:
    """A standing screen of 250 by 130 fen with the painting on its face."""
    frame = tone("wood_dark", -0.06)
    parts = [
        _painting(244, 122, fine).moved(0, 34, 3.2),
        plain_box(244, 122, 5, frame).moved(0, 95, 0),
    ]
    for y in (30, 160):
        parts.append(_beam(262, 9, 9, 1.2, frame, fine).moved(0, y, 0))
    for s in (-1, 1):
        parts.append(_beam(9, 140, 9, 1.2, frame, fine).moved(s * 127, 95, 0))
        parts.append(
            extrude([(-30, 0), (30, 0), (8, 30), (-8, 30)], 8, 1, frame)
            .turned_y(math.pi / 2)
            .moved(s * 118, 0, 0)
        )
    return merge(parts)


def _table(fine: bool) -> Mesh:
    wood = tone("wood", -0.08)
    parts = [
        _beam(170, 5, 40, 1.2, wood, fine).moved(0, 56, 0),
        _beam(158, 7, 34, 1.0, wood, fine).moved(0, 50, 0),
    ]
    for s in (-1, 1):
        scroll = extrude([(0, 0), (9, 0), (9, 8), (3, 9)], 40, 0.8, wood)
        parts.append(scroll.scaled(s, 1, 1).moved(s * 84, 56, 0))
        for z in (-14, 14):
            parts.append(_beam(7, 50, 7, 1, wood, fine).moved(s * 72, 25, z))
    if not fine:
        return merge(parts)
    parts.append(_vase().scaled(0.55).moved(-58, 58, 0))
    burner = [(0, 0), (7, 0), (5, 3), (9, 8), (10, 13), (8, 15), (8, 13), (0, 12)]
    parts.append(lathe(burner, 14, 0.5, tone("brass", -0.1)).moved(0, 58, 0))
    book = box(20, 4, 14, 0.6, tone("blue_green"))
    parts += [
        book.turned_y(0.2).moved(52, 61, 2),
        book.turned_y(-0.1).painted(tone("cream", -0.05)).moved(53, 65, 1),
    ]
    return merge(parts)


def _vase() -> Mesh:
    """A celadon vase with a blossoming branch."""
    line = [
        (0, 0),
        (11, 0),
        (10, 3),
        (19, 18),
        (21, 32),
        (15, 46),
        (8, 54),
        (8, 60),
        (11, 64),
        (9, 64),
        (7, 58),
    ]
    parts = [lathe(line, 12, 0, oklch(0.72, 0.05, 175), smooth=True)]
    rng = np.random.default_rng(5)
    for k in range(3):
        a = k * 2.1
        tip = np.array([math.cos(a) * 26, 118 + 8 * k, math.sin(a) * 26])
        parts.append(
            tube(
                np.stack([[0, 60, 0], tip * [0.3, 0.75, 0.3], tip]),
                [1.6, 1.2, 0.5],
                5,
                tone("bark_cherry"),
            )
        )
        for _ in range(5):
            at = tip * [1, 1, 1] * rng.uniform(0.72, 1.0) + rng.normal(0, 2.5, 3)
            parts.append(lathe([(0, -2), (2.6, 0), (0, 2)], 4, 0, tone("blossom", 0.02)).moved(*at))
    return merge(parts)


def _lantern() -> tuple[Mesh, Mesh]:
    """A round hanging lantern: ribs, caps and cord, and its glowing paper."""
    line = np.c_[arc(15, 9, -math.pi / 2 + 0.35, math.pi / 2 - 0.35) * [1.15, 1]]
    paper = lathe(line, 16, 0.3, oklch(0.80, 0.13, 55), smooth=True)
    caps = [
        lathe([(0, y), (6, y), (6, y + 3), (0, y + 3)], 10, 0.5, tone("gold")) for y in (-17, 14)
    ]
    cord = plain_box(0.8, 44, 0.8, tone("ink")).moved(0, 38, 0)
    tassel = lathe([(0, -34), (2.6, -33), (1.2, -20), (0, -17)], 6, 0.3, tone("red"))
    return merge([*caps, cord, tassel]), paper


def furnishing(plan: Plan, fine: bool = True) -> tuple[Mesh, Mesh]:
    """Return what stands and hangs inside: solid things, and what glows."""
    floor, back = TERRACE + 1.4, -plan.half_z
    parts = [_screen(fine).moved(0, floor, back + 96), _table(fine).moved(0, floor, back + 148)]
    rug = _beam(220, 1.2, 150, 0.5, oklch(0.44, 0.10, 25), fine).moved(0, floor, 60)
    border = _beam(204, 1.3, 134, 0.4, tone("cream", -0.12), fine).moved(0, floor + 0.1, 60)
    field = _beam(196, 1.4, 126, 0.4, oklch(0.40, 0.07, 255), fine).moved(0, floor + 0.2, 60)
    parts += [rug, border, field]
    if not fine:
        return merge(parts), merge([_lantern()[1]])
    for s in (-1, 1):
        parts.append(_vase().scaled(1.15).moved(s * 205, floor, back + 70))
        for z in (-60, 60):
            stool = lathe(
                [(0, 0), (13, 0), (17, 9), (17, 19), (13, 28), (0, 28)],
                12,
                1.0,
                oklch(0.55, 0.06, 190),
            )
            parts.append(stool.moved(s * 250, floor, z))
    iron, paper = _lantern()
    glow = []
    for x in (-280, -95, 95, 280):
        at = (x, TERRACE + plan.column - 44, 40.0)
        parts.append(iron.moved(*at))
        glow.append(paper.moved(*at))
    return merge(parts), merge(glow)


def name_board(plan: Plan) -> Mesh:
    """Return the hanging board over the middle bay, gilt-framed and blue, without words."""
    parts = [
        box(120, 40, 6, 1.5, oklch(0.36, 0.06, 250)),
        box(128, 5, 9, 1.2, tone("gold")).moved(0, 21, 0),
        box(128, 5, 9, 1.2, tone("gold")).moved(0, -21, 0),
        box(5, 42, 9, 1.2, tone("gold")).moved(-62, 0, 0),
        box(5, 42, 9, 1.2, tone("gold")).moved(62, 0, 0),
    ]
    return merge(parts).turned_x(0.16).moved(0, TERRACE + plan.column + 30, plan.half_z + 93)
