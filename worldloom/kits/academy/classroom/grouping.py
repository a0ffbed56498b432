"""Groups: drawn by chance from who is here, shown to all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from worldloom import Conflict, OverLimit, Visitor
from worldloom.kits.academy.classroom import rules
from worldloom.kits.academy.classroom.components import Groups
from worldloom.kits.academy.classroom.events import GroupsDrawn, GroupsEnded
from worldloom.kits.academy.classroom.keeping import GROUPS, groups_of, keep
from worldloom.kits.academy.classroom.limits import CLASS_LIMITS as LIMITS

if TYPE_CHECKING:
    from worldloom.kits.academy.classroom.room import Classroom

Count = Annotated[int, Meta(ge=1, le=LIMITS.groups_max)]


def draw(room: Classroom, visitor: Visitor, count: int) -> list[int]:
    """Draw the learners who are here into so many groups; return the sizes."""
    room.lead(visitor)
    world, order = room.world, [one.account for one in room.learners(visitor)]
    if len(order) > LIMITS.learners_max:
        raise OverLimit(f"at most {LIMITS.learners_max} learners are drawn into groups",
                        "draw where fewer are", too_large=True)  # fmt: skip
    world.random.shuffle(order)
    drawn = rules.deal(order, count)
    sizes = tuple(len(group) for group in drawn)
    keep(world, GROUPS, Groups(drawn))
    world.append(GroupsDrawn(visitor, sizes))
    room.show()
    return list(sizes)


def end(room: Classroom, visitor: Visitor) -> None:
    """Let there be no groups any more."""
    room.lead(visitor)
    if not groups_of(room.world):
        raise Conflict("there are no groups", "draw some first")
    keep(room.world, GROUPS, Groups())
    room.world.append(GroupsEnded(visitor))
    room.show()


def add_groups(room: Classroom) -> None:
    """Give a world the actions of groups."""
    world = room.world

    @world.action(role=room.needs)
    def draw_groups(visitor: Visitor, count: Count) -> list[int]:
        """Draw the learners who are here into groups by chance; you get their sizes."""
        return draw(room, visitor, count)

    @world.action(role=room.needs)
    def end_groups(visitor: Visitor) -> None:
        """Let there be no groups any more."""
        end(room, visitor)
