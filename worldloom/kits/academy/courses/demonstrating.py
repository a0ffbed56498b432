"""What a demonstration is: the way that someone walked to show how, and how they stood on it.

What is kept has no name: where someone walked and reached, not who. All here is pure; `ghost` shows
it as a figure, `recording` has it made by an instructor.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Final, NamedTuple

from msgspec import Meta, Struct
from msgspec.structs import replace

from worldloom import Component, Entity
from worldloom.kernel.entity import Stance
from worldloom.kernel.space import add, length, subtract
from worldloom.kits.academy.courses.limits import COURSE_LIMITS as LIMITS

Point = tuple[float, float, float]
Sample = tuple[float, float, float, float]
"""Seconds from the start, and the place of the feet in metres."""
Angle = Annotated[int, Meta(ge=-3142, le=3142)]
"""Milliradians."""
Length = Annotated[int, Meta(ge=-LIMITS.reach_mm_max, le=LIMITS.reach_mm_max)]
Spot = tuple[Length, Length, Length]
"""A place from the feet, in millimetres, with -Z ahead."""
MILLI: Final = 1000.0
STRIDE_M: Final = 1.3
"""How far two steps carry."""
SWING: Final = 0.5
"""How far legs swing at a walk, in radians."""
REACHES: Final = 0.7
"""Seconds that a hand stays at what was pressed."""
SHOULDER: Final = (0.25, 1.25, 0.0)
"""Where the right shoulder is from the feet, with -Z ahead, of who wears no headset."""
REACH_M: Final = 0.6
"""How far a hand reaches from it."""
HANGS: Final = (250, 630, 0)
"""Where a hand hangs, in millimetres."""
REST: Final = 1.5
"""Seconds that the figure stands at the end before it begins anew."""
STILL_M: Final = 0.1
"""Who moved and turned less than this (metres, radians) all the time showed nothing."""


class Pose(Struct, frozen=True, array_like=True):
    """How someone stood: whole numbers, as hundreds of them stand in one component.

    What nobody knew is None: pitch, head and hands without a headset.
    """

    heading: Angle
    pitch: Angle | None = None
    head: Spot | None = None
    left: Spot | None = None
    right: Spot | None = None


class Demonstration(Component, name="academy.Demonstration", private=True):
    """A way that someone walked to show how: (seconds, x, y, z), metres."""

    path: tuple[Sample, ...] = ()


class Poses(Component, name="academy.Poses", private=True):
    """How who walked it stood at each sample of a demonstration.

    It stands beside the way, as that is declared by files and kept in logs that know no poses:
    their figure faces where it goes, and what was recorded of it stays as it is.
    """

    each: tuple[Pose, ...] = ()


class Way(NamedTuple):
    """A way and how someone stood on it; without poses the figure faces where it goes."""

    path: tuple[Sample, ...] = ()
    poses: tuple[Pose, ...] = ()

    @property
    def seconds(self) -> float:
        """How long it takes."""
        return self.path[-1][0] if self.path else 0.0


class Moment(NamedTuple):
    """What the figure does at a moment: metres and radians."""

    place: Point
    heading: float
    swing: float = 0.0
    """How far the left leg is ahead."""
    pitch: float = 0.0
    """How far up the head looks."""
    head: Point | None = None
    left: Point | None = None
    right: Point | None = None


# -- making one --------------------------------------------------------------------------------


def walked(places: Sequence[Point], speed: float = 1.3, pause: float = 1.0) -> Way:
    """Return the way from place to place at metres a second, with a pause (s) at each.

    Whoever walks it turns to the next place during the pause.
    """
    now, path, poses = 0.0, list[Sample](), list[Pose]()
    ways = [_course(one, other) for one, other in zip(places, places[1:], strict=False)]
    ahead = next((way for way in ways if way is not None), 0.0)
    for at, place in enumerate(places):
        if at:
            now += math.dist(places[at - 1], place) / speed
        path.append((now, *place))
        poses.append(Pose(angle(ahead)))
        now += pause
        ahead = next((way for way in ways[at : at + 1] if way is not None), ahead)
        path.append((now, *place))
        poses.append(Pose(angle(ahead)))
    return Way(tuple(path), tuple(poses))


def sampled(seconds: float, stance: Stance) -> tuple[Sample, Pose]:
    """Return how someone stands now, as it is kept."""
    x, y, z = (round(part, 3) for part in stance.position)
    pitch = None if stance.pitch is None else angle(stance.pitch)
    limbs = (None if limb is None else spot(limb) for limb in stance.limbs)
    return (round(seconds, 2), x, y, z), Pose(angle(stance.heading), pitch, *limbs)


def angle(radians: float) -> int:
    """Return an angle as it is kept, between -π and π."""
    return round(math.remainder(radians, math.tau) * MILLI)


def spot(place: Point) -> Spot:
    """Return a place from the feet as it is kept: no hand is farther than the limit."""
    most = LIMITS.reach_mm_max
    x, y, z = (max(-most, min(most, round(part * MILLI))) for part in place)
    return (x, y, z)


def is_still(shown: Way) -> bool:
    """Tell whether nothing at all was shown: nobody walked, turned, nodded or reached."""
    if len(shown.path) < 2:
        return True
    (_, *start), first = shown.path[0], shown.poses[0]
    return not any(
        math.dist(start, sample[1:]) > STILL_M or _differs(first, pose)
        for sample, pose in zip(shown.path, shown.poses, strict=True)
    )


def _differs(one: Pose, other: Pose) -> bool:
    turned = math.remainder((one.heading - other.heading) / MILLI, math.tau)
    nodded = ((one.pitch or 0) - (other.pitch or 0)) / MILLI
    limbs = zip(_limbs(one), _limbs(other), strict=True)
    return max(abs(turned), abs(nodded)) > STILL_M or any(
        a is not None and b is not None and math.dist(a, b) > STILL_M * MILLI for a, b in limbs
    )


def reaching(shown: Way, presses: Sequence[tuple[float, Point]]) -> Way:
    """Return a way on which the right hand reaches for what was pressed: (seconds, its place).

    Where a headset tells of the hand, it stays where it was.
    """
    poses = list(shown.poses)
    free = {at for at, pose in enumerate(poses) if pose.right is None}
    for when, place in presses:
        for at in free:
            seconds, *feet = shown.path[at]
            if when <= seconds <= when + REACHES:
                hand = _toward(place, feet, poses[at].heading / MILLI)
                poses[at] = replace(poses[at], right=spot(hand))
    out = {at for at in free if poses[at].right is not None}
    for at in free - out:  # it comes from hanging down, and goes back there
        if out & {at - 1, at + 1}:
            poses[at] = replace(poses[at], right=HANGS)
    return shown._replace(poses=tuple(poses))


def _toward(place: Point, feet: Sequence[float], heading: float) -> Point:
    """Return where a hand is, from the feet, that reaches from the shoulder for a place."""
    x, y, z = (one - other for one, other in zip(place, feet, strict=True))
    sin, cos = math.sin(heading), math.cos(heading)
    way = subtract((x * cos - z * sin, y, x * sin + z * cos), SHOULDER)
    share = min(1.0, REACH_M / max(length(way), 1e-6))
    return add(SHOULDER, (way[0] * share, way[1] * share, way[2] * share))


# -- reading it --------------------------------------------------------------------------------


def way_of(entity: Entity) -> Way | None:
    """Return what a figure demonstrates; None for what is no figure."""
    kept, stood = entity.get(Demonstration), entity.get(Poses)
    return None if kept is None else Way(kept.path, () if stood is None else stood.each)


def moment_of(shown: Way, seconds: float) -> Moment:
    """Return what the figure does at a moment of a way, which begins anew after its end.

    At each sample it is there exactly; between two it goes smoothly, and never beyond either.
    """
    path, poses = shown.path, shown.poses
    now = seconds % (path[-1][0] + REST)
    at = max(0, bisect.bisect_right(path, now, key=_seconds) - 1)
    four = [min(max(0, at + by), len(path) - 1) for by in (-1, 0, 1, 2)]
    times = [path[one][0] for one in four]
    now = min(max(now, times[1]), times[2])
    place = _smooth(now, times, [path[one][1:] for one in four])
    swing = swing_at(path, seconds)
    if len(poses) != len(path):
        return Moment(place, heading_at(path, seconds), swing)
    around = [poses[one] for one in four]
    turns = _unwound([pose.heading / MILLI for pose in around])
    (heading,) = _smooth(now, times, [(turn,) for turn in turns])
    (pitch,) = _smooth(now, times, [((pose.pitch or 0) / MILLI,) for pose in around])
    limbs = (_limb(now, times, [_limbs(pose)[which] for pose in around]) for which in range(3))
    return Moment(place, heading, swing, pitch, *limbs)


def place_at(path: Sequence[Sample], seconds: float) -> Point:
    """Return where the figure is at a moment of a path, which begins anew after its end."""
    return moment_of(Way(tuple(path)), seconds).place


def heading_at(path: Sequence[Sample], seconds: float) -> float:
    """Return where the figure faces: along its way, and as before where it stands; radians."""
    now = seconds % (path[-1][0] + REST)
    faced = 0.0
    for (_, *one), (start, *other) in zip(path, path[1:], strict=False):
        way = _course(one, other)
        if way is not None:
            faced = way
            if start >= now:
                break
    return faced


def swing_at(path: Sequence[Sample], seconds: float) -> float:
    """Return how far its left leg is ahead, in radians: none where it stands."""
    now = seconds % (path[-1][0] + REST)
    walked_m = moving = 0.0
    for (t0, *one), (t1, *other) in zip(path, path[1:], strict=False):
        step = math.dist(one, other)
        share = min(1.0, max(0.0, (now - t0) / (t1 - t0))) if t1 > t0 else 1.0
        walked_m += step * share
        if t0 <= now < t1:
            moving = min(1.0, step / (t1 - t0))
    return SWING * moving * math.sin(2 * math.pi * walked_m / STRIDE_M)


def _seconds(sample: Sample) -> float:
    return sample[0]


def _course(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Return the heading from a place to another, in radians; None where they are one."""
    x, z = other[0] - one[0], other[2] - one[2]
    return math.atan2(-x, -z) if math.hypot(x, z) > 1e-6 else None


def _limbs(pose: Pose) -> tuple[Spot | None, Spot | None, Spot | None]:
    return pose.head, pose.left, pose.right


def _limb(now: float, times: Sequence[float], four: Sequence[Spot | None]) -> Point | None:
    """Return where a limb is; it waits where nobody knows how it went on."""
    here = four[1]
    if here is None:
        return None
    known = [here if one is None else one for one in four]
    x, y, z = _smooth(now, times, [tuple(part / MILLI for part in one) for one in known])
    return (x, y, z)


def _unwound(four: Sequence[float]) -> list[float]:
    """Return angles so that each is less than half a turn from the next, the second as it was."""
    before, here, after, last = four
    after = here + math.remainder(after - here, math.tau)
    return [here + math.remainder(before - here, math.tau), here, after,
            after + math.remainder(last - after, math.tau)]  # fmt: skip


def _smooth(now: float, times: Sequence[float], four: Sequence[Iterable[float]]) -> Any:
    """Return values between the second and the third of four, by a curve that never overshoots."""
    return tuple(_curve(now, times, values) for values in zip(*four, strict=True))


def _curve(now: float, times: Sequence[float], values: Sequence[float]) -> float:
    """Return a value of the monotone cubic of Fritsch and Butland (SIAM J. Sci. Stat. Comp. 5)."""
    (_, t1, t2, _), (_, one, two, _) = times, values
    if t2 <= t1 or now <= t1 or one == two:
        return one
    long = t2 - t1
    s = (now - t1) / long
    leaves, arrives = (_slope(times, values, at) * long for at in (0, 1))
    found = (
        one + (two - one) * s * s * (3 - 2 * s)
        + leaves * s * (1 - s) ** 2 - arrives * s * s * (1 - s)
    )  # fmt: skip
    return min(max(found, min(one, two)), max(one, two))


def _slope(times: Sequence[float], values: Sequence[float], at: int) -> float:
    """Return how steep it is between three of them: level at a turning point and at the ends."""
    (t0, t1, t2), (v0, v1, v2) = times[at : at + 3], values[at : at + 3]
    before, after = t1 - t0, t2 - t1
    if before <= 0 or after <= 0:
        return 0.0
    one, two = (v1 - v0) / before, (v2 - v1) / after
    if one * two <= 0:
        return 0.0
    return 3 * (before + after) / ((2 * after + before) / one + (after + 2 * before) / two)
