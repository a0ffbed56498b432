"""What happens when a learning platform launches a course of ours. All of it is sealed."""

from __future__ import annotations

from worldloom import Component, Event, Personal, Request


class UnitOpened(Request, name="academy.UnitOpened", private=True):
    """A learner came from a learning platform: its token is to be fetched, which can be done once.

    `launch` is the launch as JSON.
    """

    id: str
    """A UUID of this session."""
    learner: str
    course: str
    launch: Personal[str]


class UnitAdmitted(Event, name="academy.UnitAdmitted", private=True):
    """The platform gave its token, which is for the server alone."""

    id: str
    learner: str
    course: str
    token: Personal[str]


class UnitBegan(Request, name="academy.UnitBegan", private=True):
    """What the platform wrote for the launch is to be read, and "initialized" to be said."""

    id: str
    learner: str
    statement: str
    """The statement's id."""
    at: int
    """When, in UTC microseconds."""
    launch: Personal[str]
    token: Personal[str]


class UnitReady(Event, name="academy.UnitReady", private=True):
    """The platform knows that the learner is here; `data` is what it wrote for the launch."""

    id: str
    data: Personal[str]


class UnitSaid(Request, name="academy.UnitSaid", private=True):
    """Statements are to be handed to the platform, in this order, as a list of JSON."""

    id: str
    learner: str
    launch: Personal[str]
    token: Personal[str]
    statements: Personal[str]


class UnitRefused(Event, name="academy.UnitRefused", private=True):
    """The platform refuses the launch or what was said; `why` is for the learner."""

    id: str
    learner: str
    why: str


class UnitHeard(Event, name="academy.UnitHeard", private=True):
    """The platform has them."""

    id: str
    count: int


class Session(Component, name="academy.Session", private=True):
    """One learner's newest launch of a course, for the server alone."""

    id: str = ""
    learner: str = ""
    course: str = ""
    registration: str = ""
    began: int = 0
    ready: bool = False
    ended: bool = False
    over: str = ""
    """What is to be told once the platform is ready: "finished" or "stopped"."""
    score: float = 0.0
    passed: bool = False
    refused: str = ""
    """Why the platform takes no more of it, for the learner; empty: it does."""
    said: tuple[str, ...] = ()
    """Verbs that were said in this registration, and count."""
    launch: Personal[str] = Personal("")
    token: Personal[str] = Personal("")
    data: Personal[str] = Personal("")
