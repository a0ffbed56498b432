"""The parts of glTF's JSON that are checked, as types; and what each refusal of a GLB is called."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal

import msgspec

from worldloom.kernel.errors import Refused

MESHOPT = "EXT_meshopt_compression"
DRACO = "KHR_draco_mesh_compression"
INSTANCED = "EXT_mesh_gpu_instancing"

KNOWN_EXTENSIONS = frozenset(
    {
        MESHOPT,
        DRACO,
        INSTANCED,
        "EXT_texture_webp",
        "KHR_lights_punctual",
        "KHR_mesh_quantization",
        "KHR_texture_basisu",
        "KHR_texture_transform",
        "KHR_materials_anisotropy",
        "KHR_materials_clearcoat",
        "KHR_materials_dispersion",
        "KHR_materials_emissive_strength",
        "KHR_materials_ior",
        "KHR_materials_iridescence",
        "KHR_materials_sheen",
        "KHR_materials_specular",
        "KHR_materials_transmission",
        "KHR_materials_unlit",
        "KHR_materials_volume",
        "VRM",
        "VRMC_vrm",
        "VRMC_materials_mtoon",
        "VRMC_node_constraint",
        "VRMC_springBone",
    }
)
"""The extensions that a file may require: those that the client draws."""

TYPE_WIDTHS = {
    "SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16
}  # fmt: skip
COMPONENT_BYTES = {5120: 1, 5121: 1, 5122: 2, 5123: 2, 5125: 4, 5126: 4}

FIXES: Mapping[str, str] = MappingProxyType(
    {
        "glb_not_glb": "Export the model as one binary glTF file (.glb).",
        "glb_version": "Export the model as glTF 2.0.",
        "glb_length": "The file is cut short or was changed: export or copy it again.",
        "glb_chunks": "Export the model again with a tool that follows glTF 2.0.",
        "glb_json": "Export the model again with a tool that follows glTF 2.0.",
        "glb_external": "Export with everything embedded: one .glb without files beside it.",
        "glb_extension": "Export without these extensions, or with Draco, meshopt or KTX2 only.",
        "glb_bounds": "The file lies about its sizes: export it again.",
        "glb_index": "The file refers to a part that is not there: export it again.",
        "glb_mesh": "A mesh is not drawable: clean it up and export it again.",
        "glb_extent": "Move the model to the origin, in metres, and export it again.",
        "glb_tree": "Flatten the node tree of the model and export it again.",
        "glb_image": "Use PNG, JPEG, WebP or KTX2 images and export the model again.",
        "glb_texture": "Make the textures smaller and export the model again.",
        "glb_texture_pixels": "Use fewer or smaller textures.",
        "glb_too_large": "Make the model smaller: fewer triangles, smaller textures, meshopt.",
        "glb_nodes": "Join meshes so that the model has fewer nodes.",
        "glb_images": "Bake the textures into fewer images.",
        "glb_parts": "Join meshes and drop what is not used.",
        "glb_joints": "Use a skeleton with fewer joints.",
        "glb_triangles": "Decimate the model, or use a level of detail with fewer triangles.",
        "glb_decoded_bytes": "Make the model smaller: fewer triangles, smaller textures.",
    }
)
"""Every refusal code of a GLB, with what the uploader can do about it."""


class GlbRefused(Refused):
    """A GLB that is not kept: `code` is one of FIXES, the message says where the fault lies."""

    status = 422

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"The model cannot be used: {message}.", fix=FIXES[code], code=code)
        if code == "glb_too_large":
            self.status = 413


Whole = Annotated[int, msgspec.Meta(ge=0, le=2**40)]
Count = Annotated[int, msgspec.Meta(ge=1, le=2**32)]
ComponentType = Literal[5120, 5121, 5122, 5123, 5125, 5126]
Number = float
Extensions = dict[str, dict[str, Any]]


class Part(msgspec.Struct, rename="camel", kw_only=True, frozen=True):
    """A JSON object of glTF; keys that are not named here are left alone."""

    extensions: Extensions = {}


class Asset(Part, frozen=True):
    """The version of the format."""

    version: str
    min_version: str | None = None


class Buffer(Part, frozen=True):
    """A run of bytes."""

    byte_length: Count
    uri: str | None = None


class BufferView(Part, frozen=True):
    """A slice of a buffer."""

    buffer: Whole
    byte_length: Count
    byte_offset: Whole = 0
    byte_stride: Annotated[int, msgspec.Meta(ge=4, le=252)] | None = None


class SparseIndices(Part, frozen=True):
    """Where the replaced values stand."""

    buffer_view: Whole
    component_type: Literal[5121, 5123, 5125]
    byte_offset: Whole = 0


class SparseValues(Part, frozen=True):
    """What they are replaced with."""

    buffer_view: Whole
    byte_offset: Whole = 0


class Sparse(Part, frozen=True):
    """Values that replace some of an accessor's."""

    count: Count
    indices: SparseIndices
    values: SparseValues


class Accessor(Part, frozen=True):
    """Numbers in a buffer view."""

    component_type: ComponentType
    count: Count
    type: Literal["SCALAR", "VEC2", "VEC3", "VEC4", "MAT2", "MAT3", "MAT4"]
    buffer_view: Whole | None = None
    byte_offset: Whole = 0
    normalized: bool = False
    min: list[Number] | None = None
    max: list[Number] | None = None
    sparse: Sparse | None = None


class Primitive(Part, frozen=True):
    """Geometry of one material."""

    attributes: dict[str, Whole]
    indices: Whole | None = None
    material: Whole | None = None
    mode: Annotated[int, msgspec.Meta(ge=0, le=6)] = 4
    targets: list[dict[str, Whole]] = []


class GltfMesh(Part, frozen=True):
    """Primitives that are drawn together."""

    primitives: Annotated[list[Primitive], msgspec.Meta(min_length=1)]


class Image(Part, frozen=True):
    """An image in a buffer view or in a data URI."""

    uri: str | None = None
    mime_type: str | None = None
    buffer_view: Whole | None = None


class Texture(Part, frozen=True):
    """An image and how it is sampled."""

    source: Whole | None = None
    sampler: Whole | None = None


class Node(Part, frozen=True):
    """A place in the tree."""

    children: list[Whole] = []
    mesh: Whole | None = None
    skin: Whole | None = None
    matrix: list[Number] | None = None
    translation: list[Number] | None = None
    rotation: list[Number] | None = None
    scale: list[Number] | None = None


class Scene(Part, frozen=True):
    """The roots of what is drawn."""

    nodes: list[Whole] = []


class Skin(Part, frozen=True):
    """The joints that move a mesh."""

    joints: list[Whole]
    inverse_bind_matrices: Whole | None = None


class ClipTarget(Part, frozen=True):
    """The node that a channel moves."""

    path: str
    node: Whole | None = None


class Channel(Part, frozen=True):
    """A sampler and what it moves."""

    sampler: Whole
    target: ClipTarget


class ClipSampler(Part, frozen=True):
    """Times and values of a movement."""

    input: Whole
    output: Whole


class Animation(Part, frozen=True):
    """One clip."""

    channels: list[Channel]
    samplers: list[ClipSampler]


class Document(Part, frozen=True):
    """The whole of the JSON chunk."""

    asset: Asset
    scene: Whole | None = None
    scenes: list[Scene] = []
    nodes: list[Node] = []
    meshes: list[GltfMesh] = []
    materials: list[dict[str, Any]] = []
    accessors: list[Accessor] = []
    buffer_views: list[BufferView] = []
    buffers: list[Buffer] = []
    images: list[Image] = []
    textures: list[Texture] = []
    samplers: list[dict[str, Any]] = []
    skins: list[Skin] = []
    animations: list[Animation] = []
    extensions_used: list[str] = []
    extensions_required: list[str] = []


class MeshoptUse(msgspec.Struct, rename="camel", frozen=True):
    """A buffer view packed by meshopt."""

    buffer: Whole
    byte_length: Count
    byte_stride: Annotated[int, msgspec.Meta(ge=1, le=256)]
    count: Count
    mode: Literal["ATTRIBUTES", "TRIANGLES", "INDICES"]
    byte_offset: Whole = 0
    filter: Literal["NONE", "OCTAHEDRAL", "QUATERNION", "EXPONENTIAL"] = "NONE"


class DracoUse(msgspec.Struct, rename="camel", frozen=True):
    """A primitive packed by Draco."""

    buffer_view: Whole
    attributes: dict[str, Whole]


class InstancedUse(msgspec.Struct, rename="camel", frozen=True):
    """The places of a node's instances."""

    attributes: dict[str, Whole]
