"""Pointing and the spotlight: a thing is marked for all, until it is taken back or undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from worldloom import Click, Color, Conflict, Entity, Light, Path, Shape, Text, Transform, Visitor
from worldloom.kernel.space import Pose, unit
from worldloom.kits.academy.classroom.events import MarksTaken, PointedAt, Spotlit
from worldloom.kits.academy.classroom.limits import CLASS_LIMITS as LIMITS
from worldloom.kits.academy.classroom.places import Point, ring

if TYPE_CHECKING:
    from worldloom.kits.academy.classroom.room import Classroom

POINTER: Final = "pointer of the class"
SPOTLIGHT: Final = "spotlight of the class"
DOWN: Final = (1.0, 0.0, 0.0, 0.0)
"""Half a turn about +X: a cone's tip looks down."""
AMBER: Final = "#ffb347"
CONE_M: Final = 0.5
STEPS: Final = 24
"""Points of the ring of light."""


def pose_of(entity: Entity) -> Pose:
    """Return an entity's pose in the world."""
    chain = [entity]
    while (parent := chain[-1].parent) is not None:
        chain.append(parent)
    pose = Pose()
    for one in reversed(chain):
        own = one.get(Transform) or Transform()
        pose = pose.under(Pose(own.position, unit(own.rotation), own.scale))
    return pose


def stand_of(entity: Entity) -> Point:
    """Return where an entity's origin is in the world, in metres."""
    x, y, z = pose_of(entity).position
    return (x, y, z)


def size_of(entity: Entity) -> tuple[float, float]:
    """Return how far an entity reaches up and to the sides, as far as its Shape tells; metres."""
    pose, shape = pose_of(entity), entity.get(Shape)
    if shape is None:
        return LIMITS.mark_m_min, LIMITS.mark_m_min
    x, y, z = (part * abs(by) / 2 for part, by in zip(shape.size, pose.scale, strict=True))
    return y, max(x, z, LIMITS.mark_m_min / 2)


def point_at(room: Classroom, visitor: Visitor, entity: Entity) -> None:
    """Hang a pointer over a thing, with its name, in place of the one before."""
    room.lead(visitor)
    world = room.world
    (x, y, z), (up, _) = stand_of(entity), size_of(entity)
    drop(room, POINTER)
    cone = Shape("cone", (0.3, CONE_M, 0.3), solid=False)
    place = Transform((x, y + up + CONE_M / 2 + 0.15, z), DOWN)
    pointer = world.spawn(POINTER, cone, Color(AMBER, glow=0.6), place)
    title = Text(entity.name, 0.16, AMBER, billboard=True)
    world.spawn(f"{POINTER}: title", title, at=(0.0, -CONE_M, 0.0), parent=pointer)
    world.append(PointedAt(visitor, entity))


def spotlight(room: Classroom, visitor: Visitor, entity: Entity) -> None:
    """Put a thing in a light of its own, with a ring about it, in place of the one before."""
    room.lead(visitor)
    world = room.world
    (x, y, z), (up, out) = stand_of(entity), size_of(entity)
    drop(room, SPOTLIGHT)
    light = Light("point", "#fff1d0", LIMITS.spotlight_candela, 3 * (up + out) + 2.0)
    lamp = world.spawn(SPOTLIGHT, light, at=(x, y + up + 1.0, z))
    points = ring((0.0, -2 * up - 0.95, 0.0), STEPS, out + 0.3)
    line = Path(points, width=0.05, color=AMBER, closed=True, glow=0.8)
    world.spawn(f"{SPOTLIGHT}: ring", line, parent=lamp)
    world.append(Spotlit(visitor, entity))


def drop(room: Classroom, name: str) -> bool:
    """Take a mark away; tell whether it was there."""
    there = name in room.world
    if there:
        room.world.despawn(room.world[name])
    return there


def take_back(room: Classroom, visitor: Visitor) -> None:
    """Take the pointer and the spotlight away; raises Conflict where neither is there."""
    room.lead(visitor)
    if not sum([drop(room, POINTER), drop(room, SPOTLIGHT)]):
        raise Conflict("nothing is marked", "point at a thing first")
    room.world.append(MarksTaken(visitor))


def add_marking(room: Classroom) -> None:
    """Give a world the actions that mark things, and let instructors' presses mark them."""
    world = room.world

    @world.on(Click)
    def mark_what_is_pressed(click: Click) -> None:
        """Mark a thing that an instructor presses, where their panel says that a press does so."""
        of_ours = click.entity.name.startswith((POINTER, SPOTLIGHT))
        if room.leads(click.visitor) and not of_ours:
            room.leader.mark(click.visitor, click.entity)

    @world.action(role=room.needs, approval=False)  # no more goes than such marks
    def point_class(visitor: Visitor, entity: Entity) -> None:
        """Point at a thing, for all."""
        point_at(room, visitor, entity)

    @world.action(role=room.needs, approval=False)  # no more goes than such marks
    def spotlight_class(visitor: Visitor, entity: Entity) -> None:
        """Put a thing in a light of its own, for all."""
        spotlight(room, visitor, entity)

    @world.action(role=room.needs, approval=False)  # no more goes than such marks
    def take_marks(visitor: Visitor) -> None:
        """Take the pointer and the spotlight away."""
        take_back(room, visitor)
