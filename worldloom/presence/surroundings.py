"""A world in words: what is around a place, how far and which way, and what can be done with it.

It serves people who listen to a world and agents that read it; the client has the same rules in
client/src/world/surroundings.ts for what moves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from worldloom.kernel.cells import EntityState
from worldloom.kernel.schema import is_private, plain
from worldloom.kernel.state import State

Point = tuple[float, float, float]
Turn = tuple[float, float, float, float]

NEAR_M: Final = 2.0
"""Nearer than this something is here rather than in a direction."""
SECTORS: Final = (
    "ahead", "ahead to the left", "to the left", "behind to the left", "behind",
    "behind to the right", "to the right", "ahead to the right",
)  # fmt: skip
"""Counter-clockwise in eighths of a turn from where one looks."""
COMPASS: Final = (
    "north", "north-west", "west", "south-west", "south", "south-east", "east", "north-east",
)  # fmt: skip
"""The same for who looks nowhere; north is -Z."""
DEPTH_MAX: Final = 32


class Thing(Struct, frozen=True):
    """One entity as it is told: metres, and a direction in words."""

    id: int
    name: str
    title: str
    verb: str
    """What pressing it does: use, enter, push, read or click."""
    about: str
    """What else there is to say, such as a note's text."""
    position: Point
    distance: float
    direction: str


def around(state: State, here: Point, yaw: float | None = None) -> list[Thing]:
    """Return what is there beside scenery, nearest first; `yaw` in radians, None for compass words.

    What answers when it is pressed comes with its verb; what is only seen has the verb click.
    """
    things = [
        _thing(entity, cells, place_of(state, entity.id), here, yaw)
        for entity, cells in _tellable(state)
    ]
    return sorted(things, key=lambda thing: (thing.distance, thing.id))


def place_of(state: State, id: int) -> Point:
    """Return where an entity's origin is in the world, in metres, through all its parents."""
    point: Point = (0.0, 0.0, 0.0)
    at: int | None = id
    for _ in range(DEPTH_MAX):
        entity = None if at is None else state.entities.get(at)
        if entity is None:
            break
        cell = entity.cells.get("Transform")
        if cell is not None:
            found = plain(cell.data)
            sx, sy, sz = found.get("scale", (1.0, 1.0, 1.0))
            turned = _turn(
                (point[0] * sx, point[1] * sy, point[2] * sz),
                found.get("rotation", (0.0, 0.0, 0.0, 1.0)),
            )
            x, y, z = found.get("position", (0.0, 0.0, 0.0))
            point = (turned[0] + x, turned[1] + y, turned[2] + z)
        at = entity.parent
    return point


def direction(here: Point, there: Point, yaw: float | None = None) -> str:
    """Return which way something lies, in words: from a look along -Z turned by `yaw`."""
    east, north = there[0] - here[0], here[2] - there[2]
    if math.hypot(east, north) < NEAR_M:
        return "here"
    # Counter-clockwise from north, as yaw is.
    angle = math.atan2(-east, north) - (yaw or 0.0)
    sector = round(angle / (math.tau / 8)) % 8
    return (COMPASS if yaw is None else SECTORS)[sector]


def start_of(state: State) -> tuple[Point, float]:
    """Return where visitors come in, and where they look (radians)."""
    for entity in state.entities.values():
        if "Spawn" in entity.cells:
            cell = entity.cells.get("Transform")
            rotation = (plain(cell.data) if cell else {}).get("rotation", (0.0, 0.0, 0.0, 1.0))
            return place_of(state, entity.id), 2 * math.atan2(rotation[1], rotation[3])
    return (0.0, 0.0, 0.0), 0.0


def spoken(name: str) -> str:
    """Return an entity's name as it is said: letters of code become words."""
    words = " ".join(name.replace("_", " ").replace("-", " ").split())
    return words[:1].upper() + words[1:]


def _tellable(state: State) -> Iterator[tuple[EntityState, dict[str, Any]]]:
    told = {"Use", "Portal", "Push", "Annotation", "Text", "Shape", "Model"}
    for entity in state.entities.values():
        shown = {name for name in entity.cells if not is_private(name)}
        if shown & told:
            yield entity, {name: plain(entity.cells[name].data) for name in shown & told}


def _thing(
    entity: EntityState,
    cells: Mapping[str, Any],
    place: Point,
    here: Point,
    yaw: float | None,
) -> Thing:
    return Thing(
        entity.id, entity.name, _title(entity, cells), _verb(cells), _about(cells),
        place, math.dist(here, place), direction(here, place, yaw),
    )  # fmt: skip


def _title(entity: EntityState, cells: Mapping[str, Any]) -> str:
    use, portal = cells.get("Use", {}), cells.get("Portal", {})
    note = cells.get("Annotation", {})
    found = use.get("label") or portal.get("title") or portal.get("world") or note.get("title")
    return str(found or spoken(entity.name))


def _verb(cells: Mapping[str, Any]) -> str:
    verbs = (("Use", "use"), ("Portal", "enter"), ("Push", "push"), ("Annotation", "read"))
    return next((verb for component, verb in verbs if component in cells), "click")


def _about(cells: Mapping[str, Any]) -> str:
    written = cells.get("Text", {}).get("value", "")
    return str(cells.get("Annotation", {}).get("text") or written)


def _turn(point: Point, rotation: Turn) -> Point:
    """Turn a point by a quaternion xyzw."""
    (px, py, pz), (x, y, z, w) = point, rotation
    tx, ty, tz = 2 * (y * pz - z * py), 2 * (z * px - x * pz), 2 * (x * py - y * px)
    return (
        px + w * tx + y * tz - z * ty,
        py + w * ty + z * tx - x * tz,
        pz + w * tz + x * ty - y * tx,
    )
