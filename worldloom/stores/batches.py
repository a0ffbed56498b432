"""What one commit writes, laid out on the thread that decides, for the one that keeps.

Measured: a thread that takes up what another one has just made pays for every object that it
touches, as their cores hand it over. So groups are judged and laid out where they were made, and
the committer passes on a few long rows of bytes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

from msgspec import Struct

from worldloom.kernel.hashing import LAYER, Frontier
from worldloom.kernel.ports import Group, Part, StreamHead
from worldloom.stores.format import SEQ_BITS

INSERT_ROWS: Final = 25
"""Records in one INSERT statement: a step a row costs more than the row."""

Range = tuple[int, int, int]
"""(stream, first seq, count)."""
Row = list[int | bytes]
"""The id of a record, then body and hash of it and of those that follow it."""


class Run(Struct):
    """The records that a batch adds to one stream, and the end of it that they continue."""

    stream: int
    expected_seq: int
    expected_head: bytes
    seq: int
    head: bytes
    rows: list[bytes] = []
    """Body, hash, body, hash …"""
    frontier: bytes = b""
    """Of the stream's tree after it; empty: nobody has grown the tree yet."""
    filled: list[tuple[int, bytes]] = []
    """(number, root) of the blocks of 256 records that end in it."""

    def grow(self, tree: Frontier) -> None:
        """Let the stream's tree, as it was before, take in the hashes of these records."""
        self.filled = [*enumerate(tree.extend(self.rows[1::2]), self.expected_seq >> LAYER)]
        self.frontier = tree.pack()

    def statements(self) -> Iterator[Row]:
        """Yield the bindings of one INSERT after another."""
        rows, first = self.rows, self.stream << SEQ_BITS | self.expected_seq + 1
        for at in range(0, len(rows), 2 * INSERT_ROWS):
            yield [first + at // 2, *rows[at : at + 2 * INSERT_ROWS]]


class Trees:
    """The tree of each stream as it stands once all that was laid out is kept.

    What one continues is told by count and last hash, so that none goes on after a failed commit:
    that run's tree is grown when it is kept, and known again from there.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[bytes, Frontier]] = {}

    def begin(self, head: StreamHead) -> None:
        """Know where a stream stands that was just opened, if its tree is whole."""
        if len(head.frontier) == 32 * head.seq.bit_count():
            known = head.head, Frontier.unpack(head.seq, head.frontier)
            self._known.setdefault(head.id, known)

    def grow(self, run: Run) -> None:
        """Grow the tree that a run continues, if it is known; else whoever keeps the run does."""
        head, tree = self._known.get(run.stream, NO_TREE)
        if head == run.expected_head and tree.count == run.expected_seq:
            self.take(run, tree)

    def take(self, run: Run, tree: Frontier) -> None:
        """Grow a tree by the run that continues it, and know it from now on."""
        run.grow(tree)
        self._known[run.stream] = run.head, tree


NO_TREE: Final = (b"", Frontier())


class Batch(list[Group]):
    """Groups to be committed together, with what they write: read it, never change the list.

    With `most`, it ends with the group by which it holds so many records; the others are left.
    With `trees`, those of its streams grow; else they do when it is committed.
    """

    def __init__(
        self, groups: Iterable[Group] = (), most: float = math.inf, trees: Trees | None = None
    ) -> None:
        super().__init__(groups)
        self.fits = True
        """Whether all follow one another; else each must be judged by itself."""
        self.records = 0
        self.ranges: list[Range] = []
        """What is added to the realm's order."""
        self.runs: dict[int, Run] = {}
        self.cursors: list[tuple[str, int, bytes]] = []
        self.answers: list[tuple[str, int, bytes]] = []
        self.personal: list[int] = []
        """The places of the groups that say something of people's keys."""
        self._lay_out(most)
        if trees is not None and self.fits:
            for run in self.runs.values():
                trees.grow(run)

    def _lay_out(self, most: float) -> None:
        runs = self.runs
        count = 0
        for at, group in enumerate(self):
            parts = group.parts
            for part in parts:
                stream, rows = part.stream, part.rows
                run = runs.get(stream)
                if run is None:
                    seq, head = part.expected_seq, part.expected_head
                    run = runs[stream] = Run(stream, seq, head, seq, head)
                elif part.expected_seq != run.seq or part.expected_head != run.head:
                    self.fits = False
                    continue
                if rows:
                    added = len(rows) // 2
                    count += added
                    run.rows += rows
                    run.seq += added
                    run.head = rows[-1]
            if len(parts) > 1 and len({part.stream for part in parts}) < len(parts):
                self.fits = False
            if group.cursors:
                self.cursors += group.cursors
            if group.answer is not None:
                self.answers.append(group.answer)
            if group.owners or group.forgets:
                self.personal.append(at)
            if count >= most:
                del self[at + 1 :]
                break
        self.records = count
        if len(runs) > 1 or not self.fits:
            self.ranges = ranges_of(part for group in self for part in group.parts)
        else:
            self.ranges = [
                (run.stream, run.expected_seq + 1, count) for run in runs.values() if count
            ]

    def absorb(self, other: Batch) -> None:
        """Take in a batch that was handed over after this one."""
        self.personal += (len(self) + at for at in other.personal)
        self.extend(other)
        self.records += other.records
        self.ranges += other.ranges
        self.cursors += other.cursors
        self.answers += other.answers
        self.fits = self.fits and other.fits
        for stream, run in other.runs.items():
            known = self.runs.setdefault(stream, run)
            if known is not run:
                if (known.seq, known.head) != (run.expected_seq, run.expected_head):
                    self.fits = False
                known.seq, known.head = run.seq, run.head
                known.rows += run.rows
                known.frontier = run.frontier
                known.filled += run.filled


def ranges_of(parts: Iterable[Part]) -> list[Range]:
    """Return what these parts add to the realm's order."""
    ranges: list[Range] = []
    stream, first, end = 0, 0, 0
    for part in parts:
        if part.stream != stream or part.expected_seq != end:
            ranges.append((stream, first + 1, end - first))
            stream, first = part.stream, part.expected_seq
        end = part.seq
    ranges.append((stream, first + 1, end - first))
    return [found for found in ranges if found[2]]


@cache
def insert(row_length: int) -> str:
    """Return the statement that inserts a row of this length."""
    more = "".join(f",(?1+{at},?{2 * at + 2},?{2 * at + 3})" for at in range(1, row_length // 2))
    return f"INSERT INTO record VALUES(?1,?2,?3){more}"
