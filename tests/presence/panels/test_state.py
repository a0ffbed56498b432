"""What a panel holds for whom: hands, handlers, scopes, rights, reloads and disks that refuse."""

from __future__ import annotations

from typing import Any

import pytest

from tests.presence.panels.parlour import Parlour, code_of, props
from worldloom import Color, Component, Misused, Panel, Refused, Role, Visitor, World
from worldloom.kernel.errors import Unavailable
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.rights import allowed


class Pump(Component, name="parlour.Pump"):
    """How fast a pump turns."""

    rpm: float = 0.0


def pump_world(greeting: str = "Ready.", most: float = 3000) -> World:
    """Declare a pump and its panel."""
    world = World("parlour")
    pump = world.spawn("pump", Pump(), Color())
    panel = world.use(Panel("Pump station"))
    panel.markdown("**Pump 7** feeds the north tank.")
    with panel.tabs():
        with panel.tab("Control"):
            speed = panel.slider("Speed", 0, most, 1200, step=10)
            mode = panel.choice("Mode", ["auto", "manual"], scope="all")
            start = panel.button("Prime the pump")
        with panel.tab("Owner", for_="owner"):
            secret = panel.toggle("Alarm off", scope="all")
    said = panel.text(greeting)

    @start
    def prime(visitor: Visitor) -> None:
        rpm = speed.of(visitor)
        if rpm > 2900:
            said.set(text="too fast")
            raise Refused("the pump would break", "go slower", code="refused")
        pump[Pump] = Pump(rpm)
        said.set(text=f"{visitor.name} primed it at {rpm:.0f}")
        assert said.read("text").endswith("primed it at " + f"{rpm:.0f}")

    @mode
    def follow(visitor: Visitor, value: str) -> None:
        if value == "manual" and not allowed(visitor.role, Role.MEMBER):
            raise Refused("members only")
        pump[Color] = Color("#00ff00" if value == "auto" else "#ff0000")

    @secret
    def hush() -> None:
        said.set(text="hush")

    return world


@pytest.fixture
def parlour() -> Parlour:
    return Parlour(pump_world)


def test_a_newcomer_is_sent_the_panel_that_they_may_see(parlour: Parlour) -> None:
    ann, _ = parlour.robot("Ann")
    shown = ann.panels.panels["pump-station"]
    assert shown.title == "Pump station"
    kinds = [widget["k"] for widget in shown.widgets.values()]
    assert kinds == [
        "column", "markdown", "tabs", "tab", "slider", "choice", "button", "text",
    ]  # fmt: skip
    speed = props(ann, "pump-station", "speed")
    assert (speed["min"], speed["max"], speed["value"], speed["step"]) == (0, 3000, 1200, 10)


def test_a_press_changes_the_world_by_one_group_and_tells_everyone(parlour: Parlour) -> None:
    ann, _ = parlour.robot("Ann")
    bob, _ = parlour.robot("Bob")
    parlour.enter(ann, "pump-station", "speed", 1504.0)
    before = ann.seq
    parlour.press(ann, "pump-station", "prime-the-pump")
    assert ann.seq == before + 1, "a slider leaves no record, the press leaves one"
    (pump,) = [one for one in bob.copy.entities().values() if one["name"] == "pump"]
    assert pump["components"]["parlour.Pump"] == {"rpm": 1500.0}
    for robot in (ann, bob):
        assert props(robot, "pump-station", "text")["text"] == "Ann primed it at 1500"


def test_what_a_refused_handler_set_was_never_set(parlour: Parlour) -> None:
    ann, _ = parlour.robot("Ann")
    parlour.enter(ann, "pump-station", "speed", 3000)
    assert code_of(parlour.press(ann, "pump-station", "prime-the-pump")) == "refused"
    assert props(ann, "pump-station", "text")["text"] == "Ready."


def test_a_value_is_clamped_and_the_hand_is_told_with_its_own_number(parlour: Parlour) -> None:
    ann, _ = parlour.robot("Ann")
    seen = parlour.enter(ann, "pump-station", "speed", 99999.0, done=False)
    assert (seen["value"], seen["n"]) == (3000, 1)
    seen = parlour.enter(ann, "pump-station", "speed", 1234.0, done=False)
    assert (seen["value"], seen["n"]) == (1230, 2)


def test_a_value_is_made_to_fit_the_bounds_and_options_that_it_comes_with() -> None:
    panel = Panel("Dials")
    slider, choice = panel.slider("Heat", 0, 1), panel.choice("Mode", ["auto"])
    slider.set(min=-40, max=250, value=160)
    choice.set(options=["by hand"], value="by hand")
    assert (slider.value, choice.value) == (160, "by hand")
    with pytest.raises(Misused):
        choice.set(options=["auto"], value="by hand")


def test_each_visitor_has_a_value_and_two_tabs_of_one_share_it(parlour: Parlour) -> None:
    ann, _ = parlour.robot("Ann", "ann")
    tab, _ = parlour.robot("Ann", "ann")
    bob, _ = parlour.robot("Bob", "bob")
    parlour.enter(ann, "pump-station", "speed", 500)
    assert [props(one, "pump-station", "speed")["value"] for one in (ann, tab, bob)] == [
        500, 500, 1200,
    ]  # fmt: skip
    assert "n" not in props(tab, "pump-station", "speed")
    seen = parlour.enter(tab, "pump-station", "speed", 700)
    assert seen["n"] == 1, "each connection counts from one"
    assert props(ann, "pump-station", "speed")["value"] == 700


def test_who_comes_back_finds_what_they_had_entered(parlour: Parlour) -> None:
    ann, line = parlour.robot("Ann", "ann")
    parlour.enter(ann, "pump-station", "speed", 500)
    line.cut()
    parlour.settle()
    again, _ = parlour.robot("Ann", "ann")
    parlour.settle()
    assert props(again, "pump-station", "speed")["value"] == 500
    assert parlour.enter(again, "pump-station", "speed", 600)["n"] == 1


def test_a_shared_value_that_is_refused_goes_back_for_everyone(parlour: Parlour) -> None:
    ann, _ = parlour.robot("Ann")
    bob, _ = parlour.robot("Bob")
    seen = parlour.enter(ann, "pump-station", "mode", "manual")
    assert seen["value"] == "auto"
    assert seen["error"]["message"] == "members only"
    assert props(bob, "pump-station", "mode")["value"] == "auto"
    member = parlour.robot_as(Role.MEMBER, "Cat")
    assert parlour.enter(member, "pump-station", "mode", "manual")["value"] == "manual"
    assert props(bob, "pump-station", "mode")["value"] == "manual"


def test_what_one_may_not_see_is_neither_sent_nor_found(parlour: Parlour) -> None:
    ann, _ = parlour.robot("Ann")
    assert "alarm-off" not in ann.panels.panels["pump-station"].widgets
    seen = parlour.enter(ann, "pump-station", "alarm-off", True)
    assert seen["error"]["code"] == "no_such_widget"
    outcome = parlour.do(ann, "set_widget", panel="pump-station", widget="alarm-off", value=True)
    assert code_of(outcome) == "no_such_widget"
    owner = parlour.robot_as(Role.OWNER, "Owl")
    assert parlour.enter(owner, "pump-station", "alarm-off", True)["value"] is True
    assert props(ann, "pump-station", "alarm-off").keys() == {"n", "error"}
    assert props(ann, "pump-station", "text")["text"] == "hush"


def test_who_becomes_an_owner_is_sent_what_owners_see(parlour: Parlour) -> None:
    ann, _ = parlour.robot("Ann", "ann")
    parlour.realm.grant("ann", "parlour", Role.OWNER)
    parlour.settle()
    parlour.tick(20)
    parlour.settle()
    assert "alarm-off" in ann.panels.panels["pump-station"].widgets


def test_an_action_sets_a_widget_as_a_hand_does(parlour: Parlour) -> None:
    ann, _ = parlour.robot("Ann")
    parlour.do(ann, "set_widget", panel="pump-station", widget="speed", value=1e9)
    assert props(ann, "pump-station", "speed")["value"] == 3000
    parlour.do(ann, "set_widget", panel="pump-station", widget="mode", value="auto")
    assert parlour.hub.live.world["pump"][Color].value == "#00ff00"


def test_what_the_disk_refused_is_never_shown(parlour: Parlour) -> None:
    ann, _ = parlour.robot("Ann")
    bob, _ = parlour.robot("Bob")
    ann.do("press_widget", {"panel": "pump-station", "widget": "prime-the-pump"})
    parlour.network.step()
    world = parlour.hub.live.world
    parlour.commit(fail=lambda _: True)
    parlour.settle()
    assert props(bob, "pump-station", "text")["text"] == "Ready."
    assert world.presence["panels"].now.shared == {}


def test_a_saved_file_becomes_a_change_and_keeps_what_people_entered(parlour: Parlour) -> None:
    ann, _ = parlour.robot("Ann")
    parlour.enter(ann, "pump-station", "speed", 500)
    parlour.press(ann, "pump-station", "prime-the-pump")
    parlour.reload(pump_world("Off.", most=2000))
    parlour.settle()
    parlour.tick(20)
    parlour.settle()
    assert props(ann, "pump-station", "text")["text"] == "Off.", "what the file says anew counts"
    speed = props(ann, "pump-station", "speed")
    assert (speed["max"], speed["value"]) == (2000, 500)
    assert parlour.enter(ann, "pump-station", "speed", 5000)["value"] == 2000


def test_a_forgotten_person_leaves_nothing_in_a_panel(parlour: Parlour) -> None:
    ann, _ = parlour.robot("Ann", "ann")
    parlour.enter(ann, "pump-station", "speed", 500)
    book = parlour.hub.live.presence["panels"]
    assert "ann" in book.now.own
    parlour.realm.forget("ann", "ann")
    parlour.settle()
    assert "ann" not in book.now.own and "ann" not in book.shown.own


def test_a_fork_has_values_of_its_own(parlour: Parlour) -> None:
    ann, _ = parlour.robot("Ann", "ann")
    parlour.enter(ann, "pump-station", "speed", 500)
    parlour.realm.fork("parlour", "copy", None, "ann")
    parlour.commit()
    fork = parlour.realm.world("copy")
    assert fork.presence == {}
    assert fork.world.used == parlour.hub.live.world.used


class Odd(Exception):
    pass


def odd_world() -> World:
    """Declare every control there is, for hands that mean no good."""
    world = World("parlour")
    panel = world.use(Panel("Odd"))
    panel.toggle("toggle")
    panel.number("number", 5, min=0, max=10, step=0.1)
    panel.slider("slider", -1, 1, 0)
    panel.choice("choice", {"a": "First", "b": "Second"})
    panel.field("field", most=8)
    panel.graph("graph", ["a", "b"], [("a", "b")])
    panel.upload("upload", accept=["image/"])
    panel.timeline("timeline", [(0, 2, "x")], value=1)
    off = panel.button("off")
    off.set(disabled=True)

    @off
    def nothing() -> None:
        raise Odd

    panel.text("only text", id="text")
    return world


SHA = "0" * 64


@pytest.mark.parametrize(
    ("widget", "value", "kept"),
    [
        ("toggle", True, True),
        ("number", 3.14159, 3.1),
        ("number", -4, 0),
        ("number", 1e300, 10),
        ("slider", 5, 1),
        ("slider", 0.125, 0.125),
        ("choice", "b", "b"),
        ("field", "a\nb\x00\x1b c\u202edefgh", "a b   c "),
        ("timeline", 77, 2),
        ("upload", {"sha256": SHA, "name": "x.png", "media": "image/png", "bytes": 3}, None),
    ],
)
def test_what_a_hand_gives_is_made_to_fit(widget: str, value: Any, kept: Any) -> None:
    parlour = Parlour(odd_world)
    ann, _ = parlour.robot("Ann")
    seen = parlour.enter(ann, "odd", widget, value)
    assert "error" not in seen
    assert seen["value"] == (value if kept is None else kept)


@pytest.mark.parametrize(
    ("widget", "value"),
    [
        ("toggle", 1), ("toggle", "true"), ("toggle", None),
        ("number", "7"), ("number", True), ("number", [1]), ("number", None),
        ("choice", "c"), ("choice", {}), ("choice", ["a"]), ("choice", "First"),
        ("field", 7), ("field", None), ("field", {"text": "x"}),
        ("graph", {}), ("graph", {"do": "add", "node": "a"}), ("graph", {"do": "eat", "node": "a"}),
        ("graph", {"do": "move", "node": "a", "x": 2}),
        ("graph", {"do": "link", "node": "a", "to": "z"}),
        ("graph", {"nodes": [{"id": "x"}, {"id": "x"}], "edges": []}),
        ("graph", {"nodes": [], "edges": [["a", "b"]]}), ("graph", "x"),
        ("upload", "x"), ("upload", {"sha256": "../x", "name": "", "media": "", "bytes": 1}),
        ("upload", {"sha256": SHA, "name": "x", "media": "text/html", "bytes": 1}),
        ("timeline", "now"), ("text", "x"), ("off", "x"), ("nothing", 1), ("root", 1), ("", 1),
    ],
)  # fmt: skip
def test_what_no_control_gives_is_refused_and_ends_nobody(widget: str, value: Any) -> None:
    parlour = Parlour(odd_world)
    ann, _ = parlour.robot("Ann")
    before = {id: dict(known) for id, known in ann.panels.panels["odd"].widgets.items()}
    seen = parlour.enter(ann, "odd", widget, value)
    assert seen["error"]["code"] in ("bad_value", "no_such_widget", "bad_press")
    assert seen.get("value") == before.get(widget, {}).get("value")
    assert ann.inside


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**60, b"bytes", {1: 2}])
def test_a_value_that_no_wire_carries_ends_the_session(value: Any) -> None:
    parlour = Parlour(odd_world)
    ann, _ = parlour.robot("Ann")
    ann.enter_value("odd", "number", value)
    parlour.settle()
    assert ann.ended is not None and ann.ended.code == "bad_message"


def test_what_is_switched_off_or_no_button_cannot_be_pressed() -> None:
    parlour = Parlour(odd_world)
    ann, _ = parlour.robot("Ann")
    assert code_of(parlour.press(ann, "odd", "off")) == "bad_press"
    assert code_of(parlour.press(ann, "odd", "toggle")) == "bad_press"
    assert code_of(parlour.press(ann, "even", "off")) == "no_such_widget"


@pytest.mark.parametrize("widget", ["text", "root"])
def test_a_value_for_what_holds_none_is_its_senders_mistake(widget: str) -> None:
    """Over HTTP, too: it was told as one of the world's author, who could not mend it."""
    parlour = Parlour(odd_world)
    ann, _ = parlour.robot("Ann")
    outcome = parlour.do(ann, "set_widget", panel="odd", widget=widget, value="x")
    assert code_of(outcome) in ("bad_value", "no_such_widget")


def test_an_old_or_repeated_number_is_passed_over() -> None:
    parlour = Parlour(odd_world)
    ann, _ = parlour.robot("Ann")
    parlour.enter(ann, "odd", "number", 3)
    ann.panels._counts.clear()
    assert parlour.enter(ann, "odd", "number", 9)["value"] == 3


def test_what_people_entered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    parlour = Parlour(odd_world)
    object.__setattr__(LIMITS, "panel_people_max", 2)
    try:
        for name in ("ann", "bob", "cat"):
            robot, _ = parlour.robot(name, name)
            parlour.enter(robot, "odd", "number", 3)
    finally:
        object.__setattr__(LIMITS, "panel_people_max", 10_000)
    assert list(parlour.hub.live.presence["panels"].now.own) == ["bob", "cat"]


def test_a_handler_that_breaks_tells_its_author_and_changes_nothing() -> None:
    def make() -> World:
        world = World("parlour")
        panel = world.use(Panel("Broken"))
        level = panel.slider("Level", 0, 10, 5)

        @level
        def burst() -> None:
            raise Odd("burst")

        return world

    parlour = Parlour(make)
    ann, _ = parlour.robot("Ann")
    seen = parlour.enter(ann, "broken", "level", 7)
    assert (seen["value"], seen["error"]["code"]) == (5, "handler_failed")


def test_a_world_whose_disk_is_away_for_a_while_goes_on_with_its_panels(parlour: Parlour) -> None:
    ann, _ = parlour.robot("Ann")
    ann.do("press_widget", {"panel": "pump-station", "widget": "prime-the-pump"})
    parlour.network.step()
    parlour.commit(fail=lambda _: True)
    parlour.settle()
    bob, _ = parlour.robot("Bob")
    assert not isinstance(parlour.press(bob, "pump-station", "prime-the-pump"), Unavailable)
    assert props(bob, "pump-station", "text")["text"] == "Bob primed it at 1200"
