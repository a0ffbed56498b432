"""What the GLB writer promises: the same bytes always, and what was put in can be read again."""

from __future__ import annotations

import numpy as np

from tests.studio.meshopt_decoder import decode_vertices
from worldloom.studio.geometry.solids import box, icosphere
from worldloom.studio.gltf import GlbWriter, disassemble, rotate, standing


def written(packed: bool) -> bytes:
    writer = GlbWriter(packed=packed)
    material = writer.material("stone", extras={"worldloom": {"surface": "stone"}})
    writer.add("crate", box(1, 2, 3).moved(5, 0, 0), material)
    places = standing([(0, 0, 0), (9, 0, 9)], [0, 1.0], [1.0, 2.0])
    writer.add("balls", icosphere(2), material, instances=places)
    return writer.finish()


def test_the_same_scene_is_the_same_bytes() -> None:
    assert written(True) == written(True)
    assert written(False) == written(False)


def test_a_mesh_read_again_has_the_bounds_it_was_written_with() -> None:
    document, binary = disassemble(written(False))
    node = document["nodes"][0]
    attributes = document["meshes"][node["mesh"]]["primitives"][0]["attributes"]
    accessor = document["accessors"][attributes["POSITION"]]
    view = document["bufferViews"][accessor["bufferView"]]
    raw = np.frombuffer(binary, np.int16, view["byteLength"] // 2, view["byteOffset"]).reshape(
        -1, 4
    )
    points = raw[:, :3] / 32767 * node["scale"][0] + node["translation"]
    assert np.allclose(points.min(0), [4.5, -1, -1.5], atol=1e-3)
    assert np.allclose(points.max(0), [5.5, 1, 1.5], atol=1e-3)
    assert accessor["max"] == raw[:, :3].max(0).tolist()


def test_packing_changes_the_bytes_and_not_the_vertices() -> None:
    plain, _ = disassemble(written(False))
    packed, binary = disassemble(written(True))
    assert plain["meshes"] == packed["meshes"]
    assert packed["buffers"][1]["extensions"]["EXT_meshopt_compression"]["fallback"] is True
    for view in packed["bufferViews"]:
        about = view.get("extensions", {}).get("EXT_meshopt_compression")
        if about and about["mode"] == "ATTRIBUTES":
            data = binary[about["byteOffset"] : about["byteOffset"] + about["byteLength"]]
            rows = decode_vertices(data, about["count"], about["byteStride"])
            assert rows.nbytes == view["byteLength"]


def test_instances_carry_the_scale_that_undoes_quantisation() -> None:
    document, _ = disassemble(written(False))
    node = document["nodes"][1]
    assert "EXT_mesh_gpu_instancing" in document["extensionsUsed"]
    assert set(node["extensions"]["EXT_mesh_gpu_instancing"]["attributes"]) == {
        "TRANSLATION", "ROTATION", "SCALE",
    }  # fmt: skip


def test_a_quaternion_turns_a_vector() -> None:
    quarter = [0, np.sin(np.pi / 4), 0, np.cos(np.pi / 4)]
    assert np.allclose(rotate([quarter], [[0, 0, 1]]), [[1, 0, 0]])
