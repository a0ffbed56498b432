"""What a session is sent of the motion: one payload for each occupied cell, shared by all in it.

A visitor sees the three by three cells around its own. Bodies are sorted by cell once a tick;
the three neighbours in one column are then one slice of them, found by two binary searches.
Who is over half a cell away from a viewer's cell is told five times a second, not twenty; each
cell has its own turn for that, so that the load stays even.

Where more are near than one is shown, a cell is split for those who look from it, down to 8 m:
all in one part are shown the same ones, those nearest to its middle. Where even one part holds
too many, they take turns of a few seconds.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from worldloom.kernel.limits import LIMITS
from worldloom.sync import wire
from worldloom.sync.frames import Bodies, Cutter, encode_frames
from worldloom.sync.motion import Indices, Motion

# Two more than there are rows, so that row ± 1 never wraps into the next column.
STRIDE: Final = 65536 + 2
ORIGIN: Final = 32768 + 1
COPY: Final = STRIDE * STRIDE
"""The keys of one copy of a world are apart from those of the next: nobody sees across."""
SPLIT_M_MIN: Final = 8.0
"""No part of a split cell is smaller."""
NOTHING: Final[Mapping[int, frozenset[int]]] = {}
NOBODY: Final[frozenset[int]] = frozenset()
NEIGHBOURS: Final = np.array([x * STRIDE + z for x in (-1, 0, 1) for z in (-1, 0, 1)])
FREELY: Final = 0
"""The view of those who see all that is near."""
LONG_AGO: Final = -(2**40)


class Delivery(NamedTuple):
    """One motion frame and the rows of all who are sent these very bytes."""

    payload: bytes
    full: bool
    rows: tuple[int, ...]


def keys_of(bodies: NDArray[np.void], copies: NDArray[np.uint8] | int = 0) -> NDArray[np.int64]:
    """Return the cell key of each body: column times stride plus row, apart for each copy."""
    columns = bodies["cell_x"].astype(np.int64) + ORIGIN
    keys: NDArray[np.int64] = columns * STRIDE + bodies["cell_z"] + ORIGIN
    return keys + np.multiply(copies, COPY, dtype=np.int64)


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


def ranges(low: NDArray[np.int64], high: NDArray[np.int64]) -> tuple[Indices, Indices]:
    """Return all whole numbers of many ranges, one range after another, and whose each is."""
    counts = high - low
    whose = np.repeat(np.arange(len(low)), counts)
    ends = np.cumsum(counts)
    return np.arange(len(whose)) + (low - ends + counts)[whose], whose


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


class Crowd(NamedTuple):
    """All who are here in one tick, sorted by cell; positions are places in this order."""

    rows: Indices
    full: NDArray[np.bool_]
    """Who is sent everyone near, not the movers only."""
    now: NDArray[np.bool_]
    """Who moved since the last frame."""
    lately: NDArray[np.bool_]
    """Who moved since the last turn of the far ones, and some of those before."""
    bodies: Bodies


class Cells(NamedTuple):
    """The occupied cells of one tick."""

    keys: NDArray[np.int64]
    starts: list[int]
    """Where each one's people begin, and where the last one's end."""
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    """From where to where its neighbours lie, by column (cells, 3)."""
    free: NDArray[np.bool_]
    """Whether no more are near than one is shown."""


class Jobs:
    """The frames to be made: of each who is sent it, whether it is full, and whom it holds."""

    def __init__(self) -> None:
        self.rows: list[list[int]] = []
        self.full: list[bool] = []
        self.frame: list[Indices] = []
        self.at: list[Indices] = []

    def add(self, rows: list[int], full: bool, at: Indices) -> None:
        """Add one frame that holds the bodies at the given positions."""
        self.frame.append(np.repeat(len(self.full), len(at)))
        self.at.append(at)
        self.rows.append(rows)
        self.full.append(full)


class Interest:
    """Decides each tick who is sent which frame; remembers in which cell everyone was."""

    def __init__(self, motion: Motion) -> None:
        self._motion = motion
        self._keys = np.full(motion.capacity, -1, np.int64)
        self._owed = np.zeros(motion.capacity, bool)
        self._views_of = np.zeros(motion.capacity, np.int64)
        self._moved_at = np.full(motion.capacity, LONG_AGO, np.int64)
        self._tick = 0
        self.own_frames = 0
        """Frames that were cut for those who are spared somebody in them."""
        self.capped_cells = 0
        """How often a cell had more around it than one is shown."""
        self.put_off = 0
        """Records of those far away that a frame left to a later one."""

    def owe(self, row: int) -> None:
        """Promise a full frame: the row just joined, or a frame to it was skipped."""
        self._owed[row] = True

    def forget(self, row: int) -> None:
        """Forget a row whose visitor left."""
        self._owed[row] = False
        self._keys[row] = -1
        self._moved_at[row] = LONG_AGO

    def frames(
        self, tick: int, divider: int, hidden: Mapping[int, frozenset[int]] = NOTHING
    ) -> Iterator[Delivery]:
        """Yield this tick's frames and clear the marks of who moved.

        Full frames go to who joined, changed cell, was skipped or lost someone from sight, and to
        each cell in its turn every few seconds; all others of a cell share one frame with the
        movers near it. A row in `hidden` is spared the rows that it names: it shares its frame with
        those who are spared the same of all in it.
        """
        motion = self._motion
        self._moved_at[motion.moved] = tick
        motion.moved[:] = False
        last, self._tick = min(self._tick, tick), tick
        if not len(motion):
            return
        every, capped = (
            max(1, int(seconds * LIMITS.tick_hz) // divider)
            for seconds in (LIMITS.full_frame_seconds, LIMITS.capped_full_frame_seconds)
        )
        crowd = self._sorted(tick, last, (tick // divider, every))
        cells = self._cells(crowd)
        jobs = Jobs()
        self._free_cells(jobs, crowd, cells, tick, last)
        self._capped_cells(jobs, crowd, cells, (tick // divider, every, capped))
        if not jobs.at:
            return
        frame, at = np.concatenate(jobs.frame), np.concatenate(jobs.at)
        full = np.array(jobs.full)
        payloads = encode_frames(tick, divider, full, frame, at, crowd.bodies)
        for payload, rows, whole in zip(payloads, jobs.rows, jobs.full, strict=True):
            if not payload:
                continue
            if hidden.keys().isdisjoint(rows):
                yield Delivery(payload, whole, tuple(rows))
                continue
            cutter = Cutter(payload)
            for spared, some in self._apart(rows, hidden, cutter.rows).items():
                yield Delivery(cutter.without(spared) if spared else payload, whole, tuple(some))

    def _apart(
        self, rows: list[int], hidden: Mapping[int, frozenset[int]], held: frozenset[int]
    ) -> dict[frozenset[int], list[int]]:
        """Return whom to leave out of a frame that holds these, and for whom; mostly nobody."""
        groups: dict[frozenset[int], list[int]] = {}
        for row in rows:
            spared = hidden[row] & held if row in hidden else NOBODY
            groups.setdefault(spared, []).append(row)
        self.own_frames += len(groups.keys() - {NOBODY})
        return groups

    def _sorted(self, tick: int, last: int, turn: tuple[int, int]) -> Crowd:
        """Sort all by cell, and see who needs a full frame; `turn`: of how many, which it is."""
        motion = self._motion
        rows = np.flatnonzero(motion.alive)
        keys = keys_of(motion.bodies[rows], motion.copies[rows])
        before = self._keys[rows]
        changed = keys != before
        full = self._owed[rows] | changed | ((keys + turn[0]) % turn[1] == 0)
        crossed = changed & (before >= 0)
        if crossed.any():
            # Who went out of sight is not among the movers near: a full frame tells it.
            full |= np.isin(keys, cells_left(before[crossed], keys[crossed]))
        self._keys[rows] = keys
        self._owed[rows] = False
        order = np.argsort(keys, kind="stable")
        rows, keys = rows[order], keys[order]
        moved = self._moved_at[rows]
        return Crowd(
            rows,
            full[order],
            moved == tick,
            moved > last - wire.FAR_TICKS,
            Bodies(motion.bodies[rows], keys),
        )

    def _cells(self, crowd: Crowd) -> Cells:
        keys = crowd.bodies.keys
        begins = np.flatnonzero(np.diff(keys, prepend=-1))
        unique = keys[begins]
        columns = unique[:, None] + (-STRIDE, 0, STRIDE)
        low = np.searchsorted(keys, columns - 1, "left")
        high = np.searchsorted(keys, columns + 1, "right")
        free = (high - low).sum(axis=1) <= LIMITS.visible_visitors_max
        return Cells(unique, [*begins.tolist(), len(keys)], low, high, free)

    def _free_cells(self, jobs: Jobs, crowd: Crowd, cells: Cells, tick: int, last: int) -> None:
        """Add the frames of all cells from which everyone near is seen."""
        free = np.flatnonzero(cells.free)
        if not len(free):
            return
        cell = np.repeat(np.arange(len(cells.keys)), np.diff(cells.starts))
        at = np.flatnonzero(cells.free[cell])
        rows, full = crowd.rows[at], crowd.full[at]
        full |= self._views_of[rows] != FREELY
        self._views_of[rows] = FREELY
        # Those of one cell who are sent a full frame share it, and so do all others of it.
        kind = 2 * cell[at] + full
        order = np.argsort(kind, kind="stable")
        kind = kind[order]
        begins = np.flatnonzero(np.diff(kind, prepend=-1))
        seers, bounds = rows[order].tolist(), [*begins.tolist(), len(kind)]
        cell, whole = kind[begins] >> 1, kind[begins] & 1 == 1
        seen, column = ranges(cells.low[cell].ravel(), cells.high[cell].ravel())
        frame = column // 3
        keys = cells.keys[cell]
        turn = (keys + tick) // wire.FAR_TICKS != (keys + last) // wire.FAR_TICKS
        kept = self._held(crowd, cells.starts, cell, frame, seen, whole, turn)
        jobs.frame.append(frame[kept])
        jobs.at.append(seen[kept])
        jobs.full += whole.tolist()
        jobs.rows += [seers[a:b] for a, b in zip(bounds[:-1], bounds[1:], strict=True)]

    def _held(
        self,
        crowd: Crowd,
        starts: list[int],
        cell: Indices,
        frame: Indices,
        seen: Indices,
        whole: NDArray[np.bool_],
        turn: NDArray[np.bool_],
    ) -> NDArray[np.bool_]:
        """Say for each pair of frame and body near its cell whether the frame holds the body."""
        bodies, now = crowd.bodies, crowd.now[seen]
        # From the tile before the cell's first one to the one after its last: four, so that two
        # bits hold the difference.
        first = np.array(starts)[cell]
        edge_x = bodies.tiles_x[first] // wire.TILES * wire.TILES - 1
        edge_z = bodies.tiles_z[first] // wire.TILES * wire.TILES - 1
        away = bodies.tiles_x[seen] - edge_x[frame] | bodies.tiles_z[seen] - edge_z[frame]
        near = (away & ~3) == 0
        kept: NDArray[np.bool_] = np.where(near, now, crowd.lately[seen] & turn[frame])
        kept |= whole[frame]
        self.put_off += int(np.count_nonzero(now & ~kept))
        return kept

    def _capped_cells(
        self, jobs: Jobs, crowd: Crowd, cells: Cells, turn: tuple[int, int, int]
    ) -> None:
        """Add the frames of all cells that have more around them than one is shown.

        `turn`: which frame it is; so many make the turn of those on one spot, and of full frames.
        """
        frame, every, often = turn
        for number in np.flatnonzero(~cells.free).tolist():
            self.capped_cells += 1
            near, _ = ranges(cells.low[number], cells.high[number])
            at = np.arange(cells.starts[number], cells.starts[number + 1])
            for seen, lookers, view in self._views(crowd, near, at, frame // every + number):
                rows = crowd.rows[lookers]
                # Who looks from elsewhere now sees others, and some of them stand still; and of
                # whom one is shown no longer, as others are nearer by now, only a full frame tells.
                full = crowd.full[lookers] | (self._views_of[rows] != view)
                full |= (frame + view) % often == 0
                self._views_of[rows] = view
                if full.any():
                    jobs.add(rows[full].tolist(), True, seen)
                if not full.all():
                    jobs.add(rows[~full].tolist(), False, seen[crowd.now[seen]])

    def _views(
        self, crowd: Crowd, near: Indices, viewers: Indices, turn: int
    ) -> Iterator[tuple[Indices, Indices, int]]:
        """Yield who is seen, by whom, and a number that is the same from the same square."""
        most = LIMITS.visible_visitors_max
        places = self._motion.places
        stand = places[crowd.rows[viewers]][:, [0, 2]]
        there_x, _, there_z = places[crowd.rows[near]].T
        parts = list(parts_of(stand, np.arange(len(viewers)), wire.CELL_M, most // 4))
        edges = np.array([[edge] for _, edge in parts])
        squares = np.floor(stand[[part[0] for part, _ in parts]] / edges)
        middle_x, middle_z = ((squares + 0.5) * edges).T[..., None]
        away = np.maximum(np.abs(there_x - middle_x), np.abs(there_z - middle_z))
        inside = away <= edges / 2
        nearest = np.sort(np.argpartition(away, most - 1, axis=1)[:, :most], axis=1)
        for at, (part, edge) in enumerate(parts):
            seen, here = nearest[at], np.flatnonzero(inside[at])
            if len(here) > most:
                # Nobody of them is nearer than another: each is seen for some seconds in turn.
                here = here[np.argsort(crowd.rows[near[here]])]
                seen = np.sort(here[(turn * most + np.arange(most)) % len(here)])
            yield near[seen], viewers[part], hash((edge, *squares[at].tolist())) | 1
