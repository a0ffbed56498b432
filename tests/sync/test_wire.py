"""Promised: every message survives the wire, and any other bytes become a BadMessage."""

import math
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldloom.kernel.limits import LIMITS
from worldloom.sync import wire
from worldloom.sync.messages import (
    VERSION,
    Answer,
    Do,
    Hello,
    Ping,
    Pong,
    Records,
    Snapshot,
    Told,
)

DO = wire.encode(Do(1, "say", {"text": "héllo"}))
PLACE = st.floats(-LIMITS.extent_m_max, LIMITS.extent_m_max)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_a_bad_message(data: bytes) -> None:
    for head in (b"", b"\x00"):
        try:
            wire.decode_from_client(head + data)
        except wire.BadMessage as error:
            assert error.code == "bad_message" and error.fix


@given(st.data())
def test_a_damaged_message_is_a_message_or_a_bad_message(data: st.DataObject) -> None:
    damaged = bytearray(DO)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        wire.decode_from_client(bytes(damaged))
    except wire.BadMessage:
        pass


@pytest.mark.parametrize("length", range(len(DO)))
def test_a_truncated_message_is_bad(length: int) -> None:
    with pytest.raises(wire.BadMessage):
        wire.decode_from_client(DO[:length])


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "hello"},
        {"type": "hello", "version": "1"},
        {"type": "do", "id": 1.5, "action": "say"},
        {"type": "do", "id": 1, "action": "say", "args": [1]},
        {"type": "welcome", "version": 1},
        {"type": "no such type"},
        {"version": 1},
        {"type": "ping", "id": 2**63},
        {"type": "ping", "id": -(2**60)},
    ],
)
def test_wrong_fields_are_bad_messages(fields: dict[str, Any]) -> None:
    with pytest.raises(wire.BadMessage):
        wire.decode_from_client(b"\x00" + msgspec.msgpack.encode(fields))


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        -math.inf,
        2**53 + 1,
        -(2**60),
        b"bytes",
        {1: "a number as a key"},
        msgspec.msgpack.Ext(5, b"x"),
        [[[[[[[[[[[[[[[0]]]]]]]]]]]]]]],
        {"deep": [math.nan]},
    ],
)
def test_arguments_that_json_could_not_carry_are_bad(value: object) -> None:
    data = {"type": "do", "id": 1, "action": "say", "args": {"value": value}}
    with pytest.raises(wire.BadMessage):
        wire.decode_from_client(b"\x00" + msgspec.msgpack.encode(data))


def test_text_that_is_not_utf_8_is_bad() -> None:
    with pytest.raises(wire.BadMessage):
        wire.decode_from_client(DO.replace("é".encode(), b"\xff\xfe"))


def test_nesting_without_end_is_bad_and_harms_nobody() -> None:
    head = wire.encode(Do(1, "say", {"a": 0}))[:-1]
    with pytest.raises(wire.BadMessage):
        wire.decode_from_client(head + b"\x91" * 100_000 + b"\xc0")


def test_an_oversized_message_is_bad_before_it_is_read() -> None:
    with pytest.raises(wire.BadMessage, match="over"):
        wire.decode_from_client(b"\x00" * (LIMITS.message_bytes_max + 1))


@pytest.mark.parametrize(
    "message",
    [
        Hello(VERSION),
        Hello(VERSION, "Ann", "AbC", None, 7, bytes(32)),
        Do(1, "go", {"position": [0.5, 1, -2]}),
        Ping(3),
    ],
)
def test_a_clients_message_comes_back_equal(message: Hello | Do | Ping) -> None:
    assert wire.decode_from_client(memoryview(wire.encode(message))) == message


@pytest.mark.parametrize(
    "message",
    [
        Answer(1, 5, {"entity": "e12"}),
        Pong(1, 2, 3),
        Told("psst"),
        Records(()),
        Snapshot(1, bytes(32), bytes(32), (), True, True),
    ],
)
def test_a_servers_message_comes_back_equal(
    message: Answer | Pong | Told | Records | Snapshot,
) -> None:
    assert wire.decode_from_server(wire.encode(message)) == message


@given(PLACE, st.floats(-120, 380), PLACE, st.floats(-10, 10), st.integers(0, 5))
def test_a_pose_comes_back_within_its_step(
    x: float, y: float, z: float, yaw: float, animation: int
) -> None:
    found = wire.decode_pose(wire.encode_pose(wire.Pose(x, y, z, yaw, animation, 9)))
    assert abs(found.x - x) <= 1 / wire.STEPS_PER_M and abs(found.z - z) <= 1 / wire.STEPS_PER_M
    assert abs(found.y - y) <= 1 / wire.HEIGHT_STEPS_PER_M
    assert abs(math.remainder(found.yaw - yaw, math.tau)) <= 1 / wire.YAW_STEPS
    assert (found.animation, found.sequence) == (animation, 9)


@given(st.binary(max_size=20))
def test_any_bytes_are_a_pose_or_a_bad_message(data: bytes) -> None:
    if len(data) == 16 and data[0] == wire.POSE:
        found = wire.decode_pose(data)
        assert all(map(math.isfinite, (found.x, found.y, found.z, found.yaw)))
    else:
        with pytest.raises(wire.BadMessage):
            wire.decode_pose(data)


def test_positions_outside_the_extent_are_sent_at_its_edge() -> None:
    found = wire.decode_pose(wire.encode_pose(wire.Pose(1e9, 1e9, -1e9)))
    assert found.x <= LIMITS.extent_m_max + 0.01 and found.z >= -LIMITS.extent_m_max - 0.01
    assert found.y == pytest.approx(384, abs=0.01)


def a_frame() -> wire.MotionFrame:
    records = np.array([(3, 1, 2, 3, 4, 0x1215), (9, 5, 6, 7, 8, 0)], wire.RECORD)
    sections = wire.Section(-2, 5, records), wire.Section(0, 0, records[:1])
    return wire.MotionFrame(77, True, 4, sections)


def test_a_motion_frame_comes_back_equal() -> None:
    data = wire.encode_motion(a_frame())
    assert len(data) == 8 + 2 * 8 + 3 * 12
    found = wire.decode_motion(data)
    assert (found.tick, found.full, found.divider) == (77, True, 4)
    for ours, theirs in zip(a_frame().sections, found.sections, strict=True):
        assert (ours.cell_x, ours.cell_z) == (theirs.cell_x, theirs.cell_z)
        assert (ours.records == theirs.records).all()


def test_a_cut_or_lengthened_motion_frame_is_bad() -> None:
    data = wire.encode_motion(a_frame())
    for length in range(len(data)):
        with pytest.raises(wire.BadMessage):
            wire.decode_motion(data[:length])
    with pytest.raises(wire.BadMessage):
        wire.decode_motion(data + b"\x00")
    with pytest.raises(wire.BadMessage):
        wire.decode_motion(data[:1] + b"\x31" + data[2:])
