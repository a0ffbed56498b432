"""The whole plaza: every part, its lamps, and the GLB baked from them."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from worldloom.kits.plaza.scene import (
    foliage,
    fountain,
    furniture,
    gardens,
    land,
    layout,
    paving,
    planting,
    props,
)  # fmt: skip
from worldloom.kits.plaza.scene.gates import GATES
from worldloom.kits.plaza.scene.hall import assemble as hall
from worldloom.kits.plaza.scene.layout import SITES, STEP, around, facing
from worldloom.kits.plaza.scene.palette import tone
from worldloom.kits.plaza.scene.parts import Part
from worldloom.studio.geometry.light import Baker, Lamp
from worldloom.studio.geometry.mesh import Array, Mesh, merge
from worldloom.studio.geometry.noise import noise
from worldloom.studio.geometry.solids import lathe, plain_box
from worldloom.studio.gltf import GlbWriter, rotate

# Alpha of what the view may drop where it is seen edge-on: a hair under the open sky's.
CARD = 0.96
LAMP_RADIUS, BENCH_RADIUS, PLANTER_RADIUS = 19.2, 18.2, 20.0


def _color(name: str, strength: float) -> tuple[float, float, float]:
    r, g, b = tone(name) * strength
    return float(r), float(g), float(b)


def _on_ring(
    radius: float, turns: Iterable[float], margin: float
) -> list[tuple[float, float, float]]:
    """(x, z, angle) of things on a circle that leave the spawn free."""
    spots = [(*around(radius, turn), turn) for turn in turns]
    return [(x, z, turn) for x, z, turn in spots if layout.is_clear(x, z, margin)]


def paved(fine: bool) -> Mesh:
    """Return the slabs of the ring and of the ten paths."""
    rng = np.random.default_rng(7)
    slabs = [paving.ring(rng, fine)]
    for site in SITES:
        stop = site.radius - (5.2 if site.index == 0 else 3.2)
        wide = 5.2 if site.index == 0 else 3.2
        slabs.append(paving.path(rng, site.angle, layout.KERB_STOP + 0.08, stop, wide, fine))
    made = merge(slabs)
    return made.shaded(1 + 0.02 * noise(made.positions, 0.35, 2))


def ring_things(fine: bool) -> tuple[Mesh, Mesh]:
    """Return the fountain, the kerb and all furniture of the ring, and all glowing glass."""
    rng = np.random.default_rng(7)
    stones, glass = [paving.kerb(fine), fountain.stone(fine)], []
    iron, bulb = furniture.lamp(fine)
    for x, z, _ in _on_ring(LAMP_RADIUS, [(i + 0.5) * STEP for i in range(10)], 0.3):
        stones.append(iron.moved(x, 0.01, z))
        glass.append(bulb.moved(x, 0.01, z))
    turns = [(i + 0.5) * STEP + side * 0.115 for i in range(10) for side in (-1, 1)]
    for x, z, turn in _on_ring(BENCH_RADIUS, turns, 1.0):
        stones.append(furniture.bench(rng, fine).turned_y(facing(turn)).moved(x, 0.01, z))
    turns = [i * STEP + side * 0.125 for i in range(10) for side in (-1, 1)]
    pot, well = furniture.planter(fine=fine), furniture.tree_well(fine)
    stones += [pot.moved(x, 0.0, z) for x, z, _ in _on_ring(PLANTER_RADIUS, turns, 0.7)]
    stones += [well.moved(x, 0, z) for x, z in planting.ring_cherries()]
    body, bulb = fountain.pool_light(fine)
    for k in range(8):
        x, z = around(5.14, (k + 0.5) / 8 * 2 * math.pi)
        stones.append(body.moved(x, 0.16, z))
        glass.append(bulb.moved(x, 0.16, z))
    made = merge(stones)
    return made.shaded(1 + 0.02 * noise(made.positions, 0.35, 2)), merge(glass)


def lamps() -> list[Lamp]:
    """Return every lamp that is baked: ten street lamps and eight at the fountain."""
    made = []
    for x, z, _ in _on_ring(LAMP_RADIUS, [(i + 0.5) * STEP for i in range(10)], 0.3):
        made.append(Lamp((x, furniture.LAMP_HEIGHT, z), _color("lamplight", 0.8), 5.0))
    for k in range(8):
        x, z = around(5.6, (k + 0.5) / 8 * 2 * math.pi)
        made.append(Lamp((x, 0.5, z), _color("lamplight", 0.5), 1.7))
    return made + hall.lamps()


def colliders() -> Mesh:
    """Return what stops a visitor: few, plain solids, the same in every tier."""
    made = [hall.colliders()]
    rim = [
        (5.35, 0),
        (5.35, 0.16),
        (4.95, 0.32),
        (4.64, 0.78),
        (4.15, 0.78),
        (4.15, 0.34),
        (2.0, 0.34),
        (2.0, 3.0),
        (0, 3.4),
    ]
    made.append(lathe(rim, 24, 0))
    floor = [(21.0, 0.012), (0, 0.012)]
    made.append(lathe(floor, 48, 0))
    made.append(lathe([(20.42, 0), (20.46, 0.12), (21.05, 0.12), (21.15, 0.0)], 48, 0))
    for x, z in planting.ring_cherries():
        made.append(
            lathe([(1.35, 0), (1.32, 0.36), (0.5, 0.36), (0.25, 0.4), (0.2, 2.2)], 10, 0).moved(
                x, 0, z
            )
        )
    for x, z, _ in _on_ring(LAMP_RADIUS, [(i + 0.5) * STEP for i in range(10)], 0.3):
        made.append(lathe([(0.22, 0), (0.15, 0.5), (0.1, 3.0)], 6, 0).moved(x, 0, z))
    turns = [(i + 0.5) * STEP + side * 0.115 for i in range(10) for side in (-1, 1)]
    for x, z, turn in _on_ring(BENCH_RADIUS, turns, 1.0):
        made.append(
            plain_box(2.0, 0.5, 0.6).moved(0, 0.25, -0.05).turned_y(facing(turn)).moved(x, 0, z)
        )
    turns = [i * STEP + side * 0.125 for i in range(10) for side in (-1, 1)]
    for x, z, _ in _on_ring(PLANTER_RADIUS, turns, 0.7):
        made.append(lathe([(0.6, 0), (0.66, 0.5), (0, 0.5)], 8, 0).moved(x, 0, z))
    for name, spots in planting.trees().items():
        if not name.endswith("/far"):
            made += [_trunk(spot) for spot in spots]
    for site in SITES[1:]:
        made.append(gardens.plinth_collider().moved(site.place[0], 0.02, site.place[1]))
    return merge(made)


def _trunk(spot: planting.Spot) -> Mesh:
    return lathe([(0.3, -0.2), (0.24, 2.4)], 6, 0).scaled(spot.size).moved(spot.x, 0, spot.z)


def parts() -> list[Part]:
    """Return every part of the plaza, unbaked."""
    fine, glass = ring_things(True)
    low, _ = ring_things(False)
    beds, ponds = gardens.stone_parts()

    def stone(
        name: str, shape: Mesh, tier: str = "low", until: str = "", surface: str = "stone"
    ) -> Part:
        # The low tier's few vertices carry a shade far: it must not be black.
        floor = 0.34 if until == "low" else 0.0
        return Part(
            name, shape, surface, tier, until,
            occlusion_reach=4.5, occlusion_floor=floor, lamplit=True,
        )  # fmt: skip

    made = [
        stone("ring", merge([paved(True), fine]), "medium"),
        stone("paved-low", paved(False), until="low", surface="paving"),
        stone("ring-low", low, until="low"),
        Part(
            "bed",
            paving.bed(),
            "stone",
            shadow=False,
            occlusion_reach=2.0,
            occlusion_floor=0.2,
            lamplit=True,
            baked_lift=0.06,
        ),
        Part("collider", colliders(), "collider", shadow=False, solid=True),
        Part("glass", glass, "glass", shadow=False),
        stone("gardens", beds, "medium"),
        stone("gardens-low", gardens.plain_stones(), until="low"),
        Part("water", merge([fountain.water(), ponds]), "water", shadow=False),
        Part("falls", fountain.falls(), "fall", shadow=False),
        Part(
            "land",
            land.meadow(),
            "land",
            shadow=False,
            solid=True,
            occlusion_reach=6.0,
            occlusion_floor=0.4,
            lamplit=True,
        ),
        Part("hills", land.hills(), "hill", shadow=False),
        Part("lake", land.lake(), "water", shadow=False),
    ]
    made += hall.parts() + planting.tree_parts()
    return made + planting.garden_parts() + planting.meadow_parts()


def _standing(part: Part) -> list[Mesh]:
    """The copies of a part that can darken what is near the ring."""
    if part.instances is None:
        return [part.mesh]
    copies = []
    for place, turn, size in zip(
        part.instances.places, part.instances.rotations, part.instances.sizes, strict=True
    ):
        if math.hypot(place[0], place[2]) < 42:
            points = rotate(turn, part.mesh.positions * size) + place
            copies.append(part.mesh.with_positions(points))
    return copies


def _occluders(made: list[Part]) -> Mesh:
    skip = ("fall", "water", "glass", "grass", "hill", "collider", "veil")
    solid = [p for p in made if p.surface not in skip and p.until != "low"]
    return merge([copy for part in solid for copy in _standing(part)])


def _leaf_shade(mesh: Mesh) -> Mesh:
    """Fold a plant's own occlusion into its colours; light that pale petals pass on lifts it."""
    floor = plain_box(30, 0.1, 30).moved(0, -0.05, 0)
    open_sky = Baker(merge([mesh, floor])).occlusion(mesh, 24, 2.2, 0.06) ** 0.9
    least = np.clip(0.54 + 0.34 * mesh.colors.mean(1), 0, 0.9)
    return mesh.shaded(np.clip(least + (1.05 - least) * open_sky, 0, 1))


def _bracket_shade(baker: Baker, shape: Mesh, part: Part) -> Array:
    """All sets share the occlusion of one in the middle of the front."""
    assert part.instances is not None
    middle = int(np.argmin(np.abs(part.instances.places - [0.9, 5.5, -33.2]).sum(1)))
    turn, size = part.instances.rotations[middle], part.instances.sizes[middle]
    place = part.instances.places[middle]
    stood = shape.with_positions(rotate(turn, shape.positions * size) + place)
    stood = stood.with_normals(rotate(turn, shape.normals))
    return np.asarray(0.22 + 0.78 * baker.occlusion(stood, 40, 1.2, 0.008))


def _material(writer: GlbWriter, part: Part, picture: int) -> int:
    rough = {"leaf": 0.95, "grass": 1.0, "land": 1.0, "water": 0.06, "hill": 1.0}
    more: dict[str, object] = {}
    if part.surface == "leaf":
        more = {"doubleSided": True, "alphaMode": "MASK", "alphaCutoff": 0.5}
    elif part.surface in ("grass", "fall", "veil"):
        more = {"doubleSided": True}
    if part.surface in ("fall", "veil", "collider"):
        more["alphaMode"] = "BLEND"
    color = (1.0, 1.0, 1.0, 0.0 if part.surface == "collider" else 1.0)
    return writer.material(
        f"{part.surface}:{part.name}",
        rough.get(part.surface, 0.82),
        color,
        picture if part.surface == "leaf" else None,
        part.extras(),
        **more,
    )


def bake(made: list[Part] | None = None, packed: bool = True) -> bytes:
    """Return the plaza's GLB with occlusion and lamps baked per vertex."""
    made = parts() if made is None else made
    baker = Baker(_occluders(made))
    lit, openings = lamps(), hall.openings()
    writer = GlbWriter("worldloom plaza", packed)
    picture = writer.texture(foliage.picture())
    for part in made:
        occlusion: Array | None = None
        light: Array | None = None
        daylight: Array | None = None
        shape = part.mesh.cleaned()
        stood = shape.moved(0, part.baked_lift, 0)
        if part.occlusion_reach:
            open_sky = baker.occlusion(stood, 40, part.occlusion_reach) ** 1.15
            occlusion = part.occlusion_floor + (1 - part.occlusion_floor) * open_sky
        if part.lamplit:
            light = baker.lamplight(stood, lit) * 0.9
        if part.daylit:
            daylight = baker.lamplight(stood, openings)[:, 0]
        if part.name.startswith("hall-brackets"):
            occlusion = _bracket_shade(baker, shape, part)
        if part.surface == "leaf":
            shape = _leaf_shade(shape)
            occlusion = np.where(foliage.is_card(shape.uvs), CARD, 1.0)
        material = _material(writer, part, picture)
        writer.add(part.name, shape, material, occlusion, light, part.instances, daylight)
    return writer.finish()


def bake_thing(name: str, shape: Mesh, packed: bool = True) -> bytes:
    """Return a GLB of one free-standing thing, its own occlusion baked over a floor."""
    shape = shape.cleaned()
    floor = plain_box(30, 0.1, 30).moved(0, float(shape.bounds()[0][1]) - 0.06, 0)
    open_sky = Baker(merge([shape, floor])).occlusion(shape, 48, 1.6, 0.01)
    part = Part(name, shape, "stone", solid=True)
    writer = GlbWriter(f"worldloom plaza {name}", packed)
    writer.add(name, shape, _material(writer, part, 0), 0.25 + 0.75 * open_sky)
    return writer.finish()


def bake_props() -> dict[str, bytes]:
    """Return the GLBs of the board, the lantern, the ball and the sign by name."""
    return {name: bake_thing(name, make()) for name, make in props.PROPS.items()}


def bake_gates(names: Iterable[str]) -> dict[str, bytes]:
    """Return the GLBs of the gates of the named kits, those that have one."""
    return {f"gate-{name}": bake_thing(name, GATES[name]()) for name in names if name in GATES}
