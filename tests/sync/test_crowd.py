"""Promised: in a crowd, news go out with the tick, in order, and who acts waits for nobody."""

from collections.abc import Iterator, Sequence
from random import Random

import pytest

from tests.sync.hall import Hall
from worldloom.kernel.limits import LIMITS
from worldloom.sync import wire
from worldloom.sync.messages import VERSION, Answer, Do, Hello, Records, Visitors
from worldloom.sync.motion import Motion
from worldloom.sync.session import Identity, Phase, Session
from worldloom.sync.wire import Pose
from worldloom.testing.core import RobotCore
from worldloom.testing.network import Weather


@pytest.fixture
def crowded() -> Iterator[None]:
    """Let every world count as crowded."""
    before = LIMITS.crowd_sessions_min
    object.__setattr__(LIMITS, "crowd_sessions_min", 0)
    yield
    object.__setattr__(LIMITS, "crowd_sessions_min", before)


class Desk:
    """A transport that keeps each write as the frames that were in it."""

    def __init__(self) -> None:
        self.writes: list[list[bytes]] = []
        self.paused = False

    def send(self, data: bytes) -> None:
        self.writes.append([data])

    def send_many(self, frames: Sequence[bytes]) -> None:
        self.writes.append(list(frames))

    def close(self, code: int, reason: str) -> None:
        self.writes.append([])


def enter(hall: Hall, number: int) -> tuple[Session, Desk]:
    desk = Desk()
    session = hall.hub.connect(desk, Identity(f"guest:{number}", f"Guest {number}"))
    session.receive(wire.encode(Hello(VERSION)))
    hall.commit()
    assert session.phase is Phase.INSIDE
    return session, desk


def kinds(write: list[bytes]) -> list[str]:
    """Name what is in one write."""
    return [
        "motion" if data[0] == wire.MOTION else type(wire.decode_from_server(data)).__name__
        for data in write
    ]


@pytest.mark.usefixtures("crowded")
def test_what_many_are_told_goes_with_the_motion_frame_in_one_write() -> None:
    hall = Hall()
    ann, _ = enter(hall, 1)
    _, desk = enter(hall, 2)
    hall.tick()
    desk.writes.clear()
    for colour in ("#000001", "#000002"):
        ann.receive(wire.encode(Do(1, "paint", {"colour": colour})))
        hall.commit()
    ann.receive(wire.encode_pose(Pose(1, 0, 1)))
    assert desk.writes == []
    hall.tick()
    assert [kinds(write) for write in desk.writes] == [["Records", "Records", "motion"]]


@pytest.mark.usefixtures("crowded")
def test_what_is_told_does_not_wait_for_somebody_to_move() -> None:
    hall = Hall()
    ann, _ = enter(hall, 1)
    _, desk = enter(hall, 2)
    hall.tick(3)
    desk.writes.clear()
    ann.receive(wire.encode(Do(1, "paint", {"colour": "#000001"})))
    hall.commit()
    hall.tick()
    assert [kinds(write) for write in desk.writes] == [["Records"]]


@pytest.mark.usefixtures("crowded")
def test_who_acts_is_answered_at_once_and_after_the_records() -> None:
    hall = Hall()
    ann, desk = enter(hall, 1)
    enter(hall, 2)
    hall.tick()
    desk.writes.clear()
    ann.receive(wire.encode(Do(7, "paint", {"colour": "#000001"})))
    hall.commit()
    assert [kinds(write) for write in desk.writes] == [["Records", "Answer"]]
    records, answer = (wire.decode_from_server(data) for data in desk.writes[0])
    assert isinstance(records, Records) and isinstance(answer, Answer)
    assert records.groups[-1].records[-1].seq == answer.seq


@pytest.mark.usefixtures("crowded")
def test_what_waits_for_the_tick_comes_to_a_paused_socket_in_order_when_it_drains() -> None:
    hall = Hall()
    ann, _ = enter(hall, 1)
    slow, desk = enter(hall, 2)
    hall.tick()
    desk.writes.clear()
    desk.paused = True
    seqs = []
    for turn in range(1, 4):
        ann.receive(wire.encode(Do(turn, "paint", {"colour": f"#00000{turn}"})))
        hall.commit()
        seqs.append(hall.realm.world("hall").seq)
        hall.tick()
    assert desk.writes == [] and slow.queued == 3
    desk.paused = False
    slow.drained()
    sent = [wire.decode_from_server(data) for write in desk.writes for data in write]
    assert [m.groups[-1].records[-1].seq for m in sent if isinstance(m, Records)] == seqs


@pytest.mark.usefixtures("crowded")
def test_who_is_shown_out_gets_first_what_waited_and_then_the_reason() -> None:
    hall = Hall()
    ann, _ = enter(hall, 1)
    bob, desk = enter(hall, 2)
    hall.tick()
    desk.writes.clear()
    ann.receive(wire.encode(Do(1, "paint", {"colour": "#000001"})))
    hall.commit()
    bob.receive_text()
    assert [kinds(write) for write in desk.writes] == [["Records"], ["Bye"], []]
    hall.tick()
    assert len(desk.writes) == 3


@pytest.mark.usefixtures("crowded")
def test_newcomers_of_one_tick_are_announced_in_one_write() -> None:
    hall = Hall()
    _, desk = enter(hall, 1)
    hall.tick()
    desk.writes.clear()
    for number in range(2, 6):
        enter(hall, number)
    assert desk.writes == []
    hall.tick()
    [write] = desk.writes
    told = [wire.decode_from_server(data) for data in write if data[0] == wire.MESSAGE]
    rows = [row.name for m in told if isinstance(m, Visitors) for row in m.joined]
    assert rows == [f"Guest {number}" for number in range(2, 6)]


@pytest.mark.usefixtures("crowded")
@pytest.mark.parametrize("seed", range(6))
def test_in_any_weather_everyone_of_a_crowd_has_the_same_world(seed: int) -> None:
    hall = Hall(seed, Weather(wait=0.5, stall=0.1, repeat=0.1, reorder=0.1))
    chance = Random(seed)
    robots: list[RobotCore] = [hall.robot(f"Robot {n}")[0] for n in range(4)]
    for turn in range(40):
        chance.choice(robots).do("paint", {"colour": f"#{turn:06x}"})
        hall.network.step()
        if chance.random() < 0.5:
            hall.commit()
        if chance.random() < 0.5:
            hall.tick()
    for _ in range(60):  # the network holds back about half of what is under way in each step
        hall.settle()
        hall.tick()
    live = hall.realm.world("hall")
    assert {robot.copy.state_hash() for robot in robots} == {live.state.state_hash()}
    assert {robot.seq for robot in robots} == {live.seq}


def test_a_crowd_that_appears_at_one_spawn_stands_apart() -> None:
    motion = Motion(1_500)
    for _ in range(1_500):
        slot = motion.join((0.0, 0.0, 0.0), 0.0, 0)
        motion.place(slot, motion.free_place((0.0, 0.0, 0.0), slot), 0.0, 0)
    places = motion.places[motion.alive][:, [0, 2]]
    order = places[places[:, 0].argsort()]
    for at in range(len(order)):
        near = order[at + 1 : at + 200]
        near = near[near[:, 0] - order[at, 0] < LIMITS.distance_m]
        assert (abs(near[:, 1] - order[at, 1]) >= LIMITS.distance_m - 0.002).all()
    assert abs(places).max() < 2 * LIMITS.spawn_gap_m * 1_500**0.5


def test_motion_goes_straight_to_a_socket_only_while_nothing_waits_before_it() -> None:
    hall = Hall()
    session, desk = enter(hall, 1)
    straight: list[bytes] = []
    session.write = straight.append

    def move(tick: int) -> None:
        session.receive(wire.encode_pose(Pose(0.01 * tick, 0.0, 0.0)))
        hall.tick()

    move(1)
    assert session.ready and not straight, "it is first looked whether all went"
    move(2)
    [frame] = straight
    assert frame == wire.framed(frame[2:]) and wire.decode_motion(frame[2:]).sections
    desk.paused, session.ready = True, False
    move(3)
    assert session.frames_skipped == 1 and len(straight) == 1
    session.send(b"news")
    desk.paused = False
    move(4)
    assert session.frames_skipped == 2 and not session.ready, "the news go before it"
    session.drained()
    assert desk.writes[-1] == [b"news"]
    move(5)
    assert session.ready and wire.decode_motion(desk.writes[-1][0]).full
    session.send_later(b"more")
    move(6)
    assert [data[:1] for data in desk.writes[-1]] == [b"m", bytes([wire.MOTION])]
    session.disconnected()
    assert not session.ready
