"""An instructor walks it once, and a figure walks it again before who learns."""

from __future__ import annotations

import asyncio
import math
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.kits.academy.courses.making import KITCHEN
from tests.kits.academy.courses.school import School
from worldloom import Conflict, NotAllowed, NotFound, Role, World, WorldloomError
from worldloom.kernel.doors import Asked
from worldloom.kernel.entity import Stance
from worldloom.kernel.realm import Caller
from worldloom.kernel.rights import Standing
from worldloom.kits.academy import Academy
from worldloom.kits.academy.courses.classroom import Courses
from worldloom.kits.academy.courses.demonstrating import (
    LIMBS,
    SWING,
    Demonstration,
    heading_at,
    hung,
    place_at,
    swing_at,
    walked,
)

places = st.lists(st.tuples(*[st.floats(-5, 5)] * 3), min_size=1, max_size=5)


@given(places, st.floats(0, 500))
def test_the_figure_never_leaves_its_way(way: list[tuple[float, float, float]], at: float) -> None:
    path = walked(way).path
    found = place_at(path, at)
    for axis in range(3):
        assert min(p[axis] for p in way) - 1e-9 <= found[axis] <= max(p[axis] for p in way) + 1e-9


def test_the_figure_is_halfway_at_half_the_time() -> None:
    path = walked([(0, 0, 0), (2, 0, 0)], speed=1.0, pause=1.0).path
    assert place_at(path, 0.5) == (0, 0, 0)
    assert place_at(path, 2.0) == pytest.approx((1, 0, 0))
    assert place_at(path, 3.5) == (2, 0, 0)
    assert place_at(path, path[-1][0] + 1.5) == (0, 0, 0), "it begins anew"


def test_the_figure_faces_where_it_walks_and_swings_its_legs_only_then() -> None:
    path = walked([(0, 0, 0), (2, 0, 0), (2, 0, -2)], speed=1.0, pause=1.0).path
    assert heading_at(path, 0.0) == heading_at(path, 2.0) == pytest.approx(-math.pi / 2)
    assert heading_at(path, 5.0) == pytest.approx(0.0), "to -Z"
    assert swing_at(path, 0.5) == swing_at(path, 3.5) == 0.0
    walking = [swing_at(path, 1.0 + 0.1 * step) for step in range(20)]
    assert max(walking) > 0.3 and min(walking) < -0.3
    for limb in LIMBS:
        foot = hung(limb, 0.4).position[2]
        assert (foot < 0) == (limb in ("left leg", "right arm")), "arms swing against the legs"


@given(places, st.floats(0, 500))
def test_no_joint_turns_farther_than_a_leg_swings(
    way: list[tuple[float, float, float]], at: float
) -> None:
    assert abs(swing_at(walked(way).path, at)) <= SWING


def test_what_an_instructor_walks_is_what_learners_see() -> None:
    school = School()
    school.callers["boss"] = school.enter("boss", "Mo", Role.BUILDER)
    walker = next(one for one in school.world.visitors if one.account == "boss")
    school.do("record_demonstration", "boss", demonstration="once")
    for step in range(4):
        walker.observe = partial(Stance, (float(step), 0.0, 0.0), 0.0)
        school.wait(0.5)
    school.callers["two"] = school.enter("two", "Al", Role.BUILDER)
    with pytest.raises(Conflict):
        school.do("record_demonstration", "two", demonstration="once")
    school.do("record_demonstration", "boss", demonstration="once")
    path = school.world["once"][Demonstration].path
    assert [sample[1] for sample in path] == [0, 1, 2, 3]
    assert any(record.kind == "~academy.Demonstrated" for record in school.records)


def test_a_recording_ends_when_who_records_leaves_the_world() -> None:
    school = School()
    for account in ("boss", "two"):
        school.callers[account] = school.enter(account, account.title(), Role.BUILDER)
    before = school.world["once"][Demonstration]
    school.do("record_demonstration", "boss", demonstration="once")
    school.realm.leave("school", school.callers["boss"].visitor)
    school.keep()
    told = school.do("record_demonstration", "two", demonstration="once")
    assert told.startswith("Walk it now")
    assert school.world["once"][Demonstration] == before


def test_who_is_not_in_the_world_records_nothing() -> None:
    school = School()
    school.callers["tool"] = Caller("boss", "Mo", "", Role.BUILDER)
    with pytest.raises(Conflict, match="not in the world"):
        school.do("record_demonstration", "tool", demonstration="once")


def test_who_comes_back_begins_their_recording_anew() -> None:
    school = School()
    school.callers["boss"] = school.enter("boss", "Mo", Role.BUILDER)
    school.do("record_demonstration", "boss", demonstration="once")
    school.realm.leave("school", school.callers["boss"].visitor)
    school.keep()
    school.wait(1)
    school.callers["boss"] = school.enter("boss", "Mo", Role.BUILDER)
    told = school.do("record_demonstration", "boss", demonstration="once")
    assert told.startswith("Walk it now")


def test_only_instructors_record_and_only_what_a_course_shows() -> None:
    school = School()
    with pytest.raises(NotAllowed):
        school.do("record_demonstration", demonstration="once")
    school.callers["boss"] = school.enter("boss", "Mo", Role.BUILDER)
    with pytest.raises(NotFound):
        school.do("record_demonstration", "boss", demonstration="never")
    school.do("record_demonstration", "boss", demonstration="once")
    with pytest.raises(Conflict):
        school.do("record_demonstration", "boss", demonstration="once")


def test_a_role_of_the_worlds_own_instructs_and_sees_the_evidence_and_builders_do_not() -> None:
    world = World("school")
    world.use(Academy(home="https://school.example", instructors="trainer"))
    world.use(Courses(KITCHEN, instructors="trainer"))
    school = School(world)
    school.callers["builder"] = school.enter("builder", "Mo", Role.BUILDER)
    asked = {"record_demonstration": {"demonstration": "once"}, "hide_evidence_map": {}}
    for action, what in asked.items():
        for account in ("guest:1", "builder"):
            with pytest.raises(NotAllowed, match="trainer"):
                school.do(action, account, **what)
    teacher = school.enter("ines", "Ines", Role.MEMBER)
    standing = Standing(Role.MEMBER, "ines", title="trainer")
    school.callers["ines"] = replace(teacher, standing=standing)
    for action, what in asked.items():
        school.do(action, "ines", **what)
    door = world.doors["evidence"]
    assert door.needs is Role.VISITOR
    nobody: Any = None

    async def ask(who: Standing) -> None:
        await door.answer(Asked("POST", "kitchen.csv", (), {}, b"", who, "evidence"), nobody)

    for who, allowed in ((standing, True), (Standing(Role.BUILDER, "builder"), False)):
        with pytest.raises(WorldloomError) as told:
            asyncio.run(ask(who))
        assert (told.value.code == "wrong_method") is allowed


def test_the_figure_walks_before_who_is_at_that_step_and_nothing_of_it_is_kept() -> None:
    school = School()
    school.do("begin")
    school.do("click", entity="pan")
    assert school.run().step == "watch"
    school.callers["boss"] = school.enter("boss", "Mo", Role.BUILDER)
    walker = next(one for one in school.world.visitors if one.account == "boss")
    school.do("record_demonstration", "boss", demonstration="once")
    for step in range(3):
        walker.observe = partial(Stance, (float(step), 0.0, 0.0), 0.0)
        school.wait(0.5)
    school.do("record_demonstration", "boss", demonstration="once")
    seq = school.live.seq
    for _ in range(5):
        school.wait(0.2)
    assert school.live.seq == seq
