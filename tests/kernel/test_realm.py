"""Promised: worlds open, people come and go, answers repeat, and the past can be read."""

from __future__ import annotations

import pytest

from tests.kernel.host import SECOND, Host
from worldloom.kernel.components import Color, Spawn, Text, Transform
from worldloom.kernel.errors import Conflict, Invalid, NotFound, OverLimit, Unavailable
from worldloom.kernel.hashing import root_of
from worldloom.kernel.live import load_state
from worldloom.kernel.realm import Caller, Command
from worldloom.kernel.records import FIRST_HEAD, verify
from worldloom.kernel.rights import Role
from worldloom.kernel.world import World


def test_a_world_without_code_can_be_entered_and_read(host: Host) -> None:
    world = World("w", "The world", public=False)
    world.spawn("lamp", Text("x"))
    host.open(world)
    host.do("w", "set", entity="lamp", component="Text", fields={"value": "y"})
    again = host.restart()
    live = again.realm.world("w")
    assert (live.world.title, live.world.public) == ("The world", False)
    assert live.state.state_hash() == host.realm.world("w").state.state_hash()
    assert live.world["lamp"][Text].value == "y"
    assert again.do("w", "say", text="hello") is None
    assert again.realm.open_name("w") is live


def test_an_unknown_world_is_not_found(host: Host) -> None:
    with pytest.raises(NotFound, match="there is no world nowhere"):
        host.do("nowhere", "say", text="hello")
    assert host.store.streams()[0].name == "people" and len(host.store.streams()) == 1


def test_a_new_world_is_made_by_name(host: Host) -> None:
    host.realm.create("garden", "My garden")
    assert host.realm.worlds() == ["garden"]
    with pytest.raises(Conflict) as caught:
        host.realm.create("garden")
    assert caught.value.code == "name_taken"
    with pytest.raises(Invalid) as wrong:
        host.realm.create("My Garden")
    assert wrong.value.field == "name"


def test_visitors_appear_near_a_spawn(host: Host) -> None:
    world = World("w")
    world.spawn("gate", Spawn(radius=2), Transform((10, 1, 10), (0.0, 1.0, 0.0, 0.0)))
    host.open(world)
    places = [host.realm.enter("w", "guest:1", "Ann").result for _ in range(50)]
    for place in places:
        x, y, z = place["position"]
        assert y == 1 and (x - 10) ** 2 + (z - 10) ** 2 <= 4 + 1e-9
        assert place["yaw"] == pytest.approx(3.14159, abs=1e-3)
    assert len({tuple(place["position"]) for place in places}) == 50


def test_each_tab_is_a_visitor_of_its_own(host: Host) -> None:
    host.open(World("w"))
    one, two = host.enter("w"), host.enter("w")
    assert one.visitor != two.visitor and one.account == two.account
    assert host.kinds("w") == ["Entered", "Entered"]
    left = host.realm.leave("w", one.visitor)
    assert left is not None and left.group is not None
    assert host.realm.leave("w", one.visitor) is None
    host.flush()
    assert host.kinds("w")[-1] == "Left"


def test_a_visitors_id_is_the_seq_of_their_entry(host: Host) -> None:
    host.open(World("w"))
    assert host.enter("w").visitor == "v1"
    assert host.enter("w").visitor == "v2"


def test_a_full_world_lets_nobody_in(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    host.open(World("w"))
    live = host.realm.world("w")
    everyone = dict.fromkeys(map(str, range(5000)), live.world.visitor("v0"))
    monkeypatch.setattr(live, "visitors", everyone)
    with pytest.raises(OverLimit, match="w is full"):
        host.realm.enter("w", "guest:1", "Ann")


@pytest.mark.parametrize("name", ["", "x" * 81, "a\x00b"])
def test_a_visitor_has_a_printable_name(host: Host, name: str) -> None:
    host.open(World("w"))
    with pytest.raises(Invalid):
        host.realm.enter("w", "guest:1", name)


def test_the_seq_answered_is_the_groups_last(host: Host) -> None:
    host.open(World("w"))
    host.do("w", "spawn", name="a")
    decision = host.ask("w", "despawn", {"entity": "a"})
    assert decision.seq == 2 == host.realm.world("w").durable_seq


def test_an_answer_to_a_read_waits_for_what_it_read(host: Host) -> None:
    world = World("w")
    world.spawn("lamp", Text("old"))
    world.action(lambda_read(world))
    host.open(world)
    owner = Caller("local", "Owner", "", Role.OWNER)
    fields = {"entity": "lamp", "component": "Text", "fields": {"value": "new"}}
    host.realm.do(Command("w", "set", fields, owner))
    read = host.realm.do(Command("w", "read", {}, owner))
    assert (read.result, read.group) == ("new", None)
    assert read.seq > host.realm.world("w").durable_seq
    host.flush()
    assert read.seq == host.realm.world("w").durable_seq


def lambda_read(world: World):  # type: ignore[no-untyped-def]
    """Return an action that reads the lamp."""

    def read() -> str:
        """Read the lamp's text."""
        return world["lamp"][Text].value

    return read


# -- idempotency -----------------------------------------------------------------------------------


def test_a_repeated_key_gets_the_same_answer_once(host: Host) -> None:
    host.open(World("w"))
    first = host.ask("w", "spawn", {"name": "a"}, key="k")
    again = host.ask("w", "spawn", {"name": "a"}, key="k")
    assert (again.seq, again.result) == (first.seq, first.result)
    assert again.group is None
    later = host.restart().ask("w", "spawn", {"name": "a"}, key="k")
    assert later == again
    assert host.kinds("w") == ["Spawned"]


def test_a_repeated_key_before_the_commit_shares_its_fate(host: Host) -> None:
    host.open(World("w"))
    owner = Caller("local", "Owner", "", Role.OWNER)
    command = Command("w", "spawn", {"name": "a"}, owner, key="k")
    first, again = host.realm.do(command), host.realm.do(command)
    assert again is first and len(host.realm.outbox) == 1
    host.fate = lambda _: Unavailable("full")
    host.flush()
    host.fate = lambda _: None
    assert host.ask("w", "spawn", {"name": "a"}, key="k").result == {"entity": "e1"}


def test_a_key_with_other_arguments_is_a_conflict(host: Host) -> None:
    host.open(World("w"))
    host.ask("w", "spawn", {"name": "a"}, key="k")
    for action, args in (("spawn", {"name": "b"}), ("despawn", {"entity": "a"})):
        with pytest.raises(Conflict) as caught:
            host.ask("w", action, args, key="k")
        assert caught.value.code == "key_reused"


def test_a_key_belongs_to_its_asker_and_world(host: Host) -> None:
    host.open(World("w"))
    host.open(World("v"))
    ann, bob = host.enter("w"), host.enter("w", "Bob")
    for world, caller in (("w", ann), ("w", bob), ("v", ann)):
        decision = host.ask(world, "say", {"text": "hi"}, caller, key="k")
        assert decision.group is not None


def test_a_key_is_forgotten_after_a_day(host: Host) -> None:
    host.open(World("w"))
    host.ask("w", "say", {"text": "hi"}, key="k")
    host.now += 25 * 3600 * SECOND
    assert host.ask("w", "say", {"text": "hi"}, key="k").group is not None


def test_a_refused_command_keeps_no_answer(host: Host) -> None:
    host.open(World("w"))
    with pytest.raises(NotFound):
        host.ask("w", "despawn", {"entity": "a"}, key="k")
    host.do("w", "spawn", name="a")
    assert host.ask("w", "despawn", {"entity": "a"}, key="k").group is not None


def test_a_command_that_changes_nothing_keeps_its_answer(host: Host) -> None:
    world = World("w")
    world.spawn("lamp", Text("old"))
    world.action(lambda_read(world))
    host.open(world)
    assert host.ask("w", "read", {}, key="k").result == "old"
    host.do("w", "set", entity="lamp", component="Text", fields={"value": "new"})
    assert host.ask("w", "read", {}, key="k").result == "old"


@pytest.mark.parametrize("key", ["", "x" * 129])
def test_a_key_has_some_characters(host: Host, key: str) -> None:
    host.open(World("w"))
    with pytest.raises(Invalid, match="Idempotency-Key"):
        host.ask("w", "say", {"text": "hi"}, key=key)


# -- the past --------------------------------------------------------------------------------------


def test_the_past_is_what_was_live_then(host: Host) -> None:
    host.open(World("w"))
    hashes = {0: host.realm.at("w", 0).state_hash()}
    for number in range(6):
        host.do("w", "spawn", name=f"a{number}", components={"Color": {}})
        live = host.realm.world("w")
        hashes[live.seq] = live.state.state_hash()
    host.do("w", "despawn", entity="a0")
    assert all(host.realm.at("w", seq).state_hash() == hash for seq, hash in hashes.items())
    assert host.realm.at("w").seq == 7
    for seq in (-1, 8):
        with pytest.raises(NotFound, match="has no seq"):
            host.realm.at("w", seq)


def test_the_past_rounds_down_to_a_whole_group(host: Host) -> None:
    world = World("w")
    for name in "abc":
        world.spawn(name)
    host.open(world)
    assert [host.realm.at("w", seq).seq for seq in range(5)] == [0, 0, 0, 0, 4]


def test_what_is_not_durable_is_not_past(host: Host) -> None:
    host.open(World("w"))
    host.realm.do(Command("w", "spawn", {"name": "a"}, Caller("local", role=Role.OWNER)))
    assert host.realm.at("w").entities == {}
    with pytest.raises(NotFound):
        host.realm.at("w", 1)


def test_time_in_a_log_never_runs_backwards(host: Host) -> None:
    host.open(World("w"))
    host.do("w", "say", text="a")
    host.now -= 100 * SECOND
    host.do("w", "say", text="b")
    first, second = host.records("w")
    assert first.time == second.time


def test_every_stream_verifies_from_its_first_record(host: Host) -> None:
    host.open(World("w"))
    host.do("w", "grant", account="ann", role="builder")
    host.do("w", "spawn", name="a")
    for head in host.store.streams():
        records = list(verify(host.store.records(head.id, 0, head.seq), 0, FIRST_HEAD))
        assert (records[-1].seq, records[-1].hash) == (head.seq, head.head)
    live = host.realm.world("w")
    assert (live.head, live.seq) == (head_of(host, "w"), 3)
    assert host.realm.tree("w").root() == root_of(record.hash for record in host.records("w"))


def head_of(host: Host, name: str) -> bytes:
    """Return a stream's stored head."""
    return next(head.head for head in host.store.streams() if head.name == name)


# -- snapshots -------------------------------------------------------------------------------------


def test_a_clean_stop_leaves_snapshots(host: Host) -> None:
    world = World("w")
    world.spawn("lamp", Color())
    host.open(world)
    host.do("w", "say", text="hi")
    for snapshot in host.realm.close():
        snapshot.save(host.store)
    host.commit()
    live = host.realm.world("w")
    found = host.store.snapshot(live.stream, live.seq)
    assert found is not None
    assert found[:2] == (live.seq, live.state.state_hash())
    again = host.restart()
    assert again.realm.world("w").state.state_hash() == live.state.state_hash()
    assert again.realm.close() == []


def test_a_long_log_gets_snapshots_on_its_way(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    from worldloom.kernel import live as module
    from worldloom.kernel.limits import Limits

    monkeypatch.setattr(module, "LIMITS", Limits(snapshot_records_min=10))
    host.open(World("w"))
    for number in range(35):
        host.do("w", "spawn", name=f"a{number}")
    stream = host.realm.world("w").stream
    taken = {host.store.snapshot(stream, seq)[0] for seq in range(10, 36)}  # type: ignore[index]
    assert taken == {10, 20, 30}
    assert (
        host.realm.at("w", 25).state_hash()
        == load_state(NoSnapshots(host), stream, 25).state_hash()  # type: ignore[arg-type]
    )


class NoSnapshots:
    """A store that has lost its snapshots."""

    def __init__(self, host: Host) -> None:
        self.records, self.pages = host.store.records, host.store.pages

    def snapshot(self, stream: int, until: int) -> None:
        """Find none."""


@pytest.mark.parametrize("seq", [2, 999])
def test_a_damaged_snapshot_is_passed_over(host: Host, seq: int) -> None:
    host.open(World("w"))
    host.do("w", "spawn", name="a")
    host.do("w", "spawn", name="b")
    live = host.realm.world("w")
    host.store.save_snapshot(live.stream, seq, b"", b"", b"nonsense")
    state = load_state(host.store, live.stream, 999)
    assert state.state_hash() == live.state.state_hash()


def test_an_imported_world_is_found_once_it_is_known(host: Host) -> None:
    host.store.open_stream("guest-world")
    assert "guest-world" not in host.realm.worlds()
    host.realm.learn("guest-world")
    assert host.realm.world("guest-world").seq == 0


def test_arguments_under_a_key_are_whole_text(host: Host) -> None:
    host.open(World("w"))
    with pytest.raises(Invalid, match="no JSON"):
        host.ask("w", "say", {"text": "\ud800"}, key="k")
