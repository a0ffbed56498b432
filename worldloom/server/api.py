"""The HTTP interface of worlds: list, log, actions; the same actions as on every door."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from worldloom.kernel.actions import Action
from worldloom.kernel.builtin import BUILT_IN
from worldloom.kernel.errors import NotAllowed, NotSignedIn, WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import LiveWorld
from worldloom.kernel.missing import no_seq
from worldloom.kernel.opening import lineage_of
from worldloom.kernel.ports import Store
from worldloom.kernel.realm import Caller, Command
from worldloom.kernel.records import Record, describe, hidden, is_personal, read, reveal
from worldloom.kernel.rights import Role, Standing, decide, refusal_of
from worldloom.kernel.sealing import Vault
from worldloom.ledger.prover import Prover
from worldloom.server.auth import LOCAL, Who, check_origin
from worldloom.server.engine import now_us
from worldloom.server.forks import Ancestry, adapters_of
from worldloom.server.house import House
from worldloom.server.long import requests_of
from worldloom.server.replies import (
    PLAIN_HEADERS,
    Json,
    asked_seq,
    read_json,
    read_struct,
    whole_number,
)
from worldloom.server.starters import Starter

EVENT_STREAM = "text/event-stream"
PIECE_BYTES = 131_072
"""So much of an answer is written before all else gets its turn."""
SILENCE_SECONDS = 15.0
"""How often a follower of a quiet log gets a comment, so that nothing between cuts the line."""


class NewWorld(msgspec.Struct, forbid_unknown_fields=True):
    """What a new world is made from."""

    name: str
    title: str = ""
    public: bool = True
    starter: Starter = "round"


class Api:
    """The endpoints under /api/worlds."""

    def __init__(self, house: House, prover: Prover) -> None:
        self._house = house
        self._prover = prover
        self._engine = house.engine
        self._ancestry = Ancestry(house.engine.store)
        self._pages = asyncio.Semaphore(LIMITS.large_reads_max)

    # -- who and where -------------------------------------------------------------------------

    def place(self, request: Request) -> tuple[LiveWorld, Who, Standing]:
        """Return the world that is asked for and what the caller is in it; raises."""
        who = self._house.doorkeeper.identify(request.headers)
        live = self._house.worlds.find(request.path_params["world"])
        return live, who, self._house.standing_in(who, live)

    def reader(self, request: Request) -> tuple[LiveWorld, Who, Standing]:
        """Return the same for someone who may read it; raises."""
        live, who, standing = self.place(request)
        try:
            self._house.check_reads(standing, live.name)
        except NotAllowed as error:
            self._house.tally.refuse("http", error.code)
            # What follows the resource's name is the caller's own words.
            address = "/".join(request.scope["path"].split("/")[:5])
            self._house.audit.note(live.name, standing, f"GET {address}", error, ours=True)
            self._engine.flush()
            raise
        if request.method == "GET":
            way = request.scope["path"].split("/")[4:5]
            self._house.looks.note(live.name, standing, " ".join(["GET", *way]))
        return live, who, standing

    async def list_worlds(self, request: Request) -> Response:
        """List the worlds that the caller may enter, the first one first."""
        who = self._house.doorkeeper.identify(request.headers)
        house = self._house
        found = [
            one for one in house.listed() if house.may_read(who, one) and house.shows(who, one)
        ]
        lineages = await self._ancestry.of_all(
            (world.stream, world.card.lineage) for world in found
        )
        cards = [
            {"name": world.name, "title": world.card.title, "public": world.card.public,
             "seq": world.seq, "visitors": world.visitors, "lineage": lineage,
             **self._house.card_of(who, world)}
            for world, lineage in zip(found, lineages, strict=True)
        ]  # fmt: skip
        return Json({"worlds": cards, "first": self._house.worlds.first})

    async def create(self, request: Request) -> Response:
        """Make a world; the realm's owner may, and a guest where guests are at home."""
        who = self._house.doorkeeper.identify(request.headers)
        check_origin(request.headers, who)
        guests_own = self._house.check_may_make_world(who)
        wish = await read_struct(request, NewWorld)
        live = self._house.worlds.create(wish.name, wish.title, wish.public, wish.starter)
        if guests_own:
            await self._engine.kept(self._engine.realm.grant(who.account, live.name, Role.OWNER))
        await self._engine.durable(live.name)
        card = {"name": live.name, "title": live.world.title, "seq": live.durable_seq}
        return Json(card, 201, {"Location": f"/api/worlds/{live.name}"})

    async def world(self, request: Request) -> Response:
        """Tell where a world stands: seq, Merkle root, state hash, key. Keep it: it is proof."""
        live, _, _ = self.reader(request)
        state, rules = live.state, self._engine.realm.people.rules(live.name)
        card = {
            "name": live.name,
            "title": live.world.title,
            "public": live.world.public,
            "visibility": rules.visibility or ("public" if live.world.public else "private"),
            "capacity": rules.capacity,
            "roles": [role.name for role in rules.roles],
            "seq": live.seq,
            "head": live.head.hex(),
            "root": self._engine.realm.tree(live.name).root().hex(),
            "state_hash": state.state_hash().hex(),
            "visitors": len(live.visitors),
            "adapters": adapters_of(state),
        }
        (lineage,) = await self._ancestry.of_all([(live.stream, lineage_of(state))])
        await self._engine.durable(live.name)
        vkey = await asyncio.to_thread(self._prover.vkey, live.name)
        return Json({**card, "lineage": lineage, "vkey": vkey})

    # -- the log -------------------------------------------------------------------------

    async def events(self, request: Request) -> Response:
        """Return records in order, or follow them live."""
        live, who, standing = self.reader(request)
        after = asked_seq(request, "after", 0)
        limit = whole_number(request, "limit", 100, 1, LIMITS.events_page_max)
        follows = EVENT_STREAM in request.headers.get("accept", "")
        last = request.headers.get("last-event-id", "") if follows else ""
        if last.isascii() and last.isdigit() and len(last) < 16:
            after = int(last)
        await self._engine.durable(live.name)
        if after > live.durable_seq:
            raise no_seq(live.name, after, live.durable_seq)
        if follows:
            return self._follow(live, after, who)
        until = min(after + limit, live.durable_seq)
        async with self._pages:
            shown = await self._page(live, after, until, who, standing)
        return Json({"records": shown})

    async def _page(
        self, live: LiveWorld, after: int, until: int, who: Who, standing: Standing
    ) -> list[msgspec.Raw]:
        """Write a page of the log as JSON; of large records some, while the world goes on."""
        shown: list[msgspec.Raw] = []
        size = piece = 0
        for record in read_page(self._engine.store, live.stream, after, until):
            told = msgspec.json.encode(told_record(self._house, record, who, standing))
            shown.append(msgspec.Raw(told))
            size, piece = size + len(told), piece + len(told)
            if size >= LIMITS.events_page_bytes_max:
                break
            if piece >= PIECE_BYTES:
                piece = 0
                await asyncio.sleep(0)
        return shown

    def _follow(self, live: LiveWorld, after: int, who: Who) -> Response:
        self._house.news.check_may_follow(who.account)
        headers = {**PLAIN_HEADERS, "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._lines(live.name, after, who), 200, headers, EVENT_STREAM)

    async def _lines(self, name: str, after: int, who: Who) -> AsyncIterator[bytes]:
        with self._house.news.followed(name, who.account) as news:
            yield b": worldloom\n\n"
            piece = 0
            while not self._engine.stopping.is_set():
                news.clear()
                live = self._engine.world(name)
                try:
                    standing = self._house.standing_in(who, live)
                    self._house.check_reads(standing, name)
                except WorldloomError as error:
                    yield b"event: error\ndata: %s\n\n" % msgspec.json.encode(error.wire())
                    return
                until = min(live.durable_seq, after + LIMITS.events_page_max)
                for record in read_page(self._engine.store, live.stream, after, until):
                    told = told_record(self._house, record, who, standing)
                    data = msgspec.json.encode(told)
                    yield b"id: %d\ndata: %s\n\n" % (record.seq, data)
                    after, piece = record.seq, piece + len(data)
                    if piece >= PIECE_BYTES:
                        piece = 0
                        await asyncio.sleep(0)
                if after >= live.durable_seq:
                    try:
                        await asyncio.wait_for(news.wait(), patience_with(who))
                    except TimeoutError:
                        yield b": still here\n\n"

    # -- actions -------------------------------------------------------------------------------

    async def actions(self, request: Request) -> Response:
        """Return the JSON Schema of every action that the caller may do; `?all=1`: of each."""
        live, _, standing = self.reader(request)
        every = whole_number(request, "all", 0, 0, 1) == 1
        return Json({"actions": list(describe_actions(live, standing, every))})

    async def act(self, request: Request) -> Response:
        """Do an action and answer when it is durable."""
        return await self._do(request, request.path_params["action"])

    async def undo(self, request: Request) -> Response:
        """Take back what the caller did last, what an account did, or one group."""
        return await self._do(request, "undo")

    async def redo(self, request: Request) -> Response:
        """Do again what was undone."""
        return await self._do(request, "redo")

    async def _do(self, request: Request, action: str) -> Response:
        live, who, standing = self.place(request)
        check_origin(request.headers, who)
        if not who.account:
            raise NotSignedIn(
                "nobody is signed in", "open the page first, or send Authorization: Bearer …"
            )
        with self._house.tally.timing("cli" if who.account == LOCAL else "http"):
            return await self._decided(request, action, live, who, standing)

    async def _decided(
        self, request: Request, action: str, live: LiveWorld, who: Who, standing: Standing
    ) -> Response:
        self._house.pay(who.account, request)
        dry_run = whole_number(request, "dry_run", 0, 0, 1) == 1
        called = self._house.called_in(live.name, who)
        command = Command(
            live.name,
            action,
            await read_json(request),
            Caller(who.account, called, "", standing.role, None, standing),
            key=request.headers.get("idempotency-key"),
            dry_run=dry_run,
        )
        try:
            decision = await self._engine.do(command)
        except NotAllowed as error:
            await self._house.audit.refused(live.name, standing, action, error)
            raise
        if decision.held:
            self._house.tell_asked(who, decision.held)
        told = {"seq": decision.seq, "result": decision.result}
        if decision.held:
            told["held"] = decision.held
        if dry_run:
            return Json({**told, "dry_run": True})
        if requests := requests_of(self._engine, live, decision):
            told["requests"] = requests
            where = f"/api/worlds/{live.name}/requests/{requests[0]}"
            return Json(told, 202, {"Location": where})
        return Json(told, 202 if decision.held else 200)


def describe_record(record: Record, vault: Vault) -> dict[str, Any]:
    """Return a record as JSON has it; without its content where nobody may read it.

    Fields of forgotten people are null, and `forgotten` names them.
    """
    if hidden(record):
        return {"seq": record.seq, "hash": record.hash.hex(), "redacted": True}
    forgotten: tuple[str, ...] = ()
    if is_personal(record):
        data, forgotten = reveal(record, vault)
    else:
        data = describe(record)
    shown = {
        "seq": record.seq,
        "group": record.group,
        "time": record.time,
        "actor": record.actor,
        "cause": record.cause,
        "kind": record.kind,
        "version": record.version,
        "data": data,
        "hash": record.hash.hex(),
    }
    return {**shown, "forgotten": forgotten} if forgotten else shown


def told_record(house: House, record: Record, who: Who, standing: Standing) -> dict[str, Any]:
    """Return a record as somebody may see it: not the words of whom they do not want to hear.

    Owners read everything: they answer for the world.
    """
    if standing.role is not Role.OWNER and house.engine.realm.ties.spares(who.account, record):
        return {"seq": record.seq, "hash": record.hash.hex(), "redacted": True}
    return describe_record(record, house.engine.store)


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


def patience_with(who: Who) -> float:
    """Return for how many seconds a follower of a quiet log is left alone."""
    ends = 0 if who.token is None else who.token.expires
    if not ends:
        return SILENCE_SECONDS
    return min(SILENCE_SECONDS, max(0.01, (ends - now_us()) / 1e6))


_LEADS = ("use", "click", "push")
"""What is built in and leads to an author's code, whatever that does."""


def _is_confirmed(action: Action) -> bool:
    """Tell whether the page asks its person before software in the browser does an action.

    It costs or needs a yes, or may turn out to: what is not built in may delete or go outside.
    """
    if action.approval or action.cost or action.name in _LEADS:
        return True
    return action.name not in BUILT_IN and not action.free


def describe_actions(
    live: LiveWorld, who: Standing, every: bool = False
) -> Iterator[dict[str, Any]]:
    """Yield what someone may do in a world; with `every` also the rest, and why they may not."""
    now = now_us()
    for action in {**BUILT_IN, **live.world.actions}.values():
        deed = action.deed(live.name)
        lacks = decide(who, deed, now)
        if lacks is None or every:
            refused = {"refused": refusal_of(who, deed, lacks).wire()["error"]} if lacks else {}
            yield {
                "name": action.name,
                "doc": action.doc,
                "role": str(action.role),
                "cost": action.cost,
                "approval": action.approval,
                "confirm": _is_confirmed(action),
                "long": action.long,
                "schema": action.schema,
                **refused,
            }
