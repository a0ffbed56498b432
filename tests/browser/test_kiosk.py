"""A shared device: whoever comes next is a fresh guest, and nobody is signed out unasked."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.conftest import Served, Visit, wait

Open = Callable[..., Visit]


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
