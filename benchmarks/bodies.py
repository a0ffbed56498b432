"""What do 500 moving bodies cost a server? Beside the bare engine, stepped by itself.

Run with `python benchmarks/bodies.py [--json] [--bodies 500] [--seconds 10] [--rounds 3]`. Crates
and balls are kept awake in a heap, by pushes each second, on both sides alike; sides take turns.
Real time is 60 steps a second: 1.00 of a core would be all of it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from random import Random

import numpy as np

from worldloom.kernel.limits import LIMITS
from worldloom.kernel.physical import Body
from worldloom.kernel.space import Pose, Vec
from worldloom.presence.bodies import Bodies
from worldloom.presence.bodyframes import BodyInterest
from worldloom.presence.forms import Form, solid
from worldloom.presence.rapier import Rapier, load
from worldloom.sync.interest import ORIGIN, STRIDE

FORMS: tuple[Form, Form] = (
    solid("box", (0.5, 0.5, 0.5), (1, 1, 1)),
    solid("sphere", (0.5, 0.5, 0.5), (1, 1, 1)),
)
PUSHED = 50
"""Bodies that are pushed each second, so that the heap never sleeps."""


def places(count: int) -> list[Vec]:
    """Return where the bodies begin: in a column over eight by eight metres."""
    chance = Random(7)
    return [
        (chance.uniform(-4, 4), 0.5 + number * 0.06, chance.uniform(-4, 4))
        for number in range(count)
    ]


def pushes(count: int, second: int) -> list[tuple[int, Vec]]:
    """Return who is pushed in a second, and how fast."""
    chance = Random(second)
    return [
        (chance.randrange(count) + 1, (chance.uniform(-4, 4), 4.0, chance.uniform(-4, 4)))
        for _ in range(PUSHED)
    ]


def engine() -> Rapier:
    """Return Rapier with the product's settings."""
    library = load()
    assert library is not None, "pip install rapier3d"
    return Rapier(library)


def bare(count: int, seconds: int) -> float:
    """Return seconds of CPU per second of the world for the engine alone."""
    rapier = engine()
    for id, place in enumerate(places(count), 1):
        rapier.put_body(id, Body(), [(FORMS[id % 2], Pose())], Pose(place))
    spent = 0.0
    for second in range(seconds):
        for id, speed in pushes(count, second):
            rapier.set_speed(id, speed)
        start = time.process_time()
        for _ in range(LIMITS.tick_hz):
            rapier.step({}, {})
        spent += time.process_time() - start
    return spent / seconds


def ours(count: int, seconds: int, viewers: int) -> tuple[float, float, float, float]:
    """Return CPU per second of bodies and frames, worst tick, its p99, bytes/s a viewer."""
    bodies = Bodies(engine(), capacity=count)
    interest = BodyInterest(bodies)
    for id, place in enumerate(places(count), 1):
        bodies.put(id, Body(), [(FORMS[id % 2], Pose())], Pose(place))
    rows = np.arange(viewers)
    cells = np.full(viewers, ORIGIN * STRIDE + ORIGIN, np.int64)
    ticks: list[float] = []
    sent = 0
    for second in range(seconds):
        for id, speed in pushes(count, second):
            bodies.push(id, speed, "v1")
        for tick in range(LIMITS.tick_hz):
            start = time.process_time()
            bodies.step({}, {})
            for frame in interest.frames(second * LIMITS.tick_hz + tick, 1, rows, cells):
                sent += len(frame.payload) * len(frame.rows)
            bodies.news()
            ticks.append(time.process_time() - start)
    each = sorted(ticks)
    return sum(ticks) / seconds, each[-1], each[int(len(each) * 0.99)], sent / seconds / viewers


def main() -> None:
    """Run the sides in turn and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--bodies", type=int, default=500)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--viewers", type=int, default=50)
    given = parser.parse_args()
    sides: list[tuple[float, tuple[float, float, float, float]]] = []
    for _ in range(given.rounds):
        limit = bare(given.bodies, given.seconds)
        sides.append((limit, ours(given.bodies, given.seconds, given.viewers)))
    limit = statistics.median(one for one, _ in sides)
    cpu, worst, late, bytes_per_s = (
        statistics.median(one[at] for _, one in sides) for at in range(4)
    )
    result = {
        "bodies": given.bodies,
        "core": round(cpu, 3),
        "bare_core": round(limit, 3),
        "ratio": round(statistics.median(one[0] / alone for alone, one in sides), 2),
        "step_ms": round(cpu * 1000 / 60, 3),
        "bare_step_ms": round(limit * 1000 / 60, 3),
        "tick_ms_p99": round(late * 1000, 2),
        "tick_ms_max": round(worst * 1000, 2),
        "kb_per_s_viewer": round(bytes_per_s / 1000, 1),
    }
    if given.json:
        print(json.dumps({"benchmark": "bodies", **result}))
        return
    print(f"{given.bodies} bodies awake at 60 Hz, {given.viewers} viewers in one cell")
    print(f"  bodies, frames, rest  {result['core']:.3f} of a core, {result['step_ms']} ms a step")
    print(f"  the engine by itself  {limit:.3f} of a core, {result['bare_step_ms']} ms a step")
    print(f"  ratio {result['ratio']}; {result['kb_per_s_viewer']} KB/s a viewer")
    print(f"  a tick of 50 ms: p99 {result['tick_ms_p99']} ms, worst {result['tick_ms_max']} ms")


if __name__ == "__main__":
    main()
