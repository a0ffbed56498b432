"""A recording: everyone sees its sign, each decides about themselves, and the past shows them."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.browser.conftest import Served, wait
from tests.browser.looks import ways
from tests.browser.past_scene import (
    RED,
    Open,
    Scene,
    ball,
    do,
    go_to,
    later_on_a_phone,
    open_history,
)

Place = tuple[float, float, float]
SIGN = "document.querySelector('button.recording')"


def test_everyone_sees_the_sign_and_only_who_agrees_is_recorded(
    served: Served, visit: Open
) -> None:
    owner = visit().enter(served.owner_of("hello"))
    guest = visit().enter(served.world("hello"))
    wait(owner, "window.worldloom.me.role === 'owner'")
    wait(guest, f"{SIGN}.hidden")
    owner.evaluate("window.worldloom.do('record', {on: true})")
    for page in (owner, guest):
        wait(page, f"!{SIGN}.hidden && {SIGN}.innerText.includes('without you')")
    guest.get_by_role("button", name="Recording").click()
    wait(guest, f"{SIGN}.innerText.includes('you too') && {SIGN}.ariaPressed === 'true'")
    wait(owner, f"{SIGN}.innerText.includes('without you')")
    late, words = visit().enter(served.world("hello")), visit().page
    wait(late, f"!{SIGN}.hidden && {SIGN}.innerText.includes('without you')")
    words.goto(f"{served.world('hello')}/text")
    for told in ("without you", "you too"):
        words.get_by_role("button", name=f"Recording: {told}").press("Enter")
    words.get_by_role("button", name="Recording: without you").wait_for()
    words.get_by_role("log").get_by_text("Motion is recorded here").wait_for()
    guest.get_by_role("button", name="Recording").click()
    wait(guest, f"{SIGN}.innerText.includes('without you')")
    owner.evaluate("window.worldloom.do('record', {on: false})")
    for page in (owner, guest, late, words):
        wait(page, f"{SIGN}.hidden")


@ways("scene", ["phone"], soak=["desk"], indirect=True)
def test_who_builds_begins_and_ends_a_recording_at_the_time_bar(scene: Scene) -> None:
    ada, bob = scene.ada, scene.window("Bob", scene.url())  # a visitor like any other
    ball(ada, "red ball", RED)
    for page in (ada, bob):
        open_history(page)
    begin = ada.get_by_role("button", name="Record motion, of those who agree")
    begin.click()
    for page in (ada, bob):
        wait(page, f"!{SIGN}.hidden")
    end = ada.get_by_role("button", name="End the recording of motion")
    assert end.get_attribute("aria-pressed") == "true"
    assert not bob.locator(".time-bar .record").is_visible(), "it is not a visitor's to decide"
    words = bob.locator("button.recording")
    assert words.evaluate("sign => sign.scrollWidth <= sign.clientWidth"), "no word is cut off"
    bob.get_by_role("slider", name="Moment of this world").press("ArrowLeft")
    banner, place = (bob.locator(name).bounding_box() for name in (".then", ".place"))
    assert banner is not None and place is not None
    beside = banner["x"] >= place["x"] + place["width"]
    assert beside or banner["y"] >= place["y"] + place["height"], "when it was is read as well"
    ada.get_by_role("slider", name="Moment of this world").press("ArrowLeft")
    wait(ada, "document.querySelector('.time-bar .record').hidden")
    ada.locator(".time-bar .back").click()
    end.click()
    for page in (ada, bob):
        wait(page, f"{SIGN}.hidden")
    begin.wait_for()
    said = [row["data"]["data"]["on"] for row in scene.records() if is_sign(row)]
    assert said == [True, False]


def is_sign(row: dict[str, Any]) -> bool:
    """Return whether a record turned a recording on or off."""
    return bool(row["kind"] == "Changed" and row["data"]["component"] == "Recording")


LOOK = """visitor => {
  const { avatar, vrm } = window.worldloom.visitors()[visitor];
  return [avatar, vrm];
}"""
WATCH = """visitor => {
  window.seen = [];
  const look = () => {
    if (document.documentElement.classList.contains('in-past')) {
      const there = window.worldloom.visitors()[visitor];
      if (there) window.seen.push([window.worldloom.stats().clock_ms, there.position, there.name]);
      requestAnimationFrame(look);
    }
  };
  look();
}"""


@pytest.mark.soak
@later_on_a_phone
def test_in_the_past_who_was_recorded_is_seen_walking_and_nobody_else(scene: Scene) -> None:
    ada, bob = scene.ada, scene.bob
    do(ada, "record", on=True)
    do(bob, "be_recorded", on=True)
    bob.wait_for_timeout(1_000)  # the first sample is a tick later than the consent
    before = ball(ada, "before", RED)
    bob_id, ada_id = (page.evaluate("window.worldloom.me.id") for page in (bob, ada))
    start = place_of(scene, bob_id)
    look = ada.evaluate(LOOK, bob_id)
    bob.keyboard.down("s")
    wait(bob, f"Math.hypot({way_from(start)}) > 2")
    bob.keyboard.up("s")
    bob.wait_for_timeout(1_000)
    end = place_of(scene, bob_id)
    do(ada, "record", on=False)
    ada.wait_for_timeout(1_000)  # the last sample is a tick later than the sign's end
    after = ball(ada, "after", RED)
    open_history(ada)
    go_to(ada, before)
    wait(ada, f"'{bob_id}' in window.worldloom.visitors()")
    assert ada_id not in ada.evaluate("window.worldloom.visitors()")
    assert look[0] and ada.evaluate(LOOK, bob_id) == look, "in the clothes of then"
    assert math.dist(ada.evaluate("window.worldloom.visitors()")[bob_id]["position"], start) < 0.5
    ada.get_by_label("Speed").select_option("0.25")
    ada.evaluate(WATCH, bob_id)
    ada.get_by_role("button", name="Play", exact=True).click()
    wait(ada, "document.querySelector('.time-bar .back').hidden", seconds=120)
    seen: list[tuple[float, Place, str]] = ada.evaluate("window.seen")
    ways = [math.dist(place, start) for _, place, _ in seen]
    assert {name for _, _, name in seen} == {"Bob"}
    assert all(late >= early - 0.05 for early, late in zip(ways, ways[1:], strict=False))
    assert len({round(way, 1) for way in ways}) >= 4, "on the way, and not only at its ends"
    assert math.dist(seen[-1][1], end) < 0.1
    go_to(ada, after)
    assert ada.evaluate("window.worldloom.visitors()") == {}, "nobody is recorded any more"


def place_of(scene: Scene, visitor: str) -> Place:
    """Return where Ada sees a visitor who stands."""
    wait(scene.ada, f"window.worldloom.visitors()['{visitor}']?.position != null")
    x, y, z = scene.ada.evaluate(f"window.worldloom.visitors()['{visitor}'].position")
    return x, y, z


def way_from(start: Place) -> str:
    """Return what computes, in a page, the two legs of the way from a place."""
    x, _, z = start
    me = "window.worldloom.me.position"
    return f"{me}[0] - {x}, {me}[2] - {z}"
