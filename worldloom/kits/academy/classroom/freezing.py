"""Freezing: learners stand where they stand, by the server's word, until they are let go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from worldloom import Conflict, Visitor
from worldloom.kits.academy.classroom.events import ClassFrozen, ClassUnfrozen

if TYPE_CHECKING:
    from worldloom.kits.academy.classroom.room import Classroom

FROZEN: Final = "academy.frozen"
"""Where presence has who froze the class, and who is held by it."""


class Frozen(Struct, frozen=True):
    """Who froze the class, and whom it holds: visitors' ids."""

    leader: str
    held: frozenset[str] = frozenset()


def freeze(room: Classroom, visitor: Visitor) -> int:
    """Hold all learners where they stand; return how many are held."""
    room.lead(visitor)
    if not visitor.id:
        raise Conflict("you have no body here", "enter the world, and lead from there")
    before: Frozen = room.world.presence.get(FROZEN) or Frozen("")
    held = _hold(room, visitor.id, before.held)
    room.world.presence[FROZEN] = Frozen(visitor.id, held)
    if not before.leader:
        room.world.append(ClassFrozen(visitor))
    return len(held)


def unfreeze(room: Classroom, visitor: Visitor) -> None:
    """Let all learners move again; raises Conflict where the class is not frozen."""
    room.lead(visitor)
    if room.world.presence.get(FROZEN) is None:
        raise Conflict("the class is not frozen", "freeze_class holds it")
    let_go(room)
    room.world.append(ClassUnfrozen(visitor))


def let_go(room: Classroom) -> None:
    """Let go of all whom the class holds."""
    frozen: Frozen = room.world.presence.pop(FROZEN)
    for one in room.world.visitors:
        if one.id in frozen.held:
            one.hold(False)
            one.tell("You can move again.")


def _hold(room: Classroom, leader: str, held: frozenset[str]) -> frozenset[str]:
    """Hold all learners, those who came later too, and let go of who leads by now."""
    found = set()
    for one in room.world.visitors:
        if one.id == leader or room.leads(one):
            if one.id in held:
                one.hold(False)
            continue
        found.add(one.id)
        if one.id not in held:
            one.hold()
            one.tell("Your instructor holds you where you stand; you can look about.")
    return frozenset(found)


def look_after(room: Classroom) -> None:
    """Hold who came since, and let go of all once their instructor is gone."""
    frozen: Frozen | None = room.world.presence.get(FROZEN)
    if frozen is None:
        return
    if all(one.id != frozen.leader for one in room.world.visitors):
        let_go(room)
        return
    held = _hold(room, frozen.leader, frozen.held)
    room.world.presence[FROZEN] = Frozen(frozen.leader, held)


def add_freezing(room: Classroom) -> None:
    """Give a world the actions and the clock that hold a class."""
    world = room.world

    @world.action(role=room.needs)
    def freeze_class(visitor: Visitor) -> int:
        """Hold all learners where they stand; you get how many are held."""
        return freeze(room, visitor)

    @world.action(role=room.needs)
    def unfreeze_class(visitor: Visitor) -> None:
        """Let all learners move again."""
        unfreeze(room, visitor)

    @world.every(1)
    def hold_newcomers() -> None:
        """Look after those who are held."""
        look_after(room)
