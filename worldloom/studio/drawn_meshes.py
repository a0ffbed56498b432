"""What a drawing shows as triangles: models, copies from arrays, paths, and heat."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from worldloom.kernel.cells import EntityState
from worldloom.kernel.components import Model, Shape
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.space import Pose
from worldloom.kernel.things import Heat, Instances, Path
from worldloom.studio.drawing import Array, Solid
from worldloom.studio.drawn import (
    MODEL,
    Bounds,
    ReadBounds,
    frame,
    parts_of,
    pose_of,
    read_of,
    rgb,
    solids_of_one,
)
from worldloom.studio.drawn_arrays import (
    Faces,
    ReadAsset,
    heated,
    instances_of,
    numbers_of,
    path_of,
    sheet_of,
    solid_of,
)
from worldloom.studio.glb_mesh import Corners
from worldloom.studio.meshes import Lens, Mesh

ROUND: Final = 24
"""Around how many corners a heated solid goes."""
HALVINGS: Final = 2
"""How often the triangles of a heated solid are parted into four."""
LINE_TRIANGLES: Final = 12_000
SHEET_TRIANGLES: Final = 20_000


class Sources(NamedTuple):
    """What a drawing reads beside the entities."""

    corners: Callable[[str], Corners | None]
    """Returns the triangles of a model by its sha256."""
    read: ReadAsset
    """Returns the bytes of an array's file by its sha256."""
    lens: Lens


def things_of(
    entities: Mapping[int, EntityState], near: Sequence[int], bounds: ReadBounds, sources: Sources
) -> tuple[list[Solid | Mesh], int]:
    """Return what is drawn of some entities, the first ones first, and how many are left out."""
    things: list[Solid | Mesh] = []
    room = LIMITS.picture_triangles_max
    for number, id in enumerate(near):
        if len(things) >= LIMITS.picture_solids_max:
            return things, len(near) - number
        entity, pose = entities[id], pose_of(entities, id)
        meshes = list(meshes_of_one(entity, pose, sources, room))
        room -= sum(len(one.colors) for one in meshes if isinstance(one, Mesh))
        things += meshes
        whole = bool(meshes) and read_of(entity, Model) is not None
        heated = bool(meshes) and is_heated(entity)
        things += solids_of_one(entity, pose, _no_bounds if whole else bounds, heated)
    return things, 0


def _no_bounds(asset: str) -> Sequence[Bounds]:
    return ()


def meshes_of_one(
    entity: EntityState, pose: Pose, sources: Sources, room: int
) -> Iterator[Mesh | Solid]:
    """Yield what is drawn of one entity as triangles, within so many."""
    placed = frame(pose, (1, 1, 1))
    lens, read = sources.lens, sources.read
    copies, line, heat = read_of(entity, Instances), read_of(entity, Path), read_of(entity, Heat)
    numbers = None if heat is None else numbers_of(heat.data, heat.asset, read)
    yield from _model(entity, pose, sources, room, heat, numbers)
    if copies is not None:
        rows = numbers_of(copies.data, copies.asset, read)
        if rows is not None and len(rows):
            yield Mesh(*instances_of(copies, rows, placed, lens, room), entity.id)
    if line is not None:
        points = numbers_of(line.data, line.asset, read)
        if points is None:
            points = np.array(line.points, float).reshape(-1, 3)
        if points.ndim == 2 and points.shape[1] == 3 and len(points) > 1:
            most = min(room, LINE_TRIANGLES)
            yield Mesh(*path_of(line, points.astype(float), placed, lens, most), entity.id)
    if heat is None or numbers is None or numbers.ndim != 2 or not numbers.size:
        return
    if heat.over == "grid":
        most = min(room, SHEET_TRIANGLES)
        yield Mesh(*sheet_of(heat, numbers.astype(float), placed, most), entity.id)
    elif numbers.shape[1] == 4:
        shape = read_of(entity, Shape)
        if shape is not None:
            yield Mesh(*_heated_shape(heat, numbers.astype(float), shape, placed), entity.id)


def is_heated(entity: EntityState) -> bool:
    """Tell whether the colours of an entity's own solid come from numbers."""
    heat = read_of(entity, Heat)
    return heat is not None and heat.over == "thing"


def _model(
    entity: EntityState,
    pose: Pose,
    sources: Sources,
    room: int,
    heat: Heat | None,
    numbers: NDArray[Any] | None,
) -> Iterator[Mesh | Solid]:
    model = read_of(entity, Model)
    found = sources.corners(model.asset) if model is not None and model.asset else None
    if model is None or found is None or not 0 < len(found.corners) <= room:
        return
    shift = shift_of(model, found)
    local = found.corners + shift.astype(np.float32)
    colors = found.colors
    if heat is not None and numbers is not None and heat.over == "thing":
        if numbers.ndim == 2 and numbers.shape[1] == 4 and numbers.size:
            colors = heated(heat, numbers.astype(float), local.astype(float)).astype(np.float32)
    turned = frame(pose, (1, 1, 1), shift)
    corners = found.corners @ turned[:, :3].T + turned[:, 3]
    yield Mesh(corners.astype(np.float32), colors, entity.id)
    for low, high in found.boxes:
        rest = frame(pose, high - low, (low + high) / 2 + shift)
        yield Solid(rest, "box", rgb(MODEL), entity.id, True)


def shift_of(model: Model, found: Corners) -> Array:
    """Return how a model is moved so that its anchor is where its entity is."""
    if model.anchor != "floor":
        return np.zeros(3)
    points = np.concatenate([found.corners.reshape(-1, 3), found.boxes.reshape(-1, 3)])
    low, high = points.min(0), points.max(0)
    return np.array([-(low[0] + high[0]) / 2, -low[1], -(low[2] + high[2]) / 2], float)


def _heated_shape(heat: Heat, measured: Array, shape: Shape, placed: Array) -> Faces:
    """Return a solid as triangles fine enough for its colours to go over."""
    parts = []
    for kind, size, middle in parts_of(shape):
        solid = solid_of("sphere" if kind == "ball" else kind, ROUND)
        for _ in range(HALVINGS if kind == "box" else 1):
            solid = _parted(solid)
        parts.append(solid * np.array(size) + np.array(middle))
    local = np.concatenate(parts)
    colors = heated(heat, measured, local)
    corners = local @ placed[:, :3].T + placed[:, 3]
    return corners.astype(np.float32), colors.astype(np.float32)


def _parted(triangles: Array) -> Array:
    """Part each triangle into four."""
    a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
    four = ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))
    return np.concatenate([np.stack(one, 1) for one in four])
