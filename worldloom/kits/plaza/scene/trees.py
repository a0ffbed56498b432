"""Trees: oak, cherry, birch and cypress, each near (sprigs on branches) and far (soft balls)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from worldloom.kits.plaza.scene.foliage import (
    BLOSSOM,
    BLOSSOM_MASS,
    BROAD,
    BROAD_MASS,
    NEEDLES,
    barked,
    cards,
    leafy,
    leafy_ball,
    plain,
)  # fmt: skip
from worldloom.kits.plaza.scene.palette import tone
from worldloom.studio.geometry.light import GOLDEN_ANGLE
from worldloom.studio.geometry.mesh import Array, Mesh, merge, unit
from worldloom.studio.geometry.noise import noise
from worldloom.studio.geometry.solids import lathe
from worldloom.studio.geometry.sweeps import tube


@dataclass(frozen=True, slots=True)
class Kind:
    """How a broad-leaved tree grows: metres, counts and colours."""

    height: float
    spread: float
    branches: int
    rise: tuple[float, float]
    trunk: float
    bark: str
    ball: tuple[float, float]
    shade: Array
    tip: Array
    cell: int
    sprig: float
    sprigs: int


KINDS = {
    "oak": Kind(
        4.3, 2.3, 7, (0.12, 0.36), 0.28, "bark", (0.95, 1.3), tone("moss", -0.10),
        tone("oak_tip", 0.02), BROAD, 0.76, 350,
    ),
    "cherry": Kind(
        3.2, 2.25, 8, (0.15, 0.38), 0.20, "bark_cherry", (0.72, 1.0), tone("blossom_shade"),
        tone("blossom_tip"), BLOSSOM, 0.64, 390,
    ),
    "birch": Kind(
        5.6, 1.3, 7, (0.02, 0.44), 0.12, "birch", (0.55, 0.8), tone("sage", -0.06),
        tone("oak_tip", 0.06), BROAD, 0.52, 200,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Crown:
    """Balls that leaves grow round: centres (n, 3), radii (n,), and the crown's heart."""

    centres: Array
    radii: Array
    heart: Array


def _skeleton(kind: Kind, rng: np.random.Generator, sides: int) -> tuple[list[Mesh], Crown]:
    """The trunk and its branches, and where the crown's balls sit."""
    bark = tone(kind.bark)
    lean = rng.normal(0, 0.18, 2)
    fork = np.array([lean[0], kind.height * 0.58, lean[1]])
    path = np.array([
        [0, -0.15, 0], [lean[0] * 0.05, 0.1, lean[1] * 0.05], [lean[0] * 0.15, 0.5, 0],
        [lean[0] * 0.5 + 0.06, kind.height * 0.3, lean[1] * 0.3], fork,
    ])  # fmt: skip
    r = kind.trunk
    wood = [_bark(tube(path, [r * 2.0, r * 1.35, r * 1.05, r * 0.85, r * 0.68], sides, bark), r)]
    centres, radii = [], []
    for k in range(kind.branches):
        angle = k / kind.branches * 2 * math.pi + rng.uniform(-0.3, 0.3)
        reach = kind.spread * rng.uniform(0.58, 0.92)
        rise = kind.height * rng.uniform(*kind.rise)
        end = fork + [math.cos(angle) * reach, rise, math.sin(angle) * reach]
        bend = (fork + end) / 2 + [0, -0.1 * reach, 0] + rng.normal(0, 0.08, 3)
        limb = [fork - [0, 0.3, 0], bend, end]
        wood.append(_bark(tube(limb, [r * 0.55, r * 0.36, r * 0.1], max(5, sides - 4), bark), r))
        centres.append(end + [0, 0.2, 0])
        radii.append(rng.uniform(*kind.ball))
    centres += [fork + [0, kind.height * 0.4, 0], fork + [0.3, kind.height * 0.2, -0.2]]
    radii += [kind.ball[1] * 1.1, kind.ball[1] * 1.05]
    where, size = np.array(centres), np.array(radii)
    heart = np.average(where, axis=0, weights=size) - [0, 0.6, 0]
    return wood, Crown(where, size, heart)


def _bark(limb: Mesh, radius: float) -> Mesh:
    """A limb with furrows, lumps and darker hollows."""
    lump = noise(limb.positions, 2.2 / max(radius * 4, 0.4), 2)
    grown = limb.with_positions(limb.positions + limb.normals * (lump * radius * 0.16)[:, None])
    return barked(grown.shaded(1 + 0.14 * lump))


def _ball(
    centre: Array, radius: float, steps: tuple[int, int], kind: Kind, crown: Crown, dark: float
) -> Mesh:
    """The dim heart of a leafy ball; sprigs hide it near, and it fills the gaps."""
    ball = leafy_ball(steps[0], BLOSSOM_MASS if kind.cell == BLOSSOM else BROAD_MASS, steps[1])
    bumps = 0.14 * noise(ball.positions + centre * 1.7, 1.7, 2)
    around = ball.positions
    placed = ball.with_positions(around * radius * (1 + bumps)[:, None] * [1, 0.86, 1] + centre)
    lit = placed.with_normals(unit(around * 0.4 + unit(placed.positions - crown.heart) * 0.6))
    t = _depth(lit.positions, crown)[:, None]
    return lit.painted(np.clip((kind.shade * (1 - t) + kind.tip * t) * dark, 0, 1))


def _depth(places: Array, crown: Crown) -> Array:
    """0 at the crown's dark foot, 1 at its bright top."""
    low = float((crown.centres[:, 1] - crown.radii).min())
    top = float((crown.centres[:, 1] + crown.radii).max())
    up = (places[:, 1] - low) / (top - low)
    return np.clip(0.08 + 0.8 * up + 0.16 * noise(places, 1.4, 2), 0, 1)


def _sprigs(kind: Kind, crown: Crown, count: int, size: float, rng: np.random.Generator) -> Mesh:
    """Cards spread evenly over the outer skin of the balls, none buried inside another ball."""
    share = crown.radii**2 / (crown.radii**2).sum()
    spots, ways = [], []
    for centre, radius, part in zip(crown.centres, crown.radii, share, strict=True):
        way = _spread(max(4, round(count * part * 1.6)), rng)
        spots.append(centre + way * [1, 0.9, 1] * radius * rng.uniform(0.82, 1.02, (len(way), 1)))
        ways.append(way)
    places, way = np.concatenate(spots), np.concatenate(ways)
    inside = np.linalg.norm(places[:, None] - crown.centres[None], axis=2) < crown.radii * 0.80
    free = ~inside.any(1) & (places[:, 1] > 0.08)
    kept = rng.permutation(np.flatnonzero(free))[:count]
    places, way = places[kept], way[kept]
    away = unit(places - crown.heart)
    facing = unit(way + away * 0.3 + rng.normal(0, 0.45, places.shape))
    t = np.clip(_depth(places, crown) + rng.normal(0, 0.10, len(places)), 0, 1)[:, None]
    colors = kind.shade * (1 - t) + kind.tip * t
    sizes = size * rng.uniform(0.72, 1.2, len(places))
    shading = unit(way * 0.45 + away * 0.65 + [0, 0.1, 0])
    return cards(places, facing, shading, sizes, colors, kind.cell, rng)


def _spread(count: int, rng: np.random.Generator) -> Array:
    """Directions spread evenly over a sphere, a little shaken."""
    k = np.arange(count) + 0.5
    y = 1 - 2 * k / count
    turn = k * GOLDEN_ANGLE + rng.uniform(0, 6.28)
    ring = np.sqrt(1 - y * y)
    way = np.c_[ring * np.cos(turn), y, ring * np.sin(turn)]
    return unit(way + rng.normal(0, 0.16, way.shape))


def broadleaf(name: str, seed: int, detail: str = "near") -> Mesh:
    """Return a broad-leaved tree; detail is "near", "plain" (low tier), "far" or "dot"."""
    kind, rng = KINDS[name], np.random.default_rng(seed)
    wood, crown = _skeleton(kind, rng, 9 if detail == "near" else 5)
    near = detail == "near"
    swell = {"near": 0.76, "plain": 0.80, "far": 1.0, "dot": 1.2}[detail]
    dark = 0.95 if near else 1.15
    parts = wood if near else wood[:1]
    steps = (2, 2)  # the balls are hearts: what is seen of them is between sprigs
    balls = list(zip(crown.centres, crown.radii, strict=True))
    step = {"near": 2, "plain": 2, "far": 4, "dot": 4}[detail]
    for centre, radius in balls[:: -step if detail == "far" else step]:
        parts.append(_ball(centre, radius * swell, steps, kind, crown, dark))
    count = {"near": kind.sprigs, "plain": round(kind.sprigs * 0.49), "far": 54, "dot": 24}[detail]
    size = kind.sprig * {"near": 1.0, "plain": 1.22, "far": 1.7, "dot": 2.3}[detail]
    parts.append(_sprigs(kind, crown, count, size, rng))
    return merge(parts)


def cypress(seed: int, detail: str = "near") -> Mesh:
    """Return a dark column of 8.7 m, clad in upright sprays."""
    rng = np.random.default_rng(seed)
    t = np.linspace(0, 1, 11 if detail == "near" else 7)
    swell = np.sin(np.clip(t * 1.02, 0, 1) ** 0.62 * np.pi) ** 0.85
    profile = np.c_[0.92 * swell * (1 - 0.3 * t) + 0.02, 0.55 + t * 8.2]
    sides = 8 if detail == "near" else 6
    core = lathe(profile * [0.86, 1], sides, smooth=True)
    bulge = 1 + 0.13 * noise(core.positions, 1.5, 2)
    core = core.with_positions(core.positions * np.c_[bulge, np.ones(len(bulge)), bulge])
    away = unit(core.positions * [1, 0.12, 1] - [0, 0.3, 0])
    y = (core.positions[:, 1] / 8.2)[:, None]
    dark, light = tone("pine", -0.07), tone("pine", 0.05)
    core = core.with_normals(away).painted(dark * (1 - y) + light * y)
    count = {"near": 210, "plain": 50, "far": 44, "dot": 12}[detail]
    at = rng.uniform(0.02, 0.985, count) ** 0.9
    radius = np.interp(at, t, profile[:, 0]) * rng.uniform(0.86, 1.03, count)
    angle = rng.uniform(0, 2 * math.pi, count)
    around = np.c_[np.cos(angle), np.zeros(count), np.sin(angle)]
    places = around * radius[:, None] + np.c_[0 * at, 0.6 + at * 8.2, 0 * at]
    facing = unit(around + [0, 0.3, 0] + rng.normal(0, 0.25, (count, 3)))
    shade = np.clip(at * 0.6 + rng.normal(0.2, 0.2, count), 0, 1)[:, None]
    colors = tone("pine", 0.0) * (1 - shade) + tone("moss", 0.06) * shade
    sizes = (0.72 if detail == "near" else 1.2) * rng.uniform(0.7, 1.2, count)
    shading = unit(around + [0, 0.25, 0])
    sprays = cards(places, facing, shading, sizes, colors, NEEDLES, rng, upright=True)
    turn = np.arctan2(core.positions[:, 0], core.positions[:, 2])
    # The picture is folded at the edges of the core's own facets, so that nothing is drawn out.
    level = (core.positions[:, 1] - 0.55) / 8.2 * (len(t) - 1)
    folds: Array = np.c_[np.abs(turn) / math.pi * sides / 2, level].round()
    trunk = barked(
        tube([(0, -0.1, 0), (0, 0.5, 0), (0, 1, 0)], [0.26, 0.18, 0.14], 6, tone("bark"))
    )
    return merge([trunk, leafy(core, BROAD_MASS, folds), sprays])


def tree(name: str, seed: int, detail: str = "near") -> Mesh:
    """Return a tree of a kind: oak, cherry, birch or cypress."""
    return cypress(seed, detail) if name == "cypress" else broadleaf(name, seed, detail)


def bush(seed: int, detail: str = "near", blossom: bool = False) -> Mesh:
    """Return a round bush of about 1.3 m."""
    rng = np.random.default_rng(seed)
    tip = tone("rose", 0.08) if blossom else tone("oak_tip")
    kind = Kind(1, 1, 1, (0, 0), 0.1, "bark", (0.5, 0.6), tone("moss", -0.05), tip, BROAD, 0.3, 90)
    centres = np.array([[0, 0.42, 0], [0.26, 0.33, 0.12], [-0.22, 0.3, -0.2], [-0.1, 0.36, 0.28]])
    crown = Crown(centres, np.array([0.56, 0.42, 0.42, 0.4]), np.array([0.0, 0.1, 0.0]))
    near = detail == "near"
    swell = 0.78 if near else 1.2
    parts = [_ball(crown.centres[0], 0.56 * swell, (2, 1), kind, crown, 0.95)]
    count, size = (48, 0.46) if near else (14, 0.6)
    parts.append(_sprigs(kind, crown, count, size, rng))
    return merge(parts)


def bamboo(seed: int) -> Mesh:
    """Return a stand of jointed canes of about 4 m, leafy from the middle up."""
    rng = np.random.default_rng(seed)
    parts, places = [], []
    for _ in range(5):
        x, z = rng.normal(0, 0.34, 2)
        tall, tilt = rng.uniform(3.2, 4.8), rng.normal(0, 0.05)
        joints = [
            (r, y + dy)
            for y in np.arange(0, tall - 0.3, 0.7)
            for r, dy in ((0.038, 0), (0.028, 0.05))
        ]
        color = tone("oak_tip", rng.normal(-0.05, 0.03))
        cane = lathe([*joints, (0.01, tall)], 5, color=color, smooth=True)
        parts.append(plain(cane.turned_z(tilt).moved(x, 0, z)))
        height = rng.uniform(0.38, 1.0, 11) * tall
        aside = rng.normal(0, 0.16, (11, 2))
        places.append(np.c_[x - height * math.sin(tilt) + aside[:, 0], height, z + aside[:, 1]])
    where = np.concatenate(places)
    around = unit(where * [1, 0, 1] + rng.normal(0, 0.4, where.shape))
    share = np.clip(where[:, 1:2] / 4.6 + rng.normal(0, 0.1, (len(where), 1)), 0, 1)
    colors = tone("moss", -0.02) * (1 - share) + tone("oak_tip", 0.03) * share
    shading = unit(around + [0, 0.6, 0])
    sizes = rng.uniform(0.5, 0.8, len(where))
    parts.append(cards(where, around, shading, sizes, colors, BROAD, rng))
    return merge(parts)
