"""A class on a server's own hub, with robots that walk: what the instructor does is real there."""

from __future__ import annotations

import pytest

from tests.presence.yard import Yard, code
from worldloom import World
from worldloom.kernel.space import Vec
from worldloom.kits.academy import Academy
from worldloom.kits.academy.classroom.places import apart
from worldloom.kits.academy.classroom.room import Classroom
from worldloom.testing.core import RobotCore


def a_class(world: World) -> None:
    world.use(Academy(classroom=Classroom()))


def wait(yard: Yard, seconds: int) -> None:
    """Let seconds pass, with the world's own clock."""
    for _ in range(seconds):
        yard.seconds(1)
        yard.realm.tick(yard.now)
        yard.settle()


@pytest.fixture
def yard() -> Yard:
    yard = Yard(a_class)
    yard.seconds(0.1)
    return yard


def at(yard: Yard, robot: RobotCore) -> Vec:
    assert robot.welcome is not None
    x, y, z = yard.hub.motion.places[robot.welcome.slot].tolist()
    return x, y, z


def walk(yard: Yard, robot: RobotCore, x: float, z: float) -> None:
    """Walk there at a person's pace."""
    start = at(yard, robot)
    for step in range(1, 11):
        share = step / 10
        robot.pose(start[0] + (x - start[0]) * share, 0, start[2] + (z - start[2]) * share)
        yard.seconds(0.15)


def test_a_class_is_gathered_led_along_frozen_and_let_go(yard: Yard) -> None:
    boss, _ = yard.robot("Mo", account="mo")
    yard.own("mo")
    wait(yard, 2)
    assert [one.role for one in yard.realm.world("hall").world.visitors] == ["owner"]
    ann, _ = yard.robot("Ann")
    walk(yard, boss, 0, 0)
    walk(yard, ann, 12, 0)
    assert code(yard.do(ann, "gather_class")) == "not_allowed"
    assert yard.do(boss, "gather_class").result == 1  # type: ignore[attr-defined]
    yard.seconds(0.2)
    assert apart(at(yard, ann), at(yard, boss)) < 3
    yard.do(boss, "follow_me")
    wait(yard, 2)
    walk(yard, boss, 0, -9)
    wait(yard, 3)
    assert apart(at(yard, ann), at(yard, boss)) < 4
    yard.do(boss, "release_class")
    yard.do(boss, "freeze_class")
    before = at(yard, ann)
    walk(yard, ann, before[0] + 3, before[2])
    assert apart(at(yard, ann), before) <= 0.31
    yard.do(boss, "unfreeze_class")
    yard.seconds(0.2)
    now = at(yard, ann)
    walk(yard, ann, now[0] + 3, now[2])
    assert apart(at(yard, ann), now) == pytest.approx(3, abs=0.05)
