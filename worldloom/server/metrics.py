"""What the server measures of itself, in Prometheus' text form."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path

from worldloom.server.crowd import Metric, measure_crowd
from worldloom.server.house import House
from worldloom.server.protocol import SocketProtocol
from worldloom.server.tally import BOUNDS, Tally


def measure(house: House) -> Iterator[Metric]:
    """Yield each figure as it stands."""
    engine, sockets = house.engine, tuple(SocketProtocol.open_sockets)
    sessions = [socket.session for socket in sockets if socket.session is not None]
    queued = [socket.queued_bytes for socket in sockets]
    yield "ticks_total", "counter", "Steps of 50 ms", engine.tick
    yield "tick_overruns_total", "counter", "Steps that began late", engine.tick_overruns
    yield "sockets", "gauge", "Open live sockets", len(sockets)
    yield "sockets_paused", "gauge", "Sockets with unsent bytes", sum(s.paused for s in sockets)
    yield "sessions", "gauge", "Open sessions", len(sessions)
    yield (
        "visitors",
        "gauge",
        "Visitors in all worlds",
        sum(world.visitors for world in house.listed()),
    )
    yield (
        "motion_frames_skipped_total",
        "counter",
        "Motion frames that slow sockets missed",
        sum(hub.frames_skipped for hub in house.hubs.values()),
    )
    yield (
        "queued_bytes",
        "gauge",
        "Bytes that wait for slow sockets",
        sum(queued),
    )
    yield (
        "queued_bytes_largest",
        "gauge",
        "Bytes that wait for the slowest socket",
        max(queued, default=0),
    )
    yield "resident_memory_bytes", "gauge", "Memory of this process", resident_bytes()
    yield "groups_total", "counter", "Groups made durable", engine.commits
    yield "groups_waiting", "gauge", "Groups that wait for the disk", engine.waiting
    yield "hand_overs_total", "counter", "Hand-overs of groups to the disk", engine.hand_overs
    yield "durable_seconds_total", "counter", "Time from hand-over to disk", engine.durable_seconds
    yield from measure_crowd(house)
    yield "worlds", "gauge", "Worlds of the realm", len(house.engine.realm.worlds())
    yield "worlds_shut", "gauge", "Worlds that cannot be entered", len(house.worlds.shut())
    yield "faults", "gauge", "Remembered failures", len(house.engine.realm.faults)


def resident_bytes() -> int:
    """Return the memory that this process holds; 0 where the system does not tell."""
    try:
        pages = Path("/proc/self/statm").read_text("ascii").split()[1]
    except OSError:
        return 0
    return int(pages) * mmap.PAGESIZE


def render(house: House) -> str:
    """Return all figures as text."""
    lines = []
    for name, kind, help_text, value in measure(house):
        full = f"worldloom_{name}"
        lines += [f"# HELP {full} {help_text}.", f"# TYPE {full} {kind}", f"{full} {value:g}"]
    return "\n".join([*lines, *of_doors(house.tally)]) + "\n"


def of_doors(tally: Tally) -> Iterator[str]:
    """Yield what came in by each door: a histogram of how long, whose count is all commands."""
    name = "worldloom_command_seconds"
    yield f"# HELP {name} Time from a command's coming to its answer, by door."
    yield f"# TYPE {name} histogram"
    for door, buckets in tally.buckets.items():
        whole = 0
        for bound, count in zip((*map(str, BOUNDS), "+Inf"), buckets, strict=True):
            whole += count
            yield f'{name}_bucket{{door="{door}",le="{bound}"}} {whole}'
        yield f'{name}_sum{{door="{door}"}} {tally.seconds[door]:g}'
        yield f'{name}_count{{door="{door}"}} {whole}'
    name = "worldloom_commands_total"
    yield f"# HELP {name} Commands and calls of tools, refused ones too, by door."
    yield f"# TYPE {name} counter"
    for door, buckets in tally.buckets.items():
        yield f'{name}{{door="{door}"}} {sum(buckets)}'
    name = "worldloom_refusals_total"
    yield f"# HELP {name} Commands that were refused or failed, by door and code."
    yield f"# TYPE {name} counter"
    for (door, code), count in sorted(tally.refusals.items()):
        yield f'{name}{{door="{door}",code="{code}"}} {count}'
