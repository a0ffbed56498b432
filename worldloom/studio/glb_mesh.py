"""The triangles of a GLB with their colours, for drawings: bounded, and never a reason to fail.

What cannot be read here (Draco, filters of meshopt, more triangles than are wanted) is told as
boxes. Pictures are not decoded: a material is its colour. Skins and morphs stand as bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.studio.glb_container import open_glb
from worldloom.studio.glb_parts import (
    COMPONENT_BYTES,
    DRACO,
    INSTANCED,
    MESHOPT,
    TYPE_WIDTHS,
    Document,
    InstancedUse,
    MeshoptUse,
    Node,
    Primitive,
)
from worldloom.studio.meshopt_decode import decode_triangles, decode_vertices

Array = NDArray[np.float64]
TYPES: Final = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
MOST: Final = {5120: 127.0, 5121: 255.0, 5122: 32767.0, 5123: 65535.0}
PLAIN: Final = (0.62, 0.62, 0.60)
"""Of a material whose colours stand in a picture, linear."""
WATER: Final = (0.04, 0.13, 0.17)
"""Of what our own models call water, which the client paints by itself."""
ODD: Final = (WorldloomError, msgspec.MsgspecError, ValueError, LookupError, TypeError)
"""What a file that lies raises somewhere."""


class Corners(NamedTuple):
    """Triangles (n, 3, 3) in metres of the model, their sRGB colours (n, 3), and boxes of the rest.

    A box is (2, 3): the lowest and the highest corner.
    """

    corners: NDArray[np.float32]
    colors: NDArray[np.float32]
    boxes: Array


class _Part(NamedTuple):
    """A primitive and where it stands: matrices (k, 4, 4), and the size of all that (metres)."""

    primitive: Primitive
    matrices: Array
    box: Array


def corners_of(
    data: bytes, most: int, enough: Callable[[], bool] = lambda: False
) -> Corners | None:
    """Return what a GLB shows, the largest parts first, up to `most` triangles, or None."""
    try:
        file = _File(*open_glb(data))
        parts = sorted(file.parts(), key=lambda one: -_size(one.box))
    except (*ODD, RecursionError):
        return None
    corners, colors, boxes, room = [], [], [], most
    for part in parts:
        found = None if enough() else file.drawn(part, room)
        if found is None:
            boxes.append(part.box)
            continue
        room -= len(found[0])
        corners.append(found[0])
        colors.append(found[1])
    return Corners(
        np.concatenate([np.empty((0, 3, 3), np.float32), *corners]),
        np.concatenate([np.empty((0, 3), np.float32), *colors]),
        np.array(boxes, float).reshape(-1, 2, 3),
    )


def _size(box: Array) -> float:
    return float(np.linalg.norm(box[1] - box[0]))


class _File:
    """One GLB while it is read."""

    def __init__(self, document: Document, binary: memoryview) -> None:
        self.document = document
        self.binary = binary
        self._views: dict[int, NDArray[np.uint8]] = {}

    def parts(self) -> Iterator[_Part]:
        """Yield all that its scene draws; the lowest tier of what we baked, as on slow devices."""
        document = self.document
        scene = document.scenes[document.scene or 0]
        waiting = [(index, np.eye(4), 0) for index in scene.nodes]
        count = 0
        while waiting:
            index, outer, depth = waiting.pop()
            count += 1
            if depth > LIMITS.glb_depth_max or count > LIMITS.glb_nodes_max:
                raise ValueError("its tree has no end")
            node = document.nodes[index]
            inner = outer @ matrix_of(node)
            waiting += [(child, inner, depth + 1) for child in node.children]
            if node.mesh is None:
                continue
            # A skin's joints place what it moves; where it was bound is near enough.
            place = np.eye(4) if node.skin is not None else inner
            matrices = place @ self._instances(node)
            for primitive in document.meshes[node.mesh].primitives:
                if self._is_shown(primitive):
                    box = self._box(primitive, matrices)
                    if box is not None:
                        yield _Part(primitive, matrices, box)

    def _is_shown(self, primitive: Primitive) -> bool:
        told = self._told(primitive)
        return told.get("tier", "low") == "low" and told.get("surface") != "collider"

    def _told(self, primitive: Primitive) -> Mapping[str, Any]:
        """Return what our own tools say of a part; nothing for others' models."""
        if primitive.material is None:
            return {}
        extras = self.document.materials[primitive.material].get("extras")
        told = extras.get("worldloom") if isinstance(extras, dict) else None
        return told if isinstance(told, dict) else {}

    def _instances(self, node: Node) -> Array:
        """Return the places of a node's copies below the node itself, (k, 4, 4)."""
        use = node.extensions.get(INSTANCED)
        if use is None:
            return np.eye(4)[None]
        attributes = msgspec.convert(use, InstancedUse).attributes
        found = {
            name: self.numbers(index)
            for name, index in attributes.items()
            if name in ("TRANSLATION", "ROTATION", "SCALE")
        }
        rows = max((len(one) for one in found.values()), default=0)
        made = np.tile(np.eye(4), (rows, 1, 1))
        if "ROTATION" in found:
            made[:, :3, :3] = turns_of(found["ROTATION"])
        if "SCALE" in found:
            made[:, :3, :3] *= found["SCALE"][:, None, :]
        if "TRANSLATION" in found:
            made[:, :3, 3] = found["TRANSLATION"]
        return made

    def _box(self, primitive: Primitive, matrices: Array) -> Array | None:
        """Return how far a part reaches, by what its file says of it."""
        accessor = self.document.accessors[primitive.attributes["POSITION"]]
        if accessor.min is None or accessor.max is None or not len(matrices):
            return None
        ends = np.array([accessor.min[:3], accessor.max[:3]], float)
        if accessor.normalized:
            ends /= MOST[accessor.component_type]
        pick = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)])
        points = np.take_along_axis(ends, pick, 0)
        moved = points @ matrices[:, :3, :3].swapaxes(1, 2) + matrices[:, None, :3, 3]
        if not np.isfinite(moved).all():
            return None
        return np.stack([moved.min((0, 1)), moved.max((0, 1))])

    def drawn(
        self, part: _Part, room: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
        """Return a part's triangles and colours; None where they are too many or unreadable."""
        primitive, matrices = part.primitive, part.matrices
        try:
            if DRACO in primitive.extensions or self._count(primitive) * len(matrices) > room:
                return None
            points = self.numbers(primitive.attributes["POSITION"])[:, :3]
            index = self._triangles(primitive, len(points))
            if len(index) * len(matrices) > room or index.min(initial=0) < 0:
                return None
            color = self._colors(primitive, len(points))[index].mean(1)
            moved = points @ matrices[:, :3, :3].swapaxes(1, 2) + matrices[:, None, :3, 3]
            corners = moved[:, index].reshape(-1, 3, 3)
        except ODD:
            return None
        if not np.isfinite(corners).all():
            return None
        colors = np.tile(srgb(color), (len(matrices), 1))
        return corners.astype(np.float32), colors.astype(np.float32)

    def _count(self, primitive: Primitive) -> int:
        """Return about how many triangles a part has, without reading them."""
        index = primitive.indices
        of = primitive.attributes["POSITION"] if index is None else index
        return self.document.accessors[of].count // (3 if primitive.mode == 4 else 1)

    def _triangles(self, primitive: Primitive, points: int) -> NDArray[np.int64]:
        """Return the indices of each triangle, (n, 3); points and lines have none."""
        if primitive.indices is None:
            flat = np.arange(points)
        else:
            flat = self._raw(primitive.indices)[:, 0].astype(np.int64)
        if primitive.mode == 4:
            return flat[: len(flat) // 3 * 3].reshape(-1, 3)
        if primitive.mode == 5:
            return np.stack([flat[:-2], flat[1:-1], flat[2:]], -1)
        if primitive.mode == 6:
            return np.stack([np.full(len(flat) - 2, flat[0]), flat[1:-1], flat[2:]], -1)
        return np.empty((0, 3), np.int64)

    def _colors(self, primitive: Primitive, points: int) -> Array:
        """Return the linear colour of each point."""
        if self._told(primitive).get("surface") == "water":
            return np.tile(WATER, (points, 1))
        factor = np.ones(3)
        if primitive.material is not None:
            material = self.document.materials[primitive.material]
            base = material.get("pbrMetallicRoughness", {})
            factor = np.array(base.get("baseColorFactor", (1, 1, 1, 1))[:3], float)
            if "baseColorTexture" in base and "COLOR_0" not in primitive.attributes:
                factor = factor * PLAIN
        colors = np.tile(factor, (points, 1))
        if "COLOR_0" in primitive.attributes:
            colors = colors * self.numbers(primitive.attributes["COLOR_0"])[:, :3]
        return colors

    def numbers(self, index: int) -> Array:
        """Return an accessor's rows as numbers of their own."""
        accessor = self.document.accessors[index]
        found = self._raw(index).astype(float)
        return found / MOST[accessor.component_type] if accessor.normalized else found

    def _raw(self, index: int) -> NDArray[Any]:
        accessor = self.document.accessors[index]
        width = TYPE_WIDTHS[accessor.type]
        size = COMPONENT_BYTES[accessor.component_type]
        if accessor.buffer_view is None:
            raise ValueError("nothing is there to read")
        view = self._view(accessor.buffer_view)
        declared = self.document.buffer_views[accessor.buffer_view]
        packed = declared.extensions.get(MESHOPT, {})
        stride = declared.byte_stride or packed.get("byteStride") or width * size
        if stride < width * size:
            raise ValueError("rows lie over each other")
        end = accessor.byte_offset + (accessor.count - 1) * stride + width * size
        if end > len(view):
            raise ValueError("the numbers end past their view")
        rows = np.lib.stride_tricks.as_strided(
            view[accessor.byte_offset :], (accessor.count, width * size), (stride, 1)
        )
        return np.ascontiguousarray(rows).view(TYPES[accessor.component_type])

    def _view(self, index: int) -> NDArray[np.uint8]:
        """Return the bytes of a view, unpacked; what is much to unpack is refused."""
        if index in self._views:
            return self._views[index]
        view = self.document.buffer_views[index]
        packed = view.extensions.get(MESHOPT)
        if packed is None:
            start = view.byte_offset
            data = self.binary[start : start + view.byte_length]
            if len(data) != view.byte_length or view.buffer != 0:
                raise ValueError("the view ends past its buffer")
            found = np.frombuffer(data, np.uint8)
        else:
            found = self._unpacked(msgspec.convert(packed, MeshoptUse))
        self._views[index] = found
        return found

    def _unpacked(self, use: MeshoptUse) -> NDArray[np.uint8]:
        if use.count * use.byte_stride > LIMITS.picture_unpacked_bytes_max:
            raise ValueError("too much to unpack for a drawing")
        data = bytes(self.binary[use.byte_offset : use.byte_offset + use.byte_length])
        if use.filter != "NONE":
            raise ValueError("a filter that is not read here")
        if use.mode == "ATTRIBUTES":
            return decode_vertices(data, use.count, use.byte_stride).reshape(-1)
        if use.mode != "TRIANGLES":
            raise ValueError("a mode that is not read here")
        kind = "<u2" if use.byte_stride == 2 else "<u4"
        return decode_triangles(data, use.count // 3).astype(kind).reshape(-1).view(np.uint8)


def matrix_of(node: Node) -> Array:
    """Return a node's own frame."""
    if node.matrix is not None:
        return np.array(node.matrix, float).reshape(4, 4).T
    made = np.eye(4)
    made[:3, :3] = turns_of(np.array([node.rotation or (0, 0, 0, 1)], float))[0]
    made[:3, :3] *= np.array(node.scale or (1, 1, 1), float)
    made[:3, 3] = node.translation or (0, 0, 0)
    return made


def turns_of(quaternions: Array) -> Array:
    """Return rotation matrices (k, 3, 3) of quaternions xyzw (k, 4)."""
    length = np.maximum(np.linalg.norm(quaternions, axis=1, keepdims=True), 1e-12)
    x, y, z, w = (quaternions / length).T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), 2, 0)


def srgb(linear: Array) -> Array:
    """Return sRGB shares of linear ones (IEC 61966-2-1)."""
    held = np.clip(linear, 0, 1)
    return np.where(held <= 0.0031308, held * 12.92, 1.055 * held ** (1 / 2.4) - 0.055)
