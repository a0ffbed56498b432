"""The body as a solid: how far any point is outside of it, in metres.

A union of ellipsoids and tapered rods that melt into each other (Quilez' polynomial blend). What
is worn lies at a distance from it, so that cloth never cuts into skin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import ArrayLike

from worldloom.studio.figure.rig import REST, SIDES
from worldloom.studio.geometry.mesh import Array, unit

Solid = Callable[[Array], Array]
STEP = 0.0015


def melt(parts: Iterable[Array], width: float) -> Array:
    """Return the smooth union of distances; creases narrower than `width` are filled."""
    found: Array | None = None
    for part in parts:
        if found is None:
            found = part
            continue
        share = np.clip(0.5 + (part - found) / (2 * width), 0, 1)
        found = part * (1 - share) + found * share - width * share * (1 - share)
    assert found is not None
    return found


def carve(solid: Array, tool: Array, width: float) -> Array:
    """Return the solid without the tool, the edge rounded."""
    share = np.clip(0.5 - (tool + solid) / (2 * width), 0, 1)
    found: Array = solid * (1 - share) - tool * share + width * share * (1 - share)
    return found


def ellipsoid(points: Array, middle: ArrayLike, radii: ArrayLike) -> Array:
    """Return about how far points are outside an ellipsoid."""
    r = np.asarray(radii, float)
    local = (points - np.asarray(middle, float)) / r
    length = np.linalg.norm(local, axis=1)
    slope = np.linalg.norm(local / r, axis=1)
    return np.asarray(length * (length - 1) / np.maximum(slope, 1e-9))


def rod(points: Array, start: ArrayLike, end: ArrayLike, first: float, last: float) -> Array:
    """Return about how far points are outside a rod whose radius goes from `first` to `last`."""
    a, b = np.asarray(start, float), np.asarray(end, float)
    bone = b - a
    t = np.clip((points - a) @ bone / (bone @ bone), 0, 1)
    away = np.linalg.norm(points - a - t[:, None] * bone, axis=1)
    return np.asarray(away - first - (last - first) * t)


def slope(solid: Solid, points: Array) -> Array:
    """Return which way is out of a solid at points."""
    return unit(np.stack([solid(points + e) - solid(points - e) for e in np.eye(3) * STEP], 1))


def drawn(solid: Solid, points: Array, distance: Array | float, steps: int = 5) -> Array:
    """Return points moved to lie `distance` metres outside a solid, along its slope."""
    found = points
    for _ in range(steps):
        away = solid(found) - distance
        found = found - slope(solid, found) * np.clip(away, -0.03, 0.03)[:, None]
    return found


def trunk(p: Array) -> Array:
    """Return the distance from hips, waist, chest and shoulders."""
    parts = [
        ellipsoid(p, (0, 0.855, -0.004), (0.160, 0.115, 0.114)),
        ellipsoid(p, (0, 0.985, 0.004), (0.122, 0.130, 0.092)),
        ellipsoid(p, (0, 1.165, -0.010), (0.144, 0.150, 0.106)),
        ellipsoid(p, (0, 1.232, -0.014), (0.142, 0.084, 0.086)),
    ]
    for sign, _ in SIDES:
        parts += [
            ellipsoid(p, (sign * 0.066, 1.170, 0.050), (0.074, 0.066, 0.052)),
            ellipsoid(p, (sign * 0.070, 0.850, -0.050), (0.082, 0.085, 0.072)),
        ]
    return melt(parts, 0.055)


def neck(p: Array) -> Array:
    """Return the distance from the neck and the slopes to the shoulders."""
    parts = [rod(p, (0, 1.27, -0.026), (0, 1.44, -0.004), 0.0535, 0.0500)]
    for sign, _ in SIDES:
        parts.append(
            rod(p, (sign * 0.02, 1.335, -0.030), (sign * 0.135, 1.275, -0.016), 0.034, 0.040)
        )
    return melt(parts, 0.04)


def arm(p: Array, side: str) -> Array:
    """Return the distance from an arm."""
    shoulder, elbow, wrist = (REST[side + joint] for joint in ("UpArm", "LoArm", "Hand"))
    bone = elbow - shoulder
    fore = wrist - elbow
    return melt(
        [
            rod(p, shoulder, shoulder + bone * 0.30, 0.0505, 0.0470),
            rod(p, shoulder + bone * 0.30, elbow, 0.0455, 0.0375),
            rod(p, elbow, elbow + fore * 0.35, 0.0380, 0.0385),
            rod(p, elbow + fore * 0.35, wrist, 0.0385, 0.0265),
        ],
        0.02,
    )


def leg(p: Array, side: str) -> Array:
    """Return the distance from a leg."""
    hip, knee, ankle = (REST[side + joint] for joint in ("UpLeg", "LoLeg", "Foot"))
    thigh, shin = knee - hip, ankle - knee
    calf = knee + shin * 0.30 + [0, 0, -0.012]
    return melt(
        [
            rod(p, hip, hip + thigh * 0.5, 0.0830, 0.0720),
            rod(p, hip + thigh * 0.5, knee, 0.0710, 0.0520),
            rod(p, knee, calf, 0.0510, 0.0530),
            rod(p, calf, ankle, 0.0520, 0.0350),
        ],
        0.03,
    )


def upper(p: Array) -> Array:
    """Return the distance from everything above the legs."""
    body = melt([trunk(p), neck(p)], 0.05)
    return melt([body, arm(p, "l"), arm(p, "r")], 0.045)


def lower(p: Array) -> Array:
    """Return the distance from everything below the waist."""
    legs = np.minimum(leg(p, "l"), leg(p, "r"))
    return melt([trunk(p), legs], 0.035)
