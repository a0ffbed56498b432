"""The plaza's nouns: a board, the notes on it, and a lantern."""

from __future__ import annotations

from worldloom import Component


class Board(Component, name="plaza.Board"):
    """A board that anyone writes on; `written` counts all notes ever left on it."""

    written: int = 0


class Note(Component, name="plaza.Note"):
    """A note on a board: who left it, what it says, and which note it is, from 0."""

    author: str = ""
    text: str = ""
    number: int = 0


class Lantern(Component, name="plaza.Lantern"):
    """A lantern, lit or dark."""

    lit: bool = False
