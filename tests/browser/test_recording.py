"""The sign of a recording: everyone sees it, and each decides by a button about themselves."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.conftest import Served, Visit, wait

Open = Callable[..., Visit]
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
    late = visit().enter(served.world("hello"))
    wait(late, f"!{SIGN}.hidden && {SIGN}.innerText.includes('without you')")
    guest.get_by_role("button", name="Recording").click()
    wait(guest, f"{SIGN}.innerText.includes('without you')")
    owner.evaluate("window.worldloom.do('record', {on: false})")
    for page in (owner, guest, late):
        wait(page, f"{SIGN}.hidden")
