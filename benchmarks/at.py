"""How long until a past moment stands there? Ours beside decoding the nearest snapshot alone.

Run with `python benchmarks/at.py [--json] [--events 1000000] [--entities 10000] [--moments 200]`.
Also: the state's hash after a hundred changes, and how long a snapshot holds up the loop.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import msgspec

from benchmarks._big_world import WORLD, big_world
from worldloom.kernel.components import Color
from worldloom.kernel.entity import Entity
from worldloom.kernel.live import LiveWorld
from worldloom.kernel.realm import Realm
from worldloom.kernel.world import World
from worldloom.server import loop
from worldloom.stores import snapshots
from worldloom.stores.memory import MemoryStore
from worldloom.stores.sqlite import SqliteStore

CHANGES = 100
SPIN_SECONDS = 0.000_2


def timed(run: Callable[[], object]) -> float:
    """Return the milliseconds of a call."""
    start = time.perf_counter()
    run()
    return (time.perf_counter() - start) * 1e3


def hash_ms(realm: Realm, live: LiveWorld, rounds: int) -> Iterator[float]:
    """Yield the milliseconds of a state's hash, each time a hundred entities were changed."""
    ids = list(live.state.entities)
    chance = random.Random(11)
    live.state.state_hash()
    for turn in range(rounds):
        chosen = chance.sample(ids, CHANGES)

        things = [Entity(live.world, id) for id in chosen]
        realm.decide(WORLD, "bench", partial(paint, things, f"#{turn:06x}"))
        yield timed(live.state.state_hash)


def paint(things: list[Entity], colour: str, _: World) -> None:
    """Give some things a colour."""
    for thing in things:
        thing[Color] = Color(colour)


def stall_ms(live: LiveWorld) -> tuple[float, float, float]:
    """Return how long a snapshot holds up the loop: at its moment, and at most while it is saved.

    The last is the longest wait of a thread that wants to go on every 0.2 ms, with no snapshot.
    """
    start = time.perf_counter()
    snapshot = live.snapshot()
    moment = (time.perf_counter() - start) * 1e3
    saver = threading.Thread(target=snapshot.save, args=(Shelf(),))
    idle = longest_wait(lambda start: time.perf_counter() - start < 0.2)
    saver.start()
    return moment, longest_wait(lambda _: saver.is_alive()), idle


class Shelf(MemoryStore):
    """Takes a snapshot as a file does, and keeps nothing, so that the file stays as it was."""

    def save_snapshot(
        self, stream: int, seq: int, state_hash: bytes, head: bytes, body: bytes
    ) -> None:
        snapshots.pack(body)


def longest_wait(goes_on: Callable[[float], bool]) -> float:
    """Return the longest time, in milliseconds, between two looks at the clock."""
    start = last = time.perf_counter()
    longest = 0.0
    while goes_on(start):
        time.sleep(SPIN_SECONDS)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    return longest * 1e3


def measure(events: int, entities: int, moments: int) -> dict[str, object]:
    """Ask for random moments and take what each cost."""
    store = SqliteStore(str(big_world(events, entities)), create=False)
    realm = Realm(store, lambda: time.time_ns() // 1_000, bytes)
    live = realm.world(WORLD)
    loop.settle_memory()
    chance = random.Random(7)
    ours, alone = [], []
    for _ in range(moments):
        seq = chance.randrange(events)
        ours.append(timed(partial(realm.at, WORLD, seq)))
        found = store.snapshot(live.stream, seq)
        if found is not None:
            alone.append(timed(partial(msgspec.msgpack.decode, found[2])))
    hashes = list(hash_ms(realm, live, 20))
    realm.outbox.clear()
    gc.collect()
    moment, while_saved, idle = stall_ms(live)
    store.close()
    ours.sort()
    return {
        "benchmark": "at",
        "events": events,
        "entities": entities,
        "moments": moments,
        "at_ms": round(statistics.median(ours), 1),
        "at_p99_ms": round(ours[min(len(ours) - 1, len(ours) * 99 // 100)], 1),
        "snapshot_alone_ms": round(statistics.median(alone), 1),
        "ratio": round(statistics.median(ours) / statistics.median(alone), 2),
        "state_hash_100_changes_ms": round(statistics.median(hashes), 3),
        "snapshot_moment_ms": round(moment, 2),
        "snapshot_longest_wait_ms": round(while_saved, 2),
        "longest_wait_without_ms": round(idle, 2),
    }


def main() -> None:
    """Print what was measured, or one JSON line for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--entities", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--moments", type=int, default=200)
    asked = parser.parse_args()
    for entities in asked.entities:
        found = measure(asked.events, entities, asked.moments if entities <= 20_000 else 20)
        if asked.json:
            print(json.dumps(found))
            continue
        print(
            f"{found['events']:,} events, {found['entities']:,} entities: a moment in "
            f"{found['at_ms']} ms (p99 {found['at_p99_ms']}), {found['ratio']} times decoding a "
            f"snapshot ({found['snapshot_alone_ms']} ms)\n"
            f"  state hash after {CHANGES} changes: {found['state_hash_100_changes_ms']} ms; "
            f"a snapshot: {found['snapshot_moment_ms']} ms at its moment, then waits of at most "
            f"{found['snapshot_longest_wait_ms']} ms (without: {found['longest_wait_without_ms']})"
        )


if __name__ == "__main__":
    main()
