"""What does one action cost on its whole way? Command, handler, fold, hash, disk, answer.

Run with `python benchmarks/action.py [--json] [--commands 20000] [--rounds 3]`. Each round runs
ours, then raw append + fsync of the same bytes in the same batches, and the least that two records
cost in Python: their bytes, their four hashes, one cell. Trust the ratios, not the microseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time

from worldloom import Color, Entry, Event, Projection, Row, Rows, Visitor, World
from worldloom.kernel.cells import Cell
from worldloom.kernel.hashing import Frontier
from worldloom.kernel.realm import Caller, Command
from worldloom.kernel.records import encode_payload, hash_of
from worldloom.kernel.rights import Role, Standing
from worldloom.kernel.schema import encode
from worldloom.server import loop
from worldloom.server.engine import Engine
from worldloom.stores.sqlite import SqliteStore

CALLER = Caller("local", "local", "", Role.OWNER, None, Standing(Role.OWNER, "local"))
COLOURS = ("#ff0000", "#00ff00")
ENTITIES = 1_000
TICKS = 40


class Painted(Event, name="bench.Painted"):
    """An entity got a colour."""

    place: int


class Count(Row, frozen=True):
    """How often a thing was painted."""

    place: int
    times: int


def make_world(full: bool = False) -> World:
    """Declare a thousand things and an action of two events; full: with a table and a reaction."""
    world = World("bench")
    things = [world.spawn(f"thing {n}", Color(COLOURS[0])) for n in range(ENTITIES)]

    @world.action
    def paint(visitor: Visitor, place: int, turn: int) -> int:
        """Give a thing its other colour."""
        thing = things[place]
        thing[Color] = Color(COLOURS[turn % 2], opacity=0.5 + (thing[Color].opacity == 0.5) / 2)
        world.append(Painted(place))
        return place

    if full:
        counts = world.project(Projection("counts", Count, key=("place",)))

        @counts.on(Painted)
        def count(event: Painted, entry: Entry, rows: Rows[Count]) -> None:
            known = rows.get(event.place)
            rows.put(Count(event.place, 1 if known is None else known.times + 1))

        @world.on(Painted)
        def see(painted: Painted) -> None:
            """Look at what was painted, and leave it."""

    return world


def read_blobs(store: SqliteStore, after: int) -> list[bytes]:
    """Return the bytes of each commit after one, for the raw limit to write the same."""
    return [
        b"".join(
            body + hash
            for stream, first, count in ranges
            for _, body, hash in store.records(stream, first - 1, first + count - 1)
        )
        for _, ranges in store.batches(after)
    ]


async def run_ours(
    path: str, commands: int, concurrent: int, full: bool = False
) -> dict[str, float]:
    """Return seconds, CPU and latencies of `commands` actions by `concurrent` callers."""
    store = SqliteStore(path)
    engine = Engine(store)
    engine.realm.open(make_world(full))
    engine.flush()
    await engine.durable("bench")
    loop.settle_memory()
    before = max(number for number, _ in store.batches())
    latencies: list[float] = []

    async def caller(first: int) -> None:
        for turn in range(commands // concurrent):
            args = {"place": (first * 37 + turn) % ENTITIES, "turn": turn + 1}
            start = time.perf_counter()
            await engine.do(Command("bench", "paint", args, CALLER))
            latencies.append(time.perf_counter() - start)

    start, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(caller(n) for n in range(concurrent)))
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    await engine.stop()
    blobs = read_blobs(store, before)
    raw = run_raw(path + ".raw", blobs)
    store.close()
    latencies.sort()
    return {
        "commands_per_s": len(latencies) / seconds,
        "cpu_us": cpu / len(latencies) * 1e6,
        "p50_ms": latencies[len(latencies) // 2] * 1e3,
        "p99_ms": latencies[len(latencies) * 99 // 100] * 1e3,
        "records_a_commit": 2 * len(latencies) / len(blobs),
        "ratio": raw / seconds,
    }


def run_raw(path: str, blobs: list[bytes]) -> float:
    """Return the seconds of appending and syncing the same bytes in the same batches."""
    handle = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    start = time.perf_counter()
    for blob in blobs:
        os.write(handle, blob)
        os.fsync(handle)
    seconds = time.perf_counter() - start
    os.close(handle)
    return seconds


def least_us(commands: int) -> float:
    """Return the CPU microseconds of what no command of two records can do without.

    A component and an event are encoded and checked, both records get a body, a link of the chain
    and, 200 at once, a leaf of the tree, and the cell changes: no rights, handler, group, disk or
    answer.
    """
    head, tree, cells = bytes(32), Frontier(), {}
    leaves: list[bytes] = []
    start = time.process_time()
    for turn in range(commands):
        id = turn * 37 % ENTITIES
        data = encode(Color(COLOURS[turn % 2], opacity=0.5 + turn % 2 / 2))
        change = encode_payload((id, "Color", 1, data, turn, 0))
        named = (turn, 0, 2, "Changed", 1, change, turn, "local", "do:local:1")
        fact = (turn, 1, 2, "bench.Painted", 1, encode(Painted(id)))
        for record in (named, fact):
            head = hash_of(head, encode_payload(record))
            leaves.append(head)
        if len(leaves) == 200:
            tree.extend(leaves)
            leaves.clear()
        cells[id] = Cell(1, data, turn, turn, "local")
    return (time.process_time() - start) / commands * 1e6


async def tick_cost(path: str, commands: int) -> float:
    """Return the median milliseconds that the loop is busy in a tick of so many commands."""
    store = SqliteStore(path)
    engine = Engine(store)
    engine.realm.open(make_world())
    engine.flush()
    await engine.durable("bench")
    loop.settle_memory()
    busy: list[float] = []
    for turn in range(TICKS):
        start = time.perf_counter()
        decisions = [
            engine.realm.do(Command("bench", "paint", {"place": n, "turn": turn + 1}, CALLER))
            for n in range(commands)
        ]
        engine.flush()
        busy.append((time.perf_counter() - start) * 1e3)
        await engine.kept(decisions[-1].group)
        await asyncio.sleep(0.05)
    await engine.stop()
    store.close()
    return statistics.median(busy)


def measure(commands: int, rounds: int, concurrent: int, full: bool = False) -> dict[str, object]:
    """Run some rounds and return the medians."""
    runs = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "bench.loom")
            least = least_us(commands)
            runs.append({**loop.run(run_ours(path, commands, concurrent, full)), "least_us": least})
    found: dict[str, object] = {"benchmark": "action", "concurrent": concurrent, "full": full}
    found["rounds"] = rounds
    for name in runs[0]:
        found[name] = round(statistics.median(run[name] for run in runs), 3)
    found["cpu_to_least"] = round(
        statistics.median(run["cpu_us"] / run["least_us"] for run in runs), 2
    )
    return found


def main() -> None:
    """Print a line for 1, 10 and 100 callers, and the cost of a tick."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--commands", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    for concurrent, full in ((1, False), (10, False), (100, False), (100, True)):
        commands = max(asked.commands * concurrent // 100, 500)
        found = measure(commands, asked.rounds, concurrent, full)
        print(
            json.dumps(found)
            if asked.json
            else f"{concurrent:4d} callers{' and a full world' * full}: "
            f"{found['commands_per_s']:>9,.0f}/s, "
            f"{found['cpu_us']:.1f} µs of CPU a command "
            f"({found['cpu_to_least']} times the least), p50 {found['p50_ms']:.2f} ms, "
            f"p99 {found['p99_ms']:.2f} ms, {found['ratio']:.2f} of raw append + fsync"
        )
    with tempfile.TemporaryDirectory() as folder:
        busy = loop.run(tick_cost(os.path.join(folder, "bench.loom"), 100))
    found = {"benchmark": "tick", "commands": 100, "loop_ms": round(busy, 3)}
    print(json.dumps(found) if asked.json else f" 100 commands a tick: {busy:.2f} ms of loop time")


if __name__ == "__main__":
    main()
