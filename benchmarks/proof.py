"""What does a proof cost in a log of a million records? Ours beside hashing its path alone.

Run with `python benchmarks/proof.py [--json] [--records 1000000] [--proofs 400] [--folder DIR]`.
The path alone is what any checker must hash; the ratio says how much finding it costs beside that.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import tempfile
import time
from hashlib import sha256

import msgspec

from worldloom.kernel.hashing import Frontier, node
from worldloom.kernel.ports import Group, Part
from worldloom.kernel.proofs import consistency, frontier_at, inclusion
from worldloom.kernel.records import hash_of
from worldloom.ledger.prover import Prover
from worldloom.stores.sqlite import SqliteStore

COMMIT_RECORDS = 10_000
PAYLOAD_BYTES = 90
WORLD = "bench"

Seconds = list[float]


def fill(store: SqliteStore, records: int) -> None:
    """Write a log of groups of one record, each of about 150 bytes."""
    stream = store.open_stream(WORLD).id
    seq, head = 0, bytes(32)
    encode = msgspec.msgpack.Encoder().encode
    while seq < records:
        expected, before = seq, head
        rows: list[bytes] = []
        for _ in range(min(COMMIT_RECORDS, records - seq)):
            seq += 1
            payload = os.urandom(PAYLOAD_BYTES)
            body = encode([seq, 0, 1, "bench.Filled", 1, payload, seq, "guest:1", "do:v1:1"])
            head = hash_of(head, body)
            rows += body, head
        assert store.commit([Group((Part(stream, expected, before, rows),))]) == [None]


def hash_path(steps: int) -> float:
    """Return the seconds of hashing a path of so many nodes."""
    found, step = sha256(b"leaf").digest(), sha256(b"step").digest()
    start = time.perf_counter()
    for _ in range(steps):
        found = node(step, found)
    return time.perf_counter() - start


def timed(seconds: Seconds, start: float) -> None:
    seconds.append(time.perf_counter() - start)


def measure(records: int, proofs: int, folder: str | None) -> dict[str, object]:
    """Fill a file, make its tiles, and make proofs of random places."""
    chance = random.Random(records)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        store = SqliteStore(os.path.join(place, "proof.loom"))
        fill(store, records)
        head = store.open_stream(WORLD)

        def nodes(level: int, first: int, count: int) -> list[bytes]:
            return store.nodes(head.id, level, first, count)

        start = time.perf_counter()
        frontier_at(nodes, records - 1)
        inclusion(nodes, Frontier.unpack(head.seq, head.frontier), 0)
        made = time.perf_counter() - start
        frontier = Frontier.unpack(head.seq, head.frontier)
        prover = Prover(store)
        prover.checkpoint(WORLD)
        inside: Seconds = []
        growth: Seconds = []
        whole: Seconds = []
        alone: Seconds = []
        path_bytes: list[int] = []
        file_bytes: list[int] = []
        for _ in range(proofs):
            index = chance.randrange(records)
            start = time.perf_counter()
            path = inclusion(nodes, frontier, index)
            timed(inside, start)
            path_bytes.append(32 * len(path))
            alone.append(hash_path(len(path)))
            start = time.perf_counter()
            path = consistency(nodes, frontier, index + 1)
            timed(growth, start)
            path_bytes.append(32 * len(path))
            start = time.perf_counter()
            proof = msgspec.json.encode(prover.inclusion(WORLD, index + 1))
            timed(whole, start)
            file_bytes.append(len(proof))
        store.close()
    return {
        "benchmark": "proof",
        "records": records,
        "first_us_a_record": round(made / records * 1e6, 2),
        "inclusion_ms": _ms(inside, 50),
        "inclusion_p99_ms": _ms(inside, 99),
        "consistency_ms": _ms(growth, 50),
        "consistency_p99_ms": _ms(growth, 99),
        "signed_file_ms": _ms(whole, 50),
        "signed_file_p99_ms": _ms(whole, 99),
        "path_alone_ms": _ms(alone, 50),
        "ratio": round(statistics.median(inside) / statistics.median(alone), 1),
        "path_bytes_max": max(path_bytes),
        "file_bytes_max": max(file_bytes),
    }


def _ms(seconds: Seconds, percent: int) -> float:
    ordered = sorted(seconds)
    return round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] * 1e3, 3)


def main() -> None:
    """Print what was measured, or one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--proofs", type=int, default=400)
    parser.add_argument("--folder", help="a folder on the disk in question")
    asked = parser.parse_args()
    found = measure(asked.records, asked.proofs, asked.folder)
    if asked.json:
        print(json.dumps(found))
        return
    print(
        f"{found['records']:,} records; tiles cost {found['first_us_a_record']} µs a record, once\n"
        f"inclusion:   {found['inclusion_ms']} ms (p99 {found['inclusion_p99_ms']}), "
        f"{found['ratio']} times hashing its path alone ({found['path_alone_ms']} ms)\n"
        f"consistency: {found['consistency_ms']} ms (p99 {found['consistency_p99_ms']})\n"
        f"a signed file, checked before it is given: {found['signed_file_ms']} ms "
        f"(p99 {found['signed_file_p99_ms']})\n"
        f"path: at most {found['path_bytes_max']} bytes; "
        f"file with record, checkpoint and key: at most {found['file_bytes_max']} bytes"
    )


if __name__ == "__main__":
    main()
