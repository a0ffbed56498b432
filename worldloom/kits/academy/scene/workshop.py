"""The corner of the pump course: a workbench under a roof of its own, with board, lamp and tools.

About the floor below the bench's middle; who works there stands before it, towards +Z.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from worldloom.kits.academy.scene import places
from worldloom.kits.academy.scene.palette import tone
from worldloom.studio.geometry.mesh import Mesh, merge
from worldloom.studio.geometry.outlines import arc, polygon
from worldloom.studio.geometry.solids import box, icosphere, lathe
from worldloom.studio.geometry.sweeps import extrude, sweep, tube
from worldloom.studio.machines import pump

TOP: Final = places.BENCH_TOP


def workshop() -> Mesh:
    """Return all of it that stands still."""
    return merge([*_bench(), *_vice(), *_wall(), *_tools(), *_roof(), *_lamp(), *_tray()])


def moving() -> dict[str, Mesh]:
    """Return the pump's parts, by the names of their files."""
    return {f"pump-{name}": part for name, part in pump.parts().items()}


def _bench() -> list[Mesh]:
    wood, beam, steel = tone("wood", 0.06), tone("beam"), tone("machine_dark")
    chance = np.random.default_rng(5)
    parts = [
        box(2.66, 0.065, 0.158, 0.008, tone("wood", 0.07 + chance.normal(0, 0.015)))
        .moved(0, TOP - 0.033, -0.32 + 0.16 * k)
        for k in range(5)
    ]  # fmt: skip
    parts += [
        box(2.6, 0.12, 0.06, 0.01, beam).moved(0, TOP - 0.125, 0.33),
        box(2.6, 0.12, 0.06, 0.01, beam).moved(0, TOP - 0.125, -0.35),
        box(2.4, 0.035, 0.6, 0.01, wood).moved(0, 0.22, -0.02),
    ]
    for s in (-1, 1):
        for z in (0.3, -0.33):
            parts.append(box(0.11, TOP - 0.06, 0.11, 0.016, beam).moved(s * 1.2, TOP / 2 - 0.03, z))
    parts.append(box(0.56, 0.56, 0.6, 0.02, steel).moved(-0.82, 0.53, -0.02))
    for k in range(3):
        y = 0.36 + 0.17 * k
        parts.append(box(0.5, 0.15, 0.02, 0.008, tone("machine")).moved(-0.82, y, 0.285))
        parts.append(box(0.2, 0.018, 0.025, 0.007, tone("steel")).moved(-0.82, y + 0.03, 0.305))
    for k, name in enumerate(("red", "blue", "yellow")):
        crate = box(0.3, 0.17, 0.4, 0.02, tone(name, -0.05)).moved(0.05 + 0.36 * k, 0.325, -0.02)
        parts += [crate, box(0.25, 0.02, 0.35, 0.004, tone("soot")).moved(0.05 + 0.36 * k, 0.405,
                                                                         -0.02)]  # fmt: skip
    return parts


def _vice() -> list[Mesh]:
    blue, steel = tone("machine"), tone("steel")
    at = (-1.17, TOP, 0.2)
    rod = lathe([(0.014, 0), (0.014, 0.24), (0, 0.24)], 12, 0.002, steel).turned_x(math.pi / 2)
    return [
        box(0.14, 0.05, 0.2, 0.012, blue).moved(at[0], at[1] + 0.025, at[2] - 0.08),
        box(0.12, 0.13, 0.06, 0.014, blue).moved(at[0], at[1] + 0.1, at[2] - 0.06),
        box(0.12, 0.1, 0.06, 0.014, blue).moved(at[0], at[1] + 0.11, at[2] + 0.06),
        box(0.11, 0.03, 0.02, 0.004, steel).moved(at[0], at[1] + 0.15, at[2] - 0.025),
        box(0.11, 0.03, 0.02, 0.004, steel).moved(at[0], at[1] + 0.15, at[2] + 0.025),
        rod.moved(at[0], at[1] + 0.08, at[2] - 0.04),
        tube([(at[0] - 0.1, at[1] + 0.08, at[2] + 0.19), (at[0] + 0.1, at[1] + 0.08, at[2] + 0.19)],
             [0.008, 0.008], 8, steel),
    ]  # fmt: skip


def _wall() -> list[Mesh]:
    """The board of tools behind the bench, 2.6 m wide, its face at z = WALL."""
    z = places.WALL
    parts = [
        box(2.66, 1.12, 0.03, 0.008, tone("slab_warm", 0.02)).moved(0, 1.66, z - 0.017),
        box(2.7, 0.07, 0.06, 0.012, tone("beam")).moved(0, 2.25, z - 0.01),
        box(2.7, 0.07, 0.06, 0.012, tone("beam")).moved(0, 1.07, z - 0.01),
    ]
    hole = lathe([(0, 0), (0.006, 0), (0.006, 0.001), (0, 0.001)], 6, 0, tone("soot"))
    hole = hole.turned_x(math.pi / 2)
    for k in range(25):
        for j in range(9):
            parts.append(hole.moved(-1.2 + 0.1 * k, 1.22 + 0.115 * j, z - 0.001))
    return parts


def _spanner(size: float) -> Mesh:
    """Return a ring and open spanner, 7 sizes long, along +Y."""
    steel = tone("steel", 0.04)
    jaw = arc(size, 14, math.pi * 0.72, math.pi * 2.28)
    mouth = np.concatenate([jaw, [[size * 0.4, size * 0.15], [-size * 0.4, size * 0.15]]])
    return merge([
        box(size * 0.7, size * 6, size * 0.3, size * 0.1, steel).moved(0, size * 3.2, 0),
        extrude(mouth, size * 0.42, size * 0.06, steel).turned_z(0.25).moved(0, size * 6.6, 0),
        lathe([(size * 0.55, 0), (size * 0.95, 0), (size * 0.95, size * 0.45),
               (size * 0.55, size * 0.45), (size * 0.55, 0)], 18, size * 0.06, steel)
        .turned_x(math.pi / 2).moved(0, 0, -size * 0.2),
    ])  # fmt: skip


def _tools() -> list[Mesh]:
    z, parts = places.WALL + 0.014, []
    for k in range(6):
        parts.append(_spanner(0.034 - 0.003 * k).moved(0.42 + 0.13 * k, 1.72, z))
    for k, name in enumerate(("red", "yellow", "exit", "blue")):
        x = 0.45 + 0.13 * k
        line = [(0, 0), (0.018, 0.004), (0.02, 0.05), (0.015, 0.1), (0.012, 0.11), (0, 0.115)]
        grip = lathe(line, 12, 0.003, tone(name))
        blade = lathe([(0.005, -0.13 - 0.02 * k), (0.005, 0.0), (0, 0)], 8, 0, tone("steel"))
        parts.append(merge([grip, blade]).moved(x, 1.44, z + 0.012))
    head = box(0.13, 0.042, 0.042, 0.008, tone("steel_dark")).moved(0, 0.3, 0)
    stick = lathe([(0.014, 0), (0.013, 0.3), (0, 0.31)], 10, 0.002, tone("wood"))
    parts.append(merge([head, stick]).turned_z(0.0).moved(1.06, 1.22, z + 0.02))
    saw = extrude([(-0.02, 0), (0.34, 0.02), (0.34, 0.045), (-0.02, 0.12)], 0.006, 0.001,
                  tone("steel", 0.06))  # fmt: skip
    parts.append(merge([saw, box(0.1, 0.12, 0.025, 0.02, tone("beam", 0.1)).moved(-0.06, 0.06, 0)])
                 .turned_z(0.04).moved(-1.14, 1.2, z))  # fmt: skip
    return parts


def _roof() -> list[Mesh]:
    """Four posts and a roof of tiles that leans to the front, like the house's."""
    beam, parts = tone("beam"), []
    for s in (-1, 1):
        for z, high in ((-0.62, 2.78), (0.75, 2.46)):
            parts.append(box(0.12, high, 0.12, 0.016, beam).moved(s * 1.5, high / 2, z))
            parts.append(box(0.2, 0.16, 0.2, 0.02, tone("plinth")).moved(s * 1.5, 0.08, z))
        parts.append(sweep([(-0.05, -0.06), (0.05, -0.06), (0.05, 0.06), (-0.05, 0.06)],
                           [(s * 1.5, 2.86, -0.86), (s * 1.5, 2.4, 1.05)], chamfer=0.01,
                           color=beam))  # fmt: skip
    for z, y in ((-0.62, 2.72), (0.75, 2.4)):
        parts.append(box(3.3, 0.12, 0.1, 0.014, beam).moved(0, y, z))
    slope = math.atan2(0.46, 1.91)
    parts.append(box(3.4, 0.05, 2.08, 0.01, tone("tile_dark")).turned_x(slope).moved(0, 2.7, 0.1))
    for k in range(14):
        x = -1.6 + 0.246 * k
        shade = tone("tile", 0.025 * math.sin(k * 1.9))
        parts.append(sweep(polygon(0.068, 6), [(x, 2.98, -0.93), (x, 2.48, 1.12)], up=(1, 0, 0),
                           color=shade))  # fmt: skip
    parts.append(box(3.4, 0.2, 0.05, 0.012, tone("tile_dark")).moved(0, 2.38, 1.07))
    parts.append(box(1.7, 0.24, 0.04, 0.014, tone("machine_dark", -0.08)).moved(0, 2.2, 0.82))
    return parts


def _lamp() -> list[Mesh]:
    """A lamp over the bench, on a cord from the beam."""
    shade = [(0.03, 0.16), (0.05, 0.15), (0.17, 0.0), (0.165, 0.0), (0.045, 0.14), (0, 0.145)]
    x, y, z = places.WORK_LAMP
    glow = icosphere(2).painted(tone("lamplight"))
    glow = glow.with_positions(glow.positions * 0.055)
    return [
        tube([(x, y + 0.15, z), (x, 2.6, z)], [0.006, 0.006], 6, tone("black")),
        lathe(shade, 28, 0.003, tone("exit", -0.05)).moved(x, y, z), glow.moved(x, y + 0.04, z),
    ]  # fmt: skip


def _tray() -> list[Mesh]:
    """The mat that loose parts lie on, and the tray of the bolts."""
    x, y, z = places.BOLT_TRAY
    rim = [(0.0, 0.004), (0.1, 0.004), (0.11, 0.028), (0.116, 0.028), (0.108, 0.0), (0, 0)]
    return [
        box(0.92, 0.008, 0.36, 0.004, tone("exit", -0.16)).moved(0.16, TOP + 0.003, 0.21),
        lathe(rim, 30, 0.003, tone("steel")).moved(x, y, z),
    ]
