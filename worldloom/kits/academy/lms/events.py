"""What happens with badges. Names are sealed: of who is forgotten, a badge tells nothing more."""

from __future__ import annotations

from typing import Final

from worldloom import Component, Event, Personal

UNNAMED: Final = "?"
"""Stands for a name that nobody knew: an empty one would not be sealed, and never forgotten."""


class BadgeAwarded(Event, name="academy.BadgeAwarded", private=True, undo="revoke the badge"):
    """A learner earned a badge; what it says of the course is as the course was then."""

    id: str
    """A UUID that cannot be guessed: who knows it may read the badge."""
    number: int
    """Counted from 0 in this world: its place in the status lists."""
    learner: str
    course: str
    version: str
    title: str
    text: str
    skills: tuple[str, ...]
    language: str
    name: Personal[str]
    """What the learner was called; UNNAMED where nobody knew."""


class BadgeRevoked(
    Event,
    name="academy.BadgeRevoked",
    private=True,
    undo="it stays revoked: let the learner earn another one",
):
    """A badge is not valid any more; why is for those who keep the log."""

    id: str
    number: int
    reason: Personal[str]


class Badge(Component, name="academy.Badge", private=True):
    """One learner's newest badge of a course, for the server alone."""

    id: str = ""
    number: int = 0
    learner: str = ""
    course: str = ""
    title: str = ""
    revoked: bool = False


class BadgeCount(Component, name="academy.BadgeCount", private=True):
    """How many badges were awarded in this world."""

    count: int = 0
