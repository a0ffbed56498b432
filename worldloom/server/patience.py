"""Other people's code that may never come to its end: run beside us, told to stop, left behind."""

from __future__ import annotations

import asyncio
import ctypes
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from worldloom.kernel.limits import LIMITS

T = TypeVar("T")


class Overdue(Exception):
    """Raised inside code that took too long, wherever it is just then."""


async def in_time(run: Callable[[], T], seconds: float) -> T:
    """Run a function in a thread of its own; raises TimeoutError when it takes too long.

    It is then stopped at its next line of Python. Nothing waits for its thread, not even the end
    of the process: what hangs inside a system call cannot be stopped from outside.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def work() -> None:
        try:
            found = run()
        except BaseException as error:
            _tell(loop, done.set_exception, done, error)
        else:
            _tell(loop, done.set_result, done, found)

    thread = threading.Thread(target=work, name="author", daemon=True)
    thread.start()
    try:
        return await asyncio.wait_for(asyncio.shield(done), seconds)
    except TimeoutError:
        if done.done():  # it raised one of its own
            raise
        done.cancel()
        if not thread.is_alive():  # its number may be another thread's by now
            raise
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident or 0), ctypes.py_object(Overdue)
        )
        raise


def _tell(
    loop: asyncio.AbstractEventLoop,
    settle: Callable[[T], None],
    done: asyncio.Future[Any],
    value: T,
) -> None:
    def settle_once() -> None:
        if not done.done():
            settle(value)

    if not loop.is_closed():
        loop.call_soon_threadsafe(settle_once)


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
