"""The simulated world: marbles that nobody can make or lose, and a letter to the outside."""

from __future__ import annotations

from worldloom.kernel.components import Transform
from worldloom.kernel.entity import Visitor
from worldloom.kernel.errors import Refused
from worldloom.kernel.schema import Component, Event, Request
from worldloom.kernel.world import World

MARBLES = 20
BOWLS = ("left", "right")


class Bowl(Component, name="sim.Bowl"):
    """How many marbles lie in a bowl."""

    marbles: int = 0


class Purse(Component, name="sim.Purse", private=True):
    """A secret count, so that the private root moves too."""

    coins: int = 0


class Moved(Event, name="sim.Moved"):
    """Marbles went from one bowl to the other."""

    ticket: int
    count: int


class Noticed(Event, name="sim.Noticed"):
    """A reaction saw a move."""

    ticket: int


class Letter(Request, name="sim.Letter"):
    """A letter to the outside."""

    ticket: int


class Posted(Event, name="sim.Posted"):
    """The outside took a letter."""

    ticket: int


def make_world(generation: int = 0) -> World:
    """Declare the world; a later generation of the file moves one declared thing."""
    world = World("sim", title="Marbles")
    left = world.spawn("left", Bowl(MARBLES), Purse())
    right = world.spawn("right", Bowl(0), Purse())
    world.spawn("sign", Transform(position=(float(generation % 3), 1.0, 0.0)))

    @world.action
    def move(visitor: Visitor, ticket: int, count: int) -> int:
        """Move marbles from left to right, or back when negative."""
        source, target = (left, right) if count >= 0 else (right, left)
        count = abs(count)
        source.update(Bowl, marbles=source[Bowl].marbles - count)
        target.update(Bowl, marbles=target[Bowl].marbles + count)
        left.update(Purse, coins=left[Purse].coins + count)
        world.append(Moved(ticket, count))
        if source[Bowl].marbles < 0:
            raise Refused("not so many marbles there")
        return ticket

    @world.action
    def write(visitor: Visitor, ticket: int) -> int:
        """Ask for a letter."""
        world.append(Letter(ticket))
        return ticket

    @world.on(Moved)
    def notice(moved: Moved) -> None:
        world.append(Noticed(moved.ticket))

    @world.adapter(Letter)
    async def post(letter: Letter, key: str) -> Posted:
        return Posted(letter.ticket)

    return world
