"""Promised: what could not be kept leaves no trace, and nothing that stood on it stays."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kernel.belfry import belfry, command, run, value
from tests.kernel.host import SECOND, Host
from worldloom.kernel.components import Text
from worldloom.kernel.errors import Conflict, Unavailable, WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import Sealed
from worldloom.kernel.ports import StreamHead
from worldloom.kernel.realm import Caller, Command, Decision
from worldloom.kernel.rights import Role
from worldloom.kernel.world import World

OWNER = Caller("local", "Owner", "", Role.OWNER)


def ask(host: Host, world: str, action: str, **args: Any) -> Decision:
    """Decide a command without committing it."""
    return host.realm.do(Command(world, action, args, OWNER))


def refuse(*doomed: Sealed | None) -> Any:
    """Return a fate that fails some groups, as a disk or another writer does."""
    return lambda sealed: Unavailable("full", code="disk_full") if sealed in doomed else None


@pytest.fixture
def realm(host: Host) -> Host:
    """Return a realm with two worlds."""
    for name in "ab":
        world = World(name)
        world.spawn("lamp", Text("0"))
        host.open(world)
    return host


def equals_its_log(host: Host) -> bool:
    """Tell whether every world's memory is what its log says."""
    return all(
        host.realm.world(name).state.state_hash() == host.realm.at(name).state_hash()
        for name in host.realm.worlds()
    )


def test_the_memory_runs_ahead_and_the_disk_follows(realm: Host) -> None:
    decision = ask(realm, "a", "spawn", name="x")
    live = realm.realm.world("a")
    assert (live.seq, live.durable_seq, realm.realm.waiting) == (3, 2, 1)
    assert realm.commit() == [decision.group]
    assert (live.durable_seq, realm.realm.waiting) == (3, 0)
    assert decision.group is not None and decision.group.settled
    assert decision.group.error is None


def test_a_failed_group_takes_the_later_ones_with_it(realm: Host) -> None:
    first, second = ask(realm, "a", "spawn", name="x"), ask(realm, "a", "spawn", name="y")
    other = ask(realm, "b", "spawn", name="z")
    realm.fate = refuse(first.group)
    fallen = realm.commit()
    assert fallen == [first.group, second.group, other.group]
    assert [sealed.error and sealed.error.code for sealed in fallen] == [
        "disk_full",
        "unavailable",
        None,
    ]
    assert "x" not in realm.realm.world("a").world and "z" in realm.realm.world("b").world
    assert equals_its_log(realm)
    realm.fate = lambda _: None
    assert realm.do("a", "spawn", name="y") == {"entity": "e3"}


def test_a_group_over_two_streams_ties_them_together(realm: Host) -> None:
    first = ask(realm, "a", "spawn", name="x")
    granted = ask(realm, "a", "grant", account="ann", role="builder")
    later = ask(realm, "b", "grant", account="bob", role="builder")
    last = ask(realm, "b", "spawn", name="z")
    realm.fate = refuse(first.group)
    realm.commit()
    for decision in (first, granted, later, last):
        assert decision.group is not None and decision.group.error is not None
    assert realm.realm.people.accounts() == []
    assert equals_its_log(realm)


def test_what_came_before_on_a_tied_stream_stays(realm: Host) -> None:
    before = ask(realm, "b", "spawn", name="kept")
    ask(realm, "a", "spawn", name="x")
    ask(realm, "a", "grant", account="ann", role="builder")
    tied = ask(realm, "b", "grant", account="ann", role="builder")
    assert before.group is not None and tied.group is not None
    # The failure is known before the word of the earlier group has come.
    batch, realm.realm.outbox[:] = list(realm.realm.outbox), []
    assert realm.store.commit([before.group.group]) == [None]
    fallen = realm.realm.committed(batch[1], Unavailable("full"))
    assert tied.group in fallen and before.group not in fallen
    assert "kept" in realm.realm.world("b").world
    assert realm.realm.committed(before.group, None) == [before.group]
    assert realm.realm.world("b").durable_seq == 3
    assert equals_its_log(realm)


def test_a_pending_group_is_folded_again_after_a_reload(realm: Host) -> None:
    before = ask(realm, "b", "spawn", name="kept")
    first = ask(realm, "a", "spawn", name="x")
    ask(realm, "a", "grant", account="ann", role="builder")
    ask(realm, "b", "grant", account="ann", role="builder")
    assert first.group is not None and before.group is not None
    realm.realm.committed(first.group, Unavailable("full"))
    live = realm.realm.world("b")
    assert (live.seq, live.durable_seq) == (3, 2) and "kept" in live.world
    assert realm.realm.outbox == [before.group]
    realm.flush()
    assert equals_its_log(realm)
    realm.do("b", "despawn", entity="kept")


def test_a_second_word_on_a_group_changes_nothing(realm: Host) -> None:
    decision = ask(realm, "a", "spawn", name="x")
    assert decision.group is not None
    realm.commit()
    assert realm.realm.committed(decision.group, Unavailable("late")) == []
    assert "x" in realm.realm.world("a").world


def test_a_second_writer_wins_and_is_read(realm: Host) -> None:
    other = realm.restart()
    other.do("a", "spawn", name="theirs")
    mine = ask(realm, "a", "spawn", name="mine")
    realm.flush()
    assert mine.group is not None and isinstance(mine.group.error, Conflict)
    assert mine.group.error.code == "seq_conflict"
    world = realm.realm.world("a").world
    assert "theirs" in world and "mine" not in world
    assert realm.do("a", "spawn", name="mine") == {"entity": "e4"}


def test_who_opens_what_another_process_wrote_reads_its_rights_too(realm: Host) -> None:
    heir = realm.restart()
    realm.do("b", "grant", account="ann", role="builder")
    assert heir.realm.role("ann", "b") is Role.BUILDER
    realm.do("a", "grant", account="ann", role="owner")
    realm.realm.forget("ann")
    realm.commit()
    assert heir.realm.role("ann", "a") is Role.VISITOR
    heir.do("b", "grant", account="ann", role="member")
    assert heir.realm.role("ann", "b") is Role.MEMBER
    assert equals_its_log(heir)


def test_what_ran_and_waits_for_the_disk_runs_once_though_its_world_is_loaded_again(
    host: Host,
) -> None:
    host.open(belfry(every=60))
    host.realm.do(command("w", 1))
    host.commit()
    doomed = host.realm.forget("ann").group
    assert host.realm.react() == 1
    (letter,) = host.realm.requests()
    host.realm.answer(letter, run(letter))
    host.now += 60 * SECOND
    assert host.realm.tick() == 1
    fallen = ask(host, "w", "grant", account="ann", role="builder").group
    host.fate = refuse(doomed)
    host.flush()
    assert fallen is not None and isinstance(fallen.error, Unavailable)
    assert (host.realm.requests(), host.realm.tick()) == ([], 0)
    assert [host.kinds("w").count(kind) for kind in ("forks.Heard", "forks.Posted")] == [1, 1]
    assert (value(host, "w", "bell"), value(host, "w", "ear")) == (101, 1)
    heir = host.restart_with(belfry(every=60))
    assert (heir.realm.react(), heir.realm.requests(), heir.realm.tick()) == (0, [], 0)


def test_a_failed_declaration_is_logged_again(host: Host) -> None:
    world = World("w")
    world.spawn("lamp", Text("0"))
    host.realm.open(world)
    doomed = host.realm.outbox[0]
    host.fate = refuse(doomed)
    host.flush()
    assert doomed.error is not None
    assert host.kinds("w") == ["Declared", "Spawned"]
    assert world["lamp"][Text].value == "0"


def test_a_store_that_cannot_be_read_is_tried_again(
    realm: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(name: str) -> StreamHead:
        raise Unavailable("the disk is gone", code="store_failed")

    decision = ask(realm, "a", "grant", account="ann", role="builder")
    realm.fate = refuse(decision.group)
    with monkeypatch.context() as patch:
        patch.setattr(realm.store, "open_stream", broken)
        realm.commit()
        assert {fault.cause for fault in realm.realm.faults} == {"load"}
        with pytest.raises(Unavailable, match="the disk is gone"):
            ask(realm, "a", "say", text="x")
        with pytest.raises(Unavailable, match="the disk is gone"):
            realm.realm.grant("ann", "*", Role.OWNER)
        assert realm.realm.react() == realm.realm.tick() == 0
    realm.fate = lambda _: None
    realm.do("a", "say", text="x")
    realm.realm.grant("ann", "*", Role.OWNER)
    realm.flush()
    assert realm.realm.people.accounts() == ["ann"]


def test_a_log_that_ends_before_its_head_is_damaged(
    realm: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = realm.store.open_stream("a")
    lying = StreamHead(head.id, head.name, head.seq + 1, head.head, head.frontier)
    other = realm.restart()
    monkeypatch.setattr(other.store, "open_stream", lambda name: lying)
    with pytest.raises(Unavailable, match="record 3 is damaged"):
        other.realm.world("a")


def test_a_crowded_disk_turns_commands_away(realm: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(LIMITS.queue_groups_max):
        ask(realm, "a", "say", text="x")
    for deed in (
        lambda: ask(realm, "b", "say", text="x"),
        lambda: realm.realm.enter("b", "guest:1", "Ann"),
        lambda: realm.realm.grant("ann", "*", Role.OWNER),
    ):
        with pytest.raises(Unavailable) as caught:
            deed()
        assert caught.value.code == "busy" and caught.value.retry_after_seconds > 0
    realm.flush()
    ask(realm, "b", "say", text="x")


def test_large_groups_fill_the_queue_too(realm: Host) -> None:
    with pytest.raises(Unavailable, match="the disk is behind"):
        for number in range(LIMITS.queue_bytes_max // 60_000 + 1):
            fields = {"value": f"{number} {'x' * 60_000}"}
            ask(realm, "a", "set", entity="lamp", component="Text", fields=fields)
    realm.flush()
    ask(realm, "b", "say", text="x")


def test_a_command_inside_a_handler_is_misused(host: Host) -> None:
    world = World("w")

    @world.action
    def nest() -> None:
        """Call the realm from a handler."""
        host.realm.do(Command("w", "say", {"text": "x"}, OWNER))

    host.open(world)
    with pytest.raises(WorldloomError) as caught:
        host.do("w", "nest")
    assert caught.value.code == "nested"
    host.do("w", "say", text="still here")


def test_a_group_that_only_tells_falls_with_what_it_read(realm: Host) -> None:
    ann = realm.enter("a")
    first = ask(realm, "a", "spawn", name="x")
    went = realm.realm.do(Command("a", "go", {"position": [0, 0, 0]}, ann))
    realm.fate = refuse(first.group)
    realm.commit()
    assert went.group is not None and went.group.error is not None
