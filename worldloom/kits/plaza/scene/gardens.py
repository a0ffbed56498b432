"""Ten gardens that wait: each site is planted its own way round a low round plinth.

Local: the site's middle at the origin, +Z to the fountain. The plinth (radius 2.1 m) stays empty
for a gate; what is planted keeps the path on +Z free.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from worldloom.kits.plaza.scene.layout import SITES, Site, facing
from worldloom.kits.plaza.scene.palette import tone
from worldloom.studio.geometry.mesh import Mesh, merge
from worldloom.studio.geometry.noise import noise
from worldloom.studio.geometry.outlines import rectangle
from worldloom.studio.geometry.solids import box, icosphere, lathe, plain_box
from worldloom.studio.geometry.sweeps import sweep

BASINS = ((-4.0, -0.6, 1.3), (4.0, -0.9, 1.2))
Place = tuple[float, float, float]


@dataclass(slots=True)
class Garden:
    """What a garden holds: stones, still water, and plants by kind at (x, z, size)."""

    stones: list[Mesh] = field(default_factory=list)
    water: list[Mesh] = field(default_factory=list)
    plants: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))

    def ring(self, kind: str, count: int, radius: float, size: float, gap: float = 0.75) -> None:
        """Plant on a circle, leaving `gap` radians free on either side of the path."""
        for angle in np.linspace(gap, 2 * math.pi - gap, count):
            x, z = radius * math.sin(angle), radius * math.cos(angle)
            wobble = 1 + 0.14 * math.sin(angle * 7.3)
            self.plants[kind].append((x, z, size * wobble))


def plinth() -> Mesh:
    """Return the low round stone that keeps a site's middle."""
    line = [
        (2.5, -0.05),
        (2.5, 0.08),
        (2.1, 0.08),
        (2.1, 0.2),
        (1.5, 0.2),
        (1.5, 0.185),
        (0, 0.185),
    ]
    return lathe(line, 36, 0.03, tone("lime_warm", 0.02))


def plinth_collider() -> Mesh:
    """Return the plinth as one can walk on it."""
    return lathe([(2.5, -0.05), (2.45, 0.08), (2.1, 0.08), (2.05, 0.2), (0, 0.2)], 16, 0)


def _rock(x: float, z: float, size: float, seed: float, tall: float = 0.8) -> Mesh:
    ball = icosphere(1)
    lump = 1 + 0.28 * noise(ball.positions + seed, 1.1, 2)
    rock = ball.with_positions(ball.positions * lump[:, None]).smoothed()
    shade = 1 + 0.18 * noise(ball.positions + seed, 2.3, 2)
    rock = rock.painted(tone("lime_dark", -0.08)).shaded(shade)
    return (
        rock.scaled(size, size * tall, size * 0.85).turned_y(seed).moved(x, size * tall * 0.35, z)
    )


def _basin(radius: float, x: float, z: float, fine: bool = True) -> tuple[Mesh, Mesh]:
    rim = [(radius + 0.3, -0.05), (radius + 0.3, 0.3), (radius, 0.3), (radius, 0.08), (0, 0.08)]
    sides, cut = (28, 0.04) if fine else (16, 0.0)
    floor = lathe(rim if fine else rim[:4], sides, cut, tone("lime_warm")).moved(x, 0, z)
    level = lathe([(radius, 0.22), (radius * 0.5, 0.22), (0, 0.22)], 24, 0).moved(x, 0, z)
    return floor, level


def reeds() -> Garden:
    """Return two lily basins among reeds."""
    made = Garden()
    for x, z, radius in BASINS:
        floor, level = _basin(radius, x, z)
        made.stones.append(floor)
        made.water.append(level)
        made.plants["lily"] += [(x + 0.3, z, 1.0), (x - 0.5, z + 0.3, 0.8)]
        for k in range(7):
            a = k / 7 * 2 * math.pi
            made.plants["reed"].append(
                (x + (radius + 0.6) * math.cos(a), z + (radius + 0.6) * math.sin(a), 0.9)
            )
    made.ring("reed", 9, 4.6, 1.1, 1.6)
    return made


def stones() -> Garden:
    """Return raked gravel with seven standing stones."""
    made = Garden()
    for x in (-4.2, 4.2):
        for k in range(4):
            radius = 0.6 + 0.42 * k
            line = [(radius + 0.15, 0.02), (radius + 0.08, 0.065), (radius, 0.02)]
            made.stones.append(lathe(line, 18, 0, tone("gravel", 0.02 * (k % 2))).moved(x, 0, -0.6))
        made.stones.append(
            lathe([(2.4, -0.05), (2.4, 0.03), (0, 0.03)], 26, 0.02, tone("gravel", -0.04)).moved(
                x, 0, -0.6
            )
        )
    spots = (
        (-4.2, -0.6, 0.55, 1.7),
        (-3.6, -0.2, 0.3, 0.8),
        (-4.8, -0.1, 0.26, 0.7),
        (4.2, -0.7, 0.62, 1.2),
        (4.9, -0.3, 0.35, 0.8),
        (3.6, -1.0, 0.3, 1.4),
        (0.0, -3.6, 0.7, 1.5),
    )
    made.stones += [_rock(x, z, size, x * 3.1 + z, tall) for x, z, size, tall in spots]
    made.ring("bush", 5, 4.4, 0.7, 2.0)
    return made


def roses() -> Garden:
    """Return a rose pergola over the plinth's back, and rose beds."""
    made = Garden()
    wood = tone("cream", -0.04)
    for angle in np.linspace(1.0, 2 * math.pi - 1.0, 8):
        x, z = 3.2 * math.sin(angle), 3.2 * math.cos(angle)
        made.stones.append(box(0.15, 2.6, 0.15, 0.02, wood).moved(x, 1.3, z))
        beam = box(0.1, 0.1, 1.3, 0.02, wood).turned_y(angle)
        made.stones.append(beam.moved(x, 2.72, z))
        made.plants["rose"] += [(x * 1.12, z * 1.12, 0.8)]
        made.plants["rose-high"].append((x, z, 0.75))
    for radius in (3.0, 3.45):
        line = [
            (radius * math.sin(a), 2.63, radius * math.cos(a))
            for a in np.linspace(0.92, 2 * math.pi - 0.92, 33)
        ]
        made.stones.append(sweep(rectangle(0.09, 0.12), line, chamfer=0.015, color=wood))
    made.ring("rose", 7, 4.5, 0.8, 1.2)
    return made


def herbs() -> Garden:
    """Return raised wooden beds of lavender and sage."""
    made = Garden()
    for x in (-4.1, 4.1):
        for z in (-2.1, 0.0, 2.1):
            made.stones.append(box(2.2, 0.36, 1.3, 0.03, tone("wood", 0.02)).moved(x, 0.14, z))
            made.stones.append(plain_box(2.02, 0.1, 1.12, tone("soil")).moved(x, 0.29, z))
            for k in range(8):
                spot = (x - 0.75 + 0.5 * (k % 4), z - 0.28 + 0.56 * (k // 4), 0.85)
                made.plants["lavender-bed" if z else "herb-bed"].append(spot)
    made.ring("lavender", 9, 3.9, 1.0, 2.3)
    return made


def birches() -> Garden:
    """Return a ring of birches over ferny grass."""
    made = Garden()
    for angle in (0.95, 1.75, 2.6, 3.6, 4.5, 5.35):
        radius = 4.3 + 0.5 * math.sin(angle * 5)
        made.plants["birch"].append(
            (radius * math.sin(angle), radius * math.cos(angle), 0.82 + 0.1 * math.sin(angle * 3))
        )
    made.ring("fern", 18, 3.5, 1.3)
    return made


def bamboo_grove() -> Garden:
    """Return bamboo behind a moss hedge and two rocks."""
    made = Garden()
    made.ring("bamboo", 6, 4.2, 1.0, 1.15)
    made.ring("fern", 10, 3.2, 1.1, 1.2)
    made.stones += [_rock(2.9, 1.6, 0.35, 2.2), _rock(-3.0, 1.4, 0.42, 5.1)]
    return made


def spiral() -> Garden:
    """Return a spiral of clipped bushes and lavender."""
    made = Garden()
    for k in range(22):
        angle, radius = 0.9 + k * 0.215, 2.9 + k * 0.085
        kind = "bush" if k % 2 == 0 else "lavender"
        made.plants[kind].append((radius * math.sin(angle), radius * math.cos(angle), 0.62))
    return made


def orchard() -> Garden:
    """Return four young cherries on a square, with a low drystone wall behind."""
    made = Garden()
    for x in (-4.2, 4.2):
        for z in (-2.6, 1.4):
            made.plants["cherry"].append((x, z, 0.62))
    rng = np.random.default_rng(3)
    for k in range(26):
        angle = math.pi - 1.05 + 2.1 * (k % 13 + (k // 13) * 0.5) / 13
        at = (5.6 * math.sin(angle), 0.12 + 0.24 * (k // 13), 5.6 * math.cos(angle))
        block = box(0.86, 0.23, 0.4, 0.05, tone("lime_dark", float(rng.normal(0, 0.03))))
        made.stones.append(block.turned_y(angle).moved(*at))
    return made


def meadow() -> Garden:
    """Return a wild-flower ring with a low wooden rail."""
    made = Garden()
    for kind, count, radius in (
        ("poppy", 16, 3.4),
        ("daisy", 18, 4.1),
        ("iris", 16, 4.8),
        ("fern", 9, 3.0),
    ):
        made.ring(kind, count, radius, 1.3)
    for angle in np.linspace(0.8, 2 * math.pi - 0.8, 13):
        post = box(0.11, 0.7, 0.11, 0.02, tone("wood", 0.04))
        made.stones.append(post.moved(5.4 * math.sin(angle), 0.3, 5.4 * math.cos(angle)))
    line = [
        (5.4 * math.sin(a), 0.56, 5.4 * math.cos(a))
        for a in np.linspace(0.8, 2 * math.pi - 0.8, 31)
    ]
    made.stones.append(sweep(rectangle(0.07, 0.1), line, chamfer=0.015, color=tone("wood", 0.04)))
    return made


def court() -> Garden:
    """Return what lies before the hall: two gravel strips with bamboo and stone."""
    made = Garden()
    for s in (-1, 1):
        made.stones.append(box(2.2, 0.1, 5.4, 0.04, tone("gravel", -0.03)).moved(s * 4.6, 0.0, 0.4))
        made.stones += [_rock(s * 4.5, -1.0, 0.5, 3.0 + s, 1.3), _rock(s * 5.1, 0.2, 0.3, 1.0 + s)]
        made.plants["bamboo"] += [(s * 5.0, -1.9, 0.8), (s * 4.3, 1.6, 0.7)]
        made.plants["fern"] += [(s * 4.0, 0.6, 1.1), (s * 5.2, 2.4, 1.0)]
    return made


PLANS: dict[str, Callable[[], Garden]] = {
    "heritage": court, "academy": stones, "theatre": roses, "city": reeds, "bank": spiral,
    "plaza": meadow, "mall": orchard, "workshop": herbs, "clinic": birches, "factory": bamboo_grove,
}  # fmt: skip
RISEN = {"rose-high": 2.35, "lavender-bed": 0.32, "herb-bed": 0.32, "lily": 0.225}


def _placed(site: Site) -> tuple[float, float, float]:
    """Middle (x, z) and turn of a site's garden; the hall's lies before its steps."""
    x, z = site.place if site.index else (0.0, -25.6)
    return x, z, facing(site.angle)


def stone_parts() -> tuple[Mesh, Mesh]:
    """Return all plinths, walls and rocks, and all still water, where they stand."""
    solid, water = [], []
    for site in SITES:
        x, z, turn = _placed(site)
        made = PLANS[site.kit]()
        pieces = made.stones + ([plinth()] if site.index else [])
        solid += [piece.turned_y(turn).moved(x, 0.02, z) for piece in pieces]
        water += [piece.turned_y(turn).moved(x, 0.02, z) for piece in made.water]
    return merge(solid), merge(water)


def plain_stones() -> Mesh:
    """Return the nine plinths and the rims of the ponds, as the low tier shows the gardens."""
    solid = []
    for site in SITES[1:]:
        x, z, turn = _placed(site)
        pieces = [plinth_collider().painted(tone("lime_warm", 0.02))]
        if PLANS[site.kit] is reeds:
            pieces += [_basin(radius, bx, bz, fine=False)[0] for bx, bz, radius in BASINS]
        solid += [piece.turned_y(turn).moved(x, 0.02, z) for piece in pieces]
    return merge(solid)


def plants() -> dict[str, list[tuple[float, float, float, float]]]:
    """Return every planted thing by kind: (x, z, size, lift)."""
    found: dict[str, list[tuple[float, float, float, float]]] = defaultdict(list)
    for site in SITES:
        x0, z0, turn = _placed(site)
        c, s = math.cos(turn), math.sin(turn)
        for kind, spots in PLANS[site.kit]().plants.items():
            lift = RISEN.get(kind, 0.0)
            name = kind.partition("-")[0]
            for x, z, size in spots:
                found[name].append((x0 + c * x + s * z, z0 - s * x + c * z, size, lift))
    return found
