"""What takes long, as who asked for it holds it: `Task`, and `AsyncTask` for asyncio.

with Client(token="…") as realm:
task = realm.world("boiler").begin("heat", rooms=3)
task.wait(lambda far: print(far.done, far.total, far.text))
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

from worldloom.kernel.errors import Unavailable
from worldloom.kernel.progress import Far, answers, far
from worldloom.remote import questions

LOOK_SECONDS: Final = 0.2
"""How long it rests between two looks."""


Watcher = Callable[[Far], object]
"""Hears how far it is, whenever it got further."""


class Asks(Protocol):
    """How a question is asked."""

    def __call__(self, question: questions.Question) -> Any:
        """Return the answer's JSON; raises WorldloomError."""
        ...


class _Watched:
    """What both kinds of tasks know."""

    def __init__(self, world: str, answer: Mapping[str, Any]) -> None:
        self.world = world
        self.result: Any = answer["result"]
        """What the action itself returned, at once."""
        self.requests: tuple[int, ...] = tuple(answer.get("requests", ()))
        """The seqs of what it asks of the outside; none of what is not long."""

    def _questions(self, make: Callable[[str, int], questions.Question]) -> Any:
        return [make(self.world, seq) for seq in self.requests]


class Task(_Watched):
    """Something long that goes on outside."""

    def __init__(self, ask: Asks, world: str, answer: Mapping[str, Any]) -> None:
        super().__init__(world, answer)
        self._ask = ask

    def look(self) -> list[dict[str, Any]]:
        """Return {seq, state, done, total, text} of each request, with `answer` once it ended."""
        return [self._ask(one) for one in self._questions(questions.request)]

    def cancel(self) -> list[dict[str, Any]]:
        """Take it back, as far as it is not answered yet; return what `look` does."""
        return [self._ask(one) for one in self._questions(questions.cancel)]

    def wait(
        self, progress: Watcher | None = None, timeout: float | None = None
    ) -> list[dict[str, Any]]:
        """Wait until it ended; return the records that answer it.

        Whoever stops waiting by Ctrl-C takes it back. Raises Conflict with the code by which it
        failed (`cancelled` where it was taken back), Unavailable (`timed_out`) after `timeout`
        seconds.
        """
        watch, ends = _Watch(progress), None if timeout is None else time.monotonic() + timeout
        try:
            while not watch.ended(looks := self.look()):
                if ends is not None and time.monotonic() >= ends:
                    raise too_late(timeout)
                time.sleep(LOOK_SECONDS)
        except KeyboardInterrupt:
            self.cancel()
            raise
        return answers(looks)


class AsyncTask(_Watched):
    """Something long that goes on outside, for asyncio."""

    def __init__(
        self,
        ask: Callable[[questions.Question], Awaitable[Any]],
        world: str,
        answer: Mapping[str, Any],
    ) -> None:
        super().__init__(world, answer)
        self._ask = ask

    async def look(self) -> list[dict[str, Any]]:
        """Return {seq, state, done, total, text} of each request, with `answer` once it ended."""
        return [await self._ask(one) for one in self._questions(questions.request)]

    async def cancel(self) -> list[dict[str, Any]]:
        """Take it back, as far as it is not answered yet; return what `look` does."""
        return [await self._ask(one) for one in self._questions(questions.cancel)]

    async def wait(
        self, progress: Watcher | None = None, timeout: float | None = None
    ) -> list[dict[str, Any]]:
        """Wait until it ended; return the records that answer it.

        Whoever cancels the waiting takes it back. Raises as `Task.wait` does.
        """
        watch, ends = _Watch(progress), None if timeout is None else time.monotonic() + timeout
        try:
            while not watch.ended(looks := await self.look()):
                if ends is not None and time.monotonic() >= ends:
                    raise too_late(timeout)
                await asyncio.sleep(LOOK_SECONDS)
        except asyncio.CancelledError:
            await asyncio.shield(self.cancel())
            raise
        return answers(looks)


class _Watch:
    """Tells a watcher what is news."""

    def __init__(self, progress: Watcher | None) -> None:
        self._progress = progress
        self._told: Far | None = None

    def ended(self, looks: list[dict[str, Any]]) -> bool:
        """Take in a look; say whether nothing is waited for any more."""
        told = far(looks)
        if self._progress is not None and looks and told != self._told:
            self._told = told
            self._progress(told)
        return all(one["state"] != "waiting" for one in looks)


def too_late(seconds: float | None) -> Unavailable:
    """Make the error for what nobody waits for any longer."""
    return Unavailable(f"it has not ended in {seconds} seconds", "wait longer", code="timed_out")
