"""Films that are watched together: who may play, pause and seek a Screen, and what that changes.

What is kept is where the film stood and when. Everyone's page works out the rest from the server's
clock, so that who comes late, and who looks at the past, sees the same picture.
"""

from __future__ import annotations

from worldloom.kernel.entity import Entity, Visitor
from worldloom.kernel.errors import Conflict
from worldloom.kernel.media import FilmSeconds, Screen
from worldloom.kernel.rights import Deed, Role, Standing, check
from worldloom.kernel.world import World


def play_screen(
    world: World, visitor: Visitor, entity: Entity, position: FilmSeconds | None = None
) -> dict[str, float]:
    """Let a screen's film go on for everyone, from where it stands or from a second."""
    return _show(entity, _controlled(visitor, entity, "playing").played(world.now, position))


def pause_screen(world: World, visitor: Visitor, entity: Entity) -> dict[str, float]:
    """Hold a screen's film for everyone, where it stands."""
    return _show(entity, _controlled(visitor, entity, "pausing").paused(world.now))


def seek_screen(
    world: World, visitor: Visitor, entity: Entity, position: FilmSeconds
) -> dict[str, float]:
    """Take a screen's film to a second, for everyone; it goes on if it was playing."""
    return _show(entity, _controlled(visitor, entity, "seeking").sought(world.now, position))


def _controlled(visitor: Visitor, entity: Entity, deed: str) -> Screen:
    """Return an entity's Screen; raises Conflict, or NotAllowed naming the role that it needs."""
    screen = entity.get(Screen)
    if screen is None:
        raise Conflict(f"{entity.name} is no screen", "name another entity", code="not_a_screen")
    who = Standing(visitor.role, visitor.account)
    check(who, Deed("control", Role(screen.control), said=f"{deed} {entity.name}"))
    return screen


def _show(entity: Entity, screen: Screen) -> dict[str, float]:
    entity[Screen] = screen
    return {"position": screen.position}
