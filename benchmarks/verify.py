"""How long does a check of every hash take? Ours beside hashing the same records and tree alone.

Run with `python benchmarks/verify.py [--json] [--events 1000000] [--entities 10000] [--rounds 3]`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from hashlib import sha256
from pathlib import Path

from benchmarks._big_world import WORLD, big_world
from worldloom.stores.sqlite import SqliteStore
from worldloom.stores.verify import verify


def check(path: Path) -> float:
    """Return the seconds of a check."""
    start = time.perf_counter()
    report = verify(str(path))
    seconds = time.perf_counter() - start
    assert report.ok, report
    return seconds


def hash_alone(path: Path) -> float:
    """Return the seconds of one core for a hash of each record and one of each tree node."""
    store = SqliteStore(str(path), create=False)
    head = store.open_stream(WORLD)
    rows = list(store.records(head.id, 0, head.seq))
    store.close()
    previous, node = bytes(32), b"\x01" + bytes(64)
    start = time.perf_counter()
    for _, body, _ in rows:
        previous = sha256(b"\x00" + previous + body).digest()
        sha256(node).digest()
    return time.perf_counter() - start


def measure(events: int, entities: int, rounds: int) -> dict[str, object]:
    """Check it some times and return the medians."""
    path = big_world(events, entities)
    ours = [check(path) for _ in range(rounds)]
    alone = [hash_alone(path) for _ in range(rounds)]
    middle = statistics.median(ours)
    return {
        "benchmark": "verify",
        "events": events,
        "entities": entities,
        "rounds": rounds,
        "verify_s": round(middle, 2),
        "best_s": round(min(ours), 2),
        "hashes_alone_s": round(statistics.median(alone), 2),
        "ratio": round(middle / statistics.median(alone), 2),
    }


def main() -> None:
    """Print what was measured, or one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--entities", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    found = measure(asked.events, asked.entities, asked.rounds)
    print(
        json.dumps(found)
        if asked.json
        else f"{found['events']:,} records verified in {found['verify_s']} s (best "
        f"{found['best_s']}), {found['ratio']} times their hashes alone on one core "
        f"({found['hashes_alone_s']} s)"
    )


if __name__ == "__main__":
    main()
