"""Promised: what is not allowed is refused, and the refusal names what is missing."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldloom.kernel.errors import NotAllowed, NotSignedIn
from worldloom.kernel.rights import (
    ALL,
    DEEDS,
    Deed,
    Role,
    Standing,
    Token,
    allowed,
    bad_scopes,
    check,
    decide,
    deed_of,
    higher,
    lower,
    may_appoint,
    scopes_of,
)

LADDER = [Role.VISITOR, Role.MEMBER, Role.BUILDER, Role.OWNER]
NAMES = st.sampled_from(["say", "spawn", "ban", "read", "buy", "guide", "nothing"])
WORDS = st.sampled_from([*map(str, LADDER), "guide", "unheard"])
SCOPES = st.sampled_from([ALL, "look", "act", "act:say", "act:mall", "build", "admin", "pay"])
tokens = st.builds(
    Token,
    id=st.just("t1"),
    account=st.just("ann"),
    role=st.sampled_from(list(Role)),
    scopes=st.lists(SCOPES, max_size=4).map(tuple),
    worlds=st.sampled_from([(), ("w",), ("elsewhere",)]),
    expires=st.sampled_from([0, 5, 50]),
    budget=st.none() | st.integers(0, 100),
    spent=st.integers(0, 100),
    agent=st.booleans(),
)
standings = st.builds(
    Standing,
    role=st.none() | st.sampled_from(list(Role)),
    account=st.just("ann"),
    title=st.sampled_from(["", "guide"]),
    may=st.frozensets(NAMES, max_size=3),
    may_not=st.frozensets(NAMES, max_size=2),
    token=st.none() | tokens,
    rights=st.dictionaries(NAMES, WORDS, max_size=3),
    void=st.sampled_from(["", "", "", "token", "cookie"]),
)
deeds = st.builds(
    Deed,
    name=NAMES,
    needs=st.sampled_from(list(Role)),
    world=st.sampled_from(["", "w"]),
    kit=st.sampled_from(["", "mall"]),
    cost=st.sampled_from([0, 0, 60]),
    realm=st.booleans(),
    guards=st.lists(st.just("") | WORDS, max_size=3).map(tuple),
    person=st.booleans(),
)
times = st.integers(0, 100)


@given(standings, deeds, times)
def test_a_token_never_allows_what_its_account_may_not(who: Standing, deed: Deed, now: int) -> None:
    bare = msgspec.structs.replace(who, token=None, void="")
    if decide(who, deed, now) is None:
        assert decide(bare, deed, now) is None


@given(standings, deeds, times)
def test_a_token_for_some_worlds_does_nothing_elsewhere_nor_to_the_whole_realm(
    who: Standing, deed: Deed, now: int
) -> None:
    if who.token is not None and who.token.worlds and decide(who, deed, now) is None:
        assert not deed.realm
        assert not deed.world or deed.world in who.token.worlds


@pytest.mark.parametrize("name", ["make_world", "make_token", "forget"])
def test_an_owners_token_for_some_worlds_makes_no_worlds_and_touches_no_other_account(
    name: str,
) -> None:
    token = Token("t", "ann", Role.OWNER, worlds=("w",))
    with pytest.raises(NotAllowed, match="this token is not for the whole realm") as caught:
        check(Standing(Role.OWNER, "ann", token=token), deed_of(name))
    assert caught.value.code == "other_world"


@given(standings, deeds, times)
def test_no_guard_gives_away_what_is_an_owners_or_of_who_reads_records(
    who: Standing, deed: Deed, now: int
) -> None:
    if deed.needs in (Role.OWNER, Role.RECORDS) and decide(who, deed, now) is None:
        assert decide(who, msgspec.structs.replace(deed, guards=()), now) is None


@given(standings, deeds, times)
def test_nobody_does_anything_without_a_right_to_be_there(
    who: Standing, deed: Deed, now: int
) -> None:
    outside = msgspec.structs.replace(who, role=None)
    assert decide(outside, deed, now) is not None


@given(standings, deeds, times)
def test_a_revoked_or_ended_token_allows_nothing(who: Standing, deed: Deed, now: int) -> None:
    assert decide(msgspec.structs.replace(who, void="token"), deed, now) is not None
    if who.token is not None and 0 < who.token.expires <= now:
        assert decide(who, deed, now) is not None


@given(standings, deeds, times, st.sampled_from(["read", "say", "spawn"]))
def test_every_allowed_deed_is_covered_by_a_scope(
    who: Standing, deed: Deed, now: int, name: str
) -> None:
    deed = msgspec.structs.replace(deed, name=name)
    if who.token is None or decide(who, deed, now) is not None:
        return
    assert all({ALL, *some} & {*who.token.scopes} for some in scopes_of(deed))


@given(standings, deeds, times)
def test_nothing_is_spent_beyond_a_budget(who: Standing, deed: Deed, now: int) -> None:
    token = who.token
    if token is not None and token.budget is not None and deed.cost:
        if decide(who, deed, now) is None:
            assert token.spent + deed.cost <= token.budget


@given(standings, deeds, times)
def test_what_is_for_a_person_no_agent_does_and_a_person_as_ever(
    who: Standing, deed: Deed, now: int
) -> None:
    by_anyone = msgspec.structs.replace(deed, person=False)
    lacks = decide(who, by_anyone, now)
    if who.token is not None and who.token.agent and deed.person:
        assert decide(who, deed, now) is not None
    else:
        assert decide(who, deed, now) == lacks


@given(standings, deeds, times)
def test_a_token_of_an_agent_allows_nothing_that_another_does_not(
    who: Standing, deed: Deed, now: int
) -> None:
    if who.token is not None and decide(who, deed, now) is None:
        plain = msgspec.structs.replace(who.token, agent=False)
        assert decide(msgspec.structs.replace(who, token=plain), deed, now) is None


@given(standings, deeds, times)
def test_an_owner_is_stopped_by_no_guard_and_no_rule(who: Standing, deed: Deed, now: int) -> None:
    owner = Standing(Role.OWNER, who.account, rights=who.rights)
    reads_records = deed.needs is Role.RECORDS and deed.name not in who.rights
    assert (decide(owner, deed, now) is None) == (not reads_records)


@given(standings, deeds, times, st.sampled_from(LADDER))
def test_a_higher_role_may_do_all_that_a_lower_one_may(
    who: Standing, deed: Deed, now: int, role: Role
) -> None:
    if who.role not in LADDER or LADDER.index(role) < LADDER.index(who.role):
        return
    if decide(who, deed, now) is None:
        assert decide(msgspec.structs.replace(who, role=role), deed, now) is None


@given(standings, deeds, times)
def test_what_a_guard_asks_for_no_role_of_the_worlds_own_adds(
    who: Standing, deed: Deed, now: int
) -> None:
    plain = msgspec.structs.replace(who, may=frozenset())
    guarded = msgspec.structs.replace(deed, guards=("owner",))
    assert (decide(who, guarded, now) is None) == (decide(plain, guarded, now) is None)


@given(standings, deeds, times)
def test_a_decision_says_one_thing_twice(who: Standing, deed: Deed, now: int) -> None:
    lacks = decide(who, deed, now)
    assert decide(who, deed, now) == lacks
    if lacks is None:
        check(who, deed, now)
    else:
        with pytest.raises((NotAllowed, NotSignedIn)):
            check(who, deed, now)


def test_a_role_may_do_what_the_lower_ones_may() -> None:
    for one, other in itertools.product(LADDER, LADDER):
        assert allowed(one, other) == (LADDER.index(one) >= LADDER.index(other))


@pytest.mark.parametrize("role", LADDER)
def test_a_learning_program_may_only_touch_records(role: Role) -> None:
    assert not allowed(Role.RECORDS, role)
    assert not allowed(role, Role.RECORDS)
    assert allowed(Role.RECORDS, Role.RECORDS)


@pytest.mark.parametrize("needed", list(Role))
def test_no_role_allows_nothing(needed: Role) -> None:
    assert not allowed(None, needed)


def test_a_refusal_names_the_missing_right() -> None:
    despawn = Deed("despawn", Role.BUILDER)
    with pytest.raises(NotAllowed, match="despawn needs the role builder; ann is visitor here"):
        check(Standing(Role.VISITOR, "ann"), despawn)
    with pytest.raises(NotAllowed, match="ann is nothing here"):
        check(Standing(None, "ann"), Deed("say"))
    with pytest.raises(NotAllowed, match="entering w needs the role visitor"):
        check(Standing(None, "ann"), deed_of("enter", "w"))
    check(Standing(Role.OWNER, "ann"), despawn)


def test_a_refusal_names_the_missing_scope_world_and_budget() -> None:
    token = Token("t", "ann", Role.OWNER, ("look", "act:buy", "pay"), ("w",), 100, 100, 60)
    who = Standing(Role.OWNER, "ann", token=token)

    def told(deed: Deed, now: int = 0) -> tuple[str, str]:
        with pytest.raises((NotAllowed, NotSignedIn)) as caught:
            check(who, deed, now)
        return caught.value.code, caught.value.message

    code, message = told(Deed("go", world="w"))
    assert code == "missing_scope" and "the scope act; this token has look, act:buy" in message
    assert told(Deed("go", world="x"))[0] == "other_world"
    code, message = told(Deed("buy", world="w", cost=60))
    assert code == "budget_exceeded" and "may spend 40 more" in message
    check(who, Deed("buy", world="w", cost=40))
    assert told(Deed("buy", world="w"), 100)[0] == "token_expired"
    assert told(Deed("ban", Role.OWNER, world="w"))[1].count("the scope admin") == 1
    with pytest.raises(NotSignedIn) as caught:
        check(msgspec.structs.replace(who, void="token"), Deed("buy"))
    assert caught.value.code == "token_revoked"


@pytest.mark.parametrize("name", ["invite", "make_world", "make_token", "forget"])
def test_an_agent_never_does_what_lets_others_in_or_cannot_be_taken_back(name: str) -> None:
    token = Token("t", "ann", Role.OWNER)
    check(Standing(Role.OWNER, "ann", token=token), deed_of(name))
    agent = Standing(Role.OWNER, "ann", token=msgspec.structs.replace(token, agent=True))
    with pytest.raises(NotAllowed, match="is for a person") as caught:
        check(agent, deed_of(name))
    assert caught.value.code == "person_needed"


def test_who_is_nobody_must_sign_in_first() -> None:
    with pytest.raises(NotSignedIn, match="nobody is signed in"):
        check(Standing(), Deed("say"))


def test_every_deed_stands_under_its_own_name() -> None:
    assert all(name == deed.name for name, deed in DEEDS.items())
    assert deed_of("read") is DEEDS["read"]


def test_grants_add_up_to_the_higher_role() -> None:
    assert higher(Role.VISITOR, Role.OWNER) is Role.OWNER
    assert higher(Role.MEMBER, None) is Role.MEMBER
    assert higher(None, Role.MEMBER) is Role.MEMBER
    assert higher(None, None) is None


def test_a_token_never_allows_more_than_either_role() -> None:
    assert lower(Role.BUILDER, Role.OWNER) is Role.BUILDER
    assert lower(Role.OWNER, Role.VISITOR) is Role.VISITOR
    assert lower(Role.OWNER, None) is None
    assert lower(Role.RECORDS, Role.OWNER) is Role.RECORDS
    assert lower(Role.RECORDS, Role.BUILDER) is lower(Role.MEMBER, Role.RECORDS) is None


def test_who_is_no_owner_appoints_only_among_those_below() -> None:
    builder = Standing(Role.BUILDER, "bea")
    assert may_appoint(builder, Role.VISITOR, Role.MEMBER)
    assert not may_appoint(builder, Role.VISITOR, Role.BUILDER)
    assert not may_appoint(builder, Role.OWNER, Role.VISITOR)
    assert not may_appoint(builder, None, Role.RECORDS)
    assert not may_appoint(Standing(), None, Role.VISITOR)
    assert may_appoint(Standing(Role.OWNER, "ann"), Role.OWNER, Role.OWNER)


def test_scopes_that_no_token_can_have_are_found() -> None:
    good = ["*", "look", "act", "act:say", "act:be_recorded", "build", "admin", "pay", "records"]
    assert bad_scopes(good) == []
    assert bad_scopes(["look", "", "act:", "act:a b", "everything"]) == [
        "", "act:", "act:a b", "everything",
    ]  # fmt: skip
