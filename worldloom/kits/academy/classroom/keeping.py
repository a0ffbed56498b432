"""Where a class is kept: an entity for the poll, one for the groups, and one for each learner."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from worldloom import Component, OverLimit, World
from worldloom.kits.academy.classroom.components import Groups, Hand, Poll, Vote
from worldloom.kits.academy.classroom.limits import CLASS_LIMITS as LIMITS

POLL: Final = "poll of the class"
GROUPS: Final = "groups of the class"


def slip(account: str) -> str:
    """Name the entity by a hash: everyone sees it, and it tells no account to who knows none."""
    return f"learner {sha256(account.encode()).hexdigest()[:16]}"


def keep(world: World, name: str, value: Component) -> None:
    """Keep a component on the entity of a name, which is made where there is none."""
    if name in world:
        world[name][type(value)] = value
    else:
        world.spawn(name, value)


def keep_of(world: World, account: str, value: Hand | Vote) -> None:
    """Keep something of a learner; raises OverLimit for one learner too many."""
    name, kind = slip(account), type(value)
    if name not in world or kind not in world[name]:
        if sum(1 for _ in world.find(kind)) >= LIMITS.learners_max:
            raise OverLimit(
                f"a class has at most {LIMITS.learners_max} of them",
                "lower the hands, or open the next poll", too_large=True,
            )  # fmt: skip
    keep(world, name, value)


def poll_of(world: World) -> Poll:
    """Return the newest poll; one without an id where there was none."""
    return (world[POLL].get(Poll) if POLL in world else None) or Poll()


def groups_of(world: World) -> tuple[tuple[str, ...], ...]:
    """Return the groups as accounts."""
    kept = world[GROUPS].get(Groups) if GROUPS in world else None
    return kept.groups if kept else ()


def hands_of(world: World) -> Mapping[str, int]:
    """Return account → number of each hand that is up."""
    every = (entity[Hand] for entity in world.find(Hand))
    return {hand.account: hand.number for hand in every}


def votes_of(world: World, poll: Poll) -> Mapping[str, int]:
    """Return account → choice of those who answered a poll."""
    every = (entity[Vote] for entity in world.find(Vote))
    return {vote.account: vote.choice for vote in every if vote.poll == poll.id}


def clear_votes(world: World) -> None:
    """Let go of the answers to the poll before: they stay in the log."""
    for entity in list(world.find(Vote)):
        del entity[Vote]
