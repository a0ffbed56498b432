"""Promised: a token allows at most what it was made for, spends within its budget, and can end."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kernel.host import SECOND, Host
from worldloom.kernel.accounts import Devices
from worldloom.kernel.components import Use
from worldloom.kernel.errors import Invalid, NotAllowed, NotFound, OverLimit, WorldloomError
from worldloom.kernel.limits import Limits
from worldloom.kernel.realm import Caller, Command
from worldloom.kernel.rights import Role, Token
from worldloom.kernel.schema import decode
from worldloom.kernel.step import Step
from worldloom.kernel.tokens import NewToken, Tokens, with_labels
from worldloom.kernel.world import World


def market(name: str) -> World:
    """Declare a world where something costs 60."""
    world = World(name)
    world.spawn("till", Use("buy"))

    @world.action(cost=60)
    def buy(fail: bool = False) -> str:
        """Buy a thing."""
        if fail:
            raise ValueError("no")
        world.say("sold")
        return "bought"

    return world


@pytest.fixture
def house(host: Host) -> Host:
    host.open(market("north"))
    host.open(market("south"))
    return host


def token(house: Host, new: NewToken | Role, account: str = "bot") -> Token:
    secret, _ = house.realm.make_token(account, new)
    house.flush()
    found = house.realm.token_of(secret)
    assert found is not None
    return found


def bearer(house: Host, token: Token, world: str) -> Caller:
    who = house.realm.standing(token.account, world, token)
    return Caller(token.account, "Bot", "", who.role, None, who)


def code_of(house: Host, token: Token, world: str, action: str, **args: Any) -> str:
    try:
        house.do(world, action, bearer(house, token, world), **args)
    except WorldloomError as error:
        return error.code
    return "done"


def test_asking_again_by_the_same_key_is_answered_though_the_budget_is_spent(
    house: Host,
) -> None:
    bot = token(house, NewToken(Role.MEMBER, budget=60))
    answers = [
        house.ask("north", "buy", {}, bearer(house, bot, "north"), key="once") for _ in range(2)
    ]
    assert [one.result for one in answers] == ["bought", "bought"]
    with pytest.raises(NotAllowed, match="may spend 0 more"):
        house.ask("north", "buy", {}, bearer(house, bot, "north"), key="twice")


def test_a_budget_counts_over_all_worlds_and_restarts(house: Host) -> None:
    bot = token(house, NewToken(Role.MEMBER, budget=100))
    assert code_of(house, bot, "north", "buy") == "done"
    assert code_of(house, bot, "south", "buy") == "budget_exceeded"
    again = house.restart()
    again.open(market("south"))
    assert code_of(again, bot, "south", "buy") == "budget_exceeded"
    assert again.realm.people.tokens("bot")[0].spent == 60
    assert code_of(again, bot, "south", "say", text="dear") == "done"


def test_what_fails_or_is_only_tried_is_not_spent(house: Host) -> None:
    bot = token(house, NewToken(Role.MEMBER, budget=100))
    with pytest.raises(WorldloomError):
        house.do("north", "buy", bearer(house, bot, "north"), fail=True)
    house.ask("north", "buy", {}, bearer(house, bot, "north"), dry_run=True)
    assert house.realm.people.tokens("bot")[0].spent == 0
    assert code_of(house, bot, "north", "buy") == "done"


def test_two_at_once_do_not_spend_more_than_there_is(house: Host) -> None:
    bot = token(house, NewToken(Role.MEMBER, budget=100))
    first, second = (Command(w, "buy", {}, bearer(house, bot, w)) for w in ("north", "south"))
    house.realm.do(first)
    with pytest.raises(NotAllowed) as told:
        house.realm.do(second)
    assert told.value.code == "budget_exceeded"


def test_what_a_thing_does_for_one_costs_the_same(house: Host) -> None:
    bot = token(house, NewToken(Role.MEMBER, budget=100))
    assert code_of(house, bot, "north", "use", entity="till") == "done"
    assert house.realm.people.tokens("bot")[0].spent == 60
    assert code_of(house, bot, "north", "use", entity="till") == "budget_exceeded"
    user = token(house, NewToken(Role.MEMBER, ("act:use",), budget=100), "other")
    assert code_of(house, user, "north", "use", entity="till") == "missing_scope"


def test_one_step_spends_within_the_budget_too(house: Host) -> None:
    bot = token(house, NewToken(Role.MEMBER, budget=100))
    step = Step(house.realm, house.now, "bot", "x")
    house.realm.people.spend(step, bot, 60)
    with pytest.raises(NotAllowed):
        house.realm.people.spend(step, bot, 60)


def test_what_was_paid_is_not_undone(house: Host) -> None:
    bot = token(house, NewToken(Role.MEMBER, budget=100))
    house.do("north", "buy", bearer(house, bot, "north"))
    assert "Bound" in house.kinds("north")


def test_paying_needs_its_own_scope(house: Host) -> None:
    assert code_of(house, token(house, NewToken(Role.MEMBER, ("act",))), "north", "buy") == (
        "missing_scope"
    )
    payer = token(house, NewToken(Role.MEMBER, ("act:buy", "pay"), budget=60))
    assert code_of(house, payer, "north", "buy") == "done"


def test_a_token_of_one_world_is_good_for_no_other(house: Host) -> None:
    bot = token(house, NewToken(Role.BUILDER, worlds=("north",)))
    assert code_of(house, bot, "north", "spawn", name="box") == "done"
    assert code_of(house, bot, "south", "say", text="hi") == "other_world"
    assert house.realm.role("bot", "south") is Role.VISITOR, "its account was raised there only"


def test_a_token_ends_at_its_moment_and_when_it_is_revoked(house: Host) -> None:
    bot = token(house, NewToken(Role.MEMBER, expires=house.now + 10 * SECOND))
    assert code_of(house, bot, "north", "say", text="hi") == "done"
    house.now += 10 * SECOND
    assert code_of(house, bot, "north", "say", text="hi") == "token_expired"
    other = token(house, Role.MEMBER)
    house.realm.revoke_token(other.id, "ann")
    house.flush()
    assert code_of(house, other, "north", "say", text="hi") == "token_revoked"
    with pytest.raises(NotFound):
        house.realm.revoke_token(other.id)


def test_who_made_and_revoked_a_token_stands_in_the_log(house: Host) -> None:
    secret, made = house.realm.make_token("bot", NewToken(Role.MEMBER), "ann", raises=False)
    found = house.realm.token_of(secret)
    assert made is not None and found is not None
    ended = house.realm.revoke_token(found.id, "bob")
    assert ended is not None
    assert [sealed.records["people"][0].actor for sealed in (made, ended)] == ["ann", "bob"]
    assert house.realm.role("bot", "north") is Role.VISITOR, "its account was not raised"


def test_tokens_of_before_there_were_limits_are_still_good() -> None:
    old = msgspec.msgpack.encode({"issued": [["ab" * 32, "builder"]]})
    (issued,) = decode(Tokens, old, 1).issued
    assert issued.token("ann") == Token("ab" * 8, "ann", Role.BUILDER)


def test_labels_of_before_they_were_sealed_are_still_told_and_machines_known() -> None:
    one = {"digest": "ab" * 32, "role": "member", "label": "my lamp"}
    machine = {"digest": "cd" * 32, "role": "member", "label": "device 12ef", "agent": True}
    old = msgspec.msgpack.encode({"issued": [one, machine]})
    found = decode(Tokens, old, 2).labelled()
    assert [(token.label, token.device) for token in found] == [("my lamp", ""), ("", "12ef")]
    key = {"public_key": "ab" * 32, "role": "member", "label": "my lamp"}
    devices = decode(Devices, msgspec.msgpack.encode({"keys": [key]}), 1)
    (device,) = with_labels(devices.keys, devices.labels)
    assert (device.public_key, device.label) == ("ab" * 32, "my lamp")


def test_a_label_stays_through_spending_and_revoking_others(house: Host) -> None:
    bot = token(house, NewToken(Role.MEMBER, budget=100, label="lamp"))
    other = token(house, NewToken(Role.MEMBER, label="door"))
    house.do("north", "buy", bearer(house, bot, "north"))
    house.realm.revoke_token(other.id)
    house.flush()
    again = house.restart()
    (left,) = again.realm.people.tokens("bot")
    assert (left.label, left.spent) == ("lamp", 60)


def test_the_tokens_of_an_account_are_bounded_and_ended_ones_do_not_count(
    house: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worldloom.kernel.tokens.LIMITS", Limits(account_tokens_max=2))
    token(house, NewToken(Role.MEMBER, expires=house.now + SECOND))
    token(house, Role.MEMBER)
    with pytest.raises(OverLimit):
        house.realm.make_token("bot", Role.MEMBER)
    house.now += SECOND
    token(house, Role.MEMBER)
    assert len(house.realm.people.tokens("bot")) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        NewToken(Role.MEMBER, ("everything",)),
        NewToken(Role.MEMBER, ()),
        NewToken(Role.MEMBER, ("look",) * 999),
        NewToken(Role.MEMBER, worlds=("w",) * 999),
        NewToken(Role.MEMBER, worlds=("",)),
        NewToken(Role.MEMBER, expires=1),
        NewToken(Role.MEMBER, budget=-1),
        NewToken(Role.MEMBER, label="x" * 999),
    ],
)
def test_a_token_of_no_sense_is_refused(house: Host, wrong: NewToken) -> None:
    with pytest.raises(Invalid):
        house.realm.make_token("bot", wrong)


@given(st.lists(st.sampled_from(["north", "south"]), max_size=8), st.integers(0, 300))
def test_the_sum_of_what_was_allowed_is_within_the_budget(worlds: list[str], budget: int) -> None:
    house = Host()
    house.open(market("north"))
    house.open(market("south"))
    bot = token(house, NewToken(Role.MEMBER, budget=budget))
    done = [code_of(house, bot, world, "buy") for world in worlds].count("done")
    assert done == min(len(worlds), budget // 60)
    assert house.realm.people.tokens("bot")[0].spent == 60 * done
