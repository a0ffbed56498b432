"""The academy's nouns."""

from __future__ import annotations

from worldloom import Component


class Exhibit(Component, name="academy.Exhibit"):
    """A thing to learn from: whoever clicks it has experienced it, which is recorded.

    `activity` is a name of its own within the academy, or an IRI; empty: the thing's name.
    """

    title: str = ""
    text: str = ""
    activity: str = ""
