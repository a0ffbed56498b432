"""Holding visitors where they stand: the server refuses their steps until they are let go.

It is presence: not kept, and over when the visitor leaves or the server ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from worldloom.kernel.errors import Conflict

if TYPE_CHECKING:
    from worldloom.kernel.world import World

HELD: Final = "held"
"""The presence of who is held: visitors' ids."""


class Hold(NamedTuple):
    """The effect of a step that holds a visitor, or lets them go."""

    held: set[str]
    visitor: str
    on: bool

    def fold(self) -> None:
        """Nothing: it counts once it is durable."""

    def settle(self, kept: bool) -> None:
        """Do it as the step is durable."""
        if kept:
            (self.held.add if self.on else self.held.discard)(self.visitor)


def held_in(world: World) -> set[str]:
    """Return the ids of those who are held in a world."""
    found: set[str] = world.presence.setdefault(HELD, set())
    return found


def hold(world: World, visitor: str, on: bool) -> None:
    """Hold a visitor, or let them go, with this step."""
    if visitor:
        world.step.affect(Hold(held_in(world), visitor, on))


def check_free(world: World, visitor: str) -> None:
    """Raise Conflict for a visitor who is held."""
    if visitor in held_in(world):
        raise Conflict("you are held where you stand", "wait until you are let go")
