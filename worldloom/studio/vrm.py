"""VRMs written by code: a small jointed figure in clay, as VRM 0.x or 1.0; same input, same bytes.

Both versions hold the same figure: it blinks, opens its mouth and turns its eyes, and stands in
the T-pose that the format asks for; 1.0 looks to +Z, 0.x to −Z.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import numpy as np

from worldloom.studio.geometry.mesh import Array, Mesh, merge
from worldloom.studio.geometry.solids import icosphere
from worldloom.studio.geometry.sweeps import tube
from worldloom.studio.gltf import FLOAT, INDEX_TARGET, UINT8, UINT16, VERTEX_TARGET, GlbWriter

Version = Literal["0.x", "1.0"]
Colour = tuple[float, float, float]

HEIGHT_M: Final = 1.58
_ONE: Final = {
    "hips": (0.0, 0.83, 0.0), "spine": (0.0, 0.93, 0.0), "chest": (0.0, 1.06, 0.0),
    "neck": (0.0, 1.25, 0.0), "head": (0.0, 1.32, 0.0),
}  # fmt: skip
_LEFT: Final = {
    "Eye": (0.04, 1.43, 0.085), "Shoulder": (0.03, 1.21, 0.0), "UpperArm": (0.14, 1.20, 0.0),
    "LowerArm": (0.37, 1.20, 0.0), "Hand": (0.58, 1.20, 0.0), "UpperLeg": (0.08, 0.80, 0.0),
    "LowerLeg": (0.085, 0.44, 0.0), "Foot": (0.085, 0.08, -0.01), "Toes": (0.085, 0.03, 0.1),
}  # fmt: skip
_ABOVE: Final = {
    "spine": "hips", "chest": "spine", "neck": "chest", "head": "neck", "Eye": "head",
    "Shoulder": "chest", "UpperArm": "Shoulder", "LowerArm": "UpperArm", "Hand": "LowerArm",
    "UpperLeg": "hips", "LowerLeg": "UpperLeg", "Foot": "LowerLeg", "Toes": "Foot",
}  # fmt: skip
EVERYONE: Final[Mapping[str, str]] = {"0.x": "Everyone", "1.0": "everyone"}


def bones() -> dict[str, tuple[tuple[float, float, float], str]]:
    """Return bone → (place in metres as it looks to +Z, parent), parents first."""
    found = {name: (place, _ABOVE.get(name, "")) for name, place in _ONE.items()}
    for side, sign in (("left", 1), ("right", -1)):
        for name, (x, y, z) in _LEFT.items():
            above = _ABOVE[name]
            parent = above if above in _ONE else side + above
            found[side + name] = ((sign * x, y, z), parent)
    return found


def make_vrm(
    version: Version = "1.0",
    *,
    name: str = "Clay",
    author: str = "Worldloom",
    wearer: str = "",
    skin: Colour = (0.60, 0.30, 0.19),
    cloth: Colour = (0.10, 0.38, 0.62),
) -> bytes:
    """Return a figure as a VRM; `wearer` is the format's own word for who may wear it."""
    writer = GlbWriter("worldloom vrm")
    turn = -1.0 if version == "0.x" else 1.0
    nodes = _skeleton(writer, turn)
    joints = list(nodes)
    materials = {
        "skin": writer.material("skin", color=(*skin, 1.0)),
        "cloth": writer.material("cloth", color=(*cloth, 1.0)),
        "dark": writer.material("dark", roughness=0.4, color=(0.03, 0.03, 0.04, 1.0)),
    }
    skeleton = _skin(writer, nodes, turn)
    body = _mesh(writer, "body", _body(), joints, materials, turn)
    face = _mesh(writer, "face", _face(), joints, materials, turn, _faces())
    drawn = [writer.node(name=part, mesh=mesh, skin=skeleton) for part, mesh in
             (("body", body), ("face", face))]  # fmt: skip
    wearer = wearer or EVERYONE[version]
    if version == "0.x":
        writer.use("VRM")
        writer.document["extensions"] = {"VRM": _zero(nodes, face, name, author, wearer)}
    else:
        writer.use("VRMC_vrm")
        about = _one(nodes, drawn[1], name, author, wearer)
        writer.document["extensions"] = {"VRMC_vrm": about}
    return writer.finish()


def _skeleton(writer: GlbWriter, turn: float) -> dict[str, int]:
    """Add the bones as nodes; return each one's node."""
    known, nodes = bones(), {}
    for bone, (place, parent) in known.items():
        above = known[parent][0] if parent else (0.0, 0.0, 0.0)
        way = (np.array(place) - above) * [turn, 1, turn]
        nodes[bone] = writer.node(root=not parent, name=bone, translation=way.round(6).tolist())
        if parent:
            writer.document["nodes"][nodes[parent]].setdefault("children", []).append(nodes[bone])
    return nodes


def _skin(writer: GlbWriter, nodes: Mapping[str, int], turn: float) -> int:
    binds = np.tile(np.eye(4), (len(nodes), 1, 1))
    for row, (place, _) in enumerate(bones().values()):
        binds[row, 3, :3] = -(np.array(place) * [turn, 1, turn])  # columns first, as glTF has it
    rows = binds.reshape(-1, 16).astype(np.float32)
    matrices = writer.accessor(rows, FLOAT, "MAT4")
    skin = {"joints": list(nodes.values()), "inverseBindMatrices": matrices}
    writer.document["skins"] = [{**skin, "skeleton": nodes["hips"]}]
    return 0


Piece = tuple[str, str, Mesh]
"""Bone, material and shape of a part that moves with that bone alone."""


def _limb(start: str, end: str, radii: tuple[float, float], sides: int = 10) -> Mesh:
    known = bones()
    a, b = np.array(known[start][0]), np.array(known[end][0])
    along = np.linspace(0, 1, 4)[:, None]
    return tube(a + (b - a) * along, np.linspace(*radii, 4), sides)


def _ball(place: Any, size: float | tuple[float, float, float], level: int = 1) -> Mesh:
    sizes = (size,) * 3 if isinstance(size, float) else size
    return icosphere(level).scaled(*sizes).moved(*place)


def _body() -> list[Piece]:
    known = bones()
    place = {bone: np.array(at) for bone, (at, _) in known.items()}
    found: list[Piece] = [
        ("hips", "cloth", _ball(place["hips"] - [0, 0.01, 0], (0.135, 0.11, 0.1), 2)),
        ("spine", "cloth", _ball(place["spine"] + [0, 0.05, 0], (0.115, 0.13, 0.09), 2)),
        ("chest", "cloth", _ball(place["chest"] + [0, 0.06, 0], (0.145, 0.15, 0.1), 2)),
        ("neck", "skin", _limb("neck", "head", (0.045, 0.045))),
    ]
    for side in ("left", "right"):
        out = 1 if side == "left" else -1
        hand, foot = place[side + "Hand"], place[side + "Foot"]
        found += [
            (side + "UpperArm", "cloth", _limb(side + "UpperArm", side + "LowerArm",
                                               (0.055, 0.045))),
            (side + "UpperArm", "cloth", _ball(place[side + "UpperArm"], 0.06)),
            (side + "LowerArm", "skin", _limb(side + "LowerArm", side + "Hand", (0.042, 0.034))),
            (side + "LowerArm", "skin", _ball(place[side + "LowerArm"], 0.046)),
            (side + "Hand", "skin", _ball(hand + [out * 0.06, 0, 0.005], (0.075, 0.024, 0.042))),
            (side + "Hand", "skin", _ball(hand + [out * 0.03, 0, 0.05], (0.025, 0.016, 0.03))),
            (side + "UpperLeg", "cloth", _limb(side + "UpperLeg", side + "LowerLeg",
                                               (0.085, 0.062))),
            (side + "LowerLeg", "cloth", _limb(side + "LowerLeg", side + "Foot", (0.06, 0.042))),
            (side + "LowerLeg", "cloth", _ball(place[side + "LowerLeg"], 0.062)),
            (side + "Foot", "dark", _ball(foot + [0, -0.035, 0.05], (0.05, 0.045, 0.11))),
        ]  # fmt: skip
    return found


EYES: Final = ((0.042, 1.43, 0.118), (-0.042, 1.43, 0.118))
LID: Final = 0.026
LID_SIZE: Final = (0.021, 0.006, 0.024)


def _face() -> list[Piece]:
    found: list[Piece] = [
        ("head", "skin", _ball((0, 1.43, 0.01), (0.118, 0.145, 0.122), 2)),
        ("head", "dark", _ball((0, 1.475, -0.02), (0.125, 0.108, 0.118), 2)),
        ("head", "dark", _ball((0, 1.362, 0.108), (0.03, 0.006, 0.014))),
    ]
    for side, eye in zip(("left", "right"), EYES, strict=True):
        found += [
            (side + "Eye", "dark", _ball(eye, (0.016, 0.022, 0.014))),
            ("head", "skin", _ball(np.array(eye) + [0, LID, -0.008], LID_SIZE)),
        ]
    return found


def _faces() -> dict[str, Any]:
    """Return expression → a function from the face's points to how far each moves."""

    def blink(points: Array, material: str) -> Array:
        moved = np.zeros_like(points)
        for eye in EYES:
            lid = np.array(eye) + [0, LID, -0.008]
            # The lid's own points, which lie on its surface, and none of the face behind it.
            near = np.abs(np.linalg.norm((points - lid) / LID_SIZE, axis=1) - 1) < 0.02
            if material == "skin":
                # A lid comes down over its eye and is drawn out to cover it.
                moved[near] = [0, -LID, 0.012]
                moved[near, 1] += (points[near, 1] - lid[1]) * 3.0
        return moved

    def speak(points: Array, material: str) -> Array:
        moved = np.zeros_like(points)
        near = np.abs(points - [0, 1.362, 0.108]).max(1) < 0.032
        if material == "dark":
            moved[near, 1] = (points[near, 1] - 1.362) * 4
            moved[near, 0] = points[near, 0] * -0.3
        return moved

    return {"blink": blink, "aa": speak}


def _mesh(
    writer: GlbWriter,
    name: str,
    pieces: list[Piece],
    joints: list[str],
    materials: Mapping[str, int],
    turn: float,
    faces: Mapping[str, Any] | None = None,
) -> int:
    """Add pieces as one mesh, a primitive for each material, and what expressions move in it."""
    primitives = []
    around = np.array([turn, 1, turn])

    def rows(values: Array) -> int:
        return writer.accessor(
            (values * around).astype(np.float32), FLOAT, "VEC3", target=VERTEX_TARGET, bounds=True
        )

    for material, number in materials.items():
        mine = [(bone, shape) for bone, kind, shape in pieces if kind == material]
        if not mine:
            continue
        whole = merge([shape for _, shape in mine])
        follows = np.zeros((len(whole.positions), 4), np.uint8)
        at = 0
        for bone, shape in mine:
            follows[at : at + len(shape.positions), 0] = joints.index(bone)
            at += len(shape.positions)
        weights = np.zeros((len(follows), 4), np.uint8)
        weights[:, 0] = 255
        indices = whole.triangles.ravel().astype(np.uint16)
        made: dict[str, Any] = {
            "attributes": {
                "POSITION": rows(whole.positions),
                "NORMAL": rows(whole.normals),
                "JOINTS_0": writer.accessor(follows, UINT8, "VEC4", target=VERTEX_TARGET),
                "WEIGHTS_0": writer.accessor(weights, UINT8, "VEC4", True, VERTEX_TARGET),
            },
            "indices": writer.accessor(indices, UINT16, "SCALAR", target=INDEX_TARGET),
            "material": number,
        }
        if faces:
            made["targets"] = [
                {"POSITION": rows(moved(whole.positions, material))} for moved in faces.values()
            ]
        primitives.append(made)
    mesh: dict[str, Any] = {"name": name, "primitives": primitives}
    if faces:
        mesh["extras"] = {"targetNames": list(faces)}
    writer.document["meshes"].append(mesh)
    return len(writer.document["meshes"]) - 1


def _one(
    nodes: Mapping[str, int], face: int, name: str, author: str, wearer: str
) -> dict[str, Any]:
    def moves(index: int) -> dict[str, Any]:
        return {"morphTargetBinds": [{"node": face, "index": index, "weight": 1.0}]}

    turns = {"inputMaxValue": 90.0, "outputScale": 20.0}
    return {
        "specVersion": "1.0",
        "meta": {
            "name": name, "version": "1", "authors": [author],
            "licenseUrl": "https://vrm.dev/licenses/1.0/", "avatarPermission": wearer,
            "commercialUsage": "corporation", "creditNotation": "unnecessary",
            "allowRedistribution": True, "modification": "allowModificationRedistribution",
        },
        "humanoid": {"humanBones": {bone: {"node": node} for bone, node in nodes.items()}},
        "expressions": {"preset": {"blink": moves(0), "aa": moves(1)}},
        "lookAt": {
            "type": "bone", "offsetFromHeadBone": [0.0, 0.11, 0.06],
            "rangeMapHorizontalInner": turns, "rangeMapHorizontalOuter": turns,
            "rangeMapVerticalDown": turns, "rangeMapVerticalUp": turns,
        },
    }  # fmt: skip


def _zero(
    nodes: Mapping[str, int], face: int, name: str, author: str, wearer: str
) -> dict[str, Any]:
    def moves(preset: str, title: str, index: int) -> dict[str, Any]:
        binds = [{"mesh": face, "index": index, "weight": 100}]
        return {"name": title, "presetName": preset, "binds": binds, "materialValues": []}

    turns = {"curve": [0, 0, 0, 1, 1, 1, 1, 0], "xRange": 90, "yRange": 20}
    return {
        "exporterVersion": "worldloom", "specVersion": "0.0",
        "meta": {
            "title": name, "version": "1", "author": author, "allowedUserName": wearer,
            "violentUssageName": "Disallow", "sexualUssageName": "Disallow",
            "commercialUssageName": "Allow", "licenseName": "CC0",
            "otherLicenseUrl": "", "otherPermissionUrl": "",
        },
        "humanoid": {
            "humanBones": [
                {"bone": bone, "node": node, "useDefaultValues": True}
                for bone, node in nodes.items()
            ]
        },
        "blendShapeMaster": {
            "blendShapeGroups": [moves("blink", "Blink", 0), moves("a", "A", 1)]
        },
        "firstPerson": {
            "firstPersonBone": nodes["head"],
            "firstPersonBoneOffset": {"x": 0, "y": 0.11, "z": 0.06}, "lookAtTypeName": "Bone",
            "lookAtHorizontalInner": turns, "lookAtHorizontalOuter": turns,
            "lookAtVerticalDown": turns, "lookAtVerticalUp": turns,
        },
        "materialProperties": [],
        "secondaryAnimation": {"boneGroups": [], "colliderGroups": []},
    }  # fmt: skip
