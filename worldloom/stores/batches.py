"""What one commit writes, laid out on the thread that decides, for the one that keeps.

Measured: a thread that takes up what another one has just made pays for every object that it
touches, as their cores hand it over. So groups are judged and laid out where they were made, and
the committer passes on a few long rows of bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain
from typing import Final

from msgspec import Struct

from worldloom.kernel.hashing import LAYER
from worldloom.kernel.ports import Group, Part
from worldloom.stores.format import SEQ_BITS
from worldloom.stores.planning import follows

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
    frontier: bytes = b""
    parts: list[Part] = []

    def rows(self) -> Iterator[Row]:
        """Yield the bindings of one INSERT after another."""
        flat: list[int | bytes] = list(
            chain.from_iterable(chain.from_iterable(part.records for part in self.parts))
        )
        del flat[::3]
        first = self.stream << SEQ_BITS | self.expected_seq + 1
        for at in range(0, len(flat) // 2, INSERT_ROWS):
            yield [first + at, *flat[2 * at : 2 * (at + INSERT_ROWS)]]


class Batch(list[Group]):
    """Groups to be committed together, with what they write: read it, never change the list."""

    def __init__(self, groups: Iterable[Group] = ()) -> None:
        super().__init__(groups)
        self.fits = True
        """Whether all follow one another; else each must be judged by itself."""
        self.records = 0
        self.ranges: list[Range] = []
        """What is added to the realm's order."""
        self.runs: dict[int, Run] = {}
        self.rows: list[Row] = []
        self.cursors: list[tuple[str, int, bytes]] = []
        self.answers: list[tuple[str, int, bytes]] = []
        self.filled: list[tuple[int, int, bytes]] = []
        """(stream, number, root) of blocks of 256 records that end in it."""
        self.personal: list[int] = []
        """The places of the groups that say something of people's keys."""
        self._lay_out()

    def _lay_out(self) -> None:
        all_parts: list[Part] = []
        for at, group in enumerate(self):
            parts = group.parts
            all_parts += parts
            for part in parts:
                self._add(part)
            if len(parts) > 1 and len({part.stream for part in parts}) < len(parts):
                self.fits = False
            if group.cursors:
                self.cursors += group.cursors
            if group.answer is not None:
                self.answers.append(group.answer)
            if group.owners or group.forgets:
                self.personal.append(at)
        self.ranges = ranges_of(all_parts)
        for run in self.runs.values():
            self.records += run.seq - run.expected_seq
            self.rows += run.rows()

    def _add(self, part: Part) -> None:
        """Let a part continue the run of its stream."""
        stream, seq, head = part.stream, part.expected_seq, part.expected_head
        run = self.runs.get(stream)
        if run is None:
            run = self.runs[stream] = Run(stream, seq, head, seq, head)
        if not follows(part, run.seq, run.head):
            self.fits = False
        elif part.records:
            run.parts.append(part)
            run.seq, run.head, run.frontier = seq + len(part.records), part.head, part.frontier
            for number, root in enumerate(part.filled, seq >> LAYER):
                self.filled.append((stream, number, root))

    def absorb(self, other: Batch) -> None:
        """Take in a batch that was handed over after this one."""
        self.personal += (len(self) + at for at in other.personal)
        self.extend(other)
        self.records += other.records
        self.ranges += other.ranges
        self.rows += other.rows
        self.cursors += other.cursors
        self.answers += other.answers
        self.filled += other.filled
        self.fits = self.fits and other.fits
        for stream, run in other.runs.items():
            known = self.runs.setdefault(stream, run)
            if known is not run:
                if (known.seq, known.head) != (run.expected_seq, run.expected_head):
                    self.fits = False
                known.seq, known.head, known.frontier = run.seq, run.head, run.frontier


def ranges_of(parts: Iterable[Part]) -> list[Range]:
    """Return what these parts add to the realm's order."""
    ranges: list[Range] = []
    stream, first, end = 0, 0, 0
    for part in parts:
        if part.stream != stream or part.expected_seq != end:
            ranges.append((stream, first + 1, end - first))
            stream, first = part.stream, part.expected_seq
        end = part.expected_seq + len(part.records)
    ranges.append((stream, first + 1, end - first))
    return [found for found in ranges if found[2]]


@cache
def insert(row_length: int) -> str:
    """Return the statement that inserts a row of this length."""
    more = "".join(f",(?1+{at},?{2 * at + 2},?{2 * at + 3})" for at in range(1, row_length // 2))
    return f"INSERT INTO record VALUES(?1,?2,?3){more}"
