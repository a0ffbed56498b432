"""Promised: bodies fall, stack, swing and rest; motion is presence, rest is everyone's history."""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.presence.yard import Yard, seen
from worldloom.kernel.components import Color, Shape, Transform, box, sphere
from worldloom.kernel.events import Pushed
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.physical import Body, Joint
from worldloom.kernel.records import read
from worldloom.kernel.schema import decode
from worldloom.kernel.space import Pose, Vec, length, subtract
from worldloom.kernel.world import World
from worldloom.presence.bodies import Bodies
from worldloom.presence.forms import form_of, solid
from worldloom.presence.rapier import GRAVITY, Rapier, load


def an_engine() -> Rapier:
    library = load()
    assert library is not None, "the test lock holds rapier3d"
    return Rapier(library)


def a_tower(world: World) -> None:
    """Ten crates on each other, and a ball in the air beside them."""
    for number in range(10):
        at = (0, 0.25 + number / 2, -8)
        world.spawn(f"crate {number}", box(0.5, 0.5, 0.5), Body(2.0), at=at)
    world.spawn("ball", sphere(0.25), Body(0.5, drag=4.0), at=(4, 3, -8))


def test_what_hangs_in_the_air_falls_and_its_rest_is_in_the_log() -> None:
    yard = Yard(a_tower)
    ann, _ = yard.robot("Ann")
    yard.seconds(0.5)
    assert 0.3 < yard.live("ball")[1] < 2.5 and yard.logged("ball")[1] == 3
    yard.seconds(4)
    assert yard.logged("ball")[1] == pytest.approx(0.25, abs=0.01)
    assert yard.kinds().count("Rested") == 1
    assert ann.copy.state_hash() == yard.realm.world("hall").state.state_hash()


def test_a_stack_stands_and_standing_is_no_news() -> None:
    yard = Yard(a_tower)
    yard.robot("Ann")
    yard.seconds(6)
    for number in range(10):
        assert yard.live(f"crate {number}") == pytest.approx((0, 0.25 + number / 2, -8), abs=0.02)
    rested = [yard.logged(f"crate {number}") for number in range(10)]
    assert rested == [(0, 0.25 + number / 2, -8) for number in range(10)]


def test_motion_is_seen_while_it_lasts_and_is_in_no_record() -> None:
    yard = Yard(a_tower)
    ann, _ = yard.robot("Ann")
    before = len(yard.kinds())
    yard.seconds(0.3)
    ball = yard.id("ball")
    assert seen(ann)[ball] == pytest.approx(yard.live("ball"), abs=0.001)
    assert len(yard.kinds()) == before


def test_two_robots_agree_within_a_centimetre_at_rest() -> None:
    yard = Yard(a_tower)
    ann, _ = yard.robot("Ann")
    bob, _ = yard.robot("Bob")
    yard.do(ann, "push", entity="crate 4", direction=[1, 0, 0], speed=4.0)
    yard.seconds(12)
    for name in [f"crate {number}" for number in range(10)]:
        e = f"e{yard.id(name)}"
        places = [
            robot.copy.entities()[e]["components"]["Transform"]["position"] for robot in (ann, bob)
        ]
        assert places[0] == places[1]
        assert length(subtract(yard.live(name), tuple(places[0]))) < 0.01


def test_a_heap_of_five_hundred_is_the_same_for_all_and_after_a_restart() -> None:
    names = [f"body {number}" for number in range(500)]

    def a_heap(world: World) -> None:
        chance = Random(11)
        for number, name in enumerate(names):
            at = (chance.uniform(-4, 4), 0.3 + number * 0.05, chance.uniform(-12, -4))
            world.spawn(name, box(0.4, 0.4, 0.4), Body(1.0, drag=1.0), at=at)

    yard = Yard(a_heap)
    ann, _ = yard.robot("Ann")
    yard.seconds(25)
    late, _ = yard.robot("Late")
    yard.seconds(0.5)
    state = yard.realm.world("hall").state
    assert ann.copy.state_hash() == late.copy.state_hash() == state.state_hash()
    placed = late.copy.entities()
    for name in names:
        told = placed[f"e{yard.id(name)}"]["components"]["Transform"]["position"]
        assert length(subtract(yard.live(name), tuple(told))) < 0.01
    fallen = sum(yard.logged(name)[1] < 8 for name in names)
    rests = yard.kinds().count("Rested")
    assert fallen == len(names) and rests >= len(names) * 0.9
    yard.crash()
    yard.robot("Bob")
    yard.seconds(1)
    assert yard.realm.world("hall").state.entities == state.entities
    assert yard.kinds().count("Rested") == rests


@pytest.mark.parametrize("restarted", [False, True])
def test_a_stack_that_sleeps_falls_when_its_lowest_goes(restarted: bool) -> None:
    def declare(world: World) -> None:
        a_tower(world)

        @world.action
        def pull() -> None:
            """Take the lowest crate away."""
            world.despawn(world["crate 0"])

    yard = Yard(declare)
    ann, _ = yard.robot("Ann")
    yard.seconds(8)
    if restarted:
        yard.crash()
        ann, _ = yard.robot("Ann")
        yard.seconds(0.5)
    assert yard.physics.bodies.engine is not None and not yard.physics.bodies.engine.awake()
    yard.do(ann, "pull")
    yard.seconds(4)
    assert yard.live("crate 9")[1] < 4.5


def test_what_was_in_the_air_as_the_server_died_falls_on() -> None:
    yard = Yard(a_tower)
    yard.robot("Ann")
    yard.seconds(0.2)
    yard.crash()
    yard.robot("Bob")
    yard.seconds(4)
    assert yard.logged("ball")[1] == pytest.approx(0.25, abs=0.01)


def test_the_settled_state_survives_a_restart_and_makes_no_new_records() -> None:
    yard = Yard(a_tower)
    ann, _ = yard.robot("Ann")
    yard.do(ann, "push", entity="crate 9", direction=[1, 0, 0], speed=4.0)
    yard.seconds(12)
    live = yard.realm.world("hall")
    before = {name: live.state.entities[id].cells for name, id in live.state.by_name.items()}
    rests = yard.kinds().count("Rested")
    assert rests > 1
    yard.crash()
    yard.robot("Bob")
    yard.seconds(3)
    state = yard.realm.world("hall").state
    assert before == {name: state.entities[id].cells for name, id in state.by_name.items()}
    assert yard.kinds().count("Rested") == rests


def test_a_body_pushed_by_hand_belongs_to_who_pushed_and_can_be_undone() -> None:
    yard = Yard(a_tower)
    ann, _ = yard.robot("Ann", account="ann")
    yard.seconds(4)
    start = yard.logged("ball")
    yard.do(ann, "push", entity="ball", direction=[1, 0, 0], speed=3.0)
    yard.seconds(8)
    assert yard.logged("ball")[0] > start[0] + 1
    live = yard.realm.world("hall")
    records = list(read(yard.store.records(live.stream, 0, live.seq)))
    assert [r.actor for r in records if r.kind == "Rested"][-1] == "ann"
    yard.do(ann, "undo")
    yard.seconds(3)
    assert yard.logged("ball") == start
    assert yard.live("ball") == pytest.approx(start, abs=0.01)


def test_who_walks_into_a_ball_sets_it_rolling() -> None:
    yard = Yard(
        lambda world: world.spawn("ball", sphere(0.25), Body(0.5, drag=4), at=(0, 0.25, -2))
    )
    ann, _ = yard.robot("Ann")
    yard.seconds(0.5)
    for step in range(40):
        ann.pose(0, 0, -step * 0.1)
        yard.seconds(0.05)
    yard.seconds(10)
    assert yard.logged("ball")[2] < -4
    assert yard.kinds().count("Rested") == 1


def test_a_wall_stops_a_body_and_a_wall_that_goes_lets_it_fall() -> None:
    def declare(world: World) -> None:
        world.spawn("shelf", box(2, 0.2, 2), at=(0, 2, -8))
        world.spawn("vase", Shape("cylinder", (0.2, 0.4, 0.2)), Body(), at=(0, 2.31, -8))

        @world.action
        def clear() -> None:
            """Take the shelf away."""
            world.despawn(world["shelf"])

    yard = Yard(declare)
    ann, _ = yard.robot("Ann")
    yard.seconds(3)
    assert yard.live("vase")[1] == pytest.approx(2.3, abs=0.02)
    yard.do(ann, "clear")
    yard.seconds(4)
    assert yard.logged("vase")[1] < 0.3


def test_what_is_solid_under_a_body_moves_with_it() -> None:
    def declare(world: World) -> None:
        table = world.spawn("table", box(1, 0.1, 1), Body(5.0), at=(0, 1.5, -8))
        for number, (x, z) in enumerate([(0.4, 0.4), (-0.4, 0.4), (0.4, -0.4), (-0.4, -0.4)]):
            world.spawn(f"leg {number}", box(0.1, 0.7, 0.1), at=(x, -0.4, z), parent=table)

    yard = Yard(declare)
    yard.robot("Ann")
    yard.seconds(4)
    assert yard.logged("table")[1] == pytest.approx(0.75, abs=0.02)


@pytest.mark.parametrize(
    ("joint", "end"),
    [
        (Joint("rope", most=1.0, there=(0, 4, 0)), (0, 3, 0)),
        (Joint("fixed", there=(0, 3, 0)), (0, 3, 0)),
        (Joint("ball", anchor=(0, 1, 0), there=(0, 4, 0)), (0, 3, 0)),
        (Joint("hinge", axis=(0, 0, 1), anchor=(0, 1, 0), there=(0, 4, 0)), (0, 3, 0)),
        (Joint("slider", axis=(0, 1, 0), there=(0, 3, 0), least=-1.0, most=1.0), (0, 2, 0)),
    ],
)
def test_a_joint_holds_its_body_and_a_swing_comes_to_rest(joint: Joint, end: Vec) -> None:
    bob = (sphere(0.2), Body(1.0, drag=3.0), joint)
    yard = Yard(lambda world: world.spawn("bob", *bob, at=(0, 3, 0)))
    ann, _ = yard.robot("Ann")
    yard.do(ann, "push", entity="bob", direction=[1, 0, 0], speed=0.5)
    yard.seconds(25)
    assert yard.logged("bob") == pytest.approx(end, abs=0.05)


def test_a_spring_holds_what_hangs_on_it() -> None:
    spring = Joint("spring", most=0.5, stiffness=200.0, there=(0, 4, 0))
    yard = Yard(lambda w: w.spawn("bob", sphere(0.2), Body(1.0), spring, at=(0, 3, 0)))
    yard.robot("Ann")
    yard.seconds(20)
    assert 2.0 < yard.logged("bob")[1] < 4


def test_a_joint_to_another_body_follows_it_and_falls_with_it() -> None:
    def declare(world: World) -> None:
        world.spawn("head", box(0.4, 0.4, 0.4), Body(3.0), at=(0, 3, 0))
        tie = Joint("fixed", to="head", anchor=(0, 0.4, 0))
        world.spawn("tail", box(0.2, 0.2, 0.2), Body(0.5), tie, at=(0, 2.6, 0))

        @world.action
        def cut() -> None:
            """Untie them."""
            del world["tail"][Joint]

    yard = Yard(declare)
    ann, _ = yard.robot("Ann")
    yard.seconds(4)
    assert length(subtract(yard.live("head"), yard.live("tail"))) == pytest.approx(0.4, abs=0.02)
    yard.do(ann, "cut")
    yard.do(ann, "push", entity="head", direction=[1, 0, 0], speed=5.0)
    yard.seconds(6)
    assert length(subtract(yard.live("head"), yard.live("tail"))) > 0.5


def test_a_motor_drives_a_wheel_for_as_long_as_it_likes() -> None:
    motor = Joint("hinge", axis=(0, 1, 0), there=(0, 1, 0), speed=2.0)
    yard = Yard(lambda w: w.spawn("wheel", box(1, 0.1, 0.2), Body(), motor, at=(0, 1, 0)))
    yard.robot("Ann")
    yard.seconds(5)
    bodies = yard.physics.bodies
    row = bodies.rows[yard.id("wheel")]
    assert not bodies.still[row] and yard.kinds().count("Rested") == 0
    assert abs(bodies.turns[row][3]) < 0.999


def test_the_author_may_throw_things_and_change_what_they_are() -> None:
    def declare(world: World) -> None:
        ball = world.spawn("ball", sphere(0.25), Body(), at=(0, 0.25, -8))

        @world.action
        def kick() -> None:
            """Kick it."""
            world.append(Pushed(world.visitor(""), ball, (6.0, 3.0, 0.0)))

        @world.action
        def freeze() -> None:
            """Make it a thing like any other."""
            del ball[Body]

    yard = Yard(declare)
    ann, _ = yard.robot("Ann")
    yard.do(ann, "kick")
    yard.seconds(0.5)
    assert yard.live("ball")[0] > 1.5
    yard.do(ann, "freeze")
    assert yard.id("ball") not in yard.physics.bodies.rows


def test_what_falls_out_of_the_world_is_back_where_it_rested() -> None:
    bodies = Bodies(an_engine())
    bodies.put(7, Body(), [(solid("sphere", (0.5,) * 3, (1,) * 3), Pose())], Pose((0, 5, 0)))
    assert bodies.engine is not None
    bodies.engine.set_pose(7, (0.0, -80.0, 0.0), (0.0, 0.0, 0.0, 1.0))
    bodies.step({}, {})
    assert bodies.pose(bodies.rows[7]).position == pytest.approx((0, 5, 0), abs=0.01)


def test_a_world_holds_so_many_bodies_and_no_more() -> None:
    bodies = Bodies(an_engine(), capacity=3)
    for number in range(5):
        bodies.put(number, Body(), [(solid("box", (1,) * 3, (1,) * 3), Pose())], Pose())
    assert len(bodies) == 3 and bodies.full
    bodies.drop(0)
    assert not bodies.full


def test_without_an_engine_bodies_stand_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worldloom.presence.physics.load", lambda: None)
    yard = Yard(a_tower)
    ann, _ = yard.robot("Ann")
    yard.do(ann, "push", entity="ball")
    yard.seconds(3)
    assert yard.live("ball") == (4, 3, -8) and "Rested" not in yard.kinds()


KINDS = ["box", "sphere", "cylinder", "cone", "capsule", "torus", "plane"]
SIZES = st.tuples(*[st.floats(0, 50)] * 3)
FACTORS = st.tuples(*[st.floats(-3, 3)] * 3)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(KINDS), SIZES, FACTORS)
def test_whatever_a_shape_is_physics_has_a_form_for_it(kind: str, size: Vec, scale: Vec) -> None:
    form = form_of(Shape(kind, size), None, scale)  # type: ignore[arg-type]
    assert form is not None and math.isfinite(form.reach)
    bodies = Bodies(an_engine())
    bodies.put(1, Body(), [(form, Pose())], Pose((0, 90, 0)))
    for _ in range(5):
        bodies.step({}, {})
    place = bodies.pose(bodies.rows[1]).position
    assert all(map(math.isfinite, place)) and place[1] < 90


PLACES = st.tuples(st.floats(-3, 3), st.floats(0.3, 6), st.floats(-3, 3))
SPEEDS = st.tuples(*[st.floats(-1000, 1000)] * 3)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(PLACES, SPEEDS), min_size=1, max_size=12))
def test_no_push_gives_more_than_its_speed_and_nothing_gains_energy_by_itself(
    things: list[tuple[Vec, Vec]],
) -> None:
    for number, (place, _) in enumerate(things):
        # What is put into one another bursts apart.
        assume(all(length(subtract(place, other)) > 0.6 for other, _ in things[:number]))
    bodies = Bodies(an_engine())
    for id, (place, _) in enumerate(things, 1):
        form = solid("sphere", (0.5,) * 3, (1,) * 3)
        bodies.put(id, Body(bounce=0.5), [(form, Pose())], Pose(place))
    for _ in range(40):
        bodies.step({}, {})
    for id, (_, speed) in enumerate(things, 1):
        bodies.push(id, speed, "v1")
    most = math.inf
    for _ in range(60):
        bodies.step({}, {})
        assert bodies.engine is not None
        energy = 0.0
        for id in range(1, len(things) + 1):
            velocity = bodies.engine.velocity(id)
            place = bodies.pose(bodies.rows[id]).position
            assert length(velocity) <= LIMITS.body_m_per_s_max * 1.1
            assert all(map(math.isfinite, place)) and place[1] > -0.3
            energy += length(velocity) ** 2 / 2 + GRAVITY * place[1]
        assert energy <= most * 1.1 + 1
        most = min(most, energy)


def test_two_balls_keep_their_common_momentum() -> None:
    bodies = Bodies(an_engine())
    for id, x in ((1, 0.0), (2, 2.0)):
        form = solid("sphere", (0.5,) * 3, (1,) * 3)
        bodies.put(id, Body(1.0, bounce=1.0), [(form, Pose())], Pose((x, 50.0, 0.0)))
    bodies.push(1, (10.0, 0.0, 0.0), "v1")
    for _ in range(10):
        bodies.step({}, {})
    assert bodies.engine is not None
    along = [bodies.engine.velocity(id)[0] for id in (1, 2)]
    assert along[1] > 5 and sum(along) == pytest.approx(10, rel=0.05)


def test_a_moved_declaration_moves_the_body_and_a_colour_does_not() -> None:
    yard = Yard(a_tower)
    ann, _ = yard.robot("Ann", account="ann")
    yard.own("ann")
    yard.seconds(4)
    yard.do(ann, "set", entity="ball", component="Color", fields={"value": "#ff0000"})
    yard.seconds(1)
    assert yard.kinds().count("Rested") == 1
    yard.do(ann, "set", entity="ball", component="Transform", fields={"position": [9, 4, 0]})
    yard.seconds(4)
    assert yard.logged("ball") == pytest.approx((9, 0.25, 0), abs=0.02)
    cell = yard.realm.world("hall").state.entities[yard.id("ball")].cells["Transform"]
    assert decode(Transform, cell.data).scale == (1, 1, 1)
    assert Color("#ff0000").value == "#ff0000"
