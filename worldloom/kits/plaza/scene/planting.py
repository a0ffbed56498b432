"""Where trees, bushes and meadow plants stand, and the parts they make."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from worldloom.kits.plaza.scene import gardens, layout
from worldloom.kits.plaza.scene.layout import STEP, around, ground, scatter
from worldloom.kits.plaza.scene.palette import tone
from worldloom.kits.plaza.scene.parts import Part
from worldloom.kits.plaza.scene.plants import flower, herb, lily, reed, tuft
from worldloom.kits.plaza.scene.trees import bamboo, bush, tree
from worldloom.studio.geometry.color import oklch
from worldloom.studio.geometry.noise import noise
from worldloom.studio.gltf import Instances, standing

SEEDS = {"oak-a": 3, "oak-b": 8, "cherry-a": 5, "cherry-b": 13, "cypress": 2, "birch": 6}
RING_CHERRIES = (0, 1, 2, 3, 6, 7, 8, 9)
RING_CHERRY_RADIUS = 14.6


@dataclass(frozen=True, slots=True)
class Spot:
    """A plant at (x, z) metres, `size` times its natural size, `lift` metres above ground."""

    x: float
    z: float
    size: float
    lift: float = 0.0


def ring_cherries() -> list[tuple[float, float]]:
    """Return the places of the cherries that grow in wells on the ring."""
    places = [around(RING_CHERRY_RADIUS, (i + 0.5) * STEP) for i in RING_CHERRIES]
    return [(x, z) for x, z in places if layout.is_clear(x, z, 2.2)]


def trees() -> dict[str, list[Spot]]:
    """Return all trees near the ring by variant, and the far ones under `variant/far`."""
    rng = np.random.default_rng(11)
    spots: dict[str, list[Spot]] = defaultdict(list)
    for n, (x, z) in enumerate(ring_cherries()):
        spots["cherry-" + "ab"[n % 2]].append(Spot(x, z, 0.95 + 0.08 * (n % 3), 0.2))
    for i in range(10):
        middle = (i + 0.5) * STEP
        for radius, turn in ((25.4, 0.0), (31.0, 0.10), (32.0, -0.11)):
            x, z = around(radius, middle + turn)
            outer = (
                "cherry-a" if i in (0, 9) else ("oak-a", "cypress", "birch")[int(rng.integers(3))]
            )
            inner = "oak-b" if i % 2 else "cherry-b"
            kind = outer if radius > 30 else inner
            size = rng.uniform(0.9, 1.2) * (1.15 if kind.startswith("oak") else 1.0)
            if layout.is_clear(x, z, 2.6):
                spots[kind].append(Spot(x, z, size))
    for side in (-1, 1):
        spots["cypress"] += [Spot(side * 14.4, -26.4, 0.78), Spot(side * 15.2, -30, 0.9)]
        for x, z, kind in ((17.2, -33, "oak-a"), (18, -41, "oak-b"), (15.5, -54, "cypress")):
            spots[kind].append(Spot(side * x, z, 1.2))
    for kind, name in (("birch", "birch"), ("cherry", "cherry-a")):
        spots[name] += [Spot(*spot) for spot in gardens.plants()[kind]]
    _far_trees(rng, spots)
    return spots


def _far_trees(rng: np.random.Generator, spots: dict[str, list[Spot]]) -> None:
    def accept(x: float, z: float) -> bool:
        dry = not layout.in_lake(x, z)
        return dry and layout.is_clear(x, z, 6) and not (abs(x) < 11 and z > 20)

    kinds = ("oak-a", "oak-b", "oak-b", "cypress", "birch")
    for x, z in scatter(rng, 50, 40, 108, accept):
        kind = kinds[int(rng.integers(5))]
        spots[f"{kind}/far"].append(Spot(x, z, rng.uniform(0.9, 1.7)))


def bushes() -> list[Spot]:
    """Return hedges by the paths, bushes in the planters and in the tree wells."""
    spots = []
    for i in range(10):
        for side in (-1, 1):
            x, z = around(20.0, i * STEP + side * 0.125)
            spots.append(Spot(x, z, 0.62, 0.42))
            for k in range(4):
                turn = i * STEP + side * (0.167 + 0.031 * k)
                x, z = around(21.9, turn)
                spots.append(Spot(x, z, 0.98 + 0.14 * math.sin(k * 2.1 + i)))
    for x, z in ring_cherries():
        for turn in (0.0, math.pi):
            spots.append(Spot(x + 0.62 * math.cos(turn), z + 0.62 * math.sin(turn), 0.42, 0.2))
    spots += [Spot(*spot) for spot in gardens.plants()["bush"]]
    return [spot for spot in spots if layout.is_clear(spot.x, spot.z, 0.6)]


def _instances(spots: list[Spot], rng: np.random.Generator) -> Instances:
    places = ground(np.array([[spot.x, spot.lift, spot.z] for spot in spots]))
    return standing(places, rng.uniform(0, 2 * math.pi, len(spots)), [s.size for s in spots])


def tree_parts() -> list[Part]:
    """Return every tree: near ones with a low stand-in, far ones as they are."""
    rng = np.random.default_rng(17)
    parts = []
    for variant, spots in sorted(trees().items()):
        name, _, far = variant.partition("/")
        kind = name.partition("-")[0]
        placed = _instances(spots, rng)
        if far:
            far_tree, dot = (tree(kind, SEEDS[name], detail) for detail in ("far", "dot"))
            parts.append(
                Part(f"{name}-far", far_tree, "leaf", "medium", shadow=False, instances=placed)
            )
            some = Instances(placed.places[::2], placed.rotations[::2], placed.sizes[::2])
            few = Part(f"{name}-far-low", dot, "leaf", until="low", shadow=False, instances=some)
            parts.append(few)
            continue
        near, low = (tree(kind, SEEDS[name], detail) for detail in ("near", "plain"))
        parts.append(Part(name, near, "leaf", "medium", instances=placed))
        parts.append(Part(f"{name}-low", low, "leaf", until="low", instances=placed))
    placed = _instances(bushes(), rng)
    parts.append(Part("bush", bush(4), "leaf", "medium", instances=placed))
    parts.append(Part("bush-low", bush(4, "plain"), "leaf", until="low", instances=placed))
    return parts


def garden_parts() -> list[Part]:
    """Return the small plants of the ten gardens; roses are bushes in bloom."""
    rng = np.random.default_rng(29)
    shapes = {
        "reed": reed(2), "lily": lily(3), "lavender": herb(4), "herb": herb(5, "oak_tip", 0.36),
        "fern": tuft(6, 10, 0.42, 0.12, "moss", "sage", 0.022),
        "poppy": flower(tone("coral"), 8, 4), "daisy": flower(tone("cream"), 9, 4),
        "iris": flower(tone("violet"), 10, 4),
    }  # fmt: skip
    planted = gardens.plants()
    parts = []
    for kind, shape in shapes.items():
        placed = _instances([Spot(*spot) for spot in planted[kind]], rng)
        tall = kind == "reed"
        tier = "medium" if tall else "high"
        parts.append(Part(kind, shape, "grass", tier, shadow=tall, instances=placed))
    placed = _instances([Spot(*spot) for spot in planted["bamboo"]], rng)
    parts.append(Part("bamboo", bamboo(7), "leaf", "medium", instances=placed))
    placed = _instances([Spot(*spot) for spot in planted["rose"]], rng)
    parts.append(Part("rose", bush(9, blossom=True), "leaf", "medium", instances=placed))
    return parts


def meadow_parts() -> list[Part]:
    """Return grass and clumps of flowers between the paths."""
    rng = np.random.default_rng(19)

    def grassy(x: float, z: float) -> bool:
        free = layout.path_distance(x, z) > (2.3 if math.hypot(x, z) < 25 else 5.4)
        in_garden = any(math.hypot(x - s.place[0], z - s.place[1]) < 6.0 for s in layout.SITES)
        return free and not in_garden and layout.is_clear(x, z, -1.0)

    def spots(count: int, outer: float, clump: float = -9.0) -> Instances:
        def accept(x: float, z: float) -> bool:
            return grassy(x, z) and float(noise([[x, 3.3, z]], 0.28)[0]) > clump

        found = scatter(rng, count, layout.KERB_STOP + 0.5, outer, accept)
        return _instances([Spot(x, z, rng.uniform(0.7, 1.4)) for x, z in found], rng)

    parts = [Part("grass", tuft(1, 7), "grass", "high", shadow=False, instances=spots(360, 35))]
    colors = (tone("coral", 0.04), tone("cream"), oklch(0.72, 0.11, 300))
    for k, color in enumerate(colors):
        placed = spots(34, 34, 0.1 + 0.05 * k)
        made = flower(color, k, 4)
        parts.append(Part(f"flower-{k}", made, "grass", "high", shadow=False, instances=placed))
    return parts
