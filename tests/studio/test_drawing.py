"""Promised: a drawing shows what stands where, nearer things first, and whose each pixel is."""

from __future__ import annotations

import json
import math
import struct
from typing import Any

import numpy as np
import pytest

from worldloom.kernel.components import Shape
from worldloom.kernel.space import Pose, upright
from worldloom.studio.drawing import Array, Camera, Kind, Picture, Solid, draw
from worldloom.studio.drawn import bounds_of_glb, frame, marks_of, number, parts_of, plate_of

RED, BLUE = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)
KINDS: tuple[Kind, ...] = ("box", "ball", "cylinder", "cone")
SHAPES = ("box", "sphere", "cylinder", "cone", "plane", "torus", "capsule")


def at(x: float, y: float, z: float, size: float = 1.0) -> Array:
    return frame(Pose((x, y, z)), (size, size, size))


def seen(picture: Picture) -> set[int]:
    return set(np.unique(picture.ids).tolist()) - {0}


@pytest.mark.parametrize("kind", KINDS)
def test_a_solid_covers_what_a_lens_would_show_of_it(kind: Kind) -> None:
    """One metre at ten metres, by a lens that sees 90 degrees over 200 pixels: ten pixels."""
    camera = Camera((0, 0, 0), fov=math.pi / 2)
    picture = draw([Solid(at(0, 0, -10), kind, RED, 7)], camera, 200, 200)
    rows, columns = np.nonzero(picture.ids == 7)
    assert columns.min() == pytest.approx(94.5, abs=1.5)
    assert columns.max() == pytest.approx(104.5, abs=1.5)
    assert rows.max() - rows.min() == pytest.approx(9.5, abs=1.6), "a tip is thin"
    assert picture.pixels[100, 100, 0] > picture.pixels[100, 100, 2] + 60, "it is red"
    area = {"box": 1.0, "ball": math.pi / 4, "cylinder": 1.0, "cone": 0.5}[kind] * 100
    assert len(rows) == pytest.approx(area, rel=0.25)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_nearer_one_hides_the_farther_one_in_any_order(order: tuple[int, int]) -> None:
    both = [Solid(at(0, 0, -3), "box", RED, 1), Solid(at(0, 0, -6), "box", BLUE, 2)]
    picture = draw([both[i] for i in order], Camera((0, 0, 0)), 120, 120)
    assert picture.ids[60, 60] == 1 and seen(picture) == {1}


def test_turning_to_the_left_brings_in_what_is_at_the_left() -> None:
    left, right = Solid(at(-10, 0, 0), "ball", RED, 1), Solid(at(10, 0, 0), "ball", BLUE, 2)
    assert seen(draw([left, right], Camera((0, 0, 0)), 100, 100)) == set()
    for yaw, id in ((math.pi / 2, 1), (-math.pi / 2, 2)):
        picture = draw([left, right], Camera((0, 0, 0), yaw), 100, 100)
        assert seen(picture) == {id} and picture.ids[50, 50] == id


def test_from_above_north_is_up_and_east_is_right() -> None:
    solids = [Solid(at(4, 0, -4, 2), "box", RED, 1), Solid(at(-4, 0, 4, 2), "box", BLUE, 2)]
    ids = draw(solids, Camera((0, 100, 0), across_m=20), 100, 100).ids
    assert (ids[30, 70], ids[70, 30], ids[30, 30]) == (1, 2, 0)
    assert (ids == 1).sum() == pytest.approx(100, abs=25), "two metres are ten pixels"


def test_glass_shows_its_edges_and_what_is_behind_it() -> None:
    glass = Solid(at(0, 0, -4, 2), "box", BLUE, 1, glass=True)
    picture = draw([glass, Solid(at(0, 0, -8, 1), "ball", RED, 2)], Camera((0, 0, 0)), 200, 200)
    assert picture.ids[100, 100] == 2
    assert picture.pixels[100, 100, 0] > 120, "the ball is red through the glass"
    assert (picture.ids == 1).any()


def test_a_turned_and_stretched_frame_is_met_where_it_is() -> None:
    pose = Pose((0, 0, -6), upright(math.pi / 2))
    picture = draw([Solid(frame(pose, (4, 0.5, 0.5)), "box", RED, 1)], Camera((0, 0, 0)), 100, 100)
    columns = np.nonzero((picture.ids == 1).any(0))[0]
    assert columns.max() - columns.min() < 20, "its long side points at us"


def test_nothing_odd_breaks_a_picture() -> None:
    odd = [
        Solid(at(0, 0, 0), "box", RED, 1),  # we stand in it
        Solid(at(0, 0, -5, 0.0), "ball", RED, 2),
        Solid(np.full((3, 4), np.nan), "box", RED, 3),
        Solid(np.full((3, 4), 1e300), "cone", RED, 4),
        Solid(at(0, 0, 5), "cylinder", RED, 5),  # behind us
    ]
    picture = draw(odd, Camera((0, 0, 0)), 64, 64)
    assert picture.pixels.shape == (64, 64, 4)
    assert not seen(picture) & {3, 5}


def test_no_more_is_drawn_once_it_is_enough() -> None:
    solids = [Solid(at(0, 0, -3 - n), "box", RED, n + 1) for n in range(9)]
    calls = iter([False, False, True])
    picture = draw(solids, Camera((0, 0, 0)), 64, 64, lambda: next(calls))
    assert picture.left_out == 7 and seen(picture) == {1}


@pytest.mark.parametrize("kind", SHAPES)
def test_each_shape_fills_its_size(kind: Any) -> None:
    size = (2.0, 0.5, 2.0) if kind in ("torus", "plane") else (1.0, 3.0, 1.0)
    parts = list(parts_of(Shape(kind, size)))
    edges = [(about[0] - extent[0] / 2, about[0] + extent[0] / 2) for _, extent, about in parts]
    assert min(low for low, _ in edges) == pytest.approx(-size[0] / 2, abs=0.02)
    assert max(high for _, high in edges) == pytest.approx(size[0] / 2, abs=0.02)
    heights = [about[1] + extent[1] / 2 for _, extent, about in parts]
    assert max(heights) == pytest.approx(size[1] / 2, abs=0.02)


def test_numbers_stand_on_what_they_mean_and_the_largest_is_first() -> None:
    solids = [Solid(at(-2, 0, -6), "box", RED, 11), Solid(at(1, 0, -3), "box", BLUE, 12)]
    picture = draw(solids, Camera((0, 0, 0)), 200, 150)
    marks = marks_of(picture, 9)
    assert [mark.id for mark in marks] == [12, 11]
    assert all(picture.ids[mark.y, mark.x] == mark.id for mark in marks)
    assert marks_of(picture, 1) == marks[:1]
    before = picture.pixels.copy()
    number(picture.pixels, marks)
    changed = (picture.pixels != before).any(-1)
    height, width = plate_of(1).shape
    assert changed.sum() <= 2 * height * width
    for value, mark in enumerate(marks, 1):
        plate = picture.pixels[mark.y - height // 2 :, mark.x - width // 2 :, 0][:height, :width]
        assert (plate == plate_of(value)).all()
    assert not np.array_equal(plate_of(3), plate_of(8)) and plate_of(10).shape[1] > width


def glb(document: Any) -> bytes:
    text = json.dumps(document).encode()
    head = struct.pack("<III", 0x46546C67, 2, 20 + len(text))
    return head + struct.pack("<II", len(text), 0x4E4F534A) + text


def test_a_models_bounds_are_those_of_its_moved_parts() -> None:
    document: dict[str, Any] = {
        "scenes": [{"nodes": [0]}],
        "nodes": [{"children": [1], "scale": [2, 2, 2]}, {"mesh": 0, "translation": [1, 0, 0]}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "accessors": [{"min": [-1, 0, -1], "max": [1, 3, 1], "componentType": 5126}],
    }
    assert bounds_of_glb(glb(document)) == (((0, 0, -2), (4, 6, 2)),)
    document["accessors"] = [
        {"min": [-32767, 0, 0], "max": [32767, 32767, 0], "componentType": 5122, "normalized": True}
    ]
    assert bounds_of_glb(glb(document)) == (((0, 0, 0), (4, 2, 0)),)
    document["nodes"][1]["extensions"] = {"EXT_mesh_gpu_instancing": {}}
    assert bounds_of_glb(glb(document)) == (), "it stands in many places"


@pytest.mark.parametrize(
    "document",
    [{}, {"scenes": []}, {"scenes": [{"nodes": [9]}], "nodes": []}, [1],
     {"scenes": [{"nodes": [0]}], "nodes": [{"children": [0]}]},
     {"scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}], "meshes": [{"primitives": [{}]}]}],
)  # fmt: skip
def test_a_file_that_says_no_bounds_has_none(document: Any) -> None:
    assert bounds_of_glb(glb(document)) == ()
    assert bounds_of_glb(b"") == () and bounds_of_glb(b"x" * 40) == ()
