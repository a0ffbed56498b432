"""The avatar: one skinned mesh of 17 joints whose six colours any look can set, as a GLB.

`_SLOT` 0 skin, 1 hair, 2 top, 3 bottom, 4 shoes, 5 accent take the look's colour times COLOR_0;
6 keeps its own colour (eyes, mouth). Morph target 0 closes the eyes; idle and wave use it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from worldloom.studio.figure.body import Figure, dress
from worldloom.studio.figure.clips import Clip, clips
from worldloom.studio.figure.head import add_head
from worldloom.studio.figure.rig import JOINTS, PARENTS, Rest, rest
from worldloom.studio.geometry.light import Baker
from worldloom.studio.geometry.mesh import Array, Mesh, merge
from worldloom.studio.geometry.solids import plain_box
from worldloom.studio.gltf import FLOAT, INT8, INT16, UINT8, VERTEX_TARGET, GlbWriter

GROUND = plain_box(8, 0.1, 8).moved(0, -0.05, 0)


def figure() -> tuple[Mesh, Array, Array, Array]:
    """Return the whole body: mesh, slots (n,), weights (n, 17), blink offsets (n, 3) in metres."""
    made, joints = Figure(), rest()
    dress(made, joints)
    add_head(made, joints)
    return made.whole()


def bake(packed: bool = True) -> bytes:
    """Return the avatar's GLB, its occlusion baked, quantised."""
    shape, slots, weights, blinks = figure()
    open_sky = Baker(merge([shape, GROUND])).occlusion(shape, 64, 0.35, 0.004) ** 0.9
    writer = GlbWriter("worldloom avatar", packed)
    attributes, scale = _vertices(writer, shape, 0.25 + 0.75 * open_sky, slots, weights)
    target = _padded(np.round(blinks / scale * 32767), np.int16)
    blink = writer.accessor(target, INT16, "VEC3", True, VERTEX_TARGET, bounds=True)
    extras = {"worldloom": {"surface": "avatar", "tier": "low", "shadow": True, "solid": False}}
    material = writer.material("avatar", 0.72, extras=extras)
    mesh = writer.mesh("avatar", attributes, writer.indices(shape), material)
    made = writer.document["meshes"][mesh]
    made["primitives"][0]["targets"] = [{"POSITION": blink}]
    made["weights"] = [0.0]
    made["extras"] = {"targetNames": ["blink"]}
    joints = rest()
    body = _skeleton(writer, mesh, joints, scale)
    writer.document["animations"] = [_animation(writer, clip, body) for clip in clips(joints)]
    return writer.finish()


def _padded(values: Array, kind: Any) -> Any:
    """Three columns as four, so that rows are multiples of four bytes."""
    rows = np.zeros((len(values), 4), kind)
    rows[:, : values.shape[1]] = values
    return rows


def _vertices(
    writer: GlbWriter, shape: Mesh, occlusion: Array, slots: Array, weights: Array
) -> tuple[dict[str, int], float]:
    """Vertex data about the origin; the scale to undo goes into the bind matrices."""
    scale = float(np.abs(shape.positions).max())
    places = _padded(np.round(shape.positions / scale * 32767), np.int16)
    colors = np.c_[np.clip(shape.colors, 0, 1), np.clip(occlusion, 0, 1)]
    strongest = np.sort(np.argsort(-weights, axis=1, kind="stable")[:, :4], axis=1)
    share = np.take_along_axis(weights, strongest, 1)
    units = np.round(share / share.sum(1, keepdims=True) * 255).astype(int)
    row = np.arange(len(units))
    units[row, units.argmax(1)] += 255 - units.sum(1)
    vertex = VERTEX_TARGET
    made = {
        "POSITION": writer.accessor(places, INT16, "VEC3", True, vertex, bounds=True),
        "NORMAL": writer.accessor(
            _padded(np.round(shape.normals * 127), np.int8), INT8, "VEC3", True, vertex
        ),
        "COLOR_0": writer.accessor(
            np.round(colors * 255).astype(np.uint8), UINT8, "VEC4", True, vertex
        ),
        "JOINTS_0": writer.accessor(strongest.astype(np.uint8), UINT8, "VEC4", False, vertex),
        "WEIGHTS_0": writer.accessor(units.astype(np.uint8), UINT8, "VEC4", True, vertex),
        "_SLOT": writer.accessor(_padded(slots[:, None], np.uint8), UINT8, "SCALAR", False, vertex),
    }
    return made, scale


def _skeleton(writer: GlbWriter, mesh: int, joints: Rest, scale: float) -> int:
    """Joint nodes, the skin, and the body's node, whose index is returned."""
    for joint in JOINTS:
        parent = PARENTS.get(joint)
        offset = joints[joint] - (joints[parent] if parent else 0)
        children = [i for i, other in enumerate(JOINTS) if PARENTS.get(other) == joint]
        fields: dict[str, Any] = {"name": joint, "translation": offset.tolist()}
        if children:
            fields["children"] = children
        writer.node(root=False, **fields)
    bind = np.zeros((len(JOINTS), 4, 4), np.float32)
    for i, joint in enumerate(JOINTS):
        inverse = np.eye(4)
        inverse[:3, 3] = -joints[joint]
        bind[i] = (inverse @ np.diag([scale, scale, scale, 1])).T
    matrices = writer.accessor(bind.reshape(len(JOINTS), 16), FLOAT, "MAT4")
    skin = {"joints": list(range(len(JOINTS))), "inverseBindMatrices": matrices, "skeleton": 0}
    writer.document["skins"] = [skin]
    body = writer.node(root=False, name="body", mesh=mesh, skin=0)
    writer.node(name="avatar", children=[0, body])
    return body


def _animation(writer: GlbWriter, clip: Clip, body: int) -> dict[str, Any]:
    """A clip as glTF: rotations in 16 bits, still joints with two keys, the hips' way, the lids."""
    samplers: list[dict[str, Any]] = []
    channels: list[dict[str, Any]] = []

    def times(keys: Array) -> int:
        return writer.accessor(keys.astype(np.float32)[:, None], FLOAT, "SCALAR", bounds=True)

    def channel(keys: int, output: int, node: int, path: str) -> None:
        samplers.append({"input": keys, "output": output, "interpolation": "LINEAR"})
        channels.append({"sampler": len(samplers) - 1, "target": {"node": node, "path": path}})

    every, ends = times(clip.times), times(clip.times[[0, -1]])
    for joint, turns in clip.rotations.items():
        still = float(np.ptp(turns, axis=0).max()) < 1e-4
        keyed = np.repeat(turns[:1], 2, 0) if still else turns
        output = writer.accessor(np.round(keyed * 32767).astype(np.int16), INT16, "VEC4", True)
        channel(ends if still else every, output, JOINTS.index(joint), "rotation")
    output = writer.accessor(clip.hips.astype(np.float32), FLOAT, "VEC3")
    channel(every, output, JOINTS.index("hips"), "translation")
    if clip.blinks:
        keys, closed = clip.blink_keys()
        output = writer.accessor(closed.astype(np.float32)[:, None], FLOAT, "SCALAR")
        channel(times(keys), output, body, "weights")
    return {"name": clip.name, "samplers": samplers, "channels": channels}
