"""The table of streams: who is there, how far each one goes, and how one is made and named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import apsw
import msgspec

from worldloom.kernel.missing import no_world
from worldloom.kernel.ports import StreamHead
from worldloom.kernel.records import FIRST_HEAD
from worldloom.stores import refusals, tables
from worldloom.stores.connections import transaction
from worldloom.stores.format import SEQ_BITS, SEQ_MASK

STAGING = "~import:"
"""Names of streams that are still being imported: never listed, dropped at the next start."""

COLUMNS = "id, name, seq, head, frontier, parent, fork"


def heads(connection: apsw.Connection) -> list[StreamHead]:
    """Return the heads of all streams, staged ones too, in order of creation."""
    query = f"SELECT {COLUMNS} FROM stream ORDER BY id"
    return [StreamHead(*row) for row in connection.execute(query)]


def named(connection: apsw.Connection, name: str) -> StreamHead | None:
    """Return the head of the stream of this name."""
    row: Any = connection.execute(f"SELECT {COLUMNS} FROM stream WHERE name=?", (name,)).fetchone()
    return row and StreamHead(*row)


def numbered(connection: apsw.Connection, stream: int) -> StreamHead | None:
    """Return the head of the stream of this id."""
    row: Any = connection.execute(f"SELECT {COLUMNS} FROM stream WHERE id=?", (stream,)).fetchone()
    return row and StreamHead(*row)


def forks_of(connection: apsw.Connection, stream: int) -> list[StreamHead]:
    """Return the streams that share records with this one as their parent."""
    rows = connection.execute(f"SELECT {COLUMNS} FROM stream WHERE parent=? ORDER BY id", (stream,))
    return [StreamHead(*row) for row in rows]


def make(writer: apsw.Connection, name: str) -> None:
    """Make an empty stream unless there is one of this name."""
    query = "INSERT OR IGNORE INTO stream(name, seq, head, frontier) VALUES(?,0,?,?)"
    with transaction(writer):
        writer.execute(query, (name, FIRST_HEAD, b""))


def fork(writer: apsw.Connection, child: StreamHead) -> None:
    """Make a stream that continues another one; its id is given here.

    Raises Conflict (`name_taken`).
    """
    query = "INSERT INTO stream(name, seq, head, frontier, parent, fork) VALUES(?,?,?,?,?,?)"
    row = (child.name, child.seq, child.head, child.frontier, child.parent, child.fork)
    try:
        with transaction(writer):
            writer.execute(query, row)
    except apsw.ConstraintError as error:
        raise refusals.name_taken(child.name) from error


def drop_fork(writer: apsw.Connection, stream: int) -> None:
    """Remove a fork unless it has got a record of its own meanwhile."""
    with transaction(writer):
        query = "DELETE FROM stream WHERE id=? AND parent>0 AND seq=fork"
        writer.execute(query, (stream,))
        if writer.changes():
            # Its id may be given again: nothing that belonged to it must be left.
            writer.execute("DELETE FROM cursor WHERE stream=?", (stream,))
            writer.execute("DELETE FROM tile WHERE stream=?", (stream,))
            writer.execute("DELETE FROM person WHERE stream=?", (stream,))
            tables.drop_positions(writer, stream)


def rename(
    writer: apsw.Connection, old: str, new: str, settings: Mapping[str, bytes] | None = None
) -> None:
    """Give a stream another name, with some settings; raises Conflict (`name_taken`), NotFound."""
    try:
        with transaction(writer):
            writer.execute("UPDATE stream SET name=? WHERE name=?", (new, old))
            if not writer.changes():
                raise no_world(old)
            query = "INSERT OR REPLACE INTO meta VALUES(?,?)"
            writer.executemany(query, (settings or {}).items())
    except apsw.ConstraintError as error:
        raise refusals.name_taken(new) from error


def drop_all_staged(writer: apsw.Connection) -> None:
    """Remove the streams whose import ended before its last step."""
    for head in heads(writer):
        if head.name.startswith(STAGING):
            drop_staged(writer, head.name)


def drop_staged(writer: apsw.Connection, name: str) -> None:
    """Remove a stream whose import failed; no other stream is ever removed."""
    assert name.startswith(STAGING), "only a staged stream may go"
    with transaction(writer):
        head = named(writer, name)
        if head is None:
            return
        assert not forks_of(writer, head.id), "what a fork shares is never removed"
        span = (head.id << SEQ_BITS, head.id << SEQ_BITS | SEQ_MASK)
        writer.execute("DELETE FROM record WHERE id BETWEEN ? AND ?", span)
        writer.execute("DELETE FROM snapshot WHERE id BETWEEN ? AND ?", span)
        writer.execute("DELETE FROM cursor WHERE stream=?", (head.id,))
        writer.execute("DELETE FROM tile WHERE stream=?", (head.id,))
        _drop_from_order(writer, head.id)
        writer.execute("DELETE FROM stream WHERE id=?", (head.id,))


def _drop_from_order(writer: apsw.Connection, stream: int) -> None:
    batches: list[Any] = writer.execute("SELECT pos, ranges FROM batch").fetchall()
    for pos, packed in batches:
        ranges = msgspec.msgpack.decode(packed, type=list[tuple[int, int, int]])
        left = [entry for entry in ranges if entry[0] != stream]
        if not left:
            writer.execute("DELETE FROM batch WHERE pos=?", (pos,))
        elif len(left) < len(ranges):
            values = (msgspec.msgpack.encode(left), pos)
            writer.execute("UPDATE batch SET ranges=? WHERE pos=?", values)
