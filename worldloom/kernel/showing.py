"""Components that are shown and not kept: live data, of which only the newest counts.

A sensor's heat, a flock, a queue of parts: what changes many times a second is presence, as walking
is. What is worth remembering is set as ever, and takes the place of what was shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from worldloom.kernel.assets import array_of
from worldloom.kernel.errors import Misused, OverLimit
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.schema import Component, encode

if TYPE_CHECKING:
    from worldloom.kernel.world import World

SHOWN: Final = "shown"
"""The presence of what is shown."""
Place = tuple[int, str]
"""(entity, component)."""


class Shown:
    """What one world shows beside its log."""

    def __init__(self) -> None:
        self.now: dict[Place, bytes] = {}
        """What everyone sees in the place of a component's logged bytes."""
        self.tell: Callable[[Place], None] = lambda place: None
        """Told of each place where something else is to be seen."""

    def put(self, place: Place, data: bytes) -> None:
        """Show a component so from now on."""
        self.now[place] = data
        self.tell(place)

    def drop(self, places: Iterable[Place]) -> list[Place]:
        """Show the logged again; return those places where something else was seen."""
        return [place for place in places if self.now.pop(place, None) is not None]

    def check_room(self, new: Sequence[Show]) -> None:
        """Raise OverLimit where what a step shows is too much beside what is shown already."""
        replaced = {one.place for one in new}
        size = sum(len(data) for place, data in self.now.items() if place not in replaced)
        if size + sum(len(one.data) for one in new) > LIMITS.shown_bytes_max:
            raise OverLimit(
                f"a world shows {LIMITS.shown_bytes_max} bytes that it does not keep",
                "show fewer rows, or set what hardly changes",
                too_large=True,
            )


class Show(NamedTuple):
    """The effect of a step that shows a component."""

    shown: Shown
    place: Place
    data: bytes

    def fold(self) -> None:
        """Nothing: what is shown is not read by handlers."""

    def settle(self, kept: bool) -> None:
        """Show it as the step is durable; the newest of several counts."""
        if kept:
            self.shown.put(self.place, self.data)


def shown_of(world: World) -> Shown:
    """Return what a world shows now."""
    found = world.presence.get(SHOWN)
    if not isinstance(found, Shown):
        found = world.presence[SHOWN] = Shown()
    return found


def show(world: World, entity: int, value: Component) -> None:
    """Let everyone see a component of an entity so; raises Misused, Invalid, OverLimit."""
    kind = value.__kind__
    if kind.private or kind.personal:
        raise Misused(
            f"{kind.name} is not for everyone's eyes",
            "show a component that is neither private nor personal",
            code="not_to_be_shown",
        )
    array_of(value)
    data = encode(value, LIMITS.shown_bytes_max)
    shown, step = shown_of(world), world.step
    one = Show(shown, (entity, kind.name), data)
    shown.check_room([other for other in step.effects if isinstance(other, Show)] + [one])
    step.affect(one)
