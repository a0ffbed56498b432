"""One piece of a stream, walked from its first record to its last: chain, tree and fold together.

A piece begins where a snapshot stands, so that several processes check one long log side by side:
whoever walks the piece before compares that snapshot with the records.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any, Final

import apsw
import msgspec
from msgspec import Struct

from worldloom.kernel.errors import Unavailable
from worldloom.kernel.hashing import BLOCK
from worldloom.kernel.ports import StreamHead
from worldloom.kernel.proofs import root_of_block
from worldloom.kernel.records import FIRST_HEAD, STATE_EVENTS, Body, Record, damaged, read
from worldloom.kernel.state import State
from worldloom.stores import walking
from worldloom.stores.format import SEQ_BITS

ENGINE_ERRORS: Final = (apsw.Error, UnicodeDecodeError, TypeError, ValueError, OverflowError)
"""What flipped bits make of a read: a damaged page, a wrong type, a text that is none."""

PAGE_ROWS: Final = 4_096
"""Records read at once: what a walk holds in memory beside the state."""

RECORDS: Final = "SELECT id, body, hash FROM record WHERE id>? AND id<=? ORDER BY id"

Progress = Callable[[int], None]
"""Called with the number of records that were checked since the last call."""

_decode_body = msgspec.msgpack.Decoder(Body).decode


class Segment(Struct, frozen=True, array_like=True):
    """The records after < seq <= until that a stream wrote itself, and where to halt among them."""

    stream: int
    after: int
    until: int
    snapshots: tuple[int, ...] = ()
    """Seqs in it whose snapshots are to be compared."""
    stops: tuple[int, ...] = ()
    """Seqs in it at which the tree is wanted."""


class Leaves(Struct, array_like=True):
    """The tree over a run of records: single leaves up to a block, whole blocks, single leaves."""

    seq: int
    """The last record of the run."""
    lead: list[bytes] = []
    blocks: list[bytes] = []
    tail: list[bytes] = []


class Walked(Struct, array_like=True):
    """What was found in a segment."""

    seq: int
    """The last good record."""
    head: bytes
    state_hash: bytes = b""
    runs: list[Leaves] = []
    whole: bool = True
    """Whether the last good record ends its group."""
    bad: str = ""
    """Why the record after the last good one is bad, if it is."""
    problems: list[tuple[int, str]] = []
    """(seq, why) of each snapshot that differs."""


class Walk:
    """The walk through one segment, with the state that its records lead to."""

    def __init__(
        self,
        connection: apsw.Connection,
        segment: Segment,
        head: bytes,
        state: State,
        progress: Progress,
    ) -> None:
        self._connection = connection
        self._segment = segment
        self._progress = progress
        self._snapshots = set(segment.snapshots)
        self._halts = sorted(self._snapshots | {*segment.stops, segment.until})
        self.state = state
        state.alone = True
        self.found = Walked(segment.after, head)
        self._run: list[bytes] = []
        self._time, self._actor, self._cause = 0, "", ""
        self._offset, self._size = 0, 1
        """Where the last good record stood in its group."""

    def run(self) -> Walked:
        """Walk to the end or to the first bad record, and tell what was found."""
        found = self.found
        try:
            for halt in self._halts:
                self._walk_to(halt)
                if halt in self._segment.stops or halt == self._segment.until:
                    self._hand_over()
                if halt in self._snapshots:
                    self._check_snapshot()
        except Unavailable as error:
            found.bad = error.message
        except ENGINE_ERRORS as error:
            found.bad = f"it cannot be read: {error}"
        if self._run:
            self._hand_over()
        found.whole = self._offset == self._size - 1
        try:
            found.state_hash = self.state.state_hash()
        except ENGINE_ERRORS as error:
            found.bad = found.bad or f"the state cannot be hashed: {error}"
        return found

    def _walk_to(self, halt: int) -> None:
        base = self._segment.stream << SEQ_BITS
        while self.found.seq < halt:
            after = self.found.seq
            last = min(halt, after + PAGE_ROWS)
            bounds = (base + after, base + last)
            try:
                rows: list[Any] = self._connection.execute(RECORDS, bounds).fetchall()
            except ENGINE_ERRORS:
                # One of them cannot be read: those before it can, one by one.
                for row in self._connection.execute(RECORDS, bounds):
                    self._take([row], base)
                raise
            self._take(rows, base)
            if self.found.seq < last:
                raise damaged(self.found.seq + 1, "it is missing")
            self._progress(len(rows))

    def _take(self, rows: Sequence[Any], base: int) -> None:
        """Check and fold a page of records; the first bad one raises."""
        found, state, run = self.found, self.state, self._run
        seq, head = found.seq, found.head
        offset, size = self._offset, self._size
        good = 0
        try:
            for id, data, hash in rows:
                seq += 1
                if id != base + seq:
                    raise damaged(seq, "it is missing")
                if sha256(b"\x00" + head + data).digest() != hash:
                    raise damaged(seq, "its hash does not follow from the one before")
                body = _decode_body(data)
                if body.seq != seq:
                    raise damaged(seq, f"it says that it is record {body.seq}")
                if body.offset:
                    if body.offset != offset + 1 or body.size != size:
                        raise damaged(seq, "its group is not whole")
                elif offset != size - 1:
                    raise damaged(seq, "its group is not whole")
                else:
                    self._time, self._actor, self._cause = body.time, body.actor, body.cause
                if body.size <= body.offset:
                    raise damaged(seq, "its group is not whole")
                if body.kind in STATE_EVENTS:
                    state.seq = seq - 1
                    state.fold(
                        Record(
                            seq, body.offset, body.size, body.kind, body.version, body.payload,
                            self._time, self._actor, self._cause, hash,
                        )
                    )  # fmt: skip
                offset, size, head = body.offset, body.size, hash
                good += 1
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise damaged(seq, str(error)) from error
        finally:
            run.extend([row[2] for row in rows[:good]])
            found.seq += good
            found.head, self._offset, self._size = head, offset, size
            state.seq, state.head, state.time = found.seq, head, self._time

    def _hand_over(self) -> None:
        """Give away the leaves since the last stop, whole blocks as their roots."""
        run, seq = self._run, self.found.seq
        start = seq - len(run)
        lead = min(-start % BLOCK, len(run))
        blocks = [
            root_of_block(run[at : at + BLOCK]) for at in range(lead, len(run) - BLOCK + 1, BLOCK)
        ]
        tail = run[lead + len(blocks) * BLOCK :]
        self.found.runs.append(Leaves(seq, run[:lead], blocks, tail))
        run.clear()

    def _check_snapshot(self) -> None:
        """Compare a snapshot with the fold at its seq; readers pass over a damaged one."""
        seq, state = self.found.seq, self.state
        query = "SELECT state_hash, head, body FROM snapshot WHERE id=?"
        why = "it differs from the fold"
        try:
            found: Any = self._connection.execute(query, (self._segment.stream << SEQ_BITS | seq,))
            state_hash, head, packed = found.fetchone()
            body = zlib.decompress(packed)
            expected = state.state_hash()
            same = body == state.encode_snapshot() or (
                State.decode_snapshot(seq, head, body).state_hash() == expected
            )
            if same and (state_hash, head) == (expected, state.head):
                return
        except (*ENGINE_ERRORS, zlib.error) as error:
            why = str(error)
        self.found.problems.append((seq, why))


def walk_apart(connection: apsw.Connection, segment: Segment, progress: Progress) -> Walked:
    """Walk a segment from the snapshot or the record before it, which another walk checks."""
    heads = {head.id: head for head in walking.heads(connection)}
    try:
        head, state = _start(connection, heads[segment.stream], segment.after)
    except (*ENGINE_ERRORS, zlib.error, Unavailable, KeyError) as error:
        return Walked(segment.after, FIRST_HEAD, bad=f"its start cannot be read: {error}")
    return Walk(connection, segment, head, state, progress).run()


def _start(connection: apsw.Connection, head: StreamHead, seq: int) -> tuple[bytes, State]:
    """Return the hash of record `seq` and the state after it."""
    if not seq:
        return FIRST_HEAD, State()
    state = walking.snapshot_before(connection, head, seq) or State()
    for record in read(walking.rows(connection, head, seq, state.seq)):
        state.fold(record)
    if state.seq != seq:
        raise damaged(state.seq + 1, "it is missing")
    return state.head, state
