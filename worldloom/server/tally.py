"""What came in by each door: how many commands, which refusals, and how long each took."""

from __future__ import annotations

import re
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal

from worldloom.kernel.errors import WorldloomError

Door = Literal["http", "mcp", "socket", "cli", "kit"]
"""`cli`: the command line of the realm's own machine, by HTTP; `kit`: what worlds and kits open."""
DOORS: Final[tuple[Door, ...]] = ("http", "mcp", "socket", "cli", "kit")
BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper ends of the histogram's buckets, in seconds."""
CODES_MAX: Final = 200
"""Codes that are told apart: authors make codes of their own."""
OTHER: Final = "other"
PLAIN: Final = re.compile(r"[a-z][a-z0-9_]{0,63}").fullmatch


class Tally:
    """The counts since the server began."""

    def __init__(self) -> None:
        self.buckets: dict[Door, list[int]] = {door: [0] * (len(BOUNDS) + 1) for door in DOORS}
        """Commands by how long they took; the last: longer than any bound."""
        self.seconds: dict[Door, float] = dict.fromkeys(DOORS, 0.0)
        self.refusals: Counter[tuple[Door, str]] = Counter()

    def count(self, door: Door, seconds: float, code: str = "") -> None:
        """Count a command that was answered, or refused with a code."""
        self.buckets[door][bisect_left(BOUNDS, seconds)] += 1
        self.seconds[door] += seconds
        if code:
            self.refuse(door, code)

    def refuse(self, door: Door, code: str) -> None:
        """Count a refusal of what is no command, or did not come so far as to be one."""
        code = code if PLAIN(code) else OTHER
        known = (door, code) in self.refusals or len(self.refusals) < CODES_MAX
        self.refusals[door, code if known else OTHER] += 1

    @contextmanager
    def timing(self, door: Door) -> Iterator[None]:
        """Count what the block does, with the error that it raises."""
        begun, code = time.perf_counter(), ""
        try:
            yield
        except WorldloomError as error:
            code, error.counted = error.code, True
            raise
        finally:
            self.count(door, time.perf_counter() - begun, code)
