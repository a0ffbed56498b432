"""What is worn or grows on a face: beards and glasses."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from worldloom.studio.figure.face import Face, mouth_of, refined, solid
from worldloom.studio.figure.hair import PLAIN
from worldloom.studio.figure.pieces import Part
from worldloom.studio.figure.rig import EYE, HEAD, SIDES
from worldloom.studio.geometry.mesh import Array, Mesh, mesh
from worldloom.studio.geometry.noise import noise
from worldloom.studio.geometry.outlines import polygon
from worldloom.studio.geometry.solids import icosphere
from worldloom.studio.geometry.sweeps import sweep, tube

MOUTH: Final = mouth_of(Face())


def _beard(high: Callable[[Array, Array], Array], rough: float) -> Mesh:
    """Return hair on cheeks and chin, as many metres thick as `high` says at (|x|, y)."""
    ball = refined(icosphere(2), lambda ways: np.full(len(ways), 0.14))
    ways = ball.positions
    front = (ways[:, 2] > -0.10) & (ways[:, 1] < 0.12)
    kept = ball.triangles[front[ball.triangles].all(1)]
    low, top = np.full(len(ways), 0.03), np.full(len(ways), 0.17)
    for _ in range(18):
        middle = (low + top) / 2
        inside = PLAIN(ways * middle[:, None]) < 0
        low, top = np.where(inside, middle, low), np.where(inside, top, middle)
    points = ways * low[:, None]
    thick = high(np.abs(points[:, 0]), points[:, 1])
    grown = np.where(thick > 0, thick * (1 + rough * noise(ways, 17)), -0.004)
    shape = Mesh(points + ways * grown[:, None], ways, kept, ball.colors).smoothed()
    shade = np.clip(0.84 + 0.34 * noise(ways * [1, 0.6, 1], 19), 0.6, 1.15)
    alive = (grown[kept] > 0).any(1)
    return replace(shape, triangles=kept[alive]).shaded(shade).cleaned().moved(*HEAD)


def _fade(x: Array, y: Array, upper: float, full: float) -> Array:
    """The outline of a beard: under the cheekbones, round the lips, thinner toward the ears."""
    cheek = upper - 0.034 + 0.055 * np.clip((x - 0.030) / 0.050, 0, 1) ** 1.4
    out = np.clip((cheek - y) / 0.014, 0, 1)
    lips = np.clip((np.hypot(x / 0.0285, (y - MOUTH + 0.001) / 0.0125) - 1) / 0.18, 0, 1)
    nose = np.clip((MOUTH + 0.0175 - y) / 0.004, 0, 1)
    chin = 0.55 + 0.45 * np.clip((MOUTH - y) / 0.03, 0, 1)
    return np.asarray(full * out**0.7 * lips * np.where(x < 0.030, nose, 1) * chin)


def short(part: Part) -> None:
    """A short full beard."""
    part.add(_beard(lambda x, y: _fade(x, y, -0.016, 0.0050), 0.30), "hair", "head")


def full(part: Part) -> None:
    """A full beard."""

    def high(x: Array, y: Array) -> Array:
        chin = 0.016 * np.exp(-((x / 0.034) ** 2)) * np.clip((MOUTH - 0.012 - y) / 0.022, 0, 1)
        return _fade(x, y, -0.012, 0.0105) + chin * (_fade(x, y, -0.012, 1.0) > 0.05)

    part.add(_beard(high, 0.35), "hair", "head")


def goatee(part: Part) -> None:
    """A beard about the chin."""

    def high(x: Array, y: Array) -> Array:
        near = np.clip((1.0 - np.hypot(x / 0.032, (y - MOUTH + 0.024) / 0.034)) / 0.3, 0, 1)
        lips = np.clip((np.hypot(x / 0.0285, (y - MOUTH + 0.001) / 0.0125) - 1) / 0.18, 0, 1)
        return np.asarray(0.0075 * near * lips)

    part.add(_beard(high, 0.25), "hair", "head")
    moustache(part)


def moustache(part: Part) -> None:
    """A moustache."""
    distance = solid(Face(), sockets=False)
    for sign, _ in SIDES:
        line = np.array(
            [
                (sign * x, MOUTH + y, 0.13)
                for x, y in ((0.001, 0.0125), (0.011, 0.0122), (0.021, 0.0080), (0.028, 0.0010))
            ]
        )
        for _ in range(8):
            line[:, 2] -= np.clip(distance(line) - 0.0022, -0.02, 0.02)
        shape = sweep(
            polygon(1, 6) * [0.0034, 0.0046],
            line,
            up=(0, 0, 1),
            smooth=True,
            scale=[0.85, 1.1, 0.85, 0.25],
        )
        part.add(shape.moved(*HEAD), "hair", "head")


BEARDS: Final[dict[str, Callable[[Part], None]]] = {
    made.__name__: made for made in (moustache, goatee, short, full)
}


def _frames(
    part: Part,
    rim: Sequence[tuple[float, float]],
    thick: float,
    lens: tuple[float, float, float] | None,
) -> None:
    """Add glasses: two rims (outline about the left eye), a bridge, and bows to the ears."""
    outline = np.array(rim)
    z = float(EYE[2]) + 0.0265
    for sign, _ in SIDES:
        points = np.c_[
            (EYE[0] + 0.0005 + outline[:, 0]) * sign,
            EYE[1] - 0.002 + outline[:, 1],
            z - 0.10 * np.abs(outline[:, 0] + 0.005) ** 1.2,
        ]
        part.add(
            tube(np.r_[points, points[:1]], np.full(len(points) + 1, thick), 4), "extra", "head"
        )
        if lens is not None:
            flat = np.r_[points, [points.mean(0)]]
            k = np.arange(len(points))
            made = mesh(
                flat,
                (0, 0, 1),
                np.c_[k, (k + 1) % len(points), np.full(len(points), len(points))],
                lens,
            )
            part.add(made.oriented(), "own", "head")
        out = points[int(np.argmax(np.abs(points[:, 0])))]
        bow = [
            out,
            out + [sign * 0.010, 0.004, -0.030],
            [sign * 0.0870, 1.5155, 0.010],
            [sign * 0.0865, 1.505, -0.026],
        ]
        part.add(tube(bow, [thick * 0.9] * 4, 4), "extra", "head")
    bridge = [
        (-0.0135, EYE[1] + 0.003, z - 0.0005),
        (0, EYE[1] + 0.006, z + 0.002),
        (0.0135, EYE[1] + 0.003, z - 0.0005),
    ]
    part.add(tube(bridge, [thick * 0.9] * 3, 4), "extra", "head")


def _oval(half: float, high: float, power: float, count: int = 12) -> list[tuple[float, float]]:
    turn = np.arange(count) / count * 2 * math.pi
    c, s = np.cos(turn), np.sin(turn)
    x, y = np.sign(c) * np.abs(c) ** (2 / power), np.sign(s) * np.abs(s) ** (2 / power)
    return list(zip((x * half).tolist(), (y * high).tolist(), strict=True))


def round_(part: Part) -> None:
    """Round glasses."""
    _frames(part, _oval(0.0235, 0.0225, 2.0), 0.0017, None)


def square(part: Part) -> None:
    """Square glasses."""
    _frames(part, _oval(0.0255, 0.0185, 4.0), 0.0023, None)


def sun(part: Part) -> None:
    """Sunglasses."""
    _frames(part, _oval(0.0260, 0.0205, 3.0), 0.0021, (0.015, 0.016, 0.020))


GLASSES: Final[dict[str, Callable[[Part], None]]] = {"round": round_, "square": square, "sun": sun}
