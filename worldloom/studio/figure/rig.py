"""The joints of the figure, where they rest, and weights by which a piece follows several.

At rest the arms hang 42° from the body, half way to all they do, so that shoulders keep their
shape. All places are metres; the figure looks to +Z.
"""

from __future__ import annotations

import math

import numpy as np

from worldloom.studio.geometry.mesh import Array

PARENTS: dict[str, str] = {
    "hips": "",
    "spine": "hips", "chest": "spine", "neck": "chest", "head": "neck",
    "lEye": "head", "rEye": "head", "lids": "head", "lBrow": "head", "rBrow": "head",
    "mouth": "head",
    "lShoulder": "chest", "lUpArm": "lShoulder", "lLoArm": "lUpArm", "lHand": "lLoArm",
    "lIndex": "lHand", "lFingers": "lHand", "lThumb": "lHand",
    "rShoulder": "chest", "rUpArm": "rShoulder", "rLoArm": "rUpArm", "rHand": "rLoArm",
    "rIndex": "rHand", "rFingers": "rHand", "rThumb": "rHand",
    "lUpLeg": "hips", "lLoLeg": "lUpLeg", "lFoot": "lLoLeg",
    "rUpLeg": "hips", "rLoLeg": "rUpLeg", "rFoot": "rLoLeg",
}  # fmt: skip
"""Joint → its parent, parents first; the hips have none."""
JOINTS = tuple(PARENTS)
SIDES = ((1, "l"), (-1, "r"))
HEIGHT_M = 1.66
"""From the ground to the top of the skull."""
ARM_ANGLE = math.radians(42)
UPPER_M, LOWER_M = 0.250, 0.228
EYE = np.array([0.0335, 1.5080, 0.0790])
"""The middle of the left eyeball."""
HEAD = np.array([0.0, 1.5200, 0.0060])
"""The middle of the head, about which it is sculpted."""
Rest = dict[str, Array]


def rest() -> Rest:
    """Return each joint's place."""
    places: dict[str, tuple[float, float, float]] = {
        "hips": (0, 0.865, 0), "spine": (0, 0.985, 0.002), "chest": (0, 1.130, -0.006),
        "neck": (0, 1.325, -0.020), "head": (0, 1.405, -0.002),
        "lids": (0, float(EYE[1]), float(EYE[2])), "mouth": (0, 1.443, 0.098),
    }  # fmt: skip
    down, out = -math.cos(ARM_ANGLE), math.sin(ARM_ANGLE)
    for sign, side in SIDES:
        shoulder = np.array([sign * 0.142, 1.274, -0.014])
        elbow = shoulder + np.array([sign * out, down, -0.03]) * UPPER_M
        wrist = elbow + np.array([sign * out, down, 0.10]) * LOWER_M
        along = np.array([sign * out, down, 0.05])
        places |= {
            side + "Eye": (sign * float(EYE[0]), float(EYE[1]), float(EYE[2])),
            side + "Brow": (sign * 0.034, 1.5405, 0.092),
            side + "Shoulder": (sign * 0.028, 1.290, 0.004),
            side + "UpArm": tuple(shoulder),
            side + "LoArm": tuple(elbow),
            side + "Hand": tuple(wrist),
            side + "Index": tuple(wrist + along * 0.082 + [0, 0, 0.022]),
            side + "Fingers": tuple(wrist + along * 0.082 + [0, 0, -0.012]),
            side + "Thumb": tuple(wrist + along * 0.022 + [0, 0, 0.026]),
            side + "UpLeg": (sign * 0.084, 0.842, 0.0),
            side + "LoLeg": (sign * 0.093, 0.462, 0.006),
            side + "Foot": (sign * 0.098, 0.082, -0.020),
        }
    return {joint: np.array(places[joint], float) for joint in JOINTS}


REST = rest()


def smoothstep(t: Array) -> Array:
    """Return 0 below 0, 1 above 1, and a smooth rise between."""
    s = np.clip(t, 0, 1)
    return np.asarray(s * s * (3 - 2 * s))


def only(joint: str, count: int) -> Array:
    """Return weights (count, joints) that follow one joint alone."""
    weights = np.zeros((count, len(JOINTS)))
    weights[:, JOINTS.index(joint)] = 1
    return weights


def blend(first: Array | str, second: Array | str, t: Array) -> Array:
    """Return weights that pass from one joint, or from weights, to another as `t` goes 0 to 1."""
    a = only(first, len(t)) if isinstance(first, str) else first
    b = only(second, len(t)) if isinstance(second, str) else second
    share = smoothstep(t)[:, None]
    return a * (1 - share) + b * share


def along(points: Array, start: Array, end: Array) -> tuple[Array, Array]:
    """Return how far points are along a bone (0 its start, 1 its end) and from its line (m)."""
    bone = end - start
    t = (points - start) @ bone / (bone @ bone)
    away = np.linalg.norm(points - start - np.clip(t, 0, 1)[:, None] * bone, axis=1)
    return np.asarray(t), np.asarray(away)


def trunk_weights(points: Array) -> Array:
    """Return weights of a trunk: hips, spine, chest and neck by height, shoulders by reach."""
    x, y = np.abs(points[:, 0]), points[:, 1]
    low = blend("hips", "spine", (y - 0.90) / 0.12)
    middle = blend(low, "chest", (y - 1.02) / 0.15)
    upper = blend(middle, "neck", (y - 1.305) / 0.07)
    for _, side in SIDES:
        mine = (points[:, 0] > 0) == (side == "l")
        share = smoothstep((x - 0.03) / 0.11) * smoothstep((y - 1.16) / 0.11) * 0.75 * mine
        share *= 1 - smoothstep((y - 1.31) / 0.05) * (1 - smoothstep((x - 0.05) / 0.05))
        upper = upper * (1 - share[:, None]) + only(side + "Shoulder", len(x)) * share[:, None]
    return upper


def arm_weights(points: Array, side: str) -> Array:
    """Return weights of an arm from shoulder to wrist."""
    shoulder, elbow, wrist = (REST[side + joint] for joint in ("UpArm", "LoArm", "Hand"))
    fore, _ = along(points, elbow, wrist)
    lower = blend(side + "UpArm", side + "LoArm", 0.5 + fore * LOWER_M / 0.085)
    return blend(lower, side + "Hand", (fore - 0.97) / 0.12)


def upper_weights(points: Array) -> Array:
    """Return weights of everything above the waist: trunk and arms, melted at the shoulders."""
    weights = trunk_weights(points)
    for sign, side in SIDES:
        t, away = along(points, REST[side + "UpArm"], REST[side + "LoArm"])
        _, fore = along(points, REST[side + "LoArm"], REST[side + "Hand"])
        out = smoothstep((t * UPPER_M + 0.045) / 0.105)
        # Beyond the trunk's own width a wide sleeve may hang far from its bone.
        loose = 0.07 * smoothstep((points[:, 0] * sign - 0.22) / 0.06)
        near = 1 - smoothstep((np.minimum(away, fore) - 0.085 - loose) / 0.055)
        share = (out * near * (points[:, 0] * sign > 0))[:, None]
        weights = weights * (1 - share) + arm_weights(points, side) * share
    return weights


def leg_weights(points: Array, side: str) -> Array:
    """Return weights of a leg from the hip to the foot."""
    hip, knee, ankle = (REST[side + joint] for joint in ("UpLeg", "LoLeg", "Foot"))
    y = points[:, 1]
    top = blend(side + "UpLeg", "hips", (y - hip[1] + 0.05) / 0.15)
    middle = blend(side + "LoLeg", side + "UpLeg", (y - knee[1] + 0.05) / 0.10)
    low = blend(side + "Foot", side + "LoLeg", (y - ankle[1] + 0.01) / 0.06)
    weights = np.where((y > knee[1] + 0.12)[:, None], top, middle)
    return np.where((y < knee[1] - 0.2)[:, None], low, weights)


def lower_weights(points: Array) -> Array:
    """Return weights of everything below the waist: hips above, the nearer leg below."""
    side = smoothstep(0.5 + points[:, 0] / 0.07)[:, None]
    legs = leg_weights(points, "l") * side + leg_weights(points, "r") * (1 - side)
    return blend(legs, trunk_weights(points), (points[:, 1] - 0.84) / 0.12)
