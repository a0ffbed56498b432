"""Small pictures drawn by distance fields, and PNG out: the leaf shapes of the plaza's trees."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Canvas:
    """A square of luminance and coverage that shapes are drawn on, later ones on top."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.shade = np.full((size, size), 0.62)
        self.cover = np.zeros((size, size))
        middle = (np.arange(size) + 0.5) / size
        self.x, self.y = np.meshgrid(middle, middle)

    def draw(self, distance: Array, shade: Array | float) -> None:
        """Draw where `distance` (in canvas widths) is negative, with a soft 1.2 pixel edge."""
        ink = np.clip(0.5 - distance * self.size / 1.2, 0, 1)
        self.shade = self.shade * (1 - ink) + shade * ink
        # Coverage falls off slowly outside, so that the cut at one half stays put when minified.
        self.cover = np.maximum(self.cover, np.clip(0.5 - distance * self.size / 5, 0, 1))

    def leaf(
        self, x: float, y: float, angle: float, length: float, width: float, shade: float
    ) -> None:
        """Draw a pointed leaf from its stalk at (x, y) outwards, with a lighter half."""
        c, s = np.cos(angle), np.sin(angle)
        u = ((self.x - x) * c + (self.y - y) * s) / length
        v = (-(self.x - x) * s + (self.y - y) * c) / length
        t = np.clip(u, 0, 1)
        outline = width / length * np.sin(np.pi * t**0.8) ** 0.9
        distance = np.maximum(np.abs(v) - outline, np.maximum(-u, u - 1)) * length * 0.9
        vein = np.exp(-((v / 0.03) ** 2)) * 0.10
        self.draw(distance, shade * np.where(v > 0, 1.06, 0.92) + vein)

    def disc(self, x: float, y: float, radius: float, shade: float) -> None:
        """Draw a round dot."""
        self.draw(np.hypot(self.x - x, self.y - y) - radius, shade)

    def pixels(self) -> NDArray[np.uint8]:
        """Return (size, size, 2) luminance and alpha, bottom row last."""
        both = np.stack([self.shade, self.cover], -1)
        return np.asarray(np.round(np.clip(both, 0, 1) * 255), np.uint8)


def png(pixels: NDArray[np.uint8]) -> bytes:
    """Return a grey-alpha (2 channels) or RGBA (4) PNG."""
    height, width, channels = pixels.shape
    kind = {2: 4, 4: 6}[channels]
    rows = pixels.reshape(height, width * channels).astype(np.int16)
    left = np.concatenate([np.zeros((height, channels), np.int16), rows[:, :-channels]], 1)
    filtered = np.empty((height, width * channels + 1), np.uint8)
    filtered[:, 0] = 1
    filtered[:, 1:] = (rows - left) & 0xFF
    head = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    body = zlib.compress(filtered.tobytes(), 9)
    chunks = ((b"IHDR", head), (b"IDAT", body), (b"IEND", b""))
    out = b"\x89PNG\r\n\x1a\n"
    for name, data in chunks:
        out += struct.pack(">I", len(data)) + name + data
        out += struct.pack(">I", zlib.crc32(name + data))
    return out
