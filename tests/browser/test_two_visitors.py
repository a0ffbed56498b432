"""Two windows are one place: they see each other, talk, and keep what they change."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.conftest import Served, Visit, wait

Open = Callable[..., Visit]


def test_two_visitors_see_each_other_walk(served: Served, visit: Open) -> None:
    ada = visit().enter(served.world("plaza"))
    bob = visit().enter(served.world("plaza"))
    me = ada.evaluate("window.worldloom.me.id")
    wait(bob, f"window.worldloom.visitors()['{me}'] !== undefined")
    ada.evaluate("window.worldloom.go([2, 0, 12])")
    wait(
        bob,
        f"(p => p && Math.hypot(p[0] - 2, p[2] - 12) < 0.5)"
        f"(window.worldloom.visitors()['{me}']?.position)",
    )


def test_two_visitors_hear_each_other(served: Served, visit: Open) -> None:
    ada = visit().enter(served.world("plaza"))
    bob = visit().enter(served.world("plaza"))
    ada.evaluate("window.worldloom.do('say', {text: 'good evening'})")
    wait(bob, "document.body.innerText.includes('good evening')")


def test_what_one_changes_the_other_sees_and_both_hashes_agree(served: Served, visit: Open) -> None:
    owner = visit().enter(served.owner_of("plaza"))
    guest = visit().enter(served.world("plaza"))
    wait(owner, "window.worldloom.me.role === 'owner'")
    owner.evaluate(
        "window.worldloom.do('spawn', {name: 'red ball', components:"
        " {Shape: {kind: 'sphere'}, Color: {value: '#ff0000'}}, position: [0, 1, 10]})"
    )
    wait(guest, "Object.values(window.worldloom.entities()).some(e => e.name === 'red ball')")
    wait(guest, f"window.worldloom.seq >= {owner.evaluate('window.worldloom.seq')}")
    wait(owner, f"window.worldloom.seq >= {guest.evaluate('window.worldloom.seq')}")
    assert owner.evaluate("window.worldloom.stateHash()") == guest.evaluate(
        "window.worldloom.stateHash()"
    )


def test_nothing_that_was_seen_is_gone_after_kill_9_and_nobody_reloads(
    served: Served, visit: Open
) -> None:
    page = visit().enter(served.world("plaza"))
    page.evaluate("window.worldloom.do('say', {text: 'remember me'})")
    seen = page.evaluate("window.worldloom.seq")
    page.evaluate("window.stillTheSamePage = true")
    served.kill()
    served.again()
    wait(page, f"window.worldloom.seq > {seen}")
    assert page.evaluate("window.stillTheSamePage")
