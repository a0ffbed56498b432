"""Promised: poses compose and come apart again, and volumes hold what is in them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from worldloom.kernel.components import Transform
from worldloom.kernel.errors import NotAllowed
from worldloom.kernel.physical import Zone
from worldloom.kernel.rights import Role, Standing
from worldloom.kernel.space import (
    NO_TURN,
    Pose,
    Quat,
    Vec,
    angle_between,
    conjugate,
    length,
    multiply,
    shorten,
    subtract,
    turn,
    unit,
    upright,
    world_pose,
    yaw_of,
)
from worldloom.kernel.world import World
from worldloom.kernel.zones import Volume, check_entry, volumes

VECTORS = st.tuples(*[st.floats(-100, 100)] * 3)
TURNS = st.tuples(*[st.floats(-1, 1)] * 4).map(unit)
FACTORS = st.floats(0.1, 10).map(lambda factor: (factor, factor, factor))
POSES = st.builds(Pose, VECTORS, TURNS, FACTORS)


@given(POSES, POSES, VECTORS)
def test_a_pose_under_another_places_points_like_one_after_the_other(
    outer: Pose, inner: Pose, point: Vec
) -> None:
    both = outer.under(inner)
    assert both.place(point) == pytest.approx(outer.place(inner.place(point)), rel=1e-6, abs=1e-6)


@given(POSES, POSES)
def test_a_pose_seen_from_another_and_put_under_it_again_is_itself(outer: Pose, own: Pose) -> None:
    back = outer.under(outer.seen(own))
    assert back.position == pytest.approx(own.position, rel=1e-6, abs=1e-5)
    assert angle_between(back.rotation, own.rotation) < 1e-5
    assert back.scale == pytest.approx(own.scale)


def test_what_a_flat_frame_sees_is_flat_and_no_error() -> None:
    flat = Pose(scale=(1.0, 0.0, 1.0))
    assert flat.seen(Pose((1.0, 5.0, 2.0))).position == (1.0, 0.0, 2.0)


@given(TURNS, VECTORS)
def test_a_turn_keeps_lengths_and_its_conjugate_takes_it_back(rotation: Quat, vector: Vec) -> None:
    turned = turn(rotation, vector)
    assert length(turned) == pytest.approx(length(vector), abs=1e-6)
    assert turn(conjugate(rotation), turned) == pytest.approx(vector, abs=1e-6)
    assert angle_between(multiply(rotation, conjugate(rotation)), NO_TURN) < 1e-6


@given(st.floats(-3.1, 3.1))
def test_an_upright_turn_has_its_heading(yaw: float) -> None:
    assert yaw_of(upright(yaw)) == pytest.approx(yaw, abs=1e-9)


def test_a_quaternion_of_no_length_or_no_number_turns_nothing() -> None:
    assert unit((0.0, 0.0, 0.0, 0.0)) == NO_TURN
    assert unit((math.inf, 0.0, 0.0, 1.0)) == NO_TURN
    assert unit((math.nan, 0.0, 0.0, 1.0)) == NO_TURN


@given(VECTORS, st.floats(0, 50, allow_subnormal=False))
def test_a_shortened_vector_is_no_longer_than_asked(vector: Vec, most: float) -> None:
    assert length(shorten(vector, most)) <= most * (1 + 1e-9) or length(vector) <= most


def test_an_entity_stands_where_its_parents_put_it() -> None:
    world = World("attic")
    house = world.spawn("house", Transform((10, 0, 0), upright(math.pi / 2), (2, 2, 2)))
    world.spawn("chest", parent=house, at=(1, 0, 0))
    state = world.declared()
    chest = state.need(state.resolve("chest"))
    pose = Pose((10, 0, 0), upright(math.pi / 2), (2, 2, 2)).under(Pose((1, 0, 0)))
    assert pose.position == pytest.approx((10, 0, -2), abs=1e-9)
    assert chest.parent == state.resolve("house")
    assert world_pose(state.state, 99) == Pose()


KINDS = st.sampled_from(["box", "sphere", "cylinder"])
SIZES = st.tuples(*[st.floats(0.5, 20)] * 3)


@given(KINDS, SIZES, POSES, VECTORS)
def test_a_larger_margin_never_loses_a_point_and_what_is_held_is_near(
    kind: str, size: Vec, pose: Pose, point: Vec
) -> None:
    volume = Volume(Zone(kind, size), pose)  # type: ignore[arg-type]
    points = np.array([point, pose.position])
    tight, wide = volume.holds(points), volume.holds(points, 0.5)
    assert tight[1] and (wide | ~tight).all()
    assert (volume.near(points) | ~tight).all()


@given(KINDS, SIZES, VECTORS, st.floats(-3, 3), VECTORS)
def test_the_place_outside_a_zone_is_outside_of_it(
    kind: str, size: Vec, middle: Vec, yaw: float, point: Vec
) -> None:
    volume = Volume(Zone(kind, size), Pose(middle, upright(yaw)))  # type: ignore[arg-type]
    assume(volume.holds(np.array([point]))[0])
    out = volume.outside(point, 0.1)
    assert not volume.holds(np.array([out]))[0]
    assert out[1] == pytest.approx(point[1], abs=1e-6)
    assert length(subtract(out, point)) < 2 * volume.reach + 1


def test_who_may_enter_a_zone_is_asked_of_its_role() -> None:
    world = World("attic")
    world.spawn("vault", Zone("box", (2, 2, 2), role="builder"), at=(5, 0, 0))
    world.spawn("hall", Zone("box", (2, 2, 2)), at=(0, 0, 0))
    draft = world.declared()
    state = draft.state
    for id, entity in draft.changed.items():
        assert entity is not None
        state._put(id, entity)
    assert len(list(volumes(state))) == 2
    visitor = Standing(Role.VISITOR, "ann")
    check_entry(state, visitor, (0.0, 0.0, 0.0))
    check_entry(state, Standing(Role.BUILDER, "bob"), (5.0, 0.0, 0.0))
    with pytest.raises(NotAllowed, match="entering vault needs the role builder"):
        check_entry(state, visitor, (5.0, 0.5, 0.0))
