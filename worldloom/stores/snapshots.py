"""Saved states, each a cache of the log: found, kept and passed over when damaged."""

from __future__ import annotations

import contextlib
import zlib
from typing import Any

import apsw

from worldloom.stores.connections import transaction
from worldloom.stores.format import SEQ_BITS, SEQ_MASK

Snapshot = tuple[int, bytes, bytes]
"""(seq, state hash, body)."""


def newest(connection: apsw.Connection, stream: int, until: int) -> Snapshot | None:
    """Return the newest sound snapshot of a stream at or before `until`.

    One that is damaged or not of this history is passed over.
    """
    base = stream << SEQ_BITS
    seq = min(until, SEQ_MASK)
    query = (
        "SELECT id, state_hash, head, body, (SELECT hash FROM record r WHERE r.id=s.id)"
        " FROM snapshot s WHERE id>? AND id<=? ORDER BY id DESC LIMIT 1"
    )
    while seq > 0:
        row: Any = connection.execute(query, (base, base + seq)).fetchone()
        if row is None:
            return None
        id, state_hash, head, body, stored = row
        if head == stored:
            with contextlib.suppress(zlib.error, TypeError):
                return id - base, state_hash, zlib.decompress(body)
        seq = id - base - 1
    return None


def pack(body: bytes) -> bytes:
    """Return a snapshot's body as it is kept; other threads run on meanwhile."""
    return zlib.compress(body, 6)


def save(
    writer: apsw.Connection, stream: int, seq: int, state_hash: bytes, head: bytes, packed: bytes
) -> None:
    """Keep the state at `seq`."""
    row = (stream << SEQ_BITS | seq, state_hash, head, packed)
    with transaction(writer):
        writer.execute("INSERT OR REPLACE INTO snapshot VALUES(?,?,?,?)", row)
