"""The plaza's facts."""

from __future__ import annotations

from worldloom import Entity, Event, Visitor


class NoteLeft(Event, name="plaza.NoteLeft", version=2):
    """A visitor left a note on a board; what it says is the board's from then on."""

    visitor: Visitor
    board: Entity


@NoteLeft.upgrade(1)
def without_text(old: dict[str, object]) -> dict[str, object]:
    """Read what was told with the words."""
    return {"visitor": old["visitor"], "board": old["board"]}


class LanternSwitched(Event, name="plaza.LanternSwitched"):
    """A visitor lit a lantern or put it out."""

    visitor: Visitor
    lantern: Entity
    lit: bool
