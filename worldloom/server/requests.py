"""`/api/worlds/{w}/requests/{seq}`: how far something long is that was asked of the outside."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from worldloom.kernel.errors import NotAllowed
from worldloom.kernel.live import LiveWorld
from worldloom.kernel.records import SEQ_MAX
from worldloom.kernel.rights import Standing
from worldloom.server.api import read_page, told_record
from worldloom.server.auth import Who, check_origin
from worldloom.server.house import House
from worldloom.server.long import check_may_cancel, find_request
from worldloom.server.proofs import Reader
from worldloom.server.replies import Json, read_whole


class RequestsApi:
    """The endpoints."""

    def __init__(self, house: House, reader: Reader) -> None:
        self._house = house
        self._engine = house.engine
        self._reader = reader

    async def show(self, request: HttpRequest) -> Response:
        """Tell how far a request is, and what came of it."""
        live, who, standing = self._reader(request)
        seq = await self._seq(request, live)
        return Json(told_request(self._house, live, seq, who, standing))

    async def cancel(self, request: HttpRequest) -> Response:
        """Take a request back, as long as it is not answered; the log says that it was."""
        live, who, standing = self._reader(request)
        check_origin(request.headers, who)
        self._house.pay(who.account)
        seq = await self._seq(request, live)
        try:
            check_may_cancel(self._engine, live, seq, standing)
        except NotAllowed as error:
            await self._house.audit.refused(live.name, standing, "cancel", error, ours=True)
            raise
        await self._engine.cancel(live.name, seq, standing.actor)
        return Json(told_request(self._house, live, seq, who, standing))

    async def _seq(self, request: HttpRequest, live: LiveWorld) -> int:
        """Return the seq of a request of this world; raises NotFound, Invalid."""
        text = request.path_params["seq"]
        seq = read_whole(text, "seq", 1, SEQ_MAX, "the answer of the action names it")
        await self._engine.durable(live.name)
        find_request(self._engine, live, seq)
        return seq


def told_request(
    house: House, live: LiveWorld, seq: int, who: Who, standing: Standing
) -> dict[str, Any]:
    """Return what is told of a request: `settled` where only the log knows what came of it."""
    engine = house.engine
    errand = engine.errands.of(live.name, seq)
    told: dict[str, Any] = {"seq": seq, "state": "settled", "done": 0, "total": None, "text": ""}
    if errand is not None:
        told |= {"state": errand.state, "done": errand.done, "total": errand.total,
                 "text": errand.text}  # fmt: skip
        if errand.answer:
            after = errand.answer - 1
            (record,) = read_page(engine.store, live.stream, after, errand.answer)
            told["answer"] = told_record(house, record, who, standing)
    elif seq in live.follow.open:
        told["state"] = "waiting"
    return told
