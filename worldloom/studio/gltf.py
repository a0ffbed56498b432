"""glTF binary out: quantised meshes, instances, textures, skins and clips; same input, same bytes.

glTF 2.0 with KHR_mesh_quantization, EXT_mesh_gpu_instancing and EXT_meshopt_compression.
COLOR_0 holds linear RGB and, in alpha, baked occlusion; `_LIGHT` the square root of lamp light.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worldloom.studio.geometry.mesh import Array, Mesh
from worldloom.studio.meshopt import encode_indices, encode_vertices

MAGIC, JSON_CHUNK, BINARY_CHUNK = 0x46546C67, 0x4E4F534A, 0x004E4942
VERTEX_TARGET, INDEX_TARGET = 34962, 34963
INT8, UINT8, INT16, UINT16, UINT32, FLOAT = 5120, 5121, 5122, 5123, 5125, 5126
LINEAR, MIPMAPPED, CLAMPED = 9729, 9987, 33071
QUANTIZED, INSTANCED, PACKED = (
    "KHR_mesh_quantization",
    "EXT_mesh_gpu_instancing",
    "EXT_meshopt_compression",
)


@dataclass(frozen=True, slots=True)
class Instances:
    """Where copies stand: places (n, 3) metres, rotations (n, 4) xyzw, sizes (n,) factors."""

    places: Array
    rotations: Array
    sizes: Array

    def __len__(self) -> int:
        return len(self.places)


class GlbWriter:
    """Collects meshes, nodes and clips and writes one GLB."""

    def __init__(self, generator: str = "worldloom studio", packed: bool = False) -> None:
        self._packed = packed
        self._views: list[dict[str, Any]] = []
        self._chunks: list[tuple[bytes, bytes | None]] = []
        self._extensions = {QUANTIZED} | ({PACKED} if packed else set())
        self._required = set(self._extensions)
        self.document: dict[str, Any] = {
            "asset": {"version": "2.0", "generator": generator},
            "scene": 0,
            "scenes": [{"nodes": []}],
            "nodes": [],
            "meshes": [],
            "materials": [],
            "accessors": [],
        }

    def use(self, extension: str, required: bool = False) -> None:
        """Name an extension that the document uses."""
        self._extensions.add(extension)
        if required:
            self._required.add(extension)

    def view(self, data: bytes, packed: bytes | None = None, **about: Any) -> int:
        """Add a buffer view; `packed` is its meshopt form, `about` its stride, count and mode."""
        self._views.append(about)
        self._chunks.append((data, packed))
        return len(self._views) - 1

    def accessor(
        self,
        values: NDArray[Any],
        component: int,
        kind: str,
        normalized: bool = False,
        target: int | None = None,
        bounds: bool = False,
    ) -> int:
        """Add an accessor over rows of `values`, whose row stride must be a multiple of 4 bytes.

        Rows may be wider than `kind` needs (padding); indices and keys are one column.
        """
        rows = np.ascontiguousarray(values)
        about: dict[str, Any] = {"target": target} if target else {}
        packed = None
        stride = rows.nbytes // len(rows)
        if target == VERTEX_TARGET:
            about["stride"] = stride
        if self._packed and target == INDEX_TARGET:
            packed = encode_indices(rows)
            about |= {"count": len(rows), "size": stride, "mode": "TRIANGLES"}
        elif self._packed and stride % 4 == 0 and len(rows) > 15:
            packed = encode_vertices(rows.view(np.uint8).reshape(len(rows), stride))
            about |= {"count": len(rows), "size": stride, "mode": "ATTRIBUTES"}
        made: dict[str, Any] = {
            "bufferView": self.view(rows.tobytes(), packed, **about),
            "componentType": component,
            "count": len(rows),
            "type": kind,
        }
        if normalized:
            made["normalized"] = True
        if bounds:
            width = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}[kind]
            columns = rows.reshape(len(rows), -1)[:, :width]
            made["min"] = columns.min(0).tolist()
            made["max"] = columns.max(0).tolist()
        self.document["accessors"].append(made)
        return len(self.document["accessors"]) - 1

    def texture(self, png: bytes) -> int:
        """Add a clamped, mipmapped PNG texture and return its index."""
        images = self.document.setdefault("images", [])
        samplers = self.document.setdefault("samplers", [])
        textures = self.document.setdefault("textures", [])
        images.append({"bufferView": self.view(png), "mimeType": "image/png"})
        if not samplers:
            clamp = {"wrapS": CLAMPED, "wrapT": CLAMPED}
            samplers.append({"magFilter": LINEAR, "minFilter": MIPMAPPED, **clamp})
        textures.append({"source": len(images) - 1, "sampler": 0})
        return len(textures) - 1

    def material(
        self,
        name: str,
        roughness: float = 0.82,
        color: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0),
        texture: int | None = None,
        extras: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> int:
        """Add a material; `more` are glTF fields such as `doubleSided` and `alphaMode`."""
        surface: dict[str, Any] = {
            "baseColorFactor": list(color),
            "roughnessFactor": roughness,
            "metallicFactor": 0,
        }
        if texture is not None:
            surface["baseColorTexture"] = {"index": texture}
        made = {"name": name, "pbrMetallicRoughness": surface, **more}
        if extras:
            made["extras"] = dict(extras)
        self.document["materials"].append(made)
        return len(self.document["materials"]) - 1

    def node(self, root: bool = True, **fields: Any) -> int:
        """Add a node, in the scene when `root`."""
        self.document["nodes"].append(fields)
        index = len(self.document["nodes"]) - 1
        if root:
            self.document["scenes"][0]["nodes"].append(index)
        return index

    def attributes(
        self,
        shape: Mesh,
        occlusion: Array | None = None,
        lamplight: Array | None = None,
        daylight: Array | None = None,
    ) -> tuple[dict[str, int], Array, float]:
        """Add a mesh's vertex data; return its attributes and the centre and scale to undo.

        `_LIGHT` is lamp light (n, 3) and, in its fourth column, daylight that comes into a room
        (n,); both as roots.
        """
        low, high = shape.bounds()
        centre = (low + high) / 2
        scale = max(float((high - low).max()) / 2, 1e-6)
        count = len(shape.positions)
        places = np.zeros((count, 4), np.int16)
        places[:, :3] = np.round((shape.positions - centre) / scale * 32767)
        normals = np.zeros((count, 4), np.int8)
        normals[:, :3] = np.round(shape.normals * 127)
        colors = np.full((count, 4), 255, np.uint8)
        colors[:, :3] = np.round(np.clip(shape.colors, 0, 1) * 255)
        if occlusion is not None:
            colors[:, 3] = np.round(np.clip(occlusion, 0, 1) * 255)
        made = {
            "POSITION": self.accessor(places, INT16, "VEC3", True, VERTEX_TARGET, bounds=True),
            "NORMAL": self.accessor(normals, INT8, "VEC3", True, VERTEX_TARGET),
            "COLOR_0": self.accessor(colors, UINT8, "VEC4", True, VERTEX_TARGET),
        }
        if len(shape.uvs):
            uvs = np.round(np.clip(shape.uvs, 0, 1) * 65535).astype(np.uint16)
            made["TEXCOORD_0"] = self.accessor(uvs, UINT16, "VEC2", True, VERTEX_TARGET)
        if lamplight is not None:
            light = np.zeros((count, 4), np.uint8)
            light[:, :3] = np.round(np.sqrt(np.clip(lamplight, 0, 1)) * 255)
            if daylight is not None:
                light[:, 3] = np.round(np.sqrt(np.clip(daylight, 0, 1)) * 255)
            made["_LIGHT"] = self.accessor(light, UINT8, "VEC4", True, VERTEX_TARGET)
        return made, centre, scale

    def indices(self, shape: Mesh) -> int:
        """Add a mesh's triangles."""
        flat = shape.triangles.ravel()
        if len(shape.positions) < 65536:
            return self.accessor(flat.astype(np.uint16), UINT16, "SCALAR", target=INDEX_TARGET)
        return self.accessor(flat.astype(np.uint32), UINT32, "SCALAR", target=INDEX_TARGET)

    def mesh(self, name: str, attributes: Mapping[str, int], indices: int, material: int) -> int:
        """Add a mesh of one primitive."""
        primitive = {"attributes": dict(attributes), "indices": indices, "material": material}
        self.document["meshes"].append({"name": name, "primitives": [primitive]})
        return len(self.document["meshes"]) - 1

    def add(
        self,
        name: str,
        shape: Mesh,
        material: int,
        occlusion: Array | None = None,
        lamplight: Array | None = None,
        instances: Instances | None = None,
        daylight: Array | None = None,
    ) -> int:
        """Add a mesh as a node of the scene and return how many triangles are drawn for it."""
        attributes, centre, scale = self.attributes(shape, occlusion, lamplight, daylight)
        made = self.mesh(name, attributes, self.indices(shape), material)
        if instances is None:
            self.node(name=name, mesh=made, translation=centre.tolist(), scale=[scale] * 3)
            return len(shape.triangles)
        self.use(INSTANCED)
        placed = self._instances(instances, centre, scale)
        self.node(name=name, mesh=made, extensions={INSTANCED: {"attributes": placed}})
        return len(shape.triangles) * len(instances)

    def _instances(self, instances: Instances, centre: Array, scale: float) -> dict[str, int]:
        """Instance transforms with the dequantising centre and scale folded in."""
        sizes = np.repeat(instances.sizes[:, None], 3, axis=1)
        places = instances.places + rotate(instances.rotations, centre * sizes)
        return {
            "TRANSLATION": self.accessor(places.astype(np.float32), FLOAT, "VEC3"),
            "ROTATION": self.accessor(instances.rotations.astype(np.float32), FLOAT, "VEC4"),
            "SCALE": self.accessor((sizes * scale).astype(np.float32), FLOAT, "VEC3"),
        }

    def finish(self) -> bytes:
        """Return the GLB."""
        binary = bytearray()
        views, raw_offset = [], 0
        for about, (data, packed) in zip(self._views, self._chunks, strict=True):
            binary += b"\0" * (-len(binary) % 4)
            stored = data if packed is None else packed
            view: dict[str, Any] = {"buffer": 0, "byteOffset": len(binary), "byteLength": len(data)}
            if packed is not None:
                view["buffer"], view["byteOffset"] = 1, raw_offset
                raw_offset += len(data) + -len(data) % 4
                view["extensions"] = {
                    PACKED: {
                        "buffer": 0,
                        "byteOffset": len(binary),
                        "byteLength": len(packed),
                        "byteStride": about["size"],
                        "count": about["count"],
                        "mode": about["mode"],
                        **({"filter": about["filter"]} if about.get("filter") else {}),
                    }
                }
            if about.get("stride"):
                view["byteStride"] = about["stride"]
            if about.get("target"):
                view["target"] = about["target"]
            views.append(view)
            binary += stored
        binary += b"\0" * (-len(binary) % 4)
        buffers: list[dict[str, Any]] = [{"byteLength": len(binary)}]
        if raw_offset:
            buffers.append({"byteLength": raw_offset, "extensions": {PACKED: {"fallback": True}}})
        document = {**self.document, "bufferViews": views, "buffers": buffers}
        document = {key: value for key, value in document.items() if value != []}
        document["extensionsUsed"] = sorted(self._extensions)
        document["extensionsRequired"] = sorted(self._required)
        return assemble(document, bytes(binary))


def assemble(document: Mapping[str, Any], binary: bytes) -> bytes:
    """Return the GLB container of a document and its binary chunk."""
    text = json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    size = 12 + 8 + len(text) + (8 + len(binary) if binary else 0)
    out = struct.pack("<III", MAGIC, 2, size) + struct.pack("<II", len(text), JSON_CHUNK) + text
    return out + struct.pack("<II", len(binary), BINARY_CHUNK) + binary if binary else out


def disassemble(glb: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the document and the binary chunk of a GLB made here; ValueError when it is none."""
    magic, version, size = struct.unpack_from("<III", glb)
    if magic != MAGIC or version != 2 or size != len(glb):
        raise ValueError("not a glTF 2.0 binary")
    length = struct.unpack_from("<I", glb, 12)[0]
    return json.loads(glb[20 : 20 + length]), glb[28 + length :]


def rotate(quaternions: ArrayLike, vectors: ArrayLike) -> Array:
    """Return vectors (n, 3) turned by unit quaternions (n, 4) xyzw."""
    q, v = np.asarray(quaternions, float), np.asarray(vectors, float)
    twice = 2 * np.cross(q[..., :3], v)
    return np.asarray(v + q[..., 3:] * twice + np.cross(q[..., :3], twice))


def standing(places: ArrayLike, headings: ArrayLike, sizes: ArrayLike) -> Instances:
    """Return upright instances at places (n, 3), turned round +Y by headings (n,) radians."""
    half = np.asarray(headings, float) / 2
    rotations = np.c_[half * 0, np.sin(half), half * 0, np.cos(half)]
    return Instances(np.asarray(places, float).reshape(-1, 3), rotations, np.asarray(sizes, float))
