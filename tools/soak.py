"""The long proofs: `make soak` runs every part, and each runs alone and goes on after a stop.

What is done stands in `.cache/soak/`, a file a part; a stop loses the piece that was running, no
more. A part that is whole leaves its line, with machine and date, under `benchmarks/results/`.

    python tools/soak.py                      # all parts, on from where they stopped
    python tools/soak.py simulation --jobs 2  # one part, on two cores
    python tools/soak.py kills --most 100     # 100 pieces of work more, then stop
    python tools/soak.py simulation --report  # write the line for what is done so far
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PROGRESS = ROOT / ".cache" / "soak"
RESULTS = ROOT / "benchmarks" / "results"
FAILURES_KEPT = 20


@dataclass(frozen=True)
class Part:
    """One kind of long proof: how much of it makes a whole, and how a piece of it is run."""

    whole: int
    piece: int
    command: Callable[[int, int], list[str]]
    """(first, count) → the command, which prints one line of JSON last."""
    environment: Callable[[int, int], dict[str, str]] = lambda first, count: {}


@dataclass
class Progress:
    """What is done of a part."""

    done: int = 0
    cpu_seconds: float = 0.0
    failed: list[str] = field(default_factory=list)
    """Commands that show a failure again."""
    told: list[str] = field(default_factory=list)
    """What pieces say of themselves in words, such as what another's suite counted."""
    reported: int = 0


def simulation(first: int, count: int) -> list[str]:
    """Return the command that plays some histories."""
    options = ["--first", str(first), "--seeds", str(count), "--json"]
    return [sys.executable, "-m", "tests.simulation", *options]


def kills(first: int, count: int) -> list[str]:
    """Return the command that kills a server some times, its realm verified after each."""
    test = "test_no_acknowledged_action_is_lost_by_kills_at_random_moments"
    where = f"tests/server/test_kill.py::{test}"
    return [sys.executable, "-m", "pytest", "-q", "--timeout", "0", where]


def kills_environment(first: int, count: int) -> dict[str, str]:
    """Return how many kills, and the seed of their moments."""
    patience = {"WORLDLOOM_READY_SECONDS": "300"}  # of a machine that has other work
    return {"WORLDLOOM_KILL_ROUNDS": str(count), "SEED": str(first), **patience}


def long_tests(first: int, count: int) -> list[str]:
    """Return the command that runs the tests that are too long for `make test`."""
    beside = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
    return [sys.executable, "-m", "pytest", "-q", "-m", "soak", *beside, "tests"]


def fuzzer(door: str) -> Callable[[int, int], list[str]]:
    """Return what makes the command that tries some cases of a door."""

    def command(first: int, count: int) -> list[str]:
        options = ["--first", str(first), "--cases", str(count), "--json"]
        return [sys.executable, "-m", "tests.fuzz", door, *options]

    return command


def lrs_suite(first: int, count: int) -> list[str]:
    """Return the command that runs ADL's conformance suite for versions of xAPI."""
    return [sys.executable, "tools/lrs_suite.py", "--first", str(first), "--count", str(count)]


def page(first: int, count: int) -> list[str]:
    """Return the command that watches a page's memory for some minutes, in a crowd that talks."""
    options = ["--people", "60", "--steady", str(count)]
    return [sys.executable, "-m", "benchmarks.crowd_client", *options]


ROOMS = (
    "--check",
    "--people 200 --peers bare batched colyseus quantized",
    "--people 800 --peers bare batched colyseus quantized",
    "--people 50 100 200 --rounds 1 --peers relay",
    "--people 200 --tls --peers bare relay colyseus",
    "--people 100 --delay 20 --jitter 5 --loss 0.01 --peers bare colyseus",
    "--people 1200 --plaza --peers views",
    "--people 2500 --rounds 1 --peers",
    "--people 2000 --rounds 1 --actions 20 --peers",
    "--people 5000 --rounds 1 --storm --actions 100 --peers",
    "--people 2000 --rounds 1 --overload --actions 100 --peers",
    "--people 800 --rounds 1 --slow 0.1 --actions 20 --peers",
    "--people 800 --rounds 1 --foes 0.01 --actions 20 --peers",
    "--people 400 --lock --peers colyseus",
    "--people 800 --rounds 1 --lock --minutes 10 --peers",
)
"""What is asked of a room; each ends with 1 where what it promises does not hold."""


def room(first: int, count: int) -> list[str]:
    """Return the command that measures one crowd."""
    return [sys.executable, "-m", "benchmarks.room", "--json", *ROOMS[first].split()]


PARTS: dict[str, Part] = {
    "simulation": Part(100_000, 250, simulation),
    "kills": Part(1_000, 20, kills, kills_environment),
    "fuzz-realms": Part(5_000, 100, fuzzer("realms")),
    "fuzz-wire": Part(5_000, 200, fuzzer("wire")),
    "fuzz-http": Part(20_000, 500, fuzzer("http")),
    "fuzz-described": Part(10_000, 200, fuzzer("described")),
    "fuzz-kits": Part(20_000, 500, fuzzer("kits")),
    "fuzz-models": Part(50_000, 2_000, fuzzer("models")),
    "fuzz-authors": Part(5_000, 200, fuzzer("authors")),
    "fuzz-commands": Part(20_000, 500, fuzzer("commands")),
    "tests": Part(1, 1, long_tests),
    "page": Part(60, 20, page),
    "room": Part(len(ROOMS), 1, room),
    "xapi": Part(2, 1, lrs_suite),
}


ALONE = ("kills", "xapi", "room")
"""Parts that want the machine for themselves, a piece at a time."""
NEEDED = {"xapi": ("LRS_CTS", "make soak LRS_CTS=FOLDER of ADL's lrs-conformance-test-suite")}
"""Part → what the environment must say for it to run, and how one says it."""


class Stopped(Exception):
    """Somebody ended a piece, and with it the soak: it goes on with that piece next time."""


def read_progress(name: str) -> Progress:
    """Return what is done of a part."""
    path = PROGRESS / f"{name}.json"
    return Progress(**json.loads(path.read_text())) if path.exists() else Progress()


def write_progress(name: str, known: Progress) -> None:
    """Keep what is done of a part, whole or not at all."""
    PROGRESS.mkdir(parents=True, exist_ok=True)
    fresh = PROGRESS / f"{name}.new"
    fresh.write_text(json.dumps(asdict(known), indent=1))
    fresh.replace(PROGRESS / f"{name}.json")


@dataclass(frozen=True)
class Piece:
    """What came of one piece of work."""

    cpu_seconds: float
    failed: list[str]
    told: list[str]
    measured: list[dict[str, Any]] = field(default_factory=list)
    """Results of a benchmark, which are kept as they are."""


def run_piece(part: Part, first: int, count: int) -> Piece:
    """Run one piece."""
    variables = part.environment(first, count)
    command = part.command(first, count)
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **variables}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if done.returncode < 0:
        raise Stopped(f"a piece was ended by signal {-done.returncode}: it does not count")
    lines = done.stdout.strip().splitlines()
    told: dict[str, Any] = {}
    if lines and lines[-1].startswith("{"):
        told = json.loads(lines[-1])
    failed = list(told.get("failed", []))
    if done.returncode and not failed:
        settings = [f"{name}={value}" for name, value in variables.items()]
        failed = [" ".join([*settings, "python", *command[1:]])]
        print(done.stdout[-4000:], done.stderr[-4000:], sep="\n", file=sys.stderr)
    measured = [json.loads(line) for line in lines if line.startswith('{"benchmark"')]
    cpu_seconds = float(told.get("cpu_seconds", 0.0))
    return Piece(cpu_seconds, failed, list(told.get("told", [])), measured)


def run_part(name: str, known: Progress, jobs: int, most: int) -> None:
    """Run pieces of a part until it is whole, or `most` more of it are done."""
    part = PARTS[name]
    end = min(part.whole, known.done + most)
    started, before = time.monotonic(), known.done
    with ThreadPoolExecutor(jobs) as pool:
        while known.done < end:
            # A round of pieces side by side: what is done is always everything up to a number.
            firsts = range(known.done, end, part.piece)[:jobs]
            sizes = [min(part.piece, end - first) for first in firsts]
            runs = list(pool.map(lambda at: run_piece(part, *at), zip(firsts, sizes, strict=True)))
            known.done += sum(sizes)
            known.cpu_seconds += sum(one.cpu_seconds for one in runs)
            known.failed += [command for one in runs for command in one.failed]
            known.told += [line for one in runs for line in one.told]
            del known.failed[FAILURES_KEPT:]
            write_progress(name, known)
            if measured := [line for one in runs for line in one.measured]:
                write_results(measured)
            pace = (known.done - before) / (time.monotonic() - started) * 60
            print(f"{name}: {known.done} of {part.whole}, {pace:.0f} a minute, "
                  f"{len(known.failed)} failed", flush=True)  # fmt: skip
    if known.done >= part.whole:
        report(name, known)


def report(name: str, known: Progress) -> None:
    """Write a part's line of what is done since the last one."""
    if known.done == known.reported:
        return
    line: dict[str, Any] = {"soak": name, "done": known.done, "whole": PARTS[name].whole}
    line["failed"] = known.failed
    if known.told:
        line["told"] = known.told
    if known.cpu_seconds:
        line["a_minute_of_one_core"] = round(60 * known.done / known.cpu_seconds)
    known.reported = known.done
    write_progress(name, known)
    write_results([line])


def write_results(lines: list[dict[str, Any]]) -> None:
    """Append lines to today's results of the soak, each with the commit that was run.

    A day's results begin with the machine.
    """
    lines = [{**line, "commit": commit()} for line in lines]
    today = datetime.date.today().isoformat()
    path = RESULTS / f"{today}-soak.jsonl"
    if not path.exists():
        lines = [{"machine": machine(), "date": today}, *lines]
    with path.open("a") as out:
        for line in lines:
            out.write(json.dumps(line) + "\n")
            print(json.dumps(line), flush=True)


def commit() -> str:
    """Return the commit that is checked out, shortened; empty outside of a repository."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def machine() -> str:
    """Describe this machine: cores, system, Python, and how fast it hashes."""
    data = bytes(200)
    start = time.perf_counter()
    for _ in range(100_000):
        hashlib.sha256(data).digest()
    hashing = (time.perf_counter() - start) * 10
    names = [line.partition(":")[2].strip() for line in processor_lines()]
    return (
        f"{os.cpu_count()} cores, {names[0] if names else platform.machine()}, "
        f"{platform.system()}, Python {platform.python_version()}; "
        f"SHA-256 of 200 B takes {hashing:.2f} us"
    )


def processor_lines() -> Iterator[str]:
    """Yield what Linux says of the processor's name."""
    path = Path("/proc/cpuinfo")
    if path.exists():
        yield from (line for line in path.read_text().splitlines() if line.startswith("model name"))


def run_benchmarks() -> list[str]:
    """Run every benchmark, write what each says, and return those that failed."""
    failed = []
    for path in sorted((ROOT / "benchmarks").glob("[a-z]*.py")):
        print(f"== {path.name}", flush=True)
        command = [sys.executable, str(path), "--json"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            failed.append(path.name)
            print(done.stderr[-4000:], file=sys.stderr)
        found = [line for line in done.stdout.splitlines() if line.startswith("{")]
        write_results([json.loads(line) for line in found])
    return failed


def main(arguments: list[str]) -> int:
    """Run the parts that are named, or all, and then the benchmarks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    known_parts = [*PARTS, "benchmarks"]
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(known_parts))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="cores to use")
    parser.add_argument("--most", type=int, default=sys.maxsize, help="stop after so many more")
    parser.add_argument("--fresh", action="store_true", help="begin these parts anew")
    parser.add_argument("--report", action="store_true", help="run nothing, write what is done")
    wish = parser.parse_args(arguments)
    names = wish.parts or known_parts
    if unknown := [name for name in names if name not in known_parts]:
        parser.error(f"there is no part {unknown[0]}; there are {', '.join(known_parts)}")
    failed: list[str] = []
    for name in names:
        if name == "benchmarks":
            failed += [] if wish.report else run_benchmarks()
            continue
        variable, how = NEEDED.get(name, ("PATH", ""))
        if not os.environ.get(variable):
            print(f"{name}: not run; {how}", flush=True)
            continue
        known = read_progress(name)
        if wish.report:
            report(name, known)
        else:
            if wish.fresh or known.done >= PARTS[name].whole:
                known = Progress()
            try:
                run_part(name, known, 1 if name in ALONE else wish.jobs, wish.most)
            except Stopped as stop:
                print(stop, file=sys.stderr)
                return 130
        failed += known.failed
    if failed:
        print("\n".join(failed), file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
