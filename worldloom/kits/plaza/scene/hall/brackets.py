"""Bracket sets (puzuo): five layers, two jumps of 30 fen, double arms (j.4)."""

from __future__ import annotations

import math

import numpy as np

from worldloom.kits.plaza.scene.hall.yingzao import CAI, ZUCAI
from worldloom.kits.plaza.scene.palette import tone
from worldloom.studio.geometry.mesh import Array, Mesh, merge, mesh, unit
from worldloom.studio.geometry.outlines import fill
from worldloom.studio.geometry.solids import plain_box

MOUTH = 12  # The first arm lies 12 fen above the plate, in the mouth of the great block.


def plate_of(outline: Array, thick: float, color: Array) -> Mesh:
    """Return an outline in XY as a plate without chamfers: bracket arms are many and small."""
    count = len(outline)
    parts = []
    faces = fill(outline)
    for side in (1, -1):
        points = np.c_[outline, np.full(count, side * thick / 2)]
        parts.append(mesh(points, (0, 0, side), faces, color).oriented())
    after = np.roll(outline, -1, 0)
    edge = after - outline
    across = unit(np.c_[edge[:, 1], -edge[:, 0], np.zeros(count)])
    front, back = np.full(count, thick / 2), np.full(count, -thick / 2)
    corners = (np.c_[outline, front], np.c_[after, front], np.c_[after, back], np.c_[outline, back])
    points = np.stack(corners, 1).reshape(-1, 3)
    base = np.arange(count) * 4
    rim = np.concatenate([np.c_[base, base + 1, base + 2], np.c_[base, base + 2, base + 3]])
    parts.append(mesh(points, np.repeat(across, 4, 0), rim, color).oriented())
    return merge(parts)


def arm(
    length: float, facets: int = 4, facet: float = 4, tall: float = CAI, color: str = "green"
) -> Mesh:
    """Return a bracket arm along X: 6 fen of its end upright, the 9 below cut in facets."""
    end, upright = length / 2, tall - 9
    # Two chords stand for the facets: at the eaves nobody can count them.
    cuts = (0.0, facets / 2, float(facets))
    curve = [(end - (facets - k) * facet, (k / facets) ** 2 * (tall - upright)) for k in cuts]
    outline = [*curve, (end, tall), (-end, tall), *((-x, y) for x, y in reversed(curve))]
    return plate_of(np.array(outline, float), 10, tone(color))


def block(width: float, depth: float, tall: float, slope: float, cut: float, color: str) -> Mesh:
    """Return a block (dou): upright above, tapering by `cut` over the lowest `slope` fen."""
    upper = plain_box(width, tall - slope, depth, tone(color)).moved(0, (tall + slope) / 2, 0)
    faces = []
    for sign in (1, -1):
        for wide, deep, turn in ((width, depth, 0.0), (depth, width, math.pi / 2)):
            w0, w1, d0, d1 = wide / 2 - cut, wide / 2, deep / 2 - cut, deep / 2
            points = [
                (-w0, 0, sign * d0),
                (w0, 0, sign * d0),
                (w1, slope, sign * d1),
                (-w1, slope, sign * d1),
            ]
            normal = unit(np.array([0.0, -cut, sign * slope]))
            face = mesh(points, normal, [[0, 1, 2], [0, 2, 3]], tone(color)).oriented()
            faces.append(face.turned_y(turn))
    return merge([upper, *faces])


def _layers() -> list[tuple[Mesh, float, float, float]]:
    """Arms and blocks of a set with their places (x, y, z)."""
    y0, y1, y2 = (MOUTH + ZUCAI * k for k in range(3))
    small = block(14, 16, 10, 4, 2, "blue_green")
    large = block(18, 16, 10, 4, 2, "blue_green")
    cross = block(16, 16, 10, 4, 2, "blue_green")
    out = math.pi / 2
    made: list[tuple[Mesh, float, float, float]] = [
        (arm(72, tall=ZUCAI).turned_y(out), 0.0, y0, 0.0),  # huagong, the first jump
        (arm(62, 4, 3.5), 0.0, y0, 0.0),  # nidaogong
        (arm(132, tall=ZUCAI).turned_y(out), 0.0, y1, 0.0),  # huagong, the second jump
        (arm(92, 4, 3), 0.0, y1, 0.0),  # mangong on the wall
        (arm(62), 0.0, y1, 30.0),  # guazigong
        (arm(92, 4, 3), 0.0, y2, 30.0),  # mangong on the first jump
        (arm(72, 5, 4), 0.0, y2, 60.0),  # linggong
        (cross, 0.0, y1 + 11, 30.0),
        (cross, 0.0, y2 + 11, 60.0),
        (cross, 0.0, y2 + 11, 30.0),
    ]
    for side in (-1, 1):
        made += [
            (small, side * 25.0, y0 + 11, 0.0),
            (large, 0.0, y0 + 11, side * 30.0),
            (small, side * 40.0, y1 + 11, 0.0),
            (small, side * 25.0, y1 + 11, 30.0),
            (large, 0.0, y1 + 11, side * 60.0),
            (small, side * 40.0, y2 + 11, 30.0),
            (small, side * 30.0, y2 + 11, 60.0),
        ]
    return made


def bracket_set() -> Mesh:
    """Return a set in fen: +Z looks out, the wall runs along X, y = 0 is the plate's top."""
    parts = [block(32, 32, 20, 8, 4, "red")]  # ludou
    parts += [piece.moved(x, y, z) for piece, x, y, z in _layers()]
    # shuatou: its nose reaches 25 fen beyond the jump.
    nose = [(-60, 0), (70, 0), (85, 6), (82, 11), (78, 15), (-60, 15)]
    tongue = plate_of(np.array(nose, float), 10, tone("red")).turned_y(-math.pi / 2)
    parts.append(tongue.moved(0, MOUTH + 2 * ZUCAI, 0))
    return merge(parts)


def plain_set() -> Mesh:
    """Return the set as the low tier shows it: its great block, four arms and the tongue."""
    pieces = (
        (30, 20, 30, "red", 10, 0),
        (72, 15, 12, "green", 24, 0),
        (11, 40, 92, "green", 40, 22),
        (92, 15, 12, "blue_green", 45, 30),
        (78, 15, 13, "green", 66, 60),
        (9, 12, 26, "red", 62, 76),
    )
    return merge(plain_box(w, h, d, tone(c)).moved(0, y, z) for w, h, d, c, y, z in pieces)


def corner_arms(sx: int, sz: int) -> Mesh:
    """Return the three diagonal arms of a corner set, under the hip rafter."""
    parts = []
    for length, y in ((72 * 1.414, 12), (132 * 1.414, 33), (132 * 1.414 + 40, 54)):
        parts.append(arm(length, tall=ZUCAI).turned_y(-math.atan2(sz, sx)).moved(0, y, 0))
    return merge(parts)
