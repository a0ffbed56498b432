"""Whether a GLB that a stranger uploaded is safe to keep and to draw.

Everything that the file says of itself is compared with what it holds: lengths, offsets, counts,
indices, sizes of images, depth of the node tree. Nothing is decompressed and nothing is fetched.
Follows glTF 2.0 (Khronos, 2021) sections 3 and 4, stricter where a browser would suffer.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from worldloom.kernel.limits import LIMITS
from worldloom.studio.glb_container import open_glb
from worldloom.studio.glb_parts import (
    COMPONENT_BYTES,
    DRACO,
    INSTANCED,
    KNOWN_EXTENSIONS,
    MESHOPT,
    TYPE_WIDTHS,
    Accessor,
    Document,
    DracoUse,
    GlbRefused,
    InstancedUse,
    MeshoptUse,
    Node,
    Primitive,
)
from worldloom.studio.image_headers import read_image_head

T = TypeVar("T")

DTYPES = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
INDEX_TYPES = (5121, 5123, 5125)
VERTICES_A_TRIANGLE = {4: (3, 0), 5: (1, -2), 6: (1, -2)}
"""Primitive mode → (divisor, offset): triangles, strip, fan."""


@dataclass(frozen=True, slots=True)
class GlbFacts:
    """What a checked GLB holds; `decoded_bytes` is what its images and buffers unpack to."""

    nodes: int
    triangles: int
    images: int
    animations: int
    decoded_bytes: int
    extensions: tuple[str, ...]


def check_glb(data: bytes) -> GlbFacts:
    """Return what the file holds; raises GlbRefused with its code for the first fault found."""
    return Checker(*open_glb(data)).run()


class Checker:
    """One pass over a document and its binary chunk."""

    def __init__(self, document: Document, binary: memoryview) -> None:
        self.document = document
        self.binary = binary
        self.decoded_bytes = 0

    def run(self) -> GlbFacts:
        """Return what the file holds; raises GlbRefused."""
        document = self.document
        self._counts()
        self._extensions()
        self._buffers()
        self._views()
        for index in range(len(document.accessors)):
            self._accessor(index)
        triangles = [self._mesh(index) for index in range(len(document.meshes))]
        self._images()
        self._textures()
        instances = [self._node(node, len(triangles)) for node in document.nodes]
        self._tree()
        self._animations()
        total = sum(
            triangles[node.mesh] * count
            for node, count in zip(document.nodes, instances, strict=True)
            if node.mesh is not None
        )
        self._bound("glb_triangles", "triangles", max(total, sum(triangles)))
        return GlbFacts(
            nodes=len(document.nodes),
            triangles=total,
            images=len(document.images),
            animations=len(document.animations),
            decoded_bytes=self.decoded_bytes,
            extensions=tuple(sorted(set(document.extensions_used))),
        )

    def _bound(self, code: str, what: str, value: int) -> None:
        limit: int = getattr(LIMITS, f"{code}_max")
        if value > limit:
            raise GlbRefused(code, f"{value} {what} are over {limit}")

    def _counts(self) -> None:
        document = self.document
        if document.asset.version != "2.0" or document.asset.min_version not in (None, "2.0"):
            raise GlbRefused("glb_version", f"this is glTF {document.asset.version!r}, not 2.0")
        self._bound("glb_nodes", "nodes", len(document.nodes))
        self._bound("glb_images", "images", len(document.images))
        parts = (
            len(document.accessors)
            + len(document.buffer_views)
            + len(document.materials)
            + len(document.textures)
            + len(document.samplers)
            + len(document.skins)
            + sum(1 + len(scene.nodes) for scene in document.scenes)
            + sum(1 + len(mesh.primitives) for mesh in document.meshes)
            + sum(len(one.targets) for mesh in document.meshes for one in mesh.primitives)
            + sum(1 + len(clip.channels) + len(clip.samplers) for clip in document.animations)
        )
        self._bound("glb_parts", "scenes, accessors, views, primitives and channels", parts)

    def _extensions(self) -> None:
        unknown = sorted(set(self.document.extensions_required) - KNOWN_EXTENSIONS)
        if unknown:
            raise GlbRefused("glb_extension", f"the file needs {', '.join(unknown)}")

    def _buffers(self) -> None:
        for index, buffer in enumerate(self.document.buffers):
            if buffer.uri is not None:
                raise GlbRefused("glb_external", f"buffer {index} is not the binary chunk")
            is_fallback = MESHOPT in buffer.extensions
            if is_fallback:
                self._decoded(buffer.byte_length)
            elif index != 0:
                raise GlbRefused("glb_external", f"buffer {index} has no data in the file")
            # The chunk may be up to three bytes longer than the buffer: padding.
            elif not 0 <= len(self.binary) - buffer.byte_length <= 3:
                raise GlbRefused(
                    "glb_length",
                    f"the buffer says {buffer.byte_length} bytes, the chunk has {len(self.binary)}",
                )

    def _views(self) -> None:
        buffers = self.document.buffers
        for index, view in enumerate(self.document.buffer_views):
            self._index("buffer", view.buffer, len(buffers))
            if view.byte_offset + view.byte_length > buffers[view.buffer].byte_length:
                raise GlbRefused("glb_bounds", f"bufferView {index} ends past its buffer")
            packed = view.extensions.get(MESHOPT)
            if packed is None:
                if MESHOPT in buffers[view.buffer].extensions:
                    raise GlbRefused("glb_bounds", f"bufferView {index} has no data")
                continue
            use = self._convert(packed, MeshoptUse)
            self._index("buffer", use.buffer, len(buffers))
            if MESHOPT in buffers[use.buffer].extensions:
                raise GlbRefused("glb_bounds", f"bufferView {index} is packed in no data")
            if use.byte_offset + use.byte_length > buffers[use.buffer].byte_length:
                raise GlbRefused("glb_bounds", f"packed bufferView {index} ends past its buffer")
            if use.count * use.byte_stride != view.byte_length:
                raise GlbRefused("glb_bounds", f"packed bufferView {index} lies about its size")
            self._decoded(view.byte_length)

    def _accessor(self, index: int) -> None:
        accessor = self.document.accessors[index]
        width = TYPE_WIDTHS[accessor.type] * COMPONENT_BYTES[accessor.component_type]
        if accessor.buffer_view is None:
            # Zeros, or filled by Draco: either way this much memory is asked for.
            self._decoded(width * accessor.count)
        else:
            self._fits(f"accessor {index}", accessor, accessor.buffer_view, width)
        sparse = accessor.sparse
        if sparse is None:
            return
        if sparse.count > accessor.count:
            raise GlbRefused("glb_bounds", f"accessor {index} replaces more than it has")
        self._decoded(width * accessor.count)
        places = COMPONENT_BYTES[sparse.indices.component_type] * sparse.count
        for part, size in ((sparse.indices, places), (sparse.values, width * sparse.count)):
            self._index("bufferView", part.buffer_view, len(self.document.buffer_views))
            if part.byte_offset + size > self.document.buffer_views[part.buffer_view].byte_length:
                raise GlbRefused("glb_bounds", f"accessor {index}'s sparse part ends past its view")
        if MESHOPT not in self.document.buffer_views[sparse.indices.buffer_view].extensions:
            found = self.read(
                sparse.indices.buffer_view,
                sparse.indices.byte_offset,
                sparse.indices.component_type,
                1,
                sparse.count,
            )
            if len(found) and int(found.max()) >= accessor.count:
                raise GlbRefused("glb_index", f"accessor {index}'s sparse indices point past it")

    def _fits(self, name: str, accessor: Accessor, view_index: int, width: int) -> None:
        self._index("bufferView", view_index, len(self.document.buffer_views))
        view = self.document.buffer_views[view_index]
        stride = view.byte_stride or width
        if stride < width:
            raise GlbRefused("glb_bounds", f"{name} is wider than its stride")
        if accessor.byte_offset % COMPONENT_BYTES[accessor.component_type]:
            raise GlbRefused("glb_bounds", f"{name} is not aligned")
        if accessor.byte_offset + stride * (accessor.count - 1) + width > view.byte_length:
            raise GlbRefused("glb_bounds", f"{name} ends past its bufferView")

    def _mesh(self, index: int) -> int:
        """Check the primitives of a mesh and return its number of triangles."""
        return sum(
            self._primitive(f"mesh {index}", primitive)
            for primitive in self.document.meshes[index].primitives
        )

    def _primitive(self, name: str, primitive: Primitive) -> int:
        accessors = self.document.accessors
        for accessor in primitive.attributes.values():
            self._index("accessor", accessor, len(accessors))
        counts = {accessors[accessor].count for accessor in primitive.attributes.values()}
        if "POSITION" not in primitive.attributes or len(counts) != 1:
            raise GlbRefused("glb_mesh", f"{name} has no positions, or attributes of many lengths")
        vertices = counts.pop()
        for target in primitive.targets:
            for accessor in target.values():
                self._index("accessor", accessor, len(accessors))
                if accessors[accessor].count != vertices:
                    raise GlbRefused("glb_mesh", f"a morph target of {name} has another length")
        if primitive.material is not None:
            self._index("material", primitive.material, len(self.document.materials))
        if DRACO in primitive.extensions:
            self._draco(name, primitive)
        else:
            self._positions(name, primitive.attributes["POSITION"])
        points = vertices
        if primitive.indices is not None:
            points = self._indices(name, primitive.indices, vertices)
        if primitive.mode not in VERTICES_A_TRIANGLE:
            return 0
        divisor, offset = VERTICES_A_TRIANGLE[primitive.mode]
        return max(points // divisor + offset, 0)

    def _draco(self, name: str, primitive: Primitive) -> None:
        use = self._convert(primitive.extensions[DRACO], DracoUse)
        self._index("bufferView", use.buffer_view, len(self.document.buffer_views))
        if set(use.attributes) - set(primitive.attributes):
            raise GlbRefused("glb_mesh", f"{name} unpacks attributes that it does not have")
        view = self.document.buffer_views[use.buffer_view]
        start = self.binary[view.byte_offset : view.byte_offset + 5]
        if MESHOPT in view.extensions or bytes(start) != b"DRACO":
            raise GlbRefused("glb_mesh", f"{name} is said to be Draco and is not")

    def _positions(self, name: str, index: int) -> None:
        accessor = self.document.accessors[index]
        if accessor.type != "VEC3":
            raise GlbRefused("glb_mesh", f"the positions of {name} are not VEC3")
        for bound in (accessor.min, accessor.max):
            if bound is not None and (len(bound) != 3 or max(map(abs, bound)) > 1e9):
                raise GlbRefused("glb_bounds", f"the bounds of {name} are no place")
        values = self.values(accessor)
        if values is None or values.dtype.kind != "f":
            return
        # NaN fails this comparison too.
        if not bool(np.all(np.abs(values) <= LIMITS.glb_extent_m_max)):
            raise GlbRefused("glb_extent", f"{name} has points that are no place, or too far away")

    def _indices(self, name: str, index: int, vertices: int) -> int:
        self._index("accessor", index, len(self.document.accessors))
        accessor = self.document.accessors[index]
        if accessor.type != "SCALAR" or accessor.component_type not in INDEX_TYPES:
            raise GlbRefused("glb_mesh", f"the indices of {name} are not whole numbers")
        values = self.values(accessor)
        if values is not None and int(values.max()) >= vertices:
            raise GlbRefused("glb_index", f"{name} points at vertex {int(values.max())}")
        return accessor.count

    def values(self, accessor: Accessor) -> NDArray[np.generic] | None:
        """Return an accessor's numbers, or None where they are packed or sparse."""
        if accessor.buffer_view is None or accessor.sparse is not None:
            return None
        view = self.document.buffer_views[accessor.buffer_view]
        if MESHOPT in view.extensions:
            return None
        return self.read(
            accessor.buffer_view,
            accessor.byte_offset,
            accessor.component_type,
            TYPE_WIDTHS[accessor.type],
            accessor.count,
        )

    def read(
        self, view_index: int, offset: int, component: int, width: int, count: int
    ) -> NDArray[np.generic]:
        """Return numbers of a view that were found to lie within it, without a copy."""
        view = self.document.buffer_views[view_index]
        dtype = np.dtype(DTYPES[component])
        stride = view.byte_stride or dtype.itemsize * width
        return np.ndarray(
            (count, width),
            dtype,
            self.binary,
            view.byte_offset + offset,
            (stride, dtype.itemsize),
        )

    def _images(self) -> None:
        pixels = 0
        for index, image in enumerate(self.document.images):
            head = read_image_head(self._image_bytes(index))
            if head is None:
                raise GlbRefused("glb_image", f"image {index} is no PNG, JPEG, WebP or KTX2")
            if image.mime_type is not None and image.mime_type != head.media:
                raise GlbRefused("glb_image", f"image {index} says {image.mime_type} and is not")
            if max(head.width, head.height) > LIMITS.texture_side_pixels_max:
                raise GlbRefused(
                    "glb_texture", f"image {index} is {head.width} × {head.height} pixels"
                )
            pixels += head.width * head.height
            self._decoded(head.decoded_bytes)
        self._bound("glb_texture_pixels", "pixels", pixels)

    def _image_bytes(self, index: int) -> bytes | memoryview:
        image = self.document.images[index]
        if (image.uri is None) == (image.buffer_view is None):
            raise GlbRefused("glb_image", f"image {index} has no data, or two")
        if image.buffer_view is not None:
            self._index("bufferView", image.buffer_view, len(self.document.buffer_views))
            view = self.document.buffer_views[image.buffer_view]
            if MESHOPT in view.extensions:
                raise GlbRefused("glb_image", f"image {index} is packed as geometry")
            return self.binary[view.byte_offset : view.byte_offset + view.byte_length]
        head, comma, body = (image.uri or "").partition(",")
        if not comma or not head.endswith(";base64"):
            raise GlbRefused("glb_image", f"image {index} is not base64")
        try:
            return base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError):
            raise GlbRefused("glb_image", f"image {index} is not base64") from None

    def _textures(self) -> None:
        for texture in self.document.textures:
            sources = [texture.source]
            sources += [use.get("source") for use in texture.extensions.values()]
            for source in sources:
                if source is not None:
                    self._index("image", source, len(self.document.images))
            if texture.sampler is not None:
                self._index("sampler", texture.sampler, len(self.document.samplers))
        # Materials name textures as {"index": n} at many places, extensions among them.
        waiting: list[object] = list(self.document.materials)
        while waiting:
            part = waiting.pop()
            if isinstance(part, dict):
                for key, value in part.items():
                    if key.endswith("Texture") and isinstance(value, dict):
                        self._index("texture", value.get("index"), len(self.document.textures))
                    if key != "extras":
                        waiting.append(value)
            elif isinstance(part, list):
                waiting.extend(part)

    def _node(self, node: Node, meshes: int) -> int:
        """Check what a node refers to and return how often its mesh is drawn."""
        if node.mesh is not None:
            self._index("mesh", node.mesh, meshes)
        if node.skin is not None:
            self._index("skin", node.skin, len(self.document.skins))
        for numbers, width in (
            (node.matrix, 16),
            (node.translation, 3),
            (node.rotation, 4),
            (node.scale, 3),
        ):
            if numbers is not None and (
                len(numbers) != width or not all(abs(number) <= 1e9 for number in numbers)
            ):
                raise GlbRefused("glb_tree", "a node stands at no place")
        if INSTANCED not in node.extensions:
            return 1
        use = self._convert(node.extensions[INSTANCED], InstancedUse)
        counts = set()
        for accessor in use.attributes.values():
            self._index("accessor", accessor, len(self.document.accessors))
            counts.add(self.document.accessors[accessor].count)
        if len(counts) != 1:
            raise GlbRefused("glb_mesh", "instances have attributes of many lengths")
        return counts.pop()

    def _tree(self) -> None:
        """Every node has one parent at most, no node is its own ancestor, and depth is bounded."""
        nodes = self.document.nodes
        parent: dict[int, int] = {}
        for index, node in enumerate(nodes):
            for child in node.children:
                self._index("node", child, len(nodes))
                if child in parent:
                    raise GlbRefused("glb_tree", f"node {child} has two parents")
                parent[child] = index
        depth = dict.fromkeys((index for index in range(len(nodes)) if index not in parent), 1)
        waiting = list(depth)
        while waiting:
            index = waiting.pop()
            if depth[index] > LIMITS.glb_depth_max:
                raise GlbRefused("glb_tree", f"nodes are nested over {LIMITS.glb_depth_max} deep")
            for child in nodes[index].children:
                depth[child] = depth[index] + 1
                waiting.append(child)
        if len(depth) != len(nodes):
            raise GlbRefused("glb_tree", "a node is its own ancestor")
        for scene in self.document.scenes:
            for root in scene.nodes:
                self._index("node", root, len(nodes))
        if self.document.scene is not None:
            self._index("scene", self.document.scene, len(self.document.scenes))
        for skin in self.document.skins:
            self._bound("glb_joints", "joints", len(skin.joints))
            for joint in skin.joints:
                self._index("node", joint, len(nodes))
            if skin.inverse_bind_matrices is not None:
                self._index("accessor", skin.inverse_bind_matrices, len(self.document.accessors))

    def _animations(self) -> None:
        accessors, nodes = len(self.document.accessors), len(self.document.nodes)
        for clip in self.document.animations:
            for sampler in clip.samplers:
                self._index("accessor", sampler.input, accessors)
                self._index("accessor", sampler.output, accessors)
            for channel in clip.channels:
                self._index("sampler", channel.sampler, len(clip.samplers))
                if channel.target.node is not None:
                    self._index("node", channel.target.node, nodes)

    def _index(self, what: str, index: object, count: int) -> None:
        if not isinstance(index, int) or not 0 <= index < count:
            raise GlbRefused("glb_index", f"there is no {what} {index}")

    def _decoded(self, size: int) -> None:
        self.decoded_bytes += size
        self._bound("glb_decoded_bytes", "unpacked bytes", self.decoded_bytes)

    def _convert(self, value: object, kind: type[T]) -> T:
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError as why:
            raise GlbRefused("glb_json", f"an extension is not as it should be: {why}") from None
