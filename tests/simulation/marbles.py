"""The simulated world: marbles and coins that nobody can make or lose, words, letters, a bell."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from worldloom.kernel.components import Transform
from worldloom.kernel.entity import Entity, Visitor
from worldloom.kernel.errors import Refused
from worldloom.kernel.personal import Personal
from worldloom.kernel.projection import Entry, Projection, Row, Rows
from worldloom.kernel.schema import Component, Event, Request
from worldloom.kernel.world import World

MARBLES = 20
COINS = 100
BOWLS = ("left", "right")
BELL_SECONDS = 60.0

Some = Annotated[int, Meta(ge=-6, le=6)]


class Bowl(Component, name="sim.Bowl"):
    """How many marbles lie in a bowl; a move of some can be undone."""

    marbles: int = 0


class Purse(Component, name="sim.Purse", private=True):
    """How many coins someone has: a secret, so that the private root moves too."""

    coins: int = 0


class Diary(Component, name="sim.Diary", private=True):
    """The last words that were written down."""

    text: Personal[str] = Personal("")


class Moved(Event, name="sim.Moved"):
    """Marbles went from one bowl to the other."""

    ticket: int
    count: int


class Paid(Event, name="sim.Paid", undo="pay back"):
    """Coins went from one purse to the other: no undo takes that back."""

    ticket: int
    count: int


class Noted(Event, name="sim.Noted"):
    """Someone wrote words down."""

    ticket: int
    text: Personal[str]


class Weighed(Event, name="sim.Weighed"):
    """The marbles were weighed: samples of that are beside it."""

    ticket: int


class Noticed(Event, name="sim.Noticed"):
    """A reaction saw a move."""

    ticket: int


class Glimpsed(Event, name="sim.Glimpsed"):
    """A reaction that stands only in every other version of the file saw a move."""

    ticket: int


class Struck(Event, name="sim.Struck"):
    """The bell struck."""


class Letter(Request, name="sim.Letter"):
    """A letter to the outside."""

    ticket: int


class Posted(Event, name="sim.Posted"):
    """The outside took a letter."""

    ticket: int


class Deed(Row, frozen=True):
    """A move of marbles, and whether the reaction to it has run."""

    ticket: int
    actor: str
    count: int
    noticed: bool


class Line(Row, frozen=True):
    """Words that were written down; None once their writer is forgotten."""

    ticket: int
    actor: str
    text: str | None


def make_world(generation: int = 0, broken: bool = False) -> World:
    """Declare the world; each generation of the file differs a little from the one before.

    The sign moves, the shelf comes and goes, and so does the reaction that glimpses. A broken one
    takes a name that every world's actions have.
    """
    world = World("sim", title="Marbles")
    left = world.spawn("left", Bowl(MARBLES), Purse(COINS))
    right = world.spawn("right", Bowl(0), Purse(0), Diary())
    world.spawn("sign", Transform(position=(float(generation % 3), 1.0, 0.0)))
    if generation % 2 == 0:
        world.spawn("shelf", at=(0.0, 1.0, float(generation)))

    @world.action
    def move(visitor: Visitor, ticket: int, count: Some) -> int:
        """Move marbles from left to right, or back when negative."""
        source, target = (left, right) if count >= 0 else (right, left)
        count = abs(count)
        source.update(Bowl, marbles=source[Bowl].marbles - count)
        target.update(Bowl, marbles=target[Bowl].marbles + count)
        world.append(Moved(ticket, count))
        if source[Bowl].marbles < 0:
            raise Refused("not so many marbles there")
        return ticket

    @world.action
    def pay(visitor: Visitor, ticket: int, count: Some) -> int:
        """Pay coins from left to right, or back when negative."""
        world.append(Paid(ticket, count))
        left.update(Purse, coins=left[Purse].coins - count)
        right.update(Purse, coins=right[Purse].coins + count)
        if min(left[Purse].coins, right[Purse].coins) < 0:
            raise Refused("not so many coins there")
        return ticket

    @world.action
    def write(visitor: Visitor, ticket: int) -> int:
        """Ask for a letter."""
        world.append(Letter(ticket))
        return ticket

    @world.action
    def note(visitor: Visitor, ticket: int, text: str) -> str:
        """Write words down."""
        world.append(Noted(ticket, Personal(text)))
        right[Diary] = Diary(Personal(text))
        return text

    _weigh(world, left, right)
    _follow(world, generation)
    _keep_tables(world)
    if broken:
        world.action(say)
    return world


def _weigh(world: World, left: Entity, right: Entity) -> None:
    weights = world.telemetry("weights", "marbles")

    @world.action
    def weigh(visitor: Visitor, ticket: int) -> int:
        """Measure what lies in both bowls."""
        found = [float(bowl[Bowl].marbles) for bowl in (left, right)]
        weights.append(found, [world.now, world.now])
        world.append(Weighed(ticket))
        return ticket


def _follow(world: World, generation: int) -> None:
    @world.on(Moved)
    def notice(moved: Moved) -> None:
        world.append(Noticed(moved.ticket))

    if generation % 2:

        @world.on(Moved)
        def glimpse(moved: Moved) -> None:
            world.append(Glimpsed(moved.ticket))

    @world.every(BELL_SECONDS)
    def ring() -> None:
        world.append(Struck())

    @world.adapter(Letter)
    async def post(letter: Letter, key: str) -> Posted:
        return Posted(letter.ticket)


def _keep_tables(world: World) -> None:
    deeds = world.project(Projection("deeds", Deed, key=("ticket",)))
    lines = world.project(Projection("lines", Line, key=("ticket",)))

    @deeds.on(Moved)
    def moved(event: Moved, entry: Entry, rows: Rows[Deed]) -> None:
        rows.put(Deed(event.ticket, entry.actor, event.count, False))

    @deeds.on(Noticed)
    def noticed(event: Noticed, entry: Entry, rows: Rows[Deed]) -> None:
        known = rows.get(event.ticket)
        assert known is not None, "a reaction ran before what it reacts to"
        rows.put(msgspec.structs.replace(known, noticed=True))

    @lines.on(Noted)
    def noted(event: Noted, entry: Entry, rows: Rows[Line]) -> None:
        rows.put(Line(event.ticket, entry.actor, event.text.value))


def say(text: str) -> None:
    """Clash with an action of every world."""
