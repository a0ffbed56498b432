"""Every head of hair of the wardrobe."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import numpy as np

from worldloom.studio.figure.face import refined
from worldloom.studio.figure.hair import (
    PLAIN,
    Style,
    add_sheet,
    hair_weights,
    lock,
    on_head,
    strand,
    tuft,
)
from worldloom.studio.figure.pieces import Part
from worldloom.studio.figure.rig import HEAD
from worldloom.studio.geometry.mesh import Array, Mesh
from worldloom.studio.geometry.noise import noise
from worldloom.studio.geometry.solids import icosphere

Way = Sequence[float]


def _strands(part: Part, rows: Iterable[tuple[Sequence[Way], float]], thick: float = 0.42) -> None:
    """Add locks of a greatest half width in metres, each thin at its ends."""
    for ways, size in rows:
        wide = (size * 0.5, size, size * 0.92, size * 0.20)
        part.add(strand(ways, wide, thick), "hair", "head")


def _nape(
    part: Part, up: float, low: float, size: float, count: int = 5, out: float = 0.013
) -> None:
    """Add locks that end unevenly round the back of the head."""
    for k in range(count):
        turn = 108 + (252 - 108) * k / (count - 1)
        drop = low - 5 * (k % 2)
        _strands(
            part,
            [
                (
                    (
                        (turn, up, out),
                        (turn + 2, (up + drop) / 2, out + 0.004),
                        (turn - 3, drop, 0.006),
                    ),
                    size,
                )
            ],
        )


def _skullcap(
    keep: Callable[[Array], Array], out: Callable[[Array], Array], fine: float = 0.24
) -> Mesh:
    """Return a close cap of hair: `out` metres over the skull where `keep`, sunk in it beyond."""
    ball = refined(icosphere(2), lambda ways: np.full(len(ways), fine))
    ways = ball.positions
    kept = ball.triangles[(keep(ways)[ball.triangles] > 0).any(1)]
    low, high = np.full(len(ways), 0.03), np.full(len(ways), 0.17)
    for _ in range(18):
        middle = (low + high) / 2
        inside = PLAIN(ways * middle[:, None]) < 0
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    sunk = np.where(keep(ways) > 0, out(ways), -0.004)
    shape = Mesh(ways * (low + sunk)[:, None], ways, kept, ball.colors).smoothed()
    return shape.cleaned().moved(*HEAD)


def _scalp(ways: Array) -> Array:
    """Positive where hair grows: over the hairline, but for the ears."""
    turn = np.abs(np.arctan2(ways[:, 0], ways[:, 2]))
    up = np.arcsin(np.clip(ways[:, 1], -1, 1))
    line = np.interp(np.degrees(turn), (0, 30, 52, 66, 80, 94, 106, 124, 180),
                     (40, 37, 29, 10, -4, 6, -14, -30, -37))  # fmt: skip
    return np.asarray(up - np.radians(line))


def buzz(part: Part) -> None:
    """As short as a brush."""
    cap = _skullcap(_scalp, lambda w: 0.0035 + 0.0008 * noise(w, 26))
    part.add(cap.shaded(0.95 + 0.10 * noise(cap.positions, 90)), "hair", "head")


def crop(part: Part) -> None:
    """Short, thick on top, brushed forward."""
    add_sheet(
        part, Style(volume=0.012, fringe=0.004, sides=0.008, back=0.006, locks=17, groove=0.003)
    )
    rows = []
    for turn, up, end in ((-34, 66, -40), (-18, 70, -22), (0, 72, -2), (17, 70, 18), (34, 66, 38)):
        ways = (
            (turn * 0.6, up + 12, 0.010),
            (turn * 0.8, 56, 0.017),
            (end, 40, 0.015),
            (end * 1.05, 29, 0.007),
        )
        rows.append((ways, 0.017))
    for side in (-1, 1):
        rows.append(
            (
                (
                    (side * 70, 62, 0.008),
                    (side * 74, 42, 0.014),
                    (side * 78, 18, 0.010),
                    (side * 78, -3, 0.004),
                ),
                0.018,
            )
        )
        rows.append(
            (
                (
                    (side * 108, 66, 0.008),
                    (side * 110, 42, 0.015),
                    (side * 108, 18, 0.012),
                    (side * 104, -2, 0.006),
                ),
                0.020,
            )
        )
    _strands(part, rows)
    _nape(part, 20, -34, 0.019)


def parted(part: Part) -> None:
    """A side parting, swept over the forehead."""
    add_sheet(
        part,
        Style(
            parting=0.30,
            volume=0.012,
            fringe=0.002,
            sides=0.022,
            back=0.014,
            locks=15,
            groove=0.004,
        ),
    )
    _strands(part, [
        (((24, 66, 0.008), (2, 62, 0.022), (-26, 50, 0.022), (-48, 31, 0.012)), 0.018),
        (((26, 60, 0.008), (8, 52, 0.020), (-16, 42, 0.020), (-38, 27, 0.010)), 0.017),
        (((27, 54, 0.006), (14, 46, 0.016), (-2, 38, 0.016), (-20, 28, 0.008)), 0.014),
        (((30, 62, 0.006), (44, 48, 0.016), (56, 30, 0.014), (66, 10, 0.008)), 0.016),
        (((20, 72, 0.010), (-14, 72, 0.022), (-46, 54, 0.020), (-66, 24, 0.010)), 0.019),
        (((10, 80, 0.008), (-70, 70, 0.018), (-84, 40, 0.014), (-84, 6, 0.006)), 0.020),
        (((60, 70, 0.006), (80, 50, 0.014), (86, 26, 0.012), (84, 2, 0.005)), 0.018),
    ])  # fmt: skip
    _nape(part, 22, -36, 0.020)


def quiff(part: Part) -> None:
    """Close at the sides, raised high from the forehead."""
    add_sheet(
        part, Style(volume=0.009, lift=0.008, sides=0.004, back=0.004, locks=19, groove=0.002)
    )
    rows: list[tuple[Sequence[Way], float]] = []
    for turn, out, end in (
        (-32, 0.014, -30),
        (-16, 0.022, -6),
        (1, 0.026, 16),
        (18, 0.022, 34),
        (34, 0.014, 52),
    ):
        ways = (
            (turn, 41, 0.004),
            (turn * 1.04, 47, out + 0.010),
            (turn * 0.94 + 4, 62, out + 0.022),
            (end + 10, 88, 0.010),
        )
        rows.append((ways, 0.019))
    for turn in (-62, 62):
        rows.append(
            (
                (
                    (turn, 32, 0.004),
                    (turn * 1.02, 48, 0.013),
                    (turn * 1.05, 66, 0.015),
                    (turn * 1.3, 82, 0.006),
                ),
                0.019,
            )
        )
    _strands(part, rows, 0.60)
    _nape(part, 14, -33, 0.019, 5, out=0.008)


def curls(part: Part) -> None:
    """A crowd of round curls."""
    chance = np.random.default_rng(11)
    part.add(
        _skullcap(_scalp, lambda w: 0.008 + 0.003 * noise(w, 5), 0.36).shaded(0.7), "hair", "head"
    )
    for turn, up in _spread(28):
        place = on_head((turn, up, 0.010 + 0.012 * math.sin(math.radians(max(up, 0)))))
        size = 0.0285 + 0.007 * chance.random()
        ball = tuft(place.tolist(), (size, size * 0.92, size), 0.10, float(chance.random() * 40), 1)
        seen = ((ball.positions - place) @ (place - HEAD))[ball.triangles].max(1) > -0.0004
        ball = Mesh(ball.positions, ball.normals, ball.triangles[seen], ball.colors).cleaned()
        part.add(ball.shaded(0.86 + 0.22 * chance.random()), "hair", "head")


def _spread(count: int) -> list[tuple[float, float]]:
    """Return even places over the scalp as degrees round and up."""
    found = []
    for k in range(count * 3):
        up = (
            math.asin(1 - 2 * (k + 0.5) / (count * 3 * 0.62))
            if (k + 0.5) / (count * 3 * 0.62) <= 1
            else None
        )
        if up is None:
            break
        turn = (k * 137.508) % 360
        turn = turn - 360 if turn > 180 else turn
        way = np.array(
            [
                [
                    math.sin(math.radians(turn)) * math.cos(up),
                    math.sin(up),
                    math.cos(math.radians(turn)) * math.cos(up),
                ]
            ]
        )
        if _scalp(way)[0] > 0.10:
            found.append((turn, math.degrees(up)))
    step = max(1, len(found) // count)
    return found[::step][:count]


def afro(part: Part) -> None:
    """A great round cloud."""
    ball = refined(icosphere(2), lambda ways: np.full(len(ways), 0.25))
    ways = ball.positions
    turn = np.degrees(np.abs(np.arctan2(ways[:, 0], ways[:, 2])))
    up = np.degrees(np.arcsin(np.clip(ways[:, 1], -1, 1)))
    line = np.interp(turn, (0, 34, 54, 70, 88, 104, 180), (39, 35, 22, 2, -14, -30, -42))
    inside = np.clip((up - line) / 12, 0, 1)
    size = 0.112 + (0.044 + 0.006 * noise(ways, 9) + 0.004 * noise(ways, 21)) * inside**0.5
    size = np.where(up < line, 0.085, size)
    shape = ball.with_positions(
        ways * size[:, None] * [1.0, 1.04, 1.0] + [0, 0.012, -0.010]
    ).smoothed()
    kept = shape.triangles[(up > line - 2)[shape.triangles].any(1)]
    shape = Mesh(shape.positions, shape.normals, kept, shape.colors)
    shape = shape.shaded(np.clip(0.82 + 0.34 * noise(ways, 19) + 0.10 * ways[:, 1], 0.5, 1.2))
    part.add(shape.cleaned().moved(*HEAD), "hair", "head")


def bob(part: Part) -> None:
    """Straight to the jaw, with a full fringe."""
    add_sheet(
        part,
        Style(
            parting=-0.06,
            volume=0.015,
            fringe=0.030,
            sides=0.128,
            back=0.108,
            locks=17,
            curl=-0.0020,
        ),
    )
    rows = []
    for turn in (-46, -31, -16, -1, 14, 29, 44):
        rows.append(
            (
                (
                    (turn * 0.7, 66, 0.012),
                    (turn * 0.9, 50, 0.021),
                    (turn, 34, 0.020),
                    (turn * 1.03, 15, 0.012),
                ),
                0.0165,
            )
        )
    _strands(part, rows, 0.34)


def waves(part: Part) -> None:
    """Loose waves to the shoulders, parted at the side."""
    add_sheet(
        part,
        Style(
            parting=0.16,
            volume=0.017,
            sides=0.19,
            back=0.19,
            locks=13,
            wave=0.008,
            groove=0.007,
            curl=0.0015,
        ),
    )
    _strands(part, [
        (((14, 72, 0.010), (-8, 62, 0.026), (-36, 44, 0.028), (-62, 14, 0.020)), 0.022),
        (((15, 66, 0.008), (2, 54, 0.022), (-24, 40, 0.024), (-54, 20, 0.014)), 0.018),
        (((18, 70, 0.008), (36, 56, 0.024), (54, 34, 0.024), (68, 4, 0.018)), 0.021),
    ])  # fmt: skip
    for side in (-1, 1):
        path = [
            on_head((side * 66, 20, 0.016)),
            on_head((side * 74, -8, 0.020)),
            on_head((side * 76, -40, 0.022)),
        ]
        path += [
            path[-1] + [side * 0.016, -0.045, 0.014],
            path[-1] + [-side * 0.004, -0.088, 0.020],
        ]
        part.add(
            lock([p.tolist() for p in path], (0.008, 0.017, 0.020, 0.018, 0.003)),
            "hair",
            hair_weights,
        )


def long(part: Part) -> None:
    """Long and straight, parted in the middle."""
    add_sheet(
        part, Style(parting=0.02, volume=0.014, sides=0.27, back=0.30, locks=15, groove=0.005)
    )
    for side in (-1, 1):
        _strands(
            part,
            [
                (
                    (
                        (side * 4, 74, 0.008),
                        (side * 26, 58, 0.020),
                        (side * 52, 36, 0.022),
                        (side * 68, 2, 0.016),
                    ),
                    0.019,
                )
            ],
        )
        path = [
            on_head((side * 58, 30, 0.014)),
            on_head((side * 72, 0, 0.018)),
            on_head((side * 74, -34, 0.018)),
        ]
        path += [path[-1] + [side * 0.010, -0.07, 0.012], path[-1] + [side * 0.012, -0.15, 0.020]]
        part.add(
            lock([p.tolist() for p in path], (0.008, 0.017, 0.019, 0.017, 0.004)),
            "hair",
            hair_weights,
        )


def _combed(part: Part, parting: float = 0.0, lift: float = 0.006) -> None:
    """Add hair combed tight, away from the face."""
    add_sheet(
        part, Style(parting=parting, volume=0.009, lift=lift, locks=23, groove=0.0022, crown=-0.45)
    )


def ponytail(part: Part) -> None:
    """Combed back into a tail."""
    _combed(part)
    _strands(part, [
        (((16, 50, 0.008), (-4, 42, 0.016), (-30, 32, 0.014), (-56, 12, 0.006)), 0.013),
        (((18, 48, 0.006), (34, 38, 0.014), (48, 24, 0.012), (60, 4, 0.005)), 0.011),
    ])  # fmt: skip
    root = on_head((180, 26, 0.006))
    part.add(
        tuft((root + [0, 0, -0.008]).tolist(), (0.021, 0.021, 0.017), 0.02, 1.0, 1).painted(
            (0.6, 0.6, 0.6)
        ),
        "trim",
        "head",
    )
    path = [root, root + [0, 0.020, -0.040], root + [0, -0.020, -0.078], root + [0, -0.105, -0.082],
            root + [0, -0.190, -0.058], root + [0, -0.250, -0.050]]  # fmt: skip
    part.add(
        lock([p.tolist() for p in path], (0.014, 0.028, 0.036, 0.037, 0.026, 0.003), 0.75, 9),
        "hair",
        "head",
    )


def bun(part: Part) -> None:
    """Combed back into a bun."""
    _combed(part, 0.08)
    place = on_head((180, 34, 0.028))
    part.add(tuft(place.tolist(), (0.045, 0.043, 0.040), 0.05, 3.0), "hair", "head")
    ring = [
        place + np.array([0.043 * math.cos(a), 0.041 * math.sin(a) * 0.9, 0.012])
        for a in np.linspace(0, 2 * math.pi, 11)
    ]
    part.add(lock([p.tolist() for p in ring], (0.012,) * 11, 0.8, 6), "hair", "head")
    for side in (-1, 1):
        _strands(
            part,
            [
                (
                    (
                        (side * 50, 28, 0.004),
                        (side * 62, 8, 0.010),
                        (side * 66, -16, 0.010),
                        (side * 64, -34, 0.008),
                    ),
                    0.007,
                )
            ],
        )


def braids(part: Part) -> None:
    """Two braids over the shoulders."""
    _combed(part, 0.0, 0.002)
    for side in (-1, 1):
        _strands(
            part,
            [
                (
                    (
                        (side * 3, 64, 0.008),
                        (side * 30, 52, 0.015),
                        (side * 62, 28, 0.014),
                        (side * 92, -8, 0.010),
                    ),
                    0.016,
                )
            ],
        )
        start = on_head((side * 112, -20, 0.004))
        end = np.array([side * 0.100, 1.185, 0.108])
        middle = np.array([side * 0.118, 1.350, 0.022])
        t = np.linspace(0, 1, 22)[:, None]
        path = start * (1 - t) ** 2 + 2 * middle * t * (1 - t) + end * t**2
        bead = 0.70 + 0.30 * np.abs(np.sin(np.linspace(0, 8, 22) * math.pi))
        wide = 0.0262 * (1 - 0.35 * t[:, 0]) * bead
        braid = lock(path.tolist(), wide.tolist(), 0.85, 7)
        part.add(braid.shaded(np.repeat(0.72 + 0.34 * (bead - 0.7) / 0.3, 7)), "hair", hair_weights)
        tip = tuft((end + [0, -0.026, 0.002]).tolist(), (0.013, 0.026, 0.013), 0.05, 7.0, 1)
        part.add(tip, "hair", hair_weights)
        part.add(tuft(end.tolist(), (0.0165, 0.009, 0.0165), 0.0, 2.0, 1), "trim", hair_weights)


def topknot(part: Part) -> None:
    """Shaved sides, the rest tied up on top."""
    part.add(
        _skullcap(_scalp, lambda w: 0.0035 + 0.0008 * noise(w, 26)).shaded(0.85), "hair", "head"
    )
    rows = []
    for turn in (-52, -26, 0, 26, 52, 90, -90, 130, -130, 180):
        low = 38 if abs(turn) < 60 else 30
        rows.append(
            (
                (
                    (turn, low, 0.005),
                    (turn, low + 18, 0.012),
                    (turn * 0.98, 74, 0.013),
                    (turn * 0.9, 86, 0.016),
                ),
                0.021,
            )
        )
    _strands(part, rows, 0.35)
    place = on_head((180, 84, 0.034))
    part.add(tuft(place.tolist(), (0.032, 0.030, 0.032), 0.06, 5.0), "hair", "head")
    part.add(
        tuft((place - [0, 0.028, 0]).tolist(), (0.021, 0.009, 0.021), 0.0, 5.0, 1), "trim", "head"
    )


STYLES: Final[dict[str, Callable[[Part], None]]] = {
    made.__name__: made
    for made in (
        buzz, crop, parted, quiff, curls, afro, bob, waves, long, ponytail, bun, braids, topknot,
    )
}  # fmt: skip
"""Name → what grows it; who is bald has none."""
