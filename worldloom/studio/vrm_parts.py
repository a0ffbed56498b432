"""The parts of a VRM that are checked, as types; its bones; what each refusal of one is called.

VRM 0.x (extension `VRM`) and VRM 1.0 (extension `VRMC_vrm`) of the VRM Consortium.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal

import msgspec

from worldloom.kernel.errors import Refused
from worldloom.studio.glb_parts import Whole

VRM_0, VRM_1 = "VRM", "VRMC_vrm"
SPRINGS = "VRMC_springBone"
CONSTRAINT = "VRMC_node_constraint"

FIXES: Mapping[str, str] = MappingProxyType(
    {
        "vrm_missing": "Export it as VRM 0.x or VRM 1.0 by a VRM exporter; place others as models.",
        "vrm_json": "Export the avatar again with a current VRM exporter.",
        "vrm_index": "The file refers to a part that is not there: export it again.",
        "vrm_bones": "Assign this bone in the humanoid settings of the exporter, and export again.",
        "vrm_packed": "Export the avatar without Draco, meshopt or sparse positions.",
        "vrm_permission": "Say that you are its author, or were allowed to (HTTP: `allowed=yes`).",
        "vrm_bytes": "Make it smaller: reduce textures and triangles when exporting.",
        "vrm_triangles": "Reduce its triangles when exporting, hair first.",
        "vrm_points": "Reduce its triangles when exporting, hair first.",
        "vrm_nodes": "Remove bones and empty nodes that nothing needs, and export it again.",
        "vrm_joints": "Merge bones, those of hair and skirts first, and export it again.",
        "vrm_draws": "Join its meshes and materials when exporting.",
        "vrm_materials": "Combine its materials into fewer when exporting.",
        "vrm_morph_points": "Keep only the expressions that are used, and part the face's mesh.",
        "vrm_texture_bytes": "Make its textures smaller: 1024 pixels a side are plenty.",
        "vrm_expressions": "Keep only the expressions that are used, and export it again.",
        "vrm_springs": "Let fewer bones swing, or hold them against fewer colliders.",
        "vrm_height": "Scale it to its true size in metres, feet on the ground, and export again.",
        "vrm_aside": "Centre it on the origin, within arm's length, and export it again.",
    }
)
"""Every refusal code of a VRM, with what the uploader can do about it."""


class VrmRefused(Refused):
    """A file that is no avatar for here: `code` is one of FIXES, the message says why."""

    status = 422

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"The avatar cannot be worn: {message}.", fix=FIXES[code], code=code)
        if code == "vrm_bytes":
            self.status = 413
        if code == "vrm_permission":
            self.status = 409


def _sides(*bones: tuple[str, str]) -> dict[str, str]:
    """Return bone → parent of both sides; a name with a capital stands on each side."""
    found = {}
    for side in ("left", "right"):
        for bone, parent in bones:
            found[side + bone] = side + parent if parent[0].isupper() else parent
    return found


REQUIRED: Mapping[str, str] = MappingProxyType(
    {"hips": "", "spine": "hips", "head": "spine"}
    | _sides(
        ("UpperLeg", "hips"), ("LowerLeg", "UpperLeg"), ("Foot", "LowerLeg"),
        ("UpperArm", "spine"), ("LowerArm", "UpperArm"), ("Hand", "LowerArm"),
    )
)  # fmt: skip
"""Bone that both versions require → the required bone under which it must stand."""
REQUIRED_0: Mapping[str, str] = MappingProxyType({**REQUIRED, "chest": "spine", "neck": "spine"})
"""What VRM 0.x requires."""

_FINGERS = tuple(
    f"{finger}{part}"
    for finger in ("Index", "Middle", "Ring", "Little")
    for part in ("Proximal", "Intermediate", "Distal")
)
BONES = frozenset(
    {*REQUIRED_0, "upperChest", "leftEye", "rightEye", "jaw"}
    | {
        f"{side}{bone}"
        for side in ("left", "right")
        for bone in (
            "Shoulder", "Toes", "ThumbMetacarpal", "ThumbProximal", "ThumbIntermediate",
            "ThumbDistal", *_FINGERS,
        )
    }
)  # fmt: skip
"""Every humanoid bone of either version."""


class Part(msgspec.Struct, rename="camel", kw_only=True, frozen=True):
    """A JSON object of VRM; keys that are not named here are left alone."""


class Bone1(Part, frozen=True):
    """The node that is a bone."""

    node: Whole


class Humanoid1(Part, frozen=True):
    """The bones of VRM 1.0, by name."""

    human_bones: dict[str, Bone1]


class MorphBind1(Part, frozen=True):
    """A morph target that an expression moves."""

    node: Whole
    index: Whole
    weight: float = 1.0


class MaterialBind1(Part, frozen=True):
    """A material that an expression paints or shifts."""

    material: Whole


class Expression1(Part, frozen=True):
    """What a face does."""

    morph_target_binds: list[MorphBind1] = []
    material_color_binds: list[MaterialBind1] = []
    texture_transform_binds: list[MaterialBind1] = []


class Expressions1(Part, frozen=True):
    """What a face can do."""

    preset: dict[str, Expression1] = {}
    custom: dict[str, Expression1] = {}


class Annotation1(Part, frozen=True):
    """How a mesh is shown to its wearer."""

    node: Whole


class FirstPerson1(Part, frozen=True):
    """How meshes are shown to their wearer."""

    mesh_annotations: list[Annotation1] = []


class Meta1(Part, frozen=True):
    """Who made it and what may be done with it."""

    name: str
    authors: Annotated[list[str], msgspec.Meta(min_length=1)]
    license_url: str
    avatar_permission: str = "onlyAuthor"
    allow_excessively_violent_usage: bool = False
    allow_excessively_sexual_usage: bool = False
    commercial_usage: str = "personalNonProfit"
    credit_notation: str = "required"
    allow_redistribution: bool = False
    modification: str = "prohibited"
    other_license_url: str | None = None
    thumbnail_image: Whole | None = None


class Vrm1(Part, frozen=True):
    """The extension of VRM 1.0."""

    spec_version: Literal["1.0", "1.0-beta"]
    meta: Meta1
    humanoid: Humanoid1
    expressions: Expressions1 = Expressions1()
    first_person: FirstPerson1 = FirstPerson1()


class Bone0(Part, frozen=True):
    """The node that is a bone."""

    bone: str
    node: Annotated[int, msgspec.Meta(ge=-1, le=2**40)]


class Humanoid0(Part, frozen=True):
    """The bones of VRM 0.x."""

    human_bones: list[Bone0]


class MorphBind0(Part, frozen=True):
    """A morph target that an expression moves; weights go to 100."""

    mesh: Annotated[int, msgspec.Meta(ge=-1, le=2**40)]
    index: Annotated[int, msgspec.Meta(ge=-1, le=2**40)]
    weight: float = 100.0


class Group0(Part, frozen=True):
    """What a face does."""

    preset_name: str = ""
    name: str = ""
    binds: list[MorphBind0] | None = None


class Master0(Part, frozen=True):
    """What a face can do."""

    blend_shape_groups: list[Group0] = []


class Collider0(Part, frozen=True):
    """What springs do not go through."""

    node: Whole
    colliders: list[Any] = []


class Spring0(Part, frozen=True):
    """Hair and cloth that swing."""

    bones: list[Whole] = []
    collider_groups: list[Whole] = []
    center: Annotated[int, msgspec.Meta(ge=-1, le=2**40)] = -1


class Secondary0(Part, frozen=True):
    """All that swings."""

    bone_groups: list[Spring0] = []
    collider_groups: list[Collider0] = []


class Vrm0(Part, frozen=True):
    """The extension of VRM 0.x."""

    humanoid: Humanoid0
    meta: dict[str, Any] = {}
    blend_shape_master: Master0 = Master0()
    secondary_animation: Secondary0 = Secondary0()


class Joint1(Part, frozen=True):
    """One bone of a spring."""

    node: Whole


class Spring1(Part, frozen=True):
    """Hair or cloth that swings."""

    joints: list[Joint1]
    collider_groups: list[Whole] = []
    center: Whole | None = None


class ColliderGroup1(Part, frozen=True):
    """Colliders of one spring."""

    colliders: list[Whole]


class Springs1(Part, frozen=True):
    """The extension VRMC_springBone."""

    colliders: list[Joint1] = []
    collider_groups: list[ColliderGroup1] = []
    springs: list[Spring1] = []


class Source1(Part, frozen=True):
    """The node that another one follows."""

    source: Whole


class Constraint1(Part, frozen=True):
    """The extension VRMC_node_constraint of a node."""

    constraint: dict[str, Source1]
