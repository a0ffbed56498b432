"""The actions by which a world's owners say who may come and who may do what."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from worldloom.kernel.components import Guard
from worldloom.kernel.entity import Entity, Visitor
from worldloom.kernel.errors import Conflict, Invalid
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.rights import DEEDS, Role, higher, may_appoint
from worldloom.kernel.rules import (
    ActionName,
    EntrySet,
    OwnRole,
    RightSet,
    RoleDefined,
    RoleDropped,
    RoleName,
    Visibility,
    check_role,
    with_right,
    with_role,
    without_role,
)
from worldloom.kernel.step import Step
from worldloom.kernel.world import World

Names = Annotated[tuple[ActionName, ...], Meta(max_length=LIMITS.own_rights_max)]
RuleName = Annotated[str, Meta(min_length=1, max_length=LIMITS.name_characters_max)]
Capacity = Annotated[int, Meta(ge=0, le=LIMITS.visitors_per_world_max)]
RULED = frozenset({"read", "enter", "fork"})
"""Deeds that are no actions, and that a world may ask another role for."""


def define_role(
    step: Step,
    world: World,
    name: RoleName,
    base: Literal["visitor", "member", "builder"] = "visitor",
    may: Names = (),
    may_not: Names = (),
) -> dict[str, Any]:
    """Define a role of this world's own: what a role may, with some actions more or less."""
    for action in (*may, *may_not):
        check_action(step, world, action)
    people = step.desk.people
    role = OwnRole(name, base, may, may_not)
    people.set_rules(step, world.name, with_role(people.rules(world.name, step), role))
    world.append(RoleDefined(name, base, may, may_not))
    return msgspec.structs.asdict(role)


def drop_role(step: Step, world: World, name: RoleName) -> None:
    """Drop a role of this world's own; who has it is a visitor then."""
    people = step.desk.people
    people.set_rules(step, world.name, without_role(people.rules(world.name, step), name))
    world.append(RoleDropped(name))


def set_right(step: Step, world: World, action: ActionName, role: str = "") -> dict[str, str]:
    """Let an action need another role in this world; without one: the role that it says itself."""
    needs = check_action(step, world, action)
    people = step.desk.people
    rules = people.rules(world.name, step)
    asks = check_role(rules, role) if role else needs
    if needs is Role.OWNER and asks is not Role.OWNER:
        raise Conflict(
            f"{action} is an owner's, and is not given to all of a role",
            "define_role with it among `may`, and grant that role to a few",
            code="owners_only",
        )
    people.set_rules(step, world.name, with_right(rules, action, role))
    world.append(RightSet(action, role))
    return {"action": action, "role": role or str(needs)}


def set_entry(
    step: Step, world: World, visibility: Visibility | None = None, capacity: Capacity | None = None
) -> dict[str, Any]:
    """Say who may come (`public`, `unlisted`: who has the link, `private`) and how many at once."""
    people = step.desk.people
    rules = people.rules(world.name, step)
    now = msgspec.structs.replace(
        rules,
        visibility=rules.visibility if visibility is None else visibility,
        capacity=rules.capacity if capacity is None else capacity,
    )
    people.set_rules(step, world.name, now)
    seen = now.visibility or ("public" if world.public else "private")
    world.append(EntrySet(seen, now.capacity))
    return {"visibility": seen, "capacity": now.capacity}


def guard(step: Step, world: World, entity: Entity, rules: dict[RuleName, str]) -> dict[str, Any]:
    """Say who may do what with a thing and all under it, or inside a zone: {"edit": "owner"}.

    Names are actions, `edit` for all that changes it, or `*`; no rules at all take the guard away.
    """
    known = step.desk.people.rules(world.name, step)
    for name, role in rules.items():
        if name not in ("*", "edit"):
            check_action(step, world, name)
        check_role(known, role)
    if rules:
        entity[Guard] = Guard(tuple(sorted(rules.items())))
    elif Guard in entity:
        del entity[Guard]
    world.ground.bind("Guard", "guard it as it was")
    return {"entity": entity.id, "rules": rules}


def check_action(step: Step, world: World, name: str) -> Role:
    """Return the role that an action of this world, or a deed, says itself; raises Invalid."""
    action = step.desk.action_of(world, name)
    if action is not None:
        return action.role
    if name in RULED:
        return DEEDS[name].needs
    raise Invalid(
        f"there is no action {name[:64]} here", "`loom do WORLD` lists them", field="action"
    )


def appoint(step: Step, world: World, visitor: Visitor, account: str, role: str) -> None:
    """Raise NotAllowed, NotFound unless a visitor may give an account a role."""
    people = step.desk.people
    rules = people.rules(world.name, step)
    gets = check_role(rules, role)
    own = rules.role(role)
    if own is not None and own.may:
        gets = Role.OWNER  # who has more than a role of the ladder may is chosen by an owner
    has = people.role(account, world.name, world.public)
    if not may_appoint(visitor.standing, higher(has, None), gets):
        raise below(visitor)


def below(visitor: Visitor) -> Conflict:
    """Make the error for changing somebody who is not below oneself."""
    return Conflict(
        f"{visitor.standing.title or visitor.role} changes only who is below",
        "ask an owner of this world", code="not_below",
    )  # fmt: skip
