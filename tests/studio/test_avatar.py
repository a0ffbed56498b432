"""What the avatar promises: seventeen joints, four clips, few triangles, lids that close."""

from __future__ import annotations

import gzip

import numpy as np

from worldloom.studio import avatar
from worldloom.studio.figure.clips import clips
from worldloom.studio.figure.rig import JOINTS, PARENTS, rest
from worldloom.studio.gltf import disassemble


def test_the_body_is_small_enough_and_stands_on_the_ground() -> None:
    shape, slots, weights, _ = avatar.figure()
    low, high = shape.bounds()
    assert len(shape.triangles) <= 5500
    assert abs(low[1]) < 0.01
    assert 1.6 < high[1] < 1.8
    assert set(np.unique(slots)) == set(range(7))
    assert np.allclose(weights.sum(1), 1)
    assert (np.count_nonzero(weights > 1e-9, axis=1) <= 4).all()


def test_a_blink_moves_lids_down_and_nothing_else() -> None:
    shape, _, _, blinks = avatar.figure()
    moved = np.linalg.norm(blinks, axis=1) > 1e-6
    assert 20 < moved.sum() < 0.1 * len(moved)
    assert (blinks[moved, 1] <= 0).all()
    assert (shape.positions[moved, 1] > 1.3).all()


def test_every_clip_is_a_loop() -> None:
    joints = rest()
    made = {clip.name: clip for clip in clips(joints)}
    assert set(made) == {"idle", "walk", "run", "wave"}
    for clip in made.values():
        assert set(clip.rotations) <= set(JOINTS)
        for turns in clip.rotations.values():
            assert np.allclose(np.abs((turns[0] * turns[-1]).sum()), 1, atol=1e-3)
        assert np.allclose(clip.hips[0], clip.hips[-1], atol=1e-3)


def test_the_baked_file_has_the_skeleton_and_fits_its_budget() -> None:
    glb = avatar.bake()
    document, _ = disassemble(glb)
    assert glb == avatar.bake()
    assert len(gzip.compress(glb)) <= 60_000
    assert [document["nodes"][i]["name"] for i in document["skins"][0]["joints"]] == list(JOINTS)
    for child, parent in PARENTS.items():
        assert JOINTS.index(child) in document["nodes"][JOINTS.index(parent)]["children"]
    primitive = document["meshes"][0]["primitives"][0]
    assert "_SLOT" in primitive["attributes"]
    assert [a["name"] for a in document["animations"]] == ["idle", "walk", "run", "wave"]
