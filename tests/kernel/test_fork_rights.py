"""Promised: who may read all may fork, within limits; a fork is made whole or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kernel.belfry import (
    belfry,
    command,
    fork,
    outside,
    value,
)
from tests.kernel.host import Host
from worldloom.kernel.errors import (
    NotAllowed,
    NotFound,
    OverLimit,
    Refused,
    Unavailable,
    WorldloomError,
)
from worldloom.kernel.limits import LIMITS, Limits
from worldloom.kernel.live import Sealed
from worldloom.kernel.people import LOCAL
from worldloom.kernel.rights import Role
from worldloom.kernel.world import World


@pytest.fixture(autouse=True)
def forget_classes() -> None:
    """Keep this module's classes."""


def test_who_forks_owns_the_fork_and_nothing_else(host: Host) -> None:
    host.open(belfry())
    host.realm.grant("bob", "w", Role.BUILDER)
    fork(host, "w", "f", by="ann")
    roles = {(who, w): host.realm.role(who, w) for who in ("ann", "bob") for w in ("w", "f")}
    assert roles == {
        ("ann", "w"): Role.VISITOR, ("ann", "f"): Role.OWNER,
        ("bob", "w"): Role.BUILDER, ("bob", "f"): Role.VISITOR,
    }  # fmt: skip


def test_a_fork_of_a_private_world_is_private(host: Host) -> None:
    host.open(World("w", public=False))
    with pytest.raises(NotAllowed):
        host.realm.fork("w", "f", None, "ann")
    host.realm.grant("ann", "w", Role.MEMBER)
    fork(host, "w", "f", by="ann")
    assert host.realm.role("bob", "f") is None
    again = host.restart()
    assert again.realm.role("bob", "f") is None
    assert again.realm.role("ann", "f") is Role.OWNER


def test_private_records_below_the_seq_need_the_owner(host: Host) -> None:
    host.open(belfry())
    host.do("w", "ring", number=1)
    open_until = host.realm.world("w").seq
    host.do("w", "hide", value=1)
    host.do("w", "remove", entity="bell", component="Text")
    for _ in range(2):
        with pytest.raises(NotAllowed) as told:
            host.realm.fork("w", "f", None, "ann")
        assert f"private record {open_until + 1}" in told.value.message
    fork(host, "w", "before", open_until, by="ann")
    host.realm.grant("ann", "w", Role.OWNER)
    fork(host, "w", "after", by="ann")
    assert host.realm.worlds() == ["after", "before", "w"]


def test_a_role_that_is_given_replaces_the_accounts_own(host: Host) -> None:
    host.open(belfry())
    host.do("w", "hide", value=1)
    host.realm.grant("ann", "w", Role.OWNER)
    with pytest.raises(NotAllowed):
        host.realm.fork("w", "f", None, "ann", Role.VISITOR)


def test_the_banned_fork_nothing(host: Host) -> None:
    host.open(belfry())
    host.do("w", "ban", account="ann")
    with pytest.raises(NotAllowed) as told:
        host.realm.fork("w", "f", None, "ann")
    assert told.value.code == "banned"


def test_the_number_of_forks_is_bounded(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    few = Limits(account_forks_max=2, forks_max=4, fork_depth_max=2)
    monkeypatch.setattr("worldloom.kernel.forking.LIMITS", few)
    assert LIMITS.account_forks_max > 2
    host.open(belfry())
    fork(host, "w", "a1", by="ann")
    fork(host, "w", "a2", by="ann")
    host.do("a2", "grant", account="ann", role="visitor")
    assert host.realm.people.forkers() == {"ann": 2}

    def refused(world: str, by: str) -> str:
        with pytest.raises(OverLimit) as told:
            host.realm.fork(world, "more", None, by)
        return told.value.code

    assert refused("w", "ann") == "too_many_forks", "giving one away does not help"
    fork(host, "a1", "deep")
    assert refused("deep", LOCAL) == "too_many_forks"
    fork(host, "w", "last")
    assert refused("w", LOCAL) == "too_many_forks"
    host.open(World("other"))
    assert "more" not in host.realm.worlds()


def test_a_death_before_the_first_record_leaves_no_fork(host: Host) -> None:
    host.open(belfry())
    host.do("w", "ring", number=1)
    forking = host.realm.begin_fork("w", "f", None, "ann")
    forking.make()
    assert "f" in {head.name for head in host.store.streams()}
    for finish in (False, True):
        if finish:
            host.realm.finish_fork(forking)
        again = host.restart()
        assert again.realm.worlds() == ["w"]
        assert "f" not in {head.name for head in again.store.streams()}
        with pytest.raises(NotFound):
            again.realm.world("f")
        forking.make()
    last = host.restart()
    last.open(belfry())
    made = fork(last, "w", "f")
    assert last.kinds("f", made.seq) == ["Forked"]
    assert last.do("f", "ring", number=2) == "f"


def test_a_death_after_the_first_record_leaves_a_whole_fork(host: Host) -> None:
    host.open(belfry())
    host.do("w", "ring", number=1)
    host.realm.fork("w", "f", None, "ann")
    host.commit()
    again = host.restart()
    again.open(belfry())
    assert again.realm.role("ann", "f") is Role.OWNER
    assert again.do("f", "ring", number=2) == "f"
    assert outside(again) == [("w", 1, False), ("f", 2, True)]
    assert again.kinds("f").count("forks.Heard") == 2


def test_a_fork_whose_first_group_fails_was_never_made(host: Host) -> None:
    host.open(belfry())
    full = Unavailable("the disk is full", code="disk_full")

    def fate(sealed: Sealed) -> WorldloomError | None:
        return full if "f" in sealed.streams else None

    host.fate = fate
    made = host.realm.fork("w", "f", None, "ann")
    host.realm.enter("f", "ann", "Ann")
    host.flush()
    assert made.group.error is full
    assert host.realm.worlds() == ["w"]
    assert host.realm.role("ann", "w") is Role.VISITOR
    with pytest.raises(NotFound):
        host.realm.world("f")
    host.fate = lambda _: None
    assert fork(host, "w", "f", by="ann").group.error is None
    assert host.realm.role("ann", "f") is Role.OWNER


def test_a_disk_that_fails_wholly_at_a_fork_leaves_none(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.open(belfry())
    broken = [False]
    real = host.store.streams

    def streams() -> Any:
        if broken[0]:
            raise Unavailable("the disk is gone")
        return real()

    def fate(sealed: Sealed) -> WorldloomError | None:
        broken[0] = True
        return Unavailable("the disk is gone")

    monkeypatch.setattr(host.store, "streams", streams)
    host.realm.fork("w", "f", None, LOCAL)
    host.fate = fate
    host.commit()
    with pytest.raises(Unavailable):
        host.realm.world("f")
    broken[0] = False
    with pytest.raises(NotFound):
        host.realm.world("f")
    host.fate = lambda _: None
    assert fork(host, "w", "f").world == "f"


def test_a_fork_that_cannot_be_written_frees_its_name(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.open(belfry())

    def refuse(step: Any, account: str, world: str, parent: str) -> None:
        raise Refused("not now")

    with monkeypatch.context() as patch:
        patch.setattr(host.realm.people, "note_fork", refuse)
        with pytest.raises(Refused):
            host.realm.fork("w", "f", None, "ann")
    assert host.realm.worlds() == ["w"]
    assert fork(host, "w", "f", by="ann").world == "f"


def test_a_fork_that_loses_later_groups_stays_a_fork(host: Host) -> None:
    host.open(belfry())
    made = fork(host, "w", "f")
    host.fate = lambda _: Unavailable("the disk is full", code="disk_full")
    host.realm.do(command("f", 1))
    host.commit()
    host.fate = lambda _: None
    assert host.kinds("f", made.seq) == ["Forked"]
    assert host.do("f", "ring", number=2) == "f"
    assert value(host, "f") == 1


def test_a_process_that_was_thought_dead_makes_no_world_of_its_unmade_fork(host: Host) -> None:
    host.open(belfry())
    made = host.realm.fork("w", "f", None, "ann")
    successor = host.restart()
    host.commit()
    assert made.group.error is not None
    for store in (host.store, successor.restart().store):
        assert "f" not in {head.name for head in store.streams()}
    with pytest.raises(NotFound):
        host.realm.world("f")
