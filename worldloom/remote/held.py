"""A deed that waits for a person's word, as the program holds it that asked for it.

held = world.do.pay(to="ada")
held.wait(timeout=3600)     # what it returned, once somebody said yes
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from worldloom.kernel.errors import Conflict, NotAllowed
from worldloom.remote import questions
from worldloom.remote.tasks import Asks, too_late

LOOK_SECONDS: Final = 1.0
"""How long it rests between two looks: a person needs longer."""


class _Waiting:
    """What both kinds know."""

    def __init__(self, id: str) -> None:
        self.id = id
        """By which a person says yes: `loom approve ID`, or on the page."""

    def __repr__(self) -> str:
        return f"<waits for a person's word: loom approve {self.id}>"


class Held(_Waiting):
    """It waits; nothing is done yet."""

    def __init__(self, ask: Asks, id: str) -> None:
        super().__init__(id)
        self._ask = ask

    def look(self) -> dict[str, Any]:
        """Return {state, does, cost, …}, with `result` once it is done."""
        found: dict[str, Any] = self._ask(questions.approval(self.id))
        return found

    def wait(self, timeout: float | None = None) -> Any:
        """Return what the deed returned, once a person said yes.

        Raises NotAllowed (`denied`, `expired`), Conflict with the code by which it failed, and
        Unavailable (`timed_out`) after `timeout` seconds.
        """
        ends = None if timeout is None else time.monotonic() + timeout
        while (told := self.look())["state"] == "waiting":
            if ends is not None and time.monotonic() >= ends:
                raise too_late(timeout)
            time.sleep(LOOK_SECONDS)
        return _came_of(told)


class AsyncHeld(_Waiting):
    """It waits, for asyncio; nothing is done yet."""

    def __init__(self, ask: Callable[[questions.Question], Awaitable[Any]], id: str) -> None:
        super().__init__(id)
        self._ask = ask

    async def look(self) -> dict[str, Any]:
        """Return {state, does, cost, …}, with `result` once it is done."""
        found: dict[str, Any] = await self._ask(questions.approval(self.id))
        return found

    async def wait(self, timeout: float | None = None) -> Any:
        """Return what the deed returned, once a person said yes; raises as `Held.wait` does."""
        ends = None if timeout is None else time.monotonic() + timeout
        while (told := await self.look())["state"] == "waiting":
            if ends is not None and time.monotonic() >= ends:
                raise too_late(timeout)
            await asyncio.sleep(LOOK_SECONDS)
        return _came_of(told)


def _came_of(told: Mapping[str, Any]) -> Any:
    state = told["state"]
    if state == "done":
        return told["result"]
    if state == "failed":
        raise Conflict("it was approved, and is refused by now", "ask anew", code=told["code"])
    raise NotAllowed(f"it was not approved: {state}", "ask its person", code=state)
