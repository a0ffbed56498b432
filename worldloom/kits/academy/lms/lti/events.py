"""What happens when a learning platform opens a course by LTI. All of it is sealed."""

from __future__ import annotations

from worldloom import Component, Event, Personal


class LtiOpened(Event, name="academy.LtiOpened", private=True):
    """A learner came from a learning platform; `launch` is what it said, as JSON."""

    learner: str
    course: str
    launch: Personal[str]


class LtiScored(Event, name="academy.LtiScored", private=True):
    """A score is for the platform that opened the course; it is sent until it is there."""

    learner: str
    course: str
    score: float
    launch: Personal[str]


class LtiRosterAsked(Event, name="academy.LtiRosterAsked", private=True):
    """A platform is asked whom it expects in a course; what it says is kept nowhere."""

    course: str
    launch: Personal[str]


class LtiRefused(Event, name="academy.LtiRefused", private=True):
    """A platform will never take a score: `seq` is the record with it."""

    seq: int
    why: str


class LtiLink(Component, name="academy.LtiLink", private=True):
    """From where a learner came last to a course, for the server alone."""

    learner: str = ""
    course: str = ""
    launch: Personal[str] = Personal("")
