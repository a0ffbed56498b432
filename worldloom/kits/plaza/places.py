"""Where the plaza's own things stand, in metres; +Z of a thing looks at the start."""

from __future__ import annotations

import math

SPAWN = (-2.9, 0.02, 16.5)
SPAWN_YAW = -0.127
BOARD = (3.9, 0.012, 8.4)
LANTERN = (-4.9, 0.012, 8.4)
BALL_RADIUS = 0.45
BALL = (0.9, 0.452, 12.4)
SIGN = (-7.6, 0.012, 10.4)
# On the face of the hall's board, which leans down by PLAQUE_LEAN radians.
PLAQUE, PLAQUE_LEAN = (0.0, 5.657, -31.809), 0.16
SITE_ORDER = (
    "heritage", "academy", "theatre", "city", "bank",
    "plaza", "mall", "workshop", "clinic", "factory",
)  # fmt: skip
SITE_RADIUS, PLINTH = 28.5, 0.2
# The hall itself is this kit's gate: its portal stands inside, before the screen.
HALL_KIT, HALL_PLACE = "heritage", (0.0, 1.2, -37.6, 0.0)

# Where a gate's name hangs, in metres above its plinth.
GATE_TOPS = {
    "academy": 6.3, "theatre": 7.4, "city": 8.0, "bank": 6.0, "mall": 5.6, "workshop": 6.7,
    "clinic": 7.6, "factory": 5.4,
}  # fmt: skip


def facing_of(place: tuple[float, float, float]) -> float:
    """Return the turn round +Y with which a thing at `place` looks at the start."""
    return math.atan2(SPAWN[0] - place[0], SPAWN[2] - place[2])


def site_of(kit: str) -> tuple[float, float, float, float] | None:
    """Return (x, y, z, turn) of a kit's site, or None when the plaza has none for it."""
    if kit not in SITE_ORDER:
        return None
    if kit == HALL_KIT:
        return HALL_PLACE
    angle = SITE_ORDER.index(kit) * 2 * math.pi / len(SITE_ORDER)
    return SITE_RADIUS * math.sin(angle), PLINTH, -SITE_RADIUS * math.cos(angle), -angle
