"""What a session is sent of the motion: one payload for each occupied cell, shared by all in it.

A visitor sees the three by three cells around its own. Bodies are sorted by cell once a tick;
the three neighbours in one column are then one slice of the sorted sections, found by two
binary searches.

Where more are near than one is shown, a cell is split for those who look from it, down to 8 m:
all in one part are shown the same ones, those nearest to its middle. Where even one part holds
too many, they take turns of a few seconds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldloom.kernel.limits import LIMITS
from worldloom.sync import wire
from worldloom.sync.motion import Indices, Motion

# Two more than there are rows, so that row ± 1 never wraps into the next column.
STRIDE: Final = 65536 + 2
ORIGIN: Final = 32768 + 1
SPLIT_M_MIN: Final = 8.0
"""No part of a split cell is smaller."""
NOTHING: Final[Mapping[int, frozenset[int]]] = {}
HEAD: Final = np.dtype([("cell_x", "<i2"), ("cell_z", "<i2"), ("count", "<u2"), ("none", "<u2")])
NEIGHBOURS: Final = np.array([x * STRIDE + z for x in (-1, 0, 1) for z in (-1, 0, 1)])


@dataclass(frozen=True, slots=True)
class Delivery:
    """One motion frame and the rows of all who are sent these very bytes."""

    payload: bytes
    full: bool
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sections:
    """Encoded sections of some bodies, sorted by cell key, with the bodies' rows beside them."""

    keys: NDArray[np.int64]
    parts: list[bytes]
    rows: Indices
    """All rows, in the order of the sections."""
    starts: NDArray[np.int64]
    """Where in `rows` each section begins, and where the last one ends."""

    def around(self, keys: NDArray[np.int64]) -> "Around":
        """Find the sections in the three by three cells around each of many keys at once."""
        columns = keys[:, None] + (-STRIDE, 0, STRIDE)
        low = np.searchsorted(self.keys, columns - 1, "left")
        high = np.searchsorted(self.keys, columns + 1, "right")
        counts = (self.starts[high] - self.starts[low]).sum(axis=1)
        return Around(self, low.tolist(), high.tolist(), counts.tolist())


@dataclass(frozen=True, slots=True)
class Around:
    """What lies around each of some cells, by the cell's number."""

    sections: Sections
    low: list[list[int]]
    high: list[list[int]]
    counts: list[int]
    """How many bodies lie there."""

    def parts(self, cell: int) -> list[bytes]:
        """Return the sections around a cell."""
        parts = self.sections.parts
        (a, b, c), (d, e, f) = self.low[cell], self.high[cell]
        return parts[a:d] + parts[b:e] + parts[c:f]

    def rows(self, cell: int) -> Indices:
        """Return the rows around a cell."""
        rows, starts = self.sections.rows, self.sections.starts
        spans = zip(self.low[cell], self.high[cell], strict=True)
        return np.concatenate([rows[starts[low] : starts[high]] for low, high in spans])


def keys_of(bodies: NDArray[np.void]) -> NDArray[np.int64]:
    """Return the cell key of each body: column times stride plus row."""
    columns = bodies["cell_x"].astype(np.int64) + ORIGIN
    keys: NDArray[np.int64] = columns * STRIDE + bodies["cell_z"] + ORIGIN
    return keys


def groups_of(keys: NDArray[np.int64]) -> tuple[NDArray[np.int64], list[Indices]]:
    """Group positions by equal key: the sorted different keys, and the positions of each."""
    order = np.argsort(keys, kind="stable")
    unique, starts = np.unique(keys[order], return_index=True)
    return unique, np.split(order, starts[1:]) if len(unique) else []


def cells_left(before: NDArray[np.int64], after: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the keys of the cells near one of the keys before, and not near the one after it."""
    near = before[:, None] + NEIGHBOURS
    columns, cells = np.divmod(near, STRIDE)
    away = np.abs(columns - (after // STRIDE)[:, None]) > 1
    away |= np.abs(cells - (after % STRIDE)[:, None]) > 1
    left: NDArray[np.int64] = np.unique(near[away])
    return left


def encode_sections(bodies: NDArray[np.void], rows: Indices) -> Sections:
    """Encode the sections of the given rows, each cell once: a head and its records."""
    keys = keys_of(bodies[rows])
    order = np.argsort(keys, kind="stable")
    unique, first = np.unique(keys[order], return_index=True)
    rows = rows[order]
    chosen = bodies[rows]
    records = np.empty(len(rows), wire.RECORD)
    for name in wire.RECORD.names or ():
        records[name] = chosen[name]
    starts = np.append(first, len(rows))
    heads = np.zeros(len(unique), HEAD)
    heads["cell_x"], heads["cell_z"] = chosen["cell_x"][first], chosen["cell_z"][first]
    heads["count"] = np.diff(starts)
    data, head, size = records.tobytes(), heads.tobytes(), wire.RECORD_BYTES
    ends = (starts * size).tolist()
    parts = [
        head[at * HEAD.itemsize : (at + 1) * HEAD.itemsize] + data[ends[at] : ends[at + 1]]
        for at in range(len(unique))
    ]
    return Sections(unique, parts, rows, starts)


def without(payload: bytes, rows: frozenset[int]) -> bytes:
    """Cut the records of some rows out of a frame: at a quarter of the cost of encoding it anew."""
    kind, flags, count, tick = wire.FRAME_HEAD.unpack_from(payload)
    parts = []
    at = wire.FRAME_HEAD.size
    for _ in range(count):
        cell_x, cell_z, bodies, _ = wire.SECTION_HEAD.unpack_from(payload, at)
        begin, end = at + HEAD.itemsize, at + HEAD.itemsize + bodies * wire.RECORD_BYTES
        records = np.frombuffer(payload, wire.RECORD, bodies, begin)
        slots = records["slot"]
        spared = np.zeros(bodies, bool)
        for row in rows:
            spared |= slots == row
        left = bodies - int(np.count_nonzero(spared))
        if left == bodies:
            parts.append(payload[at:end])
        elif left:
            head = wire.SECTION_HEAD.pack(cell_x, cell_z, left, 0)
            parts.append(head + records[~spared].tobytes())
        at = end
    return wire.FRAME_HEAD.pack(kind, flags, len(parts), tick) + b"".join(parts)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What one tick's frames are made of."""

    tick: int
    divider: int
    everyone: Around
    moving: Around


@dataclass(frozen=True, slots=True)
class View:
    """Which rows are seen by which of a cell's people (their positions)."""

    id: int
    """The same as long as one looks from the same square."""
    seen: Indices
    part: Indices


def parts_of(
    places: NDArray[np.float64], part: Indices, edge: float, most: int
) -> Iterator[tuple[Indices, float]]:
    """Split those who stand in one square of a grid into smaller ones with at most so many each.

    Yields positions in `places` (x, z in metres) and the edge of their square, 8 m at least.
    """
    if len(part) <= most or edge <= SPLIT_M_MIN:
        yield part, edge
        return
    columns, lines = np.floor(places[part] / (edge / 2)).astype(np.int64).T
    _, groups = groups_of(columns * STRIDE + lines)
    for group in groups:
        yield from parts_of(places, part[group], edge / 2, most)


FREELY: Final = 0
"""The view of those who see all that is near."""


class Interest:
    """Decides each tick who is sent which frame; remembers in which cell everyone was."""

    def __init__(self, motion: Motion) -> None:
        self._motion = motion
        self._keys = np.full(motion.capacity, -1, np.int64)
        self._owed = np.zeros(motion.capacity, bool)
        self._chosen = np.zeros(motion.capacity, bool)
        self._views_of = np.zeros(motion.capacity, np.int64)
        self.own_frames = 0
        """Frames that were made for one session alone, as it is spared somebody."""
        self.capped_cells = 0
        """How often a cell had more around it than one is shown."""

    def owe(self, row: int) -> None:
        """Promise a full frame: the row just joined, or a frame to it was skipped."""
        self._owed[row] = True

    def forget(self, row: int) -> None:
        """Forget a row whose visitor left."""
        self._owed[row] = False
        self._keys[row] = -1

    def frames(
        self, tick: int, divider: int, hidden: Mapping[int, frozenset[int]] = NOTHING
    ) -> Iterator[Delivery]:
        """Yield this tick's frames and clear the marks of who moved.

        Full frames go to who joined, changed cell, was skipped or lost someone from sight, and to
        each cell in its turn every few seconds; all others of a cell share one frame with the
        movers near it. A row in `hidden` gets frames of its own, without the rows that it names.
        """
        motion = self._motion
        rows = np.flatnonzero(motion.alive)
        movers = np.flatnonzero(motion.moved & motion.alive)
        motion.moved[:] = False
        if not len(rows):
            return
        keys = keys_of(motion.bodies[rows])
        every = int(LIMITS.full_frame_seconds * LIMITS.tick_hz) // divider
        due = (keys + tick // divider) % every == 0
        before = self._keys[rows]
        changed = keys != before
        full = self._owed[rows] | changed | due
        crossed = changed & (before >= 0)
        if crossed.any():
            # Who went out of sight is not among the movers near: a full frame tells it.
            full |= np.isin(keys, cells_left(before[crossed], keys[crossed]))
        self._keys[rows] = keys
        self._owed[rows] = False
        order = np.argsort(keys, kind="stable")
        unique, first = np.unique(keys[order], return_index=True)
        rows, full = rows[order], full[order]
        drawn = Drawn(
            tick,
            divider,
            encode_sections(motion.bodies, rows).around(unique),
            encode_sections(motion.bodies, movers).around(unique),
        )
        free = np.array(drawn.everyone.counts) <= LIMITS.visible_visitors_max
        sizes = np.diff(np.append(first, len(rows)))
        looks_freely = np.repeat(free, sizes)
        full |= looks_freely & (self._views_of[rows] != FREELY)
        self._views_of[rows[looks_freely]] = FREELY
        starts = [*first.tolist(), len(rows)]
        turns = ((unique + tick // divider) // every).tolist()
        # Lists, as most cells hold few: an array costs more than it saves.
        listed, owed = rows.tolist(), full.tolist()
        for cell in range(len(unique)):
            here = slice(starts[cell], starts[cell + 1])
            if not free[cell]:
                self.capped_cells += 1
                seers = rows[here]
                for view in self._views(drawn.everyone.rows(cell), seers, turns[cell]):
                    lookers = seers[view.part]
                    # Who looks from elsewhere now sees others, and some of them stand still.
                    fully = full[here][view.part] | (self._views_of[lookers] != view.id)
                    self._views_of[lookers] = view.id
                    row_list, flags = lookers.tolist(), fully.tolist()
                    yield from self._deliver(drawn, cell, view.seen, row_list, flags, hidden)
            else:
                yield from self._deliver(drawn, cell, None, listed[here], owed[here], hidden)

    def _deliver(
        self,
        drawn: Drawn,
        cell: int,
        seen: Indices | None,
        seers: list[int],
        full: list[bool],
        hidden: Mapping[int, frozenset[int]],
    ) -> Iterator[Delivery]:
        """Yield the frames of those in one cell who are shown the same ones."""
        moves = drawn.moving.counts[cell] > 0
        ready: dict[bool, bytes] = {}

        def frame(full: bool) -> bytes:
            if full not in ready:
                ready[full] = self._frame(drawn, cell, seen, full=full)
            return ready[full]

        pairs = list(zip(seers, full, strict=True))
        if hidden:
            for row, all_of_it in pairs:
                if row in hidden and (all_of_it or moves):
                    self.own_frames += 1
                    yield Delivery(without(frame(all_of_it), hidden[row]), all_of_it, (row,))
            pairs = [pair for pair in pairs if pair[0] not in hidden]
        whole = tuple([row for row, all_of_it in pairs if all_of_it])
        if whole:
            yield Delivery(frame(True), True, whole)
        if moves and len(whole) < len(pairs):
            partly = tuple([row for row, all_of_it in pairs if not all_of_it])
            yield Delivery(frame(False), False, partly)

    def _views(self, near: Indices, viewers: Indices, turn: int) -> Iterator[View]:
        """Yield which of all in the cells around are seen by whom; `turn` counts up with time."""
        most = LIMITS.visible_visitors_max
        places = self._motion.places[:, [0, 2]]
        there_x, there_z = places[near].T
        stand = places[viewers]
        for part, edge in parts_of(stand, np.arange(len(viewers)), wire.CELL_M, most // 4):
            square = np.floor(stand[part[0]] / edge)
            middle = (square + 0.5) * edge
            distances = np.maximum(np.abs(there_x - middle[0]), np.abs(there_z - middle[1]))
            inside = np.flatnonzero(distances <= edge / 2)
            if len(inside) > most:
                # Nobody of them is nearer than another: each is seen for some seconds in turn.
                inside = inside[np.argsort(near[inside])]
                seen = inside[(turn * most + np.arange(most)) % len(inside)]
            else:
                seen = np.argpartition(distances, most - 1)[:most]
            yield View(hash((edge, *square.tolist())) | 1, near[seen], part)

    def _frame(self, drawn: Drawn, cell: int, seen: Indices | None, *, full: bool) -> bytes:
        """Join a frame from ready sections, or encode it anew where the crowd is capped."""
        around = drawn.everyone if full else drawn.moving
        if seen is None:
            parts = around.parts(cell)
        else:
            rows = around.rows(cell)
            self._chosen[seen] = True
            parts = encode_sections(self._motion.bodies, rows[self._chosen[rows]]).parts
            self._chosen[seen] = False
        return wire.frame_head(drawn.tick, len(parts), full, drawn.divider) + b"".join(parts)
