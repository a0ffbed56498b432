"""A realm in one SQLite file: one connection writes and checkpoints, others read beside it."""

from __future__ import annotations

import contextlib
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256 as sha256_of
from typing import Any

import apsw
import msgspec

from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.ports import Group, Part, StreamHead
from worldloom.stores import assets, refusals
from worldloom.stores.connections import (
    WRITER_PRAGMAS,
    errors_of,
    open_reader,
    open_writer,
    set_pragmas,
    transaction,
)
from worldloom.stores.format import SEQ_BITS, SEQ_MASK
from worldloom.stores.migration import prepare
from worldloom.stores.planning import Head, plan, ranges_of

EMPTY_HEAD = bytes(32)
"""The chain hash before a stream's first record."""

STAGING = "~import:"
"""Names of streams that are still being imported: never listed, dropped at the next start."""

PAGE_ROWS = 1_000
"""Records read at once; between two pages no read transaction holds up a checkpoint."""

INSERT_ROWS = 25
"""Records in one INSERT statement."""

INSERT_ONE = "INSERT INTO record VALUES(?,?,?)"
INSERT_MANY = INSERT_ONE + ",(?,?,?)" * (INSERT_ROWS - 1)

ANSWER_SWEEP_SECONDS = 60.0
"""How often expired answers are removed."""


class SqliteStore:
    """A `Store` in one `.loom` file; safe to use from any thread.

    Every failure of the disk is raised as Unavailable (`disk_full`, `store_failed`,
    `store_corrupt`) and leaves the file as it was before the call; the next call opens it anew.
    """

    def __init__(
        self,
        path: str,
        create: bool = True,
        vfs: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        now_us: Callable[[], int] = lambda: time.time_ns() // 1_000,
    ) -> None:
        self.path = str(path)
        self._vfs = vfs
        self._clock = clock
        self._now_us = now_us
        self._lock = threading.RLock()
        self._readers: deque[apsw.Connection] = deque()
        self._connection: apsw.Connection | None = None
        self._closed = False
        self._failed = False
        self._wal_pages = 0
        self._wal_since = 0.0
        self._swept = 0.0
        prepare(self.path, vfs, create)
        with self._writing() as writer:
            assets.drop_orphans(writer)
            for name in _staged(writer):
                with transaction(writer):
                    _drop_stream(writer, name)

    # -- the log ------------------------------------------------------------------------------

    def open_stream(self, name: str) -> StreamHead:
        """Return the head of the stream of this name, made when absent."""
        found = self._stream_rows("WHERE name=?", (name,))
        if found:
            return found[0]
        with self._writing() as writer, transaction(writer):
            writer.execute(
                "INSERT OR IGNORE INTO stream(name, seq, head, frontier) VALUES(?,0,?,?)",
                (name, EMPTY_HEAD, b""),
            )
        return self._stream_rows("WHERE name=?", (name,))[0]

    def streams(self) -> list[StreamHead]:
        """Return all heads in order of creation."""
        return [h for h in self._stream_rows("ORDER BY id", ()) if not h.name.startswith(STAGING)]

    def rename_stream(self, old: str, new: str) -> None:
        """Give a stream another name; raises Conflict (`name_taken`) or NotFound."""
        with self._writing() as writer:
            try:
                with transaction(writer):
                    writer.execute("UPDATE stream SET name=? WHERE name=?", (new, old))
                    if not writer.changes():
                        raise refusals.world_unknown(old)
            except apsw.ConstraintError as error:
                raise refusals.name_taken(new) from error

    def drop_staged(self, name: str) -> None:
        """Remove a stream whose import failed; no other stream is ever removed."""
        assert name.startswith(STAGING), "only a staged stream may go"
        with self._writing() as writer, transaction(writer):
            _drop_stream(writer, name)

    def commit(self, groups: Sequence[Group]) -> list[WorldloomError | None]:
        """Keep all groups that continue their streams in one durable transaction.

        Returns None or the Conflict of each; raises Unavailable when the disk kept none of them.
        """
        if not groups:
            return []
        with self._writing() as writer:
            with transaction(writer):
                verdicts = plan(groups, lambda stream: _head(writer, stream))
                _insert(writer, [g for g, bad in zip(groups, verdicts, strict=True) if not bad])
            if self._wal_pages > LIMITS.wal_pages_max:
                self._checkpoint(writer)
        return verdicts

    def records(self, stream: int, after: int, until: int) -> Iterator[tuple[int, bytes, bytes]]:
        """Yield (seq, body, hash) for after < seq <= until, in order and without a gap.

        Raises Unavailable (`store_corrupt`) where a record cannot be read.
        """
        base = stream << SEQ_BITS
        after, until = max(after, 0), min(until, SEQ_MASK)
        query = "SELECT id, body, hash FROM record WHERE id>? AND id<=? ORDER BY id"
        while after < until:
            rows = self._rows(query, (base + after, base + min(until, after + PAGE_ROWS)))
            if not rows:
                until = min(until, self._seq_of(stream))
                if after >= until:
                    return
                # Either they came meanwhile, or they are not where they were.
                rows = self._rows(query, (base + after, base + min(until, after + PAGE_ROWS)))
                if not rows:
                    raise refusals.store_corrupt(self.path, f"stream {stream} ends at {after}")
            last: int = rows[-1][0] & SEQ_MASK
            if rows[0][0] != base + after + 1 or last != after + len(rows):
                raise refusals.store_corrupt(self.path, f"stream {stream} misses a record")
            after = last
            for id, body, stored in rows:
                yield id - base, body, stored

    def batches(self, after: int = 0) -> Iterator[tuple[int, list[tuple[int, int, int]]]]:
        """Yield the realm's order: (commit number, [(stream, first seq, count)])."""
        query = "SELECT pos, ranges FROM batch WHERE pos>? ORDER BY pos LIMIT ?"
        while True:
            rows = self._rows(query, (after, PAGE_ROWS))
            for pos, ranges in rows:
                after = pos
                yield pos, msgspec.msgpack.decode(ranges, type=list[tuple[int, int, int]])
            if len(rows) < PAGE_ROWS:
                return

    def cursor(self, name: str, stream: int) -> bytes | None:
        """Return the value that the last group with this cursor left, if any."""
        return self._value("SELECT value FROM cursor WHERE name=? AND stream=?", (name, stream))

    def answer(self, key: str, now_us: int) -> bytes | None:
        """Return the answer kept for an idempotency key that has not expired."""
        return self._value("SELECT body FROM answer WHERE key=? AND expires>?", (key, now_us))

    # -- snapshots ----------------------------------------------------------------------------

    def snapshot(self, stream: int, until: int) -> tuple[int, bytes, bytes] | None:
        """Return (seq, state hash, body) of the newest sound snapshot at or before `until`.

        A snapshot is a cache: one that is damaged or not of this history is passed over.
        """
        base = stream << SEQ_BITS
        seq = min(until, SEQ_MASK)
        query = (
            "SELECT id, state_hash, head, body, (SELECT hash FROM record r WHERE r.id=s.id)"
            " FROM snapshot s WHERE id>? AND id<=? ORDER BY id DESC LIMIT 1"
        )
        while seq > 0:
            with self._reading() as reader:
                row = reader.execute(query, (base, base + seq)).fetchone()
            if row is None:
                return None
            id, state_hash, head, body, stored = row
            if head == stored:
                with contextlib.suppress(zlib.error, TypeError):
                    return id - base, state_hash, zlib.decompress(body)
            seq = id - base - 1
        return None

    def save_snapshot(
        self, stream: int, seq: int, state_hash: bytes, head: bytes, body: bytes
    ) -> None:
        """Keep a cache of the state at `seq`, which ends a durable group with chain hash `head`."""
        row = (stream << SEQ_BITS | seq, state_hash, head, zlib.compress(body, 1))
        with self._writing() as writer, transaction(writer):
            writer.execute("INSERT OR REPLACE INTO snapshot VALUES(?,?,?,?)", row)

    # -- settings and files -------------------------------------------------------------------

    def meta(self, key: str) -> bytes | None:
        """Return one of the realm's own settings."""
        return self._value("SELECT value FROM meta WHERE key=?", (key,))

    def set_meta(self, key: str, value: bytes | None) -> None:
        """Set one of the realm's own settings durably, or remove it with None."""
        with self._writing() as writer, transaction(writer):
            if value is None:
                writer.execute("DELETE FROM meta WHERE key=?", (key,))
            else:
                writer.execute("INSERT OR REPLACE INTO meta VALUES(?,?)", (key, value))

    def put_asset(self, data: bytes, media: str) -> str:
        """Keep a file once, whatever the number of uploads; return its sha256 (hex).

        A large file takes several transactions, between which commits go on; it is seen when
        it is whole.
        """
        sha = sha256_of(data).hexdigest()
        if self.asset(sha) is not None:
            return sha
        asset = assets.new_id()
        for first, chunks in assets.chunk_runs(data):
            with self._writing() as writer:
                assets.insert_chunks(writer, asset, first, chunks)
        with self._writing() as writer:
            if not assets.finish(writer, asset, data, media):
                raise refusals.store_failed(self.path, "the upload was cut off by another process")
        return sha

    def asset(self, sha256: str) -> tuple[str, int] | None:
        """Return (media type, bytes) of an asset, or None."""
        with self._reading() as reader:
            found = assets.find(reader, sha256)
        return (found[1], found[2]) if found else None

    def read_asset(self, sha256: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes start..stop of an asset; raises NotFound when there is none."""
        with self._reading() as reader:
            found = assets.find(reader, sha256)
        if found is None:
            raise refusals.asset_unknown(sha256)
        asset, _, size = found
        return self._pieces(asset, max(start, 0), size if stop is None else min(stop, size))

    def assets(self) -> list[str]:
        """Return the sha256 (hex) of every asset."""
        with self._reading() as reader:
            return [row[0] for row in reader.execute("SELECT sha256 FROM asset ORDER BY sha256")]

    # -- upkeep -------------------------------------------------------------------------------

    def maintain(self) -> None:
        """Checkpoint if it is time and remove expired answers; called between commits."""
        now = self._clock()
        with self._lock:
            due = (
                self._wal_pages >= LIMITS.checkpoint_pages_max
                or now - self._wal_since > LIMITS.checkpoint_seconds_max
            )
            if self._wal_pages and due:
                with self._writing() as writer:
                    self._checkpoint(writer)
            if now - self._swept > ANSWER_SWEEP_SECONDS:
                self._swept = now
                with self._writing() as writer, transaction(writer):
                    writer.execute("DELETE FROM answer WHERE expires<=?", (self._now_us(),))

    def reopen(self) -> None:
        """Open the file anew after a failure; raises Unavailable while it still fails."""
        with self._writing():
            pass

    def close(self) -> None:
        """Leave one file, with nothing beside it; later calls raise Unavailable."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            while self._readers:
                self._readers.pop().close()
            writer, self._connection = self._connection, None
            if writer is None:
                return
            # A full disk must not keep a stop from ending: the log beside the file stays whole.
            with contextlib.suppress(apsw.Error):
                writer.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
            with contextlib.suppress(apsw.Error):
                writer.close()

    # -- connections --------------------------------------------------------------------------

    @contextlib.contextmanager
    def _writing(self) -> Iterator[apsw.Connection]:
        """Lend the one writing connection; after an error it is closed and opened anew."""
        with self._lock, errors_of(self.path):
            if self._closed:
                raise refusals.store_closed()
            if self._connection is None:
                self._connection = self._open_writer()
            try:
                yield self._connection
            except WorldloomError:
                raise
            except Exception:
                # After a failed fsync the same connection would believe in pages that the disk
                # never got: never try again on it.
                self._failed = True
                broken, self._connection = self._connection, None
                with contextlib.suppress(apsw.Error):
                    broken.close()
                raise

    def _open_writer(self) -> apsw.Connection:
        """Open, assert every setting; after a failure bring the log into the file and sync it."""
        writer = open_writer(self.path, self._vfs, create=False)
        try:
            set_pragmas(writer, WRITER_PRAGMAS)
            if self._failed:
                writer.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
                self._failed = False
            writer.set_wal_hook(self._on_wal)
        except BaseException:
            writer.close()
            raise
        return writer

    def _on_wal(self, connection: apsw.Connection, database: str, pages: int) -> int:
        """Remember the write-ahead log's length; its age counts from the first page on."""
        if not self._wal_pages:
            self._wal_since = self._clock()
        self._wal_pages = pages
        return apsw.SQLITE_OK

    def _checkpoint(self, writer: apsw.Connection) -> None:
        """Bring the write-ahead log into the file as far as no reader needs it."""
        writer.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        self._wal_pages = 0

    @contextlib.contextmanager
    def _reading(self) -> Iterator[apsw.Connection]:
        """Lend a reading connection; what it sees is durable."""
        with errors_of(self.path):
            if self._closed:
                raise refusals.store_closed()
            try:
                reader = self._readers.pop()
            except IndexError:
                reader = open_reader(self.path, self._vfs)
            try:
                yield reader
            except BaseException:
                reader.close(force=True)
                raise
            self._give_back(reader)

    def _give_back(self, reader: apsw.Connection) -> None:
        """Keep a reader for the next one who asks, unless the store was closed meanwhile."""
        with self._lock:
            if self._closed:
                reader.close()
            else:
                self._readers.append(reader)

    # -- reading ------------------------------------------------------------------------------

    def _stream_rows(self, where: str, values: tuple[str, ...]) -> list[StreamHead]:
        query = f"SELECT id, name, seq, head, frontier FROM stream {where}"
        with self._reading() as reader:
            return [StreamHead(*row) for row in reader.execute(query, values)]

    def _rows(self, query: str, values: tuple[int, int]) -> list[Any]:
        with self._reading() as reader:
            return reader.execute(query, values).fetchall()

    def _seq_of(self, stream: int) -> int:
        heads = self._stream_rows("WHERE id=?", (str(stream),))
        return heads[0].seq if heads else 0

    def _value(self, query: str, values: tuple[str | int, ...]) -> bytes | None:
        with self._reading() as reader:
            value: bytes | None = reader.execute(query, values).get
        return value

    def _pieces(self, asset: int, start: int, stop: int) -> Iterator[bytes]:
        while start < stop:
            number, offset = divmod(start, assets.CHUNK_BYTES)
            with self._reading() as reader:
                chunk = assets.chunk(reader, asset, number)
            piece = (chunk or b"")[offset : offset + stop - start]
            if not piece:
                raise refusals.store_corrupt(self.path, f"an asset misses chunk {number}")
            start += len(piece)
            yield piece


def _head(writer: apsw.Connection, stream: int) -> Head | None:
    """Return a stream's (seq, chain hash) inside the transaction."""
    query = "SELECT seq, head FROM stream WHERE id=?"
    row: Head | None = writer.execute(query, (stream,)).fetchone()
    return row


def _staged(writer: apsw.Connection) -> list[str]:
    """Return the streams whose import ended before its last step."""
    rows: list[Any] = writer.execute("SELECT name FROM stream").fetchall()
    return [row[0] for row in rows if row[0].startswith(STAGING)]


def _drop_stream(writer: apsw.Connection, name: str) -> None:
    """Remove a stream whose records stand in commits of their own."""
    stream: Any = writer.execute("SELECT id FROM stream WHERE name=?", (name,)).get
    if stream is None:
        return
    span = (stream << SEQ_BITS, stream << SEQ_BITS | SEQ_MASK)
    writer.execute("DELETE FROM record WHERE id BETWEEN ? AND ?", span)
    writer.execute("DELETE FROM snapshot WHERE id BETWEEN ? AND ?", span)
    writer.execute("DELETE FROM cursor WHERE stream=?", (stream,))
    batches: list[Any] = writer.execute("SELECT pos, ranges FROM batch").fetchall()
    for pos, packed in batches:
        ranges = msgspec.msgpack.decode(packed, type=list[tuple[int, int, int]])
        left = [entry for entry in ranges if entry[0] != stream]
        if not left:
            writer.execute("DELETE FROM batch WHERE pos=?", (pos,))
        elif len(left) < len(ranges):
            values = (msgspec.msgpack.encode(left), pos)
            writer.execute("UPDATE batch SET ranges=? WHERE pos=?", values)
    writer.execute("DELETE FROM stream WHERE id=?", (stream,))


def _insert(writer: apsw.Connection, groups: Sequence[Group]) -> None:
    """Write groups that are known to continue their streams."""
    last: dict[int, Part] = {}
    rows: list[int | bytes] = []
    for group in groups:
        for part in group.parts:
            if part.records:
                base = part.stream << SEQ_BITS
                last[part.stream] = part
                for seq, body, hash in part.records:
                    rows += (base | seq, body, hash)
    if rows:
        _insert_records(writer, rows)
        heads = [(p.records[-1][0], p.head, p.frontier, p.stream) for p in last.values()]
        writer.executemany("UPDATE stream SET seq=?, head=?, frontier=? WHERE id=?", heads)
        packed = msgspec.msgpack.encode(ranges_of(groups))
        writer.execute("INSERT INTO batch(ranges) VALUES(?)", (packed,))
    cursors = [(name, stream, value) for g in groups for name, stream, value in g.cursors]
    if cursors:
        writer.executemany("INSERT OR REPLACE INTO cursor VALUES(?,?,?)", cursors)
    answers = [group.answer for group in groups if group.answer is not None]
    if answers:
        writer.executemany("INSERT OR REPLACE INTO answer VALUES(?,?,?)", answers)


def _insert_records(writer: apsw.Connection, values: list[int | bytes]) -> None:
    """Insert (id, body, hash) triples, many a statement: a step a row costs more than the row."""
    whole = len(values) - len(values) % (3 * INSERT_ROWS)
    for start in range(0, whole, 3 * INSERT_ROWS):
        writer.execute(INSERT_MANY, values[start : start + 3 * INSERT_ROWS])
    for start in range(whole, len(values), 3):
        writer.execute(INSERT_ONE, values[start : start + 3])
