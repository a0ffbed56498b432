"""Who is held stands where they stood, whatever their client says, until they are let go."""

from __future__ import annotations

import pytest

from tests.presence.yard import Yard, code
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.physical import Seat
from worldloom.kernel.space import Vec
from worldloom.kernel.world import World
from worldloom.testing.core import RobotCore


def a_hall(world: World) -> None:
    """A hall with a chair, and actions that hold and move everyone."""
    world.spawn("chair", Seat(), at=(0.5, 0.4, 0))

    @world.action
    def hold(on: bool) -> list[bool]:
        for visitor in world.visitors:
            visitor.hold(on)
        return [visitor.held for visitor in world.visitors]

    @world.action
    def held() -> list[bool]:
        return [visitor.held for visitor in world.visitors]

    @world.action
    def bring(heading: float | None = None) -> None:
        for visitor in world.visitors:
            visitor.move_to((5.0, 0.0, 5.0), heading)


@pytest.fixture
def hall() -> Yard:
    hall = Yard(a_hall)
    hall.seconds(0.1)
    return hall


def at(hall: Yard, robot: RobotCore) -> Vec:
    assert robot.welcome is not None
    x, y, z = hall.hub.motion.places[robot.welcome.slot].tolist()
    return x, y, z


def walk(hall: Yard, robot: RobotCore, x: float, z: float) -> Vec:
    """Try to go there, and return where the server has it then."""
    robot.pose(x, 0, z)
    hall.seconds(0.3)
    return at(hall, robot)


def apart(one: Vec, other: Vec) -> float:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def test_who_is_held_turns_and_sways_but_goes_nowhere_until_let_go(hall: Yard) -> None:
    ann, _ = hall.robot("Ann")
    before = walk(hall, ann, 0, 0)
    hall.do(ann, "hold", on=True)
    assert hall.do(ann, "held").result == [True]  # type: ignore[attr-defined]
    for x in (0.6, 1.0, 3.0, -2.0):
        assert walk(hall, ann, x, 0) == before
    assert apart(walk(hall, ann, 0.2, 0), before) == pytest.approx(0.2, abs=0.02)
    for step in range(1, 20):
        assert apart(walk(hall, ann, 0.2 * step, 0), before) <= LIMITS.held_m_max + 0.01
    hall.do(ann, "hold", on=False)
    assert walk(hall, ann, 2.0, 0)[0] == pytest.approx(2, abs=0.01)


def test_held_they_neither_go_by_an_action_nor_sit_down(hall: Yard) -> None:
    ann, _ = hall.robot("Ann")
    walk(hall, ann, 0, 0)
    hall.do(ann, "hold", on=True)
    assert code(hall.do(ann, "go", position=[3, 0, 0])) == "conflict"
    assert code(hall.do(ann, "sit_down", entity="chair")) == "conflict"
    hall.do(ann, "hold", on=False)
    assert code(hall.do(ann, "sit_down", entity="chair")) == ""


def test_a_handler_moves_who_is_held_and_they_stay_where_it_put_them(hall: Yard) -> None:
    ann, _ = hall.robot("Ann")
    walk(hall, ann, 0, 0)
    hall.do(ann, "hold", on=True)
    walk(hall, ann, 2, 0)
    hall.do(ann, "bring")
    hall.seconds(0.3)
    there = at(hall, ann)
    assert apart(there, (5, 0, 5)) < 1
    assert walk(hall, ann, 7, 5) == there


def test_a_handler_says_where_who_it_moves_looks_or_lets_them_look_as_they_did(hall: Yard) -> None:
    ann, _ = hall.robot("Ann")
    walk(hall, ann, 0, 0)
    hall.do(ann, "bring", heading=1.25)
    hall.seconds(0.3)
    assert ann.yaw == pytest.approx(1.25, abs=0.001)
    walk(hall, ann, 0, 0)
    hall.do(ann, "bring")
    hall.seconds(0.3)
    assert ann.yaw == pytest.approx(0, abs=0.001), "as their last pose looked"


def test_who_comes_again_is_free_and_others_are_not_touched(hall: Yard) -> None:
    ann, line = hall.robot("Ann")
    walk(hall, ann, 0, 0)
    hall.do(ann, "hold", on=True)
    bob, _ = hall.robot("Bob")
    assert walk(hall, bob, 4, 4)[0] == pytest.approx(4, abs=0.01)
    assert hall.zones._held
    line.cut()
    hall.seconds(0.2)
    assert not hall.zones._held
