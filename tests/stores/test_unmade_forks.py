"""Promised: a fork whose maker died goes without a trace, and no other stream does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.kernel.belfry import belfry
from tests.kernel.host import Host
from worldloom.kernel.errors import Unavailable
from worldloom.kernel.people import LOCAL
from worldloom.kernel.ports import Group
from worldloom.kernel.realm import Caller, Command
from worldloom.kernel.rights import Role
from worldloom.stores.memory import MemoryStore
from worldloom.stores.sqlite import SqliteStore

OWNER = Caller(LOCAL, "Owner", "", Role.OWNER)


@pytest.fixture(params=["memory", "file"])
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Host]:
    """Return a realm with one world, over each store."""
    store: Any = MemoryStore() if request.param == "memory" else open_file(tmp_path)
    host = Host(store)
    host.open(belfry())
    host.do("w", "ring", number=1)
    yield host
    store.close()


def open_file(folder: Path) -> SqliteStore:
    return SqliteStore(str(folder / "realm.loom"))


def names(host: Host) -> list[str]:
    return [head.name for head in host.store.streams()]


def test_only_a_fork_without_a_record_of_its_own_is_dropped(host: Host) -> None:
    host.realm.fork("w", "made", None, "ann")
    host.flush()
    before = names(host)
    host.store.fork_stream("unmade", host.realm.world("w").stream, 4)
    for name in ("w", "people", "made", "nowhere", "unmade", "unmade"):
        host.store.drop_fork(name)
    assert names(host) == before


def test_what_has_the_id_of_a_dropped_fork_begins_anew(host: Host) -> None:
    live = host.realm.world("w")
    head = host.store.fork_stream("unmade", live.stream, live.seq)
    (table,) = live.world.projections.values()
    host.store.project(head.id, "unmade", table)
    host.store.commit([Group((), (("reactions", head.id, b"old"),))])
    host.store.drop_fork("unmade")
    made = host.realm.fork("w", "f", None, "ann")
    host.flush()
    stream = host.realm.world("f").stream
    assert host.store.cursor("reactions", stream) != b"old"
    host.do("f", "ring", number=1)
    rows = host.store.select(stream, "rings", {}, (), 10).rows
    assert [(row.number, row.rings) for row in rows] == [(1, 2)]
    assert host.kinds("f", made.seq)[0] == "Forked"


def test_a_realm_in_a_file_finds_no_fork_where_its_maker_died(tmp_path: Path) -> None:
    store: Any = open_file(tmp_path)
    host = Host(store)
    host.open(belfry())
    forking = host.realm.begin_fork("w", "f", None, "ann")
    forking.make()
    store.close()
    again: Any = open_file(tmp_path)
    host = Host(again)
    assert host.realm.worlds() == ["w"]
    host.open(belfry())
    made = host.realm.fork("w", "f", None, "ann")
    host.flush()
    assert host.do("f", "ring", number=1) == "f"
    assert made.seq == forking.seq
    again.close()


def test_a_fork_is_made_though_a_later_group_that_touched_it_fell(host: Host) -> None:
    """What fell with an older change of another world takes no fork with it that came before."""
    host.enter("w", "Ann")
    host.realm.do(Command("w", "ring", {"number": 2}, OWNER))
    failing = host.realm.outbox[-1]
    host.realm.fork("w", "f", None, LOCAL)
    forgotten = host.realm.forget("guest:ann")
    assert set(forgotten.worlds) == {"w", "f"}
    host.fate = lambda sealed: Unavailable("full", code="disk_full") if sealed is failing else None
    host.flush()
    assert forgotten.group.error is not None
    assert "f" in host.realm.worlds() and "f" in names(host)
    host.do("f", "ring", number=3)
    assert host.kinds("f")[-1] == "forks.Heard"
