"""Where visitors are: struct-of-arrays presence, never logged, the newest pose wins.

A pose is its client's claim. Claims pile up as bytes until the tick, which judges all of them
in one vectorised pass: a visitor has a purse of metres that fills with time and that moving
spends, so that delays are forgiven and teleports are not. Walls are no security border.
"""

import math
from array import array
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldloom.kernel.errors import Unavailable
from worldloom.kernel.limits import LIMITS
from worldloom.sync import wire

BODY: Final = np.dtype([("cell_x", "<i2"), ("cell_z", "<i2"), *wire.RECORD.descr])
CLAIM: Final = np.dtype(
    [("head", "<u2"), ("cell_x", "<i2"), ("cell_z", "<i2"), *wire.RECORD.descr[1:]]
)
"""A pose as it comes."""
CLAIM_BYTES: Final = CLAIM.itemsize
PHASE_US: Final = 250
"""The unit of a pose's arrival phase inside its tick, in microseconds."""
PHASE_MAX: Final = 1_000_000 // LIMITS.tick_hz // PHASE_US - 1
"""However long a tick takes: a pose never seems to have come after those of the next tick."""
FALL_FACTOR: Final = 4.0
"""One may fall this many times faster than one may run."""
GOLDEN_ANGLE: Final = math.pi * (3 - math.sqrt(5))
GENERATIONS: Final = 16
MARKS: Final = 15
"""Four bits; 0 says nothing."""
SITS: Final = wire.ANIMATIONS.index("sit")
STANDS: Final = wire.ANIMATIONS.index("idle")
NEAR_RING_M: Final = 2 * LIMITS.distance_m
BESIDE_M: Final = LIMITS.distance_m / 3
"""Friends are not put into one another either."""
SPOTS: Final = 64
"""Places looked at together when one is sought that is free."""

Indices = NDArray[np.intp]
Place = tuple[float, float, float]
Barrier = Callable[[Indices, NDArray[np.float64]], NDArray[np.bool_]]
"""(rows, places) → which of them are barred."""


class WorldFull(Unavailable):
    """The world holds as many visitors as it can; the fix says when to try again."""

    code = "world_full"


@dataclass(frozen=True, slots=True)
class Slot:
    """A visitor's row in the arrays; the generation tells it from its predecessors."""

    index: int
    generation: int


class Motion:
    """The moving bodies of one world, in arrays of `capacity` rows."""

    def __init__(self, capacity: int = LIMITS.visitors_per_world_max) -> None:
        assert 0 < capacity <= 65536
        self.capacity = capacity
        self.alive = np.zeros(capacity, bool)
        self.moved = np.zeros(capacity, bool)
        """Rows whose place changed since the last frame."""
        self.bodies = np.zeros(capacity, BODY)
        self.bodies["slot"] = np.arange(capacity)
        self.places = np.zeros((capacity, 3))
        """Metres, as accepted."""
        self.copies = np.zeros(capacity, np.uint8)
        """In which copy of the world each row is, from 0; who is in another one is not seen."""
        self._generations = np.zeros(capacity, np.uint16)
        self._free = deque(range(capacity))
        # The received bytes are the array: a pose is one slice copy, without a Python object.
        self._claim_bytes = bytearray(capacity * CLAIM_BYTES)
        self._claims = np.frombuffer(self._claim_bytes, CLAIM)
        # So are its marks: one byte is set four times as fast as one cell of an array.
        self._claimed_bytes = bytearray(capacity)
        self._claimed = np.frombuffer(self._claimed_bytes, bool)
        self._came = array("q", bytes(8 * capacity))
        self._came_us = np.frombuffer(self._came, np.int64)
        """When each claim came."""
        self._holders: list[Slot | None] = [None] * capacity
        self._purse = np.zeros(capacity)
        self._judged_us = np.zeros(capacity, np.int64)
        self._placed_us = np.zeros(capacity, np.int64)
        self.placings = np.zeros(capacity, np.int64)
        """How often the server has set someone down in each row."""
        self._tick_us = 0
        self._marks = np.zeros(capacity, np.uint8)
        """How often the server has set each row's place, 1 to 15 and again; its client's poses
        bear the newest it has heard of."""
        self.seated = np.zeros(capacity, bool)
        """Rows that sit where the server has them: their own claims move nothing."""
        self.barrier: Barrier | None = None
        """Which of the claims that are fast enough lead to where the visitor may not be."""

    def __len__(self) -> int:
        return self.capacity - len(self._free)

    def join(self, place: tuple[float, float, float], yaw: float, now_us: int) -> Slot:
        """Take a free row for a visitor who appears at a place; raises WorldFull."""
        if not self._free:
            raise WorldFull(
                f"this world is full: {self.capacity} visitors are in it",
                fix=f"try again in {LIMITS.retry_seconds} seconds",
                retry_after_seconds=LIMITS.retry_seconds,
            )
        index = self._free.popleft()
        slot = Slot(index, int(self._generations[index]) % GENERATIONS)
        self.alive[index] = True
        self.copies[index] = 0
        self._holders[index] = slot
        self._marks[index] = wire.FIRST_MARK
        self.place(slot, place, yaw, now_us)
        return slot

    def leave(self, slot: Slot) -> None:
        """Give a row back; calls that come late with the old slot then touch nobody."""
        if not self.holds(slot):
            return
        self.alive[slot.index] = self.moved[slot.index] = self._claimed[slot.index] = False
        self.seated[slot.index] = False
        self._holders[slot.index] = None
        self._generations[slot.index] += 1
        self._free.append(slot.index)

    def holds(self, slot: Slot) -> bool:
        """Say whether the slot is still its holder's."""
        return self._holders[slot.index] == slot

    def place(self, slot: Slot, place: Place, yaw: float, now_us: int) -> None:
        """Set a body down by the server's word; claims under way from elsewhere are dropped."""
        if not self.holds(slot):
            return
        cell_x, cell_z, x, y, z, yaw_steps = wire.quantise(*place, yaw)
        index = slot.index
        flags = slot.generation << 4
        self.bodies[index] = (cell_x, cell_z, index, x, y, z, yaw_steps, flags)
        self.places[index] = wire.metres(cell_x, x), wire.height(y), wire.metres(cell_z, z)
        self.moved[index] = True
        self.placings[index] += 1
        self._claimed[index] = False
        self._purse[index] = LIMITS.stride_m_max
        self._judged_us[index] = self._placed_us[index] = now_us

    def mark(self, slot: Slot) -> int:
        """Return a new mark: from now on, poses that bear an older one are passed over.

        Else one that was under way would take back where the server has just set its sender.
        """
        found = int(self._marks[slot.index]) % MARKS + 1
        self._marks[slot.index] = found
        return found

    def sit(self, slot: Slot, place: Place, yaw: float, now_us: int) -> None:
        """Let a visitor sit somewhere, or be carried on where they sit; place of the feet."""
        if not self.holds(slot):
            return
        before = self.bodies[slot.index].copy()
        moved = self.moved[slot.index]
        self.place(slot, place, yaw, now_us)
        self.bodies["flags"][slot.index] |= SITS
        self.seated[slot.index] = True
        self.moved[slot.index] = moved or self.bodies[slot.index] != before

    def rise(self, slot: Slot, place: Place, yaw: float, now_us: int) -> None:
        """Let a visitor stand up and be there."""
        self.seated[slot.index] &= not self.holds(slot)
        self.place(slot, place, yaw, now_us)

    def claim(self, slot: Slot, data: bytes | memoryview, now_us: int) -> None:
        """Take a pose's bytes, already checked for kind and length; the newest one wins."""
        index = slot.index
        if self._holders[index] is not slot and not self.holds(slot):
            return
        at = index * CLAIM_BYTES
        self._claim_bytes[at : at + CLAIM_BYTES] = data
        self._claimed_bytes[index] = True
        self._came[index] = now_us

    def claim_many(self, rows: Indices, claims: NDArray[np.void], now_us: int) -> None:
        """Take poses, already checked, of these rows' holders; of several of one the last wins."""
        self._claims[rows] = claims
        self._claimed[rows] = True
        self._came_us[rows] = now_us

    def tick(self, now_us: int) -> Indices:
        """Judge every claim since the last tick; returns the rows that need a correction."""
        last, self._tick_us = self._tick_us, now_us
        rows = np.flatnonzero(self._claimed & ~self.seated)
        self._claimed[:] = False
        borne = self._claims["flags"][rows] >> 4 & 0xF
        rows = rows[np.flatnonzero((borne == 0) | (borne == self._marks[rows]))]
        if not len(rows):
            return rows
        phases = np.clip((self._came_us[rows] - last) // PHASE_US, 0, PHASE_MAX)
        claims = self._claims[rows]
        places = places_of(claims)
        allowed = self._spend(rows, places, now_us)
        if self.barrier is not None:
            allowed &= ~self.barrier(rows, places)
        self._accept(rows[allowed], claims[allowed], places[allowed], phases[allowed])
        refused = rows[~allowed]
        # Poses sent before a placement reached the client are no news to it: say nothing.
        told = now_us - self._placed_us[refused] >= LIMITS.placed_seconds_min * 1e6
        refused = refused[told]
        self._placed_us[refused] = now_us
        return refused

    def _spend(self, rows: Indices, places: NDArray[np.float64], now_us: int) -> NDArray[np.bool_]:
        """Fill the purses by the time passed and take the ways from them where they suffice."""
        passed = np.maximum(now_us - self._judged_us[rows], 0) / 1e6
        purse = np.minimum(
            self._purse[rows] + passed * LIMITS.speed_m_per_s_max, LIMITS.stride_m_max
        )
        way = np.abs(places - self.places[rows])
        length = np.maximum(np.hypot(way[:, 0], way[:, 2]), way[:, 1] / FALL_FACTOR)
        inside = np.abs(places[:, [0, 2]]).max(axis=1) <= LIMITS.extent_m_max
        allowed: NDArray[np.bool_] = (length <= purse) & inside
        self._purse[rows] = np.where(allowed, purse - length, purse)
        self._judged_us[rows] = now_us
        return allowed

    def _accept(
        self,
        rows: Indices,
        claims: NDArray[np.void],
        places: NDArray[np.float64],
        phases: NDArray[np.int64],
    ) -> None:
        """Write accepted claims into the bodies; what did not change is not marked as moved."""
        fresh = np.zeros(len(rows), BODY)
        for name in ("cell_x", "cell_z", "x", "y", "z", "yaw"):
            fresh[name] = claims[name]
        fresh["slot"] = rows
        seen = claims["flags"] & 0xF
        # Who only says that they sit would sit on a seat that is another's.
        seen[seen == SITS] = STANDS
        own = seen | (self._generations[rows] % GENERATIONS) << 4
        fresh["flags"] = own
        last = self.bodies[rows]
        last["flags"] &= 0xFF
        self.moved[rows] |= fresh != last
        fresh["flags"] = own | phases.astype(np.uint16) << 8
        self.bodies[rows] = fresh
        self.places[rows] = places

    def position(self, slot: Slot) -> tuple[float, float, float]:
        """Return where a visitor stands, in metres."""
        x, y, z = self.places[slot.index].tolist()
        return x, y, z

    def yaw(self, slot: Slot) -> float:
        """Return where a visitor looks by the newest pose, in radians from 0 to 2π."""
        newest = self._claims if self._claimed[slot.index] else self.bodies
        return wire.radians(int(newest["yaw"][slot.index]))

    def free_place(
        self,
        centre: tuple[float, float, float],
        slot: Slot,
        friends: Sequence[int] = (),
    ) -> tuple[float, float, float]:
        """Find a place near a spawn where no other stands: a sunflower, filled from the middle.

        Of `friends`, the rows that one may come near to, one is kept no farther than `BESIDE_M`.
        """
        others = self.alive & (self.copies == self.copies[slot.index])
        others[slot.index] = False
        taken = self.places[others][:, [0, 2]]
        known = np.zeros(self.capacity, bool)
        known[list(friends)] = True
        gap_m = np.where(known[others], BESIDE_M, LIMITS.distance_m)
        x, y, z = centre
        away = np.hypot(taken[:, 0] - x, taken[:, 1] - z)
        for start in range(0, len(taken) + 1, SPOTS):
            ranks = np.arange(start, start + SPOTS)
            turns = ranks * GOLDEN_ANGLE
            reach = LIMITS.spawn_gap_m * np.sqrt(ranks)
            spots_x, spots_z = x + reach * np.cos(turns), z + reach * np.sin(turns)
            # These spots are a ring: of a great crowd, few stand near it.
            ring = (away > reach[0] - NEAR_RING_M) & (away < reach[-1] + NEAR_RING_M)
            near = taken[ring]
            ways_x = np.abs(spots_x[:, None] - near[None, :, 0])
            ways_z = np.abs(spots_z[:, None] - near[None, :, 1])
            free = np.flatnonzero((np.maximum(ways_x, ways_z) >= gap_m[ring]).all(axis=1))
            if len(free):
                x, z = float(spots_x[free[0]]), float(spots_z[free[0]])
                break
        return x, y, z


def places_of(claims: NDArray[np.void]) -> NDArray[np.float64]:
    """Turn quantised bodies or claims into metres, one row each."""
    x = claims["cell_x"] * wire.CELL_M + claims["x"] / wire.STEPS_PER_M
    y = claims["y"] / wire.HEIGHT_STEPS_PER_M + wire.HEIGHT_MIN_M
    z = claims["cell_z"] * wire.CELL_M + claims["z"] / wire.STEPS_PER_M
    return np.stack((x, y, z), axis=1).astype(np.float64)
