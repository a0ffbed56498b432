"""Promised: a fork runs under its parent's code, and its requests stay in its Sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kernel.belfry import (
    Count,
    Letter,
    Posted,
    belfry,
    command,
    fork,
    outside,
    run,
    value,
)
from tests.kernel.host import Host
from worldloom.kernel.errors import (
    Conflict,
    Misused,
    NotAllowed,
    NotFound,
)
from worldloom.kernel.events import Failed
from worldloom.kernel.ports import Group, Part
from worldloom.kernel.realm import Caller
from worldloom.kernel.rights import Role
from worldloom.kernel.schema import Component, plain
from worldloom.kernel.world import World


@pytest.fixture(autouse=True)
def forget_classes() -> None:
    """Keep this module's classes."""


def test_the_handlers_of_the_parents_file_serve_the_fork_too(host: Host) -> None:
    host.open(belfry())
    fork(host, "w", "f")
    ann = host.enter("f")
    assert host.do("f", "ring", ann, number=1) == "f"
    decision = host.ask("f", "click", {"entity": "bell"}, ann)
    assert [tell.text for tell in decision.tells] == ["True 1 f"]
    assert [tell.world for tell in decision.tells] == ["f"]
    assert (value(host, "f"), value(host, "w")) == (1, 0)
    assert (value(host, "f", "ear"), value(host, "w", "ear")) == (1, 0)
    assert host.do("w", "ring", number=1) == "w"


def test_a_fork_keeps_its_code_after_a_restart_whichever_is_opened_first(host: Host) -> None:
    host.open(belfry())
    fork(host, "w", "f")
    for first in (True, False):
        again = host.restart()
        if first:
            assert again.realm.world("f").bare
            again.flush()
        again.open(belfry())
        assert not again.realm.world("f").bare
        assert again.do("f", "ring", number=1) == "f"


def test_what_happened_while_the_code_was_away_is_made_up_for_once(host: Host) -> None:
    host.open(belfry())
    fork(host, "w", "f")
    for number in (1, 2):
        host.realm.do(command("f", number))
    host.commit()
    again = host.restart()
    assert again.kinds("f").count("forks.Heard") == 0
    again.open(belfry())
    again.realm.world("f")
    again.flush()
    assert again.kinds("f").count("forks.Heard") == 2


def test_a_reload_swaps_the_code_of_forks_and_declares_nothing_in_them(host: Host) -> None:
    host.open(belfry("old"))
    made = fork(host, "w", "f")
    new = belfry("new")
    new.action(greet)
    host.open(new)
    assert host.kinds("f", made.seq) == ["Forked"]
    assert host.do("f", "greet") == "hello"
    state = host.realm.world("f").state
    assert plain(state.entities[state.by_name["bell"]].cells["Text"].data)["value"] == "old"


def greet() -> str:
    """Greet."""
    return "hello"


def test_a_fork_that_the_new_code_cannot_read_goes_on_without_code(host: Host) -> None:
    class First(Component, name="forks.Grown"):
        size: int = 1

    old = World("w")
    old.spawn("plant", First())
    host.open(old)
    fork(host, "w", "early")

    class Second(Component, name="forks.Grown", version=2):
        height: int = 1

    @Second.upgrade(1)
    def lift(fields: dict[str, Any]) -> dict[str, Any]:
        return {"height": fields["size"]}

    middle = World("w")
    middle.spawn("plant", Second())
    host.open(middle)

    class Third(Component, name="forks.Grown", version=3):
        weight: int = 1

    @Third.upgrade(2)
    def lift_again(fields: dict[str, Any]) -> dict[str, Any]:
        return {"weight": fields["height"]}

    again = host.restart()
    late = World("w")
    late.spawn("plant", Third())
    again.open(late)
    assert again.realm.world("early").bare
    assert [(fault.world, fault.error.code) for fault in again.realm.faults] == [
        ("early", "no_upgrade")
    ]


def test_a_file_of_its_own_takes_a_fork_over(host: Host) -> None:
    host.open(belfry())
    made = fork(host, "w", "f")
    own = World("f")
    own.spawn("own thing")
    host.open(own)
    assert host.kinds("f", made.seq) == ["Forked", "Declared", "Despawned", "Despawned", "Spawned"]
    host.open(belfry("new"))
    with pytest.raises(NotFound):
        host.do("f", "ring", number=1)


def test_a_handler_of_the_code_cannot_call_the_realm_for_a_fork(host: Host) -> None:
    world = belfry()

    @world.action
    def nest() -> None:
        host.realm.do(command("f", 1))

    host.open(world)
    fork(host, "w", "f")
    with pytest.raises(Misused) as told:
        host.do("w", "nest")
    assert told.value.code == "nested"
    with pytest.raises(Misused):
        host.do("f", "nest")
    assert host.do("f", "ring", number=1) == "f"


def test_a_table_of_a_fork_shows_the_shared_records_and_its_own(host: Host) -> None:
    host.open(belfry())
    host.do("w", "ring", number=1)
    fork(host, "w", "f")
    for name in ("f", "f", "w"):
        host.do(name, "ring", number=1)

    def rings(name: str) -> list[int]:
        stream = host.realm.world(name).stream
        return [row.rings for row in host.store.select(stream, "rings", {}, (), 10).rows]

    assert (rings("f"), rings("w")) == ([3], [2])


def test_a_forks_requests_stay_in_its_sandbox_until_it_goes_live(host: Host) -> None:
    host.open(belfry())
    fork(host, "w", "f")
    host.do("f", "ring", number=1)
    (pending,) = host.realm.requests()
    assert pending.simulated
    assert isinstance(pending.request, Letter)
    assert pending.request.bell.get(Count) == Count(1), "a handle reads the fork, not its parent"
    host.realm.answer(pending, run(pending))
    host.flush()
    answer = [r for r in host.records("f") if r.kind == Failed.__kind__.name][-1]
    assert answer.cause == f"answer:{pending.seq}:simulated"
    assert plain(answer.payload)["code"] == "simulated"
    assert plain(answer.payload)["message"].startswith("simulated: ")

    host.do("f", "ring", number=2)
    assert host.do("f", "go_live") == {"adapters": "live"}
    host.do("f", "ring", number=3)
    assert sorted(outside(host)) == [("f", 2, True), ("f", 3, False)]
    assert host.kinds("f").count("WentLive") == 1


def test_what_was_asked_before_going_live_stays_simulated_after_a_crash(host: Host) -> None:
    host.open(belfry())
    fork(host, "w", "f")
    host.do("f", "ring", number=1)
    host.do("f", "go_live")
    host.do("f", "ring", number=2)
    again = host.restart()
    again.open(belfry())
    again.realm.world("f")
    again.open(belfry())
    assert sorted(outside(again)) == [("f", 1, True), ("f", 2, False)]


def test_an_adapter_brings_its_own_sandbox(host: Host) -> None:
    async def pretend(letter: Letter, key: str) -> Posted:
        return Posted(-letter.number)

    host.open(belfry(sandbox=pretend))
    fork(host, "w", "f")
    for name in ("w", "f"):
        host.do(name, "ring", number=5)
    outside(host)
    posted = {
        name: [plain(r.payload)["number"] for r in host.records(name) if r.kind == "forks.Posted"]
        for name in ("w", "f")
    }
    assert posted == {"w": [5], "f": [-5]}


def test_a_class_of_adapters_declares_its_sandbox() -> None:
    class Post:
        async def __call__(self, letter: Letter, key: str) -> Posted:
            return Posted(letter.number)

        async def sandbox(self, letter: Letter, key: str) -> Posted:
            return Posted(0)

    world = World("w")
    post = Post()
    world.adapter(Letter)(post)
    assert world.adapter_for("forks.Letter", True) == post.sandbox
    assert world.adapter_for("forks.Letter", False) is post
    assert world.adapter_for("forks.Other", True) is None


def test_only_a_fork_goes_live_and_only_once_and_only_by_its_owner(host: Host) -> None:
    host.open(belfry())
    fork(host, "w", "f", by="ann")
    with pytest.raises(Conflict) as told:
        host.do("w", "go_live")
    assert told.value.code == "live_already"
    builder = Caller("bob", "bob", "", Role.BUILDER)
    with pytest.raises(NotAllowed):
        host.do("f", "go_live", builder)
    host.do("f", "go_live", Caller("ann", "ann", "", host.realm.role("ann", "f")))
    with pytest.raises(Conflict):
        host.do("f", "go_live")
    fork(host, "f", "g")
    lineage = host.realm.world("g").state.lineage
    assert lineage is not None and not lineage.live, "a fork of a live one is in its Sandbox"


def test_a_fork_that_was_carried_elsewhere_is_lent_its_ancestors_code(host: Host) -> None:
    host.open(belfry())
    made = fork(host, "w", "f")
    stream = host.realm.world("f").stream
    head = host.store.open_stream("f")
    rows = [one for row in host.store.records(stream, 0, head.seq) for one in row[1:]]
    elsewhere = Host()
    to = elsewhere.store.open_stream("f").id
    elsewhere.store.commit([Group((Part(to, 0, bytes(32), rows),))])
    elsewhere = elsewhere.restart()
    assert elsewhere.realm.world("f").bare
    elsewhere.realm.lend("f", belfry())
    elsewhere.flush()
    assert elsewhere.do("f", "ring", number=1) == "f"
    assert elsewhere.kinds("f", made.seq)[0] == "Forked"
    assert [simulated for _, _, simulated in outside(elsewhere)] == [True]
