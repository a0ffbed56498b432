"""The event loop and the memory of a process that serves a realm."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

COLLECT_AFTER: Final = 10_000
"""Objects made before the garbage collector looks; a command makes forty, which free themselves."""

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end on uvloop, or on the standard loop where there is none."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(main)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


def settle_memory() -> None:
    """Leave all that is there now out of garbage collection, and collect less often.

    Measured: with the usual settings the collector takes 2 of 30 µs of every command.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 50)
