"""What must hold in a run of `benchmarks/room.py`, and what the runs of some rounds come to."""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Sequence
from typing import Any, NamedTuple

from worldloom.kernel.limits import LIMITS

Run = dict[str, Any]
"""What the bots tell of one run, or `not_run` and why."""
BASE_MB = 250.0
"""What a server of thousands holds beside what waits for slow sockets."""
RATED = ("cpu", "us_per_frame", "kb_per_s", "p50_ms", "p99_ms", "memory_peak_mb")
"""What is compared with the peers."""
LATE_MS = 25.0
"""Bots that were later than this at their worst share the blame for the latency."""
LISTENERS = 16
"""One bot of so many listens to what others say."""


class Held(NamedTuple):
    """A figure beside its bound."""

    told: str
    """With `!` where it is broken."""
    broken: bool
    used: float
    """How near to the bound it came: the more, the nearer."""


def held(value: float, sign: str, bound: float) -> Held:
    """Hold a figure to a bound, `≤` or `≥`."""
    broken = value > bound if sign == "≤" else value < bound
    told = f"{value:g} {sign} {bound:g}{' !' if broken else ''}"
    return Held(told, broken, value if sign == "≤" else -value)


def is_fair(found: Run, asked: argparse.Namespace) -> bool:
    """Say whether the bots did their part: then a run counts.

    Where more come than there is room for, only how well they kept their own time is looked at.
    """
    kept = not found["short_writes"] and found["bots_cpu"] < 0.9
    people = found["people"]
    all_there = found["alive"] == people - int(people * asked.foes)
    return bool(
        kept
        and found["bots_late_ms"] < LATE_MS
        and (asked.storm or (all_there and found["poses_per_s"] > 19.8))
    )


def bounds(runs: Sequence[Run], asked: argparse.Namespace) -> dict[str, Held]:
    """Return what must hold in each run of ours: the worst beside its bound.

    Who is admitted is never dropped, however many come, and nobody is refused without a word.
    """
    told = [_bounds(run, asked) for run in runs if "not_run" not in run]
    return {
        name: max((one[name] for one in told), key=lambda one: (one.broken, one.used))
        for name in (told[0] if told else ())
    }


def _bounds(found: Run, asked: argparse.Namespace) -> dict[str, Held]:
    memory = BASE_MB + LIMITS.queued_bytes_max / 1e6
    told = {
        "lost": held(found["lost"], "≤", 0),
        "silent": held(found["silent"], "≤", 0),
        "memory_peak_mb": held(found["memory_peak_mb"], "≤", memory),
    }
    if asked.storm:
        told["slowest_refusal_ms"] = held(found["slowest_refusal_ms"], "≤", 1_000)
    if asked.overload:
        told["alive"] = held(found["alive"], "≥", found["people"] // 2)
    if asked.lock:
        told["locked_mean"] = held(found["locked_mean"], "≥", 0.99)
        told["held_share"] = held(found["held_share"], "≥", 0.99)
    if asked.actions:
        told["act_p99_ms"] = held(found["act_p99_ms"], "≤", 150)
        told["acts"] = held(found["acts"], "≥", acts_least(found["people"], asked))
    if asked.foes:
        told["foes_cut"] = held(found["foes_cut"], "≥", 1)
    return told


def acts_least(people: int, asked: argparse.Namespace) -> int:
    """Return how many chat lines are heard at least: half of what those say who are there first."""
    there = first_of(people, asked) * (1 - asked.foes)
    listeners = there * (1 - asked.slow) / LISTENERS
    said = asked.actions * there / people * seconds_of(people, asked)
    return max(1, int(said * listeners / 2))


def first_of(people: int, asked: argparse.Namespace) -> int:
    """Return how many are there, and walk and talk, when the storm comes: all without one."""
    return people // 10 if asked.storm else people


def seconds_of(people: int, asked: argparse.Namespace) -> float:
    """Return how long it is measured: a storm until it is over, 100 entries a second."""
    return max(asked.seconds, 10 + people / 400) if asked.storm else float(asked.seconds)


def aims(
    mine: Run, ratio: dict[str, dict[str, list[float]]], asked: argparse.Namespace
) -> dict[str, Held]:
    """Return what we aim for: medians of ours, and of ratios to peers, beside their bounds.

    A peer that was asked for and has no fair round beside ours breaks its aims.
    """
    if asked.storm or asked.slow or asked.foes or asked.tls or asked.loss or asked.delay:
        return {}
    wanted: list[tuple[str, str, float]] = [("views", "cpu", 0.5)] if asked.plaza else []
    if not (asked.plaza or asked.capped):
        wanted = [("colyseus", "cpu", 0.6), ("colyseus", "kb_per_s", 0.6), ("bare", "cpu", 1.5)]
    if asked.lock:
        wanted = [("colyseus", "p50_ms", 0.5), ("colyseus", "p99_ms", 0.5)]
    told = {"frames_per_s": held(mine.get("frames_per_s", 0), "≥", 19.9)}
    for name, what, bound in wanted:
        if name in asked.peers:
            both = ratio[name].get(what)
            told[f"{what} by {name}"] = (
                held(both[0], "≤", bound) if both else Held("no fair round !", True, 0)
            )
    return told


def counted(runs: Sequence[Run]) -> list[Run]:
    """Return the runs that count: the fair ones, or where none was, all that came to an end."""
    ended = [run for run in runs if "not_run" not in run]
    return [run for run in ended if run["fair"]] or ended


def middle(runs: Sequence[Run]) -> Run:
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


def ratios(mine: Sequence[Run], other: Sequence[Run]) -> dict[str, list[float]]:
    """Return ours by theirs of the rounds where both were fair: the median, least and most."""
    pairs = [(a, b) for a, b in zip(mine, other, strict=True) if a.get("fair") and b.get("fair")]
    found = {}
    for name in RATED:
        each = [a[name] / b[name] for a, b in pairs if a.get(name) and b.get(name)]
        if each:
            spread = (statistics.median(each), min(each), max(each))
            found[name] = [round(value, 2) for value in spread]
    return found


def line(name: str, found: Run, ratio: dict[str, list[float]]) -> str:
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
        f"  p50 {of('p50_ms', 1)} p99 {of('p99_ms', 1)} ms"
        f"  at most {found['memory_peak_mb']:.0f} MB"
        f"  {found['fair']} of {found['runs']} runs fair"
        f" (bots {found['bots_cpu']:.2f}, late {found['bots_late_ms']:.0f} ms,"
        f" joined in {found['join_s']:.1f} s)"
    )
    by = ", ".join(f"{name} {a:g} [{b:g}–{c:g}]" for name, (a, b, c) in ratio.items())
    return told + (f"\n{'':10} ours by it: {by}" if by else "")
