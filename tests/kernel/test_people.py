"""Promised: roles, bans and tokens are facts in a stream of their own and survive a restart."""

from __future__ import annotations

import pytest

from tests.kernel.host import Host
from worldloom.kernel.accounts import About
from worldloom.kernel.entity import Visitor
from worldloom.kernel.errors import Invalid, NotAllowed, NotFound
from worldloom.kernel.realm import Caller, Command
from worldloom.kernel.rights import Role, Standing
from worldloom.kernel.tokens import NewToken
from worldloom.kernel.world import World


@pytest.fixture
def house(host: Host) -> Host:
    """Return a realm with a public and a private world."""
    host.open(World("open"))
    host.open(World("closed", public=False))
    return host


def test_a_guest_is_a_visitor_of_public_worlds_only(house: Host) -> None:
    assert house.realm.role("guest:1", "open") is Role.VISITOR
    assert house.realm.role("guest:1", "closed") is None
    with pytest.raises(NotAllowed, match="entering closed needs the role visitor"):
        house.realm.enter("closed", "guest:1", "Ann")
    assert house.realm.people.accounts() == []


def test_the_command_line_owns_everything(house: Host) -> None:
    assert house.realm.role("local", "closed") is Role.OWNER


def test_a_grant_holds_for_its_world_or_for_all(house: Host) -> None:
    house.realm.grant("ann", "closed", Role.BUILDER)
    house.realm.grant("bob", "*", Role.MEMBER)
    house.flush()
    for realm in (house.realm, house.restart().realm):
        assert realm.role("ann", "closed") is Role.BUILDER
        assert realm.role("ann", "open") is Role.VISITOR
        assert realm.role("bob", "open") is realm.role("bob", "closed") is Role.MEMBER
        assert realm.people.accounts() == ["ann", "bob"]
    house.realm.grant("bob", "*", Role.VISITOR)
    assert house.realm.role("bob", "closed") is None


def test_a_token_stands_for_its_account_and_allows_no_more_than_its_role(house: Host) -> None:
    secret, sealed = house.realm.make_token("bell", Role.MEMBER)
    other, _ = house.realm.make_token("bell", Role.VISITOR)
    assert sealed is not None and secret != other
    house.flush()
    realm = house.restart().realm
    token = realm.token_of(secret)
    assert token is not None and (token.account, token.role) == ("bell", Role.MEMBER)
    assert realm.token_of("wl_wrong") is None
    assert realm.role("bell", "open") is Role.MEMBER
    assert realm.standing("bell", "open", token) == Standing(Role.MEMBER, "bell", token=token)
    weak = realm.token_of(other)
    assert weak is not None and realm.standing("bell", "open", weak).role is Role.VISITOR
    realm.grant("bell", "*", Role.VISITOR)
    assert realm.standing("bell", "closed", token).role is None


def test_the_secret_is_not_in_the_log(house: Host) -> None:
    secret, sealed = house.realm.make_token("bell", Role.OWNER)
    assert sealed is not None
    assert all(secret.encode() not in record.payload for record in sealed.records["people"])


def test_a_token_for_records_opens_no_door(house: Host) -> None:
    secret, _ = house.realm.make_token("moodle", Role.RECORDS)
    token = house.realm.token_of(secret)
    assert token is not None
    who = house.realm.standing("moodle", "open", token)
    assert who.role is Role.RECORDS
    with pytest.raises(NotAllowed):
        house.realm.enter("open", "moodle", "Moodle", who)


def test_nobody_lets_themselves_read_learning_records(house: Host) -> None:
    realm = house.realm
    realm.grant("eve", "open", Role.BUILDER)
    realm.grant("olga", "open", Role.OWNER)
    for account, role in (("guest:1", None), ("eve", None), ("olga", Role.RECORDS)):
        secret, _ = realm.make_token(account, Role.RECORDS, account, raises=False)
        token = realm.token_of(secret)
        assert token is not None
        assert realm.standing(account, "open", token).role is role, account


def test_the_right_to_records_stands_beside_a_role_and_goes_with_it(house: Host) -> None:
    realm = house.realm
    realm.grant("ann", "*", Role.BUILDER)
    secret, _ = realm.make_token("ann", Role.RECORDS)
    plain, _ = realm.make_token("ann", Role.MEMBER)
    records, member = realm.token_of(secret), realm.token_of(plain)
    assert records is not None and member is not None
    assert realm.role("ann", "closed") is Role.BUILDER
    assert realm.standing("ann", "closed", records).role is Role.RECORDS
    assert realm.standing("ann", "closed", member).role is Role.MEMBER
    realm.make_token("ann", Role.OWNER)
    assert realm.standing("ann", "closed", records).role is Role.RECORDS
    realm.grant("ann", "*", Role.MEMBER)
    assert realm.standing("ann", "closed", records).role is None


def test_a_token_is_made_for_who_has_a_role_of_the_worlds_own(house: Host) -> None:
    realm, local = house.realm, Caller("local", "local", role=Role.OWNER)
    for action, args in (
        ("define_role", {"name": "guide", "base": "member"}),
        ("grant", {"account": "gil", "role": "guide"}),
    ):
        realm.do(Command("open", action, args, local))
    realm.make_token("gil", NewToken(Role.MEMBER, worlds=("open",)))
    assert realm.people.roles("gil") == (("open", "guide"),), "a member already"
    realm.make_token("gil", NewToken(Role.BUILDER, worlds=("open",)))
    assert realm.role("gil", "open") is Role.BUILDER


def test_a_bad_account_name_is_refused(house: Host) -> None:
    for name in ("", "e12", "x" * 99):
        with pytest.raises(Invalid):
            house.realm.grant(name, "*", Role.OWNER)
        with pytest.raises(Invalid):
            house.realm.make_token(name, Role.OWNER)


def test_bans_of_all_worlds_hold_everywhere(house: Host) -> None:
    from worldloom.kernel.step import Step

    people = house.realm.people
    step = Step(house.realm, house.now, "local", "x")
    people.ban(step, "bad", "*", 0)
    house.realm._seal(step, house.realm._people)
    assert people.banned_until("bad", "open", house.now) == 0
    assert people.banned_until("good", "open", house.now) is None


def test_the_people_are_no_world(house: Host) -> None:
    house.realm.grant("ann", "*", Role.OWNER)
    assert house.realm.worlds() == ["closed", "open"]
    with pytest.raises(NotFound):
        house.realm.world("people")


def test_who_owns_single_worlds_is_counted_and_who_owns_all_is_not(house: Host) -> None:
    for account, world in (("ann", "hall"), ("ann", "yard"), ("bob", "hall"), ("cleo", "*")):
        house.realm.grant(account, world, Role.OWNER)
    house.realm.grant("bob", "hall", Role.BUILDER)
    assert house.realm.people.owned() == {"ann": 2}


def test_authors_are_told_the_language_of_a_profile(host: Host) -> None:
    world = World("open")

    @world.action
    def greet(visitor: Visitor) -> str:
        """Greet in the visitor's own language."""
        return visitor.language

    live = host.open(world)
    ann = host.enter("open")
    assert host.do("open", "greet", ann) == "", "a guest has no profile"
    host.realm.administer(
        lambda step: host.realm.people.set_about(step, ann.account, About("Ann", "pt-BR"))
    )
    host.flush()
    assert host.do("open", "greet", ann) == "pt-BR"
    assert live.world.visitor(ann.visitor).language == "pt-BR"
    assert live.world.visitor("v999").language == ""
    host.realm.forget(ann.account)
    assert live.world.visitor(ann.visitor).language == ""
