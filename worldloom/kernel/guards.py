"""Guards: what a thing, or a zone around a place, asks of who touches it.

The nearest guard counts: the thing's own or that of what it is under, else that of the smallest
zone around its place. A zone is an entity without a parent that has both `Zone` and `Guard`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import numpy as np

from worldloom.kernel.cells import EntityState
from worldloom.kernel.components import Guard, Transform
from worldloom.kernel.draft import Draft
from worldloom.kernel.entity import Entity, Visitor
from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.physical import Zone
from worldloom.kernel.rights import Role
from worldloom.kernel.schema import decode, from_plain, lift, plain
from worldloom.kernel.space import Pose
from worldloom.kernel.state import State
from worldloom.kernel.step import Point
from worldloom.kernel.zones import Volume

EDITS: Final = frozenset({"spawn", "set", "remove", "despawn", "push", "grab", "undo", "redo",
                          "restore"})  # fmt: skip
"""The actions that a guard's rule for `edit` is about."""
OWNERS: Final = str(Role.OWNER)
_GUARD: Final = Guard.__kind__.name
_ZONE: Final = Zone.__kind__.name
_PLACE: Final = Transform.__kind__.name
_BOTH: Final = frozenset({_GUARD, _ZONE})
_SAME_M: Final = 1e-6
"""What goes no farther stays where it is, in metres."""


def guarded(state: State) -> bool:
    """Tell whether there is any guard in a world."""
    return bool(state.having.get(_GUARD))


def concerned(state: State, given: Mapping[str, Any]) -> bool:
    """Tell whether guards may have a say: there is one, or arguments name one."""
    return guarded(state) or _names(given, _GUARD)


class Watch:
    """The guards of a world as one decision sees them."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._zones: list[tuple[float, int, Volume, Guard]] | None = None

    def asked(self, action: str, visitor: Visitor, given: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the role that each thing and place that an action touches asks for.

        Empty: no guard says anything. What touches nothing happens where its visitor stands.
        """
        things = tuple(entities_in(given.values()))
        words = [self.thing(action, entity.number) for entity in things]
        if action == "despawn":
            below = (id for entity in things for id in self.below(entity.number))
            words += [self.thing(action, id) for id in below]
        zoned = _names(given, _ZONE) and any(self._guard(thing.number) for thing in things)
        if _names(given, _GUARD) or zoned:
            words.append(OWNERS)  # only owners say who may do what
        entity = given.get("entity")
        if given.get("component") == "Transform" and isinstance(entity, Entity):
            to = self._new_transform(entity.number, given.get("fields"))
            words += () if to is None else self.moved(action, entity.number, to)
        places = list(self._new_places(action, given))
        if not things and not places and visitor.position is not None:
            places = [visitor.position]
        return (*words, *(self.place(action, place) for place in places))

    def thing(self, action: str, id: int) -> str:
        """Return the role that a thing asks for, or the zone around it."""
        own = self._draft.look(id)
        if own is not None and action in EDITS and _BOTH <= own.cells.keys():
            return OWNERS  # who could move a zone could move its rights
        entity: EntityState | None = own
        while entity is not None:
            guard = self._guard(entity.id)
            word = "" if guard is None else said(guard, action)
            if word:
                return word
            entity = None if entity.parent is None else self._draft.look(entity.parent)
        return self.place(action, self.where(id))

    def place(self, action: str, place: Point) -> str:
        """Return the role that the smallest zone around a place asks for."""
        for _, _, volume, guard in self._all_zones():
            word = said(guard, action)
            if word and volume.holds(np.array([place]))[0]:
                return word
        return ""

    def moved(self, action: str, id: int, to: Transform) -> tuple[str, ...]:
        """Return what is asked for where an entity goes, by all under it, and where they go."""
        pose = Pose(to.position, to.rotation, to.scale)
        ways = {one: (self.where(one), self.where(one, moved=(id, pose)))
                for one in (id, *self.below(id))}  # fmt: skip
        gone = [one for one, (old, new) in ways.items() if math.dist(old, new) > _SAME_M]
        things = (self.thing(action, one) for one in gone if one != id)
        return (*things, *(self.place(action, ways[one][1]) for one in gone))

    def where(
        self,
        id: int | None,
        at: Point = (0.0, 0.0, 0.0),
        moved: tuple[int, Pose] | None = None,
    ) -> Point:
        """Return where a point in the frame of an entity lies in the world, in metres.

        `moved`: as if one of those above, or it itself, stood so.
        """
        while id is not None:
            entity = self._draft.look(id)
            if entity is None:
                break
            pose = moved[1] if moved is not None and moved[0] == id else self._pose(entity)
            at, id = pose.place(at), entity.parent
        return at

    def _new_transform(self, id: int, fields: object) -> Transform | None:
        """Return how an entity stands once fields of it are set, None where that is refused.

        Without fields it is taken off.
        """
        cell = self._draft.need(id).cells.get(_PLACE)
        if not isinstance(fields, dict):
            return Transform()
        known = {} if cell is None else lift(Transform.__kind__, plain(cell.data), cell.version)
        try:
            return from_plain(Transform, {**known, **fields})
        except WorldloomError:
            return None

    def _pose(self, entity: EntityState) -> Pose:
        """Return how an entity stands in the frame of what it is under."""
        cell = entity.cells.get(_PLACE)
        at = Transform() if cell is None else decode(Transform, cell.data, cell.version)
        return Pose(at.position, at.rotation, at.scale)

    def _new_places(self, action: str, given: Mapping[str, Any]) -> Iterator[Point]:
        """Yield the places that arguments name: where something goes to, or comes to be."""
        parent = given.get("parent")
        under = parent.number if isinstance(parent, Entity) else None
        position = given.get("position")
        if isinstance(position, tuple) and len(position) == 3:
            yield self.where(under, position)
        components = given.get("components")
        if isinstance(components, dict) and "Transform" in components:
            yield self.where(under, _position(components["Transform"]))
        elif action == "spawn" and position is None:
            yield self.where(under)

    def _guard(self, id: int) -> Guard | None:
        entity = self._draft.look(id)
        cell = None if entity is None else entity.cells.get(_GUARD)
        return None if cell is None else decode(Guard, cell.data, cell.version)

    def below(self, id: int) -> Iterator[int]:
        """Yield all that is under an entity."""
        for child in self._draft.children(id):
            yield child
            yield from self.below(child)

    def _all_zones(self) -> list[tuple[float, int, Volume, Guard]]:
        if self._zones is None:
            self._zones = sorted(self._found(), key=lambda zone: zone[:2])
        return self._zones

    def _found(self) -> Iterator[tuple[float, int, Volume, Guard]]:
        for id in self._draft.having(_ZONE):
            entity, guard = self._draft.need(id), self._guard(id)
            if guard is None or entity.parent is not None:
                continue
            zone = entity.cells[_ZONE]
            volume = Volume(decode(Zone, zone.data, zone.version), self._pose(entity))
            yield math.prod(volume.half), id, volume, guard


def said(guard: Guard, action: str) -> str:
    """Return the role that a guard asks for an action, empty where it says nothing."""
    rules = dict(guard.rules)
    edit = rules.get("edit", "") if action in EDITS else ""
    return rules.get(action) or edit or rules.get("*", "")


def entities_in(values: Iterable[Any]) -> Iterator[Entity]:
    """Yield the entities among arguments, in tuples, lists and maps too."""
    for value in values:
        if isinstance(value, Entity):
            yield value
        elif isinstance(value, (tuple, list)):
            yield from entities_in(value)
        elif isinstance(value, dict):
            yield from entities_in(value.values())


def _names(given: Mapping[str, Any], component: str) -> bool:
    """Tell whether arguments of spawn, set and remove name a component."""
    components = given.get("components")
    return given.get("component") == component or (
        isinstance(components, dict) and component in components
    )


def _position(fields: object) -> Point:
    """Return the position among the fields of a Transform; the action itself refuses nonsense."""
    found = fields.get("position", ()) if isinstance(fields, dict) else ()
    try:
        x, y, z = (float(axis) for axis in found)
    except (TypeError, ValueError):
        return (0.0, 0.0, 0.0)
    return x, y, z
