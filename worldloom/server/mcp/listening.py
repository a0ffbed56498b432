"""`subscriptions/listen`: one stream that tells when what an agent reads has changed.

It says that something is new and never what: the agent reads `events/after/{seq}`, which has no gap
and which it may read again after a line was cut. Only the newest generation of the protocol has it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec
from starlette.responses import Response, StreamingResponse

from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.server.api import EVENT_STREAM, patience_with
from worldloom.server.mcp.asking import Asked
from worldloom.server.mcp.resources import parse
from worldloom.server.mcp.rpc import BAD_PARAMS, NO_METHOD, REFUSED, Call, NoResult
from worldloom.server.replies import PLAIN_HEADERS

ID_KEY: Final = "io.modelcontextprotocol/subscriptionId"
FIXED: Final = frozenset({"summary", "text", "state", "events"})
"""What is another as soon as the log grows."""
REST_SECONDS: Final = 0.1
"""How long it rests between two tellings: a busy world is told of ten times a second."""


async def listen(asked: Asked, call: Call) -> Response:
    """Open the stream; raises NoResult, NotAllowed, OverLimit."""
    if not call.stateless:
        raise NoResult(NO_METHOD, "subscriptions/listen is of version 2026-07-28")
    wanted = call.params.get("notifications")
    addresses = wanted.get("resourceSubscriptions", []) if isinstance(wanted, dict) else None
    if not isinstance(addresses, list) or not all(isinstance(one, str) for one in addresses):
        raise NoResult(BAD_PARAMS, "params.notifications.resourceSubscriptions must be a list")
    await asked.read()
    asked.house.news.check_may_follow(asked.who.account)
    wished = dict.fromkeys(addresses[: LIMITS.agent_things_max])
    known = [one for one in wished if _tellable(asked, one)]
    headers = {**PLAIN_HEADERS, "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_lines(asked, call, known), 200, headers, EVENT_STREAM)


def _tellable(asked: Asked, address: str) -> bool:
    """Tell whether an address is one that changes, and of this world."""
    found = parse(asked, address)
    return found is not None and (found[0] in FIXED or found[0] == "entity" and bool(found[1]))


async def _lines(asked: Asked, call: Call, addresses: list[str]) -> AsyncIterator[bytes]:
    engine, name = asked.engine, asked.world
    meta = {"_meta": {ID_KEY: call.id}}
    with asked.house.news.followed(name, asked.who.account) as news:
        honoured = {"resourceSubscriptions": addresses} if addresses else {}
        taken = {"notifications": honoured, **meta}
        yield frame(method="notifications/subscriptions/acknowledged", params=taken)
        after, before = engine.world(name).durable_seq, _entities(asked, addresses)
        while not engine.stopping.is_set():
            news.clear()
            live = asked.live = engine.world(name)
            try:
                asked.check_reads()
            except WorldloomError as error:
                yield frame(id=call.id, error={"code": REFUSED, "message": error.code})
                return
            if live.durable_seq > after:
                after, now = live.durable_seq, _entities(asked, addresses)
                # At once: each piece that is sent costs more than all that stands in it.
                told = b"".join(
                    frame(method="notifications/resources/updated", params={"uri": one, **meta})
                    for one in addresses
                    if one not in now or now[one] is not before.get(one)
                )
                if told:
                    yield told
                before = now
                await asyncio.sleep(REST_SECONDS)
                continue
            try:
                await asyncio.wait_for(news.wait(), patience_with(asked.who))
            except TimeoutError:
                yield b": still here\n\n"
        yield frame(id=call.id, result={"resultType": "complete", **meta})


def _entities(asked: Asked, addresses: list[str]) -> dict[str, Any]:
    """Return address → entity as it is now: one is replaced where it changes."""
    state = asked.live.state
    found: dict[str, Any] = {}
    for address in addresses:
        kind, rest = parse(asked, address) or ("", "")
        if kind == "entity":
            digits = rest[1:] if rest[:1] == "e" and rest.isascii() else ""
            id = int(digits) if digits.isdigit() else None
            id = id if id in state.entities else state.by_name.get(rest)
            found[address] = None if id is None else state.entities.get(id)
    return found


def frame(**message: Any) -> bytes:
    """Return a message as a stream of events carries it."""
    return b"event: message\ndata: %s\n\n" % msgspec.json.encode({"jsonrpc": "2.0", **message})
