"""What was seen of a learner in a step: one event a step, sealed under that person's key."""

from __future__ import annotations

import math

from msgspec import Struct

from worldloom import Component, Personal
from worldloom.kits.academy.courses.events import AGAIN, Answered, CourseEvent
from worldloom.kits.academy.evidence.seeing import SECOND_US, Watch, looked_before


class Seen(Struct, frozen=True):
    """One step of one learner; all times in seconds from when it was asked."""

    seconds: float
    """Until it was answered."""
    hesitation: float | None = None
    """Until the first try; None where nobody could tell."""
    errors: int = 0
    tries: int = 0
    right: bool = False
    looks: tuple[tuple[str, float, float], ...] = ()
    """(hotspot, seconds in the cone of the heading, when it was first there)."""
    looked: bool | None = None
    """Whether the target was looked at before the first try."""
    metres: float | None = None
    """The way walked; None without consent to be recorded."""
    floor: tuple[tuple[int, int, float, float], ...] = ()
    """(cell in x, in z, seconds stood, seconds hesitated); only by consent to be recorded."""
    head_m: float | None = None
    """How far the head moved over the feet; None without a headset, or without consent."""
    hands_m: float | None = None
    """How far both hands moved; the same."""
    pitch: tuple[float, float, float] | None = None
    """Lowest, mean and highest pitch of the head in degrees, up is more; the same."""

    @property
    def dwell(self) -> dict[str, float]:
        """Hotspot → seconds in the cone of the heading."""
        return {name: seconds for name, seconds, _ in self.looks}

    @property
    def first(self) -> dict[str, float]:
        """Hotspot → when it was first in the cone."""
        return {name: moment for name, _, moment in self.looks}


class Observed(CourseEvent, name="academy.Observed", private=True, undo=AGAIN):
    """What was seen of a learner in a step; `number` counts how often they were asked it."""

    step: str
    number: int
    seen: Personal[Seen]


class Evidence(Component, name="academy.Evidence", private=True):
    """What was seen of one learner in a course, added up: a `Learnt` for the server alone."""

    course: str
    learner: str
    kept: Personal[bytes]


def seen_of(watch: Watch | None, answered: Answered, target: str, now: int) -> Seen:
    """Return what is kept of a step that was answered; `now` in microseconds UTC."""
    tries, errors = answered.tries + 1, answered.tries + (not answered.right)
    if watch is None:
        hesitation = None if answered.tries else round(answered.seconds, 2)
        return Seen(round(answered.seconds, 2), hesitation, errors, tries, answered.right)
    end = now if answered.tries else watch.asked + round(answered.seconds * SECOND_US)

    def after(moment: int) -> float:
        return round(max(0, moment - watch.asked) / SECOND_US, 2)

    return Seen(
        after(end), after(watch.tried or end) if watch.whole else None,
        errors, tries, answered.right,
        # Cut, not rounded: their sum stays below the step's time.
        tuple((name, time * 100 // SECOND_US / 100, after(watch.first[name]))
              for name, time in sorted(watch.dwell.items())),
        looked_before(watch, target), round(watch.metres, 2) if watch.recorded else None,
        tuple((x, z, round(stood / SECOND_US, 1), round(before / SECOND_US, 1))
              for (x, z), (stood, before) in sorted(watch.floor.items())),
        *_reached(watch),
    )  # fmt: skip


def _reached(watch: Watch) -> tuple[float | None, float | None, tuple[float, float, float] | None]:
    """Return head_m, hands_m and pitch of a step."""
    if not watch.pitches:
        return None, None, None
    low, high = min(watch.pitches), max(watch.pitches)
    mean = sum(watch.pitches) / len(watch.pitches)
    down, level, up = (round(math.degrees(one), 1) for one in (low, mean, high))
    return round(watch.head_m, 2), round(watch.hands_m, 2), (down, level, up)
