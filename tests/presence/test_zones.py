"""Promised: zones notice who and what comes and goes, once each, and keep out whom they must."""

from __future__ import annotations

import pytest

from tests.presence.yard import Yard, code, told
from worldloom.kernel.components import box, sphere
from worldloom.kernel.entity import Visitor
from worldloom.kernel.events import BodyEntered, ZoneEntered
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.physical import Body, Grab, Zone
from worldloom.kernel.space import Vec
from worldloom.kernel.world import World
from worldloom.testing.core import RobotCore

EDGE = LIMITS.zone_margin_m


def a_field(world: World) -> None:
    """A circle to step into, a goal for a ball, and a yard for members."""
    circle = world.spawn("circle", Zone("cylinder", (4, 3, 4)), at=(0, 1, -6))
    goal = world.spawn("goal", Zone("box", (2, 2, 2)), at=(8, 1, 0))
    world.spawn("yard", Zone("box", (4, 4, 4), role="member"), at=(-6, 1, 0))
    world.spawn("ball", sphere(0.2), Body(0.5, drag=2.0), Grab(), at=(4, 0.2, 0))

    @world.on(ZoneEntered, circle)
    def greet(event: ZoneEntered) -> None:
        world.say(f"hello {event.visitor.name}")

    @world.on(BodyEntered, goal)
    def cheer(event: BodyEntered) -> None:
        world.say(f"{event.visitor.name} scored with {event.entity.name}")

    @world.action
    def who() -> list[str]:
        """Name those in the circle."""
        return [visitor.name for visitor in circle.inside]

    @world.action
    def lure(visitor: Visitor) -> None:
        """Put the asker into the yard, as the author may."""
        visitor.move_to((-6.0, 0.0, 0.0))


@pytest.fixture
def yard() -> Yard:
    yard = Yard(a_field)
    yard.seconds(0.1)
    return yard


def at(yard: Yard, robot: RobotCore) -> Vec:
    assert robot.welcome is not None
    x, y, z = yard.hub.motion.places[robot.welcome.slot].tolist()
    return x, y, z


def stand(yard: Yard, robot: RobotCore, x: float, z: float) -> None:
    """Go there and let a step pass."""
    robot.pose(x, 0, z)
    yard.seconds(0.1)


def passages(yard: Yard) -> list[str]:
    return [kind for kind, _ in told(yard, "ZoneEntered", "ZoneLeft")]


def test_coming_in_and_going_out_are_events_and_reactions_follow(yard: Yard) -> None:
    ann, _ = yard.robot("Ann")
    stand(yard, ann, 0, -5)
    yard.realm.react()
    yard.settle()
    assert passages(yard) == ["ZoneEntered"]
    assert ann.said[-1].text == "hello Ann"
    assert yard.do(ann, "who").result == ["Ann"]  # type: ignore[attr-defined]
    stand(yard, ann, 0, 0)
    assert passages(yard) == ["ZoneEntered", "ZoneLeft"]
    assert yard.do(ann, "who").result == []  # type: ignore[attr-defined]


def test_who_wavers_on_the_edge_is_in_once(yard: Yard) -> None:
    ann, _ = yard.robot("Ann")
    for number in range(40):
        stand(yard, ann, 0, -4 + (EDGE * 0.8 if number % 2 else -0.05))
    assert passages(yard) == ["ZoneEntered"]


def test_who_runs_in_and_out_makes_so_many_events_and_ends_up_right(yard: Yard) -> None:
    ann, _ = yard.robot("Ann")
    for number in range(100):
        stand(yard, ann, 0, -2 if number % 2 else -5)
    most = LIMITS.zone_events_burst_max + 10 * LIMITS.zone_events_per_second_max
    assert len(passages(yard)) <= most + 1
    yard.seconds(2)
    assert passages(yard)[-1] == "ZoneLeft"
    assert yard.do(ann, "who").result == []  # type: ignore[attr-defined]


def test_who_appears_in_a_zone_has_come_in_and_who_leaves_the_world_went_out() -> None:
    yard = Yard(lambda world: world.spawn("here", Zone("sphere", (5, 5, 5))))
    _, line = yard.robot("Ann")
    yard.seconds(0.2)
    assert passages(yard) == ["ZoneEntered"]
    line.cut()
    yard.settle()
    assert yard.kinds()[-2:] == ["ZoneLeft", "Left"]


def test_a_ball_in_the_goal_is_an_event_with_who_threw_it(yard: Yard) -> None:
    ann, _ = yard.robot("Ann")
    stand(yard, ann, 4, 1)
    yard.do(ann, "grab", entity="ball")
    yard.do(ann, "let_go", velocity=[5, 2.5, -0.5])
    yard.seconds(3)
    yard.realm.react()
    yard.settle()
    ((_, fields), *_) = told(yard, "BodyEntered")
    assert ann.welcome is not None
    assert fields == {
        "entity": yard.id("ball"), "zone": yard.id("goal"), "visitor": ann.welcome.visitor,
    }  # fmt: skip
    assert ann.said[-1].text == "Ann scored with ball"


def test_what_lay_in_a_zone_before_a_restart_is_no_news() -> None:
    def declare(world: World) -> None:
        world.spawn("pit", Zone("box", (3, 3, 3)), at=(0, 0, -8))
        world.spawn("ball", sphere(0.2), Body(), at=(0, 0.2, -8))

    yard = Yard(declare)
    yard.robot("Ann")
    yard.seconds(0.5)
    yard.crash()
    yard.robot("Bob")
    yard.seconds(0.5)
    assert told(yard, "BodyEntered", "BodyLeft") == []


def test_a_body_that_is_no_more_went_out_without_a_word(yard: Yard) -> None:
    ann, _ = yard.robot("Ann", account="ann")
    yard.own("ann")
    place = {"position": [8, 0.2, 0]}
    yard.do(ann, "set", entity="ball", component="Transform", fields=place)
    yard.seconds(0.5)
    assert [kind for kind, _ in told(yard, "BodyEntered")] == ["BodyEntered"]
    yard.do(ann, "despawn", entity="ball")
    yard.seconds(0.5)
    assert yard.zones.zones[yard.id("goal")].inside == set()


def test_nobody_walks_goes_or_forges_a_way_into_a_guarded_zone(yard: Yard) -> None:
    ann, _ = yard.robot("Ann")
    stand(yard, ann, -3, 0)
    before = at(yard, ann)
    for x in (-4.1, -5.0, -6.0, -7.9):
        stand(yard, ann, x, 0)
        assert at(yard, ann) == before
    assert code(yard.do(ann, "go", position=[-6, 0, 0])) == "not_allowed"
    yard.seconds(0.5)
    assert at(yard, ann) == before
    assert passages(yard) == []


def test_who_has_the_role_walks_in_and_who_loses_it_is_put_out(yard: Yard) -> None:
    ann, _ = yard.robot("Ann", account="ann")
    yard.own("ann")
    bob, _ = yard.robot("Bob", account="bob")
    yard.do(ann, "grant", account="bob", role="member")
    stand(yard, bob, -5, 0)
    assert at(yard, bob)[0] == pytest.approx(-5, abs=0.01)
    yard.do(ann, "grant", account="bob", role="visitor")
    yard.seconds(1.5)
    assert at(yard, bob)[0] > -4
    assert [kind for kind, _ in told(yard, "ZoneEntered", "ZoneLeft")] == [
        "ZoneEntered", "ZoneLeft",
    ]  # fmt: skip


def test_who_an_author_puts_into_a_guarded_zone_does_not_stay(yard: Yard) -> None:
    ann, _ = yard.robot("Ann")
    yard.do(ann, "lure")
    yard.seconds(1.5)
    x, _, z = at(yard, ann)
    assert abs(x + 6) > 2 or abs(z) > 2


def test_zones_come_move_and_go_with_the_world(yard: Yard) -> None:
    ann, _ = yard.robot("Ann", account="ann")
    yard.own("ann")
    zone = {"Zone": {"kind": "sphere", "size": [3, 3, 3]}}
    yard.do(ann, "spawn", name="bubble", components=zone, position=[0, 0, 0])
    yard.seconds(0.2)
    assert passages(yard) == ["ZoneEntered"]
    yard.do(ann, "set", entity="bubble", component="Transform", fields={"position": [0, 0, 9]})
    yard.seconds(0.2)
    assert passages(yard) == ["ZoneEntered", "ZoneLeft"]
    yard.do(ann, "remove", entity="bubble", component="Zone")
    stand(yard, ann, 0, 9)
    assert len(passages(yard)) == 2


def test_a_turned_and_stretched_zone_lies_where_its_parents_put_it() -> None:
    def declare(world: World) -> None:
        pole = world.spawn("pole", box(0.1, 2, 0.1), at=(0, 0, -10))
        world.spawn("lane", Zone("box", (1, 2, 8)), at=(2, 0.5, 0), parent=pole)

    yard = Yard(declare)
    ann, _ = yard.robot("Ann")
    stand(yard, ann, 2, -7)
    stand(yard, ann, 2, -13.5)
    stand(yard, ann, 3.5, -10)
    assert passages(yard) == ["ZoneEntered", "ZoneLeft"]
