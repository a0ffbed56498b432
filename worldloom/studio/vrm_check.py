"""Whether a VRM that a stranger uploaded is a body that everybody here can be shown.

First all that a GLB must be (`glb_check`), then what a VRM says of itself: its bones, its
expressions, its springs, its licence; and its size, as its points stand at rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeVar

import msgspec
import numpy as np

from worldloom.kernel.limits import LIMITS
from worldloom.studio import vrm_licence
from worldloom.studio.glb_check import Checker
from worldloom.studio.glb_container import open_glb
from worldloom.studio.glb_parts import DRACO, MESHOPT, Document, Primitive
from worldloom.studio.vrm_parts import (
    BONES,
    CONSTRAINT,
    REQUIRED,
    REQUIRED_0,
    SPRINGS,
    VRM_0,
    VRM_1,
    Constraint1,
    Springs1,
    Vrm0,
    Vrm1,
    VrmRefused,
)
from worldloom.studio.vrm_rest import RestPose

T = TypeVar("T")


class VrmFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a checked VRM is."""

    version: Literal["0.x", "1.0"]
    height_m: float
    triangles: int
    joints: int
    expressions: tuple[str, ...]
    """The expressions that have a standard meaning, sorted."""
    licence: vrm_licence.Licence


def check_vrm(data: bytes, allowed: bool = False) -> VrmFacts:
    """Return what the file is; raises GlbRefused or VrmRefused for the first fault found.

    `allowed`: the uploader says that they are its author, or were allowed to wear it.
    """
    if len(data) > LIMITS.vrm_bytes_max:
        raise VrmRefused("vrm_bytes", f"{len(data)} bytes are over {LIMITS.vrm_bytes_max}")
    document, binary = open_glb(data)
    if not {VRM_0, VRM_1} & document.extensions.keys():
        raise VrmRefused("vrm_missing", "the file is no VRM")
    checker = Checker(document, binary)
    glb = checker.run()
    check = _Check(document, checker)
    check.bounds(glb.triangles, glb.decoded_bytes)
    version: Literal["0.x", "1.0"] = "1.0" if VRM_1 in document.extensions else "0.x"
    licence, expressions = check.one() if version == "1.0" else check.zero()
    height = check.size()
    if licence.wearer != "everyone" and not allowed:
        whose = f" ({', '.join(licence.authors)})" if licence.authors else ""
        only = "its author" if licence.wearer == "author" else "whom its author allowed it"
        raise VrmRefused(
            "vrm_permission", f"by its licence only {only}{whose} may wear {licence.name or 'it'}"
        )
    return VrmFacts(
        version=version,
        height_m=round(height, 3),
        triangles=glb.triangles,
        joints=check.joints,
        expressions=tuple(sorted(expressions)),
        licence=licence,
    )


def _bound(code: str, what: str, value: int) -> None:
    limit: int = getattr(LIMITS, f"{code}_max")
    if value > limit:
        raise VrmRefused(code, f"{value} {what} are over {limit}")


def _read(value: object, kind: type[T]) -> T:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as why:
        raise VrmRefused("vrm_json", f"what it says of itself is not VRM: {why}") from None


class _Check:
    """What makes a sound GLB an avatar."""

    def __init__(self, document: Document, checker: Checker) -> None:
        self.document = document
        self.checker = checker
        self.rest = RestPose(document, checker)
        self.joints = len({joint for skin in document.skins for joint in skin.joints})

    def bounds(self, triangles: int, decoded: int) -> None:
        """Raise unless everything is few and small enough to be drawn beside others."""
        document = self.document
        _bound("vrm_triangles", "triangles", triangles)
        _bound("vrm_nodes", "nodes", len(document.nodes))
        _bound("vrm_joints", "joints", sum(len(skin.joints) for skin in document.skins))
        _bound("vrm_materials", "materials", len(document.materials))
        _bound("vrm_texture_bytes", "bytes of textures", decoded)
        drawn = [
            primitive
            for node in document.nodes
            if node.mesh is not None
            for primitive in document.meshes[node.mesh].primitives
        ]
        points = sum(self._points(one) for one in drawn)
        _bound("vrm_points", "points", points)
        _bound("vrm_draws", "meshes, counted by material,", len(drawn))
        moved = sum(len(one.targets) * self._points(one) for one in drawn)
        _bound("vrm_morph_points", "points that expressions move", moved)
        packed = any(MESHOPT in view.extensions for view in document.buffer_views)
        if packed or any(DRACO in one.extensions for one in drawn):
            raise VrmRefused("vrm_packed", "its meshes are packed, so its size cannot be checked")

    def _points(self, primitive: Primitive) -> int:
        return self.document.accessors[primitive.attributes["POSITION"]].count

    def one(self) -> tuple[vrm_licence.Licence, set[str]]:
        """Check a VRM 1.0; return its licence and its preset expressions."""
        said = _read(self.document.extensions[VRM_1], Vrm1)
        bones = {name: bone.node for name, bone in said.humanoid.human_bones.items()}
        self._bones(bones, REQUIRED)
        faces = said.expressions
        _bound("vrm_expressions", "expressions", len(faces.preset) + len(faces.custom))
        for face in (*faces.preset.values(), *faces.custom.values()):
            _bound("vrm_expressions", "moved parts of one expression", len(face.morph_target_binds))
            for bind in face.morph_target_binds:
                self._index("node", bind.node, len(self.document.nodes))
                self._target(self.document.nodes[bind.node].mesh, bind.index)
                self._weight(bind.weight, 1.0)
            for paint in (*face.material_color_binds, *face.texture_transform_binds):
                self._index("material", paint.material, len(self.document.materials))
        for shown in said.first_person.mesh_annotations:
            self._index("node", shown.node, len(self.document.nodes))
        if said.meta.thumbnail_image is not None:
            self._index("image", said.meta.thumbnail_image, len(self.document.images))
        self._springs()
        return vrm_licence.licence_1(said.meta), set(faces.preset)

    def zero(self) -> tuple[vrm_licence.Licence, set[str]]:
        """Check a VRM 0.x; return its licence and its preset expressions, by the newer names."""
        said = _read(self.document.extensions[VRM_0], Vrm0)
        bones: dict[str, int] = {}
        for bone in said.humanoid.human_bones:
            if bone.node < 0:  # an exporter's way to say that there is none
                continue
            if bone.bone in bones:
                raise VrmRefused("vrm_bones", f"it has {bone.bone[:40]} twice")
            bones[bone.bone] = bone.node
        self._bones(bones, REQUIRED_0)
        groups = said.blend_shape_master.blend_shape_groups
        _bound("vrm_expressions", "expressions", len(groups))
        for group in groups:
            _bound("vrm_expressions", "moved parts of one expression", len(group.binds or ()))
            for bind in group.binds or ():
                if bind.mesh < 0 or bind.index < 0:
                    continue
                self._target(bind.mesh, bind.index)
                self._weight(bind.weight, 100.0)
        swing, nodes = said.secondary_animation, len(self.document.nodes)
        for collider in swing.collider_groups:
            self._index("node", collider.node, nodes)
        work = 0
        for spring in swing.bone_groups:
            for index in spring.bones:
                self._index("node", index, nodes)
            held = 1
            for index in spring.collider_groups:
                self._index("group of colliders", index, len(swing.collider_groups))
                held += len(swing.collider_groups[index].colliders)
            # Each bone swings with all that hangs from it.
            work += held * sum(self.rest.size_under(index) for index in spring.bones)
            _bound("vrm_springs", "swinging bones times colliders", work)
            if spring.center >= 0:
                self._index("node", spring.center, nodes)
        names = {"a": "aa", "i": "ih", "u": "ou", "e": "ee", "o": "oh", "blink_l": "blinkLeft"}
        names |= {"blink_r": "blinkRight", "joy": "happy", "sorrow": "sad", "fun": "relaxed"}
        presets = {group.preset_name.lower() for group in groups if group.binds}
        known = {names.get(name, name) for name in presets if len(name) <= 20}
        return vrm_licence.licence_0(said.meta), known - {"", "unknown"}

    def _bones(self, bones: dict[str, int], required: Mapping[str, str]) -> None:
        unknown = sorted(bones.keys() - BONES)
        if unknown:
            raise VrmRefused("vrm_bones", f"there is no humanoid bone {unknown[0][:40]!r}")
        missing = [name for name in required if name not in bones]
        if missing:
            raise VrmRefused("vrm_bones", f"it has no {', '.join(missing)}")
        for node in bones.values():
            self._index("node", node, len(self.document.nodes))
        if len(set(bones.values())) != len(bones):
            raise VrmRefused("vrm_bones", "one node is two bones")
        for name, parent in required.items():
            if parent and not self.rest.stands_under(bones[name], bones[parent]):
                raise VrmRefused("vrm_bones", f"{name} does not stand under {parent}")
        for name in bones:
            if name not in required and not self.rest.stands_under(bones[name], bones["hips"]):
                raise VrmRefused("vrm_bones", f"{name} does not stand under hips")
        heights = {name: self.rest.place(node)[1] for name, node in bones.items()}
        feet = max(heights["leftFoot"], heights["rightFoot"])
        if not heights["head"] > heights["hips"] > feet:
            raise VrmRefused("vrm_bones", "its head, hips and feet are not above one another")
        for name, node in bones.items():
            if not self.rest.is_sound(node):
                raise VrmRefused("vrm_bones", f"{name} has no size, or no place")

    def _target(self, mesh: int | None, index: int) -> None:
        meshes = self.document.meshes
        if mesh is None:
            raise VrmRefused("vrm_index", "an expression moves a node without a mesh")
        self._index("mesh", mesh, len(meshes))
        for primitive in meshes[mesh].primitives:
            self._index("morph target", index, len(primitive.targets))

    def _weight(self, weight: float, most: float) -> None:
        if not 0 <= weight <= most * 1.001:
            raise VrmRefused("vrm_json", f"an expression has the weight {weight}")

    def _springs(self) -> None:
        nodes = len(self.document.nodes)
        if SPRINGS in self.document.extensions:
            said = _read(self.document.extensions[SPRINGS], Springs1)
            for collider in said.colliders:
                self._index("node", collider.node, nodes)
            for group in said.collider_groups:
                for index in group.colliders:
                    self._index("collider", index, len(said.colliders))
            work = 0
            for spring in said.springs:
                for joint in spring.joints:
                    self._index("node", joint.node, nodes)
                held = 1
                for index in spring.collider_groups:
                    self._index("group of colliders", index, len(said.collider_groups))
                    held += len(said.collider_groups[index].colliders)
                work += held * len(spring.joints)
                _bound("vrm_springs", "swinging bones times colliders", work)
                if spring.center is not None:
                    self._index("node", spring.center, nodes)
        for node in self.document.nodes:
            if CONSTRAINT in node.extensions:
                ties = _read(node.extensions[CONSTRAINT], Constraint1)
                for tie in ties.constraint.values():
                    self._index("node", tie.source, nodes)

    def _index(self, what: str, index: int, count: int) -> None:
        if not 0 <= index < count:
            raise VrmRefused("vrm_index", f"there is no {what} {index}")

    def size(self) -> float:
        """Raise unless it is as large as a body; return its height in metres."""
        low, high, moved = self.rest.box()
        height = float(high[1] - low[1])
        if not LIMITS.vrm_height_m_min <= height <= LIMITS.vrm_height_m_max:
            raise VrmRefused(
                "vrm_height",
                f"it is {height:.3g} m high, not {LIMITS.vrm_height_m_min:g} to"
                f" {LIMITS.vrm_height_m_max:g} m",
            )
        if abs(low[1]) > LIMITS.vrm_depth_m_max:
            raise VrmRefused("vrm_height", f"its lowest point is at {low[1]:.3g} m")
        aside = float(np.abs([low[0], high[0], low[2], high[2]]).max())
        if aside > LIMITS.vrm_aside_m_max or moved > LIMITS.vrm_aside_m_max:
            raise VrmRefused(
                "vrm_aside",
                f"it reaches {max(aside, moved):.3g} m aside, over {LIMITS.vrm_aside_m_max:g} m",
            )
        return height
