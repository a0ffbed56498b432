"""Promised: one thing or a whole world becomes again what it was, by a change like any other."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel.host import Host
from worldloom.kernel.components import Color, Guard, Text
from worldloom.kernel.errors import Conflict, NotAllowed, NotFound, OverLimit, WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import load_state
from worldloom.kernel.realm import Caller
from worldloom.kernel.rights import Role
from worldloom.kernel.schema import Component, Event
from worldloom.kernel.world import World

ANN = Caller("ann", "Ann", "", Role.BUILDER)
BOB = Caller("bob", "Bob", "", Role.BUILDER)
EVE = Caller("eve", "Eve", "", Role.VISITOR)


class Till(Component):
    """Cents."""

    cents: int = 0


class Pin(Component, private=True):
    """A secret."""

    digits: str = ""


class Sale(Event, undo="take the goods back: refund"):
    """Money moved."""

    cents: int


@pytest.fixture
def room(host: Host) -> Host:
    """Return a realm with a room that has a table and a shop."""
    host.open(make_room())
    return host


def make_room() -> World:
    world = World("room")
    world.spawn("table", Text("T"))
    shop = world.spawn("shop", Till(), Text("open"), Pin("1234"))

    @world.action
    def sell() -> None:
        shop.update(Till, cents=shop[Till].cents + 5)
        world.append(Sale(5))

    @world.action
    def lock(digits: str) -> None:
        shop[Pin] = Pin(digits)

    return world


def head(host: Host) -> int:
    return host.realm.world("room").state.seq


def look(host: Host) -> dict[str, dict[str, bytes]]:
    entities = host.realm.world("room").state.entities.values()
    return {one.name: {name: cell.data for name, cell in one.cells.items()} for one in entities}


def paint(host: Host, entity: str, colour: str, who: Caller = ANN) -> None:
    host.do("room", "set", who, entity=entity, component="Color", fields={"value": colour})


def test_one_thing_becomes_what_it_was_with_all_under_it(room: Host) -> None:
    room.do("room", "spawn", ANN, name="cup", parent="table", components={"Color": {}})
    then, before = head(room), look(room)
    room.do("room", "spawn", ANN, name="spoon", parent="cup")
    paint(room, "cup", "#111111")
    paint(room, "table", "#222222")
    paint(room, "shop", "#333333")
    done = room.do("room", "restore", BOB, seq=then, entity="table")
    assert done["seq"] == then and done["kept"] == [] and done["more"] == 0
    after = look(room)
    assert after["table"] == before["table"] and after["cup"] == before["cup"]
    assert "spoon" not in after and after["shop"] != before["shop"]
    room.do("room", "undo", BOB)
    assert "spoon" in look(room)


def test_what_is_gone_comes_back_under_its_id(room: Host) -> None:
    cup = room.do("room", "spawn", ANN, name="cup", components={"Color": {"value": "#111111"}})
    then, before = head(room), look(room)
    room.do("room", "despawn", BOB, entity="cup")
    done = room.do("room", "restore", ANN, seq=then, entity=cup["entity"])
    assert done["restored"][0] == {"entity": cup["entity"], "component": ""}
    assert look(room) == before
    assert room.realm.world("room").world["cup"].id == cup["entity"]
    room.do("room", "undo", ANN)
    assert "cup" not in look(room)
    room.do("room", "redo", ANN)
    assert look(room) == before


def test_it_is_refused_with_the_right_word(room: Host) -> None:
    then = head(room)

    def code(who: Caller = ANN, **args: Any) -> str:
        with pytest.raises(WorldloomError) as caught:
            room.do("room", "restore", who, **args)
        return caught.value.code

    assert code(EVE, seq=then) == "not_allowed"
    assert code(seq=then + 1000) == "no_seq"
    assert code(seq=then, entity="unicorn") == NotFound.code
    room.do("room", "spawn", ANN, name="cup")
    there = head(room)
    room.do("room", "despawn", ANN, entity="cup")
    room.do("room", "spawn", ANN, name="cup")
    assert code(seq=there, entity=f"e{there}") == "name_taken"
    room.do("room", "spawn", ANN, name="plate", parent="table")
    laid = head(room)
    room.do("room", "despawn", ANN, entity="table")
    assert code(seq=laid, entity=f"e{laid}") == "parent_gone"


def test_restoring_what_stands_writes_nothing(room: Host) -> None:
    then = head(room)
    assert room.do("room", "restore", ANN, seq=then)["restored"] == []
    assert head(room) == then


def test_what_reached_beyond_the_world_stays_and_is_listed(room: Host) -> None:
    then = head(room)
    room.do("room", "sell", ANN)
    room.do("room", "set", ANN, entity="shop", component="Text", fields={"value": "shut"})
    done = room.do("room", "restore", BOB, seq=then)
    assert done["kept"] == [{"entity": "e3", "component": Till.__kind__.name, "by": "ann"}]
    shop = room.realm.world("room").world["shop"]
    assert shop[Text].value == "open" and shop[Till].cents == 5


def test_secrets_are_restored_by_owners_alone(room: Host) -> None:
    then = head(room)
    room.do("room", "lock", ANN, digits="9999")
    shop = room.realm.world("room").world["shop"]
    room.do("room", "restore", BOB, seq=then)
    assert shop[Pin].digits == "9999"
    room.do("room", "restore", None, seq=then)
    assert shop[Pin].digits == "1234"


def test_a_guard_keeps_what_it_guards(room: Host) -> None:
    then = head(room)
    paint(room, "table", "#111111")
    room.do("room", "guard", None, entity="table", rules={"edit": "owner"})
    with pytest.raises(NotAllowed):
        room.do("room", "restore", ANN, seq=then)
    with pytest.raises(NotAllowed):
        room.do("room", "restore", ANN, seq=then, entity="table")
    room.do("room", "restore", None, seq=then, entity="table")
    table = room.realm.world("room").world["table"]
    assert Color not in table and Guard in table, "who may do what is no part of it"


def test_what_was_guarded_to_its_end_comes_back_with_its_guard(room: Host) -> None:
    then = head(room)
    room.do("room", "guard", None, entity="table", rules={"edit": "owner"})
    room.do("room", "despawn", None, entity="table")
    with pytest.raises(NotAllowed):
        room.do("room", "restore", ANN, seq=then)
    room.do("room", "restore", None, seq=then)
    assert Guard in room.realm.world("room").world["table"]


def test_too_long_a_way_back_is_refused(room: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    then = head(room)
    for number in range(4):
        paint(room, "table", f"#00000{number}")
    object.__setattr__(LIMITS, "restore_records_max", 3)
    try:
        with pytest.raises(OverLimit):
            room.do("room", "restore", ANN, seq=then)
    finally:
        object.__setattr__(LIMITS, "restore_records_max", type(LIMITS)().restore_records_max)


def test_what_a_thing_had_not_then_and_lost_with_its_end_is_taken_off_for_good(
    room: Host,
) -> None:
    room.do("room", "spawn", BOB, name="cup")
    then = head(room)
    paint(room, "cup", "#111111", ANN)
    room.do("room", "despawn", BOB, entity="cup")
    room.do("room", "restore", BOB, seq=then, entity="cup")
    before = look(room)
    assert "Color" not in before["cup"]
    # The paint is not what stands, whichever way its author turns it.
    for turn in ("undo", "redo"):
        room.do("room", turn, ANN)
        assert look(room) == before
    room.do("room", "undo", BOB)
    assert "cup" not in look(room)
    room.do("room", "undo", BOB)
    assert "Color" in look(room)["cup"]


NAMES = st.sampled_from(["a", "b", "c", "d"])
COLOURS = st.sampled_from(["#111111", "#222222", "#333333"])
DEEDS = st.one_of(
    st.tuples(st.just("spawn"), NAMES, st.none() | NAMES),
    st.tuples(st.just("paint"), NAMES, COLOURS),
    st.tuples(st.just("remove"), NAMES),
    st.tuples(st.just("despawn"), NAMES),
    st.tuples(st.just("undo")),
    st.tuples(st.just("redo")),
    st.tuples(st.just("restore"), st.integers(0, 100)),
)


def act(host: Host, who: Caller, deed: tuple[Any, ...]) -> None:
    """Do one of the deeds; what is refused changes nothing."""
    try:
        match deed:
            case ("spawn", name, parent):
                host.do("room", "spawn", who, name=name, parent=parent)
            case ("paint", name, colour):
                paint(host, name, colour, who)
            case ("remove", name):
                host.do("room", "remove", who, entity=name, component="Color")
            case ("despawn", name):
                host.do("room", "despawn", who, entity=name)
            case ("restore", percent):
                host.do("room", "restore", who, seq=head(host) * percent // 100)
            case (turn,):
                host.do("room", turn, who)
    except (Conflict, NotFound):
        pass


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([ANN, BOB]), DEEDS), max_size=25), st.integers(0, 100))
def test_any_moment_of_any_history_comes_back_whole_and_can_be_undone(
    history: list[tuple[Caller, tuple[Any, ...]]], percent: int
) -> None:
    host = Host()
    host.open(World("room"))
    for who, deed in history:
        act(host, who, deed)
    live = host.realm.world("room")
    now = live.state.state_hash()
    wanted = load_state(host.store, live.stream, live.state.seq * percent // 100)
    before = live.state.seq
    done = host.do("room", "restore", None, seq=wanted.seq)
    assert live.state.state_hash() == wanted.state_hash()
    assert load_state(host.store, live.stream, live.state.seq).state_hash() == wanted.state_hash()
    assert done["kept"] == []
    if live.state.seq > before:
        assert host.do("room", "undo", None)["kept"] == []
        assert live.state.state_hash() == now
        host.do("room", "redo", None)
        assert live.state.state_hash() == wanted.state_hash()
