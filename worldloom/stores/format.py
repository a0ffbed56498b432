"""The realm file's format: its tables, its marks, and the steps from older formats to this one."""

from __future__ import annotations

from collections.abc import Callable

import apsw
import msgspec

from worldloom.stores import keys, plain_people
from worldloom.stores.answers import ANSWERS

APPLICATION_ID = 0x4C4F4F4D
"""`LOOM` in SQLite's header: what tells a realm from any other SQLite file."""

FORMAT = 4
"""The file format this version writes, kept as `user_version`."""

SQLITE_MIN = (3, 51, 3)
"""The first SQLite without the fault by which a reset of the log could lose a commit."""

PAGE_BYTES = 8192
"""Half the write calls a commit of SQLite's default, and a small commit still writes little."""

SEQ_BITS = 40
"""Low bits of `record.id` and `snapshot.id` that hold the seq; the stream lies above."""

SEQ_MASK = (1 << SEQ_BITS) - 1
"""Takes the seq out of a packed id."""

CHUNK_BITS = 24
"""Low bits of `asset_chunk.id` that hold the chunk's number; the asset lies above."""

TABLES = (
    """
CREATE TABLE stream(id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, seq INTEGER NOT NULL,
                    head BLOB NOT NULL, frontier BLOB NOT NULL,
                    parent INTEGER NOT NULL DEFAULT 0, fork INTEGER NOT NULL DEFAULT 0);
CREATE TABLE record(id INTEGER PRIMARY KEY, body BLOB NOT NULL, hash BLOB NOT NULL);
CREATE TABLE batch(pos INTEGER PRIMARY KEY, ranges BLOB NOT NULL);
CREATE TABLE snapshot(id INTEGER PRIMARY KEY, state_hash BLOB NOT NULL, head BLOB NOT NULL,
                      body BLOB NOT NULL);
CREATE TABLE cursor(name TEXT NOT NULL, stream INTEGER NOT NULL, value BLOB NOT NULL,
                    PRIMARY KEY(name, stream)) WITHOUT ROWID;
CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE asset(id INTEGER PRIMARY KEY, sha256 TEXT UNIQUE NOT NULL, media TEXT NOT NULL,
                   size INTEGER NOT NULL);
CREATE TABLE asset_chunk(id INTEGER PRIMARY KEY, data BLOB NOT NULL);
"""
    + ANSWERS
)
"""A packed id is one range a stream; no index on `record` besides it: one more halves the append.
`batch` has one row a commit, msgpack [[stream, first seq, count]…]: the realm's order.
Records up to `stream.fork` are those of the stream `parent`; 0 and 0 for a stream of its own."""

DRAFT_TABLES = ("CREATE TABLE stream(", "CREATE TABLE record(")
"""The tables that drafts already had, in the form of format 1."""


def create(connection: apsw.Connection) -> None:
    """Make an empty realm of an empty file, in one transaction."""
    connection.pragma("page_size", PAGE_BYTES)
    with connection:
        connection.execute(TABLES + keys.KEY_TABLES).fetchall()
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}").fetchall()
        connection.execute(f"PRAGMA user_version={FORMAT}").fetchall()


def marks(connection: apsw.Connection) -> tuple[int, int, int]:
    """Return the file's (application id, format, number of tables)."""
    application = connection.pragma("application_id")
    version = connection.pragma("user_version")
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").get
    return int(application), int(version), int(tables)


def from_draft(connection: apsw.Connection) -> None:
    """Lift format 0, the drafts before the first release, to format 1.

    Drafts had streams, records and snapshots only, and their snapshots named no hashes: these are
    dropped, as they are a cache. The order of the realm is not known, so each stream is one entry.
    """
    connection.execute("DROP TABLE IF EXISTS snapshot").fetchall()
    for statement in TABLES.split(";"):
        if "CREATE TABLE" in statement and not statement.strip().startswith(DRAFT_TABLES):
            connection.execute(statement).fetchall()
    for stream, seq in connection.execute("SELECT id, seq FROM stream WHERE seq > 0").fetchall():
        ranges = msgspec.msgpack.encode([[stream, 1, seq]])
        connection.execute("INSERT INTO batch(ranges) VALUES(?)", (ranges,)).fetchall()


def with_forks(connection: apsw.Connection) -> None:
    """Lift format 1 to format 2: a stream may continue another one after a seq of that one."""
    for column in ("parent", "fork"):
        statement = f"ALTER TABLE stream ADD COLUMN {column} INTEGER NOT NULL DEFAULT 0"
        connection.execute(statement).fetchall()
    # Snapshots without the trails that undo follows are not read any more; they are a cache.
    connection.execute("DELETE FROM snapshot").fetchall()


def with_keys(connection: apsw.Connection) -> None:
    """Lift format 2 to format 3: people have keys.

    What they said before cannot be sealed, as the hashes hold it: where it stands is noted, so that
    a forgotten person's is hidden at least.
    """
    connection.execute(keys.KEY_TABLES).fetchall()
    plain_people.note(connection, SEQ_BITS)


def in_columns(connection: apsw.Connection) -> None:
    """Lift format 3 to format 4: snapshots hold entities by columns; older ones are not read."""
    connection.execute("DELETE FROM snapshot").fetchall()


MIGRATIONS: dict[int, Callable[[apsw.Connection], None]] = {
    0: from_draft,
    1: with_forks,
    2: with_keys,
    3: in_columns,
}
"""The step that lifts each older format by one; run on a copy, inside one transaction."""
