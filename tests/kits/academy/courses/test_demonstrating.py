"""An instructor shows it once, and a figure shows it again before who learns."""

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
from worldloom import Conflict, NotAllowed, NotFound, Role, Transform, World, WorldloomError
from worldloom.kernel.doors import Asked
from worldloom.kernel.entity import Stance
from worldloom.kernel.limits import LIMITS as KERNEL
from worldloom.kernel.realm import Caller
from worldloom.kernel.rights import Standing
from worldloom.kernel.schema import decode, encode
from worldloom.kernel.showing import shown_of
from worldloom.kernel.space import add, turn, upright
from worldloom.kits.academy import Academy
from worldloom.kits.academy.courses.classroom import Courses
from worldloom.kits.academy.courses.demonstrating import (
    HANGS,
    MILLI,
    REACH_M,
    SHOULDER,
    SWING,
    Demonstration,
    Moment,
    Point,
    Pose,
    Poses,
    Way,
    angle,
    heading_at,
    is_still,
    moment_of,
    place_at,
    reaching,
    sampled,
    swing_at,
    walked,
)
from worldloom.kits.academy.courses.ghost import ARM_M, BONES, posture
from worldloom.kits.academy.courses.limits import COURSE_LIMITS as LIMITS

BEFORE = bytes.fromhex(
    "81a47061746892"
    "94cb0000000000000000cb3ff0000000000000cb0000000000000000cb0000000000000000"
    "94cb3fe0000000000000cb4000000000000000cb0000000000000000cb0000000000000000"
)
"""`{"path": [[0.0, 1.0, 0.0, 0.0], [0.5, 2.0, 0.0, 0.0]]}`, as version 1 wrote it."""
places = st.lists(st.tuples(*[st.floats(-5, 5)] * 3), min_size=1, max_size=5)
spots = st.tuples(*[st.floats(-2, 2)] * 3)
stances = st.builds(
    Stance, spots, st.floats(-10, 10), st.none() | st.floats(-1.5, 1.5),
    st.tuples(*[st.none() | spots] * 3),
)  # fmt: skip


def recorded(stances: list[Stance]) -> Way:
    """Return what a recording of these is, five a second."""
    path, poses = zip(*(sampled(at / 5, one) for at, one in enumerate(stances)), strict=True)
    return Way(path, poses)


def ends(part: str, moment: Moment) -> tuple[Point, Point]:
    """Return the two joints that a part of the figure goes between."""
    found = posture(moment)[part]
    bone = BONES[part][1] - (0.06 if part.endswith("arm") else 0.0)
    half = turn(found.rotation, (0.0, bone * found.scale[1] / 2, 0.0))
    x, y, z = found.position
    return (x + half[0], y + half[1], z + half[2]), (x - half[0], y - half[1], z - half[2])


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


@given(st.lists(stances, min_size=1, max_size=8))
def test_what_was_recorded_is_shown_at_each_samples_moment_exactly(way: list[Stance]) -> None:
    shown = recorded(way)
    for (seconds, *place), pose in zip(shown.path, shown.poses, strict=True):
        now = moment_of(shown, seconds)
        assert now.place == tuple(place)
        assert now.heading == pose.heading / MILLI and now.pitch == (pose.pitch or 0) / MILLI
        for limb, kept in zip(now[-3:], (pose.head, pose.left, pose.right), strict=True):
            assert limb == (None if kept is None else tuple(part / MILLI for part in kept))


@given(st.lists(stances, min_size=2, max_size=8), st.floats(0, 1))
def test_between_two_samples_nothing_goes_beyond_either(way: list[Stance], share: float) -> None:
    shown = recorded(way)
    at = share * shown.path[-1][0]
    now = moment_of(shown, at)
    before = max((one for one in range(len(way)) if shown.path[one][0] <= at), default=0)
    after = min(before + 1, len(way) - 1)
    for axis in range(3):
        one, two = shown.path[before][1 + axis], shown.path[after][1 + axis]
        assert min(one, two) <= now.place[axis] <= max(one, two)
    one, two = (shown.poses[each].heading / MILLI for each in (before, after))
    short = abs(math.remainder(two - one, math.tau))
    assert abs(math.remainder(now.heading - one, math.tau)) <= short + 1e-9
    assert abs(math.remainder(now.heading - two, math.tau)) <= short + 1e-9


def test_the_figure_turns_the_short_way() -> None:
    shown = recorded([Stance((0.0, 0.0, 0.0), math.radians(angle)) for angle in (170, -170)])
    halfway = math.degrees(moment_of(shown, 0.1).heading)
    assert halfway == pytest.approx(180.0, abs=0.1)


def test_no_step_between_two_frames_is_a_jump() -> None:
    way = [Stance((0.3 * at, 0.0, 0.0), 0.4 * at, 0.1 * at, ((0.0, 1.6, 0.02 * at), None, None))
           for at in range(10)]  # fmt: skip
    shown = recorded(way)
    frames = [moment_of(shown, at / 60) for at in range(108)]
    for one, two in zip(frames, frames[1:], strict=False):
        assert math.dist(one.place, two.place) < 0.05
        assert abs(math.remainder(one.heading - two.heading, math.tau)) < 0.06


def test_the_figure_faces_where_it_walks_and_swings_its_legs_only_then() -> None:
    path = walked([(0, 0, 0), (2, 0, 0), (2, 0, -2)], speed=1.0, pause=1.0).path
    assert heading_at(path, 0.0) == heading_at(path, 2.0) == pytest.approx(-math.pi / 2)
    assert heading_at(path, 5.0) == pytest.approx(0.0), "to -Z"
    assert swing_at(path, 0.5) == swing_at(path, 3.5) == 0.0
    walking = [swing_at(path, 1.0 + 0.1 * step) for step in range(20)]
    assert max(walking) > 0.3 and min(walking) < -0.3
    for limb in ("left leg", "right leg", "left forearm", "right forearm"):
        end = min(ends(limb, Moment((0, 0, 0), 0.0, 0.4)), key=lambda joint: joint[1])
        ahead = limb in ("left leg", "right forearm")
        assert (end[2] < 0) == ahead, "arms swing against the legs"


def test_who_walks_from_place_to_place_turns_to_the_next_during_the_pause() -> None:
    shown = walked([(0, 0, 0), (2, 0, 0), (2, 0, -2)], speed=1.0, pause=1.0)
    assert moment_of(shown, 2.0).heading == pytest.approx(-math.pi / 2, abs=1e-3)
    assert -math.pi / 2 < moment_of(shown, 3.5).heading < 0.0
    assert moment_of(shown, 5.0).heading == 0.0


@given(places, st.floats(0, 500))
def test_no_joint_turns_farther_than_a_leg_swings(
    way: list[tuple[float, float, float]], at: float
) -> None:
    assert abs(swing_at(walked(way).path, at)) <= SWING


@given(spots, spots)
def test_head_and_hands_are_where_they_were_and_each_arm_goes_from_shoulder_to_hand(
    left: Point, right: Point
) -> None:
    now = Moment((0, 0, 0), 0.0, 0.0, 0.3, (0.1, 1.2, -0.2), left, right)
    parts = posture(now)
    assert parts["head"].position == now.head
    for side, hand in (("left", left), ("right", right)):
        assert parts[f"{side} hand"].position == hand
        shoulder, elbow = ends(f"{side} arm", now)
        joint, end = ends(f"{side} forearm", now)
        assert elbow == pytest.approx(joint, abs=1e-6) and end == pytest.approx(hand, abs=1e-6)
        long = math.dist(shoulder, elbow), math.dist(elbow, hand)
        stretched = max(ARM_M, math.dist(shoulder, hand) / 2)
        assert long == pytest.approx((stretched, stretched), abs=0.02)


def test_who_looks_up_lifts_the_brow_and_who_ducks_bends_down() -> None:
    up, level = (posture(Moment((0, 0, 0), 0.0, pitch=pitch)) for pitch in (0.5, 0.0))
    assert up["brow"].position[1] > level["brow"].position[1] + 0.03
    ducks = posture(Moment((0, 0, 0), 0.0, head=(0.0, 0.9, -0.3)))
    assert ducks["body"].position[1] < level["body"].position[1] - 0.3
    assert ducks["body"].position[2] < 0


def test_a_way_of_an_older_file_of_which_only_the_feet_were_kept_still_shows() -> None:
    old = decode(Demonstration, BEFORE, 1)
    assert old.path == ((0.0, 1.0, 0.0, 0.0), (0.5, 2.0, 0.0, 0.0))
    assert encode(old) == BEFORE, "so a file that declares it declares the same as before"
    now = moment_of(Way(old.path), 0.25)
    assert now.place == pytest.approx((1.5, 0.0, 0.0))
    assert now.heading == pytest.approx(-math.pi / 2) and now.left is None


def test_poses_of_another_way_than_this_are_not_taken_for_its() -> None:
    path = ((0.0, 1.0, 0.0, 0.0), (0.5, 2.0, 0.0, 0.0))
    assert moment_of(Way(path, (Pose(3000),) * 4), 0.25) == moment_of(Way(path), 0.25)


def test_the_longest_recording_of_someone_in_a_headset_fits_into_components() -> None:
    limb = (-1.234, 1.567, -0.891)
    far = Stance((-9123.456, 12.345, 8765.432), 3.0, -1.2, (limb, limb, limb))
    shown = recorded([far] * LIMITS.samples_max)
    for kept in (Demonstration(shown.path), Poses(shown.poses)):
        assert decode(type(kept), encode(kept)) == kept
        assert len(encode(kept)) < KERNEL.component_bytes_max / 2


def test_no_hand_is_kept_farther_from_the_feet_than_the_limit() -> None:
    _, pose = sampled(0.0, Stance((0, 0, 0), 7.0, None, (None, (99.0, -99.0, 0.1), None)))
    assert pose.left == (LIMITS.reach_mm_max, -LIMITS.reach_mm_max, 100)
    assert pose.heading == round((7.0 - math.tau) * 1000)


@pytest.mark.parametrize(
    ("second", "still"),
    [
        (Stance((0.05, 0, 0), 0.05), True),
        (Stance((0.5, 0, 0), 0.0), False),
        (Stance((0, 0, 0), 1.0), False),
        (Stance((0, 0, 0), 0.0, 0.5), False),
        (Stance((0, 0, 0), 0.0, None, (None, None, (0.2, 1.4, -0.4))), False),
    ],
    ids=["stands", "walks", "turns", "nods", "reaches"],
)
def test_who_only_stands_shows_nothing(second: Stance, still: bool) -> None:
    first = Stance((0, 0, 0), 0.0, None, (None, None, (0.2, 0.9, -0.1)))
    assert is_still(recorded([first, second])) is still
    assert is_still(Way()) and is_still(Way(((0, 0, 0, 0),), (Pose(0),)))


def test_what_an_instructor_walks_is_what_learners_see() -> None:
    school = School()
    school.callers["boss"] = school.enter("boss", "Mo", Role.BUILDER)
    walker = next(one for one in school.world.visitors if one.account == "boss")
    school.do("record_demonstration", "boss", demonstration="once")
    for step in range(4):
        walker.observe = partial(Stance, (float(step), 0.0, 0.0), step / 5)
        school.wait(0.5)
    school.callers["two"] = school.enter("two", "Al", Role.BUILDER)
    with pytest.raises(Conflict):
        school.do("record_demonstration", "two", demonstration="once")
    school.do("record_demonstration", "boss", demonstration="once")
    kept = school.world["once"][Demonstration]
    assert [sample[1] for sample in kept.path] == [0, 1, 2, 3]
    assert [pose.heading for pose in school.world["once"][Poses].each] == [0, 200, 400, 600]
    assert kept.path[0][0] == 0.0, "it begins as the first sample was taken"
    assert any(record.kind == "~academy.Demonstrated" for record in school.records)


def test_the_figure_reaches_for_what_was_pressed_and_lets_its_hand_hang_again() -> None:
    school = School()
    school.callers["boss"] = school.enter("boss", "Mo", Role.BUILDER)
    walker = next(one for one in school.world.visitors if one.account == "boss")
    walker.observe = lambda: Stance((0.4, 0.0, 1.0), 0.0)  # the pan is before them, a metre high
    school.do("record_demonstration", "boss", demonstration="once")
    for _ in range(5):
        school.wait(0.2)
    school.do("click", "boss", entity="pan")
    for _ in range(8):
        school.wait(0.2)
    school.do("record_demonstration", "boss", demonstration="once")
    hands = [pose.right for pose in school.world["once"][Poses].each]
    reached = [hand for hand in hands if hand not in (None, HANGS)]
    assert len(set(reached)) == 1 and 2 <= len(reached) <= 5
    x, y, z = reached[0]
    assert (x < 250, 1000 < y < 1250, z < -300) == (True, True, True), "ahead, and to the left"
    first = hands.index(reached[0])
    assert hands[first - 1] == HANGS == hands[first + len(reached)]
    assert hands[: first - 1] == [None] * (first - 1), "and swings with the steps before"


@given(st.floats(-3, 3), st.tuples(*[st.floats(-5, 5)] * 3), st.tuples(*[st.floats(-5, 5)] * 3))
def test_a_hand_that_reaches_points_from_the_shoulder_at_what_was_pressed(
    heading: float, feet: Point, place: Point
) -> None:
    way = Way(((0.0, *feet), (1.0, *feet)), (Pose(angle(heading)), Pose(angle(heading))))
    hand = reaching(way, [(0.0, place)]).poses[0].right
    assert hand is not None
    turned = upright(angle(heading) / 1000)
    x, y, z = (part / 1000 for part in hand)
    shoulder, end = (add(feet, turn(turned, spot)) for spot in (SHOULDER, (x, y, z)))
    far, long = math.dist(shoulder, place), math.dist(shoulder, end)
    assert long == pytest.approx(min(far, REACH_M), abs=0.003)
    assert long + math.dist(end, place) == pytest.approx(far, abs=0.003), "on the straight way"
    held = Pose(angle(heading), None, (0, 1600, 0), None, (1, 2, 3))
    worn = way._replace(poses=(held, held))
    assert reaching(worn, [(0.0, place)]) == worn, "a headset tells where the hand was"


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
    shown = shown_of(school.world)
    turned, reached = (school.world[name].number for name in ("once", "once right hand"))
    seen = set()
    for _ in range(13):
        school.wait(0.2)
        seen.add(shown.now[turned, "Transform"])
    assert len(seen) > 2 and (reached, "Transform") in shown.now
    assert school.live.seq == seq


def test_a_figure_goes_back_when_nobody_watches_and_is_not_set_back_by_who_comes_later() -> None:
    school = School()
    figure = school.world["once"]

    def place() -> Any:
        school.wait(0.1)
        return decode(Transform, shown_of(school.world).now[figure.number, "Transform"]).position

    school.callers["boss"] = school.enter("boss", "Mo", Role.BUILDER)
    school.callers["late"] = school.enter("late", "Al", Role.VISITOR)
    walker = next(one for one in school.world.visitors if one.account == "boss")
    school.do("record_demonstration", "boss", demonstration="once")
    for step in range(30):
        walker.observe = partial(Stance, (float(step), 0.0, 0.0), 0.0)
        school.wait(0.2)
    school.do("record_demonstration", "boss", demonstration="once")
    for account in ("guest:1", "late"):
        school.do("begin", account)
        school.do("click", account, entity="pan")
        before = place()
    school.wait(0.5)
    far = place()
    assert far[0] > before[0] > 3, "the first one's way goes on"
    for account in ("guest:1", "late"):
        school.do("next_step", account)
    assert place() == (0.0, 0.0, 0.0)
