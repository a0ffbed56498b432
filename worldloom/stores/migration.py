"""Opening a file of any age: made when empty, refused when newer, migrated on a copy when older."""

from __future__ import annotations

import os
import shutil

import apsw

from worldloom.stores import copies, format, refusals
from worldloom.stores.connections import errors_of, open_reader, open_writer, transaction
from worldloom.stores.shape import check_shape, check_types

HEADER_BYTES = 512
"""No SQLite file is shorter."""


def prepare(path: str, vfs: str | None = None, create: bool = True) -> None:
    """Leave a file of this version's format at `path`, or raise without having changed it."""
    with errors_of(path):
        if not create and not os.path.exists(path):
            raise refusals.not_a_realm(path, "there is no such file")
        # SQLite takes a file shorter than its header for an empty one and would overwrite it.
        if os.path.exists(path) and 0 < os.path.getsize(path) < HEADER_BYTES:
            raise refusals.not_a_realm(path, "it is too short")
        if create and vfs is None:
            copies.make_private(path)
        connection = open_writer(path, vfs, create)
        try:
            found = _format_of(connection, path)
            if found is None:
                if not create:
                    raise refusals.not_a_realm(path, "it is empty")
                format.create(connection)
        finally:
            connection.close()
    if found is not None and found < format.FORMAT:
        migrate(path, found)


def _format_of(connection: apsw.Connection, path: str) -> int | None:
    """Return the format's number, None for an empty file; raise for what is no realm."""
    try:
        application, version, tables = format.marks(connection)
    except apsw.NotADBError as error:
        raise refusals.not_a_realm(path, refusals.NO_DATABASE) from error
    if (application, version, tables) == (0, 0, 0):
        return None
    if application != format.APPLICATION_ID:
        raise refusals.not_a_realm(path, "it is some other SQLite file")
    if version < 0:
        raise refusals.not_a_realm(path, f"it says that it has format {version}")
    if version > format.FORMAT:
        raise refusals.newer_format(path, version, format.FORMAT)
    check_shape(connection, path)
    if version == format.FORMAT:
        check_types(connection, path)
    return version


def migrate(path: str, found: int) -> str:
    """Copy, lift, check and swap in a file of an older format; return the old file's new name."""
    fresh = f"{path}.migrating"
    with errors_of(path):
        copies.remove(fresh)
        try:
            _copy(path, fresh)
            _lift(fresh, found)
            return _swap(path, fresh)
        finally:
            copies.remove(fresh)


def _copy(path: str, fresh: str) -> None:
    """Copy what is committed, the write-ahead log included, while other writers are kept out."""
    copies.make_private(fresh)
    shutil.copymode(path, fresh)
    source = open_writer(path, create=False)
    try:
        source.execute("BEGIN IMMEDIATE")
        reader, copy = open_reader(path), open_writer(fresh)
        try:
            copies.copy_pages(reader, copy)
        finally:
            reader.close()
            copy.close()
        source.execute("ROLLBACK")
    finally:
        source.close()


def _lift(fresh: str, found: int) -> None:
    """Run each step in its own transaction, then let SQLite check the whole copy, read anew."""
    connection = open_writer(fresh, create=False)
    try:
        for version in range(found, format.FORMAT):
            with transaction(connection):
                format.MIGRATIONS[version](connection)
                connection.execute(f"PRAGMA user_version={version + 1}").fetchall()
    finally:
        connection.close()
    connection = open_writer(fresh, create=False)
    try:
        complaint = connection.execute("PRAGMA integrity_check(1)").get
        if complaint != "ok":
            raise refusals.store_corrupt(fresh, f"the lifted copy does not check: {complaint}")
        connection.pragma("journal_mode", "delete")
    finally:
        connection.close()


def _swap(path: str, fresh: str) -> str:
    """Put the lifted copy in place of the old file, which stays beside it; one atomic step."""
    kept = f"{path}.bak"
    number = 1
    while os.path.exists(kept) and not os.path.samefile(path, kept):
        number += 1
        kept = f"{path}.bak{number}"
    # The old write-ahead log belongs to the old file: the last close has folded it in.
    if os.path.exists(f"{path}-wal"):
        raise refusals.store_failed(path, "it is still open in another process")
    if not os.path.exists(kept):
        try:
            os.link(path, kept)
        except OSError:  # a file system without links
            shutil.copy2(path, kept)
    copies.put_in_place(fresh, path)
    return kept
