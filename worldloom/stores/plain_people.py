"""Whose words stand in plain text in the log of a realm from before format 3."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import apsw

from worldloom.kernel.errors import Unavailable
from worldloom.kernel.records import read
from worldloom.stores.keys import PLAIN

SPOKEN = frozenset(("Entered", "Said", "plaza.NoteLeft"))
"""Kinds that held a name or words before they were sealed."""
NOBODY = frozenset(("", "author", "world"))
"""Who acts without being a person."""


def note(connection: apsw.Connection, seq_bits: int) -> None:
    """Note the streams, first seqs and numbers of such records of every person."""
    streams: list[Any] = connection.execute("SELECT id FROM stream ORDER BY id").fetchall()
    for (stream,) in streams:
        found: dict[str, list[int]] = {}
        try:
            for record in read(_rows(connection, stream << seq_bits, seq_bits)):
                if record.kind in SPOKEN and record.actor not in NOBODY:
                    found.setdefault(record.actor, [record.seq, 0])[1] += 1
        except Unavailable:
            pass  # the log is damaged from here on, as `verify` tells
        rows = [(who, stream, PLAIN, seq, count) for who, (seq, count) in found.items()]
        connection.executemany("INSERT INTO person VALUES(?,?,?,?,?)", rows)


def _rows(
    connection: apsw.Connection, base: int, seq_bits: int
) -> Iterator[tuple[int, bytes, bytes]]:
    query = "SELECT id, body, hash FROM record WHERE id>? AND id<? ORDER BY id"
    found: Any
    for found in connection.execute(query, (base, base + (1 << seq_bits))):
        yield found[0] - base, found[1], found[2]
