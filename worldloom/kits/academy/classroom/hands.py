"""Raised hands: a queue in order, for the instructor; either side lowers them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from worldloom import NotFound, Visitor
from worldloom.kernel.limits import LIMITS as KERNEL
from worldloom.kits.academy.classroom import rules
from worldloom.kits.academy.classroom.components import Hand
from worldloom.kits.academy.classroom.events import HandLowered, HandRaised
from worldloom.kits.academy.classroom.keeping import hands_of, keep_of, slip

if TYPE_CHECKING:
    from worldloom.kits.academy.classroom.room import Classroom

Account = Annotated[str, Meta(max_length=KERNEL.name_characters_max)]


def raise_hand_of(room: Classroom, visitor: Visitor) -> int:
    """Raise a visitor's hand; return their place in the queue, from 1."""
    world, hands = room.world, hands_of(room.world)
    if visitor.account not in hands:
        number = rules.number_for(hands, visitor.account)
        keep_of(world, visitor.account, Hand(visitor.account, number))
        world.append(HandRaised(visitor))
        room.show()
    return rules.queue(hands_of(world)).index(visitor.account) + 1


def lower(room: Classroom, visitor: Visitor, account: str) -> None:
    """Lower a hand: one's own, or as an instructor anyone's. Raises NotFound, NotAllowed."""
    if account != visitor.account:
        room.lead(visitor)
    world = room.world
    if account not in hands_of(world):
        raise NotFound("that hand is not up", "the panel shows whose are")
    del world[slip(account)][Hand]
    world.append(HandLowered(visitor, account))
    room.show()


def add_hands(room: Classroom) -> None:
    """Give a world the actions of raised hands."""
    world = room.world

    @world.action
    def raise_hand(visitor: Visitor) -> int:
        """Raise your hand; you get your place in the queue."""
        return raise_hand_of(room, visitor)

    @world.action
    def lower_hand(visitor: Visitor, learner: Account = "") -> None:
        """Lower your hand; as an instructor that of a learner (an account)."""
        lower(room, visitor, learner or visitor.account)

    @world.action(role=room.needs)
    def lower_hands(visitor: Visitor) -> int:
        """Lower all hands; you get how many were up."""
        room.lead(visitor)
        every = rules.queue(hands_of(world))
        for account in every:
            lower(room, visitor, account)
        return len(every)
