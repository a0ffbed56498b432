"""Promised: a fork begins as its parent was, and from then on neither touches the other."""

from __future__ import annotations

import random

import pytest

from tests.kernel.belfry import (
    belfry,
    fork,
    outside,
    value,
)
from tests.kernel.host import SECOND, Host
from worldloom.kernel.errors import (
    Conflict,
    Invalid,
    NotFound,
)
from worldloom.kernel.hashing import Frontier, verify_consistency
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import load_state
from worldloom.kernel.people import LOCAL
from worldloom.kernel.proofs import consistency
from worldloom.kernel.realm import Caller
from worldloom.kernel.records import Forked, Record, describe, encode_payload
from worldloom.kernel.rights import Role
from worldloom.kernel.schema import plain
from worldloom.kernel.state import State
from worldloom.kernel.world import World


@pytest.fixture(autouse=True)
def forget_classes() -> None:
    """Keep this module's classes."""


def test_a_fork_begins_as_its_parent_was_and_says_whose_it_is(host: Host) -> None:
    host.open(belfry())
    for number in range(3):
        host.do("w", "ring", number=number)
    then = host.realm.at("w")
    made = fork(host, "w", "f", by="ann")
    host.do("w", "ring", number=9)
    assert (made.world, made.seq, made.parent) == ("f", then.seq, "w")
    live = host.realm.world("f")
    assert load_state(host.store, live.stream, made.seq).state_hash() == then.state_hash()
    first = host.records("f", made.seq)[0]
    assert (first.seq, first.kind, first.actor) == (made.seq + 1, "Forked", "ann")
    assert describe(first) == {"parent": "w", "seq": made.seq}
    assert live.state.state_hash() == then.state_hash()
    assert host.records("f")[: made.seq] == host.records("w")[: made.seq]
    assert live.world.title == "A belfry"


def test_a_fork_may_have_a_title_of_its_own_and_keeps_it(host: Host) -> None:
    host.open(belfry())
    host.realm.fork("w", "f", None, LOCAL, title="A quieter belfry")
    host.flush()
    assert host.realm.world("f").world.title == host.realm.card("f").title == "A quieter belfry"
    assert host.realm.world("w").world.title == "A belfry"
    with pytest.raises(Invalid) as told:
        host.realm.fork("w", "g", None, LOCAL, title="x" * (LIMITS.title_characters_max + 1))
    assert (told.value.field, host.realm.worlds()) == ("title", ["f", "w"])


def test_a_seq_inside_a_group_is_rounded_down_and_the_used_one_is_named(host: Host) -> None:
    host.open(belfry())
    before = host.realm.world("w").seq
    host.do("w", "ring", number=1)
    assert host.records("w")[before].size > 1
    assert fork(host, "w", "f", before + 1).seq == before
    assert fork(host, "w", "empty", 0).seq == 0
    assert host.realm.world("empty").state.entities == {}


def test_a_seq_that_is_not_there_cannot_be_forked(host: Host) -> None:
    host.open(belfry())
    for seq in (-1, host.realm.world("w").seq + 1):
        with pytest.raises(NotFound) as told:
            host.realm.fork("w", "f", seq, LOCAL)
        assert told.value.code == "no_seq"
    with pytest.raises(NotFound):
        host.realm.fork("nowhere", "f", None, LOCAL)


@pytest.mark.parametrize("name", ["w", "people", "No", "", "../x", "x" * 65])
def test_a_fork_needs_a_free_name_that_a_world_may_have(host: Host, name: str) -> None:
    host.open(belfry())
    with pytest.raises((Conflict, Invalid)) as told:
        host.realm.fork("w", name, None, LOCAL)
    assert told.value.code == ("name_taken" if name == "w" else "invalid")
    assert host.realm.worlds() == ["w"]


def test_a_name_is_kept_while_its_fork_is_being_made(host: Host) -> None:
    host.open(belfry())
    forking = host.realm.begin_fork("w", "f", None, LOCAL)
    with pytest.raises(Conflict):
        host.realm.begin_fork("w", "f", None, LOCAL)
    with pytest.raises(Conflict):
        host.realm.create("f")
    host.realm.end_fork(forking)
    fork(host, "w", "f")
    with pytest.raises(Conflict):
        host.realm.create("f")


def test_the_log_of_a_fork_is_proved_to_continue_its_parents(host: Host) -> None:
    host.open(belfry())
    for number in range(5):
        host.do("w", "ring", number=number)
    saved = host.realm.tree("w").root()
    at = host.realm.world("w").seq
    fork(host, "w", "f")
    for name in ("f", "w"):
        host.do(name, "ring", number=7)
    head = host.store.open_stream("f")
    tree = Frontier.unpack(head.seq, head.frontier)

    def nodes(level: int, first: int, count: int) -> list[bytes]:
        return host.store.nodes(head.id, level, first, count)

    path = consistency(nodes, tree, at)
    assert verify_consistency(at, head.seq, saved, tree.root(), path)
    assert tree.root() == host.realm.tree("f").root() != host.realm.tree("w").root()


@pytest.mark.parametrize("seed", range(40))
def test_a_fork_and_its_parent_never_affect_each_other(seed: int) -> None:
    dice = random.Random(seed)
    host = Host()
    declared = host.open(belfry(every=5.0)).seq
    worlds = {"w": [0]}
    """World → what its log must stay: hashes so far, kept apart from the realm."""
    logs: dict[str, list[bytes]] = {}
    asked: list[tuple[str, int, bool]] = []

    def check() -> None:
        for name in worlds:
            found = [record.hash for record in host.records(name)]
            known = logs.setdefault(name, [])
            assert found[: len(known)] == known
            logs[name] = found
            live = host.realm.world(name)
            assert host.realm.at(name).state_hash() == live.state.state_hash()

    for number in range(30):
        name = dice.choice(sorted(worlds))
        others = {
            other: (host.realm.world(other).seq, host.realm.world(other).state.state_hash())
            for other in worlds
            if other != name
        }
        deed = dice.random()
        if deed < 0.5:
            assert host.do(name, "ring", number=number) == name
        elif deed < 0.6:
            host.do(name, "spawn", name=f"thing {number}")
        elif deed < 0.8 and len(worlds) < 6:
            seq = dice.randint(declared, host.realm.world(name).seq)
            new = f"f{number}"
            then = host.realm.at(name, seq)
            made = fork(host, name, new, seq, dice.choice((LOCAL, "ann")))
            assert made.seq == then.seq
            assert host.realm.world(new).state.state_hash() == then.state_hash()
            worlds[new] = [made.seq]
        elif deed < 0.9:
            asked += outside(host)
            others = {}
        else:
            host = host.restart()
            host.open(belfry(every=5.0))
        for other, before in others.items():
            live = host.realm.world(other)
            assert (live.seq, live.state.state_hash()) == before
        check()
    asked += outside(host)
    real = [number for _, number, simulated in asked if not simulated]
    assert {world for world, _, simulated in asked if not simulated} <= {"w"}
    assert len(real) == len(set(real))
    for name, (at,) in worlds.items():
        own = host.records(name, at)
        rung = [plain(r.payload)["number"] for r in own if r.kind == "forks.Rung"]
        heard = [plain(r.payload)["number"] for r in own if r.kind == "forks.Heard"]
        assert sorted(heard) == sorted(rung), f"a reaction ran amiss in {name}"


def test_nothing_of_the_shared_records_runs_again_in_a_fork(host: Host) -> None:
    host.open(belfry(every=5.0))
    host.do("w", "ring", number=1)
    assert host.realm.requests(), "the letter waits in the parent"
    host.now += 60 * SECOND
    made = fork(host, "w", "f", 4)
    assert made.seq < host.realm.world("w").seq
    host.realm.tick()
    host.flush()
    assert host.realm.requests() == []
    again = host.restart()
    again.open(belfry(every=5.0))
    assert again.kinds("f", made.seq) == ["Forked"]
    assert outside(again) == [("w", 1, False)]
    again.realm.tick()
    again.flush()
    assert again.kinds("f", made.seq) == ["Forked"], "its clock begins at the fork"
    again.now += 5 * SECOND
    again.realm.tick()
    again.flush()
    assert again.kinds("f", made.seq) == ["Forked", "Changed"]


def test_a_fork_of_a_fork_at_a_seq_before_it_continues_the_first_parent(host: Host) -> None:
    host.open(belfry())
    host.do("w", "ring", number=1)
    early = host.realm.world("w").seq
    host.do("w", "ring", number=2)
    fork(host, "w", "one")
    host.do("one", "ring", number=3)
    two = fork(host, "one", "two", early)
    three = fork(host, "one", "three")
    assert (two.parent, three.parent) == ("w", "one")
    assert host.realm.ancestors("two") == ("w",)
    assert host.realm.ancestors("three") == ("one", "w")
    assert (value(host, "two"), value(host, "three")) == (1, 3)
    lineage = host.realm.world("three").state.lineage
    assert lineage is not None
    assert [(step.parent, step.by) for step in lineage.chain()] == [("one", LOCAL), ("w", LOCAL)]
    again = host.restart()
    again.open(belfry())
    assert again.realm.ancestors("three") == ("one", "w")
    assert again.realm.ancestors("nowhere") == ()
    assert again.do("three", "ring", number=4) == "three"


def test_a_list_shows_worlds_that_are_not_open_as_they_are(host: Host) -> None:
    host.open(World("w", title="A belfry", public=False))
    made = fork(host, "w", "f", by=LOCAL)
    deeper = fork(host, "f", "g", by=LOCAL)
    cards = {name: host.realm.card(name) for name in ("w", "f", "g")}
    assert cards["g"].lineage == (("f", deeper.seq, LOCAL), ("w", made.seq, LOCAL))
    again = host.restart()
    assert {name: again.realm.card(name) for name in cards} == cards
    assert all(again.realm.opened(name) is None for name in cards)
    again.realm.world("g")
    assert again.realm.card("g") == cards["g"]


def test_a_card_that_cannot_be_read_shows_a_private_world(host: Host) -> None:
    host.open(World("w"))
    again = host.restart()
    again.store.set_meta("world:w", b"\xc1")
    assert (again.realm.card("w").title, again.realm.card("w").public) == ("w", False)
    assert again.realm.role("ann", "w") is None


def test_a_lineage_from_elsewhere_is_bounded() -> None:
    state = State()
    for seq in range(1, 200):
        payload = encode_payload(Forked("w", seq - 1))
        state.fold(Record(seq, 0, 1, "Forked", 1, payload, seq, "ann", "", b""))
    assert state.lineage is not None
    assert len(list(state.lineage.chain())) <= LIMITS.fork_depth_max + 2
    again = State.decode_snapshot(state.seq, b"", state.encode_snapshot())
    assert again.lineage == state.lineage


def test_undo_in_a_fork_reaches_shared_records_and_leaves_the_parent_alone(host: Host) -> None:
    host.open(World("w"))
    ann = Caller("ann", "Ann", "", Role.BUILDER)
    host.do("w", "spawn", ann, name="bench")
    host.do("w", "spawn", ann, name="pond")
    fork(host, "w", "f", by="ann")
    for gone, left in (("pond", {"bench"}), ("bench", set())):
        host.do("f", "undo", ann)
        assert gone in host.realm.world("w").state.by_name
        assert set(host.realm.world("f").state.by_name) == left
    again = host.restart()
    again.do("f", "redo", ann)
    again.do("w", "undo", ann)
    assert set(again.realm.world("f").state.by_name) == {"bench"}
    assert set(again.realm.world("w").state.by_name) == {"bench"}
    again.do("w", "undo", ann)
    assert set(again.realm.world("f").state.by_name) == {"bench"}
