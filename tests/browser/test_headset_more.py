"""In an emulated headset: sitting, bare hands, dialogs, gestures, people and the world's time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Served, wait
from tests.browser.headset import Headset, Open, wear
from tests.browser.test_headset import ball_at, count, counted
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
PAST = "document.documentElement.classList.contains('in-past')"


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("headset")
    (folder / "yard.py").write_text(YARD)
    server = Served(folder / "realm.loom", str(folder / "yard.py"), options=("--trust",))
    server.start()
    yield server
    server.stop()


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
    headset.put("controller-left", (-0.5, 0.8, 2.2))


def at_of(name: str) -> str:
    return f"Object.values(worldloom.visitors()).find((one) => one.name === {name!r})?.position"


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


def test_a_gesture_is_chosen_from_the_wheel(yard: Served, visit: Open) -> None:
    headset = wear(yard, visit, "yard")
    headset.put("controller-right", (0.3, 1.3, 1.8))
    headset.raise_wrist()
    headset.tap("Gestures")
    headset.put("controller-left", (-0.5, 0.8, 2.2))
    headset.frames(6)
    headset.tap("Clap")
    wait(headset.page, f"{MINE} === 8")


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


def test_who_is_here_is_blocked_and_reported_by_ray(yard: Served, visit: Open) -> None:
    headset = wear(yard, visit, "yard")
    page = headset.page
    loud, rude = visit().enter(yard.world("yard")), visit().enter(yard.world("yard"))
    rude.evaluate("worldloom.go([4, 0, -4])")
    names = [named(other) for other in (loud, rude)]
    for name in names:
        wait(page, sees(name))
    wait(page, f"{at_of(names[1])}?.[0] > 3")
    headset.put("controller-right", (0.3, 1.3, 1.8))
    people(headset)
    rows = "[...document.querySelectorAll('dialog .others button')].map((one) => one.innerText)"
    assert page.evaluate(rows) == names, "the nearest is first"
    headset.tap(names[0])
    headset.tap("Block")
    wait(page, f"!{sees(names[0])}")
    wait(loud, f"!{sees(named(page))}")
    people(headset)
    headset.tap(names[1])
    headset.tap("Report …")
    headset.tap("What happened?")
    wait(page, "worldloom.headset.keys")
    for key in "rude":
        headset.tap(key)
    headset.tap("Send")
    wait(page, "worldloom.headset.says.includes('Reported')")
