"""Projections of a store in memory, with the contract of those in a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from worldloom.kernel.limits import LIMITS
from worldloom.kernel.patience import words_of
from worldloom.kernel.personal import Opener
from worldloom.kernel.projection import Projection, Row, Scalar, Slice
from worldloom.kernel.records import read

Key = tuple[Scalar, ...]


class MemoryTable:
    """One projection of one stream; rows by key."""

    def __init__(
        self, world: str, projection: Projection[Any], opener: Opener | None = None
    ) -> None:
        self.world = world
        self.projection = projection
        self.opener = opener
        self.seq = 0
        self.error = ""
        self._rows: dict[Key, Row] = {}
        self._changed: dict[Key, Row | None] = {}

    def take(self, rows: Iterable[tuple[int, bytes, bytes]]) -> None:
        """Take in records that follow the last; a handler that fails stops this table alone."""
        seq = self.seq
        try:
            for record in read(rows):
                seq = record.seq
                self.projection.take(self.world, record, self, self.opener)
        except Exception as error:  # an author's code, like a handler's
            self.error = f"record {seq}: {type(error).__name__}: {words_of(error)}"[:500]
        else:
            self.seq = seq
            self._rows.update(
                (key, row) for key, row in self._changed.items() if row is not None
            )  # fmt: skip
            for key in [key for key, row in self._changed.items() if row is None]:
                self._rows.pop(key, None)
        self._changed.clear()

    def anew(self, rows: Iterable[tuple[int, bytes, bytes]]) -> MemoryTable:
        """Return the same table made from all records again."""
        table = MemoryTable(self.world, self.projection, self.opener)
        table.take(rows)
        return table

    def get(self, *key: Scalar) -> Any:
        """Return the row of a key, or None."""
        return self._changed[key] if key in self._changed else self._rows.get(key)

    def find(self, *first: Scalar) -> list[Any]:
        """Return the rows whose key begins with these values, in order of the key."""
        size = len(first)
        keys = {key for key in (*self._rows, *self._changed) if key[:size] == first}
        rows = (self.get(*key) for key in sorted(keys))
        return [row for row in rows if row is not None]

    def put(self, row: Row) -> None:
        """Set the row of its key."""
        self.projection.values(row)
        self._changed[self.projection.key_of(row)] = row

    def drop(self, *key: Scalar) -> None:
        """Remove the row of a key."""
        self._changed[key] = None

    def select(
        self,
        where: Mapping[str, Scalar],
        after: Sequence[Scalar],
        limit: int,
        descending: bool = False,
    ) -> Slice:
        """Return rows in order of the key, from after one on."""
        self.projection.check_where(where)
        last = tuple(after)
        found = [
            row
            for key, row in sorted(self._rows.items(), key=lambda item: item[0], reverse=descending)
            if (not last or (key < last if descending else key > last))
            and all(getattr(row, column) == value for column, value in where.items())
        ]
        return Slice(self.seq, found[: min(limit, LIMITS.table_page_rows_max)], self.error)
