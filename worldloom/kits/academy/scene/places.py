"""Where the yard's things stand, in metres: x, y, z and the turn round +Y that they face by."""

from __future__ import annotations

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
ALARM: Final = (-2.75, 0.0, -0.6)
ALARM_TURN: Final = 0.3
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


def slots() -> list[tuple[str, float]]:
    """Return each extinguisher and its place along the rack, from its middle."""
    names = list(BANDS)
    return [(name, (at - (len(names) - 1) / 2) * PITCH) for at, name in enumerate(names)]
