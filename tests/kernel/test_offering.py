"""Promised: what a thing offers is never more than who made it so may do, whoever uses it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kernel.host import Host
from tests.kernel.test_rules import ask
from worldloom.kernel.components import Text, Use
from worldloom.kernel.entity import Visitor
from worldloom.kernel.errors import NotAllowed
from worldloom.kernel.events import Said
from worldloom.kernel.realm import Caller
from worldloom.kernel.rights import Role
from worldloom.kernel.tokens import NewToken
from worldloom.kernel.world import World


def yard() -> World:
    """Declare a yard whose file lets an owner's finger appoint, and hangs up more."""
    world = World("yard", public=True)
    made = (("account", "kay"), ("role", "builder"))
    world.spawn("crown", Use("grant", "Appoint", made))
    bell = world.spawn("bell", Text(""))

    @world.action(role="builder")
    def light() -> str:
        """Light the yard."""
        return "light"

    @world.action(role="owner")
    def burn() -> str:
        """Burn it down."""
        return "ashes"

    @world.on(Said)
    def hang(said: Said) -> None:
        """Hang up what the file offers, when somebody speaks."""
        bell[Use] = Use("burn", "Burn")

    return world


@pytest.fixture
def house(host: Host) -> Host:
    host.open(yard())
    for account in ("bea", "ben"):
        host.do("yard", "grant", account=account, role="builder")
    host.do("yard", "grant", account="olga", role="owner")
    return host


def offer(house: Host, who: str, name: str, action: str, /, **args: Any) -> None:
    """Let somebody make a thing that offers an action."""
    fields = {"action": action, "label": "Ring", "arguments": [*map(list, args.items())]}
    assert ask(house, who, "spawn", name=name, components={"Use": fields}) == "done"


def test_an_owners_click_on_a_builders_thing_makes_nobody_an_owner(house: Host) -> None:
    offer(house, "bea", "trap", "grant", account="bea", role="owner")
    standing = house.realm.standing("olga", "yard")
    olga = Caller("olga", "Olga", "", standing.role, None, standing)
    with pytest.raises(NotAllowed) as told:
        house.do("yard", "use", olga, entity="trap")
    assert told.value.message.startswith("trap offers grant, which a thing does only by")
    assert told.value.fix == "ask for grant by its own name"
    assert house.realm.role("bea", "yard") is Role.BUILDER
    offer(house, "bea", "detour", "use", entity="trap")
    assert ask(house, "olga", "use", entity="detour") == "not_allowed"


def test_what_an_owner_or_each_person_decides_is_offered_by_the_worlds_file_alone(
    house: Host,
) -> None:
    for number, action in enumerate(("burn", "despawn", "befriend", "be_recorded", "undo")):
        offer(house, "olga", f"thing {number}", action)
        assert ask(house, "olga", "use", entity=f"thing {number}") == "not_allowed"
    assert ask(house, "olga", "use", entity="crown") == "done"
    assert house.realm.role("kay", "yard") is Role.BUILDER
    assert ask(house, "ann", "say", text="Burn!") == "done"
    assert ask(house, "olga", "use", entity="bell") == "done", "a reaction is the world's own"


def test_a_thing_offers_what_its_maker_may_do_by_now(house: Host) -> None:
    offer(house, "bea", "lamp", "light")
    offer(house, "bea", "horn", "say", text="hoot")
    assert ask(house, "ben", "use", entity="lamp") == "done"
    assert ask(house, "ann", "use", entity="lamp") == "not_allowed"
    house.do("yard", "grant", account="bea", role="visitor")
    assert ask(house, "olga", "use", entity="lamp") == "not_allowed"
    assert ask(house, "olga", "use", entity="horn") == "done"
    house.do("yard", "grant", account="bea", role="builder")
    house.do("yard", "ban", account="bea")
    assert ask(house, "olga", "use", entity="lamp") == "not_allowed"
    assert ask(house, "ann", "use", entity="horn") == "done", "anyone may do that themselves"


def test_a_guard_asks_who_made_the_thing_as_well(house: Host) -> None:
    offer(house, "bea", "brush", "set", entity="crown", component="Text")
    house.do("yard", "guard", entity="crown", rules={"edit": "owner"})
    arguments = {"fields": {"value": "Bea was here"}}
    assert ask(house, "olga", "use", entity="brush", arguments=arguments) == "not_allowed"
    offer(house, "olga", "pen", "set", entity="crown", component="Text")
    assert ask(house, "ben", "use", entity="pen", arguments=arguments) == "not_allowed"
    assert ask(house, "olga", "use", entity="pen", arguments=arguments) == "done"


def test_an_agent_makes_no_thing_that_offers_more_than_a_builder_may(house: Host) -> None:
    token = NewToken(Role.BUILDER, agent=True, acts_as="bot")
    secret, _ = house.realm.make_token("olga", token, raises=False)
    who = house.realm.standing("olga", "yard", house.realm.token_of(secret))
    house.do("yard", "guard", entity="crown", rules={"edit": "owner"})
    fields = {"action": "set", "arguments": [["entity", "crown"], ["component", "Text"]]}
    bot = Caller("olga", "Bot", "", who.role, None, who)
    house.do("yard", "spawn", bot, name="brush", components={"Use": fields})
    arguments = {"fields": {"value": "a bot was here"}}
    assert ask(house, "olga", "use", entity="brush", arguments=arguments) == "not_allowed"


def test_to_undo_makes_nobody_the_maker_of_what_another_offered(house: Host) -> None:
    offer(house, "bea", "lamp", "light")
    label = {"label": "On"}
    assert ask(house, "ben", "set", entity="lamp", component="Use", fields=label) == "done"
    house.do("yard", "undo", by="ben")
    house.do("yard", "grant", account="bea", role="visitor")
    assert ask(house, "olga", "use", entity="lamp") == "not_allowed"
    fields = {"action": "say", "arguments": [["text", "mine"]]}
    assert ask(house, "ben", "set", entity="crown", component="Use", fields=fields) == "done"
    assert ask(house, "ben", "undo") == "done"
    assert ask(house, "olga", "use", entity="crown") == "done", "it is the file's again"


def test_what_the_file_declares_is_the_files_whoever_restored_it(house: Host) -> None:
    seq = house.realm.world("yard").state.seq
    fields = {"action": "say", "arguments": [["text", "mine"]]}
    assert ask(house, "ben", "set", entity="crown", component="Use", fields=fields) == "done"
    assert ask(house, "ben", "restore", entity="crown", seq=seq) == "done"
    assert ask(house, "olga", "use", entity="crown") == "done"


def test_in_an_action_of_the_file_a_thing_is_its_askers(house: Host) -> None:
    world = World("shed", public=True)

    @world.action
    def build(visitor: Visitor) -> None:
        """Build a lever."""
        world.spawn("lever", Use("pull"))

    @world.action(role="builder")
    def pull() -> None:
        """Pull the lever."""

    house.open(world)
    house.do("shed", "grant", account="bea", role="builder")
    assert ask(house, "ann", "build", "shed") == "done"
    assert ask(house, "bea", "use", "shed", entity="lever") == "not_allowed"
