"""How the figure moves: idle, walk, run and wave, made of sines."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from worldloom.studio.figure.rig import SIDES, Rest
from worldloom.studio.geometry.mesh import Array

BLINK = (0.0, 0.06, 0.12, 0.18)


@dataclass(slots=True)
class Clip:
    """A loop: key times in seconds, rotations (n, 4) by joint, the hips' way, blink keys."""

    name: str
    times: Array
    rotations: dict[str, Array] = field(default_factory=dict)
    hips: Array = field(default_factory=lambda: np.zeros((0, 3)))
    blinks: tuple[float, ...] = ()

    @property
    def seconds(self) -> float:
        """How long the loop lasts."""
        return float(self.times[-1])

    def blink_keys(self) -> tuple[Array, Array]:
        """Return key times and how far the lids are closed at each."""
        times, values = [0.0], [0.0]
        for start in self.blinks:
            times += [start + t for t in BLINK]
            values += [0.0, 1.0, 1.0, 0.0]
        return np.array([*times, self.seconds]), np.array([*values, 0.0])


def _about(axis: int, angle: Array) -> Array:
    turn = np.zeros((len(angle), 4))
    turn[:, axis], turn[:, 3] = np.sin(angle / 2), np.cos(angle / 2)
    return turn


def product(a: Array, b: Array) -> Array:
    """Return quaternion products (n, 4), xyzw."""
    x1, y1, z1, w1 = a.T
    x2, y2, z2, w2 = b.T
    parts = (
        w1 * x2 + x1 * w2 + y1 * z2 - z1 * y2,
        w1 * y2 - x1 * z2 + y1 * w2 + z1 * x2,
        w1 * z2 + x1 * y2 - y1 * x2 + z1 * w2,
        w1 * w2 - x1 * x2 - y1 * y2 - z1 * z2,
    )
    return np.stack(parts, 1)


def _turn(like: Array, x: Array | float, y: Array | float = 0.0, z: Array | float = 0.0) -> Array:
    """Rotation round Y, then X, then Z, one a key."""
    keys = [np.broadcast_to(np.asarray(angle, float), like.shape) for angle in (x, y, z)]
    return product(product(_about(1, keys[1]), _about(0, keys[0])), _about(2, keys[2]))


def idle(joints: Rest, seconds: float = 4.0, keys: int = 13) -> Clip:
    """Return standing: breath, a slow look round, a shift of weight, a blink."""
    times = np.linspace(0, seconds, keys)
    w = times / seconds * 2 * np.pi
    breath = np.sin(w)
    turns = {
        "hips": _turn(w, 0.0, 0.03 * breath, 0.018 * breath),
        "spine": _turn(w, 0.012 * breath),
        "chest": _turn(w, 0.01 - 0.02 * breath),
        "neck": _turn(w, 0.01 * breath, 0.10 * np.sin(w + 0.6)),
        "head": _turn(w, 0.02 + 0.015 * np.sin(w * 2), 0.12 * np.sin(w + 0.3)),
    }
    for sign, side in SIDES:
        turns[side + "UpArm"] = _turn(w, 0.05 + 0.02 * breath, 0.0, sign * (0.09 + 0.012 * breath))
        turns[side + "LoArm"] = _turn(w, -0.22 - 0.03 * breath)
        turns[side + "Hand"] = _turn(w, -0.08)
        turns[side + "UpLeg"] = _turn(w, 0.0, 0.0, sign * 0.03 - 0.018 * breath)
    height = joints["hips"][1]
    hips = np.c_[0.012 * breath, height + 0.004 * breath - 0.004, w * 0]
    return Clip("idle", times, turns, hips, (1.1,))


def stride(joints: Rest, name: str, seconds: float, swing: float, keys: int = 17) -> Clip:
    """Return a walk or a run: `swing` is the hips' half angle in radians."""
    times = np.linspace(0, seconds, keys)
    w = times / seconds * 2 * np.pi
    turns: dict[str, Array] = {}
    for sign, side in SIDES:
        u = w + (0.0 if sign > 0 else np.pi)
        lift = np.clip(np.cos(u), 0, 1) ** 1.3
        hip = -swing * np.sin(u) - 0.06
        knee = 0.12 + 1.075 * swing * lift + 0.16 * np.clip(np.sin(u - 0.4), 0, 1)
        foot = -(hip + knee) * 0.62 + 0.30 * np.clip(-np.sin(u + 0.35), 0, 1) * swing
        turns[side + "UpLeg"] = _turn(w, hip, 0.0, sign * 0.02)
        turns[side + "LoLeg"] = _turn(w, knee)
        turns[side + "Foot"] = _turn(w, foot)
        turns[side + "UpArm"] = _turn(w, 0.62 * swing * np.sin(u), 0.0, sign * 0.10)
        bend = 0.30 if name == "walk" else 0.95
        turns[side + "LoArm"] = _turn(w, -bend - 0.22 * swing * (1 - np.sin(u)))
        turns[side + "Hand"] = _turn(w, -0.1)
    lean = 0.03 if name == "walk" else 0.10
    turns["hips"] = _turn(w, lean, -0.10 * np.sin(w), 0.035 * np.sin(w))
    turns["spine"] = _turn(w, 0.02 + lean, 0.06 * np.sin(w), -0.02 * np.sin(w))
    turns["chest"] = _turn(w, 0.02, 0.11 * np.sin(w), -0.012 * np.sin(w))
    turns["head"] = _turn(w, -0.05 - lean + 0.015 * np.cos(2 * w), -0.07 * np.sin(w))
    bounce = 0.020 if name == "walk" else 0.034
    height = joints["hips"][1] - 0.028 + bounce * np.cos(2 * w + 0.2)
    return Clip(name, times, turns, np.c_[0.018 * np.cos(w + 1.57), height, w * 0])


def wave(joints: Rest) -> Clip:
    """Return a greeting with the right hand, two seconds long."""
    clip = idle(joints, 2.0, 17)
    w = np.linspace(0, 4 * np.pi, len(clip.times))
    clip.rotations["rUpArm"] = product(
        _about(2, np.full(len(w), -2.25)), _about(1, np.full(len(w), -0.2))
    )
    clip.rotations["rLoArm"] = product(
        _about(2, 0.35 * np.sin(w) - 0.5), _about(1, np.full(len(w), -0.15))
    )
    clip.rotations["rHand"] = _turn(w, 0.0, 0.0, 0.18 * np.sin(w - 0.5))
    clip.rotations["head"] = _turn(w, 0.0, -0.06, -0.07)
    return Clip("wave", clip.times, clip.rotations, clip.hips, (0.9,))


def clips(joints: Rest) -> list[Clip]:
    """Return every clip of the avatar."""
    return [
        idle(joints),
        stride(joints, "walk", 1.0, 0.52),
        stride(joints, "run", 0.66, 0.92),
        wave(joints),
    ]
