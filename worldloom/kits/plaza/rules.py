"""Pure decisions: what a note may say, where it hangs, which one makes room."""

from __future__ import annotations

NOTES_SHOWN_MAX = 12
NOTE_CHARS_MAX = 120
COLUMNS = 4
# A slip of paper and its pitch on the board, in metres; the board's writing area is 2.2 by 1.3.
SLIP_SIZE = (0.50, 0.38)
PITCH = (0.55, 0.42)
TOP_LEFT = (-0.825, 1.83)
FRONT = 0.065
PAPERS = ("#fff4d6", "#ffe3d3", "#e4f2dc", "#dcebf5", "#f4e1ee")


def tidy(text: str) -> str:
    """Return a note's text on one line without odd spaces; empty when nothing is left."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def slot_of(number: int) -> int:
    """Return where note `number` hangs: the thirteenth takes the first one's place."""
    return number % NOTES_SHOWN_MAX


def replaced(number: int) -> int | None:
    """Return the number of the note that must make room for this one, if any."""
    return number - NOTES_SHOWN_MAX if number >= NOTES_SHOWN_MAX else None


def place_of(slot: int) -> tuple[float, float, float]:
    """Return the middle of a slot on the board, in metres from the board's foot."""
    row, column = divmod(slot, COLUMNS)
    return (TOP_LEFT[0] + column * PITCH[0], TOP_LEFT[1] - row * PITCH[1], FRONT)


def paper_of(number: int) -> str:
    """Return the colour of a note's paper."""
    return PAPERS[number % len(PAPERS)]


def lettering(text: str) -> float:
    """Return a letter size in metres at which a note fits on its slip."""
    return 0.052 if len(text) <= 40 else 0.040 if len(text) <= 80 else 0.033
