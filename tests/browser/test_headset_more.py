"""In an emulated headset: sitting, bare hands, dialogs, gestures, people and the world's time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Served, claim, wait
from tests.browser.headset import Headset, Open, wear
from tests.browser.test_headset import ball_at, button_of, count, counted
from tests.browser.test_safety import named, sees

YARD = """
import asyncio

from worldloom import *

world = World("yard")
world.spawn("sky", Sky(hour=12.0))
world.spawn("start", Spawn(radius=0.0), at=(0, 0, 2))
world.spawn("ball", sphere(0.15), Body(0.5, drag=3.0), Grab(reach=6.0), Color("#e4572e"),
            at=(0.6, 0.15, 1.2))
world.spawn("stool", cylinder(0.25, 0.45), at=(-1.5, 0.225, 0.5))
world.spawn("seat", Seat(height=0.45), at=(-1.5, 0, 0.5))
world.spawn("plaque", box(0.3, 0.3, 0.05), Annotation("Old well", "Dug in 1210."),
            at=(0.9, 1.2, -1))

board = world.use(Panel("Board", at="wall", place=(-0.6, 1.3, 0.8), width=0.5))
ring = board.button("Ring")
said = board.text("Quiet.")
times = 0


@ring
def rung() -> None:
    global times
    times += 1
    said.set(text=f"Rung {times}.")


class Dig(Request):
    metres: int


class Dug(Event):
    metres: int


@world.adapter(Dig)
async def dig(asked: Dig, key: str) -> Dug:
    progress(3, asked.metres, "the sand is wet")
    await asyncio.sleep(3600)
    return Dug(asked.metres)


@world.action(long=True)
def dig_a_well() -> None:
    world.append(Dig(12))


@world.action
def leave_mark() -> None:
    world.spawn("note", box(0.2, 0.2, 0.2), at=(2, 0.1, -2))
"""
MINE = "worldloom.visitors()[worldloom.me.id].animation"
RUNG = "Number(document.querySelector('[data-panel=board]').textContent.match(/Rung (.)/)?.[1])"
PAST = "document.documentElement.classList.contains('in-past')"


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("headset")
    (folder / "yard.py").write_text(YARD)
    server = Served(folder / "realm.loom", str(folder / "yard.py"), options=("--trust",))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def ownership(yard: Served, chromium: Browser) -> Any:
    return claim(yard.owner_of("yard"), chromium)


def press_in_page(page: Page, name: str) -> None:
    """Press a control of the page itself, behind the headset."""
    page.evaluate(
        """(name) => [...document.querySelectorAll('button')]
          .find((one) => one.textContent === name || one.ariaLabel === name).click()""",
        name,
    )


def people(headset: Headset) -> None:
    """Open who is here by the wrist, and lower it again."""
    headset.raise_wrist()
    headset.tap("People")
    headset.lower_wrist()


def at_of(name: str) -> str:
    return f"Object.values(worldloom.visitors()).find((one) => one.name === {name!r})?.position"


def way_from(x: float, z: float) -> str:
    """Return what computes the two legs of one's way from a place."""
    return f"worldloom.me.position[0] - {x}, worldloom.me.position[2] - {z}"


@pytest.mark.soak
def test_one_sits_down_on_what_the_ray_is_on_and_a_step_stands_up(
    yard: Served, visit: Open
) -> None:
    headset = wear(yard, visit, "yard")
    page = headset.page
    sat, stood = count(page, "SatDown"), count(page, "StoodUp")
    headset.put("controller-right", (0.2, 1.3, 1.7), toward=(-1.5, 0.4, 0.5))
    headset.press("right", "trigger")
    counted(page, "SatDown", sat)
    wait(page, "Math.abs(worldloom.me.position[0] + 1.5) < 0.2")
    x, _, z = headset.told(".head")
    assert abs(x + 1.5) < 0.5 and abs(z - 0.5) < 0.5, "the eyes came along"
    headset.stick("left", 0, -1)
    headset.stick("left", 0, 0)
    headset.point("controller-left", (-0.5, 0.4, 0.2))
    wait(page, f"{MINE} !== 5", seconds=60)
    counted(page, "StoodUp", stood)


def test_a_bare_hand_takes_the_ball_by_a_pinch_and_lets_it_fall(yard: Served, visit: Open) -> None:
    headset = wear(yard, visit, "yard")
    page = headset.page
    headset.bare()
    taken, thrown = count(page, "Grabbed"), count(page, "Released")
    headset.put("hand-right", (0.4, 1.2, 1.8), toward=ball_at(page))
    headset.pinch("right", 1)
    counted(page, "Grabbed", taken)
    for step in range(5):
        headset.put("hand-right", (0.4, 1.2 + 0.08 * step, 1.8))
    assert ball_at(page)[1] > 0.4
    headset.pinch("right", 0)
    counted(page, "Released", thrown)
    wait(
        page, "Object.values(worldloom.entities()).find((e) => e.name === 'ball').position[1] < 0.4"
    )


@pytest.mark.soak
def test_a_list_of_a_dialog_goes_back_and_on_by_presses(yard: Served, visit: Open) -> None:
    headset = wear(yard, visit, "yard")
    page = headset.page
    headset.put("controller-right", (0.3, 1.3, 1.8))
    press_in_page(page, "Headset")
    chosen = "document.querySelectorAll('.comfort select')[1].value"
    before = page.evaluate(chosen)
    headset.tap("Moving by the stick", 0.8)
    wait(page, f"{chosen} !== '{before}'")
    assert page.evaluate("JSON.stringify(localStorage)").find("smooth") > 0, "and it is kept"
    headset.tap("Moving by the stick", 0.1)
    wait(page, f"{chosen} === '{before}'")


@pytest.mark.soak
def test_one_hand_does_all_where_that_is_chosen_though_the_other_is_there(
    yard: Served, visit: Open
) -> None:
    headset = wear(yard, visit, "yard", likes="hand:right moving:smooth turning:snap")
    page = headset.page
    headset.put("controller-right", (0.3, 1.3, 1.8))
    headset.stick("right", 0, -1)
    assert headset.told(".aiming") == "right", "else that hand's stick jumps"
    headset.stick("right", 0, 0)
    press_in_page(page, "Headset")
    headset.tap("One hand does all: its stick walks and turns")
    wait(page, "JSON.stringify(localStorage).includes('one-handed')")
    headset.tap("Close")
    x, _, z = headset.place
    headset.stick("right", 0, -1)
    wait(page, f"Math.hypot({way_from(x, z)}) > 0.5")
    assert headset.told(".aiming") is None and headset.told(".left") is not None
    headset.stick("right", 0, 0)
    before = headset.told(".yaw")
    headset.flick("right", 1, 0)
    assert abs(headset.told(".yaw") - before + 0.5236) < 0.03


@pytest.mark.soak
def test_a_gesture_is_chosen_from_the_wheel(yard: Served, visit: Open) -> None:
    headset = wear(yard, visit, "yard")
    headset.put("controller-right", (0.3, 1.3, 1.8))
    headset.raise_wrist()
    headset.tap("Gestures")
    headset.put("controller-left", (-0.5, 0.8, 2.2))
    headset.frames(6)
    headset.tap("Clap")
    wait(headset.page, f"{MINE} === 8")


@pytest.mark.soak
def test_the_wrist_undoes_and_redoes_and_opens_ones_look_and_the_invitation(
    yard: Served, visit: Open
) -> None:
    headset = wear(yard, visit, "yard")
    page = headset.page
    made = "Object.values(worldloom.entities()).some((e) => e.name === 'note')"
    page.evaluate("worldloom.do('leave_mark')")
    wait(page, made)
    headset.put("controller-right", (0.3, 1.3, 1.8))
    headset.raise_wrist()
    headset.tap("Undo")
    wait(page, f"!{made}")
    headset.tap("Redo")
    wait(page, made)
    for label, title in (("Name, look", "Name and look"), ("Invite", "Come in together")):
        headset.raise_wrist()
        headset.tap(label)
        headset.put("controller-left", (-0.5, 0.8, 2.2))
        wait(page, f"document.querySelector('dialog[open]')?.innerText.includes('{title}')")
        headset.frames(3)
        page.keyboard.press("Escape")
        wait(page, "document.querySelector('dialog[open]') === null")


@pytest.mark.soak
def test_the_time_of_the_world_is_dragged_along_and_left_again(yard: Served, visit: Open) -> None:
    headset = wear(yard, visit, "yard")
    page = headset.page
    for text in ("one", "two", "three"):
        page.evaluate("(text) => worldloom.do('say', {text})", text)
    head = page.evaluate("worldloom.seq")
    headset.put("controller-right", (0.3, 1.3, 1.8))
    headset.raise_wrist()
    headset.tap("History")
    headset.put("controller-left", (-0.5, 0.8, 2.2))
    label = "Moment of this world"
    headset.tap(label, 0.3)
    wait(page, f"{PAST} && worldloom.seq < {head}")
    first = page.evaluate("worldloom.seq")
    headset.aim_at(label, 0.3)
    headset.button("right", "trigger", 1)
    headset.aim_at(label, 0.9)
    headset.button("right", "trigger", 0)
    wait(page, f"worldloom.seq > {first}")
    headset.tap("Back to live")
    wait(page, f"!{PAST} && worldloom.seq >= {head}")
    headset.raise_wrist()
    headset.tap("History")
    wait(page, "document.querySelector('.time-bar').hidden")


def test_what_takes_long_hangs_above_and_is_cancelled_by_ray(yard: Served, visit: Open) -> None:
    headset = wear(yard, visit, "yard")
    page = headset.page
    page.evaluate("void worldloom.do('dig_a_well')")
    wait(page, "document.querySelector('.waiting')?.innerText.includes('3 of 12')")
    headset.put("controller-right", (0.3, 1.3, 1.8))
    headset.frames(6)
    headset.frames(10)
    headset.tap("Cancel")
    wait(page, "document.querySelector('.waiting').hidden")
    wait(page, "document.querySelector('.toasts').innerText.includes('Dig a well: cancelled')")


@pytest.mark.soak
def test_who_is_here_is_blocked_and_reported_by_ray(yard: Served, visit: Open) -> None:
    headset = wear(yard, visit, "yard")
    page = headset.page
    loud, rude = visit().enter(yard.world("yard")), visit().enter(yard.world("yard"))
    rude.evaluate("worldloom.go([4, 0, -4])")
    names = [named(other) for other in (loud, rude)]
    for name in names:
        wait(page, sees(name))
    wait(page, f"{at_of(names[1])}?.[0] > 3")
    wait(page, f"{at_of(names[0])} != null")  # it is heard of a moment after who they are
    headset.put("controller-right", (0.3, 1.3, 1.8))
    people(headset)
    rows = "[...document.querySelectorAll('dialog .others button')].map((one) => one.innerText)"
    assert page.evaluate(rows)[:2] == names, "the nearest is first, and who has left comes after"
    headset.tap(names[0])
    headset.tap("Block")
    wait(page, f"!{sees(names[0])}")
    wait(loud, f"!{sees(named(page))}")
    people(headset)
    headset.tap(names[1])
    headset.tap("Mute")
    wait(page, "document.querySelector('dialog[open]') === null")
    rude.evaluate("worldloom.do('say', {text: 'a rude word'})")
    page.evaluate("worldloom.do('say', {text: 'a kind word'})")
    log = "document.querySelector('.chat [role=log]').innerText"
    wait(page, f"{log}.includes('a kind word')")
    assert "a rude word" not in page.evaluate(log)
    people(headset)
    headset.tap(names[1])
    wait(page, "worldloom.headset.shows('Hear again')")
    headset.tap("Report …")
    headset.tap("What happened?")
    wait(page, "worldloom.headset.keys")
    for key in ("n", "o", "Enter", "w"):
        headset.tap(key)
    assert page.evaluate("document.querySelector('dialog textarea').value") == "no\nw"
    headset.tap("Send")
    wait(page, "worldloom.headset.says.includes('Reported')")


@pytest.mark.soak
def test_what_is_annotated_is_read_and_the_talk_is_followed(yard: Served, visit: Open) -> None:
    headset = wear(yard, visit, "yard")
    page = headset.page
    headset.put("controller-right", (0.3, 1.3, 1.8), toward=(0.9, 1.2, -1))
    headset.press("right", "trigger")
    wait(page, "worldloom.headset.shows('Dug in 1210.')")
    headset.tap("Close")
    wait(page, "!worldloom.headset.shows('Dug in 1210.')")
    page.evaluate("worldloom.do('say', {text: 'a word before'})")
    wait(page, "document.querySelector('[role=log]').innerText.includes('a word before')")
    headset.raise_wrist()
    headset.tap("Chat")
    headset.lower_wrist()
    wait(page, "worldloom.headset.shows('a word before')")
    headset.tap("Say something")
    wait(page, "worldloom.headset.keys")
    headset.tap("k")
    said = count(page, "Said")
    headset.tap("Enter")
    counted(page, "Said", said)


@pytest.mark.soak
def test_the_pages_menu_hangs_before_one_with_hour_quality_sounds_and_help(
    yard: Served, visit: Open
) -> None:
    headset = wear(yard, visit, "yard")
    page = headset.page
    headset.put("controller-right", (0.3, 1.3, 1.8))
    headset.raise_wrist()
    headset.tap("Menu")
    headset.lower_wrist()
    hour = "document.querySelector('.drawer input[type=range]').value"
    before = page.evaluate(hour)
    headset.tap("Hour of day", 0.9)
    wait(page, f"{hour} !== '{before}'")
    quality = "document.querySelector('.drawer select').value"
    headset.tap("Picture", 0.8)
    wait(page, f"{quality} !== 'auto'")
    for entry in ("Help", "Your account"):
        headset.tap(entry)
        wait(page, "document.querySelector('dialog[open]') !== null")
        headset.tap("Close")
        wait(page, "document.querySelector('dialog[open]') === null")
        headset.raise_wrist()
        headset.tap("Menu")
        headset.lower_wrist()


@pytest.mark.soak
def test_a_builder_chooses_turns_grows_drags_and_removes_a_thing(
    yard: Served, visit: Open, ownership: Any
) -> None:
    headset = wear(yard, visit, "yard", storage_state=ownership)
    page = headset.page
    page.evaluate(
        "worldloom.do('spawn', {name: 'crate', position: [0.5, 0.25, 0],"
        " components: {Shape: {kind: 'box', size: [0.5, 0.5, 0.5]}}})"
    )
    crate = "Object.values(worldloom.entities()).find((e) => e.name === 'crate')"
    wait(page, f"{crate} !== undefined && worldloom.stats().settled")
    headset.put("controller-right", (0.3, 1.3, 1.8))
    headset.raise_wrist()
    headset.tap("Change things")
    headset.lower_wrist()
    headset.put("controller-right", (0.3, 1.3, 1.8), toward=(0.5, 0.25, 0))
    headset.press("right", "trigger")
    headset.tap("Turn left")
    wait(page, f"{crate}.components.Transform.rotation[1] > 0.1")
    headset.tap("Bigger")
    wait(page, f"{crate}.components.Transform.scale[0] > 1.1")
    headset.point("controller-right", (0.5, 0.25, 0))
    headset.button("right", "trigger", 1)
    headset.point("controller-right", (1.5, 0.25, 0))
    headset.button("right", "trigger", 0)
    wait(page, f"{crate}.components.Transform.position[0] > 1")
    headset.tap("Remove")
    wait(page, f"{crate} === undefined")


@pytest.mark.soak
def test_who_has_one_controller_calls_the_menu_walks_turns_and_leaves(
    yard: Served, visit: Open
) -> None:
    headset = wear(yard, visit, "yard", likes="hand:right moving:smooth turning:snap")
    page = headset.page
    page.evaluate("window.device.controllers.right.connected = false")
    wait(page, "worldloom.headset.right === null")
    headset.main = "left"  # the only one, whichever was liked
    headset.stick("left", 0, -1)
    wait(page, "worldloom.me.position[2] < 1.2")
    headset.stick("left", 0, 0)
    before = headset.told(".yaw")
    headset.flick("left", 1, 0)
    assert abs(headset.told(".yaw") - before + 0.5236) < 0.03
    headset.flick("left", -1, 0)
    headset.press("left", "y-button")
    wait(page, "worldloom.headset.wrist")
    headset.press("left", "y-button")
    wait(page, "!worldloom.headset.wrist")
    headset.press("left", "y-button")
    headset.aim_at("Leave")
    headset.button("left", "trigger", 1)
    headset.let_go("left", "trigger")
    wait(page, "worldloom.headset === null")


@pytest.mark.soak
def test_the_left_hand_points_presses_pokes_and_takes_and_the_menu_is_on_the_right(
    yard: Served, visit: Open
) -> None:
    headset = wear(yard, visit, "yard", likes="hand:left")
    page = headset.page
    headset.press_panel("board", "[data-w=ring]")
    wait(page, f"{RUNG} === 1")
    taken = count(page, "Grabbed")
    headset.put("controller-left", (0.2, 1.2, 1.9), toward=ball_at(page))
    headset.button("left", "squeeze", 1)
    counted(page, "Grabbed", taken)
    headset.button("left", "squeeze", 0)
    headset.put("controller-left", (-0.3, 1.3, 1.8))
    headset.raise_wrist()
    assert headset.told(".wrist")
    before = headset.told(".yaw")
    headset.tap("Turn ↷")
    headset.frames()
    assert abs(headset.told(".yaw") - before + 0.7854) < 0.05
    headset.lower_wrist()
    headset.bare()
    x, y, z = button_of(page, "Ring")
    for away in (0.045, 0.004, 0.05):
        headset.touch("left", (x, y, z + away))
    wait(page, f"{RUNG} === 2")
