"""Checks every hash of a realm file and names the first bad seq of each stream.

A fork is checked from where it leaves its parent, so that each shared record is hashed once; a long
log is checked in pieces by several processes. Where a piece does not fit, its stream is walked once
more from its first record, alone, and that walk tells what is wrong.
"""

from __future__ import annotations

import contextlib
import gc
import os
import threading
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any, Final

import apsw
import msgspec

from worldloom.kernel.errors import Invalid, Unavailable
from worldloom.kernel.hashing import BLOCK, Frontier
from worldloom.kernel.ports import StreamHead
from worldloom.kernel.records import FIRST_HEAD, read
from worldloom.kernel.state import State
from worldloom.stores import checkers, walking
from worldloom.stores.format import SEQ_BITS, SEQ_MASK
from worldloom.stores.reports import Report, SavedRoot, StreamReport
from worldloom.stores.segments import (
    ENGINE_ERRORS,
    Leaves,
    Segment,
    Walk,
    Walked,
    walk_apart,
)
from worldloom.stores.tiles import TileCheck

__all__ = ["Report", "SavedRoot", "StreamReport", "verify"]

SMALL_TABLES = (
    "stream",
    "batch",
    "cursor",
    "answer",
    "meta",
    "asset",
    "secret",
    "person_key",
    "person",
)
"""Tables without hashes of their own, whose pages SQLite checks."""

SEGMENT_RECORDS: Final = 50_000
"""A log is cut into pieces of so many records at least; a shorter file is walked by one process."""

HELPERS_MAX: Final = 7
"""More helpers than this wait for the disk."""

Told = Callable[[int, int], None]
"""Called now and then with the records that are checked and all that are to be."""


def verify(path: str, saved: SavedRoot | None = None, told: Told | None = None) -> Report:
    """Walk all streams, snapshots and assets; raises Invalid only for no file or another format."""
    report = Report(str(path))
    try:
        with walking.reading(report.path) as connection, _no_collecting():
            _Check(connection, report, saved, told).run()
            if saved is not None:
                report.compare(saved)
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


@contextlib.contextmanager
def _no_collecting() -> Iterator[None]:
    """Let the garbage collector rest: a fold makes many objects and no circles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Check:
    """One check of all streams of a file."""

    def __init__(
        self,
        connection: apsw.Connection,
        report: Report,
        saved: SavedRoot | None,
        told: Told | None,
    ) -> None:
        self._connection = connection
        self._report = report
        self._saved_seq = saved.seq if saved else -1
        self._told = told
        self._done = self._total = 0
        self._counting = threading.Lock()
        self._heads: dict[int, StreamHead] = {}
        self._reports: dict[int, StreamReport] = {}
        self._frontiers: dict[tuple[int, int], Frontier] = {}
        """(stream, seq) → the tree at that seq, where a fork leaves."""

    def run(self) -> None:
        """Check stream after stream; a parent is always older than its forks."""
        segments = {head.id: self._whole(head) for head in self._find_heads()}
        self._total = sum(segment.until - segment.after for segment in segments.values())
        apart = self._walk_apart(segments)
        for stream, segment in segments.items():
            found = self._check(self._heads[stream], segment, apart.get(stream))
            self._report.streams.append(found)
            self._reports[stream] = found

    # -- what is to be checked ----------------------------------------------------------------

    def _find_heads(self) -> list[StreamHead]:
        """Return the streams that the file names, and those that only records tell of."""
        try:
            for head in walking.heads(self._connection):
                self._heads[head.id] = head
        except ENGINE_ERRORS as error:
            self._report.problems.append(f"the table of streams cannot be read: {error}")
        try:
            for stream in walking.streams_with_records(self._connection):
                lost = StreamHead(stream, f"?{stream}", -1, b"", b"")
                self._heads.setdefault(stream, lost)
        except ENGINE_ERRORS as error:
            self._report.problems.append(f"the table of records cannot be read: {error}")
        return list(self._heads.values())

    def _whole(self, head: StreamHead) -> Segment:
        """Return all that a stream wrote itself, with the seqs at which others continue it."""
        until = head.seq if head.seq >= 0 else self._last(head.id)
        forks = {other.fork for other in self._heads.values() if other.parent == head.id}
        stops = sorted(at for at in forks | {self._saved_seq} if head.fork < at <= until)
        snapshots = [at for at in self._snapshots(head) if head.fork < at <= until]
        return Segment(head.id, head.fork, until, tuple(snapshots), tuple(stops))

    def _last(self, stream: int) -> int:
        """Return the newest seq that a stream has a record of."""
        low = stream << SEQ_BITS
        query = "SELECT max(id) FROM record WHERE id>? AND id<=?"
        try:
            newest: Any = self._connection.execute(query, (low, low | SEQ_MASK)).get
        except ENGINE_ERRORS:
            return SEQ_MASK  # the walk tells where the table cannot be read
        return 0 if newest is None else newest - low

    def _snapshots(self, head: StreamHead) -> list[int]:
        """Return the seqs of a stream's snapshots."""
        low = head.id << SEQ_BITS
        query = "SELECT id FROM snapshot WHERE id BETWEEN ? AND ? ORDER BY id"
        try:
            found: Any = self._connection.execute(query, (low, low | SEQ_MASK)).fetchall()
        except ENGINE_ERRORS as error:
            self._report.problems.append(f"{head.name}: snapshots cannot be read: {error}")
            return []
        return [row[0] - low for row in found]

    # -- the quick way, for what is whole -----------------------------------------------------

    def _walk_apart(self, wholes: dict[int, Segment]) -> dict[int, list[Walked]]:
        """Walk long logs in pieces side by side; return what was found in the sound ones."""
        helpers = min((os.cpu_count() or 1) - 1, HELPERS_MAX)
        cut = {
            stream: pieces
            for stream, whole in wholes.items()
            if helpers > 0 and len(pieces := _cut(whole)) > 1
        }
        segments = [segment for pieces in cut.values() for segment in pieces]
        found = iter(
            checkers.walk_all(
                self._connection, self._report.path, segments, helpers, self._progress
            )
            if segments
            else ()
        )
        sound: dict[int, list[Walked]] = {}
        for stream, pieces in cut.items():
            walked = [next(found) for _ in pieces]
            if all(map(_is_sound, pieces, walked)):
                sound[stream] = walked
            else:
                self._done -= sum(
                    w.seq - piece.after for piece, w in zip(pieces, walked, strict=True)
                )
        return sound

    def _progress(self, records: int) -> None:
        with self._counting:
            self._done += records
            if self._told is not None:
                self._told(self._done, self._total)

    # -- one stream ---------------------------------------------------------------------------

    def _check(self, head: StreamHead, whole: Segment, apart: list[Walked] | None) -> StreamReport:
        report = StreamReport(str(head.name), seq=head.fork)
        frontier = self._frontier_before(head, report)
        if frontier is None:
            return report
        if apart is None or not self._parents_are_sound(head):
            apart = [self._walk_alone(head, whole)]
        self._note_root(report, frontier)
        tiles = self._tiles(head, frontier)
        for walked in apart:
            for run in walked.runs:
                frontier = self._grow(report, frontier, run, tiles)
                self._frontiers[head.id, run.seq] = Frontier(frontier.count, frontier.nodes)
                self._note_root(report, frontier)
            report.seq = walked.seq
            for seq, why in walked.problems:
                self._problem(report, f"the snapshot at {seq} is damaged: {why}")
        last = apart[-1]
        report.root, report.state_hash = frontier.root().hex(), last.state_hash.hex()
        if last.bad:
            report.fail(last.bad)
        self._check_head(head, report, last, frontier)
        return report

    def _frontier_before(self, head: StreamHead, report: StreamReport) -> Frontier | None:
        """Return the tree where a stream begins: empty, or its parent's at the fork."""
        if not head.parent or not head.fork:
            return Frontier()
        parent = self._reports.get(head.parent)
        if parent is None:
            report.fail(f"its parent, stream {head.parent}, is lost", 1)
            return None
        if parent.first_bad_seq is not None and parent.first_bad_seq <= head.fork:
            report.seq = parent.first_bad_seq - 1
            report.fail(f"it is shared with {parent.name}: {parent.why}")
            return None
        found = self._frontiers.get((head.parent, head.fork))
        if found is None:
            report.fail(f"it leaves {parent.name} where that has no record of its own")
            return None
        return Frontier(found.count, found.nodes)

    def _parents_are_sound(self, head: StreamHead) -> bool:
        """Tell whether nothing that a fork's first state was made of is damaged."""
        while head.parent:
            parent = self._reports[head.parent]
            if parent.first_bad_seq is not None or any(
                problem.startswith(f"{parent.name}: ") for problem in self._report.problems
            ):
                return False
            head = self._heads[head.parent]
        return True

    def _walk_alone(self, head: StreamHead, whole: Segment) -> Walked:
        """Walk a stream in this process, from a state that only checked records led to."""
        if head.parent and self._parents_are_sound(head):
            return walk_apart(self._connection, whole, self._progress)
        state = State()
        if head.parent:
            for record in read(walking.rows(self._connection, head, head.fork)):
                state.fold(record)
        first = state.head if head.parent else FIRST_HEAD
        return Walk(self._connection, whole, first, state, self._progress).run()

    def _grow(
        self, report: StreamReport, frontier: Frontier, run: Leaves, tiles: TileCheck | None
    ) -> Frontier:
        """Return the tree with a run of records, comparing the kept tiles that end in it."""
        frontier.extend(run.lead)
        if run.lead and not frontier.count % BLOCK:
            tiles = self._check_tiles(report, frontier, tiles)
        for block in run.blocks:
            blocks = Frontier(frontier.count // BLOCK, frontier.nodes)
            blocks.append(block)
            frontier = Frontier(blocks.count * BLOCK, blocks.nodes)
            tiles = self._check_tiles(report, frontier, tiles)
        frontier.extend(run.tail)
        return frontier

    def _tiles(self, head: StreamHead, frontier: Frontier) -> TileCheck | None:
        try:
            return TileCheck(self._connection, head.id, frontier)
        except ENGINE_ERRORS as error:
            self._report.problems.append(f"{head.name}: tiles cannot be read: {error}")
            return None

    def _check_tiles(
        self, report: StreamReport, frontier: Frontier, tiles: TileCheck | None
    ) -> TileCheck | None:
        """Compare the tiles that end here with the tree; proofs make a damaged one again."""
        seq = frontier.count
        try:
            if tiles is None or not tiles.damaged_at(seq, frontier):
                return tiles
            why = "it differs from the records"
        except ENGINE_ERRORS as error:
            tiles, why = None, str(error)
        self._problem(report, f"the tile that ends at {seq} is damaged: {why}")
        return tiles

    def _note_root(self, report: StreamReport, frontier: Frontier) -> None:
        if frontier.count == self._saved_seq:
            report.root_at_saved = frontier.root().hex()

    def _problem(self, report: StreamReport, what: str) -> None:
        self._report.problems.append(f"{report.name}: {what}")

    def _check_head(
        self, head: StreamHead, report: StreamReport, last: Walked, frontier: Frontier
    ) -> None:
        """Compare a stream's row with the end of its records."""
        if head.seq < 0:
            report.fail("the row that names this stream is lost")
        elif report.seq < head.seq:
            report.fail(f"it is missing, though the stream goes to {head.seq}")
        elif self._last(head.id) > head.seq:
            report.fail("the stream ends before it", head.seq + 1)
        elif (head.head, head.frontier) != (last.head, frontier.pack()):
            report.fail("the stream's head is not the hash of its last record")
        elif not last.whole:
            report.fail("the last group is not whole")


def _is_sound(piece: Segment, walked: Walked) -> bool:
    return (walked.seq, walked.whole, walked.bad, walked.problems) == (piece.until, True, "", [])


def _cut(whole: Segment) -> list[Segment]:
    """Return a segment in pieces that begin where snapshots stand."""
    cuts, after = [], whole.after
    for seq in whole.snapshots:
        if min(seq - after, whole.until - seq) >= SEGMENT_RECORDS:
            cuts.append((after, seq))
            after = seq
    cuts.append((after, whole.until))
    return [
        Segment(
            whole.stream,
            first,
            last,
            tuple(at for at in whole.snapshots if first < at <= last),
            tuple(at for at in whole.stops if first < at <= last),
        )
        for first, last in cuts
    ]


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
    """Check that the realm's order names every record once, a shared one in its own stream."""
    try:
        heads = walking.heads(connection)
        ends = {head.id: head.fork for head in heads}
        for pos, ranges in connection.execute("SELECT pos, ranges FROM batch ORDER BY pos"):
            for stream, first, count in msgspec.msgpack.decode(
                _bytes(ranges), type=list[tuple[int, int, int]]
            ):
                if first != ends.get(stream, 0) + 1:
                    raise ValueError(f"commit {pos} does not follow in stream {stream}")
                ends[stream] = first + count - 1
        if ends != {head.id: head.seq for head in heads}:
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
