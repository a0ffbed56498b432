"""Instances, paths and heat as triangles for drawings, each within a number of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from worldloom.kernel import arrays
from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.things import Heat, Instances, Path
from worldloom.studio.glb_mesh import turns_of
from worldloom.studio.meshes import Lens

Array = NDArray[np.float64]
Faces = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Corners (n, 3, 3) and sRGB colours (n, 3)."""
ReadAsset = Callable[[str], bytes]
POINTS_MOST: Final = 64
"""Measured points of a heat over a thing that count, as in the client."""
PIXELS_MIN: Final = 1.3
"""So many pixels a line is wide at least, so that it can be seen."""
MAPS: Final = {
    "viridis": "440154 472d7b 3b528b 2c728e 21918c 28ae80 5ec962 addc30 fde725",
    "cividis": "00224e 123570 3b496c 575d6d 707173 8a8678 a59c74 c3b369 e1cc55 fee838",
    "magma": "000004 1c1044 4f127b 812581 b5367a e55964 fb8761 fec287 fcfdbf",
    "gray": "1a1a1a f5f5f5",
    "balance": "2166ac 67a9cf d1e5f0 f7f7f7 fddbc7 ef8a62 b2182b",
}
"""The client's own colours."""


def numbers_of(data: bytes, asset: str, read: ReadAsset) -> NDArray[Any] | None:
    """Return what an array holds, None where there is none that can be read."""
    try:
        return arrays.read(read(asset) if asset else data)
    except WorldloomError:
        return None


def instances_of(value: Instances, rows: NDArray[Any], pose: Array, lens: Lens, most: int) -> Faces:
    """Return copies: whole solids where all fit, else single triangles that face the lens."""
    places, turns, scales, colors = _columns(value, rows)
    solid = solid_of(value.kind)
    if len(places) * len(solid) <= most:
        sized = (solid * np.array(value.size)).reshape(1, -1, 3)
        shaped = sized * scales[:, None, None]
        if turns is not None:
            shaped = shaped @ turns_of(turns).swapaxes(1, 2)
        corners = (shaped + places[:, None, :]).reshape(-1, 3)
        return _faces(_placed(corners, pose), np.repeat(colors, len(solid), 0))
    spots = _placed(places, pose)
    near = np.argsort(np.linalg.norm(spots - lens.eye, axis=1), kind="stable")[:most]
    spots = spots[near]
    wide = float(np.mean(value.size)) * float(np.cbrt(abs(np.linalg.det(pose[:, :3])) + 1e-30))
    # Of a triangle with half a pixel's diagonal inside, some pixel's middle is always covered.
    radius = np.maximum(wide * scales[near] * 0.75, 1.45 * _pixel(spots, lens))
    ends = [
        lens.right * math.cos(turn) + lens.up * math.sin(turn)
        for turn in (math.pi / 2, math.pi * 7 / 6, math.pi * 11 / 6)
    ]
    corners = spots[:, None, :] + radius[:, None, None] * np.array(ends)
    return _faces(corners, colors[near])


def _columns(value: Instances, rows: NDArray[Any]) -> tuple[Array, Array | None, Array, Array]:
    """Return places, turns, factors of size and sRGB colours, one for each copy."""
    names = rows.dtype.names
    if names is None:
        places = np.asarray(rows, float).reshape(-1, 3)
        return places, None, np.ones(len(places)), _same(value.color, len(places))
    places = rows["position"].astype(float)
    turns = rows["rotation"].astype(float) / 32767 if "rotation" in names else None
    scales = rows["scale"].astype(float).reshape(-1) if "scale" in names else np.ones(len(places))
    colors = _same(value.color, len(places))
    if "color" in names:
        colors = rows["color"][:, :3].astype(float) / 255 * colors
    return places, turns, scales, colors


def path_of(value: Path, points: Array, pose: Array, lens: Lens, most: int) -> Faces:
    """Return a line as a tube of three sides, or as a lying ribbon; its dashes parted by gaps."""
    line = _finely(points, value, max(2, most // 6))
    start, end = line[:-1], line[1:]
    if value.dash > 0 and value.gap > 0:
        gone = np.cumsum(np.linalg.norm(end - start, axis=1))
        shown = gone % (value.dash + value.gap) < value.dash
        start, end = start[shown], end[shown]
    start, end = _placed(start, pose), _placed(end, pose)
    if not len(start):
        return _faces(np.empty((0, 3, 3)), np.empty((0, 3)))
    way = end - start
    side = np.cross(way, (0.0, 1.0, 0.0))
    upright = np.linalg.norm(side, axis=1) < 1e-9
    side[upright] = (1.0, 0.0, 0.0)
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    over = np.cross(side, way)
    over /= np.maximum(np.linalg.norm(over, axis=1, keepdims=True), 1e-12)
    scale = float(np.cbrt(abs(np.linalg.det(pose[:, :3])) + 1e-30))
    radius = np.maximum(value.width * scale, PIXELS_MIN * _pixel(start, lens))[:, None] / 2
    if value.kind == "ribbon":
        rings = [side, -side]
    else:
        turns = (0.0, 2 * math.pi / 3, 4 * math.pi / 3)
        rings = [side * math.cos(turn) + over * math.sin(turn) for turn in turns]
    faces = []
    for at in range(len(rings) if len(rings) > 2 else 1):
        one, other = rings[at] * radius, rings[(at + 1) % len(rings)] * radius
        faces.append(np.stack([start + one, end + one, end + other], 1))
        faces.append(np.stack([start + one, end + other, start + other], 1))
    corners = np.concatenate(faces)
    return _faces(corners, _same(value.color, len(corners)))


def _finely(points: Array, value: Path, most: int) -> Array:
    """Return the line itself: smooth ones as a Catmull-Rom curve that passes every point."""
    if value.closed and len(points) > 2:
        points = np.concatenate([points, points[:1]])
    if value.smooth and len(points) > 2:
        steps = max(1, min(8, most // len(points)))
        ends = (points[-2:-1], points[1:2]) if value.closed else (points[:1], points[-1:])
        around = np.concatenate([ends[0], points, ends[1]])
        a, b, c, d = (around[k : len(around) - 3 + k, None] for k in range(4))
        t = (np.arange(steps) / steps)[None, :, None]
        curve = 0.5 * (
            2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2
            + (3 * b - a - 3 * c + d) * t**3
        )  # fmt: skip
        points = np.concatenate([curve.reshape(-1, 3), points[-1:]])
    if len(points) > most:
        points = points[np.linspace(0, len(points) - 1, most).astype(int)]
    return points


def sheet_of(value: Heat, grid: Array, pose: Array, most: int) -> Faces:
    """Return a grid of numbers as a sheet of coloured cells, raised where it has a relief."""
    low, high = range_of(value, grid)
    side = max(2, int(math.sqrt(most / 2)))
    rows, columns = (
        np.unique(np.linspace(0, count - 1, min(count, side)).astype(int)) for count in grid.shape
    )
    grid = grid[np.ix_(rows, columns)]
    share = np.clip((grid - low) / (high - low), 0, 1)
    if 1 in grid.shape:
        share = np.broadcast_to(share, [max(2, count) for count in grid.shape])
    x = np.linspace(-0.5, 0.5, share.shape[1]) * value.size[0]
    z = np.linspace(-0.5, 0.5, share.shape[0]) * value.size[1]
    across, along = np.meshgrid(x, z)
    points = np.stack([across, share * value.relief, along], -1)
    a, b, c, d = points[:-1, :-1], points[:-1, 1:], points[1:, :-1], points[1:, 1:]
    corners = np.concatenate(
        [np.stack(one, -2).reshape(-1, 3, 3) for one in ((a, c, b), (b, c, d))]
    )
    middle = (share[:-1, :-1] + share[:-1, 1:] + share[1:, :-1] + share[1:, 1:]) / 4
    colors = np.tile(colors_of(value.map, middle.reshape(-1)), (2, 1))
    return _faces(_placed(corners.reshape(-1, 3), pose), colors)


def heated(value: Heat, measured: Array, corners: Array) -> Array:
    """Return the colours of triangles of a thing, by the numbers measured about it.

    The weights are the client's: the inverse of the distance to the power of four.
    """
    measured = measured[:POINTS_MOST]
    low, high = range_of(value, measured[:, 3])
    spots = corners.mean(1)
    sums, weights = np.zeros(len(spots)), np.zeros(len(spots))
    for x, y, z, number in measured:
        away = ((spots - (x, y, z)) ** 2).sum(1) + 1e-4
        sums += number / away**2
        weights += 1 / away**2
    return colors_of(value.map, (sums / weights - low) / (high - low))


def range_of(value: Heat, numbers: Array) -> tuple[float, float]:
    """Return from where to where a scale runs: as it is told, or over the numbers themselves."""
    if value.high > value.low:
        return value.low, value.high
    low, high = float(numbers.min()), float(numbers.max())
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def colors_of(name: str, shares: Array) -> Array:
    """Return the sRGB colours (n, 3) of shares from 0 to 1 on one of the maps."""
    stops = np.array([tuple(bytes.fromhex(one)) for one in MAPS[name].split()]) / 255
    at = np.clip(np.nan_to_num(shares), 0, 1) * (len(stops) - 1)
    return np.stack([np.interp(at, range(len(stops)), stops[:, k]) for k in range(3)], -1)


@cache
def solid_of(kind: str, fine: int = 8) -> Array:
    """Return the triangles of a unit solid, (n, 3, 3)."""
    if kind in ("box", "plane"):
        faces = []
        for axis in range(3):
            for end in (-0.5, 0.5):
                quad = np.full((4, 3), end)
                quad[:, (axis + 1) % 3] = (-0.5, 0.5, 0.5, -0.5)
                quad[:, (axis + 2) % 3] = (-0.5, -0.5, 0.5, 0.5)
                faces += [quad[[0, 1, 2]], quad[[0, 2, 3]]]
        box = np.array(faces)
        return box * (1.0, 0.0, 1.0) if kind == "plane" else box
    if kind == "torus":
        around = np.linspace(0, 2 * math.pi, fine + 1)
        outer = np.stack([np.cos(around), np.zeros(fine + 1), np.sin(around)], -1) * 0.5
        rings = [outer * (s, 1, s) + (0, y, 0) for s, y in ((1, 0), (0.6, 0.5), (0.6, -0.5))]
        return _walls([*rings, rings[0]])
    profile = {
        "cylinder": [(0.0, -0.5), (0.5, -0.5), (0.5, 0.5), (0.0, 0.5)],
        "cone": [(0.0, -0.5), (0.5, -0.5), (0.0, 0.5)],
    }.get(kind)
    if profile is None:
        rise = np.linspace(-math.pi / 2, math.pi / 2, fine // 2 + 1)
        profile = [(math.cos(one) / 2, math.sin(one) / 2) for one in rise]
    around = np.linspace(0, 2 * math.pi, fine + 1)
    circle = np.stack([np.cos(around), np.zeros(fine + 1), np.sin(around)], -1)
    return _walls([circle * radius + (0.0, height, 0.0) for radius, height in profile])


def _walls(rings: list[Array]) -> Array:
    """Return the triangles between rings of as many points; those without a size are left out."""
    made = []
    for low, high in zip(rings, rings[1:], strict=False):
        made.append(np.stack([low[:-1], high[:-1], high[1:]], 1))
        made.append(np.stack([low[:-1], high[1:], low[1:]], 1))
    found = np.concatenate(made)
    area = np.linalg.norm(np.cross(found[:, 1] - found[:, 0], found[:, 2] - found[:, 0]), axis=1)
    return np.asarray(found[area > 1e-9])


def _placed(points: Array, pose: Array) -> Array:
    """Bring points of an entity (n, 3) to the world by its frame (3, 4)."""
    return np.asarray(points @ pose[:, :3].T + pose[:, 3])


def _pixel(spots: Array, lens: Lens) -> Array:
    """Return how wide a pixel is out there, in metres."""
    if lens.flat:
        return np.full(len(spots), lens.unit)
    return np.asarray(np.maximum((spots - lens.eye) @ lens.ahead, 0.05) * lens.unit)


def _same(color: str, count: int) -> Array:
    return np.tile(np.array(tuple(bytes.fromhex(color[1:7]))) / 255, (count, 1))


def _faces(corners: Array, colors: Array) -> Faces:
    shaped = np.asarray(corners, np.float32).reshape(-1, 3, 3)
    sound = np.isfinite(shaped).all((1, 2))
    return shaped[sound], np.asarray(colors, np.float32)[sound]
