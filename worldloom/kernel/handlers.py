"""Functions that authors register: what they are called for, and what may be one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Container
from typing import TYPE_CHECKING, Any

import msgspec

from worldloom.kernel.entity import Entity
from worldloom.kernel.errors import Misused, Refused
from worldloom.kernel.schema import Event

if TYPE_CHECKING:
    from worldloom.kernel.step import Step

Handler = Callable[[Any], None]
Adapter = Callable[[Any, str], Awaitable[Event]]


class Reaction(msgspec.Struct, frozen=True):
    """A handler of one kind of event, for one entity's events or for all."""

    name: str
    kind: type[Event]
    entity: Entity | None
    run: Handler

    def concerns(self, event: Event) -> bool:
        """Tell whether the event is about the handler's entity, if it has one."""
        if self.entity is None:
            return True
        fields = (getattr(event, field) for field in event.__struct_fields__)
        return any(isinstance(value, Entity) and value == self.entity for value in fields)


class Timer(msgspec.Struct, frozen=True):
    """A function that runs again and again."""

    name: str
    period_us: int
    run: Callable[[], None]

    def step(self, _: Step) -> None:
        """Run inside a step."""
        self.run()


async def refuse_simulated(request: Any, key: str) -> Event:
    """Refuse a request of a fork whose adapter has no Sandbox of its own."""
    raise Refused(
        "simulated: this fork stays in its Sandbox, and nothing left the house",
        "its owner may do go_live",
        code="simulated",
    )


def nested() -> Misused:
    """Make the error for a handler that calls the realm."""
    return Misused("a handler called the realm", "append events instead", code="nested")


def no_handler() -> Misused:
    """Make the error for a write that no handler makes."""
    return Misused(
        "a world changes only inside a handler",
        "move this into a function under @world.on, @world.every or @world.action",
        code="no_handler",
    )


def check_handler(run: object) -> None:
    """Raise Misused for what is no plain function: a handler never awaits."""
    code = getattr(run, "__code__", None)
    # 0x80 marks a coroutine function and 0x200 an asynchronous generator (inspect.CO_*).
    if not callable(run) or (code is not None and code.co_flags & 0x280):
        raise Misused(
            f"{run!r} cannot be a handler",
            "write a plain def: handlers never await; ask the outside by a Request",
            code="not_a_handler",
        )


def unused(name: str, taken: Container[str]) -> str:
    """Return a name, with a number where it is taken."""
    count, candidate = 1, name
    while candidate in taken:
        count += 1
        candidate = f"{name}#{count}"
    return candidate
