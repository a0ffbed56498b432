"""The tools by which an agent acts: every action of its world, under its own rights."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from worldloom.kernel.builtin import BUILT_IN
from worldloom.kernel.errors import Conflict, Refused
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.realm import Caller, Command
from worldloom.kernel.records import SEQ_MAX
from worldloom.kernel.rights import check, decide, deed_of
from worldloom.server.approvals import hold_of
from worldloom.server.engine import now_us
from worldloom.server.long import check_may_cancel, find_request, is_own, requests_of
from worldloom.server.mcp.asking import Asked, convert
from worldloom.server.mcp.untrusted import KEY, Room
from worldloom.server.requests import told_request
from worldloom.sync.session import Session

Vector = Annotated[tuple[float, float, float], Meta(description="[x, y, z] in metres; y is up")]
Named = Annotated[str, Meta(min_length=1, max_length=LIMITS.name_characters_max)]


class Place(Struct, forbid_unknown_fields=True):
    """What an agent puts where."""

    position: Vector
    entity: Named | None = None
    """What is moved, by id or name; nothing: something new is made."""
    name: Named | None = None
    components: dict[str, dict[str, Any]] = {}
    parent: Named | None = None
    dry_run: bool = False


async def act(
    asked: Asked, name: str, args: dict[str, Any], dry_run: bool = False
) -> dict[str, Any]:
    """Do an action and answer when it is durable; a dry run changes nothing.

    A call's Idempotency-Key goes with it: asked again, it is answered and not done again.
    """
    body = asked.body if dry_run else await _body(asked, name)
    who = asked.standing
    account = asked.who.account
    caller = Caller(account, asked.house.called_in(asked.world, asked.who), "", who.role, None, who)
    if body is not None and asked.hub is not None:
        caller = msgspec.structs.replace(asked.hub.caller(body), standing=who)
    command = Command(asked.world, name, args, caller, key=asked.key, dry_run=dry_run)
    try:
        decision = await asked.engine.do(command)
    except Conflict as error:
        if error.code == "not_here":
            # What it lacks to come in is what it has to ask for.
            check(asked.standing, deed_of("enter", asked.world), now_us())
            asked.bodies.check_room(asked.world, asked.who)
        raise
    if decision.held:
        asked.house.tell_asked(asked.who, decision.held)
        return {"seq": decision.seq, **decision.result}
    told: dict[str, Any] = {"seq": decision.seq, KEY: {"result": Room().value(decision.result)}}
    if dry_run:
        told["dry_run"] = True
    elif requests := requests_of(asked.engine, asked.live, decision):
        told["requests"] = asked.requests = requests
        asked.action = decision.long
    lines = [one.text for one in decision.tells if body and one.visitor == body.visitor]
    if lines:
        told[KEY]["told"] = Room().value(lines)
    if body is not None:
        told["you"] = body.visitor
    return told


async def _body(asked: Asked, name: str) -> Session | None:
    """Return the body by which an agent acts: whoever does something here is seen."""
    action = asked.live.world.actions.get(name) or BUILT_IN.get(name)
    if action is None or not asked.who.account:
        return None
    who, now = asked.standing, now_us()
    if decide(who, action.deed(asked.world), now) or decide(who, deed_of("enter"), now):
        return asked.body
    try:
        return await asked.bodies.enter(asked.world, asked.who)
    except Refused:
        return None


async def place(asked: Asked, given: dict[str, Any]) -> dict[str, Any]:
    """Put something somewhere: move `entity`, or make a new one of `name` with `components`.

    Components are given as {"Shape": {"kind": "box"}, "Color": {"value": "#ff8800"}}.
    """
    wish: Place = convert(given, Place)
    position = list(wish.position)
    if wish.entity is not None:
        moved = {"entity": wish.entity, "component": "Transform", "fields": {"position": position}}
        return await act(asked, "set", moved, dry_run=wish.dry_run)
    made = {"name": wish.name or "thing", "components": wish.components, "position": position}
    if wish.parent is not None:
        made["parent"] = wish.parent
    return await act(asked, "spawn", made, dry_run=wish.dry_run)


class Approval(Struct, forbid_unknown_fields=True):
    """Which deed an agent asks about."""

    id: Annotated[str, Meta(min_length=1, max_length=64)]


async def approval(asked: Asked, given: dict[str, Any]) -> dict[str, Any]:
    """Ask how a person decided about what you asked for: waiting, done, denied, failed, expired."""
    wish: Approval = convert(given, Approval)
    realm = asked.engine.realm
    account, hold = hold_of(realm, asked.who, wish.id)
    state = hold.state_at(now_us())
    told: dict[str, Any] = {"id": hold.id, "state": state, "asked": hold.asked}
    if hold.state == "failed":
        told["code"] = hold.code
    if hold.state == "done":
        result = Room().value(realm.came_of(account, hold))
        told |= {"seq": hold.seq, KEY: {"result": result}}
    return told


class Errand(Struct, forbid_unknown_fields=True):
    """Which request an agent asks about."""

    seq: Annotated[int, Meta(ge=1, le=SEQ_MAX, description="one of `requests` of an answer")]
    cancel: bool = False
    """Whether it is taken back."""


async def request(asked: Asked, given: dict[str, Any]) -> dict[str, Any]:
    """Ask how far something is that takes its time, or take it back with `cancel`.

    It is waiting, done, failed or settled long ago; its seq is in `requests` of the tool's
    answer. What was done outside by the time it is taken back is not undone.
    """
    wish: Errand = convert(given, Errand)
    engine, live, seq = asked.engine, asked.live, wish.seq
    await engine.durable(asked.world)
    find_request(engine, live, seq)
    if wish.cancel:
        check_may_cancel(engine, live, seq, asked.standing)
        await engine.cancel(asked.world, seq, asked.standing.actor)
    elif not is_own(engine, live, seq, asked.standing):
        asked.check_reads()
    told = told_request(asked.house, live, seq, asked.who, asked.standing)
    room = Room()
    said = {"text": room.text(told.pop("text")), "answer": room.value(told.pop("answer", None))}
    return {**told, KEY: said}


async def leave(asked: Asked, given: dict[str, Any]) -> dict[str, Any]:
    """Leave the world as a visitor; you come back by acting again."""
    left = asked.bodies.leave(asked.world, asked.who)
    await asked.engine.durable(asked.world)
    return {"left": left}
