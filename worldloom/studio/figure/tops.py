"""Everything that is worn above the waist."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from worldloom.studio.figure import flesh
from worldloom.studio.figure.bottoms import skirt_weights
from worldloom.studio.figure.cloth import (
    AROUND,
    Cloth,
    folded,
    holed,
    near_shoulders,
    neckline,
    pieces_of,
    relaxed,
    sewn,
    spread,
    tube_of,
)
from worldloom.studio.figure.pieces import Part
from worldloom.studio.figure.rig import REST, blend, smoothstep, upper_weights
from worldloom.studio.geometry.mesh import Array, Mesh, grid_triangles, mesh, unit
from worldloom.studio.geometry.noise import noise
from worldloom.studio.geometry.solids import icosphere
from worldloom.studio.geometry.sweeps import tube

SHOULDER_ROWS: Final = (1.155, 1.195, 1.235, 1.272)
LOWEST_M: Final = 0.785
"""Below this a top hangs free."""
HANGING_M: Final = 0.835
"""From here on one that hangs far does."""
SLEEVE: Final = (
    (0.12, 0.062), (0.30, 0.060), (0.55, 0.056), (0.90, 0.048), (1.08, 0.047),
    (1.40, 0.044), (1.72, 0.040), (1.95, 0.037),
)  # fmt: skip
"""Rows of a sleeve: along the arm (1 the elbow, 2 the wrist) and about how wide, in metres."""


@dataclass(frozen=True, slots=True)
class Cut:
    """How a top is cut: metres, and rows along the arm."""

    hem: float = 0.80
    thick: float = 0.013
    waist: float = 0.016
    flare: float = 0.016
    sleeve: float = 1.95
    cuff: float = 9.0
    band: float = 0.0
    neck: tuple[float, float, float] = (0.066, 1.352, 0.034)
    wide: float = 0.0
    folds: float = 0.0025
    slot: str = "top"
    arms: str = "top"
    quilt: float = 0.0
    skirt: float = 0.0


def weights(points: Array) -> Array:
    """Return weights of a top; what hangs below the hips follows the legs."""
    return blend(skirt_weights(points), upper_weights(points), (points[:, 1] - 0.76) / 0.12)


def _sleeved(cloth: Cloth, cut: Cut) -> Cloth:
    for side in "lr":
        shoulder, elbow, wrist = (REST[side + joint] for joint in ("UpArm", "LoArm", "Hand"))
        rows = [(s, r) for s, r in SLEEVE if s <= cut.sleeve + 1e-6]
        path = [
            shoulder + (elbow - shoulder) * s if s <= 1 else elbow + (wrist - elbow) * (s - 1)
            for s, _ in rows
        ]
        radii = [r + cut.wide * smoothstep(np.array([(s - 0.3) / 1.6]))[0] for s, r in rows]
        slots = [cut.arms if s <= cut.cuff else "trim" for s, _ in rows]
        cloth = sewn(cloth, side + "Arm", np.array(path), radii, side + "Cuff", slots)
    return cloth


def _distance(points: Array, cut: Cut) -> Array:
    """How far from the skin a top lies at points."""
    y = points[:, 1]
    trunk = 1 - smoothstep((np.abs(points[:, 0]) - 0.215) / 0.05)
    found = np.full(len(y), cut.thick)
    found += cut.waist * np.exp(-(((y - 0.995) / 0.085) ** 2)) * trunk
    hem = np.clip(0.80 - y, 0, 1) / 0.20
    found += cut.flare * (smoothstep((1.00 - y) / 0.12) + hem) * trunk
    found += cut.folds * noise(points * [1.0, 0.7, 1.0] + 3, 13.0, 1)
    for side in "lr":
        fore = REST[side + "Hand"] - REST[side + "LoArm"]
        t = (points - REST[side + "LoArm"]) @ fore / (fore @ fore)
        end = (
            smoothstep((t - 0.35) / 0.5)
            * (points[:, 0] * fore[0] > 0)
            * (np.abs(points[:, 0]) > 0.2)
        )
        found -= end * max(cut.thick - 0.011, 0.0) * 0.8
    if cut.quilt:
        found += cut.quilt * (np.abs(np.sin((y - 0.80) * math.pi / 0.062)) ** 0.6 - 0.5) * trunk
    return found


def sewed(cut: Cut) -> Cloth:
    """Return a top with its sleeves, drawn onto the body, its borders still open."""
    start = cut.hem if cut.hem >= LOWEST_M else HANGING_M
    lower = max(2, round((1.10 - start) / (0.031 if cut.quilt else 0.062)))
    heights = [*np.linspace(start, 1.105, lower + 1), *SHOULDER_ROWS]
    first = lower + 1

    def near(p: Array) -> Array:
        return flesh.melt([flesh.trunk(p), flesh.neck(p)], 0.05) - 0.012

    cloth = tube_of(heights, near, cut.slot)
    if cut.band:
        rows = [i for i, y in enumerate(heights) if y <= cut.hem + cut.band]
        end = (len(rows) - 1) * AROUND
        slots = [
            "trim" if max(f) < end + AROUND else s
            for f, s in zip(cloth.faces, cloth.slots, strict=True)
        ]
        cloth = replace(cloth, slots=slots)
    for side in "lr":
        cloth = holed(cloth, (first, first + 3), side)
    cloth = spread(cloth, "high", neckline(*cut.neck), 3, cut.slot)
    cloth = _drawn(_sleeved(cloth, cut), cut)
    if cut.hem < LOWEST_M:
        ring = cloth.points[cloth.rings["low"]]
        way = np.array([1 + cut.skirt, 0.0, 1 + cut.skirt * 1.3])
        goal = ring * way + [0, cut.hem, 0]
        cloth = spread(cloth, "low", goal, round((start - cut.hem) / 0.075), cut.slot)
    return cloth


def _drawn(cloth: Cloth, cut: Cut) -> Cloth:
    """Draw a top onto the body; wide sleeves keep their own shape."""
    neck = cloth.rings["high"]
    hang = np.zeros(len(cloth.points))
    if cut.wide:
        for side in "lr":
            bone = REST[side + "Hand"] - REST[side + "UpArm"]
            t = (cloth.points - REST[side + "UpArm"]) @ bone / (bone @ bone)
            mine = np.abs(cloth.points[:, 0]) > 0.17
            hang = np.maximum(
                hang,
                smoothstep((t - 0.1) / 0.3)
                * mine
                * (cloth.points[:, 0] * REST[side + "Hand"][0] > 0),
            )
    for turn in range(3):
        points = flesh.drawn(flesh.upper, cloth.points, _distance(cloth.points, cut))
        cloth = replace(cloth, points=points * (1 - hang[:, None]) + cloth.points * hang[:, None])
        if turn < 2:
            give = 0.6 * near_shoulders(cloth.points)
            give[neck] = 0
            cloth = relaxed(cloth, give, 3)
    return cloth


def _upright(points: Array) -> Array:
    """The distance from the axis of the body, about which a hem lies."""
    return np.asarray(np.hypot(points[:, 0], points[:, 2] * 1.2) - 0.05)


def hemmed(cloth: Cloth, cut: Cut, edge: str = "top") -> Cloth:
    """Fold hem, neck and cuffs inward."""
    thick = min(cut.thick, 0.016)
    for ring in ("low", "high", "lCuff", "rCuff"):
        if ring in cloth.rings:
            cuff = ring.endswith("Cuff")
            slot = (
                "trim"
                if (cuff and cut.cuff < 9) or (ring == "low" and cut.band)
                else (cut.arms if cuff else edge)
            )
            about = _upright if ring == "low" else flesh.upper
            cloth = folded(cloth, ring, about, slot, thick * 0.8, 0.02)
    return cloth


def put_on(part: Part, cloth: Cloth) -> None:
    """Add a finished top to a part."""
    for shape, slot in pieces_of(cloth, flesh.upper):
        if slot == "trim":
            ribs = 0.93 + 0.09 * np.cos(
                np.arctan2(shape.positions[:, 2], shape.positions[:, 0]) * AROUND / 2
            )
            shape = shape.shaded(ribs)
        part.add(shape, slot, weights)


def laid(points: ArrayLike, cut: Cut, out: float) -> Array:
    """Return points laid on a top, `out` metres over it."""
    found = np.asarray(points, float)
    for _ in range(3):
        found = flesh.drawn(flesh.upper, found, _distance(found, cut) + out, 4)
    return found


def ribbon(points: ArrayLike, wide: float, cut: Cut, out: float, thick: float = 0.006) -> Mesh:
    """Return a flat band along points laid on a top, `wide` metres to each side of them."""
    line = laid(points, cut, out)
    up = flesh.slope(flesh.upper, line)
    ahead = unit(np.gradient(line, axis=0))
    side = unit(np.cross(up, ahead))
    rows = [
        line - side * wide - up * thick,
        line - side * wide,
        line + up * 0.001,
        line + side * wide,
        line + side * wide - up * thick,
    ]
    flat = np.stack(rows, 1).reshape(-1, 3)
    made = mesh(flat, np.repeat(up, 5, 0), grid_triangles(len(line), 5))
    return made.oriented().smoothed()


def patch(
    x: tuple[float, float], y: tuple[float, float], cut: Cut, out: float, taper: float = 1.0
) -> Mesh:
    """Return a rectangle sewn on the front, `taper` of its width at the top."""
    rows, edges = [], []
    heights = np.linspace(*y, 5)
    for k, height in enumerate((heights[0] - 0.002, *heights, heights[-1] + 0.002)):
        share = 1 + (taper - 1) * np.clip((height - y[0]) / (y[1] - y[0]), 0, 1)
        side = np.linspace(*x, 7) * share
        side = np.r_[side[0] - 0.002, side, side[-1] + 0.002]
        edge = np.full(9, out)
        edge[[0, -1]] = -0.004
        if k in (0, 6):
            edge[:] = -0.004
        rows.append(np.c_[side, np.full(9, height), np.full(9, 0.14)])
        edges.append(edge)
    flat = laid(np.concatenate(rows), cut, 0.0)
    flat = flat + flesh.slope(flesh.upper, flat) * np.concatenate(edges)[:, None]
    made = mesh(flat, flesh.slope(flesh.upper, flat), grid_triangles(len(rows), 9))
    return made.oriented().smoothed()


def collar(
    radius: float, height: float, drop: float, high: float, lean: float, open_at: float = 0.0
) -> Mesh:
    """Return a standing or turned collar round the neck, open in front by radians."""
    turn = np.linspace(math.pi / 2 + open_at, math.pi / 2 + 2 * math.pi - open_at, 23)
    rows = []
    for r, y in (
        (0.0, 0.0),
        (0.003, high * 0.7),
        (0.004 + lean * 0.35, high),
        (0.008 + lean, high * 0.72),
        (0.013 + lean * 1.6, -0.008),
    ):
        x, z = np.cos(turn), np.sin(turn)
        base = height - drop * (z + 1) / 2
        rows.append(
            np.c_[
                x * (radius + r), base + y, z * (radius + r) * 0.95 - 0.022 + (height - base) * 0.25
            ]
        )
    flat = np.concatenate(rows)
    made = mesh(flat, flat - [0, 1.33, -0.02], grid_triangles(len(rows), len(turn)))
    return made.oriented().smoothed()


def ring_roll(radius: float, height: float, drop: float, thick: float) -> Mesh:
    """Return a rolled collar."""
    line = neckline(radius, height, drop, 18)
    return tube(np.r_[line, line[:1]], np.full(19, thick), 6)


def buttons(part: Part, heights: Sequence[float], cut: Cut, slot: str = "trim") -> None:
    """Add buttons down the front."""
    for y in heights:
        place = laid([(0.0, y, 0.12)], cut, 0.0045)[0]
        shape = icosphere(0).scaled(0.0078, 0.0072, 0.0030).moved(*place)
        part.add(shape.shaded(0.85), slot, weights)


def tee(part: Part) -> None:
    """A T-shirt."""
    cut = Cut(hem=0.795, thick=0.011, sleeve=0.55, waist=0.018)
    put_on(part, hemmed(sewed(cut), cut))
    part.add(ring_roll(0.0655, 1.354, 0.034, 0.0052), "trim", weights)


def shirt(part: Part) -> None:
    """A shirt with a turned collar and buttons."""
    cut = Cut(hem=0.785, thick=0.013, cuff=1.75, waist=0.019)
    put_on(part, hemmed(sewed(cut), cut))
    part.add(collar(0.061, 1.352, 0.036, 0.036, 0.014, 0.24), "top", weights)
    line = [(0.0, y, 0.13) for y in np.linspace(0.785, 1.312, 9)]
    part.add(ribbon(line, 0.0125, cut, 0.0025).shaded(0.95), "top", weights)
    buttons(part, np.linspace(0.86, 1.28, 5).tolist(), cut)


def jumper(part: Part) -> None:
    """A thick jumper with ribbed ends."""
    cut = Cut(hem=0.790, thick=0.017, cuff=1.75, band=0.065, waist=0.016, flare=0.014, folds=0.004)
    put_on(part, hemmed(sewed(cut), cut))
    part.add(ring_roll(0.066, 1.356, 0.032, 0.0115), "trim", weights)


def hoodie(part: Part) -> None:
    """A hooded top with a pocket and cords."""
    cut = Cut(
        hem=0.785, thick=0.019, cuff=1.75, band=0.065, waist=0.018, flare=0.014, folds=0.004,
        neck=(0.074, 1.350, 0.046),
    )  # fmt: skip
    put_on(part, hemmed(sewed(cut), cut))
    part.add(_hood(), "top", weights)
    part.add(
        patch((-0.105, 0.105), (0.845, 0.955), cut, 0.005, taper=0.72).shaded(0.93), "top", weights
    )
    for sign in (-1, 1):
        line = np.array([(sign * 0.030, y, 0.14) for y in (1.325, 1.30, 1.26, 1.215)])
        cord = tube(laid(line.tolist(), cut, 0.0035), [0.0035] * 4, 5)
        part.add(cord, "trim", weights)


def _hood() -> Mesh:
    """Return a hood that lies on the shoulders behind the neck."""
    turn = np.linspace(-1.20 * math.pi, 0.20 * math.pi, 17)
    rows = []
    for k in range(9):
        a = k / 8 * 1.55 * math.pi
        deep = 0.024 + 0.030 * np.clip(-np.sin(turn), 0, 1)
        ring = 0.082 + deep - np.cos(a) * deep * 0.95
        y = (
            1.352
            - 0.040 * (np.sin(turn) + 1) / 2
            + np.sin(a) * (0.026 + 0.024 * np.clip(-np.sin(turn), 0, 1))
            - 0.006
        )
        rows.append(np.c_[np.cos(turn) * ring, y, np.sin(turn) * ring * 0.92 - 0.026])
    flat = np.concatenate(rows)
    core = np.tile(
        np.c_[np.cos(turn) * 0.11, np.full(17, 1.34), np.sin(turn) * 0.10 - 0.03], (9, 1)
    )
    return mesh(flat, flat - core, grid_triangles(9, 17)).oriented().smoothed()


def jacket(part: Part) -> None:
    """A jacket, open over a shirt in the trim's colour."""
    cut = Cut(
        hem=0.785, thick=0.020, waist=0.016, flare=0.016, neck=(0.078, 1.350, 0.050), cuff=9.0
    )
    cloth = _opened(sewed(cut), 0.036, 0.060)
    put_on(part, hemmed(cloth, cut))
    inner = Cut(hem=0.80, thick=0.010, sleeve=0.0, slot="trim", neck=(0.066, 1.350, 0.034))
    part.add(_bib(inner), "trim", weights)
    part.add(collar(0.066, 1.352, 0.046, 0.032, 0.016, 0.42), "top", weights)
    for sign in (-1, 1):
        line = [
            (sign * x, y, 0.14)
            for x, y in ((0.052, 1.33), (0.060, 1.29), (0.056, 1.24), (0.046, 1.18), (0.039, 1.10))
        ]
        part.add(ribbon(line, 0.017, cut, 0.005).shaded(1.06), "top", weights)
        pocket = [(sign * x, 0.905, 0.12) for x in (0.070, 0.100, 0.130)]
        part.add(ribbon(pocket, 0.010, cut, 0.003).shaded(0.85), "top", weights)


def _opened(cloth: Cloth, low: float, high: float) -> Cloth:
    """Move the front columns apart: a gap whose half width goes from `low` to `high` metres."""
    points = cloth.points.copy()
    kept: list[tuple[tuple[int, ...], str]] = []
    for face, slot in zip(cloth.faces, cloth.slots, strict=True):
        middle = points[list(face)].mean(0)
        front = middle[2] > 0.02 and abs(middle[0]) < 0.030 and len(face) == 4
        if not front or middle[1] > 1.5:
            kept.append((face, slot))
    y = points[:, 1]
    gap = low + (high - low) * smoothstep((y - 0.95) / 0.38)
    edge = (points[:, 2] > 0.02) & (np.abs(points[:, 0]) < 0.060) & (np.abs(points[:, 0]) > 1e-4)
    points[edge, 0] = np.sign(points[edge, 0]) * np.maximum(np.abs(points[edge, 0]), gap[edge])
    points[edge] = flesh.drawn(flesh.upper, points[edge], 0.026)
    return Cloth(points, [f for f, _ in kept], [s for _, s in kept], dict(cloth.rings))


def _bib(cut: Cut) -> Mesh:
    """Return the front of a shirt that shows in an open jacket."""
    rows = np.linspace(0.90, 1.322, 8)
    x = np.linspace(-0.075, 0.075, 6)
    flat = np.array([(a, y, 0.14) for y in rows for a in x])
    points = flesh.drawn(flesh.upper, flat, cut.thick, 8)
    return (
        mesh(points, flesh.slope(flesh.upper, points), grid_triangles(len(rows), len(x)))
        .oriented()
        .smoothed()
    )


def tunic(part: Part) -> None:
    """A long belted tunic."""
    cut = Cut(hem=0.580, thick=0.015, waist=0.010, flare=0.020, cuff=1.78, folds=0.003, skirt=0.40)
    put_on(part, hemmed(sewed(cut), cut))
    part.add(collar(0.061, 1.352, 0.034, 0.026, 0.002, 0.12), "trim", weights)
    ring = [(0.2 * math.cos(a), 0.985, 0.16 * math.sin(a)) for a in np.linspace(0, 2 * math.pi, 25)]
    part.add(ribbon(ring, 0.021, cut, 0.005), "trim", weights)
    line = [(0.0, y, 0.13) for y in np.linspace(1.16, 1.312, 5)]
    part.add(ribbon(line, 0.012, cut, 0.003), "trim", weights)


def robe(part: Part) -> None:
    """A robe with crossed collar and wide sleeves, and a sash."""
    cut = Cut(
        hem=0.785,
        thick=0.016,
        waist=0.010,
        flare=0.016,
        wide=0.052,
        sleeve=1.95,
        cuff=1.85,
        neck=(0.070, 1.352, 0.052),
    )
    put_on(part, hemmed(sewed(cut), cut))
    left = [
        (0.070, 1.345, -0.02),
        (0.068, 1.335, 0.05),
        (0.052, 1.285, 0.12),
        (0.020, 1.215, 0.14),
        (-0.030, 1.130, 0.14),
        (-0.085, 1.030, 0.12),
    ]
    right = [
        (-0.070, 1.345, -0.02),
        (-0.068, 1.335, 0.05),
        (-0.052, 1.285, 0.12),
        (-0.020, 1.215, 0.14),
        (0.028, 1.135, 0.14),
    ]
    part.add(ribbon(_smooth(right, 10), 0.019, cut, 0.003), "trim", weights)
    part.add(ribbon(_smooth(left, 12), 0.019, cut, 0.008), "trim", weights)
    back = [
        (0.075 * math.cos(a), 1.352 - 0.004 * math.sin(a), 0.068 * math.sin(a) - 0.022)
        for a in np.linspace(0.05 * math.pi, -1.05 * math.pi, 11)
    ]
    part.add(tube(np.array(back), [0.012] * 11, 6), "trim", weights)
    ring = [(0.2 * math.cos(a), 0.992, 0.16 * math.sin(a)) for a in np.linspace(0, 2 * math.pi, 25)]
    part.add(ribbon(ring, 0.043, cut, 0.006), "trim", weights)


def _smooth(points: Sequence[Sequence[float]], count: int) -> list[list[float]]:
    given = np.array(points, float)
    t = np.linspace(0, len(given) - 1, count)
    k = np.arange(len(given))
    found = np.stack([np.interp(t, k, given[:, i]) for i in range(3)], 1)
    for _ in range(2):
        found[1:-1] = (found[:-2] + 2 * found[1:-1] + found[2:]) / 4
    return [row.tolist() for row in found]


def vest(part: Part) -> None:
    """A quilted vest over a T-shirt in the trim's colour."""
    cut = Cut(
        hem=0.800,
        thick=0.021,
        waist=0.012,
        flare=0.010,
        sleeve=0.12,
        quilt=0.008,
        folds=0.0,
        neck=(0.072, 1.352, 0.036),
    )
    cloth = sewed(cut)
    put_on(part, hemmed(cloth, cut))
    part.add(collar(0.066, 1.352, 0.034, 0.036, 0.002, 0.10), "top", weights)
    under = Cut(hem=1.105, thick=0.009, sleeve=0.62, slot="trim", arms="trim")
    sleeves = sewed(under)
    far = np.abs(sleeves.points[:, 0]) > 0.125
    kept = [(f, s) for f, s in zip(sleeves.faces, sleeves.slots, strict=True) if far[list(f)].all()]
    cut_off = Cloth(sleeves.points, [f for f, _ in kept], ["trim"] * len(kept), dict(sleeves.rings))
    for ring in ("lCuff", "rCuff"):
        cut_off = folded(cut_off, ring, flesh.upper, "trim", 0.009, 0.015)
    for shape, slot in pieces_of(cut_off, flesh.upper):
        part.add(shape, slot, weights)
    line = [(0.0, y, 0.14) for y in np.linspace(0.79, 1.318, 12)]
    part.add(ribbon(line, 0.0055, cut, 0.004).shaded(0.8), "trim", weights)


TOPS: Final[dict[str, Callable[[Part], None]]] = {
    made.__name__: made for made in (tee, shirt, jumper, hoodie, jacket, tunic, robe, vest)
}
SHORT_SLEEVES: Final = frozenset(("tee", "vest"))
"""Tops under which the arms are seen."""
