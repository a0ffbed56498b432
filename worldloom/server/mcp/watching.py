"""A long call on a stream: how far it is, then its result; closing the stream takes it back.

It ends, and what was asked for is taken back, also when who called may not call any more.
That is how 2026-07-28 has it (progress, cancellation), for whoever sends a `progressToken`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import Any, Final

import msgspec
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from worldloom.kernel.errors import WorldloomError
from worldloom.server.api import EVENT_STREAM, patience_with
from worldloom.server.errands import Errand
from worldloom.server.long import check_may_ask
from worldloom.server.mcp.asking import Asked
from worldloom.server.mcp.listening import frame
from worldloom.server.mcp.rpc import REFUSED, Call
from worldloom.server.mcp.untrusted import KEY, Room
from worldloom.server.replies import PLAIN_HEADERS
from worldloom.server.requests import told_request

TOKEN: Final = "progressToken"
REST_SECONDS: Final = 0.1
"""How long it rests between two tellings."""


def watches(call: Call) -> bool:
    """Tell whether a caller wants to hear how far its call is."""
    token = call.meta.get(TOKEN)
    return call.stateless and type(token) in (str, int)


def watch(asked: Asked, call: Call, found: dict[str, Any]) -> Response:
    """Open the stream on which a call is answered; raises OverLimit."""
    asked.house.news.check_may_follow(asked.who.account)
    return _Watched(asked, call, found)


class _Watched(StreamingResponse):
    """The stream, and what its end takes back."""

    def __init__(self, asked: Asked, call: Call, found: dict[str, Any]) -> None:
        self._asked = asked
        self._actor = asked.standing.actor
        headers = {**PLAIN_HEADERS, "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(_lines(asked, call, found), 200, headers, EVENT_STREAM)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; who hung up, even before the first line, or was stopped, takes it back."""
        engine, asked = self._asked.engine, self._asked
        try:
            await super().__call__(scope, receive, send)
        finally:
            if not asked.answered and not engine.stopping.is_set():
                for seq in asked.requests:  # nobody waits for that
                    engine.cancel_soon(asked.world, seq, self._actor)


async def _lines(asked: Asked, call: Call, found: dict[str, Any]) -> AsyncIterator[bytes]:
    engine, world, token = asked.engine, asked.world, call.meta[TOKEN]
    errands, told = [one for one in map(asked.errand, asked.requests) if one is not None], -1.0
    with asked.house.news.followed(world, asked.who.account) as news, ExitStack() as ends:
        for errand in errands:
            errand.news.add(news)
            ends.callback(errand.news.discard, news)
        yield b": worldloom\n\n"
        while True:
            news.clear()
            try:
                asked.live = engine.world(world)
                check_may_ask(engine, asked.live, asked.action, asked.standing)
            except WorldloomError as error:
                yield frame(id=call.id, error={"code": REFUSED, "message": error.code})
                return
            if engine.stopping.is_set() or all(one.state != "waiting" for one in errands):
                break
            done = sum(one.done for one in errands)
            if done > told and any(one.said for one in errands):
                told = done
                yield frame(method="notifications/progress", params=_far(token, errands))
                await asyncio.sleep(REST_SECONDS)
                continue
            try:
                await asyncio.wait_for(news.wait(), patience_with(asked.who))
            except TimeoutError:
                yield b": still here\n\n"
        asked.answered = True
        yield frame(id=call.id, result={"resultType": "complete", **_with_answers(asked, found)})


def _far(token: str | int, errands: list[Errand]) -> dict[str, Any]:
    """Return how far all requests of a call are together."""
    totals = [one.total for one in errands]
    told: dict[str, Any] = {TOKEN: token, "progress": sum(one.done for one in errands)}
    if None not in totals:
        told["total"] = sum(one or 0.0 for one in totals)
    said = "; ".join(one.text for one in errands if one.text)
    if said:
        told["_meta"] = {KEY: {"message": Room().text(said)}}
    return told


def _with_answers(asked: Asked, found: dict[str, Any]) -> dict[str, Any]:
    """Return a tool's result with what came of its requests."""
    content, room = dict(found["structuredContent"]), Room()
    live, who, standing = asked.live, asked.who, asked.standing
    answers = [told_request(asked.house, live, seq, who, standing) for seq in asked.requests]
    plain = [{"seq": one["seq"], "state": one["state"]} for one in answers]
    said = [room.value(one.get("answer", {}).get("data")) for one in answers]
    content["answers"] = plain
    content[KEY] = {**content.get(KEY, {}), "answers": said}
    text = msgspec.json.encode(content).decode()
    shown = [{"type": "text", "text": text}]
    return {**found, "content": shown, "structuredContent": content}
