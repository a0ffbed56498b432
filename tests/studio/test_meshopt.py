"""What the mesh codec promises: every vertex byte comes back, every triangle with its winding."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.studio.meshopt_decoder import decode_indices, decode_vertices
from worldloom.studio.geometry.solids import icosphere, lathe
from worldloom.studio.meshopt import encode_indices, encode_vertices


def turned(triangle: tuple[int, ...]) -> tuple[int, ...]:
    """A triangle beginning at its lowest corner, with its winding kept."""
    low = triangle.index(min(triangle))
    return triangle[low:] + triangle[:low]


@given(
    st.integers(1, 600), st.sampled_from([4, 8, 12, 16, 64]), st.integers(0, 2**32 - 1),
    st.sampled_from([2, 5, 20, 256]),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_vertex_bytes_come_back_as_they_were(
    count: int, stride: int, seed: int, range_: int
) -> None:
    rows = np.random.default_rng(seed).integers(0, range_, (count, stride)).astype(np.uint8)
    assert np.array_equal(decode_vertices(encode_vertices(rows), count, stride), rows)


@given(
    st.lists(st.tuples(*[st.integers(0, 70)] * 3).filter(lambda t: len(set(t)) == 3), max_size=80)
)
@settings(max_examples=150, deadline=None)
def test_triangles_come_back_with_their_winding(triangles: list[tuple[int, int, int]]) -> None:
    data = encode_indices(np.array(triangles, np.uint16).reshape(-1))
    back = decode_indices(data, len(triangles))
    assert [turned(t) for t in back] == [turned(t) for t in triangles]


def test_a_real_mesh_comes_back_whole() -> None:
    for shape in (icosphere(3), lathe([(0, 0), (1, 0), (1, 2), (0, 2)], 48)):
        data = encode_indices(shape.triangles.ravel().astype(np.uint16))
        back = decode_indices(data, len(shape.triangles))
        wanted = [turned(tuple(t)) for t in shape.triangles.tolist()]
        assert [turned(t) for t in back] == wanted
