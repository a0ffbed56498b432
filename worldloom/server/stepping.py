"""Adapters are other people's code on our one loop: no exit of theirs ends it, none spins in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any

from worldloom.kernel.errors import Misused
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.patience import Endless, Patience


class Stepped:
    """Runs a coroutine step by step, each of them within somebody's patience."""

    def __init__(self, patience: Patience, run: Coroutine[Any, Any, Any]) -> None:
        self._patience = patience
        self._run = run

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
                thrown = error
            else:
                thrown = None


async def perform(patience: Patience, call: Callable[[], Awaitable[Any]]) -> Any:
    """Return what an adapter answers; raises Misused where it would end or hold up the process."""

    async def run() -> Any:
        return await call()

    try:
        return await Stepped(patience, run())
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
