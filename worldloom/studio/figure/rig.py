"""Seventeen joints, where they rest, and weights between two of them."""

from __future__ import annotations

import numpy as np

from worldloom.studio.geometry.mesh import Array

JOINTS = (
    "hips", "spine", "chest", "neck", "head", "lUpArm", "lLoArm", "lHand", "rUpArm", "rLoArm",
    "rHand", "lUpLeg", "lLoLeg", "lFoot", "rUpLeg", "rLoLeg", "rFoot",
)  # fmt: skip
PARENTS = {
    "spine": "hips", "chest": "spine", "neck": "chest", "head": "neck",
    "lUpArm": "chest", "lLoArm": "lUpArm", "lHand": "lLoArm",
    "rUpArm": "chest", "rLoArm": "rUpArm", "rHand": "rLoArm",
    "lUpLeg": "hips", "lLoLeg": "lUpLeg", "lFoot": "lLoLeg",
    "rUpLeg": "hips", "rLoLeg": "rUpLeg", "rFoot": "rLoLeg",
}  # fmt: skip
SIDES = ((1, "l"), (-1, "r"))
HEIGHT_M, LEG_SHARE, SHOULDER_M = 1.66, 0.47, 0.158
Rest = dict[str, Array]


def rest() -> Rest:
    """Return each joint's place in metres when the figure stands at rest, looking to +Z."""
    hip = HEIGHT_M * LEG_SHARE
    trunk = HEIGHT_M - hip - 0.30
    places: dict[str, tuple[float, float, float]] = {
        "hips": (0, hip, 0),
        "spine": (0, hip + trunk * 0.30, 0),
        "chest": (0, hip + trunk * 0.62, 0),
        "neck": (0, hip + trunk * 0.98, 0),
        "head": (0, hip + trunk * 1.10, 0.01),
    }
    shoulder = hip + trunk * 0.885
    for sign, side in SIDES:
        places[side + "UpArm"] = (sign * SHOULDER_M, shoulder, 0)
        places[side + "LoArm"] = (sign * (SHOULDER_M + 0.065), shoulder - 0.245, -0.005)
        places[side + "Hand"] = (sign * (SHOULDER_M + 0.095), shoulder - 0.47, 0.03)
        places[side + "UpLeg"] = (sign * 0.092, hip - 0.02, 0)
        places[side + "LoLeg"] = (sign * 0.100, hip * 0.53, 0.008)
        places[side + "Foot"] = (sign * 0.104, 0.085, -0.012)
    return {joint: np.array(places[joint], float) for joint in JOINTS}


def smoothstep(t: Array) -> Array:
    """Return 0 below 0, 1 above 1, and a smooth rise between."""
    s = np.clip(t, 0, 1)
    return np.asarray(s * s * (3 - 2 * s))


def only(joint: str, count: int) -> Array:
    """Return weights (count, 17) that follow one joint alone."""
    weights = np.zeros((count, len(JOINTS)))
    weights[:, JOINTS.index(joint)] = 1
    return weights


def blend(first: str, second: str, t: Array) -> Array:
    """Return weights that pass from one joint to another as `t` (n,) goes from 0 to 1."""
    share = smoothstep(t)[:, None]
    return only(first, len(t)) * (1 - share) + only(second, len(t)) * share
