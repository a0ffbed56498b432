"""Value noise: cheap, smooth, and equal on every machine."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def _lattice(i: NDArray[np.int64], j: NDArray[np.int64], k: NDArray[np.int64]) -> Array:
    mixed = (i * 374761393 + j * 668265263 + k * 2147483647) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 13)) * 1274126177) & 0xFFFFFFFF
    return ((mixed ^ (mixed >> 16)) & 0xFFFF) / 32767.5 - 1.0


def noise(points: ArrayLike, frequency: float = 1.0, octaves: int = 1) -> Array:
    """Return noise of about -1..1 at points (n, 3) in metres; `frequency` is in cycles a metre."""
    at = np.asarray(points, float) * frequency
    total = np.zeros(len(at))
    amplitude = 1.0
    for _ in range(octaves):
        cell = np.floor(at).astype(np.int64)
        u = at - cell
        u = u * u * (3 - 2 * u)
        value = np.zeros(len(at))
        for corner in range(8):
            d = np.array([corner & 1, corner >> 1 & 1, corner >> 2])
            weight = np.prod(np.where(d, u, 1 - u), axis=1)
            value += weight * _lattice(*(cell + d).T)
        total += value * amplitude
        amplitude *= 0.5
        at = at * 2.03 + 17.1
    return total
