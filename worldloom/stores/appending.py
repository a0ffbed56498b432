"""The commit itself: whole groups into the tables, inside one transaction; kept lean."""

from __future__ import annotations

from functools import partial

import apsw
import msgspec

from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.hashing import Frontier
from worldloom.stores import keys, tiles
from worldloom.stores.batches import Batch, Run, Trees, insert
from worldloom.stores.planning import Head, plan


def append(writer: apsw.Connection, batch: Batch, trees: Trees) -> list[WorldloomError | None]:
    """Write the groups that continue their streams; return None or the Conflict of each."""
    verdicts: list[WorldloomError | None] = [None] * len(batch)
    if not (batch.fits and _continues(writer, batch)):
        verdicts = plan(batch, partial(_head, writer), partial(keys.is_destroyed, writer))
        batch = Batch(group for group, bad in zip(batch, verdicts, strict=True) if bad is None)
    _insert(writer, batch, trees)
    return verdicts


def _continues(writer: apsw.Connection, batch: Batch) -> bool:
    """Tell whether each run of records begins where its stream ends, and every key is there."""
    owners = (owner for at in batch.personal for owner in batch[at].owners)
    return all(
        _head(writer, run.stream) == (run.expected_seq, run.expected_head)
        for run in batch.runs.values()
    ) and not any(keys.is_destroyed(writer, owner.key) for owner in owners)


def _head(writer: apsw.Connection, stream: int) -> Head | None:
    """Return a stream's (seq, chain hash) inside the transaction."""
    query = "SELECT seq, head FROM stream WHERE id=?"
    row: Head | None = writer.execute(query, (stream,)).fetchone()
    return row


def _insert(writer: apsw.Connection, batch: Batch, trees: Trees) -> None:
    for run in batch.runs.values():
        for row in run.statements():
            writer.execute(insert(len(row)), row)
        if run.rows:
            _move_on(writer, run, trees)
    if batch.ranges:
        ranges = msgspec.msgpack.encode(batch.ranges)
        writer.execute("INSERT INTO batch(ranges) VALUES(?)", (ranges,))
    if batch.cursors:
        writer.executemany("INSERT OR REPLACE INTO cursor VALUES(?,?,?)", batch.cursors)
    if batch.answers:
        writer.executemany("INSERT OR REPLACE INTO answer VALUES(?,?,?)", batch.answers)


def _move_on(writer: apsw.Connection, run: Run, trees: Trees) -> None:
    """Let a stream and its tree end with a run's last record."""
    if not run.frontier:
        query = "SELECT frontier FROM stream WHERE id=?"
        joined = writer.execute(query, (run.stream,)).get
        trees.take(run, Frontier.unpack(run.expected_seq, joined))
    writer.execute(
        "UPDATE stream SET seq=?, head=?, frontier=? WHERE id=?",
        (run.seq, run.head, run.frontier, run.stream),
    )
    if run.filled:
        tiles.keep(writer, run.stream, run.filled)
