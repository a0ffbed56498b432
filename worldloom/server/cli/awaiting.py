"""`loom do` of something long: its progress on stderr, and Ctrl-C takes it back."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import Any

from worldloom.kernel.progress import Far, answers, far
from worldloom.server.cli.door import Door

LOOK_SECONDS = 0.2
"""How long it rests between two looks."""
CLEAR_LINE = "\r\x1b[K"


def await_all(door: Door, world: str, requests: Sequence[int], token: str) -> list[dict[str, Any]]:
    """Wait for all requests of an action; return the records that answer them.

    Raises Conflict where one failed, `cancelled` after Ctrl-C.
    """
    line = Line()
    try:
        looks = _look(door, world, requests, token)
        while any(one["state"] == "waiting" for one in looks):
            line.show(far(looks))
            time.sleep(LOOK_SECONDS)
            looks = _look(door, world, requests, token)
    except KeyboardInterrupt:
        looks = [door.cancel(world, seq, token) for seq in requests]
    finally:
        line.end()
    return answers(looks)


def _look(door: Door, world: str, requests: Sequence[int], token: str) -> list[dict[str, Any]]:
    return [door.request(world, seq, token) for seq in requests]


class Line:
    """One line on stderr that is written over; where that is no terminal, a line for each news."""

    def __init__(self) -> None:
        self._told = ""
        self._over = sys.stderr.isatty()

    def show(self, told: Far) -> None:
        """Show how far it is, if that is news."""
        text = words(told)
        if text and text != self._told:
            self._told = text
            end = "" if self._over else "\n"
            print(f"{CLEAR_LINE if self._over else ''}{text}", end=end, file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave the line empty, for what comes of it."""
        if self._over and self._told:
            print(CLEAR_LINE, end="", file=sys.stderr, flush=True)


def words(told: Far) -> str:
    """Return how far something is as one line: `3 of 10: rooms heated`."""
    number = f"{told.done:g}" if told.total is None else f"{told.done:g} of {told.total:g}"
    text = "".join(sign if sign.isprintable() else " " for sign in told.text)
    if told.total is None and not told.done:
        return text
    return f"{number}: {text}" if text else number
