"""Patches: the same bytes for those who see the same, one at a time for who is slow, all arrive."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.presence.panels.parlour import Parlour, props
from worldloom import Panel, Visitor, World
from worldloom.kernel.errors import Misused
from worldloom.kernel.realm import Caller, Command
from worldloom.kernel.rights import Role
from worldloom.presence.panels.book import EVERYONE, Book, Cells, Put
from worldloom.testing.network import Weather


def stream_world() -> World:
    """Declare a chart, a table and a list that grow, and a panel that is shown on wish."""
    world = World("parlour")
    panel = world.use(Panel("Streams"))
    heat = panel.chart("Heat", [[0, 1], [60, 61]], names=["bearing"], window=4)
    log = panel.table(["time", "event"], [[1.0, "start"]], label="Log")
    notes = panel.list(["first"], label="Notes")
    spread = panel.histogram("Spread", [0.0, 1.0, 2.0], bins=2)
    done = panel.progress("Done")
    note = world.use(Panel("Note", shown=False))
    said = note.text("")
    clear = panel.button("Clear")

    @world.action
    def grow(times: int = 1) -> None:
        """Let everything grow."""
        for at in range(times):
            heat.append(2 + at, 62 + at)
            log.append([2.0 + at, "go"])
            notes.append("next")
            spread.append(1.5)
        done.set(value=0.5)

    @world.action
    def open_note(visitor: Visitor, text: str) -> None:
        """Show a note to who asks."""
        said.set(visitor, text=text)
        note.show(visitor)

    @world.action
    def call_note(title: str) -> None:
        """Call the note otherwise."""
        note.rename(title)

    @world.action
    def close_note(visitor: Visitor) -> None:
        """Take the note away."""
        note.hide(visitor)

    @clear
    def empty(visitor: Visitor) -> None:
        heat.set(data=[[0], [0]])
        log.set(data={"time": [], "event": []})
        heat.append(1, 1)

    return world


@pytest.fixture
def parlour() -> Parlour:
    return Parlour(stream_world)


def numbers(data: bytes) -> list[float]:
    """Return the numbers of a column of the wire."""
    return list(struct.unpack(f"<{len(data) // 8}d", data))


def test_who_is_there_gets_more_and_who_comes_later_gets_all_that_is_kept(parlour: Parlour) -> None:
    ann, _ = parlour.robot("Ann")
    parlour.do(ann, "grow", times=3)
    (more,) = props(ann, "streams", "heat")["appended"]
    assert [numbers(column) for column in more] == [[2, 3, 4], [62, 63, 64]]
    assert props(ann, "streams", "notes")["appended"] == [[{"title": "next", "key": "0"}] * 3]
    bob, _ = parlour.robot("Bob")
    parlour.settle()
    heat = props(bob, "streams", "heat")["data"]
    assert [numbers(column) for column in heat] == [[1, 2, 3, 4], [61, 62, 63, 64]], "a window of 4"
    time, event = props(bob, "streams", "log")["data"]
    assert numbers(time["cells"]) == [1, 2, 3, 4]
    assert event == {"name": "event", "kind": "text", "cells": ["start", "go", "go", "go"]}
    assert numbers(props(bob, "streams", "spread")["data"][1]) == [1, 5]
    assert props(bob, "streams", "done")["value"] == 0.5


def test_what_is_set_anew_leaves_nothing_of_what_was_appended_before(parlour: Parlour) -> None:
    ann, _ = parlour.robot("Ann")
    id_grow = ann.do("grow", {})
    id_clear = ann.do("press_widget", {"panel": "streams", "widget": "clear"})
    parlour.settle()
    assert {id_grow, id_clear} <= ann.outcomes.keys()
    heat = props(ann, "streams", "heat")
    assert [numbers(column) for column in heat["data"]] == [[0], [0]]
    (more,) = heat["appended"]
    assert [numbers(column) for column in more] == [[1], [1]]


def test_a_panel_opens_for_one_visitor_and_closes_again(parlour: Parlour) -> None:
    ann, _ = parlour.robot("Ann", "ann")
    bob, _ = parlour.robot("Bob", "bob")
    parlour.do(ann, "open_note", text="for Ann")
    parlour.settle()
    assert props(ann, "note", "text")["text"] == "for Ann"
    assert "note" not in bob.panels.panels
    parlour.do(ann, "call_note", title="Memo")
    parlour.settle()
    assert ann.panels.panels["note"].title == "Memo", "while it is shown"
    assert props(ann, "note", "text")["text"] == "for Ann"
    parlour.do(bob, "open_note", text="for Bob")
    parlour.settle()
    assert bob.panels.panels["note"].title == "Memo"
    with pytest.raises(Misused, match="no title"):
        Panel("Note").rename("")
    parlour.do(ann, "close_note")
    parlour.settle()
    assert "note" not in ann.panels.panels


def three_panels() -> World:
    """Declare a panel that waits to be shown, and two that are."""
    world = World("parlour")
    world.use(Panel("Waits", shown=False))
    first = world.use(Panel("First"))
    world.use(Panel("Last"))

    @world.action
    def show_first(on: bool) -> None:
        (first.show if on else first.hide)()

    return world


def test_a_panel_stands_where_it_is_declared_however_often_it_comes_and_goes() -> None:
    parlour = Parlour(three_panels)
    ann, _ = parlour.robot("Ann", "ann")
    parlour.settle()

    def ranks() -> dict[str, int]:
        return {id: panel.rank for id, panel in ann.panels.panels.items()}

    assert ranks() == {"first": 0, "last": 1}, "what waits pushes down nothing that is read"
    parlour.do(ann, "show_first", on=False)
    parlour.settle()
    assert ranks() == {"last": 1}
    parlour.do(ann, "show_first", on=True)
    parlour.settle()
    assert ranks()["first"] < ranks()["last"], "it comes back above what came before it"


def test_a_panel_of_a_lower_order_stands_before_those_that_were_declared_before_it() -> None:
    def ordered() -> World:
        world = three_panels()
        world.use(Panel("Second", order=-1))
        world.use(Panel("Top", order=-2))
        return world

    parlour = Parlour(ordered)
    ann, _ = parlour.robot("Ann", "ann")
    parlour.settle()
    ranks = {panel.rank: id for id, panel in ann.panels.panels.items()}
    assert [ranks[rank] for rank in sorted(ranks)] == ["top", "second", "first", "last"]


def test_three_changes_in_one_tick_are_one_patch_of_the_same_bytes_for_all(
    parlour: Parlour, monkeypatch: pytest.MonkeyPatch
) -> None:
    robots = [parlour.robot(f"R{n}")[0] for n in range(4)]
    sent: list[bytes] = []
    for session in parlour.hub.inside():
        monkeypatch.setattr(session.transport, "send", sent.append)
    robots[0].do("grow", {"times": 5})
    parlour.network.step()
    parlour.commit()
    sent.clear()
    parlour.tick()
    assert len(sent) == 4
    assert len({id(data) for data in sent}) == 1, "encoded once"


def test_who_does_not_read_is_told_later_at_once_and_cut_off_by_no_stream(parlour: Parlour) -> None:
    ann, line = parlour.robot("Ann")
    line._stalled = True
    line._to_client.append(b"\x00")  # something waits
    before = len(line._to_client)
    world = parlour.hub.live
    for _ in range(50):
        parlour.realm.do(command("grow"))
        parlour.commit()
        parlour.tick()
    waiting = len(line._to_client) + len(line.session._queue) - before  # type: ignore[union-attr]
    assert waiting < 60, "records wait, and no fifty patches"
    line._to_client.popleft()
    parlour.settle()
    parlour.settle()
    assert world.durable_seq == ann.seq
    (more,) = props(ann, "streams", "heat")["appended"][-1:]
    assert len(numbers(more[0])) == 50


def command(action: str) -> Command:
    """Return a command of an owner who is not here."""
    return Command("parlour", action, {}, Caller("ann", "Ann", "", Role.OWNER))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.sampled_from(["hand", "press", "other"]), max_size=25))
def test_in_any_weather_all_hands_are_answered_and_all_see_the_same_in_the_end(
    seed: int, deeds: list[str]
) -> None:
    def make() -> World:
        world = World("parlour")
        panel = world.use(Panel("Dial"))
        dial = panel.slider("Dial", 0, 100, 0, scope="all")
        last = panel.text("")

        @dial
        def turned(visitor: Visitor, value: float) -> None:
            last.set(text=f"{value:.0f}")

        return world

    parlour = Parlour(make, seed, Weather(wait=0.6, stall=0.2, repeat=0.2, reorder=0.2))
    ann, bob = (parlour.robot_calm(name) for name in ("Ann", "Bob"))
    sent = {ann.name: 0, bob.name: 0}
    for at, deed in enumerate(deeds):
        robot = bob if deed == "other" else ann
        sent[robot.name] = robot.enter_value("dial", "dial", float(at), done=deed == "press")
        parlour.network.step()
        parlour.commit()
        parlour.tick()
    parlour.network.weather = Weather()
    parlour.settle()
    parlour.settle()
    for robot in (ann, bob):
        assert props(robot, "dial", "dial").get("n", 0) == sent[robot.name]
    assert props(ann, "dial", "dial")["value"] == props(bob, "dial", "dial")["value"]


def test_cells_of_one_person_give_way_to_what_everyone_is_given() -> None:
    cells = Cells()
    key = ("panel", "widget")
    cells.put("ann", key, {"value": 1, "text": "x"})
    cells.put(EVERYONE, key, {"value": 2})
    assert cells.get("ann", key, "value", 0) == 2
    assert cells.get("ann", key, "text", "") == "x"
    assert cells.get("bob", key, "text", "declared") == "declared"
    other = cells.copy()
    other.put(EVERYONE, key, {"value": 3})
    assert cells.get("ann", key, "value", 0) == 2


def test_a_put_that_fell_is_as_if_it_had_never_been() -> None:
    book = Book()
    key = ("panel", "widget")
    put = Put(book, EVERYONE, key, {"text": "new"})
    put.fold()
    assert book.now.get("", key, "text", "old") == "new"
    assert book.shown.get("", key, "text", "old") == "old"
    put.settle(kept=False)
    assert book.now.get("", key, "text", "old") == "old"


@pytest.mark.parametrize("more", [(1, 2, 3), ([1, 2], [1]), ("a", 1), (), (1, "b")])
def test_points_that_do_not_fit_are_refused_when_they_are_appended(more: tuple[Any, ...]) -> None:
    panel = Panel("Streams")
    heat = panel.chart("Heat", [[0, 1], [60, 61]])
    with pytest.raises(Misused):
        heat.append(*more)


def test_a_tuple_of_numpy_columns_survives_to_the_wire() -> None:
    panel = Panel("Streams")
    chart = panel.chart("Heat", np.arange(12.0).reshape(3, 4))
    assert [list(column) for column in chart.props["data"]] == [
        [0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11],
    ]  # fmt: skip
