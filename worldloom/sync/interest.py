"""What a session is sent of the motion: one payload for each occupied cell, shared by all in it.

A visitor sees the three by three cells around its own. Bodies are sorted by cell once a tick;
the three neighbours in one column are then one slice of the sorted sections, found by two
binary searches.
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
        everyone = encode_sections(motion.bodies, rows)
        moving = encode_sections(motion.bodies, movers)
        unique, groups = groups_of(keys)
        for key, group in zip(unique.tolist(), groups, strict=True):
            seen = self._nearest(everyone, key)
            whole, partly = group[full[group]], group[~full[group]]
            if hidden:
                own = group[np.isin(rows[group], list(hidden))]
                for at in own.tolist():
                    row, all_of_it = int(rows[at]), bool(full[at])
                    spared = self._without(rows if seen is None else seen, hidden[row])
                    sections = everyone if all_of_it else moving
                    if all_of_it or moving.near(key):
                        payload = self._frame(tick, divider, sections, key, spared, full=all_of_it)
                        yield Delivery(payload, all_of_it, (row,))
                whole, partly = np.setdiff1d(whole, own), np.setdiff1d(partly, own)
            if len(whole):
                payload = self._frame(tick, divider, everyone, key, seen, full=True)
                yield Delivery(payload, True, tuple(rows[whole].tolist()))
            if len(partly) and moving.near(key):
                payload = self._frame(tick, divider, moving, key, seen, full=False)
                yield Delivery(payload, False, tuple(rows[partly].tolist()))

    @staticmethod
    def _without(rows: Indices, hidden: frozenset[int]) -> Indices:
        return rows[~np.isin(rows, list(hidden))]

    def _nearest(self, everyone: Sections, key: int) -> Indices | None:
        """Return the K rows nearest to the middle of a cell, or None where all may be seen."""
        near = everyone.near(key)
        if sum(len(everyone.rows[at]) for at in near) <= LIMITS.visible_visitors_max:
            return None
        rows = np.concatenate([everyone.rows[at] for at in near])
        places = self._motion.places[rows][:, [0, 2]]
        middle = (np.array(divmod(key, STRIDE)) - ORIGIN + 0.5) * wire.CELL_M
        distances = np.abs(places - middle).max(axis=1)
        nearest: Indices = rows[np.argsort(distances, kind="stable")]
        return nearest[: LIMITS.visible_visitors_max]

    def _frame(
        self,
        tick: int,
        divider: int,
        sections: Sections,
        key: int,
        seen: Indices | None,
        *,
        full: bool,
    ) -> bytes:
        """Join a frame from ready sections, or encode it anew where the crowd is capped."""
        near = sections.near(key)
        if seen is not None:
            rows = np.concatenate([sections.rows[at] for at in near])
            sections = encode_sections(self._motion.bodies, rows[np.isin(rows, seen)])
            near = list(range(len(sections.parts)))
        parts = [sections.parts[at] for at in near]
        return wire.frame_head(tick, len(parts), full, divider) + b"".join(parts)
