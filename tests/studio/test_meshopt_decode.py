"""Promised: what was packed by meshopt is read back byte for byte, and nothing odd breaks it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.studio.meshopt_decoder import decode_indices as plain_indices
from tests.studio.meshopt_decoder import decode_vertices as plain_vertices
from worldloom.studio.glb_container import open_glb
from worldloom.studio.glb_parts import MESHOPT
from worldloom.studio.meshopt import encode_vertices
from worldloom.studio.meshopt_decode import decode_triangles, decode_vertices

ROOT = Path(__file__).resolve().parents[2]
GATE = ROOT / "worldloom/kits/plaza/baked/gate-city.glb"
CUT = st.integers(0, 40)


@given(st.integers(1, 600), st.sampled_from([4, 8, 12, 16, 36]), st.integers(0, 2**32 - 1))
def test_vertices_come_back_as_they_were(count: int, stride: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    spread = int(chance.integers(1, 256))
    rows = np.cumsum(chance.integers(0, spread, (count, stride)), 0).astype(np.uint8)
    packed = encode_vertices(rows)
    assert (decode_vertices(packed, count, stride) == rows).all()


def test_a_baked_model_is_read_as_the_plain_decoder_reads_it() -> None:
    document, binary = open_glb(GATE.read_bytes())
    kinds = set()
    for view in document.buffer_views:
        use = view.extensions[MESHOPT]
        start = use.get("byteOffset", 0)
        data = bytes(binary[start : start + use["byteLength"]])
        kinds.add(use["mode"])
        if use["mode"] == "TRIANGLES":
            found = decode_triangles(data, use["count"] // 3)
            assert [tuple(one) for one in found.tolist()] == plain_indices(data, use["count"] // 3)
        else:
            read = decode_vertices(data, use["count"], use["byteStride"])
            assert (read == plain_vertices(data, use["count"], use["byteStride"])).all()
    assert kinds == {"TRIANGLES", "ATTRIBUTES"}


@given(st.binary(max_size=400), st.integers(0, 64), st.sampled_from([4, 8, 252]))
def test_bytes_that_are_none_are_refused_or_read_but_never_break(
    data: bytes, count: int, stride: int
) -> None:
    for head in (b"", b"\xa0", b"\xe1"):
        for decode in (
            lambda given: decode_vertices(given, count, stride),
            lambda given: decode_triangles(given, count),
        ):
            try:
                decode(head + data)
            except (ValueError, IndexError):
                pass


def test_what_is_cut_off_is_refused() -> None:
    packed = encode_vertices(np.arange(4096, dtype=np.uint32).view(np.uint8).reshape(-1, 16))
    with pytest.raises((ValueError, IndexError)):
        decode_vertices(packed[: len(packed) // 2], 1024, 16)
