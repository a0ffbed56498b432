"""What people see of safety: the list, the dialog, a block at once, a report that is watched."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

from tests.browser.conftest import Served, Visit, wait
from tests.browser.test_accessible import audit, axe

Open = Callable[..., Visit]


def about(page: Page, name: str) -> None:
    """Open what can be done about somebody."""
    page.get_by_role("button", name="Who is here").click()
    page.get_by_role("button", name=name, exact=True).click()
    page.get_by_role("dialog").wait_for()


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
    ann.get_by_role("button", name="Who is here").click()
    ann.get_by_role("button", name="Safety …").click()
    ann.get_by_role("button", name="Unblock: ").click()
    wait(ann, sees(named(bob)))
    wait(bob, sees(named(ann)))


def spot(name: str) -> str:
    """Return what tells where somebody is, as text; null where nobody is seen."""
    found = f"Object.values(window.worldloom.visitors()).find(v => v.name === {name!r})"
    return f"({found}?.position?.map(v => v.toFixed(1)).join() ?? null)"


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
    about(ann, name)
    ann.get_by_role("button", name="Report …").click()
    ann.get_by_label("What happened?").fill("he would not stop")
    ann.get_by_role("button", name="Send", exact=True).click()
    ann.get_by_text("Reported.").wait_for()
    owner.get_by_role("button", name="Who is here").click()
    owner.get_by_role("button", name="Safety …").click()
    owner.get_by_text("he would not stop").wait_for()
    assert audit(owner) + axe(owner) == []
    report = owner.evaluate("window.worldloom.seq")
    owner.get_by_role("button", name="10 minutes").first.click()
    wait(bob, "document.body.innerText.includes('banned')")
    wait(owner, f"!{sees(name)}")
    seen = f"window.worldloom.seq <= {report} && {spot(name)}"
    gather = f"() => {{ const at = {seen}; if (at) window.ways.add(at); }}"
    owner.evaluate(f"() => {{ window.ways = new Set(); setInterval({gather}, 50); }}")
    owner.get_by_role("button", name="See the last minute").first.click()
    owner.get_by_label("Speed").select_option("4")
    wait(owner, "window.ways.size > 1")  # he left the world; here he walks again


def test_on_a_phone_the_dialogs_fit(hello: Served, visit: Open) -> None:
    ann = visit(width=360, height=700, has_touch=True).enter(hello.world("hello"))
    bob = visit().enter(hello.world("hello"))
    wait(ann, sees(named(bob)))
    about(ann, named(bob))
    ann.get_by_role("button", name="Report …").click()
    assert audit(ann) + axe(ann) == []
    box = ann.get_by_role("dialog").bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= 360


def test_one_slides_around_a_stranger(hello: Served, visit: Open) -> None:
    ann, bob = visit().enter(hello.world("hello")), visit().enter(hello.world("hello"))
    wait(ann, sees(named(bob)))
    place = ann.evaluate("window.worldloom.me.position")
    bob.evaluate("([x, y, z]) => window.worldloom.go([x, y, z])", place)
    gap = (
        f"(() => {{ const [x, , z] = window.worldloom.me.position;"
        f" return Math.hypot(x - {place[0]}, z - {place[2]}) >= 0.6 }})()"
    )
    wait(bob, gap)
