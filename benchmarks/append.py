"""How near is an append to the disk's own limit? Ours beside raw append + fsync of the same bytes.

Run with `python benchmarks/append.py [--json] [--records 300] [--commits 200] [--rounds 7]`.
Rounds alternate, so that a busy machine slows both; trust the ratio, not the figures.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from hashlib import sha256

from worldloom.kernel.limits import LIMITS
from worldloom.kernel.ports import Group, Part
from worldloom.stores.sqlite import SqliteStore

GROUP_RECORDS = 3
BODY_BYTES = 200

Groups = list[Group]


def make_batches(commits: int, records: int) -> Iterator[Groups]:
    """Seal groups one batch at a time, as a realm does: what is committed was just made.

    Hashing, and laying out, which grows the tree of hashes, happen where groups are decided: they
    belong to the whole path, not to the append, and are left out of the time.
    """
    seq, head = 0, bytes(32)
    for _ in range(commits):
        batch: Groups = []
        for first in range(0, records, GROUP_RECORDS):
            rows: list[bytes] = []
            expected, before = seq, head
            for _ in range(min(GROUP_RECORDS, records - first)):
                seq += 1
                body = os.urandom(BODY_BYTES)
                head = sha256(b"\x00" + head + body).digest()
                rows += body, head
            batch.append(Group((Part(1, expected, before, rows),)))
        yield batch


def run_ours(folder: str, batches: Iterator[Groups]) -> float:
    """Return the seconds of all commits, with the checkpoints between them."""
    path = os.path.join(folder, "ours.loom")
    store = SqliteStore(path)
    store.open_stream("bench")
    seconds = 0.0
    for groups in batches:
        batch = store.lay_out(groups, LIMITS.batch_records_max)
        assert len(batch) == len(groups)
        start = time.perf_counter()
        outcomes = store.commit(batch)
        store.maintain()
        seconds += time.perf_counter() - start
        assert not any(outcomes), outcomes
    store.close()
    os.remove(path)
    return seconds


def run_raw(folder: str, batches: Iterator[Groups]) -> float:
    """Return the seconds of appending and syncing the same bytes: bodies and hashes."""
    path = os.path.join(folder, "raw.log")
    handle = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    seconds = 0.0
    for batch in batches:
        blob = b"".join(one for group in batch for part in group.parts for one in part.rows)
        start = time.perf_counter()
        os.write(handle, blob)
        os.fsync(handle)
        seconds += time.perf_counter() - start
    os.close(handle)
    os.remove(path)
    return seconds


def measure(records: int, commits: int, rounds: int, folder: str | None) -> dict[str, object]:
    """Run both sides alternately and return medians."""
    ours, raw = [], []
    with tempfile.TemporaryDirectory(dir=folder) as place:
        for _ in range(rounds):
            raw.append(run_raw(place, make_batches(commits, records)))
            ours.append(run_ours(place, make_batches(commits, records)))
    total = records * commits
    ratios = [r / o for r, o in zip(raw, ours, strict=True)]
    return {
        "benchmark": "append",
        "records_a_commit": records,
        "rounds": rounds,
        "ratio": round(statistics.median(ratios), 3),
        "ratio_min": round(min(ratios), 3),
        "ratio_max": round(max(ratios), 3),
        "ours_records_per_s": round(total / statistics.median(ours)),
        "raw_records_per_s": round(total / statistics.median(raw)),
    }


def main() -> None:
    """Print one line a batch size, or one JSON line for the asked one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--records", type=int, help="records a commit (default: 1, 10, 100, 300)")
    parser.add_argument("--commits", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--folder", help="a folder on the disk in question")
    asked = parser.parse_args()
    sizes = [asked.records] if asked.records else [300] if asked.json else [1, 10, 100, 300]
    for records in sizes:
        found = measure(records, asked.commits, asked.rounds, asked.folder)
        if asked.json:
            print(json.dumps(found))
        else:
            print(
                f"{records:4d} records a commit: {found['ours_records_per_s']:>9,}/s, raw "
                f"{found['raw_records_per_s']:>9,}/s, ratio {found['ratio']} "
                f"({found['ratio_min']} to {found['ratio_max']})"
            )


if __name__ == "__main__":
    main()
