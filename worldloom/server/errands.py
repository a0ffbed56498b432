"""Requests on their way outside, as those who wait for them see them: how far, and what came of it.

What is kept of a request stands in the log; this is what happens meanwhile, and is lost with the
process.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Literal

from worldloom.kernel.errors import Conflict
from worldloom.kernel.followups import Pending
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.rights import Token

State = Literal["waiting", "done", "failed"]


@dataclass(eq=False)
class Errand:
    """One request that an adapter performs."""

    loop: asyncio.AbstractEventLoop
    state: State = "waiting"
    done: float = 0.0
    total: float | None = None
    text: str = ""
    said: bool = False
    """Whether its adapter has told anything yet."""
    answer: int = 0
    """The seq of the event that answered it, once it is durable."""
    task: asyncio.Task[None] | None = None
    """Who performs it just now."""
    cancelled: str = ""
    """Who took it back."""
    action: str = ""
    """The long action that asked for it; empty: it was none."""
    actor: str = ""
    """Who asked for it, as the log has it."""
    asker: Token | None = None
    """By what software it was asked for; None: a person did, or it is recalled."""
    recalled: bool = False
    """Whether only the log says who asked for it, from before the server started."""
    news: set[asyncio.Event] = field(default_factory=set)
    """Set whenever it got further."""

    def tell(self, done: float, total: float | None, text: str) -> None:
        """Take in how far it is, from whatever thread its adapter uses."""
        self.done, self.total, self.text, self.said = done, total, text, True
        self.loop.call_soon_threadsafe(self._stir)

    def end(self, state: State, answer: int) -> None:
        """Take in what came of it."""
        self.state, self.answer, self.task = state, answer, None
        self._stir()

    def _stir(self) -> None:
        for event in self.news:
            event.set()


class Errands:
    """The newest requests of all worlds."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._known: dict[tuple[str, int], Errand] = {}

    def of(self, world: str, seq: int) -> Errand | None:
        """Return a request that this process has performed, or still performs."""
        return self._known.get((world, seq))

    def waiting(self) -> list[tuple[str, int, Errand]]:
        """Return (world, seq, errand) of what is not answered yet."""
        return [
            (world, seq, errand)
            for (world, seq), errand in self._known.items()
            if errand.state == "waiting"
        ]

    def begin(self, pending: Pending) -> Errand:
        """Return the errand of a request that is performed, maybe once more."""
        key = (pending.world, pending.seq)
        errand = self._known.get(key)
        if errand is None:
            for old in [one for one, known in self._known.items() if known.state != "waiting"]:
                if len(self._known) < LIMITS.sockets_max:
                    break
                del self._known[old]
            self._known[key] = errand = Errand(
                self._loop, action=pending.long, actor=pending.actor,
                asker=pending.asker, recalled=pending.recalled,
            )  # fmt: skip
        return errand


def cancelled() -> Conflict:
    """Make the error by which a request ends that was taken back."""
    return Conflict("it was cancelled", "ask again", code="cancelled")
