"""The wardrobe's parts: small, closed, rigged, and named as presence names them."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from worldloom.presence import wardrobe
from worldloom.studio import avatar
from worldloom.studio.figure.clips import FRAMES, clips
from worldloom.studio.figure.pieces import SLOTS
from worldloom.studio.figure.rig import JOINTS, PARENTS, REST
from worldloom.studio.figure.wardrobe import KINDS, PARTS, make, worn
from worldloom.studio.glb_check import check_glb
from worldloom.sync.wire import ANIMATIONS

FIGURE_BYTES = (30_000, 61_440)
BAKED = {
    name: avatar.bake_part(name)
    for name in {
        part
        for code in (wardrobe.PRESETS["Mei"], wardrobe.PRESETS["Kofi"])
        for part in worn(
            avatar.names_of(wardrobe.decode(code), {f.key: f.names for f in wardrobe.FIELDS})
        )
    }
}


def names(code: str) -> Mapping[str, str]:
    return avatar.names_of(wardrobe.decode(code), {f.key: f.names for f in wardrobe.FIELDS})


@pytest.mark.parametrize("preset", ["Mei", "Kofi"])
def test_a_whole_figure_is_30_to_60_kilobytes_on_the_wire(preset: str) -> None:
    parts = worn(names(wardrobe.PRESETS[preset]))
    size = sum(len(gzip.compress(BAKED[part])) for part in parts)
    assert FIGURE_BYTES[0] <= size <= FIGURE_BYTES[1]


def test_every_part_is_a_sound_file() -> None:
    for name, data in BAKED.items():
        assert check_glb(data).triangles > 0, name


def test_every_choice_of_the_wardrobe_has_its_part_and_every_part_its_choice() -> None:
    by_key = {field.key: field for field in wardrobe.FIELDS}
    for kind, makes in KINDS.items():
        # A first choice without a part is to wear none; the client counts on this order.
        choices = by_key[kind].names
        assert list(choices[len(choices) - len(makes) :]) == list(makes), kind
        assert len(choices) - len(makes) in (0, 1)


@pytest.mark.parametrize("name", ["face-oval", "hands", "top-shirt", "bottom-trousers"])
def test_weights_share_out_each_vertex_among_known_joints(name: str) -> None:
    whole = make(name)
    assert whole.weights.shape == (len(whole.slots), len(JOINTS))
    assert np.allclose(whole.weights.sum(1), 1, atol=1e-5)
    assert set(whole.slots.tolist()) <= set(range(len(SLOTS)))


@pytest.mark.parametrize("name", ["hands", "face-round", "arms"])
def test_skin_has_no_flaps(name: str) -> None:
    shape = make(name).shape
    _, same = np.unique(np.round(shape.positions, 5), axis=0, return_inverse=True)
    corners = same.reshape(-1)[shape.triangles]
    edges = np.sort(np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]]), 1)
    edges = edges[edges[:, 0] != edges[:, 1]]
    _, uses = np.unique(edges, axis=0, return_counts=True)
    assert (uses <= 2).mean() > 0.97


def test_the_joints_are_a_tree_below_the_hips() -> None:
    assert JOINTS[0] == "hips"
    for at, joint in enumerate(JOINTS[1:], 1):
        assert JOINTS.index(PARENTS[joint]) < at
    assert len(JOINTS) * 3 <= 96  # texels of a row in the client's texture


def test_clips_are_loops_of_unit_turns_and_cover_what_visitors_can_be_seen_to_do() -> None:
    found = {clip.name: clip for clip in clips()}
    seen = {{"in the air": "air"}.get(name, name) for name in ANIMATIONS if name}
    assert seen <= set(found)
    for clip in found.values():
        for turns in clip.turns.values():
            assert turns.shape == (FRAMES, 4)
            assert np.allclose(np.linalg.norm(turns, axis=1), 1, atol=1e-4)
            steps = [abs(float(turns[at] @ turns[at - 1])) for at in range(FRAMES)]
            assert min(steps) > math.cos(0.75)  # no joint jumps, the last frame to the first either


def test_the_listing_is_plain_json_of_finite_numbers() -> None:
    listing = json.loads(json.dumps(avatar.listing(), allow_nan=False))
    assert set(listing["parts"]) == set(PARTS)
    assert len(listing["joints"]) == len(JOINTS)


def lower_leg(part: str, low: float, high: float) -> NDArray[np.float64]:
    """Angle, distance and height of a part's points about the left shin, between two heights."""
    points = make(part).shape.positions
    shin = points[(points[:, 0] > 0.02) & (points[:, 1] > low) & (points[:, 1] < high)]
    x, z = shin[:, 0] - REST["lFoot"][0], shin[:, 2] - REST["lFoot"][2]
    return np.asarray(np.c_[np.arctan2(z, x), np.hypot(x, z), shin[:, 1]], float)


@pytest.mark.parametrize("bottom", ["trousers", "slim"])
def test_no_boot_shows_through_a_trouser_leg(bottom: str) -> None:
    leg = lower_leg(f"bottom-{bottom}", 0.05, 0.32)
    for angle, distance, height in lower_leg("shoes-boots", 0.14, 0.21):
        turn = np.abs((leg[:, 0] - angle + math.pi) % (2 * math.pi) - math.pi)
        around = leg[(turn < 0.5) & (np.abs(leg[:, 2] - height) < 0.11)]
        assert len(around) and around[:, 1].max() > distance, (angle, height)
