"""Colours: OKLCH for choosing, linear RGB for meshes."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Oklch(NamedTuple):
    """A colour by lightness 0..1, chroma 0...4 and hue in degrees."""

    lightness: float
    chroma: float
    hue: float

    def linear(self) -> Array:
        """Return linear sRGB in 0..1, clipped to the gamut (Ottosson, 2020)."""
        return oklch(*self)

    def lighter(self, by: float) -> Oklch:
        """Return the same hue with `by` more lightness."""
        return self._replace(lightness=self.lightness + by)


def oklch(lightness: float, chroma: float, hue: float) -> Array:
    """Return linear sRGB of an OKLCH colour, clipped to 0..1."""
    a = chroma * math.cos(math.radians(hue))
    b = chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    rgb = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    clipped: Array = np.clip(np.array(rgb), 0.0, 1.0)
    return clipped


def from_hex(value: str) -> Array:
    """Return linear RGB of an sRGB `#rrggbb`."""
    srgb = np.array([int(value[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.asarray(np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4))
