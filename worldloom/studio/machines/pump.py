"""A centrifugal pump in the parts it is assembled from: shapes, and where each part belongs.

Its shaft lies along +X and its wet end looks there; the origin is on the shaft where the cover ends
and the wet end begins. Metres; it stands on its feet at y = FOOT. The pump is made up.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from worldloom.studio.geometry.color import Oklch
from worldloom.studio.geometry.mesh import Array, Mesh, merge
from worldloom.studio.geometry.outlines import polygon, rectangle
from worldloom.studio.geometry.solids import box, lathe
from worldloom.studio.geometry.sweeps import extrude, sweep, tube

FOOT: Final = -0.31
ORDER: Final = ("seal", "impeller", "nut", "gasket", "casing")
"""The parts in the order in which they are put on."""
SEATS: Final = {"seal": 0.014, "impeller": 0.068, "nut": 0.118, "gasket": 0.0, "casing": 0.004}
"""How far along the shaft the origin of each part sits."""
BOLTS: Final = ("top", "front", "bottom", "back")
"""The bolts of the casing, one beside the other; the first and the third are opposite."""
BOLT_CIRCLE: Final = 0.225
QUARTER: Final = math.pi / 2

PAINT = Oklch(0.50, 0.085, 235)
PAINT_DARK = Oklch(0.40, 0.07, 240)
STEEL = Oklch(0.74, 0.008, 250)
STEEL_DARK = Oklch(0.46, 0.012, 255)
BRONZE = Oklch(0.70, 0.105, 72)
CARBON = Oklch(0.27, 0.008, 260)
PAPER = Oklch(0.66, 0.085, 165)
WORN = Oklch(0.45, 0.045, 60)
RUBBER = Oklch(0.53, 0.19, 27)


def parts() -> dict[str, Mesh]:
    """Return every part by its name, each about its own origin on the shaft."""
    return {
        "frame": frame(), "coupling": coupling(), "seal": seal(), "impeller": impeller(),
        "nut": nut(), "gasket": gasket(), "old-gasket": old_gasket(), "casing": casing(),
        "bolt": bolt(), "wrench": wrench(),
    }  # fmt: skip


def bolt_seat(name: str) -> tuple[float, float, float]:
    """Return where a bolt sits once the casing is on, its head towards +X."""
    turn = BOLTS.index(name) * QUARTER
    return (0.03, math.cos(turn) * BOLT_CIRCLE, math.sin(turn) * BOLT_CIRCLE)


def frame() -> Mesh:
    """Return the bearing bracket with shaft and back cover: what all else is built on."""
    paint, dark, steel = PAINT.linear(), PAINT_DARK.linear(), STEEL.linear()
    made = [
        _turned([(0, -0.42), (0.06, -0.42), (0.09, -0.405), (0.09, -0.35), (0.078, -0.34),
                 (0.078, -0.19), (0.1, -0.17), (0.1, -0.12), (0, -0.12)], 40, 0.008, paint),
        _ring(0.03, 0.25, -0.034, 0.0, 56, 0.008, paint),
        _ring(0.03, 0.158, 0.0, 0.012, 56, 0.003, steel),
        _turned([(0, -0.52), (0.02, -0.52), (0.022, -0.515), (0.022, 0.064), (0.0185, 0.066),
                 (0.0185, 0.112), (0.012, 0.114), (0.012, 0.165), (0.0, 0.168)], 24, 0.002, steel),
        box(0.036, 0.007, 0.007, 0.002, BRONZE.linear()).moved(0.09, 0.0185, 0),
        box(0.46, 0.03, 0.27, 0.012, dark).moved(-0.26, FOOT + 0.015, 0),
        box(0.12, 0.24, 0.09, 0.03, paint).moved(-0.29, -0.17, 0),
        _plug().moved(-0.27, 0.07, 0),
        _ring(0.012, 0.026, 0, 0.012, 20, 0.002, BRONZE.linear()).turned_y(-QUARTER)
        .moved(-0.27, -0.02, 0.07),
    ]  # fmt: skip
    for k in range(4):
        turn = k * QUARTER + QUARTER / 2
        arm = box(0.12, 0.03, 0.055, 0.012, paint).turned_z(-0.55).moved(-0.075, 0.125, 0)
        made.append(arm.turned_x(turn))
    for k in range(6):
        made.append(_ring(0.011, 0.0132, 0.12 + k * 0.008, 0.124 + k * 0.008, 18, 0.001,
                          STEEL_DARK.linear()))  # fmt: skip
    for name in BOLTS:
        _, y, z = bolt_seat(name)
        made.append(_turned([(0, 0.0), (0.012, 0.0), (0.012, 0.002), (0, 0.002)], 14, 0,
                            CARBON.linear()).moved(0, y, z))  # fmt: skip
    return merge(made)


def _plug() -> Mesh:
    head = extrude(polygon(0.016, 6), 0.014, 0.002, STEEL_DARK.linear()).turned_x(QUARTER)
    return merge([head.moved(0, 0.02, 0), lathe([(0.02, 0), (0.02, 0.014), (0, 0.014)], 16, 0.003,
                                                PAINT.linear())])  # fmt: skip


def coupling() -> Mesh:
    """Return the coupling's half on the drive end, about its own middle: it is turned by hand."""
    made = [
        _turned([(0, -0.035), (0.075, -0.035), (0.075, 0.0), (0.045, 0.006), (0.045, 0.04),
                 (0, 0.04)], 36, 0.004, STEEL_DARK.linear()),
        box(0.008, 0.022, 0.01, 0.002, Oklch(0.9, 0.05, 90).linear()).moved(-0.033, 0.066, 0),
    ]  # fmt: skip
    for k in range(6):
        turn = k * math.pi / 3
        pin = _turned([(0, -0.05), (0.011, -0.05), (0.012, -0.03), (0, -0.03)], 12, 0.002,
                      RUBBER.linear())  # fmt: skip
        made.append(pin.moved(0, math.cos(turn) * 0.05, math.sin(turn) * 0.05))
    return merge(made)


def seal() -> Mesh:
    """Return a mechanical seal 5 cm long: carbon face, spring and collar."""
    turn = np.linspace(0, 8 * math.pi, 65)
    spring: Array = np.c_[np.linspace(0.014, 0.04, 65), np.cos(turn) * 0.037, np.sin(turn) * 0.037]
    return merge([
        _ring(0.024, 0.048, 0.0, 0.012, 32, 0.002, CARBON.linear()),
        tube(spring, [0.0034] * 65, 7, STEEL.linear()),
        _ring(0.023, 0.03, 0.01, 0.04, 28, 0.001, CARBON.linear()),
        _ring(0.024, 0.046, 0.038, 0.05, 32, 0.003, STEEL.linear()),
    ])  # fmt: skip


def impeller() -> Mesh:
    """Return a half-open bronze impeller of 30 cm with six vanes bent backwards."""
    bronze = BRONZE.linear()
    made = [
        _ring(0.02, 0.15, 0.0, 0.008, 64, 0.002, bronze),
        _ring(0.019, 0.042, 0.0, 0.046, 36, 0.006, Oklch(0.66, 0.1, 70).linear()),
    ]
    out = np.linspace(0.0, 1.0, 13)
    radius = 0.04 + 0.108 * out
    for k in range(6):
        turn = k * math.pi / 3 - 1.15 * np.log(radius / 0.04)
        path = np.c_[np.full(13, 0.024), np.cos(turn) * radius, np.sin(turn) * radius]
        made.append(sweep(rectangle(0.008, 0.034), path, up=(1, 0, 0), chamfer=0.002,
                          color=Oklch(0.74, 0.105, 75).linear()))  # fmt: skip
    return merge(made)


def nut() -> Mesh:
    """Return the cap nut that holds the impeller, 5 cm across."""
    steel = STEEL.linear()
    return merge([
        _ring(0.0125, 0.031, 0.0, 0.004, 28, 0.001, STEEL_DARK.linear()),
        extrude(polygon(0.028, 6), 0.024, 0.003, steel).turned_y(QUARTER).moved(0.016, 0, 0),
        _turned([(0, 0.028), (0.022, 0.028), (0.017, 0.044), (0.007, 0.052), (0, 0.053)], 24,
                0.003, steel),
    ])  # fmt: skip


def gasket() -> Mesh:
    """Return a new flat gasket of the casing, 39 cm wide."""
    return _ring(0.162, 0.195, 0.0, 0.004, 64, 0.001, PAPER.linear())


def old_gasket() -> Mesh:
    """Return the gasket that came off: brown, squeezed and torn."""
    turn = np.linspace(0.35, 2 * math.pi, 60)
    wave = 0.004 + 0.004 * np.sin(turn * 5)
    path = np.c_[wave, np.cos(turn) * 0.178, np.sin(turn) * 0.178]
    return sweep(rectangle(0.03, 0.004), path, up=(1, 0, 0), chamfer=0.001, color=WORN.linear())


def casing() -> Mesh:
    """Return the spiral casing with its inlet ahead and its outlet upwards."""
    paint, dark = PAINT.linear(), PAINT_DARK.linear()
    made = [
        _ring(0.17, 0.25, 0.0, 0.026, 56, 0.006, paint),
        _turned([(0.17, 0.004), (0.17, 0.1), (0.05, 0.13)], 48, 0.01, dark),
        _turned([(0.196, 0.02), (0.196, 0.09), (0.16, 0.135), (0.092, 0.15), (0.08, 0.165),
                 (0.08, 0.235)], 56, 0.012, paint),
        _ring(0.062, 0.125, 0.235, 0.262, 44, 0.005, paint),
        _turned([(0.062, 0.262), (0.06, 0.15), (0.0, 0.15)], 36, 0.002, CARBON.linear()),
        box(0.09, 0.05, 0.2, 0.012, dark).moved(0.07, FOOT + 0.025, 0),
        box(0.06, 0.12, 0.12, 0.02, paint).moved(0.07, FOOT + 0.1, 0),
    ]  # fmt: skip
    turn = np.linspace(-QUARTER - 5.6, -QUARTER, 40)
    grow = np.linspace(0.0, 1.0, 40)
    wide, far = 0.026 + 0.042 * grow, 0.168 + 0.026 * grow
    way = np.c_[np.full(40, 0.078), np.cos(turn) * far, np.sin(turn) * far]
    rise = np.array([[0.078, 0.12, -0.196], [0.078, 0.24, -0.196], [0.078, 0.32, -0.196]])
    made.append(tube(np.concatenate([way, rise]), [*wide, 0.066, 0.06, 0.06], 20, paint))
    flange = lathe([(0, 0), (0.115, 0), (0.115, 0.026), (0.05, 0.026), (0.05, 0.01), (0, 0.01)],
                   40, 0.004, paint)  # fmt: skip
    made.append(flange.moved(0.078, 0.315, -0.196))
    for k in range(4):
        at = k * QUARTER + QUARTER / 2
        stud = extrude(polygon(0.014, 6), 0.014, 0.002, STEEL_DARK.linear()).turned_y(QUARTER)
        made.append(stud.moved(0.268, math.cos(at) * 0.098, math.sin(at) * 0.098))
    return merge(made)


def bolt() -> Mesh:
    """Return a hexagon bolt M10 with its washer, head towards +X, its face at x = 0."""
    steel = STEEL.linear()
    return merge([
        _turned([(0, -0.055), (0.009, -0.055), (0.0095, 0.0), (0, 0.0)], 14, 0.001, steel),
        _turned([(0, 0.0), (0.022, 0.0), (0.022, 0.003), (0, 0.003)], 20, 0.001,
                STEEL_DARK.linear()),
        extrude(polygon(0.018, 6), 0.014, 0.003, steel).turned_y(QUARTER).moved(0.01, 0, 0),
    ])  # fmt: skip


def wrench() -> Mesh:
    """Return a torque wrench of 55 cm along +X, its socket downwards at the origin."""
    steel, dark = STEEL.linear(), CARBON.linear()
    return merge([
        lathe([(0, -0.05), (0.02, -0.05), (0.02, 0.0), (0.014, 0.01), (0, 0.012)], 20, 0.003,
              STEEL_DARK.linear()),
        lathe([(0, -0.012), (0.03, -0.012), (0.03, 0.016), (0, 0.018)], 28, 0.004, steel),
        _turned([(0, 0.0), (0.013, 0.0), (0.013, 0.3), (0.017, 0.305), (0.017, 0.37), (0, 0.375)],
                20, 0.003, steel),
        _turned([(0, 0.37), (0.0205, 0.372), (0.019, 0.43), (0.0205, 0.52), (0.015, 0.535),
                 (0, 0.536)], 20, 0.004, dark),
        _ring(0.0, 0.0215, 0.375, 0.381, 20, 0.001, RUBBER.linear()),
        box(0.085, 0.008, 0.024, 0.002, Oklch(0.95, 0.01, 90).linear()).moved(0.25, 0.012, 0),
    ])  # fmt: skip


def _turned(line: list[tuple[float, float]], sides: int, chamfer: float, color: Array) -> Mesh:
    """Turn a line of (radius, x) about +X."""
    return lathe(line, sides, chamfer, color).turned_z(-QUARTER)


def _ring(
    inner: float, outer: float, start: float, stop: float, sides: int, chamfer: float, color: Array
) -> Mesh:
    """Return a ring about +X."""
    line = [(inner, start), (outer, start), (outer, stop), (inner, stop), (inner, start)]
    return _turned(line, sides, chamfer, color)
