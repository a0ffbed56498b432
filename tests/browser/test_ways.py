"""Every deed has its way on each device and in words: by mouse and keys, touch, a headset."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Served, claim, wait
from tests.browser.headset import Open, wear
from tests.browser.ways import BECAUSE, LATER, UNLISTED, WAYS

YARD = """
from worldloom import *

world = World("yard")
world.spawn("sky", Sky(hour=12.0))
world.spawn("start", Spawn(radius=0.0), at=(0, 0, 2))
world.spawn("vase", box(0.4, 0.4, 0.4), Grab(reach=6.0), Color("#e4572e"), at=(0, 0.2, 0))
world.spawn("tower", box(1, 4, 1), at=(9, 2, -30))
"""
HERE = Path(__file__).parent
DEEDS = HERE.parents[1] / "docs/start/phone-and-headset.md"
LABELS = """(inside) => [...document.querySelectorAll(inside)]
  .flatMap((part) => [...part.querySelectorAll('button, input, select')])
  .map((one) => one.ariaLabel || one.closest('label')?.innerText || one.textContent)"""
PRESS = """(names) => names.forEach((name) => [...document.querySelectorAll('button')]
  .find((one) => one.innerText === name).click())"""
THROWN = """fetch('/api/worlds/yard/events?after=0&limit=1000').then((answer) => answer.json())
  .then(({records}) => records.findLast(({kind}) => kind === 'Released').data.velocity)"""
MINE = "worldloom.visitors()[worldloom.me.id].animation"
VASE = "Object.values(worldloom.entities()).find((e) => e.name === 'vase').components.Transform"
ALOFT = "worldloom.me.position[1] > 0.15"


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("ways")
    (folder / "yard.py").write_text(YARD)
    server = Served(folder / "realm.loom", str(folder / "yard.py"), options=("--trust",))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def ownership(yard: Served, chromium: Browser) -> Any:
    return claim(yard.owner_of("yard"), chromium)


def enter(yard: Served, visit: Open, **options: Any) -> Page:
    page = visit(**options).enter(yard.world("yard"))
    wait(page, "window.worldloom.me != null && window.worldloom.stats().settled")
    return page


def test_keys_look_up_and_down_and_go_nearer_and_farther(yard: Served, visit: Open) -> None:
    page = enter(yard, visit)
    page.locator("#stage").focus()
    lies = "worldloom.screen('vase')[1]"  # how far down in the window
    for key, way in (("PageDown", -1), ("PageUp", 1), ("Equal", 1), ("Minus", -1)):
        before = page.evaluate(lies)
        page.keyboard.down(key)
        wait(page, f"{way} * ({lies} - {before}) > 12")
        page.keyboard.up(key)


def test_a_builder_chooses_any_thing_by_keys_and_turns_it(
    yard: Served, visit: Open, ownership: Any
) -> None:
    page = enter(yard, visit, storage_state=ownership)
    tower = "Object.values(worldloom.entities()).find((e) => e.name === 'tower').components"
    page.locator("#stage").focus()
    page.keyboard.press("c")
    page.get_by_role("searchbox", name="Which thing?").wait_for()
    page.keyboard.type("tow")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("toolbar", name="Drag it over").wait_for()
    page.keyboard.press("ArrowRight")
    wait(page, f"{tower}.Transform.position[0] > 9.2")
    page.keyboard.press("Escape")


def test_a_finger_jumps_and_turns_and_throws_what_it_holds(yard: Served, visit: Open) -> None:
    page = enter(yard, visit, width=360, height=740, has_touch=True, is_mobile=True)
    page.wait_for_timeout(1500)  # hands are loaded once a thing can be taken
    page.touchscreen.tap(*page.evaluate("worldloom.screen('vase')"))
    turn = page.get_by_role("button", name="Turn it")
    turn.tap()
    page.wait_for_timeout(1000)  # it turns while one looks
    page.get_by_role("button", name="Throw it").tap()
    wait(page, f"{VASE}.rotation[1] > 0.3")
    turn.wait_for(state="hidden")
    page.get_by_role("button", name="Jump").tap()
    wait(page, ALOFT)


def test_in_words_one_throws_the_way_one_looks_as_the_page_knows_it(
    yard: Served, visit: Open
) -> None:
    # A step is under way when one turns: where it has brought us is told with how we looked before.
    page = visit().page
    page.goto(f"{yard.world('yard')}/text")
    page.get_by_role("button", name="Take: vase").press("Enter")
    page.get_by_role("button", name="Throw: vase").wait_for()
    where = page.locator("#where p")
    before = where.inner_text().partition(", ")[0]
    page.evaluate(PRESS, ["Step forward", "Turn left", "Turn left", "Turn it: vase"])
    wait(page, f"!document.querySelector('#where p').innerText.startsWith({json.dumps(before)})")
    assert where.inner_text().endswith("looking west.")
    page.evaluate(PRESS, ["Turn left", "Turn right", "Throw: vase"])
    page.get_by_role("log").get_by_text("You threw vase.").wait_for()
    page.get_by_role("button", name="Take: vase").wait_for()
    thrown = page.evaluate(THROWN)
    assert thrown[0] < -6 and abs(thrown[2]) < 0.1 and thrown[1] > 1, "to the west and a little up"


@pytest.mark.soak
def test_bare_hands_jump_up_by_the_wrist(yard: Served, visit: Open) -> None:
    headset = wear(yard, visit, "yard")
    headset.put("controller-right", (0.3, 1.3, 1.8))
    headset.raise_wrist()
    headset.tap("Jump")
    wait(headset.page, ALOFT)


def test_a_stick_that_is_pressed_runs_until_it_comes_back(yard: Served, visit: Open) -> None:
    headset = wear(yard, visit, "yard", likes="hand:right moving:smooth turning:snap")
    headset.stick("left", 0, -1)
    wait(headset.page, f"{MINE} === 1")
    headset.press("left", "thumbstick")
    wait(headset.page, f"{MINE} === 2")
    headset.stick("left", 0, 0)
    wait(headset.page, f"{MINE} === 0")
    headset.stick("left", 0, -1)
    wait(headset.page, f"{MINE} === 1")


@pytest.mark.soak
def test_in_a_headset_the_history_is_listed_and_ones_own_recording_begins_and_ends(
    yard: Served, visit: Open, ownership: Any
) -> None:
    headset = wear(yard, visit, "yard", storage_state=ownership)
    page = headset.page
    sign = "document.querySelector('button.recording')"
    headset.put("controller-right", (0.3, 1.3, 1.8))
    page.evaluate("worldloom.do('record', {on: true})")
    wait(page, f"{sign}.innerText.includes('without you')")
    for tells, pressed in (("without you", "true"), ("you too", "false")):
        headset.tap(f"Recording: {tells}")
        wait(page, f"{sign}.ariaPressed === '{pressed}'")
    page.evaluate("worldloom.do('record', {on: false})")
    page.evaluate("worldloom.do('say', {text: 'a word of before'})")
    headset.raise_wrist()
    headset.tap("History")
    headset.lower_wrist()
    headset.tap("What happened")
    wait(page, "worldloom.headset.shows('a word of before')")
    headset.tap("a word of before")
    wait(page, "!document.querySelector('.history-drawer .detail').hidden")


def test_every_deed_of_the_table_has_its_way_on_each_device_and_a_test_of_it(
    yard: Served, visit: Open, ownership: Any
) -> None:
    text = DEEDS.read_text(encoding="utf-8").partition("## Every deed")[2]
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    assert all(len(row) == 5 and all(row) for row in rows)
    table = {deed: ways for deed, *ways in rows[1:]}
    assert set(table) == set(WAYS), "a deed without its tests, or tests without their deed"
    sources = "".join(one.read_text(encoding="utf-8") for one in HERE.glob("test_*.py"))
    written = set(re.findall(r"^def (test_\w+)\(", sources, re.MULTILINE))
    for deed, proofs in WAYS.items():
        for way, proof in zip(table[deed], proofs, strict=True):
            reason = proof.startswith(BECAUSE)
            assert reason or (proof in written and way != "–"), f"to {deed}: no way by {proof}"
    page = wear(yard, visit, "yard", storage_state=ownership).page
    flat = page.evaluate(LABELS, "#ui .top, #ui .drawer, #ui .bar, #ui .chat, #ui .deed-bar")
    hung = page.evaluate(LABELS, ".wrist, #ui .drawer:last-child, #ui .bar, #ui .chat")
    spoken = visit(storage_state=ownership).page
    spoken.goto(f"{yard.world('yard')}/text")
    spoken.get_by_role("button", name="Take: vase").wait_for()
    words = spoken.evaluate(LABELS, "main")
    named: set[str] = set()
    for deed, ways in table.items():
        for known, way in zip((flat, flat, hung, words), ways, strict=True):
            for label in re.findall(r"\*([^*]+)\*", way):
                named.add(label)
                there = any(label in one for one in known)
                assert there or label in LATER, f"to {deed}: no control is named {label}"
    nameless = {one for one in (*flat, *hung) if not any(label in one for label in named)}
    assert set(UNLISTED.values()) <= set(table)
    unlisted = sorted(nameless - set(UNLISTED))
    assert not unlisted, f"controls whose deed is in no row of the table: {unlisted}"
