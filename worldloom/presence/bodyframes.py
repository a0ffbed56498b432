"""Bodies in motion as bytes: one payload for each cell of viewers, movers only, the newest wins.

A frame: `tick u32 · sections u16 · flags u8 · divider u8`, then sections as in a motion frame, of
records `entity u32 · y i32 · turn u32 · x u16 · z u16`. x and z are steps in the cell as those of
visitors, y is in half millimetres. A turn is a quaternion by its three smaller parts: which one is
left out (2 bits), then three times 10 bits of -√½ to √½.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from worldloom.kernel.limits import LIMITS
from worldloom.kernel.space import Quat, Vec
from worldloom.presence.bodies import Bodies, Indices
from worldloom.sync import wire
from worldloom.sync.interest import ORIGIN, STRIDE, groups_of

HEAD: Final = struct.Struct("<IHBB")
RECORD: Final = np.dtype(
    [("entity", "<u4"), ("y", "<i4"), ("turn", "<u4"), ("x", "<u2"), ("z", "<u2")]
)
PLACED: Final = np.dtype([("cell_x", "<i2"), ("cell_z", "<i2"), *RECORD.descr])
FULL: Final = 1
"""Flag: every body that is not at rest near you is in this frame."""
Y_STEPS_PER_M: Final = 2000
TURN_STEPS: Final = 1023
ROOT: Final = math.sqrt(0.5)

HOLD: Final = struct.Struct("<BBhhhI")
"""From the client: where a hand holds its thing: hand, sequence, from the feet in mm, turn."""


class Frame(NamedTuple):
    """Who is sent which bytes: rows of visitors."""

    payload: bytes
    full: bool
    rows: list[int]


class Seen(NamedTuple):
    """One body in a frame, as a client reads it."""

    entity: int
    position: Vec
    rotation: Quat


def pack_turns(turns: NDArray[np.float64]) -> NDArray[np.uint32]:
    """Pack unit quaternions (n, 4) into 32 bits each; off by at most 0.0025 radians."""
    largest = np.abs(turns).argmax(axis=1)
    signs = np.where(np.take_along_axis(turns, largest[:, None], axis=1) < 0, -1.0, 1.0)
    kept = np.array([[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]])[largest]
    parts = np.take_along_axis(turns * signs, kept, axis=1)
    steps = np.clip(np.rint((parts / ROOT + 1) / 2 * TURN_STEPS), 0, TURN_STEPS).astype(np.uint32)
    packed: NDArray[np.uint32] = (
        largest.astype(np.uint32) << 30 | steps[:, 0] << 20 | steps[:, 1] << 10 | steps[:, 2]
    )
    return packed


def unpack_turn(packed: int) -> Quat:
    """Return the unit quaternion of 32 bits."""
    parts = [((packed >> at & 1023) / TURN_STEPS * 2 - 1) * ROOT for at in (20, 10, 0)]
    parts.insert(packed >> 30, math.sqrt(max(0.0, 1 - sum(part * part for part in parts))))
    x, y, z, w = parts
    return x, y, z, w


def quantise(ids: NDArray[np.int64], places: NDArray[np.float64],
             turns: NDArray[np.float64]) -> NDArray[np.void]:  # fmt: skip
    """Turn poses into records with their cells."""
    made = np.zeros(len(ids), PLACED)
    made["entity"] = ids & 0xFFFFFFFF
    for axis, cell, name in ((0, "cell_x", "x"), (2, "cell_z", "z")):
        steps = np.rint(places[:, axis] * wire.STEPS_PER_M).astype(np.int64)
        made[cell], made[name] = steps >> 16, steps & 0xFFFF
    made["y"] = np.rint(places[:, 1] * Y_STEPS_PER_M)
    made["turn"] = pack_turns(turns)
    return made


class BodyInterest:
    """Decides each tick which viewers are sent which bodies."""

    def __init__(self, bodies: Bodies) -> None:
        self._bodies = bodies
        self._shown = np.zeros(bodies.capacity, PLACED)
        self._cells: dict[int, int] = {}
        """Visitor's row → cell key of its last frame."""
        self._owed: set[int] = set()

    def owe(self, row: int) -> None:
        """Promise a full frame: the visitor just came, or a frame to them was skipped."""
        self._owed.add(row)

    def forget(self, row: int) -> None:
        """Forget a visitor who left."""
        self._owed.discard(row)
        self._cells.pop(row, None)

    def frames(
        self, tick: int, divider: int, viewers: Indices, keys: NDArray[np.int64]
    ) -> Iterator[Frame]:
        """Yield this tick's frames; `keys`: the cell keys of the viewers (rows)."""
        bodies = self._bodies
        afloat = bodies.afloat()
        known = self._cells
        changed = [
            known.get(row) != key for row, key in zip(viewers.tolist(), keys.tolist(), strict=True)
        ]
        self._cells = dict(zip(viewers.tolist(), keys.tolist(), strict=True))
        if not len(afloat) or not len(viewers):
            # Nothing to tell: who came or went to another cell has all that is.
            self._owed.clear()
            return
        records = quantise(bodies.ids[afloat], bodies.places[afloat], bodies.turns[afloat])
        moved = records != self._shown[afloat]
        self._shown[afloat] = records
        body_keys = keys_of(records)
        owed = np.array([row in self._owed for row in viewers.tolist()]) | np.array(changed)
        self._owed.clear()
        unique, groups = groups_of(keys)
        for key, group in zip(unique.tolist(), groups, strict=True):
            near = np.flatnonzero(np.isin(body_keys - key, NEAR))
            near = self._nearest(near, records, key)
            for full, rows, chosen in (
                (True, group[owed[group]], near),
                (False, group[~owed[group]], near[moved[near]]),
            ):
                if len(rows) and (len(chosen) or full):
                    payload = encode(tick, full, divider, records[chosen], body_keys[chosen])
                    yield Frame(payload, full, viewers[rows].tolist())

    def _nearest(self, near: Indices, records: NDArray[np.void], key: int) -> Indices:
        """Return the bodies that fit into a frame, those nearest to the middle of a cell."""
        if len(near) <= LIMITS.visible_bodies_max:
            return near
        cell_x, cell_z = (part - ORIGIN + 0.5 for part in divmod(key, STRIDE))
        chosen = records[near]
        x = chosen["cell_x"] + chosen["x"] / 65536 - cell_x
        z = chosen["cell_z"] + chosen["z"] / 65536 - cell_z
        order = np.argsort(np.maximum(np.abs(x), np.abs(z)), kind="stable")
        found: Indices = near[order[: LIMITS.visible_bodies_max]]
        return found


NEAR: Final = np.array([x * STRIDE + z for x in (-1, 0, 1) for z in (-1, 0, 1)])


def keys_of(records: NDArray[np.void]) -> NDArray[np.int64]:
    """Return the cell key of each record, as visitors have them."""
    columns = records["cell_x"].astype(np.int64) + ORIGIN
    keys: NDArray[np.int64] = columns * STRIDE + records["cell_z"] + ORIGIN
    return keys


def encode(
    tick: int, full: bool, divider: int, records: NDArray[np.void], keys: NDArray[np.int64]
) -> bytes:
    """Encode a frame, one section for each cell."""
    _, groups = groups_of(keys)
    parts = [HEAD.pack(tick & 0xFFFFFFFF, len(groups), FULL if full else 0, divider)]
    for group in groups:
        chosen = records[group]
        plain = np.empty(len(chosen), RECORD)
        for name in RECORD.names or ():
            plain[name] = chosen[name]
        first = chosen[0]
        head = wire.SECTION_HEAD.pack(int(first["cell_x"]), int(first["cell_z"]), len(chosen), 0)
        parts += [head, plain.tobytes()]
    return b"".join(parts)


def decode(data: bytes | memoryview) -> tuple[int, bool, list[Seen]]:
    """Return (tick, full, bodies) of a frame; raises BadMessage."""
    if len(data) < HEAD.size:
        raise wire.bad("this is no frame of bodies")
    tick, sections, flags, _ = HEAD.unpack_from(data)
    at, seen = HEAD.size, []
    for _ in range(sections):
        if at + wire.SECTION_HEAD.size > len(data):
            raise wire.bad("a frame of bodies is cut short")
        cell_x, cell_z, count, _ = wire.SECTION_HEAD.unpack_from(data, at)
        at += wire.SECTION_HEAD.size
        if at + count * RECORD.itemsize > len(data):
            raise wire.bad("a frame of bodies is cut short")
        for entity, y, packed, x, z in np.frombuffer(data, RECORD, count, at).tolist():
            place = (wire.metres(cell_x, x), y / Y_STEPS_PER_M, wire.metres(cell_z, z))
            seen.append(Seen(entity, place, unpack_turn(packed)))
        at += count * RECORD.itemsize
    if at != len(data):
        raise wire.bad("a frame of bodies is too long")
    return tick, bool(flags & FULL), seen


def encode_hold(hand: int, sequence: int, offset: Vec, rotation: Quat) -> bytes:
    """Encode where a hand (0 right, 1 left) holds its thing: metres from the feet, and a turn."""
    x, y, z = (min(max(round(part * 1000), -32768), 32767) for part in offset)
    packed = int(pack_turns(np.array([rotation]))[0])
    return HOLD.pack(hand, sequence & 0xFF, x, y, z, packed)


def decode_hold(data: bytes | memoryview) -> tuple[int, Vec, Quat]:
    """Return (hand, metres from the feet, turn); raises BadMessage: no value of it is no number."""
    if len(data) != HOLD.size or data[0] > 1:
        raise wire.bad(f"a held thing's pose is {HOLD.size} bytes of a hand")
    hand, _, x, y, z, packed = HOLD.unpack(data)
    return hand, (x / 1000, y / 1000, z / 1000), unpack_turn(packed)
