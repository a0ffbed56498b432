"""The things of the yard: extinguishers, what burns, the rack, the board and the alarm."""

from __future__ import annotations

import math

import numpy as np

from worldloom.kits.academy.scene import places
from worldloom.kits.academy.scene.palette import tone
from worldloom.studio.geometry.mesh import Mesh, merge
from worldloom.studio.geometry.outlines import polygon, rectangle
from worldloom.studio.geometry.solids import box, lathe
from worldloom.studio.geometry.sweeps import extrude, sweep, tube


def extinguisher(band: str) -> Mesh:
    """Return an extinguisher of 0.62 m on its foot, its label and lever looking to +Z."""
    red, dark = tone("red"), tone("black")
    body = [(0.0, 0.0), (0.085, 0.0), (0.09, 0.02), (0.09, 0.4), (0.075, 0.45), (0.035, 0.485),
            (0.03, 0.5), (0.0, 0.5)]  # fmt: skip
    ring = [(0.0905, 0.33), (0.0925, 0.335), (0.0925, 0.4), (0.0905, 0.405)]
    parts = [
        lathe(body, 28, 0.008, red),
        lathe(ring, 28, 0.001, tone(band)),
        lathe([(0.088, -0.004), (0.094, 0.0), (0.094, 0.03), (0.09, 0.034)], 28, 0.003, dark),
        lathe([(0.03, 0.49), (0.034, 0.5), (0.034, 0.535), (0.0, 0.54)], 14, 0.004, tone("brass")),
        box(0.028, 0.022, 0.15, 0.006, dark).turned_x(-0.12).moved(0, 0.552, 0.045),
        box(0.026, 0.02, 0.16, 0.006, dark).turned_x(-0.34).moved(0, 0.592, 0.045),
        lathe([(0.0, 0), (0.02, 0), (0.02, 0.014), (0.0, 0.014)], 14, 0.002, tone("white"))
        .turned_x(math.pi / 2).moved(0.0, 0.522, 0.03),
        tube([(0.03, 0.51, 0), (0.11, 0.52, 0.0), (0.125, 0.42, 0.01), (0.122, 0.2, 0.02),
              (0.112, 0.12, 0.035)], [0.011] * 5, 8, dark),
        lathe([(0.012, 0), (0.024, -0.08), (0.02, -0.082), (0.0, -0.07)], 12, 0.002, dark)
        .moved(0.112, 0.13, 0.035),
    ]  # fmt: skip
    pin = np.c_[np.cos(np.linspace(0, 5.6, 9)) * 0.018, np.sin(np.linspace(0, 5.6, 9)) * 0.018,
                np.zeros(9)]  # fmt: skip
    parts.append(tube(pin, [0.003] * 9, 5, tone("yellow")).moved(-0.036, 0.565, 0.03))
    label = _sheet(0.11, 0.13, 0.0915, tone("white"))
    return merge([*parts, label.moved(0, 0.22, 0)])


def _sheet(width: float, height: float, radius: float, color: object) -> Mesh:
    """Return a sheet bent round a cylinder, before +Z."""
    half = width / radius / 2
    turn = np.linspace(-half, half, 9)
    path = np.c_[np.sin(turn) * radius, np.zeros(9), np.cos(turn) * radius]
    return sweep(rectangle(0.003, height), path, chamfer=0.0, color=np.asarray(color))


def tray() -> Mesh:
    """Return a steel tray on bricks, 1.5 m wide, sooted, with petrol in it."""
    steel, soot = tone("steel_dark"), tone("soot")
    rim = [(0.0, 0.16), (0.66, 0.16), (0.74, 0.3), (0.77, 0.3), (0.77, 0.27), (0.68, 0.12),
           (0.0, 0.12)]  # fmt: skip
    made = lathe(rim, 40, 0.01, steel)
    grime = np.clip(1.1 - made.positions[:, 1] * 1.6, 0.45, 1.0)
    parts = [made.shaded(grime), lathe([(0.7, 0.245), (0.0, 0.245)], 40, 0, tone("petrol"))]
    parts.append(lathe([(0.69, 0.246), (0.6, 0.247)], 40, 0, soot))
    for k in range(10):
        turn = k / 10 * 2 * math.pi
        brick = box(0.2, 0.12, 0.1, 0.012, tone("brick", 0.03 * math.sin(k * 2.4)))
        parts.append(brick.moved(0, 0.06, 0.6).turned_y(turn))
    return merge(parts)


def bin_() -> Mesh:
    """Return a bin of steel mesh with paper and a broken crate in it."""
    steel = tone("steel")
    parts = [
        lathe([(0.24, 0.03), (0.3, 0.7), (0.29, 0.7), (0.23, 0.04), (0, 0.04)], 28, 0.004, steel),
        lathe([(0.305, 0.66), (0.32, 0.68), (0.32, 0.72), (0.295, 0.73)], 28, 0.008, steel),
        lathe([(0.25, 0.0), (0.26, 0.02), (0.24, 0.05)], 28, 0.006, tone("steel_dark")),
    ]
    for k in range(3):
        wide, high = 0.262 + k * 0.015, 0.2 + k * 0.17
        band = [(wide, high), (wide + 0.008, high + 0.02), (wide + 0.004, high + 0.05)]
        parts.append(lathe(band, 28, 0.004, tone("steel_dark")))
    chance = np.random.default_rng(4)
    for k in range(9):
        stick = box(0.05, 0.46, 0.018, 0.004, tone("wood", chance.normal(0, 0.03)))
        lean = stick.turned_z(chance.uniform(-0.5, 0.5)).turned_y(k * 0.7)
        parts.append(lean.moved(0.1 * math.cos(k * 2.1), 0.66, 0.1 * math.sin(k * 2.1)))
    for k in range(7):
        paper = box(0.16, 0.012, 0.2, 0.003, tone("white", -0.04)).turned_x(0.3 * k)
        place = (0.12 * math.cos(k * 0.9), 0.7, 0.12 * math.sin(k * 0.9))
        parts.append(paper.turned_y(k).moved(*place))
    return merge(parts)


def fryer() -> Mesh:
    """Return a steel counter with a deep fryer and its basket; the fryer's mouth is at 0.97 m."""
    steel, dark = tone("steel"), tone("steel_dark")
    parts = [
        box(1.9, 0.06, 0.8, 0.012, tone("steel", 0.06)).moved(0, 0.9, 0),
        box(1.8, 0.78, 0.7, 0.015, steel).moved(0, 0.48, 0),
        box(1.8, 0.1, 0.6, 0.01, dark).moved(0, 0.05, -0.02),
        box(1.9, 0.5, 0.04, 0.012, tone("steel", 0.04)).moved(0, 1.16, -0.38),
    ]
    for k in range(3):
        parts.append(
            box(0.56, 0.62, 0.02, 0.01, tone("steel", 0.03)).moved(0.6 * (k - 1), 0.5, 0.36)
        )
        parts.append(box(0.3, 0.025, 0.03, 0.008, dark).moved(0.6 * (k - 1), 0.74, 0.385))
    rim = [
        (0.0, 0.02),
        (0.25, 0.02),
        (0.27, 0.1),
        (0.3, 0.1),
        (0.3, 0.06),
        (0.28, -0.04),
        (0, -0.04),
    ]
    pot = lathe(rim, 4, 0.008, dark).turned_y(math.pi / 4)
    parts.append(pot.moved(0, 0.95, 0.02))
    surface = lathe([(0.262, 0.07), (0.0, 0.07)], 4, 0, tone("oil")).turned_y(math.pi / 4)
    parts.append(surface.moved(0, 0.95, 0.02))
    handle = tube([(0.1, 1.08, 0.1), (0.16, 1.16, 0.3), (0.2, 1.18, 0.5)], [0.012] * 3, 7, dark)
    parts += [handle, *_pans()]
    for k in range(4):
        knob = lathe([(0.0, 0), (0.03, 0), (0.026, 0.03), (0.0, 0.03)], 14, 0.004, dark)
        parts.append(knob.turned_x(math.pi / 2).moved(-0.3 + 0.2 * k, 0.86, 0.36))
    return merge(parts)


def _pans() -> list[Mesh]:
    dark = tone("steel_dark", 0.04)
    pan = [(0.0, 0.0), (0.14, 0.0), (0.18, 0.05), (0.185, 0.05), (0.145, -0.01), (0, -0.01)]
    handle = tube([(0.17, 0.04, 0), (0.42, 0.09, 0)], [0.012, 0.014], 7, tone("black"))
    one = merge([lathe(pan, 26, 0.004, dark), handle])
    side = [(0, 0), (0.15, 0), (0.15, 0.2), (0.162, 0.205), (0.15, 0.21), (0.14, 0.02), (0, 0.02)]
    pot = lathe(side, 26, 0.005, tone("steel", 0.05))
    return [one.turned_y(0.5).moved(0.62, 0.95, 0.05), pot.moved(-0.65, 0.93, 0.0)]


def cabinet() -> Mesh:
    """Return a switchboard of 1.9 m on a plinth, its open front to +Z, with a bolt on its door."""
    grey, dark = tone("steel", 0.12), tone("steel_dark")
    parts = [
        box(1.0, 0.1, 0.5, 0.015, tone("plinth")).moved(0, 0.05, 0),
        box(0.92, 1.8, 0.4, 0.02, grey).moved(0, 1.0, 0),
        box(0.8, 1.62, 0.02, 0.008, dark).moved(0, 1.0, 0.2),
        box(0.86, 0.07, 0.46, 0.012, tone("steel", 0.05)).moved(0, 1.93, 0),
    ]
    for row in range(4):
        y = 1.6 - row * 0.38
        parts.append(box(0.7, 0.03, 0.02, 0.004, tone("steel")).moved(0, y - 0.12, 0.215))
        for k in range(9):
            unit = box(0.06, 0.17, 0.05, 0.006, tone("white", -0.04 - 0.02 * (k % 3)))
            parts.append(unit.moved(-0.29 + k * 0.072, y, 0.225))
            lever = box(0.02, 0.05, 0.03, 0.004, tone("black" if (k + row) % 4 else "red"))
            parts.append(lever.moved(-0.29 + k * 0.072, y + 0.01, 0.255))
    door = box(0.84, 1.68, 0.03, 0.012, grey).moved(0.42, 1.0, 0)
    sign = _bolt().moved(0.42, 1.3, 0.022)
    parts.append(merge([door, sign]).turned_y(-1.9).moved(-0.45, 0, 0.21).turned_y(0.0))
    return merge(parts)


def _bolt() -> Mesh:
    """Return the yellow triangle with its bolt, 0.24 m."""
    triangle = extrude(polygon(0.15, 3), 0.008, 0.003, tone("yellow")).turned_z(math.pi / 2)
    bolt = [(0.01, 0.09), (-0.03, 0.0), (0.0, 0.0), (-0.02, -0.06), (0.035, 0.02), (0.006, 0.02)]
    return merge([triangle, extrude(bolt, 0.01, 0.001, tone("black")).moved(0, -0.01, 0.006)])


def rack() -> Mesh:
    """Return a roofed wooden wall, 3.5 m wide, on whose hooks the extinguishers hang, to +Z."""
    beam, wood = tone("beam"), tone("wood")
    wide = places.PITCH * 5 + 0.5
    parts = []
    for s in (-1, 1):
        parts.append(box(0.3, 0.16, 0.34, 0.03, tone("plinth")).moved(s * wide / 2, 0.08, 0))
        parts.append(box(0.14, 2.3, 0.14, 0.02, beam).moved(s * wide / 2, 1.25, 0))
    for k in range(8):
        board = box(wide - 0.16, 0.17, 0.035, 0.008, wood * (1 + 0.05 * math.sin(k * 2.7)))
        parts.append(board.moved(0, 0.5 + k * 0.18, -0.03))
    parts.append(box(wide + 0.4, 0.12, 0.16, 0.02, beam).moved(0, 2.36, 0))
    parts += _roof(wide / 2 + 0.35, 2.4, 0.55, 0.34)
    for _, x in places.slots():
        parts.append(
            box(0.1, 0.03, 0.13, 0.008, tone("steel_dark")).moved(x, places.HANG + 0.46, 0.0)
        )
        parts.append(box(0.3, 0.05, 0.24, 0.012, beam).moved(x, places.HANG - 0.03, 0.1))
        parts.append(box(0.57, 0.18, 0.02, 0.008, tone("chalk")).moved(x, 1.5, 0.0))
    return merge(parts)


def _roof(half: float, top: float, reach: float, rise: float) -> list[Mesh]:
    """A small tiled roof of two slopes along X."""
    parts = []
    section = [(-reach, -0.05), (reach, -0.05), (reach, 0.0), (0, rise), (-reach, 0.0)]
    parts.append(sweep(section, [(-half, top + 0.06, 0), (half, top + 0.06, 0)], chamfer=0.015,
                       color=tone("tile_dark")))  # fmt: skip
    for k in range(int(2 * half / 0.17)):
        x = -half + 0.17 * (k + 0.5)
        for s in (-1, 1):
            line = [(x, top + 0.07, s * (reach + 0.02)), (x, top + 0.08 + rise, 0)]
            parts.append(sweep(polygon(0.05, 6), line, up=(1, 0, 0), color=tone("tile")))
    ridge = box(2 * half + 0.04, 0.1, 0.14, 0.03, tone("tile_dark")).moved(0, top + rise + 0.09, 0)
    return [*parts, ridge]


def board() -> Mesh:
    """Return a slate on an oak easel, its face at z = 0.06, 1.5 m wide from 0.75 to 1.85 m."""
    wood = tone("beam", 0.06)
    parts = [box(1.56, 1.1, 0.05, 0.01, tone("chalk")).moved(0, 1.3, 0.02)]
    for y in (0.72, 1.88):
        parts.append(box(1.72, 0.09, 0.1, 0.02, wood).moved(0, y, 0.02))
    for s in (-1, 1):
        parts.append(box(0.09, 1.96, 0.1, 0.02, wood).moved(s * 0.82, 1.0, 0.0))
        parts.append(box(0.08, 1.7, 0.08, 0.02, wood).turned_x(-0.28).moved(s * 0.8, 0.82, -0.3))
    parts.append(box(1.6, 0.03, 0.14, 0.01, wood).moved(0, 0.79, 0.1))
    for k, name in enumerate(("white", "yellow", "red")):
        stick = lathe([(0, 0), (0.011, 0), (0.011, 0.09), (0, 0.09)], 8, 0, tone(name))
        parts.append(stick.turned_z(math.pi / 2).moved(0.3 + 0.13 * k, 0.817, 0.11))
    return merge(parts)


def whiteboard_stand() -> Mesh:
    """Return frame, feet and ledge of a whiteboard of 2.4 by 1.4 m, about the board's middle."""
    beam, steel = tone("beam", 0.06), tone("steel")
    parts = [box(2.6, 0.1, 0.11, 0.016, beam).moved(0, s * 0.75, 0) for s in (-1, 1)]
    for s in (-1, 1):
        parts.append(box(0.1, 1.6, 0.11, 0.016, beam).moved(s * 1.25, 0, 0))
        parts.append(box(0.11, 1.62, 0.1, 0.016, beam).moved(s * 1.0, -0.8, -0.08))
        parts.append(box(0.14, 0.09, 0.74, 0.024, beam).moved(s * 1.0, -1.575, -0.05))
    parts.append(box(2.2, 0.025, 0.11, 0.008, steel).moved(0, -0.7, 0.1))
    for k, name in enumerate(("black", "red", "blue", "exit")):
        pen = lathe([(0, 0), (0.012, 0.0), (0.012, 0.14), (0, 0.145)], 12, 0.003, tone(name))
        parts.append(pen.turned_z(math.pi / 2).moved(-0.5 + 0.28 * k, -0.675, 0.11))
    parts.append(box(0.16, 0.05, 0.06, 0.012, tone("blue", 0.1)).moved(0.75, -0.665, 0.11))
    return merge(parts)


def alarm() -> Mesh:
    """Return the post of a call point; its face is at z = 0.09, at 1.3 m."""
    return merge([
        lathe([(0.2, 0), (0.2, 0.04), (0.06, 0.09), (0.045, 0.14), (0.045, 1.5), (0.0, 1.53)],
              20, 0.008, tone("steel_dark")),
        box(0.34, 0.44, 0.06, 0.015, tone("white")).moved(0, 1.32, 0.05),
        lathe([(0.11, 1.52), (0.12, 1.56), (0.1, 1.66), (0.05, 1.7), (0.0, 1.71)], 20, 0.01,
              tone("red")),
    ])  # fmt: skip


def button() -> Mesh:
    """Return the red call point itself, 0.2 m, about its back's middle."""
    return merge([
        box(0.22, 0.22, 0.05, 0.02, tone("red")).moved(0, 0, 0.025),
        box(0.14, 0.14, 0.02, 0.006, tone("white")).moved(0, 0, 0.052),
        lathe([(0, 0), (0.035, 0), (0.03, 0.02), (0, 0.02)], 20, 0.004, tone("black"))
        .turned_x(math.pi / 2).moved(0, 0, 0.062),
    ])  # fmt: skip
