"""The HTTP interface of proofs: one record's place in the log, two lengths of it, a signed head."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from worldloom.kernel.errors import Invalid
from worldloom.kernel.live import LiveWorld
from worldloom.kernel.records import SEQ_MAX
from worldloom.kernel.rights import Standing
from worldloom.ledger.prover import Prover
from worldloom.server.auth import Who
from worldloom.server.house import House
from worldloom.server.replies import PLAIN_HEADERS, Json, asked_seq, read_whole

Reader = Callable[[Request], tuple[LiveWorld, Who, Standing]]
"""Returns the world that is asked for and what its reader is in it; raises."""


class Proofs:
    """The endpoints /api/worlds/{world}/proof and /checkpoint; whoever may read the log may ask."""

    def __init__(self, house: House, prover: Prover, reader: Reader) -> None:
        self._house = house
        self._prover = prover
        self._reader = reader

    async def checkpoint(self, request: Request) -> Response:
        """Return the signed head of the durable log, in the form of c2sp.org/tlog-checkpoint."""
        name = await self._durable(request)
        return _text(await asyncio.to_thread(self._prover.checkpoint, name))

    async def record(self, request: Request) -> Response:
        """Prove that a record stands in the log; as text in the form of c2sp.org/tlog-proof."""
        seq = read_whole(request.path_params["seq"], "seq", 0, SEQ_MAX, "ask for …/proof/1")
        size = asked_seq(request, "size", -1, 1)
        name = await self._durable(request)
        prove = self._prover.inclusion
        found = await asyncio.to_thread(prove, name, seq, None if size < 0 else size)
        if request.headers.get("accept", "").startswith("text/plain"):
            return _text(found.text())
        return Json(found)

    async def growth(self, request: Request) -> Response:
        """Prove that the log at one length continues the log at an earlier one."""
        first = asked_seq(request, "from", -1)
        second = asked_seq(request, "to", -1)
        if first < 0:
            raise Invalid("from is missing", "send ?from=0", field="from")
        name = await self._durable(request)
        prove = self._prover.consistency
        found = await asyncio.to_thread(prove, name, first, None if second < 0 else second)
        return Json(found)

    async def _durable(self, request: Request) -> str:
        """Return the name of the world that is asked for; all that was seen of it is on disk."""
        live, _, _ = self._reader(request)
        await self._house.engine.durable(live.name)
        return live.name


def _text(text: str) -> Response:
    headers = {**PLAIN_HEADERS, "Cache-Control": "no-store"}
    return Response(text, 200, headers, "text/plain; charset=utf-8")
