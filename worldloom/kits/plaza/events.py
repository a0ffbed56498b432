"""The plaza's facts."""

from __future__ import annotations

from worldloom import Entity, Event, Visitor


class NoteLeft(Event, name="plaza.NoteLeft"):
    """A visitor left a note on a board."""

    visitor: Visitor
    board: Entity
    text: str


class LanternSwitched(Event, name="plaza.LanternSwitched"):
    """A visitor lit a lantern or put it out."""

    visitor: Visitor
    lantern: Entity
    lit: bool
