"""How many fit into one place, and what does each cost? Bots in C, beside peers and the limit.

Run with `python benchmarks/room.py [--json] [--people 200 800] [--plaza] [--peers bare …]`. Every
bot sends its pose 20 times a second and reads all that comes; server on one core, bots on another.
Each of three `--rounds` runs ours and then every peer: told are medians, in brackets the least and
the most, and as a ratio those of ours by theirs of the same round.

- One room, all see all (the cap on what one sees is off), or with `--plaza` 500 × 500 m, where one
  sees what is near.
- `bare`, `batched`: a few lines of C and epoll with the same wire and nothing else, the limit.
- `relay`: every message to everyone as JSON, by Node and `ws`. `colyseus`, `quantized`, `views`:
  Colyseus 0.18; with views it is looked at four times a second, on a grid of 32 m, who came near
  whom. They are installed by npm into `.cache/room` at the first use; a peer that cannot be had is
  said not to have run, with the reason. Its transport is `ws`: that of uWebSockets is not on npm.
- Ours and the bare server may be run under `chrt -f 5` on a busy machine; Node may not, as its
  threads then wait for one another.
- Ours sends those who are far 20 times a second here, as the others do; `--tiers`: as it usually
  does, 5 times.
- `--tls` ciphers both sides, whoever serves. `--delay 20 --jitter 5 --loss 0.01`: a way of so many
  milliseconds in each direction, below TCP, that loses so much (`bots/way.py`, Linux alone).
- `--slow` and `--foes` are shares of bots that do not read, and that send what no client would.
- `--storm`: a tenth is there and walks when all others come at once, and wait at the door or are
  refused as usual; `--overload`: twice as many as there are places.
- `--lock --minutes 10`: poses come just before the tick, for so long, by the control loop that the
  page has. A bot held its lock where of 100 of its poses 99 came within 5 ms of when they should.
- `--actions 20`: so many chat lines a second, each measured until it was durable and another had
  heard it.
- `--check`: whether our bots count what Colyseus' own SDK receives (`bots/check.py`).
- A run counts where all bots are there, all poses went out, and the bots were never late for long:
  `fair` says so. Latency is from the sending of a pose until another bot has it.
- Ends with 1 where a bound or an aim is broken, or what was asked for did not run.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.bots import way
from benchmarks.bots.bounds import (
    Run,
    aims,
    bounds,
    first_of,
    is_fair,
    line,
    middle,
    ratios,
    seconds_of,
)
from benchmarks.bots.check import check
from benchmarks.bots.peers import PEERS, NotRun, built, certificate, peer, pinned, versions
from worldloom.kernel.limits import LIMITS
from worldloom.testing.fixtures import Server

WORLD = 'from worldloom import World\n\nworld = World("room")\n'
ROOM_M, PLAZA_M = 64.0, 500.0
UNCAPPED = 100_000


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
        options: tuple[str, ...] = ("--tls", *certificate()) if asked.tls else ()
        if asked.far:
            options += ("--host", way.SERVED, "--guests", "visit")
        with pinned(0):
            realm = Path(folder) / "realm.loom"
            server = Server(realm, str(file), limits=limits, options=options).start()
        try:
            yield int(server.url.rsplit(":", 1)[1]), server.pid
        finally:
            server.stop()
            if asked.verbose:
                print("".join(server.errors[-20:]), file=sys.stderr)


def run(kind: str, port: int, pid: int, people: int, asked: argparse.Namespace) -> Run:
    """Let the bots in and return what they tell."""
    seconds = seconds_of(people, asked)
    options = {
        "side": PLAZA_M if asked.plaza else ROOM_M, "pid": pid, "seconds": seconds,
        "warm": asked.warm or (6 if people < 1_000 else 12),
        "lock": int(asked.lock), "slow": asked.slow, "actions": asked.actions,
        "at_once": people if asked.storm else asked.at_once, "join": asked.join,
        "first": first_of(people, asked), "foes": asked.foes, "tls": int(asked.tls),
        "host": way.DIALLED if asked.far else "127.0.0.1",
    }  # fmt: skip
    command = [str(built() / "bots"), kind, str(port), str(people)]
    with pinned(1):
        done = subprocess.run(
            [*command, *(f"{name}={value}" for name, value in options.items())],
            capture_output=True, text=True, timeout=240 + seconds, check=False,
        )  # fmt: skip
    if done.returncode or not done.stdout:
        raise NotRun(f"the bots ended with {done.returncode}: {done.stderr[-300:]}")
    found: Run = json.loads(done.stdout)
    frames = found["frames"]
    found["us_per_frame"] = round(found["cpu"] * 1e6 / frames, 1) if frames else None
    found["fair"] = is_fair(found, asked)
    return found


def measure(name: str, people: int, asked: argparse.Namespace) -> Run:
    """Measure one server with so many people, or say why not."""
    told: dict[str, Any] = {}
    try:
        with ExitStack() as stack:
            if asked.far:
                told = stack.enter_context(way.far(asked))
            host = way.SERVED if asked.far else "127.0.0.1"
            served = ours(asked, people) if name == "ours" else peer(name, tls=asked.tls, host=host)
            port, pid = stack.enter_context(served)
            found = run(PEERS.get(name, "loom"), port, pid, people, asked)
        return found | told
    except (NotRun, OSError, ImportError, RuntimeError, subprocess.SubprocessError) as why:
        return {"not_run": str(why)}


def rounds(people: int, asked: argparse.Namespace) -> dict[str, list[Run]]:
    """Run ours and each peer by turns; return the runs of each."""
    found: dict[str, list[Run]] = {name: [] for name in ("ours", *asked.peers)}
    for _ in range(asked.rounds):
        for name, runs in found.items():
            runs.append(measure(name, people, asked))
    return found


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Return what is asked for; by the command line where nothing is given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--people", type=int, nargs="+", default=[200, 800])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", nargs="*", choices=[*PEERS], default=["bare", "batched"])
    parser.add_argument("--plaza", action="store_true", help="500 × 500 m")
    parser.add_argument("--capped", action="store_true", help="with the usual cap on who is seen")
    parser.add_argument("--storm", action="store_true", help="nine of ten come at one moment")
    parser.add_argument("--overload", action="store_true", help="twice as many as have a place")
    parser.add_argument("--tiers", action="store_true", help="who is far 5 times a second")
    parser.add_argument("--tls", action="store_true", help="ciphered, whoever serves")
    parser.add_argument("--delay", type=float, default=0.0, help="ms of the way, each direction")
    parser.add_argument("--jitter", type=float, default=0.0, help="ms more, by chance")
    parser.add_argument("--loss", type=float, default=0.0, help="share of packets that are lost")
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
    parser.add_argument("--check", action="store_true", help="our bots beside Colyseus' own SDK")
    parser.add_argument("--verbose", action="store_true")
    asked = parser.parse_args(arguments)
    asked.seconds = asked.minutes * 60 or asked.seconds
    asked.storm |= asked.overload
    asked.far = bool(asked.delay or asked.jitter or asked.loss)
    return asked


KINDS = ("plaza", "lock", "capped", "slow", "actions", "tiers", "tls", "foes", "storm", "overload",
         "seconds", "rounds")  # fmt: skip
"""What tells one measurement from another, beside how many people came."""


def told_of(people: int, asked: argparse.Namespace) -> bool:
    """Measure so many people and print it; returns whether all ran and kept bounds and aims."""
    runs = rounds(people, asked)
    mine = runs["ours"]
    by = {name: ratios(mine, runs[name]) for name in asked.peers}
    kept, aimed = bounds(mine, asked), aims(middle(mine), by, asked)
    found: dict[str, Any] = {"benchmark": "room", "people": people}
    found |= {kind: getattr(asked, kind) for kind in KINDS}
    found["seconds"] = seconds_of(people, asked)
    if asked.far:
        found |= {"benchmark": "room_far", "delay_ms": asked.delay, "jitter_ms": asked.jitter}
        found["loss"] = asked.loss
    found["bounds"] = {name: one.told for name, one in kept.items()}
    found["aims"] = {name: one.told for name, one in aimed.items()}
    found |= {"ours": middle(mine), "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
    for name in asked.peers:
        found[name] = middle(runs[name]) | {"ours_by_it": by[name]}
    if asked.json:
        print(json.dumps(found | {"versions": versions()}), flush=True)
    else:
        print(line("ours", found["ours"], {}))
        for name, one in (kept | aimed).items():
            print(f"{'':10} {name}: {one.told}")
        for name in asked.peers:
            print(line(name, found[name], by[name]), flush=True)
    all_ran = not any("not_run" in run for some in runs.values() for run in some)
    return all_ran and not any(one.broken for one in (kept | aimed).values())


def main() -> int:
    """Print the figures; returns 1 where something broke or did not run."""
    asked = parse()
    if asked.far:
        way.go_inside(asked.peers)
    if asked.check:
        return 0 if check(asked, ROOM_M, PLAZA_M) else 1
    kept = [told_of(people, asked) for people in asked.people]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
