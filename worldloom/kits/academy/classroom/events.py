"""What happens in a class. Choices are numbered from 0; groups too."""

from __future__ import annotations

from worldloom import Entity, Event, Visitor


class PollOpened(Event, name="academy.PollOpened"):
    """A question was put to the class."""

    visitor: Visitor
    poll: str
    question: str
    choices: tuple[str, ...]


class PollAnswered(Event, name="academy.PollAnswered", private=True):
    """Someone answered a poll, or changed their answer."""

    visitor: Visitor
    poll: str
    choice: int


class PollClosed(Event, name="academy.PollClosed"):
    """A poll ended; `counts` says how many chose each choice."""

    visitor: Visitor
    poll: str
    counts: tuple[int, ...]


class HandRaised(Event, name="academy.HandRaised"):
    """Someone raised their hand."""

    visitor: Visitor


class HandLowered(Event, name="academy.HandLowered"):
    """A hand came down; `visitor` is who lowered it, `learner` the account whose it was."""

    visitor: Visitor
    learner: str


class GroupsDrawn(Event, name="academy.GroupsDrawn"):
    """Learners were drawn into groups by chance."""

    visitor: Visitor
    sizes: tuple[int, ...]


class GroupsEnded(Event, name="academy.GroupsEnded"):
    """There are no groups any more."""

    visitor: Visitor


class GroupsSent(Event, name="academy.GroupsSent"):
    """Each group was sent to a spot of its own."""

    visitor: Visitor
    groups: int


class ClassGathered(Event, name="academy.ClassGathered"):
    """The learners were brought to a ring around an instructor."""

    visitor: Visitor
    learners: int


class ClassFollowed(Event, name="academy.ClassFollowed"):
    """The learners follow an instructor from now on; `may_leave`: until they walk away."""

    visitor: Visitor
    may_leave: bool


class ClassReleased(Event, name="academy.ClassReleased"):
    """Nobody follows any more."""

    visitor: Visitor


class ClassFrozen(Event, name="academy.ClassFrozen"):
    """The learners are held where they stand from now on."""

    visitor: Visitor


class ClassUnfrozen(Event, name="academy.ClassUnfrozen"):
    """The learners can move again."""

    visitor: Visitor


class PointedAt(Event, name="academy.PointedAt"):
    """An instructor pointed at a thing."""

    visitor: Visitor
    entity: Entity


class Spotlit(Event, name="academy.Spotlit"):
    """An instructor put a thing in a light of its own."""

    visitor: Visitor
    entity: Entity


class MarksTaken(Event, name="academy.MarksTaken"):
    """The pointer and the spotlight were taken away."""

    visitor: Visitor


class BoardMarked(Event, name="academy.BoardMarked"):
    """Someone wrote or drew on the whiteboard; what stands there is the board's from then on."""

    visitor: Visitor
    mark: Entity


class BoardErased(Event, name="academy.BoardErased"):
    """A note or a stroke was erased."""

    visitor: Visitor


class BoardWiped(Event, name="academy.BoardWiped"):
    """The whiteboard was wiped; `marks` is how much stood on it."""

    visitor: Visitor
    marks: int


class BoardOpened(Event, name="academy.BoardOpened"):
    """Learners may write on the whiteboard from now on."""

    visitor: Visitor


class BoardClosed(Event, name="academy.BoardClosed"):
    """Instructors alone write on the whiteboard from now on."""

    visitor: Visitor
