"""Reading a realm file apart from its store: for verify, export and import, also while it runs."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from functools import partial
from typing import Any

import apsw

from worldloom.kernel.ports import StreamHead
from worldloom.kernel.records import damaged
from worldloom.kernel.state import State
from worldloom.stores import assets, lineage, refusals, snapshots, streams
from worldloom.stores.connections import READER_PRAGMAS, errors_of, open_reader, set_pragmas
from worldloom.stores.format import APPLICATION_ID, FORMAT, SEQ_BITS, SEQ_MASK, marks
from worldloom.stores.shape import check_shape


@contextlib.contextmanager
def reading(path: str) -> Iterator[apsw.Connection]:
    """Lend a connection that sees one moment of the file; raises Invalid for what is no realm."""
    if not os.path.isfile(path):
        raise refusals.not_a_realm(path, "there is no such file")
    with errors_of(path):
        connection = _open(path)
        try:
            connection.execute("BEGIN")
            _check_marks(connection, path)
            yield connection
        finally:
            connection.close(force=True)


def _open(path: str) -> apsw.Connection:
    """Open a file in use by its log, a closed one as it lies there, leaving nothing beside it."""
    if os.path.exists(f"{path}-wal"):
        return open_reader(path)
    # A running server has its log beside the file; without one nobody writes. A backup medium
    # that cannot be written is read in the same way.
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    connection = apsw.Connection(f"file:{_quoted(path)}?immutable=1", flags=flags)
    set_pragmas(connection, READER_PRAGMAS)
    return connection


def _quoted(path: str) -> str:
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _check_marks(connection: apsw.Connection, path: str) -> None:
    try:
        application, version, _ = marks(connection)
    except apsw.NotADBError as error:
        raise refusals.not_a_realm(path, refusals.NO_DATABASE) from error
    if application != APPLICATION_ID:
        raise refusals.not_a_realm(path, "it lacks the realm's mark")
    if version > FORMAT:
        raise refusals.newer_format(path, version, FORMAT)
    if version < FORMAT:
        raise refusals.older_format(path, version, FORMAT)
    check_shape(connection, path)


def heads(connection: apsw.Connection) -> list[StreamHead]:
    """Return the heads of all streams."""
    return streams.heads(connection)


def rows(
    connection: apsw.Connection, head: StreamHead, until: int = SEQ_MASK, after: int = 0
) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield (seq, body, hash) of a stream's records, a fork's shared ones too, up to the first bad.

    Raises Unavailable where one is no bytes or an ancestor is lost.
    """
    head_of = partial(streams.numbered, connection)
    for owner, first, last in lineage.spans(head, after, until, head_of):
        yield from _own_rows(connection, owner, first, last)


def _own_rows(
    connection: apsw.Connection, stream: int, after: int, until: int
) -> Iterator[tuple[int, bytes, bytes]]:
    low = stream << SEQ_BITS
    query = "SELECT id, body, hash FROM record WHERE id>? AND id<=? ORDER BY id"
    seq = after
    found: Any
    for found in connection.execute(query, (low | after, low | until)):
        id, body, hash = found
        seq += 1
        if not (isinstance(body, bytes) and isinstance(hash, bytes)):
            raise damaged(seq, "it is not stored as bytes")
        yield id - low, body, hash


def snapshot_before(connection: apsw.Connection, head: StreamHead, seq: int) -> State | None:
    """Return the state of the newest sound snapshot of a stream or its ancestors up to `seq`."""
    for owner in lineage.line(head, partial(streams.numbered, connection)):
        found = snapshots.newest(connection, owner.id, seq)
        if found is not None:
            at, _, body = found
            hash: Any = connection.execute(
                "SELECT hash FROM record WHERE id=?", (owner.id << SEQ_BITS | at,)
            ).get
            return State.decode_snapshot(at, hash, body)
        seq = min(seq, owner.fork)
    return None


def streams_with_records(connection: apsw.Connection) -> Iterator[int]:
    """Yield the streams that records belong to, found without the table of streams."""
    after = 0
    while True:
        query = "SELECT id FROM record WHERE id>=? ORDER BY id LIMIT 1"
        id: Any = connection.execute(query, (after,)).get
        if id is None:
            return
        yield id >> SEQ_BITS
        after = (id >> SEQ_BITS) + 1 << SEQ_BITS


def asset_rows(connection: apsw.Connection) -> list[tuple[int, str, str, int]]:
    """Return (id, sha256, media type, bytes) of all assets."""
    query = "SELECT id, sha256, media, size FROM asset ORDER BY id"
    found: list[Any] = connection.execute(query).fetchall()
    return found


def asset_bytes(connection: apsw.Connection, asset: int, size: int) -> Iterator[bytes]:
    """Yield an asset's chunks; fewer than promised where some are missing."""
    for number in range(-(-size // assets.CHUNK_BYTES)):
        chunk = assets.chunk(connection, asset, number)
        if not isinstance(chunk, bytes):
            return
        yield chunk
