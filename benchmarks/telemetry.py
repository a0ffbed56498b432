"""What does a sample of telemetry weigh and cost? Beside raw write + fsync and one event each.

Run with `python benchmarks/telemetry.py [--json] [--samples 400000] [--rounds 3]`. A sensor with
two decimals and a clock that jitters by a millisecond, ten times a second.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import statistics
import tempfile
import time
import zlib
from typing import Any

import msgspec
import numpy as np

from worldloom.kernel.realm import Caller, Command, Realm
from worldloom.kernel.rights import Role
from worldloom.kernel.schema import Event, decode
from worldloom.kernel.telemetry import MEASURED, Chunk, Times, Values, buckets, samples
from worldloom.kernel.world import World
from worldloom.stores.chunks import Finder, payload
from worldloom.stores.sqlite import SqliteStore

BATCH = 4_000
SINGLE = 4_000
"""Samples that are written as one event each, fifty in a group."""
SINGLE_GROUP = 50
HASH_AND_ID_BYTES = 40


class Reading(Event, name="bench.Reading"):
    """One sample as an event of its own."""

    time: int
    value: float


class Head(msgspec.Struct):
    """What the index keeps in this run."""

    count: int


def measured(count: int) -> tuple[Times, Values]:
    """Return times and values of a sensor."""
    noise = np.random.default_rng(7)
    steps = 100_000 + noise.integers(-1000, 1000, count)
    values = 20 + np.cumsum(noise.normal(0, 0.01, count))
    return 1_700_000_000_000_000 + np.cumsum(steps), np.round(values, 2)


class Station:
    """A realm in a file, with a world that takes samples."""

    def __init__(self, folder: str) -> None:
        self.store = SqliteStore(os.path.join(folder, f"{secrets.token_hex(4)}.loom"))
        self.realm = Realm(self.store, lambda: time.time_ns() // 1000, secrets.token_bytes)
        world = World("station")
        series = world.telemetry("temperature", "°C")
        self.given: Any = None

        @world.action
        def measure() -> None:
            """Append a batch."""
            series.append(*self.given)

        @world.action
        def tell() -> None:
            """Append events."""
            for moment, value in zip(*self.given, strict=True):
                world.append(Reading(moment, value))

        self.realm.open(world)
        self.commit()

    def commit(self) -> None:
        """Keep what waits, synced."""
        batch, self.realm.outbox[:] = list(self.realm.outbox), []
        for sealed in batch:
            [error] = self.store.commit([sealed.group])
            self.realm.committed(sealed, error)

    def run(self, action: str, columns: tuple[Any, Any], size: int) -> float:
        """Return the seconds of appending columns in batches, each kept before the next."""
        start = time.perf_counter()
        for at in range(0, len(columns[0]), size):
            self.given = (columns[0][at : at + size], columns[1][at : at + size])
            self.realm.do(Command("station", action, {}, Caller("o", "O", "", Role.OWNER)))
            self.commit()
        return time.perf_counter() - start


def raw_seconds(folder: str, times: Times, values: Values) -> float:
    """Return the seconds of writing and syncing the same batches as they are."""
    handle = os.open(os.path.join(folder, "raw"), os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
    start = time.perf_counter()
    for at in range(0, len(times), BATCH):
        part = slice(at, at + BATCH)
        os.write(handle, times[part].tobytes() + values[part].tobytes())
        os.fsync(handle)
    seconds = time.perf_counter() - start
    os.close(handle)
    return seconds


def read_seconds(station: Station) -> tuple[float, float, int]:
    """Return the seconds of finding all chunks, of reading them as 500 spans, and their bytes."""
    live, store = station.realm.world("station"), station.store
    start = time.perf_counter()
    found = Finder(store, MEASURED, Head).find(live.stream, live.durable_seq)
    middle = time.perf_counter()
    parts = [samples(decode(Chunk, payload(store, live.stream, one.seq + 1)).data) for one in found]
    times = np.concatenate([part[0] for part in parts])
    values = np.concatenate([part[1] for part in parts])
    assert len(buckets(times, values, int(times[0]), int(times[-1]), 500)) == 500
    end = time.perf_counter()
    rows = store.records(live.stream, found[0].seq - 1, live.durable_seq)
    return middle - start, end - middle, sum(len(body) + HASH_AND_ID_BYTES for _, body, _ in rows)


def measure(count: int, rounds: int) -> dict[str, object]:
    """Run all sides alternately and return medians."""
    times, values = measured(count)
    ours, raw, single, finding, reading = [], [], [], [], []
    size = 0
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            raw.append(raw_seconds(folder, times, values) / count)
            station = Station(folder)
            ours.append(station.run("measure", (values, times), BATCH) / count)
            found = read_seconds(station)
            finding.append(found[0])
            reading.append(found[1])
            size = found[2]
            few = (times[:SINGLE].tolist(), values[:SINGLE].tolist())
            single.append(station.run("tell", few, SINGLE_GROUP) / SINGLE)
            station.store.close()
    text = b"".join(
        zlib.compress("\n".join(map(str, zip(times[at : at + BATCH].tolist(),
                                              values[at : at + BATCH].tolist(),
                                              strict=True))).encode(), 6)
        for at in range(0, count, BATCH)
    )  # fmt: skip
    middle = statistics.median
    return {
        "benchmark": "telemetry",
        "samples": count,
        "rounds": rounds,
        "bytes_a_sample": round(size / count, 2),
        "ratio_to_raw_bytes": round(size / count / 16, 3),
        "ratio_to_text_gz": round(size / len(text), 3),
        "samples_per_s": round(1 / middle(ours)),
        "ratio_to_raw_fsync": round(middle(raw) / middle(ours), 3),
        "ratio_to_one_event_each": round(middle(single) / middle(ours), 1),
        "find_ms": round(middle(finding) * 1e3, 2),
        "read_samples_per_s": round(count / middle(reading)),
    }


def main() -> None:
    """Print what was found, for people or as one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--samples", type=int, default=400_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    found = measure(asked.samples, asked.rounds)
    if asked.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name}: {value}")


if __name__ == "__main__":
    main()
