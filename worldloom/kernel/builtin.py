"""The actions of every world, from say and go to grant and ban."""

from __future__ import annotations

import math
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from worldloom.kernel.actions import Action
from worldloom.kernel.avatar import Avatar, AvatarCode, VrmName, check_vrm
from worldloom.kernel.components import Position, Push, Transform, Use, Vector
from worldloom.kernel.draft import no_component
from worldloom.kernel.entity import Entity, Visitor
from worldloom.kernel.errors import Conflict, Invalid
from worldloom.kernel.events import Banned, Click, Granted, Pushed, Said, Went
from worldloom.kernel.guards import Watch, guarded
from worldloom.kernel.holding import check_free
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.missing import no_seq, no_webhook
from worldloom.kernel.offering import check_offer
from worldloom.kernel.people import FOREVER, LOCAL, check_account
from worldloom.kernel.personal import Personal
from worldloom.kernel.physical import Body
from worldloom.kernel.recording import be_recorded, record
from worldloom.kernel.records import SEQ_MAX, WentLive, encode_payload
from worldloom.kernel.restoring import restore
from worldloom.kernel.rights import Deed, Role, check, may_appoint
from worldloom.kernel.rules import RoleName
from worldloom.kernel.ruling import (
    appoint,
    below,
    define_role,
    drop_role,
    guard,
    set_entry,
    set_right,
)
from worldloom.kernel.safety import befriend, block, keep_distance, mute, report
from worldloom.kernel.schema import Component, from_plain, lift, named, plain
from worldloom.kernel.screening import pause_screen, play_screen, seek_screen
from worldloom.kernel.step import Step
from worldloom.kernel.touching import grab, leave_seat, let_go, sit_down, stand_up
from worldloom.kernel.undo import redo, undo
from worldloom.kernel.webhooks import Resent
from worldloom.kernel.whom import somebody
from worldloom.kernel.world import World
from worldloom.kernel.zones import check_entry

GRAVITY: Final = 9.81
"""Metres per second squared."""

ChatText = Annotated[str, Meta(min_length=1, max_length=LIMITS.text_characters_max)]
AccountName = Annotated[str, Meta(min_length=1, max_length=LIMITS.name_characters_max)]
Speed = Annotated[float, Meta(gt=0, le=LIMITS.push_m_per_s_max)]
Seconds = Annotated[float, Meta(ge=0, le=3e9)]
RecordSeq = Annotated[int, Meta(ge=1, le=SEQ_MAX)]
AddressText = Annotated[str, Meta(max_length=LIMITS.text_characters_max)]
Fields = dict[str, Any]


def say(world: World, visitor: Visitor, text: ChatText) -> None:
    """Say something that everyone here can read."""
    name, said = Personal(visitor.name, of=""), Personal(text, of="")
    world.append(Said(visitor, name, said, visitor.agent))


def go(world: World, visitor: Visitor, position: Position) -> dict[str, Any]:
    """Go to a position, in metres."""
    if not visitor.id:
        raise Conflict("only someone in the world can go", "enter it first", code="not_here")
    check_free(world, visitor.id)
    check_entry(world.ground.state, visitor.standing, position)
    leave_seat(world, visitor)
    visitor.move_to(position)
    if visitor.agent:
        world.append(Went(visitor, position))
    return {"position": list(position)}


def wear(
    step: Step, world: World, visitor: Visitor, avatar: AvatarCode = "", vrm: VrmName = ""
) -> dict[str, Any]:
    """Change what you look like, here and when you come again: a wardrobe's code, or a VRM."""
    check_vrm(step.desk.store, vrm)
    kept = step.desk.people.wear(step, visitor.account, Avatar(avatar, vrm))
    # What is kept with the account is no state of this world, so that nothing is to be undone.
    world.ground.bound = True
    for one in world.visitors:
        if one.id == visitor.id or (not visitor.id and one.account == visitor.account):
            one.wear(avatar, vrm)
    return {"avatar": avatar, "vrm": vrm, "kept": kept}


def click(world: World, visitor: Visitor, entity: Entity) -> None:
    """Click an entity."""
    world.append(Click(visitor, entity))


def use(
    step: Step,
    world: World,
    visitor: Visitor,
    entity: Entity,
    arguments: Fields | None = None,
) -> Any:
    """Do what an entity offers, with further arguments for its action."""
    offer = entity.get(Use)
    if offer is None or not offer.action:
        raise Conflict(f"{entity.name} offers nothing to do", "click it", code="not_usable")
    step.deepen()
    given = {**dict(offer.arguments), **(arguments or {})}
    action = step.desk.action_of(world, offer.action)
    if action is not None:
        own = action.function in _APPROVED or action.function in _EACH_OWN
        check_offer(step, world, visitor, entity, action, given, own)
    return step.desk.perform(step, world, visitor, offer.action, given)


def push(
    world: World,
    visitor: Visitor,
    entity: Entity,
    direction: Vector | None = None,
    speed: Speed = 2.0,
) -> dict[str, Any]:
    """Push a thing that can be pushed, level with the ground, away from you or in a direction."""
    thing = entity.get(Push)
    if thing is None and Body not in entity:
        raise Conflict(f"{entity.name} cannot be pushed", "push another thing", code="not_pushable")
    place = entity.get(Transform) or Transform()
    x, y, z = place.position
    if direction is None:
        px, _, pz = visitor.position or (x, y, z + 1)
        direction = (x - px, 0.0, z - pz)
    length = math.hypot(direction[0], direction[2])
    # Right above the thing there is no away: it goes ahead.
    east, south = (direction[0] / length, direction[2] / length) if length > 1e-6 else (0.0, -1.0)
    if thing is None:
        velocity = (east * speed, 0.0, south * speed)
        world.append(Pushed(visitor, entity, velocity))
        return {"velocity": list(velocity)}
    # A body of speed v comes to rest after v² / 2μg.
    way = min(speed * speed / (2 * thing.friction * GRAVITY), LIMITS.push_m_max)
    most = LIMITS.extent_m_max
    rest = (
        min(most, max(-most, x + east * way)),
        y,
        min(most, max(-most, z + south * way)),
    )
    there = msgspec.structs.replace(place, position=rest)
    if guarded(world.ground.state):
        words = Watch(world.ground).moved("push", entity.number, there)
        check(visitor.standing, Deed("push", guards=words))
    entity[Transform] = there
    return {"position": list(rest)}


def spawn(
    world: World,
    name: str,
    components: dict[str, Fields] | None = None,
    parent: Entity | None = None,
    position: Position | None = None,
) -> dict[str, str]:
    """Make an entity of a unique name with components, given as {"Color": {"value": "#ff8800"}}."""
    given = components or {}
    values = [from_plain(_component(kind), given[kind], world.restore) for kind in given]
    return {"entity": world.spawn(name, *values, at=position, parent=parent).id}


def set_(world: World, entity: Entity, component: str, fields: Fields) -> None:
    """Set fields of an entity's component; the others keep their values."""
    cls = _component(component)
    cell = world.ground.need(entity.number).cells.get(cls.__kind__.name)
    known = {} if cell is None else lift(cls.__kind__, plain(cell.data), cell.version)
    entity[cls] = from_plain(cls, {**known, **fields}, world.restore)


def remove(world: World, entity: Entity, component: str) -> None:
    """Take a component off an entity."""
    cls = _component(component)
    if cls not in entity:
        raise no_component(world.ground.need(entity.number), component)
    del entity[cls]


def despawn(world: World, entity: Entity) -> None:
    """Remove an entity and all that is under it."""
    world.despawn(entity)


def grant(
    step: Step,
    world: World,
    visitor: Visitor,
    account: AccountName,
    role: RoleName,
) -> dict[str, str]:
    """Give an account, or someone here by their visitor's id, a role in this world."""
    whom = somebody(step, world, account).account
    check_account(whom)
    appoint(step, world, visitor, whom, role)
    step.desk.people.grant(step, whom, world.name, role)
    world.append(Granted(whom, role))
    return {"account": whom, "role": role}


def ban(
    step: Step,
    world: World,
    visitor: Visitor,
    account: AccountName,
    seconds: Seconds | None = None,
) -> dict[str, Any]:
    """Keep an account out for some seconds, or for ever; 0 seconds lets it in again."""
    whom = somebody(step, world, account).account
    if whom == LOCAL:
        raise Conflict(
            "local is the command line of this realm's own machine, which nothing keeps out",
            "name the account of a visitor",
            code="not_bannable",
        )
    if whom == visitor.account:
        raise Conflict("you cannot ban yourself", "name another account", code="not_bannable")
    if not may_appoint(visitor.standing, step.desk.people.role(whom, world.name, True), None):
        raise below(visitor)
    until = FOREVER if seconds is None else step.now + round(seconds * 1e6)
    step.desk.people.ban(step, whom, world.name, until)
    world.append(Banned(whom, until))
    return {"account": whom, "until": until}


def go_live(world: World) -> dict[str, str]:
    """Let the requests of this fork reach the outside from now on, instead of its Sandbox."""
    lineage = world.ground.state.lineage
    if lineage is None or lineage.live:
        raise Conflict(
            f"the adapters of {world.name} are live already",
            "only a fork begins in its Sandbox",
            code="live_already",
        )
    world.ground.add("WentLive", 1, encode_payload(WentLive()))
    return {"adapters": "live"}


def resend(world: World, record: RecordSeq, webhook: AddressText = "") -> dict[str, Any]:
    """Send a record to this world's webhooks again, or to the one of an address as it is listed."""
    known = [hook for hook in world.webhooks if webhook in ("", hook.shown)]
    if not known:
        raise no_webhook(world.name, webhook)
    if record > world.ground.state.seq:
        raise no_seq(world.name, record, world.ground.state.seq)
    world.append(Resent(record, webhook))
    return {"record": record, "webhooks": [hook.shown for hook in known]}


def _component(name: str) -> type[Component]:
    """Return the public component of a name; raises Invalid."""
    cls = named(name)
    if cls is None or not issubclass(cls, Component) or cls.__kind__.private:
        raise Invalid(
            f"there is no component {name[:100]}",
            "docs/reference/components.md lists them",
            field="component",
        )
    return cls


_ROLES: Final = {
    Role.VISITOR: (
        say,
        go,
        wear,
        click,
        use,
        push,
        grab,
        let_go,
        sit_down,
        stand_up,
        undo,
        redo,
        be_recorded,
        block,
        mute,
        befriend,
        keep_distance,
        report,
        play_screen,
        pause_screen,
        seek_screen,
    ),  # fmt: skip
    Role.BUILDER: (spawn, set_, remove, despawn, restore, record),
    Role.OWNER: (
        grant,
        ban,
        go_live,
        resend,
        define_role,
        drop_role,
        set_right,
        set_entry,
        guard,
    ),
}
_EACH_OWN: Final = (block, mute, befriend, keep_distance, report, be_recorded, undo, redo)
"""What each decides for themselves: no thing that somebody made does it for who clicks there."""
_APPROVED: Final = (
    remove, despawn, restore, grant, ban, go_live, resend, define_role, drop_role, set_right,
    set_entry, guard,
)  # fmt: skip
"""What an agent does when a person says yes: it deletes, overwrites, sends something outside, or
changes who may do what.

Undoing and redoing is one of these only where it turns what another did: they say so themselves.
"""
BUILT_IN: Final[dict[str, Action]] = {
    action.name: action
    for role, functions in _ROLES.items()
    for action in (
        Action(function, role, approval=function in _APPROVED or None) for function in functions
    )
}
"""Name → action of those that every world has."""
