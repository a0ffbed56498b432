"""The tool `picture`: a drawing of what stands around an agent, with numbers and their legend."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, NamedTuple

from msgspec import Meta, Struct

from worldloom.kernel.cells import EntityState
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.ports import Store
from worldloom.presence.surroundings import Point, Told, direction
from worldloom.server.drawings import drawing_of, shown_of
from worldloom.server.mcp.asking import Asked, convert, rounded
from worldloom.server.mcp.untrusted import KEY, Room
from worldloom.studio.drawing import Camera
from worldloom.studio.drawn import Mark, marks_of, number, person
from worldloom.studio.raster import png

EYE_M: Final = 1.6
ABOVE_M: Final = 500.0
"""How high a picture from above is taken from; roofs below that hide what is under them."""


class Wish(Struct, forbid_unknown_fields=True):
    """What picture an agent wants."""

    view: Literal["ahead", "above"] = "ahead"
    turn_degrees: Annotated[float, Meta(ge=-360, le=360)] = 0.0
    look_up_degrees: Annotated[float, Meta(ge=-85, le=85)] = 0.0
    across_m: Annotated[float, Meta(ge=2, le=2000)] = 40.0
    width: Annotated[int, Meta(ge=64, le=LIMITS.picture_edge_max)] = 512
    height: Annotated[int, Meta(ge=64, le=LIMITS.picture_edge_max)] = 384


class Drawn(NamedTuple):
    """What a tool answers beside its words."""

    content: dict[str, Any]
    png: bytes


async def picture(asked: Asked, given: dict[str, Any]) -> Drawn:
    """See a drawing of the world: from where you stand (`ahead`), or straight down (`above`).

    `turn_degrees` turns to the left, `look_up_degrees` up; `across_m` is how much `above` shows,
    north up. Things and people carry numbers, which the legend explains; a part of a thing is the
    thing that it is pressed with. It is a drawing without
    textures and shadows (what is too much to draw is a glass box), not what people see in their
    browsers.
    """
    wish: Wish = convert(given, Wish)
    await asked.read()
    here, yaw = asked.here
    state, hub = asked.live.state, asked.hub
    entities = shown_of(asked.live)
    places = asked.sight.places(state)
    told = {one.id: (one, place) for one, place in places}
    wholes = {id: whole for id, whole in asked.sight.wholes(state).items() if whole in told}
    seq, body = asked.live.seq, asked.body
    apart = asked.engine.realm.ties.apart(asked.who.account)
    present = (
        []
        if hub is None
        else [
            (session.visitor, session.identity.agent, session.name, rounded(hub.position(session)))
            for session in hub.inside()
            if session is not body and session.identity.account not in apart
        ][: LIMITS.agent_things_max]
    )
    camera = _camera(wish, here, yaw or 0.0)
    async with asked.slow:
        drawn, marks, left_out = await asyncio.to_thread(
            _drawn,
            asked.engine.store,
            entities,
            places,
            wholes,
            [one[3] for one in present],
            here,
            camera,
            wish,
        )
    room = Room()
    legend: list[dict[str, Any]] = []
    for at, mark in enumerate(marks, 1):
        line: dict[str, Any] = {"number": at, "pixel": [mark.x, mark.y]}
        if mark.id < 0:
            visitor, agent, name, place = present[-mark.id - 1]
            line |= {"visitor": visitor, "agent": agent, KEY: {"name": room.text(name)}}
        elif mark.id in told:
            thing, place = told[mark.id]
            said = {"name": room.text(thing.name), "title": room.text(thing.title)}
            line |= {"entity": f"e{mark.id}", "verb": thing.verb, KEY: said}
        else:
            continue
        line |= {
            "position": rounded(place),
            "distance_m": round(math.dist(place, here), 1),
            "direction": direction(here, place, yaw if body else None),
        }
        legend.append(line)
    content = {
        "world": asked.world, "seq": seq, "view": wish.view, "here": rounded(here),
        "width": wish.width, "height": wish.height, "legend": legend, "left_out": left_out,
    }  # fmt: skip
    return Drawn(content, drawn)


def _camera(wish: Wish, here: Point, yaw: float) -> Camera:
    if wish.view == "above":
        return Camera((here[0], here[1] + ABOVE_M, here[2]), across_m=wish.across_m)
    eye = (here[0], here[1] + EYE_M, here[2])
    return Camera(eye, yaw + math.radians(wish.turn_degrees), math.radians(wish.look_up_degrees))


def _drawn(
    store: Store,
    entities: dict[int, EntityState],
    places: list[tuple[Told, Point]],
    wholes: Mapping[int, int],
    people: list[Point],
    here: Point,
    camera: Camera,
    wish: Wish,
) -> tuple[bytes, list[Mark], int]:
    """Return the picture as PNG, its numbers, and how much is left out; in a thread."""
    standing = [part for at, place in enumerate(people, 1) for part in person(place, -at)]
    near = sorted((math.dist(place, here), one.id) for one, place in places)
    drawn, left_out = drawing_of(
        store, entities, [id for _, id in near], standing, camera,
        (wish.width, wish.height), LIMITS.picture_seconds_max,
    )  # fmt: skip
    marks = marks_of(drawn, LIMITS.picture_marks_max, wholes)
    number(drawn.pixels, marks)
    return png(drawn.pixels), marks, left_out
