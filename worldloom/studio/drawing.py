"""A drawing of solids by NumPy alone, without a graphics card: what stands where, and its number.

Each solid is met by the rays of the part of the picture that it can cover, in its own frame, where
it is a unit box, ball, cylinder or cone; meshes are drawn triangle by triangle. It is a drawing and
not what the client shows: no textures, shadows or reflections, and what is glass (the bounds of a
model that is too much to draw) is tinted and edged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from worldloom.studio.meshes import NEAR_M, Canvas, Lens, Mesh, paint_mesh, shade_of

Array = NDArray[np.float64]
Kind = Literal["box", "ball", "cylinder", "cone"]

SKY: Final = (np.array([0.70, 0.82, 0.92]), np.array([0.93, 0.95, 0.95]))
GROUND: Final = (np.array([0.86, 0.87, 0.83]), np.array([0.74, 0.76, 0.72]))
FAR_M: Final = 1e4
GRID_M: Final = 5.0
EDGE_PIXELS: Final = 1.6
TINT: Final = 0.09
_CORNERS: Final = np.array(
    [[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)]
)


class Solid(NamedTuple):
    """One solid: an affine frame (3, 4) that brings a unit solid about the origin to the world."""

    frame: Array
    kind: Kind
    color: tuple[float, float, float]
    """Of the picture itself (sRGB), 0 to 1."""
    id: int
    """Whose it is: any number but 0."""
    glass: bool = False


class Camera(NamedTuple):
    """Where a picture is taken from, and how: `across_m` looks straight down on so many metres."""

    eye: tuple[float, float, float]
    yaw: float = 0.0
    """0 looks along -Z; counter-clockwise from above."""
    pitch: float = 0.0
    """Up, in radians."""
    fov: float = 1.2
    """The height of what is seen, in radians."""
    across_m: float = 0.0


class Picture(NamedTuple):
    """RGBA rows from the top, and for each pixel whose it is (0: nobody's)."""

    pixels: NDArray[np.uint8]
    ids: NDArray[np.int64]
    left_out: int = 0
    """Solids and meshes for which there was no time."""


def draw(
    things: Sequence[Solid | Mesh],
    camera: Camera,
    width: int,
    height: int,
    enough: Callable[[], bool] = lambda: False,
) -> Picture:
    """Return the picture of some things, the first ones first; no more are drawn once `enough`."""
    frame = _Frame(camera, width, height)
    frame.background()
    drawn = 0
    for one in sorted(things, key=_is_glass):  # glass tints what is behind it
        if enough():
            break
        if isinstance(one, Solid):
            frame.add(one)
        elif not paint_mesh(frame.canvas, frame.lens, one, enough):
            break
        drawn += 1
    pixels = np.full((height, width, 4), 255, np.uint8)
    pixels[..., :3] = np.round(np.clip(frame.color, 0, 1) * 255)
    return Picture(pixels, frame.ids, len(things) - drawn)


def lens_of(camera: Camera, height: int) -> Lens:
    """Return how a camera brings points into a picture of so many rows."""
    cy, sy = np.cos(camera.yaw), np.sin(camera.yaw)
    cp, sp = np.cos(camera.pitch), np.sin(camera.pitch)
    eye = np.asarray(camera.eye, float)
    if camera.across_m:
        right, up = np.array([1.0, 0, 0]), np.array([0.0, 0, -1])
        return Lens(eye, right, up, np.array([0.0, -1, 0]), camera.across_m / height, True)
    right = np.array([cy, 0, -sy])
    ahead = np.array([-sy * cp, sp, -cy * cp])
    unit = float(2 * np.tan(camera.fov / 2) / height)
    return Lens(eye, right, np.cross(right, ahead), ahead, unit, False)


def _is_glass(one: Solid | Mesh) -> bool:
    return isinstance(one, Solid) and one.glass


class _Frame:
    """The picture while it is drawn: colour, depth along each ray, and whose each pixel is."""

    def __init__(self, camera: Camera, width: int, height: int) -> None:
        self.camera = camera
        self.width, self.height = width, height
        self.lens = lens_of(camera, height)
        self.eye, self.right, self.up, self.ahead, self.unit, _ = self.lens
        self.color = np.zeros((height, width, 3))
        self.depth = np.full((height, width), FAR_M)
        self.ids = np.zeros((height, width), np.int64)
        self.canvas = Canvas(self.color, self.depth, self.ids)

    def rays(self, left: int, top: int, right: int, bottom: int) -> tuple[Array, Array]:
        """Return origins and directions (rows, columns, 3) of a part of the picture."""
        x = (np.arange(left, right) + 0.5 - self.width / 2) * self.unit
        y = (self.height / 2 - np.arange(top, bottom) - 0.5) * self.unit
        offset = x[None, :, None] * self.right + y[:, None, None] * self.up
        if self.camera.across_m:
            return self.eye + offset, np.broadcast_to(self.ahead, offset.shape)
        return np.broadcast_to(self.eye, offset.shape), self.ahead + offset

    def background(self) -> None:
        """Draw the sky, and the ground at y = 0 with a line every five metres."""
        origin, way = self.rays(0, 0, self.width, self.height)
        share = np.clip(way[..., 1] / np.linalg.norm(way, axis=-1), 0, 1)[..., None] ** 0.5
        self.color[:] = SKY[1] + (SKY[0] - SKY[1]) * share
        with np.errstate(divide="ignore", invalid="ignore"):
            t = -origin[..., 1] / way[..., 1]
        met = np.isfinite(t) & (t > NEAR_M) & (t < FAR_M / 4)
        t = np.where(met, t, 0.0)
        spot = origin + way * t[..., None]
        above = self.camera.across_m > 0
        wide = (np.full_like(t, 1.0) if above else np.maximum(t, 1.0) * 1.2)[..., None] * self.unit
        cells = spot[..., (0, 2)] / GRID_M
        gaps: Array = np.abs(cells - np.round(cells)) * GRID_M
        line = np.any(gaps < wide, axis=-1)
        haze = 0.0 if above else np.clip(t / 150.0, 0, 1)[..., None]
        ground = np.where(line[..., None], GROUND[1], GROUND[0])
        ground = ground * (1 - haze) + SKY[1] * haze
        self.color[met] = ground[met]

    def add(self, solid: Solid) -> None:
        """Draw a solid where it is nearer than what is there."""
        part = self._covered(solid.frame)
        if part is None:
            return
        left, top, right, bottom = part
        linear = solid.frame[:, :3]
        if not abs(np.linalg.det(linear)) > 1e-12:
            return  # flat to nothing, or no number at all
        back = np.linalg.inv(linear)
        if solid.kind == "box" and (np.abs(back @ (self.eye - solid.frame[:, 3])) < 0.5).all():
            return  # we stand in it, as one does in a hall
        origin, way = self.rays(left, top, right, bottom)
        o, d = (origin - solid.frame[:, 3]) @ back.T, way @ back.T
        t, normal, edge = _MEET[solid.kind](o, d)
        window = np.s_[top:bottom, left:right]
        near = (t > NEAR_M) & (t < self.depth[window])
        if not near.any():
            return
        outer = normal @ back
        outer /= np.maximum(np.linalg.norm(outer, axis=-1, keepdims=True), 1e-12)
        paint = np.asarray(solid.color) * shade_of(outer)[..., None]
        if solid.glass:
            # How many pixels an edge is away, by the size of the solid's own axes out there.
            size = np.linalg.norm(linear, axis=0)
            scale = 1 if self.camera.across_m else np.maximum(t, NEAR_M)[..., None]
            lined = (edge * size / (scale * self.unit) < EDGE_PIXELS).sum(-1) >= 2
            tinted = near & ~lined
            self.color[window][tinted] = (
                self.color[window][tinted] * (1 - TINT) + paint[tinted] * TINT
            )
            self.ids[window][tinted & (self.ids[window] == 0)] = solid.id
            near &= lined
            paint = paint * 0.7
        self.color[window][near] = paint[near]
        self.depth[window][near] = t[near]
        self.ids[window][near] = solid.id

    def _covered(self, frame: Array) -> tuple[int, int, int, int] | None:
        """Return the part of the picture that a solid can cover, None where it is out of sight."""
        corners = _CORNERS @ frame[:, :3].T + frame[:, 3] - self.eye
        depth = corners @ self.ahead
        if (depth < NEAR_M).all():
            return None
        x, y = corners @ self.right, corners @ self.up
        if not self.camera.across_m:
            if (depth < NEAR_M).any():
                return 0, 0, self.width, self.height
            x, y = x / depth, y / depth
        if not np.isfinite([x, y]).all():
            return None
        columns = x / self.unit + self.width / 2
        rows = self.height / 2 - y / self.unit
        left, right = max(0, int(columns.min())), min(self.width, int(columns.max()) + 1)
        top, bottom = max(0, int(rows.min())), min(self.height, int(rows.max()) + 1)
        return (left, top, right, bottom) if left < right and top < bottom else None


Met = tuple[Array, Array, Array]
"""Along each ray: how far (infinite: missed), the normal there, and the distance of edges."""


def _box(o: Array, d: Array) -> Met:
    with np.errstate(divide="ignore", invalid="ignore"):
        one, two = (-0.5 - o) / d, (0.5 - o) / d
    one, two = np.nan_to_num(one, nan=-np.inf), np.nan_to_num(two, nan=np.inf)
    low, high = np.minimum(one, two), np.maximum(one, two)
    axis = low.argmax(-1)
    enter, leave = low.max(-1), high.min(-1)
    t = np.where((enter <= leave) & (enter > 0), enter, np.inf)
    normal = np.zeros(o.shape)
    sign = -np.sign(np.take_along_axis(d, axis[..., None], -1))
    np.put_along_axis(normal, axis[..., None], sign, -1)
    spot = o + d * np.where(np.isfinite(t), t, 0.0)[..., None]
    return t, normal, 0.5 - np.abs(spot)


def _ball(o: Array, d: Array) -> Met:
    t = _root((d * d).sum(-1), (o * d).sum(-1), (o * o).sum(-1) - 0.25)
    spot = _at(o, d, t)
    return t, spot, np.full(o.shape, np.inf)


def _cylinder(o: Array, d: Array) -> Met:
    flat = np.array([1.0, 0, 1])
    a, b = (d * d * flat).sum(-1), (o * d * flat).sum(-1)
    side = _root(a, b, (o * o * flat).sum(-1) - 0.25)
    side = np.where(np.abs(_at(o, d, side)[..., 1]) <= 0.5, side, np.inf)
    cap = _caps(o, d, (-0.5, 0.5))
    t = np.minimum(side, cap)
    spot = _at(o, d, t)
    level = np.array([0.0, 1, 0]) * np.sign(spot)
    return t, np.where((side < cap)[..., None], spot * flat, level), np.full(o.shape, np.inf)


def _cone(o: Array, d: Array) -> Met:
    # On the side x² + z² = (y / 2)², with y counted from the tip downwards.
    o2 = o - np.array([0, 0.5, 0])
    sign = np.array([1.0, -0.25, 1.0])
    a, b, c = (d * d * sign).sum(-1), (o2 * d * sign).sum(-1), (o2 * o2 * sign).sum(-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(b * b - a * c)
        both = np.stack([(-b - root) / a, (-b + root) / a])
    heights = o2[..., 1] + d[..., 1] * both
    both = np.where((both > 0) & (heights <= 0) & (heights >= -1), both, np.inf)
    side = np.nan_to_num(both, nan=np.inf, posinf=np.inf).min(0)
    cap = _caps(o, d, (-0.5,))
    t = np.minimum(side, cap)
    spot = _at(o2, d, t)
    slope = spot * np.array([1.0, 0, 1])
    slope[..., 1] = -spot[..., 1] / 4
    down = np.broadcast_to(np.array([0.0, -1, 0]), o.shape)
    return t, np.where((side < cap)[..., None], slope, down), np.full(o.shape, np.inf)


def _caps(o: Array, d: Array, levels: Sequence[float]) -> Array:
    """Return how far the nearest of some discs of diameter 1 is."""
    found = np.full(o.shape[:-1], np.inf)
    for level in levels:
        with np.errstate(divide="ignore", invalid="ignore"):
            t = (level - o[..., 1]) / d[..., 1]
        spot = _at(o, d, t)
        inside = (spot[..., 0] ** 2 + spot[..., 2] ** 2 <= 0.25) & (t > 0)
        found = np.minimum(found, np.where(inside, t, np.inf))
    return found


def _root(a: Array, b: Array, c: Array) -> Array:
    """Return the first t > 0 at which a t² + 2 b t + c is 0 and falls, infinite for none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (-b - np.sqrt(b * b - a * c)) / a
    return np.where(np.isfinite(t) & (t > 0), t, np.inf)


def _at(o: Array, d: Array, t: Array) -> Array:
    return o + d * np.where(np.isfinite(t), t, 0.0)[..., None]


_MEET: Final = {"box": _box, "ball": _ball, "cylinder": _cylinder, "cone": _cone}
