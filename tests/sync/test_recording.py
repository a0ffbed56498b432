"""Recording of motion: only who consents, as it was within the quantum, and gone when forgotten."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sync.hall import Hall
from worldloom.kernel.errors import Conflict, Unavailable
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.realm import Caller, Command
from worldloom.kernel.recording import TRACKED, Tracked, running, unpack_poses
from worldloom.kernel.records import read
from worldloom.kernel.rights import Role
from worldloom.kernel.schema import decode, restorer
from worldloom.kernel.sealing import open_box
from worldloom.presence import limbs
from worldloom.presence.limbs import Limb, Limbs
from worldloom.presence.reach import Reaching
from worldloom.stores.chunks import Finder, payload
from worldloom.sync.messages import Close
from worldloom.sync.recorder import metres
from worldloom.sync.rows import record_row
from worldloom.testing.core import RobotCore

STEPS = st.lists(
    st.tuples(st.floats(-0.4, 0.4), st.floats(-0.4, 0.4), st.floats(0, 6.28)), max_size=30
)


def tracks(hall: Hall) -> list[tuple[Tracked, Any]]:
    """Return every kept chunk with its opened poses, None for one that nobody can open."""
    live = hall.realm.world("hall")
    found = []
    for one in Finder(hall.store, TRACKED, dict).find(live.stream, live.durable_seq):
        data = payload(hall.store, live.stream, one.seq)
        event = decode(Tracked, data, None, restorer(lambda box: open_box(hall.store, box)))
        found.append((event, event.poses.value))
    return found


def a_recorded_hall(consents: bool = True) -> tuple[Hall, RobotCore]:
    hall = Hall()
    hall.own("anna")
    anna, _ = hall.robot("Anna", "anna")
    hall.do(anna, "record", on=True)
    if consents:
        hall.do(anna, "be_recorded", on=True)
    return hall, anna


def walk(hall: Hall, robot: RobotCore, x: float, y: float, z: float, yaw: float) -> None:
    robot.pose(x, y, z, yaw)
    hall.network.step()
    hall.tick()
    hall.commit()


def end(hall: Hall, robot: RobotCore) -> None:
    """End a visitor's session at once, whatever is on its way to them."""
    session = None if robot.welcome is None else hall.hub.visitor(robot.welcome.visitor)
    assert session is not None
    session.end(Close.NOT_ALLOWED, Unavailable("go"))


@settings(max_examples=20, deadline=None)
@given(STEPS)
def test_what_is_read_is_what_was_sampled_within_the_quantum(
    steps: list[tuple[float, float, float]],
) -> None:
    hall, anna = a_recorded_hall()
    session = hall.hub.visitor(anna.welcome.visitor if anna.welcome else "")
    assert session is not None
    x, y, z = hall.hub.position(session)
    truth: dict[int, tuple[float, ...]] = {}
    for dx, dz, yaw in steps:
        x, z = x + dx, z + dz
        walk(hall, anna, x, y, z, yaw)
        assert session.slot is not None
        truth[hall.now] = (*hall.hub.position(session), hall.hub.motion.yaw(session.slot))
    hall.tick(LIMITS.tick_hz * 6)
    hall.commit()
    found: dict[int, tuple[float, ...]] = {}
    for event, data in tracks(hall):
        times, columns = unpack_poses(data)
        assert event.rows == len(times) and times[0] == event.start and times[-1] == event.end
        places = zip(*(column.tolist() for column in metres(columns)), strict=True)
        found |= dict(zip(times.tolist(), places, strict=True))
    assert found
    last: tuple[float, ...] | None = None
    for now, place in truth.items():
        last = found.get(now, last)
        assert last is not None
        for one, other in zip(last[:3], place[:3], strict=True):
            assert math.isclose(one, other, abs_tol=1e-9)
        assert math.isclose(last[3], place[3], abs_tol=1e-3)


def test_who_did_not_consent_is_absent() -> None:
    hall, _ = a_recorded_hall()
    ben, _ = hall.robot("Ben", "ben")
    hall.tick(LIMITS.tick_hz * 6)
    hall.commit()
    assert {event.account for event, _ in tracks(hall)} == {"anna"}
    hall.do(ben, "be_recorded", on=True)
    hall.do(ben, "be_recorded", on=True)
    hall.tick(LIMITS.tick_hz * 6)
    hall.do(ben, "be_recorded", on=False)
    hall.commit()
    count = len([event for event, _ in tracks(hall) if event.account == "ben"])
    assert count
    hall.tick(LIMITS.tick_hz * 12)
    hall.commit()
    assert len([event for event, _ in tracks(hall) if event.account == "ben"]) == count


def test_nobody_is_recorded_without_the_sign_and_each_sign_is_a_recording_of_its_own() -> None:
    hall, anna = a_recorded_hall()
    state = hall.realm.world("hall").state
    first, since = running(state)
    assert first and since
    hall.tick(LIMITS.tick_hz)
    hall.do(anna, "record", on=False)
    assert running(hall.realm.world("hall").state) == (0, 0)
    hall.tick(LIMITS.tick_hz)
    hall.commit()
    kept = tracks(hall)
    assert [event.recording for event, _ in kept] == [first]
    hall.tick(LIMITS.tick_hz * 12)
    hall.commit()
    assert len(tracks(hall)) == len(kept)
    hall.do(anna, "record", on=True)
    hall.tick(LIMITS.tick_hz * 6)
    hall.commit()
    assert len({event.recording for event, _ in tracks(hall)}) == 2


HELD = Limbs(Limb((0.0, 1.7, 0.0)), right=Limb((0.3, 1.5, -0.4), grip=1))


def test_head_and_hands_are_recorded_while_a_headset_is_worn_and_what_the_figure_does() -> None:
    hall, anna = a_recorded_hall()
    hall.hub.attach(Reaching(hall.hub))
    ben, _ = hall.robot("Ben", "ben")
    hall.do(ben, "be_recorded", on=True)
    hall.tick(20)
    for height in (1.7, 1.4, 1.1):
        anna.pose(*anna.position, animation=3)
        anna.reach(Limbs(Limb((0.0, height, 0.0)), right=HELD.right))
        for _ in range(10):
            hall.network.step()
            hall.tick()
    hall.do(anna, "record", on=False)
    hall.tick(2)
    hall.commit()
    ways = {event.account: unpack_poses(data)[1] for event, data in tracks(hall)}
    animation, *held = ways["anna"][4:]
    assert animation.tolist()[-1] == 3
    told = limbs.limbs_in(held)
    assert told[0] is None, "the headset was not worn yet"
    assert all(one is None or one.left is None for one in told)
    last = told[-1]
    assert last and last.head and last.right and last.right.grip == 1
    assert math.dist(last.right.place, (0.3, 1.5, -0.4)) < 0.01
    assert math.isclose(last.head.place[1], 1.1, abs_tol=0.01)
    heights = [round(one.head.place[1], 1) for one in told if one and one.head]
    assert list(dict.fromkeys(heights)) == [1.7, 1.4, 1.1], "one after the other"
    assert len(ways["ben"]) == 5, "who wears none has no hands in it"


def test_a_recording_ends_by_itself_when_it_is_too_long() -> None:
    hall, _ = a_recorded_hall()
    hall.now += round(LIMITS.recording_hours_max * 3600e6)
    hall.tick(LIMITS.tick_hz * 12)
    hall.commit()
    assert tracks(hall) == []


def test_who_leaves_is_recorded_to_the_end_and_a_crash_loses_the_open_chunk_alone() -> None:
    hall, anna = a_recorded_hall()
    ben, _ = hall.robot("Ben", "ben")
    hall.do(ben, "be_recorded", on=True)
    hall.tick(LIMITS.tick_hz * 2)
    end(hall, ben)
    hall.commit()
    assert [event.account for event, _ in tracks(hall)] == ["ben"]
    hall.tick(LIMITS.tick_hz)
    seq = hall.realm.world("hall").durable_seq
    hall.crash()
    assert hall.realm.world("hall").durable_seq == seq
    assert [event.account for event, _ in tracks(hall)] == ["ben"]
    assert running(hall.realm.world("hall").state)[0]
    hall.tick(LIMITS.tick_hz * 6)
    assert not hall.hub.recorder.people


def test_tracks_of_the_forgotten_cannot_be_opened_and_their_open_chunk_is_let_go() -> None:
    hall, _ = a_recorded_hall()
    ben, _ = hall.robot("Ben", "ben")
    hall.do(ben, "be_recorded", on=True)
    hall.tick(LIMITS.tick_hz * 6)
    hall.commit()
    before = hall.realm.tree("hall").root()
    hall.realm.forget("ben")
    hall.commit()
    hall.tick(LIMITS.tick_hz * 6)
    hall.commit()
    opened = {event.account: data for event, data in tracks(hall)}
    assert opened["ben"] is None and opened["anna"] is not None
    assert all(data is None for event, data in tracks(hall) if event.account == "ben")
    assert hall.realm.tree("hall").root() != before


def test_no_client_is_sent_a_track() -> None:
    hall, anna = a_recorded_hall()
    hall.tick(LIMITS.tick_hz * 6)
    hall.settle()
    live = hall.realm.world("hall")
    rows = [
        record_row(record, hall.store)
        for record in read(hall.store.records(live.stream, 0, live.durable_seq))
    ]
    assert [row.payload for row in rows if row.kind == TRACKED] == [None]
    assert anna.inside


@pytest.mark.parametrize("on", [True, False])
def test_one_who_is_not_in_the_world_cannot_consent(on: bool) -> None:
    hall, _ = a_recorded_hall(False)
    caller = Caller("anna", "Anna", "", Role.OWNER)
    with pytest.raises(Conflict, match="in the world"):
        hall.realm.do(Command("hall", "be_recorded", {"on": on}, caller))


def test_a_world_that_cannot_be_read_or_written_just_now_is_not_recorded_and_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hall, _ = a_recorded_hall()
    hall.tick(LIMITS.tick_hz)

    def away(*_: object) -> None:
        raise Unavailable("the disk is behind")

    with monkeypatch.context() as broken:
        broken.setattr(hall.realm, "world", away)
        assert not hall.hub.recorder.tick(hall.now)
    with monkeypatch.context() as broken:
        broken.setattr(hall.realm, "note", away)
        hall.tick(LIMITS.tick_hz * 6)
    assert tracks(hall) == []
    hall.tick(LIMITS.tick_hz * 6)
    hall.commit()
    assert [event.account for event, _ in tracks(hall)] == ["anna"]


def test_a_consent_that_becomes_durable_after_its_visitor_went_is_nobodys() -> None:
    hall, _ = a_recorded_hall(False)
    ben, _ = hall.robot("Ben", "ben")
    ben.do("be_recorded", {"on": True})
    hall.network.step()
    end(hall, ben)
    hall.commit()
    assert not hall.hub.recorder.people
