"""The corner of the lock-out course: a press, its handles, its lock board, padlock and tag."""

from __future__ import annotations

import math

import numpy as np

from worldloom.kits.academy.scene import places
from worldloom.kits.academy.scene.palette import tone
from worldloom.studio.geometry.mesh import Array, Mesh, merge
from worldloom.studio.geometry.solids import box, lathe
from worldloom.studio.geometry.sweeps import tube

HALF_TURN = math.pi / 2


def moving() -> dict[str, Mesh]:
    """Return what the world moves or lets press, by the name of its file."""
    return {
        "disconnect": disconnect(), "lever": lever(), "knob": knob(), "ram": ram(),
        "padlock": padlock(), "tag": tag(), "plate": plate(), "card": card(),
        "start": button("exit"), "stop": button("red"),
    }  # fmt: skip


def press() -> Mesh:
    """Return an air press 1.3 m wide and 2.3 m high, its front to +Z, with switch and air line."""
    return merge([*_frame(), *_cylinder(), *_controls(), *_switch(), *_air_line()])


def _frame() -> list[Mesh]:
    body, dark = tone("machine"), tone("machine_dark")
    parts = [
        box(1.36, 0.1, 0.8, 0.02, tone("plinth")).moved(0, 0.05, 0),
        box(1.2, 0.74, 0.62, 0.04, body).moved(0, 0.46, 0),
        box(1.02, 0.5, 0.03, 0.012, dark).moved(0, 0.46, 0.31),
        box(1.28, 0.09, 0.7, 0.02, tone("steel")).moved(0, 0.875, 0),
        box(0.5, 0.06, 0.4, 0.012, tone("steel_dark")).moved(0, 0.95, 0),
        box(1.28, 0.42, 0.6, 0.05, body).moved(0, 2.04, 0),
        box(0.9, 0.2, 0.02, 0.008, tone("cream")).moved(0, 2.06, 0.305),
        box(1.0, 0.9, 0.03, 0.01, dark).moved(0, 1.38, -0.24),
    ]
    for s in (-1, 1):
        parts.append(box(0.17, 0.95, 0.46, 0.03, body).moved(s * 0.53, 1.39, -0.03))
        parts.append(box(0.06, 0.9, 0.05, 0.012, tone("steel")).moved(s * 0.3, 1.39, -0.12))
        for z in (-0.24, 0.24):
            parts.append(_bolt().moved(s * 0.6, 0.1, z * 1.3))
    parts += _stripes(1.2, 0.1, 0.875, 0.352)
    return parts


def _stripes(wide: float, high: float, y: float, z: float) -> list[Mesh]:
    """Bars of yellow and black along an edge that one can be hurt at."""
    count = 14
    return [
        box(wide / count, high * 0.7, 0.012, 0.002, tone("safety" if k % 2 else "black"))
        .moved((k + 0.5) * wide / count - wide / 2, y, z)
        for k in range(count)
    ]  # fmt: skip


def _bolt() -> Mesh:
    return lathe([(0.035, 0.0), (0.035, 0.03), (0.0, 0.032)], 6, 0.004, tone("steel_dark"))


def _cylinder() -> list[Mesh]:
    """The air cylinder on the crown, with its tie rods, and the post of the lamp."""
    steel, dark = tone("steel", 0.08), tone("steel_dark")
    parts = [
        lathe([(0.17, 0.0), (0.17, 0.06), (0.14, 0.06), (0.14, 0.44), (0.17, 0.44), (0.17, 0.5),
               (0.0, 0.5)], 28, 0.008, steel).moved(0, 2.25, -0.05),
        lathe([(0.035, 0.0), (0.035, 0.05), (0.0, 0.055)], 14, 0.004, tone("brass"))
        .moved(0, 2.75, -0.05),
        lathe([(0.075, 0.0), (0.075, 0.05), (0.03, 0.06), (0.03, 0.1)], 18, 0.004, dark)
        .moved(places.LAMP[0], 2.24, places.LAMP[2]),
    ]  # fmt: skip
    for k in range(4):
        turn = k * HALF_TURN + math.pi / 4
        rod = lathe([(0.014, 0.0), (0.014, 0.52), (0.0, 0.52)], 8, 0.002, dark)
        parts.append(rod.moved(math.cos(turn) * 0.155, 2.25, math.sin(turn) * 0.155 - 0.05))
    return parts


def _controls() -> list[Mesh]:
    """The box of the push buttons, on the right column."""
    x, z = places.START_BUTTON[0], places.START_BUTTON[2] - 0.012
    plates = [
        box(0.13, 0.13, 0.012, 0.004, tone(name)).moved(x, y, z)
        for name, y in (("white", places.START_BUTTON[1]), ("safety", places.STOP_BUTTON[1]))
    ]
    return [box(0.2, 0.44, 0.22, 0.02, tone("steel", 0.14)).moved(x, 1.2, z - 0.11), *plates]


def _switch() -> list[Mesh]:
    """The switch box of the disconnect, on its own post beside the press."""
    x, y, z = places.SWITCH
    grey = tone("steel", 0.14)
    return [
        lathe([(0.17, 0), (0.17, 0.03), (0.05, 0.07), (0.04, 0.12), (0.04, 1.5), (0.0, 1.52)],
              20, 0.006, tone("steel_dark")).moved(x, 0, z - 0.26),
        box(0.42, 0.58, 0.2, 0.025, grey).moved(x, y, z - 0.12),
        box(0.36, 0.52, 0.012, 0.006, tone("steel", 0.2)).moved(x, y, z - 0.018),
        lathe([(0.0, 0.0), (0.115, 0.0), (0.115, 0.012), (0.0, 0.012)], 30, 0.003, tone("safety"))
        .turned_x(HALF_TURN).moved(x, y, z - 0.012),
        tube([(x, y + 0.28, z - 0.12), (x, 1.95, z - 0.12), (x - 0.2, 2.08, z - 0.15),
              (0.6, 2.1, z - 0.2)], [0.022] * 4, 9, tone("black")),
    ]  # fmt: skip


def _air_line() -> list[Mesh]:
    """The pipe from the ground by valve, bleed and gauge to the cylinder."""
    x, y, z = places.AIR_VALVE[0], places.AIR_VALVE[1], places.AIR_VALVE[2] - 0.07
    blue, brass = tone("blue", 0.05), tone("brass")
    parts = [
        tube([(x, -0.05, z), (x, 1.0, z), (x, 2.0, z)], [0.026] * 3, 10, blue),
        tube([(x, 2.0, z), (x + 0.03, 2.45, z - 0.02), (x + 0.3, 2.86, z - 0.06),
              (-0.3, 2.92, -0.05), (-0.04, 2.9, -0.05), (0.0, 2.78, -0.05)], [0.022] * 6, 9, blue),
        lathe([(0.12, 0), (0.12, 0.03), (0.04, 0.06), (0.0, 0.07)], 18, 0.005, tone("steel_dark"))
        .moved(x, 0, z),
        box(0.36, 0.05, 0.05, 0.01, tone("steel_dark")).moved(x + 0.22, 0.62, z),
        box(0.36, 0.05, 0.05, 0.01, tone("steel_dark")).moved(x + 0.22, 1.82, z),
        box(0.11, 0.15, 0.11, 0.02, brass).moved(x, y, z),
        box(0.09, 0.12, 0.09, 0.02, brass).moved(x, places.BLEED[1], z),
        lathe([(0.018, 0.0), (0.018, 0.06)], 10, 0.0, brass).turned_x(HALF_TURN).moved(x, y, z),
        tube([(x, places.GAUGE[1], z), (x, places.GAUGE[1], z + 0.06)], [0.02] * 2, 8, brass),
    ]  # fmt: skip
    return [*parts, _gauge().moved(x, places.GAUGE[1], places.GAUGE[2])]


def _gauge() -> Mesh:
    """A dial of 0.2 m, its face at z = 0, zero at the lower left, with a red mark at six bar."""
    rim = [(0.0, -0.05), (0.1, -0.05), (0.11, -0.04), (0.11, 0.012), (0.1, 0.016), (0.095, 0.004),
           (0.0, 0.0)]  # fmt: skip
    parts = [
        lathe(rim, 30, 0.004, tone("steel_dark")).turned_x(HALF_TURN),
        lathe([(0.094, 0.008), (0.0, 0.008)], 30, 0, tone("white")).turned_x(HALF_TURN),
    ]
    for k in range(9):
        color = tone("red" if k >= 6 else "black")
        mark = box(0.008, 0.02, 0.004, 0.001, color).moved(0, 0.078, 0.01)
        parts.append(mark.turned_z(2.2 - k * 0.55))
    return merge(parts)


def ram() -> Mesh:
    """Return the ram, 80 kg of steel: its lower face at y = 0, its rod upward."""
    return merge([
        box(0.56, 0.16, 0.42, 0.03, tone("steel", 0.05)).moved(0, 0.13, 0),
        box(0.34, 0.06, 0.3, 0.012, tone("steel_dark")).moved(0, 0.03, 0),
        *[part.moved(0, 0.0, 0) for part in _stripes(0.5, 0.09, 0.13, 0.212)],
        lathe([(0.06, 0.2), (0.06, 0.85), (0.0, 0.85)], 20, 0.004, tone("steel", 0.16)),
    ])  # fmt: skip


def disconnect() -> Mesh:
    """Return the red handle of the disconnect about its axis; it stands upright when on."""
    return merge([
        lathe([(0.0, 0.0), (0.07, 0.0), (0.065, 0.05), (0.0, 0.055)], 26, 0.005, tone("red"))
        .turned_x(HALF_TURN),
        box(0.05, 0.26, 0.05, 0.016, tone("red")).moved(0, 0.03, 0.06),
        box(0.012, 0.1, 0.004, 0.001, tone("white")).moved(0, 0.09, 0.087),
    ])  # fmt: skip


def lever() -> Mesh:
    """Return the yellow lever of a ball valve about its axis: along the pipe when open."""
    return merge([
        lathe([(0.0, 0.0), (0.035, 0.0), (0.03, 0.03), (0.0, 0.032)], 16, 0.004, tone("steel"))
        .turned_x(HALF_TURN),
        box(0.045, 0.24, 0.018, 0.007, tone("safety")).moved(0, 0.1, 0.025),
        box(0.055, 0.09, 0.03, 0.01, tone("yellow")).moved(0, 0.2, 0.03),
    ])  # fmt: skip


def knob() -> Mesh:
    """Return the blue knob of the bleed valve, with its little pipe to the side."""
    grips = [lathe([(0.02, 0.0), (0.02, 0.035), (0.0, 0.036)], 10, 0.003, tone("blue"))
             .turned_x(HALF_TURN).moved(math.cos(k * math.pi / 3) * 0.04,
                                        math.sin(k * math.pi / 3) * 0.04, 0.03)
             for k in range(6)]  # fmt: skip
    return merge([
        lathe([(0.0, 0.0), (0.05, 0.0), (0.05, 0.07), (0.0, 0.075)], 20, 0.004, tone("blue", 0.06))
        .turned_x(HALF_TURN), *grips,
        tube([(0.02, 0, -0.06), (0.12, -0.01, -0.06), (0.14, -0.06, -0.06)], [0.012] * 3, 8,
             tone("brass")),
    ])  # fmt: skip


def button(color: str) -> Mesh:
    """Return a push button in its ring, 9 cm wide, its back at z = 0."""
    return merge([
        lathe([(0.0, 0.0), (0.048, 0.0), (0.046, 0.018), (0.0, 0.018)], 24, 0.003, tone("steel"))
        .turned_x(HALF_TURN),
        lathe([(0.0, 0.018), (0.036, 0.018), (0.034, 0.045), (0.0, 0.05)], 24, 0.004, tone(color))
        .turned_x(HALF_TURN),
    ])  # fmt: skip


def padlock() -> Mesh:
    """Return a red padlock hung by its shackle, whose top is at y = 0."""
    angle = np.linspace(0.0, math.pi, 13)
    arch: Array = np.c_[np.cos(angle) * 0.035, np.sin(angle) * 0.035 - 0.035, np.zeros(13)]
    way = np.concatenate([[[0.035, -0.1, 0.0]], arch, [[-0.035, -0.1, 0.0]]])
    return merge([
        tube(way, [0.01] * len(way), 9, tone("steel", 0.12)),
        box(0.125, 0.12, 0.05, 0.016, tone("red")).moved(0, -0.145, 0),
        box(0.09, 0.05, 0.004, 0.001, tone("white")).moved(0, -0.125, 0.026),
        lathe([(0.0, 0.0), (0.014, 0.0), (0.014, 0.006), (0.0, 0.006)], 14, 0.001, tone("brass"))
        .turned_x(HALF_TURN).moved(0, -0.18, 0.025),
    ])  # fmt: skip


def tag() -> Mesh:
    """Return a danger tag hung by its string from y = 0: white, its head red, face at z = 0.004."""
    return merge([
        tube([(0.0, 0.0, 0.0), (0.004, -0.05, 0.0)], [0.003] * 2, 6, tone("black")),
        box(0.15, 0.25, 0.006, 0.002, tone("white")).moved(0, -0.17, 0),
        box(0.15, 0.075, 0.008, 0.002, tone("red")).moved(0, -0.09, 0),
        lathe([(0.012, 0.0), (0.012, 0.01), (0.0, 0.01)], 12, 0.001, tone("brass"))
        .turned_x(HALF_TURN).moved(0, -0.055, 0.0),
    ])  # fmt: skip


def plate() -> Mesh:
    """Return an enamel plate 0.36 by 0.3 m, its face at z = 0.012."""
    return merge([
        box(0.37, 0.31, 0.014, 0.006, tone("safety")), box(0.345, 0.285, 0.02, 0.006, tone("white"))
    ])  # fmt: skip


def card() -> Mesh:
    """Return an enamel plate 0.63 by 0.55 m, its face at z = 0.012: the energy card."""
    return merge([
        box(0.63, 0.55, 0.014, 0.006, tone("safety")), box(0.6, 0.52, 0.02, 0.006, tone("white"))
    ])  # fmt: skip


def lock_board() -> Mesh:
    """Return the board that locks and tags hang on, 1.4 m wide, its face at z = 0."""
    beam = tone("beam")
    parts = [
        box(1.4, 1.16, 0.04, 0.012, tone("safety", -0.02)).moved(0, 1.34, -0.03),
        box(1.3, 1.06, 0.02, 0.006, tone("white", -0.06)).moved(0, 1.34, -0.012),
        box(1.3, 0.2, 0.024, 0.006, tone("red")).moved(0, 1.77, -0.01),
        box(1.62, 0.1, 0.26, 0.02, tone("tile_dark")).moved(0, 2.06, 0.03),
        box(1.3, 0.04, 0.16, 0.01, beam).moved(0, 0.82, 0.05),
    ]
    for s in (-1, 1):
        parts.append(box(0.12, 2.05, 0.12, 0.02, beam).moved(s * 0.74, 1.02, -0.03))
        parts.append(box(0.28, 0.14, 0.3, 0.03, tone("plinth")).moved(s * 0.74, 0.07, -0.03))
    for x, y in places.HOOKS.values():
        parts.append(tube([(x, y + 0.012, -0.01), (x, y - 0.01, 0.03), (x, y + 0.01, 0.05)],
                          [0.007] * 3, 7, tone("steel_dark")))  # fmt: skip
    return merge(parts)
