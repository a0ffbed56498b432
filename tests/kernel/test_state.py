"""Promised: the fold is the only change, equals its snapshot, and needs no class."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.make_vectors import random_history
from worldloom.kernel.components import Color, Text
from worldloom.kernel.draft import Draft
from worldloom.kernel.errors import Unavailable
from worldloom.kernel.live import Stream
from worldloom.kernel.people import Roles
from worldloom.kernel.records import Record, encode_payload, read, read_pages
from worldloom.kernel.state import State, whole_groups
from worldloom.stores.memory import MemoryStore


def record(seq: int, kind: str, payload: object, offset: int = 0, size: int = 1) -> Record:
    """Return a record as the fold takes it."""
    return Record(seq, offset, size, kind, 1, encode_payload(payload), 5, "ann", "x", b"h" * 32)


def folded(*events: tuple[str, object]) -> State:
    """Return the state after some events."""
    state = State()
    for seq, (kind, payload) in enumerate(events, 1):
        state.fold(record(seq, kind, payload))
    return state


def test_a_kits_own_event_changes_nothing() -> None:
    before, after = folded(), folded(("mall.Sold", {"price": 1}))
    assert after.state_hash() == before.state_hash()
    assert after.seq == 1


def test_unknown_components_survive_undecoded() -> None:
    state = folded(("Spawned", (1, "a", None, (("far.Future", 9, b"\xc1"),))))
    assert state.entities[1].cells["far.Future"].data == b"\xc1"
    assert state.having["far.Future"] == {1}


def test_a_cell_knows_its_seq_origin_and_author() -> None:
    state = folded(
        ("Spawned", (1, "a", None, ())),
        ("Changed", (1, "Color", 1, b"\x80", 0, 0)),
        ("Changed", (1, "Color", 1, b"\x81\xa0\xa0", 2, 2)),
    )
    cell = state.entities[1].cells["Color"]
    assert (cell.seq, cell.origin, cell.author) == (3, 2, "ann")


def test_a_removed_cell_leaves_its_seq_for_undo() -> None:
    state = folded(
        ("Spawned", (1, "a", None, (("Color", 1, b"\x80"),))), ("Removed", (1, "Color", 1, 0))
    )
    assert state.removed == {1: {"Color": 2}}
    assert state.cells == 0
    draft = Draft(state)
    draft.put(draft.need(1), Color())
    assert msgspec.msgpack.decode(draft.events[0][2])[4] == 2


def test_children_and_names_follow_spawns_and_despawns() -> None:
    state = folded(
        ("Spawned", (1, "a", None, ())),
        ("Spawned", (2, "b", 1, ())),
        ("Spawned", (3, "c", 1, ())),
        ("Despawned", (2,)),
    )
    assert state.children(1) == [3]
    assert state.by_name == {"a": 1, "c": 3}
    state.fold(record(5, "Despawned", (3,)))
    state.fold(record(6, "Despawned", (1,)))
    assert state.entities == {} == state.by_name
    assert state.state_hash() == State().state_hash()


def test_marks_of_undo_fork_and_forgetting_are_kept() -> None:
    state = folded(
        ("Undone", (4, True)), ("Undone", (7, True)), ("Undone", (4, False)),
        ("Forked", ("plaza", 3)), ("Forgot", ("ann",)),
    )  # fmt: skip
    again = State.decode_snapshot(state.seq, state.head, state.encode_snapshot())
    for one in (state, again):
        assert one.undone == {7}
        assert one.lineage is not None and one.lineage.parent == "plaza"
        assert one.forgot == {"ann"}


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("Changed", (9, "Color", 1, b"", 0, 0)),
        ("Removed", (9, "Color", 0, 0)),
        ("Removed", (1, "Color", 0, 0)),
        ("Despawned", (9,)),
        ("Spawned", (9, "b", None, ())),
        ("Spawned", "nonsense"),
        ("Spawned", (1,)),
    ],
)
def test_a_record_that_does_not_fit_is_named(kind: str, payload: object) -> None:
    state = folded(("Spawned", (1, "a", None, ())))
    with pytest.raises(Unavailable, match="record 2 is damaged"):
        state.fold(record(2, kind, payload))


def test_a_gap_is_named() -> None:
    with pytest.raises(Unavailable, match="record 1 is damaged: record 2 came instead"):
        State().fold(record(2, "Undone", (1, True)))


@given(st.integers(0, 1000))
def test_a_snapshot_equals_the_fold(seed: int) -> None:
    state = random_history(seed, 12).state
    again = State.decode_snapshot(state.seq, state.head, state.encode_snapshot())
    assert again.entities == state.entities
    assert again.by_name == state.by_name
    assert again.cells == state.cells
    assert {name: ids for name, ids in again.having.items() if ids} == {
        name: ids for name, ids in state.having.items() if ids
    }
    assert again.state_hash() == state.state_hash() == state.freeze().state_hash()
    assert (again.seq, again.head, again.time) == (state.seq, state.head, state.time)


@given(st.integers(0, 1000), st.integers(0, 6))
def test_rows_that_are_folded_in_one_go_equal_the_fold_of_each(seed: int, groups: int) -> None:
    rows = [
        (row["seq"], bytes.fromhex(row["body"]), bytes.fromhex(row["hash"]))
        for row in random_history(seed, 9).records
    ]
    ends = [0, *(seq for seq, body, _ in rows if _ends_group(body))]
    start, one = ends[min(groups, len(ends) - 1)], State()
    for record in read(rows):
        one.fold(record)
    early = State()
    early.fold_all(read_pages(rows[:start]))
    again = State.decode_snapshot(early.seq, early.head, early.encode_snapshot())
    again.fold_all(read_pages(rows[start:]))
    assert again.encode_snapshot() == one.encode_snapshot()
    assert (again.seq, again.head, again.time) == (one.seq, one.head, one.time)
    assert again.state_hash() == one.state_hash()


def _ends_group(body: bytes) -> bool:
    _, offset, size, *_ = msgspec.msgpack.decode(body)
    return bool(offset == size - 1)


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("bad", [b"", b"\xc1", b"\x96\x01\x00\x01\xa1x\x01\xc4\x00\x90"])
def test_rows_that_are_folded_in_one_go_name_what_is_damaged(bad: bytes, place: int) -> None:
    good = [encode_payload((seq, 0, 1, "x", 1, b"", 5, "ann", "y")) for seq in (1, 2, 3)]
    rows = [(seq, body, b"h" * 32) for seq, body in enumerate(good, 1)]
    rows[place] = (place + 1, bad, b"h" * 32)
    with pytest.raises(Unavailable, match=f"record {place + 1} is damaged"):
        State().fold_all(read_pages(rows))


@pytest.mark.parametrize("payload", [b"\xc1", b"", encode_payload((9, "Color", 1, b"", 0, 0))])
def test_a_change_that_does_not_fit_is_named_among_many(payload: bytes) -> None:
    events = [("Spawned", encode_payload((1, "a", None, ())))]
    change = encode_payload((1, "Color", 1, b"\x80", 0, 0))
    events += [("Changed", change), ("Changed", payload), ("Changed", change)]
    bodies = [
        encode_payload((seq, 0, 1, kind, 1, data, 5, "ann", "y"))
        for seq, (kind, data) in enumerate(events, 1)
    ]
    with pytest.raises(Unavailable, match="record 3 is damaged"):
        rows = [(seq, body, b"h" * 32) for seq, body in enumerate(bodies, 1)]
        State().fold_all(read_pages(rows))


def test_a_frozen_state_does_not_follow_the_world() -> None:
    case = random_history(3, 5)
    frozen = case.state.freeze()
    before = frozen.encode()
    draft = Draft(case.state)
    draft.spawn("another", [Color()])
    case.add(draft)
    assert frozen.encode() == before
    assert b"".join(frozen.chunks()) == before
    assert frozen.state_hash() != case.state.state_hash()


def test_private_components_move_only_the_private_root() -> None:
    stream = Stream("log", MemoryStore())
    draft = Draft(stream.state)
    draft.spawn("a", [Color()])
    stream.seal(draft, 0, "", "")
    public, private = stream.state.public_root(), stream.state.private_root()
    draft = Draft(stream.state)
    draft.put(draft.need(1), Roles())
    stream.seal(draft, 0, "", "")
    assert stream.state.public_root() == public
    assert stream.state.private_root() != private
    draft = Draft(stream.state)
    draft.take(1, "~Roles")
    draft.put(draft.need(1), Text("x"))
    stream.seal(draft, 0, "", "")
    assert stream.state.public_root() != public
    assert stream.state.private_root() == private


def test_a_torn_group_is_left_out() -> None:
    records = [record(1, "a", 0), record(2, "b", 0, 0, 2), record(3, "b", 0, 1, 2),
               record(4, "c", 0, 0, 2)]  # fmt: skip
    groups = [[one.seq for one in group] for group in whole_groups(records)]
    assert groups == [[1], [2, 3]]


def test_bytes_that_are_no_snapshot_are_refused() -> None:
    with pytest.raises(msgspec.DecodeError):
        State.decode_snapshot(1, b"", b"nonsense")


def test_a_forged_second_name_does_not_confuse_the_first() -> None:
    state = folded(("Spawned", (1, "a", None, ())), ("Spawned", (2, "a", None, ())))
    state.fold(record(3, "Despawned", (1,)))
    assert state.by_name == {"a": 2}
