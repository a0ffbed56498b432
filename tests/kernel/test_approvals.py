"""Promised: what an agent asks a person for waits in the log, binds nobody, and is done once."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.kernel.host import SECOND, Host
from tests.kernel.test_tokens import bearer, market, token
from worldloom import Request, Said
from worldloom.kernel.approvals import DECIDED_KEPT
from worldloom.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.realm import Caller, Command, Decision
from worldloom.kernel.rights import Role
from worldloom.kernel.tokens import NewToken

AGENT = NewToken(Role.MEMBER, budget=100, agent=True)


@pytest.fixture
def house(host: Host) -> Host:
    host.open(market("north"))
    return host


def ask(house: Host, action: str = "buy", **args: Any) -> Decision:
    """Let a fresh agent ask for something."""
    return house.ask("north", action, args, bearer(house, token(house, AGENT), "north"))


def spent(house: Host) -> int:
    return sum(one.spent for one in house.realm.people.tokens("bot"))


def test_nothing_happens_until_a_person_says_yes_and_then_once_even_over_a_crash(
    house: Host,
) -> None:
    before = house.realm.world("north").seq
    held = ask(house).held
    house.flush()
    assert (house.realm.world("north").seq, spent(house)) == (before, 0)
    house.realm.do(house.realm.approved(held))
    house.flush()
    again = house.restart()
    again.open(market("north"))
    # It fell before it was noted that it was done: whoever approves again gets the same answer.
    assert again.realm.people.hold(held)[1].state == "waiting"
    decision = again.realm.do(again.realm.approved(held))
    assert (decision.group, decision.result, spent(again)) == (None, "bought", 60)
    again.realm.settle(held, "done", "owner", decision.seq)
    again.flush()
    account, hold = again.realm.people.hold(held)
    assert (account, hold.state, hold.by, hold.args) == ("bot", "done", "owner", "")
    assert again.realm.came_of(account, hold) == "bought"
    with pytest.raises(Conflict, match="decided"):
        again.realm.approved(held)


def test_what_is_refused_anyway_is_asked_of_nobody(house: Host) -> None:
    poor = token(house, msgspec.structs.replace(AGENT, budget=10))
    with pytest.raises(NotAllowed) as refused:
        house.do("north", "buy", bearer(house, poor, "north"))
    assert refused.value.code == "budget_exceeded"
    assert house.realm.people.holds("bot") == ()


def test_a_dry_run_asks_nobody(house: Host) -> None:
    who = bearer(house, token(house, AGENT), "north")
    tried = house.realm.do(Command("north", "buy", {}, who, dry_run=True))
    assert (tried.held, tried.result) == ("", "bought")
    assert house.realm.people.holds("bot") == ()


def test_what_waited_too_long_is_not_done(house: Host) -> None:
    held = ask(house).held
    house.flush()
    house.now += LIMITS.approval_hours * 3600 * SECOND
    with pytest.raises(Conflict, match="too long"):
        house.realm.approved(held)


def test_what_is_decided_late_is_kept_before_what_was_asked_later_and_decided_sooner(
    house: Host,
) -> None:
    asker = bearer(house, token(house, msgspec.structs.replace(AGENT, budget=10_000)), "north")
    late = house.ask("north", "buy", {}, asker).held
    for _ in range(DECIDED_KEPT):
        other = house.ask("north", "use", {"entity": "till"}, asker).held
        house.flush()
        house.now += SECOND
        house.realm.settle(other, "denied", "owner")
        house.flush()
    first = house.realm.people.holds("bot")[1].id
    house.realm.settle(late, "done", "owner", 7)
    house.flush()
    assert house.realm.people.hold(late)[1].state == "done"
    assert len(house.realm.people.holds("bot")) == DECIDED_KEPT
    with pytest.raises(NotFound):
        house.realm.people.hold(first)


def keyed(house: Host, asker: Caller, key: str, action: str = "buy", **args: Any) -> Decision:
    """Ask with an Idempotency-Key."""
    return house.realm.do(Command("north", action, args, asker, key=key))


@pytest.mark.parametrize("crash", [False, True])
def test_a_key_that_waited_for_a_person_is_asked_and_paid_once(house: Host, crash: bool) -> None:
    asker = bearer(house, token(house, AGENT), "north")
    held = keyed(house, asker, "k1").held
    assert keyed(house, asker, "k1").held == held  # not even kept yet
    house.flush()
    if crash:
        house = house.restart()
        house.open(market("north"))
    decision = house.realm.do(house.realm.approved(held))
    house.realm.settle(held, "done", "owner", decision.seq)
    house.flush()
    again = keyed(house, asker, "k1")
    assert (again.held, again.group) == ("", None)
    assert (again.result, again.seq) == (decision.result, decision.seq), "what came of it"
    assert len(house.realm.people.holds("bot")) == 1
    assert spent(house) == 60


def test_nobody_takes_the_key_of_a_deed_that_waits(house: Host) -> None:
    who = bearer(house, token(house, AGENT), "north")
    held = house.ask("north", "buy", {}, who, key="one").held
    for action, args in (("say", {"text": "hi"}), ("buy", {})):
        with pytest.raises(Invalid, match="Idempotency-Key does not begin with approval:"):
            keyed(house, who, f"approval:{held}", action, **args)
    house.realm.do(house.realm.approved(held))
    assert spent(house) == 60


def test_a_key_of_an_account_is_none_of_an_account_whose_name_goes_on(house: Host) -> None:
    mine, other = Caller("bo", "bo", role=Role.OWNER), Caller("bo/x", "x", role=Role.OWNER)
    said = house.ask("north", "say", {"text": "hello"}, other, key="k")
    mine_too = house.ask("north", "say", {"text": "hello"}, mine, key="x/k")
    assert mine_too.seq > said.seq
    assert house.ask("north", "say", {"text": "hello"}, mine, key="x/k").seq == mine_too.seq


def test_another_key_asks_for_the_same_once_more(house: Host) -> None:
    asker = bearer(house, token(house, AGENT), "north")
    first, second = keyed(house, asker, "k1").held, keyed(house, asker, "k2").held
    assert first != second


@pytest.mark.parametrize("decided", [False, True])
def test_a_key_that_waits_is_good_for_no_other_deed(house: Host, decided: bool) -> None:
    asker = bearer(house, token(house, AGENT), "north")
    held = keyed(house, asker, "k1").held
    house.flush()
    if decided:
        house.realm.settle(held, "denied", "owner")
        house.flush()
    with pytest.raises(Conflict) as refused:
        keyed(house, asker, "k1", "use", entity="till")
    assert refused.value.code == "key_reused"
    assert len(house.realm.people.holds("bot")) == 1


def test_a_key_is_paid_once_though_its_asking_is_forgotten_and_approved_anew(house: Host) -> None:
    asker = bearer(house, token(house, msgspec.structs.replace(AGENT, budget=10_000)), "north")
    held = keyed(house, asker, "k1").held
    house.realm.settle(held, "done", "owner", house.realm.do(house.realm.approved(held)).seq)
    house.flush()
    for _ in range(DECIDED_KEPT):
        house.now += SECOND
        other = house.ask("north", "use", {"entity": "till"}, asker).held
        house.realm.settle(other, "denied", "owner")
        house.flush()
    held = keyed(house, asker, "k1").held
    house.realm.do(house.realm.approved(held))
    house.flush()
    assert spent(house) == 60


def test_what_waited_too_long_is_told_so_to_its_key(house: Host) -> None:
    asker = bearer(house, token(house, AGENT), "north")
    keyed(house, asker, "k1")
    house.flush()
    house.now += LIMITS.approval_hours * 3600 * SECOND
    assert keyed(house, asker, "k1").result["approval"]["state"] == "expired"


def test_an_answer_is_kept_longer_than_its_asking_may_wait() -> None:
    assert LIMITS.approval_hours < LIMITS.idempotency_hours


def test_what_a_person_cannot_read_is_not_put_before_them(house: Host) -> None:
    with pytest.raises(Refused) as refused:
        ask(house, "use", entity="till", arguments={"fail": False, "x" * 9000: 1})
    assert refused.value.code in ("invalid", "too_large")


class Parcel(Request, name="market.Parcel"):
    """Something that leaves the house."""


def test_what_a_reaction_asks_of_the_outside_is_its_authors_and_asked_of_nobody(
    host: Host,
) -> None:
    """An agent that asks for it itself waits; whoever reacts to what it did may have said no."""
    world = market("north")

    @world.action
    def send() -> None:
        """Ask for it in the deed itself."""
        world.append(Parcel())

    @world.on(Said)
    def hear(said: Said) -> None:
        """Ask for it because somebody spoke, unless that was software."""
        if said.text.value == "send" or not said.agent:
            world.append(Parcel())

    @world.adapter(Parcel)
    async def post(asked: Parcel, key: str) -> Parcel:
        return asked

    host.open(world)
    assert ask(host, "send").held and "market.Parcel" not in host.kinds("north")
    ask(host, "say", text="hello")
    assert "market.Parcel" not in host.kinds("north")
    ask(host, "say", text="send")
    kinds = ("Said", "market.Parcel")
    said, parcel = [one for one in host.records("north") if one.kind in kinds][-2:]
    # It is the world's own deed, and its cause leads to what the agent did.
    assert [(one.kind, one.actor) for one in (said, parcel)] == [
        ("Said", "bot"), ("market.Parcel", "world"),
    ]  # fmt: skip
    assert parcel.cause.startswith(f"on:{said.seq}:")
    (pending,) = host.realm.requests()
    assert pending.asker is None, "it is not taken back with the agent"


def test_what_agents_asked_for_is_forgotten_with_their_account(house: Host) -> None:
    held = ask(house).held
    house.flush()
    house.realm.forget("bot")
    house.flush()
    with pytest.raises(NotFound):
        house.realm.people.hold(held)
