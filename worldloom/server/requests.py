"""How far something long is that was asked of the outside, and taking it back.

`/api/worlds/{w}/requests/{seq}` is one of them, `/api/auth/requests` those of one's agents.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from worldloom.kernel.agents import person_of
from worldloom.kernel.errors import NotAllowed
from worldloom.kernel.live import LiveWorld
from worldloom.kernel.records import SEQ_MAX
from worldloom.kernel.rights import Standing
from worldloom.server.api import read_page, told_record
from worldloom.server.approvals import decides
from worldloom.server.auth import Who, check_origin, check_self
from worldloom.server.errands import Errand
from worldloom.server.house import House
from worldloom.server.long import check_may_cancel, find_request
from worldloom.server.proofs import Reader
from worldloom.server.replies import Json, read_whole
from worldloom.server.stopped import is_agents, tokens_of


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
        self._house.pay(who.account, request)
        seq = await self._seq(request, live)
        try:
            check_may_cancel(self._engine, live, seq, standing)
        except NotAllowed as error:
            await self._house.audit.refused(live.name, standing, "cancel", error, ours=True)
            raise
        await self._engine.cancel(live.name, seq, standing.actor)
        return Json(told_request(self._house, live, seq, who, standing))

    async def listed(self, request: HttpRequest) -> Response:
        """List what agents still wait for: the caller's, and those in worlds that they own."""
        who = self._house.doorkeeper.identify(request.headers)
        check_self(who, "a list of what agents wait for")
        realm = self._engine.realm
        found = [
            self._told(world, seq, errand)
            for world, seq, errand in self._engine.errands.waiting()
            if errand.action
            and is_agents(realm.people, errand)
            and decides(realm, who, person_of(errand.actor), world)
        ]
        return Json({"requests": found})

    def _told(self, world: str, seq: int, errand: Errand) -> dict[str, Any]:
        """Return a request with the name of the agent that waits for it."""
        account, token = person_of(errand.actor), errand.asker
        ids = tokens_of(self._house.engine.realm.people, errand.actor) if token is None else []
        by = token.id if token is not None else (ids or [""])[-1]
        return {
            "world": world, "account": account, "name": self._house.called_by(account, by),
            "action": errand.action, **_far(seq, errand),
        }  # fmt: skip

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
        told |= _far(seq, errand)
        if errand.answer:
            after = errand.answer - 1
            (record,) = read_page(engine.store, live.stream, after, errand.answer)
            told["answer"] = told_record(house, record, who, standing)
    elif seq in live.follow.open:
        told["state"] = "waiting"
    return told


def _far(seq: int, errand: Errand) -> dict[str, Any]:
    return {"seq": seq, "state": errand.state, "done": errand.done, "total": errand.total,
            "text": errand.text}  # fmt: skip
