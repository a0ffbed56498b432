"""Connections to a realm file: how they are opened, what is asserted, what their errors mean."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import apsw

from worldloom.kernel.errors import Unavailable, WorldloomError
from worldloom.stores import refusals
from worldloom.stores.format import SQLITE_MIN

BUSY_MS = 5_000
"""How long one process waits for another one's transaction."""

WRITER_PRAGMAS: dict[str, str | int] = {
    "journal_mode": "wal",
    "synchronous": 2,
    "secure_delete": 1,
    "wal_autocheckpoint": 0,
    "cache_size": -65_536,
    "cell_size_check": 1,
    "trusted_schema": 0,
    "busy_timeout": BUSY_MS,
}
"""FULL (2) syncs every commit; checkpoints are the committer's, between commits; a forgotten key
is overwritten in the file, not only unlinked."""

READER_PRAGMAS: dict[str, str | int] = {
    "query_only": 1,
    "cell_size_check": 1,
    "trusted_schema": 0,
    "busy_timeout": BUSY_MS,
}
"""A reader never writes, not even by mistake."""


def open_writer(path: str, vfs: str | None = None, create: bool = True) -> apsw.Connection:
    """Open the file for writing; nothing is asserted or changed yet."""
    assert_sqlite()
    flags = apsw.SQLITE_OPEN_READWRITE | (apsw.SQLITE_OPEN_CREATE if create else 0)
    connection = apsw.Connection(path, flags=flags, vfs=vfs)
    connection.set_busy_timeout(BUSY_MS)
    return connection


def open_reader(path: str, vfs: str | None = None) -> apsw.Connection:
    """Open the file for reading only."""
    assert_sqlite()
    connection = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY, vfs=vfs)
    set_pragmas(connection, READER_PRAGMAS)
    return connection


def assert_sqlite() -> None:
    """Refuse an SQLite older than the one whose log resets are safe."""
    found = tuple(int(part) for part in apsw.sqlite_lib_version().split("."))
    assert found >= SQLITE_MIN, f"SQLite {found} is older than {SQLITE_MIN}"


def set_pragmas(connection: apsw.Connection, pragmas: dict[str, str | int]) -> None:
    """Set each pragma and read it back: SQLite ignores what it does not take, silently."""
    for name, wanted in pragmas.items():
        connection.pragma(name, wanted)
        found = connection.pragma(name)
        assert found == wanted, f"PRAGMA {name} is {found!r}, not {wanted!r}"


def meaning(path: str, error: Exception) -> Unavailable:
    """Translate an engine's error into ours: nothing of the failed transaction was kept."""
    if isinstance(error, apsw.FullError):
        return refusals.disk_full(path)
    if isinstance(error, apsw.NotADBError):
        return refusals.store_corrupt(path, refusals.NO_DATABASE)
    if isinstance(error, apsw.CorruptError | UnicodeDecodeError):
        return refusals.store_corrupt(path, str(error))
    # The system's own errors name the file, which visitors are not told.
    words = error.strerror if isinstance(error, OSError) and error.strerror else error
    return refusals.store_failed(path, f"{words} ({type(error).__name__})")


@contextlib.contextmanager
def errors_of(path: str) -> Iterator[None]:
    """Raise the engine's errors as Unavailable; ours pass through."""
    try:
        yield
    except WorldloomError:
        raise
    except (apsw.Error, UnicodeDecodeError, OSError) as error:
        raise meaning(path, error) from error


@contextlib.contextmanager
def transaction(connection: apsw.Connection) -> Iterator[None]:
    """Write all or nothing; the file is locked for other writers from the start."""
    connection.execute("BEGIN IMMEDIATE")
    with contextlib.ExitStack() as undo:
        undo.callback(_roll_back, connection)
        yield
        connection.execute("COMMIT")
        undo.pop_all()


def _roll_back(connection: apsw.Connection) -> None:
    if connection.in_transaction:
        # A failed write has often rolled back by itself; a failing rollback adds nothing.
        with contextlib.suppress(apsw.Error):
            connection.execute("ROLLBACK")
