"""What a visitor saw at a seq is what the log says of that seq, for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.server.asking import Site
from worldloom.testing import Robot
from worldloom.testing.fixtures import Server

Moment = tuple[str, dict[str, Any]]


async def come_again(robot: Robot) -> None:
    """Cut its line and wait until it is back: what is resumed is seen too."""
    before = robot.visitor
    robot.drop()
    await robot.wait_until(lambda again: again.core.inside and again.visitor != before)


async def live(server: Server, token: str) -> dict[int, Moment]:
    """Let two visitors change things; return what one of them saw at each of its seqs."""
    seen: dict[int, Moment] = {}
    url = server.world("hello")
    async with Robot(url, "Ann", token=token) as ann, Robot(url, "Bob") as bob:
        for number in range(6):
            await bob.do("click", entity="lantern")
            colour = {"Color": {"value": f"#{number * 40:02x}8800"}}
            made = await ann.do("spawn", name=f"thing {number}", components=colour)
            seen[ann.seq] = ann.state_hash(), ann.entities()
            await ann.do("set", entity=made.result["entity"], component="Color",
                         fields={"glow": number / 8})  # fmt: skip
            seen[ann.seq] = ann.state_hash(), ann.entities()
            if number % 2:
                await ann.do("despawn", entity=made.result["entity"])
                seen[ann.seq] = ann.state_hash(), ann.entities()
            await come_again(ann)
    return seen


def check(site: Site, seen: dict[int, Moment]) -> None:
    for seq, (state_hash, entities) in seen.items():
        found = site.nobody.get(f"/api/worlds/hello/state?seq={seq}").json
        assert found["seq"] == seq
        assert found["state_hash"] == state_hash
        assert found["entities"] == entities


def test_the_state_at_a_seq_is_what_a_visitor_saw_then_also_after_a_kill(
    serve: Callable[..., Server], hello_file: Path
) -> None:
    server = serve(str(hello_file))
    site = Site(server)
    seen = asyncio.run(live(server, site.secret()))
    assert len(seen) > 12
    check(site, seen)
    server.kill()
    check(Site(serve(str(hello_file))), seen)
