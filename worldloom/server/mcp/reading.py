"""The tools by which an agent perceives a world: look, find and inspect."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Annotated, Any

from msgspec import Meta, Struct

from worldloom.kernel.cells import EntityState
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.schema import is_private, plain
from worldloom.presence.surroundings import Point, Thing, direction, place_of
from worldloom.server.mcp.asking import Asked, convert, rounded
from worldloom.server.mcp.untrusted import KEY, Room

Count = Annotated[int, Meta(ge=1, le=LIMITS.agent_things_max)]
Named = Annotated[str, Meta(min_length=1, max_length=LIMITS.name_characters_max)]


class Look(Struct, forbid_unknown_fields=True):
    """What an agent may say about how it looks around."""

    limit: Count = 40
    within_m: Annotated[float, Meta(gt=0)] = 1e6


class Find(Struct, forbid_unknown_fields=True):
    """What an agent searches for."""

    text: Annotated[str, Meta(max_length=LIMITS.name_characters_max)] = ""
    component: Annotated[str, Meta(max_length=LIMITS.name_characters_max)] = ""
    limit: Count = 40


class Inspect(Struct, forbid_unknown_fields=True):
    """Which entity an agent inspects."""

    entity: Named


async def look(asked: Asked, given: dict[str, Any]) -> dict[str, Any]:
    """See what is around you: things nearest first, how far, which way, what can be done; people.

    Directions are as you look, or by the compass (north is -z) while you have no body here.
    """
    wish: Look = convert(given, Look)
    await asked.read()
    here, yaw = asked.here
    body, room = asked.body, Room()
    near, count = asked.sight.near(
        asked.live.state, here, yaw if body else None, wish.limit, wish.within_m
    )
    return {
        "world": asked.world,
        "seq": asked.live.seq,
        "here": rounded(here),
        "you": None if body is None else body.visitor,
        "things": _fitting(near, room),
        "more": max(0, count - wish.limit),
        "people": people(asked, here, yaw, room),
        KEY: {"title": room.text(asked.live.world.title or asked.world)},
    }


def _fitting(things: Iterable[Thing], room: Room) -> list[dict[str, Any]]:
    """Return as many of the nearest things as one answer has room for."""
    return [_told(thing, room) for thing in things if room.left > 0]


def _told(thing: Thing, room: Room) -> dict[str, Any]:
    said = {"name": room.text(thing.name), "title": room.text(thing.title)}
    if thing.about and thing.about != thing.title:
        said["about"] = room.text(thing.about)
    room.left -= 60
    return {
        "entity": f"e{thing.id}",
        "verb": thing.verb,
        "distance_m": round(thing.distance, 1),
        "direction": thing.direction,
        "position": rounded(thing.position),
        KEY: said,
    }


def people(asked: Asked, here: Point, yaw: float | None, room: Room) -> list[dict[str, Any]]:
    """Return who is in a world, as far as the caller may notice them."""
    hub, me = asked.hub, asked.body
    if hub is None:
        return []
    told: list[dict[str, Any]] = []
    apart = asked.engine.realm.ties.apart(asked.who.account)
    for session in hub.inside():
        if session is me or session.identity.account in apart:
            continue
        if len(told) >= LIMITS.agent_things_max or room.left <= 0:
            break
        place = rounded(hub.position(session))
        told.append(
            {
                "visitor": session.visitor,
                "agent": session.identity.agent,
                "position": place,
                "direction": direction(here, place, yaw if me else None),
                KEY: {"name": room.text(session.name)},
            }
        )
    return told


async def find(asked: Asked, given: dict[str, Any]) -> dict[str, Any]:
    """Find things by a part of their name, title or text, or by a component; nearest first.

    What cannot be seen or is a part of a thing, such as a light, comes last and has no verb.
    """
    wish: Find = convert(given, Find)
    await asked.read()
    state, text, room = asked.live.state, wish.text.casefold(), Room()
    here, yaw = asked.here
    if wish.component and is_private(wish.component):
        return {"seq": asked.live.seq, "things": [], "more": 0}
    around = asked.sight.around(state, here, yaw if asked.body else None)
    found = [
        thing
        for thing in around
        if (
            text in thing.name.casefold()
            or text in thing.title.casefold()
            or text in thing.about.casefold()
        )
        and (not wish.component or wish.component in state.entities[thing.id].cells)
    ]
    shown = {thing.id for thing in around}
    unseen = [
        entity
        for entity in state.entities.values()
        if entity.id not in shown
        and text in entity.name.casefold()
        and (not wish.component or wish.component in entity.cells)
    ]
    count = len(found) + len(unseen)
    for entity in unseen[: max(0, wish.limit - len(found))]:
        place = place_of(state, entity.id)
        way = direction(here, place, yaw if asked.body else None)
        distance = math.dist(here, place)
        found.append(Thing(entity.id, entity.name, entity.name, "", "", place, distance, way))
    return {
        "seq": asked.live.seq,
        "things": _fitting(found[: wish.limit], room),
        "more": max(0, count - wish.limit),
    }


async def inspect(asked: Asked, given: dict[str, Any]) -> dict[str, Any]:
    """Read all that an entity is: its components with their values, parent and children."""
    wish: Inspect = convert(given, Inspect)
    await asked.read()
    state = asked.live.state
    id = asked.entity(wish.entity)
    entity, room = state.entities[id], Room()
    children = [f"e{one.id}" for one in state.entities.values() if one.parent == id]
    return {
        "seq": asked.live.seq,
        "entity": f"e{id}",
        "parent": None if entity.parent is None else f"e{entity.parent}",
        "children": children[: LIMITS.agent_things_max],
        "more": max(0, len(children) - LIMITS.agent_things_max),
        "position": rounded(place_of(state, id)),
        "changed": _changed(entity),
        KEY: {"name": room.text(entity.name), "components": components(entity, room)},
    }


def components(entity: EntityState, room: Room) -> dict[str, Any]:
    """Return what an entity's public components say."""
    return {
        name: room.value(plain(cell.data))
        for name, cell in entity.cells.items()
        if not is_private(name)
    }


def _changed(entity: EntityState) -> int:
    """Return the seq of the newest write that still stands on an entity."""
    return max((cell.seq for cell in entity.cells.values()), default=entity.id)
