"""The kernel's own facts, which change no state: who came, went, spoke and clicked."""

from __future__ import annotations

from worldloom.kernel.entity import Entity, Visitor
from worldloom.kernel.schema import Event, Input


class Click(Input):
    """A visitor clicked an entity; handlers run inside the click's own group."""

    visitor: Visitor
    entity: Entity


class Said(Event):
    """Someone said something to all; `visitor.id` and `name` are empty when the world speaks."""

    visitor: Visitor
    name: str
    text: str


class Entered(Event):
    """A visitor came in."""

    visitor: Visitor
    account: str
    name: str


class Left(Event):
    """A visitor went."""

    visitor: Visitor


class Granted(Event):
    """An account was given a role in this world."""

    account: str
    role: str


class Banned(Event):
    """An account may not come in before a moment (UTC microseconds; 0: never again)."""

    account: str
    until: int


class Failed(Event):
    """An adapter could not do what the request of this seq asked for."""

    request: int
    code: str
    message: str
