"""A world's whole public state over HTTP: now, or as it was at any seq.

To read and write a large state takes a tenth of a second of Python. It is done beside the loop and
a few at a time: however many ask, the live worlds go on and other doors find a thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import LiveWorld, load_state
from worldloom.kernel.missing import no_seq
from worldloom.kernel.rights import Standing
from worldloom.kernel.schema import is_private, plain
from worldloom.kernel.state import State
from worldloom.server.auth import Who
from worldloom.server.engine import Engine
from worldloom.server.replies import PLAIN_HEADERS, Json, asked_seq
from worldloom.sync.rows import Still, whole_snapshot

MSGPACK = "application/vnd.msgpack"
T = TypeVar("T")
Reader = Callable[[Request], tuple[LiveWorld, Who, Standing]]
"""Returns the world that is asked for and what its reader is in it; raises."""


class States:
    """The endpoint /api/worlds/{world}/state; whoever may read the log may ask."""

    def __init__(self, engine: Engine, reader: Reader) -> None:
        self._engine = engine
        self._reader = reader
        self._turns = asyncio.Semaphore(LIMITS.large_reads_max)

    async def show(self, request: Request) -> Response:
        """Return the whole public state, now or at a seq; as a snapshot's bytes where asked."""
        live, _, _ = self._reader(request)
        seq = asked_seq(request, "seq", -1)
        answer = packed if MSGPACK in request.headers.get("accept", "") else written
        if seq >= 0:
            return await self.at(live, seq, lambda then: answer(Still.of(then)))
        now = Still.of(live.state)
        await self._engine.durable(live.name)
        async with self._turns:
            return await asyncio.to_thread(answer, now)

    async def at(self, live: LiveWorld, seq: int, tell: Callable[[State], T]) -> T:
        """Return what is told, in a thread, of a world at a seq; raises NotFound past the head."""
        if seq > live.seq:
            raise no_seq(live.name, seq, live.seq)
        await self._engine.durable(live.name)
        store, stream = self._engine.store, live.stream
        async with self._turns:
            return await asyncio.to_thread(lambda: tell(load_state(store, stream, seq)))


def describe_state(state: State) -> dict[str, Any]:
    """Return the public state as JSON has it."""
    return described(Still.of(state))


def described(now: Still) -> dict[str, Any]:
    """Return a state's picture as JSON has it."""
    return {
        "seq": now.seq,
        "state_hash": now.state_hash.hex(),
        "entities": {
            f"e{entity.id}": {
                "name": entity.name,
                "parent": None if entity.parent is None else f"e{entity.parent}",
                "components": {
                    name: plain(cell.data)
                    for name, cell in entity.cells.items()
                    if not is_private(name)
                },
            }
            for entity in sorted(now.entities, key=lambda one: one.id)
        },
    }


def written(now: Still) -> Response:
    """Answer with a state as JSON."""
    return Json(described(now))


def packed(now: Still) -> Response:
    """Answer with a state as the live socket's snapshot message, from which its hash follows."""
    headers = {**PLAIN_HEADERS, "Cache-Control": "no-store", "Vary": "Accept"}
    return Response(whole_snapshot(now), 200, headers, MSGPACK)
