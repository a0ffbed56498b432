"""Adapters are other people's code on our one loop: no exit of theirs ends it, none spins in it."""

from __future__ import annotations

import asyncio
import ctypes
import logging
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any

from worldloom.kernel.errors import Misused
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.patience import Endless, Patience

log = logging.getLogger("worldloom.engine")


class Stepped:
    """Runs a coroutine step by step, each of them within somebody's patience."""

    def __init__(self, patience: Patience, run: Coroutine[Any, Any, Any]) -> None:
        self._patience = patience
        self._run = run
        self._left = False

    def __await__(self) -> Generator[Any, None, Any]:
        """Take the coroutine's steps; raises Endless from within one that has no end."""
        thrown: BaseException | None = None
        while True:
            self._patience.begins()
            try:
                waits = self._run.send(None) if thrown is None else self._run.throw(thrown)
            except StopIteration as end:
                return end.value
            finally:
                self._patience.ends()
            try:
                yield waits
            except BaseException as error:  # cancelled, or what it waited for failed
                if self._left:
                    raise
                thrown = error
            else:
                thrown = None

    def leave(self) -> None:
        """Let it be stopped where it waits by what it is told next."""
        self._left = True
        # Freed, a coroutine is closed, which is its author's code once more and has no end either.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._run))


async def perform(
    patience: Patience, call: Callable[[], Awaitable[Any]], seconds: float, name: str
) -> Any:
    """Return what an adapter or a feed answers in time; raises TimeoutError, else what it does.

    `seconds`: how long it may take; `name`: how the log calls it. Raises Misused where it would
    end or hold up the process. One that does not end when it is
    told to is left where it waits: neither who takes it back nor the end of the server waits.
    """

    async def run() -> Any:
        return await call()

    stepped = Stepped(patience, run())
    task = asyncio.create_task(_whole(stepped))
    try:
        await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        if not task.done():  # else it came too late, and the answer counts
            await _end(task, stepped, name)
            raise
    if not task.done():
        await _end(task, stepped, name)
        raise TimeoutError
    return task.result()


async def _whole(stepped: Stepped) -> Any:
    try:
        return await stepped
    except Endless:
        raise Misused(
            f"an adapter held everything up for {LIMITS.handler_seconds_max:g} seconds",
            "wait by `await`, and hand what blocks to asyncio.to_thread",
            code="overdue",
        ) from None
    except (SystemExit, KeyboardInterrupt) as error:
        raise Misused(
            f"an adapter ended by {type(error).__name__}", "return an answer, or raise an Exception"
        ) from error


async def _end(task: asyncio.Task[Any], stepped: Stepped, name: str) -> None:
    """Tell an adapter to end, and give it a moment to clear up."""
    task.add_done_callback(_hear)
    task.cancel()
    try:
        await asyncio.wait({task}, timeout=LIMITS.adapter_end_seconds_max)
    finally:
        if not task.done():
            log.error("%s does not end when it is told to, and is left", name)
            stepped.leave()
            task.cancel()


def _hear(task: asyncio.Task[Any]) -> None:
    """Take what came of it, which nobody waits for."""
    if not task.cancelled():
        task.exception()
