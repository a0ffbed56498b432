"""Promised: a changed declaration wins, an unchanged one never touches what visitors did."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kernel.host import Host
from worldloom.kernel import draft
from worldloom.kernel.components import Color, Text, Transform
from worldloom.kernel.declared import compose
from worldloom.kernel.errors import Misused, OverLimit, WorldloomError
from worldloom.kernel.people import Roles
from worldloom.kernel.schema import Component
from worldloom.kernel.space import turn
from worldloom.kernel.world import World

Scene = Callable[[World], Any]


def load(host: Host, scene: Scene, source: str = "") -> World:
    """Open a world with a scene, as `loom dev` does at every save."""
    world = World("w")
    world.source = source
    scene(world)
    host.open(world)
    return world


def lamp(color: str) -> Scene:
    """Declare a lamp of a colour."""
    return lambda world: world.spawn("lamp", Color(color), Text("lamp"))


def paint(host: Host, color: str, entity: str = "lamp") -> None:
    """Paint a thing as a visitor with rights does."""
    host.do("w", "set", entity=entity, component="Color", fields={"value": color})


def test_an_unchanged_file_logs_nothing(host: Host) -> None:
    load(host, lamp("#111111"), "source")
    before = host.records("w")
    load(host, lamp("#111111"), "source")
    load(host.restart(), lamp("#111111"), "source")
    assert host.records("w") == before


def test_what_visitors_changed_stays_under_an_unchanged_file(host: Host) -> None:
    load(host, lamp("#111111"))
    paint(host, "#ff0000")
    world = load(host, lamp("#111111"))
    assert world["lamp"][Color].value == "#ff0000"


def test_a_changed_declaration_wins(host: Host) -> None:
    load(host, lamp("#111111"))
    paint(host, "#ff0000")
    world = load(host, lamp("#222222"))
    assert world["lamp"][Color].value == "#222222"
    assert world["lamp"].id == "e2"
    assert host.kinds("w")[3:] == ["Declared", "Changed"]


def test_a_component_gone_from_the_file_is_taken_off(host: Host) -> None:
    load(host, lamp("#111111"))
    world = load(host, lambda world: world.spawn("lamp", Text("lamp")))
    assert Color not in world["lamp"]
    host.do("w", "remove", entity="lamp", component="Text")
    world = load(host, lambda world: world.spawn("lamp"))
    assert list(host.realm.world("w").state.entities[2].cells) == []


def test_a_thing_gone_from_the_file_is_despawned(host: Host) -> None:
    load(host, lambda world: (world.spawn("a"), world.spawn("b", parent=world["a"])))
    world = load(host, lambda world: world.spawn("c"))
    assert "a" not in world and "b" not in world and "c" in world


def test_a_despawned_declared_thing_stays_away(host: Host) -> None:
    load(host, lamp("#111111"))
    host.do("w", "despawn", entity="lamp")
    assert "lamp" not in load(host, lamp("#111111"))
    assert "lamp" not in load(host, lamp("#222222"))
    load(host, lambda world: None)
    assert "lamp" in load(host, lamp("#222222"))


def test_a_thing_of_a_visitor_becomes_the_declared_one(host: Host) -> None:
    load(host, lambda world: None)
    made = host.do("w", "spawn", name="lamp", components={"Transform": {}})
    world = load(host, lamp("#111111"))
    assert world["lamp"].id == made["entity"]
    assert world["lamp"][Color].value == "#111111" and Transform in world["lamp"]


def test_a_new_parent_makes_a_thing_anew(host: Host) -> None:
    load(host, lambda world: (world.spawn("a"), world.spawn("b")))
    world = load(host, lambda world: world.spawn("b", parent=world.spawn("a")))
    assert world["b"].parent == world["a"]
    assert world["a"].id == "e2" and world["b"].id != "e3"


def test_what_visitors_put_under_a_gone_thing_stays_in_its_place(host: Host) -> None:
    def table(world: World) -> None:
        quarter = (0.0, 2**-0.5, 0.0, 2**-0.5)
        world.spawn("table", Transform((10, 0, 0), quarter, (2, 2, 2)))

    load(host, table)
    host.do("w", "spawn", name="cup", parent="table", position=[1, 1, 0])
    host.do("w", "spawn", name="spoon", parent="cup", components={"Color": {}})
    world = load(host, lambda world: None)
    assert world["cup"].parent is None and world["spoon"].parent == world["cup"]
    place = world["cup"][Transform]
    assert place.position == pytest.approx((10, 2, -2))
    assert place.scale == pytest.approx((2, 2, 2))


def test_a_parent_that_visitors_removed_is_left_out(host: Host) -> None:
    load(host, lambda world: world.spawn("a"))
    host.do("w", "despawn", entity="a")
    world = load(host, lambda world: world.spawn("b", parent=world.spawn("a")))
    assert "a" not in world and world["b"].parent is None


def test_private_components_are_declared_privately(host: Host) -> None:
    world = load(host, lambda world: world.spawn("box", Roles((("w", "owner"),)), Color()))
    assert world["box"][Roles].granted == (("w", "owner"),)
    assert host.kinds("w") == ["Declared", "Spawned", "Changed"]


def test_the_sources_hash_is_logged(host: Host) -> None:
    load(host, lamp("#111111"), "one")
    first = host.realm.world("w").state.declared.source
    load(host, lamp("#111111"), "two")
    assert len(first) == 64 and first != host.realm.world("w").state.declared.source
    assert host.kinds("w") == ["Declared", "Spawned", "Declared"]


def test_handlers_swap_with_the_file_and_visitors_stay(host: Host) -> None:
    def first(world: World) -> None:
        world.action(ring_low)

    def second(world: World) -> None:
        world.action(ring_high)

    def ring_low() -> str:
        """Ring."""
        return "low"

    def ring_high() -> str:
        """Ring."""
        return "high"

    load(host, first)
    ann = host.enter("w")
    assert host.do("w", "ring_low", ann) == "low"
    world = load(host, second)
    assert host.do("w", "ring_high", ann) == "high"
    assert [visitor.id for visitor in world.visitors] == [ann.visitor]
    with pytest.raises(WorldloomError):
        host.do("w", "ring_low", ann)


def define(version: int = 1, **fields: Any) -> type[Component]:
    """Define a component again, as a changed file does."""
    namespace = {
        "__annotations__": {name: kind for name, (kind, *_) in fields.items()},
        **{name: default[0] for name, (_, *default) in fields.items() if default},
        "__module__": "author",
    }
    made: type[Component] = type(Component)("Tank", (Component,), namespace, version=version)  # type: ignore[misc]
    return made


def test_changed_fields_need_an_upgrade(host: Host) -> None:
    tank = define(litres=(float, 1.0))
    load(host, lambda world: world.spawn("tank", tank()))
    before = host.realm.world("w")
    paint(host, "#ff0000", "tank")
    changed = define(gallons=(float, 1.0))
    with pytest.raises(Misused, match="fields of author.Tank changed") as caught:
        load(host, lambda world: world.spawn("tank", changed()))
    assert caught.value.code == "no_upgrade"
    assert host.realm.world("w") is before and not host.realm.outbox
    second = define(2, gallons=(float, 1.0))
    with pytest.raises(Misused, match="nothing lifts version 1"):
        load(host, lambda world: world.spawn("tank", second()))
    second.upgrade(1)(lambda fields: {"gallons": fields["litres"] / 4})
    world = load(host, lambda world: world.spawn("tank", second(2.0)))
    assert world["tank"][second] == second(2.0)


def test_a_component_that_visitors_hold_is_checked_too(host: Host) -> None:
    define(litres=(float, 1.0))
    load(host, lambda world: None, "one")
    host.do("w", "spawn", name="tank", components={"author.Tank": {}})
    load(host, lambda world: None, "two")
    define(litres=(str, ""))
    with pytest.raises(Misused, match="fields of author.Tank changed"):
        load(host, lambda world: None, "three")


def test_a_field_with_a_default_may_be_added(host: Host) -> None:
    tank = define(litres=(float,))
    load(host, lambda world: world.spawn("tank", tank(3.0)))
    wider = define(litres=(float,), full=(bool, False), size=(tuple[float, float], (1.0, 1.0)))
    world = load(host, lambda world: None, "two")
    assert "tank" not in world
    load(host, lambda world: world.spawn("tank", wider(3.0)))
    narrow = define(litres=(float,), owner=(str,))
    with pytest.raises(Misused):
        load(host, lambda world: world.spawn("tank", narrow(3.0, "ann")))


def test_a_file_of_old_code_still_opens(host: Host) -> None:
    newer = define(2, litres=(float, 1.0))
    newer.upgrade(1)(lambda fields: fields)
    load(host, lambda world: world.spawn("tank", newer()))
    define(1, litres=(float, 1.0))
    load(host, lambda world: world.spawn("lamp"))


def test_a_declaration_over_the_limits_changes_nothing(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = load(host, lamp("#111111"))
    before = host.records("w")

    def other(world: World) -> None:
        for number in range(8):
            world.spawn(f"other {number}")

    monkeypatch.setattr(draft, "_RECORDS_MAX", 9)
    with pytest.raises(OverLimit):
        load(host, other)
    assert host.records("w") == before
    assert host.realm.world("w").world is world
    with pytest.raises(OverLimit):
        fresh = World("fresh")
        other(fresh)
        fresh.spawn("ninth")
        host.open(fresh)
    assert "fresh" not in host.realm.worlds()
    monkeypatch.undo()
    load(host, lamp("#222222"))


ANGLES = st.floats(-3, 3)


@given(ANGLES, ANGLES, st.tuples(*[st.floats(-9, 9)] * 3), st.tuples(*[st.floats(-9, 9)] * 3))
def test_composed_places_carry_points_like_one_after_the_other(
    one: float, other: float, shift: tuple[float, float, float], point: tuple[float, float, float]
) -> None:
    def about_y(angle: float) -> tuple[float, float, float, float]:
        return 0.0, math.sin(angle / 2), 0.0, math.cos(angle / 2)

    parent = Transform(shift, about_y(one), (2, 2, 2))
    child = Transform((1, 2, 3), about_y(other))
    x, y, z = turn(child.rotation, point)
    inner = (x + 1, y + 2, z + 3)
    x, y, z = turn(parent.rotation, (inner[0] * 2, inner[1] * 2, inner[2] * 2))
    there = (x + shift[0], y + shift[1], z + shift[2])
    both = compose(parent, child)
    x, y, z = turn(both.rotation, (point[0] * 2, point[1] * 2, point[2] * 2))
    assert there == pytest.approx(
        (x + both.position[0], y + both.position[1], z + both.position[2]), abs=1e-6
    )


def test_a_component_without_fields_is_a_mark(host: Host) -> None:
    mark = define()
    load(host, lambda world: world.spawn("a", mark()))
    load(host, lambda world: world.spawn("b", mark()))
    assert host.realm.world("w").state.declared.components == (("author.Tank", 1, ""),)
