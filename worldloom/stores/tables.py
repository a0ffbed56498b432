"""Projections in a realm's file: real tables, written in the transaction of their records.

A table takes in only the records that follow what it has; one that is new, or changed its shape,
is made anew from the log between commits. It is a cache: an export leaves it out.
"""

from __future__ import annotations

import contextlib
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from operator import itemgetter
from typing import Any, ClassVar, Final

import apsw

from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.patience import Boundless, Patience, place_of, words_of
from worldloom.kernel.personal import Opener
from worldloom.kernel.ports import Group, Store
from worldloom.kernel.projection import Projection, Row, Scalar, Slice
from worldloom.kernel.records import Record, read, read_bodies
from worldloom.stores import refusals
from worldloom.stores.connections import transaction

log = logging.getLogger(__name__)

TRIPLE = tuple[int, bytes, bytes]
"""(seq, body, hash)."""
Key = tuple[Scalar, ...]
Words = tuple[Opener, Callable[[str], bool]]
"""What opens people's words, and tells of whom those in plain text are hidden."""
PUT_ROWS: Final = 25
"""Rows in one INSERT statement: a step a row costs more than the row."""
PENDING_ROWS_MAX: Final = 50_000
"""Rows that wait in memory for a table's next write."""
SQL_TYPES: Final[dict[type, str]] = {
    bool: "INTEGER", int: "INTEGER", float: "REAL", str: "TEXT", bytes: "BLOB"
}  # fmt: skip
POSITIONS = """
CREATE TABLE IF NOT EXISTS projection(
    name TEXT NOT NULL, stream INTEGER NOT NULL, shape TEXT NOT NULL, seq INTEGER NOT NULL,
    error TEXT NOT NULL DEFAULT '', PRIMARY KEY(name, stream)) WITHOUT ROWID
"""


class Table:
    """One projection of one stream in the file."""

    patience: ClassVar[Patience] = Boundless()
    """Stops handlers that never end; whoever serves sets it, for all tables of the process."""

    def __init__(self, stream: int, world: str, projection: Projection[Any], words: Words) -> None:
        self._words = words
        self.stream = stream
        self.world = world
        self.projection = projection
        self.seq = 0
        self.error = ""
        self.name = f'"table_{projection.name}_{projection.shape}"'
        columns = list(projection.columns)
        self._marks = f"({','.join('?' * (len(columns) + 1))})"
        self._plain = bool not in projection.columns.values()
        """Whether rows are kept as they are: SQLite has no truth values."""
        self._key_of = _picker([columns.index(column) for column in projection.key])
        self._pending: dict[Key, tuple[Scalar, ...] | None] = {}
        """What handlers set since the last write, None where they removed it."""
        self._pending_at: defaultdict[Scalar, list[Key]] = defaultdict(list)
        """First part of a key → keys of what is pending."""
        self._where = " AND ".join(f"{column}=?" for column in ("stream", *projection.key))
        self.select = f"SELECT {', '.join(columns)} FROM {self.name} WHERE stream=?"
        self._get = f"{self.select} AND {self._where.partition(' AND ')[2]}"
        order = f" ORDER BY {', '.join(projection.key)}"
        self._begins = [
            self.select + "".join(f" AND {column}=?" for column in projection.key[:size]) + order
            for size in range(len(projection.key) + 1)
        ]
        """Queries of the rows whose key begins with so many values."""
        self._writer: apsw.Connection | None = None

    def prepare(self, writer: apsw.Connection) -> None:
        """Make the table when it is absent; a table of another shape goes."""
        known = self.projection
        shown = (known.name, self.stream)
        writer.execute(POSITIONS).fetchall()
        row = writer.execute(
            "SELECT shape, seq, error FROM projection WHERE name=? AND stream=?", shown
        ).fetchone()
        columns = [
            f"{column} {SQL_TYPES[kind]}" for column, kind in known.columns.items()
        ]  # fmt: skip
        keys = ", ".join(("stream", *known.key))
        writer.execute(
            f"CREATE TABLE IF NOT EXISTS {self.name}(stream INTEGER NOT NULL,"
            f" {', '.join(columns)}, PRIMARY KEY({keys})) WITHOUT ROWID"
        ).fetchall()
        for number, index in enumerate(known.indexes):
            writer.execute(
                f'CREATE INDEX IF NOT EXISTS {self.name[:-1]}_{number}" ON {self.name}'
                f"(stream, {', '.join(index)})"
            ).fetchall()
        if row is not None and row[0] == known.shape and not row[2]:
            self.seq = row[1]
            return
        self.empty(writer)
        if row is not None:
            _drop_unused(writer, known.name)

    def stand(self, writer: apsw.Connection) -> None:
        """Stand where the file says: another process may have written it, or thrown it away."""
        query = "SELECT shape, seq, error FROM projection WHERE name=? AND stream=?"
        row = writer.execute(query, (self.projection.name, self.stream)).fetchone()
        if row is None or row[0] != self.projection.shape:
            self.prepare(writer)
        else:
            self.seq, self.error = row[1:]

    def empty(self, writer: apsw.Connection) -> None:
        """Begin anew from the first record."""
        self.seq, self.error = 0, ""
        writer.execute(f"DELETE FROM {self.name} WHERE stream=?", (self.stream,)).fetchall()
        self._keep_position(writer)

    def take(self, writer: apsw.Connection, records: Iterable[Record]) -> None:
        """Take in records that follow the last; a handler that fails stops this table alone."""
        self._writer = writer
        before = self.seq
        handled = self.projection.handlers
        writer.execute("SAVEPOINT one_table")
        try:
            for record in records:
                if record.kind in handled:
                    self.patience.begins()
                    try:
                        self.projection.take(self.world, record, self, *self._words)
                    finally:
                        self.patience.ends()
                self.seq = record.seq
                if len(self._pending) > PENDING_ROWS_MAX:
                    self._write(writer)
            self._write(writer)
        except apsw.Error:
            raise
        except BaseException as error:  # an author's code, like a handler's
            writer.execute("ROLLBACK TO one_table")
            self.error = f"record {self.seq + 1}: {type(error).__name__}: {words_of(error)}"[:500]
            # The error is the owner's to read; its words may be a visitor's, and no log's.
            log.error(
                "the table %s of %s stopped: record %d: %s, at %s", self.projection.name,
                self.world, self.seq + 1, type(error).__name__, place_of(error),
            )  # fmt: skip
            self.seq = before
        finally:
            self._writer = None
            self._pending.clear()
            self._pending_at.clear()
        writer.execute("RELEASE one_table")
        self._keep_position(writer)

    def _keep_position(self, writer: apsw.Connection) -> None:
        row = (self.projection.name, self.stream, self.projection.shape, self.seq, self.error)
        writer.execute("INSERT OR REPLACE INTO projection VALUES(?,?,?,?,?)", row)

    # -- what handlers call ------------------------------------------------------------------

    def get(self, *key: Scalar) -> Any:
        """Return the row of a key, or None."""
        assert self._writer is not None, "rows are open while a record is taken in"
        if key in self._pending:
            values = self._pending[key]
            return None if values is None else self.restore(values)
        row = self._writer.execute(self._get, (self.stream, *key)).fetchone()
        return None if row is None else self.restore(row)

    def find(self, *first: Scalar) -> list[Any]:
        """Return the rows whose key begins with these values, in order of the key."""
        assert self._writer is not None, "rows are open while a record is taken in"
        size = len(first)
        kept = self._writer.execute(self._begins[size], (self.stream, *first))
        pending = self._pending_at.get(first[0]) if first else self._pending
        if not pending:
            return [self.restore(row) for row in kept]
        found: dict[Key, Sequence[Any] | None] = {self._key_of(row): row for row in kept}
        for key in pending:
            if key[:size] == first:
                found[key] = self._pending[key]
        rows = (found[key] for key in sorted(found))
        return [self.restore(row) for row in rows if row is not None]

    def put(self, row: Row) -> None:
        """Set the row of its key."""
        assert self._writer is not None, "rows are open while a record is taken in"
        values = self.projection.values(row)
        key = self._key_of(values)
        if key not in self._pending:
            self._pending_at[key[0]].append(key)
        self._pending[key] = values

    def drop(self, *key: Scalar) -> None:
        """Remove the row of a key."""
        assert self._writer is not None, "rows are open while a record is taken in"
        if key not in self._pending:
            self._pending_at[key[0]].append(key)
        self._pending[key] = None

    def _write(self, writer: apsw.Connection) -> None:
        """Write what is pending in the order of the key: neighbours share a page."""
        rows = sorted(self._pending.items(), key=lambda item: item[0])
        put = [(self.stream, *values) for _, values in rows if values is not None]
        gone = [(self.stream, *key) for key, values in rows if values is None]
        for at in range(0, len(put), PUT_ROWS):
            some = put[at : at + PUT_ROWS]
            marks = ",".join([self._marks] * len(some))
            query = f"INSERT OR REPLACE INTO {self.name} VALUES{marks}"
            writer.execute(query, [*chain.from_iterable(some)])
        if gone:
            writer.executemany(f"DELETE FROM {self.name} WHERE {self._where}", gone)
        self._pending.clear()
        self._pending_at.clear()

    def restore(self, values: Sequence[Any]) -> Any:
        """Return a stored row as the author's struct."""
        if self._plain:
            return self.projection.row(*values)
        kinds = self.projection.columns.values()
        return self.projection.row(
            *(bool(v) if kind is bool and v is not None else v
              for v, kind in zip(values, kinds, strict=True))
        )  # fmt: skip

    def look_up(self, reader: apsw.Connection, firsts: Sequence[Scalar]) -> Slice:
        """Return the rows whose key begins with one of these values."""
        with reader:
            seq, error = self.position(reader)
            query, stream = self._begins[1], self.stream
            rows = [
                self.restore(row)
                for first in firsts
                for row in reader.execute(query, (stream, first))
            ]
        return Slice(seq, rows, error)

    def position(self, reader: apsw.Connection) -> tuple[int, str]:
        """Return how far the table has read, and why it stands still, if it does."""
        query = "SELECT seq, error FROM projection WHERE name=? AND stream=?"
        found = reader.execute(query, (self.projection.name, self.stream)).fetchone()
        return found or (0, "")


def _picker(places: Sequence[int]) -> Callable[[Sequence[Any]], Key]:
    """Return what picks the values at these places."""
    pick = itemgetter(*places)
    return pick if len(places) > 1 else lambda values: (pick(values),)


def _drop_unused(writer: apsw.Connection, name: str) -> None:
    """Remove the tables of shapes that no world has any more."""
    used = {row[0] for row in writer.execute("SELECT shape FROM projection WHERE name=?", (name,))}
    query = "SELECT name FROM sqlite_schema WHERE type='table' AND name LIKE ?"
    for (table,) in writer.execute(query, (f"table_{name}_%",)).fetchall():
        if str(table).rpartition("_")[2] not in used:
            writer.execute(f'DROP TABLE "{table}"').fetchall()


def drop_positions(writer: apsw.Connection, stream: int) -> None:
    """Let the tables of a stream that is removed be made anew for the next one of its id."""
    writer.execute(POSITIONS).fetchall()
    writer.execute("DELETE FROM projection WHERE stream=?", (stream,))


class Tables:
    """The projections of a store's open worlds."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._by_stream: dict[int, dict[str, Table]] = {}

    def keep(
        self, writer: apsw.Connection, stream: int, world: str, known: Iterable[Projection[Any]]
    ) -> None:
        """Keep projections of a stream from now on, in place of those of the same names."""
        made = {one.name: Table(stream, world, one, self._words) for one in known}
        with transaction(writer):
            for table in made.values():
                table.prepare(writer)
        self._by_stream.setdefault(stream, {}).update(made)

    def advance(
        self,
        writer: apsw.Connection,
        groups: Sequence[Group],
        verdicts: Sequence[WorldloomError | None],
    ) -> None:
        """Take in what a commit adds, in its transaction."""
        if not self._by_stream:
            return
        added: dict[int, list[TRIPLE]] = {}
        for group, verdict in zip(groups, verdicts, strict=True):
            for part in group.parts if verdict is None else ():
                if part.stream in self._by_stream and part.rows:
                    added.setdefault(part.stream, []).extend(part.records())
        for stream, rows in added.items():
            records = list(read(rows))
            for table in self._by_stream[stream].values():
                table.stand(writer)
                if table.seq == rows[0][0] - 1 and not table.error:
                    table.take(writer, records)

    def purge(self, writer: apsw.Connection) -> None:
        """Throw away every table that may hold people's words: it is made anew without them.

        Whole tables are dropped: a row that is only deleted may have left a copy in its page.
        """
        writer.execute(POSITIONS).fetchall()
        known = [table for tables in self._by_stream.values() for table in tables.values()]
        kept = {table.name.strip('"') for table in known if not table.projection.personal}
        query = "SELECT name FROM sqlite_schema WHERE type='table' AND name GLOB 'table_*'"
        for (name,) in writer.execute(query).fetchall():
            if name not in kept:
                writer.execute(f'DROP TABLE "{name}"').fetchall()
        names = {table.projection.name for table in known if not table.projection.personal}
        for name, stream in writer.execute("SELECT name, stream FROM projection").fetchall():
            if name not in names:
                writer.execute("DELETE FROM projection WHERE name=? AND stream=?", (name, stream))
        for table in known:
            if table.projection.personal:
                table.prepare(writer)

    @contextlib.contextmanager
    def following(self) -> Iterator[None]:
        """Stand where the file does again should the transaction inside fail."""
        tables = [table for tables in self._by_stream.values() for table in tables.values()]
        before = [(table, table.seq, table.error) for table in tables]
        kept = False
        try:
            yield
            kept = True
        finally:
            for table, seq, error in [] if kept else before:
                table.seq, table.error = seq, error

    def lagging(self, reader: apsw.Connection) -> list[tuple[Table, int]]:
        """Return the tables that have not taken in all records, and how far each is in the file."""
        if not self._by_stream:
            return []
        query = "SELECT name, stream, seq, error FROM projection"
        with reader:  # of one moment: a commit in between would make every table look behind
            stand = {(name, stream): (seq, error)
                     for name, stream, seq, error in reader.execute(query)}  # fmt: skip
            rows: list[Any] = reader.execute("SELECT id, seq FROM stream").fetchall()
        heads = dict(rows)
        return [
            (table, seq)
            for stream, tables in tuple(self._by_stream.items())
            for table in tuple(tables.values())
            for seq, error in [stand.get((table.projection.name, stream), (0, ""))]
            if not error and seq < heads.get(stream, 0)
        ]

    def forget(self, stream: int) -> None:
        """Keep no table of a stream any more."""
        self._by_stream.pop(stream, None)

    def find(self, stream: int, name: str) -> Table:
        """Return a table; raises NotFound."""
        table = self._by_stream.get(stream, {}).get(name)
        if table is None:
            raise refusals.table_unknown(name, [*self._by_stream.get(stream, {})])
        return table

    def select(
        self,
        reader: apsw.Connection,
        table: Table,
        where: Mapping[str, Scalar],
        after: Sequence[Scalar],
        limit: int,
        descending: bool = False,
    ) -> Slice:
        """Return rows in order of the key, from after one on."""
        known = table.projection
        known.check_where(where)
        query, values = table.select, [table.stream, *where.values()]
        query += "".join(f" AND {column} IS ?" for column in where)
        order = " DESC" if descending else ""
        if after:
            # What is asked to be equal is left out of the comparison: so the rest is sought for.
            same = next((at for at, column in enumerate(known.key)
                         if column not in where or where[column] != after[at]),
                        len(known.key) - 1)  # fmt: skip
            marks = ",".join("?" * (len(known.key) - same))
            sign = "<" if descending else ">"
            query += f" AND ({','.join(known.key[same:])}) {sign} ({marks})"
            values += after[same:]
        query += f" ORDER BY {','.join(column + order for column in known.key)} LIMIT ?"
        values.append(min(limit, LIMITS.table_page_rows_max))
        # One statement reads rows and position of the same moment.
        with reader:
            seq, error = table.position(reader)
            rows = [table.restore(row) for row in reader.execute(query, values)]
        return Slice(seq, rows, error)


def whole(store: Store, stream: int, rows: Sequence[TRIPLE]) -> Iterator[Record]:
    """Yield the records of rows that may begin amid a group, whose first one says when."""
    for body, _ in read_bodies(rows[:1]):
        first = body.seq - body.offset
        head = store.records(stream, first - 1, first) if body.offset else ()
        yield from islice(read(chain(head, rows)), 1 if body.offset else 0, None)
