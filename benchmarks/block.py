"""How soon does a block hold, both ways? Over real sockets, beside a bare echo; our aim is 100 ms.

Run with `python benchmarks/block.py [--json] [--rounds 200]`. In a served world where others walk
and talk, one robot blocks another. The time runs from the wish until each has lost sight of the
other; whatever the one says from its answer on must not reach the other, and a word that does is
counted. The same is measured for taking the block back.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.seen import echo
from worldloom.server import loop
from worldloom.testing import Robot
from worldloom.testing.fixtures import Server

WORLD = """
from worldloom import World

world = World("bench")
"""
WALKERS = 20
TALKATIVE = {"says_per_second_max": 1000.0, "says_burst_max": 1000}
"""The one says a word in each round, sooner than people may."""


async def walk(robot: Robot, over: asyncio.Event, place: int) -> None:
    """Step to and fro ten times a second, so that the server has frames to send."""
    turn = 0
    while not over.is_set():
        robot.walk(place % 5 * 2.0, 0.0, place // 5 * 2.0 + turn % 10 * 0.1)
        turn += 1
        await asyncio.sleep(0.1)


async def blocked(url: str, rounds: int) -> dict[str, float]:
    """Return medians and 99th percentiles in milliseconds, and how many words came through."""
    over = asyncio.Event()
    shut, opened, leaked = [], [], 0
    async with AsyncExitStack() as stack:
        crowd = [await stack.enter_async_context(Robot(url, f"W{n}")) for n in range(WALKERS)]
        ann, bob = [await stack.enter_async_context(Robot(url, name)) for name in ("Ann", "Bob")]
        walking = [asyncio.create_task(walk(one, over, n)) for n, one in enumerate(crowd)]
        mine, theirs = ann.visitor, bob.visitor

        async def timed(on: bool) -> float:
            start = time.perf_counter()
            wish = asyncio.create_task(ann.do("block", account=theirs, on=on))
            await ann.wait_until(lambda _: (theirs in ann.visitors()) != on)
            await bob.wait_until(lambda _: (mine in bob.visitors()) != on)
            took = (time.perf_counter() - start) * 1e3
            await wish
            return took

        for turn in range(rounds):
            shut.append(await timed(True))
            await bob.say(f"can you hear {turn}")
            opened.append(await timed(False))
            leaked += sum(heard.text == f"can you hear {turn}" for heard in ann.core.said)
            await asyncio.sleep(0.05)
        over.set()
        await asyncio.gather(*walking)
    at = rounds * 99 // 100
    return {
        "both_ways_ms": sorted(shut)[rounds // 2],
        "both_ways_p99_ms": sorted(shut)[at],
        "back_ms": sorted(opened)[rounds // 2],
        "back_p99_ms": sorted(opened)[at],
        "words_heard": leaked,
    }


def measure(rounds: int) -> dict[str, object]:
    """Measure the echo and the block."""
    bare = loop.run(echo(rounds))
    found: dict[str, object] = {"benchmark": "block", "rounds": rounds, "walkers": WALKERS}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.py"
        file.write_text(WORLD)
        server = Server(Path(folder) / "realm.loom", str(file), limits=TALKATIVE).start()
        figures = loop.run(blocked(server.world("bench"), rounds))
        server.stop()
    found |= {name: round(value, 3) for name, value in figures.items()}
    return found | {
        "echo_ms": round(bare[0], 3),
        "ratio": round(figures["both_ways_ms"] / bare[0], 1),
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=200)
    asked = parser.parse_args()
    found = measure(asked.rounds)
    if asked.json:
        print(json.dumps(found))
        return
    print(
        f"a block holds both ways after {found['both_ways_ms']} ms (p99 "
        f"{found['both_ways_p99_ms']}), {found['ratio']} echoes; taken back after "
        f"{found['back_ms']} ms; {found['words_heard']} words came through"
    )


if __name__ == "__main__":
    main()
