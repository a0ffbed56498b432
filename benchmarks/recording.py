"""What does recorded motion weigh and cost? Beside raw float32 and gzipped JSON lines.

Run with `python benchmarks/recording.py [--json] [--people 50] [--seconds 120]`. People walk, turn
and stand in the same way for all sides. Bytes are whole records as kept, sealed, with their hashes.
"""

from __future__ import annotations

import argparse
import json
import math
import secrets
import time
import zlib
from collections.abc import Callable
from random import Random

from worldloom.kernel.limits import LIMITS
from worldloom.kernel.realm import Caller, Command, Realm
from worldloom.kernel.recording import TRACKED
from worldloom.kernel.rights import Role
from worldloom.kernel.world import World
from worldloom.stores.memory import MemoryStore
from worldloom.sync.motion import Motion, Slot
from worldloom.sync.recorder import Person, Recorder

TICK_US = 1_000_000 // LIMITS.tick_hz
FLOAT32_SAMPLE_BYTES = 4 * 5
"""Time, x, y, z and heading of each tick."""
HASH_AND_ID_BYTES = 40


class Walker:
    """Someone who walks at 1.4 m/s, turns a little all the time, and stands for a while."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self.x, self.z = chance.uniform(-20, 20), chance.uniform(-20, 20)
        self.yaw = chance.uniform(0, math.tau)
        self._left = 0
        self._walks = False

    def step(self) -> tuple[tuple[float, float, float], float]:
        """Return place and heading of the next tick."""
        if not self._left:
            self._walks = not self._walks
            self._left = self._chance.randrange(20, 200)
        self._left -= 1
        if self._walks:
            self.yaw = (self.yaw + self._chance.gauss(0, 0.05)) % math.tau
            self.x += math.sin(self.yaw) * 1.4 / LIMITS.tick_hz
            self.z += math.cos(self.yaw) * 1.4 / LIMITS.tick_hz
        return (self.x, 0.0, self.z), self.yaw


class Hall:
    """A recorded world without sockets."""

    def __init__(self, people: int) -> None:
        self.now = 1_700_000_000_000_000
        self.store = MemoryStore()
        self.realm = Realm(self.store, lambda: self.now, secrets.token_bytes)
        self.realm.open(World("hall"))
        self.realm.do(Command("hall", "record", {"on": True}, Caller("o", "O", "", Role.OWNER)))
        self.commit()
        self.motion = Motion()
        self.recorder = Recorder(self.realm, "hall", self.motion)
        self.slots: list[Slot] = []
        for number in range(people):
            slot = self.motion.join((0.0, 0.0, 0.0), 0.0, self.now)
            self.recorder.people[slot.index] = Person(f"v{number}", f"p{number}", f"P {number}")
            self.slots.append(slot)

    def commit(self) -> None:
        """Keep what waits."""
        batch, self.realm.outbox[:] = list(self.realm.outbox), []
        for sealed in batch:
            [error] = self.store.commit([sealed.group])
            self.realm.committed(sealed, error)

    def kept_bytes(self) -> int:
        """Return the bytes of all tracks, with what a record has beside its body."""
        live = self.realm.world("hall")
        rows = self.store.records(live.stream, 0, live.durable_seq)
        mark = TRACKED.encode()
        return sum(len(body) + HASH_AND_ID_BYTES for _, body, _ in rows if mark in body)


def timed(run: Callable[[], object]) -> float:
    """Return the seconds of processor time that a call takes."""
    start = time.process_time()
    run()
    return time.process_time() - start


def measure(people: int, seconds: int) -> dict[str, object]:
    """Record a crowd for a while and return bytes and cost beside the other forms."""
    chance = Random(7)
    hall, walkers = Hall(people), [Walker(chance) for _ in range(people)]
    lines: list[list[bytes]] = [[] for _ in range(people)]
    ticks, spent = seconds * LIMITS.tick_hz, 0.0
    for tick in range(ticks):
        hall.now += TICK_US
        for number, (walker, slot) in enumerate(zip(walkers, hall.slots, strict=True)):
            (x, y, z), yaw = walker.step()
            hall.motion.place(slot, (x, y, z), yaw, hall.now)
            row = [tick * 50, round(x, 4), y, round(z, 4), round(yaw, 4)]
            lines[number].append(json.dumps(row).encode())
        spent += timed(lambda: hall.recorder.tick(hall.now))
        hall.commit()
    minutes = people * seconds / 60
    ours = hall.kept_bytes() / minutes
    raw = FLOAT32_SAMPLE_BYTES * LIMITS.tick_hz * 60
    # A chunk of the same seconds each, as nothing else survives a crash either.
    part = round(LIMITS.recording_chunk_seconds * LIMITS.tick_hz)
    gz = sum(
        len(zlib.compress(b"\n".join(rows[at : at + part]), 6, wbits=31))
        for rows in lines
        for at in range(0, len(rows), part)
    )
    return {
        "benchmark": "recording",
        "people": people,
        "bytes_a_person_minute": round(ours),
        "raw_float32": raw,
        "ratio_to_raw": round(ours / raw, 3),
        "json_lines_gz": round(gz / minutes),
        "ratio_to_json_gz": round(ours / (gz / minutes), 3),
        "cpu_us_a_person_tick": round(spent / (people * ticks) * 1e6, 2),
    }


def main() -> None:
    """Print what was found, for people or as one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=120)
    asked = parser.parse_args()
    found = measure(asked.people, asked.seconds)
    if asked.json:
        print(json.dumps(found))
        return
    print(
        f"{found['bytes_a_person_minute']} bytes a person and minute: "
        f"{found['ratio_to_raw']} of raw float32, {found['ratio_to_json_gz']} of gzipped JSON "
        f"lines; {found['cpu_us_a_person_tick']} us of processor a person and tick"
    )


if __name__ == "__main__":
    main()
