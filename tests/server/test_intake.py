"""The poses of a crowd are read together: by the same rules, however they are cut on their way."""

from __future__ import annotations

import asyncio
import math
import os
import random
import select
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.server.asking import Site
from tests.server.test_crowd import metric
from tests.server.test_protocol import until
from worldloom.kernel.limits import LIMITS
from worldloom.server.intake import FRAME, Intake, claims_of, poses_in
from worldloom.sync.messages import Close
from worldloom.sync.motion import CLAIM
from worldloom.sync.wire import Pose, encode_pose
from worldloom.testing import Robot
from worldloom.testing.fixtures import Server

Spot = tuple[float, float, float]


def masked(data: bytes, opcode: int = 2) -> bytes:
    """Return a client's frame as the line carries it."""
    mask = os.urandom(4)
    body = bytes(byte ^ mask[at % 4] for at, byte in enumerate(data))
    return bytes((0x80 | opcode, 0x80 | len(data))) + mask + body


def pose(place: Spot) -> bytes:
    return masked(encode_pose(Pose(*place)))


@given(st.lists(st.binary(min_size=16, max_size=16), min_size=1, max_size=30), st.integers(1, 21))
def test_many_frames_are_unmasked_as_each_one_is(bodies: list[bytes], short: int) -> None:
    poses = [b"\x01" + body[1:] for body in bodies]
    frames = [masked(body) for body in poses]
    joined = b"".join(frames)
    claims, good = claims_of(np.frombuffer(joined, FRAME))
    assert (claims.tobytes(), claims.dtype) == (b"".join(poses), CLAIM) and good.all()
    other = masked(b"\x02" + bytes(15))
    assert claims_of(np.frombuffer(joined + other, FRAME))[1].tolist() == [True] * len(poses) + [
        False
    ]
    assert poses_in(joined) == len(frames)
    assert poses_in(joined[:-short]) == 0, "a pose in part is none yet"
    assert poses_in(joined + masked(b"\x03" + bytes(15))) == 0, "another kind of the same length"
    assert poses_in(joined + masked(bytes((1, *bytes(15))), opcode=9)) == 0, "a ping"
    assert poses_in(b"") == 0


class Faulty:
    """Whose socket it is, and who cannot take what comes."""

    def feed(self, data: bytes) -> None:
        raise ZeroDivisionError


class Line:
    """The part of a line that ends it."""

    aborted = False

    def abort(self) -> None:
        self.aborted = True


@pytest.mark.skipif(not hasattr(select, "epoll"), reason="nothing is read together here")
def test_who_cannot_take_what_came_takes_nobody_elses_bytes_along() -> None:
    loop, line = asyncio.new_event_loop(), Line()
    intake = Intake(loop, lambda: 0)
    sender: Any = SimpleNamespace(owner=Faulty(), line=line)
    intake._feed(sender, b"anything")
    assert line.aborted
    intake.close()
    loop.close()


@pytest.fixture(scope="module")
def hall(hello_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve a world in which two are a crowd."""
    limits: dict[str, float] = {"crowd_sessions_min": 1}
    server = Server(tmp_path_factory.mktemp("few") / "realm.loom", str(hello_file), limits=limits)
    yield Site(server.start())
    assert server.stop() == 0
    assert server.errors == []


class Raw(Robot):
    """A robot whose bytes go on the line as they are given."""

    ends: tuple[int, ...] = ()
    """The codes with which its connections ended."""

    def _lost(self) -> None:
        self.ends += (self._close_code,)
        super()._lost()

    def write(self, data: bytes) -> None:
        assert self._transport is not None
        self._transport.underlying_transport.write(data)


@asynccontextmanager
async def two(site: Site) -> AsyncIterator[tuple[Raw, Robot]]:
    """Let one in who is looked at, and one who looks."""
    async with AsyncExitStack() as stack:
        raw = await stack.enter_async_context(Raw(site.server.world("hello"), "Raw"))
        other = await stack.enter_async_context(Robot(site.server.world("hello"), "Other"))
        await other.go(20, 0, 20)
        await raw.go(0, 0, 0)
        yield raw, other


def sees(other: Robot, raw: Raw, place: Spot) -> bool:
    known = other.visitors().get(raw.visitor)
    return known is not None and math.dist(known.position or (99, 0, 0), place) < 0.02


async def seen_at(other: Robot, raw: Raw, place: Spot) -> None:
    """Wait until one sees the other there."""
    await other.wait_until(lambda one: sees(one, raw, place))


async def stands(other: Robot, raw: Raw, place: Spot) -> None:
    """Say where one is, as often as clients do, until it is seen: what is said too soon is lost."""
    while not sees(other, raw, place):
        raw.write(pose(place))
        await asyncio.sleep(0.05)


def read_together(site: Site) -> int:
    return int(metric(site, "sockets_read_together"))


async def is_read_together(site: Site, count: int) -> None:
    for _ in range(400):
        if await asyncio.to_thread(read_together, site) == count:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{read_together(site)} are read together, not {count}")


def test_poses_arrive_in_whatever_pieces_they_come(hall: Site) -> None:
    chance = random.Random(7)

    async def main() -> None:
        async with two(hall) as (raw, other):
            await stands(other, raw, (0.1, 0, 0))
            await is_read_together(hall, 1)
            for turn in range(12):
                places = [(0.1 * math.cos(turn + n), 0.0, 0.1 * math.sin(turn + n)) for n in (1, 2)]
                whole = b"".join(map(pose, places))
                cuts = sorted(chance.sample(range(1, len(whole)), 1 + turn % 2))
                for begin, end in zip((0, *cuts), (*cuts, len(whole)), strict=True):
                    raw.write(whole[begin:end])
                    await asyncio.sleep(0.02)
                await seen_at(other, raw, places[-1])
            raw.write(pose((0.1, 0, 0.1)) + pose((0.2, 0, 0)) + pose((0.2, 0, 0.2)))
            await seen_at(other, raw, (0.2, 0, 0.2))
            await is_read_together(hall, 1)

    asyncio.run(main())


def test_what_is_no_pose_is_heard_between_poses(hall: Site) -> None:
    async def main() -> None:
        async with two(hall) as (raw, other):
            for turn in range(5):
                place = (0.1 * turn, 0.0, 0.0)
                await stands(other, raw, place)
                answer = await raw.say(f"turn {turn}")
                heard = await other.heard()
                assert (heard.text, answer.seq) == (f"turn {turn}", answer.seq)
            raw.write(pose((0, 0, 0.3)) + masked(b"", opcode=9) + pose((0, 0, 0.4)))
            await seen_at(other, raw, (0, 0, 0.4))

    asyncio.run(main())


def test_a_text_frame_among_poses_ends_the_session_as_ever(hall: Site) -> None:
    async def main() -> None:
        async with two(hall) as (raw, _):
            raw.write(pose((0.1, 0, 0)))
            await is_read_together(hall, 1)
            raw.write(pose((0.2, 0, 0)) + masked(b"sixteen letters!", opcode=1))
            await until(lambda: raw.ends == (Close.BAD_MESSAGE,))
            await is_read_together(hall, 0)

    asyncio.run(main())


@pytest.mark.parametrize("together", [5, LIMITS.poses_burst_max + LIMITS.floods_burst_max])
def test_a_flood_of_poses_is_cut_and_the_others_go_on(hall: Site, together: int) -> None:
    async def main() -> None:
        async with two(hall) as (raw, other):
            raw.write(pose((0.1, 0, 0)))
            await is_read_together(hall, 1)
            for _ in range(600):
                if not raw.ends:
                    raw.write(pose((0.1, 0, 0)) * together)
                    await asyncio.sleep(0.005)
            await until(lambda: raw.ends == (Close.RATE,))
            assert (await other.say("here")).seq > 0

    asyncio.run(main())


def test_who_is_cut_off_while_read_together_comes_back_and_is_seen(hall: Site) -> None:
    async def main() -> None:
        async with two(hall) as (raw, other):
            for turn in (1, 2, 3):
                place = (0.1 * turn, 0.0, 0.0)
                await stands(other, raw, place)
                await is_read_together(hall, 1)
                raw.write(pose((0, 0, 0.1 * turn)))  # nobody waits for this one
                raw.drop()
                await is_read_together(hall, 0)
                await raw.wait_until(lambda one: one.core.inside)

    asyncio.run(main())


def test_who_sends_poses_and_does_not_read_for_a_while_is_not_taken_for_gone(
    hello_file: Path, tmp_path: Path
) -> None:
    limits: dict[str, float] = {
        "crowd_sessions_min": 1, "ping_idle_seconds": 2.5, "ping_reply_seconds": 0.5,
    }  # fmt: skip
    server = Server(tmp_path / "realm.loom", str(hello_file), limits=limits).start()
    site = Site(server)

    async def main() -> None:
        async with two(site) as (raw, other):
            await stands(other, raw, (0.1, 0, 0))
            await is_read_together(site, 1)
            assert raw._transport is not None
            raw._transport.underlying_transport.pause_reading()
            for turn in range(20):
                raw.write(pose((0.1, 0, 0.01 * turn)))
                await asyncio.sleep(0.25)
            assert (raw.ends, read_together(site)) == ((), 1)
            await seen_at(other, raw, (0.1, 0, 0.19))
            raw._transport.underlying_transport.resume_reading()

    asyncio.run(main())
    assert server.stop() == 0
