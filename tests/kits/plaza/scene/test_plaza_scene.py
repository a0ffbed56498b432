"""What the plaza's scene promises: budgets kept, the start left free, nothing through the hall."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from worldloom.kits.plaza import places
from worldloom.kits.plaza.scene import (
    build,
    foliage,
    gardens,
    land,
    layout,
    paving,
    planting,
)  # fmt: skip
from worldloom.kits.plaza.scene.gates import GATES
from worldloom.kits.plaza.scene.hall import rooms
from worldloom.kits.plaza.scene.hall.assemble import placed
from worldloom.kits.plaza.scene.hall.yingzao import Plan
from worldloom.kits.plaza.scene.parts import Part
from worldloom.kits.plaza.scene.props import PROPS
from worldloom.studio.geometry.mesh import Mesh
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
        if part.surface not in ("stone", "paving", "leaf", "glass") or part.name in (
            "hall-brackets",
        ):
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


@pytest.mark.parametrize("fine", [True, False])
def test_the_paved_ring_ends_at_its_kerb_and_no_grass_lies_on_it(fine: bool) -> None:
    def reach(shape: Mesh) -> NDArray[np.float64]:
        return np.hypot(shape.positions[:, 0], shape.positions[:, 2])

    kerb = paving.kerb(fine)
    assert reach(paving.ring(np.random.default_rng(1), fine)).max() < reach(kerb).min() + 0.04
    assert reach(kerb).max() > layout.KERB_STOP >= reach(land.meadow()).min() - 0.001
    middle = kerb.positions[kerb.triangles].mean(1)
    inner = np.hypot(middle[:, 0], middle[:, 2]) < reach(kerb).min() + 0.01
    inwards = (kerb.face_normals()[inner] * middle[inner])[:, [0, 2]].sum(1)
    assert inner.any() and (inwards < 0).all(), "the kerb shows its face to the ring"


def test_plain_slabs_lie_edge_to_edge_and_tell_metres_for_the_joints_to_be_drawn() -> None:
    slabs = paving.path(np.random.default_rng(1), 0.0, 21.0, 31.0, 3.0, fine=False)
    first = slabs.positions[:4]
    width, deep = first.max(0)[0] - first.min(0)[0], first.max(0)[2] - first.min(0)[2]
    metres = slabs.uvs[:4] * paving.UV_METRES
    assert metres.max(0) == pytest.approx([width, deep])
    assert metres.min(0) == pytest.approx([0, 0])


def test_a_ball_of_leaves_shows_no_face_as_the_mirror_of_its_neighbour() -> None:
    ball = foliage.leafy_ball(2, foliage.BLOSSOM_MASS, 1)
    assert np.linalg.norm(ball.positions, axis=1) == pytest.approx(1.0)
    pieces = ball.uvs.reshape(-1, 4, 2)
    corners = {tuple(np.round(piece.min(0), 4)) for piece in pieces}
    assert len(corners) > len(pieces) / 2
    turns = {int(np.argmin(piece.sum(1))) for piece in pieces}
    assert turns == {0, 1, 2, 3}


def test_the_words_of_the_hall_stand_on_the_face_of_its_board() -> None:
    plan = Plan()
    board = placed(rooms.name_board(plan), plan)
    low, high = board.bounds()
    x, y, z = places.PLAQUE
    assert x == pytest.approx((low[0] + high[0]) / 2)
    assert y == pytest.approx((low[1] + high[1]) / 2, abs=0.02)
    middle = float(low[2] + high[2]) / 2
    assert middle + 0.045 * math.cos(places.PLAQUE_LEAN) < z < middle + 0.0675


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
