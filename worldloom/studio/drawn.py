"""What a drawing of a world shows: its entities as solids, its people, numbers and a legend."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from worldloom.kernel.cells import EntityState
from worldloom.kernel.components import Color, Model, Portal, Shape, Text
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.schema import Component, decode
from worldloom.kernel.space import Pose, own_pose
from worldloom.studio.drawing import Array, Kind, Picture, Solid
from worldloom.studio.glb_parts import INSTANCED

Bounds = tuple[tuple[float, float, float], tuple[float, float, float]]
"""The lowest and the highest corner, in metres."""
ReadBounds = Callable[[str], Sequence[Bounds]]
"""Returns the bounds of a model's parts by its sha256."""
C = TypeVar("C", bound=Component)
RING_BALLS: Final = 20
PARTS_MAX: Final = 16
"""Boxes of one model, the largest ones."""
PERSON: Final = (0.85, 0.32, 0.14)
MODEL: Final = "#4a5568"
DIGITS: Final = (
    "111101101101111", "010110010010111", "111001111100111", "111001111001111", "101101111001001",
    "111100111001111", "111100111101111", "111001001010010", "111101111101111", "111101111001111",
)  # fmt: skip
"""Three columns and five rows of each digit."""


class Mark(NamedTuple):
    """One number in a picture: whose, where in pixels, and how many of them it covers."""

    id: int
    x: int
    y: int
    pixels: int


def pose_of(entities: Mapping[int, EntityState], id: int) -> Pose:
    """Return an entity's pose in the world."""
    chain: list[Pose] = []
    entity = entities.get(id)
    while entity is not None and len(chain) <= LIMITS.entity_depth_max:
        chain.append(own_pose(entity))
        entity = None if entity.parent is None else entities.get(entity.parent)
    pose = Pose()
    for one in reversed(chain):
        pose = pose.under(one)
    return pose


def solids_of_one(
    entity: EntityState, pose: Pose, bounds: ReadBounds, heated: bool = False
) -> Iterator[Solid]:
    """Yield what is drawn of one entity as solids; where it is heated, its shape is a mesh."""
    color = read_of(entity, Color)
    shape, text = read_of(entity, Shape), read_of(entity, Text)
    if shape is not None and not heated:
        paint = rgb((color or Color()).value)
        for kind, size, about in parts_of(shape):
            yield Solid(frame(pose, size, about), kind, paint, entity.id)
    if text is not None and text.value:
        lines = text.value.split("\n")
        wide = max(min(text.width, 0.55 * text.size * max(map(len, lines))), text.size)
        plate = (wide, text.size * 1.3 * len(lines), 0.02)
        yield Solid(frame(pose, plate), "box", rgb(text.color), entity.id, True)
    portal = read_of(entity, Portal)
    if portal is not None:
        edge, middle = 2 * portal.radius, (0.0, portal.radius, 0.0)
        door = frame(pose, (edge, edge, 0.1), middle)
        yield Solid(door, "box", rgb(portal.color), entity.id, True)
    model = read_of(entity, Model)
    parts = bounds(model.asset) if model is not None and model.asset else ()
    if model is not None and parts:
        lows, highs = np.array([low for low, _ in parts]), np.array([high for _, high in parts])
        shift = np.zeros(3)
        if model.anchor == "floor":
            low, high = lows.min(0), highs.max(0)
            shift = -np.array([(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2])
        paint = rgb((color or Color(MODEL)).value)
        for low, high in zip(lows, highs, strict=True):
            made = frame(pose, high - low, (low + high) / 2 + shift)
            yield Solid(made, "box", paint, entity.id, True)


def parts_of(shape: Shape) -> Iterator[tuple[Kind, Sequence[float], Sequence[float]]]:
    """Yield the unit solids of a shape: kind, size and middle in metres."""
    x, y, z = shape.size
    if shape.kind == "sphere":
        yield "ball", (x, y, z), (0, 0, 0)
    elif shape.kind in ("cylinder", "cone"):
        yield ("cone" if shape.kind == "cone" else "cylinder"), (x, y, z), (0, 0, 0)
    elif shape.kind == "capsule":
        rest = max(y - x, 0.0)
        yield "cylinder", (x, rest, z), (0, 0, 0)
        for end in (-rest / 2, rest / 2):
            yield "ball", (x, min(x, y), z), (0, end, 0)
    elif shape.kind == "torus":
        for turn in np.arange(RING_BALLS) * (2 * math.pi / RING_BALLS):
            middle = (math.cos(turn) * (x - y) / 2, 0.0, math.sin(turn) * (z - y) / 2)
            yield "ball", (max(y, x / 8), y, max(y, x / 8)), middle
    else:
        yield "box", (x, max(y, 0.002), z), (0, 0, 0)


def person(place: Sequence[float], id: int) -> list[Solid]:
    """Return a visitor who stands at a place: a body and a head."""
    pose = Pose((place[0], place[1], place[2]))
    return [
        Solid(frame(pose, (0.45, 1.35, 0.45), (0, 0.68, 0)), "cylinder", PERSON, id),
        Solid(frame(pose, (0.36, 0.36, 0.36), (0, 1.55, 0)), "ball", PERSON, id),
    ]


def frame(
    pose: Pose, size: Sequence[float] | Array, middle: Sequence[float] | Array = (0, 0, 0)
) -> Array:
    """Return the affine frame (3, 4) of a unit solid of a size about a point of a pose."""
    x, y, z, w = pose.rotation
    turn = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    turned = turn * np.asarray(pose.scale, float)
    made = np.empty((3, 4))
    made[:, :3] = turned * np.maximum(np.asarray(size, float), 1e-3)
    made[:, 3] = np.asarray(pose.position) + turned @ np.asarray(middle, float)
    return made


def rgb(value: str) -> tuple[float, float, float]:
    """Return the parts of `#rrggbb`, 0 to 1."""
    red, green, blue = (int(value[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def read_of(entity: EntityState, kind: type[C]) -> C | None:
    """Return a component of an entity, None where it has none."""
    cell = entity.cells.get(kind.__kind__.name)
    return None if cell is None else decode(kind, cell.data, cell.version)


# -- numbers ------------------------------------------------------------------------------------


def marks_of(
    picture: Picture, most: int, wholes: Mapping[int, int] | None = None, pixels_min: int = 12
) -> list[Mark]:
    """Return who covers enough of a picture to be numbered, the largest first.

    `wholes`: the id of a part → that of the thing which has the number for it.
    """
    height, width = picture.ids.shape
    flat = picture.ids.ravel()
    if wholes:
        kinds, at = np.unique(flat, return_inverse=True)
        flat = np.array([wholes.get(id, id) for id in kinds.tolist()])[at.ravel()]
    where = np.flatnonzero(flat)
    if not len(where):
        return []
    owners, back, counts = np.unique(flat[where], return_inverse=True, return_counts=True)
    x = np.bincount(back, where % width) / counts
    y = np.bincount(back, where // width) / counts
    order = np.argsort(-counts, kind="stable")
    marks = []
    for at in order[:most]:
        if counts[at] < pixels_min:
            break
        own = where[back == at]
        # The middle of a ring is not the ring's: the number stands on the nearest pixel of its own.
        gap = (own % width - x[at]) ** 2 + (own // width - y[at]) ** 2
        spot = int(own[gap.argmin()])
        marks.append(Mark(int(owners[at]), spot % width, spot // width, int(counts[at])))
    return marks


def number(pixels: NDArray[np.uint8], marks: Sequence[Mark]) -> None:
    """Write 1, 2, 3 … at the marks, dark on a light plate, into the picture itself."""
    for at, mark in enumerate(marks, 1):
        plate = plate_of(at)
        height, width = plate.shape
        top = min(max(0, mark.y - height // 2), pixels.shape[0] - height)
        left = min(max(0, mark.x - width // 2), pixels.shape[1] - width)
        pixels[top : top + height, left : left + width, :3] = plate[..., None]


def plate_of(value: int) -> NDArray[np.uint8]:
    """Return a number as dark digits on white, with a dark edge: rows of grey."""
    digits = [np.array([int(bit) for bit in DIGITS[int(one)]]).reshape(5, 3) for one in str(value)]
    line = np.concatenate([np.pad(one, ((0, 0), (0, 1))) for one in digits], 1)[:, :-1]
    ink = np.kron(np.pad(line, 1), np.ones((2, 2), int))
    return np.pad(np.where(ink == 1, 20, 255), 1, constant_values=20).astype(np.uint8)


# -- models -------------------------------------------------------------------------------------


def bounds_of_glb(head: bytes) -> tuple[Bounds, ...]:
    """Return the bounds of a model's largest parts by its GLB's JSON; none where it says none.

    `head` is all up to that chunk's end. What is drawn many times is left out.
    """
    found: list[tuple[float, Bounds]] = []
    try:
        (size,) = struct.unpack_from("<I", head, 12)
        document = json.loads(head[20 : 20 + size])
        scene = document["scenes"][document.get("scene", 0)]
        for matrix, low, high in _boxes(document, scene.get("nodes", []), np.eye(4), 0):
            points = np.array([(matrix @ np.append(one, 1.0))[:3] for one in _corners(low, high)])
            if np.isfinite(points).all():
                least, most = points.min(0).tolist(), points.max(0).tolist()
                box = (least[0], least[1], least[2]), (most[0], most[1], most[2])
                found.append((math.dist(*box), box))
    except (struct.error, ValueError, LookupError, TypeError, RecursionError, AttributeError):
        return ()
    found.sort(key=lambda one: -one[0])
    return tuple(box for _, box in found[:PARTS_MAX])


def _corners(low: Array, high: Array) -> Iterator[Array]:
    for pick in range(8):
        yield np.array([high[i] if pick >> i & 1 else low[i] for i in range(3)])


def _boxes(
    document: dict[str, Any], nodes: Sequence[int], outer: Array, depth: int
) -> Iterator[tuple[Array, Array, Array]]:
    """Yield (matrix, low, high) of each mesh that stands in one place."""
    if depth > LIMITS.entity_depth_max:
        return
    for index in nodes:
        node = document["nodes"][index]
        matrix = outer @ _matrix(node)
        alone = "mesh" in node and INSTANCED not in node.get("extensions", {})
        for primitive in document["meshes"][node["mesh"]]["primitives"] if alone else ():
            accessor = document["accessors"][primitive["attributes"]["POSITION"]]
            low, high = (np.array(accessor[name][:3], float) for name in ("min", "max"))
            if accessor.get("normalized"):
                most = {5120: 127, 5121: 255, 5122: 32767, 5123: 65535}[accessor["componentType"]]
                low, high = low / most, high / most
            yield matrix, low, high
        yield from _boxes(document, node.get("children", ()), matrix, depth + 1)


def _matrix(node: Mapping[str, Any]) -> Array:
    made = np.eye(4)
    if "matrix" in node:
        made = np.array(node["matrix"], float).reshape(4, 4).T
        return made
    pose = Pose(
        tuple(node.get("translation", (0, 0, 0))), tuple(node.get("rotation", (0, 0, 0, 1)))
    )
    made[:3] = frame(pose, (1, 1, 1))
    made[:3, :3] = made[:3, :3] * np.array(node.get("scale", (1, 1, 1)), float)
    return made
