"""The plaza's nouns: a board, the notes on it, and a lantern."""

from __future__ import annotations

from worldloom import Component


class Board(Component, name="plaza.Board"):
    """A board that anyone writes on; `written` counts all notes ever left on it."""

    written: int = 0


class Note(Component, name="plaza.Note", version=2):
    """A note on a board: what it says, and which note it is, from 0.

    Who left it stands in `NoteLeft` alone, so that a forgotten person's name is in no slip.
    """

    text: str = ""
    number: int = 0


@Note.upgrade(1)
def without_author(old: dict[str, object]) -> dict[str, object]:
    """Read notes that were signed."""
    return {"text": old["text"], "number": old["number"]}


class Lantern(Component, name="plaza.Lantern"):
    """A lantern, lit or dark."""

    lit: bool = False
