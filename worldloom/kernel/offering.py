"""What a thing offers: never more than who made it so may do, whoever it is that uses it.

Who uses a thing sees a label and acts by their own rights: without this a builder's bell would do
whatever an owner's finger may. The world's own file is trusted, as all of its code is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from worldloom.kernel.actions import Action
from worldloom.kernel.agents import person_of
from worldloom.kernel.components import Use
from worldloom.kernel.entity import Entity, Visitor
from worldloom.kernel.errors import NotAllowed
from worldloom.kernel.guards import Watch, concerned, guarded
from worldloom.kernel.rights import Role, Standing, check, decide, higher, lower
from worldloom.kernel.step import Step
from worldloom.kernel.undo import THE_WORLDS
from worldloom.kernel.world import World

_USE: Final = Use.__kind__.name


def check_offer(
    step: Step,
    world: World,
    visitor: Visitor,
    entity: Entity,
    action: Action,
    args: Mapping[str, Any],
    own: bool,
) -> None:
    """Raise NotAllowed, NotSignedIn where a visitor, or the maker of an offer, may not do it.

    `own`: it is a deed that each decides for themselves, or that a person must approve of an
    agent's; such deeds, and those of owners, are offered by nobody but the world's own code.
    """
    state = world.ground.state
    deed = action.deed(world.name)
    # What the visitor lacks is told first, as if they had asked for it by its own name.
    may = (str(Role.VISITOR),) if guarded(state) else ()
    check(visitor.standing, msgspec.structs.replace(deed, guards=may), step.now)
    maker = _maker(step, world, entity)
    if maker in THE_WORLDS:
        return
    said, fix = f"{entity.name} offers {action.name}", f"ask for {action.name} by its own name"
    if own or action.role is Role.OWNER:
        raise NotAllowed(f"{said}, which a thing does only by the world's own file", fix)
    given = action.bind(world, args, lax=True)
    if concerned(state, given):
        words = Watch(world.ground).asked(action.name, visitor, given)
        deed = msgspec.structs.replace(deed, guards=words)
    if decide(_standing(step, world, maker), deed, step.now) is not None:
        raise NotAllowed(f"{said}, which {maker}, who made it so, may not do here", fix)


def _maker(step: Step, world: World, entity: Entity) -> str:
    """Return who first gave an entity what it offers; whoever brought that back is not meant."""
    draft = world.ground
    state, cell = draft.state, draft.need(entity.number).cells[_USE]
    same = (_USE, cell.version, cell.data)
    for one in state.declared.entities:
        if one.name == entity.name and same in one.components:
            return "author"
    if cell.origin == cell.seq or cell.origin > state.seq:
        return cell.author
    past = step.desk.past(world.name)
    return past.author(past.record(cell.origin).group)


def _standing(step: Step, world: World, maker: str) -> Standing:
    """Return what the maker of a thing is by now: at least what anybody is, as anybody may use it.

    What an agent makes offers at most what a builder may: its token may have ended.
    """
    people, account = step.desk.people, person_of(maker)
    if people.banned_until(account, world.name, step.now) is not None:
        return Standing(Role.VISITOR, account)
    who = people.standing(account, world.name, world.public)
    role = higher(who.role, Role.VISITOR)
    if maker != account:
        role = lower(role, Role.BUILDER)
    return msgspec.structs.replace(who, role=role)
