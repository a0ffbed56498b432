"""The tools by which an agent reads what happened: history and diff."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from msgspec import Meta, Struct

from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import load_state
from worldloom.kernel.missing import no_seq
from worldloom.kernel.records import STATE_EVENTS, Seq
from worldloom.kernel.schema import is_private, named
from worldloom.kernel.state import State
from worldloom.server.api import read_page, told_record
from worldloom.server.mcp.asking import Asked, convert
from worldloom.server.mcp.reading import Count
from worldloom.server.mcp.untrusted import KEY, Room

_PLAIN = frozenset(("seq", "group", "time", "kind", "version", "hash", "redacted"))
"""What of a record the platform says itself."""


class History(Struct, forbid_unknown_fields=True):
    """Which records an agent reads; without `after`: the newest."""

    after: Seq | None = None
    limit: Count = 40
    wait_seconds: Annotated[float, Meta(ge=0, le=LIMITS.agent_wait_seconds_max)] = 0.0


class Diff(Struct, forbid_unknown_fields=True):
    """Between which moments an agent compares; without `until`: until now."""

    since: Seq
    until: Seq | None = None


async def history(asked: Asked, given: dict[str, Any]) -> dict[str, Any]:
    """Read what happened here, in order: who did what, what was said; without `after` the newest.

    Go on with `after` = `next`: nothing is left out in between. `wait_seconds`: how long to wait
    where nothing new has happened yet.
    """
    wish: History = convert(given, History)
    await asked.read()
    durable = asked.live.durable_seq
    after = max(0, durable - wish.limit) if wish.after is None else wish.after
    _check_seq(asked, after)
    if after == durable and wish.wait_seconds:
        await _news(asked, after, wish.wait_seconds)
        await asked.read()  # who may read no more has waited for nothing
    return records(asked, after, min(after + wish.limit, asked.live.durable_seq))


async def _news(asked: Asked, after: int, seconds: float) -> None:
    """Wait until the log has grown, the caller's rights changed, they are gone, or time is up."""
    asked.house.news.check_may_follow(asked.who.account)
    with asked.house.news.followed(asked.world, asked.who.account) as news:
        if asked.live.durable_seq == after and not asked.engine.stopping.is_set():
            ends = [asyncio.ensure_future(one) for one in (news.wait(), asked.hang_up())]
            try:
                await asyncio.wait(ends, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for end in ends:
                    end.cancel()


def records(asked: Asked, after: int, until: int) -> dict[str, Any]:
    """Return the records after < seq <= until as an agent may read them, as many as fit."""
    room, store = Room(), asked.engine.store
    told: list[dict[str, Any]] = []
    reached = after
    for record in read_page(store, asked.live.stream, after, until):
        if told and room.left <= 0:
            break
        whole = told_record(asked.house, record, asked.who, asked.standing)
        kind = str(whole.get("kind", ""))
        # What code of this realm has not named, a file from elsewhere has.
        known = _PLAIN if kind in STATE_EVENTS or named(kind) else _PLAIN - {"kind"}
        plain = {name: whole[name] for name in known & whole.keys()}
        said = {name: room.value(whole[name]) for name in whole if name not in known}
        told.append({**plain, KEY: said} if said else plain)
        room.left -= 150
        reached = record.seq
    return {"records": told, "next": reached, "newest": asked.live.durable_seq}


async def diff(asked: Asked, given: dict[str, Any]) -> dict[str, Any]:
    """Compare two moments: which entities came, went and changed, and in what."""
    wish: Diff = convert(given, Diff)
    await asked.read()
    until = asked.live.durable_seq if wish.until is None else wish.until
    _check_seq(asked, max(wish.since, until))
    store, stream = asked.engine.store, asked.live.stream
    async with asked.slow:
        before, after = await asyncio.to_thread(
            lambda: (load_state(store, stream, wish.since), load_state(store, stream, until))
        )
    return {"since": before.seq, "until": after.seq, **compare(before, after)}


def compare(before: State, after: State) -> dict[str, Any]:
    """Return what differs between two states, as much as one answer may hold."""
    room, most = Room(), LIMITS.agent_things_max
    changes: dict[str, list[dict[str, Any]]] = {"came": [], "went": [], "changed": []}
    more = 0
    for id in sorted(before.entities.keys() | after.entities.keys()):
        old, new = before.entities.get(id), after.entities.get(id)
        then = {} if old is None else old.cells
        now = {} if new is None else new.cells
        names = sorted(
            name
            for name in then.keys() | now.keys()
            if not is_private(name)
            and (name not in then or name not in now or then[name].data != now[name].data)
        )
        if old is not None and new is not None and not names:
            continue
        kind = "came" if old is None else "went" if new is None else "changed"
        if len(changes[kind]) >= most or room.left <= 0:
            more += 1
            continue
        named = new or old
        said = {"name": room.text(named.name if named else ""), "components": room.value(names)}
        changes[kind].append({"entity": f"e{id}", KEY: said})
        room.left -= 40
    return {**changes, "more": more}


def _check_seq(asked: Asked, seq: int) -> None:
    if seq > asked.live.durable_seq:
        raise no_seq(asked.world, seq, asked.live.durable_seq)
