"""A world in which all happens that a file can ask for, and what tests of forks do with it."""

from __future__ import annotations

from typing import Any

from tests.kernel.host import Host
from worldloom.kernel.components import Text
from worldloom.kernel.entity import Entity, Visitor
from worldloom.kernel.errors import (
    WorldloomError,
)
from worldloom.kernel.events import Click
from worldloom.kernel.followups import Pending
from worldloom.kernel.forking import NewFork
from worldloom.kernel.people import LOCAL
from worldloom.kernel.projection import Entry, Projection, Row, Rows
from worldloom.kernel.realm import Caller, Command
from worldloom.kernel.rights import Role
from worldloom.kernel.schema import Component, Event, Request, plain
from worldloom.kernel.world import World


class Count(Component, name="forks.Count"):
    """A number that goes up."""

    value: int = 0


class Secret(Component, name="forks.Secret", private=True):
    """What clients never see."""

    value: int = 0


class Rung(Event, name="forks.Rung"):
    """A bell rang."""

    bell: Entity
    number: int


class Heard(Event, name="forks.Heard"):
    """A ring was heard."""

    number: int


class Letter(Request, name="forks.Letter"):
    """A letter shall leave."""

    bell: Entity
    number: int


class Posted(Event, name="forks.Posted"):
    """A letter left."""

    number: int


class Ring(Row, frozen=True):
    """How often a number was rung."""

    number: int
    rings: int


def belfry(text: str = "bell", every: float | None = None, sandbox: Any = None) -> World:
    """Return a world in which everything happens that a file can ask for."""
    world = World("w", title="A belfry")
    bell = world.spawn("bell", Count(), Text(text))
    heard = world.spawn("ear", Count())

    @world.action
    def ring(visitor: Visitor, number: int) -> str:
        """Ring, and ask for a letter."""
        bell[Count] = Count(bell[Count].value + 1)
        world.append(Rung(bell, number))
        world.append(Letter(bell, number))
        return world.name

    @world.action
    def hide(visitor: Visitor, value: int) -> None:
        """Write what clients never see."""
        bell[Secret] = Secret(value)

    @world.on(Click, bell)
    def click(click: Click) -> None:
        click.visitor.tell(f"{click.entity == bell} {len({click.entity, bell})} {world.name}")

    @world.on(Rung, bell)
    def hear(rung: Rung) -> None:
        heard.update(Count, value=heard[Count].value + 1)
        world.append(Heard(rung.number))

    @world.adapter(Letter, sandbox=sandbox)
    async def post(letter: Letter, key: str) -> Posted:
        return Posted(letter.number)

    table = Projection("rings", Ring, key=("number",))

    @table.on(Rung)
    def count(rung: Rung, entry: Entry, rows: Rows[Ring]) -> None:
        known = rows.get(rung.number) or Ring(rung.number, 0)
        rows.put(Ring(rung.number, known.rings + 1))

    world.project(table)
    if every is not None:

        @world.every(seconds=every)
        def tick() -> None:
            bell.update(Count, value=bell[Count].value + 100)

    return world


def outside(host: Host) -> list[tuple[str, int, bool]]:
    """Perform what is asked of the outside; return (world, number, simulated)."""
    seen = []
    for pending in host.realm.requests():
        seen.append((pending.world, plain_number(pending), pending.simulated))
        host.realm.answer(pending, run(pending))
    host.flush()
    return seen


def plain_number(pending: Pending) -> int:
    assert isinstance(pending.request, Letter)
    return pending.request.number


def run(pending: Pending) -> Event | WorldloomError:
    """Run an adapter that never waits."""
    try:
        pending.adapter(pending.request, pending.key).__await__().send(None)
    except StopIteration as done:
        event: Event = done.value
        return event
    except WorldloomError as error:
        return error
    raise AssertionError("it waits")


def fork(host: Host, world: str, name: str, seq: int | None = None, by: str = LOCAL) -> NewFork:
    """Make a fork and make it durable."""
    made = host.realm.fork(world, name, seq, by)
    host.flush()
    return made


def value(host: Host, world: str, entity: str = "bell") -> int:
    """Return an entity's count in a world."""
    state = host.realm.world(world).state
    cells = state.entities[state.by_name[entity]].cells
    found: int = plain(cells["forks.Count"].data)["value"]
    return found


def command(world: str, number: int) -> Command:
    """Return the owner's asking to ring."""
    return Command(world, "ring", {"number": number}, Caller(LOCAL, LOCAL, "", Role.OWNER))
