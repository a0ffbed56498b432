"""Head and hands of visitors who wear a headset: the channel beside the pose, for those nearby.

A reach is its client's claim, relative to the visitor's feet and heading. The tick bounds it: a
head stays over its feet, a hand within an arm's length of the head, and neither is faster than a
person can be. What is beyond is drawn in, so that a tall visitor's hands do not freeze. Reaches
travel in frames of their own, because they concern far fewer visitors than poses do.
"""

from collections.abc import Iterator, Mapping
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from worldloom.kernel.entity import Stance
from worldloom.kernel.limits import LIMITS
from worldloom.presence import limbs
from worldloom.sync.channel import Channel
from worldloom.sync.hub import Hub
from worldloom.sync.interest import NOTHING, Delivery, groups_of
from worldloom.sync.motion import GENERATIONS, Indices, Motion, Slot
from worldloom.sync.session import Session

RING_M: Final = 8.0
"""The side of the small cells by which reaches are sent: one sees those of the 3 × 3 around."""
STRIDE: Final = 1 << 24
OFFSET: Final = 1 << 20
COPY: Final = 1 << 48
"""The keys of one copy of a world are apart from those of the next."""
NEAR: Final = tuple(x * STRIDE + z for x in (-1, 0, 1) for z in (-1, 0, 1))


class Reach:
    """Where heads and hands are, in rows beside those of the bodies."""

    def __init__(self, motion: Motion) -> None:
        self._motion = motion
        capacity = motion.capacity
        self.records = np.zeros(capacity, limbs.RECORD)
        self.records["slot"] = np.arange(capacity)
        self._claim_bytes = bytearray(capacity * limbs.CLAIM.itemsize)
        self._claims = np.frombuffer(self._claim_bytes, limbs.CLAIM)
        self._claimed = np.zeros(capacity, bool)
        self._moved = np.zeros(capacity, bool)
        self._worn = np.zeros(capacity, bool)
        """Rows whose last accepted places are of the same headset's session."""
        self._places = np.zeros((capacity, limbs.PARTS, 3))
        self._judged_us = np.zeros(capacity, np.int64)

    def claim(self, slot: Slot, data: bytes | memoryview) -> None:
        """Take a reach's bytes, already checked for their length; the newest one wins."""
        if not self._motion.holds(slot):
            return
        at = slot.index * limbs.CLAIM.itemsize
        self._claim_bytes[at : at + limbs.CLAIM.itemsize] = data
        self._claimed[slot.index] = True

    def forget(self, row: int) -> None:
        """Forget a row whose visitor left."""
        self._claimed[row] = self._moved[row] = self._worn[row] = False

    def places(self, row: int) -> NDArray[np.float64]:
        """Return head, left and right hand (3, 3) in metres from a visitor's feet, as accepted."""
        found: NDArray[np.float64] = self._places[row]
        return found

    def worn(self, row: int) -> limbs.Limbs | None:
        """Return head and hands of who wears a headset, as accepted; None of who wears none."""
        return limbs.limbs_of(self.records[row]) if self._worn[row] else None

    def all_worn(self) -> NDArray[np.int64]:
        """Return head and hands of all who wear a headset, as `limbs.columns_of` tells them."""
        return limbs.columns_of(self.records[self._worn])

    def tick(self, now_us: int) -> None:
        """Draw every claim since the last tick into its bounds."""
        rows = np.flatnonzero(self._claimed)
        if not len(rows):
            return
        self._claimed[rows] = False
        claims = self._claims[rows]
        places = self._slowed(rows, within_reach(limbs.places_of(claims["place"])), now_us)
        self._places[rows] = places
        self._judged_us[rows] = now_us
        self._worn[rows] = claims["flags"] & limbs.HEAD != 0
        self._moved[rows] = True
        self.records["place"][rows] = limbs.steps_of(places)
        self.records["turn"][rows] = claims["turn"]
        generations = self._motion.bodies["flags"][rows] >> 4 & GENERATIONS - 1
        own = claims["flags"] & limbs.OWN_FLAGS
        self.records["flags"][rows] = own | generations << limbs.GENERATION_SHIFT

    def _slowed(
        self, rows: Indices, wanted: NDArray[np.float64], now_us: int
    ) -> NDArray[np.float64]:
        """Let no part go farther since the last claim than its time allows."""
        passed = np.maximum(now_us - self._judged_us[rows], 0) / 1e6
        most = np.where(self._worn[rows], passed * LIMITS.hand_m_per_s_max, np.inf)
        way = wanted - self._places[rows]
        length = np.linalg.norm(way, axis=2)
        share = np.minimum(1.0, most[:, None] / np.maximum(length, 1e-9))
        return np.where(share[..., None] < 1, self._places[rows] + way * share[..., None], wanted)

    def frames(
        self, tick: int, hidden: Mapping[int, frozenset[int]] = NOTHING
    ) -> Iterator[Delivery]:
        """Yield frames of those who moved for who is near them, and clear the marks.

        A row in `hidden` gets a frame of its own, without the rows that it names.
        """
        motion = self._motion
        movers = np.flatnonzero(self._moved & motion.alive)
        if not len(movers):
            return
        self._moved[:] = False
        viewers = np.flatnonzero(motion.alive)
        moving = keys_of(motion.places[movers], motion.copies[movers])
        occupied, groups = groups_of(keys_of(motion.places[viewers], motion.copies[viewers]))
        for key, group in zip(occupied.tolist(), groups, strict=True):
            near = movers[np.isin(moving, [key + step for step in NEAR])]
            if not len(near):
                continue
            shown, seers = self._nearest(near, key), viewers[group].tolist()
            payload = limbs.frame(tick, self.records[shown])
            yield Delivery(payload, False, tuple(row for row in seers if row not in hidden))
            for row in hidden.keys() & set(seers):
                own = shown[~np.isin(shown, list(hidden[row]))]
                if len(own):
                    yield Delivery(limbs.frame(tick, self.records[own]), False, (row,))

    def _nearest(self, rows: Indices, key: int) -> Indices:
        """Return the rows nearest to the middle of a small cell, as many as one may see."""
        if len(rows) <= LIMITS.visible_reaches_max:
            return rows
        middle = (np.array(divmod(key % COPY, STRIDE)) - OFFSET + 0.5) * RING_M
        away = np.abs(self._motion.places[rows][:, [0, 2]] - middle).max(axis=1)
        nearest: Indices = rows[np.argsort(away, kind="stable")[: LIMITS.visible_reaches_max]]
        return nearest


class Reaching(Channel):
    """The channel of one world's heads and hands."""

    number: ClassVar[int] = limbs.NUMBER

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub)
        self.reach = Reach(hub.motion)
        self._sessions: dict[int, Session] = {}
        """Visitor's row → session."""

    def entered(self, session: Session) -> None:
        """Let someone be seen from now on."""
        assert session.slot is not None
        self._sessions[session.slot.index] = session

    def left(self, session: Session) -> None:
        """Forget someone."""
        assert session.slot is not None
        self._sessions.pop(session.slot.index, None)
        self.reach.forget(session.slot.index)

    def receive_bytes(self, session: Session, data: bytes | memoryview) -> None:
        """Take a claim; raises BadMessage."""
        assert session.slot is not None
        limbs.check_reach(data)
        self.reach.claim(session.slot, data)

    def stance(self, session: Session, stance: Stance) -> Stance:
        """Add where head and hands are, and how far up the head looks."""
        found = self.reach.worn(session.slot.index) if session.slot is not None else None
        if found is None or found.head is None:
            return stance
        parts = (found.head, found.left, found.right)
        head, left, right = (None if part is None else part.place for part in parts)
        return stance._replace(pitch=limbs.pitch_of(found.head.turn), limbs=(head, left, right))

    def worn(self) -> NDArray[np.int64]:
        """Return heads and hands as they are now."""
        return self.reach.all_worn()

    def tick(self, now_us: int) -> None:
        """Judge what was claimed, and send it to who is near; the newest wins."""
        self.reach.tick(now_us)
        for delivery in self.reach.frames(self.hub.tick_count, self.hub.selector.hidden):
            payload = self.frame(delivery.payload)
            for row in delivery.rows:
                if row in self._sessions:
                    self._sessions[row].send_motion(payload)


def keys_of(places: NDArray[np.float64], copies: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the small cell's key of places (n, 3) in metres, apart for each copy of the world."""
    cells = np.floor(places[:, [0, 2]] / RING_M).astype(np.int64) + OFFSET
    keys: NDArray[np.int64] = cells[:, 0] * STRIDE + cells[:, 1] + copies * np.int64(COPY)
    return keys


def within_reach(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return head and hands (n, 3, 3) drawn in to where a person over their feet can have them."""
    found = places.copy()
    level = np.linalg.norm(found[:, 0, [0, 2]], axis=1)
    share = np.minimum(1.0, LIMITS.lean_m_max / np.maximum(level, 1e-9))
    found[:, 0, 0] *= share
    found[:, 0, 2] *= share
    found[:, 0, 1] = np.minimum(found[:, 0, 1], LIMITS.head_m_max)
    arms = found[:, 1:] - found[:, :1]
    length = np.linalg.norm(arms, axis=2, keepdims=True)
    found[:, 1:] = found[:, :1] + arms * np.minimum(
        1.0, LIMITS.arm_m_max / np.maximum(length, 1e-9)
    )
    return found
