"""Promised: a world can be told in words: what is where, from anywhere, looking any way."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kernel.host import Host
from worldloom.kernel.components import Annotation, Portal, Push, Shape, Text, Transform
from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.media import Image, Screen, Video
from worldloom.kernel.physical import Body, Grab, Seat
from worldloom.kernel.schema import Component
from worldloom.kernel.things import Sketch, instances, path
from worldloom.kernel.world import World
from worldloom.presence.surroundings import (
    COMPASS,
    SECTORS,
    Sight,
    around,
    direction,
    place_of,
    spoken,
    start_of,
)

METRES = st.floats(-100, 100)
POINT = st.tuples(METRES, METRES, METRES)


class Hidden(Component, name="surroundings.Hidden", private=True):
    """What nobody is told."""


def a_place() -> World:
    world = World("w", "A place")
    tower = world.spawn(
        "tower", Shape("box"), Annotation("The tower", "Old stones."), at=(0, 0, -9)
    )
    world.spawn("bell", Shape("sphere"), Push(), at=(0, 12, 0), parent=tower)
    world.spawn("way out", Portal("plaza", "To the plaza"), at=(-20, 0, 0))
    world.spawn("sign_post", Text("Mind the step"), at=(3, 0, 4))
    world.spawn("secret", Hidden(), at=(1, 0, 1))
    world.spawn("somewhere")
    return world


@pytest.fixture
def host() -> Host:
    host = Host()
    host.open(a_place())
    return host


def test_things_are_told_nearest_first_with_what_they_offer(host: Host) -> None:
    things = around(host.realm.world("w").state, (0, 0, 0), 0.0)
    assert [(thing.title, thing.verb, thing.direction) for thing in things] == [
        ("Sign post", "click", "behind to the right"),
        ("The tower", "read", "ahead"),
        ("Bell", "push", "ahead"),
        ("To the plaza", "enter", "to the left"),
    ]
    assert things[0].about == "Mind the step"
    assert things[2].position == (0, 12, -9)


def test_what_takes_sits_plays_and_draws_is_told_with_it_whatever_stands_for_it() -> None:
    world = World("w")
    offers = {
        "stool": (Seat(),),
        "wall": (Screen("a" * 64, title="The lighthouse"),),
        "run": (Screen("a" * 64, playing=True),),
        "mug": (Shape("box"), Grab(), Body(1.0)),
        "ball": (Shape("sphere"), Body(1.0)),
        "slate": (Shape("box"), Sketch("draw")),
    }
    for at, (name, parts) in enumerate(offers.items()):
        world.spawn(name, *parts, at=(0, 0, -at))
    host = Host()
    host.open(world)
    told = [(one.title, one.verb) for one in around(host.realm.world("w").state, (0, 0, 0))]
    assert told == [
        ("Stool", "sit"), ("The lighthouse", "play"), ("Run", "pause"), ("Mug", "take"),
        ("Ball", "push"), ("Slate", "draw"),
    ]  # fmt: skip


def test_a_part_that_neither_answers_nor_says_anything_is_the_thing_it_is_pressed_with() -> None:
    world = World("w")
    figure = world.spawn("figure", Annotation("The instructor", "Shows how."))
    chest = world.spawn("chest", Shape("box"), parent=figure)
    world.spawn("hand", Shape("sphere"), parent=chest, at=(0, 1, 0))
    world.spawn("rope", path([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]]), parent=figure)
    world.spawn("badge", Text("Ada"), parent=chest, at=(0, 2, 0))
    world.spawn(
        "medal", Shape("box"), Image("file:a.png", alt="A lion"), parent=chest, at=(0, 3, 0)
    )
    world.spawn("whistle", Shape("box"), Grab(), parent=chest, at=(0, 4, 0))
    rack = world.spawn("rack", Shape("box"), at=(0, 0, -9))
    world.spawn("hook", Shape("box"), parent=rack)
    host, sight = Host(), Sight()
    host.open(world)

    def told() -> list[str]:
        return [one.title for one in sight.around(host.realm.world("w").state, (0, 0, 0))]

    assert told() == ["The instructor", "Badge", "A lion", "Whistle", "Rack", "Hook"]
    host.do("w", "remove", entity="figure", component="Annotation")
    assert told() == ["Chest", "Rope", "Hand", "Badge", "A lion", "Whistle", "Rack", "Hook"]
    host.do("w", "set", entity="hand", component="Text", fields={"value": "A glove"})
    host.do("w", "set", entity="chest", component="Push", fields={})
    assert told() == ["Chest", "Rope", "Hand", "Badge", "A lion", "Whistle", "Rack", "Hook"]
    host.do("w", "remove", entity="hand", component="Text")
    assert told() == ["Chest", "Rope", "Badge", "A lion", "Whistle", "Rack", "Hook"]


def test_what_answers_and_is_seen_by_its_parts_alone_is_told_of_once() -> None:
    world, sight = World("w"), Sight()
    for at, (name, answer) in enumerate(
        {"cart": Grab(), "raft": Body(1.0), "easel": Sketch("draw")}.items()
    ):
        whole = world.spawn(name, answer, at=(0, 0, -at))
        for side in ("left", "right"):
            world.spawn(f"{name}-{side}", Shape("box"), parent=whole, at=(1, 0, 0))
    world.spawn("air", Body(1.0))  # nothing of it is seen
    host = Host()
    host.open(world)

    def told() -> list[tuple[str, str]]:
        found = sight.around(host.realm.world("w").state, (0, 0, 0))
        return [(one.title, one.verb) for one in found]

    assert told() == [("Cart", "take"), ("Raft", "push"), ("Easel", "draw")]
    for side in ("left", "right"):
        host.do("w", "remove", entity=f"raft-{side}", component="Shape")
    assert told() == [("Cart", "take"), ("Easel", "draw")]
    host.do("w", "remove", entity="cart", component="Grab")
    assert [title for title, _ in told()] == ["Cart left", "Cart right", "Easel"]


def test_who_looks_nowhere_is_told_by_the_compass(host: Host) -> None:
    things = around(host.realm.world("w").state, (0, 0, 0))
    assert [thing.direction for thing in things] == ["south-east", "north", "north", "west"]


def test_a_world_without_a_start_begins_in_its_middle(host: Host) -> None:
    assert start_of(host.realm.world("w").state) == ((0.0, 0.0, 0.0), 0.0)


@given(here=POINT, there=POINT, yaw=st.floats(-10, 10))
def test_a_direction_turns_against_the_look(
    here: tuple[float, float, float], there: tuple[float, float, float], yaw: float
) -> None:
    seen = direction(here, there, yaw)
    if seen == "here":
        assert math.hypot(here[0] - there[0], here[2] - there[2]) < 2
        return
    eighth = SECTORS.index(seen)
    # Whoever turns an eighth to the left sees it an eighth further right, but for rounding.
    turned = SECTORS.index(direction(here, there, yaw + math.tau / 8))
    assert (eighth - turned) % 8 in (0, 1, 2)
    assert direction(here, there) in COMPASS


@given(angle=st.floats(-3, 3), scale=st.floats(0.1, 10), offset=POINT, inner=POINT)
def test_a_place_goes_through_all_parents(
    angle: float,
    scale: float,
    offset: tuple[float, float, float],
    inner: tuple[float, float, float],
) -> None:
    world = World("w")
    turn = (0.0, math.sin(angle / 2), 0.0, math.cos(angle / 2))
    base = world.spawn("base", Transform(offset, turn, (scale, scale, scale)))
    world.spawn("top", Shape("box"), at=inner, parent=base)
    host = Host()
    host.open(world)
    x, y, z = (part * scale for part in inner)
    expected = (
        offset[0] + x * math.cos(angle) + z * math.sin(angle),
        offset[1] + y,
        offset[2] - x * math.sin(angle) + z * math.cos(angle),
    )
    state = host.realm.world("w").state
    top = next(entity.id for entity in state.entities.values() if entity.name == "top")
    assert place_of(state, top) == pytest.approx(expected, abs=1e-6)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["tower", "bell", "way out", "sign_post", "somewhere", "new", "newer"]),
        st.sampled_from("spawn move colour write hide show note unnote away look".split()),
        st.sampled_from(["", "tower", "bell", "new"]), st.integers(-9, 9),
    ), max_size=12,
)  # fmt: skip


def put(component: str, **fields: Any) -> tuple[str, dict[str, Any]]:
    return "set", {"component": component, "fields": fields}


@given(steps=STEPS)
def test_who_looks_again_sees_what_who_comes_new_sees_whatever_has_changed(
    steps: list[tuple[str, str, str, int]],
) -> None:
    host, sight = Host(), Sight()
    host.open(a_place())
    for name, step, parent, far in steps:
        turn = (0.0, math.sin(far), 0.0, math.cos(far))
        under = {"parent": parent} if parent else {}
        asked: dict[str, tuple[str, dict[str, Any]]] = {
            "spawn": ("spawn", {"name": name, "components": {"Shape": {}}, **under}),
            "move": put("Transform", position=(far, 0, 1), rotation=turn),
            "colour": put("Color", value=f"#00{far % 10}000"),
            "write": put("Text", value=str(far)),
            "show": put("Shape"),
            "note": put("Annotation", title=str(far)),
            "unnote": ("remove", {"component": "Annotation"}),
            "hide": ("remove", {"component": "Shape"}),
            "away": ("despawn", {}),
        }
        if step in asked:
            action, args = asked[step]
            named = {} if step == "spawn" else {"entity": name}
            with suppress(WorldloomError):  # it is not there, or there already
                host.do("w", action, **named, **args)
        state = host.realm.world("w").state
        if step == "look":
            assert sight.around(state, (far, 0, 2)) == around(state, (far, 0, 2))
    state = host.realm.world("w").state
    assert sight.around(state, (0, 0, 2)) == around(state, (0, 0, 2))


def test_names_of_code_become_words() -> None:
    assert spoken("north-tank_7") == "North tank 7"
    assert spoken("") == ""


def test_a_picture_and_a_film_are_told_of_by_what_they_show_and_not_without_it() -> None:
    world = World("gallery")
    world.spawn("round", Image("file:a.png", around=9.0, alt="A canteen that burns"), at=(0, 0, -3))
    world.spawn("film", Video("file:b.webm", alt="Waves"), at=(0, 0, -4))
    world.spawn("paper", Image("file:c.png"), at=(0, 0, -5))
    world.spawn("print", Image("file:c.png"), Shape("box"), at=(0, 0, -6))
    host = Host()
    host.open(world)
    found = around(host.realm.world("gallery").state, (0, 0, 0))
    assert [(one.title, one.verb) for one in found] == [
        ("A canteen that burns", "click"), ("Waves", "click"), ("Print", "click"),
    ]  # fmt: skip


def test_what_comes_from_arrays_is_there_to_be_told_of_as_well() -> None:
    world = World("yard")
    world.spawn("flock", instances([[0.0, 0.0, 0.0]]), at=(0, 0, -9))
    world.spawn("wire", path([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]]), at=(0, 0, -8))
    world.spawn("nothing", Transform((0, 0, -7)))
    host = Host()
    host.open(world)
    found = around(host.realm.world("yard").state, (0, 0, 0))
    assert [one.name for one in found] == ["wire", "flock"]
