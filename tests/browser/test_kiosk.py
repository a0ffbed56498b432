"""A shared device: whoever comes next is a fresh guest, and nobody is signed out unasked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.conftest import Served, Visit, wait
from tests.browser.headset import wear

Open = Callable[..., Visit]


@pytest.mark.soak
def test_a_shared_device_begins_anew_for_the_next_person_by_a_press_and_by_itself(
    hello: Served, visit: Open
) -> None:
    one = visit(width=700, height=420)
    page = one.enter(hello.world("hello"), "quality=low&kiosk=6")
    first = page.evaluate("worldloom.me.id")
    dialog = page.get_by_role("dialog", name="Is this device shared?")
    page.wait_for_timeout(500)
    assert page.get_by_role("button", name="Next person").count() == 0, "not before it is said"
    dialog.get_by_role("button", name="Yes, it is shared").click()
    page.evaluate("worldloom.click('lantern')")
    who = page.context.cookies()
    page.get_by_role("button", name="Next person").click()
    wait(page, f"window.worldloom?.me && worldloom.me.id !== '{first}'")
    assert page.context.cookies() != who, "another guest"
    assert "kiosk" not in page.url

    second = page.evaluate("worldloom.me.id")
    before = page.context.cookies()
    page.keyboard.press("w")  # someone was here, and goes
    page.get_by_text("Is anyone here?").wait_for()
    wait(page, f"window.worldloom?.me && worldloom.me.id !== '{second}'")
    assert page.context.cookies() != before
    page.get_by_role("button", name="Next person").wait_for()

    page.goto(hello.world("hello") + "?quality=low&kiosk=off")
    page.get_by_text("This device is not shared any more").wait_for()
    page.goto(hello.world("hello") + "?quality=low")
    wait(page, "window.worldloom?.me")
    assert page.get_by_role("button", name="Next person").count() == 0


SHARED = "localStorage.setItem('worldloom.kiosk', '12 /w/hello')"
"""A device of which somebody said before that many people use it."""
OFFERED = "document.querySelector('.kiosk [role=status]').hidden"


@pytest.mark.soak
def test_who_wears_a_shared_headset_is_asked_whether_they_are_there_and_lets_the_next_one_begin(
    hello: Served, visit: Open
) -> None:
    headset = wear(hello, visit, "hello", scripts=(SHARED,))
    page = headset.page
    first, (x, y, z) = page.evaluate("worldloom.me.id"), headset.told(".head")
    for step in range(4):  # as what lies on a table: its tracking trembles
        headset.put("headset", (x + 0.002 * (step % 2), y, z))
    wait(page, f"!{OFFERED}")
    wait(page, "worldloom.headset.control('Next person') !== null")
    headset.put("headset", (x + 0.05, y, z))
    wait(page, OFFERED)
    assert page.evaluate("worldloom.me.id") == first, "who moves the head is still there"
    headset.raise_wrist()
    headset.aim_at("Next person")
    headset.button("right", "trigger", 1)
    headset.let_go("right", "trigger")
    wait(page, f"window.worldloom?.me && worldloom.me.id !== '{first}'")
    assert not page.evaluate("worldloom.headset"), "the next one puts it on by the page's button"
    page.get_by_role("button", name="Enter VR").wait_for()
