"""What people see of safety: the list, the dialog, a block at once, a report that is watched."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Served, Visit, wait
from tests.browser.test_accessible import audit, axe

Open = Callable[..., Visit]


def about(page: Page, name: str) -> None:
    """Open what can be done about somebody."""
    page.get_by_role("button", name="Who is here").click()
    page.get_by_role("button", name=name, exact=True).click()
    page.get_by_role("dialog").wait_for()


def safety(page: Page) -> None:
    """Open the list of who is and was here, with one's own settings."""
    page.get_by_role("button", name="Who is here").click()
    page.get_by_role("button", name="Safety …").click()
    page.get_by_role("dialog").wait_for()


def parted(page: Page, name: str) -> None:
    """Open what can be done about somebody who has left."""
    safety(page)
    page.get_by_text("Was here").wait_for()
    page.get_by_role("button", name=name, exact=True).first.click()
    page.get_by_role("button", name="Block", exact=True).wait_for()


def speak(hello: Served, page: Page, text: str) -> None:
    """Say something as whose page it was, without being here."""
    place = f"{hello.url}/api/worlds/hello/actions/say"
    done = page.context.request.post(place, data={"text": text}, headers={"Origin": hello.url})
    assert done.ok, done.text()


def named(page: Page) -> str:
    name: str = page.evaluate("window.worldloom.me.name")
    return name


def sees(name: str) -> str:
    return f"Object.values(window.worldloom.visitors()).some(v => v.name === {name!r})"


def test_a_block_takes_both_out_of_each_others_sight_and_back(hello: Served, visit: Open) -> None:
    ann, bob = visit().enter(hello.world("hello")), visit().enter(hello.world("hello"))
    wait(ann, sees(named(bob)))
    about(ann, named(bob))
    assert audit(ann) + axe(ann) == []
    ann.get_by_role("button", name="Block", exact=True).click()
    wait(ann, f"!{sees(named(bob))}")
    wait(bob, f"!{sees(named(ann))}")
    bob.evaluate("window.worldloom.do('say', {text: 'anybody there?'})")
    ann.evaluate("window.worldloom.do('say', {text: 'how quiet it is'})")
    wait(ann, "document.querySelector('[role=log]').innerText.includes('how quiet')")
    assert "anybody there" not in ann.locator("[role=log]").inner_text()
    safety(ann)
    ann.get_by_role("button", name="Unblock: ").click()
    wait(ann, sees(named(bob)))
    wait(bob, sees(named(ann)))
    ann.keyboard.press("Escape")
    name = named(bob)
    bob.goto("about:blank")
    wait(ann, f"!{sees(name)}")
    parted(ann, name)
    assert audit(ann) == []
    assert ann.get_by_role("button", name="Mute").count() == 0, "who is gone is not heard anyway"
    ann.keyboard.press("Escape")
    speak(hello, bob, "spoken from afar")
    heard = "document.querySelector('[role=log]').innerText"
    wait(ann, f"{heard}.includes('spoken from afar')")
    parted(ann, name)
    ann.get_by_role("button", name="Mute", exact=True).click()
    wait(ann, "document.querySelector('dialog[open]') === null")
    speak(hello, bob, "spoken to nobody")
    ann.evaluate("window.worldloom.do('say', {text: 'quiet again'})")
    wait(ann, f"{heard}.includes('quiet again')")
    assert "spoken to nobody" not in ann.evaluate(heard), "one is muted without being here"
    safety(ann)
    assert audit(ann) == []
    ann.get_by_role("button", name="Hear again: ").click()
    ann.get_by_role("button", name="Hear again: ").wait_for(state="detached")
    ann.keyboard.press("Escape")
    parted(ann, name)
    ann.get_by_role("button", name="Block", exact=True).click()
    wait(ann, "document.querySelector('dialog[open]') === null")
    bob.goto(hello.world("hello"))
    wait(bob, "window.worldloom?.me != null && window.worldloom.stats().settled")
    assert not bob.evaluate(sees(named(ann))), "they were blocked while they were away"


def test_what_can_be_done_about_somebody_follows_the_server_while_it_is_open(
    hello: Served, visit: Open
) -> None:
    ann, bob = visit().enter(hello.world("hello")), visit().enter(hello.world("hello"))
    wait(ann, sees(named(bob)))
    about(ann, named(bob))
    them = f"Object.entries(worldloom.visitors()).find(([, v]) => v.name === {named(bob)!r})[0]"
    for action, before, after in (
        ("mute", "Mute", "Hear again"),
        ("befriend", "Let come near", "Keep at a distance"),
    ):
        ann.get_by_role("button", name=before, exact=True).wait_for()
        ann.evaluate(f"worldloom.do('{action}', {{account: {them}}})")
        ann.get_by_role("button", name=after, exact=True).wait_for()
        assert ann.get_by_role("button", name=before, exact=True).count() == 0


def spot(name: str) -> str:
    """Return what tells where somebody is, as text; null where nobody is seen."""
    found = f"Object.values(window.worldloom.visitors()).find(v => v.name === {name!r})"
    return f"({found}?.position?.map(v => v.toFixed(1)).join() ?? null)"


def figure(name: str) -> str:
    """Return the expression of somebody who is seen."""
    return f"Object.values(window.worldloom.visitors()).find(v => v.name === {name!r})"


WEAR = """() => {
  const limb = (place, grip = 0) => ({ place, turn: [0, 0, 0, 1], grip });
  const held = { head: limb([0, 1.6, 0]), left: null, right: limb([0.2, 1.5, -0.5], 1) };
  setInterval(() => window.worldloom.reach(held), 100);
}"""
"""A headset's claims, many times a second."""
GATHER = """([name, report]) => {
  [window.ways, window.deeds] = [new Set(), new Set()];
  setInterval(() => {
    if (window.worldloom.seq > report) return;
    const one = Object.values(window.worldloom.visitors()).find((v) => v.name === name);
    if (!one?.position) return;
    window.ways.add(one.position.map((v) => v.toFixed(1)).join());
    window.deeds.add(one.animation);
    if (one.reaches) window.deeds.add('reaches');
  }, 50);
}"""
"""Keeps what is seen of somebody in the past, up to a record."""


@pytest.mark.soak
def test_a_report_is_listed_watched_and_answered_by_the_owner(
    hello: Served, visit: Open, hello_ownership: Any
) -> None:
    ann, bob = visit().enter(hello.world("hello")), visit().enter(hello.world("hello"))
    owner = visit(storage_state=hello_ownership).enter(hello.world("hello"))
    name = named(bob)
    wait(ann, sees(name))
    bob.locator("#stage").focus()
    bob.keyboard.down("w")
    wait(ann, f"{spot(name)} !== null")
    stood = ann.evaluate(spot(name))
    for _ in range(3):  # far enough to be seen walking
        wait(ann, f"{spot(name)} !== {json.dumps(stood)}")
        stood = ann.evaluate(spot(name))
    bob.keyboard.up("w")
    bob.evaluate(WEAR)
    wait(ann, f"{figure(name)}?.reaches")
    bob.keyboard.press("1")
    wait(ann, f"{figure(name)}?.animation === 3")
    about(ann, name)
    ann.get_by_role("button", name="Report …").click()
    ann.get_by_label("What happened?").fill("he would not stop")
    ann.get_by_role("button", name="Send", exact=True).click()
    ann.get_by_text("Reported.").wait_for()
    safety(owner)
    owner.get_by_text("he would not stop").wait_for()
    owner.get_by_text("comes again as somebody new").first.wait_for()
    assert audit(owner) + axe(owner) == []
    report = owner.evaluate("window.worldloom.seq")
    owner.get_by_role("button", name="10 minutes").first.click()
    wait(bob, "document.body.innerText.includes('banned')")
    wait(owner, f"!{sees(name)}")
    owner.get_by_text("is sent away").first.wait_for()  # the list comes again
    owner.keyboard.press("Escape")
    parted(owner, name)
    owner.get_by_role("group", name="Send away").wait_for()
    owner.keyboard.press("Escape")
    owner.evaluate(GATHER, [name, report])
    safety(owner)
    owner.get_by_role("button", name="See the last minute").first.click()
    owner.get_by_label("Speed").select_option("4")
    # He left the world; here he walks, waves and holds a hand before his head again.
    wait(owner, "window.ways.size > 1 && window.deeds.has(3) && window.deeds.has('reaches')")


@pytest.mark.soak
def test_on_a_phone_the_dialogs_fit(hello: Served, visit: Open) -> None:
    ann = visit(width=360, height=700, has_touch=True).enter(hello.world("hello"))
    bob = visit().enter(hello.world("hello"))
    wait(ann, sees(named(bob)))
    about(ann, named(bob))
    ann.get_by_role("button", name="Report …").click()
    assert audit(ann) + axe(ann) == []
    box = ann.get_by_role("dialog").bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= 360


@pytest.mark.soak
def test_one_slides_around_a_stranger_and_lets_them_come_near_by_a_press(
    hello: Served, visit: Open
) -> None:
    ann, bob = visit().enter(hello.world("hello")), visit().enter(hello.world("hello"))
    wait(ann, sees(named(bob)))
    place = ann.evaluate("window.worldloom.me.position")
    bob.evaluate("([x, y, z]) => window.worldloom.go([x, y, z])", place)
    away = (
        f"(([x, , z]) => Math.hypot(x - {place[0]}, z - {place[2]}))(window.worldloom.me.position)"
    )
    wait(bob, f"{away} >= 0.6")
    # Each lets the other come near by a press, which is kept and can be taken back.
    for page, other in ((ann, bob), (bob, ann)):
        about(page, named(other))
        page.get_by_role("button", name="Let come near").click()
        about(page, named(other))
        while page.get_by_role("button", name="Keep at a distance").count() == 0:
            page.keyboard.press("Escape")  # it was not kept yet
            about(page, named(other))
        page.keyboard.press("Escape")
