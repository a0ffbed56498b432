"""What a class is at the moment. Who did what is private: all others see it by the panels."""

from __future__ import annotations

from worldloom import Component


class Hand(Component, name="academy.Hand", private=True):
    """A learner's hand is up; lower numbers wait longer."""

    account: str = ""
    number: int = 0


class Vote(Component, name="academy.Vote", private=True):
    """A learner's answer to a poll: the choice, from 0."""

    account: str = ""
    poll: str = ""
    choice: int = 0


class Poll(Component, name="academy.Poll"):
    """The newest poll of a class."""

    id: str = ""
    question: str = ""
    choices: tuple[str, ...] = ()
    is_open: bool = False


class Groups(Component, name="academy.Groups", private=True):
    """The groups of a class, as accounts."""

    groups: tuple[tuple[str, ...], ...] = ()


class Whiteboard(Component, name="academy.Whiteboard"):
    """A board that everyone writes on; closed: instructors alone."""

    is_open: bool = True


class Mark(Component, name="academy.Mark", private=True):
    """A note or a stroke on a board, and whose it is."""

    account: str = ""
