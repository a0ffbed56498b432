"""A world names its feeds and doors once, while it is loaded."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from worldloom.kernel.doors import Answered, Asked, Clerk, Door, Kept, with_headers
from worldloom.kernel.errors import Misused
from worldloom.kernel.events import Said
from worldloom.kernel.feeds import Feed
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.world import World


async def take(kept: Sequence[Kept], clerk: Clerk) -> None:
    """Take all."""


async def answer(asked: Asked, clerk: Clerk) -> Answered:
    """Answer nothing."""
    return Answered()


def test_a_feed_has_a_name_of_its_own_and_there_are_not_too_many() -> None:
    world = World("hall")
    feed = world.feed(Feed("out", Said, take))
    assert world.feed(feed) is feed
    with pytest.raises(Misused, match="two feeds out"):
        world.feed(Feed("out", Said, take, 5))
    for number in range(LIMITS.feeds_max - 1):
        world.feed(Feed(f"out{number}", Said, take))
    with pytest.raises(Misused, match="too many"):
        world.feed(Feed("more", Said, take))


def test_a_door_is_opened_once_under_a_free_name_and_with_bounds() -> None:
    world = World("hall")
    door = world.door(Door("bell", answer))
    assert world.door(door) is door
    for wrong in (Door("bell", answer, body_bytes_max=1), Door("api", answer), Door("A", answer),
                  Door("gong", answer, body_bytes_max=LIMITS.door_body_bytes_max + 1)):  # fmt: skip
        with pytest.raises(Misused):
            world.door(wrong)


def test_an_answer_is_given_more_headers() -> None:
    told = with_headers(Answered(204, headers=(("A", "1"),)), ("B", "2"))
    assert told == Answered(204, headers=(("A", "1"), ("B", "2")))
