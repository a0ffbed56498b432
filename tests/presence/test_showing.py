"""Promised: what is shown is seen by all at once, kept by nobody, and gives way to what is set."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from tests.presence.yard import Yard, code
from worldloom.kernel.components import Color, sphere
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.schema import Component
from worldloom.kernel.showing import shown_of
from worldloom.kernel.things import Instances, instances
from worldloom.kernel.world import World
from worldloom.presence.showing import HEAD, NUMBER, Showing
from worldloom.testing.core import RobotCore

RED = {"value": "#ff0000", "opacity": 1.0, "glow": 0.0}


class Answer(Component, name="test.Answer", private=True):
    """What only the author knows."""

    text: str = ""


def a_lamp(world: World) -> None:
    """Declare a lamp that may glow, and whatever may go wrong with that."""
    lamp = world.spawn("lamp", sphere(), Color("#000000"))

    @world.action
    def glow(value: str) -> None:
        lamp.show(Color(value))

    @world.action
    def glow_and_fail(value: str) -> None:
        lamp.show(Color(value))
        raise ValueError("no")

    @world.action
    def keep(value: str) -> None:
        lamp[Color] = Color(value)

    @world.action
    def bad(what: str) -> None:
        if what == "private":
            lamp.show(Answer("42"))
        elif what == "nothing":
            lamp.show("red")  # type: ignore[arg-type]
        elif what == "damaged":
            lamp.show(Instances(data=b"no array"))
        else:
            rows = LIMITS.instances_max
            ones = np.ones(rows)
            many = instances(np.zeros((rows, 3)), rotations=ones, scales=ones)
            for number in range(5):
                world.spawn(f"cloud {number}").show(many)

    @world.action
    def end() -> None:
        world.despawn(lamp)


@pytest.fixture
def yard() -> Yard:
    yard = Yard(a_lamp)
    yard.hub.attach(Showing(yard.hub))
    yard.seconds(0.1)
    return yard


def seen(robot: RobotCore) -> tuple[int, str, object]:
    """Return what a robot's newest frame says: entity, component, its fields or None."""
    data = robot.live_bytes.get(NUMBER)
    if data is None:
        return 0, "", None
    entity, length = HEAD.unpack_from(data)
    name, fields = data[HEAD.size : HEAD.size + length], data[HEAD.size + length :]
    return entity, name.decode(), msgspec.msgpack.decode(fields) if fields else None


def test_what_is_shown_is_seen_by_all_and_is_no_event(yard: Yard) -> None:
    ann, _ = yard.robot("Ann")
    bob, _ = yard.robot("Bob")
    before, root = yard.kinds(), yard.realm.world("hall").state.state_hash()
    assert code(yard.do(ann, "glow", value="#ff0000")) == ""
    yard.seconds(0.1)
    for robot in (ann, bob):
        assert seen(robot) == (yard.id("lamp"), "Color", RED)
    assert yard.kinds() == before
    assert yard.realm.world("hall").state.state_hash() == root


def test_a_newcomer_sees_it_too_and_only_the_newest(yard: Yard) -> None:
    ann, _ = yard.robot("Ann")
    for value in ("#ff0000", "#00ff00"):
        yard.do(ann, "glow", value=value)
    cat, _ = yard.robot("Cat")
    yard.seconds(0.1)
    assert seen(cat)[2] == {**RED, "value": "#00ff00"}


def test_what_is_set_takes_its_place(yard: Yard) -> None:
    ann, _ = yard.robot("Ann")
    yard.do(ann, "glow", value="#ff0000")
    yard.seconds(0.1)
    yard.do(ann, "keep", value="#0000ff")
    yard.seconds(0.1)
    assert seen(ann) == (yard.id("lamp"), "Color", None)
    assert not shown_of(yard.hub.live.world).now
    dan, _ = yard.robot("Dan")
    yard.seconds(0.1)
    assert seen(dan) == (0, "", None)


def test_what_is_gone_is_shown_no_longer(yard: Yard) -> None:
    ann, _ = yard.robot("Ann")
    yard.do(ann, "glow", value="#ff0000")
    yard.do(ann, "end")
    yard.seconds(0.1)
    assert not shown_of(yard.hub.live.world).now


def test_a_step_that_fails_shows_nothing(yard: Yard) -> None:
    ann, _ = yard.robot("Ann")
    assert code(yard.do(ann, "glow_and_fail", value="#ff0000")) == "handler_failed"
    yard.seconds(0.1)
    assert seen(ann) == (0, "", None)


@pytest.mark.parametrize(
    ("what", "why"),
    [("private", "not_to_be_shown"), ("nothing", "not_a_component"), ("damaged", "bad_array"),
     ("much", "over_limit")],
)  # fmt: skip
def test_what_is_not_to_be_shown_is_refused(yard: Yard, what: str, why: str) -> None:
    ann, _ = yard.robot("Ann")
    assert code(yard.do(ann, "bad", what=what)) == why
    yard.seconds(0.1)
    assert not shown_of(yard.hub.live.world).now
