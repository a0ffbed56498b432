"""The avatars' files: a GLB for each part of the wardrobe, and the list that says how they move.

Every part shares one skeleton. `_SLOT` says which of a visitor's colours multiplies COLOR_0, whose
alpha is baked occlusion. All numbers are as small as the eye allows, because small differences
between neighbours are what the codec turns into few bytes.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import numpy as np

from worldloom.studio.figure import measures
from worldloom.studio.figure.clips import FRAMES, Clip, clips
from worldloom.studio.figure.pieces import SLOTS, Whole
from worldloom.studio.figure.rig import JOINTS, PARENTS, REST
from worldloom.studio.figure.wardrobe import KINDS, PARTS, make, rules
from worldloom.studio.geometry.light import Baker
from worldloom.studio.geometry.mesh import Array, Mesh, merge
from worldloom.studio.geometry.order import tidy
from worldloom.studio.geometry.solids import plain_box
from worldloom.studio.gltf import (
    INDEX_TARGET,
    INT8,
    INT16,
    UINT8,
    UINT16,
    VERTEX_TARGET,
    GlbWriter,
)
from worldloom.studio.meshopt import encode_vertices

STEP_M: Final = {"face": 0.0002, "glasses": 0.0003, "hands": 0.0003}
"""What positions are whole steps of; half a millimetre where nothing else is said."""
STRIDE: Final = 28
BRIGHT: Final = 4.0
"""COLOR_0 of 1 is this many times a slot's colour, and its alpha this many times open."""
NORMAL: Final = 44
"""How long a stored normal is."""
GROUND = plain_box(8, 0.1, 8).moved(0, -0.05, 0)
AROUND: Final = {
    "face": "face-oval", "top": "top-shirt", "bottom": "bottom-trousers", "shoes": "shoes-boots",
    "hands": "hands",
}  # fmt: skip
"""What stands about a part while its occlusion is baked."""
BESIDE: Final = {
    "hair": ("face", "top"), "beard": ("face",), "glasses": ("face",), "hat": ("face",),
    "face": ("top",), "top": ("face", "bottom"), "bottom": ("top", "shoes"), "shoes": ("bottom",),
    "extra": ("face", "top", "bottom"), "arms": ("top",), "hands": ("top",), "legs": ("shoes",),
}  # fmt: skip


@cache
def _made(name: str) -> Whole:
    return make(name)


def occlusion(name: str, shape: Mesh) -> Array:
    """Return how open each vertex of a part is, among what is usually worn with it."""
    kind = name.partition("-")[0]
    beside = [_made(AROUND[one]).shape for one in BESIDE[kind] if one in AROUND]
    scene = Baker(merge([shape, *beside, GROUND]))
    return scene.occlusion(shape, 64, 0.30, 0.003) ** 0.9


def bake_part(name: str) -> bytes:
    """Return a part's GLB, its occlusion baked."""
    whole = _made(name)
    writer = GlbWriter("worldloom avatar", packed=True)
    step = STEP_M.get(name.partition("-")[0], 0.0005)
    rows = _rows(whole, 0.28 + 0.72 * occlusion(name, whole.shape), step)
    same, number = np.unique(rows, axis=0, return_inverse=True)
    triangles, old = tidy(number.reshape(-1)[whole.shape.triangles], len(same))
    rows = same[old]
    indices = writer.accessor(
        triangles.ravel().astype(np.uint16), UINT16, "SCALAR", target=INDEX_TARGET
    )
    primitive = {"attributes": _vertices(writer, rows), "indices": indices}
    writer.document["meshes"].append({"primitives": [primitive]})
    writer.node(mesh=0, scale=[step * 32767] * 3)
    return writer.finish()


def _rows(whole: Whole, open_sky: Array, step: float) -> Any:
    """Return a part's vertices as they are stored, one row each."""
    shape = whole.shape
    rows = np.zeros((len(whole.slots), STRIDE), np.uint8)
    places = np.round(shape.positions / step).astype(np.int16)
    rows[:, 0:6] = places.view(np.uint8)
    rows[:, 8:11] = np.round(shape.normals * NORMAL).astype(np.int8).view(np.uint8)
    rows[:, 12:15] = np.round(np.clip(shape.colors / BRIGHT, 0, 1) * 255)
    rows[:, 15] = np.round(np.clip(open_sky, 0, 1) / BRIGHT * 255)
    joints, units = _strongest(whole.weights)
    rows[:, 16:20], rows[:, 20:24], rows[:, 24] = joints, units, whole.slots
    return rows


def _vertices(writer: GlbWriter, rows: Any) -> dict[str, int]:
    """Vertex data in one interleaved view."""
    count = len(rows)
    places = np.ascontiguousarray(rows[:, 0:6]).view(np.int16)
    about = {"stride": STRIDE, "target": VERTEX_TARGET, "count": count, "size": STRIDE}
    view = writer.view(rows.tobytes(), encode_vertices(rows), mode="ATTRIBUTES", **about)

    def accessor(offset: int, component: int, kind: str, **more: Any) -> int:
        found = {"bufferView": view, "byteOffset": offset, "componentType": component}
        writer.document["accessors"].append({**found, "count": count, "type": kind, **more})
        return len(writer.document["accessors"]) - 1

    bounds = {"min": places.min(0).tolist(), "max": places.max(0).tolist()}
    return {
        "POSITION": accessor(0, INT16, "VEC3", normalized=True, **bounds),
        "NORMAL": accessor(8, INT8, "VEC3", normalized=True),
        "COLOR_0": accessor(12, UINT8, "VEC4", normalized=True),
        "JOINTS_0": accessor(16, UINT8, "VEC4"),
        "WEIGHTS_0": accessor(20, UINT8, "VEC4", normalized=True),
        "_SLOT": accessor(24, UINT8, "SCALAR"),
    }


def _strongest(weights: Array) -> tuple[Array, Array]:
    """Return the four strongest joints of each vertex and their weights in 255ths."""
    joints = np.sort(np.argsort(-weights, axis=1, kind="stable")[:, :4], axis=1)
    share = np.take_along_axis(weights, joints, 1)
    # In steps of 15, so that small shares vanish and equal ones are equal.
    units = np.round(share / share.sum(1, keepdims=True) * 17).astype(int) * 15
    row = np.arange(len(units))
    units[row, units.argmax(1)] += 255 - units.sum(1)
    # A joint without weight costs least as the one that is there anyway.
    strongest = joints[row, units.argmax(1)]
    return np.where(units > 0, joints, strongest[:, None]), units


def listing() -> dict[str, Any]:
    """Return what the client needs beside the parts: joints, measures, rules and clips."""
    return {
        "bright": BRIGHT,
        "slots": SLOTS,
        "joints": [[joint, PARENTS[joint], *np.round(REST[joint], 5).tolist()] for joint in JOINTS],
        "base": measures.BASE,
        "tall": measures.TALL,
        "measures": measures.MEASURES,
        "kinds": list(KINDS),
        "parts": rules(),
        "frames": FRAMES,
        "clips": [packed(clip) for clip in clips()],
    }


def packed(clip: Clip) -> dict[str, Any]:
    """Return a clip as plain data: turns in 16 bits, the hips' way in tenths of millimetres."""
    joints = list(clip.turns)
    turns = np.stack([_steady(clip.turns[joint]) for joint in joints], 1)
    found: dict[str, Any] = {
        "name": clip.name,
        "seconds": clip.seconds,
        "joints": [JOINTS.index(joint) for joint in joints],
        "turns": _base64(np.round(turns * 32767).astype("<i2")),
    }
    if clip.hips is not None:
        found["hips"] = _base64(np.round(clip.hips * 10_000).astype("<i2"))
    return found


def _steady(turns: Array) -> Array:
    """Return the same turns with signs that follow the frame before."""
    found = turns.copy()
    for at in range(1, len(found)):
        if found[at] @ found[at - 1] < 0:
            found[at] *= -1
    return found


def _base64(values: Any) -> str:
    return base64.b64encode(values.tobytes()).decode()


def bake() -> dict[str, bytes]:
    """Return every file of the wardrobe by its name."""
    files = {f"{name}.glb": bake_part(name) for name in PARTS}
    text = json.dumps(listing(), separators=(",", ":"), allow_nan=False)
    return {**files, "wardrobe.json": text.encode()}


def names_of(choice: Mapping[str, int], titles: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Return field → name of a choice, for those fields that have parts."""
    return {kind: titles[kind][choice[kind]] for kind in KINDS}
