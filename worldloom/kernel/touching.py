"""What hands and seats hold now: decided like every action, told as events, kept as presence.

Who holds or sits is never state: after a restart every hand is empty. The events say what
happened; `Touch` is the present, changed by the steps that log them, together or not at all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final, Literal, Protocol

from msgspec import Meta

from worldloom.kernel.entity import TOUCH, Entity, Visitor
from worldloom.kernel.errors import Conflict
from worldloom.kernel.events import Grabbed, Released, SatDown, StoodUp
from worldloom.kernel.holding import check_free
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.physical import Grab, Seat
from worldloom.kernel.rights import Deed, check
from worldloom.kernel.space import Vec, length, shorten, subtract, world_pose
from worldloom.kernel.world import World
from worldloom.kernel.zones import check_entry

Hand = Literal["right", "left"]
Part = Annotated[float, Meta(ge=-1000, le=1000)]
Velocity = tuple[Part, Part, Part]

HANDS: Final[tuple[Hand, Hand]] = ("right", "left")
CHEST_M: Final = 1.2
"""Hands reach from so high above the feet, in metres."""


class ShowsHands(Protocol):
    """Who shows what hands do once it is durable."""

    def took(self, visitor: str, entity: int, hand: Hand) -> None:
        """A hand holds a thing from now on."""
        ...

    def let_go(self, visitor: str, entity: int, velocity: Vec) -> None:
        """A hand holds it no longer."""
        ...


class ShowsSeats(Protocol):
    """Who shows who sits once it is durable."""

    def sat(self, visitor: str, seat: int) -> None:
        """A visitor sits from now on."""
        ...

    def stood(self, visitor: str, seat: int) -> None:
        """A visitor sits no longer."""
        ...


class Touch:
    """The present of one world's hands and seats."""

    def __init__(self) -> None:
        self.hands: dict[tuple[str, Hand], int] = {}
        """(visitor, hand) → entity."""
        self.held: dict[int, tuple[str, Hand]] = {}
        """Entity → who holds it."""
        self.seats: dict[str, int] = {}
        """Visitor → seat."""
        self.taken: dict[int, str] = {}
        """Seat → visitor."""
        self.where: Callable[[int], tuple[Vec, float] | None] | None = None
        """Where a thing is that may be moving, and how far it reaches, in metres."""
        self.hands_shown_by: ShowsHands | None = None
        self.seats_shown_by: ShowsSeats | None = None

    def hold(self, visitor: str, hand: Hand, entity: int) -> None:
        """Put a thing into a hand."""
        self.hands[visitor, hand] = entity
        self.held[entity] = visitor, hand

    def drop(self, visitor: str, hand: Hand) -> int | None:
        """Empty a hand and return what was in it."""
        entity = self.hands.pop((visitor, hand), None)
        if entity is not None:
            self.held.pop(entity, None)
        return entity

    def seat(self, visitor: str, seat: int) -> None:
        """Let a visitor sit."""
        self.rise(visitor)
        self.seats[visitor] = seat
        self.taken[seat] = visitor

    def rise(self, visitor: str) -> int | None:
        """Let a visitor sit no longer and return where they sat."""
        seat = self.seats.pop(visitor, None)
        if seat is not None:
            self.taken.pop(seat, None)
        return seat


class _Take:
    """A thing comes into a hand, or its taking is taken back."""

    def __init__(self, touch: Touch, visitor: str, hand: Hand, entity: int) -> None:
        self._touch, self._visitor, self._hand, self._entity = touch, visitor, hand, entity

    def fold(self) -> None:
        self._touch.hold(self._visitor, self._hand, self._entity)

    def settle(self, kept: bool) -> None:
        if self._touch.hands.get((self._visitor, self._hand)) != self._entity:
            return
        if not kept:
            self._touch.drop(self._visitor, self._hand)
        elif self._touch.hands_shown_by is not None:
            self._touch.hands_shown_by.took(self._visitor, self._entity, self._hand)


class _LetGo:
    """A thing goes out of a hand; a hand that has opened stays open."""

    def __init__(self, touch: Touch, visitor: str, hand: Hand, entity: int, velocity: Vec) -> None:
        self._touch, self._visitor, self._hand = touch, visitor, hand
        self._entity, self._velocity = entity, velocity

    def fold(self) -> None:
        self._touch.drop(self._visitor, self._hand)

    def settle(self, kept: bool) -> None:
        if self._touch.hands_shown_by is not None:
            self._touch.hands_shown_by.let_go(self._visitor, self._entity, self._velocity)


class _Sit:
    """A visitor takes a seat, or their sitting down is taken back."""

    def __init__(self, touch: Touch, visitor: str, seat: int) -> None:
        self._touch, self._visitor, self._seat = touch, visitor, seat

    def fold(self) -> None:
        self._touch.seat(self._visitor, self._seat)

    def settle(self, kept: bool) -> None:
        if self._touch.seats.get(self._visitor) != self._seat:
            return
        if not kept:
            self._touch.rise(self._visitor)
        elif self._touch.seats_shown_by is not None:
            self._touch.seats_shown_by.sat(self._visitor, self._seat)


class _Rise:
    """A visitor leaves a seat."""

    def __init__(self, touch: Touch, visitor: str, seat: int) -> None:
        self._touch, self._visitor, self._seat = touch, visitor, seat

    def fold(self) -> None:
        self._touch.rise(self._visitor)

    def settle(self, kept: bool) -> None:
        if self._touch.seats_shown_by is not None:
            self._touch.seats_shown_by.stood(self._visitor, self._seat)


def touch_of(world: World) -> Touch:
    """Return who holds and who sits in a world now."""
    found = world.presence.get(TOUCH)
    if not isinstance(found, Touch):
        found = world.presence[TOUCH] = Touch()
    return found


# -- the actions -----------------------------------------------------------------------------------


def grab(world: World, visitor: Visitor, entity: Entity, hand: Hand = "right") -> None:
    """Take a thing into a hand, to carry, turn and throw it."""
    grip = entity.get(Grab)
    if grip is None:
        raise Conflict(f"{entity.name} cannot be taken", "take another thing", code="not_grabbable")
    check(visitor.standing, Deed("grab", said=f"taking {entity.name}", guards=(grip.role,)))
    touch = touch_of(world)
    _check_reach(world, touch, visitor, entity, grip.reach)
    holder = touch.held.get(entity.number)
    if holder == (visitor.id, hand):
        return
    if holder is not None and holder[0] != visitor.id:
        name = world.visitor(holder[0]).name or "someone"
        raise Conflict(
            f"{name} holds {entity.name}", "wait until it is free", code="held_by_another"
        )
    if (visitor.id, hand) in touch.hands:
        raise Conflict(f"your {hand} hand is full", "let go first", code="hand_full")
    if holder is not None:
        world.step.affect(_LetGo(touch, *holder, entity.number, (0.0, 0.0, 0.0)))
    world.append(Grabbed(visitor, entity))
    world.step.affect(_Take(touch, visitor.id, hand, entity.number))


def let_go(
    world: World, visitor: Visitor, velocity: Velocity = (0.0, 0.0, 0.0), hand: Hand = "right"
) -> dict[str, list[float]]:
    """Let go of what a hand holds, at a velocity in metres per second: so one throws."""
    touch = touch_of(world)
    number = touch.hands.get((visitor.id, hand))
    if number is None:
        raise Conflict(f"your {hand} hand is empty", "take something first", code="hand_empty")
    entity = Entity(world, number)
    grip = entity.get(Grab) if entity.alive else None
    most = LIMITS.throw_m_per_s_max if grip is None else grip.throw
    speed = shorten(velocity, most)
    if entity.alive:
        world.append(Released(visitor, entity, speed))
    world.step.affect(_LetGo(touch, visitor.id, hand, number, speed))
    return {"velocity": list(speed)}


def sit_down(world: World, visitor: Visitor, entity: Entity) -> None:
    """Sit down on a seat that is free."""
    seat = entity.get(Seat)
    if seat is None:
        raise Conflict(f"{entity.name} is no seat", "sit somewhere else", code="not_a_seat")
    check(visitor.standing, Deed("sit_down", said=f"sitting on {entity.name}", guards=(seat.role,)))
    touch = touch_of(world)
    _check_reach(world, touch, visitor, entity, seat.reach)
    place = world_pose(world.ground.state, entity.number).position
    check_entry(world.ground.state, visitor.standing, place)
    sitter = touch.taken.get(entity.number)
    if sitter == visitor.id:
        return
    if sitter is not None:
        name = world.visitor(sitter).name or "someone"
        raise Conflict(f"{name} sits there", "find a free seat", code="seat_taken")
    check_free(world, visitor.id)
    leave_seat(world, visitor)
    world.append(SatDown(visitor, entity))
    world.step.affect(_Sit(touch, visitor.id, entity.number))


def stand_up(world: World, visitor: Visitor) -> None:
    """Stand up from where you sit."""
    if not leave_seat(world, visitor):
        raise Conflict("you do not sit", "sit down first", code="not_seated")


def leave_seat(world: World, visitor: Visitor) -> bool:
    """Let a visitor stand up, if they sit, as part of this step; says whether they did."""
    touch = touch_of(world)
    seat = touch.seats.get(visitor.id)
    if seat is None:
        return False
    entity = Entity(world, seat)
    if entity.alive:
        world.append(StoodUp(visitor, entity))
    world.step.affect(_Rise(touch, visitor.id, seat))
    return True


def leave_all(world: World, visitor: Visitor) -> None:
    """Let someone who goes let go of everything and stand up, as part of this step."""
    touch = touch_of(world)
    for hand in HANDS:
        if (visitor.id, hand) in touch.hands:
            let_go(world, visitor, (0.0, 0.0, 0.0), hand)
    leave_seat(world, visitor)


def _check_reach(
    world: World, touch: Touch, visitor: Visitor, entity: Entity, reach: float
) -> None:
    """Raise Conflict unless a visitor is here and near enough."""
    if not visitor.id or visitor.position is None:
        raise Conflict("only someone in the world has hands", "enter it first", code="not_here")
    known = None if touch.where is None else touch.where(entity.number)
    place, size = known or (world_pose(world.ground.state, entity.number).position, 0.0)
    x, y, z = visitor.position
    if not length(subtract(place, (x, y + CHEST_M, z))) <= reach + size:
        raise Conflict(f"{entity.name} is out of reach", "go nearer", code="out_of_reach")
