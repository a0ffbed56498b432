"""Other people's code that may never come to its end: run beside us, told to stop, left behind."""

from __future__ import annotations

import asyncio
import ctypes
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TypeVar

from worldloom.kernel.limits import LIMITS

T = TypeVar("T")


class Overdue(Exception):
    """Raised inside code that took too long, wherever it is just then."""


async def in_time(run: Callable[[], T], seconds: float) -> T:
    """Run a function in a thread of its own; raises TimeoutError when it takes too long.

    It is then stopped at its next line of Python. Nothing waits for its thread, not even the end
    of the process: what hangs inside a system call cannot be stopped from outside.
    """
    done: Future[T] = Future()
    thread = threading.Thread(target=settle, args=(done, run), name="author", daemon=True)
    thread.start()
    told = asyncio.wrap_future(done)
    try:
        return await asyncio.wait_for(told, seconds)
    except TimeoutError:
        if not told.cancelled():  # it raised one of its own
            raise
        if not thread.is_alive():  # its number may be another thread's by now
            raise
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident or 0), ctypes.py_object(Overdue)
        )
        raise


def settle(future: Future[T], run: Callable[[], T]) -> None:
    """Let a future have what came of a call, unless it was called off before."""
    if not future.set_running_or_notify_cancel():
        return
    try:
        found = run()
    except BaseException as error:  # it belongs to who waits for it
        future.set_exception(error)
    else:
        future.set_result(found)


@contextmanager
def told_when_slow(what: str) -> Iterator[None]:
    """Say on the terminal that something takes long, so that nobody waits for a silent process."""

    def tell() -> None:
        print(f"{what} is still loading; is there a loop without end?", file=sys.stderr, flush=True)

    timer = threading.Timer(LIMITS.load_seconds_max, tell)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
