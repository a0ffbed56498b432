"""Pure decisions of the whiteboard: what may stand on it, and where. Metres from its middle."""

from __future__ import annotations

import math
from collections.abc import Sequence

from worldloom.kernel.errors import Invalid
from worldloom.kits.academy.classroom.limits import CLASS_LIMITS as LIMITS
from worldloom.kits.academy.classroom.rules import tidy

Spot = tuple[float, float]
"""To the right and up, in metres."""
INKS = {"black": "#22252a", "red": "#c0392b", "blue": "#2457a6", "green": "#2e7d4f"}
COLUMNS, ROWS = 3, 6
"""Where notes stand that say no place, row by row; then they begin anew."""
WRAP_M = 0.7
LETTER_M = 0.065


def check_note(text: str) -> str:
    """Return a note as it is written; raises Invalid."""
    told = tidy(text)
    if not told or len(told) > LIMITS.note_characters_max:
        raise Invalid(f"a note has 1 to {LIMITS.note_characters_max} characters",
                      "write something shorter", field="text")  # fmt: skip
    return told


def check_spot(spot: Spot, field: str = "at") -> Spot:
    """Return a place on the board; raises Invalid for one beside it."""
    x, y = spot
    wide, high = LIMITS.board_m[0] / 2, LIMITS.board_m[1] / 2
    if not (math.isfinite(x) and math.isfinite(y) and abs(x) <= wide and abs(y) <= high):
        raise Invalid(
            f"that is not on the board: it is {2 * wide} by {2 * high} m",
            f"x from {-wide} to {wide}, y from {-high} to {high}", field=field,
        )  # fmt: skip
    return (float(x), float(y))


def check_stroke(points: Sequence[Spot]) -> tuple[Spot, ...]:
    """Return the points of a stroke, without repetitions; raises Invalid."""
    if len(points) > LIMITS.stroke_points_max:
        raise Invalid(f"a stroke has at most {LIMITS.stroke_points_max} points",
                      "draw it in several", field="points")  # fmt: skip
    found: list[Spot] = []
    for point in points:
        spot = check_spot(point, "points")
        if not found or spot != found[-1]:
            found.append(spot)
    if len(found) < 2:
        raise Invalid("a stroke has at least two points", "[[0, 0], [0.5, 0]]", field="points")
    return tuple(found)


def slot(number: int) -> Spot:
    """Return where a note stands that says no place: row by row from the upper left."""
    row, column = divmod(number % (COLUMNS * ROWS), COLUMNS)
    wide, high = LIMITS.board_m
    return ((column + 0.5) / COLUMNS * wide - wide / 2, high / 2 - (row + 0.5) / ROWS * high)
