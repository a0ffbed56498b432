"""Promised: a client gets an answer or a clear end, and costs a bounded amount."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sync.hall import Hall
from worldloom.kernel.limits import LIMITS
from worldloom.sync import wire
from worldloom.sync.messages import VERSION, Bye, Close, Do, Hello, Ping, Pong, Refusal, Told
from worldloom.sync.session import Identity, Phase, Session, short_reason


class Wire:
    """A transport that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.closed: list[tuple[int, str]] = []
        self.paused = False

    def send(self, data: bytes) -> None:
        self.sent.append(data)

    def send_many(self, frames: Sequence[bytes]) -> None:
        for data in frames:
            self.send(data)

    def close(self, code: int, reason: str) -> None:
        self.closed.append((code, reason))

    def messages(self) -> list[object]:
        return [wire.decode_from_server(data) for data in self.sent if data[0] == wire.MESSAGE]


def connected() -> tuple[Hall, Session, Wire]:
    hall, line = Hall(), Wire()
    return hall, hall.hub.connect(line, Identity("guest:1", "Guest")), line


def inside() -> tuple[Hall, Session, Wire]:
    hall, session, line = connected()
    session.receive(wire.encode(Hello(VERSION)))
    hall.commit()
    assert session.phase is Phase.INSIDE
    line.sent.clear()
    return hall, session, line


FRAMES = st.one_of(
    st.binary(max_size=64),
    st.binary(max_size=64).map(lambda tail: b"\x00" + tail),
    st.binary(min_size=15, max_size=15).map(lambda tail: b"\x01" + tail),
    st.sampled_from(
        [
            wire.encode(Hello(VERSION)),
            wire.encode(Ping(1)),
            wire.encode(Do(1, "say", {"text": "hi"})),
            wire.encode(Do(2, "go", {"position": [1e300, 0, 0]})),
            wire.encode(Do(3, "go", {"position": [1, 2]})),
            wire.encode(Do(4, "paint", {"colour": []})),
            wire.encode(Do(5, "set", {"entity": "e999999", "component": "x", "fields": {}})),
        ]
    ),
)


@settings(max_examples=60)
@given(st.lists(FRAMES, max_size=20))
def test_a_hostile_client_ends_alone(frames: list[bytes]) -> None:
    hall = Hall()
    friend, _ = hall.robot("Friend")
    hostile = Wire()
    session = hall.hub.connect(hostile, Identity("guest:x", "X"))
    for frame in frames:
        session.receive(frame)
        hall.settle()
        hall.tick()
    if session.phase is Phase.CLOSED:
        [(code, reason)] = hostile.closed
        assert code in (Close.BAD_MESSAGE, Close.RATE) and reason
        assert isinstance(hostile.messages()[-1], Bye)
    assert hall.do(friend, "say", text="still here")
    assert hall.realm.world("hall").state.state_hash() == friend.copy.state_hash()


@pytest.mark.parametrize(
    "frame", [b"", b"\x00", b"\x02" + bytes(20), b"\x01", b"\x01" * 17, b"\xff" * 9]
)
def test_a_malformed_frame_closes_with_bad_message(frame: bytes) -> None:
    _, session, line = inside()
    session.receive(frame)
    assert line.closed[0][0] == Close.BAD_MESSAGE


def test_a_text_frame_closes_with_bad_message() -> None:
    _, session, line = inside()
    session.receive_text()
    session.receive_text()
    assert [code for code, _ in line.closed] == [Close.BAD_MESSAGE]


@pytest.mark.parametrize("message", [Ping(1), Do(1, "say", {"text": "x"})])
def test_speaking_before_hello_is_bad(message: Ping | Do) -> None:
    _, session, line = connected()
    session.receive(wire.encode(message))
    assert line.closed[0][0] == Close.BAD_MESSAGE


def test_a_second_hello_is_bad() -> None:
    _, session, line = inside()
    session.receive(wire.encode(Hello(VERSION)))
    assert line.closed[0][0] == Close.BAD_MESSAGE


def test_what_is_sent_before_the_welcome_is_done_after_it() -> None:
    hall, session, line = connected()
    session.receive(wire.encode(Hello(VERSION)))
    session.receive(wire.encode(Do(7, "say", {"text": "early"})))
    session.receive(wire.encode_pose(wire.Pose(0, 0, 0)))
    hall.commit()
    kinds = [type(message).__name__ for message in line.messages()]
    assert kinds[0] == "Welcome" and kinds.index("Records") < kinds.index("Answer")


def test_too_many_actions_are_refused_and_a_flood_ends_the_session() -> None:
    hall, session, line = inside()
    asked = 0
    while session.phase is Phase.INSIDE and asked < 10_000:
        asked += 1
        session.receive(wire.encode(Do(asked, "whisper", {"text": ""})))
    assert asked <= LIMITS.commands_burst_max + LIMITS.floods_burst_max + 1
    refusals = [m for m in line.messages() if isinstance(m, Refusal)]
    assert refusals and refusals[0].error.code == "too_often"
    assert line.closed[0][0] == Close.RATE


def test_too_many_pings_are_dropped() -> None:
    _, session, line = inside()
    for id in range(LIMITS.commands_burst_max + 50):
        session.receive(wire.encode(Ping(id)))
    assert len([m for m in line.messages() if isinstance(m, Pong)]) == LIMITS.commands_burst_max


def test_a_flood_of_poses_is_dropped_and_then_ends_the_session() -> None:
    _, session, line = inside()
    pose = wire.encode_pose(wire.Pose(0, 0, 0))
    for _ in range(LIMITS.poses_burst_max + 10):
        session.receive(pose)
    assert not line.closed
    for _ in range(LIMITS.floods_burst_max):
        session.receive(pose)
    assert line.closed[0][0] == Close.RATE
    session.receive(pose)


def test_too_many_bytes_end_the_session() -> None:
    _, session, line = inside()
    big = wire.encode(Do(1, "say", {"text": "x" * 200_000}))
    for _ in range(LIMITS.socket_bytes_burst_max // len(big) + 1):
        session.receive(big)
    assert line.closed[0][0] == Close.RATE


def test_a_paused_socket_gets_its_messages_in_order_when_it_drains() -> None:
    _, session, line = inside()
    line.paused = True
    for number in range(5):
        session.send(wire.encode(Told(str(number))))
    assert not line.sent and session.queued_bytes
    line.paused = False
    session.drained()
    assert line.messages() == [Told(str(number)) for number in range(5)]
    assert not session.queued_bytes


def test_a_queue_over_its_bound_ends_the_session_to_be_resumed() -> None:
    hall, session, line = inside()
    line.paused = True
    for _ in range(LIMITS.socket_queue_messages_max + 1):
        session.send(b"x")
    assert line.closed[0][0] == Close.TOO_SLOW and session.phase is Phase.CLOSED
    session.send(b"x")
    session.drained()
    session.disconnected()
    assert not hall.hub.sessions and len(hall.hub.motion) == 0


def test_bytes_count_as_well_as_messages() -> None:
    _, session, line = inside()
    line.paused = True
    for _ in range(2):
        session.send(bytes(LIMITS.socket_queue_bytes_max // 2 + 1))
    assert line.closed[0][0] == Close.TOO_SLOW


def test_what_was_missed_and_who_was_ended_is_counted_also_when_they_are_gone() -> None:
    hall, session, line = inside()
    friend, _ = hall.robot("Friend")
    hall.tick()
    line.paused = True
    for turn in (1, 2, 3):
        friend.pose(friend.position[0] + 0.1, 0, friend.position[2])
        hall.network.step()
        hall.tick()
        assert hall.hub.frames_skipped == turn
    assert hall.hub.entered == 2 and not hall.hub.ended
    session.send(bytes(LIMITS.socket_queue_bytes_max + 1))
    assert session.phase is Phase.CLOSED and session not in hall.hub.sessions
    assert hall.hub.frames_skipped == 3
    assert hall.hub.ended == {Close.TOO_SLOW: 1}


def test_a_paused_socket_skips_motion_and_is_owed_a_full_frame() -> None:
    hall, session, line = inside()
    friend, _ = hall.robot("Friend")
    hall.tick()
    line.paused = True
    line.sent.clear()
    for _ in range(5):
        friend.pose(friend.position[0] + 0.1, 0, friend.position[2])
        hall.network.step()
        hall.tick()
    assert not line.sent and session.frames_skipped
    line.paused = False
    friend.pose(friend.position[0] + 0.1, 0, friend.position[2])
    hall.network.step()
    hall.tick()
    frames = [wire.decode_motion(d) for d in line.sent if d[0] == wire.MOTION]
    assert len(frames) == 1 and frames[0].full


def test_a_teleporting_client_is_put_back() -> None:
    hall = Hall()
    ann, _ = hall.robot("Ann")
    before = ann.position
    hall.tick(20)
    ann.pose(500, 0, 500)
    hall.network.step()
    hall.tick()
    hall.settle()
    assert ann.position == pytest.approx(before, abs=0.01)


def test_no_motion_is_sent_before_the_welcome() -> None:
    hall, session, line = connected()
    assert session.send_motion(b"x") and not line.sent


@given(st.text(max_size=300))
def test_a_close_reason_fits_its_frame(text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    reason = short_reason(text)
    assert len(reason.encode()) <= 123 and text.startswith(reason)


@pytest.mark.parametrize("name", ["\x00", "\u202e", "\n", "a" * 500, "  ", "\ud7ff"])
def test_any_name_becomes_one_that_can_be_shown(name: str) -> None:
    hall, session, line = connected()
    session.receive(wire.encode(Hello(VERSION, name)))
    hall.commit()
    assert session.phase is Phase.INSIDE, line.messages()
    assert session.name.isprintable() and 0 < len(session.name) <= LIMITS.name_characters_max
