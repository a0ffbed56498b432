"""A 360° picture of a canteen in which something burns, drawn from its numbers: for looking round.

Each pixel is a direction from eyes 1.6 m above the floor; what it meets of a plain room is painted
by where on the wall, the floor or the ceiling that is. The middle of the picture looks to -Z.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldloom.studio.raster import png

Array = NDArray[np.float64]
WIDTH: Final = 2048
"""Pixels all round; half as many from nadir to zenith."""
HALF: Final = (6.0, 5.0)
"""Half the room in x and z, in metres."""
FLOOR_Y: Final = -1.6
CEILING_Y: Final = 1.5
FIRE: Final = (3.4, -5.0)
"""Where it burns behind the counter: x and z."""


def color(text: str) -> Array:
    """Return #rrggbb as three numbers from 0 to 1."""
    return np.array([int(text[at : at + 2], 16) / 255 for at in (1, 3, 5)])


def bake() -> bytes:
    """Return the picture as a PNG."""
    return png(panorama())


def panorama(width: int = WIDTH) -> NDArray[np.uint8]:
    """Return the picture as RGBA (width / 2, width, 4), equirectangular."""
    turn = (np.arange(width) + 0.5) / width * 2 * np.pi - np.pi
    rise = np.pi / 2 - (np.arange(width // 2) + 0.5) / (width // 2) * np.pi
    across, up = np.meshgrid(turn, rise)
    ray = np.stack([np.sin(across) * np.cos(up), np.sin(up), -np.cos(across) * np.cos(up)], -1)
    spot, face = _met(ray)
    paint = np.where((face == 1)[..., None], _level(spot), _walls(spot, face))
    paint = paint * _corners(spot)[..., None]
    paint = _lit(paint, spot, ray)
    whole = np.concatenate([np.clip(paint, 0, 1), np.ones((*paint.shape[:2], 1))], -1)
    return np.asarray(np.round(whole * 255), np.uint8)


def _met(ray: Array) -> tuple[Array, NDArray[np.intp]]:
    """Return the place that each ray meets, and the axis that its face stands across."""
    x, z = HALF
    ends = np.where(ray > 0, [x, CEILING_Y, z], [-x, FLOOR_Y, -z])
    way = ends / np.where(np.abs(ray) < 1e-9, 1e-9, ray)
    face = way.argmin(-1)
    return ray * way.min(-1)[..., None], face


def _level(spot: Array) -> Array:
    """Return floor and ceiling: tiles, and panels of light."""
    x, y, z = np.moveaxis(spot, -1, 0)
    odd = (np.floor(x / 0.6) + np.floor(z / 0.6)) % 2
    tile = np.where(odd[..., None] > 0, color("#c9bda6"), color("#b8a98e"))
    joint = np.minimum(np.abs((x / 0.6) % 1 - 0.5), np.abs((z / 0.6) % 1 - 0.5)) > 0.485
    tile = np.where(joint[..., None], color("#9b8d75"), tile)
    way = (np.abs(x + 0.2) < 0.06) & (z > -2.5)  # the green line to the way out
    tile = np.where(way[..., None], color("#2f8a5b"), tile)
    lamp = (np.abs(np.abs(x) - 2.6) < 0.25) & (np.abs(z % 3.0 - 1.5) < 1.0)
    above = np.where(lamp[..., None], color("#fff8e6"), color("#e9e2d3"))
    return np.where((y > 0)[..., None], above, tile)


def _walls(spot: Array, face: NDArray[np.intp]) -> Array:
    """Return the four walls with what is on them."""
    x, y, z = np.moveaxis(spot, -1, 0)
    high = y - FLOOR_Y
    paint = np.where((high < 1.0)[..., None], color("#8fa6a0"), color("#efe6d2"))
    paint = _put(paint, np.abs(high - 1.0) < 0.03, "#6d827c")
    paint = _put(paint, high < 0.1, "#5d5347")
    front, back = (face == 2) & (z < 0), (face == 2) & (z > 0)
    left, right = (face == 0) & (x < 0), (face == 0) & (x > 0)
    # Ahead: the counter and the hatch behind which it burns.
    hatch = front & (np.abs(x - 2.4) < 2.4) & (high > 1.0) & (high < 2.3)
    paint = _put(paint, hatch, "#4b4038")
    paint = _put(paint, front & (np.abs(x - 2.4) < 2.5) & (high < 1.05), "#a8643c")
    paint = _put(paint, front & (np.abs(x - 2.4) < 2.5) & (np.abs(high - 1.05) < 0.05), "#d8d2c6")
    # To the left: windows, three floors up.
    for middle in (-2.6, 0.6, 3.4):
        pane = left & (np.abs(z - middle) < 0.95) & (high > 0.95) & (high < 2.35)
        sky = (
            color("#bfe0f2")
            + (color("#7db6dd") - color("#bfe0f2")) * ((high - 0.9) / 1.5)[..., None]
        )
        paint = np.where(pane[..., None], sky, paint)
        rail = pane & ((np.abs(z - middle) < 0.03) | (np.abs(high - 1.65) < 0.03))
        edge = pane & ((np.abs(np.abs(z - middle) - 0.93) < 0.04) | (np.abs(high - 0.98) < 0.04))
        paint = _put(paint, rail | edge, "#f6f1e6")
        paint = _put(paint, pane & (high < 1.12) & ~(rail | edge), "#7f8f6a")
    # To the right: the lift.
    lift = right & (np.abs(z - 0.8) < 0.75) & (high < 2.15)
    paint = _put(paint, lift, "#9aa0a3")
    paint = _put(paint, lift & (np.abs(z - 0.8) < 0.012), "#5b6063")
    paint = _put(paint, right & (np.abs(np.abs(z - 0.8) - 0.78) < 0.04) & (high < 2.2), "#6b5d4c")
    paint = _put(paint, right & (np.hypot(z - 1.85, high - 1.1) < 0.06), "#d99a2b")
    # Behind: the door with its sign, and an alarm beside it.
    door = back & (np.abs(x + 0.2) < 0.62) & (high < 2.1)
    paint = _put(paint, back & (np.abs(x + 0.2) < 0.7) & (high < 2.18), "#6b5d4c")
    paint = _put(paint, door, "#3d7f5f")
    paint = _put(paint, door & (np.abs(x + 0.2) < 0.35) & (np.abs(high - 1.05) < 0.04), "#e4e0d4")
    paint = _put(paint, back & (np.abs(x - 1.05) < 0.11) & (np.abs(high - 1.4) < 0.11), "#c22a1e")
    paint = _put(paint, back & (np.abs(x - 1.05) < 0.05) & (np.abs(high - 1.4) < 0.05), "#f4efe4")
    sign = back & (np.abs(x + 0.2) < 0.42) & (np.abs(high - 2.45) < 0.15)
    paint = _put(paint, sign, "#1f9d5c")
    return _put(paint, sign & _runner(-(x + 0.2), high - 2.45), "#f7fff9")


def _runner(x: Array, y: Array) -> NDArray[np.bool_]:
    """Return where the sign is white: an arrow, and a doorway beside it."""
    shaft = (np.abs(y) < 0.025) & (x > -0.3) & (x < 0.02)
    head = (x >= 0.0) & (x < 0.12) & (np.abs(y) < 0.1 * (1 - x / 0.12))
    frame = (np.abs(x - 0.26) < 0.09) & (np.abs(y) < 0.11)
    return shaft | head | (frame & ~((np.abs(x - 0.26) < 0.06) & (y < 0.08)))


def _put(paint: Array, where: NDArray[np.bool_], tone: str) -> Array:
    return np.where(where[..., None], color(tone), paint)


def _corners(spot: Array) -> Array:
    """Return how much light comes to each place: less where faces meet."""
    x, y, z = np.moveaxis(spot, -1, 0)
    near = np.sort(
        np.stack([HALF[0] - np.abs(x), HALF[1] - np.abs(z), CEILING_Y - y, y - FLOOR_Y]), 0
    )[1]
    return np.asarray(0.72 + 0.28 * np.clip(near / 0.9, 0, 1) ** 0.6)


def _lit(paint: Array, spot: Array, ray: Array) -> Array:
    """Return the picture with the fire's glow, its flames, and the smoke under the ceiling."""
    x, y, z = np.moveaxis(spot, -1, 0)
    away = np.sqrt((x - FIRE[0]) ** 2 + (z - FIRE[1]) ** 2 + (y + 0.3) ** 2)
    paint = paint + color("#ff8a2b") * (0.55 / (1 + away**2))[..., None]
    # Flames are drawn on the front wall, in the hatch.
    side, high = x - FIRE[0], y - FLOOR_Y
    tongue = 0.75 + 0.28 * np.sin(side * 9.0) + 0.16 * np.sin(side * 23.0 + 1.3)
    height = np.clip(tongue * (1 - (side / 0.8) ** 2), 0, None)
    share = np.clip((height - (high - 1.08)) / 0.5, 0, 1) * (z < -HALF[1] + 1e-6)
    share = share * (high > 1.08) * (np.abs(side) < 0.8)
    flame = color("#ff6a1f") + (color("#ffe59a") - color("#ff6a1f")) * share[..., None]
    paint = np.where((share > 0)[..., None], flame, paint)
    low = 0.55 + 0.18 * np.sin(x * 1.7 + 0.6) * np.cos(z * 1.3)
    smoke = np.clip((y - low) / 0.7, 0, 1) * np.clip(1.25 - away / 9.5, 0, 1)
    return np.asarray(paint + (color("#5a544e") - paint) * (0.86 * smoke)[..., None])
