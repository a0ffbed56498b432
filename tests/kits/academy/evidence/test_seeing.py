"""Cones and dwell: what is behind is never looked at, and no time is counted twice."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from worldloom.kernel.entity import Stance
from worldloom.kits.academy.courses.events import Answered
from worldloom.kits.academy.evidence.events import seen_of
from worldloom.kits.academy.evidence.seeing import (
    SECOND_US,
    Point,
    Watch,
    angle_off,
    in_cone,
    look,
    looked_at,
    looked_before,
    walk,
)

metres = st.floats(-40, 40)
points = st.tuples(metres, st.floats(0, 3), metres)
headings = st.floats(-10, 10)
stances = st.builds(Stance, points, headings)
spots = st.dictionaries(st.sampled_from(["pan", "lid", "tap"]), points)
samples = st.lists(st.tuples(st.integers(0, 3 * SECOND_US), stances), max_size=30)


def ahead(stance: Stance, metres: float, turn: float = 0.0) -> Point:
    """Return the place so far before somebody, turned to the left by radians."""
    heading = stance.heading + turn
    x, y, z = stance.position
    return x - math.sin(heading) * metres, y, z - math.cos(heading) * metres


@given(stances, st.floats(0.5, 29), st.floats(-math.pi / 2, math.pi / 2))
def test_a_hotspot_behind_is_never_looked_at(stance: Stance, far: float, turn: float) -> None:
    assert not in_cone(stance, ahead(stance, far, math.pi + turn))


@given(stances, st.floats(0.5, 29), st.floats(-0.3, 0.3))
def test_a_hotspot_ahead_is_looked_at_by_as_much_as_it_is_off(
    stance: Stance, far: float, turn: float
) -> None:
    place = ahead(stance, far, turn)
    assert math.isclose(angle_off(stance, place), abs(turn), abs_tol=1e-6)
    assert looked_at(stance, {"it": place}) == "it"


@given(stances, points, st.integers(-3, 3))
def test_a_whole_turn_changes_nothing(stance: Stance, place: Point, turns: int) -> None:
    other = Stance(stance.position, stance.heading + turns * math.tau)
    assert math.isclose(angle_off(stance, place), angle_off(other, place), abs_tol=1e-6)


@given(spots, samples)
def test_all_dwell_together_is_at_most_the_time_of_the_step(
    there: dict[str, Point], taken: list[tuple[int, Stance]]
) -> None:
    watch, now = Watch("see", 1, 0, 0), 0
    for passed, stance in taken:
        now += passed
        look(watch, now, stance, there)
    assert sum(watch.dwell.values()) <= now
    assert all(watch.before[name] <= watch.dwell[name] for name in watch.before)
    assert set(watch.dwell) == set(watch.first) <= set(there)
    seen = seen_of(watch, Answered("a", "c", "see", "pan", True, 0, now / SECOND_US), "pan", now)
    assert sum(seen.dwell.values()) <= seen.seconds + 0.01
    assert all(moment <= seen.seconds + 0.01 for moment in seen.first.values())


def test_only_who_faced_the_target_before_the_first_try_looked_before_deciding() -> None:
    here = Stance((0.0, 0.0, 0.0), 0.0)
    there = {"pan": (0.0, 1.0, -3.0), "tap": (0.0, 1.0, 3.0)}
    watch = Watch("see", 1, 0, 0)
    assert looked_before(watch, "pan") is None, "nobody saw anything yet"
    look(watch, SECOND_US, here, there)
    assert looked_before(watch, "pan") and not looked_before(watch, "tap")
    assert looked_before(watch, "lid") is None, "it is not there"
    watch = Watch("see", 1, 0, 0, tried=1)
    look(watch, SECOND_US, here, there)
    assert watch.dwell == {"pan": SECOND_US} and not looked_before(watch, "pan")


def test_a_pause_of_the_server_is_nobodys_look() -> None:
    watch = Watch("see", 1, 0, 0)
    look(watch, 60 * SECOND_US, Stance((0.0, 0.0, 0.0), 0.0), {"pan": (0.0, 0.0, -1.0)})
    assert watch.dwell == {"pan": SECOND_US}


@given(samples)
def test_the_time_on_the_floor_is_what_passed(taken: list[tuple[int, Stance]]) -> None:
    watch = Watch("see", 1, 0, 0)
    for passed, stance in taken:
        walk(watch, passed, stance)
    assert sum(stood for stood, _ in watch.floor.values()) == sum(passed for passed, _ in taken)
    assert watch.metres <= 5.0 * max(0, len(taken) - 1)
