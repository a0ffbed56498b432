"""Personal distance: strangers do not come nearer than arm's length, whatever their clients claim.

Whoever steps too near is set back to where they last stood well; a client that keeps the distance
by itself never notices. Two who are near already may always step apart.
"""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from worldloom.kernel.limits import LIMITS
from worldloom.sync.channel import Channel
from worldloom.sync.motion import Indices
from worldloom.sync.session import Session

if TYPE_CHECKING:
    from worldloom.sync.hub import Hub

Near = Callable[[int, int], bool]
"""Whether two rows may come as near as they like."""

HEIGHT_M = 1.6
"""Who is this much higher or lower is on another floor."""
PASSES = 8
"""Whoever was set back may now be too near to one who stepped up: they are looked at again."""
STRIDE = 1 << 32


class Boundary(Channel):
    """The distance between the visitors of one world."""

    def __init__(self, hub: "Hub") -> None:
        super().__init__(hub)
        self._motion = motion = hub.motion
        self._good_bodies = motion.bodies.copy()
        self._good_places = motion.places.copy()
        self._told_us = np.zeros(motion.capacity, np.int64)

    def entered(self, session: Session) -> None:
        """Remember where somebody was let in: a free place."""
        if session.slot is not None:
            row = session.slot.index
            self._good_bodies[row] = self._motion.bodies[row]
            self._good_places[row] = self._motion.places[row]

    def tick(self, now_us: int) -> None:
        """Set back who came too near in this tick."""
        hub = self.hub
        for row in self.keep(self._may_be_near).tolist():
            # Told now and then: a slow reader is not to drown in it.
            if now_us - self._told_us[row] >= LIMITS.placed_seconds_min * 1e6:
                self._told_us[row] = now_us
                hub.set_back(row, "too_near")

    def _may_be_near(self, one: int, other: int) -> bool:
        accounts = [session.identity.account for session in self.hub.of_rows((one, other))]
        return len(accounts) < 2 or self.hub.selector.ties.near(*accounts)

    def keep(self, near: Near) -> Indices:
        """Set back who has just come too near to a stranger; return their rows."""
        motion = self._motion
        rows = np.flatnonzero(motion.moved & motion.alive)
        back = np.zeros(motion.capacity, bool)
        for turn in range(PASSES + 1):
            found = self._too_near(rows, near)
            if not len(found):
                break
            if turn == PASSES:
                found = rows  # where everyone stood before was well
            back[found] = True
            motion.bodies[found] = self._good_bodies[found]
            motion.places[found] = self._good_places[found]
        fine = rows[~back[rows]]
        self._good_bodies[fine] = motion.bodies[fine]
        self._good_places[fine] = motion.places[fine]
        return np.flatnonzero(back)

    def _too_near(self, movers: Indices, near: Near) -> Indices:
        """Return the movers that stand too near to a stranger, and not farther than before."""
        motion, most = self._motion, LIMITS.distance_m
        alive = np.flatnonzero(motion.alive)
        if not len(movers) or len(alive) < 2:
            return movers[:0]
        mine, others = pairs_within(motion.places, movers, alive, most)
        together = motion.copies[mine] == motion.copies[others]
        mine, others = mine[together], others[together]
        found: set[int] = set()
        good = self._good_places
        for row, other in zip(mine.tolist(), others.tolist(), strict=True):
            if row in found or motion.seated[row] or near(row, other):
                continue  # whoever sits is where the server has them
            if (motion.bodies[row] == self._good_bodies[row]).all():
                continue  # set back already
            was = math.hypot(*(good[row] - good[other])[[0, 2]])
            now = math.hypot(*(motion.places[row] - motion.places[other])[[0, 2]])
            if now < was or was >= most:
                found.add(row)
        return np.array(sorted(found), np.intp)


def pairs_within(
    places: NDArray[np.float64], movers: Indices, all_rows: Indices, most: float
) -> tuple[Indices, Indices]:
    """Return (mover, other) for all whose feet are nearer than `most` metres on one floor.

    A grid of cells of that size, sorted once: the three neighbouring rows of one column are one
    slice, found by two binary searches.
    """
    cells = np.floor(places[:, [0, 2]] / most).astype(np.int64)
    keys = cells[:, 0] * STRIDE + cells[:, 1]
    order = all_rows[np.argsort(keys[all_rows], kind="stable")]
    sorted_keys = keys[order]
    firsts, seconds = [], []
    for column in (-STRIDE, 0, STRIDE):
        low = np.searchsorted(sorted_keys, keys[movers] + column - 1, "left")
        high = np.searchsorted(sorted_keys, keys[movers] + column + 1, "right")
        count = high - low
        ends = np.cumsum(count)
        within = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - count, count)
        firsts.append(np.repeat(movers, count))
        seconds.append(order[np.repeat(low, count) + within])
    first, second = np.concatenate(firsts), np.concatenate(seconds)
    way = places[first] - places[second]
    close = (np.hypot(way[:, 0], way[:, 2]) < most) & (np.abs(way[:, 1]) < HEIGHT_M)
    close &= first != second
    return first[close], second[close]
