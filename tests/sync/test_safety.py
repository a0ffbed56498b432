"""Promised: no client can get around a block, a mute or the distance between strangers."""

from __future__ import annotations

import math
from functools import partial
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sync.hall import Hall
from worldloom.kernel.limits import LIMITS, Limits
from worldloom.kernel.recording import TRACKED, Tracked, unpack_poses
from worldloom.kernel.records import read
from worldloom.kernel.safety import REPORTED
from worldloom.kernel.schema import decode, restorer
from worldloom.kernel.sealing import open_box
from worldloom.presence import limbs
from worldloom.presence.limbs import Limb, Limbs
from worldloom.presence.reach import Reaching
from worldloom.sync.boundary import Boundary, pairs_within
from worldloom.sync.evidence import Evidence
from worldloom.sync.messages import Bonded, Message, Visitors
from worldloom.testing.core import RobotCore

ARM_M = LIMITS.distance_m


@pytest.fixture
def hall() -> Hall:
    hall = Hall()
    hall.hub.attach(Boundary(hall.hub))
    hall.hub.attach(Evidence(hall.hub))
    return hall


def act(hall: Hall, robot: RobotCore, action: str, **args: object) -> object:
    outcome = hall.do(robot, action, **args)
    hall.hub.minds_changed()
    hall.settle()
    return outcome


def id_of(robot: RobotCore) -> str:
    assert robot.welcome is not None
    return robot.welcome.visitor


def walk(hall: Hall, robot: RobotCore, x: float, z: float, steps: int = 40) -> None:
    """Walk there as fast as one may."""
    x0, _, z0 = robot.position
    for step in range(1, steps + 1):
        share = step / steps
        robot.pose(x0 + (x - x0) * share, 0.0, z0 + (z - z0) * share)
        hall.network.step()
        hall.tick()
        hall.network.step()


def where(hall: Hall, robot: RobotCore) -> tuple[float, float, float]:
    session = hall.hub.visitor(id_of(robot))
    assert session is not None
    return hall.hub.position(session)


def test_who_is_blocked_is_gone_at_once_for_both_and_comes_back(hall: Hall) -> None:
    (ann, _), (bob, _), (eve, _) = hall.robot("Ann"), hall.robot("Bob"), hall.robot("Eve")
    act(hall, ann, "block", account=id_of(bob))
    assert id_of(bob) not in ann.visitors and id_of(ann) not in bob.visitors
    assert {id_of(ann), id_of(bob)} <= eve.visitors.keys()
    walk(hall, bob, 8.0, 8.0)
    hall.settle()
    assert id_of(bob) not in ann.visitors
    assert math.dist(eve.visitors[id_of(bob)].position or (0, 0, 0), (8.0, 0.0, 8.0)) < 0.1
    act(hall, ann, "block", account="guest:2", on=False)
    assert id_of(bob) in ann.visitors and id_of(ann) in bob.visitors
    hall.tick()
    hall.settle()
    assert math.dist(ann.visitors[id_of(bob)].position or (0, 0, 0), (8.0, 0.0, 8.0)) < 0.1


def test_words_of_the_blocked_never_leave_the_server(hall: Hall) -> None:
    (ann, _), (bob, _), (eve, _) = hall.robot("Ann"), hall.robot("Bob"), hall.robot("Eve")
    act(hall, ann, "block", account=id_of(bob))
    act(hall, bob, "say", text="can you hear me")
    act(hall, ann, "say", text="is it quiet")
    assert [heard.text for heard in eve.said] == ["can you hear me", "is it quiet"]
    assert [heard.text for heard in ann.said] == ["is it quiet"]
    assert [heard.text for heard in bob.said] == ["can you hear me"]
    assert ann.seq == bob.seq == eve.seq


def test_a_mute_is_not_noticed_by_the_muted(hall: Hall) -> None:
    (ann, _), (bob, _) = hall.robot("Ann"), hall.robot("Bob")
    act(hall, ann, "mute", account=id_of(bob))
    act(hall, bob, "say", text="la la la")
    act(hall, ann, "say", text="hm")
    assert [heard.text for heard in ann.said] == ["hm"]
    assert [heard.text for heard in bob.said] == ["la la la", "hm"]
    assert id_of(bob) in ann.visitors
    bonded = [message for message in ann.live if isinstance(message, Bonded)]
    assert bonded[-1].muted == (id_of(bob),)
    assert bonded[-1].muted_accounts == ("guest:2",)
    assert not any(isinstance(message, Bonded) for message in bob.live)


def test_that_the_muted_came_again_is_known_before_who_came_is_told(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ann, _), (bob, _) = hall.robot("Ann"), hall.robot("Bob")
    act(hall, ann, "mute", account=id_of(bob))
    came: list[Bonded | Visitors] = []

    def take(message: Message) -> None:
        if isinstance(message, Bonded | Visitors):
            came.append(message)
        RobotCore._take(ann, message)

    monkeypatch.setattr(ann, "_take", take)
    again, _ = hall.robot("Bob", "guest:2")
    bonded, news = came
    assert isinstance(bonded, Bonded) and id_of(again) in bonded.muted
    assert isinstance(news, Visitors) and news.joined[0].visitor == id_of(again)


def test_a_block_holds_for_who_comes_later_and_for_who_resumes(hall: Hall) -> None:
    ann, line = hall.robot("Ann", "account:ann")
    bob, _ = hall.robot("Bob", "account:bob")
    act(hall, ann, "block", account="account:bob")
    line.cut()
    hall.settle()
    act(hall, bob, "say", text="while you were away")
    hall.connect(ann, "account:ann")
    hall.settle()
    assert ann.inside and not ann.said
    assert id_of(bob) not in ann.visitors
    second, _ = hall.robot("Second tab", "account:bob")
    assert id_of(second) not in ann.visitors
    assert id_of(ann) not in second.visitors
    act(hall, second, "say", text="from another tab")
    assert not ann.said


def test_a_stranger_cannot_step_into_somebody(hall: Hall) -> None:
    (ann, _), (bob, _) = hall.robot("Ann"), hall.robot("Bob")
    there = where(hall, ann)
    walk(hall, bob, there[0] + 4, there[2])
    told = False
    for _ in range(60):
        bob.pose(there[0], 0.0, there[2])
        hall.network.step()
        hall.tick()
        hall.settle()
        assert math.dist(where(hall, bob), where(hall, ann)) >= ARM_M
        told = told or math.dist(bob.position, there) >= ARM_M
    assert told, "its client learns where it stands"


def test_head_and_hands_of_the_blocked_are_not_sent(hall: Hall) -> None:
    hall.hub.attach(Reaching(hall.hub))
    (ann, _), (bob, _), (eve, _) = hall.robot("Ann"), hall.robot("Bob"), hall.robot("Eve")
    act(hall, ann, "block", account=id_of(bob))
    for height in (1.5, 1.6):
        for robot in (ann, bob, eve):
            robot.reach(Limbs(Limb((0.0, height, 0.0))))
        hall.network.step()
        hall.tick()
        hall.settle()
    seen = {}
    for robot in (ann, bob, eve):
        _, records = limbs.decode_frame(robot.live_bytes[limbs.NUMBER])
        seen[robot.name] = set(records["slot"].tolist())
    rows = {robot.name: robot.welcome.slot for robot in (ann, bob, eve) if robot.welcome}
    assert seen["Eve"] == set(rows.values())
    assert seen["Ann"] == {rows["Ann"], rows["Eve"]}
    assert seen["Bob"] == {rows["Bob"], rows["Eve"]}


def test_friends_stand_side_by_side(hall: Hall) -> None:
    (ann, _), (bob, _) = hall.robot("Ann"), hall.robot("Bob")
    act(hall, ann, "befriend", account=id_of(bob))
    act(hall, bob, "befriend", account=id_of(ann))
    x, _, z = where(hall, ann)
    walk(hall, bob, x + 0.2, z)
    assert math.dist(where(hall, bob), where(hall, ann)) < ARM_M / 2


def test_strangers_sit_side_by_side_on_a_bench(hall: Hall) -> None:
    (ann, _), (bob, _) = hall.robot("Ann"), hall.robot("Bob")
    for robot, x in ((ann, 5.0), (bob, 5.4)):
        session = hall.hub.visitor(id_of(robot))
        assert session is not None and session.slot is not None
        hall.hub.motion.sit(session.slot, (x, 0.0, 5.0), 0.0, hall.now)
    hall.tick(3)
    assert math.dist(where(hall, ann), where(hall, bob)) < ARM_M


def test_an_action_puts_nobody_on_anothers_toes(hall: Hall) -> None:
    (ann, _), (bob, _) = hall.robot("Ann"), hall.robot("Bob")
    act(hall, bob, "go", position=list(where(hall, ann)))
    assert math.dist(where(hall, bob), where(hall, ann)) >= ARM_M


def test_an_action_brings_a_friend_as_near_as_is_asked_and_never_into_another(hall: Hall) -> None:
    (ann, _), (bob, _) = hall.robot("Ann"), hall.robot("Bob")
    act(hall, ann, "befriend", account=id_of(bob))
    x, y, z = where(hall, ann)
    act(hall, bob, "go", position=[x + 0.3, y, z])
    assert math.dist(where(hall, bob), where(hall, ann)) >= ARM_M, "both have to want it"
    act(hall, bob, "befriend", account=id_of(ann))
    act(hall, bob, "go", position=[x + 0.3, y, z])
    assert math.dist(where(hall, bob), (x + 0.3, y, z)) < 0.01
    act(hall, bob, "go", position=[x, y, z])
    assert math.dist(where(hall, bob), where(hall, ann)) > 0.1


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_however_everyone_steps_strangers_keep_their_distance(seed: int) -> None:
    chance = Random(seed)
    hall = Hall()
    hall.hub.attach(Boundary(hall.hub))
    crowd = [hall.robot(f"Robot {number}")[0] for number in range(6)]
    for _ in range(40):
        for robot in crowd:
            x, _, z = robot.position
            robot.pose(x + chance.uniform(-0.4, 0.4), 0.0, z + chance.uniform(-0.4, 0.4))
        hall.network.step()
        hall.tick()
        hall.network.step()
        places = [where(hall, robot) for robot in crowd]
        for i, one in enumerate(places):
            for other in places[:i]:
                assert math.dist(one, other) >= ARM_M - 1e-3


@given(seed=st.integers(0, 2**32), count=st.integers(0, 40), most=st.floats(0.1, 5))
def test_the_grid_finds_just_those_who_are_near(seed: int, count: int, most: float) -> None:
    import numpy as np

    places = np.random.default_rng(seed).uniform(-6, 6, (count, 3)) * (1, 0.3, 1)
    rows = np.arange(count)
    first, second = pairs_within(places, rows[::2], rows, most)
    expected = {
        (one, other)
        for one in range(0, count, 2)
        for other in range(count)
        if one != other
        and math.hypot(*(places[one] - places[other])[[0, 2]]) < most
        and abs(places[one][1] - places[other][1]) < 1.6
    }
    assert set(zip(first.tolist(), second.tolist(), strict=True)) == expected


def evidence_of(hall: Hall) -> dict[int, list[Tracked]]:
    """Return the seq of each report with the tracks that were kept for it."""
    found = list(read(hall.store.records(hall.hub.live.stream, 0, hall.hub.live.seq)))
    tracks = [decode(Tracked, r.payload, r.version) for r in found if r.kind == TRACKED]
    reports = [record.seq for record in found if record.kind == REPORTED]
    return {seq: [one for one in tracks if one.recording == seq] for seq in reports}


def test_a_report_takes_the_last_minute_of_both_with_it(hall: Hall) -> None:
    (ann, _), (bob, _), (far, _) = hall.robot("Ann"), hall.robot("Bob"), hall.robot("Far")
    walk(hall, far, 60.0, 60.0, 300)
    walk(hall, bob, 5.0, 5.0, 100)
    act(hall, ann, "report", account=id_of(bob), reason="he follows me")
    hall.settle()
    ((report, tracks),) = evidence_of(hall).items()
    assert {track.visitor for track in tracks} == {id_of(ann), id_of(bob)}
    for track in tracks:
        assert track.recording == report
        assert track.end - track.start <= LIMITS.evidence_seconds * 1_000_000
        assert track.rows > 10


HELD = Limbs(Limb((0.0, 1.7, 0.0)), right=Limb((0.3, 1.5, -0.4), grip=1))


def wave(hall: Hall, robot: RobotCore, ticks: int) -> None:
    """Stand, wave by a gesture, and hold a fist out of a headset."""
    for _ in range(ticks):
        robot.pose(*robot.position, animation=3)
        robot.reach(HELD)
        hall.network.step()
        hall.tick()
        hall.network.step()


def test_evidence_has_what_they_did_with_head_and_hands(hall: Hall) -> None:
    hall.hub.attach(Reaching(hall.hub))
    (ann, _), (bob, _) = hall.robot("Ann"), hall.robot("Bob")
    hall.tick(40)
    wave(hall, bob, 40)
    act(hall, ann, "report", account=id_of(bob), reason="he waves a fist before my face")
    hall.settle()
    ((_, tracks),) = evidence_of(hall).items()
    ways = {track.visitor: opened(hall, track) for track in tracks}
    animation, *held = ways[id_of(bob)][4:]
    assert animation.tolist()[-1] == 3
    told = limbs.limbs_in(held)
    assert told[0] is None, "the headset was not worn yet"
    last = told[-1]
    assert last and last.head and last.right and last.left is None and last.right.grip == 1
    assert math.dist(last.right.place, (0.3, 1.5, -0.4)) < 0.01
    assert len(ways[id_of(ann)]) == 5, "who wears none has no hands in it"


def test_evidence_keeps_places_of_all_and_hands_as_far_as_there_is_room(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    hall.hub.attach(Reaching(hall.hub))
    (ann, _), (bob, _) = hall.robot("Ann"), hall.robot("Bob")
    for _ in range(3):
        for robot in (ann, bob):
            wave(hall, robot, 8)
    with monkeypatch.context() as tight:
        tight.setattr("worldloom.sync.evidence.LIMITS", Limits(evidence_limbs_bytes_max=1))
        act(hall, ann, "report", account=id_of(bob), reason="one")
    act(hall, ann, "report", account=id_of(bob), reason="two")
    hall.settle()
    for tracks, columns in zip(evidence_of(hall).values(), (5, 12), strict=True):
        assert len(tracks) == 2
        for track in tracks:
            assert len(opened(hall, track)) == columns


def opened(hall: Hall, track: Tracked) -> list[Any]:
    """Return the columns of a track, its key at hand."""
    found = read(hall.store.records(hall.hub.live.stream, 0, hall.hub.live.seq))
    restore = restorer(partial(open_box, hall.store))
    for record in found:
        if record.kind == TRACKED:
            known = decode(Tracked, record.payload, record.version, restore)
            if (known.recording, known.visitor) == (track.recording, track.visitor):
                assert known.poses.value is not None
                return unpack_poses(known.poses.value)[1]
    raise AssertionError("the track is not in the log")


@pytest.mark.parametrize("back", [False, True])
def test_hanging_up_is_no_way_out_of_the_evidence(hall: Hall, back: bool) -> None:
    (ann, _), (bob, line) = hall.robot("Ann"), hall.robot("Bob", "account:bob")
    walk(hall, bob, 5.0, 5.0, 100)
    id = id_of(bob)
    line.cut()
    hall.settle()
    hall.tick()
    if back:
        hall.robot("Bob", "account:bob")
        hall.tick(8)
    act(hall, ann, "report", account=id, reason="he pushed me and ran")
    hall.settle()
    ((_, tracks),) = evidence_of(hall).items()
    assert {id, id_of(ann)} <= {track.visitor for track in tracks}
    (way,) = [track for track in tracks if track.visitor == id]
    assert way.rows > 10 and way.account == "account:bob"


def test_who_left_a_minute_ago_or_is_forgotten_is_in_no_evidence(hall: Hall) -> None:
    (ann, _), (bob, line) = hall.robot("Ann"), hall.robot("Bob", "account:bob")
    (eve, other) = hall.robot("Eve", "account:eve")
    gone = [id_of(bob), id_of(eve)]
    line.cut()
    hall.tick(LIMITS.evidence_seconds * LIMITS.tick_hz + 20)
    other.cut()
    hall.tick(4)
    hall.realm.forget("account:eve", "local")
    hall.settle()
    for id in gone:
        act(hall, ann, "report", account=id, reason="long ago")
        hall.settle()
    for tracks in evidence_of(hall).values():
        assert {track.visitor for track in tracks} == {id_of(ann)}


def test_without_a_report_nothing_of_the_motion_is_kept(hall: Hall) -> None:
    ann, _ = hall.robot("Ann")
    walk(hall, ann, 5.0, 5.0, 100)
    found = read(hall.store.records(hall.hub.live.stream, 0, hall.hub.live.seq))
    assert not [record for record in found if record.kind == TRACKED]


def test_nobody_is_named_to_who_shall_not_meet_them(hall: Hall) -> None:
    ann, _ = hall.robot("Ann", "account:ann")
    act(hall, ann, "block", account="account:bob")
    seen: list[str] = []
    take = ann._meet

    def note(message: Visitors) -> None:
        seen.extend(row.name for row in message.joined)
        take(message)

    ann._meet = note  # type: ignore[method-assign]
    hall.robot("Bob the Blocked", "account:bob")
    hall.robot("Eve")
    assert seen == ["Eve"]
