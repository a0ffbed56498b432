"""A VRM is worn only when it is a body: bones, size, licence, and nothing that it lies about."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worldloom.kernel.limits import LIMITS
from worldloom.studio.glb_parts import FIXES as GLB_FIXES
from worldloom.studio.glb_parts import GlbRefused
from worldloom.studio.gltf import assemble, disassemble
from worldloom.studio.vrm import HEIGHT_M, Version, make_vrm
from worldloom.studio.vrm_check import check_vrm
from worldloom.studio.vrm_parts import FIXES, REQUIRED, REQUIRED_0, VrmRefused

Json = dict[str, Any]
VERSIONS: tuple[Version, ...] = ("0.x", "1.0")
WHOLE = {version: make_vrm(version) for version in VERSIONS}
NAME = {"0.x": "VRM", "1.0": "VRMC_vrm"}


def taken_apart(version: Version) -> tuple[Json, bytes, Json]:
    """Return a sound VRM's document, its binary chunk and what it says of itself."""
    document, binary = disassemble(WHOLE[version])
    return document, binary, document["extensions"][NAME[version]]


def refusal_of(document: Json, binary: bytes, allowed: bool = False) -> tuple[str, str]:
    with pytest.raises((GlbRefused, VrmRefused)) as caught:
        check_vrm(assemble(document, binary), allowed)
    assert caught.value.fix == {**GLB_FIXES, **FIXES}[caught.value.code]
    return caught.value.code, caught.value.message


def bones_of(version: Version, said: Json) -> dict[str, int]:
    if version == "1.0":
        return {name: bone["node"] for name, bone in said["humanoid"]["humanBones"].items()}
    return {bone["bone"]: bone["node"] for bone in said["humanoid"]["humanBones"]}


def set_bones(version: Version, said: Json, bones: dict[str, int]) -> None:
    said["humanoid"]["humanBones"] = (
        {name: {"node": node} for name, node in bones.items()}
        if version == "1.0"
        else [{"bone": name, "node": node} for name, node in bones.items()]
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_a_figure_made_here_is_a_body_of_its_height(version: Version) -> None:
    facts = check_vrm(WHOLE[version])
    assert facts.version == version
    assert abs(facts.height_m - HEIGHT_M) < 0.02
    assert facts.expressions == ("aa", "blink")
    assert facts.licence.wearer == "everyone"
    assert facts.licence.authors == ("Worldloom",)
    assert len(WHOLE[version]) < 120_000
    assert make_vrm(version) == WHOLE[version]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_blink_of_the_figure_moves_both_lids_and_nothing_else(version: Version) -> None:
    document, binary, _ = taken_apart(version)
    target = document["meshes"][1]["primitives"][0]["targets"][0]["POSITION"]
    accessor = document["accessors"][target]
    view = document["bufferViews"][accessor["bufferView"]]
    part = binary[view["byteOffset"] : view["byteOffset"] + view["byteLength"]]
    moved = np.abs(np.frombuffer(part, "<f4").reshape(-1, 3)).sum(1) > 0
    assert moved.sum() == 2 * 42, "a lid is a ball of 42 points"
    assert moved.sum() < len(moved) / 2


@pytest.mark.parametrize(
    ("version", "bone"),
    [*(("1.0", bone) for bone in REQUIRED), *(("0.x", bone) for bone in REQUIRED_0)],
)
def test_every_required_bone_is_missed_by_its_name(version: Version, bone: str) -> None:
    document, binary, said = taken_apart(version)
    bones = bones_of(version, said)
    del bones[bone]
    set_bones(version, said, bones)
    code, message = refusal_of(document, binary)
    assert code == "vrm_bones"
    assert bone in message


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda bones: bones | {"head": 9_999}, "vrm_index"),
        (lambda bones: bones | {"head": bones["hips"]}, "vrm_bones"),
        (lambda bones: bones | {"tail": 0}, "vrm_bones"),
        (
            lambda bones: bones | {"leftHand": bones["rightHand"], "rightHand": bones["leftHand"]},
            "vrm_bones",
        ),
        (
            lambda bones: bones | {"leftEye": bones["leftToes"], "leftToes": bones["leftEye"]},
            None,
        ),
        (lambda bones: bones | {"head": bones["neck"], "neck": bones["head"]}, None),
    ],
)  # fmt: skip
def test_bones_are_where_a_body_has_them(
    version: Version, change: Callable[[dict[str, int]], dict[str, int]], code: str | None
) -> None:
    document, binary, said = taken_apart(version)
    set_bones(version, said, change(bones_of(version, said)))
    if code is None:
        check_vrm(assemble(document, binary))  # odd, and can be moved
    else:
        assert refusal_of(document, binary)[0] == code


def test_one_bone_is_not_named_twice() -> None:
    document, binary, said = taken_apart("0.x")
    said["humanoid"]["humanBones"].append({"bone": "hips", "node": 3})
    assert refusal_of(document, binary)[0] == "vrm_bones"


def test_a_bone_that_an_exporter_left_out_as_minus_one_is_none() -> None:
    document, binary, said = taken_apart("0.x")
    said["humanoid"]["humanBones"].append({"bone": "jaw", "node": -1})
    assert check_vrm(assemble(document, binary)).version == "0.x"


def _put(*path: Any) -> Callable[[Json], None]:
    *way, key, value = path

    def change(document: Json) -> None:
        part: Any = document
        for step in way:
            part = part[step]
        part[key] = value

    return change


ONE = ("extensions", "VRMC_vrm")
ZERO = ("extensions", "VRM")
BLINK = (*ONE, "expressions", "preset", "blink", "morphTargetBinds", 0)
GROUP = (*ZERO, "blendShapeMaster", "blendShapeGroups", 0, "binds", 0)


@pytest.mark.parametrize(
    ("version", "change", "code"),
    [
        ("1.0", _put("extensions", {}), "vrm_missing"),
        ("1.0", _put(*ONE, "specVersion", "2.0"), "vrm_json"),
        ("1.0", _put(*ONE, "meta", {}), "vrm_json"),
        ("1.0", _put(*ONE, "meta", "authors", []), "vrm_json"),
        ("1.0", _put(*ONE, "meta", "licenseUrl", 7), "vrm_json"),
        ("1.0", _put(*ONE, "meta", "thumbnailImage", 4), "vrm_index"),
        ("1.0", _put(*ONE, "humanoid", []), "vrm_json"),
        ("1.0", _put(*ONE, "humanoid", "humanBones", "hips", {"node": "0"}), "vrm_json"),
        ("1.0", _put(*ONE, "humanoid", "humanBones", "hips", {"node": -1}), "vrm_json"),
        ("1.0", _put(*BLINK, "node", 99), "vrm_index"),
        ("1.0", _put(*BLINK, "node", 0), "vrm_index"),
        ("1.0", _put(*BLINK, "index", 2), "vrm_index"),
        ("1.0", _put(*BLINK, "weight", 50.0), "vrm_json"),
        ("1.0", _put(*BLINK, "weight", "much"), "vrm_json"),
        (
            "1.0",
            _put(*ONE, "expressions", "preset", "blink", "materialColorBinds", [{"material": 3}]),
            "vrm_index",
        ),
        (
            "1.0",
            _put(*ONE, "firstPerson", {"meshAnnotations": [{"node": 99, "type": "auto"}]}),
            "vrm_index",
        ),
        (
            "1.0",
            _put("extensions", "VRMC_springBone", {"springs": [{"joints": [{"node": 99}]}]}),
            "vrm_index",
        ),
        (
            "1.0",
            _put("extensions", "VRMC_springBone", {"springs": [{"joints": [], "center": 99}]}),
            "vrm_index",
        ),
        (
            "1.0",
            _put("extensions", "VRMC_springBone", {"colliderGroups": [{"colliders": [0]}]}),
            "vrm_index",
        ),
        (
            "1.0",
            _put("nodes", 0, "extensions",
                 {"VRMC_node_constraint": {"constraint": {"roll": {"source": 99}}}}),
            "vrm_index",
        ),
        ("0.x", _put(*ZERO, "humanoid", {}), "vrm_json"),
        ("0.x", _put(*ZERO, "meta", []), "vrm_json"),
        ("0.x", _put(*GROUP, "mesh", 9), "vrm_index"),
        ("0.x", _put(*GROUP, "index", 9), "vrm_index"),
        ("0.x", _put(*GROUP, "weight", 1e9), "vrm_json"),
        ("0.x", _put(*ZERO, "secondaryAnimation", {"boneGroups": [{"bones": [99]}]}), "vrm_index"),
        (
            "0.x",
            _put(*ZERO, "secondaryAnimation", {"boneGroups": [{"colliderGroups": [0]}]}),
            "vrm_index",
        ),
        ("0.x", _put(*ZERO, "secondaryAnimation", {"colliderGroups": [{"node": 99}]}), "vrm_index"),
        ("1.0", _put("extensionsRequired", ["EVIL_scripting"]), "glb_extension"),
        ("1.0", _put("images", [{"uri": "https://evil.example/x.png"}]), "glb_external"),
        ("1.0", _put("extensions", "X", {"a": [{"uri": "//x"}]}), "glb_external"),
        ("1.0", _put("nodes", 0, "scale", [0, 0, 0]), "vrm_bones"),
        ("1.0", _put("nodes", 0, "scale", [40, 40, 40]), "vrm_height"),
        ("1.0", _put("nodes", 0, "scale", [0.01, 0.01, 0.01]), "vrm_height"),
        ("1.0", _put("nodes", 0, "translation", [0, 4, 0]), "vrm_height"),
        ("1.0", _put("nodes", 0, "translation", [50, 0.83, 0]), "vrm_aside"),
        ("1.0", _put("skins", 0, "joints", [0, 1]), "vrm_index"),
        ("1.0", _put("meshes", 0, "primitives", 0, "attributes", "JOINTS_0", 0), "glb_mesh"),
        ("1.0", _put("materials", [{}] * (LIMITS.vrm_materials_max + 1)), "vrm_materials"),
        ("1.0", _put("skins", 0, "inverseBindMatrices", 1), "vrm_index"),
    ],
)  # fmt: skip
def test_a_vrm_that_lies_is_refused(
    version: Version, change: Callable[[Json], None], code: str
) -> None:
    document, binary, _ = taken_apart(version)
    change(document)
    assert refusal_of(document, binary)[0] == code


@pytest.mark.parametrize(
    ("field", "limit", "code"),
    [
        ("vrm_bytes_max", 1_000, "vrm_bytes"),
        ("vrm_triangles_max", 100, "vrm_triangles"),
        ("vrm_points_max", 100, "vrm_points"),
        ("vrm_nodes_max", 10, "vrm_nodes"),
        ("vrm_joints_max", 10, "vrm_joints"),
        ("vrm_draws_max", 2, "vrm_draws"),
        ("vrm_morph_points_max", 100, "vrm_morph_points"),
        ("vrm_expressions_max", 1, "vrm_expressions"),
    ],
)
def test_every_bound_is_kept(
    field: str, limit: int, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(LIMITS), field, limit, raising=False)
    for version in VERSIONS:
        assert refusal_of(*taken_apart(version)[:2])[0] == code


@pytest.mark.parametrize("version", VERSIONS)
def test_springs_that_would_keep_a_page_busy_are_refused(version: Version) -> None:
    document, binary, said = taken_apart(version)
    many = LIMITS.vrm_springs_max // 20
    if version == "1.0":
        springs = [{"joints": [{"node": 1}] * 30}] * many
        document["extensions"]["VRMC_springBone"] = {"springs": springs}
    else:
        said["secondaryAnimation"] = {"boneGroups": [{"bones": [0]}] * many}
    assert refusal_of(document, binary)[0] == "vrm_springs"


def test_textures_that_unpack_to_too_much_are_refused() -> None:
    document, binary, _ = taken_apart("1.0")
    size = LIMITS.vrm_texture_bytes_max
    document["accessors"].append({"componentType": 5121, "count": size + 4, "type": "SCALAR"})
    assert refusal_of(document, binary)[0] == "vrm_texture_bytes"


def test_a_mesh_that_swells_when_an_expression_moves_it_is_refused() -> None:
    document, binary, _ = taken_apart("1.0")
    target = document["meshes"][1]["primitives"][0]["targets"][0]["POSITION"]
    at = document["bufferViews"][document["accessors"][target]["bufferView"]]["byteOffset"]
    binary = binary[:at] + struct.pack("<f", 40.0) + binary[at + 4 :]
    assert refusal_of(document, binary)[0] == "vrm_aside"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_bind_that_is_no_place_is_refused(value: float) -> None:
    document, binary, _ = taken_apart("1.0")
    accessor = document["accessors"][document["skins"][0]["inverseBindMatrices"]]
    at = document["bufferViews"][accessor["bufferView"]]["byteOffset"]
    binary = binary[:at] + struct.pack("<f", value) + binary[at + 4 :]
    assert refusal_of(document, binary)[0] == "vrm_aside"


def test_weights_without_a_sum_are_drawn_as_the_page_draws_them() -> None:
    document, binary, _ = taken_apart("1.0")
    weights = document["meshes"][0]["primitives"][0]["attributes"]["WEIGHTS_0"]
    view = document["bufferViews"][document["accessors"][weights]["bufferView"]]
    at, size = view["byteOffset"], view["byteLength"]
    binary = binary[:at] + bytes(size) + binary[at + size :]
    assert abs(check_vrm(assemble(document, binary)).height_m - HEIGHT_M) < 0.02


def test_packed_meshes_are_refused_since_their_size_is_not_known() -> None:
    document, binary, _ = taken_apart("1.0")
    position = document["meshes"][0]["primitives"][0]["attributes"]["POSITION"]
    del document["accessors"][position]["bufferView"]
    assert refusal_of(document, binary)[0] == "vrm_packed"


@pytest.mark.parametrize(
    ("version", "word", "wearer"),
    [
        ("1.0", "onlyAuthor", "author"),
        ("1.0", "onlySeparatelyLicensedPerson", "licensed"),
        ("1.0", "no such word", "author"),
        ("0.x", "OnlyAuthor", "author"),
        ("0.x", "ExplicitlyLicensedPerson", "licensed"),
    ],
)
def test_who_may_wear_it_is_asked_and_never_passed_over(
    version: Version, word: str, wearer: str
) -> None:
    whole = make_vrm(version, name="Mira", author="Ada", wearer=word)
    document, binary = disassemble(whole)
    code, message = refusal_of(document, binary)
    assert code == "vrm_permission"
    assert "Mira" in message and "Ada" in message
    assert check_vrm(whole, allowed=True).licence.wearer == wearer


def test_an_old_vrm_that_says_nothing_of_its_licence_is_its_author_s_alone() -> None:
    document, binary, said = taken_apart("0.x")
    said["meta"] = {"title": None, "author": 7}
    assert refusal_of(document, binary)[0] == "vrm_permission"
    assert check_vrm(assemble(document, binary), allowed=True).licence.authors == ()


def test_texts_of_a_licence_are_short_lines_that_hide_nothing() -> None:
    document, binary, said = taken_apart("1.0")
    said["meta"]["name"] = "a\u202eb\n\n" + "x" * 999
    name = check_vrm(assemble(document, binary)).licence.name
    assert name.startswith("a b x") and len(name) == LIMITS.vrm_text_characters_max


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(VERSIONS), st.data())
def test_a_damaged_vrm_is_refused_or_worn_but_never_breaks_the_check(
    version: Version, data: st.DataObject
) -> None:
    whole = bytearray(WHOLE[version])
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        del whole[data.draw(st.integers(0, len(whole) - 1)) :]
    _judge(bytes(whole))


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**40) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(VERSIONS), st.data(), _json)
def test_any_value_anywhere_in_what_it_says_is_refused_or_worn(
    version: Version, data: st.DataObject, value: object
) -> None:
    document, binary, said = taken_apart(version)
    part: Any = said if data.draw(st.booleans()) else document
    while True:
        keys = sorted(part) if isinstance(part, dict) else range(len(part))
        key = data.draw(st.sampled_from(keys))
        if isinstance(part[key], dict | list) and part[key] and data.draw(st.booleans()):
            part = part[key]
            continue
        part[key] = value
        break
    try:
        whole = assemble(document, binary)
    except ValueError:
        return  # NaN cannot be written
    _judge(whole)


def _judge(whole: bytes) -> None:
    try:
        facts = check_vrm(whole, allowed=True)
    except GlbRefused as refusal:
        assert refusal.code in GLB_FIXES
    except VrmRefused as refusal:
        assert refusal.code in FIXES
    else:
        assert LIMITS.vrm_height_m_min <= facts.height_m <= LIMITS.vrm_height_m_max
        assert np.isfinite(facts.height_m)
