"""Promised: in the page anyone goes back to any moment, compares two, and lives in a fork."""

from __future__ import annotations

import base64
import json

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import wait
from tests.browser.past_scene import (
    BLUE,
    GREEN,
    RED,
    Scene,
    ball,
    becomes,
    do,
    go_to,
    later_on_a_phone,
    open_history,
    paint,
    told,
    until,
)
from tests.browser.pixels import screenshot

PIXEL = """async ([picture, x, y]) => {
  const image = new Image();
  image.src = 'data:image/png;base64,' + picture;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  const pen = canvas.getContext('2d');
  pen.drawImage(image, 0, 0);
  return [...pen.getImageData(x, y, 1, 1).data].slice(0, 3);
}"""

MARKS = """() => {
  const canvas = document.querySelector('.time-bar canvas');
  const { width, height } = canvas;
  const { data } = canvas.getContext('2d').getImageData(0, height - 3, width, 1);
  const marks = [];
  for (let at = 0, was = 0; at < 4 * width; at += 4) {
    const [red, green, blue, alpha] = data.subarray(at, at + 4);
    if (alpha && !was) marks.push([0, 0, 0, 0]);
    if (alpha && alpha > marks.at(-1)[3]) marks[marks.length - 1] = [red, green, blue, alpha];
    was = alpha;
  }
  return marks.map((mark) => mark.slice(0, 3));
}"""
"""The colours of what stands on the time bar, from left to right."""
COLOUR_OF = """kind => {
  const probe = document.createElement('i');
  document.querySelector('.time-bar .scale').append(probe);
  probe.style.color = `var(--${kind})`;
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color.match(/\\d+/g).map(Number);
}"""


@later_on_a_phone
def test_two_build_and_a_third_sees_any_moment_of_it(scene: Scene) -> None:
    ada, bob = scene.ada, scene.bob
    ball(ada, "red ball", RED)
    ball(bob, "blue ball", BLUE)
    paint(bob, "blue ball", GREEN)
    built = paint(ada, "red ball", BLUE)
    open_history(ada)
    ada.locator("[data-deed=undo]").click()  # her own, though Bob built in between
    becomes(bob, "red ball", RED)
    becomes(bob, "blue ball", GREEN)
    ada.reload()
    ada.evaluate("window.worldloom.ready")
    open_history(ada)
    ada.locator("[data-deed=redo]").click()
    becomes(bob, "red ball", BLUE)
    step_back(scene, ada, 2)
    becomes(bob, "red ball", BLUE)
    open_history(bob)
    bob.get_by_role("slider", name="Moment of this world").press("Home")
    becomes(bob, "red ball", None)
    cat = scene.window("Cat", f"{scene.url()}?seq={built - 1}")
    assert cat.evaluate("window.worldloom.seq") == built - 1
    assert scene.agrees(cat)
    becomes(cat, "red ball", RED)
    becomes(cat, "blue ball", GREEN)
    way = fork_from_here(cat, scene)
    becomes(cat, "red ball", RED)
    cat.locator("#stage").focus()
    walked = cat.evaluate("window.worldloom.me.position")
    cat.keyboard.down("w")
    wait(cat, f"window.worldloom.me.position[2] !== {walked[2]}")
    cat.keyboard.up("w")
    paint(cat, "red ball", GREEN)
    open_history(cat)
    cat.locator("[data-deed=undo]").click()
    becomes(cat, "red ball", RED)
    assert scene.agrees(cat, way)
    for page in (ada, bob):
        page.locator("#stage").press("Escape")
        becomes(page, "red ball", BLUE)


@later_on_a_phone
def test_both_scrub_each_for_themselves_and_come_back_to_live(scene: Scene) -> None:
    ada, bob = scene.ada, scene.bob
    before = ball(ada, "red ball", RED)
    paint(ada, "red ball", GREEN)
    open_history(ada)
    slider = ada.get_by_role("slider", name="Moment of this world")
    box = slider.bounding_box()
    assert box is not None
    ada.mouse.move(box["x"] + box["width"] - 5, box["y"] + 20)
    ada.mouse.down()
    ada.mouse.move(box["x"] + 8, box["y"] + 20, steps=6)
    ada.mouse.up()
    becomes(ada, "red ball", None)
    becomes(bob, "red ball", GREEN)
    open_history(bob)
    bob.get_by_role("slider", name="Moment of this world").focus()
    bob.keyboard.press("ArrowLeft")
    wait(bob, f"window.worldloom.seq === {before}")
    becomes(bob, "red ball", RED)
    paint(ada, "red ball", BLUE)  # scripts act in the present; the past is not changed by it
    becomes(bob, "red ball", RED)
    bob.locator(".time-bar .back").click()
    becomes(bob, "red ball", BLUE)
    ada.keyboard.press("Escape")
    becomes(ada, "red ball", BLUE)
    for page in (ada, bob):
        assert page.evaluate("window.worldloom.seq") == scene.get()["seq"]
        assert "seq=" not in page.url


@later_on_a_phone
def test_a_link_to_a_moment_shows_exactly_that(scene: Scene) -> None:
    then = ball(scene.ada, "red ball", RED)
    paint(scene.bob, "red ball", BLUE)
    cat = scene.window("Cat", f"{scene.url()}?seq={then}")
    assert cat.evaluate("window.worldloom.seq") == then
    served = scene.get(f"state?seq={then}")
    assert cat.evaluate("window.worldloom.stateHash()") == served["state_hash"]
    becomes(cat, "red ball", RED)
    assert cat.locator(".then").is_visible()
    records = len(scene.records())
    cat.mouse.click(scene.width / 2, scene.height / 3)  # pressing things of the past does nothing
    do(cat, "say", text="still here")  # and would have come before this
    assert [record["kind"] for record in scene.records()[records:]] == ["Said"]
    cat.reload()
    cat.evaluate("window.worldloom.ready")
    assert cat.evaluate("window.worldloom.seq") == then
    cat.locator(".time-bar .back").click()
    becomes(cat, "red ball", BLUE)


@later_on_a_phone
def test_whatever_happens_is_a_mark_on_the_time_bar_in_the_colour_of_its_kind(scene: Scene) -> None:
    ada = scene.ada
    open_history(ada)
    marks = len({record["group"] for record in scene.records()})
    wait(ada, f"({MARKS})().length === {marks}")
    ball(ada, "red ball", RED)
    do(ada, "say", text="there it is")
    wait(ada, f"({MARKS})().length === {marks + 2}")
    made, said = ada.evaluate(MARKS)[-2:]
    assert made == pytest.approx(ada.evaluate(COLOUR_OF, "made"), abs=3)
    assert said == pytest.approx(ada.evaluate(COLOUR_OF, "talk"), abs=3)


@pytest.mark.soak
def test_a_link_past_the_newest_record_says_so_and_shows_now(scene: Scene) -> None:
    head = ball(scene.ada, "red ball", RED)
    cat = scene.window("Cat", f"{scene.url()}?seq={head + 1000}")
    told(cat, f"has no moment {head + 1000} yet")
    becomes(cat, "red ball", RED)
    assert not cat.locator(".then").is_visible()
    assert "seq=" not in cat.url


@pytest.mark.soak
@later_on_a_phone
def test_a_fork_from_the_past_is_lived_in_and_leaves_its_parent_alone(scene: Scene) -> None:
    ada = scene.ada
    then = ball(ada, "red ball", RED)
    head = paint(ada, "red ball", BLUE)
    open_history(ada)
    go_to(ada, then)
    way = fork_from_here(ada, scene)
    becomes(ada, "red ball", RED)
    paint(ada, "red ball", GREEN)
    becomes(ada, "red ball", GREEN)
    assert scene.get()["seq"] == head + 1  # she has left it
    becomes(scene.bob, "red ball", BLUE)
    bob = scene.window("Bob", scene.url(way))
    becomes(bob, "red ball", GREEN)
    open_history(bob)
    go_to(bob, then)
    assert (
        bob.evaluate("window.worldloom.stateHash()")
        == (scene.get(f"state?seq={then}")["state_hash"])
    )


@later_on_a_phone
def test_the_list_tells_who_did_what_and_can_be_filtered(scene: Scene) -> None:
    ball(scene.ada, "red ball", RED)
    paint(scene.bob, "red ball", BLUE)
    page = scene.ada
    open_history(page)
    if not page.locator(".history-drawer").is_visible():
        page.get_by_role("button", name="What happened").click()
    rows = page.locator(".entry")
    wait(page, "document.querySelector('.entry .line')?.textContent.includes('red ball')")
    assert rows.nth(0).locator(".line").inner_text() == "Bob painted the red ball"
    assert rows.nth(1).locator(".line").inner_text() == "Ada made the red ball"
    assert RED in rows.nth(0).inner_text() and BLUE in rows.nth(0).inner_text()
    page.get_by_label("Who", exact=True).select_option(label="Bob")
    wait(page, "document.querySelectorAll('.entry').length < 6")
    assert all(text.startswith("Bob") for text in page.locator(".entry .line").all_inner_texts())
    page.get_by_role("listbox", name="What happened").focus()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    assert "Bob painted the red ball" in page.locator(".detail h3").inner_text()
    page.get_by_role("button", name="Undo this").click()
    becomes(page, "red ball", RED)


@pytest.mark.soak
def test_the_list_is_filtered_by_kind_and_by_thing(scene: Scene) -> None:
    page = scene.ada
    for name in ("first ball", "second ball"):
        ball(page, name, RED)
        paint(page, name, BLUE)
    do(page, "say", text="two balls")
    open_history(page)
    if not page.locator(".history-drawer").is_visible():
        page.get_by_role("button", name="What happened").click()
    lines = page.locator(".entry .line")
    wait(page, "document.querySelector('.entry .line')?.textContent.includes('two balls')")
    page.get_by_label("Thing", exact=True).select_option(label="second ball")
    wait(page, "document.querySelectorAll('.entry').length === 2")
    assert all("second ball" in text for text in lines.all_inner_texts())
    page.locator(".filters").get_by_label("What", exact=True).select_option(label="Changed")
    wait(page, "document.querySelectorAll('.entry').length === 1")
    assert lines.all_inner_texts() == ["Ada painted the second ball"]
    page.get_by_role("button", name="Clear", exact=True).click()
    wait(page, "document.querySelectorAll('.entry').length > 4")


@pytest.mark.soak
@later_on_a_phone
def test_two_moments_are_seen_side_by_side(scene: Scene) -> None:
    ada = scene.ada
    walls = {"Shape": {"kind": "box", "size": [60, 60, 1]}, "Color": {"value": RED}}
    then = do(ada, "spawn", name="wall", components=walls, position=[0, 0, 6])
    paint(ada, "wall", BLUE)
    open_history(ada)
    go_to(ada, then)
    ada.locator("[data-deed=compare]").click()
    wait(ada, "document.querySelector('.wipe:not([hidden])') !== null")
    assert "1 difference" in ada.locator(".then").inner_text()
    divider = ada.get_by_role("slider", name="Divider").bounding_box()
    assert divider is not None
    middle = divider["x"] + divider["width"] / 2
    points = [(middle * 0.5, scene.height * 0.36), (middle * 1.5, scene.height * 0.36)]

    def red_then_and_blue_now() -> bool:
        left, right = (pixel(ada, *point) for point in points)
        return left[0] > left[2] and right[2] > right[0]

    until(red_then_and_blue_now, "red then on the left, blue now on the right")
    ada.locator(".time-bar .back").click()
    assert not ada.locator(".wipe").is_visible()


@pytest.mark.soak
@later_on_a_phone
def test_any_two_moments_can_be_compared_by_holding_one(scene: Scene) -> None:
    ada = scene.ada
    first = ball(ada, "red ball", RED)
    second = paint(ada, "red ball", GREEN)
    ball(ada, "blue ball", BLUE)
    open_history(ada)
    go_to(ada, second)
    ada.locator("[data-deed=compare]").click()
    ada.get_by_role("button", name="Hold").click()
    wait(ada, "document.querySelector('.then').innerText.includes('0 differences')")
    go_to(ada, first)
    wait(ada, "document.querySelector('.then').innerText.includes('1 difference')")
    ada.get_by_role("slider", name="Divider").focus()
    ada.keyboard.press("End")
    wait(ada, "document.querySelector('.divider').getAttribute('aria-valuenow') === '96'")


@later_on_a_phone
def test_two_moments_of_one_second_are_told_apart(scene: Scene) -> None:
    ada = scene.ada
    first, second = two_of_one_second(scene)
    open_history(ada)
    go_to(ada, second)
    ada.locator("[data-deed=compare]").click()
    ada.get_by_role("button", name="Hold").click()
    go_to(ada, first)
    wait(ada, f"document.querySelector('.wipe .left').innerText.endsWith(' · #{first}')")
    wait(ada, f"document.querySelector('.wipe .right span').innerText.endsWith(' · #{second}')")


def two_of_one_second(scene: Scene) -> tuple[int, int]:
    """Make two things, again until one second of the clock holds both; return their seqs."""
    while True:
        scene.ada.evaluate(
            "Promise.all(['one', 'two'].map(name => window.worldloom.do('spawn', {name})))"
        )
        made = [r for r in scene.records() if r.get("kind") == "Spawned"][-2:]
        if made[0]["time"] // 10**6 == made[1]["time"] // 10**6:
            last = {r["group"]: r["seq"] for r in scene.records()}
            return last[made[0]["group"]], last[made[1]["group"]]
        do(scene.ada, "despawn", entity="one")
        do(scene.ada, "despawn", entity="two")


def step_back(scene: Scene, page: Page, groups: int) -> None:
    """Press the arrow as fast as it goes: each press is a group."""
    slider = page.get_by_role("slider", name="Moment of this world")
    slider.focus()
    head = page.evaluate("window.worldloom.seq")
    starts = sorted({r["group"] for r in scene.records() if r["seq"] <= head}, reverse=True)
    for _ in range(groups):
        page.keyboard.press("ArrowLeft")
    wait(page, f"window.worldloom.seq === {starts[groups - 1] - 1}")


def fork_from_here(page: Page, scene: Scene) -> str:
    """Fork by the time bar, wait until one is there, and return its world."""
    way = f"another-way-from-{scene.world}"
    title = way.replace("-", " ").capitalize()
    page.locator("[data-deed=fork]").click()
    page.get_by_role("textbox", name="A name for the fork").fill(title)
    page.get_by_role("button", name="Fork from here", exact=True).last.click()
    wait(page, f"window.worldloom.world === {json.dumps(way)}")
    page.evaluate("window.worldloom.ready")
    told(page, f"You are in {title} (/w/{way}), a fork of")
    assert scene.get(world=way)["title"] == title
    return way


def pixel(page: Page, x: float, y: float) -> list[int]:
    """Return the colour of a point of a page as it is drawn."""
    picture = base64.b64encode(screenshot(page, scale="css")).decode()
    colour: list[int] = page.evaluate(PIXEL, [picture, round(x), round(y)])
    return colour
