"""How bodies differ: a measure of the wardrobe stretches joints, and no mesh is made anew.

A joint's stretch widens what follows it and moves its children apart, but its children keep their
own size. The client does the same with the same numbers, which come in the wardrobe's list.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Stretch = tuple[float, float, float]

BASE: Final[dict[str, Stretch]] = {"head": (1.055, 1.045, 1.045)}
"""What every figure has: a head a little larger than life looks friendly."""
TALL: Final = 0.105
"""How much of its height the tallest figure has more than the average one."""
MEASURES: Final[dict[str, dict[str, Stretch]]] = {
    "height": {"head": (-0.035, -0.035, -0.035)},
    "build": {
        "hips": (0.15, 0.0, 0.22), "spine": (0.17, 0.0, 0.30), "chest": (0.12, 0.0, 0.18),
        "neck": (0.10, 0.0, 0.10), "head": (0.025, 0.0, 0.015),
        "lShoulder": (0.06, 0.05, 0.14), "rShoulder": (0.06, 0.05, 0.14),
        "lUpArm": (0.09, 0.07, 0.16), "rUpArm": (0.09, 0.07, 0.16),
        "lLoArm": (0.05, 0.04, 0.12), "rLoArm": (0.05, 0.04, 0.12),
        "lUpLeg": (0.19, 0.0, 0.19), "rUpLeg": (0.19, 0.0, 0.19),
        "lLoLeg": (0.13, 0.0, 0.13), "rLoLeg": (0.13, 0.0, 0.13),
    },
    "frame": {
        "hips": (0.085, 0.0, 0.06), "chest": (-0.050, 0.0, -0.030), "spine": (-0.030, 0.0, -0.02),
        "neck": (-0.09, 0.0, -0.09), "head": (-0.015, 0.0, 0.0),
        "lShoulder": (-0.085, 0.0, -0.04), "rShoulder": (-0.085, 0.0, -0.04),
        "lUpArm": (-0.05, -0.03, -0.09), "rUpArm": (-0.05, -0.03, -0.09),
        "lLoArm": (-0.03, -0.02, -0.08), "rLoArm": (-0.03, -0.02, -0.08),
        "lHand": (-0.05, -0.05, -0.05), "rHand": (-0.05, -0.05, -0.05),
        "lFoot": (-0.05, 0.0, -0.05), "rFoot": (-0.05, 0.0, -0.05),
    },
}  # fmt: skip
"""Measure → joint → how much is added to its width, length and depth at the measure's end."""


def stretches(measures: Mapping[str, float]) -> dict[str, Stretch]:
    """Return joint → factors for measures from -1 to 1 (0 is the average)."""
    found = dict(BASE)
    for measure, share in measures.items():
        for joint, (x, y, z) in MEASURES[measure].items():
            a, b, c = found.get(joint, (1.0, 1.0, 1.0))
            found[joint] = (a * (1 + x * share), b * (1 + y * share), c * (1 + z * share))
    return found
