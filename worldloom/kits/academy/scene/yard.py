"""The yard itself: terrace, house, trees, meadow and hills."""

from __future__ import annotations

import math

import numpy as np

from worldloom.kits.academy.scene.palette import tone
from worldloom.kits.academy.scene.places import HOUSE_Z, TERRACE
from worldloom.studio.geometry.mesh import Mesh, grid_triangles, merge, mesh
from worldloom.studio.geometry.noise import noise
from worldloom.studio.geometry.outlines import polygon, rectangle
from worldloom.studio.geometry.solids import box, icosphere, lathe, plain_box
from worldloom.studio.geometry.sweeps import sweep, tube

TREES = (
    # x, z, height, whether it is a maple
    (-8.6, -7.2, 5.4, False), (8.4, -6.6, 5.9, True), (-9.8, 1.8, 4.8, True),
    (9.6, 3.4, 4.6, False), (-6.2, -10.8, 6.6, False), (5.6, -11.4, 7.0, False),
    (-12.5, -3.0, 6.0, False), (12.6, -1.6, 6.2, False), (-12.0, 7.5, 5.6, False),
    (11.5, 9.5, 5.4, True), (0.8, -13.0, 7.4, False), (-3.0, -14.5, 7.0, True),
    (-16, -11, 7.5, False), (17, -9, 7.8, False), (-18, 4, 7, False), (19, 6, 7.2, False),
)  # fmt: skip


def terrace() -> Mesh:
    """Return rings of slabs with open joints, a band of brick and a kerb."""
    chance = np.random.default_rng(11)
    rings = ((0.9, 6), (1.95, 12), (3.0, 18), (4.05, 26), (5.1, 32), (6.15, 38), (7.2, 46))
    parts = [lathe([(TERRACE, -0.03), (0, -0.03)], 64, 0, tone("slab_warm", -0.14))]
    inner = 0.0
    for outer, count in rings:
        for k in range(count):
            start, stop = (k + np.array([0.0, 1.0])) / count * 2 * math.pi
            color = tone("slab", chance.normal(0, 0.018)) if outer != 5.1 else tone(
                "slab_warm", chance.normal(-0.03, 0.02))  # fmt: skip
            parts.append(_slab(inner, outer, start, stop, color))
        inner = outer
    for k in range(96):
        start, stop = (k + np.array([0.0, 1.0])) / 96 * 2 * math.pi
        parts.append(_slab(7.2, 7.55, start, stop, tone("brick", chance.normal(0, 0.03))))
    kerb = [(7.57, -0.05), (7.57, 0.1), (7.62, 0.14), (8.0, 0.14), (8.08, 0.08), (8.12, -0.2)]
    parts.append(lathe(kerb, 96, 0.015, tone("plinth", 0.04)))
    made = merge(parts)
    return made.shaded(1 + 0.03 * noise(made.positions, 0.5, 2))


def _slab(inner: float, outer: float, start: float, stop: float, color: object) -> Mesh:
    """Return one slab between two radii and angles, with a joint round it."""
    joint, rows = 0.012, []
    for radius in (max(inner + joint, 0.0), outer - joint):
        gap = joint / max(radius, 0.2)
        turn = np.linspace(start + gap, stop - gap, 5)
        rows.append(np.c_[np.cos(turn) * radius, np.zeros(5), np.sin(turn) * radius])
    top = mesh(np.concatenate(rows), (0, 1, 0), grid_triangles(2, 5), np.asarray(color))
    return top.oriented()


def house() -> Mesh:
    """Return the training house: an open porch before a plaster wall, 11 m wide."""
    beam, z = tone("beam"), HOUSE_Z
    parts = [
        box(11.2, 3.5, 0.3, 0.02, tone("plaster")).moved(0, 1.75, z),
        box(11.4, 0.5, 0.4, 0.03, tone("plinth")).moved(0, 0.25, z + 0.02),
        box(11.6, 0.16, 2.0, 0.03, tone("slab_warm")).moved(0, 0.0, z + 0.9),
    ]
    for s in (-1, 1):
        parts.append(box(0.3, 3.5, 3.6, 0.02, tone("plaster")).moved(s * 5.5, 1.75, z - 1.7))
        parts.append(_window(0.95).moved(s * 2.55, 1.72, z + 0.17))
    parts.append(_window(0.95).moved(-4.3, 1.72, z + 0.17))
    for x in (-5.4, -3.4, -1.2, 1.2, 3.4, 5.4):
        parts.append(box(0.26, 0.22, 0.26, 0.03, tone("plinth")).moved(x, 0.19, z + 1.7))
        parts.append(box(0.16, 2.7, 0.16, 0.02, beam).moved(x, 1.6, z + 1.7))
        parts.append(box(0.1, 0.12, 2.1, 0.02, beam).moved(x, 3.0, z + 0.9))
    parts.append(box(11.6, 0.2, 0.2, 0.025, beam).moved(0, 2.98, z + 1.7))
    parts += [*_door(4.3, z), *_main_roof(z)]
    return merge(parts)


def _window(half: float) -> Mesh:
    """Return a window's frame and bars, its glass set apart."""
    beam = tone("beam", 0.05)
    parts = [box(2 * half + 0.14, 0.1, 0.12, 0.02, beam).moved(0, s * 0.72, 0) for s in (-1, 1)]
    parts += [box(0.1, 1.5, 0.12, 0.02, beam).moved(s * half, 0, 0) for s in (-1, 1)]
    parts += [box(0.04, 1.4, 0.05, 0.01, beam).moved(x, 0, 0.01) for x in (-half / 3, half / 3)]
    parts.append(box(2 * half, 0.04, 0.05, 0.01, beam).moved(0, 0.18, 0.01))
    parts.append(box(2 * half + 0.3, 0.06, 0.24, 0.015, tone("plinth")).moved(0, -0.8, 0.06))
    return merge(parts)


def glass() -> Mesh:
    """Return the panes of the house, which glow towards evening, and the porch lamps."""
    pane = plain_box(1.86, 1.36, 0.02, tone("window"))
    z = HOUSE_Z + 0.165
    bulb = lathe([(0, 0), (0.07, 0.02), (0.09, 0.1), (0.05, 0.16), (0, 0.17)], 12, 0,
                 tone("lamplight"))  # fmt: skip
    panes = [pane.moved(x, 1.72, z) for x in (-4.3, -2.55, 2.55)]
    return merge([*panes, *(bulb.moved(x, 2.62, HOUSE_Z + 1.1) for x in (-2.3, 2.3))])


def _door(x: float, z: float) -> list[Mesh]:
    parts = [box(1.3, 2.3, 0.12, 0.02, tone("beam", 0.05)).moved(x, 1.25, z + 0.14),
             box(1.08, 2.12, 0.1, 0.02, tone("exit", -0.04)).moved(x, 1.18, z + 0.19),
             box(0.9, 0.05, 0.05, 0.015, tone("steel")).moved(x, 1.12, z + 0.28)]  # fmt: skip
    parts.append(box(0.82, 0.28, 0.05, 0.012, tone("exit", 0.06)).moved(x, 2.62, z + 0.19))
    return parts


def _main_roof(z: float) -> list[Mesh]:
    """The big roof: two slopes with rows of tiles, a ridge and gutters."""
    half, low, high, front, back = 6.1, 3.02, 5.0, z + 2.25, z - 4.2
    middle = z - 1.2
    parts = []
    for edge in (front, back):
        run = edge - middle
        section = [(0, high), (run, low), (run, low - 0.14), (0, high - 0.14)]
        outline = [(p[0] if run > 0 else -p[0], p[1]) for p in section]
        slope = sweep(outline, [(-half, 0, 0), (half, 0, 0)], chamfer=0.01, color=tone("tile_dark"))
        parts.append(slope.scaled(1, 1, -1 if run > 0 else 1).moved(0, 0, middle))
        for k in range(int(2 * half / 0.24)):
            x = -half + 0.24 * (k + 0.5)
            shade = tone("tile", 0.02 * math.sin(k * 1.7))
            line = [(x, low + 0.02, edge), (x, high + 0.02, middle)]
            parts.append(sweep(polygon(0.07, 6), line, up=(1, 0, 0), color=shade))
    parts.append(
        box(2 * half + 0.1, 0.2, 0.3, 0.05, tone("tile_dark")).moved(0, high + 0.1, middle)
    )
    parts.append(sweep(rectangle(0.1, 0.1), [(-half, low - 0.12, front), (half, low - 0.12, front)],
                       chamfer=0.02, color=tone("steel_dark")))  # fmt: skip
    for s in (-1, 1):
        gable = [(front - middle, low - 0.05), (0, high - 0.1), (back - middle, low - 0.05)]
        outline3 = np.array([(s * 5.5, y, middle + out) for out, y in gable])
        side = mesh(outline3, (s, 0, 0), [[0, 1, 2]], tone("plaster")).oriented()
        parts.append(side)
    return parts


def tree(height: float, maple: bool, seed: int, fine: bool = False) -> tuple[Mesh, Mesh]:
    """Return a tree's trunk and its crown of lumps."""
    chance = np.random.default_rng(seed)
    bark = tone("bark")
    top = height * 0.55
    lean = chance.uniform(-0.2, 0.2, 2)
    trunk = [tube([(0, -0.2, 0), (lean[0] / 2, top / 2, lean[1] / 2), (lean[0], top, lean[1])],
                  [0.05 * height * 0.6, 0.03 * height * 0.7, 0.05], 9, bark)]  # fmt: skip
    lumps = []
    for k in range(7):
        turn, out = k * 2.4, (0.0 if k == 0 else 0.22 * height)
        high = height * (0.78 if k == 0 else 0.56 + 0.05 * (k % 3))
        place = np.array([math.cos(turn) * out, high, math.sin(turn) * out])
        radius = height * chance.uniform(0.19, 0.25)
        ball = icosphere(3 if fine else 2)
        bumps = 1 + 0.16 * noise(ball.positions + k * 3.1, 2.2, 2)
        points = ball.positions * bumps[:, None] * radius * [1, 0.8, 1] + place
        lumps.append(ball.with_positions(points))
        fork = np.array([lean[0], top, lean[1]]) * 0.8
        branch = np.stack([fork, place * [0.8, 0.95, 0.8]])
        trunk.append(tube(branch, [0.05, 0.02], 6, bark))
    crown = merge(lumps).smoothed()
    low, light = (
        (tone("maple"), tone("maple_light")) if maple else (tone("leaf"), tone("leaf_light"))
    )
    up = np.clip((crown.positions[:, 1:2] / height - 0.35) * 1.7, 0, 1)
    speck = 1 + 0.16 * noise(crown.positions, 3.4, 2)[:, None]
    return merge(trunk), crown.painted((low * (1 - up) + light * up) * speck)


def trees() -> tuple[Mesh, Mesh]:
    """Return all trunks, and all crowns and hedges."""
    trunks, crowns = [], []
    for seed, (x, z, height, maple) in enumerate(TREES):
        trunk, crown = tree(height, maple, seed, math.hypot(x, z) < 11.8)
        trunks.append(trunk.moved(x, 0, z))
        crowns.append(crown.moved(x, 0, z))
    for k in range(26):
        turn = 0.32 + k / 26 * (2 * math.pi - 0.64) + math.pi / 2
        x, z = math.cos(turn) * 9.1, math.sin(turn) * 9.1
        # None behind the house, nor where the view of who stands at the workbench comes from.
        if (z < -5.0 and abs(x) < 7.5) or (z > 5.5 and 0.5 < x < 7.5):
            continue
        ball = icosphere(2)
        bumps = 1 + 0.14 * noise(ball.positions + k, 2.4, 2)
        shape = ball.with_positions(ball.positions * bumps[:, None] * [0.8, 0.55, 0.62]).smoothed()
        color = tone("hedge", 0.03 * math.sin(k * 2.1))
        crowns.append(shape.painted(color).turned_y(-turn).moved(x, 0.34, z))
    return merge(trunks), merge(crowns)


def meadow(columns: int = 96) -> Mesh:
    """Return the grass from the kerb to 130 m."""
    radii = np.array([8.05, 8.6, 9.4, 10.4, 12, 14, 17, 21, 26, 33, 42, 54, 70, 95, 130])
    angle = np.linspace(0, 2 * np.pi, columns + 1)
    radius, turn = np.meshgrid(radii, angle, indexing="ij")
    x, z = (radius * np.cos(turn)).ravel(), (radius * np.sin(turn)).ravel()
    away = np.clip((np.hypot(x, z) - 12) / 60, 0, 1)
    y = 0.02 + away * 2.2 * noise(np.c_[x, x * 0, z], 0.03, 2) - 0.3 * away
    made = mesh(np.c_[x, y, z], (0, 1, 0), grid_triangles(len(radii), columns + 1))
    made = made.oriented().smoothed()
    patch = np.clip(0.5 + 0.5 * noise(made.positions, 0.12, 3), 0, 1)[:, None]
    color = tone("grass") * patch + tone("grass_dark") * (1 - patch)
    return made.painted(color * (1 + 0.06 * noise(made.positions, 0.6, 2)[:, None]))


def hills() -> Mesh:
    """Return two rings of hills at 150 and 240 m."""
    parts = []
    for radius, top, seed, lighter in ((150, 16, 3, -0.02), (240, 38, 11, 0.05)):
        angle = np.linspace(0, 2 * np.pi, 121)
        way = np.c_[np.cos(angle) * 3, np.full(121, seed), np.sin(angle) * 3]
        crest = top * np.clip(0.45 + 0.5 * noise(way, 0.9, 3), 0.08, 1)
        rows = [
            np.c_[np.cos(angle) * (radius + out), crest * share - (4 if not share else 0),
                  np.sin(angle) * (radius + out)]
            for out, share in ((-40, 0.0), (-22, 0.35), (0, 1.0), (30, 0.8))
        ]  # fmt: skip
        ridge = mesh(np.concatenate(rows), (0, 1, 0), grid_triangles(4, 121), tone("hill", lighter))
        parts.append(ridge.oriented().smoothed())
    return merge(parts)
