"""What a record from elsewhere must be beyond having its hash: anyone can make hashes.

The fold takes payloads as they are, and a realm's clock goes on from the newest time of its logs.
"""

from __future__ import annotations

from typing import Any

from worldloom.kernel.limits import LIMITS
from worldloom.kernel.records import Record, Spawned, damaged, describe
from worldloom.kernel.state import State


def latest(now: int) -> int:
    """Return the latest time that a record from elsewhere may have (UTC microseconds)."""
    return now + round(LIMITS.import_ahead_seconds_max * 1e6)


def check(record: Record, state: State, until: int) -> None:
    """Raise Unavailable (`log_damaged`) for a record that no realm of this moment has written.

    `state` is that before it.
    """
    if record.time > until:
        # All worlds of this realm would be of that time from then on.
        raise damaged(record.seq, "it is of a time that has not come by this machine's clock")
    try:
        data = describe(record)
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise damaged(record.seq, f"its data cannot be read: {error}") from error
    if record.kind == Spawned.__name__:
        _check_spawned(record, data, state)


def _check_spawned(record: Record, data: dict[str, Any], state: State) -> None:
    """Raise Unavailable where an entity hangs on none, on itself, or too deep."""
    if len(data["name"]) > LIMITS.name_characters_max:
        raise damaged(record.seq, "its name is too long")
    above, depth = data["parent"], 0
    while above is not None:
        entity, depth = state.entities.get(above), depth + 1
        if entity is None or above == data["id"] or depth > LIMITS.entity_depth_max:
            raise damaged(record.seq, "its entity hangs on nothing")
        above = entity.parent
