"""Promised: a typed function is an action; its arguments are checked and named when wrong."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec
import pytest

from tests.kernel.host import Host
from worldloom.kernel.actions import Action
from worldloom.kernel.components import Text, Use
from worldloom.kernel.entity import Entity, Visitor
from worldloom.kernel.errors import Conflict, Invalid, Misused, NotAllowed, NotFound, Refused
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.realm import Caller
from worldloom.kernel.rights import Role
from worldloom.kernel.world import World


class Answer(msgspec.Struct):
    """What an action may return."""

    plant: Entity
    litres: float


@pytest.fixture
def garden(host: Host) -> Host:
    """Return a realm with a garden that can be watered."""
    world = World("garden")
    world.spawn("fern", Text("0"), Use("water", "Water", (("plant", "fern"), ("litres", "0.5"))))
    world.spawn("stone")

    @world.action
    def water(
        visitor: Visitor,
        plant: Entity,
        litres: float = 1.0,
        mood: Literal["glad", "sad"] = "glad",
        notes: tuple[str, ...] = (),
        extra: dict[str, Any] | None = None,
        friend: Visitor | None = None,
    ) -> Answer:
        """Water a plant."""
        if litres > 10:
            raise Refused("it would drown", "pour less")
        plant[Text] = Text(f"{plant[Text].value} {visitor.name} {litres:g} {mood}")
        return Answer(plant, litres)

    @world.action(role="builder")
    def prune(plant: Entity, by: Annotated[float, msgspec.Meta(gt=0)]) -> None:
        """Prune a plant."""
        del plant[Text]

    host.open(world)
    return host


def test_arguments_are_typed_and_results_are_plain(garden: Host) -> None:
    ann = garden.enter("garden")
    assert garden.do("garden", "water", ann, plant="fern", litres=2) == {
        "plant": "e2",
        "litres": 2.0,
    }
    world = garden.realm.world("garden").world
    assert world["fern"][Text].value == "0 Ann 2 glad"


@pytest.mark.parametrize(
    ("args", "field"),
    [
        ({}, "plant"),
        ({"plant": "fern", "litres": "2"}, "litres"),
        ({"plant": "fern", "litres": math.nan}, "litres"),
        ({"plant": "fern", "litres": math.inf}, "litres"),
        ({"plant": "fern", "mood": "mad"}, "mood"),
        ({"plant": "fern", "notes": ["a", 3]}, "notes[1]"),
        ({"plant": "fern", "extra": {"a": [math.nan]}}, "extra.a[0]"),
        ({"plant": "fern", "colour": "red"}, "colour"),
        ({"plant": "fern", "notes": ["\ud800"]}, "notes[0]"),
        ({"plant": "fern", "extra": {"a": {"\udfff": 1}}}, "extra.a"),
        ({"plant": 3.5}, "entity"),
        ({"plant": True}, "entity"),
        ({"plant": None}, "entity"),
    ],
)
def test_a_wrong_argument_is_named(garden: Host, args: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        garden.do("garden", "water", **args)
    assert caught.value.field == field
    assert garden.kinds("garden") == ["Declared", "Spawned", "Spawned"]


def test_arguments_that_are_no_map_are_refused(garden: Host) -> None:
    with pytest.raises(Invalid):
        garden.ask("garden", "water", [1])  # type: ignore[arg-type]


@pytest.mark.parametrize("plant", ["tree", "e99", 99, "e0", ""])
def test_an_unknown_entity_is_not_found(garden: Host, plant: Any) -> None:
    with pytest.raises(NotFound, match="there is no entity"):
        garden.do("garden", "water", plant=plant)


def test_an_entity_is_named_by_id_number_or_name(garden: Host) -> None:
    for plant in ("e2", 2, "fern"):
        assert garden.do("garden", "water", plant=plant)["plant"] == "e2"


def test_a_refusal_leaves_no_trace(garden: Host) -> None:
    before = garden.realm.world("garden").state.state_hash()
    with pytest.raises(Refused, match="it would drown"):
        garden.do("garden", "water", plant="fern", litres=11)
    assert garden.realm.world("garden").state.state_hash() == before
    assert not garden.realm.outbox


def test_a_role_is_needed_where_the_author_says_so(garden: Host) -> None:
    ann = garden.enter("garden")
    with pytest.raises(NotAllowed, match="prune needs the role builder"):
        garden.do("garden", "prune", ann, plant="fern", by=1)
    garden.do("garden", "prune", plant="fern", by=1)


def test_an_unknown_action_is_not_found(garden: Host) -> None:
    with pytest.raises(NotFound, match="garden has no action zip"):
        garden.do("garden", "zip")


def test_the_schema_asks_for_what_the_function_takes(garden: Host) -> None:
    schema = garden.realm.world("garden").world.actions["water"].schema
    assert schema["required"] == ["plant"]
    assert schema["additionalProperties"] is False
    assert list(schema["properties"]) == ["plant", "litres", "mood", "notes", "extra", "friend"]
    assert schema["properties"]["plant"] == {"type": "string", "format": "entity"}
    assert schema["properties"]["litres"] == {"type": "number", "default": 1.0}
    assert "visitor" not in schema["properties"]


def test_using_a_thing_does_its_action_with_further_arguments(garden: Host) -> None:
    ann = garden.enter("garden")
    assert garden.do("garden", "use", ann, entity="fern") == {"plant": "e2", "litres": 0.5}
    assert garden.do("garden", "use", ann, entity="fern", arguments={"litres": "3"}) == {
        "plant": "e2",
        "litres": 3.0,
    }
    with pytest.raises(Conflict, match="stone offers nothing to do"):
        garden.do("garden", "use", ann, entity="stone")


def test_using_a_thing_gives_no_rights(garden: Host) -> None:
    ann = garden.enter("garden")
    fields = {"action": "despawn", "arguments": [["entity", "fern"]]}
    garden.do("garden", "set", entity="stone", component="Use", fields=fields)
    with pytest.raises(NotAllowed, match="despawn needs the role builder"):
        garden.do("garden", "use", ann, entity="stone")
    fields = {"action": "nothing"}
    garden.do("garden", "set", entity="stone", component="Use", fields=fields)
    with pytest.raises(NotFound, match="no action nothing"):
        garden.do("garden", "use", ann, entity="stone")
    fields = {"action": "use", "arguments": [["entity", "stone"]]}
    garden.do("garden", "set", entity="stone", component="Use", fields=fields)
    with pytest.raises(Misused, match="without end"):
        garden.do("garden", "use", ann, entity="stone")


def test_a_failing_handler_is_the_authors_to_mend(host: Host) -> None:
    world = World("w")

    @world.action
    def fail() -> None:
        """Fail."""
        world.spawn("half done")
        raise ZeroDivisionError("oh")

    @world.action
    def odd() -> object:
        """Return what cannot be told."""
        return object()

    host.open(world)
    with pytest.raises(Misused, match="ZeroDivisionError: oh") as caught:
        host.do("w", "fail")
    assert caught.value.code == "handler_failed"
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert "half done" not in world
    line = fail.__code__.co_firstlineno + 4
    assert caught.value.place == f"{__file__}:{line} in fail"
    assert "test_actions" not in str(caught.value.wire()), "visitors learn no place"
    with pytest.raises(Misused) as caught:
        host.do("w", "odd")
    assert caught.value.code == "bad_result"


def test_the_place_of_a_mistake_is_the_authors_own_line(host: Host) -> None:
    """Not a library's that it called, nor the kernel's that refused it."""
    world = World("w")
    told: list[tuple[str, str, str]] = []
    host.realm.on_misused.append(lambda name, error: told.append((name, error.code, error.place)))

    @world.action
    def read() -> None:
        """Read what is no JSON."""
        json.loads("{")

    @world.action
    def change() -> None:
        """Spawn what is no component."""
        world.spawn("twin", 3)  # type: ignore[arg-type]

    host.open(world)
    for action in (read, change):
        with pytest.raises(Misused):
            host.do("w", action.__name__)
    places = [
        f"{__file__}:{action.__code__.co_firstlineno + offset} in {action.__name__}"
        for action, offset in ((read, 3), (change, 3))
    ]
    assert [place for _, _, place in told] == places
    assert {name for name, _, _ in told} == {"w"}


@pytest.mark.parametrize(
    "result", [float("nan"), 2**60, "\ud800", "x" * 2_000_000, {"deep": [float("inf")]}]
)
def test_a_result_that_no_wire_carries_is_the_authors_mistake(host: Host, result: object) -> None:
    world = World("w")

    @world.action
    def odd() -> object:
        """Return too much, or what is no number."""
        world.spawn("half done")
        return result

    host.open(world)
    with pytest.raises(Misused) as caught:
        host.do("w", "odd")
    assert caught.value.code == "bad_result"
    assert "half done" not in world


def test_an_exit_in_a_handler_ends_nothing_but_the_handler(host: Host) -> None:
    world = World("w")

    @world.action
    def leave() -> None:
        """End Python."""
        raise SystemExit(3)

    host.open(world)
    with pytest.raises(Misused, match="SystemExit"):
        host.do("w", "leave")


def test_a_dry_run_says_what_would_come_and_keeps_nothing(garden: Host) -> None:
    decision = garden.ask("garden", "water", {"plant": "fern"}, dry_run=True)
    assert decision.result == {"plant": "e2", "litres": 1.0}
    assert decision.group is None
    assert garden.kinds("garden") == ["Declared", "Spawned", "Spawned"]


def no_types(plant) -> None:  # type: ignore[no-untyped-def]
    """Take something."""


def any_number(*plants: str) -> None:
    """Take some."""


def by_place(plant: str, /) -> None:
    """Take one by place."""


def unknown_type(plant: Nowhere) -> None:  # type: ignore[name-defined]  # noqa: F821
    """Take something unknown."""


def no_form(plant: Callable[[], None]) -> None:
    """Take what no form can ask for."""


@pytest.mark.parametrize("function", [no_types, any_number, by_place, unknown_type, no_form])
def test_parameters_that_no_form_can_ask_for_are_misused(function: Callable[..., Any]) -> None:
    with pytest.raises(Misused) as caught:
        Action(function)
    assert caught.value.code == "bad_parameter"


def test_an_action_is_named_by_a_lower_case_word() -> None:
    def Water() -> None:  # noqa: N802
        """Water."""

    with pytest.raises(Misused) as caught:
        Action(Water)
    assert caught.value.code == "bad_name"


def test_deep_arguments_are_refused(garden: Host) -> None:
    deep: Any = {}
    for _ in range(LIMITS.argument_depth_max + 2):
        deep = {"a": deep}
    with pytest.raises(Invalid, match="nested too deep"):
        garden.do("garden", "water", plant="fern", extra=deep)


def test_nobody_in_particular_must_sign_in(garden: Host) -> None:
    with pytest.raises(Refused) as caught:
        garden.do("garden", "water", Caller(), plant="fern")
    assert (caught.value.status, caught.value.code) == (401, "not_signed_in")
    garden.do("garden", "water", Caller(account="x", role=Role.VISITOR), plant="fern")
