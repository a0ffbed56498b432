"""The body: jacket, sleeves, hands, trousers and boots, each with its slot and weights."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from worldloom.studio.figure.rig import SIDES, Rest, blend, only, smoothstep
from worldloom.studio.geometry.mesh import Array, Mesh, merge
from worldloom.studio.geometry.sweeps import loft, tube

SLOTS = {"skin": 0, "hair": 1, "top": 2, "bottom": 3, "shoes": 4, "accent": 5, "own": 6}
Weigher = Callable[[Array], Array]


class Figure:
    """Pieces of a body, each with a colour slot, joint weights, and how far a blink moves it."""

    def __init__(self) -> None:
        self.meshes: list[Mesh] = []
        self.slots: list[Array] = []
        self.weights: list[Array] = []
        self.blinks: list[Array] = []

    def add(self, shape: Mesh, slot: str, weigh: Weigher | str, blink: Array | None = None) -> None:
        """Add a piece that follows a joint by name, or weights made from its points."""
        count = len(shape.positions)
        self.meshes.append(shape)
        self.slots.append(np.full(count, SLOTS[slot]))
        follows = only(weigh, count) if isinstance(weigh, str) else weigh(shape.positions)
        self.weights.append(follows)
        self.blinks.append(np.zeros((count, 3)) if blink is None else blink)

    def whole(self) -> tuple[Mesh, Array, Array, Array]:
        """Return the merged mesh, its slots (n,), weights (n, 17) and blink offsets (n, 3)."""
        return (
            merge(self.meshes),
            np.concatenate(self.slots),
            np.concatenate(self.weights),
            np.concatenate(self.blinks),
        )


def dress(figure: Figure, joints: Rest) -> None:
    """Add everything below the head."""
    _jacket(figure, joints)
    for sign, side in SIDES:
        _arm(figure, joints, sign, side)
        _hand(figure, joints, sign, side)
        _leg(figure, joints, side)


def _jacket(figure: Figure, joints: Rest) -> None:
    hip, waist, chest, neck = (float(joints[j][1]) for j in ("hips", "spine", "chest", "neck"))
    shoulder = float(joints["lUpArm"][1])
    hem = hip - 0.15

    def torso(points: Array) -> Array:
        y, x = points[:, 1], points[:, 0]
        upper = blend("spine", "chest", (y - waist) / (chest - waist))
        lower = blend("hips", "spine", (y - hip + 0.06) / (waist - hip + 0.06))
        weights = np.where((y < waist)[:, None], lower, upper)
        # The hem follows the thigh on its side, so that a long step does not cut through it.
        left = smoothstep(0.5 + x / 0.22)[:, None]
        thighs = only("lUpLeg", len(x)) * left + only("rUpLeg", len(x)) * (1 - left)
        share = (0.72 * smoothstep((hip - 0.0 - y) / 0.15))[:, None]
        return weights * (1 - share) + thighs * share

    figure.add(
        loft([
            (0, hem + 0.012, 0, 0.150, 0.110), (0, hem, 0, 0.208, 0.160),
            (0, hem + 0.02, 0, 0.210, 0.162), (0, hip, 0, 0.188, 0.144),
            (0, (hip + waist) / 2, 0.002, 0.160, 0.122), (0, waist, 0.004, 0.142, 0.110),
            (0, chest, 0.006, 0.158, 0.119), (0, shoulder - 0.06, 0.002, 0.172, 0.116),
            (0, shoulder + 0.004, -0.002, 0.176, 0.100),
            (0, shoulder + 0.034, -0.003, 0.164, 0.091),
            (0, shoulder + 0.054, -0.004, 0.136, 0.080),
            (0, neck - 0.012, -0.005, 0.082, 0.070), (0, neck + 0.012, -0.004, 0.060, 0.058),
        ], 16, 2.3),
        "top", torso,
    )  # fmt: skip
    figure.add(
        loft([
            (0, waist - 0.045, 0.003, 0.10, 0.08), (0, waist - 0.045, 0.003, 0.155, 0.121),
            (0, waist - 0.008, 0.004, 0.153, 0.120), (0, waist - 0.008, 0.004, 0.10, 0.08),
        ], 16, 2.3),
        "accent", torso,
    )  # fmt: skip
    figure.add(
        loft([
            (0, neck - 0.028, -0.002, 0.07, 0.064), (0, neck - 0.026, -0.002, 0.088, 0.077),
            (0, neck + 0.004, -0.002, 0.079, 0.072), (0, neck + 0.026, -0.002, 0.074, 0.069),
            (0, neck + 0.028, -0.002, 0.055, 0.055),
        ], 14),
        "accent", "chest",
    )  # fmt: skip
    figure.add(
        loft([(0, neck - 0.02, 0, 0.048, 0.048), (0, neck + 0.10, 0.008, 0.044, 0.046)], 10, 2.0),
        "skin",
        lambda points: blend("neck", "head", (points[:, 1] - neck - 0.03) / 0.05),
    )


def _between(a: Array, b: Array, t: float) -> Array:
    return a + (b - a) * t


def _rings(a: Array, b: Array, rows: list[tuple[float, float, float]]) -> list[tuple[float, ...]]:
    return [(*_between(a, b, t), rx, rz) for t, rx, rz in rows]


def _arm(figure: Figure, joints: Rest, sign: int, side: str) -> None:
    shoulder, elbow, wrist = (joints[side + name] for name in ("UpArm", "LoArm", "Hand"))

    def weigh(points: Array) -> Array:
        y = points[:, 1]
        lower = blend(side + "LoArm", side + "UpArm", (y - elbow[1] + 0.045) / 0.09)
        return np.asarray(lower)

    # A dome round the joint turns in place: no seam opens when the arm is raised.
    rows = [
        (*(shoulder + [0, 0.0655 * math.sin(a), 0]), 0.064 * math.cos(a), 0.066 * math.cos(a))
        for a in (1.45, 1.15, 0.8, 0.4)
    ]
    rows += _rings(
        shoulder,
        elbow,
        [(0.0, 0.0640, 0.0660), (0.2, 0.0625, 0.0645), (0.5, 0.0575, 0.0600), (0.88, 0.051, 0.054)],
    )
    rows += _rings(elbow, wrist, [(0.06, 0.050, 0.053), (0.45, 0.048, 0.052), (0.93, 0.048, 0.052),
                                  (0.94, 0.034, 0.036)])  # fmt: skip
    figure.add(loft(rows, 10, 2.1), "top", weigh)
    cuff = [(0.83, 0.03, 0.03), (0.83, 0.053, 0.057), (0.955, 0.055, 0.059), (0.955, 0.03, 0.03)]
    figure.add(loft(_rings(elbow, wrist, cuff), 10, 2.1), "accent", side + "LoArm")


def _hand(figure: Figure, joints: Rest, sign: int, side: str) -> None:
    elbow, wrist = joints[side + "LoArm"], joints[side + "Hand"]
    down = (wrist - elbow) / np.linalg.norm(wrist - elbow)
    palm = [(-0.03, 0.023, 0.026), (0.0, 0.023, 0.029), (0.03, 0.022, 0.037), (0.062, 0.019, 0.039),
            (0.075, 0.014, 0.036)]  # fmt: skip
    figure.add(
        loft([(*(wrist + down * t), rx, rz) for t, rx, rz in palm], 9, 2.6), "skin", side + "Hand"
    )
    inward = np.array([-sign, 0.0, 0.0])
    for k, (z, length) in enumerate(
        ((0.028, 0.052), (0.010, 0.060), (-0.008, 0.056), (-0.025, 0.044))
    ):
        root = wrist + down * 0.066 + [0, 0, z]
        middle = root + down * length * 0.55 + inward * 0.004
        tip = root + down * length + inward * 0.016
        finger = tube([root, middle, tip], [0.0100, 0.0096, 0.0068], 5)
        figure.add(finger.shaded(1 - 0.02 * (k % 2)), "skin", side + "Hand")
    thumb = [
        wrist + down * 0.012 + [0, 0, 0.024],
        wrist + down * 0.042 + inward * 0.004 + [0, 0, 0.048],
        wrist + down * 0.070 + inward * 0.010 + [0, 0, 0.054],
    ]
    figure.add(tube(thumb, [0.0135, 0.0125, 0.0080], 6), "skin", side + "Hand")


def _leg(figure: Figure, joints: Rest, side: str) -> None:
    hip, knee, ankle = (joints[side + name] for name in ("UpLeg", "LoLeg", "Foot"))

    def weigh(points: Array) -> Array:
        y = points[:, 1]
        top = blend(side + "UpLeg", "hips", (y - hip[1] + 0.06) / 0.14)
        middle = blend(side + "LoLeg", side + "UpLeg", (y - knee[1] + 0.055) / 0.11)
        low = blend(side + "Foot", side + "LoLeg", (y - ankle[1]) / 0.05)
        weights = np.where((y > hip[1] - 0.10)[:, None], top, middle)
        return np.where((y < ankle[1] + 0.055)[:, None], low, weights)

    rows = [(*(hip + [0, 0.09, 0]), 0.05, 0.06), (*(hip + [0, 0.05, 0]), 0.082, 0.090)]
    rows += _rings(hip, knee, [(0.15, 0.085, 0.093), (0.6, 0.075, 0.081), (0.92, 0.066, 0.071)])
    rows += _rings(knee, ankle, [(0.06, 0.064, 0.070), (0.3, 0.062, 0.069), (0.7, 0.057, 0.061),
                                 (0.86, 0.061, 0.065), (0.87, 0.04, 0.04)])  # fmt: skip
    figure.add(loft(rows, 10, 2.2), "bottom", weigh)
    x = float(ankle[0])
    boot = _rings(knee, ankle, [(0.72, 0.03, 0.03), (0.74, 0.050, 0.054), (1.0, 0.050, 0.058)])
    boot += [
        (x, 0.062, 0.012, 0.052, 0.086),
        (x, 0.046, 0.036, 0.054, 0.116),
        (x, 0.028, 0.042, 0.056, 0.126),
    ]
    figure.add(loft([*boot, (x, 0.024, 0.042, 0.05, 0.12)], 10, 2.4), "shoes", weigh)
    sole = [
        (x, 0.029, 0.042, 0.04, 0.11),
        (x, 0.026, 0.042, 0.060, 0.133),
        (x, 0.004, 0.042, 0.060, 0.133),
    ]
    sole.append((x, 0.0, 0.042, 0.054, 0.127))
    figure.add(loft(sole, 10, 2.4).painted((0.62, 0.60, 0.58)), "shoes", side + "Foot")
