"""Promised: a world reads aloud; handles read and write; misuse is told when the file loads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.kernel.host import Host
from worldloom.kernel import draft
from worldloom.kernel.components import Color, Model, Shape, Sound, Text, Transform, model, sphere
from worldloom.kernel.entity import Entity, Visitor
from worldloom.kernel.errors import Conflict, Invalid, Misused, NotFound, OverLimit
from worldloom.kernel.events import Click, Said
from worldloom.kernel.limits import LIMITS, Limits
from worldloom.kernel.schema import Component, Event, Request
from worldloom.kernel.sealing import BOX_BYTES
from worldloom.kernel.state import State
from worldloom.kernel.world import World


def run(host: Host, world: World, deed: Callable[[], Any]) -> Any:
    """Run a function as a handler of a world and return what it returns."""
    results: list[Any] = []

    def probe() -> None:
        """Do it."""
        results.append(deed())

    world.action(probe)
    host.open(world)
    host.do(world.name, "probe")
    return results[0]


def test_the_hello_world_lights_a_lantern_for_all(host: Host) -> None:
    world = World("hello")

    class Lamp(Component):
        lit: bool = False

    lantern = world.spawn("lantern", sphere(radius=0.3), Lamp(), at=(0, 1.5, -2))

    @world.on(Click, lantern)
    def switch(click: Click) -> None:
        lit = not lantern[Lamp].lit
        lantern[Lamp] = Lamp(lit)
        lantern[Color] = Color("#ffd27f" if lit else "#3a3a3a")
        world.say(f"{click.visitor.name} {'lit' if lit else 'put out'} the lantern")

    host.open(world)
    ann = host.enter("hello")
    host.do("hello", "click", ann, entity="lantern")
    assert lantern[Lamp].lit
    assert lantern[Transform].position == (0.0, 1.5, -2.0)
    assert host.kinds("hello", 3) == ["Click", "Changed", "Changed", "Said"]
    host.do("hello", "click", ann, entity=lantern.id)
    assert lantern[Color].value == "#3a3a3a"


def test_a_click_on_another_thing_is_not_told(host: Host) -> None:
    world = World("hello")
    one, other = world.spawn("one"), world.spawn("other")
    heard: list[Entity] = []
    world.on(Click, one)(lambda click: heard.append(click.entity))
    world.on(Click)(lambda click: heard.append(click.entity))
    host.open(world)
    host.do("hello", "click", entity="other")
    assert heard == [other]
    host.do("hello", "click", entity="one")
    assert heard == [other, one, one]


def test_handles_read_names_parents_and_children(host: Host) -> None:
    world = World("tree")
    root = world.spawn("root", Text("r"))
    leaf = world.spawn("leaf", parent=root)
    assert leaf.parent == root and root.parent is None
    assert root.children == (leaf,)
    assert (root.name, leaf.alive, Text in root, Text in leaf) == ("root", True, True, False)
    host.open(world)
    assert (root.id, leaf.id, leaf.number) == ("e2", "e3", 3)
    assert world["leaf"] == leaf == world["e3"] and "leaf" in world and "twig" not in world
    assert leaf.parent == root and root.children == (leaf,)
    assert [thing.name for thing in world.find(Text)] == ["root"]
    assert root != leaf and root != "root" and hash(world["leaf"]) == hash(leaf)
    assert repr(leaf) == "<entity leaf>" and repr(world["leaf"]) == "<entity e3>"


def test_writes_inside_a_handler_are_read_at_once(host: Host) -> None:
    world = World("w")
    thing = world.spawn("thing", Color())

    def deed() -> tuple[object, ...]:
        made = world.spawn("made", Text("a"), at=(1, 0, 0), parent=thing)
        thing[Color] = Color("#111111")
        thing.update(Color, glow=2.0)
        del made[Text]
        found = [e.name for e in world.find(Transform)], [e.name for e in thing.children]
        later = world["made"]
        world.despawn(made)
        return thing[Color], found, made.alive, later.alive, thing.children, thing.get(Text)

    color, found, alive, later, children, text = run(host, world, deed)
    assert color == Color("#111111", glow=2.0)
    assert found == (["made"], ["made"])
    assert (alive, later, children, text) == (False, False, (), None)
    assert "made" not in world


def test_writing_equal_bytes_is_no_event(host: Host) -> None:
    world = World("w")
    thing = world.spawn("thing", Color("#111111"))

    def deed() -> None:
        thing[Color] = Color("#111111")
        thing.update(Color, opacity=1)

    run(host, world, deed)
    assert host.kinds("w") == ["Declared", "Spawned"]


def test_a_place_given_to_spawn_joins_a_transform(host: Host) -> None:
    world = World("w")
    turned = Transform(rotation=(0.0, 1.0, 0.0, 0.0))
    thing = world.spawn("thing", turned, at=(1, 2, 3))
    host.open(world)
    assert thing[Transform] == Transform((1.0, 2.0, 3.0), (0.0, 1.0, 0.0, 0.0))


def test_what_is_gone_is_not_found(host: Host) -> None:
    world = World("w")
    thing = world.spawn("thing")
    host.open(world)
    kept = world["thing"]
    host.do("w", "despawn", entity="thing")
    for use in (lambda: thing.name, lambda: kept[Color], lambda: kept.id, lambda: world["thing"]):
        with pytest.raises(NotFound):
            use()
    assert thing.alive is kept.alive is False
    assert (kept == world) is False and (kept == thing) is False


def test_a_missing_component_says_what_there_is(host: Host) -> None:
    world = World("w")
    thing = world.spawn("thing", Color())
    with pytest.raises(NotFound, match="thing has no Text") as caught:
        _ = thing[Text]
    assert "it has Color" in caught.value.fix
    with pytest.raises(NotFound, match="thing has no Text"):
        del thing[Text]


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\nb", "e12", "\ud800", 3])
def test_a_bad_name_is_refused(name: Any) -> None:
    with pytest.raises(Invalid, match="is no name"):
        World("w").spawn(name)


def test_names_are_unique_among_the_living(host: Host) -> None:
    world = World("w")
    world.spawn("thing")
    with pytest.raises(Conflict) as caught:
        world.spawn("thing")
    assert caught.value.code == "name_taken"

    def deed() -> str:
        world.despawn(world["thing"])
        return world.spawn("thing").id

    assert run(host, world, deed) == "e4"


def test_an_entity_has_one_component_of_a_kind() -> None:
    with pytest.raises(Invalid, match="Color is given twice"):
        World("w").spawn("thing", Color(), Color())


def test_things_nest_only_so_deep() -> None:
    world = World("w")
    parent = world.spawn("0")
    with pytest.raises(OverLimit, match="nest"):
        for depth in range(1, LIMITS.entity_depth_max + 3):
            parent = world.spawn(str(depth), parent=parent)


def test_an_entity_holds_only_so_many_components() -> None:
    kinds = [
        type(f"K{number}", (Component,), {"__annotations__": {}})
        for number in range(LIMITS.entity_components_max + 1)
    ]
    world = World("w")
    thing = world.spawn("thing")
    with pytest.raises(OverLimit, match="holds"):
        for kind in kinds:
            thing[kind] = kind()
    with pytest.raises(OverLimit, match="holds"):
        world.spawn("another", *(kind() for kind in kinds))


def test_one_group_holds_only_so_much() -> None:
    world = World("w")
    thing = world.spawn("thing")
    with pytest.raises(OverLimit, match="one group holds") as caught:
        for number in range(LIMITS.group_records_max + 1):
            thing[Text] = Text(str(number))
    assert caught.value.status == 413


@pytest.mark.parametrize("name", ["", "Hello", "a b", "people", "../x", "x" * 65, 3])
def test_a_world_has_a_name_for_addresses(name: Any) -> None:
    with pytest.raises(Misused) as caught:
        World(name)
    assert caught.value.code == "bad_name"


def test_the_title_is_the_name_unless_given() -> None:
    assert World("plaza").title == "plaza"
    assert World("plaza", "The plaza").title == "The plaza"


class Rung(Event):
    """A bell rang."""


class Letter(Request):
    """A letter shall leave."""


MISUSES: list[tuple[str, Callable[[World], Any]]] = [
    ("not_a_component", lambda world: world.spawn("a", 3)),  # type: ignore[arg-type]
    ("not_a_component", lambda world: world.spawn("a", Color)),  # type: ignore[arg-type]
    ("not_an_event", lambda world: world.on(Color)),
    ("not_an_event", lambda world: world.append(3)),  # type: ignore[arg-type]
    ("not_a_request", lambda world: world.adapter(Rung)),
    ("not_a_handler", lambda world: world.on(Rung)(3)),  # type: ignore[arg-type]
    ("too_often", lambda world: world.every(0)),
    ("too_often", lambda world: world.every(float("nan"))),
    ("no_handler", lambda world: world.say("hello")),
    ("no_handler", lambda world: world.now),
    ("no_handler", lambda world: world.random),
    ("no_adapter", lambda world: world.append(Letter())),
]


@pytest.mark.parametrize(("code", "misuse"), MISUSES, ids=[code for code, _ in MISUSES])
def test_a_misuse_is_told_while_the_file_loads(code: str, misuse: Callable[[World], Any]) -> None:
    with pytest.raises(Misused) as caught:
        misuse(World("w"))
    assert caught.value.code == code
    assert caught.value.fix


def test_a_handler_never_awaits() -> None:
    world = World("w")

    async def later(click: Click) -> None:
        """Wait."""

    with pytest.raises(Misused, match="cannot be a handler"):
        world.on(Click)(later)  # type: ignore[arg-type]


def test_a_component_of_another_class_is_refused() -> None:
    world = World("w")
    thing = world.spawn("thing", Color())
    with pytest.raises(Misused) as caught:
        thing[Color] = Text("x")
    assert caught.value.code == "wrong_component"
    with pytest.raises(Misused) as caught:
        thing[Color] = 3  # type: ignore[type-var]
    assert caught.value.code == "not_a_component"
    with pytest.raises(Misused, match="Color has no field colour") as caught:
        thing.update(Color, colour="red")
    assert caught.value.code == "no_such_field"


def test_an_open_world_changes_only_inside_handlers(host: Host) -> None:
    world = World("w")
    thing = world.spawn("thing", Color())
    host.open(world)

    def write() -> None:
        thing[Color] = Color("#000000")

    for deed in (write, lambda: world.spawn("b"), lambda: world.despawn(thing)):
        with pytest.raises(Misused) as caught:
            deed()
        assert caught.value.code == "no_handler"
    with pytest.raises(Misused) as caught:
        world.on(Click)(lambda click: None)
    assert caught.value.code == "too_late"
    assert thing[Color] == Color()


def test_two_actions_cannot_share_a_name() -> None:
    world = World("w")

    def water() -> None:
        """Water."""

    world.action(water)
    with pytest.raises(Misused) as caught:
        world.action(role="owner")(water)
    assert caught.value.code == "duplicate_name"


def test_a_kit_adds_its_things() -> None:
    class Lights:
        def attach(self, world: World) -> None:
            world.spawn("light")

    world = World("w")
    kit = world.use(Lights())
    assert isinstance(kit, Lights) and "light" in world


def test_chance_is_drawn_once_a_step_and_repeats_with_the_seed(host: Host) -> None:
    def draws() -> list[object]:
        world = World("w")

        def deed() -> list[object]:
            chance = world.random
            order = list(range(9))
            chance.shuffle(order)
            return [chance.random(), chance.uniform(5, 6), chance.randint(1, 6),
                    chance.choice("abc"), order, world.random is chance, world.now]  # fmt: skip

        return run(Host(), world, deed)  # type: ignore[no-any-return]

    first = draws()
    assert first == draws()
    assert 0 <= first[0] < 1 and 5 <= first[1] < 6 and 1 <= first[2] <= 6  # type: ignore[operator]
    assert sorted(first[4]) == list(range(9)) and first[5] is True  # type: ignore[call-overload]


def test_asset_files_are_named_and_replaced_by_their_hash(host: Host) -> None:
    world = World("w")
    vase = world.spawn("vase", model("vase.glb"), Sound("file:hum.ogg"))
    world.spawn("vase 2", model("vase.glb"))
    world.spawn("kept", Model("a" * 64))
    assert world.asset_files() == ["hum.ogg", "vase.glb"]
    world.resolve_assets({"vase.glb": "b" * 64, "hum.ogg": "c" * 64})
    assert world.asset_files() == []

    def deed() -> str:
        return world.spawn("vase 3", model("vase.glb"))[Model].asset

    assert run(host, world, deed) == "b" * 64
    assert vase[Model].asset == "b" * 64 and vase[Sound].asset == "c" * 64


def test_those_who_are_here_are_known_and_those_gone_have_no_name(host: Host) -> None:
    world = World("w")
    seen: list[Visitor] = []
    world.on(Click)(lambda click: seen.append(click.visitor))
    world.spawn("thing", Shape())
    host.open(world)
    ann = host.enter("w")
    host.do("w", "click", ann, entity="thing")
    assert world.visitors == (Visitor(None, ann.visitor, ann.account),)
    assert (seen[0].name, seen[0].account, seen[0].role) == ("Ann", ann.account, ann.role)
    assert seen[0].position == (0.0, 0.0, 0.0)
    host.realm.leave("w", ann.visitor)
    assert not world.visitors and world.visitor(ann.visitor).name == ""
    assert repr(seen[0]) == f"<visitor {ann.visitor} Ann>" and hash(seen[0])
    assert seen[0] != "v3"


def test_a_visitor_read_without_a_world_is_told_nothing() -> None:
    Visitor(None, "v3").tell("hello")
    Visitor(None, "v3").move_to((0, 0, 0))


def test_a_line_to_one_visitor_is_not_kept(host: Host) -> None:
    world = World("w")
    thing = world.spawn("thing")

    @world.on(Click, thing)
    def answer(click: Click) -> None:
        click.visitor.tell("psst")
        click.visitor.move_to((1, 0, 2), 0.5)

    host.open(world)
    ann = host.enter("w")
    decision = host.ask("w", "click", {"entity": "thing"}, ann)
    assert decision.group is not None
    assert decision.tells == tuple(decision.group.tells) == (("w", ann.visitor, "psst"),)
    assert decision.moves == (("w", ann.visitor, (1.0, 0.0, 2.0), 0, 0.5),)
    assert host.kinds("w")[-1] == "Click"


def test_only_text_is_told_and_only_places_are_moved_to(host: Host) -> None:
    world = World("w")
    world.spawn("thing")
    wrong: list[Callable[[Visitor], None]] = [
        lambda visitor: visitor.tell(3),  # type: ignore[arg-type]
        lambda visitor: visitor.move_to((1, 2)),  # type: ignore[arg-type]
        lambda visitor: visitor.move_to((1e9, 0, 0)),
        lambda visitor: visitor.move_to((float("nan"), 0, 0)),
        lambda visitor: visitor.move_to((0, 0, 0), float("nan")),
    ]
    world.on(Click)(lambda click: wrong[0](click.visitor))
    host.open(world)
    with pytest.raises(Misused, match="is no text"):
        host.do("w", "click", entity="thing")
    for _ in range(3):
        wrong.pop(0)
        with pytest.raises(Invalid, match="position"):
            host.do("w", "click", entity="thing")
    assert host.kinds("w") == ["Declared", "Spawned"]


def test_the_world_speaks_without_a_name(host: Host) -> None:
    world = World("w")
    run(host, world, lambda: world.say("x" * 9999))
    (said,) = [record for record in host.records("w") if record.kind == "Said"]
    assert said.kind == Said.__kind__.name
    assert len(said.payload) < LIMITS.text_characters_max + BOX_BYTES + 50


def test_an_input_that_appends_itself_comes_to_an_end(host: Host) -> None:
    world = World("w")
    thing = world.spawn("thing")
    world.on(Click)(lambda click: world.append(Click(click.visitor, thing)))
    host.open(world)
    with pytest.raises(Misused) as caught:
        host.do("w", "click", entity="thing")
    assert caught.value.code == "endless_handlers"
    assert host.kinds("w") == ["Declared", "Spawned"]


class Leash(Component, name="test.Leash"):
    """Who holds what."""

    holder: Visitor
    animal: Entity


def test_components_may_name_entities_and_visitors(host: Host) -> None:
    world = World("w")
    dog = world.spawn("dog")

    @world.action
    def hold(visitor: Visitor) -> None:
        """Hold the dog."""
        dog[Leash] = Leash(visitor, dog)

    host.open(world)
    ann = host.enter("w")
    host.do("w", "hold", ann)
    assert dog[Leash].animal == dog and dog[Leash].holder.name == "Ann"
    assert dog[Leash].animal.name == "dog"


def test_old_components_are_read_as_new_ones(host: Host) -> None:
    class Tank(Component, name="w.Tank"):
        gallons: float = 1.0

    first = World("w")
    first.spawn("tank", Tank(2.0))
    host.open(first)

    class Tank(Component, name="w.Tank", version=2):  # type: ignore[no-redef]
        litres: float = 1.0

    Tank.upgrade(1)(lambda fields: {"litres": fields["gallons"] * 4})
    assert host.restart().realm.world("w").world["tank"][Tank] == Tank(8.0)


def test_a_world_holds_only_so_many_things(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft, "LIMITS", Limits(entities_max=2))
    world = World("w")
    world.spawn("a")
    world.spawn("b")
    with pytest.raises(OverLimit, match="a world holds 2 entities"):
        world.spawn("c")


def test_a_draft_knows_what_is_gone() -> None:
    with pytest.raises(NotFound, match="there is no entity e7"):
        draft.Draft(State()).need(7)
