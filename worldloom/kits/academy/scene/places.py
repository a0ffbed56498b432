"""Where the yard's things stand, in metres: x, y, z and the turn round +Y that they face by."""

from __future__ import annotations

import math
from typing import Final

START: Final = (0.0, 0.02, 6.4)
TRAY: Final = (0.0, 0.0, -2.4)
BIN: Final = (1.3, 0.0, -3.5)
FRYER: Final = (-1.9, 0.0, -4.3)
CABINET: Final = (1.8, 0.0, -4.9)
CABINET_TURN: Final = -0.12
RACK: Final = (-4.75, 0.0, -2.5)
RACK_TURN: Final = 0.92
BOARD: Final = (-5.4, 0.0, 1.7)
BOARD_TURN: Final = 0.62
CANTEEN: Final = (0.0, 0.8, -54.0)
"""Where the 360° picture hangs: behind the house, so that nobody sees the ball from the yard."""
ALARM: Final = (-2.75, 0.0, -0.6)
ALARM_TURN: Final = 0.3
PRESS: Final = (4.1, 0.0, -0.7)
PRESS_TURN: Final = -0.36
LOCK_BOARD: Final = (5.95, 0.0, 0.75)
LOCK_BOARD_TURN: Final = -0.85
WHITEBOARD: Final = (-5.2, 1.62, 4.4)
"""The middle of the board of the class."""
WHITEBOARD_TURN: Final = 1.1
SPOTS: Final = tuple(
    (14.5 * math.sin(turn), 0.03, 14.5 * math.cos(turn))
    for turn in (-0.88, -0.53, -0.18, 0.18, 0.53, 0.88)
)
"""Where groups of a class work apart: on the meadow, behind who comes in, five metres apart."""
WORKSHOP: Final = (4.2, 0.0, 4.6)
WORKSHOP_TURN: Final = 0.25
HOUSE_Z: Final = -7.0
TERRACE: Final = 8.4
BANDS: Final = {
    "water": "red", "foam": "cream", "powder": "blue", "carbon dioxide": "black",
    "wet chemical": "yellow",
}  # fmt: skip
"""Extinguisher → the colour of its band (BS 7863); bodies are red (EN 3)."""
PITCH: Final = 0.62
"""Between two extinguishers on the rack."""
HANG: Final = 0.55
"""How high their feet hang."""
FIRES: Final = {
    "bin": (BIN[0], 0.78, BIN[2]),
    "tray": (TRAY[0], 0.34, TRAY[2]),
    "fryer": (FRYER[0], 1.02, FRYER[2] + 0.02),
    "cabinet": (CABINET[0], 1.25, CABINET[2] + 0.24),
}
"""Where each fire burns."""

SWITCH: Final = (1.05, 1.3, 0.22)
"""The axis of the press's disconnect, from the press's foot; the other parts likewise.

It is on the side of the lock board: who takes a lock there sees it snap shut here.
"""
AIR_VALVE: Final = (-1.02, 1.0, 0.12)
BLEED: Final = (-1.02, 1.3, 0.12)
GAUGE: Final = (-1.02, 1.6, 0.16)
START_BUTTON: Final = (0.56, 1.28, 0.43)
STOP_BUTTON: Final = (0.56, 1.12, 0.43)
LAMP: Final = (0.36, 2.38, 0.1)
RAM_UP, RAM_DOWN = 1.36, 1.02
"""How high the ram's lower face is."""
HOOKS: Final = {"padlock": (-0.52, 1.26), "second padlock": (-0.33, 1.26), "tag": (-0.1, 1.3)}
"""Where locks and tag hang on the lock board: x and y."""

BENCH_TOP: Final = 0.9
"""How high the workbench is; what follows is from the floor below its middle."""
WALL: Final = -0.42
WORK_LAMP: Final = (0.0, 1.98, 0.12)
PUMP: Final = (-0.42, BENCH_TOP + 0.31, -0.08)
"""Where the pump's shaft ends its cover; its wet end looks to +X."""
BOLT_TRAY: Final = (0.66, BENCH_TOP + 0.007, 0.25)
FLAT: Final = 1.5707963267948966
"""The turn round +Z that lays a part down, its wet side up."""
LOOSE: Final = {
    "seal": (-0.2, BENCH_TOP + 0.01, 0.24), "impeller": (0.16, BENCH_TOP + 0.01, 0.2),
    "impeller nut": (0.43, BENCH_TOP + 0.01, 0.26), "gasket": (0.95, BENCH_TOP + 0.004, 0.12),
    "old gasket": (1.1, BENCH_TOP + 0.012, 0.2),
}  # fmt: skip
"""Where parts lie on the bench before they are put on."""
LOOSE_CASING: Final = (0.62, PUMP[1], -0.12)
WRENCH: Final = (-0.92, BENCH_TOP + 0.05, 0.3)


def slots() -> list[tuple[str, float]]:
    """Return each extinguisher and its place along the rack, from its middle."""
    names = list(BANDS)
    return [(name, (at - (len(names) - 1) / 2) * PITCH) for at, name in enumerate(names)]
