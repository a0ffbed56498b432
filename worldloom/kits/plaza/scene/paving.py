"""The paved ring: real slabs with open joints, a kerb, and stone paths to the ten sites."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from worldloom.kits.plaza.scene.layout import KERB_STOP, PAVING_START, PAVING_STOP, facing
from worldloom.kits.plaza.scene.palette import TONES, tone
from worldloom.studio.geometry.color import Oklch, oklch
from worldloom.studio.geometry.mesh import Mesh, merge, mesh
from worldloom.studio.geometry.solids import box, lathe, plain_box

JOINT_HALF, CHAMFER, TOP, BOTTOM, BED = 0.014, 0.022, 0.012, -0.018, -0.024
COURSES = (0.55, 1.15, 1.15, 0.55, 1.15, 1.15)


def _slab(r0: float, r1: float, a0: float, a1: float, color: Oklch, fine: bool) -> Mesh:
    """A slab; its skirt falls into the joint and shades as a soft edge. Inner ones are curved."""
    curve = 3 if r0 < 9 else 2
    angles = np.linspace(a0 + JOINT_HALF / r0, a1 - JOINT_HALF / r0, curve)
    rows = []
    # Without its slopes a slab reaches into the joint, or the joints would look like trenches.
    for cut, y in ((CHAMFER if fine else 0.0, TOP), (0.0, BOTTOM)):
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
    for q in range(rim if fine else 0):
        after = (q + 1) % rim
        faces += [(q, after, rim + after), (q, rim + after, rim + q)]
    made = mesh(points, normals, faces, color.linear()).oriented()
    return made.shaded(np.where(np.arange(2 * rim) < rim, 1.0, 0.72))


def bed() -> Mesh:
    """Return the mortar under the slabs, with vertices enough to carry the light of the lamps."""
    radii = np.linspace(KERB_STOP + 0.2, 4.6, 11)
    return lathe([(float(r), BED) for r in radii], 48, 0, oklch(0.56, 0.022, 72))


def ring(rng: np.random.Generator, fine: bool = True) -> Mesh:
    """Return the paved ring with its kerb; `fine` adds the joints' slopes."""
    parts = []
    radius, course = PAVING_START, 0
    while radius < PAVING_STOP:
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
            parts.append(_slab(radius, radius + width, a0, a1, color, fine))
        radius += width
        course += 1
    kerb = [(radius, -0.2), (radius, 0.12), (KERB_STOP + 0.1, 0.12), (KERB_STOP + 0.1, -0.2)]
    parts.append(lathe(kerb, 120 if fine else 72, 0.035, tone("lime_warm")))
    return merge(parts)


def path(
    rng: np.random.Generator,
    angle: float,
    start: float,
    stop: float,
    width: float = 3.0,
    fine: bool = True,
) -> Mesh:
    """Return a path of staggered slabs that runs outwards at an angle from north."""
    rows = max(1, round((stop - start) / (0.85 if fine else 1.7)))
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
            gap = 0.04 if fine else 0.0  # a gap under a pixel wide would only flicker
            size = (width * (right - left) - gap, 0.1, step - gap)
            slab = box(*size, 0.025, color) if fine else plain_box(*size, color)
            x = width * ((left + right) / 2 - 0.5)
            parts.append(slab.moved(x, 0.03, -(start + (row + 0.5) * step)))
    return merge(parts).turned_y(facing(angle))
