"""One step of a world being decided: its drafts, its chance, and what leaves beside the log."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

from worldloom.kernel.chance import Chance
from worldloom.kernel.draft import Draft
from worldloom.kernel.errors import Invalid, Misused
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.ports import Entropy
from worldloom.kernel.state import State

if TYPE_CHECKING:
    from worldloom.kernel.entity import Visitor
    from worldloom.kernel.people import People
    from worldloom.kernel.world import World

Point = tuple[float, float, float]


class Tell(NamedTuple):
    """A line for one visitor of a world, shown once the group is durable and never kept."""

    world: str
    visitor: str
    text: str


class Move(NamedTuple):
    """A visitor's new place (feet, metres), applied by whoever holds presence."""

    world: str
    visitor: str
    position: Point


class Desk(Protocol):
    """Where steps are decided: what a step may need of its realm."""

    entropy: Entropy
    people: People

    def perform(
        self, step: Step, world: World, visitor: Visitor, name: str, args: Mapping[str, Any]
    ) -> Any:
        """Run another action inside a step, under the same visitor's rights."""
        ...


class Step:
    """What one command, reaction, timer or answer decides; dropped whole when it raises."""

    __injected__: ClassVar[bool] = True
    __slots__ = ("_chance", "actor", "cause", "depth", "desk", "drafts", "moves", "now", "tells")

    def __init__(self, desk: Desk, now: int, actor: str, cause: str) -> None:
        self.desk = desk
        self.now = now
        self.actor = actor
        self.cause = cause
        self.depth = 0
        self.drafts: dict[str, Draft] = {}
        """Stream name → its part of the group, the step's own world first."""
        self.tells: list[Tell] = []
        self.moves: list[Move] = []
        self._chance: Chance | None = None

    @property
    def chance(self) -> Chance:
        """Random numbers, seeded once for this step."""
        if self._chance is None:
            self._chance = Chance(self.desk.entropy(16))
        return self._chance

    def draft(self, stream: str, state: State) -> Draft:
        """Return this step's part in a stream, begun when it is first asked for."""
        draft = self.drafts.get(stream)
        if draft is None:
            draft = self.drafts[stream] = Draft(state, self.actor)
        return draft

    def tell(self, world: World, visitor: str, text: str) -> None:
        """Show a line to one visitor once the group is durable."""
        if not isinstance(text, str):
            raise Misused(f"{text!r} is no text", "tell(str(…))", code="not_a_text")
        self.tells.append(Tell(world.name, visitor, text[: LIMITS.text_characters_max]))

    def move(self, world: World, visitor: str, position: Point) -> None:
        """Put a visitor's feet somewhere once the group is durable; raises Invalid."""
        self.moves.append(Move(world.name, visitor, check_position(position)))

    def deepen(self) -> None:
        """Count one more handler inside a handler; raises Misused when there is no end to it."""
        self.depth += 1
        if self.depth > LIMITS.reaction_depth_max:
            raise Misused(
                "handlers call one another without end",
                "do not append the event that a handler handles",
                code="endless_handlers",
            )


def check_position(position: Any, field: str = "position") -> Point:
    """Return a position inside the extent as three floats; raises Invalid."""
    try:
        x, y, z = (float(axis) for axis in position)
    except (TypeError, ValueError) as error:
        raise Invalid(
            f"{field} is not three numbers", "[x, y, z] in metres", field=field
        ) from error
    most = LIMITS.extent_m_max
    # Written so that NaN fails too.
    if not all(-most <= axis <= most and math.isfinite(axis) for axis in (x, y, z)):
        raise Invalid(
            f"{field} lies outside the world", f"stay within {most:g} metres", field=field
        )
    return x, y, z
