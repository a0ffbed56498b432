"""Promised: the actions of every world, each with its right and its errors."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kernel.host import SECOND, Host
from worldloom.kernel.builtin import BUILT_IN
from worldloom.kernel.components import Color, Push, Text, Transform
from worldloom.kernel.errors import Conflict, Invalid, Misused, NotAllowed, NotFound
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.people import Roles
from worldloom.kernel.realm import Caller
from worldloom.kernel.records import describe
from worldloom.kernel.rights import Role
from worldloom.kernel.schema import Component
from worldloom.kernel.world import World


@pytest.fixture
def room(host: Host) -> Host:
    """Return a realm with a room that has a table and a cart."""
    world = World("room")
    world.spawn("table", Text("T"), Color())
    world.spawn("cart", Push(friction=0.5), at=(0, 0, -2))
    host.open(world)
    return host


def world_of(host: Host) -> World:
    """Return the room."""
    return host.realm.world("room").world


def test_every_world_has_the_same_actions() -> None:
    roles = {name: action.role for name, action in BUILT_IN.items()}
    assert roles == {
        **dict.fromkeys(
            "say go wear click use push grab let_go sit_down stand_up undo redo be_recorded "
            "block mute befriend keep_distance report play_screen pause_screen seek_screen".split(),
            Role.VISITOR,
        ),
        **dict.fromkeys(("spawn", "set", "remove", "despawn", "record", "restore"), Role.BUILDER),
        **dict.fromkeys(("grant", "ban", "go_live", "resend"), Role.OWNER),
        **dict.fromkeys(
            ("define_role", "drop_role", "set_right", "set_entry", "guard"), Role.OWNER
        ),
    }
    assert all(action.doc for action in BUILT_IN.values())
    assert {name for name, action in BUILT_IN.items() if action.approval} == {
        "remove", "despawn", "restore", "grant", "ban", "go_live", "resend", "define_role",
        "drop_role", "set_right", "set_entry", "guard",
    }  # fmt: skip


@pytest.mark.parametrize("action", [name for name, it in BUILT_IN.items() if it.role != "visitor"])
def test_a_visitor_may_not_build_or_rule(room: Host, action: str) -> None:
    ann = room.enter("room")
    with pytest.raises(NotAllowed, match=f"{action} needs the role"):
        room.do("room", action, ann)


def test_what_is_said_is_kept_with_its_speaker(room: Host) -> None:
    ann = room.enter("room")
    decision = room.ask("room", "say", {"text": "hello"}, ann)
    said = room.records("room")[-1]
    assert describe(said, room.store) == {
        "visitor": ann.visitor, "name": "Ann", "text": "hello", "agent": False,
    }  # fmt: skip
    assert said.seq == decision.seq
    for text in ("", "x" * (LIMITS.text_characters_max + 1), 3, "\ud800"):
        with pytest.raises(Invalid):
            room.do("room", "say", ann, text=text)


def test_going_moves_presence_and_keeps_nothing(room: Host) -> None:
    ann = room.enter("room")
    decision = room.ask("room", "go", {"position": [1, 2, 3]}, ann)
    assert decision.result == {"position": [1.0, 2.0, 3.0]}
    assert decision.moves == (("room", ann.visitor, (1.0, 2.0, 3.0), 0, None),)
    assert room.kinds("room")[-1] == "Entered"
    with pytest.raises(Conflict, match="only someone in the world can go"):
        room.do("room", "go", position=[0, 0, 0])


@pytest.mark.parametrize(
    "position", [[1, 2], [1, 2, "x"], [math.nan, 0, 0], [0, 0, math.inf], [0, 1e5, 0], "abc", None]
)
def test_a_place_outside_the_world_is_refused(room: Host, position: Any) -> None:
    ann = room.enter("room")
    for action, args in (("go", {}), ("spawn", {"name": "thing"})):
        if action == "spawn" and position is None:
            continue
        with pytest.raises(Invalid, match="position"):
            room.do("room", action, ann if action == "go" else None, position=position, **args)


def test_spawning_makes_an_entity_with_components(room: Host) -> None:
    made = room.do(
        "room", "spawn", name="lamp", components={"Color": {"value": "#ff8800"}, "Text": {}},
        parent="table", position=[1, 2, 3],
    )  # fmt: skip
    lamp = world_of(room)[made["entity"]]
    assert lamp.name == "lamp" and lamp.parent == world_of(room)["table"]
    assert lamp[Color] == Color("#ff8800") and lamp[Text] == Text()
    assert lamp[Transform].position == (1.0, 2.0, 3.0)
    assert room.do("room", "spawn", name="bare") == {"entity": "e5"}


@pytest.mark.parametrize(
    ("args", "field"),
    [
        ({"name": "x", "components": {"Colour": {}}}, "component"),
        ({"name": "x", "components": {"Roles": {}}}, "component"),
        ({"name": "x", "components": {"Click": {}}}, "component"),
        ({"name": "x", "components": {"Color": {"hue": 1}}}, "Color.hue"),
        ({"name": "x", "components": {"Color": {"value": 3}}}, "Color.value"),
        ({"name": "x", "components": {"Text": {"size": math.nan}}}, "components.Text.size"),
        ({"name": "x", "components": {"Color": 3}}, "components[...]"),
        ({"name": "x", "components": []}, "components"),
        ({"name": ""}, "name"),
        ({"name": 3}, "name"),
        ({}, "name"),
    ],
)
def test_a_wrong_spawn_names_its_field(room: Host, args: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        room.do("room", "spawn", **args)
    assert caught.value.field == field
    assert room.kinds("room") == ["Declared", "Spawned", "Spawned"]


def test_a_taken_name_is_a_conflict(room: Host) -> None:
    with pytest.raises(Conflict) as caught:
        room.do("room", "spawn", name="table")
    assert (caught.value.status, caught.value.code) == (409, "name_taken")


def test_setting_fields_leaves_the_others(room: Host) -> None:
    room.do("room", "set", entity="table", component="Text", fields={"size": 1})
    assert world_of(room)["table"][Text] == Text("T", size=1.0)
    room.do("room", "set", entity="cart", component="Color", fields={"glow": 2})
    assert world_of(room)["cart"][Color] == Color(glow=2.0)
    with pytest.raises(Invalid) as caught:
        room.do("room", "set", entity="table", component="Text", fields={"size": -1})
    assert caught.value.field == "Text.size"


def test_setting_lifts_a_value_of_an_old_version(host: Host) -> None:
    class Tank(Component, name="room.Tank"):
        gallons: float = 1.0

    world = World("room")
    tank = world.spawn("tank", Tank(2.0))
    host.open(world)

    class Tank(Component, name="room.Tank", version=2):  # type: ignore[no-redef]
        litres: float = 4.0
        full: bool = False

    Tank.upgrade(1)(lambda fields: {"litres": fields["gallons"] * 4})
    host.do("room", "set", entity="tank", component="room.Tank", fields={"full": True})
    assert tank[Tank] == Tank(8.0, True)  # type: ignore[call-arg]


def test_removing_takes_a_component_off(room: Host) -> None:
    room.do("room", "remove", entity="table", component="Color")
    assert Color not in world_of(room)["table"]
    with pytest.raises(NotFound, match="table has no Color"):
        room.do("room", "remove", entity="table", component="Color")


def test_despawning_takes_children_along(room: Host) -> None:
    room.do("room", "spawn", name="cup", parent="table")
    room.do("room", "spawn", name="spoon", parent="cup")
    room.do("room", "despawn", entity="table")
    assert room.kinds("room")[-3:] == ["Despawned"] * 3
    assert {entity.name for entity in room.realm.world("room").state.entities.values()} == {"cart"}


def test_a_push_moves_a_thing_away_from_the_pusher(room: Host) -> None:
    ann = room.enter("room")
    pushed = room.do("room", "push", ann, entity="cart", speed=2)
    way = 2 * 2 / (2 * 0.5 * 9.81)
    assert pushed["position"] == pytest.approx([0, 0, -2 - way])
    assert world_of(room)["cart"][Transform].position == tuple(pushed["position"])
    with pytest.raises(Conflict) as caught:
        room.do("room", "push", ann, entity="table")
    assert caught.value.code == "not_pushable"


def test_a_push_from_nowhere_goes_ahead(room: Host) -> None:
    x, y, z = room.do("room", "push", entity="cart")["position"]
    assert (x, y) == (0.0, 0.0) and z < -2
    above = Caller("a", "A", "v9", Role.VISITOR, (0.0, 5.0, z))
    assert room.do("room", "push", above, entity="cart")["position"][2] < z


@given(
    st.tuples(*[st.floats(-1e5, 1e5)] * 3), st.floats(0.001, LIMITS.push_m_per_s_max),
    st.floats(0.001, 10),
)  # fmt: skip
def test_a_push_stays_level_bounded_and_inside(
    direction: tuple[float, float, float], speed: float, friction: float
) -> None:
    host = Host()
    world = World("room")
    cart = world.spawn("cart", Push(friction), at=(LIMITS.extent_m_max - 1, 1, 0))
    host.open(world)
    host.do("room", "push", entity="cart", direction=list(direction), speed=speed)
    x, y, z = cart[Transform].position
    assert y == 1 and x <= LIMITS.extent_m_max
    assert math.dist((x, z), (LIMITS.extent_m_max - 1, 0)) <= LIMITS.push_m_max + 1e-6


def test_a_grant_writes_into_the_people_stream_in_the_same_group(room: Host) -> None:
    ann = room.enter("room")
    decision = room.ask("room", "grant", {"account": ann.visitor, "role": "builder"})
    assert decision.result == {"account": ann.account, "role": "builder"}
    assert decision.group is not None
    assert set(decision.group.records) == {"room", "people"}
    assert [len(decision.group.group.parts)] == [2]
    assert room.realm.role(ann.account, "room") is Role.BUILDER
    assert room.kinds("room")[-2:] == ["Granted", "Bound"]
    room.do("room", "grant", account=ann.account, role="visitor")
    assert room.realm.role(ann.account, "room") is Role.VISITOR
    with pytest.raises(Invalid):
        room.do("room", "grant", account=ann.account, role="king")


def test_a_ban_keeps_out_for_its_seconds(room: Host) -> None:
    ann = room.enter("room")
    until = room.now + 60 * SECOND
    assert room.do("room", "ban", account=ann.visitor, seconds=60) == {
        "account": ann.account,
        "until": until,
    }
    for deed in (
        lambda: room.do("room", "say", ann, text="hello"),
        lambda: room.realm.enter("room", ann.account, "Ann"),
    ):
        with pytest.raises(NotAllowed, match="banned from room for 61 seconds") as caught:
            deed()
        assert caught.value.code == "banned"
    room.now = until
    room.do("room", "say", ann, text="hello")


def test_a_ban_without_seconds_lasts_until_it_is_lifted(room: Host) -> None:
    room.do("room", "ban", account="guest:bad")
    room.now += 10**9 * SECOND
    with pytest.raises(NotAllowed, match="banned from room$|banned from room "):
        room.realm.enter("room", "guest:bad", "Bad")
    room.do("room", "ban", account="guest:bad", seconds=0)
    assert room.realm.enter("room", "guest:bad", "Bad").result["account"] == "guest:bad"


def test_an_owner_cannot_lock_themselves_out(room: Host) -> None:
    with pytest.raises(Conflict):
        room.do("room", "ban", account="local")


def test_private_components_are_out_of_reach(room: Host) -> None:
    assert Roles.__kind__.private
    with pytest.raises(Invalid):
        room.do("room", "set", entity="table", component="~Roles", fields={})


def test_an_author_cannot_replace_them(host: Host) -> None:
    world = World("w")

    @world.action
    def say(text: str) -> None:
        """Say."""

    with pytest.raises(Misused) as caught:
        host.open(world)
    assert caught.value.code == "duplicate_name"
