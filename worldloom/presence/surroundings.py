"""A world in words: what is around a place, how far and which way, and what can be done with it.

It serves people who listen to a world and agents that read it; the client has the same rules in
client/src/world/surroundings.ts for what moves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from worldloom.kernel.cells import EntityState
from worldloom.kernel.schema import plain
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
    """What pressing it does: use, enter, take, sit, push, play, pause, draw, read or click."""
    about: str
    """What else there is to say, such as a note's text."""
    position: Point
    distance: float
    direction: str


def around(state: State, here: Point, yaw: float | None = None) -> list[Thing]:
    """Return what is there beside scenery, nearest first; `yaw` in radians, None for compass words.

    What answers when it is pressed comes with its verb; what is only seen has the verb click. A
    part without words of its own is the thing that it is pressed with.
    """
    return Sight().around(state, here, yaw)


class Told(Struct, frozen=True, gc=False):
    """What is said of an entity wherever one stands."""

    id: int
    name: str
    title: str
    verb: str
    about: str


class Pose(Struct, frozen=True, gc=False):
    """An entity's own Transform."""

    position: Point = (0.0, 0.0, 0.0)
    rotation: Turn = (0.0, 0.0, 0.0, 1.0)
    scale: Point = (1.0, 1.0, 1.0)


class Known(Struct, frozen=True, gc=False):
    """An entity, what is said of it, its own Transform, and what it is of those that it hangs on.

    What hangs on a thing that answers, and neither answers nor says anything, is that thing.
    """

    entity: EntityState
    told: Told | None
    pose: Pose | None
    answers: bool
    speaks: bool
    shown: bool
    """There is something of its own to see."""


def _stood(was: Known, now: Known) -> bool:
    """Tell whether an entity that changed, and all under it, are where they were."""
    same = was.pose == now.pose and was.entity.parent == now.entity.parent
    same = same and (was.answers, was.speaks) == (now.answers, now.speaks)
    return same and was.shown == now.shown


class Sight:
    """Looks at one world again and again; what stayed as it was is not read anew."""

    def __init__(self) -> None:
        self._seen: dict[int, Known] = {}
        self._where: dict[int, Point] = {}
        self._parts: dict[int, int] = {}
        self._places: list[tuple[Told, Point]] = []
        self._head: tuple[int, bytes] = (-1, b"")

    def around(
        self, state: State, here: Point, yaw: float | None = None, most: int | None = None
    ) -> list[Thing]:
        """Return what `around` does, at most so many."""
        return self.near(state, here, yaw, most)[0]

    def near(
        self,
        state: State,
        here: Point,
        yaw: float | None = None,
        most: int | None = None,
        within: float = math.inf,
    ) -> tuple[list[Thing], int]:
        """Return the nearest things within a distance, at most so many, and how many there are."""
        dist = math.dist
        places, parts = self.places(state), self._parts
        measured = ((dist(here, place), told.id, told, place) for told, place in places
                    if told.id not in parts)  # fmt: skip
        near = sorted(one for one in measured if one[0] <= within)
        found = [
            Thing(
                told.id, told.name, told.title, told.verb, told.about, place, distance,
                direction(here, place, yaw),
            )
            for distance, _, told, place in near[:most]
        ]  # fmt: skip
        return found, len(near)

    def places(self, state: State) -> list[tuple[Told, Point]]:
        """Return all that can be seen, parts of things as well, and where it is.

        What answers and is seen by its parts alone is among it.
        """
        if self._head == (state.seq, state.head):
            return self._places
        before, seen = self._seen, {}
        stands = True
        for id, entity in state.entities.items():
            known = before.get(id)
            # An entity is replaced where it changes, so that the same one says the same.
            if known is None or known.entity is not entity:
                was, known = known, _known(entity)
                stands = stands and was is not None and _stood(was, known)
            seen[id] = known
        self._seen = seen
        if not stands or len(seen) < len(before):
            wholes = {id: self._whole(known) for id, known in seen.items() if known.shown}
            self._parts = {id: whole for id, whole in wholes.items() if whole != id}
            every = dict.fromkeys((*wholes, *wholes.values()))
            self._where = {id: self._place(id) for id in every}
        where = self._where.items()
        self._places = [(told, place) for id, place in where if (told := seen[id].told)]
        self._head = (state.seq, state.head)
        return self._places

    def wholes(self, state: State) -> Mapping[int, int]:
        """Return what each part is pressed with: its thing's id by its own."""
        self.places(state)
        return self._parts

    def _whole(self, known: Known) -> int:
        """Return what pressing it is pressing, itself where it has words of its own."""
        alone = known.answers or known.speaks
        above = () if alone else self._up(known.entity.parent)
        return next((one.entity.id for one in above if one.answers), known.entity.id)

    def _place(self, id: int) -> Point:
        point: Point = (0.0, 0.0, 0.0)
        for known in self._up(id):
            point = point if known.pose is None else _moved(point, known.pose)
        return point

    def _up(self, id: int | None) -> Iterator[Known]:
        """Yield an entity and all that it hangs on."""
        for _ in range(DEPTH_MAX):
            known = None if id is None else self._seen.get(id)
            if known is None:
                return
            yield known
            id = known.entity.parent


def place_of(state: State, id: int) -> Point:
    """Return where an entity's origin is in the world, in metres, through all its parents."""
    point: Point = (0.0, 0.0, 0.0)
    at: int | None = id
    for _ in range(DEPTH_MAX):
        entity = None if at is None else state.entities.get(at)
        if entity is None:
            break
        pose = _pose(entity)
        point = point if pose is None else _moved(point, pose)
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


_PICTURES: Final = frozenset({"Image", "Video"})
"""They are told of where their author said what they show."""
_TELLING: Final = _PICTURES | {
    "Use", "Portal", "Push", "Annotation", "Text", "Shape", "Model", "Seat", "Screen",
}  # fmt: skip
_VERBS: Final = (
    ("Use", "use"), ("Portal", "enter"), ("Grab", "take"), ("Seat", "sit"), ("Push", "push"),
    ("Body", "push"), ("Screen", "play"), ("Sketch", "draw"), ("Annotation", "read"),
)  # fmt: skip
"""What pressing does where an entity has a component, the first that it has."""
_BULK: Final = frozenset({"Instances", "Path", "Heat"})
"""They are there to be seen as well; their numbers are not read for it."""
_read_pose = msgspec.msgpack.Decoder(Pose).decode


def _known(entity: EntityState) -> Known:
    """Return what is known of an entity; nothing is told of scenery and of nothing to see."""
    shown, bulk = entity.cells.keys() & _TELLING, entity.cells.keys() & _BULK
    cells = {name: plain(entity.cells[name].data) for name in shown}
    speaks = "Text" in cells or bool(_alt(cells))
    told, verb = None, _verb(entity, cells)
    answers, seen = verb != "click", bool(shown - _PICTURES or bulk or speaks)
    if seen or answers:
        told = Told(entity.id, entity.name, _title(entity, cells), verb, _about(cells))
    return Known(entity, told, _pose(entity), answers, speaks, seen)


def _pose(entity: EntityState) -> Pose | None:
    cell = entity.cells.get("Transform")
    return None if cell is None else _read_pose(cell.data)


def _moved(point: Point, pose: Pose) -> Point:
    """Return where a child's point is in its parent's frame."""
    sx, sy, sz = pose.scale
    x, y, z = pose.position
    turned = (point[0] * sx, point[1] * sy, point[2] * sz)
    if pose.rotation[:3] != (0.0, 0.0, 0.0):
        turned = _turn(turned, pose.rotation)
    return (turned[0] + x, turned[1] + y, turned[2] + z)


def _title(entity: EntityState, cells: Mapping[str, Any]) -> str:
    use, portal = cells.get("Use", {}), cells.get("Portal", {})
    note, film = cells.get("Annotation", {}), cells.get("Screen", {})
    found = use.get("label") or portal.get("title") or portal.get("world") or note.get("title")
    found = found or film.get("title") or _alt(cells)
    return str(found or spoken(entity.name))


def _alt(cells: Mapping[str, Any]) -> str:
    return str(next((alt for name in ("Image", "Video")
                     if (alt := cells.get(name, {}).get("alt"))), ""))  # fmt: skip


def _verb(entity: EntityState, cells: Mapping[str, Any]) -> str:
    verb = next((verb for component, verb in _VERBS if component in entity.cells), "click")
    return "pause" if verb == "play" and cells["Screen"].get("playing") else verb


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
