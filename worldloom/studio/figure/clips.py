"""How the figure moves: loops and emotes made of sines, as turns of joints over time.

Arms are posed by where upper arm and forearm point, so that a clip reads like what is seen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from worldloom.studio.figure.rig import JOINTS, REST, SIDES
from worldloom.studio.geometry.mesh import Array, unit

FRAMES: Final = 24
"""Frames of every clip, evenly over its length; the first follows the last."""
W: Final = np.arange(FRAMES) / FRAMES * 2 * np.pi


@dataclass(slots=True)
class Clip:
    """A loop of some seconds: turns (frames, 4) by joint, and the hips' way from rest (m)."""

    name: str
    seconds: float
    turns: dict[str, Array] = field(default_factory=dict)
    hips: Array | None = None
    """Only a clip of the whole body moves the hips."""


def about(axis: int, angle: ArrayLike) -> Array:
    """Return turns round an axis, one a frame."""
    given = np.broadcast_to(np.asarray(angle, float), (FRAMES,))
    turn = np.zeros((FRAMES, 4))
    turn[:, axis], turn[:, 3] = np.sin(given / 2), np.cos(given / 2)
    return turn


def product(a: Array, b: Array) -> Array:
    """Return quaternion products (n, 4), xyzw: first b, then a."""
    x1, y1, z1, w1 = a.T
    x2, y2, z2, w2 = b.T
    parts = (
        w1 * x2 + x1 * w2 + y1 * z2 - z1 * y2,
        w1 * y2 - x1 * z2 + y1 * w2 + z1 * x2,
        w1 * z2 + x1 * y2 - y1 * x2 + z1 * w2,
        w1 * w2 - x1 * x2 - y1 * y2 - z1 * z2,
    )
    return np.stack(parts, 1)


def bend(x: ArrayLike = 0.0, y: ArrayLike = 0.0, z: ArrayLike = 0.0) -> Array:
    """Return turns round Z, then X, then Y."""
    return product(about(1, y), product(about(0, x), about(2, z)))


def toward(rest: Array, goal: Array) -> Array:
    """Return the shortest turns (n, 4) that take a direction at rest to goals (n, 3)."""
    a, b = unit(rest), unit(goal)
    axis = np.cross(np.broadcast_to(a, b.shape), b)
    turn = np.c_[axis, 1 + b @ a]
    return np.asarray(turn / np.maximum(np.linalg.norm(turn, axis=1, keepdims=True), 1e-9))


Way = tuple[Array | float, Array | float, Array | float]
"""A direction: outward, up, ahead; each one number or one a frame."""


def arm(side: str, upper: Way, fore: Way, lift: ArrayLike = 0.0) -> dict[str, Array]:
    """Return an arm's turns by where upper arm and forearm point.

    `lift` raises the shoulder, in radians.
    """
    sign = 1 if side == "l" else -1
    ways = []
    for given in (upper, fore):
        columns = [np.broadcast_to(np.asarray(part, float), (FRAMES,)) for part in given]
        ways.append(unit(np.stack(columns, 1) * [sign, 1, 1]))
    raised = about(2, np.asarray(lift) * sign)
    bones = [REST[side + b] - REST[side + a] for a, b in (("UpArm", "LoArm"), ("LoArm", "Hand"))]
    up, low = toward(bones[0], ways[0]), toward(bones[1], ways[1])
    back = np.array([-1, -1, -1, 1])
    return {
        side + "Shoulder": raised,
        side + "UpArm": product(raised * back, up),
        side + "LoArm": product(up * back, low),
    }


def fingers(
    side: str, curl: ArrayLike, index: ArrayLike | None = None, thumb: ArrayLike = 0.2
) -> dict[str, Array]:
    """Return how far fingers are bent: 0 straight, 1 a fist."""
    sign = 1 if side == "l" else -1
    alone = curl if index is None else index
    return {
        side + "Fingers": about(2, np.asarray(curl) * -1.35 * sign),
        side + "Index": about(2, np.asarray(alone) * -1.35 * sign),
        side + "Thumb": product(
            about(2, np.asarray(thumb) * -0.5 * sign), about(0, np.asarray(thumb) * -0.5)
        ),
    }


def _hanging(breath: Array, bent: float = 0.16) -> dict[str, Array]:
    """Arms that hang, fingers a little bent."""
    turns: dict[str, Array] = {}
    for _, side in SIDES:
        turns |= arm(
            side,
            (0.15 + 0.008 * breath, -1.0, -0.02),
            (0.10, -1.0, bent + 0.02 * breath),
            0.01 * breath,
        )
        turns |= fingers(side, 0.22, 0.16)
        turns[side + "Hand"] = bend(-0.05)
    return turns


def idle() -> Clip:
    """Return standing: breath, a slow look round, a shift of weight."""
    breath = np.sin(W * 2)
    slow = np.sin(W)
    turns = _hanging(breath) | {
        "hips": bend(0, 0.02 * slow, 0.016 * slow),
        "spine": bend(0.008 * breath, 0, -0.014 * slow),
        "chest": bend(-0.012 - 0.016 * breath, -0.01 * slow),
        "neck": bend(0.008 * breath, 0.05 * np.sin(W + 0.6)),
        "head": bend(0.01 + 0.008 * np.sin(W * 2 + 1), 0.06 * np.sin(W + 0.3)),
    }
    for sign, side in SIDES:
        turns[side + "UpLeg"] = bend(0, sign * 0.03, sign * 0.028 - 0.016 * slow)
        turns[side + "Foot"] = bend(0, sign * 0.12, -sign * 0.028)
    return Clip("idle", 6.4, turns, np.c_[0.010 * slow, 0.003 * breath - 0.003, W * 0])


def _stride(name: str, seconds: float, swing: float, run: float) -> Clip:
    """Return a walk (run 0) or a run (run 1): `swing` is the hips' half angle in radians."""
    turns: dict[str, Array] = {}
    for sign, side in SIDES:
        u = W + (0.0 if sign > 0 else np.pi)
        lift = np.clip(np.cos(u), 0, 1) ** 1.3
        hip = -swing * np.sin(u) - 0.05 - 0.10 * run
        knee = 0.10 + 1.05 * swing * lift + 0.17 * np.clip(np.sin(u - 0.4), 0, 1) + 0.30 * run
        foot = -(hip + knee) * 0.60 + 0.32 * np.clip(-np.sin(u + 0.35), 0, 1) * swing
        turns[side + "UpLeg"] = bend(hip, 0.0, sign * 0.02)
        turns[side + "LoLeg"] = bend(knee)
        turns[side + "Foot"] = bend(foot, sign * 0.06)
        ahead = 0.62 * swing * np.sin(u)
        flex = (0.22 + 0.95 * run) + 0.24 * swing * (1 + np.sin(u))
        turns |= arm(
            side,
            (0.15 + 0.05 * run, -np.cos(ahead), -np.sin(-ahead) - 0.16 * run),
            (0.08 - 0.22 * run * np.sin(u), -np.cos(ahead + flex), np.sin(ahead + flex)),
        )
        turns |= fingers(side, 0.26 + 0.45 * run, 0.22 + 0.45 * run, 0.2 + 0.4 * run)
        turns[side + "Hand"] = bend(-0.06)
    lean = 0.025 + 0.085 * run
    turns["hips"] = bend(lean, -0.09 * np.sin(W), 0.030 * np.sin(W))
    turns["spine"] = bend(0.01 + lean, 0.05 * np.sin(W), -0.020 * np.sin(W))
    turns["chest"] = bend(0.01, 0.10 * np.sin(W), -0.012 * np.sin(W))
    turns["neck"] = bend(-0.02 - lean * 0.5, -0.03 * np.sin(W))
    turns["head"] = bend(-0.02 - lean * 0.6 + 0.012 * np.cos(2 * W), -0.04 * np.sin(W))
    bounce = 0.018 + 0.018 * run
    down = -0.022 - 0.025 * run
    return Clip(
        name,
        seconds,
        turns,
        np.c_[0.016 * np.cos(W + 1.57), down + bounce * np.cos(2 * W + 0.2), W * 0],
    )


def walk() -> Clip:
    """Return a walk."""
    return _stride("walk", 1.0, 0.50, 0.0)


def run() -> Clip:
    """Return a run."""
    return _stride("run", 0.66, 0.86, 1.0)


def air() -> Clip:
    """Return being in the air."""
    turns: dict[str, Array] = {
        "spine": bend(0.10), "chest": bend(-0.06), "head": bend(-0.04), "hips": bend(0.06),
    }  # fmt: skip
    for sign, side in SIDES:
        turns |= arm(side, (0.75, -0.55, 0.12 + 0.05 * np.sin(W + sign)), (0.55, -0.25, 0.65))
        turns |= fingers(side, 0.10)
        turns[side + "UpLeg"] = bend(-0.62 if sign > 0 else -0.18, 0, sign * 0.05)
        turns[side + "LoLeg"] = bend(0.95 if sign > 0 else 0.55)
        turns[side + "Foot"] = bend(0.30)
    return Clip("air", 1.2, turns, np.zeros((FRAMES, 3)))


def sit() -> Clip:
    """Return sitting on something 0.45 m high, hands on the thighs."""
    breath = np.sin(W)
    turns: dict[str, Array] = {
        "hips": bend(-0.06),
        "spine": bend(0.05 + 0.006 * breath),
        "chest": bend(0.03 - 0.012 * breath),
        "neck": bend(0.0),
        "head": bend(-0.02 + 0.008 * breath, 0.05 * np.sin(W + 0.5)),
    }
    for sign, side in SIDES:
        turns[side + "UpLeg"] = bend(-1.46, sign * 0.16)
        turns[side + "LoLeg"] = bend(1.46)
        turns[side + "Foot"] = bend(0.02)
        turns |= arm(side, (0.20, -1.0, 0.22 + 0.01 * breath), (-0.06, -0.52, 0.86))
        turns |= fingers(side, 0.12, 0.08)
        turns[side + "Hand"] = bend(0.25)
    return Clip("sit", 4.4, turns, np.tile([0.0, -0.340, 0.0], (FRAMES, 1)))


def wave() -> Clip:
    """Return a greeting with the right hand."""
    shake = np.sin(W * 3)
    turns = arm("r", (0.80, 0.22, 0.24), (0.30 + 0.34 * shake, 1.0, 0.22), 0.22)
    turns |= fingers("r", -0.02, -0.04, 0.0)
    turns["rHand"] = bend(0, 0, 0.20 * np.sin(W * 3 - 0.7))
    turns["head"] = bend(-0.03, -0.05, -0.06)
    return Clip("wave", 2.1, turns)


def point() -> Clip:
    """Return pointing ahead with the right hand."""
    turns = arm(
        "r", (0.20, 0.02 + 0.02 * np.sin(W), 1.0), (0.04, 0.10 + 0.02 * np.sin(W), 1.0), 0.14
    )
    turns |= fingers("r", 1.0, 0.0, 0.9)
    turns["rHand"] = bend(0, 0, 0)
    turns["chest"] = bend(0.02, 0.10)
    turns["head"] = bend(-0.02, -0.06)
    return Clip("point", 3.0, turns)


def dance() -> Clip:
    """Return a dance."""
    beat = np.sin(W * 2)
    sway = np.sin(W)
    turns: dict[str, Array] = {
        "hips": bend(0.04, 0.22 * sway, 0.13 * sway),
        "spine": bend(0.02 + 0.03 * np.cos(W * 4), -0.10 * sway, -0.13 * sway),
        "chest": bend(-0.02, -0.22 * sway, -0.06 * sway),
        "neck": bend(0.02),
        "head": bend(0.05 * np.cos(W * 4), 0.10 * sway, 0.10 * sway),
    }
    for sign, side in SIDES:
        own = np.sin(W * 2 + (0 if sign > 0 else np.pi))
        turns |= arm(
            side,
            (0.72, -0.30 + 0.32 * own, 0.45),
            (0.16 + 0.25 * beat * sign, 0.42 + 0.60 * own, 0.75),
            0.10 + 0.08 * own,
        )
        turns |= fingers(side, 0.35, 0.2)
        turns[side + "Hand"] = bend(0.1 * own, 0, 0.25 * own * sign)
        step = np.clip(np.sin(W * 2 + (0 if sign > 0 else np.pi)), 0, 1)
        turns[side + "UpLeg"] = bend(-0.20 - 0.46 * step, sign * 0.10, -0.13 * sway + sign * 0.05)
        turns[side + "LoLeg"] = bend(0.38 + 0.72 * step)
        turns[side + "Foot"] = bend(-0.18 - 0.10 * step, sign * 0.12)
    hips = np.c_[0.060 * sway, -0.040 - 0.018 * np.cos(W * 4), 0.012 * np.sin(W * 2)]
    return Clip("dance", 2.0, turns, hips)


def clap() -> Clip:
    """Return clapping."""
    gap = 0.5 - 0.5 * np.cos(W * 4)
    turns: dict[str, Array] = {"head": bend(0.02 * np.sin(W * 4), 0, 0), "chest": bend(-0.02)}
    for sign, side in SIDES:
        turns |= arm(side, (0.42 + 0.06 * gap, -0.85, 0.44), (-0.56 + 0.48 * gap, 0.36, 0.80), 0.04)
        turns |= fingers(side, 0.02, 0.0, 0.0)
        turns[side + "Hand"] = bend(0.0, -0.55 * sign, 0.0)
    return Clip("clap", 1.5, turns)


def nod() -> Clip:
    """Return a nod: yes."""
    down = 0.5 - 0.5 * np.cos(W * 2)
    return Clip("nod", 1.3, {"neck": bend(0.14 * down), "head": bend(-0.03 + 0.30 * down)})


def shake() -> Clip:
    """Return a shake of the head: no."""
    side = np.sin(W * 2)
    return Clip(
        "shake the head", 1.4, {"neck": bend(0.02, 0.16 * side), "head": bend(0.02, 0.36 * side)}
    )


def cheer() -> Clip:
    """Return cheering with both arms up."""
    jump = np.abs(np.sin(W * 2))
    turns: dict[str, Array] = {
        "chest": bend(-0.10),
        "head": bend(-0.12 + 0.05 * jump),
        "spine": bend(-0.02),
        "hips": bend(0.0),
        "neck": bend(-0.04),
    }
    for sign, side in SIDES:
        turns |= arm(
            side,
            (0.52, 0.72 + 0.12 * jump, 0.18),
            (0.34 + 0.16 * np.sin(W * 4) * sign, 1.0, 0.10),
            0.34,
        )
        turns |= fingers(side, 0.9, 0.9, 0.8)
        turns[side + "Hand"] = bend(0)
        turns[side + "UpLeg"] = bend(-0.28 * (1 - jump), 0, sign * 0.04)
        turns[side + "LoLeg"] = bend(0.50 * (1 - jump))
        turns[side + "Foot"] = bend(-0.22 * (1 - jump) + 0.35 * np.clip(jump - 0.5, 0, 1))
    return Clip("cheer", 1.4, turns, np.c_[W * 0, 0.075 * jump - 0.035, W * 0])


def bow() -> Clip:
    """Return a bow."""
    down = np.clip(1.35 * np.sin(W / 2) ** 1.2, 0, 1)
    turns: dict[str, Array] = {
        "hips": bend(0.34 * down), "spine": bend(0.26 * down), "chest": bend(0.20 * down),
        "neck": bend(0.06 * down), "head": bend(0.16 * down),
    }  # fmt: skip
    for sign, side in SIDES:
        turns |= arm(
            side, (0.14, -1.0, 0.30 * down), (0.04 - 0.10 * down, -1.0, 0.14 + 0.30 * down)
        )
        turns |= fingers(side, 0.08, 0.05)
        turns[side + "Hand"] = bend(0)
        turns[side + "UpLeg"] = bend(-0.34 * down, 0, sign * 0.02)
        turns[side + "LoLeg"] = bend(0.02 * down)
        turns[side + "Foot"] = bend(0, sign * 0.08)
    return Clip("bow", 2.4, turns, np.c_[W * 0, -0.010 * down, -0.055 * down])


CLIPS: Final[tuple[Callable[[], Clip], ...]] = (
    idle, walk, run, wave, air, sit, point, dance, clap, nod, shake, cheer, bow,
)  # fmt: skip


def clips() -> list[Clip]:
    """Return every clip, in the order of the wire's animations."""
    made = [make() for make in CLIPS]
    assert all(set(clip.turns) <= set(JOINTS) for clip in made)
    return made
