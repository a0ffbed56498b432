"""Copies of a world: one log, seen by all, and who is here spread over several presences.

A world that says so opens a further copy when those that are open are full. What happens is one
log, so that things, chat and moving bodies are the same everywhere; only people see those of their
own copy alone, and may walk across.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from msgspec import Meta

from worldloom.kernel.entity import Visitor
from worldloom.kernel.errors import Conflict, Invalid, Misused
from worldloom.kernel.holding import check_free
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.touching import leave_seat
from worldloom.kernel.world import World

ALONE: Final = 1
"""The number of the first copy, and of the only one where there are no others."""
Number = Annotated[int, Meta(ge=1, le=LIMITS.copies_max)]


class Copies:
    """Lets a world open copies of itself when it is full: `world.use(Copies(50, most=4))`."""

    def __init__(self, places: int, most: int = LIMITS.copies_max) -> None:
        """Let a copy hold so many visitors, and at most so many copies be open; raises Misused."""
        if not (1 <= places <= LIMITS.visitors_per_world_max and 1 <= most <= LIMITS.copies_max):
            raise Misused(
                f"a world cannot have {most} copies of {places} places",
                f"at least 1 place, and from 1 to {LIMITS.copies_max} copies",
                code="bad_copies",
            )
        self.places = places
        self.most = most

    def attach(self, world: World) -> None:
        """Give the world the way across."""
        world.action(cross)


def copies_of(world: World) -> Copies | None:
    """Return what a world says of its copies; None: it has none."""
    return next((kit for kit in world.origin.used if isinstance(kit, Copies)), None)


def cross(world: World, visitor: Visitor, copy: Number) -> dict[str, Any]:
    """Go to another copy of this world, by its number, and stand there where you stand here."""
    own = copies_of(world)
    here = world.visitor(visitor.id)
    stance = here.stance
    if not visitor.id or own is None or stance is None:
        raise Conflict("only someone in the world can cross", "enter it first", code="not_here")
    if copy > own.most:
        raise Invalid(f"there is no copy {copy}", f"from 1 to {own.most}", field="copy")
    check_free(world, visitor.id)
    if copy != here.copy:
        if sum(one.copy == copy for one in world.visitors) >= own.places:
            raise Conflict(f"copy {copy} is full", "wait, or choose another", code="copy_full")
        leave_seat(world, visitor)
        here.cross_to(copy, stance.position)
    return {"copy": copy}
