"""Promised: bodies in motion as few bytes, near to the truth, shared by all who see the same."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldloom.kernel.limits import LIMITS
from worldloom.kernel.physical import Body
from worldloom.kernel.space import NO_TURN, Pose, Vec, angle_between, unit
from worldloom.presence import bodyframes
from worldloom.presence.bodies import Bodies
from worldloom.presence.bodyframes import BodyInterest, Frame, decode, keys_of, quantise
from worldloom.presence.forms import solid
from worldloom.sync.interest import ORIGIN, STRIDE
from worldloom.sync.wire import BadMessage

PARTS = st.floats(-1, 1)
METRES = st.floats(-LIMITS.extent_m_max, LIMITS.extent_m_max)


@given(st.tuples(PARTS, PARTS, PARTS, PARTS))
def test_a_turn_in_four_bytes_is_off_by_less_than_a_quarter_of_a_degree(
    parts: tuple[float, float, float, float],
) -> None:
    turn = unit(parts)
    packed = bodyframes.pack_turns(np.array([turn]))
    assert angle_between(bodyframes.unpack_turn(int(packed[0])), turn) < math.radians(0.25)


@given(st.integers(1, 2**32 - 1), st.tuples(METRES, METRES, METRES))
def test_a_place_comes_back_within_a_millimetre(id: int, place: Vec) -> None:
    made = quantise(np.array([id]), np.array([place]), np.array([NO_TURN]))
    data = bodyframes.encode(7, True, 1, made, keys_of(made))
    tick, full, (one,) = decode(data)
    assert (tick, full, one.entity) == (7, True, id)
    assert one.position == pytest.approx(place, abs=0.0006)


@given(st.integers(0, 1), st.tuples(*[st.floats(-40, 40)] * 3))
def test_a_held_thing_s_place_is_twelve_bytes_of_millimetres(hand: int, offset: Vec) -> None:
    data = bodyframes.encode_hold(hand, 300, offset, NO_TURN)
    assert len(data) == 12
    found, place, _ = bodyframes.decode_hold(data)
    assert found == hand
    assert place == pytest.approx(tuple(min(max(x, -32.768), 32.767) for x in offset), abs=0.0006)


@given(st.binary(max_size=80))
def test_any_other_bytes_are_refused_or_read_as_a_frame(data: bytes) -> None:
    try:
        _, _, found = decode(data)
    except BadMessage:
        return
    assert all(map(math.isfinite, (part for one in found for part in one.position)))


def some_bodies(places: list[Vec]) -> tuple[Bodies, BodyInterest]:
    bodies = Bodies(None, capacity=max(len(places), 1))
    for id, place in enumerate(places, 1):
        bodies.put(id, Body(), [(solid("box", (1,) * 3, (1,) * 3), Pose())], Pose(place))
        bodies.still[bodies.rows[id]] = False
    return bodies, BodyInterest(bodies)


def key(cell_x: int, cell_z: int) -> int:
    return (cell_x + ORIGIN) * STRIDE + cell_z + ORIGIN


def frames(interest: BodyInterest, *cells: tuple[int, int], tick: int = 1) -> list[Frame]:
    rows = np.arange(len(cells))
    return list(interest.frames(tick, 1, rows, np.array([key(*cell) for cell in cells])))


def entities(frame: Frame) -> set[int]:
    return {one.entity for one in decode(frame.payload)[2]}


def test_viewers_of_one_cell_share_one_frame_of_what_is_near() -> None:
    _, interest = some_bodies([(1, 0, 1), (40, 0, 1), (100, 0, 1)])
    first, second = frames(interest, (0, 0), (0, 0), (3, 0))
    assert (entities(first), first.rows, first.full) == ({1, 2}, [0, 1], True)
    assert (entities(second), second.rows) == ({3}, [2])


def test_later_frames_hold_movers_only_and_nothing_where_nothing_moves() -> None:
    bodies, interest = some_bodies([(1, 0, 1), (2, 0, 1)])
    frames(interest, (0, 0))
    assert frames(interest, (0, 0), tick=2) == []
    bodies.places[bodies.rows[2]] = (2.5, 0, 1)
    (frame,) = frames(interest, (0, 0), tick=3)
    assert entities(frame) == {2} and not frame.full


def test_who_was_skipped_or_changed_cell_gets_all_that_is_afloat() -> None:
    _, interest = some_bodies([(1, 0, 1), (2, 0, 1)])
    frames(interest, (0, 0), (0, 0))
    interest.owe(1)
    (frame,) = frames(interest, (0, 0), (0, 0), tick=2)
    assert (frame.rows, frame.full, entities(frame)) == ([1], True, {1, 2})
    (frame,) = frames(interest, (1, 0), (0, 0), tick=3)
    assert (frame.rows, frame.full) == ([0], True)


def test_what_rests_where_the_log_has_it_is_in_no_frame() -> None:
    bodies, interest = some_bodies([(1, 0, 1), (2, 0, 1)])
    bodies.still[:] = True
    assert frames(interest, (0, 0)) == []
    bodies.places[bodies.rows[1]] = (1, 0.5, 1)
    (frame,) = frames(interest, (1, 0), tick=2)
    assert entities(frame) == {1}


def test_a_crowd_of_bodies_is_cut_to_the_nearest() -> None:
    places: list[Vec] = [(x % 32, 0, x // 32 * 0.5) for x in range(LIMITS.visible_bodies_max + 50)]
    _, interest = some_bodies(places)
    (frame,) = frames(interest, (0, 0))
    assert len(entities(frame)) == LIMITS.visible_bodies_max
