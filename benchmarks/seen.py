"""How long until another visitor sees what one did? Over real sockets, beside a bare echo.

Run with `python benchmarks/seen.py [--json] [--commands 300]`. One robot acts in a served world,
another waits until its copy has it: command, handler, fold, hash, disk, broadcast, fold again. Once
in a plain world, once with a table and a reaction. The peer is an echo on a bare WebSocket.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

from worldloom.server import loop
from worldloom.testing import Robot
from worldloom.testing.fixtures import Server

PLAIN = '''
from worldloom import Color, Entry, Event, Projection, Row, Rows, Visitor, World

world = World("bench")
things = [world.spawn(f"thing {n}", Color("#ff0000")) for n in range(1_000)]


class Painted(Event):
    """An entity got a colour."""

    place: int


@world.action
def paint(visitor: Visitor, place: int, turn: int) -> None:
    """Give a thing its other colour."""
    things[place][Color] = Color(("#ff0000", "#00ff00")[turn % 2], glow=turn % 7 / 10)
    world.append(Painted(place))
'''
FULL = (
    PLAIN
    + '''

class Count(Row, frozen=True):
    """How often a thing was painted."""

    place: int
    times: int


counts = world.project(Projection("counts", Count, key=("place",)))


@counts.on(Painted)
def count(event: Painted, entry: Entry, rows: Rows[Count]) -> None:
    """Count it."""
    known = rows.get(event.place)
    rows.put(Count(event.place, 1 if known is None else known.times + 1))


@world.on(Painted)
def answer(painted: Painted) -> None:
    """React to it, in a group of its own."""
    things[(painted.place + 500) % 1_000].update(Color, glow=0.5)
'''
)


async def times_of(one: Callable[[int], Awaitable[None]], count: int) -> tuple[float, float]:
    """Return the median and the 99th percentile, in milliseconds, of so many calls in a row."""
    found = []
    for turn in range(count):
        start = time.perf_counter()
        await one(turn)
        found.append((time.perf_counter() - start) * 1e3)
        await asyncio.sleep(0.05)  # as often as a busy visitor
    found.sort()
    return statistics.median(found), found[len(found) * 99 // 100]


async def echo(count: int) -> tuple[float, float]:
    """Return how long a message takes there and back on a bare WebSocket."""
    async with serve(_send_back, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with connect(f"ws://127.0.0.1:{port}") as line:

            async def one(turn: int) -> None:
                await line.send(b"x" * 100)
                await line.recv()

            return await times_of(one, count)


async def _send_back(line: object) -> None:
    async for message in line:  # type: ignore[attr-defined]
        await line.send(message)  # type: ignore[attr-defined]


async def seen(url: str, count: int) -> tuple[float, float]:
    """Return how long it takes from one robot's deed until the other's copy has it."""
    async with Robot(url, "Ann") as ann, Robot(url, "Bob") as bob:

        async def one(turn: int) -> None:
            place, name = turn * 37 % 1_000, ("#00ff00", "#ff0000")[turn // 1_000 % 2]
            await ann.do("paint", place=place, turn=turn // 1_000 + 1)
            await bob.wait_until(lambda robot: _colour(robot, place) == name)

        return await times_of(one, count)


def _colour(robot: Robot, place: int) -> object:
    return robot.entity(f"thing {place}")["components"]["Color"]["value"]


def measure(count: int) -> dict[str, object]:
    """Measure the echo, a plain world and a full one."""
    found: dict[str, object] = {"benchmark": "seen", "commands": count}
    bare = loop.run(echo(count))
    found |= {"echo_ms": round(bare[0], 3), "echo_p99_ms": round(bare[1], 3)}
    for name, text in (("plain", PLAIN), ("full", FULL)):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "bench.py"
            file.write_text(text)
            server = Server(Path(folder) / "realm.loom", str(file)).start()
            middle, worst = loop.run(seen(server.world("bench"), count))
            server.stop()
        found |= {
            f"{name}_ms": round(middle, 3),
            f"{name}_p99_ms": round(worst, 3),
            f"{name}_ratio": round(middle / bare[0], 1),
        }
    return found


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--commands", type=int, default=300)
    asked = parser.parse_args()
    found = measure(asked.commands)
    if asked.json:
        print(json.dumps(found))
        return
    print(f"an echo: {found['echo_ms']} ms (p99 {found['echo_p99_ms']})")
    for name in ("plain", "full"):
        print(
            f"seen by another in a {name} world: {found[f'{name}_ms']} ms"
            f" (p99 {found[f'{name}_p99_ms']}), {found[f'{name}_ratio']} echoes"
        )


if __name__ == "__main__":
    main()
