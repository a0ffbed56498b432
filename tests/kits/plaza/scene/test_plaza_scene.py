"""What the plaza's scene promises: budgets kept, the start left free, nothing through the hall."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest

from worldloom.kits.plaza import places
from worldloom.kits.plaza.scene import build, gardens, layout, planting
from worldloom.kits.plaza.scene.gates import GATES
from worldloom.kits.plaza.scene.parts import Part
from worldloom.kits.plaza.scene.props import PROPS
from worldloom.studio.gltf import disassemble, rotate


@cache
def scene() -> tuple[Part, ...]:
    return tuple(build.parts())


@pytest.mark.parametrize(
    ("quality", "most"), [("low", 80_000), ("medium", 250_000), ("high", 250_000)]
)
def test_each_tier_keeps_to_its_triangles_and_draw_calls(quality: str, most: int) -> None:
    drawn = [part for part in scene() if part.triangles_in(quality)]
    assert sum(part.triangles_in(quality) for part in drawn) <= most
    assert len(drawn) <= 45


def test_nothing_grows_within_three_metres_of_the_start() -> None:
    spots = [*planting.bushes(), *(s for group in planting.trees().values() for s in group)]
    for x0, z0 in (layout.SPAWN, layout.VIEWPOINT):
        assert all(math.hypot(s.x - x0, s.z - z0) >= layout.CLEAR_RADIUS for s in spots)


def test_nothing_stands_in_the_circle_of_the_start() -> None:
    for part in scene():
        if part.surface not in ("stone", "leaf", "glass") or part.name in ("hall-brackets",):
            continue
        copies = [part.mesh.positions]
        if part.instances:
            every = zip(
                part.instances.places, part.instances.rotations, part.instances.sizes, strict=True
            )
            near = [(p, q, s) for p, q, s in every if math.hypot(p[0] + 3, p[2] - 18) < 14]
            copies = [rotate(q, part.mesh.positions * s) + p for p, q, s in near]
        for points in copies:
            standing = points[(points[:, 1] > 0.2) & (points[:, 1] < 3.5)]
            for x, z in (layout.SPAWN, layout.VIEWPOINT):
                assert (np.hypot(standing[:, 0] - x, standing[:, 2] - z) > 2.4).all(), part.name


def test_no_tree_grows_through_the_hall() -> None:
    x0, z0, x1, z1 = layout.HALL_BOX
    for name, spots in planting.trees().items():
        for spot in spots:
            assert not (x0 < spot.x < x1 and z0 < spot.z < z1), name


def test_gardens_stand_on_dry_land() -> None:
    for site in layout.SITES[1:]:
        x, z = site.place
        ring = np.linspace(0, 2 * np.pi, 24)
        ground = layout.height(x + 6 * np.cos(ring), z + 6 * np.sin(ring))
        assert ground.min() > -0.3, site.kit


def test_every_site_has_its_garden_and_every_kit_its_gate() -> None:
    kits = [site.kit for site in layout.SITES]
    assert set(gardens.PLANS) == set(kits)
    assert set(GATES) == set(kits) - {"plaza", "heritage"}
    assert places.SITE_ORDER == tuple(kits)
    for site in layout.SITES[1:]:
        spot = places.site_of(site.kit)
        assert spot is not None
        assert spot[0] == pytest.approx(site.place[0])
        assert spot[2] == pytest.approx(site.place[1])


def test_the_world_and_the_scene_agree_where_visitors_start() -> None:
    assert (places.SPAWN[0], places.SPAWN[2]) == layout.SPAWN


def test_a_gate_stands_on_its_plinth_and_is_not_too_dear() -> None:
    for name, make in GATES.items():
        shape = make()
        low, high = shape.bounds()
        assert low[1] >= -0.05, name
        assert 4 < high[1] < 9, name
        assert len(shape.triangles) < 9000, name


def test_free_things_are_small_and_stand_on_their_foot() -> None:
    for name, make in PROPS.items():
        shape = make()
        low, _ = shape.bounds()
        assert len(shape.triangles) < 5200, name
        assert low[1] == pytest.approx(-0.45 if name == "ball" else 0.0, abs=0.02), name


def test_baking_a_part_of_the_scene_twice_gives_the_same_bytes() -> None:
    some = [
        part
        for part in scene()
        if part.name in ("glass", "gardens", "lily", "bush-low", "collider")
    ]
    first = build.bake(some)
    assert first == build.bake(some)
    document, _ = disassemble(first)
    materials = {m["name"]: m for m in document["materials"]}
    assert materials["leaf:bush-low"]["extras"]["worldloom"]["until"] == "low"
    assert materials["leaf:bush-low"]["alphaMode"] == "MASK"
    assert materials["collider:collider"]["extras"]["worldloom"]["solid"] is True
