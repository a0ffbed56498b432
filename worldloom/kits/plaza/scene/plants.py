"""Small plants: grass, meadow flowers, reeds, water lilies, herbs and bamboo."""

from __future__ import annotations

import math

import numpy as np

from worldloom.kits.plaza.scene.palette import tone
from worldloom.studio.geometry.mesh import Array, Mesh, merge, mesh
from worldloom.studio.geometry.solids import lathe


def _blade(foot: Array, lean: Array, tall: float, wide: float, low: Array, high: Array) -> Mesh:
    """A bent blade of three triangles; its normals look up so that it takes the meadow's light."""
    across = np.array([-lean[2], 0, lean[0]]) * wide
    middle = foot + lean * 0.3 * tall * 0.4 + [0, tall * 0.58, 0]
    points = [foot - across, foot + across, middle - across * 0.75, middle + across * 0.75]
    points.append(foot + lean * 0.45 * tall + [0, tall, 0])
    colors = [low, low, low * 0.5 + high * 0.5, low * 0.5 + high * 0.5, high]
    return mesh(points, (0, 1, 0), [[0, 1, 3], [0, 3, 2], [2, 3, 4]]).painted(np.array(colors))


def tuft(
    seed: int, blades: int = 9, tall: float = 0.26, spread: float = 0.10, low: str = "moss",
    high: str = "oak_tip", wide: float = 0.014,
) -> Mesh:  # fmt: skip
    """Return a tuft of bent blades."""
    rng = np.random.default_rng(seed)
    parts = []
    for _ in range(blades):
        angle = rng.uniform(0, 2 * math.pi)
        lean = np.array([math.cos(angle), 0, math.sin(angle)])
        x, z = rng.normal(0, spread, 2)
        size = tall * rng.uniform(0.6, 1.3)
        parts.append(
            _blade(np.array([x, 0, z]), lean, size, wide, tone(low, -0.02), tone(high, 0.04))
        )
    return merge(parts)


def flower(color: Array, seed: int, stems: int = 5) -> Mesh:
    """Return a handful of small cup flowers on stems."""
    rng = np.random.default_rng(seed)
    parts = []
    for _ in range(stems):
        x, z = rng.normal(0, 0.15, 2)
        tall = rng.uniform(0.18, 0.36)
        stem = [[x - 0.007, 0, z], [x + 0.007, 0, z], [x, tall, z]]
        parts.append(mesh(stem, (0, 1, 0), [[0, 1, 2]], tone("moss")))
        turn = np.arange(10) / 10 * 2 * math.pi
        radius = np.where(np.arange(10) % 2 == 0, 0.055, 0.022)
        lift = np.where(np.arange(10) % 2 == 0, 0.03, 0.01)
        petals = np.c_[np.cos(turn) * radius, lift, np.sin(turn) * radius]
        cup = np.concatenate([petals, [[0, 0, 0]]])
        faces = [[k, (k + 1) % 10, 10] for k in range(10)]
        shade = color * rng.uniform(0.9, 1.06)
        hue = np.concatenate([np.tile(shade, (10, 1)), [tone("brass", 0.08)]])
        head = mesh(cup, (0, 1, 0), faces).painted(np.clip(hue, 0, 1)).turned_x(rng.normal(0, 0.4))
        parts.append(head.moved(x, tall, z))
    return merge(parts)


def reed(seed: int) -> Mesh:
    """Return a clump of reeds with brown spikes, about 1.5 m tall."""
    rng = np.random.default_rng(seed)
    leaves = tuft(seed, 16, 1.15, 0.16, "moss", "sage", 0.016)
    spike = lathe(
        [(0.005, 0), (0.006, 1.2), (0.024, 1.23), (0.022, 1.4), (0, 1.48)], 4, smooth=True
    )
    parts = [leaves]
    for _ in range(4):
        x, z = rng.normal(0, 0.14, 2)
        low = spike.positions[:, 1:2] < 1.21
        colored = spike.painted(np.where(low, tone("moss"), tone("wood_dark", -0.04)))
        parts.append(
            colored.scaled(1, rng.uniform(0.8, 1.08), 1)
            .turned_z(rng.normal(0, 0.06))
            .moved(x, 0, z)
        )
    return merge(parts)


def lily(seed: int) -> Mesh:
    """Return a few lily pads with one flower, flat on water."""
    rng = np.random.default_rng(seed)
    parts = []
    for k in range(5):
        angle = np.linspace(0.25, 2 * math.pi - 0.25, 11)
        size = rng.uniform(0.14, 0.26)
        rim = np.c_[np.cos(angle) * size, np.full(11, 0.012), np.sin(angle) * size]
        pad = mesh(
            np.concatenate([[[0, 0.004, 0]], rim]), (0, 1, 0), [[0, i, i + 1] for i in range(1, 11)]
        )
        x, z = rng.normal(0, 0.35, 2)
        pad = pad.oriented().painted(tone("moss", rng.normal(0.03, 0.03)))
        parts.append(pad.turned_y(rng.uniform(0, 6)).moved(x, 0.002 * k, z))
    parts.append(_lotus().moved(0.05, 0.02, 0.05))
    return merge(parts)


def _lotus() -> Mesh:
    parts = []
    corners = np.array([[0, 0, 0], [0.55, 0.25, 0.3], [1, 0.6, 0], [0.55, 0.25, -0.3]])
    colors = [tone("cream"), tone("blossom"), tone("rose", 0.12), tone("blossom")]
    for ring, (count, lift, size) in enumerate(((8, 0.35, 0.13), (6, 0.9, 0.10))):
        for k in range(count):
            petal = mesh(corners, (0, 1, 0), [[0, 1, 2], [0, 2, 3]]).painted(np.array(colors))
            shaped = (
                petal.scaled(size).turned_z(lift).turned_y(k / count * 2 * math.pi + ring * 0.4)
            )
            parts.append(shaped)
    return merge(parts)


def herb(seed: int, high: str = "lavender", tall: float = 0.5) -> Mesh:
    """Return a herb cushion with coloured spikes."""
    rng = np.random.default_rng(seed)
    parts = [tuft(seed, 14, tall * 0.6, 0.10, "moss", "sage", 0.018)]
    for _ in range(9):
        angle = rng.uniform(0, 2 * math.pi)
        lean = np.array([math.cos(angle), 0, math.sin(angle)]) * 0.5
        x, z = rng.normal(0, 0.09, 2)
        foot = np.array([x, 0, z])
        parts.append(
            _blade(foot, lean, tall * rng.uniform(0.8, 1.15), 0.016, tone("moss", 0.04), tone(high))
        )
    return merge(parts)
