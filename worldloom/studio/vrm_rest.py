"""Where a VRM's nodes and points stand at rest, as a page will draw them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from worldloom.studio.glb_check import Checker
from worldloom.studio.glb_parts import Accessor, Document, Node, Primitive, Skin
from worldloom.studio.vrm_parts import VrmRefused

Array = NDArray[np.float64]
WHOLE = {5120: 127.0, 5121: 255.0, 5122: 32767.0, 5123: 65535.0}
"""What 1 is in a normalised accessor, by its component type."""
JOINT_TYPES = (5121, 5123)


class RestPose:
    """The world's matrices of a checked document's nodes, and its points."""

    def __init__(self, document: Document, checker: Checker) -> None:
        self._document = document
        self._checker = checker
        self._parents = {
            child: index for index, node in enumerate(document.nodes) for child in node.children
        }
        self._worlds = [np.eye(4)] * len(document.nodes)
        with np.errstate(all="ignore"):  # what overflows is found to be no place
            self._stand()

    def _stand(self) -> None:
        document = self._document
        waiting = [index for index in range(len(document.nodes)) if index not in self._parents]
        while waiting:
            index = waiting.pop()
            local = _local(document.nodes[index])
            parent = self._parents.get(index)
            above = np.eye(4) if parent is None else self._worlds[parent]
            self._worlds[index] = above @ local
            waiting += document.nodes[index].children

    def place(self, node: int) -> Array:
        """Return where a node stands, in metres."""
        return self._worlds[node][:3, 3]

    def is_sound(self, node: int) -> bool:
        """Tell whether a node can be turned: it stands somewhere, and is not flat."""
        matrix = self._worlds[node]
        if not bool(np.isfinite(matrix).all()):
            return False
        with np.errstate(all="ignore"):
            return bool(abs(np.linalg.det(matrix[:3, :3])) > 1e-9)

    def stands_under(self, node: int, above: int) -> bool:
        """Tell whether a node is a descendant of another one."""
        at = self._parents.get(node)
        while at is not None:
            if at == above:
                return True
            at = self._parents.get(at)
        return False

    def size_under(self, node: int) -> int:
        """Return how many nodes a node and all its descendants are."""
        count, waiting = 0, [node]
        while waiting:
            count += 1
            waiting += self._document.nodes[waiting.pop()].children
        return count

    def box(self) -> tuple[Array, Array, float]:
        """Return the corners of all that is drawn, and how far its expressions move a point."""
        with np.errstate(all="ignore"):
            return self._box()

    def _box(self) -> tuple[Array, Array, float]:
        lows, highs, moved = [], [], 0.0
        for index, node in enumerate(self._document.nodes):
            if node.mesh is None:
                continue
            for primitive in self._document.meshes[node.mesh].primitives:
                points = self._points(index, node, primitive)
                # NaN is caught here: it is not finite after any sum.
                if not bool(np.isfinite(points).all()):
                    raise VrmRefused("vrm_aside", "some of its points are no place")
                lows.append(points.min(0))
                highs.append(points.max(0))
                moved = max(moved, self._moved(primitive))
        if not lows:
            raise VrmRefused("vrm_height", "it has nothing to draw")
        return np.min(lows, 0), np.max(highs, 0), moved

    def _points(self, index: int, node: Node, primitive: Primitive) -> Array:
        accessor = self._document.accessors[primitive.attributes["POSITION"]]
        places = self._floats(accessor)
        flat = np.c_[places, np.ones(len(places))]
        if node.skin is None:
            return np.asarray((flat @ self._worlds[index].T)[:, :3])
        joints, weights = self._skinning(primitive)
        bones = self._bones(self._document.skins[node.skin])
        if len(joints) and int(joints.max()) >= len(bones):
            raise VrmRefused("vrm_index", f"a mesh follows joint {int(joints.max())} of its skin")
        if not bool(np.all(weights >= 0)):
            raise VrmRefused("vrm_index", "some weights of a mesh are no shares")
        total = weights.sum(1)
        # As the page does it: shares add up to 1, and a point without any follows its first joint.
        weights[total == 0, 0] = 1
        weights /= np.where(total == 0, 1, total)[:, None]
        found = np.zeros((len(places), 4))
        for k in range(4):
            found += weights[:, k, None] * np.einsum("nij,nj->ni", bones[joints[:, k]], flat)
        return found[:, :3]

    def _skinning(self, primitive: Primitive) -> tuple[NDArray[np.int64], Array]:
        named = [primitive.attributes.get(key) for key in ("JOINTS_0", "WEIGHTS_0")]
        if named[0] is None or named[1] is None:
            raise VrmRefused("vrm_index", "a mesh with a skin has no joints or no weights")
        joints, weights = (self._document.accessors[at] for at in named if at is not None)
        if joints.type != "VEC4" or weights.type != "VEC4":
            raise VrmRefused("vrm_index", "joints and weights are not four a point")
        if joints.component_type not in JOINT_TYPES:
            raise VrmRefused("vrm_index", "the joints of a mesh are not whole numbers")
        values = self._values(joints).astype(np.int64)
        return values, self._floats(weights, True)

    def _bones(self, skin: Skin) -> Array:
        worlds = np.array([self._worlds[joint] for joint in skin.joints]).reshape(-1, 4, 4)
        if skin.inverse_bind_matrices is None:
            return worlds
        accessor = self._document.accessors[skin.inverse_bind_matrices]
        if accessor.type != "MAT4" or accessor.count < len(skin.joints):
            raise VrmRefused("vrm_index", "a skin has not one matrix for each joint")
        # glTF writes columns first.
        binds = self._floats(accessor)[: len(worlds)].reshape(-1, 4, 4).transpose(0, 2, 1)
        return np.asarray(worlds @ binds)

    def _moved(self, primitive: Primitive) -> float:
        most = 0.0
        for target in primitive.targets:
            if "POSITION" not in target:
                continue
            accessor = self._document.accessors[target["POSITION"]]
            if accessor.type != "VEC3":
                raise VrmRefused("vrm_index", "an expression does not move points")
            values = [] if accessor.buffer_view is None else [self._dense(accessor)]
            if accessor.sparse is not None:
                part = accessor.sparse
                values.append(
                    self._checker.read(
                        part.values.buffer_view, part.values.byte_offset,
                        accessor.component_type, 3, part.count,
                    )
                )  # fmt: skip
            for some in values:
                far = float(np.abs(some.astype(float)).max()) / self._whole(accessor)
                most = max(most, far if np.isfinite(far) else np.inf)
        return most

    def _dense(self, accessor: Accessor) -> NDArray[np.generic]:
        assert accessor.buffer_view is not None
        return self._checker.read(
            accessor.buffer_view, accessor.byte_offset, accessor.component_type, 3, accessor.count
        )

    def _whole(self, accessor: Accessor) -> float:
        return WHOLE.get(accessor.component_type, 1.0) if accessor.normalized else 1.0

    def _floats(self, accessor: Accessor, unit: bool = False) -> Array:
        """Return an accessor's numbers; `unit`: whole numbers stand for 0 to 1."""
        values = self._values(accessor).astype(np.float64)
        one = WHOLE.get(accessor.component_type, 1.0) if unit else self._whole(accessor)
        return values / one

    def _values(self, accessor: Accessor) -> NDArray[np.generic]:
        values = self._checker.values(accessor)
        if values is None:
            raise VrmRefused("vrm_packed", "some of its points are not in the file as they are")
        return values


def _local(node: Node) -> Array:
    """Return a node's matrix within its parent's."""
    if node.matrix is not None:
        return np.array(node.matrix, float).reshape(4, 4).T
    x, y, z, w = node.rotation or (0.0, 0.0, 0.0, 1.0)
    turn = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    found = np.eye(4)
    found[:3, :3] = turn * np.array(node.scale or (1.0, 1.0, 1.0))
    found[:3, 3] = node.translation or (0.0, 0.0, 0.0)
    return found
