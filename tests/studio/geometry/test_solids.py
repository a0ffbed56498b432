"""What the geometry library promises: closed solids whose faces look outwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from worldloom.studio.geometry.mesh import Mesh, merge
from worldloom.studio.geometry.noise import noise
from worldloom.studio.geometry.outlines import area, fill, polygon
from worldloom.studio.geometry.solids import box, icosphere, lathe, plain_box
from worldloom.studio.geometry.sweeps import extrude, loft, sweep, tube

STAR = [
    (r * np.cos(a), r * np.sin(a)) for k in range(10) for r, a in [((2, 1)[k % 2], k * np.pi / 5)]
]
SOLIDS: dict[str, Callable[[], Mesh]] = {
    "box": lambda: box(1, 2, 3, 0.1),
    "plain box": lambda: plain_box(1, 2, 3),
    "sphere": lambda: icosphere(2),
    "cylinder": lambda: lathe([(0, -1), (1, -1), (1, 1), (0, 1)], 24, 0.05),
    "star": lambda: extrude(STAR, 0.5, 0.04),
    "tube": lambda: tube([(0, 0, 0), (0, 1, 0), (0.4, 2, 0.2)], [0.3, 0.2, 0.1]),
    "ring": lambda: sweep(
        polygon(0.2, 8), [(*p, 0) for p in polygon(2, 24)], up=(0, 0, 1), closed=True
    ),
    "limb": lambda: loft([(0, 0, 0, 0.2, 0.3), (0, 0.5, 0, 0.3, 0.3), (0, 1, 0, 0.1, 0.1)]),
}


def volume(shape: Mesh) -> float:
    p = shape.positions[shape.triangles]
    return float(np.einsum("ij,ij->i", p[:, 0], np.cross(p[:, 1], p[:, 2])).sum() / 6)


@pytest.mark.parametrize("name", SOLIDS)
def test_a_solid_is_closed_and_looks_outwards(name: str) -> None:
    shape = SOLIDS[name]()
    assert volume(shape) > 0
    _, welded = np.unique(np.round(shape.positions, 6), axis=0, return_inverse=True)
    triangles = welded.ravel()[shape.triangles]
    edges = Counter(
        (int(t[i]), int(t[(i + 1) % 3]))
        for t in triangles
        for i in range(3)
        if len(set(t.tolist())) == 3
    )
    assert all(edges[b, a] == count for (a, b), count in edges.items())


@pytest.mark.parametrize("name", SOLIDS)
def test_normals_are_unit_and_agree_with_their_triangles(name: str) -> None:
    shape = SOLIDS[name]()
    assert np.allclose(np.linalg.norm(shape.normals, axis=1), 1, atol=1e-6)
    facing = np.einsum("ij,ij->i", shape.face_normals(), shape.normals[shape.triangles].sum(1))
    assert (facing > 0).all()


def test_a_box_has_forty_four_triangles_and_keeps_its_size() -> None:
    shape = box(1, 2, 3, 0.1)
    low, high = shape.bounds()
    assert len(shape.triangles) == 44
    assert np.allclose(high - low, [1, 2, 3])


def test_ear_clipping_fills_exactly_the_outline() -> None:
    outline = np.array(STAR)
    filled = sum(abs(area(outline[list(t)])) for t in fill(outline))
    assert len(fill(outline)) == len(outline) - 2
    assert np.isclose(filled, abs(area(outline)))


def test_mirroring_keeps_a_solid_inside_in() -> None:
    assert volume(box(1, 1, 1).moved(2, 0, 0).scaled(-1, 1, 1)) > 0


def test_noise_is_the_same_everywhere_and_stays_small() -> None:
    points = np.random.default_rng(1).uniform(-90, 90, (500, 3))
    assert np.abs(noise(points, 0.3, 1)).max() <= 1
    assert np.array_equal(noise(points, 0.3, 3), noise(points.copy(), 0.3, 3))


def test_merging_keeps_every_triangle_and_its_texture() -> None:
    plain, mapped = box(1, 1, 1), icosphere(1).with_uvs((0.5, 0.5))
    both = merge([plain, mapped])
    assert len(both.triangles) == len(plain.triangles) + len(mapped.triangles)
    assert np.allclose(both.uvs[len(plain.positions) :], 0.5)
