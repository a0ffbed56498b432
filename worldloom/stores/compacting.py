"""A closed realm made smaller: what is only a cache is thinned, and pages that are free go.

No fact is touched: the smaller file takes the old one's place after every hash in it was checked
and every stream ends with the same seq and hash.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import apsw
from msgspec import Struct

from worldloom.stores import copies, refusals, walking
from worldloom.stores.connections import errors_of, open_writer, transaction
from worldloom.stores.format import SEQ_BITS, SEQ_MASK
from worldloom.stores.verify import verify

LOG_TO_SNAPSHOT = 8
"""Bytes of records that lie between two snapshots for each byte that one weighs."""


class Compacted(Struct, frozen=True):
    """What came of it: bytes before and after, and how many snapshots went."""

    before: int
    after: int
    snapshots: int


def compact(path: str, progress: Callable[[int, int], None] | None = None) -> Compacted:
    """Make a realm's file smaller; nobody else may have it open.

    Raises Conflict (`realm_in_use`), Unavailable (`log_damaged`, `disk_full`); the file is then
    as it was. `progress` is told (records checked, records in all).
    """
    fresh = f"{path}.compacting"
    with walking.reading(path) as reader:
        heads = walking.heads(reader)
    before = os.path.getsize(path)
    with errors_of(path):
        copies.remove(fresh)
        try:
            _copy_alone(path, fresh)
            dropped = _shrink(fresh)
            report = verify(fresh, None, progress)
            with walking.reading(fresh) as reader:
                same = walking.heads(reader) == heads
            if not (report.ok and same):
                raise refusals.store_corrupt(path, "; ".join(report.lines())[:500])
            if os.path.exists(f"{path}-wal"):
                raise refusals.in_use(path)
            copies.put_in_place(fresh, path)
        finally:
            copies.remove(fresh)
    return Compacted(before, os.path.getsize(path), dropped)


def _copy_alone(path: str, fresh: str) -> None:
    """Copy what is committed, with every other writer kept out."""
    copies.make_private(fresh)
    try:
        source = open_writer(path, create=False)
        source.set_busy_timeout(0)
        source.execute("BEGIN EXCLUSIVE")
    except apsw.BusyError:
        raise refusals.in_use(path) from None
    copy = open_writer(fresh)
    try:
        with walking.reading(path) as reader:
            copies.copy_pages(reader, copy)
        source.execute("ROLLBACK")
    finally:
        copy.close()
        source.close()


def _shrink(fresh: str) -> int:
    """Thin the snapshots of a copy and give its free pages back; return how many went."""
    writer = open_writer(fresh, create=False)
    try:
        gone = [row for stream in _streams(writer) for row in _close_together(writer, stream)]
        with transaction(writer):
            writer.executemany("DELETE FROM snapshot WHERE id=?", [(id,) for id in gone])
        writer.pragma("journal_mode", "delete")
        writer.execute("VACUUM").fetchall()
    finally:
        writer.close()
    return len(gone)


def _streams(connection: apsw.Connection) -> list[int]:
    return [head.id for head in walking.heads(connection)]


def _close_together(connection: apsw.Connection, stream: int) -> list[int]:
    """Return the snapshots of a stream that weigh too much for the log since the one before.

    The newest stays: by it the world opens.
    """
    base = stream << SEQ_BITS
    query = "SELECT id, length(body) FROM snapshot WHERE id BETWEEN ? AND ? ORDER BY id"
    rows: list[Any] = connection.execute(query, (base, base | SEQ_MASK)).fetchall()
    weigh = "SELECT coalesce(sum(length(body)), 0) FROM record WHERE id>? AND id<=?"
    gone, kept = [], base
    for id, size in rows[:-1]:
        if connection.execute(weigh, (kept, id)).get < LOG_TO_SNAPSHOT * size:
            gone.append(id)
        else:
            kept = id
    return gone
