"""Promised: whatever visitors ask, and wherever they stand, guards alone give them what changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel.host import Host
from worldloom.kernel.cells import EntityState
from worldloom.kernel.components import Color, Guard
from worldloom.kernel.draft import Draft
from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.guards import Watch
from worldloom.kernel.live import LiveWorld
from worldloom.kernel.physical import Grab, Zone
from worldloom.kernel.realm import Caller
from worldloom.kernel.rights import Role
from worldloom.kernel.world import World

PIT = (20.0, 0.0, 0.0)
SIZE = (8.0, 4.0, 8.0)
THINGS = ("pit", "vault", "stone", "twig", "leaf", "clay", "cup", "ring", "one", "two", "three")
places = st.tuples(
    st.sampled_from([0.0, 18.0, 21.0, 40.0]), st.just(0.0), st.sampled_from([0.0, 1.0, 30.0])
)
components = st.fixed_dictionaries(
    {},
    optional={
        "Color": st.sampled_from([{"value": "#111111"}, {"value": "#222222"}]),
        "Transform": st.fixed_dictionaries({"position": places}),
        "Zone": st.just({"size": [90, 90, 90]}),
        "Guard": st.just({"rules": [["*", "visitor"]]}),
    },
)
spawns = st.fixed_dictionaries(
    {"name": st.sampled_from(THINGS[-3:])},
    optional={
        "position": places,
        "components": components,
        "parent": st.sampled_from(THINGS),
    },
)
sets = st.builds(
    lambda entity, some: [
        {"entity": entity, "component": name, "fields": fields} for name, fields in some.items()
    ],
    st.sampled_from(THINGS),
    components,
).filter(bool)
entities = st.fixed_dictionaries({"entity": st.sampled_from(THINGS)})
removals = st.fixed_dictionaries(
    {
        "entity": st.sampled_from(THINGS),
        "component": st.sampled_from(["Color", "Transform", "Zone", "Guard"]),
    }
)
backs = st.fixed_dictionaries(
    {"seq": st.integers(-6, -1)}, optional={"entity": st.sampled_from(THINGS)}
)
rules = st.fixed_dictionaries(
    {
        "entity": st.sampled_from(THINGS),
        "rules": st.sampled_from([{}, {"*": "visitor"}, {"edit": "visitor"}]),
    }
)
wishes = st.one_of(
    st.tuples(st.just("spawn"), spawns),
    st.tuples(st.just("set"), sets.flatmap(st.sampled_from)),
    st.tuples(st.just("remove"), removals),
    st.tuples(st.sampled_from(["despawn", "grab", "push", "click", "use"]), entities),
    st.tuples(st.just("restore"), backs),
    st.tuples(st.just("guard"), rules),
    st.tuples(st.sampled_from(["undo", "redo"]), st.just({})),
    st.tuples(st.just("set_right"), st.just({"action": "spawn", "role": "visitor"})),
    st.tuples(st.just("define_role"), st.just({"name": "boss", "base": "builder"})),
    st.tuples(st.just("set_entry"), st.just({"capacity": 1})),
)
turns = st.lists(st.tuples(st.booleans(), places, wishes), min_size=3, max_size=25)


def field() -> World:
    """Declare a field with a pit where anyone edits, a vault where anyone does anything in it."""
    world = World("field")
    world.spawn("pit", Zone(size=SIZE), Guard((("edit", "visitor"),)), at=PIT)
    world.spawn("vault", Zone(size=(2, 2, 2)), Guard((("*", "visitor"),)), at=(21, 0, 1))
    world.spawn("stone", Color("#808080"), Grab(), at=(0, 0, 1))
    twig = world.spawn("twig", Color("#808080"), at=(40, 0, 0))
    world.spawn("leaf", Color("#808080"), at=(-19, 0, 0), parent=twig)  # in the pit, of the twig
    world.spawn("clay", Color("#808080"), Grab(), at=(18, 0, 0))
    world.spawn("cup", Guard((("edit", "visitor"),)), at=(40, 0, 30))
    world.spawn("ring", Guard((("edit", "builder"),)), at=(18, 0, 1))
    return world


def shut(live: LiveWorld) -> dict[int, EntityState]:
    """Return what a visitor may not change: of which no guard says that they may edit it."""
    draft = Draft(live.state)
    watch = Watch(draft)
    return {id: one for id, one in live.state.entities.items() if not _open(draft, watch, id)}


def _open(draft: Draft, watch: Watch, id: int) -> bool:
    """Say, apart from the kernel's own way to find it, whether a visitor may edit an entity."""
    entity: EntityState | None = draft.need(id)
    if entity is not None and {"Zone", "Guard"} <= entity.cells.keys():
        return False
    while entity is not None:
        if "Guard" in entity.cells:
            return entity.name == "cup"
        entity = None if entity.parent is None else draft.need(entity.parent)
    return bool(_in_pit(watch.where(id)))


def _in_pit(place: tuple[float, float, float]) -> bool:
    return all(abs(p - q) <= size / 2 for p, q, size in zip(place, PIT, SIZE, strict=True))


def changes_guards(action: str, args: Mapping[str, Any]) -> bool:
    """Say whether an owner would change what this test is about."""
    named = {args.get("component"), *args.get("components", {})}
    return action in ("guard", "set_right", "define_role", "set_entry") or bool(
        {"Guard", "Zone"} & named
    )


@settings(max_examples=60)
@given(turns)
def test_only_what_guards_give_a_visitor_changes(
    turns: list[tuple[bool, tuple[float, float, float], tuple[str, Mapping[str, Any]]]],
) -> None:
    host = Host()
    live = host.open(field())
    host.do("field", "spawn", name="castle", position=[0, 0, 30])
    for is_owner, at, (action, args) in turns:
        if is_owner and changes_guards(action, args):
            continue
        standing = host.realm.standing("ann", "field")
        ann = Caller("ann", "ann", "v1", standing.role, at, standing)
        caller = Caller("boss", "boss", "", Role.OWNER) if is_owner else ann
        if action == "restore":
            args = {**args, "seq": max(0, live.seq + args["seq"])}
        before, rights = shut(live), host.realm.people.rules("field")
        try:
            host.do("field", action, caller, **args)
        except WorldloomError:
            continue
        if is_owner:
            continue
        assert host.realm.people.rules("field") == rights, (action, args)
        for id, one in before.items():
            now = live.state.entities.get(id)
            assert now is not None and now.cells == one.cells, (one.name, action, args, at)
        assert shut(live).keys() <= before.keys(), ("something came out", action, args, at)
