"""Projections: tables that are a view of the log, kept beside it and made anew from it at will."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final, Generic, Protocol, TypeVar

import msgspec

from worldloom.kernel.errors import Invalid, Misused
from worldloom.kernel.patience import words_of
from worldloom.kernel.personal import Opener
from worldloom.kernel.records import Record
from worldloom.kernel.rights import Role
from worldloom.kernel.schema import Event, decode, restorer

R = TypeVar("R", bound="Row")
E = TypeVar("E", bound=Event)
Scalar = bool | int | float | str | bytes | None

_SCALARS: Final = (bool, int, float, str, bytes)
_NAME: Final = "lower case letters, digits and _"


class Row(msgspec.Struct, frozen=True):
    """Base of a table's rows; a field is bool, int, float, str or bytes, or such a one or None."""


class Rows(Protocol[R]):
    """The rows of one table of one world while a record is taken in."""

    def get(self, *key: Scalar) -> R | None:
        """Return the row of a key, as the records before this one left it."""
        ...

    def find(self, *first: Scalar) -> Sequence[R]:
        """Return the rows whose key begins with these values, in order of the key."""
        ...

    def put(self, row: R) -> None:
        """Set the row of its key."""
        ...

    def drop(self, *key: Scalar) -> None:
        """Remove the row of a key, if there is one."""
        ...


class Entry(msgspec.Struct, frozen=True):
    """Where an event stands in the log; time in UTC microseconds."""

    world: str
    seq: int
    time: int
    actor: str


Handler = Callable[[Any, Entry, Any], None]


class Projection(Generic[R]):
    """One table as a pure function of the log: `@table.on(Sold)` says what an event does to it.

    A handler sees the event, its entry and the rows that came of the records before; it asks no
    clock, chance or state, so that a table that is made anew equals the one that grew.
    """

    def __init__(
        self,
        name: str,
        row: type[R],
        *,
        key: tuple[str, ...],
        indexes: tuple[tuple[str, ...], ...] = (),
        version: int = 1,
        role: Role | str = Role.BUILDER,
    ) -> None:
        """Name a table; raises Misused. `role` may read it; a new `version` makes it anew."""
        if not name.isidentifier() or name != name.lower() or len(name) > 40:
            raise _wrong(f"{name!r} is no name for a table", f"use {_NAME}")
        self.name = name
        self.row = row
        self.columns = _columns(row)
        self.key = key
        self.indexes = indexes
        self.version = version
        self.role = Role(role)
        self.handlers: dict[str, tuple[type[Event], Handler]] = {}
        self._sound: set[tuple[type, ...]] = set()
        """Types of values that a row may have together, as far as they were looked at."""
        for column in {column for columns in (key, *indexes) for column in columns}:
            if column not in self.columns:
                raise _wrong(f"{name} has no column {column}", f"it has {', '.join(self.columns)}")
        hints = typing.get_type_hints(row)
        if not key or any(hints[column] is not self.columns[column] for column in key):
            raise _wrong(
                f"{name} has no sound key",
                'name the columns that tell rows apart and are never None: key=("id",)',
            )

    def on(
        self, kind: type[E]
    ) -> Callable[[Callable[[E, Entry, Rows[R]], None]], Callable[[E, Entry, Rows[R]], None]]:
        """Let a function take in each event of a kind."""

        def register(
            run: Callable[[E, Entry, Rows[R]], None],
        ) -> Callable[[E, Entry, Rows[R]], None]:
            self.handlers[kind.__kind__.name] = (kind, run)
            return run

        return register

    @property
    def personal(self) -> bool:
        """Whether it takes in events with people's own data."""
        return any(kind.__kind__.personal for kind, _ in self.handlers.values())

    @property
    def shape(self) -> str:
        """What a kept table must have been made by, or it is made anew."""
        spelled = (
            self.version,
            self.key,
            self.indexes,
            sorted(self.handlers),
            *self.columns.items(),
        )
        return sha256(repr(spelled).encode()).hexdigest()[:16]

    def take(
        self,
        world: str,
        record: Record,
        rows: Rows[R],
        opener: Opener | None = None,
        hides: Callable[[str], bool] | None = None,
    ) -> None:
        """Take in one record; what is personal in it is opened while its person's key is there."""
        known = self.handlers.get(record.kind)
        if known is not None:
            kind, run = known
            personal = kind.__kind__.personal
            restore = restorer(opener) if personal else None
            event = decode(kind, record.payload, record.version, restore)
            if personal and hides is not None and hides(record.actor):
                for field in personal:
                    getattr(event, field).blank()
            entry = Entry(world, record.seq, record.time, record.actor)
            try:
                run(event, entry, rows)
            except (SystemExit, KeyboardInterrupt, GeneratorExit) as error:
                # An author's code ends its own table by these, and nothing else.
                raise Misused(f"{type(error).__name__}: {words_of(error)}") from error

    def values(self, row: R) -> tuple[Scalar, ...]:
        """Return a row's values in the order of the columns; raises TypeError for a wrong one."""
        if type(row) is not self.row:
            raise TypeError(f"{self.name} holds {self.row.__name__}, not {type(row).__name__}")
        values: tuple[Scalar, ...] = msgspec.structs.astuple(row)
        types_of_it = tuple(map(type, values))
        if types_of_it in self._sound:
            return values
        for (column, kind), value in zip(self.columns.items(), values, strict=True):
            if value is not None and type(value) is not kind:
                raise TypeError(
                    f"{self.name}.{column} is {type(value).__name__}, not {kind.__name__}"
                )
        self._sound.add(types_of_it)
        return values

    def key_of(self, row: R) -> tuple[Scalar, ...]:
        """Return the key of a row."""
        return tuple(getattr(row, column) for column in self.key)

    def check_where(self, where: Mapping[str, Scalar]) -> None:
        """Raise Invalid for a column that the table does not have."""
        for column in where:
            if column not in self.columns:
                raise Invalid(
                    f"{self.name} has no column {column[:80]}",
                    f"it has {', '.join(self.columns)}",
                    field=column,
                )


class Slice(msgspec.Struct, frozen=True):
    """Some rows of a table, which has taken in the records up to `seq`."""

    seq: int
    rows: list[Any]
    error: str = ""
    """Why the table stands still, if a handler failed."""


def _columns(row: type[Row]) -> dict[str, type]:
    """Return a row's columns and their types; raises Misused for what no column can hold."""
    found: dict[str, type] = {}
    for name, hint in typing.get_type_hints(row).items():
        parts = [hint]
        if typing.get_origin(hint) in (typing.Union, types.UnionType):
            parts = [part for part in typing.get_args(hint) if part is not type(None)]
        if len(parts) != 1 or parts[0] not in _SCALARS:
            raise _wrong(
                f"the column {name} of {row.__name__} cannot be kept",
                "use bool, int, float, str or bytes, or one of these or None",
            )
        found[name] = parts[0]
    return found


def _wrong(message: str, fix: str) -> Misused:
    return Misused(message, fix, code="bad_table")
