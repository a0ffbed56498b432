"""Plays histories by their seeds: `python -m tests.simulation --seed 41` replays one.

Every other history runs on a real store over a disk that can lose power in the middle of a write.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.simulation.checks import check
from tests.simulation.driver import Simulation

Plant = Callable[[Simulation], None]
FAST_DISK = "/dev/shm" if os.path.isdir("/dev/shm") else None
"""Where power is lost only when a seed says so, a file in memory is as good as one on a disk."""


def play(seed: int, plant: Plant | None = None) -> bytes:
    """Play one seed's history and return the hash of its log; raises when a promise is broken."""
    with tempfile.TemporaryDirectory(dir=FAST_DISK) as folder:
        simulation = Simulation(seed, Path(folder) if seed % 2 else None)
        try:
            if plant is not None:
                plant(simulation)
            simulation.run()
            head = simulation.disk.open_stream("sim").head
            check(simulation)
            return head
        finally:
            simulation.end()


class Tally:
    """How many histories were played, which failed and how fast it went on one core."""

    def __init__(self) -> None:
        self.seeds = 0
        self.cpu_seconds = 0.0
        self.failed: dict[int, str] = {}

    def play(self, seeds: Iterable[int]) -> None:
        """Play some histories, whatever comes of each."""
        for seed in seeds:
            start = time.process_time()
            try:
                play(seed)
            except Exception as error:
                self.failed[seed] = repr(error)
            self.cpu_seconds += time.process_time() - start
            self.seeds += 1

    @property
    def seeds_per_minute(self) -> int:
        """Histories in a minute of one core."""
        return round(60 * self.seeds / max(self.cpu_seconds, 1e-9))

    def line(self) -> dict[str, object]:
        """Return what `make soak` adds up; failures as the commands that show them again."""
        failed = [f"{replay(seed)}: {why}" for seed, why in self.failed.items()]
        return {"seeds": self.seeds, "cpu_seconds": round(self.cpu_seconds, 3), "failed": failed}

    def __str__(self) -> str:
        rate = f"{self.seeds} histories, {self.seeds_per_minute} a minute of one core"
        return "\n".join([rate, *(f"{replay(seed)}: {why}" for seed, why in self.failed.items())])


def replay(seed: int) -> str:
    """Return the command that plays a seed again."""
    return f"python -m tests.simulation --seed {seed}"
