"""The HTTP interface of worlds: list, state, log, actions; the same actions as on every door."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from worldloom.kernel.builtin import BUILT_IN
from worldloom.kernel.errors import Invalid, NotFound, NotSignedIn, OverLimit
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import LiveWorld, load_state
from worldloom.kernel.ports import Store
from worldloom.kernel.realm import Caller, Command
from worldloom.kernel.records import Record, describe, hidden, read
from worldloom.kernel.rights import Role, allowed, require
from worldloom.kernel.schema import is_private, plain
from worldloom.kernel.state import State
from worldloom.server.auth import Who, check_origin
from worldloom.server.house import House, display_name
from worldloom.server.replies import (
    PLAIN_HEADERS,
    Json,
    read_json,
    read_struct,
    whole_number,
)

SEQ_MAX = 2**40
EVENT_STREAM = "text/event-stream"
SILENCE_SECONDS = 15.0
"""How often a follower of a quiet log gets a comment, so that nothing between cuts the line."""


class NewWorld(msgspec.Struct, forbid_unknown_fields=True):
    """What a new world is made from."""

    name: str
    title: str = ""
    public: bool = True


class Api:
    """The endpoints under /api/worlds."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._engine = house.engine
        self._followers = 0

    # -- who and where -------------------------------------------------------------------------

    def _reader(self, request: Request) -> tuple[LiveWorld, Who, Role]:
        """Return the world that is asked for and what its reader is in it; raises."""
        who = self._house.doorkeeper.identify(request.headers)
        live = self._house.worlds.find(request.path_params["world"])
        role = self._house.role_in(who, live)
        require(role, Role.VISITOR, f"reading {live.name}", who.account)
        assert role is not None
        return live, who, role

    async def list_worlds(self, request: Request) -> Response:
        """List the worlds that the caller may enter, the first one first."""
        who = self._house.doorkeeper.identify(request.headers)
        cards = [
            {"name": live.name, "title": live.world.title, "public": live.world.public,
             "seq": live.durable_seq, "visitors": len(live.visitors)}
            for live in self._house.listed()
            if self._house.role_in(who, live) is not None
        ]  # fmt: skip
        return Json({"worlds": cards, "first": self._house.worlds.first})

    async def create(self, request: Request) -> Response:
        """Make a world; the realm's owner may."""
        who = self._house.doorkeeper.identify(request.headers)
        check_origin(request.headers, who)
        require(self._house.realm_role(who), Role.OWNER, "making a world", who.account)
        wish = await read_struct(request, NewWorld)
        if len(wish.title) > LIMITS.title_characters_max:
            raise Invalid("the title is too long", "shorten it", field="title")
        live = self._house.worlds.create(wish.name, wish.title, wish.public)
        await self._engine.durable(live.name)
        card = {"name": live.name, "title": live.world.title, "seq": live.durable_seq}
        return Json(card, 201, {"Location": f"/api/worlds/{live.name}"})

    async def world(self, request: Request) -> Response:
        """Tell where a world stands: seq, Merkle root, state hash. Keep the answer: it is proof."""
        live, _, _ = self._reader(request)
        state = live.state
        lineage = state.lineage
        card = {
            "name": live.name,
            "title": live.world.title,
            "public": live.world.public,
            "seq": live.seq,
            "head": live.head.hex(),
            "root": live.root().hex(),
            "state_hash": state.state_hash().hex(),
            "visitors": len(live.visitors),
            "lineage": None if lineage is None else msgspec.to_builtins(lineage),
        }
        await self._engine.durable(live.name)
        return Json(card)

    # -- state and log -------------------------------------------------------------------------

    async def state(self, request: Request) -> Response:
        """Return the whole public state, now or at a seq."""
        live, _, _ = self._reader(request)
        seq = whole_number(request, "seq", -1, 0, SEQ_MAX)
        if seq < 0:
            found = describe_state(live.state)
            await self._engine.durable(live.name)
            return Json(found)
        if seq > live.seq:
            raise NotFound(
                f"{live.name} has no seq {seq}", f"its newest is {live.seq}", code="no_seq"
            )
        await self._engine.durable(live.name)
        store, stream = self._engine.store, live.stream
        return Json(await asyncio.to_thread(_state_at, store, stream, seq))

    async def events(self, request: Request) -> Response:
        """Return records in order, or follow them live."""
        live, _, _ = self._reader(request)
        after = whole_number(request, "after", 0, 0, SEQ_MAX)
        limit = whole_number(request, "limit", 100, 1, LIMITS.events_page_max)
        if EVENT_STREAM in request.headers.get("accept", ""):
            last = request.headers.get("last-event-id", "")
            if last.isascii() and last.isdigit() and len(last) < 16:
                after = int(last)
            return self._follow(live, after)
        await self._engine.durable(live.name)
        if after > live.durable_seq:
            raise NotFound(
                f"{live.name} has no seq {after}", f"its newest is {live.durable_seq}",
                code="no_seq",
            )  # fmt: skip
        until = min(after + limit, live.durable_seq)
        found = read_page(self._engine.store, live.stream, after, until)
        return Json({"records": [describe_record(record) for record in found]})

    def _follow(self, live: LiveWorld, after: int) -> Response:
        if self._followers >= LIMITS.followers_max:
            raise OverLimit("too many follow the log", "try again", retry_after_seconds=5)
        headers = {**PLAIN_HEADERS, "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._lines(live.name, after), 200, headers, EVENT_STREAM)

    async def _lines(self, name: str, after: int) -> AsyncIterator[bytes]:
        self._followers += 1
        news = self._house.subscribe(name)
        try:
            yield b": worldloom\n\n"
            while not self._engine.stopping.is_set():
                news.clear()
                live = self._engine.world(name)
                until = min(live.durable_seq, after + LIMITS.events_page_max)
                for record in read_page(self._engine.store, live.stream, after, until):
                    data = msgspec.json.encode(describe_record(record))
                    yield b"id: %d\ndata: %s\n\n" % (record.seq, data)
                    after = record.seq
                if after >= live.durable_seq:
                    try:
                        await asyncio.wait_for(news.wait(), SILENCE_SECONDS)
                    except TimeoutError:
                        yield b": still here\n\n"
        finally:
            self._followers -= 1
            self._house.unsubscribe(name, news)

    # -- actions -------------------------------------------------------------------------------

    async def actions(self, request: Request) -> Response:
        """Return the JSON Schema of every action that the caller may do."""
        live, _, role = self._reader(request)
        return Json({"actions": list(describe_actions(live, role))})

    async def act(self, request: Request) -> Response:
        """Do an action and answer when it is durable."""
        live, who, role = self._reader(request)
        check_origin(request.headers, who)
        if not who.account:
            raise NotSignedIn(
                "nobody is signed in", "open the page first, or send Authorization: Bearer …"
            )
        self._house.pay(who.account)
        command = Command(
            live.name,
            request.path_params["action"],
            await read_json(request),
            Caller(who.account, display_name(who.account), "", role),
            key=request.headers.get("idempotency-key"),
        )
        decision = await self._engine.do(command)
        return Json({"seq": decision.seq, "result": decision.result})


def describe_state(state: State) -> dict[str, Any]:
    """Return the public state as JSON has it."""
    return {
        "seq": state.seq,
        "state_hash": state.state_hash().hex(),
        "entities": {
            f"e{id}": {
                "name": entity.name,
                "parent": None if entity.parent is None else f"e{entity.parent}",
                "components": {
                    name: plain(cell.data)
                    for name, cell in entity.cells.items()
                    if not is_private(name)
                },
            }
            for id, entity in sorted(state.entities.items())
        },
    }


def _state_at(store: Store, stream: int, seq: int) -> dict[str, Any]:
    return describe_state(load_state(store, stream, seq))


def describe_record(record: Record) -> dict[str, Any]:
    """Return a record as JSON has it; without its content where nobody may read it."""
    if hidden(record):
        return {"seq": record.seq, "hash": record.hash.hex(), "redacted": True}
    return {
        "seq": record.seq,
        "group": record.group,
        "time": record.time,
        "actor": record.actor,
        "cause": record.cause,
        "kind": record.kind,
        "version": record.version,
        "data": describe(record),
        "hash": record.hash.hex(),
    }


def read_page(store: Store, stream: int, after: int, until: int) -> Iterator[Record]:
    """Yield the records after < seq <= until, wherever in a group the page begins."""
    if until <= after:
        return
    first = next(iter(store.records(stream, after, after + 1)), None)
    if first is None:
        return
    # Only a group's first record names who and when: reading starts there.
    offset = int(msgspec.msgpack.decode(first[1])[1])
    for record in read(store.records(stream, after - offset, until)):
        if record.seq > after:
            yield record


def describe_actions(live: LiveWorld, role: Role) -> Iterator[dict[str, Any]]:
    """Yield what a role may do in a world."""
    for action in {**BUILT_IN, **live.world.actions}.values():
        if allowed(role, action.role):
            yield {
                "name": action.name,
                "doc": action.doc,
                "role": str(action.role),
                "schema": action.schema,
            }
