"""What a learner looks at: cones about a heading, and time in them. Pure functions.

It is the heading that is measured, head or view, and no eyes: where somebody faces. Height is not
in it, so a hotspot is looked at when the heading points its way, seen from above.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from msgspec import Struct, field

from worldloom.kernel.entity import Stance
from worldloom.kits.academy.evidence.limits import EVIDENCE_LIMITS as LIMITS

Point = tuple[float, float, float]
Limbs = tuple[Point | None, Point | None, Point | None]
"""Head, left and right hand from the feet."""
Cell = tuple[int, int]
"""A square of the floor, counted in x and z."""
SECOND_US = 1_000_000
GAP_US = round(LIMITS.gap_seconds_max * SECOND_US)
CONE = math.radians(LIMITS.cone_degrees_max)
NEAR_M = 1e-6
"""Nearer there is no direction."""


class Watch(Struct):
    """What was seen of one learner while a step stood before them; moments in microseconds UTC."""

    step: str
    number: int
    """How often the step was asked before, and this time."""
    asked: int
    last: int
    """Up to when it was looked."""
    tried: int = 0
    """When they first tried; 0: not yet."""
    whole: bool = True
    """Whether it was watched before the first try."""
    samples: int = 0
    spots: tuple[str, ...] = ()
    """The hotspots that were there."""
    dwell: dict[str, int] = field(default_factory=dict)
    """Hotspot → microseconds in the cone."""
    before: dict[str, int] = field(default_factory=dict)
    """The same, before the first try."""
    first: dict[str, int] = field(default_factory=dict)
    """Hotspot → when it was first in the cone."""
    place: Point | None = None
    """Where they stood at the last sample that was recorded; only by their consent."""
    metres: float = 0.0
    floor: dict[Cell, tuple[int, int]] = field(default_factory=dict)
    """Cell → microseconds stood there, and of those before the first try; only by consent."""
    limbs: Limbs = (None, None, None)
    """Head and hands at the last sample that was recorded; only by their consent."""
    head_m: float = 0.0
    """How far the head moved over the feet, and both hands, while a headset was worn."""
    hands_m: float = 0.0
    pitches: list[float] = field(default_factory=list)
    """How far up the head looked at each sample, in radians; only by consent, with a headset."""
    recorded: bool = False
    """Whether they let themselves be recorded while it went on."""


def angle_off(stance: Stance, place: Point) -> float:
    """Return by how many radians a heading misses a place, from 0 to π, seen from above.

    On the spot itself there is no direction: π.
    """
    x, z = place[0] - stance.position[0], place[2] - stance.position[2]
    if math.hypot(x, z) < NEAR_M:
        return math.pi
    # A heading of 0 looks to -Z and grows counter-clockwise, seen from above.
    off = math.atan2(-x, -z) - stance.heading
    return abs(math.remainder(off, math.tau))


def in_cone(stance: Stance, place: Point) -> bool:
    """Tell whether a place is before someone, in the cone and not too far away."""
    x, z = place[0] - stance.position[0], place[2] - stance.position[2]
    return math.hypot(x, z) <= LIMITS.sight_m_max and angle_off(stance, place) <= CONE


def looked_at(stance: Stance, spots: Mapping[str, Point]) -> str:
    """Return the hotspot that someone looks at: in the cone, the nearest to its middle."""
    found = [(angle_off(stance, place), math.dist(stance.position, place), name)
             for name, place in spots.items() if in_cone(stance, place)]  # fmt: skip
    return min(found)[2] if found else ""


def look(watch: Watch, now: int, stance: Stance, spots: Mapping[str, Point]) -> None:
    """Take a sample: the time since the last one goes to the hotspot that is looked at now.

    It is one hotspot at most, so that all of them together never have more than the step's time.
    """
    passed = max(0, min(now - watch.last, GAP_US))
    watch.last = max(watch.last, now)
    watch.samples += 1
    watch.spots = tuple(spots)
    name = looked_at(stance, spots)
    if not name:
        return
    watch.first.setdefault(name, now)
    watch.dwell[name] = watch.dwell.get(name, 0) + passed
    if not watch.tried:
        watch.before[name] = watch.before.get(name, 0) + passed


def cell_of(place: Point) -> Cell:
    """Return the square of the floor that a place is on."""
    return math.floor(place[0] / LIMITS.cell_m), math.floor(place[2] / LIMITS.cell_m)


def walk(watch: Watch, passed: int, stance: Stance) -> None:
    """Note where someone stands who lets themselves be recorded; `passed` in microseconds."""
    watch.recorded = True
    if watch.place is not None:
        way = math.dist(watch.place, stance.position)
        watch.metres += way if way <= LIMITS.stride_m_max else 0.0
    watch.place = stance.position
    reach(watch, stance)
    cell = cell_of(stance.position)
    if cell in watch.floor or len(watch.floor) < LIMITS.cells_max:
        stood, before = watch.floor.get(cell, (0, 0))
        watch.floor[cell] = (stood + passed, before + (0 if watch.tried else passed))


def reach(watch: Watch, stance: Stance) -> None:
    """Note how head and hands moved since the last sample, and how far up the head looks."""
    moved = [
        math.dist(one, other) if one is not None and other is not None else 0.0
        for one, other in zip(watch.limbs, stance.limbs, strict=True)
    ]
    # Less than that is the tracker's and no one's motion.
    head, left, right = (way if way >= LIMITS.limb_m_min else 0.0 for way in moved)
    watch.head_m += head
    watch.hands_m += left + right
    watch.limbs = stance.limbs
    if stance.pitch is not None and len(watch.pitches) < LIMITS.pitches_max:
        watch.pitches.append(stance.pitch)


def looked_before(watch: Watch, target: str) -> bool | None:
    """Tell whether the target was looked at before the first try; None: nobody could see that."""
    if not (watch.samples and watch.whole) or target not in watch.spots:
        return None
    return watch.before.get(target, 0) >= LIMITS.look_seconds_min * SECOND_US
