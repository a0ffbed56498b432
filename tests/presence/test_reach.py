"""Promised: head and hands arrive within 2 mm and a third of a degree, and within human bounds."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sync.hall import Hall
from worldloom.kernel.limits import LIMITS
from worldloom.presence import limbs
from worldloom.presence.limbs import Limb, Limbs, Quaternion, Vector
from worldloom.presence.reach import RING_M, Reach, Reaching
from worldloom.sync.messages import Close
from worldloom.sync.motion import Motion, Slot
from worldloom.sync.wire import BadMessage

START, STEP = 1_000_000_000, 50_000
SIDES = st.floats(-2, 2)
PLACES = st.tuples(SIDES, st.floats(0, 2.7), SIDES)
PARTS = st.floats(-1, 1)
HEAD = Limb((0.0, 1.6, 0.0))


def unit(turn: tuple[float, ...]) -> Quaternion:
    length = math.hypot(*turn) or 1.0
    x, y, z, w = (part / length for part in turn)
    return x, y, z, w


TURNS = st.tuples(PARTS, PARTS, PARTS, PARTS).filter(lambda t: math.hypot(*t) > 0.1).map(unit)


def angle(a: Quaternion, b: Quaternion) -> float:
    return 2 * math.acos(min(1.0, abs(sum(p * q for p, q in zip(a, b, strict=True)))))


def record_of(data: bytes) -> np.void:
    claim = np.frombuffer(data, limbs.CLAIM, 1)[0]
    assert isinstance(claim, np.void)
    return claim


@given(PLACES, TURNS, st.integers(0, 4))
def test_what_a_headset_says_is_read_as_it_was_meant(
    place: Vector, turn: Quaternion, grip: int
) -> None:
    sent = Limbs(HEAD, Limb(place, turn, grip), None)
    read = limbs.limbs_of(record_of(limbs.encode_reach(sent)))
    assert read.head is not None and read.left is not None and read.right is None
    assert read.left.grip == grip and angle(read.left.turn, turn) < math.radians(0.34)
    assert np.abs(np.subtract(read.left.place, place)).max() <= 0.0016


@pytest.mark.parametrize("degrees", [-80, -30, 0, 12, 80])
def test_a_head_that_looks_up_has_a_pitch_wherever_it_faces(degrees: int) -> None:
    half, turn = math.radians(degrees) / 2, math.radians(70) / 2
    # Tilted about X, then turned about Y.
    x, w = math.sin(half), math.cos(half)
    y, v = math.sin(turn), math.cos(turn)
    found = limbs.pitch_of((v * x, y * w, -y * x, v * w))
    assert found == pytest.approx(math.radians(degrees))


@given(st.one_of(st.binary(max_size=40), st.binary(min_size=26, max_size=26)))
def test_any_bytes_are_a_reach_or_are_refused(data: bytes) -> None:
    whole = len(data) == limbs.REACH_BYTES
    try:
        limbs.check_reach(data)
    except BadMessage:
        assert not whole
    else:
        read = limbs.limbs_of(record_of(data))
        for part in (read.head, read.left, read.right):
            if part is not None:
                assert math.isclose(math.hypot(*part.turn), 1.0, abs_tol=1e-9)
                assert all(math.isfinite(number) for number in part.place)


@given(st.binary(max_size=80))
def test_any_bytes_are_a_frame_of_reaches_or_are_refused(data: bytes) -> None:
    try:
        _, records = limbs.decode_frame(data)
    except BadMessage:
        return
    assert len(data) == limbs.FRAME_HEAD.size + len(records) * limbs.RECORD.itemsize


def standing(motion: Motion, x: float = 0.0, z: float = 0.0) -> Slot:
    return motion.join((x, 0.0, z), 0.0, START)


def claim(reach: Reach, slot: Slot, held: Limbs, now: int) -> None:
    reach.claim(slot, limbs.encode_reach(held))
    reach.tick(now)


@given(PLACES, PLACES, PLACES)
def test_no_claim_puts_a_head_off_its_feet_or_a_hand_off_its_arm(
    head: Vector, left: Vector, right: Vector
) -> None:
    motion = Motion(2)
    reach = Reach(motion)
    slot = standing(motion)
    claim(reach, slot, Limbs(Limb(head), Limb(left), Limb(right)), START)
    places = reach.places(slot.index)
    assert math.hypot(places[0, 0], places[0, 2]) <= LIMITS.lean_m_max + 1e-6
    assert places[0, 1] <= LIMITS.head_m_max + 1e-6
    assert np.linalg.norm(places[1:] - places[0], axis=1).max() <= LIMITS.arm_m_max + 1e-6


@given(PLACES, PLACES, st.integers(1, 10))
def test_no_hand_is_faster_than_a_hand_can_be(one: Vector, two: Vector, ticks: int) -> None:
    motion = Motion(2)
    reach = Reach(motion)
    slot = standing(motion)
    claim(reach, slot, Limbs(HEAD, Limb(one)), START)
    before = reach.places(slot.index).copy()
    claim(reach, slot, Limbs(HEAD, Limb(two)), START + ticks * STEP)
    way = np.linalg.norm(reach.places(slot.index) - before, axis=1).max()
    assert way <= ticks * STEP / 1e6 * LIMITS.hand_m_per_s_max + 1e-6


def test_a_headset_that_is_put_on_again_may_begin_anywhere() -> None:
    motion = Motion(2)
    reach = Reach(motion)
    slot = standing(motion)
    claim(reach, slot, Limbs(HEAD, Limb((0.5, 1.0, -0.2))), START)
    claim(reach, slot, Limbs(), START + STEP)
    claim(reach, slot, Limbs(HEAD, Limb((-0.5, 1.5, 0.2))), START + STEP)
    assert reach.places(slot.index)[1] == pytest.approx((-0.5, 1.5, 0.2), abs=0.01)


def test_only_those_nearby_are_sent_head_and_hands() -> None:
    motion = Motion(8)
    reach = Reach(motion)
    wearer, beside = standing(motion), standing(motion, x=RING_M * 1.5)
    far = standing(motion, x=RING_M * 4)
    assert not list(reach.frames(1))
    claim(reach, wearer, Limbs(HEAD, Limb((0.2, 1.0, -0.4)), None), START)
    sent = {row: d.payload for d in reach.frames(2) for row in d.rows}
    assert sent.keys() == {wearer.index, beside.index} and far.index not in sent
    tick, records = limbs.decode_frame(sent[beside.index])
    assert tick == 2 and records["slot"].tolist() == [wearer.index]
    assert not list(reach.frames(3)), "nothing moved since"


def test_of_a_crowd_with_headsets_the_nearest_are_shown() -> None:
    motion = Motion(200)
    reach = Reach(motion)
    slots = [standing(motion, x=0.05 * at) for at in range(120)]
    for slot in slots:
        reach.claim(slot, limbs.encode_reach(Limbs(HEAD)))
    reach.tick(START)
    for delivery in reach.frames(1):
        _, records = limbs.decode_frame(delivery.payload)
        assert len(records) == LIMITS.visible_reaches_max


def test_a_late_claim_of_a_gone_visitor_touches_nobody() -> None:
    motion = Motion(1)
    reach = Reach(motion)
    gone = standing(motion)
    motion.leave(gone)
    reach.forget(gone.index)
    standing(motion)
    claim(reach, gone, Limbs(HEAD), START)
    assert not list(reach.frames(1))


def pass_ticks(hall: Hall) -> None:
    for _ in range(3):
        hall.network.step()
        hall.tick()


def test_two_visitors_see_each_other_s_hands() -> None:
    hall = Hall()
    hall.hub.attach(Reaching(hall.hub))
    ann, _ = hall.robot("Ann")
    bob, bobs = hall.robot("Bob")
    hand = Limb((0.3, 1.2, -0.4), (0.0, 0.0, 0.0, 1.0), 2)
    ann.reach(Limbs(HEAD, hand, None))
    pass_ticks(hall)
    assert ann.welcome is not None
    held = bob.visitors[ann.welcome.visitor].limbs
    assert held is not None and held.left is not None and held.right is None
    assert held.left.grip == 2 and abs(held.left.place[1] - 1.2) < 0.005
    stance = hall.hub.live.visitors[ann.welcome.visitor].stance
    assert stance is not None and stance.pitch == pytest.approx(0, abs=0.01)
    assert stance.limbs[1] == pytest.approx((0.3, 1.2, -0.4), abs=0.005)
    assert stance.limbs[2] is None
    ann.reach(Limbs())
    pass_ticks(hall)
    stance = hall.hub.live.visitors[ann.welcome.visitor].stance
    assert stance is not None and stance.pitch is None, "the headset is off"
    assert bob.visitors[ann.welcome.visitor].limbs is None
    bobs.cut()
    hall.settle()
    ann.reach(Limbs(HEAD))
    pass_ticks(hall)


def test_a_reach_of_another_length_ends_its_sender_alone() -> None:
    hall = Hall()
    hall.hub.attach(Reaching(hall.hub))
    ann, line = hall.robot("Ann")
    _, other = hall.robot("Bob")
    ann.send_live(limbs.NUMBER, bytes(25))
    hall.settle()
    assert line.close_code == Close.BAD_MESSAGE and other.open
