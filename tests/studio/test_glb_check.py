"""A GLB is kept only when everything that it says of itself is true and small enough to draw."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worldloom.kernel.limits import LIMITS
from worldloom.studio.glb_check import check_glb
from worldloom.studio.glb_parts import FIXES, GlbRefused
from worldloom.studio.image_headers import read_image_head

Json = dict[str, Any]


def pack(document: Json, binary: bytes = b"") -> bytes:
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    binary += bytes(-len(binary) % 4)
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text
    if binary:
        chunks += struct.pack("<II", len(binary), 0x004E4942) + binary
    return struct.pack("<III", 0x46546C67, 2, 12 + len(chunks)) + chunks


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IEND", b"")


def triangle() -> tuple[Json, bytes]:
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], "<f4").tobytes()
    indices = np.array([0, 1, 2, 0], "<u2").tobytes()
    document: Json = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"},
            {"bufferView": 1, "componentType": 5123, "count": 3, "type": "SCALAR"},
        ],
        "bufferViews": [
            {"buffer": 0, "byteLength": 36},
            {"buffer": 0, "byteOffset": 36, "byteLength": 8},
        ],
        "buffers": [{"byteLength": 44}],
    }
    return document, points + indices


def with_image(data: bytes, **fields: Any) -> tuple[Json, bytes]:
    document, binary = triangle()
    binary += bytes(-len(binary) % 4)
    document["bufferViews"].append(
        {"buffer": 0, "byteOffset": len(binary), "byteLength": len(data)}
    )
    binary += data
    document["buffers"] = [{"byteLength": len(binary)}]
    document["images"] = [{"bufferView": 2, **fields}]
    document["textures"] = [{"source": 0}]
    document["materials"] = [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}]
    return document, binary


def refusal_of(document: Json, binary: bytes) -> str:
    with pytest.raises(GlbRefused) as caught:
        check_glb(pack(document, binary))
    assert caught.value.fix == FIXES[caught.value.code]
    assert caught.value.message
    return caught.value.code


def test_a_plain_triangle_is_kept_and_counted() -> None:
    facts = check_glb(pack(*triangle()))
    assert (facts.nodes, facts.triangles, facts.images) == (1, 1, 0)


def test_a_textured_triangle_is_kept() -> None:
    assert check_glb(pack(*with_image(png(64, 32), mimeType="image/png"))).images == 1


def test_a_bundled_image_as_a_data_uri_is_kept() -> None:
    document, binary = triangle()
    uri = "data:image/png;base64," + base64.b64encode(png(4, 4)).decode()
    document["images"] = [{"uri": uri}]
    assert check_glb(pack(document, binary)).images == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda data: b"", "glb_not_glb"),
        (lambda data: b"PK" + data[2:], "glb_not_glb"),
        (lambda data: data[:4] + struct.pack("<I", 1) + data[8:], "glb_version"),
        (lambda data: data[:-4], "glb_length"),
        (lambda data: data + b"\0\0\0\0", "glb_length"),
        (lambda data: data[:12] + struct.pack("<I", 2**32 - 4) + data[16:], "glb_length"),
        (lambda data: data[:16] + b"XXXX" + data[20:], "glb_chunks"),
        (lambda data: data[:20] + b"[" + data[21:], "glb_json"),
        (lambda data: data[:30] + b"\xff\xfe" + data[32:], "glb_json"),
    ],
)
def test_a_broken_container_is_refused(change: Callable[[bytes], bytes], code: str) -> None:
    with pytest.raises(GlbRefused) as caught:
        check_glb(change(pack(*triangle())))
    assert caught.value.code == code


def _set(*path: Any) -> Callable[[Json], None]:
    *way, key, value = path

    def change(document: Json) -> None:
        part: Any = document
        for step in way:
            part = part[step]
        part[key] = value

    return change


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_set("asset", "version", "1.0"), "glb_version"),
        (_set("extensionsRequired", ["EVIL_scripting"]), "glb_extension"),
        (_set("buffers", 0, "uri", "http://example.com/a.bin"), "glb_external"),
        (_set("buffers", 0, "uri", "data:application/octet-stream;base64,AAAA"), "glb_external"),
        (_set("images", [{"uri": "../../etc/passwd"}]), "glb_external"),
        (_set("materials", [{"extensions": {"X_Y": {"a": [{"uri": "//x"}]}}}]), "glb_external"),
        (_set("buffers", 0, "byteLength", 4_000_000), "glb_length"),
        (_set("buffers", [{"byteLength": 44}, {"byteLength": 4}]), "glb_external"),
        (_set("bufferViews", 0, "byteLength", 40_000), "glb_bounds"),
        (_set("bufferViews", 0, "byteOffset", 2**39), "glb_bounds"),
        (_set("bufferViews", 0, "byteOffset", -1), "glb_json"),
        (_set("bufferViews", 0, "buffer", 7), "glb_index"),
        (_set("accessors", 0, "count", 4), "glb_bounds"),
        (_set("accessors", 0, "count", 0), "glb_json"),
        (_set("accessors", 0, "count", "three"), "glb_json"),
        (_set("accessors", 0, "count", 2**50), "glb_json"),
        (_set("accessors", 0, "byteOffset", 2), "glb_bounds"),
        (_set("accessors", 0, "bufferView", 9), "glb_index"),
        (_set("accessors", 0, "type", "VEC9"), "glb_json"),
        (_set("accessors", 0, "componentType", 5124), "glb_json"),
        (_set("accessors", 0, "max", [1e300, 0, 0]), "glb_bounds"),
        (_set("meshes", 0, "primitives", 0, "attributes", {"POSITION": 5}), "glb_index"),
        (_set("meshes", 0, "primitives", 0, "attributes", {}), "glb_mesh"),
        (_set("meshes", 0, "primitives", []), "glb_json"),
        (_set("meshes", 0, "primitives", 0, "material", 0), "glb_index"),
        (_set("meshes", 0, "primitives", 0, "indices", 0), "glb_mesh"),
        (_set("nodes", 0, "mesh", 3), "glb_index"),
        (_set("nodes", 0, "children", [0]), "glb_tree"),
        (_set("nodes", [{"children": [1]}, {"children": [0]}]), "glb_tree"),
        (_set("nodes", [{"children": [2]}, {"children": [2]}, {}]), "glb_tree"),
        (_set("nodes", 0, "translation", [1e30, 0, 0]), "glb_tree"),
        (_set("nodes", 0, "rotation", [1.0]), "glb_tree"),
        (_set("scenes", 0, "nodes", [4]), "glb_index"),
        (_set("scene", 4), "glb_index"),
        (
            _set(
                "animations",
                [{"samplers": [], "channels": [{"sampler": 0, "target": {"path": ""}}]}],
            ),
            "glb_index",
        ),
    ],
)  # fmt: skip
def test_a_document_that_lies_is_refused(change: Callable[[Json], None], code: str) -> None:
    document, binary = triangle()
    change(document)
    assert refusal_of(document, binary) == code


def test_an_index_past_the_vertices_is_refused() -> None:
    document, binary = triangle()
    assert refusal_of(document, binary[:36] + struct.pack("<4H", 0, 1, 900, 0)) == "glb_index"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e20])
def test_a_point_that_is_no_place_is_refused(value: float) -> None:
    document, binary = triangle()
    assert refusal_of(document, struct.pack("<f", value) + binary[4:]) == "glb_extent"


def test_nan_in_the_json_is_refused() -> None:
    document, binary = triangle()
    document["nodes"][0]["translation"] = [float("nan"), 0, 0]
    assert refusal_of(document, binary) == "glb_json"


def test_json_nested_too_deep_is_refused() -> None:
    text = b'{"asset":{"version":"2.0","extras":' + b"[" * 100_000 + b"]" * 100_000 + b"}}"
    text += b" " * (-len(text) % 4)
    chunk = struct.pack("<II", len(text), 0x4E4F534A) + text
    with pytest.raises(GlbRefused) as caught:
        check_glb(struct.pack("<III", 0x46546C67, 2, 12 + len(chunk)) + chunk)
    assert caught.value.code == "glb_json"


def test_a_tree_nested_too_deep_is_refused() -> None:
    document, binary = triangle()
    depth = LIMITS.glb_depth_max + 1
    document["nodes"] = [{"children": [index + 1]} for index in range(depth)] + [{"mesh": 0}]
    assert refusal_of(document, binary) == "glb_tree"


def test_a_texture_bomb_is_refused_by_its_head() -> None:
    assert refusal_of(*with_image(png(30_000, 30_000))) == "glb_texture"


def test_many_large_textures_are_refused_together() -> None:
    document, binary = with_image(png(8192, 8192))
    document["images"] *= 2
    assert refusal_of(document, binary) in {"glb_texture_pixels", "glb_decoded_bytes"}


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        (b"<svg onload=alert(1)>", {}),
        (png(4, 4), {"mimeType": "image/jpeg"}),
        (png(0, 4), {}),
        (b"\xff\xd8\xff\xe0\x00\x00", {}),
        (b"RIFF\0\0\0\0WEBPVP8Z", {}),
    ],
)
def test_an_image_that_is_none_is_refused(data: bytes, fields: Json) -> None:
    assert refusal_of(*with_image(data, **fields)) == "glb_image"


def test_instances_count_as_triangles() -> None:
    document, binary = triangle()
    count = LIMITS.glb_triangles_max + 1
    document["accessors"].append({"componentType": 5120, "count": count, "type": "VEC3"})
    document["nodes"][0]["extensions"] = {
        "EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": 2}}
    }
    assert refusal_of(document, binary) == "glb_triangles"


@pytest.mark.parametrize(
    "many",
    [
        {"scenes": [{"nodes": [0]}] * (LIMITS.glb_parts_max + 1)},
        {"scenes": [{"nodes": [0] * LIMITS.glb_parts_max}]},
        {"meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}] * LIMITS.glb_parts_max},
        {"animations": [{"channels": [], "samplers": []}] * (LIMITS.glb_parts_max + 1)},
    ],
    ids=["scenes", "roots", "meshes", "animations"],
)
def test_parts_of_every_kind_are_counted(many: dict[str, Any]) -> None:
    document, binary = triangle()
    assert refusal_of(document | many, binary) == "glb_parts"


def test_morph_targets_are_counted() -> None:
    document, binary = triangle()
    primitive = document["meshes"][0]["primitives"][0]
    primitive["targets"] = [{"POSITION": 0}] * (LIMITS.glb_parts_max + 1)
    assert refusal_of(document, binary) == "glb_parts"


def test_a_packed_view_that_unpacks_to_too_much_is_refused() -> None:
    document, binary = triangle()
    huge = 2**32 - 4
    document["buffers"].append(
        {"byteLength": huge, "extensions": {"EXT_meshopt_compression": {"fallback": True}}}
    )
    assert refusal_of(document, binary) == "glb_decoded_bytes"


def test_a_packed_view_that_lies_about_its_size_is_refused() -> None:
    document, binary = triangle()
    document["bufferViews"][0]["extensions"] = {
        "EXT_meshopt_compression": {
            "buffer": 0, "byteLength": 36, "byteStride": 12, "count": 3000, "mode": "ATTRIBUTES",
        }
    }  # fmt: skip
    assert refusal_of(document, binary) == "glb_bounds"


def test_draco_that_is_none_is_refused() -> None:
    document, binary = triangle()
    document["meshes"][0]["primitives"][0]["extensions"] = {
        "KHR_draco_mesh_compression": {"bufferView": 0, "attributes": {"POSITION": 0}}
    }
    assert refusal_of(document, binary) == "glb_mesh"


def test_a_file_over_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(GlbRefused) as caught:
        check_glb(bytes(LIMITS.glb_bytes_max + 1))
    assert caught.value.code == "glb_too_large"


def test_image_heads_name_their_sizes() -> None:
    jpeg = b"\xff\xd8\xff\xe0\x00\x04ab" + b"\xff\xc2\x00\x0b\x08" + struct.pack(">HH", 7, 9)
    vp8x = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\x08\0\0" + b"\x06\0\0"
    vp8l = b"RIFF\0\0\0\0WEBPVP8L\x0a\0\0\0\x2f" + struct.pack("<I", 8 | 6 << 14)
    vp8 = b"RIFF\0\0\0\0WEBPVP8 \x0a\0\0\0\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 9, 7)
    for data in (png(9, 7), jpeg, vp8x, vp8l, vp8):
        head = read_image_head(data)
        assert head is not None
        assert (head.width, head.height) == (9, 7)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_damaged_file_is_refused_or_kept_but_never_breaks_the_check(data: st.DataObject) -> None:
    whole = bytearray(pack(*with_image(png(16, 16))))
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(whole) - 1))
        whole[place] = data.draw(st.integers(0, 255))
    try:
        check_glb(bytes(whole))
    except GlbRefused as refusal:
        assert refusal.code in FIXES


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**40) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(st.data(), _json)
def test_any_json_value_anywhere_is_refused_or_kept(data: st.DataObject, value: object) -> None:
    document, binary = with_image(png(16, 16))
    part: Any = document
    while True:
        key = data.draw(
            st.sampled_from(sorted(part) if isinstance(part, dict) else range(len(part)))
        )
        if isinstance(part[key], dict | list) and part[key] and data.draw(st.booleans()):
            part = part[key]
            continue
        part[key] = value
        break
    try:
        check_glb(pack(document, binary))
    except GlbRefused as refusal:
        assert refusal.code in FIXES
