"""Promised: what undo needs to know folds from the log, is in the snapshot, and is bounded."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kernel.test_state import folded, record
from worldloom.kernel.components import Color
from worldloom.kernel.draft import Draft
from worldloom.kernel.errors import Unavailable
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import Stream
from worldloom.kernel.records import encode_payload
from worldloom.kernel.state import State
from worldloom.kernel.trails import Grave, Trail, Trails
from worldloom.stores.memory import MemoryStore

GROUPS = LIMITS.undo_groups_max


def test_an_authors_trail_has_the_groups_that_changed_something() -> None:
    state = State()
    state.fold(record(1, "Spawned", (1, "a", None, ()), 0, 2))
    state.fold(record(2, "Changed", (1, "Color", 1, b"", 0, 0), 1, 2))
    state.fold(record(3, "Said", {}))
    state.fold(record(4, "Removed", (1, "Color", 2, 0)))
    state.fold(record(5, "Bound", ("people", "")))
    state.fold(record(6, "Despawned", (1,)))
    assert state.trails.of == {"ann": Trail([1, 4, 5, 6])}


def test_what_undo_wrote_is_in_no_trail() -> None:
    state = folded(("Spawned", (1, "a", None, ())))
    state.fold(record(2, "Undone", (1, True, "ann"), 0, 2))
    state.fold(record(3, "Despawned", (1, 0, 1), 1, 2))
    assert state.trails.of == {"ann": Trail([1], [(1, "ann")])}
    assert state.trails.graves == {1: Grave(1, 3, {})}
    state.fold(record(4, "Undone", (1, False, "ann"), 0, 2))
    state.fold(record(5, "Spawned", (1, "a", None, (), 1, 1, ()), 1, 2))
    assert state.trails.of == {"ann": Trail([1])}
    assert not state.trails.graves and list(state.entities) == [1]


def test_an_entity_that_comes_back_knows_what_was_on_it() -> None:
    state = folded(
        ("Spawned", (1, "a", None, (("Color", 1, b"x"), ("Text", 1, b"y")))),
        ("Removed", (1, "Text", 1, 0)),
        ("Despawned", (1,)),
    )
    assert state.trails.graves == {1: Grave(3, 3, {"Color": 1, "Text": 2})}
    state.fold(record(4, "Spawned", (1, "a", None, (("Color", 1, b"x"),), 3, 1, ((1, 1),))))
    assert state.removed == {1: {"Text": 2, "": 4}}
    assert (state.entities[1].cells["Color"].seq, state.entities[1].cells["Color"].origin) == (4, 1)
    state.fold(record(5, "Despawned", (1, 4)))
    assert state.trails.graves == {1: Grave(5, 5, {"Color": 4, "Text": 2})}


@pytest.mark.parametrize(
    "payload",
    [(1, "a", None, (), 0, 0, ()), (9, "a", None, ()), (2, "b", None, (("Color", 1, b""),))],
)
def test_an_entity_that_cannot_come_back_is_named(payload: object) -> None:
    state = folded(("Spawned", (1, "a", None, ())), ("Spawned", (2, "b", None, ())))
    state.fold(record(3, "Despawned", (2,)))
    with pytest.raises(Unavailable, match="record 4 is damaged: it makes the entity"):
        state.fold(record(4, "Spawned", payload))


def test_a_draft_and_the_fold_of_its_records_leave_the_same_snapshot() -> None:
    stream, other = Stream("log", MemoryStore()), State()
    for turn in range(6):
        draft = Draft(stream.state, "ann" if turn % 2 else "bob")
        draft.spawn(f"thing {turn}", [Color()], 1 if turn else None)
        if turn % 2:
            draft.take(1, "Color")
            draft.put(draft.need(1), Color(f"#00000{turn}"))
        if turn == 4:
            draft.despawn(draft.resolve("thing 2"))
            draft.bind("people", "nothing")
            draft.bind("people", "again nothing")
        for one in stream.seal(draft, 0, draft.actor, "")[1]:
            other.fold(one)
    assert (
        msgspec.msgpack.decode(stream.state.encode_snapshot())[1:]
        == (msgspec.msgpack.decode(other.encode_snapshot())[1:])
    )
    assert len(other.trails.graves) == 1
    again = State.decode_snapshot(other.seq, other.head, other.encode_snapshot())
    assert again.trails.of == other.trails.of and again.trails.graves == other.trails.graves
    assert again.encode_snapshot() == other.encode_snapshot()


def test_a_component_taken_off_and_set_in_one_group_keeps_its_way_back() -> None:
    state = folded(("Spawned", (1, "a", None, (("Color", 1, b"x"),))))
    draft = Draft(state)
    draft.take(1, "Color")
    draft.put(draft.need(1), Color())
    assert msgspec.msgpack.decode(draft.events[1][2])[4] == 2


def test_a_trail_ends_after_so_many_groups_and_its_graves_with_it() -> None:
    trails = Trails()
    for group in range(1, GROUPS + 1):
        trails.note("ann", group)
    trails.mark("ann", 1, True, "bob")
    trails.bury(7, Grave(1, 1, {}))
    trails.bury(8, Grave(1, 1, {}))
    trails.bury(9, Grave(2, 2, {}))
    assert trails.rise(8) == {}
    trails.note("ann", GROUPS + 1)
    assert trails.of["ann"] == Trail(list(range(2, GROUPS + 2)))
    assert list(trails.graves) == [9]
    assert trails.author_of(2) == "ann" and trails.author_of(1) is None


def test_who_wrote_longest_ago_makes_room_for_a_new_author() -> None:
    trails = Trails()
    for number in range(LIMITS.undo_authors_max):
        trails.note(f"author {number}", number + 1)
    trails.bury(7, Grave(2, 2, {}))
    trails.note("author 0", 9_998)
    trails.note("newcomer", 9_999)
    assert "author 0" in trails.of and "newcomer" in trails.of
    assert "author 1" not in trails.of and not trails.graves
    assert len(trails.of) == LIMITS.undo_authors_max


@given(st.lists(st.integers(0, LIMITS.undo_authors_max + 3), max_size=300), st.integers(0, 40))
def test_many_groups_are_noted_as_each_would_be(writers: list[int], known: int) -> None:
    one, many = Trails(), Trails()
    for trails in (one, many):
        for number in range(known):
            trails.note(f"author {number}", number + 1)
            trails.bury(number, Grave(number + 1, number + 1, {}))
    noted: dict[str, list[int]] = {}
    for group, writer in enumerate(writers, 10_000):
        one.note(f"author {writer}", group)
        noted.setdefault(f"author {writer}", []).append(group)
    many.note_all(noted)
    assert many.of == one.of and many.graves == one.graves


def test_many_groups_of_one_author_push_out_the_oldest_and_their_graves() -> None:
    one, many = Trails(), Trails()
    for trails in (one, many):
        trails.note("ann", 1)
        trails.bury(7, Grave(1, 1, {}))
        trails.mark("ann", 1, True, "bob")
    for group in range(2, GROUPS + 3):
        one.note("ann", group)
    many.note_all({"ann": list(range(2, GROUPS + 3))})
    assert many.of == one.of == {"ann": Trail(list(range(3, GROUPS + 3)))}
    assert many.graves == one.graves == {}


def test_marks_of_groups_that_no_trail_has_are_taken_in() -> None:
    state = folded(("Undone", (4, True, "ann")), ("Undone", (5, True)), ("Undone", (4, False)))
    assert state.undone == {5} and state.trails.of == {}


def test_a_snapshot_of_the_old_form_is_refused() -> None:
    old = encode_payload(([], [], ((), "", ()), [], None, [], 0))
    with pytest.raises(msgspec.DecodeError):
        State.decode_snapshot(1, b"", old)
