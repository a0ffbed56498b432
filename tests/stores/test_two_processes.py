"""Promised: of two processes that write one realm, the one that slept learns what it missed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kernel.host import Host
from tests.kernel.test_forgetting import ANN, make_room, told
from worldloom.kernel.rights import Role
from worldloom.stores.sqlite import SqliteStore


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[tuple[Host, Host]]:
    """Return two processes on one file, with chance of their own."""
    path = str(tmp_path / "realm.loom")
    one, two = Host(SqliteStore(path)), Host(SqliteStore(path))
    one.drawn = 1000
    for host in (one, two):
        host.open(make_room())
    yield one, two
    for host in (one, two):
        host.store.close()


def test_who_slept_while_someone_was_forgotten_seals_no_more_with_the_old_key(
    hosts: tuple[Host, Host],
) -> None:
    one, two = hosts
    one.do("room", "note", ANN, text="long ago", number=1)
    for number in (2, 3):  # the first one is refused, as it has to read what was written
        two.do("room", "note", ANN, text="before", number=number)
    assert [entry.get("text") for entry in told(two)][-2] == "before"
    for _ in range(2):
        done = one.realm.forget(ANN.account)
        one.flush()
    assert done.group.error is None
    for number in (4, 5):
        two.do("room", "note", ANN, text="as someone new", number=number)
    texts = [entry["text"] for entry in told(two) if "text" in entry and "number" in entry]
    assert texts == [None, None, "as someone new"]


def test_who_slept_while_a_right_was_taken_away_learns_it_with_the_first_refusal(
    hosts: tuple[Host, Host],
) -> None:
    one, two = hosts
    one.realm.grant("ada", "room", Role.OWNER)
    one.flush()
    for _ in range(2):  # the first time it has to read what was written
        two.realm.grant("ada", "room", Role.BUILDER)
        two.do("room", "say", text="hello")
    assert one.realm.role("ada", "room") is Role.OWNER
    refused = one.ask("room", "say", {"text": "too late"})
    assert refused.group is not None and refused.group.error is not None
    assert one.realm.role("ada", "room") is Role.BUILDER
