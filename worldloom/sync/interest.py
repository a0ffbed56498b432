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
    rows: list[Indices]

    def near(self, key: int) -> list[int]:
        """Return which sections lie in the three by three cells around a key."""
        columns = np.array((key - STRIDE, key, key + STRIDE))
        low = np.searchsorted(self.keys, columns - 1, "left").tolist()
        high = np.searchsorted(self.keys, columns + 1, "right").tolist()
        return [at for i in range(3) for at in range(low[i], high[i])]

    def all_near(self, key: int) -> list[Indices]:
        """Return the rows of each of the cells around a key."""
        return [self.rows[at] for at in self.near(key)]


@dataclass(frozen=True, slots=True)
class Drawn:
    """What one tick's frames are made of."""

    tick: int
    divider: int
    everyone: Sections
    moving: Sections


@dataclass(frozen=True, slots=True)
class View:
    """Which rows are seen by which of a cell's people (their positions); None: all, by all."""

    id: int
    """The same as long as one looks from the same square."""
    seen: Indices | None
    part: Indices | None


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
    """Encode the sections of the given rows, each cell once."""
    chosen = bodies[rows]
    unique, groups = groups_of(keys_of(chosen))
    return Sections(
        unique, [encode_section(chosen[group]) for group in groups], [rows[g] for g in groups]
    )


def encode_section(bodies: NDArray[np.void]) -> bytes:
    """Encode the bodies of one cell: a section head and their records."""
    records = np.empty(len(bodies), wire.RECORD)
    for name in wire.RECORD.names or ():
        records[name] = bodies[name]
    first = bodies[0]
    head = wire.SECTION_HEAD.pack(int(first["cell_x"]), int(first["cell_z"]), len(bodies), 0)
    return head + records.tobytes()


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
        drawn = Drawn(
            tick,
            divider,
            encode_sections(motion.bodies, rows),
            encode_sections(motion.bodies, movers),
        )
        unique, groups = groups_of(keys)
        for key, group in zip(unique.tolist(), groups, strict=True):
            turn = (key + tick // divider) // every
            for view in self._views(drawn.everyone.all_near(key), rows[group], turn):
                seers = rows[group] if view.part is None else rows[group[view.part]]
                owed = full[group] if view.part is None else full[group[view.part]]
                # Who looks from elsewhere now sees others, and some of them stand still.
                owed = owed | (self._views_of[seers] != view.id)
                self._views_of[seers] = view.id
                yield from self._deliver(drawn, key, view.seen, seers, owed, hidden)

    def _deliver(
        self,
        drawn: Drawn,
        key: int,
        seen: Indices | None,
        seers: Indices,
        full: NDArray[np.bool_],
        hidden: Mapping[int, frozenset[int]],
    ) -> Iterator[Delivery]:
        """Yield the frames of those in one cell who are shown the same ones."""
        moves = bool(drawn.moving.near(key))
        if hidden:
            own = np.isin(seers, list(hidden))
            for row, all_of_it in zip(seers[own].tolist(), full[own].tolist(), strict=True):
                shown = np.flatnonzero(self._motion.alive) if seen is None else seen
                spared = shown[~np.isin(shown, list(hidden[row]))]
                if all_of_it or moves:
                    self.own_frames += 1
                    payload = self._frame(drawn, key, spared, full=all_of_it)
                    yield Delivery(payload, all_of_it, (row,))
            seers, full = seers[~own], full[~own]
        if full.any():
            payload = self._frame(drawn, key, seen, full=True)
            yield Delivery(payload, True, tuple(seers[full].tolist()))
        if moves and not full.all():
            payload = self._frame(drawn, key, seen, full=False)
            yield Delivery(payload, False, tuple(seers[~full].tolist()))

    def _views(self, near: list[Indices], viewers: Indices, turn: int) -> Iterator[View]:
        """Yield which of all in the cells around are seen by whom; `turn` counts up with time."""
        most = LIMITS.visible_visitors_max
        if sum(map(len, near)) <= most:
            yield View(0, None, None)
            return
        self.capped_cells += 1
        rows = np.concatenate(near)
        places = self._motion.places[:, [0, 2]]
        there, stand = places[rows], places[viewers]
        for part, edge in parts_of(stand, np.arange(len(viewers)), wire.CELL_M, most // 4):
            square = np.floor(stand[part[0]] / edge)
            middle = (square + 0.5) * edge
            distances = np.abs(there - middle).max(axis=1)
            inside = np.flatnonzero(distances <= edge / 2)
            if len(inside) > most:
                # Nobody of them is nearer than another: each is seen for some seconds in turn.
                inside = inside[np.argsort(rows[inside])]
                seen = inside[(turn * most + np.arange(most)) % len(inside)]
            else:
                seen = np.argpartition(distances, most - 1)[:most]
            yield View(hash((edge, *square.tolist())) | 1, rows[seen], part)

    def _frame(self, drawn: Drawn, key: int, seen: Indices | None, *, full: bool) -> bytes:
        """Join a frame from ready sections, or encode it anew where the crowd is capped."""
        sections = drawn.everyone if full else drawn.moving
        near = sections.near(key)
        if seen is not None and near:
            rows = np.concatenate([sections.rows[at] for at in near])
            self._chosen[seen] = True
            sections = encode_sections(self._motion.bodies, rows[self._chosen[rows]])
            self._chosen[seen] = False
            near = list(range(len(sections.parts)))
        parts = [sections.parts[at] for at in near]
        return wire.frame_head(drawn.tick, len(parts), full, drawn.divider) + b"".join(parts)
