"""What a record from elsewhere must be beyond having its hash: anyone can make hashes.

The fold takes payloads as they are, and a realm's clock goes on from the newest time of its logs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from msgspec.msgpack import Ext

from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.personal import BOX_EXT
from worldloom.kernel.records import STATE_EVENTS, Record, Spawned, damaged, describe
from worldloom.kernel.schema import (
    NAME,
    PRIVATE_MARK,
    decode,
    encode,
    is_private,
    named,
    plain,
)
from worldloom.kernel.state import State

OURS: Final = "worldloom.kernel."
"""Where types are defined that are the same everywhere, as those of kits; an author's are not."""
OfKit = Callable[[str], bool]
"""Tells whether a component or an event is of an installed kit, whose types are loaded then."""
_PLAIN: Final = (str, int, float, bool, bytes, type(None))


def latest(now: int) -> int:
    """Return the latest time that a record from elsewhere may have (UTC microseconds)."""
    return now + round(LIMITS.import_ahead_seconds_max * 1e6)


def check(record: Record, state: State, until: int, of_kit: OfKit) -> None:
    """Raise Unavailable (`log_damaged`) for a record that no realm of this moment has written.

    `state` is that before it.
    """
    if record.time > until:
        # All worlds of this realm would be of that time from then on.
        raise damaged(record.seq, "it is of a time that has not come by this machine's clock")
    try:
        data = describe(record)
        if record.kind not in STATE_EVENTS:
            _check_plain(plain(record.payload), boxes=True)
            _check_type(record.kind, record.version, record.payload, of_kit)
        for component, version, kept in _cells(record):
            # What an entity is born with is shown to everyone: private ones come by `Changed`.
            if is_private(component) and record.kind == Spawned.__name__:
                raise TypeError(f"{component} is private, and shown to everyone")
            _check_plain(plain(kept), is_private(component))
            _check_type(component, version, kept, of_kit)
    except (ValueError, TypeError, LookupError, RecursionError, WorldloomError) as error:
        raise damaged(record.seq, f"its data cannot be read: {error}") from error
    if record.kind == Spawned.__name__:
        _check_spawned(record, data, state)


def _cells(record: Record) -> Iterator[list[Any]]:
    """Yield [component, version, bytes] of all that a record sets or declares."""
    if record.kind == "Changed":
        yield plain(record.payload)[1:4]
    elif record.kind == "Spawned":
        yield from plain(record.payload)[3]
    elif record.kind == "Declared":
        for entity in plain(record.payload)[0]:
            yield from entity[2]


def _check_type(name: str, version: int, kept: bytes, of_kit: OfKit) -> None:
    """Raise where code of ours or of a kit would fail on a component or an event.

    What neither knows is kept as it is: nothing here reads it but its name.
    """
    if not NAME(name.removeprefix(PRIVATE_MARK)):
        raise TypeError("something in it has a name that no code gives")
    kit = of_kit(name)  # its types are known from here on
    cls = named(name)
    if cls is None or not (kit or cls.__module__.startswith(OURS)):
        return
    if cls.__kind__.name != name:
        raise TypeError(f"{name} is private, and shown to everyone")
    encode(decode(cls, kept, version))


def _check_plain(value: object, boxes: bool = False) -> None:
    """Raise for what is no JSON; sealed words (`boxes`) may be fields, and nothing within one."""
    if isinstance(value, dict):
        for name, part in value.items():
            if not isinstance(name, str):
                raise TypeError("a field's name is no text")
            if not (boxes and isinstance(part, Ext) and part.code == BOX_EXT):
                _check_plain(part)
    elif isinstance(value, list):
        for part in value:
            _check_plain(part)
    elif not isinstance(value, _PLAIN):
        raise TypeError(f"it holds a {type(value).__name__}, which no realm writes")


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
