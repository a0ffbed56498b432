"""Below the roof: terrace and steps, columns, beams, walls, doors, and the room inside."""

from __future__ import annotations

import math

import numpy as np

from worldloom.kits.plaza.scene.hall.yingzao import (
    CUN_PER_FEN,
    STEP_RISE_CUN,
    STEP_TREAD_CUN,
    TERRACE,
    Plan,
)  # fmt: skip
from worldloom.kits.plaza.scene.palette import tone
from worldloom.studio.geometry.mesh import Array, Mesh, grid_triangles, merge, mesh
from worldloom.studio.geometry.outlines import rectangle
from worldloom.studio.geometry.solids import box, lathe, plain_box
from worldloom.studio.geometry.sweeps import extrude, sweep

APRON = 112.0  # How far the terrace reaches beyond the outer columns.
STAIR_WIDTH = 190.0
COLUMN_RADIUS = 21.0  # j.5: 42 fen across.


def stairs(plan: Plan) -> tuple[int, float, float]:
    """Return the number of steps, their rise and their tread in fen (j.3)."""
    rise = STEP_RISE_CUN / CUN_PER_FEN[plan.grade]
    count = round(TERRACE / rise)
    return count, TERRACE / count, STEP_TREAD_CUN / CUN_PER_FEN[plan.grade]


def terrace(plan: Plan, fine: bool = True) -> Mesh:
    """Return the stone terrace in three courses, with its stairs and balustrades."""
    x, z = plan.half_x, plan.half_z
    stone = tone("hall_stone")
    parts = []
    for low, high, out, dark in ((0, 14, 118, 0.93), (14, 62, 104, 1.0), (62, 75, 114, 1.04)):
        slab = box(2 * (x + out), high - low, 2 * (z + out), 2.5, stone * dark)
        parts.append(slab.moved(0, (low + high) / 2, 0))
    count, rise, tread = stairs(plan)
    for k in range(count):
        # Each step is a slab that reaches back under the next, so no gap can show.
        deep = tread * (count - k)
        tint = stone * (1.02 - 0.015 * (k % 2))
        slab = box(STAIR_WIDTH, rise, deep, 1.4, tint)
        parts.append(slab.moved(0, rise * (k + 0.5), z + APRON + deep / 2 - 2))
    run = tread * count
    cheek = [(0, 0), (run + 10, 0), (run + 10, 7), (0, TERRACE + 7)]
    for s in (-1, 1):
        side = extrude(cheek, 16, 1.5, stone).turned_y(-math.pi / 2)
        parts.append(side.moved(s * (STAIR_WIDTH / 2 + 8), 0, z + APRON - 2))
    if fine:
        parts += [_coursing(plan), _balustrade(plan)]
    return merge(parts)


def _coursing(plan: Plan) -> Mesh:
    """Upright joints on the terrace's drum: panels between low pilasters, for the near view."""
    parts = []
    x, z, out = plan.half_x + 104, plan.half_z + 104, 1.2
    panel_x, panel_z = 2 * x / 12, 2 * z / 8
    stone = tone("hall_stone", -0.035)
    for k in range(12):
        for s in (-1, 1):
            at = -x + panel_x * (k + 0.5)
            if not (s > 0 and abs(at) < STAIR_WIDTH / 2 + panel_x / 2):
                panel = box(panel_x - 14, 36, 2 * out, 1.0, stone)
                parts.append(panel.moved(at, 38, s * z))
    for k in range(8):
        for s in (-1, 1):
            panel = box(2 * out, 36, panel_z - 14, 1.0, stone)
            parts.append(panel.moved(s * x, 38, -z + panel_z * (k + 0.5)))
    return merge(parts)


def _balustrade(plan: Plan) -> Mesh:
    """Stone rails along the front and both sides of the terrace."""
    stone, parts = tone("hall_stone", 0.02), []
    x, z = plan.half_x + 104, plan.half_z + 104
    bud = [(0, 0), (4.4, 0), (6.2, 3), (6.4, 6), (3.4, 11), (0, 13.5)]
    head = lathe(bud, 8, 0, stone, smooth=True)
    post = merge([box(9, 50, 9, 1.2, stone).moved(0, 25, 0), head.moved(0, 49, 0)])

    def run(length: float, spans: int) -> Mesh:
        """A rail along +X from 0."""
        made = [post.moved(k * length / spans, 0, 0) for k in range(spans + 1)]
        for y, tall, deep in ((14, 5, 5.5), (41, 7, 6.5)):
            made.append(box(length, tall, deep, 1, stone).moved(length / 2, y, 0))
        step = length / spans
        for k in range(spans):
            made.append(
                plain_box(step - 9, 19, 3, tone("hall_stone", -0.04)).moved((k + 0.5) * step, 27, 0)
            )
        return merge(made)

    start = STAIR_WIDTH / 2 + 14
    front, flank = run(x - start, 5), run(2 * z, 6)
    parts = [front.moved(start, TERRACE, z), front.scaled(-1, 1, 1).moved(-start, TERRACE, z)]
    for s in (-1, 1):
        parts.append(flank.turned_y(math.pi / 2).moved(s * x, TERRACE, z))
    return merge(parts)


def columns(plan: Plan) -> list[tuple[float, float]]:
    """Return where columns stand: round the rim, none inside."""
    places = [(float(x), float(z)) for x in plan.xs for z in plan.zs]
    return [(x, z) for x, z in places if abs(x) == plan.half_x or abs(z) == plan.half_z]


def frame(plan: Plan, fine: bool = True) -> Mesh:
    """Return columns on their plinths and the rings of beams that tie them."""
    parts = []
    sides = 14 if fine else 7
    for x, z in columns(plan):
        tall = plan.column + plan.rise_at(x, z)
        t = np.array([0, 0.66, 0.8, 0.92, 1.0]) if fine else np.array([0, 0.66, 1.0])
        # Only the upper third tapers (suozhu).
        radius = np.where(
            t < 0.66, COLUMN_RADIUS, COLUMN_RADIUS - 5.5 * np.clip((t - 0.66) / 0.34, 0, 1) ** 2
        )
        shaft = lathe(np.c_[radius, t * tall], sides, color=tone("red"), smooth=True)
        # Front columns lean in by a hundredth of their length, side ones by 0.8 (j.5 cejiao).
        lean = shaft.positions[:, 1:2] * [-np.sign(x) * 0.008, 0, -np.sign(z) * 0.01]
        shaft = shaft.with_positions(shaft.positions + lean)
        parts.append(shaft.moved(x, TERRACE + 6, z))
        plinth = [(0, 0), (30, 0), (31, 2), (27, 6), (23, 8)]
        parts.append(lathe(plinth, sides, 0.6, tone("hall_stone", -0.02)).moved(x, TERRACE, z))
        if fine:
            parts.append(box(84, 5, 84, 0.8, tone("hall_stone", -0.05)).moved(x, TERRACE, z))
    head = TERRACE + plan.column
    for y, offset, tall, thick, color, extra in _beams(plan, head):
        parts.append(_ring_of_beams(plan, y, offset, tall, thick, color, extra))
    return merge(parts)


def _beams(plan: Plan, head: float) -> list[tuple[float, float, float, float, str, float]]:
    """(height, out from the wall, tall, thick, colour, how far ends pass the corner)."""
    plate = plan.plate
    return [
        (head - 15, 0, 30, 20, "green", 0),  # lan'e (j.5: 30 by 20)
        (head - 58, 0, 15, 12, "blue_green", 0),
        (head + 7.5, 0, 15, 26, "red", 22),  # pupaifang
        (plate + 61.5, 0, 15, 10, "green", 12),
        (plate + 82.5, 0, 15, 10, "red", 12),
        (plate + 82.5, 30, 15, 10, "red", 12),
        (plate + 90, 60, 30, 10, "red", 22),  # liaoyanfang (j.5: 30 by 10)
        (plate + 27, 0, 54, 4, "plaster", 0),  # the infill between bracket sets
    ]


def _ring_of_beams(
    plan: Plan, y: float, offset: float, tall: float, thick: float, color: str, extra: float
) -> Mesh:
    x, z, up = plan.half_x + offset, plan.half_z + offset, plan.corner_rise
    parts = []
    for s in (-1, 1):
        line = [(-x - extra, y + up, s * z)]
        line += [
            (float(at), y + plan.rise_at(float(at), plan.half_z), s * z) for at in plan.xs[1:-1]
        ]
        line.append((x + extra, y + up, s * z))
        parts.append(sweep(rectangle(thick, tall), line, chamfer=0, color=tone(color)))
        side = [(s * x, y + up, -z - extra), (s * x, y + up, z + extra)]
        parts.append(sweep(rectangle(thick, tall), side, chamfer=0, color=tone(color)))
    return merge(parts)


def walls(plan: Plan, fine: bool = True) -> Mesh:
    """Return plastered back and side walls on a brick foot, with frames for the near view."""
    parts = []
    tall, foot = plan.column - 58, 48.0  # up into the beam, which rises to the corners
    for (x, z, length), turn in _wall_lines(plan):
        wall = [box(length, tall, 9, 1, tone("plaster")).moved(0, tall / 2, 0)]
        wall.append(box(length, foot, 11.5, 1, tone("lime_dark", -0.10)).moved(0, foot / 2, 0))
        wall.append(_inner_face(length, tall, foot))
        if fine:
            wall += _wall_detail(length, tall, foot)
        parts.append(merge(wall).turned_y(turn).moved(x, TERRACE, z))
    head = TERRACE + plan.column
    for s in (-1, 1):
        parts.append(
            plain_box(2 * plan.half_x - 20, 56, 6, tone("plaster")).moved(
                0, head - 35, -plan.half_z
            )
        )
        parts.append(
            plain_box(6, 56, 2 * plan.half_z - 20, tone("plaster")).moved(
                s * plan.half_x, head - 35, 0
            )
        )
    return merge(parts)


def _wall_lines(plan: Plan) -> list[tuple[tuple[float, float, float], float]]:
    """((x, z, length), turn) of every plastered bay."""
    lines: list[tuple[tuple[float, float, float], float]] = []
    for i, bay in enumerate(plan.bays):
        middle = float(plan.xs[i] + plan.xs[i + 1]) / 2
        lines.append(((middle, -plan.half_z, bay - 30), math.pi))
    for i, bay in enumerate(plan.depth):
        middle = float(plan.zs[i] + plan.zs[i + 1]) / 2
        for s in (-1, 1):
            lines.append(((s * plan.half_x, middle, bay - 30), s * math.pi / 2))
    return lines


def _inner_face(length: float, tall: float, foot: float) -> Mesh:
    """The plaster as the room sees it, with vertices enough to carry the room's light."""
    columns, rows = 7, 5
    x, y = np.meshgrid(np.linspace(-length / 2, length / 2, columns), np.linspace(foot, tall, rows))
    points = np.c_[x.ravel(), y.ravel(), np.full(x.size, -4.8)]
    faces = grid_triangles(rows, columns)
    return mesh(points, (0, 0, -1), faces, tone("plaster")).oriented()


def _wall_detail(length: float, tall: float, foot: float) -> list[Mesh]:
    """Courses of brick on the foot outside, a red sill, and a frame of posts."""
    parts = [box(length, 6, 14, 1.0, tone("red_dark", 0.04)).moved(0, foot + 3, 0)]
    for end in (-1, 1):
        parts.append(
            box(7, tall - foot, 11, 0.8, tone("red_dark", 0.04)).moved(
                end * (length / 2 - 4), (tall + foot) / 2, 0
            )
        )
    parts.append(box(length, 7, 11, 0.8, tone("red_dark", 0.04)).moved(0, tall - 4, 0))
    rows, wide = 4, 30.0
    for row in range(rows):
        count = int(length / wide)
        brick = length / count
        for k in range(count + row % 2):
            x = -length / 2 + (k + (0.5 if row % 2 == 0 else 0.0)) * brick
            size = brick if 0 < k < count or row % 2 == 0 else brick / 2
            x = min(max(x, -length / 2 + size / 2), length / 2 - size / 2)
            color = tone("lime_dark", -0.13 + 0.035 * math.sin(k * 5.1 + row * 2.7))
            piece = plain_box(size - 1.2, foot / rows - 1.2, 1.6, color)
            parts.append(piece.moved(x, (row + 0.5) * foot / rows, 5.9))
    return parts


def _sheet(wide: float, thick: float, deep: float, color: Array, y: float) -> list[Mesh]:
    """A flat box in pieces, with vertices enough to carry the light of a room."""
    columns, rows = 8, 4
    piece = plain_box(wide / columns, thick, deep / rows, color)
    return [
        piece.moved((i - (columns - 1) / 2) * wide / columns, y, (j - (rows - 1) / 2) * deep / rows)
        for i in range(columns)
        for j in range(rows)
    ]


def ceiling_and_floor(plan: Plan, fine: bool = True) -> Mesh:
    """Return the coffered ceiling and the tiled floor inside."""
    x, z = plan.half_x, plan.half_z
    head = TERRACE + plan.column
    parts = _sheet(2 * x - 20, 5, 2 * z - 20, tone("red_dark"), head + 16)
    parts += _sheet(2 * x, 0.8, 2 * z, tone("lime_dark", -0.06), TERRACE + 0.4)
    if fine:
        for k in range(15):
            at = -x + 40 + k * (2 * x - 80) / 14
            parts.append(
                plain_box(5, 5, 2 * z - 20, tone("green", -0.08)).moved(at, head + 11.5, 0)
            )
        for k in range(9):
            at = -z + 40 + k * (2 * z - 80) / 8
            parts.append(
                plain_box(2 * x - 20, 5, 5, tone("green", -0.08)).moved(0, head + 11.4, at)
            )
        for i in range(10):
            for j in range(6):
                shade = tone("lime_dark", -0.03 + 0.02 * math.sin(i * 3.3 + j * 5.7))
                w, d = (2 * x - 30) / 10, (2 * z - 30) / 6
                tile = plain_box(w - 1.4, 1.6, d - 1.4, shade)
                parts.append(tile.moved((i - 4.5) * w, TERRACE + 0.6, (j - 2.5) * d))
    return merge(parts)
