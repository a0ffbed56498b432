"""Promised: the newest pose wins, leaps are refused, a gone slot touches nobody."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldloom.kernel.limits import LIMITS
from worldloom.sync import wire
from worldloom.sync.motion import GENERATIONS, PHASE_US, Motion, Slot, WorldFull
from worldloom.sync.wire import Pose

STEP = 50_000
START = 1_000_000_000


def joined(motion: Motion, x: float = 0.0, z: float = 0.0) -> Slot:
    return motion.join((x, 0.0, z), 0.0, START)


def claim(motion: Motion, slot: Slot, x: float, z: float, now: int, y: float = 0.0) -> None:
    motion.claim(slot, wire.encode_pose(Pose(x, y, z, 1.0, 1)), now)


def test_the_newest_of_several_poses_wins() -> None:
    motion = Motion(4)
    slot = joined(motion)
    for x in (0.1, 0.2, 0.3):
        claim(motion, slot, x, 0, START + STEP)
    assert not len(motion.tick(START + STEP))
    assert motion.position(slot)[0] == pytest.approx(0.3, abs=0.001)
    assert motion.yaw(slot) == pytest.approx(1.0, abs=0.001)


def test_walking_is_accepted_for_ever() -> None:
    motion = Motion(4)
    slot = joined(motion)
    for step in range(1, 400):
        claim(motion, slot, step * 0.5, 0, START + step * STEP)
        assert not len(motion.tick(START + step * STEP))


def test_running_too_fast_is_refused_in_the_end_and_the_body_stays() -> None:
    motion = Motion(4)
    slot = joined(motion)
    refused = []
    for step in range(1, 60):
        claim(motion, slot, step * 2.0, 0, START + step * STEP)
        refused += motion.tick(START + step * STEP).tolist()
    assert slot.index in refused
    assert motion.position(slot)[0] < 60 * 2.0 - LIMITS.stride_m_max


def test_a_leap_is_refused_and_told_once_in_a_while() -> None:
    motion = Motion(4)
    slot = joined(motion)
    now, told = START + 10_000_000, 0
    for _ in range(20):
        now += STEP
        claim(motion, slot, 500, 0, now)
        told += len(motion.tick(now))
    assert 1 <= told <= 3
    assert motion.position(slot) == pytest.approx((0, 0, 0), abs=0.01)


def test_a_pause_of_the_network_is_forgiven() -> None:
    motion = Motion(4)
    slot = joined(motion)
    claim(motion, slot, LIMITS.stride_m_max - 1, 0, START + 5_000_000)
    assert not len(motion.tick(START + 5_000_000))


def test_a_pose_that_was_under_way_does_not_take_back_where_the_server_has_set_its_sender() -> None:
    motion = Motion(4)
    slot = joined(motion)
    marks = [1]
    for step in range(1, 40):
        now, aim = START + step * STEP, float(step % 2 * 5)
        motion.place(slot, (aim, 0.0, 0.0), 0.0, now)
        marks.append(motion.mark(slot))
        motion.claim(slot, wire.encode_pose(Pose(2, 0, 2, mark=marks[-2])), now)  # it was late
        assert not len(motion.tick(now))
        assert motion.position(slot) == pytest.approx((aim, 0, 0), abs=0.01)
        motion.claim(slot, wire.encode_pose(Pose(aim, 0, 0.2, mark=marks[-1])), now)
        assert not len(motion.tick(now))
        assert motion.position(slot)[2] == pytest.approx(0.2, abs=0.01)
    assert set(marks) == set(range(1, 16)), "0 is who does not say"


def test_falling_is_faster_than_running() -> None:
    motion = Motion(4)
    slot = motion.join((0.0, 90.0, 0.0), 0.0, START)
    claim(motion, slot, 0, 0, START + 2_000_000, y=20.0)
    assert not len(motion.tick(START + 2_000_000))


def test_outside_the_extent_is_refused() -> None:
    motion = Motion(4)
    edge = LIMITS.extent_m_max - 0.5
    slot = joined(motion, edge)
    pose = bytearray(wire.encode_pose(Pose(edge, 0, 0)))
    pose[2:4] = (int(edge // 32) + 1).to_bytes(2, "little", signed=True)
    pose[6:8] = b"\x00\x00"
    motion.claim(slot, bytes(pose), START + STEP)
    assert motion.tick(START + STEP).tolist() in ([], [slot.index])
    assert abs(motion.position(slot)[0]) <= LIMITS.extent_m_max


@given(st.binary(min_size=15, max_size=15), st.integers(0, 10_000_000))
def test_any_pose_leaves_the_body_inside_and_finite(tail: bytes, later: int) -> None:
    motion = Motion(2)
    slot = joined(motion)
    motion.claim(slot, b"\x01" + tail, START + later)
    motion.tick(START + later)
    place = motion.position(slot)
    assert all(map(math.isfinite, place))
    assert math.hypot(place[0], place[2]) <= LIMITS.stride_m_max + 0.01


def test_a_pose_of_a_gone_visitor_does_not_move_the_next_one() -> None:
    motion = Motion(1)
    gone = joined(motion)
    motion.leave(gone)
    motion.leave(gone)
    here = joined(motion)
    assert here.index == gone.index and here.generation != gone.generation
    claim(motion, gone, 1, 1, START + STEP)
    motion.place(gone, (9.0, 9.0, 9.0), 0.0, START)
    motion.tick(START + STEP)
    assert motion.position(here) == pytest.approx((0, 0, 0), abs=0.01)
    assert motion.bodies["flags"][here.index] >> 4 & 0xF == here.generation


@given(st.lists(st.integers(0, 3), max_size=80))
def test_slots_are_never_shared_and_generations_tell_them_apart(order: list[int]) -> None:
    motion = Motion(3)
    here: list[Slot] = []
    ended: list[Slot] = []
    for step in order:
        if step and len(here) < 3:
            here.append(joined(motion))
        elif here:
            ended.append(here.pop(0))
            motion.leave(ended[-1])
        assert len({slot.index for slot in here}) == len(here) == len(motion)
        assert all(motion.holds(slot) for slot in here)
        assert not any(motion.holds(slot) for slot in ended[-GENERATIONS + 1 :])


def test_a_full_world_refuses_one_more() -> None:
    motion = Motion(2)
    joined(motion), joined(motion)
    with pytest.raises(WorldFull, match="full"):
        joined(motion)


def test_standing_still_is_no_movement() -> None:
    motion = Motion(2)
    slot = joined(motion)
    claim(motion, slot, 0.5, 0, START + STEP)
    motion.tick(START + STEP)
    motion.moved[:] = False
    claim(motion, slot, 0.5, 0, START + STEP * 2 + 20_000)
    motion.tick(START + STEP * 3)
    assert not motion.moved.any()


def test_the_record_tells_when_in_the_tick_the_pose_came() -> None:
    motion = Motion(2)
    slot = joined(motion)
    motion.tick(START)
    claim(motion, slot, 0.5, 0, START + 10_000)
    motion.tick(START + STEP)
    assert motion.bodies["flags"][slot.index] >> 8 == 40


def test_a_pose_late_in_an_overlong_tick_is_before_the_first_of_the_next() -> None:
    motion = Motion(2)
    slot = joined(motion)
    motion.tick(START)
    claim(motion, slot, 0.5, 0, START + 3 * STEP)
    motion.tick(START + 3 * STEP)
    assert (motion.bodies["flags"][slot.index] >> 8) * PHASE_US < STEP


def test_who_is_set_down_right_after_a_turn_looks_where_they_turned() -> None:
    motion = Motion(2)
    slot = joined(motion)
    claim(motion, slot, 0, 0, START + 10_000)
    motion.place(slot, (2.0, 0.0, 0.0), motion.yaw(slot), START + 20_000)
    motion.tick(START + STEP)
    assert motion.position(slot)[0] == pytest.approx(2.0, abs=0.001)
    assert motion.yaw(slot) == pytest.approx(1.0, abs=0.001)


def test_newcomers_do_not_stand_in_one_another() -> None:
    motion = Motion(300)
    for _ in range(200):
        slot = joined(motion)
        motion.place(slot, motion.free_place((3.0, 0.0, 4.0), slot), 0.0, START)
    places = motion.places[motion.alive][:, [0, 2]]
    gaps = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    np.fill_diagonal(gaps, np.inf)
    assert gaps.min() > LIMITS.spawn_gap_m / 3
    assert np.hypot(*(places - (3, 4)).T).max() < 20
