"""What is worn on the head."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np

from worldloom.studio.figure import flesh
from worldloom.studio.figure.hair import PLAIN, lock, on_head, tuft
from worldloom.studio.figure.pieces import Part
from worldloom.studio.figure.rig import HEAD, SIDES, blend
from worldloom.studio.geometry.mesh import Array, Mesh, grid_triangles, mesh
from worldloom.studio.geometry.outlines import polygon
from worldloom.studio.geometry.solids import icosphere
from worldloom.studio.geometry.sweeps import sweep, tube


def _crown(
    part: Part,
    low: Callable[[float], float],
    out: Callable[[float, float], float],
    rows: int,
    slot: str = "hat",
) -> Mesh:
    """Add a cap: its edge `low` degrees up by degrees round, `out` metres by (turn, share up)."""
    around = 24
    turns = [k * 360 / around - 180 for k in range(around)]
    shares = [k / (rows - 1) for k in range(rows)]
    flat = on_head([
        (turn, low(turn) + (89 - low(turn)) * t, out(turn, t)) for turn in turns for t in shares
    ])  # fmt: skip
    made = mesh(flat, flat - HEAD, grid_triangles(around, rows, closed=True)).oriented().smoothed()
    part.add(made, slot, "head")
    return made


def _edge(low: float) -> Callable[[float], float]:
    """The lower edge of a hat: `low` degrees at the forehead, down to the nape behind."""
    return lambda turn: float(
        np.interp(abs(turn), (0, 40, 85, 120, 180), (low, low - 3, 8, -8, -16))
    )


def cap(part: Part) -> None:
    """A cap with a peak."""
    _crown(
        part, _edge(33), lambda turn, t: 0.017 + 0.014 * math.sin(math.pi * min(t * 1.1, 1.0)), 7
    )
    rows = []
    for forward, rise in ((0.0, 0.002), (0.03, 0.008), (0.062, 0.004), (0.078, -0.004)):
        turn = np.linspace(-1.02, 1.02, 11)
        base = np.array([on_head((math.degrees(a), 32, 0.018)) for a in turn])
        way = np.c_[np.sin(turn) * 0.25, np.zeros(11), np.cos(turn)]
        rows.append(
            base
            + way * forward * np.cos(turn * 1.25)[:, None]
            + [0, rise, 0]
            - [0, 1, 0] * (np.abs(turn)[:, None] ** 2 * 0.010)
        )
    under = [row - [0, 0.005, 0] for row in reversed(rows)]
    flat = np.concatenate([*rows, *under])
    part.add(
        mesh(flat, flat - HEAD - [0, -0.05, 0.06], grid_triangles(8, 11))
        .oriented()
        .smoothed()
        .shaded(0.88),
        "hat",
        "head",
    )
    part.add(tuft(on_head((0, 89, 0.018)).tolist(), (0.009, 0.006, 0.009), 0, 1, 1), "hat", "head")


def beanie(part: Part) -> None:
    """A knitted cap with a turned brim."""
    ribs = 0.0012
    made = Part()
    _crown(
        made,
        _edge(30),
        lambda turn, t: (
            0.020
            + 0.020 * math.sin(math.pi * min(t * 1.05, 1.0))
            + ribs * math.cos(math.radians(turn) * 12)
        ),
        8,
    )
    whole = made.whole().shape
    turn = np.arctan2(whole.positions[:, 0], whole.positions[:, 2] - HEAD[2])
    part.add(whole.shaded(0.92 + 0.08 * np.cos(turn * 12)), "hat", "head")
    rows = [(k * 15, _edge(31)(((k * 15 + 180) % 360) - 180) + 4, 0.026) for k in range(24)]
    ring = sweep(
        polygon(1, 8) * [0.006, 0.017], on_head(rows), up=(0, 1, 0), smooth=True, closed=True
    )
    part.add(ring.shaded(0.90), "hat", "head")


def brim(part: Part) -> None:
    """A hat with a wide brim and a band."""
    _crown(
        part,
        lambda turn: 20 + 8 * math.cos(math.radians(turn)),
        lambda turn, t: 0.020 + 0.024 * math.sin(math.pi * min(t * 1.2, 1)) - 0.012 * (t > 0.95),
        8,
    )
    turn = np.arange(29) / 28 * 2 * np.pi
    rows = []
    for out, y in (
        (0.112, 0.058),
        (0.150, 0.050),
        (0.188, 0.052),
        (0.192, 0.047),
        (0.150, 0.044),
        (0.108, 0.050),
    ):
        rows.append(
            np.c_[
                np.sin(turn) * out * 0.92,
                np.full(29, y) + 0.010 * np.cos(turn),
                np.cos(turn) * out * 1.02 - 0.014,
            ]
        )
    flat = np.concatenate(rows)
    core = flat * [0.8, 0, 0.8] + [0, 0.049, -0.003]
    part.add(
        mesh(flat, flat - core, grid_triangles(6, 29)).oriented().smoothed().moved(*HEAD),
        "hat",
        "head",
    )
    band = [(k * 15, 26 + 8 * math.cos(math.radians(k * 15)), 0.030) for k in range(24)]
    ring = sweep(
        polygon(1, 6) * [0.004, 0.013], on_head(band), up=(0, 1, 0), smooth=True, closed=True
    )
    part.add(ring, "trim", "head")


def scarf(part: Part) -> None:
    """A headscarf that falls over the shoulders."""
    around = 28
    turn = np.arange(around) / around * 2 * np.pi
    degrees = np.degrees(np.where(turn <= math.pi, turn, turn - 2 * math.pi))
    edge = np.interp(np.abs(degrees), (0, 30, 48, 62, 70, 180), (39, 33, 18, -8, -24, -24))
    grid = []
    for k in range(6):
        t = k / 5
        grid.append(
            on_head(np.c_[degrees, 88 + (edge - 88) * t, np.full(around, 0.013 + 0.006 * t)])
        )
    front = np.clip(np.cos(turn), 0, 1)
    chin = HEAD + np.array([0, -0.100, 0.0])
    rows = list(grid)
    for drop, wide, long in (
        (0.0, 0.080, 0.086),
        (0.035, 0.090, 0.088),
        (0.085, 0.135, 0.104),
        (0.135, 0.165, 0.122),
    ):
        ring = np.c_[np.sin(turn) * wide, np.full(around, chin[1] - drop), np.cos(turn) * long]
        ring[:, 1] -= 0.030 * front * (drop > 0.01)
        ring[:, 2] += 0.012
        rows.append(_clear(ring, 0.016))
    flat = np.stack(rows, 1).reshape(-1, 3)
    count = len(rows)
    cells = grid_triangles(around, count, closed=True)
    column, row = cells // count, cells % count
    face = (np.abs(degrees)[column] < 66).all(1) & (row.min(1) == 5) & (row.max(1) == 6)
    made = mesh(flat, flat - HEAD + [0, 0.1, 0.02], cells[~face]).oriented().smoothed()
    fold = 0.95 + 0.05 * np.sin(
        np.repeat(turn, count) * 7 + np.tile(np.arange(count), around) * 0.8
    )
    part.add(
        made.shaded(fold), "hat", lambda p: blend("head", "chest", (1.415 - p[:, 1]) / 0.10 * 0.85)
    )


def _clear(points: Array, gap: float) -> Array:
    """Return points pushed out of head and shoulders by a gap in metres."""

    def body(p: Array) -> Array:
        return np.minimum(PLAIN(p - HEAD), flesh.upper(p))

    for _ in range(4):
        points = points + flesh.slope(body, points) * np.clip(gap - body(points), 0, 0.03)[:, None]
    return points


def turban(part: Part) -> None:
    """A wound turban."""
    _crown(part, lambda turn: float(np.interp(abs(turn), (0, 60, 100, 180), (46, 30, 10, -4))),
           lambda turn, t: 0.024 + 0.022 * math.sin(math.pi * min(t * 1.1, 1.0)), 6)  # fmt: skip
    for k, (low, tilt) in enumerate(((30, 12), (38, -10), (47, 9), (56, -7), (66, 4))):
        line = []
        for j in range(18):
            a = math.radians(j * 20)
            up = (
                low
                + tilt * math.sin(a)
                + 4 * math.cos(a)
                - 26 * (1 - math.cos(a)) / 2 * (1 - k / 6)
            )
            line.append((j * 20 if j <= 9 else j * 20 - 360, up, 0.026 + 0.004 * k))
        ring = sweep(
            polygon(1, 6) * [0.011, 0.017], on_head(line), up=(0, 1, 0), smooth=True, closed=True
        )
        part.add(ring.shaded(0.94 + 0.04 * (k % 2)), "hat", "head")


def phones(part: Part) -> None:
    """Headphones."""
    line = [on_head((92 * s, up, 0.030)) for s, up in ((1, -4), (1, 30), (1, 60), (1, 84))]
    line += [on_head((-92, up, 0.030)) for up in (60, 30, -4)]
    part.add(
        tube([p.tolist() for p in line], [0.0075, 0.008, 0.0095, 0.0105, 0.0095, 0.008, 0.0075], 6),
        "hat",
        "head",
    )
    for sign, _ in SIDES:
        ball = icosphere(1)
        cup = ball.scaled(0.018, 0.036, 0.032).moved(sign * 0.099, HEAD[1] - 0.012, HEAD[2] - 0.012)
        part.add(cup, "hat", "head")
        pad = ball.scaled(0.009, 0.030, 0.027).moved(sign * 0.090, HEAD[1] - 0.012, HEAD[2] - 0.012)
        part.add(pad.painted((0.03, 0.03, 0.035)), "own", "head")


def flower(part: Part) -> None:
    """A flower over the ear."""
    place = on_head((72, 26, 0.022))
    out = (place - HEAD) / np.linalg.norm(place - HEAD)
    side = np.cross(out, [0, 1, 0])
    side /= np.linalg.norm(side)
    up = np.cross(side, out)
    for k in range(6):
        a = k * math.pi / 3
        tip = place + (math.cos(a) * side + math.sin(a) * up) * 0.021
        petal = lock(
            [
                (place - out * 0.002).tolist(),
                ((place + tip) / 2 + out * 0.004).tolist(),
                tip.tolist(),
            ],
            (0.003, 0.0125, 0.006),
            0.35,
            6,
        )
        part.add(petal.painted((1, 1, 1)), "hat", "head")
    part.add(
        icosphere(1).scaled(0.0085).moved(*(place + out * 0.004)).painted((0.80, 0.50, 0.06)),
        "own",
        "head",
    )


HATS: Final[dict[str, Callable[[Part], None]]] = {
    made.__name__: made for made in (cap, beanie, brim, scarf, turban, phones, flower)
}
COVERING: Final = frozenset(("scarf", "turban"))
"""Under which no hair is seen."""
OVER_HAIR: Final = frozenset(("cap", "beanie", "brim"))
"""Under which hair lies flat."""
