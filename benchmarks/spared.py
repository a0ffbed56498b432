"""What do blocks in a crowd cost? A tick's frames where some are spared the sight of others.

Run with `python benchmarks/spared.py [--json] [--people 1000] [--side 300]`. All walk; the peer is
the same crowd in which nobody has blocked anybody.

- `one`: everyone has blocked the same one. `ten`: each has blocked half of the same ten, by chance.
- `few`: one in twenty has blocked somebody, each somebody else.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Mapping

from worldloom.sync.interest import Interest
from worldloom.sync.motion import Motion

TICKS = 40
Hidden = Mapping[int, frozenset[int]]


def both_ways(blocks: Mapping[int, frozenset[int]]) -> Hidden:
    """Return whom each is spared: neither of two sees the other."""
    spared: dict[int, set[int]] = {}
    for one, others in blocks.items():
        for other in others - {one}:
            spared.setdefault(one, set()).add(other)
            spared.setdefault(other, set()).add(one)
    return {row: frozenset(rows) for row, rows in spared.items()}


def kinds(people: int, chance: random.Random) -> dict[str, Hidden]:
    """Return whom each row is spared, by the kind of crowd."""
    every, ten = range(people), range(10)
    few = chance.sample(every, people // 20)
    return {
        "nobody": {},
        "one": both_ways({row: frozenset({0}) for row in every}),
        "ten": both_ways({row: frozenset(chance.sample(ten, 5)) for row in every[10:]}),
        "few": both_ways({row: frozenset({chance.randrange(people)}) for row in few}),
    }


def tick_ms(people: int, side: float, hidden: Hidden, chance: random.Random) -> tuple[float, float]:
    """Return the median milliseconds of a tick's frames, and how many of them were cut."""
    motion = Motion(people)
    for _ in range(people):
        motion.join((chance.uniform(0, side), 0.0, chance.uniform(0, side)), 0.0, 0)
    interest = Interest(motion)
    list(interest.frames(0, 1))
    times = []
    for tick in range(1, TICKS + 1):
        motion.moved[:people] = True
        start = time.thread_time()
        list(interest.frames(tick, 1, hidden))
        times.append((time.thread_time() - start) * 1e3)
    return statistics.median(times), interest.own_frames / TICKS


def main() -> None:
    """Print a line for each kind of crowd."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--people", type=int, default=1_000)
    parser.add_argument("--side", type=float, default=300.0)
    asked = parser.parse_args()
    found: dict[str, object] = {"benchmark": "spared", "people": asked.people, "side": asked.side}
    alone = 0.0
    for name, hidden in kinds(asked.people, random.Random(7)).items():
        ms, cut = tick_ms(asked.people, asked.side, hidden, random.Random(8))
        alone = alone or ms
        found |= {name: {"ms": round(ms, 2), "cut": round(cut), "ratio": round(ms / alone, 1)}}
        if not asked.json:
            print(
                f"{name:7} {ms:6.2f} ms a tick, {ms / alone:.1f} times; {cut:.0f} frames were cut"
            )
    if asked.json:
        print(json.dumps(found))


if __name__ == "__main__":
    main()
