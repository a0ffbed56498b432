"""The land round the ring: meadow, shore, lake and three rings of hills."""

from __future__ import annotations

import numpy as np

from worldloom.kits.plaza.scene.layout import KERB_STOP, LAKE_CENTRE, height
from worldloom.kits.plaza.scene.palette import tone
from worldloom.studio.geometry.color import oklch
from worldloom.studio.geometry.mesh import Mesh, grid_triangles, merge, mesh
from worldloom.studio.geometry.noise import noise
from worldloom.studio.geometry.solids import lathe

RINGS = (
    21.6, 22.4, 23.5, 25, 27, 29, 31, 33, 36, 40, 45, 52, 60, 70, 82, 96, 112, 130, 150,
)  # fmt: skip
HILLS = (
    (175, 17, (0.50, 0.07, 145), 3, 160),
    (255, 40, (0.47, 0.06, 165), 11, 140),
    (370, 84, (0.50, 0.055, 225), 23, 120),
)
LAKE_LEVEL = -0.62


def meadow(columns: int = 112) -> Mesh:
    """Return the grass from the kerb to 150 m, with sand where it meets the lake."""
    angle = np.linspace(0, 2 * np.pi, columns + 1)
    radius, turn = np.meshgrid(np.array([KERB_STOP, *RINGS]), angle, indexing="ij")
    x, z = (radius * np.cos(turn)).ravel(), (radius * np.sin(turn)).ravel()
    points = np.c_[x, height(x, z) + 0.03, z]
    made = (
        mesh(points, (0, 1, 0), grid_triangles(len(RINGS) + 1, columns + 1)).oriented().smoothed()
    )
    patch = np.clip(0.5 + 0.5 * noise(points, 0.09, 3), 0, 1)[:, None]
    fine = 1 + 0.05 * noise(points, 0.45, 2)[:, None]
    far = np.clip((np.hypot(x, z) - 40) / 100, 0, 1)[:, None]
    near = (tone("sage", 0.02) * patch + tone("moss", 0.04) * (1 - patch)) * fine
    sand = np.clip((-0.15 - points[:, 1]) / 0.5, 0, 1)[:, None]
    grass = near * (1 - far) + tone("hill", 0.06) * far
    return made.painted(grass * (1 - sand) + tone("sand") * sand)


def hills() -> Mesh:
    """Return three rings of ridges at 175, 255 and 370 m, low to the east over the lake."""
    return merge(_ridge(*ring) for ring in HILLS)


def _ridge(
    radius: float, top: float, color: tuple[float, float, float], seed: float, columns: int
) -> Mesh:
    angle = np.linspace(0, 2 * np.pi, columns + 1)
    direction = np.c_[np.cos(angle) * 3, np.full(columns + 1, seed), np.sin(angle) * 3]
    crest = top * (0.42 + 0.5 * noise(direction, 0.9, 2) + 0.22 * noise(direction, 3.1, 2))
    east = np.clip(1 - np.abs((angle + 0.3 + np.pi) % (2 * np.pi) - np.pi) / 0.55, 0, 1)
    crest = np.maximum(crest * (1 - 0.55 * east), top * 0.08)
    rows, shades = [], []
    for out, share in ((-40, 0.0), (-26, 0.22), (-14, 0.52), (0, 1.0), (30, 0.8)):
        ragged = 1 + 0.1 * noise(direction * 5 + out, 1.0, 2) * share * (1 - share) * 4
        y = crest * share * ragged - (4 if share == 0 else 0)
        rows.append(np.c_[np.cos(angle) * (radius + out), y, np.sin(angle) * (radius + out)])
        shades.append(np.full(columns + 1, 0.92 + 0.1 * share))
    points = np.concatenate(rows)
    made = mesh(points, (0, 1, 0), grid_triangles(5, columns + 1), oklch(*color))
    made = made.oriented().smoothed()
    return made.shaded(np.concatenate(shades) * (1 + 0.16 * noise(points, 0.05, 2)))


def lake() -> Mesh:
    """Return the still surface east of the ring."""
    rings = [(75, LAKE_LEVEL), (40, LAKE_LEVEL), (0, LAKE_LEVEL)]
    return lathe(rings, 48, 0).scaled(0.8, 1, 1).moved(LAKE_CENTRE[0] + 4, 0, LAKE_CENTRE[1])
