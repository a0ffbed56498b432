"""Promised: one visitor to a seat, near and with the right, carried along by what it is on."""

from __future__ import annotations

import math

import pytest

from tests.presence.yard import Yard, code, told
from worldloom.kernel.components import Transform, box
from worldloom.kernel.physical import Body, Seat, Zone
from worldloom.kernel.space import Vec, upright
from worldloom.kernel.touching import touch_of
from worldloom.kernel.world import World
from worldloom.sync.boundary import Boundary
from worldloom.sync.messages import Placed, SeatRow, Seats
from worldloom.testing.core import RobotCore


def a_room(world: World) -> None:
    """A bench of two seats, a throne for builders, one in a guarded box, a far one, and a cart."""
    bench = world.spawn("bench", box(2, 0.1, 0.5), at=(0, 0.4, -2))
    for number, x in enumerate((-0.5, 0.5)):
        world.spawn(f"seat {number}", Seat(height=0.05), at=(x, 0.05, 0), parent=bench)
    world.spawn("throne", Seat(role="builder"), Transform((2, 0, 0), upright(math.pi / 2)))
    world.spawn("box seat", Seat(), at=(-2.5, 0, 0))
    world.spawn("box", Zone("box", (1, 3, 1), role="member"), at=(-2.5, 1, 0))
    world.spawn("far", Seat(), at=(0, 0, -12))
    cart = world.spawn("cart", box(1, 0.2, 1), Body(5.0, drag=3.0), at=(0, 0.1, 2))
    world.spawn("cart seat", Seat(height=0.4), at=(0, 0.1, 0), parent=cart)


@pytest.fixture
def yard() -> Yard:
    yard = Yard(a_room)
    yard.seconds(0.1)
    return yard


def feet(yard: Yard, robot: RobotCore) -> Vec:
    """Return where the server has a robot."""
    assert robot.welcome is not None
    x, y, z = yard.hub.motion.places[robot.welcome.slot].tolist()
    return x, y, z


def me(robot: RobotCore) -> str:
    assert robot.welcome is not None
    return robot.welcome.visitor


def test_who_sits_down_is_on_the_seat_for_all_and_stands_up_where_they_came_from(
    yard: Yard,
) -> None:
    ann, _ = yard.robot("Ann")
    bob, _ = yard.robot("Bob")
    before = feet(yard, ann)
    yard.do(ann, "sit_down", entity="seat 1")
    yard.seconds(0.2)
    assert feet(yard, ann) == pytest.approx((0.5, 0.05, -2), abs=0.01)
    assert Seats((SeatRow(yard.id("seat 1"), me(ann)),)) in bob.live
    assert bob.visitors[me(ann)].animation == 5
    assert bob.visitors[me(ann)].yaw == pytest.approx(math.pi, abs=0.01)
    yard.do(ann, "stand_up")
    yard.seconds(0.2)
    assert feet(yard, ann) == pytest.approx(before, abs=0.01)
    assert bob.live[-1] == Seats((SeatRow(yard.id("seat 1"), ""),))
    assert [kind for kind, _ in told(yard, "SatDown", "StoodUp")] == ["SatDown", "StoodUp"]


def test_the_client_hears_where_it_was_put(yard: Yard) -> None:
    ann, _ = yard.robot("Ann")
    placed: list[Placed] = []
    take = ann._take

    def listen(message: object) -> None:
        if isinstance(message, Placed):
            placed.append(message)
        take(message)  # type: ignore[arg-type]

    ann._take = listen  # type: ignore[method-assign]
    yard.do(ann, "sit_down", entity="seat 0")
    yard.do(ann, "stand_up")
    assert [one.reason for one in placed] == ["sat", "stood"]


@pytest.mark.parametrize(
    ("seat", "why"),
    [("throne", "not_allowed"), ("far", "out_of_reach"), ("bench", "not_a_seat"),
     ("box seat", "not_allowed")],
)  # fmt: skip
def test_a_seat_that_is_not_for_one_stays_empty(yard: Yard, seat: str, why: str) -> None:
    ann, _ = yard.robot("Ann")
    assert code(yard.do(ann, "sit_down", entity=seat)) == why
    yard.seconds(0.2)
    assert not touch_of(yard.hub.live.world).seats and not yard.hub.motion.seated.any()


def test_one_seat_has_room_for_one(yard: Yard) -> None:
    ann, _ = yard.robot("Ann")
    bob, _ = yard.robot("Bob")
    yard.do(ann, "sit_down", entity="seat 0")
    assert code(yard.do(bob, "sit_down", entity="seat 0")) == "seat_taken"
    assert code(yard.do(ann, "sit_down", entity="seat 0")) == ""
    yard.do(ann, "sit_down", entity="seat 1")
    assert code(yard.do(bob, "sit_down", entity="seat 0")) == ""
    assert code(yard.do(ann, "stand_up")) == ""
    assert code(yard.do(ann, "stand_up")) == "not_seated"


def test_two_who_sit_down_in_the_same_moment_get_one_seat(yard: Yard) -> None:
    ann, _ = yard.robot("Ann")
    bob, _ = yard.robot("Bob")
    first = ann.do("sit_down", {"entity": "seat 0"})
    second = bob.do("sit_down", {"entity": "seat 0"})
    yard.settle()
    assert sorted([code(ann.outcomes[first]), code(bob.outcomes[second])]) == ["", "seat_taken"]


def test_forged_poses_neither_move_who_sits_nor_seat_who_does_not(yard: Yard) -> None:
    ann, _ = yard.robot("Ann")
    bob, _ = yard.robot("Bob")
    yard.do(ann, "sit_down", entity="seat 0")
    ann.pose(3, 0, 3)
    bob.pose(0.5, 0.05, -2, 0, 5)
    yard.seconds(0.3)
    assert feet(yard, ann) == pytest.approx((-0.5, 0.05, -2), abs=0.01)
    assert ann.visitors[me(bob)].animation == 0
    assert ann.visitors[me(bob)].position == pytest.approx((0.5, 0.05, -2), abs=0.02)


def test_who_leaves_frees_the_seat(yard: Yard) -> None:
    ann, line = yard.robot("Ann")
    bob, _ = yard.robot("Bob")
    yard.do(ann, "sit_down", entity="seat 0")
    line.cut()
    yard.settle()
    yard.seconds(0.1)
    assert bob.live[-1] == Seats((SeatRow(yard.id("seat 0"), ""),))
    assert code(yard.do(bob, "sit_down", entity="seat 0")) == ""
    assert yard.kinds()[-3:] == ["StoodUp", "Left", "SatDown"]


def test_a_newcomer_hears_who_sits(yard: Yard) -> None:
    ann, _ = yard.robot("Ann")
    yard.do(ann, "sit_down", entity="seat 0")
    bob, _ = yard.robot("Bob")
    assert Seats((SeatRow(yard.id("seat 0"), me(ann)),)) in bob.live


def test_a_seat_carries_its_visitor_while_what_it_is_on_moves(yard: Yard) -> None:
    ann, _ = yard.robot("Ann")
    bob, _ = yard.robot("Bob")
    yard.do(ann, "sit_down", entity="cart seat")
    yard.do(bob, "push", entity="cart", direction=[1, 0, 0], speed=4.0)
    yard.seconds(0.4)
    cart = yard.live("cart")
    assert cart[0] > 0.3
    x, _, z = feet(yard, ann)
    assert (x, z) == pytest.approx((cart[0], cart[2]), abs=0.05)
    yard.seconds(5)
    x, _, z = feet(yard, ann)
    cart = yard.live("cart")
    assert (x, z) == pytest.approx((cart[0], cart[2]), abs=0.05)


def test_a_seat_that_is_taken_away_or_forbidden_lets_its_visitor_stand(yard: Yard) -> None:
    ann, _ = yard.robot("Ann", account="ann")
    yard.own("ann")
    bob, _ = yard.robot("Bob", account="bob")
    yard.do(bob, "sit_down", entity="seat 0")
    yard.do(ann, "despawn", entity="seat 0")
    yard.seconds(0.2)
    assert not touch_of(yard.hub.live.world).seats and not yard.hub.motion.seated.any()
    yard.do(bob, "sit_down", entity="seat 1")
    yard.do(ann, "set", entity="seat 1", component="Seat", fields={"role": "builder"})
    yard.seconds(0.2)
    assert not touch_of(yard.hub.live.world).seats
    assert yard.kinds()[-1] == "StoodUp"


def test_strangers_may_sit_side_by_side_on_one_bench() -> None:
    def declare(world: World) -> None:
        for number, x in enumerate((-0.2, 0.2)):
            world.spawn(f"seat {number}", Seat(), at=(x, 0, -1.5))

    yard = Yard(declare)
    yard.hub.attach(Boundary(yard.hub))
    ann, _ = yard.robot("Ann", account="ann")
    bob, _ = yard.robot("Bob", account="bob")
    yard.do(ann, "sit_down", entity="seat 0")
    yard.do(bob, "sit_down", entity="seat 1")
    yard.seconds(0.5)
    assert feet(yard, ann)[0] == pytest.approx(-0.2, abs=0.01)
    assert feet(yard, bob)[0] == pytest.approx(0.2, abs=0.01)


def test_going_elsewhere_is_standing_up(yard: Yard) -> None:
    ann, _ = yard.robot("Ann")
    yard.do(ann, "sit_down", entity="seat 0")
    yard.do(ann, "go", position=[3, 0, 3])
    yard.seconds(0.2)
    assert feet(yard, ann) == pytest.approx((3, 0, 3), abs=0.01)
    assert not touch_of(yard.hub.live.world).seats


def test_what_the_disk_does_not_keep_seats_nobody(yard: Yard) -> None:
    ann, _ = yard.robot("Ann")
    ann.do("sit_down", {"entity": "seat 0"})
    yard.network.step()
    yard.commit(fail=lambda sealed: True)
    yard.settle()
    assert not touch_of(yard.hub.live.world).seats and not yard.hub.motion.seated.any()
