"""How long until a large world is open? Ours beside reading and decoding its snapshot alone.

Run with `python benchmarks/open.py [--json] [--events 1000000] [--entities 10000] [--rounds 5]`.
Its file is made once. Open means: the file, the realm, and the world's state, after a clean stop;
and the state alone with the longest tail that a kill can leave behind a snapshot.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import time
from itertools import pairwise
from pathlib import Path

import msgspec

from benchmarks._big_world import WORLD, big_world
from worldloom.kernel.live import load_state
from worldloom.kernel.realm import Realm
from worldloom.stores.format import SEQ_MASK
from worldloom.stores.sqlite import SqliteStore


def open_world(path: Path) -> tuple[float, int, float]:
    """Return the seconds of opening, the world's seq, and the seconds of its snapshot alone."""
    gc.collect()
    start = time.perf_counter()
    store = SqliteStore(str(path), create=False)
    realm = Realm(store, lambda: time.time_ns() // 1_000, bytes)
    live = realm.world(WORLD)
    seconds = time.perf_counter() - start
    seq, stream = live.seq, live.stream
    del realm, live
    gc.collect()
    start = time.perf_counter()
    found = store.snapshot(stream, seq)
    assert found is not None, "a clean stop leaves a snapshot"
    msgspec.msgpack.decode(found[2])
    alone = time.perf_counter() - start
    store.close()
    return seconds, seq, alone


def longest_tail(path: Path, rounds: int) -> tuple[float, int]:
    """Return the seconds of loading the state right before a snapshot, and the tail's records."""
    store = SqliteStore(str(path), create=False)
    stream = store.open_stream(WORLD).id
    with store.file.reading() as reader:
        query = "SELECT id & ? FROM snapshot ORDER BY id"
        seqs = [seq for (seq,) in reader.execute(query, (SEQ_MASK,))]
    tail, until = max((after - seq - 1, after - 1) for seq, after in pairwise([0, *seqs]))
    times = []
    for _ in range(rounds):
        gc.collect()
        start = time.perf_counter()
        load_state(store, stream, until)
        times.append(time.perf_counter() - start)
    store.close()
    return statistics.median(times), tail


def sizes(path: Path) -> tuple[int, int]:
    """Return the bytes of a closed file and those of its records' bodies."""
    store = SqliteStore(str(path), create=False)
    with store.file.reading() as reader:
        bodies: int = reader.execute("SELECT sum(length(body)) FROM record").get
    store.close()
    return path.stat().st_size, bodies


def measure(events: int, entities: int, rounds: int) -> dict[str, object]:
    """Open it some times and return the medians."""
    path = big_world(events, entities)
    runs = [open_world(path) for _ in range(rounds)]
    assert all(seq == events for _, seq, _ in runs)
    ours = statistics.median(run[0] for run in runs)
    alone = statistics.median(run[2] for run in runs)
    killed, tail = longest_tail(path, rounds)
    whole, bodies = sizes(path)
    return {
        "benchmark": "open",
        "events": events,
        "entities": entities,
        "rounds": rounds,
        "open_ms": round(ours * 1e3, 1),
        "best_ms": round(min(run[0] for run in runs) * 1e3, 1),
        "killed_ms": round(killed * 1e3, 1),
        "tail": tail,
        "snapshot_alone_ms": round(alone * 1e3, 1),
        "ratio": round(ours / alone, 2),
        "file_bytes_to_body_bytes": round(whole / bodies, 3),
    }


def main() -> None:
    """Print what was measured, or one JSON line for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--entities", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    for entities in asked.entities:
        found = measure(asked.events, entities, asked.rounds)
        print(
            json.dumps(found)
            if asked.json
            else f"{found['events']:,} events, {entities:,} entities: open in {found['open_ms']} ms"
            f" (best {found['best_ms']}), {found['ratio']} times its snapshot alone "
            f"({found['snapshot_alone_ms']} ms); {found['killed_ms']} ms with a tail of "
            f"{found['tail']:,} records; the file is {found['file_bytes_to_body_bytes']} "
            "times its records' bodies"
        )


if __name__ == "__main__":
    main()
