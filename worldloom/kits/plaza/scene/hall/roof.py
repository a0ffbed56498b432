"""The hip-and-gable roof: folded curve, lifted corners, tile rows, ridges and rafters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from worldloom.kits.plaza.scene.hall.brackets import plate_of
from worldloom.kits.plaza.scene.hall.yingzao import Plan, fold, monotone
from worldloom.kits.plaza.scene.palette import tone
from worldloom.studio.geometry.mesh import Array, Mesh, grid_triangles, merge, mesh, unit
from worldloom.studio.geometry.outlines import rectangle
from worldloom.studio.geometry.solids import box, lathe, plain_box
from worldloom.studio.geometry.sweeps import extrude, sweep

TILE_PITCH = 19.5
CHIWEI = (
    (0, 0), (34, 0), (38, 16), (31, 30), (28, 48), (34, 66), (31, 84), (16, 101), (-3, 105),
    (9, 93), (13, 78), (5, 66), (-3, 56), (-9, 40), (-6, 20),
)  # fmt: skip


def _pitches(most: float) -> Array:
    """Places a tile's pitch apart, the same on both sides of the middle."""
    count = int(most / TILE_PITCH)
    return np.asarray(np.arange(-count, count + 1) * TILE_PITCH, float)


@dataclass(frozen=True)
class Roof:
    """The roof over a plan; `height` gives its surface in fen."""

    plan: Plan

    @cached_property
    def half(self) -> float:
        """Distance of the eave purlin from the ridge."""
        return self.plan.half_z + 60

    @cached_property
    def rise(self) -> float:
        """Rise of the ridge above the eave purlins: a third of their span (j.5, palatial)."""
        return 2 * self.half / 3

    @cached_property
    def edge(self) -> float:
        """Distance of the eave's edge from the ridge."""
        return self.half + self.plan.eave + self.plan.flying

    @cached_property
    def length(self) -> float:
        """Half the length of the eave's edge."""
        return self.plan.half_x + 60 + self.plan.eave + self.plan.flying

    @cached_property
    def hip(self) -> float:
        """Where the hips begin, across."""
        return self.length - self.edge + self.plan.gable

    @cached_property
    def verge(self) -> float:
        """Half the length of the ridge, out over the gable boards."""
        return self.hip + 26

    def curve(self, t: Array) -> Array:
        """Return heights above the eave purlin at distances from the ridge."""
        steps = [125.0, 250.0]
        heights = fold(self.half, steps, self.rise)
        slope = (heights[-2] - heights[-1]) / (self.half - steps[-1])
        eave = -slope * self.plan.eave * 0.9
        places = [0.0, *steps, self.half, self.half + self.plan.eave, self.edge]
        return monotone(places, [*heights, eave, eave - slope * 0.45 * self.plan.flying])(t)

    def height(self, x: Array | float, z: Array | float, main: bool) -> Array:
        """Return the surface's height; `main` is the part over the gables, else the skirt."""
        ax, az = np.abs(np.asarray(x, float)), np.abs(np.asarray(z, float))
        t = az if main else np.maximum(az, self.plan.gable + ax - self.hip)
        cx = np.clip(1 - (self.length - ax) / 230, 0, 1.2)
        cz = np.clip(1 - (self.edge - az) / 230, 0, 1.2)
        corner = self.plan.corner_lift * np.minimum(cx, cz) ** 1.6 * np.maximum(cx, cz)
        along = self.plan.corner_rise * np.clip(ax / self.plan.half_x, 0, 1)
        level = self.plan.eave_purlin + 6 + self.curve(np.clip(t, 0, self.edge))
        return np.asarray(level + corner + along)

    def surfaces(self, pitch: float, fine: bool = True) -> Mesh:
        """Return the roof's skin, striped by tile rows, and the red boards below it."""
        ts = np.array(
            [0, 62, 124.9, 125, 190, 250, self.half, self.half + 50, self.half + 95, self.edge]
        )
        ts = ts if fine else ts[[0, 2, 3, 5, 7, 9]]
        parts = []
        across = np.linspace(-1, 1, 2 * int(self.length / pitch) + 1)
        depth = np.linspace(-1, 1, 2 * int(self.edge / pitch) + 1)
        for side in (-1, 1):
            rows = []
            for t in ts:
                limit = self.verge if t < 125 else self.hip + t - self.plan.gable
                x = across * limit
                rows.append(np.c_[x, self.height(x, t, t < 125), np.full(len(x), side * t)])
            parts.append(self._skin(rows))
            rows = []
            for t in ts[3:]:
                x, z = self.hip + t - self.plan.gable, depth * t
                rows.append(np.c_[np.full(len(z), side * x), self.height(x, z, False), z])
            parts.append(self._skin(rows))
        return merge(parts)

    def _skin(self, rows: Sequence[Array]) -> Mesh:
        points = np.concatenate(rows)
        columns = len(rows[0])
        top = mesh(points, (0, 1, 0), grid_triangles(len(rows), columns)).oriented().smoothed()
        stripe = np.where(np.arange(len(points)) % columns % 2, 1.0, 0.0)[:, None]
        top = top.painted(tone("tile_dark", -0.03) * (1 - stripe) + tone("tile", 0.01) * stripe)
        below = mesh(
            points - [0, 5, 0], -top.normals, top.triangles[:, ::-1], tone("red_dark", 0.05)
        )
        # The board along the edge closes the gap that one would see the sky through.
        rim = np.concatenate([rows[-1] + [0, 3, 0], rows[-1] - [0, 7, 0]])
        out = (rows[-1] - rows[0]).mean(0) * [1, 0, 1]
        board = mesh(rim, unit(out), grid_triangles(2, columns), tone("red_dark")).oriented()
        return merge([top, below, board])

    def tiles(self) -> Mesh:
        """Return the rows of half-round tiles, with a disc at the foot of each."""
        ts = np.array([0, 62, 125, 190, 250, self.half, self.half + 60, self.half + 110, self.edge])
        rows = []
        for i in range(-int(self.length / TILE_PITCH), int(self.length / TILE_PITCH) + 1):
            x = i * TILE_PITCH
            start = 0.0 if abs(x) <= self.verge else self.plan.gable + abs(x) - self.hip
            t = np.concatenate([[start], ts[ts > start + 10]])
            if len(t) > 1:
                main = (t < 125) & (abs(x) <= self.verge) | (abs(x) < self.hip)
                y = np.where(main, self.height(x, t, True), self.height(x, t, False)) + 1
                line = np.c_[np.full(len(t), x), y, t]
                rows += [self._row(line), self._row(line * [1, 1, -1])]
        for i in range(-int(self.edge / TILE_PITCH), int(self.edge / TILE_PITCH) + 1):
            z = i * TILE_PITCH
            start = max(self.plan.gable, abs(z))
            t = np.concatenate([[start], ts[ts > start + 10]])
            if len(t) > 1:
                x_line = self.hip + t - self.plan.gable
                line = np.c_[x_line, self.height(x_line, z, False) + 1, np.full(len(t), z)]
                rows += [self._row(line), self._row(line * [-1, 1, 1])]
        return merge(rows)

    def _row(self, line: Array) -> Mesh:
        """A half-round ridge of five points across, closed by a round end tile."""
        along = np.gradient(line, axis=0)
        side = np.cross(along, [0.0, 1.0, 0.0])
        side /= np.linalg.norm(side, axis=1, keepdims=True)
        turn = np.linspace(0, np.pi, 4)
        offset = side[:, None] * np.cos(turn)[None, :, None] * 6.2
        offset = offset + np.array([0, 1.0, 0]) * np.sin(turn)[None, :, None] * 6.6
        points = (line[:, None] + offset).reshape(-1, 3)
        body = mesh(points, offset.reshape(-1, 3) / 6.4, grid_triangles(len(line), 4), tone("tile"))
        end = mesh(points[-4:], along[-1] / np.linalg.norm(along[-1]), [[0, 1, 2], [0, 2, 3]])
        return merge([body.oriented(), end.painted(tone("tile", 0.10)).oriented()])

    def rafters(self) -> Mesh:
        """Return rafters and flying rafters under the eaves, plain square sticks."""
        plan, parts = self.plan, []
        out = self.half + plan.eave * 0.92
        lines = (
            (plan.half_z + 10, out, 9, -15, "red"),
            (self.half + plan.eave * 0.45, self.edge - 7, 8, -10, "green"),
        )
        # Out at the corners a rafter starts where it meets the hip rafter.
        shift = self.length - self.edge
        for x in _pitches(self.length - 14):
            for z0, z1, wide, drop, color in lines:
                start = max(z0, abs(x) - shift + 4)
                if z1 - start > 8:
                    parts += [
                        self._stick(x, x, s * start, s * z1, wide, drop, color) for s in (-1, 1)
                    ]
        for z in _pitches(self.edge - 14):
            for z0, z1, wide, drop, color in lines:
                start, stop = max(z0, abs(z) + 4) + shift, z1 + shift
                if stop - start > 8:
                    parts += [
                        self._stick(s * start, s * stop, z, z, wide, drop, color) for s in (-1, 1)
                    ]
        return merge(parts)

    def _stick(
        self, x0: float, x1: float, z0: float, z1: float, wide: float, drop: float, color: str
    ) -> Mesh:
        y0, y1 = (float(self.height(x, z, False)) + drop for x, z in ((x0, z0), (x1, z1)))
        run, climb = math.hypot(x1 - x0, z1 - z0), y1 - y0
        stick = plain_box(wide, wide, math.hypot(run, climb), tone(color))
        turned = stick.turned_x(-math.atan2(climb, run)).turned_y(math.atan2(x1 - x0, z1 - z0))
        return turned.moved((x0 + x1) / 2, (y0 + y1) / 2, (z0 + z1) / 2)

    def ridges(self) -> Mesh:
        """Return main, vertical and hip ridges with their ornaments, and the hip rafters."""
        plan, dark = self.plan, tone("tile_dark")
        top = plan.eave_purlin + float(self.curve(np.array(0.0)))
        parts = [
            box(2 * self.verge - 10, 31, 15, 3, dark).moved(0, top + 16, 0),
            box(2 * self.verge - 30, 6, 19, 2, tone("tile")).moved(0, top + 32, 0),
            box(2 * self.verge - 20, 5, 18, 1.5, tone("tile")).moved(0, top + 10, 0),
        ]
        bead = lathe([(4, 0), (5, 4), (3, 9), (4, 13), (0, 17)], 6, 0, tone("tile"), smooth=True)
        for s in (-1, 1):
            tail = extrude(CHIWEI, 15, 2, dark).scaled(s, 1, 1)
            parts.append(tail.moved(s * (self.verge - 30), top + 4 + plan.corner_rise * 0.6, 0))
            for q in (-1, 1):
                t = np.linspace(8, 150, 6)
                line = np.c_[
                    np.full(6, s * self.verge * 0.985), self.height(self.verge, t, True) + 9, q * t
                ]
                parts.append(sweep(rectangle(15, 20), line, chamfer=2, color=dark))
                t = np.linspace(132, self.edge - 14, 9)
                x = self.hip + t - plan.gable
                hip = np.c_[s * x, self.height(x, t, False) + 8, q * t]
                parts.append(sweep(rectangle(13, 17), hip, chamfer=2, color=dark))
                for k in range(5):
                    at = hip[-1] * (1 - k * 0.055) + hip[-3] * (k * 0.055)
                    parts.append(bead.moved(at[0], at[1] + 7, at[2]))
                tip = float(self.height(self.length - 8, self.edge - 8, False)) - 9
                inner = (s * (plan.half_x - 10), plan.eave_purlin + 24, q * (plan.half_z - 10))
                outer = (s * (self.length - 8), tip, q * (self.edge - 8))
                parts.append(sweep(rectangle(17, 22), [inner, outer], chamfer=1, color=tone("red")))
        return merge(parts)

    def plain_ridges(self) -> Mesh:
        """Return the main ridge, its ends and both gable walls, as the low tier shows them."""
        plan, dark = self.plan, tone("tile_dark")
        top = plan.eave_purlin + float(self.curve(np.array(0.0)))
        parts = [
            box(2 * self.verge - 10, 34, 16, 3, dark).moved(0, top + 17, 0),
            self.gable_walls(),
        ]
        tail = plate_of(np.array(CHIWEI, float), 15, dark)
        for s in (-1, 1):
            parts.append(tail.scaled(s, 1, 1).moved(s * (self.verge - 30), top + 4, 0))
            for q in (-1, 1):
                t = np.linspace(132, self.edge - 14, 4)
                x = self.hip + t - plan.gable
                hip = np.c_[s * x, self.height(x, t, False) + 8, q * t]
                parts.append(sweep(rectangle(13, 17), hip, chamfer=0, color=dark))
        return merge(parts)

    def gable_walls(self) -> Mesh:
        """Return the two boarded triangles under the verges."""
        t = np.linspace(0, self.plan.gable, 6)
        y = self.height(self.verge, t, True) - 6
        outline = [*zip(-t[::-1], y[::-1], strict=True), *zip(t[1:], y[1:], strict=True)]
        wall = plate_of(np.array(outline), 6, tone("red_dark")).turned_y(math.pi / 2)
        return merge([wall.moved(s * (self.hip - 14), 0, 0) for s in (-1, 1)])

    def gables(self) -> Mesh:
        """Return both gable walls with their barge boards and hanging fish."""
        parts = [self.gable_walls()]
        fish = [(0, 0), (9, -8), (12, -22), (0, -40), (-12, -22), (-9, -8)]
        gilt = extrude(fish, 3, 0.5, tone("gold")).turned_y(math.pi / 2)
        ridge = float(self.height(self.verge, 0.0, True))
        for s in (-1, 1):
            parts.append(gilt.moved(s * (self.verge + 1), ridge - 14, 0))
            for q in (-1, 1):
                line = np.linspace(0, 150, 7)
                high = self.height(self.verge, line, True) - 8
                board = np.c_[np.full(7, s * (self.verge - 2)), high, q * line]
                parts.append(sweep(rectangle(5, 22), board, chamfer=0.8, color=tone("red")))
        return merge(parts)
