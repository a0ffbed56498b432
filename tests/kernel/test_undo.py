"""Promised: an author takes back what they wrote, whole, and nobody else loses anything."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kernel.host import Host
from worldloom.kernel.components import Color, Text
from worldloom.kernel.entity import Visitor
from worldloom.kernel.errors import Conflict, NotAllowed, NotFound
from worldloom.kernel.events import Click
from worldloom.kernel.people import LOCAL, Roles
from worldloom.kernel.reactor import SYSTEM
from worldloom.kernel.realm import Caller, Command
from worldloom.kernel.rights import Role
from worldloom.kernel.undo import THE_WORLDS
from worldloom.kernel.world import World

ANN = Caller("ann", "Ann", "", Role.BUILDER)
BOB = Caller("bob", "Bob", "", Role.BUILDER)
EVE = Caller("eve", "Eve", "", Role.VISITOR)
ADA = Caller("ada", "Ada", "", Role.OWNER)


@pytest.fixture
def room(host: Host) -> Host:
    """Return a realm with a room that has a table."""
    world = World("room")
    world.spawn("table", Text("T"))
    host.open(world)
    return host


def paint(host: Host, who: Caller, entity: str, colour: str) -> int:
    """Set an entity's colour; return the group's first seq."""
    decision = host.ask(
        "room", "set", {"entity": entity, "component": "Color", "fields": {"value": colour}}, who
    )
    assert decision.group is not None
    return decision.group.records["room"][0].seq


def colour(host: Host, entity: str) -> str | None:
    """Return an entity's colour."""
    found = host.realm.world("room").world[entity].get(Color)
    return None if found is None else found.value


def look(host: Host) -> dict[str, dict[str, bytes]]:
    """Return all that stands: name → component → bytes."""
    entities = host.realm.world("room").state.entities.values()
    return {one.name: {name: cell.data for name, cell in one.cells.items()} for one in entities}


def refused(host: Host, who: Caller, action: str = "undo", **args: Any) -> str:
    """Return the code with which an undo is refused."""
    with pytest.raises((Conflict, NotFound, NotAllowed)) as caught:
        host.do("room", action, who, **args)
    return caught.value.code


def test_the_newest_own_write_is_taken_back_and_done_again(room: Host) -> None:
    paint(room, ANN, "table", "#111111")
    group = paint(room, ANN, "table", "#222222")
    hit = {"entity": "e2", "component": "Color"}
    answer = {"group": group, "restored": [hit], "kept": [], "more": 0}
    assert room.do("room", "undo", ANN) == answer
    assert colour(room, "table") == "#111111"
    assert room.do("room", "redo", ANN) == answer
    assert colour(room, "table") == "#222222"
    room.do("room", "undo", ANN)
    room.do("room", "undo", ANN)
    assert colour(room, "table") is None
    assert refused(room, ANN) == "nothing_to_undo"
    room.do("room", "redo", ANN)
    assert colour(room, "table") == "#111111"
    room.do("room", "redo", ANN)
    assert colour(room, "table") == "#222222"
    assert refused(room, ANN, "redo") == "nothing_to_redo"


def test_what_another_wrote_since_stays_and_is_listed(room: Host) -> None:
    paint(room, ANN, "table", "#111111")
    paint(room, BOB, "table", "#222222")
    done = room.do("room", "undo", ANN)
    assert done["restored"] == []
    assert done["kept"] == [{"entity": "e2", "component": "Color", "by": "bob"}]
    room.do("room", "undo", BOB)
    assert colour(room, "table") is None, "Ann's is undone as well"
    room.do("room", "redo", ANN)
    assert colour(room, "table") == "#111111"
    room.do("room", "redo", BOB)
    assert colour(room, "table") == "#222222"
    room.do("room", "undo", ANN)
    assert room.do("room", "redo", ANN)["kept"][0]["by"] == "bob"


def test_a_removal_is_undone_and_a_later_removal_is_kept(room: Host) -> None:
    paint(room, ANN, "table", "#111111")
    room.do("room", "remove", BOB, entity="table", component="Color")
    kept = room.do("room", "undo", ANN)["kept"]
    assert kept == [{"entity": "e2", "component": "Color", "by": "bob"}]
    room.do("room", "undo", BOB)
    assert colour(room, "table") is None
    room.do("room", "redo", ANN)
    assert colour(room, "table") == "#111111"
    room.do("room", "redo", BOB)
    assert colour(room, "table") is None


def test_a_spawn_is_undone_and_done_again_under_its_id(room: Host) -> None:
    made = room.do("room", "spawn", ANN, name="lamp", components={"Color": {}, "Text": {}})
    before = look(room)
    assert room.do("room", "undo", ANN)["restored"] == [{"entity": made["entity"], "component": ""}]
    assert "lamp" not in look(room)
    room.do("room", "redo", ANN)
    assert look(room) == before
    assert room.realm.world("room").world["lamp"].id == made["entity"]


def test_a_despawn_is_undone_with_all_that_was_under_it(room: Host) -> None:
    room.do("room", "spawn", BOB, name="lamp", components={"Color": {}}, parent="table")
    room.do("room", "spawn", BOB, name="bulb", components={"Text": {}}, parent="lamp")
    paint(room, ANN, "bulb", "#123456")
    state = room.realm.world("room").state
    before, root = look(room), state.state_hash()
    room.do("room", "despawn", ANN, entity="lamp")
    assert list(look(room)) == ["table"]
    room.do("room", "undo", ANN)
    assert look(room) == before and state.state_hash() == root
    assert room.realm.world("room").world["bulb"].parent == room.realm.world("room").world["lamp"]
    room.do("room", "redo", ANN)
    assert list(look(room)) == ["table"]


def test_a_private_component_comes_back_unseen(room: Host) -> None:
    world = World("vault")

    @world.action
    def put(visitor: Visitor, name: str, secret: str) -> None:
        world.spawn(name, Roles(((secret, "x"),)), Text(secret))

    @world.action
    def hush(visitor: Visitor, name: str, secret: str) -> None:
        world[name][Roles] = Roles(((secret, "y"),))

    room.open(world)
    room.do("vault", "put", ANN, name="box", secret="one")
    room.do("vault", "hush", BOB, name="box", secret="two")
    state = room.realm.world("vault").state
    root, private = state.state_hash(), state.private_root()
    room.do("vault", "despawn", BOB, entity="box")
    room.do("vault", "undo", BOB)
    assert (state.state_hash(), state.private_root()) == (root, private)
    answer = room.do("vault", "undo", BOB)
    assert answer["restored"] == answer["kept"] == [], "nobody hears of private components"
    assert world["box"][Roles] == Roles((("one", "x"),))


def test_a_spawn_that_others_built_on_is_kept_and_goes_with_them(room: Host) -> None:
    made = room.do("room", "spawn", ANN, name="lamp", components={"Text": {}})["entity"]
    paint(room, BOB, "lamp", "#111111")
    done = room.do("room", "undo", ANN)
    assert done["kept"] == [{"entity": made, "component": "", "by": "bob"}]
    assert list(look(room)["lamp"]) == ["Color"]
    assert room.do("room", "undo", BOB)["restored"] == [{"entity": made, "component": ""}]
    assert "lamp" not in look(room)
    room.do("room", "redo", BOB)
    assert list(look(room)["lamp"]) == ["Color"]
    room.do("room", "redo", ANN)
    assert sorted(look(room)["lamp"]) == ["Color", "Text"]


def test_a_spawn_with_someone_elses_child_is_kept_until_the_child_goes(room: Host) -> None:
    room.do("room", "spawn", ANN, name="shelf")
    room.do("room", "spawn", BOB, name="book", parent="shelf")
    assert room.do("room", "undo", ANN)["kept"][0]["by"] == "bob"
    assert "shelf" in look(room)
    room.do("room", "undo", BOB)
    assert list(look(room)) == ["table"]


def test_a_despawn_that_is_done_again_leaves_what_others_wrote_meanwhile(room: Host) -> None:
    room.do("room", "despawn", ANN, entity="table")
    room.do("room", "undo", ANN)
    paint(room, BOB, "table", "#111111")
    done = room.do("room", "redo", ANN)
    assert done["kept"] == [{"entity": "e2", "component": "", "by": "bob"}]
    room.do("room", "undo", BOB)
    assert look(room) == {}


def test_what_was_written_on_a_thing_that_is_gone_says_who_took_it(room: Host) -> None:
    paint(room, ANN, "table", "#111111")
    room.do("room", "despawn", BOB, entity="table")
    assert room.do("room", "undo", ANN)["kept"] == [{"entity": "e2", "component": "", "by": "bob"}]
    room.do("room", "undo", BOB)
    assert list(look(room)["table"]) == ["Text"]
    made = room.do("room", "spawn", ANN, name="lamp")["entity"]
    paint(room, ANN, "lamp", "#111111")
    room.do("room", "undo", ANN)
    room.do("room", "undo", ANN)
    group = room.realm.world("room").state.trails.of["ann"].groups[-1]
    again = room.do("room", "redo", ANN, group=group)
    assert again["restored"] == [{"entity": made, "component": ""}], "the colour needs its lamp"


def test_a_name_that_was_taken_since_is_a_conflict(room: Host) -> None:
    room.do("room", "despawn", ANN, entity="table")
    room.do("room", "spawn", BOB, name="table")
    assert refused(room, ANN) == "name_taken"
    room.do("room", "undo", BOB)
    room.do("room", "undo", ANN)
    assert list(look(room)["table"]) == ["Text"]


def test_what_cannot_come_back_names_the_group_and_the_way_past_it(room: Host) -> None:
    before = paint(room, ANN, "table", "#111111")
    gone = room.ask("room", "despawn", {"entity": "table"}, ANN).group
    room.do("room", "spawn", BOB, name="table")
    with pytest.raises(Conflict) as caught:
        room.do("room", "undo", ANN)
    assert gone is not None
    first = gone.records["room"][0].seq
    on = f'to undo what came before it: undo {{"group": {before}}}'
    other = room.realm.world("room").state.by_name["table"]
    assert caught.value.fix == f"despawn e{other} first, or undo what made it; {on}"
    assert caught.value.data == {"group": first, "older": before}
    assert caught.value.wire()["error"]["data"] == {"group": first, "older": before}
    assert room.do("room", "undo", ANN, group=before)["group"] == before


def test_a_child_without_its_parent_names_the_way_past_it_also_for_redo(room: Host) -> None:
    shelf = room.do("room", "spawn", BOB, name="shelf")
    room.do("room", "spawn", ANN, name="cup", parent="shelf")
    before = paint(room, ANN, "table", "#111111")
    room.do("room", "undo", ANN)
    room.do("room", "undo", ANN)
    room.do("room", "despawn", BOB, entity="shelf")
    with pytest.raises(Conflict) as caught:
        room.do("room", "redo", ANN)
    assert caught.value.code == "parent_gone"
    on = f'to do again what was undone before it: redo {{"group": {before}}}'
    assert caught.value.fix == f"bring {shelf['entity']} back first; {on}"
    assert caught.value.data["older"] == before
    room.do("room", "redo", ANN, group=before)
    assert colour(room, "table") == "#111111"


def test_a_child_whose_parent_is_gone_waits_for_it(room: Host) -> None:
    room.do("room", "spawn", BOB, name="cup", parent="table")
    room.do("room", "despawn", ANN, entity="cup")
    room.do("room", "despawn", BOB, entity="table")
    assert refused(room, ANN) == "parent_gone"
    room.do("room", "undo", BOB)
    room.do("room", "undo", ANN)
    assert sorted(look(room)) == ["cup", "table"]


def test_another_ones_work_is_for_builders_and_an_owners_for_owners(room: Host) -> None:
    room.realm.grant("ada", "room", Role.OWNER)
    paint(room, ANN, "table", "#111111")
    paint(room, ADA, "table", "#222222")
    assert refused(room, EVE, by="ann") == "not_allowed"
    assert refused(room, BOB, by="ada") == "not_allowed"
    assert refused(room, BOB, by="author") == "not_allowed"
    assert refused(room, EVE) == "nothing_to_undo"
    room.do("room", "undo", BOB, by="ann")
    room.do("room", "undo", ADA, by="ada")
    assert colour(room, "table") is None
    assert refused(room, ANN, "redo") == "nothing_to_redo", "Bob undid it, not Ann"
    room.do("room", "redo", BOB, by="ann")
    assert colour(room, "table") == "#111111"


def test_a_visitor_in_the_room_is_named_by_their_id_too(room: Host) -> None:
    world = World("lit")
    lamp = world.spawn("lamp", Color())

    @world.on(Click, lamp)
    def light(click: Click) -> None:
        lamp[Color] = Color("#ffffff", glow=2)

    room.open(world)
    eve = room.enter("lit", "Eve")
    room.do("lit", "click", eve, entity="lamp")
    room.do("lit", "undo", by=eve.visitor)
    assert world["lamp"][Color] == Color()
    room.do("lit", "redo", by=eve.visitor)
    room.do("lit", "undo", eve)
    assert world["lamp"][Color] == Color()


def test_one_group_is_undone_by_its_seq(room: Host) -> None:
    first = paint(room, ANN, "table", "#111111")
    paint(room, ANN, "table", "#222222")
    done = room.do("room", "undo", ANN, group=first)
    assert done["kept"] == [{"entity": "e2", "component": "Color", "by": "ann"}]
    assert refused(room, ANN, group=first) == "nothing_to_undo"
    assert refused(room, ANN, group=999) == "nothing_to_undo"
    assert refused(room, BOB, group=first, by="bob") == "nothing_to_undo"
    assert refused(room, EVE, group=first) == "not_allowed"
    room.do("room", "undo", BOB, by="ann")
    assert colour(room, "table") is None
    room.do("room", "redo", ANN, group=first)
    assert colour(room, "table") == "#111111"


def test_a_group_that_reached_beyond_the_world_names_what_makes_up_for_it(room: Host) -> None:
    before = paint(room, ADA, "table", "#111111")
    room.do("room", "grant", ADA, account="bob", role="member")
    with pytest.raises(Conflict) as caught:
        room.do("room", "undo", ADA)
    assert caught.value.code == "not_undoable"
    assert caught.value.fix == (
        "grant the account the role that it had before; "
        f'to undo what came before it: undo {{"group": {before}}}'
    )
    room.do("room", "undo", ADA, group=before)
    with pytest.raises(Conflict) as caught:
        room.do("room", "undo", ADA)
    assert caught.value.fix == "grant the account the role that it had before"
    assert room.realm.role("bob", "room") is Role.MEMBER


def test_what_an_author_file_declares_is_changed_in_the_file(room: Host) -> None:
    with pytest.raises(Conflict, match="Declared") as caught:
        room.do("room", "undo", by="author")
    assert caught.value.fix == "change the author's file: what it declares anew wins"


def test_reactions_are_the_worlds_own_doing() -> None:
    assert {SYSTEM, "author"} == THE_WORLDS


def test_undo_survives_a_restart_from_the_log_and_from_a_snapshot(room: Host) -> None:
    first = paint(room, ANN, "table", "#111111")
    paint(room, ANN, "table", "#222222")
    room.do("room", "undo", ANN)
    again = room.restart()
    again.realm.open_name("room")
    assert again.do("room", "redo", ANN)["restored"]
    again.do("room", "undo", ANN)
    for snapshot in again.realm.close():
        snapshot.save(again.store)
    again = again.restart()
    again.realm.open_name("room")
    assert again.do("room", "undo", ANN)["group"] == first
    assert "Color" not in look(again)["table"]
    assert again.realm.world("room").snapshot_seq > 0


def test_undo_reads_groups_that_the_disk_does_not_have_yet(room: Host) -> None:
    fields = {"entity": "table", "component": "Color", "fields": {"value": "#111111"}}
    room.realm.do(Command("room", "set", fields, ANN))
    room.realm.do(Command("room", "despawn", {"entity": "table"}, ANN))
    room.realm.do(Command("room", "undo", {}, ANN))
    room.realm.do(Command("room", "undo", {}, ANN))
    room.flush()
    assert list(look(room)["table"]) == ["Text"]
    assert LOCAL not in room.realm.world("room").state.trails.of
