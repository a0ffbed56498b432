"""Promised: a full world opens a copy of itself; one log and one chat for all, and a way across."""

import pytest

from tests.presence.yard import Yard, code, seen
from tests.sync.hall import Hall, a_world
from worldloom.kernel.components import box, sphere
from worldloom.kernel.copies import Copies, copies_of
from worldloom.kernel.errors import Misused
from worldloom.kernel.physical import Body
from worldloom.kernel.world import World
from worldloom.sync.boundary import Boundary
from worldloom.sync.messages import Queued
from worldloom.testing.core import RobotCore


def spread(places: int = 2, most: int = 3) -> Hall:
    def world() -> World:
        made = a_world()
        made.use(Copies(places, most))
        return made

    return Hall(world=world)


def copy_of(robot: RobotCore) -> int:
    assert robot.welcome is not None
    return robot.visitors[robot.welcome.visitor].copy


def seen_by(robot: RobotCore) -> set[str]:
    """Return the names of those whose motion a robot is sent, itself among them."""
    return {other.name for other in robot.visitors.values() if other.position is not None}


def test_newcomers_fill_the_first_copy_that_has_room_and_then_open_another() -> None:
    hall = spread()
    robots = [hall.robot(name)[0] for name in "abcde"]
    assert [copy_of(robot) for robot in robots] == [1, 1, 2, 2, 3]
    assert hall.hub.in_copies() == [2, 2, 1]
    assert robots[4].welcome is not None
    assert (robots[4].welcome.copies, robots[4].welcome.places) == (3, 2)
    assert [other.copy for other in robots[0].visitors.values()] == [1, 1, 2, 2, 3]


def test_a_place_that_is_left_is_taken_before_another_copy_is_opened() -> None:
    hall = spread()
    (_, line), (kept, _), (other, _) = (hall.robot(name) for name in "abc")
    line.cut()
    hall.settle()
    assert copy_of(hall.robot("d")[0]) == 1
    assert (copy_of(kept), copy_of(other)) == (1, 2)


def test_a_friend_or_a_link_can_ask_for_a_copy_and_gets_it_where_it_has_room() -> None:
    hall = spread()
    for asked, got in ((2, 2), (2, 2), (2, 1), (7, 1), (0, 3)):
        robot = RobotCore()
        robot.asked_copy = asked
        hall.connect(robot)
        hall.settle()
        assert copy_of(robot) == got, asked


def test_people_of_two_copies_share_facts_and_chat_and_see_only_those_beside_them() -> None:
    hall = spread()
    a, b, c, d = (hall.robot(name)[0] for name in "abcd")
    hall.tick()
    hall.settle()
    assert [seen_by(robot) for robot in (a, b, c, d)] == [
        set("ab"),
        set("ab"),
        set("cd"),
        set("cd"),
    ]
    hall.do(a, "say", text="hello over there")
    hall.do(c, "paint", colour="#ff0000")
    for robot in (a, b, c, d):
        assert [heard.text for heard in robot.said] == ["hello over there"]
        assert robot.copy.seq == hall.hub.live.seq
    c.pose(1.0, 0.0, 0.0)
    hall.tick(8)
    hall.settle()
    assert seen_by(a) == set("ab")


def test_who_walks_across_is_seen_there_at_once_and_here_no_more() -> None:
    hall = spread(places=3)
    a, b, c, d = (hall.robot(name)[0] for name in "abcd")
    hall.tick()
    hall.settle()
    assert copy_of(d) == 2
    place = a.position
    hall.do(a, "cross", copy=2)
    hall.tick()
    hall.settle()
    assert {robot.visitors[a.welcome.visitor].copy for robot in (a, b, c, d) if a.welcome} == {2}
    assert seen_by(a) == seen_by(d) == set("ad")
    assert seen_by(b) == seen_by(c) == set("bc")
    assert a.position == pytest.approx(place, abs=1.0), "they stand where they stood"
    assert hall.hub.live.visitors[a.welcome.visitor].copy == 2 if a.welcome else False
    before = hall.hub.live.seq
    hall.do(a, "cross", copy=2)
    hall.do(a, "cross", copy=1)
    assert hall.hub.live.seq == before, "where somebody is, is no fact"


def test_a_full_copy_and_one_that_is_none_are_refused() -> None:
    hall = spread()
    a, b, c = (hall.robot(name)[0] for name in "abc")
    assert code(hall.do(c, "cross", copy=1)) == "copy_full"
    assert code(hall.do(c, "cross", copy=4)) == "invalid"
    assert [copy_of(robot) for robot in (a, b, c)] == [1, 1, 2]


def test_two_who_cross_into_the_last_place_at_once_are_not_both_let_in() -> None:
    hall = spread()
    a, b, c = (hall.robot(name)[0] for name in "abc")
    ids = [robot.do("cross", {"copy": 2}) for robot in (a, b)]
    hall.settle()
    assert hall.hub.in_copies() == [1, 2]
    assert sorted(copy_of(robot) for robot in (a, b, c)) == [1, 2, 2]
    assert len(ids) == 2


def test_a_world_whose_copies_are_all_full_lets_newcomers_wait_but_never_an_owner() -> None:
    hall = spread(places=1, most=2)
    hall.own("boss")
    hall.robot("a")
    _, line = hall.robot("b")
    late = RobotCore("c")
    hall.connect(late)
    hall.settle()
    assert late.queued == Queued(1, "full", None) and not late.inside
    assert copy_of(hall.robot("boss", account="boss")[0]) in (1, 2)
    line.cut()
    hall.settle()
    hall.tick(20)
    hall.settle()
    assert not late.inside, "the owner has that place"


def test_a_capacity_that_owners_set_holds_over_all_copies() -> None:
    hall = spread(places=2, most=3)
    hall.own("boss")
    boss, _ = hall.robot("boss", account="boss")
    hall.do(boss, "set_entry", capacity=3)
    hall.robot("a")
    hall.robot("b")
    late = RobotCore("c")
    hall.connect(late)
    hall.settle()
    assert late.queued is not None


def test_strangers_keep_their_distance_in_their_own_copy_only() -> None:
    hall = spread(places=1, most=3)
    hall.hub.attach(Boundary(hall.hub))
    a, _ = hall.robot("a")
    b, _ = hall.robot("b")
    for _ in range(5):
        hall.tick()
        a.pose(0.0, 0.0, 0.0)
        b.pose(0.0, 0.0, 0.0)
        hall.settle()
    assert b.position == (0.0, 0.0, 0.0) == a.position
    places = hall.hub.motion.places[hall.hub.motion.alive]
    assert abs(places[0] - places[1]).max() < 0.01, "both stand at one spot, each in a copy"


def test_a_block_holds_across_copies_too() -> None:
    hall = spread(places=2)
    a, _ = hall.robot("a", account="ann")
    b, _ = hall.robot("b", account="bob")
    c, _ = hall.robot("c", account="cid")
    hall.do(a, "block", account="cid")
    hall.hub.minds_changed()
    hall.settle()
    assert "c" not in {other.name for other in a.visitors.values()}
    hall.do(c, "say", text="hey")
    assert [heard.text for heard in a.said] != ["hey"] and [h.text for h in b.said] == ["hey"]
    hall.do(b, "cross", copy=2)
    hall.do(c, "cross", copy=1)
    hall.tick()
    hall.settle()
    assert seen_by(a) == {"a"}


def test_what_moves_by_itself_is_seen_in_every_copy() -> None:
    def declare(world: World) -> None:
        world.use(Copies(1, most=2))
        world.spawn("floor", box(20, 1, 20), at=(0, -0.5, 0))
        world.spawn("ball", sphere(radius=0.2), Body(), at=(1, 3, 1))

    yard = Yard(declare)
    robots = [yard.robot(name)[0] for name in "ab"]
    assert [copy_of(robot) for robot in robots] == [1, 2]
    yard.seconds(0.5)
    for robot in robots:
        assert 0.0 < seen(robot)[yard.id("ball")][1] < 2.9


@pytest.mark.parametrize(("places", "most"), [(0, 2), (5, 0), (5, 999), (10**6, 2)])
def test_an_author_who_asks_for_impossible_copies_is_told(places: int, most: int) -> None:
    with pytest.raises(Misused) as error:
        Copies(places, most)
    assert error.value.code == "bad_copies"


def test_a_world_without_copies_has_no_way_across_and_names_none() -> None:
    hall = Hall()
    robot, _ = hall.robot("a")
    assert copies_of(hall.hub.live.world) is None
    assert robot.welcome is not None and robot.welcome.copies == 1
    assert "cross" not in {action.name for action in robot.welcome.actions}
