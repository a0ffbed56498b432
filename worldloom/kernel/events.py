"""The kernel's own facts, which change no state: who came, went, spoke and clicked."""

from __future__ import annotations

from worldloom.kernel.components import Vector
from worldloom.kernel.entity import Entity, Visitor
from worldloom.kernel.personal import Personal
from worldloom.kernel.schema import Event, Input


class Click(Input):
    """A visitor clicked an entity; handlers run inside the click's own group."""

    visitor: Visitor
    entity: Entity


class Said(Event):
    """Someone said something to all; `visitor.id` and `name` are empty when the world speaks.

    `agent`: software said it, with or without a body here.
    """

    visitor: Visitor
    name: Personal[str]
    text: Personal[str]
    agent: bool = False


class Entered(Event):
    """A visitor came in."""

    visitor: Visitor
    account: str
    name: Personal[str]


class Left(Event):
    """A visitor went."""

    visitor: Visitor


class Pushed(Event):
    """A body was pushed: it goes at this velocity from now on, in metres per second."""

    visitor: Visitor
    entity: Entity
    velocity: tuple[float, float, float]


class Rested(Event):
    """A body came to rest; `visitor` moved it last, if anyone did (otherwise the id is empty)."""

    entity: Entity
    visitor: Visitor


class Grabbed(Event):
    """A visitor took a thing into a hand."""

    visitor: Visitor
    entity: Entity


class Released(Event):
    """A visitor let go of a thing, at this velocity in metres per second."""

    visitor: Visitor
    entity: Entity
    velocity: tuple[float, float, float]


class SatDown(Event):
    """A visitor sat down on a seat."""

    visitor: Visitor
    seat: Entity


class StoodUp(Event):
    """A visitor stood up from a seat."""

    visitor: Visitor
    seat: Entity


class ZoneEntered(Event):
    """A visitor came into a zone."""

    visitor: Visitor
    zone: Entity


class ZoneLeft(Event):
    """A visitor went out of a zone, or out of the world."""

    visitor: Visitor
    zone: Entity


class BodyEntered(Event):
    """A body came into a zone; `visitor` moved it last, if anyone did."""

    entity: Entity
    zone: Entity
    visitor: Visitor


class BodyLeft(Event):
    """A body went out of a zone; `visitor` moved it last, if anyone did."""

    entity: Entity
    zone: Entity
    visitor: Visitor


class Granted(Event, undo="grant the account the role that it had before"):
    """An account was given a role in this world."""

    account: str
    role: str


class Banned(Event, undo="ban the account for 0 seconds: it may come in again"):
    """An account may not come in before a moment (UTC microseconds; 0: never again)."""

    account: str
    until: int


class Failed(Event):
    """An adapter could not do what the request of this seq asked for."""

    request: int
    code: str
    message: str


class Went(Event):
    """A visitor that is software went somewhere at once (metres); where people are is presence."""

    visitor: Visitor
    position: Vector


class Looked(Event):
    """Software read this world: by each of its ways so many times, since it last was noted."""

    seconds: int
    """Within how long, at most."""
    ways: tuple[tuple[str, int], ...]
    """(tool or address, how often), the first one first."""


class CallRefused(Event):
    """A program's call was refused; the record's actor asked for it."""

    call: str
    """The tool or action."""
    code: str
    missing: str = ""
    """The scope or role that it lacked, if that was why."""
