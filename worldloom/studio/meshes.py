"""Triangles for drawings: many at once by NumPy, the small ones in bulk, the large ones singly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

NEAR_M: Final = 0.05
LIGHT: Final = np.array([0.42, 0.81, 0.41])
SAMPLES: Final = 400_000
"""Pixels of small triangles that are looked at together."""
SIDES: Final = (2, 4, 8, 16, 32)
"""The squares of pixels in which small triangles are drawn together."""


class Mesh(NamedTuple):
    """Triangles of one thing: corners (n, 3, 3) in metres of the world, sRGB colours (n, 3)."""

    corners: NDArray[np.float32]
    colors: NDArray[np.float32]
    id: int
    """Whose they are: any number but 0."""


class Lens(NamedTuple):
    """What brings a point of the world into a picture: see `Camera`."""

    eye: Array
    right: Array
    up: Array
    ahead: Array
    unit: float
    """Metres a pixel, at one metre's distance or, without perspective, at any."""
    flat: bool
    """There is no perspective."""


class Canvas(NamedTuple):
    """The picture while it is drawn: colour (h, w, 3), depth (h, w) and whose each pixel is."""

    color: Array
    depth: Array
    ids: NDArray[np.int64]


class _Cut(NamedTuple):
    """Triangles in the picture: x, y in pixels and depth of the corners (n, 3), and their paint."""

    x: Array
    y: Array
    z: Array
    paint: Array

    def of(self, pick: Any) -> _Cut:
        return _Cut(self.x[pick], self.y[pick], self.z[pick], self.paint[pick])


def paint_mesh(
    canvas: Canvas, lens: Lens, mesh: Mesh, enough: Callable[[], bool] = lambda: False
) -> bool:
    """Draw a mesh where it is nearer than what is there; False: it was enough before the end."""
    cut = _seen(canvas, lens, mesh)
    height, width = canvas.depth.shape
    wide = np.maximum(np.ptp(cut.x, axis=1), np.ptp(cut.y, axis=1)) + 1
    done = np.zeros(len(wide), bool)
    for side in SIDES:
        rows = np.flatnonzero(~done & (wide <= side))
        done[rows] = True
        step = max(1, SAMPLES // (side * side))
        for start in range(0, len(rows), step):
            if enough():
                return False
            _small(canvas, lens, cut.of(rows[start : start + step]), side, mesh.id)
    large = np.flatnonzero(~done)
    for count, row in enumerate(large[np.argsort(cut.z[large].min(1), kind="stable")]):
        if count % 16 == 0 and enough():
            return False
        _large(canvas, lens, cut, int(row), mesh.id, width, height)
    return True


def shade_of(normals: Array) -> Array:
    """Return how bright faces are by their unit normals, as solids are."""
    return np.asarray(0.58 + 0.42 * np.clip(normals @ LIGHT, -0.35, 1))


def _seen(canvas: Canvas, lens: Lens, mesh: Mesh) -> _Cut:
    """Return the triangles in the picture, cut where they pass the lens."""
    from_eye = np.asarray(mesh.corners, float) - lens.eye
    normals = np.cross(from_eye[:, 1] - from_eye[:, 0], from_eye[:, 2] - from_eye[:, 0])
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    normals /= np.maximum(length, 1e-20)
    way = np.broadcast_to(lens.ahead, normals.shape) if lens.flat else from_eye[:, 0]
    normals *= -np.sign((normals * way).sum(1, keepdims=True) + 1e-30)
    paint = np.asarray(mesh.colors, float) * shade_of(normals)[:, None]
    local = from_eye @ np.stack([lens.right, lens.up, lens.ahead], 1)
    local, paint = _clipped(local, paint)
    height, width = canvas.depth.shape
    scale = lens.unit * (np.ones_like(local[..., 2]) if lens.flat else local[..., 2])
    x = local[..., 0] / scale + width / 2
    y = height / 2 - local[..., 1] / scale
    inside = (
        (x.max(1) > 0) & (x.min(1) < width) & (y.max(1) > 0) & (y.min(1) < height)
        & (np.abs(x).max(1) < 1e7) & (np.abs(y).max(1) < 1e7)
    )  # fmt: skip
    return _Cut(x[inside], y[inside], local[inside, :, 2], paint[inside])


def _clipped(local: Array, paint: Array) -> tuple[Array, Array]:
    """Cut off what is nearer than the lens sees: one corner away leaves two triangles."""
    front = local[..., 2] > NEAR_M
    count = front.sum(1)
    whole, two, one = count == 3, count == 2, count == 1
    kept, paints = [local[whole]], [paint[whole]]
    if one.any():
        a, b, c = _turned(local[one], front[one].argmax(1))
        kept.append(np.stack([a, _between(a, b), _between(a, c)], 1))
        paints.append(paint[one])
    if two.any():
        a, b, c = _turned(local[two], front[two].argmin(1))
        ab, ac = _between(a, b), _between(a, c)
        kept += [np.stack([ab, b, c], 1), np.stack([ab, c, ac], 1)]
        paints += [paint[two], paint[two]]
    return np.concatenate(kept), np.concatenate(paints)


def _turned(local: Array, first: NDArray[np.int64]) -> Iterator[Array]:
    """Yield the corners of triangles, beginning with one that is chosen for each."""
    rows = np.arange(len(local))
    return (local[rows, (first + step) % 3] for step in range(3))


def _between(one: Array, other: Array) -> Array:
    """Return where the way between two points passes the lens."""
    share = (NEAR_M - one[:, 2]) / (other[:, 2] - one[:, 2])
    return np.asarray(one + (other - one) * share[:, None])


def _small(canvas: Canvas, lens: Lens, cut: _Cut, side: int, id: int) -> None:
    """Draw triangles that each fit into a square of pixels."""
    height, width = canvas.depth.shape
    left, top = np.floor(cut.x.min(1)), np.floor(cut.y.min(1))
    steps = np.arange(side)
    columns = left[:, None, None] + steps[None, None, :]
    rows = top[:, None, None] + steps[None, :, None]
    columns, rows = np.broadcast_arrays(columns, rows)
    depth = _depth(cut, columns + 0.5, rows + 0.5, lens.flat)
    inside = np.isfinite(depth) & (columns >= 0) & (columns < width)
    inside &= (rows >= 0) & (rows < height)
    which, *_ = np.nonzero(inside)
    spot = (rows[inside] * width + columns[inside]).astype(np.int64)
    found = depth[inside]
    nearer = found < canvas.depth.reshape(-1)[spot]
    spot, found, which = spot[nearer], found[nearer], which[nearer]
    # Of several for one pixel the nearest is written last, so that it stays.
    order = np.argsort(-found, kind="stable")
    spot, found, which = spot[order], found[order], which[order]
    canvas.depth.reshape(-1)[spot] = found
    canvas.color.reshape(-1, 3)[spot] = cut.paint[which]
    canvas.ids.reshape(-1)[spot] = id


def _large(
    canvas: Canvas, lens: Lens, cut: _Cut, row: int, id: int, width: int, height: int
) -> None:
    """Draw one triangle over the part of the picture that it covers."""
    one = cut.of(slice(row, row + 1))
    left, right = max(0, int(one.x.min())), min(width, int(one.x.max()) + 1)
    top, bottom = max(0, int(one.y.min())), min(height, int(one.y.max()) + 1)
    columns, rows = np.meshgrid(np.arange(left, right) + 0.5, np.arange(top, bottom) + 0.5)
    depth = _depth(one, columns[None], rows[None], lens.flat)[0]
    window = np.s_[top:bottom, left:right]
    near = depth < canvas.depth[window]
    canvas.depth[window][near] = depth[near]
    canvas.color[window][near] = one.paint[0]
    canvas.ids[window][near] = id


def _depth(cut: _Cut, x: Array, y: Array, flat: bool) -> Array:
    """Return the depth of triangles (n) at spots (n, …), infinite outside of them."""
    wide = (slice(None), *(None,) * (x.ndim - 1))
    (ax, bx, cx), (ay, by, cy) = (part.T[(slice(None), *wide)] for part in (cut.x, cut.y))
    with np.errstate(divide="ignore", invalid="ignore"):
        area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        a = ((bx - x) * (cy - y) - (cx - x) * (by - y)) / area
        b = ((cx - x) * (ay - y) - (ax - x) * (cy - y)) / area
        c = 1 - a - b
        za, zb, zc = (cut.z if flat else 1 / cut.z).T[(slice(None), *wide)]
        mixed = a * za + b * zb + c * zc
        depth = mixed if flat else 1 / mixed
        inside = (a >= 0) & (b >= 0) & (c >= 0) & np.isfinite(depth)
    return np.where(inside, depth, np.inf)
