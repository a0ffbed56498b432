"""Promised: a world is open wholly or not at all, whatever the disk refuses while it opens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.kernel.belfry import belfry, command, fork, outside
from tests.kernel.host import Host
from worldloom.kernel.errors import Unavailable
from worldloom.kernel.world import World

Patch = pytest.MonkeyPatch


@pytest.fixture(autouse=True)
def forget_classes() -> None:
    """Keep this module's classes."""


def refusing(real: Callable[..., Any], when: Callable[..., bool]) -> Callable[..., Any]:
    """Return what a store does whose disk is full for some calls."""

    def refuse(*args: Any) -> Any:
        if when(*args):
            raise Unavailable("the disk is full", code="disk_full")
        return real(*args)

    return refuse


def full_for(patch: Patch, host: Host, world: str) -> None:
    """Let the disk have no room for tables of a world."""
    store = host.store
    patch.setattr(store, "project", refusing(store.project, lambda _, name, *__: name == world))


def rings(host: Host, name: str) -> list[int]:
    """Return how often each number was rung, by the table."""
    stream = host.realm.world(name).stream
    return [row.rings for row in host.store.select(stream, "rings", {}, (), 10).rows]


def greeting() -> World:
    """Return the world as its file is later."""
    world = belfry("new")

    @world.action
    def greet() -> str:
        """Greet."""
        return "hello"

    return world


def test_a_fork_that_could_not_open_opens_whole_later_and_nothing_of_it_leaves(
    host: Host, monkeypatch: Patch
) -> None:
    host.open(belfry())
    fork(host, "w", "f")
    host.realm.do(command("f", 1))
    host.commit()
    again = host.restart_with(belfry())
    with monkeypatch.context() as patch:
        full_for(patch, again, "f")
        for _ in range(2):
            with pytest.raises(Unavailable):
                again.realm.world("f")
        assert again.realm.opened("f") is None
        assert outside(again) == []
    again.realm.world("f")
    again.flush()
    assert outside(again) == [("f", 1, True)]
    assert again.kinds("f").count("forks.Heard") == 1
    assert rings(again, "f") == [1]


def test_a_reload_that_the_disk_refuses_changes_nothing(host: Host, monkeypatch: Patch) -> None:
    host.open(belfry("old"))
    fork(host, "w", "f")
    # What waits for the disk has moved cursors that the disk does not know.
    host.realm.do(command("w", 1))
    host.commit()
    host.realm.react()
    live = host.realm.world("w")
    before = live.world, live.head, len(host.realm.outbox)
    with monkeypatch.context() as patch:
        full_for(patch, host, "w")
        with pytest.raises(Unavailable):
            host.realm.open(greeting())
    assert (live.world, live.head, len(host.realm.outbox)) == before
    host.flush()
    assert host.kinds("w").count("forks.Heard") == 1
    assert (host.do("w", "ring", number=1), host.do("f", "ring", number=1)) == ("w", "f")
    assert (rings(host, "w"), rings(host, "f")) == ([2], [1])
    host.open(greeting())
    assert (host.do("w", "greet"), host.do("f", "greet")) == ("hello", "hello")


def test_a_fork_that_cannot_take_the_new_code_goes_on_whole_and_the_faults_tell_it(
    host: Host, monkeypatch: Patch
) -> None:
    host.open(belfry())
    fork(host, "w", "f")
    host.realm.do(command("f", 1))
    host.commit()
    again = host.restart()
    again.realm.world("f")
    with monkeypatch.context() as patch:
        full_for(patch, again, "f")
        again.open(greeting())
    assert [(one.world, one.cause) for one in again.realm.faults] == [("f", "code")]
    assert again.do("w", "greet") == "hello"
    assert again.realm.world("f").bare
    assert outside(again) == []
    again.open(greeting())
    assert again.do("f", "greet") == "hello"
    assert again.kinds("f").count("forks.Heard") == 1
    assert outside(again) == [("f", 1, True)]
    assert rings(again, "f") == [1]


def test_a_world_whose_cursors_cannot_be_read_is_lost_until_they_can(
    host: Host, monkeypatch: Patch
) -> None:
    host.open(belfry())
    fork(host, "w", "f")
    host.realm.do(command("f", 1))
    doomed = host.realm.outbox[-1]
    host.fate = lambda sealed: Unavailable("full") if sealed is doomed else None
    with monkeypatch.context() as patch:
        patch.setattr(host.store, "cursor", refusing(host.store.cursor, lambda *_: True))
        host.commit()
        for _ in range(2):
            with pytest.raises(Unavailable):
                host.realm.world("f")
        assert host.realm.requests() == []
    host.do("f", "ring", number=2)
    assert outside(host) == [("f", 2, True)]
    assert rings(host, "f") == [1]


def test_a_world_that_could_not_be_made_leaves_its_name_free(
    host: Host, monkeypatch: Patch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(host.store, "set_meta", refusing(host.store.set_meta, lambda *_: True))
        with pytest.raises(Unavailable):
            host.realm.create("garden", "A garden", False)
    assert host.realm.outbox == [] and host.realm.worlds() == []
    host.realm.create("garden", "A garden", False)
    host.flush()
    assert not host.restart().realm.card("garden").public
