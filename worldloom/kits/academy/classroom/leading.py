"""Where a class is led: brought together, brought along, and sent apart in groups.

Where people stand is presence: none of it is kept but that it happened.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from worldloom import Conflict, Visitor
from worldloom.kits.academy.classroom import places
from worldloom.kits.academy.classroom.events import (
    ClassFollowed,
    ClassGathered,
    ClassReleased,
    GroupsSent,
)
from worldloom.kits.academy.classroom.keeping import groups_of
from worldloom.kits.academy.classroom.limits import CLASS_LIMITS as LIMITS
from worldloom.kits.academy.classroom.marking import stand_of
from worldloom.kits.academy.classroom.places import Point

if TYPE_CHECKING:
    from worldloom.kits.academy.classroom.room import Classroom

LED = "academy.led"
"""Where presence has who leads whom."""


class Led(Struct, frozen=True):
    """Who follows whom now."""

    leader: str
    """A visitor's id."""
    anchor: Point
    followers: frozenset[str]
    may_leave: bool


def place_of(visitor: Visitor) -> Point:
    """Return where a visitor stands; raises Conflict for one without a body."""
    if visitor.position is None:
        raise Conflict("you have no body here", "enter the world, and lead from there")
    x, y, z = (float(part) for part in visitor.position)
    return (x, y, z)


def bodies(room: Classroom, leader: Visitor) -> tuple[Visitor, ...]:
    """Return the learners' bodies: an account may have several."""
    every = (one for one in room.world.visitors if one.account != leader.account)
    return tuple(one for one in every if one.position is not None and not room.leads(one))


def gather(room: Classroom, visitor: Visitor) -> int:
    """Bring all learners to a ring around an instructor; return how many."""
    room.lead(visitor)
    every = bodies(room, visitor)
    spots = places.ring(place_of(visitor), len(every))
    for one, spot in zip(every, spots, strict=True):
        one.move_to(spot)
    room.world.append(ClassGathered(visitor, len(every)))
    return len(every)


def lead_on(room: Classroom, visitor: Visitor, may_leave: bool) -> int:
    """Let all learners who are here be brought along; return how many."""
    count = gather(room, visitor)
    followers = frozenset(one.id for one in bodies(room, visitor))
    room.world.presence[LED] = Led(visitor.id, place_of(visitor), followers, may_leave)
    room.world.append(ClassFollowed(visitor, may_leave))
    return count


def release(room: Classroom, visitor: Visitor) -> None:
    """Let nobody be brought along any more."""
    room.lead(visitor)
    if room.world.presence.pop(LED, None) is None:
        raise Conflict("nobody follows", "follow_me lets them")
    room.world.append(ClassReleased(visitor))


def look_after(room: Classroom) -> None:
    """Bring along who follows, and let go of who walked away."""
    world = room.world
    led: Led | None = world.presence.get(LED)
    if led is None:
        return
    here = {one.id: one for one in world.visitors if one.position is not None}
    leader = here.get(led.leader)
    if leader is None:
        del world.presence[LED]
        return
    stand = {id: place_of(here[id]) for id in led.followers if id in here}
    seen = places.follow(led.anchor, place_of(leader), stand, led.may_leave)
    for id, spot in seen.brought.items():
        here[id].move_to(spot)
    for id in seen.left:
        here[id].tell("You follow no more: you walked away.")
    followers = frozenset(stand) - seen.left
    world.presence[LED] = Led(led.leader, seen.anchor, followers, led.may_leave)


def breakout(room: Classroom, visitor: Visitor) -> int:
    """Send each group to a spot of its own; return how many groups went. Raises Conflict."""
    room.lead(visitor)
    groups = groups_of(room.world)
    if not groups:
        raise Conflict("there are no groups", "draw some first")
    every = bodies(room, visitor)
    centres = spots_of(room, visitor, len(groups))
    for group, centre in zip(groups, centres, strict=True):
        mine = [one for one in every if one.account in group]
        for one, spot in zip(mine, places.ring(centre, len(mine)), strict=True):
            one.move_to(spot)
    room.world.append(GroupsSent(visitor, len(groups)))
    return len(groups)


def spots_of(room: Classroom, visitor: Visitor, count: int) -> Sequence[Point]:
    """Return a spot for each group: the class's own, or on a wide ring about the instructor."""
    own = [stand_of(room.world[name]) for name in room.spots if name in room.world]
    if not room.spots:
        wide = max(LIMITS.breakout_m_min, places.radius_of(count) * 4)
        return places.ring(place_of(visitor), count, wide)
    if len(own) < count:
        raise Conflict(
            f"{count} groups need {count} spots, and there are {len(own)}",
            "draw fewer groups, or name more in Classroom(spots=[…])",
        )
    return own[:count]


def add_leading(room: Classroom) -> None:
    """Give a world the actions and the clock by which a class is led."""
    world = room.world

    @world.action(role=room.needs)
    def gather_class(visitor: Visitor) -> int:
        """Bring all learners to a ring around you; you get how many came."""
        return gather(room, visitor)

    @world.action(role=room.needs)
    def follow_me(visitor: Visitor, may_leave: bool = False) -> int:
        """Gather all learners and bring them along as you walk; `may_leave`: who walks away may."""
        return lead_on(room, visitor, may_leave)

    @world.action(role=room.needs)
    def release_class(visitor: Visitor) -> None:
        """Bring nobody along any more."""
        release(room, visitor)

    @world.action(role=room.needs)
    def send_groups(visitor: Visitor) -> int:
        """Send each group to a spot of its own; you get how many groups went."""
        return breakout(room, visitor)

    @world.every(1)
    def bring_along() -> None:
        """Look after those who follow; where people stand is known once a second."""
        look_after(room)
