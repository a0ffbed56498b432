"""Tiles: the roots of a log's full blocks of 256, 65,536, … records, kept so that proofs are quick.

They are a cache of the records' hashes, about 0.2 bytes a record. The lowest ones come with the
records that fill them, as the log's own tree has them then. No commit waits for any other: they are
made between commits, a few at a time, and by whoever asks for more than is there; so a file from
before there were tiles has them soon.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import apsw

from worldloom.kernel.hashing import BLOCK, LAYER, Frontier
from worldloom.kernel.proofs import root_of_block
from worldloom.stores import refusals
from worldloom.stores.connections import transaction
from worldloom.stores.format import SEQ_BITS
from worldloom.stores.lineage import HeadOf, line, spans
from worldloom.stores.realm_file import RealmFile

LEVELS: Final = tuple(range(LAYER, SEQ_BITS, LAYER))
"""The levels whose nodes are kept: 8, 16, 24 and 32."""

TILES_A_TURN: Final = 8
"""Tiles made at once, in one or two milliseconds: so long a commit may wait for upkeep."""

TURNS_A_SECOND: Final = 8
"""Upkeep takes about 1 % of a core at most, and keeps up with 16,000 records a second."""

TABLE: Final = """
CREATE TABLE IF NOT EXISTS tile(stream INTEGER NOT NULL, level INTEGER NOT NULL,
    number INTEGER NOT NULL, node BLOB NOT NULL, PRIMARY KEY(stream, level, number)) WITHOUT ROWID
"""


class Tiles:
    """The kept nodes of every stream of a realm file; a fork's shared ones are its parents'."""

    def __init__(self, file: RealmFile, head_of: HeadOf) -> None:
        self._file = file
        self._head_of = head_of
        self._kept_up = 0.0
        self._served = 0
        with file.writing() as writer:
            writer.execute(TABLE).fetchall()

    def nodes(self, stream: int, level: int, first: int, count: int) -> list[bytes]:
        """Return nodes as `Store.nodes` promises, making those that are not kept yet.

        Raises Unavailable (`store_corrupt`) where a record is not there.
        """
        head = self._head_of(stream)
        found: list[bytes] = []
        if head is not None:
            # A node belongs to the stream that wrote the last of its records.
            start, end = first << level, (first + count) << level
            for owner, after, until in spans(head, start, end, self._head_of):
                low, high = after >> level, until >> level
                if low < high:
                    found += self._own(owner, level, low, high - low)
        if len(found) < count:
            raise refusals.store_corrupt(self._file.path, f"stream {stream} misses a record")
        return found

    def drop(self, stream: int) -> None:
        """Forget the nodes of a stream and of its ancestors, damaged ones too."""
        head = self._head_of(stream)
        if head is None:
            return
        owners = [(owner.id,) for owner in line(head, self._head_of)]
        with self._file.writing() as writer, transaction(writer):
            writer.executemany("DELETE FROM tile WHERE stream=?", owners)

    def keep_up(self, now: float) -> None:
        """Make a few of the tiles that new records have filled; `now` in seconds."""
        if 0 <= now - self._kept_up < 1 / TURNS_A_SECOND:
            return
        self._kept_up = now
        # The streams take turns, so that a busy one does not keep the others waiting.
        query = "SELECT id, seq FROM stream WHERE seq >= ? ORDER BY id <= ?, id"
        with self._file.reading() as reader:
            streams: list[Any] = reader.execute(query, (BLOCK, self._served)).fetchall()
        for stream, seq in streams:
            for level in LEVELS:
                first = self._end(stream, level)
                if first < seq >> level:
                    self._make(stream, level, first, min(seq >> level, first + TILES_A_TURN))
                    self._served = stream
                    return

    def _own(self, stream: int, level: int, first: int, count: int) -> list[bytes]:
        """Return nodes whose last records the stream wrote itself."""
        if level == 0:
            with self._file.reading() as reader:
                return hashes(reader, stream, first, count)
        with self._file.reading() as reader:
            found = read(reader, stream, level, first, count)
        if len(found) < count:
            # From the first that is missing at all: so no gap is left for upkeep to pass over.
            start = min(first + len(found), self._end(stream, level))
            self._make(stream, level, start, first + count)
            with self._file.reading() as reader:
                found = read(reader, stream, level, first, count)
        return found

    def _end(self, stream: int, level: int) -> int:
        """Return the number after the newest kept node; those that a fork shares count as kept."""
        newest_of = "SELECT max(number) FROM tile WHERE stream=? AND level=?"
        with self._file.reading() as reader:
            newest: Any = reader.execute(newest_of, (stream, level)).get
        head = self._head_of(stream)
        shared = head.fork >> level if head else 0
        return shared if newest is None else max(shared, newest + 1)

    def _make(self, stream: int, level: int, first: int, end: int) -> None:
        """Make and keep the nodes first..end of a level from the level below."""
        for start in range(first, end, TILES_A_TURN):
            numbers = range(start, min(start + TILES_A_TURN, end))
            made = [
                (stream, level, number, self._root(stream, level, number)) for number in numbers
            ]
            with self._file.writing() as writer, transaction(writer):
                writer.executemany("INSERT OR REPLACE INTO tile VALUES(?,?,?,?)", made)

    def _root(self, stream: int, level: int, number: int) -> bytes:
        """Return a node made from the level below."""
        return root_of_block(self.nodes(stream, level - LAYER, number << LAYER, BLOCK))


def keep(writer: apsw.Connection, stream: int, filled: Iterable[tuple[int, bytes]]) -> None:
    """Keep (number, root) of blocks that new records fill, each if the one before it is there.

    So no gap is left for upkeep to pass over; a fork's first is after its parent's, and upkeep's.
    """
    writer.executemany(
        "INSERT OR REPLACE INTO tile SELECT ?1,?2,?3,?4 WHERE ?3=0 OR EXISTS("
        "SELECT 1 FROM tile WHERE stream=?1 AND level=?2 AND number=?3-1)",
        ((stream, LAYER, number, root) for number, root in filled),
    )


def hashes(connection: apsw.Connection, stream: int, first: int, count: int) -> list[bytes]:
    """Return the hashes of a stream's own records `first` + 1 to `first` + `count`."""
    low = stream << SEQ_BITS | first
    query = "SELECT hash FROM record WHERE id>? AND id<=? ORDER BY id"
    rows: list[Any] = connection.execute(query, (low, low + count)).fetchall()
    return [hash for (hash,) in rows if isinstance(hash, bytes)]


def read(
    connection: apsw.Connection, stream: int, level: int, first: int, count: int
) -> list[bytes]:
    """Return the kept nodes of a stream from number `first` on, up to the first that is none."""
    query = (
        "SELECT number, node FROM tile WHERE stream=? AND level=? AND number>=? AND number<?"
        " ORDER BY number"
    )
    rows: list[Any] = connection.execute(query, (stream, level, first, first + count)).fetchall()
    found: list[bytes] = []
    for number, node in rows:
        if number != first + len(found) or not (isinstance(node, bytes) and len(node) == 32):
            break
        found.append(node)
    return found


class TileCheck:
    """Compares a stream's own kept nodes with its records, beside a walk through all of them."""

    def __init__(self, connection: apsw.Connection, stream: int, start: Frontier) -> None:
        """Begin where the stream's own records do, with the tree over what was before."""
        self._connection = connection
        self._stream = stream
        counts = {level: start.count >> level for level in LEVELS}
        self._trees = {
            level: Frontier(count, start.nodes[: count.bit_count()])
            for level, count in counts.items()
        }
        query = "SELECT count(*) FROM sqlite_schema WHERE name='tile'"
        self._there = bool(connection.execute(query).get)

    def damaged_at(self, seq: int, frontier: Frontier) -> bool:
        """Tell whether a node is wrong that was filled by `seq`, a multiple of 256.

        A tree over the kept nodes of a level has the same upper nodes as the one over the records.
        """
        wrong = False
        for level in LEVELS:
            if not self._there or seq & (1 << level) - 1:
                break
            tree = self._trees[level]
            node = self._node(level, (seq >> level) - 1)
            if node is not None:
                tree.append(node)
                wrong = wrong or tree.nodes != frontier.nodes
            self._trees[level] = Frontier(seq >> level, frontier.nodes)
        return wrong

    def _node(self, level: int, number: int) -> bytes | None:
        query = "SELECT node FROM tile WHERE stream=? AND level=? AND number=?"
        node: bytes | None = self._connection.execute(query, (self._stream, level, number)).get
        return node
