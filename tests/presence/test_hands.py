"""Promised: one hand holds a thing at a time, near enough and with the right; all else fails."""

from __future__ import annotations

import struct

import pytest

from tests.presence.yard import Yard, code, seen
from worldloom.kernel.components import box, sphere
from worldloom.kernel.errors import Refused
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.physical import Body, Grab
from worldloom.kernel.realm import Caller, Command
from worldloom.kernel.rights import Role
from worldloom.kernel.space import NO_TURN, length, subtract
from worldloom.kernel.touching import touch_of
from worldloom.kernel.world import World
from worldloom.presence import bodyframes
from worldloom.presence.physics import NUMBER
from worldloom.sync.messages import Close, HoldRow, Holds
from worldloom.testing.core import RobotCore


def things(world: World) -> None:
    """A ball to throw, a cube that hands alone move, what only builders take, and a far one."""
    world.spawn("ball", sphere(0.2), Body(0.5, drag=3.0), Grab(throw=6.0), at=(0, 0.2, -1.5))
    world.spawn("cube", box(0.3, 0.3, 0.3), Grab(), at=(1, 0.15, -1))
    world.spawn("tool", box(0.3, 0.3, 0.3), Body(), Grab(role="builder"), at=(-1, 0.15, -1))
    world.spawn("far", sphere(0.2), Body(), Grab(), at=(0, 0.2, -9))
    world.spawn("wall", box(4, 4, 0.2), at=(0, 2, -4))


@pytest.fixture
def yard() -> Yard:
    yard = Yard(things)
    yard.robot("Zoe")
    yard.seconds(0.1)
    return yard


def hold(robot: RobotCore, x: float, y: float, z: float, hand: int = 0) -> None:
    """Hold what the hand has at a place from the feet."""
    robot.send_live(NUMBER, bodyframes.encode_hold(hand, 1, (x, y, z), NO_TURN))


def test_a_thing_is_taken_carried_thrown_and_comes_to_rest(yard: Yard) -> None:
    ann, _ = yard.robot("Ann", account="ann")
    bob, _ = yard.robot("Bob")
    assert code(yard.do(ann, "grab", entity="ball")) == ""
    row = HoldRow(yard.id("ball"), ann.welcome.visitor, "right")  # type: ignore[union-attr]
    assert bob.live[-1] == Holds((row,))
    feet = yard.hub.motion.places[ann.welcome.slot].tolist()  # type: ignore[union-attr]
    hold(ann, 0.3, 1.4, -0.6)
    yard.seconds(1)
    there = (feet[0] + 0.3, feet[1] + 1.4, feet[2] - 0.6)
    assert yard.live("ball") == pytest.approx(there, abs=0.02)
    assert seen(bob)[yard.id("ball")] == pytest.approx(there, abs=0.02)
    yard.do(ann, "let_go", velocity=[0, 2, 5])
    assert bob.live[-1] == Holds((HoldRow(yard.id("ball"), "", "right"),))
    yard.seconds(15)
    assert yard.logged("ball")[2] > there[2] + 0.8
    assert [kind for kind in yard.kinds() if kind in ("Grabbed", "Released", "Rested")] == [
        "Grabbed", "Released", "Rested",
    ]  # fmt: skip
    assert ann.copy.state_hash() == yard.realm.world("hall").state.state_hash()


def test_a_thing_without_a_body_stays_where_it_is_let_go(yard: Yard) -> None:
    ann, _ = yard.robot("Ann")
    yard.do(ann, "grab", entity="cube", hand="left")
    hold(ann, 0, 1.5, -0.8, hand=1)
    yard.seconds(1)
    place = yard.live("cube")
    yard.do(ann, "let_go", hand="left", velocity=[0, 0, -5])
    yard.seconds(2)
    assert yard.live("cube") == place and place[1] > 1
    assert yard.logged("cube") == pytest.approx(place, abs=0.001)


def test_what_a_hand_holds_is_put_down_where_its_holder_was_just_set(yard: Yard) -> None:
    ann, _ = yard.robot("Ann")
    for thing in ("ball", "cube"):
        yard.do(ann, "go", position=[0, 0, 0])
        yard.seconds(0.1)
        assert code(yard.do(ann, "grab", entity=thing)) == ""
        for x in (1.0, 2.0, 3.0):
            yard.do(ann, "go", position=[x, 0, 3])
        hold(ann, 0, 0.3, -0.5)
        yard.do(ann, "let_go")
        yard.seconds(0.2)
        x, y, z = yard.live(thing)
        feet = yard.hub.motion.places[ann.welcome.slot].tolist()  # type: ignore[union-attr]
        assert (x, z) == pytest.approx((feet[0], feet[2] - 0.5), abs=0.02) and y < 0.5


def test_a_step_and_a_hand_that_opens_in_one_breath_happen_in_that_order(yard: Yard) -> None:
    ann, _ = yard.robot("Ann")
    yard.do(ann, "grab", entity="ball")
    hold(ann, 0, 0.3, -0.5)
    yard.seconds(1)
    ann.do("go", {"position": [3, 0, 3]})
    ann.do("let_go", {})
    yard.settle()
    yard.seconds(0.2)
    feet = yard.hub.motion.places[ann.welcome.slot].tolist()  # type: ignore[union-attr]
    assert yard.live("ball")[::2] == pytest.approx((feet[0], feet[2] - 0.5), abs=0.02)


def test_what_is_taken_over_before_a_tick_stays_in_the_hand_that_took_it(yard: Yard) -> None:
    ann, _ = yard.robot("Ann")
    bob, _ = yard.robot("Bob")
    yard.do(ann, "grab", entity="ball")
    yard.seconds(0.1)
    yard.do(ann, "let_go", velocity=[0, 0, 5])
    assert code(yard.do(bob, "grab", entity="ball")) == ""
    hold(bob, 0, 1.4, -0.6)
    yard.seconds(1)
    feet = yard.hub.motion.places[bob.welcome.slot].tolist()  # type: ignore[union-attr]
    assert yard.live("ball") == pytest.approx((feet[0], feet[1] + 1.4, feet[2] - 0.6), abs=0.02)


def test_a_throw_is_as_fast_as_the_thing_allows(yard: Yard) -> None:
    ann, _ = yard.robot("Ann")
    yard.do(ann, "grab", entity="ball")
    answer = yard.do(ann, "let_go", velocity=[0, 600, 800])
    assert length(tuple(answer.result["velocity"])) == pytest.approx(6)  # type: ignore[attr-defined]


def test_a_carried_thing_does_not_go_through_walls(yard: Yard) -> None:
    ann, _ = yard.robot("Ann")
    yard.do(ann, "go", position=[0, 0, -2.5])
    yard.seconds(0.2)
    yard.do(ann, "grab", entity="ball")
    hold(ann, 0, 1.2, -3)
    yard.seconds(2)
    assert yard.live("ball")[2] > -3.8


def test_one_hand_at_a_time_and_the_second_is_refused(yard: Yard) -> None:
    ann, _ = yard.robot("Ann")
    bob, _ = yard.robot("Bob")
    yard.do(ann, "grab", entity="ball")
    assert code(yard.do(bob, "grab", entity="ball")) == "held_by_another"
    assert code(yard.do(ann, "grab", entity="cube")) == "hand_full"
    assert code(yard.do(ann, "grab", entity="cube", hand="left")) == ""
    assert code(yard.do(ann, "grab", entity="ball")) == ""
    yard.do(ann, "let_go")
    assert code(yard.do(bob, "grab", entity="ball")) == ""
    assert code(yard.do(ann, "let_go")) == "hand_empty"


def test_a_thing_goes_from_one_hand_to_the_other(yard: Yard) -> None:
    ann, _ = yard.robot("Ann")
    yard.do(ann, "grab", entity="ball")
    assert code(yard.do(ann, "grab", entity="ball", hand="left")) == ""
    touch = touch_of(yard.hub.live.world)
    assert [hand for _, hand in touch.hands] == ["left"]
    yard.seconds(0.1)
    assert len(yard.physics.bodies.carried) == 1


@pytest.mark.parametrize(
    ("thing", "why"),
    [("far", "out_of_reach"), ("tool", "not_allowed"), ("wall", "not_grabbable"),
     ("nothing", "not_found")],
)  # fmt: skip
def test_what_one_may_not_take_is_refused_and_stays(yard: Yard, thing: str, why: str) -> None:
    ann, _ = yard.robot("Ann")
    assert code(yard.do(ann, "grab", entity=thing)) == why
    hold(ann, 0, 1.5, -0.5)
    yard.seconds(0.5)
    assert not yard.physics.bodies.carried and "Grabbed" not in yard.kinds()


def test_nobody_grabs_by_http_or_without_a_body(yard: Yard) -> None:
    caller = Caller("ann", "Ann", "", Role.OWNER)
    with pytest.raises(Refused) as caught:
        yard.realm.do(Command("hall", "grab", {"entity": "ball"}, caller))
    assert caught.value.code == "not_here"


def test_a_forged_hand_reaches_no_farther_than_an_arm(yard: Yard) -> None:
    ann, _ = yard.robot("Ann")
    yard.do(ann, "grab", entity="ball")
    feet = yard.hub.motion.places[ann.welcome.slot].tolist()  # type: ignore[union-attr]
    hold(ann, 32, 30, 32)
    yard.seconds(2)
    away = length(subtract(yard.live("ball"), (feet[0], feet[1] + 1.2, feet[2])))
    assert away < LIMITS.hand_m_max + 0.1


def test_a_hand_cannot_move_what_it_does_not_hold(yard: Yard) -> None:
    ann, _ = yard.robot("Ann")
    bob, _ = yard.robot("Bob")
    yard.do(ann, "grab", entity="ball")
    hold(ann, 0, 1.2, -0.5)
    yard.seconds(0.5)
    before = yard.live("ball")
    hold(bob, 3, 3, 3)
    hold(ann, 3, 3, 3, hand=1)
    yard.seconds(0.5)
    assert yard.live("ball") == pytest.approx(before, abs=0.001)


@pytest.mark.parametrize(
    "velocity",
    [[float("nan"), 0, 0], [float("inf"), 0, 0], [1e300, 0, 0], [0, 0], "fast", None, [True] * 3],
)
def test_a_throw_that_is_no_velocity_throws_nothing(yard: Yard, velocity: object) -> None:
    ann, line = yard.robot("Ann")
    yard.do(ann, "grab", entity="ball")
    ann.do("let_go", {"velocity": velocity})
    yard.settle()
    held = yard.id("ball") in touch_of(yard.hub.live.world).held
    assert held or line.close_code == Close.BAD_MESSAGE  # NaN ends the session, which lets go


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00", b"\x02" + bytes(11), bytes(13), struct.pack("<BBfff", 0, 0, 1, 2, 3)],
)
def test_bytes_that_are_no_hand_end_the_session(yard: Yard, data: bytes) -> None:
    ann, line = yard.robot("Ann")
    yard.do(ann, "grab", entity="ball")
    ann.send_live(NUMBER, data)
    yard.settle()
    assert line.close_code == Close.BAD_MESSAGE
    yard.seconds(0.2)
    assert not yard.physics.bodies.carried


def test_any_twelve_bytes_of_a_hand_hold_a_thing_at_arm_s_length(yard: Yard) -> None:
    ann, _ = yard.robot("Ann")
    yard.do(ann, "grab", entity="ball")
    for filler in (0x00, 0x7F, 0x80, 0xFF):
        ann.send_live(NUMBER, bytes([0]) + bytes([filler]) * 11)
        yard.seconds(0.2)
    place = yard.live("ball")
    assert all(abs(part) < 10 for part in place) and ann.inside


def test_who_leaves_lets_go_and_it_is_told(yard: Yard) -> None:
    ann, line = yard.robot("Ann")
    bob, _ = yard.robot("Bob")
    yard.do(ann, "grab", entity="ball")
    hold(ann, 0, 1.5, -0.5)
    yard.seconds(0.5)
    line.cut()
    yard.settle()
    assert bob.live[-1] == Holds((HoldRow(yard.id("ball"), "", "right"),))
    yard.seconds(5)
    assert yard.logged("ball")[1] < 0.3
    assert yard.kinds()[-4:] == ["Released", "Left", "Changed", "Rested"]


def test_a_kicked_visitor_and_one_who_lost_the_right_let_go(yard: Yard) -> None:
    ann, _ = yard.robot("Ann", account="ann")
    yard.own("ann")
    bob, _ = yard.robot("Bob", account="bob")
    yard.do(ann, "grant", account="bob", role="builder")
    assert code(yard.do(bob, "grab", entity="tool")) == ""
    yard.do(ann, "grant", account="bob", role="visitor")
    yard.seconds(0.1)
    assert not yard.physics.bodies.carried
    yard.do(bob, "grab", entity="ball")
    yard.do(ann, "ban", account="bob")
    yard.seconds(0.1)
    assert not yard.physics.bodies.carried and not touch_of(yard.hub.live.world).held


def test_a_thing_that_is_no_more_leaves_its_hand(yard: Yard) -> None:
    ann, _ = yard.robot("Ann", account="ann")
    yard.own("ann")
    yard.do(ann, "grab", entity="ball")
    yard.do(ann, "despawn", entity="ball")
    yard.seconds(0.2)
    assert not touch_of(yard.hub.live.world).held
    assert code(yard.do(ann, "let_go")) == "hand_empty"


def test_a_newcomer_hears_who_holds_what(yard: Yard) -> None:
    ann, _ = yard.robot("Ann")
    yard.do(ann, "grab", entity="ball")
    bob, _ = yard.robot("Bob")
    row = HoldRow(yard.id("ball"), ann.welcome.visitor, "right")  # type: ignore[union-attr]
    assert Holds((row,)) in bob.live


def test_what_the_disk_does_not_keep_is_not_held(yard: Yard) -> None:
    ann, _ = yard.robot("Ann")
    ann.do("grab", {"entity": "ball"})
    yard.network.step()
    yard.commit(fail=lambda sealed: True)
    yard.settle()
    assert not touch_of(yard.hub.live.world).held and not yard.physics.bodies.carried


def test_a_flood_of_hands_ends_the_session_and_nobody_else_s(yard: Yard) -> None:
    ann, line = yard.robot("Ann")
    bob, _ = yard.robot("Bob")
    yard.do(ann, "grab", entity="ball")
    for _ in range(LIMITS.live_burst_max + LIMITS.floods_burst_max + 10):
        hold(ann, 0, 1, 0)
    yard.settle()
    assert line.close_code == Close.RATE and bob.inside
    yard.seconds(0.1)
    assert not yard.physics.bodies.carried
