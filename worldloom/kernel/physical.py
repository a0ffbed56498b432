"""Components of things with weight, of what hands and seats are for, and of places that notice."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from worldloom.kernel.components import Position, Scale, Share, Size, Strength
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.schema import Component

Mass = Annotated[float, Meta(ge=0.001, le=100_000)]
Reach = Annotated[float, Meta(ge=0, le=LIMITS.reach_m_max)]
Speed = Annotated[float, Meta(ge=0, le=LIMITS.throw_m_per_s_max)]
RoleWord = Annotated[str, Meta(min_length=1, max_length=LIMITS.name_characters_max)]


class Body(Component):
    """A rigid body that the server moves: mass in kg, friction, bounce (0 to 1), drag per second.

    Its form is that of its Shape, or `form` with a size in metres (for a Model, say). Where it
    comes to rest is its Transform.
    """

    mass: Mass = 1.0
    friction: Annotated[float, Meta(ge=0, le=10)] = 0.6
    bounce: Share = 0.2
    drag: Annotated[float, Meta(ge=0, le=100)] = 1.0
    form: Literal["own", "box", "sphere", "cylinder", "cone", "capsule"] = "own"
    size: Size = (0.0, 0.0, 0.0)


class Joint(Component):
    """Ties the entity's Body to that of another, by name; without one, to its parent's frame.

    `anchor` is the tie's place in the own frame, `there` in the other's, in metres. A hinge or
    slider goes along the own `axis` between `least` and `most` (radians, metres; equal: free) and
    is driven at `speed`; a rope or spring is `most` long, a spring of `stiffness` N/m.
    """

    kind: Literal["fixed", "hinge", "ball", "slider", "rope", "spring"] = "hinge"
    to: str = ""
    anchor: Position = (0.0, 0.0, 0.0)
    there: Position = (0.0, 0.0, 0.0)
    axis: tuple[Scale, Scale, Scale] = (0.0, 1.0, 0.0)
    least: Scale = 0.0
    most: Scale = 0.0
    speed: Scale = 0.0
    stiffness: Strength = 100.0


class Grab(Component):
    """Visitors of a role take the entity from within `reach` metres, carry, turn and throw it.

    `throw` is the greatest speed of a throw in metres per second; without a Body it stays where it
    is let go.
    """

    role: RoleWord = "visitor"
    reach: Reach = 2.5
    throw: Speed = 9.0


class Seat(Component):
    """One visitor of a role can sit here, looking along +Z, `height` metres over its origin."""

    role: RoleWord = "visitor"
    reach: Reach = 3.0
    height: Annotated[float, Meta(ge=0, le=10)] = 0.45


class Zone(Component):
    """A volume about the entity's origin; entering and leaving it are events.

    `role`: only who has it comes in. `things`: Bodies are noticed too.
    """

    kind: Literal["box", "sphere", "cylinder"] = "box"
    size: Size = (2.0, 2.0, 2.0)
    role: RoleWord = "visitor"
    things: bool = True
