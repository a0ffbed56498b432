"""Promised: a drawing shows models, arrays, paths and heat where they are, and in bounded time."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path as File
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worldloom.kernel.components import Shape
from worldloom.kernel.space import Pose, upright
from worldloom.kernel.things import Heat, Path, heat, heat_at, instances, path
from worldloom.studio.drawing import Camera, Picture, Solid, draw, lens_of
from worldloom.studio.drawn import bounds_of_glb, frame
from worldloom.studio.drawn_arrays import (
    MAPS,
    colors_of,
    heated,
    instances_of,
    numbers_of,
    path_of,
    sheet_of,
    solid_of,
)
from worldloom.studio.glb_mesh import corners_of
from worldloom.studio.meshes import Mesh

ROOT = File(__file__).resolve().parents[2]
VASE = (ROOT / "examples/assets/vase.glb").read_bytes()
GATE = (ROOT / "worldloom/kits/plaza/baked/gate-city.glb").read_bytes()
RED = (1.0, 0.0, 0.0)
HERE = np.eye(3, 4)
AHEAD = Camera((0, 0, 0), fov=math.pi / 2)
ABOVE = Camera((0, 50, 0), across_m=20)


def nothing(asset: str) -> bytes:
    return b""


def mesh(corners: Any, id: int = 1, color: Any = RED) -> Mesh:
    shaped = np.asarray(corners, np.float32).reshape(-1, 3, 3)
    return Mesh(shaped, np.tile(np.array(color, np.float32), (len(shaped), 1)), id)


def placed(kind: str, pose: Pose, size: float, fine: int = 8) -> Mesh:
    at = frame(pose, (size, size, size))
    return mesh(solid_of(kind, fine) @ at[:, :3].T + at[:, 3])


def owned(picture: Picture, id: int = 1) -> int:
    return int((picture.ids == id).sum())


@settings(max_examples=40, deadline=None)
@given(
    st.floats(-2, 2), st.floats(-2, 2), st.floats(-9, -2), st.floats(0, 6), st.floats(0.3, 3),
    st.sampled_from([AHEAD, Camera((0.0, 30.0, -5.0), across_m=16)]),
)  # fmt: skip
def test_a_box_of_triangles_covers_what_the_solid_does(
    x: float, y: float, z: float, turn: float, size: float, camera: Camera
) -> None:
    pose = Pose((x, y, z), upright(turn))
    solid = draw([Solid(frame(pose, (size,) * 3), "box", RED, 1)], camera, 120, 90)
    if owned(solid) == 0:  # one does not see the box in which one stands
        return
    found = draw([placed("box", pose, size)], camera, 120, 90)
    differ = int((found.ids != solid.ids).sum())
    assert differ <= 8 + 0.02 * owned(solid), (differ, owned(solid))
    both = (found.ids == 1) & (solid.ids == 1)
    shades = found.pixels[both].astype(int) - solid.pixels[both].astype(int)
    assert (np.abs(shades).max(-1) > 3).mean() < 0.1 if len(shades) else True


@pytest.mark.parametrize("kind", ["sphere", "cylinder", "cone", "box"])
def test_each_unit_solid_is_closed_and_fills_its_metre(kind: str) -> None:
    triangles = solid_of(kind, 32)
    assert triangles.min((0, 1)) == pytest.approx([-0.5] * 3, abs=0.01)
    assert triangles.max((0, 1)) == pytest.approx([0.5] * 3, abs=0.01)
    # The signed volume of a closed surface is the same wherever it is measured from.
    a, b, c = (np.moveaxis(triangles, 1, 0) + 7.0).astype(float)
    volume = abs(float((np.cross(a, b) * c).sum() / 6))
    real = {"sphere": math.pi / 6, "cylinder": math.pi / 4, "cone": math.pi / 12, "box": 1.0}[kind]
    if kind != "box":  # whose faces need not turn the same way: both sides are drawn
        assert volume == pytest.approx(real, rel=0.03)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_nearer_triangles_hide_farther_ones_and_solids_in_any_order(order: tuple[int, int]) -> None:
    near = placed("box", Pose((0, 0, -3)), 1.0)
    far = Solid(frame(Pose((0, 0, -6)), (1, 1, 1)), "box", (0, 0, 1), 2)
    things: list[Solid | Mesh] = [near, far]
    picture = draw([things[i] for i in order], AHEAD, 120, 120)
    assert picture.ids[60, 60] == 1


def test_a_floor_that_passes_under_us_reaches_to_the_lower_edge() -> None:
    floor = mesh([[[-500, -1, 500], [500, -1, 500], [0, -1, -500]]])
    ids = draw([floor], AHEAD, 100, 100).ids
    assert (ids[60:, 50] == 1).all() and not (ids[:50] == 1).any()


def test_nothing_odd_breaks_a_mesh() -> None:
    odd = [
        [[math.nan] * 3] * 3, [[math.inf, 0, -1], [0, 0, -1], [0, 1, -1]],
        [[0, 0, -1]] * 3, [[1e30, 0, -1], [0, 1e30, -1], [0, 0, -1e30]],
        [[0, 0, 0], [0, 0, 0.04], [0, 0.1, 0]],
    ]  # fmt: skip
    with np.errstate(all="ignore"):
        for camera in (AHEAD, ABOVE):
            assert draw([mesh(odd)], camera, 64, 64).pixels.shape == (64, 64, 4)


def test_a_mesh_without_end_stops_when_it_is_enough() -> None:
    corners = np.random.default_rng(1).uniform(-90, 90, (4000, 3, 3)) - (0, 0, 100)
    calls = iter([False] * 12 + [True] * 9)
    picture = draw([mesh(corners)], AHEAD, 256, 256, lambda: next(calls))
    assert picture.left_out == 1


# --- models ------------------------------------------------------------------------------------


def test_a_models_triangles_lie_within_what_its_file_says() -> None:
    for data in (VASE, GATE):
        found = corners_of(data, 100_000)
        assert found is not None and not len(found.boxes)
        [(low, high)] = bounds_of_glb(data)
        assert found.corners.min((0, 1)) == pytest.approx(low, abs=1e-3)
        assert found.corners.max((0, 1)) == pytest.approx(high, abs=1e-3)
        assert len(found.colors) == len(found.corners) > 1000
        assert 0 <= found.colors.min() and found.colors.max() <= 1


def test_what_is_too_much_is_a_box() -> None:
    found = corners_of(GATE, 100)
    assert found is not None and not len(found.corners) and found.boxes.shape == (1, 2, 3)
    late = corners_of(GATE, 100_000, lambda: True)
    assert late is not None and not len(late.corners) and len(late.boxes) == 1


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from([VASE, GATE]))
def test_a_file_that_lies_breaks_no_drawing(data: Any, model: bytes) -> None:
    (size,) = struct.unpack_from("<I", model, 12)
    text = bytearray(model)
    for _ in range(data.draw(st.integers(1, 4))):
        text[data.draw(st.integers(20, 20 + size - 1))] = data.draw(st.integers(48, 57))
    for _ in range(data.draw(st.integers(0, 3))):
        text[data.draw(st.integers(20 + size, len(text) - 1))] = data.draw(st.integers(0, 255))
    with np.errstate(all="ignore"):
        found = corners_of(bytes(text), 20_000)
    if found is not None:
        assert len(found.corners) <= 20_000 and np.isfinite(found.corners).all()


def packed_glb(document: dict[str, Any], binary: bytes) -> bytes:
    document["buffers"] = [{"byteLength": len(binary)}]
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    whole = 28 + len(text) + len(binary)
    head = struct.pack("<IIIII", 0x46546C67, 2, whole, len(text), 0x4E4F534A)
    return head + text + struct.pack("<II", len(binary), 0x004E4942) + binary


def test_copies_strips_and_colours_of_a_model_are_what_gltf_says() -> None:
    square = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]], "<f4")
    places = np.array([[0, 0, 0], [5, 0, 0]], "<f4")
    binary = square.tobytes() + places.tobytes()
    document = {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0]}],
        "nodes": [{
            "mesh": 0, "translation": [0, 2, 0],
            "extensions": {"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": 1}}},
        }],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "mode": 5, "material": 0}]}],
        "materials": [{"pbrMetallicRoughness": {"baseColorFactor": [0.2140411, 0, 1, 1]}}],
        "bufferViews": [
            {"buffer": 0, "byteLength": 48},
            {"buffer": 0, "byteOffset": 48, "byteLength": 24},
        ],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC3",
             "min": [0, 0, 0], "max": [1, 1, 0]},
            {"bufferView": 1, "componentType": 5126, "count": 2, "type": "VEC3"},
        ],
    }  # fmt: skip
    found = corners_of(packed_glb(document, binary), 100)
    assert found is not None and found.corners.shape == (4, 3, 3)
    assert found.corners.min((0, 1)).tolist() == [0, 2, 0]
    assert found.corners.max((0, 1)).tolist() == [6, 3, 0]
    # 0.2140411 is sRGB 127.5 / 255 (IEC 61966-2-1).
    assert found.colors[0] == pytest.approx([0.5, 0, 1], abs=1e-3)


# --- arrays ------------------------------------------------------------------------------------


def test_each_copy_stands_in_its_place_in_its_colour() -> None:
    made = instances(
        [[-2, 0, -5], [2, 0, -5]], scales=[1.0, 2.0], rotations=[0.3, 0.0],
        colors=[[1.0, 0, 0], [0, 0, 1.0]], shape=Shape("box", (1, 1, 1)), color="#ffffff",
    )  # fmt: skip
    rows = numbers_of(made.data, "", nothing)
    assert rows is not None
    picture = draw(
        [Mesh(*instances_of(made, rows, HERE, lens_of(AHEAD, 200), 1000), 9)], AHEAD, 200, 200
    )
    left, right = picture.pixels[100, 60], picture.pixels[100, 140]
    assert left[0] > 2 * left[2] and right[2] > 2 * right[0]
    assert owned(picture, 9) == pytest.approx(20**2 + 50**2, rel=0.35)


def test_a_hundred_thousand_copies_fit_and_none_is_too_small_to_be_seen() -> None:
    chance = np.random.default_rng(3)
    made = instances(chance.uniform([-40, -9, -90], [40, 9, -20], (100_000, 3)))
    rows = numbers_of(made.data, "", nothing)
    assert rows is not None
    corners, colors = instances_of(made, rows, HERE, lens_of(AHEAD, 200), 60_000)
    assert len(corners) == len(colors) == 60_000
    alone = instances([[0.0, 0.0, -2000.0]] * 2, shape=Shape("sphere", (0.1, 0.1, 0.1)))
    few = numbers_of(alone.data, "", nothing)
    assert few is not None
    dots = instances_of(alone, few, HERE, lens_of(AHEAD, 200), 2)
    assert owned(draw([Mesh(*dots, 4)], AHEAD, 200, 200), 4) >= 1


@pytest.mark.parametrize("kind", ["tube", "ribbon"])
def test_a_path_passes_all_its_points(kind: Any) -> None:
    points = np.array([[-4, 0, -8], [0, 2, -8], [4, -1, -8.0]])
    made = Path(kind=kind, width=0.4)
    lens = lens_of(AHEAD, 400)
    corners, colors = path_of(made, points, HERE, lens, 6000)
    for point in points:
        away = np.linalg.norm(corners.reshape(-1, 3) - point, axis=1).min()
        assert away < 0.35
    picture = draw([Mesh(corners, colors, 3)], AHEAD, 400, 400)
    assert owned(picture, 3) > 100 if kind == "tube" else True
    assert len(path_of(path(points), np.tile(points, (9000, 1)), HERE, lens, 6000)[0]) <= 6000
    dashed = Path(kind=kind, dash=0.5, gap=0.5)
    assert 0 < len(path_of(dashed, points, HERE, lens, 6000)[0]) < len(corners)


def test_a_grid_of_heat_goes_from_its_lowest_colour_to_its_highest() -> None:
    grid = np.tile(np.linspace(0, 10, 30), (20, 1))
    made = heat(grid, unit="°C")
    corners, colors = sheet_of(made, grid, HERE, 20_000)
    x = corners.mean(1)[:, 0]
    first, last = (
        np.array(tuple(bytes.fromhex(MAPS["viridis"].split()[at]))) / 255 for at in (0, -1)
    )
    assert colors[x.argmin()] == pytest.approx(first, abs=0.06)
    assert colors[x.argmax()] == pytest.approx(last, abs=0.06)
    assert corners[..., 0].min() == -2 and corners[..., 0].max() == 2
    raised = sheet_of(Heat(relief=1.5), grid, HERE, 200)[0]
    assert raised[..., 1].max() == pytest.approx(1.5) and len(raised) <= 200
    assert len(sheet_of(made, np.array([[3.0]]), HERE, 200)[0]) == 2


@given(st.sampled_from(sorted(MAPS)), st.floats(-2, 3))
def test_a_colour_outside_of_the_scale_is_its_end(name: str, share: float) -> None:
    [found] = colors_of(name, np.array([share]))
    stops = [np.array(tuple(bytes.fromhex(one))) / 255 for one in MAPS[name].split()]
    if share <= 0:
        assert found == pytest.approx(stops[0])
    if share >= 1:
        assert found == pytest.approx(stops[-1])


def test_heat_over_a_thing_is_what_was_measured_where_it_was() -> None:
    places = [[-0.5, 0, 0], [0.5, 0, 0]]
    made = heat_at(places, [0.0, 1.0])
    measured = numbers_of(made.data, "", nothing)
    assert measured is not None
    at = np.repeat(np.array(places)[:, None, :], 3, 1)
    colors = heated(made, measured.astype(float), at)
    assert colors == pytest.approx(colors_of("viridis", np.array([0.0, 1.0])), abs=0.01)
