"""Promised: features talk live beside the log, each with its own messages, bytes and bounds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import pytest

from tests.sync.hall import Hall
from worldloom.kernel.errors import Refused
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import Sealed
from worldloom.sync import wire
from worldloom.sync.channel import Channel
from worldloom.sync.hub import Hub
from worldloom.sync.messages import Close, Told
from worldloom.sync.session import Session


class Echo(Channel):
    """Tells everyone what anyone sends in raw bytes."""

    number: ClassVar[int] = 9

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub)
        self.story: list[str] = []

    def entered(self, session: Session) -> None:
        self.story.append(f"entered {session.name}")
        session.send(wire.encode(Told("welcome to the echo")))

    def left(self, session: Session) -> None:
        self.story.append(f"left {session.name}")

    def receive_bytes(self, session: Session, data: bytes | memoryview) -> None:
        if data == b"refuse me":
            raise Refused("no")
        if data == b"end me":
            raise wire.bad("no message")
        for other in self.hub.inside():
            other.send_motion(self.frame(bytes(data)))

    def heard(self, kept: Sequence[Sealed]) -> None:
        self.story.append(f"heard {len(kept)}")


@pytest.fixture
def hall() -> Hall:
    hall = Hall()
    hall.hub.attach(Echo(hall.hub))
    return hall


def echo(hall: Hall) -> Echo:
    (channel,) = hall.hub.channels
    assert isinstance(channel, Echo)
    return channel


def test_raw_bytes_reach_all_who_are_inside(hall: Hall) -> None:
    ann, _ = hall.robot("Ann")
    bob, _ = hall.robot("Bob")
    ann.send_live(9, b"hello")
    hall.settle()
    assert ann.live_bytes == bob.live_bytes == {9: b"hello"}


def test_a_channel_hears_who_comes_and_goes_and_what_is_kept(hall: Hall) -> None:
    ann, line = hall.robot("Ann")
    assert list(ann.told) == ["welcome to the echo"]
    assert "entered Ann" in echo(hall).story
    hall.do(ann, "paint", colour="#ffffff")
    assert echo(hall).story[-1] == "heard 1"
    line.cut()
    hall.settle()
    assert "left Ann" in echo(hall).story


def test_what_a_channel_cannot_do_ends_nobody(hall: Hall) -> None:
    ann, _ = hall.robot("Ann")
    ann.send_live(9, b"refuse me")
    hall.settle()
    assert ann.inside


@pytest.mark.parametrize("frame", [(9, b"end me"), (8, b"nobody takes this")])
def test_bytes_that_are_none_end_the_session(hall: Hall, frame: tuple[int, bytes]) -> None:
    ann, line = hall.robot("Ann")
    ann.send_live(*frame)
    hall.settle()
    assert ann.ended is not None and ann.ended.code == "bad_message"
    assert line.close_code == Close.BAD_MESSAGE


def test_a_raw_frame_before_hello_or_without_its_head_ends_the_session(hall: Hall) -> None:
    ann, _ = hall.robot("Ann")
    session = next(hall.hub.inside())
    session.receive(bytes((wire.LIVE,)))
    hall.settle()
    assert ann.ended is not None and ann.ended.code == "bad_message"


def test_a_flood_of_live_talk_is_dropped_and_then_ends_the_session(hall: Hall) -> None:
    ann, _ = hall.robot("Ann")
    for number in range(LIMITS.live_burst_max + 50):
        ann.send_live(9, b"%d" % number)
    hall.settle()
    assert ann.inside
    assert ann.live_bytes[9] == b"%d" % (LIMITS.live_burst_max - 1)
    for _ in range(LIMITS.floods_burst_max):
        ann.send_live(9, b"x")
    hall.settle()
    assert ann.ended is not None and ann.ended.code == "too_often"
