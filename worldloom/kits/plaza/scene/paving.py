"""The paved ring: real slabs with open joints, a kerb, and stone paths to the ten sites."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from worldloom.kits.plaza.scene.layout import KERB_STOP, PAVING_START, PAVING_STOP, facing
from worldloom.kits.plaza.scene.palette import TONES, tone
from worldloom.studio.geometry.color import Oklch, oklch
from worldloom.studio.geometry.mesh import Array, Mesh, merge, mesh
from worldloom.studio.geometry.solids import box, lathe, plain_box

JOINT_HALF, CHAMFER, TOP, BOTTOM, BED = 0.014, 0.022, 0.012, -0.018, -0.024
PATH_TOP = 0.08
COURSES = (0.55, 1.15, 1.15, 0.55, 1.15, 1.15)
LAST_LEAST = 0.2
"""A course that could not be this wide before the kerb is left out."""
UV_METRES = 4.0
"""Picture coordinates of plain slabs are metres from their first corner, by this much."""
TUCK, DIP = 0.03, 0.004
"""How far a plain slab reaches under the next course, and how much lower: no sky shows between."""


def _slab(r0: float, r1: float, a0: float, a1: float, color: Oklch) -> Mesh:
    """A slab; its skirt falls into the joint and shades as a soft edge. Inner ones are curved."""
    curve = 3 if r0 < 9 else 2
    angles = np.linspace(a0 + JOINT_HALF / r0, a1 - JOINT_HALF / r0, curve)
    rows = []
    for cut, y in ((CHAMFER, TOP), (0.0, BOTTOM)):
        turned = angles + np.linspace(cut, -cut, curve) / r0
        for radius, order in (
            (r0 + JOINT_HALF + cut, turned),
            (r1 - JOINT_HALF - cut, turned[::-1]),
        ):
            rows += [(radius * math.cos(a), y, radius * math.sin(a)) for a in order]
    points = np.array(rows)
    rim = 2 * curve
    normals = np.tile([0.0, 1.0, 0.0], (2 * rim, 1))
    normals[rim:] = (points[rim:] - points[:rim].mean(0)) * 0.6 + [0, 0.7, 0]
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    faces = [(0, 1, 4), (0, 4, 5), (1, 2, 3), (1, 3, 4)] if curve == 3 else [(0, 1, 2), (0, 2, 3)]
    for q in range(rim):
        after = (q + 1) % rim
        faces += [(q, after, rim + after), (q, rim + after, rim + q)]
    made = mesh(points, normals, faces, color.linear()).oriented()
    return made.shaded(np.where(np.arange(2 * rim) < rim, 1.0, 0.72))


def _plain_slab(r0: float, r1: float, a0: float, a1: float, color: Oklch) -> Mesh:
    """A slab without its joint, which the view draws from the picture coordinates."""
    angles = np.linspace(a0, a1, 3)
    rows, uvs = [], []
    for radius, y in ((r0, TOP), (r1 + TUCK, TOP - DIP)):
        rows += [(radius * math.cos(a), y, radius * math.sin(a)) for a in angles]
        uvs += [((a - a0) * radius, radius - r0) for a in angles]
    faces = [(0, 1, 4), (0, 4, 3), (1, 2, 5), (1, 5, 4)]
    made = mesh(rows, (0, 1, 0), faces, color.linear()).oriented()
    return made.with_uvs(np.array(uvs) / UV_METRES)


def bed() -> Mesh:
    """Return the mortar under the slabs, with vertices enough to carry the light of the lamps."""
    radii = np.linspace(KERB_STOP + 0.2, 4.6, 11)
    return lathe([(float(r), BED) for r in radii], 48, 0, oklch(0.56, 0.022, 72))


def ring(rng: np.random.Generator, fine: bool = True) -> Mesh:
    """Return the paved ring; `fine` has real joints, else the view draws them."""
    parts = []
    slab = _slab if fine else _plain_slab
    radius, course = PAVING_START, 0
    while radius < PAVING_STOP - LAST_LEAST:
        width = COURSES[course % 6]
        narrow = width < 1
        count = round(2 * math.pi * (radius + width / 2) / (1.25 if narrow else 1.75))
        band = "terracotta" if course % 6 == 0 else "lime_dark" if narrow else "lime"
        light, chroma, hue = TONES[band]
        for j in range(count):
            a0, a1 = ((j + k + course % 2 * 0.5) / count * 2 * math.pi for k in (0, 1))
            color = Oklch(
                light + rng.normal(0, 0.016) - (0.02 if band == "lime" else 0.0),
                chroma * (0.75 if band == "terracotta" else 1.0),
                hue + rng.normal(0, 4),
            )
            parts.append(slab(radius, radius + width, a0, a1, color))
        radius += width
        course += 1
    return merge(parts)


def kerb(fine: bool = True) -> Mesh:
    """Return the stone edge between the ring and the grass."""
    start, stop = PAVING_STOP - 0.1, KERB_STOP + 0.1
    line = [(stop, -0.2), (stop, 0.12), (start, 0.12), (start, -0.2)]
    return lathe(line, 120 if fine else 72, 0.035, tone("lime_warm"))


def path(
    rng: np.random.Generator,
    angle: float,
    start: float,
    stop: float,
    width: float = 3.0,
    fine: bool = True,
) -> Mesh:
    """Return a path of staggered slabs that runs outwards at an angle from north."""
    rows = max(1, round((stop - start) / 0.85))
    step = (stop - start) / rows
    light, chroma, hue = TONES["lime"]
    parts = []
    for row in range(rows):
        cuts = (
            ((0.34, 0.66) if row % 2 else (0.25, 0.58))
            if width > 4
            else ((0.38,) if row % 2 else (0.6,))
        )
        edges = (0.0, *cuts, 1.0)
        for left, right in pairwise(edges):
            color = Oklch(light + rng.normal(0, 0.018), chroma, hue + rng.normal(0, 4)).linear()
            size = (width * (right - left), step)
            slab = _path_slab(*size, color) if fine else _plain_path_slab(*size, color)
            x = width * ((left + right) / 2 - 0.5)
            parts.append(slab.moved(x, 0.0, -(start + (row + 0.5) * step)))
    long = stop - start
    # Mortar under the slabs, or the grass would shine through their joints.
    under = plain_box(width - 0.05, 0.1, long - 0.05, oklch(0.56, 0.022, 72))
    lying = under.moved(0, PATH_TOP - 0.026 - 0.05, -(start + long / 2))
    parts.append(lying if fine else lying.with_uvs((0.5, 0.5)))
    return merge(parts).turned_y(facing(angle))


def _path_slab(width: float, deep: float, color: Array) -> Mesh:
    gap = 0.034
    return box(width - gap, 0.1, deep - gap, 0.022, color).moved(0, PATH_TOP - 0.05, 0)


def _plain_path_slab(width: float, deep: float, color: Array) -> Mesh:
    """A slab's top alone, whose joint the view draws."""
    x, z = width / 2, deep / 2
    points = [(-x, PATH_TOP, -z), (x, PATH_TOP, -z), (x, PATH_TOP, z), (-x, PATH_TOP, z)]
    made = mesh(points, (0, 1, 0), [(0, 1, 2), (0, 2, 3)], color).oriented()
    return made.with_uvs(np.array([(0, 0), (width, 0), (width, deep), (0, deep)]) / UV_METRES)
