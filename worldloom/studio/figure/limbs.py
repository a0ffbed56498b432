"""Skin where no cloth is: the neck, arms, hands and legs."""

from __future__ import annotations

import numpy as np

from worldloom.studio.figure import flesh
from worldloom.studio.figure.cloth import Cloth, bridged, frame_of, neckline, pieces_of
from worldloom.studio.figure.pieces import Part
from worldloom.studio.figure.rig import (
    REST,
    SIDES,
    arm_weights,
    blend,
    leg_weights,
    only,
    upper_weights,
)
from worldloom.studio.geometry.mesh import Array, Mesh
from worldloom.studio.geometry.sweeps import tube

ROUND = 12


def limb(path: Array, radii: Array, solid: flesh.Solid, around: int = ROUND) -> Mesh:
    """Return an open tube along a path, drawn onto a solid."""
    cloth = Cloth(np.zeros((0, 3)), [], [], {})
    last: list[int] = []
    angle = np.arange(around) / around * 2 * np.pi
    for i, middle in enumerate(path):
        axis = path[min(i + 1, len(path) - 1)] - path[max(i - 1, 0)]
        u, v = frame_of(axis)
        ring = middle + (np.cos(angle)[:, None] * u + np.sin(angle)[:, None] * v) * radii[i]
        cloth, base = cloth.grown(flesh.drawn(solid, ring, 0.0))
        now = list(range(base, base + around))
        if last:
            bridged(cloth, last, now, "skin")
        last = now
    return pieces_of(cloth, solid)[0][0]


def add_neck(part: Part) -> None:
    """Add the neck, and as much of the chest as a wide collar shows."""

    def solid(p: Array) -> Array:
        return flesh.melt([flesh.trunk(p), flesh.neck(p)], 0.05)

    cloth = Cloth(np.zeros((0, 3)), [], [], {})
    last: list[int] = []
    rows = [
        neckline(radius, height, drop, 16)
        for radius, height, drop in (
            (0.125, 1.300, 0.085), (0.095, 1.325, 0.065), (0.068, 1.350, 0.040),
            (0.054, 1.378, 0.012), (0.051, 1.405, -0.010), (0.049, 1.432, -0.015),
        )
    ]  # fmt: skip
    for row in rows:
        cloth, base = cloth.grown(flesh.drawn(solid, row, 0.0))
        now = list(range(base, base + 16))
        if last:
            bridged(cloth, last, now, "skin")
        last = now
    [(shape, _)] = pieces_of(cloth, solid)

    def weigh(points: Array) -> Array:
        return blend(upper_weights(points), "head", (points[:, 1] - 1.375) / 0.05)

    part.add(
        shape.shaded(np.clip(1 - (shape.positions[:, 1] - 1.38) / 0.06 * 0.12, 0.86, 1)),
        "skin",
        weigh,
    )


def add_arms(part: Part) -> None:
    """Add bare arms, from under a short sleeve to the wrist."""
    for _, side in SIDES:
        shoulder, elbow, wrist = (REST[side + joint] for joint in ("UpArm", "LoArm", "Hand"))
        path = [shoulder + (elbow - shoulder) * t for t in (0.30, 0.55, 0.80, 0.97)]
        path += [elbow + (wrist - elbow) * t for t in (0.14, 0.38, 0.68, 0.97)]
        radii = np.array([0.052, 0.048, 0.043, 0.041, 0.041, 0.040, 0.034, 0.028])
        shape = limb(np.array(path), radii, lambda p, s=side: flesh.arm(p, s))  # type: ignore[misc]
        part.add(shape, "skin", lambda p, s=side: arm_weights(p, s))  # type: ignore[misc]


def add_legs(part: Part) -> None:
    """Add bare legs, from under shorts or a skirt to the ankle."""
    for _, side in SIDES:
        hip, knee, ankle = (REST[side + joint] for joint in ("UpLeg", "LoLeg", "Foot"))
        path = [hip + (knee - hip) * t for t in (0.22, 0.45, 0.72, 0.94)]
        path += [knee + (ankle - knee) * t for t in (0.10, 0.30, 0.58, 0.85, 1.02)]
        radii = np.array([0.08, 0.075, 0.062, 0.056, 0.053, 0.055, 0.047, 0.038, 0.037])
        shape = limb(np.array(path), radii, lambda p, s=side: flesh.leg(p, s))  # type: ignore[misc]
        part.add(shape, "skin", lambda p, s=side: leg_weights(p, s))  # type: ignore[misc]


def add_hands(part: Part) -> None:
    """Add both hands: a palm, four fingers and a thumb."""
    for sign, side in SIDES:
        _hand(part, sign, side)


def _hand(part: Part, sign: int, side: str) -> None:
    wrist, elbow = REST[side + "Hand"], REST[side + "LoArm"]
    along = REST[side + "Fingers"] + REST[side + "Index"] - 2 * wrist
    along = np.array([along[0], along[1], 0.0]) / np.linalg.norm(along[:2])
    down = along * 0.999 + np.array([0, 0, 0.045])
    ahead = np.array([0.0, 0.0, 1.0]) - down * down[2]
    inward = np.cross(ahead, down) * sign * -1.0
    fore = (elbow - wrist) / np.linalg.norm(elbow - wrist)
    rows = [
        (wrist + fore * 0.016, 0.0215, 0.0255), (wrist + down * 0.010, 0.0200, 0.0270),
        (wrist + down * 0.034, 0.0175, 0.0345), (wrist + down * 0.060, 0.0160, 0.0385),
        (wrist + down * 0.080, 0.0135, 0.0370), (wrist + down * 0.088, 0.0080, 0.0320),
    ]  # fmt: skip
    cloth = Cloth(np.zeros((0, 3)), [], [], {})
    last: list[int] = []
    angle = np.arange(9) / 9 * 2 * np.pi
    for middle, thick, wide in rows:
        c, s = np.cos(angle), np.sin(angle)
        x, z = np.sign(c) * np.abs(c) ** 0.85, np.sign(s) * np.abs(s) ** 0.85
        ring = middle + x[:, None] * inward * thick + z[:, None] * ahead * wide
        cloth, base = cloth.grown(ring)
        now = list(range(base, base + 9))
        if last:
            bridged(cloth, last, now, "skin")
        last = now
    cloth.faces.append(tuple(last))
    cloth.slots.append("skin")
    palm = pieces_of(cloth, lambda p: np.linalg.norm(p - wrist - down * 0.04, axis=1) - 0.01)[0][0]
    part.add(
        palm,
        "skin",
        lambda p: blend(side + "LoArm", side + "Hand", 0.7 - (p - wrist) @ fore / 0.05),
    )
    _fingers(part, side, wrist, down, ahead, inward)


def _fingers(part: Part, side: str, wrist: Array, down: Array, ahead: Array, inward: Array) -> None:
    for z, long, thick, joint in (
        (0.0270, 0.066, 0.0098, "Index"), (0.0090, 0.073, 0.0100, "Fingers"),
        (-0.0095, 0.068, 0.0096, "Fingers"), (-0.0265, 0.054, 0.0086, "Fingers"),
    ):  # fmt: skip
        root = wrist + down * 0.078 + ahead * z
        fan = down + ahead * z * 1.4
        path = [
            root - down * 0.006, root + fan * long * 0.45 + inward * 0.002,
            root + fan * long * 0.93 + inward * 0.012, root + fan * long * 1.05 + inward * 0.0155,
        ]  # fmt: skip
        radii = [thick * 1.04, thick, thick * 0.80, thick * 0.28]
        shape = tube(np.array(path), radii, 5)
        weights = blend(only(side + "Hand", len(shape.positions)), side + joint,
                        ((shape.positions - root) @ down + 0.004) / 0.016)  # fmt: skip
        part.add(shape.shaded(0.97), "skin", lambda _, w=weights: w)  # type: ignore[misc]
    base = wrist + down * 0.016 + ahead * 0.022
    thumb = [
        base, base + down * 0.022 + ahead * 0.014 + inward * 0.004,
        base + down * 0.060 + ahead * 0.021 + inward * 0.012,
        base + down * 0.067 + ahead * 0.0205 + inward * 0.013,
    ]  # fmt: skip
    shape = tube(np.array(thumb), [0.0145, 0.0130, 0.0095, 0.0035], 6)
    weights = blend(
        only(side + "Hand", len(shape.positions)),
        side + "Thumb",
        ((shape.positions - base) @ down - 0.004) / 0.018,
    )
    part.add(shape, "skin", lambda _: weights)
