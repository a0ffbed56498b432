"""Rings on which nobody stands in another, and followers who are brought along or leave."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldloom.kits.academy.classroom.limits import CLASS_LIMITS as LIMITS
from worldloom.kits.academy.classroom.places import apart, follow, radius_of, ring

metres = st.floats(-1000, 1000)
points = st.tuples(metres, metres, metres)


@given(points, st.integers(0, 60))
def test_all_on_a_ring_are_as_far_from_its_middle_and_a_gap_from_each_other(
    centre: tuple[float, float, float], count: int
) -> None:
    spots = ring(centre, count)
    assert len(spots) == count
    for at, spot in enumerate(spots):
        assert apart(spot, centre) == pytest.approx(radius_of(count))
        assert spot[1] == centre[1]
        for other in spots[:at]:
            assert apart(spot, other) >= LIMITS.gap_m_min - 1e-6


@given(points, points, st.dictionaries(st.text(max_size=3), points, max_size=12), st.booleans())
def test_after_a_look_everyone_is_near_the_leader_or_the_leader_stands_or_they_left(
    anchor: tuple[float, float, float],
    leader: tuple[float, float, float],
    followers: dict[str, tuple[float, float, float]],
    may_leave: bool,
) -> None:
    seen = follow(anchor, leader, followers, may_leave)
    near = radius_of(len(followers)) + LIMITS.gap_m_min
    assert not (seen.left and seen.brought)
    assert may_leave or not seen.left
    if seen.anchor == leader != anchor:
        for name, place in followers.items():
            assert apart(seen.brought.get(name, place), leader) <= near + 1e-6
    else:
        assert not seen.brought and apart(anchor, leader) < LIMITS.follow_m_min or anchor == leader


def test_who_walks_away_while_the_leader_stands_leaves_where_they_may() -> None:
    here, far = (0.0, 0.0, 0.0), (50.0, 0.0, 0.0)
    assert follow(here, here, {"a": far}, may_leave=True).left == {"a"}
    assert not follow(here, here, {"a": far}, may_leave=False).left
    walked = follow(here, (5.0, 0.0, 0.0), {"a": far}, may_leave=True)
    assert set(walked.brought) == {"a"} and math.isclose(
        apart(walked.brought["a"], (5.0, 0.0, 0.0)), LIMITS.ring_m_min
    )
