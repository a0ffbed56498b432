"""Promised: who wants nothing to do with whom is known to the realm alone, and holds both ways."""

from __future__ import annotations

import dataclasses

import pytest

from tests.kernel.host import SECOND, Host
from worldloom.kernel.errors import Conflict, NotAllowed, NotFound, OverLimit
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.realm import Caller
from worldloom.kernel.records import hidden
from worldloom.kernel.rights import Role
from worldloom.kernel.safety import Bonds, Reported, bonds_of
from worldloom.kernel.schema import decode
from worldloom.kernel.world import World


@pytest.fixture
def room() -> Host:
    host = Host()
    host.open(World("w"))
    return host


def test_a_block_holds_both_ways_and_is_taken_back(room: Host) -> None:
    ann, bob = room.enter("w", "Ann"), room.enter("w", "Bob")
    ties = room.realm.ties
    room.do("w", "block", ann, account=bob.visitor)
    assert ties.apart(ann.account) == {bob.account}
    assert ties.apart(bob.account) == {ann.account}
    assert ties.unheard(bob.account) == {ann.account}
    room.do("w", "block", ann, account=bob.account, on=False)
    assert ties.apart(ann.account) == ties.apart(bob.account) == frozenset()


@pytest.mark.parametrize("again", [False, True])
def test_who_has_left_is_still_named_by_the_id_they_came_under(room: Host, again: bool) -> None:
    ann, bob = room.enter("w", "Ann"), room.enter("w", "Bob")
    room.realm.leave("w", bob.visitor)
    room.flush()
    room = room.restart_with(World("w")) if again else room
    ann = room.enter("w", "Ann") if again else ann
    room.do("w", "block", ann, account=bob.visitor)
    assert room.realm.ties.apart(bob.account) == {ann.account}
    room.do("w", "report", ann, account=bob.visitor, reason="he shouted and ran")
    report = decode(Reported, room.records("w")[-1].payload)
    assert (report.account, report.visitor) == (bob.account, bob.visitor)
    room.do("w", "ban", account=bob.visitor)
    with pytest.raises(NotAllowed):
        room.realm.enter("w", bob.account, "Bob")


def test_an_id_that_nobody_came_under_is_no_account(room: Host) -> None:
    ann = room.enter("w", "Ann")
    room.do("w", "say", ann, text="hello")
    last = room.records("w")[-1].seq
    for id in (f"v{last}", f"v{last + 1}", "v9999999999999999"):
        for deed in ("block", "mute", "befriend"):
            with pytest.raises(NotFound):
                room.do("w", deed, ann, account=id)


def test_the_world_whose_visitors_block_each_other_keeps_no_word_of_it(room: Host) -> None:
    ann, bob = room.enter("w", "Ann"), room.enter("w", "Bob")
    before = len(room.records("w"))
    for deed in ("block", "mute", "befriend"):
        room.do("w", deed, ann, account=bob.visitor)
    room.do("w", "keep_distance", ann, on=False)
    assert len(room.records("w")) == before


def test_a_mute_is_ones_own_ear_alone(room: Host) -> None:
    ann, bob = room.enter("w", "Ann"), room.enter("w", "Bob")
    room.do("w", "mute", ann, account=bob.visitor)
    assert room.realm.ties.unheard(ann.account) == {bob.account}
    assert room.realm.ties.unheard(bob.account) == frozenset()
    assert room.realm.ties.apart(ann.account) == frozenset()


def test_only_mutual_friends_may_come_near(room: Host) -> None:
    ann, bob = room.enter("w", "Ann"), room.enter("w", "Bob")
    ties = room.realm.ties
    room.do("w", "befriend", ann, account=bob.visitor)
    assert not ties.near(ann.account, bob.account)
    room.do("w", "befriend", bob, account=ann.visitor)
    assert ties.near(ann.account, bob.account) and ties.near(bob.account, ann.account)
    room.do("w", "block", bob, account=ann.visitor)
    assert not ties.near(ann.account, bob.account)


def test_distance_goes_when_both_say_so(room: Host) -> None:
    ann, bob = room.enter("w", "Ann"), room.enter("w", "Bob")
    room.do("w", "keep_distance", ann, on=False)
    assert not room.realm.ties.near(ann.account, bob.account)
    room.do("w", "keep_distance", bob, on=False)
    assert room.realm.ties.near(ann.account, bob.account)
    assert room.realm.ties.near(ann.account, ann.account)


def test_bonds_survive_a_restart_and_go_with_their_person(room: Host) -> None:
    ann, bob = room.enter("w", "Ann"), room.enter("w", "Bob")
    room.do("w", "block", ann, account=bob.visitor)
    again = room.restart()
    assert again.realm.ties.apart(bob.account) == {ann.account}
    again.realm.forget(ann.account, "local")
    again.flush()
    assert again.realm.ties.apart(bob.account) == frozenset()
    assert bonds_of(again.realm.people.state, ann.account) == Bonds()


@pytest.mark.parametrize("deed", ["block", "mute", "befriend"])
def test_nobody_blocks_themselves_or_the_realms_own_machine(room: Host, deed: str) -> None:
    ann = room.enter("w", "Ann")
    for account in (ann.account, ann.visitor, "local"):
        with pytest.raises(Conflict):
            room.do("w", deed, ann, account=account)


def test_a_list_of_people_is_bounded(room: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    few = dataclasses.replace(LIMITS, bonds_max=3)
    monkeypatch.setattr("worldloom.kernel.safety.LIMITS", few)
    ann = room.enter("w", "Ann")
    for number in range(3):
        room.do("w", "block", ann, account=f"guest:{number}")
    with pytest.raises(OverLimit):
        room.do("w", "block", ann, account="guest:4")


def test_guests_do_not_fill_the_realms_people(room: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    few = dataclasses.replace(LIMITS, avatars_kept_max=1)
    monkeypatch.setattr("worldloom.kernel.safety.LIMITS", few)
    first, second = (Caller(f"guest:{n}", "G", role=Role.VISITOR) for n in (1, 2))
    room.do("w", "keep_distance", first, on=False)
    with pytest.raises(OverLimit, match="too many guests"):
        room.do("w", "keep_distance", second, on=False)
    room.do("w", "keep_distance", first, on=True)
    room.realm.grant("guest:2", "w", Role.MEMBER)
    room.do("w", "keep_distance", second, on=False)


def test_a_report_is_hidden_and_its_words_are_sealed(room: Host) -> None:
    ann, bob = room.enter("w", "Ann"), room.enter("w", "Bob")
    room.do("w", "report", ann, account=bob.visitor, reason="he shouts at everyone")
    record = room.records("w")[-1]
    assert hidden(record)
    assert b"shouts" not in record.payload
    with pytest.raises(Conflict):
        room.do("w", "report", ann, account=ann.visitor, reason="me")


def test_who_talks_without_a_pause_is_told_to_wait_and_the_world_goes_on(room: Host) -> None:
    ann, bob = room.enter("w", "Ann"), room.enter("w", "Bob")
    for _ in range(LIMITS.says_burst_max):
        room.do("w", "say", ann, text="spam")
    with pytest.raises(OverLimit, match="say too often"):
        room.do("w", "say", ann, text="spam")
    room.do("w", "say", bob, text="hello")
    room.now += SECOND
    room.do("w", "say", ann, text="sorry")
    local = Caller("local", role=Role.OWNER)
    for _ in range(2 * LIMITS.says_burst_max):
        room.do("w", "say", local, text="the realm's own machine may")
