"""Promised: a world's owners say who may come, and who may do what: by role, thing and zone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kernel.host import Host
from worldloom.kernel.components import Color, Guard, Use
from worldloom.kernel.entity import Entity, Visitor
from worldloom.kernel.errors import Invalid, OverLimit, WorldloomError
from worldloom.kernel.limits import Limits
from worldloom.kernel.people import check_account
from worldloom.kernel.realm import Caller
from worldloom.kernel.rights import Role
from worldloom.kernel.tokens import NewToken
from worldloom.kernel.world import World


def yard(name: str = "yard", public: bool = True) -> World:
    """Declare a yard with a shed, a board in it and a bench under a tree."""
    world = World(name, public=public)
    world.spawn("board", Color("#ffffff"), at=(0, 1, 0))
    tree = world.spawn("tree", at=(10, 0, 0))
    world.spawn("bench", Color("#884400"), Use("sit"), at=(1, 0, 0), parent=tree)
    world.spawn("till", Use("sit"), at=(-10, 0, 0))

    @world.action
    def sit(visitor: Visitor) -> str:
        """Sit down."""
        return "sitting"

    @world.action
    def tie(visitor: Visitor, things: tuple[Entity, ...]) -> int:
        """Tie things together."""
        return len(things)

    return world


@pytest.fixture
def house(host: Host) -> Host:
    host.open(yard())
    return host


def ask(house: Host, who: str, action: str, world: str = "yard", /, **args: Any) -> str:
    """Let an account do something as things are now; return `done` or the code of the refusal."""
    standing = house.realm.standing(who, world)
    at = args.pop("at", None)
    caller = Caller(who, who, "v1" if at else "", standing.role, at, standing)
    try:
        house.do(world, action, caller, **args)
    except WorldloomError as error:
        return error.code
    return "done"


def test_a_role_of_the_worlds_own_may_more_and_less(house: Host) -> None:
    house.do("yard", "define_role", name="guide", base="member", may=["spawn"], may_not=["say"])
    house.do("yard", "grant", account="gil", role="guide")
    assert house.realm.role("gil", "yard") is Role.MEMBER
    assert house.realm.standing("gil", "yard").title == "guide"
    assert ask(house, "gil", "spawn", name="flag") == "done"
    assert ask(house, "gil", "say", text="hi") == "not_allowed"
    assert ask(house, "gil", "despawn", entity="board") == "not_allowed"
    assert ask(house, "other", "spawn", name="flag2") == "not_allowed"
    assert ask(house.restart_with(yard()), "gil", "spawn", name="pole") == "done"


def test_who_has_a_role_that_is_dropped_is_a_visitor(house: Host) -> None:
    house.do("yard", "define_role", name="guide", base="builder")
    house.do("yard", "grant", account="gil", role="guide")
    assert ask(house, "gil", "spawn", name="one") == "done"
    house.do("yard", "drop_role", name="guide")
    assert house.realm.role("gil", "yard") is Role.VISITOR
    assert ask(house, "gil", "spawn", name="two") == "not_allowed"
    with pytest.raises(WorldloomError) as told:
        house.do("yard", "drop_role", name="guide")
    assert told.value.code == "no_role"


def test_a_higher_role_of_the_whole_realm_is_not_lowered_by_an_own_one(house: Host) -> None:
    house.do("yard", "define_role", name="mute", base="visitor", may_not=["say"])
    house.realm.grant("ann", "*", Role.BUILDER)
    house.do("yard", "grant", account="ann", role="mute")
    assert ask(house, "ann", "say", text="hi") == "done"
    house.do("yard", "grant", account="bob", role="mute")
    assert ask(house, "bob", "say", text="hi") == "not_allowed"


def test_a_link_takes_no_role_of_the_worlds_own_away_but_for_a_higher_one(house: Host) -> None:
    house.do("yard", "define_role", name="guide", base="member", may=["spawn"])
    house.do("yard", "define_role", name="mute", base="visitor", may_not=["say"])
    for account, role in (("gil", "guide"), ("max", "mute")):
        house.do("yard", "grant", account=account, role=role)
    for account, role, title in (
        ("gil", "visitor", "guide"), ("gil", "member", "guide"), ("gil", "builder", ""),
        ("max", "visitor", "mute"), ("max", "builder", "mute"),
    ):  # fmt: skip
        people = house.realm.people
        house.realm.administer(lambda step: people.admit(step, account, "yard", role))  # noqa: B023
        house.flush()
        assert house.realm.standing(account, "yard").title == title, (account, role)
    assert house.realm.role("gil", "yard") is Role.BUILDER
    assert ask(house, "max", "say", text="hi") == "not_allowed"


def test_a_token_below_an_own_role_has_none_of_its_powers(house: Host) -> None:
    house.do("yard", "define_role", name="guide", base="member", may=["spawn"], may_not=["say"])
    house.do("yard", "grant", account="gil", role="guide")
    for role, spawns in ((Role.MEMBER, True), (Role.VISITOR, False)):
        secret, _ = house.realm.make_token("gil", NewToken(role), raises=False)
        who = house.realm.standing("gil", "yard", house.realm.token_of(secret))
        assert ("spawn" in who.may) is spawns
        assert "say" in who.may_not


@pytest.mark.parametrize("name", ["owner", "records", "Guide", "", "1st", "x" * 40])
def test_a_role_of_a_name_of_no_sense_is_refused(house: Host, name: str) -> None:
    with pytest.raises(Invalid):
        house.do("yard", "define_role", name=name)


@pytest.mark.parametrize("base", ["builder\n", "owner", "records", "", "Builder"])
def test_a_role_builds_on_one_of_the_ladder_to_the_letter(house: Host, base: str) -> None:
    with pytest.raises(Invalid):
        house.do("yard", "define_role", name="guard", base=base)


def test_the_roles_and_rights_of_one_world_are_bounded(
    house: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worldloom.kernel.rules.LIMITS", Limits(own_roles_max=1, own_rights_max=1))
    house.do("yard", "define_role", name="one")
    house.do("yard", "define_role", name="one", base="member")
    with pytest.raises(OverLimit):
        house.do("yard", "define_role", name="two")
    house.do("yard", "set_right", action="say", role="member")
    with pytest.raises(OverLimit):
        house.do("yard", "set_right", action="sit", role="member")
    house.do("yard", "set_right", action="say")
    house.do("yard", "set_right", action="sit", role="one")


def test_an_action_needs_what_the_world_says(house: Host) -> None:
    house.do("yard", "set_right", action="say", role="member")
    assert ask(house, "ann", "say", text="hi") == "not_allowed"
    house.do("yard", "set_right", action="spawn", role="visitor")
    assert ask(house, "ann", "spawn", name="mine") == "done"
    house.do("yard", "set_right", action="say")
    assert ask(house, "ann", "say", text="hi") == "done"
    house.do("yard", "set_right", action="fork", role="member")
    with pytest.raises(WorldloomError):
        house.realm.fork("yard", "copy", None, "ann")
    house.do("yard", "set_right", action="enter", role="member")
    with pytest.raises(WorldloomError):
        house.realm.enter("yard", "ann", "Ann")
    house.do("yard", "define_role", name="crew")
    house.do("yard", "set_right", action="sit", role="crew")
    assert ask(house, "ann", "sit") == "not_allowed"
    house.do("yard", "grant", account="cy", role="crew")
    assert ask(house, "cy", "sit") == "done"


def test_what_is_an_owners_is_given_to_no_whole_role(house: Host) -> None:
    for action in ("grant", "ban", "define_role"):
        with pytest.raises(WorldloomError) as told:
            house.do("yard", "set_right", action=action, role="builder")
        assert told.value.code == "owners_only"
    with pytest.raises(WorldloomError):
        house.do("yard", "set_right", action="nothing", role="member")
    with pytest.raises(WorldloomError):
        house.do("yard", "set_right", action="say", role="nobody")


def test_a_warden_bans_and_grants_only_below(house: Host) -> None:
    house.do("yard", "define_role", name="warden", base="builder", may=["ban", "grant"])
    house.do("yard", "grant", account="wim", role="warden")
    house.do("yard", "grant", account="bob", role="builder")
    assert ask(house, "wim", "ban", account="eve") == "done"
    assert ask(house, "wim", "ban", account="bob") == "not_below"
    assert ask(house, "wim", "grant", account="ann", role="member") == "done"
    assert ask(house, "wim", "grant", account="ann", role="builder") == "not_below"
    assert ask(house, "wim", "grant", account="ann", role="warden") == "not_below"
    assert ask(house, "wim", "grant", account="wim", role="owner") == "not_below"
    assert ask(house, "wim", "set_right", action="say", role="owner") == "not_allowed"


def test_visibility_is_the_owners_and_a_fork_has_it_too(house: Host) -> None:
    house.do("yard", "grant", account="ann", role="member")
    house.do("yard", "set_entry", visibility="private")
    assert house.realm.role("bob", "yard") is None
    assert house.realm.role("ann", "yard") is Role.MEMBER
    house.realm.fork("yard", "copy", None, "local")
    house.flush()
    assert house.realm.role("bob", "copy") is None, "a fork of a private world is private"
    house.do("yard", "set_entry", visibility="unlisted")
    assert house.realm.role("bob", "yard") is Role.VISITOR
    assert not house.realm.people.listed("yard", True)
    assert house.restart().realm.people.listed("yard", True) is False


def test_a_world_takes_so_many_visitors_and_its_owner(house: Host) -> None:
    house.do("yard", "set_entry", capacity=2)
    house.enter("yard", "Ann")
    house.enter("yard", "Bob")
    with pytest.raises(OverLimit):
        house.realm.enter("yard", "guest:cy", "Cy")
    house.realm.enter("yard", "local", "Owner")


def test_owners_alone_guard_things(house: Host) -> None:
    house.do("yard", "grant", account="bea", role="builder")
    wish: dict[str, Any] = {"entity": "board", "component": "Guard", "fields": {}}
    assert ask(house, "bea", "set", **wish) == "not_allowed"
    assert ask(house, "bea", "spawn", name="x", components={"Guard": {}}) == "not_allowed"
    assert ask(house, "bea", "guard", entity="board", rules={}) == "not_allowed"
    house.do("yard", "guard", entity="board", rules={"edit": "owner"})
    assert ask(house, "bea", "remove", entity="board", component="Guard") == "not_allowed"
    house.do("yard", "guard", entity="board", rules={"use": "visitor"})
    paint = {"component": "Color", "fields": {"value": "#000000"}}
    assert ask(house, "bea", "set", entity="board", **paint) == "done"
    widen = {"component": "Zone", "fields": {}}
    assert ask(house, "bea", "set", entity="board", **widen) == "not_allowed"


def test_a_guard_counts_for_a_thing_and_all_under_it(house: Host) -> None:
    house.do("yard", "grant", account="bea", role="builder")
    house.do("yard", "guard", entity="tree", rules={"edit": "owner", "use": "member"})
    paint = {"component": "Color", "fields": {"value": "#000000"}}
    assert ask(house, "bea", "set", entity="bench", **paint) == "not_allowed"
    assert ask(house, "bea", "set", entity="board", **paint) == "done"
    assert ask(house, "bea", "spawn", name="nest", parent="tree") == "not_allowed"
    assert ask(house, "bea", "despawn", entity="tree") == "not_allowed"
    assert ask(house, "ann", "use", entity="bench") == "not_allowed"
    assert ask(house, "ann", "use", entity="till") == "done"
    house.do("yard", "guard", entity="bench", rules={"edit": "visitor"})
    assert ask(house, "ann", "set", entity="bench", **paint) == "done", "the nearest one counts"
    house.do("yard", "guard", entity="tree", rules={})
    assert ask(house, "bea", "despawn", entity="bench") == "done"


def test_what_is_above_something_guarded_is_not_despawned_with_it(house: Host) -> None:
    house.do("yard", "grant", account="bea", role="builder")
    house.do("yard", "guard", entity="bench", rules={"despawn": "owner"})
    assert ask(house, "bea", "despawn", entity="tree") == "not_allowed"
    house.do("yard", "despawn", entity="tree")


def test_every_thing_among_the_arguments_is_asked(house: Host) -> None:
    house.do("yard", "guard", entity="board", rules={"tie": "member"})
    assert ask(house, "ann", "tie", things=["till", "tree"]) == "done"
    assert ask(house, "ann", "tie", things=["till", "board"]) == "not_allowed"


def test_a_guard_stops_undo_of_what_it_guards(house: Host) -> None:
    house.do("yard", "grant", account="bea", role="builder")
    paint = {"component": "Color", "fields": {"value": "#000000"}}
    assert ask(house, "bea", "set", entity="board", **paint) == "done"
    house.do("yard", "guard", entity="board", rules={"edit": "owner"})
    assert ask(house, "bea", "undo") == "not_allowed"
    house.do("yard", "undo", by="bea")
    with pytest.raises(WorldloomError) as told:
        house.do("yard", "undo")
    assert told.value.code in ("not_undoable", "nothing_to_undo")


def zone(house: Host, name: str, at: tuple[float, float, float], **rules: str) -> None:
    components: dict[str, Any] = {"Zone": {"size": [4, 4, 4]}}
    house.do("yard", "spawn", name=name, components=components, position=list(at))
    house.do("yard", "guard", entity=name, rules=rules)


def test_who_stands_where_all_may_edit_restores_what_is_there_and_nothing_else(
    house: Host,
) -> None:
    zone(house, "sandpit", (20, 0, 0), edit="visitor")
    seq = house.realm.world("yard").seq
    inside = (20.0, 0.0, 0.0)
    house.do("yard", "spawn", name="cake", position=[21, 0, 0])
    assert ask(house, "ann", "restore", seq=seq, at=inside) == "done"
    assert house.realm.world("yard").state.by_name.get("cake") is None
    house.do("yard", "spawn", name="castle", position=[50, 0, 0])
    house.do("yard", "set", entity="board", component="Color", fields={"value": "#00ff00"})
    for asked in ({}, {"entity": "castle"}, {"entity": "board"}):
        assert ask(house, "ann", "restore", seq=seq, at=inside, **asked) == "not_allowed"
    assert house.realm.world("yard").state.by_name.get("castle") is not None
    assert ask(house, "ann", "restore", seq=seq) == "not_allowed"


OWNERS_DEEDS: dict[str, dict[str, Any]] = {
    "set_right": {"action": "spawn", "role": "visitor"},
    "define_role": {"name": "boss", "base": "builder", "may": ["grant", "ban"]},
    "grant": {"account": "ann", "role": "owner"},
    "ban": {"account": "eve"},
    "set_entry": {"capacity": 1},
    "guard": {"entity": "pit", "rules": {"edit": "visitor"}},
}


@pytest.mark.parametrize("action", OWNERS_DEEDS)
def test_a_rule_for_everything_gives_nothing_away_that_is_an_owners(
    house: Host, action: str
) -> None:
    zone(house, "pit", (20, 0, 0), **{"*": "visitor"})
    house.do("yard", "guard", entity="board", rules={"*": "visitor"})
    assert ask(house, "ann", "set", entity="board", component="Color",
               fields={"value": "#00ff00"}) == "done", "but what is a builder's"  # fmt: skip
    assert ask(house, "ann", action, at=(20.0, 0.0, 0.0), **OWNERS_DEEDS[action]) == "not_allowed"
    assert ask(house, "ann", "guard", entity="board", rules={}) == "not_allowed"


def test_a_rule_for_everything_closes_a_zone_to_who_is_below(house: Host) -> None:
    zone(house, "vault", (20, 0, 0), **{"*": "builder"})
    house.do("yard", "spawn", name="desk", components={"Use": {"action": "sit"}},
             position=[20, 0, 0])  # fmt: skip
    assert ask(house, "ann", "use", entity="desk") == "not_allowed"
    assert ask(house, "ann", "use", entity="till") == "done"


def test_a_zone_lets_visitors_build_inside_and_not_out_of_it(house: Host) -> None:
    zone(house, "sandpit", (20, 0, 0), edit="visitor")
    assert ask(house, "ann", "spawn", name="in", position=[21, 0, 0]) == "done"
    assert ask(house, "ann", "spawn", name="out", position=[30, 0, 0]) == "not_allowed"
    assert ask(house, "ann", "spawn", name="nowhere") == "not_allowed"
    under = {"name": "sly", "parent": "in", "position": [30, 0, 0]}
    assert ask(house, "ann", "spawn", **under) == "not_allowed"
    sly = {"name": "sly2", "components": {"Transform": {"position": [30, 0, 0]}}}
    assert ask(house, "ann", "spawn", **sly) == "not_allowed"
    move = {"entity": "in", "component": "Transform", "fields": {"position": [30, 0, 0]}}
    assert ask(house, "ann", "set", **move) == "not_allowed"
    near = {"entity": "in", "component": "Transform", "fields": {"position": [19, 0, 1]}}
    assert ask(house, "ann", "set", **near) == "done"
    assert ask(house, "ann", "despawn", entity="board") == "not_allowed"
    assert ask(house, "ann", "despawn", entity="in") == "done"


def test_what_goes_along_with_a_thing_is_asked_about_as_it_is(house: Host) -> None:
    zone(house, "sandpit", (20, 0, 0), edit="visitor")
    zone(house, "vault", (0, 0, 40), edit="owner")
    house.do("yard", "grant", account="bea", role="builder")
    for who, top, child, at in (
        ("ann", "cart", "flag", [20, 0, 0]), ("bea", "pole", "sign", [8, 0, 40]),
    ):  # fmt: skip
        assert ask(house, who, "spawn", name=top, position=at) == "done"
        assert ask(house, who, "spawn", name=child, parent=top, position=[1, 0, 0]) == "done"
    for entity, who, fields in (
        ("cart", "ann", {"scale": [60, 1, 1]}),
        ("pole", "bea", {"position": [0, 0, 44], "rotation": [0, 0.7071068, 0, 0.7071068],
                         "scale": [4, 1, 1]}),
    ):  # fmt: skip
        move = {"entity": entity, "component": "Transform", "fields": fields}
        assert ask(house, who, "set", **move) == "not_allowed", entity
    house.do("yard", "set", **move)
    assert ask(house, "bea", "despawn", entity="pole") == "not_allowed", "its sign is in the vault"


def test_what_stays_where_it_is_is_asked_about_there_alone(house: Host) -> None:
    zone(house, "vault", (0, 0, 0), edit="owner")
    zone(house, "sandpit", (20, 0, 0), edit="visitor")
    house.do("yard", "grant", account="bea", role="builder")
    assert ask(house, "ann", "spawn", name="cake", position=[20, 0, 0]) == "done"
    turn = {"component": "Transform", "fields": {"rotation": [0, 1, 0, 0]}}
    assert ask(house, "bea", "set", entity="till", **turn) == "done"
    assert ask(house, "ann", "set", entity="cake", **turn) == "done"


def test_nothing_is_pushed_or_undone_or_restored_into_a_zone(house: Host) -> None:
    house.do("yard", "grant", account="bea", role="builder")
    move = {"component": "Transform", "fields": {"position": [0, 0, 30]}}
    assert ask(house, "bea", "spawn", name="ball", position=[20, 0, 0]) == "done"
    assert ask(house, "bea", "set", entity="ball", component="Push", fields={}) == "done"
    seq = house.realm.world("yard").seq
    assert ask(house, "bea", "spawn", name="cake", position=[20, 0, 1]) == "done"
    assert ask(house, "bea", "despawn", entity="cake") == "done"
    assert ask(house, "bea", "set", entity="ball", **move) == "done"
    cake = house.realm.world("yard").state.trails.of["bea"].groups[-2]
    zone(house, "vault", (20, 0, 0), edit="owner")
    assert ask(house, "bea", "undo") == "not_allowed", "the ball"
    assert ask(house, "bea", "undo", group=cake) == "not_allowed"
    assert ask(house, "bea", "restore", seq=seq, entity="ball") == "not_allowed"
    move["fields"] = {"position": [20, 0, 3]}
    assert ask(house, "bea", "set", entity="ball", **move) == "done"
    push = {"entity": "ball", "direction": [0, 0, -1], "speed": 5.0}
    assert ask(house, "ann", "push", **push) == "not_allowed"
    assert ask(house, "ann", "push", **{**push, "direction": [0, 0, 1]}) == "done"
    house.do("yard", "undo", by="bea", group=cake)


def test_nobody_but_an_owner_moves_a_zone(house: Host) -> None:
    zone(house, "sandpit", (20, 0, 0), edit="visitor")
    house.do("yard", "grant", account="bea", role="builder")
    move: dict[str, Any] = {"entity": "sandpit", "component": "Transform"}
    move["fields"] = {"position": [0, 1, 0]}
    for who in ("ann", "bea"):
        assert ask(house, who, "set", **move) == "not_allowed"
        assert ask(house, who, "despawn", entity="sandpit") == "not_allowed"
    house.do("yard", "set", **move)


def test_the_smallest_zone_around_a_place_counts(house: Host) -> None:
    house.do(
        "yard",
        "spawn",
        name="park",
        components={"Zone": {"size": [60, 20, 60]}},
        position=[20, 0, 0],
    )
    house.do("yard", "guard", entity="park", rules={"edit": "owner", "say": "member"})
    zone(house, "sandpit", (20, 0, 0), edit="visitor")
    assert ask(house, "ann", "spawn", name="a", position=[21, 0, 0]) == "done"
    assert ask(house, "ann", "spawn", name="b", position=[28, 0, 0]) == "not_allowed"
    assert ask(house, "ann", "say", text="hi", at=(20.0, 0.0, 0.0)) == "not_allowed"
    assert ask(house, "ann", "say", text="hi", at=(90.0, 0.0, 0.0)) == "done"
    assert ask(house, "ann", "say", text="hi") == "done", "a program without a body is nowhere"


def test_a_zone_under_something_else_is_none(house: Host) -> None:
    components = {"Zone": {"size": [9, 9, 9]}}
    house.do("yard", "spawn", name="sly", components=components, parent="tree")
    house.do("yard", "guard", entity="sly", rules={"edit": "visitor"})
    assert ask(house, "ann", "spawn", name="a", position=[10, 0, 0]) == "not_allowed"


def test_a_token_needs_its_scope_whatever_a_guard_says(house: Host) -> None:
    zone(house, "sandpit", (20, 0, 0), edit="visitor")
    secret, _ = house.realm.make_token("bot", NewToken(Role.VISITOR, ("act",)))
    who = house.realm.standing("bot", "yard", house.realm.token_of(secret))
    caller = Caller("bot", "Bot", "", who.role, None, who)
    with pytest.raises(WorldloomError) as told:
        house.do("yard", "spawn", caller, name="a", position=[20, 0, 0])
    assert told.value.code == "missing_scope"


def test_accounts_are_no_worlds(house: Host) -> None:
    with pytest.raises(Invalid):
        check_account("world:yard")
    with pytest.raises(WorldloomError):
        house.do("yard", "grant", account="world:yard", role="member")
    house.do("yard", "set_entry", capacity=3)
    assert "world:yard" not in house.realm.people.accounts()


def test_who_ruled_stands_in_the_log(house: Host) -> None:
    house.do("yard", "define_role", name="guide")
    house.do("yard", "set_right", action="say", role="guide")
    house.do("yard", "drop_role", name="guide")
    house.do("yard", "set_entry", visibility="unlisted")
    kinds = house.kinds("yard")
    for kind in ("RoleDefined", "RightSet", "RoleDropped", "EntrySet"):
        assert kind in kinds
    with pytest.raises(WorldloomError) as told:
        house.do("yard", "undo")
    assert told.value.code == "not_undoable"


def test_a_guard_says_its_rules_in_order() -> None:
    assert Guard((("edit", "owner"),)).rules == (("edit", "owner"),)
