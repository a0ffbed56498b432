"""Checks every hash of a realm file and names the first bad seq of each stream."""

from __future__ import annotations

import os
import zlib
from hashlib import sha256
from typing import Any

import apsw
import msgspec
from msgspec import Struct, field

from worldloom.kernel.errors import Invalid, Unavailable
from worldloom.kernel.hashing import Frontier
from worldloom.kernel.ports import StreamHead
from worldloom.kernel.records import FIRST_HEAD
from worldloom.kernel.records import verify as linked
from worldloom.kernel.state import State
from worldloom.stores import walking
from worldloom.stores.format import SEQ_BITS, SEQ_MASK

SMALL_TABLES = ("stream", "batch", "cursor", "answer", "meta", "asset")
"""Tables without hashes of their own, whose pages SQLite checks."""

ENGINE_ERRORS = (apsw.Error, UnicodeDecodeError, TypeError, ValueError, OverflowError)
"""What flipped bits make of a read: a damaged page, a wrong type, a text that is none."""


class SavedRoot(Struct, frozen=True):
    """A saved answer of `GET /api/worlds/{w}`, as far as a file is checked against it."""

    seq: int
    root: str
    name: str = ""
    title: str = ""
    state_hash: str = ""


class StreamReport(Struct):
    """What was found in one stream: the last good seq with its hashes (hex), or where it fails."""

    name: str
    seq: int = 0
    root: str = ""
    state_hash: str = ""
    first_bad_seq: int | None = None
    why: str = ""
    root_at_saved: str = ""
    """The root at the seq of the saved answer that the file is checked against."""

    def fail(self, why: str, seq: int | None = None) -> None:
        """Name the first bad seq, once: the record after the last good one unless told."""
        if self.first_bad_seq is None:
            self.first_bad_seq = self.seq + 1 if seq is None else seq
            self.why = why


class Report(Struct):
    """What was found in a file; `problems` are those outside the records."""

    path: str
    streams: list[StreamReport] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether every byte that is hashed is what was written."""
        return not self.problems and all(s.first_bad_seq is None for s in self.streams)

    def lines(self) -> list[str]:
        """Return the report as people read it."""
        told = [
            f"{s.name}: {s.seq} records are good, root {s.root}"
            if s.first_bad_seq is None
            else f"{s.name}: first bad seq {s.first_bad_seq}: {s.why}"
            for s in self.streams
        ]
        return told + self.problems


def verify(path: str, saved: SavedRoot | None = None) -> Report:
    """Walk all streams, snapshots and assets; raises Invalid only for no file or another format."""
    report = Report(str(path))
    try:
        with walking.reading(report.path) as connection:
            for head in _heads(connection, report):
                report.streams.append(_Walk(connection, report, head, saved).run())
            if saved is not None:
                _check_saved(report, saved)
            _check_small_tables(connection, report)
            _check_order(connection, report)
            _check_assets(connection, report)
    except (Unavailable, Invalid) as error:
        if error.code in ("newer_format", "older_format") or not os.path.exists(report.path):
            raise
        report.problems.append(error.message)
        if not report.streams:
            report.streams.append(StreamReport("?", first_bad_seq=1, why=error.message))
    return report


def _heads(connection: apsw.Connection, report: Report) -> list[StreamHead]:
    """Return the streams that the file names, and those that only records tell of."""
    found: list[StreamHead] = []
    try:
        for head in walking.heads(connection):
            found.append(head)
    except ENGINE_ERRORS as error:
        report.problems.append(f"the table of streams cannot be read: {error}")
    try:
        named = {head.id for head in found}
        for stream in walking.streams_with_records(connection):
            if stream not in named:
                found.append(StreamHead(stream, f"?{stream}", -1, b"", b""))
    except ENGINE_ERRORS as error:
        report.problems.append(f"the table of records cannot be read: {error}")
    return found


class _Walk:
    """One stream's walk from its first record: chain, tree and fold together."""

    def __init__(
        self,
        connection: apsw.Connection,
        report: Report,
        head: StreamHead,
        saved: SavedRoot | None,
    ) -> None:
        self._connection = connection
        self._problems = report.problems
        self._head = head
        self._saved_seq = saved.seq if saved else -1
        self._report = StreamReport(str(head.name))
        self._frontier = Frontier()
        self._state = State()
        self._whole = True

    def run(self) -> StreamReport:
        """Walk up to the first bad record and tell what was found."""
        report = self._report
        try:
            self._walk(self._snapshots())
            self._check_head()
        except Unavailable as error:
            report.fail(error.message)
        except ENGINE_ERRORS as error:
            report.fail(f"it cannot be read: {error}")
        report.root = self._frontier.root().hex()
        report.state_hash = self._state.state_hash().hex()
        return report

    def _walk(self, snapshots: set[int]) -> None:
        self._note_root()
        for record in linked(walking.rows(self._connection, self._head.id), 0, FIRST_HEAD):
            self._state.fold(record)
            self._frontier.append(record.hash)
            self._report.seq = record.seq
            self._whole = record.offset == record.size - 1
            if record.seq == self._saved_seq:
                self._note_root()
            if record.seq in snapshots:
                self._check_snapshot()

    def _note_root(self) -> None:
        if self._report.seq == self._saved_seq:
            self._report.root_at_saved = self._frontier.root().hex()

    def _check_head(self) -> None:
        head, seq = self._head, self._report.seq
        if head.seq < 0:
            self._report.fail("the row that names this stream is lost")
        elif seq < head.seq:
            self._report.fail(f"it is missing, though the stream goes to {head.seq}")
        elif seq > head.seq:
            self._report.fail("the stream ends before it", head.seq + 1)
        elif (head.head, head.frontier) != (self._state.head, self._frontier.pack()):
            self._report.fail("the stream's head is not the hash of its last record")
        elif not self._whole:
            self._report.fail("the last group is not whole")

    def _snapshots(self) -> set[int]:
        """Return the seqs of this stream's snapshots."""
        low = self._head.id << SEQ_BITS
        query = "SELECT id FROM snapshot WHERE id BETWEEN ? AND ?"
        found: Any = []
        try:
            found = self._connection.execute(query, (low, low | SEQ_MASK)).fetchall()
        except ENGINE_ERRORS as error:
            self._problems.append(f"{self._report.name}: snapshots cannot be read: {error}")
        return {row[0] - low for row in found}

    def _check_snapshot(self) -> None:
        """Compare a snapshot with the fold at its seq; readers pass over a damaged one."""
        seq, state = self._report.seq, self._state
        query = "SELECT state_hash, head, body FROM snapshot WHERE id=?"
        why = "it differs from the fold"
        try:
            found: Any = self._connection.execute(query, (self._head.id << SEQ_BITS | seq,))
            state_hash, head, body = found.fetchone()
            stored = State.decode_snapshot(seq, head, zlib.decompress(body))
            expected = state.state_hash()
            if (state_hash, head, stored.state_hash()) == (expected, state.head, expected):
                return
        except (*ENGINE_ERRORS, zlib.error) as error:
            why = str(error)
        self._problems.append(f"{self._report.name}: the snapshot at {seq} is damaged: {why}")


def _check_saved(report: Report, saved: SavedRoot) -> None:
    """Compare with a root that somebody kept: the only way to see that a tail is missing."""
    worlds = [s for s in report.streams if s.name == saved.name or not saved.name]
    if any(stream.root_at_saved == saved.root for stream in worlds):
        return
    label = saved.name or saved.title or "the saved world"
    if len(worlds) != 1:
        worlds = [stream for stream in worlds if stream.name == saved.title]
    if len(worlds) != 1:
        report.problems.append(f"no world has the saved root of {label} at seq {saved.seq}")
    elif worlds[0].seq < saved.seq:
        worlds[0].fail(f"the tail is missing: a root was saved at seq {saved.seq}")
    else:
        worlds[0].fail("another history than the saved root's, here or before", saved.seq)


def _check_small_tables(connection: apsw.Connection, report: Report) -> None:
    """Let SQLite check the pages and indexes of what has no hashes."""
    for table in SMALL_TABLES:
        try:
            complaint: Any = connection.execute(f"PRAGMA integrity_check({table})").get
        except ENGINE_ERRORS as error:
            complaint = str(error)
        if complaint != "ok":
            report.problems.append(f"the table {table} is damaged: {complaint}")


def _check_order(connection: apsw.Connection, report: Report) -> None:
    """Check that the realm's order names every record once."""
    ends: dict[int, int] = {}
    try:
        for pos, ranges in connection.execute("SELECT pos, ranges FROM batch ORDER BY pos"):
            for stream, first, count in msgspec.msgpack.decode(
                _bytes(ranges), type=list[tuple[int, int, int]]
            ):
                if first != ends.get(stream, 0) + 1:
                    raise ValueError(f"commit {pos} does not follow in stream {stream}")
                ends[stream] = first + count - 1
        seqs = {head.id: head.seq for head in walking.heads(connection) if head.seq}
        if seqs != ends:
            raise ValueError("it does not end where the streams end")
    except ENGINE_ERRORS as error:
        report.problems.append(f"the order of commits is damaged: {error}")


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError("a blob is not stored as bytes")
    return value


def _check_assets(connection: apsw.Connection, report: Report) -> None:
    """Compare every file with its name, which is its sha256."""
    try:
        for asset, name, _, size in walking.asset_rows(connection):
            hasher = sha256()
            try:
                for chunk in walking.asset_bytes(connection, asset, size):
                    hasher.update(chunk)
            except ENGINE_ERRORS:
                hasher = sha256()
            if hasher.hexdigest() != name:
                report.problems.append(f"the asset {name} is damaged")
    except ENGINE_ERRORS as error:
        report.problems.append(f"the table of assets cannot be read: {error}")
