"""Feeds: events of a world that are passed on to the outside in order, again until they are taken.

A feed is one more reader of the log: where it stands is a durable cursor, so that neither a stop
nor an outside that is away for days loses an event. What is passed on twice has the same seq.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from msgspec import Struct

from worldloom.kernel.doors import Clerk, Kept
from worldloom.kernel.schema import Event

CURSOR: Final = "feed:"
"""Before a feed's name: the name of its cursor, the seq of the last record that is taken."""


class Feed(Struct, frozen=True):
    """Events of one kind go to the outside, some at a time."""

    name: str
    """Stable: another name begins anew."""
    kind: type[Event]
    take: Callable[[Sequence[Kept], Clerk], Awaitable[None]]
    """Returns when all are taken; raises Unavailable (or anything) to get the same ones again."""
    events_max: int = 100
    """Events that are passed on at once."""
    from_start: bool = False
    """Whether it begins with the first record of the log, and not with what comes from now on."""
