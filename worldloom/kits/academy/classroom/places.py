"""Pure decisions about where a class stands: rings, and who follows a leader. Metres."""

from __future__ import annotations

import math
from collections.abc import Mapping

from msgspec import Struct

from worldloom.kits.academy.classroom.limits import CLASS_LIMITS as LIMITS

Point = tuple[float, float, float]


def radius_of(count: int) -> float:
    """Return the radius of a ring on which so many stand a gap apart."""
    if count < 2:
        return LIMITS.ring_m_min
    return max(LIMITS.ring_m_min, LIMITS.gap_m_min / (2 * math.sin(math.pi / count)))


def ring(centre: Point, count: int, radius: float = 0.0) -> tuple[Point, ...]:
    """Return so many places around a point, on its height; radius 0: as wide as they need."""
    wide = radius or radius_of(count)
    x, y, z = centre
    turns = (2 * math.pi * at / max(count, 1) for at in range(count))
    return tuple((x + wide * math.sin(turn), y, z + wide * math.cos(turn)) for turn in turns)


def apart(one: Point, other: Point) -> float:
    """Return how far two places are from each other on the ground."""
    return math.hypot(one[0] - other[0], one[2] - other[2])


class Following(Struct, frozen=True):
    """What comes of a look at those who follow."""

    anchor: Point
    """Where the leader was when they were brought along last."""
    brought: Mapping[str, Point]
    """Who is brought where."""
    left: frozenset[str]
    """Who walked away on their own, and follows no more."""


def follow(
    anchor: Point, leader: Point, followers: Mapping[str, Point], may_leave: bool
) -> Following:
    """Return who is brought along and who left; `followers` is where each of them stands."""
    wide = radius_of(len(followers))
    if apart(anchor, leader) < LIMITS.follow_m_min:
        far = wide + LIMITS.away_m_min
        gone = (name for name, place in followers.items() if apart(place, leader) > far)
        return Following(anchor, {}, frozenset(gone) if may_leave else frozenset())
    behind = sorted(
        name for name, place in followers.items() if apart(place, leader) > wide + LIMITS.gap_m_min
    )
    spots = ring(leader, len(behind), wide)
    return Following(leader, dict(zip(behind, spots, strict=True)), frozenset())
