"""A world in words: who does not see it takes part like everyone else."""

from __future__ import annotations

import json
import math
import re
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Served, Visit, wait
from tests.browser.looks import LOOKS

Open = Callable[..., Visit]
AXE = Path(__file__).parent.parent.parent / "client/node_modules/axe-core/axe.min.js"
SERIOUS = {"serious", "critical"}


def read(page: Page, heading: str) -> Page:
    """Wait until the page of words has taken over from what the server wrote."""
    page.get_by_role("heading", name=heading, level=1).wait_for()
    page.get_by_text("You are here.").wait_for()
    return page


def in_words(plaza: Served, visit: Open, **options: object) -> Page:
    page = visit(**options).page
    page.goto(f"{plaza.world('plaza')}/text")
    return read(page, "The plaza")


def thing(name: str) -> str:
    return f"Object.values(worldloom.entities()).find((one) => one.name === '{name}')"


def test_before_its_scripts_run_the_page_says_what_is_here(plaza: Served) -> None:
    with urllib.request.urlopen(f"{plaza.world('plaza')}/text") as reply:
        text = reply.read().decode()
    assert "<h1>The plaza</h1>" in text
    assert "Three bowls of limestone" in text
    assert "Leave a note on the board" in text


def test_who_does_not_see_talks_walks_and_lights_the_lantern(plaza: Served, visit: Open) -> None:
    seeing = visit().enter(plaza.world("plaza"))
    page = in_words(plaza, visit)
    mine = page.get_by_role("region", name="Who is here").get_by_text("you").inner_text()
    name = mine.partition(",")[0]
    page.get_by_role("button", name="Go there: A lantern", exact=True).click()
    page.get_by_text("You are at A lantern.").wait_for()
    others = f"Object.values(window.worldloom.visitors()).filter(v => v.name === '{name}')"
    lantern = "Object.values(window.worldloom.entities()).find(e => e.name === 'lantern').position"
    wait(seeing, f"{others}.some(v => v.position && Math.hypot(v.position[0] - {lantern}[0],"
         f" v.position[2] - {lantern}[2]) < 2)")  # fmt: skip
    lit = (
        "Object.values(window.worldloom.entities()).find(e => e.name === 'lantern')"
        ".components['plaza.Lantern'].lit"
    )
    before = seeing.evaluate(lit)
    page.get_by_role("button", name="Read: A lantern", exact=True).click()
    wait(seeing, f"{lit} !== {str(before).lower()}")
    page.get_by_label("What you say").fill("I hear you")
    page.keyboard.press("Enter")
    wait(seeing, "document.querySelector('[role=log]').innerText.includes('I hear you')")
    seeing.evaluate("window.worldloom.do('say', {text: 'and I see you'})")
    page.get_by_role("log").get_by_text("and I see you").wait_for()


def test_an_action_is_done_by_keyboard_alone_and_a_refusal_says_what_to_do(
    plaza: Served, visit: Open
) -> None:
    page = in_words(plaza, visit)
    page.get_by_role("button", name="Leave note").focus()
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_role("textbox").first.wait_for()
    page.keyboard.type("written without a mouse")
    page.keyboard.press("Enter")
    page.get_by_role("log").get_by_text("Leave note", exact=False).wait_for()
    page.get_by_label("Find something by name").fill("note")
    page.get_by_role("button", name="Use: Leave a note").focus()
    page.get_by_role("button", name="Undo", exact=True).focus()
    for _ in range(2):
        page.keyboard.press("Enter")
        page.get_by_role("dialog").get_by_role("button", name="Done").click()
    page.get_by_role("log").get_by_text("nothing", exact=False).wait_for()


def test_a_step_goes_where_one_looks(plaza: Served, visit: Open) -> None:
    page = in_words(plaza, visit)
    where = page.locator("#where p")
    before = where.inner_text()
    page.get_by_role("button", name="Turn left").click()
    assert where.inner_text() != before
    turned = where.inner_text()
    page.get_by_role("button", name="Step forward").click()
    wait(page, f"document.querySelector('#where p').innerText !== {json.dumps(turned)}")
    assert where.inner_text().endswith(turned.partition("looking")[2])


def test_who_turns_and_steps_at_once_still_goes_where_they_look(plaza: Served, visit: Open) -> None:
    page = in_words(plaza, visit)
    turned = page.evaluate(
        "() => { for (const name of ['Turn left', 'Turn left', 'Step forward'])"
        " [...document.querySelectorAll('button')].find((e) => e.innerText === name).click();"
        " return document.querySelector('#where p').innerText }"
    )
    wait(page, f"document.querySelector('#where p').innerText !== {json.dumps(turned)}")
    assert page.locator("#where p").inner_text().endswith(turned.partition("looking")[2])


@LOOKS
def test_axe_finds_nothing_serious(plaza: Served, visit: Open, scheme: str, width: int) -> None:
    # The page's own policy forbids scripts from elsewhere: it is set aside for the auditor alone.
    page = in_words(plaza, visit, width=width, height=900, color_scheme=scheme, bypass_csp=True)
    page.add_script_tag(content=AXE.read_text())
    page.get_by_role("button", name="Tell what happened before").click()
    page.get_by_role("button", name="What was here then").first.click()
    page.get_by_role("heading", name="What was here", exact=False).last.wait_for()
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for name in ("Gestures", "Name and look", "Invite", "Your account"):
        page.get_by_role("button", name=name, exact=True).click()
        page.get_by_role("dialog").get_by_role("button", name="Close").wait_for()
        assert serious(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        page.keyboard.press("Escape")


def serious(page: Page) -> list[tuple[str, str]]:
    found = page.evaluate("axe.run().then(({violations}) => violations)")
    return [
        (rule["id"], node["html"][:120])
        for rule in found
        for node in rule["nodes"]
        if rule["impact"] in SERIOUS
    ]


def test_who_does_not_see_carries_a_thing_and_hears_what_happens_near(
    plaza: Served, visit: Open, ownership: Any
) -> None:
    owner = visit(storage_state=ownership).enter(plaza.world("plaza"))
    page = in_words(plaza, visit)
    log = page.get_by_role("log")
    page.get_by_label("Find something by name").fill("ball")
    page.get_by_role("button", name="Go there: A ball", exact=True).click()
    page.get_by_text("You are at A ball.").wait_for()
    page.get_by_role("button", name="Take: A ball", exact=True).click()
    log.get_by_text("You took A ball.").wait_for()
    page.get_by_text("A ball, in your hand").wait_for()
    for _ in range(4):
        page.get_by_role("button", name="Step forward").click()
    page.get_by_role("button", name="Put down: A ball").first.click()
    log.get_by_text("You put down A ball.").wait_for()
    page.get_by_role("button", name="Take: A ball", exact=True).wait_for()
    x, _, z = owner.evaluate(f"{thing('ball')}.position")
    name = page.get_by_role("region", name="Who is here").get_by_text("you").inner_text()
    mine = f"Object.values(worldloom.visitors()).find((v) => v.name === '{name.split(',')[0]}')"
    east, _, south = owner.evaluate(f"{mine}.position")
    assert math.hypot(x - east, z - south) < 3, "it came along"
    zone = {"Zone": {"kind": "box", "size": [4, 4, 4]}}
    place = [east, 0, south]
    owner.evaluate(
        "([components, position]) => worldloom.do('spawn', {name: 'nook', components, position})",
        [zone, place],
    )
    log.get_by_text("You came into nook.").wait_for()
    sign = {"Annotation": {"title": "Fresh paint", "text": "Do not touch."}}
    owner.evaluate(
        "([components, position]) => worldloom.do('spawn', {name: 'paint', components, position})",
        [sign, place],
    )
    log.get_by_text("New here: Fresh paint.").wait_for()
    page.get_by_label("Find something by name").fill("paint")
    page.get_by_role("button", name="Read: Fresh paint").click()
    log.get_by_text("Fresh paint. Do not touch.").wait_for()
    owner.evaluate("worldloom.do('despawn', {entity: 'paint'})")
    log.get_by_text("Gone: Fresh paint.").wait_for()
    owner.evaluate("worldloom.do('despawn', {entity: 'nook'})")
    upstairs(owner, (east, south))
    page.get_by_label("Find something by name").fill("belfry")
    page.get_by_role("button", name="Go there: belfry", exact=True).click()
    wait(owner, f"Math.abs({mine}.position[1] - 40) < 0.01")
    owner.evaluate("['belfry', 'loft'].forEach((entity) => worldloom.do('despawn', {entity}))")


def upstairs(owner: Page, place: tuple[float, float]) -> None:
    """Build a floor forty metres up, and something to look at that hangs over it."""
    spawn = "([name, components, position]) => worldloom.do('spawn', {name, components, position})"
    slab = {"Shape": {"kind": "box", "size": [8, 0.2, 8]}}
    bell = {"Shape": {"kind": "sphere", "size": [0.4, 0.4, 0.4]}}
    for name, components, high in (("loft", slab, 39.9), ("belfry", bell, 42)):
        owner.evaluate(spawn, [name, components, [place[0], high, place[1]]])


def test_people_are_muted_and_blocked_by_name(plaza: Served, visit: Open) -> None:
    other = visit().enter(plaza.world("plaza"))
    page = in_words(plaza, visit)
    theirs: str = other.evaluate("worldloom.me.name")
    people = page.get_by_role("region", name="Who is here")
    log = page.get_by_role("log")
    about = people.get_by_role("button", name=f"Mute, block, report … {theirs}")
    about.click()
    page.get_by_role("dialog").get_by_role("button", name="Mute", exact=True).click()
    page.get_by_role("dialog").wait_for(state="detached")
    about.click()
    page.get_by_role("button", name="Hear again", exact=True).wait_for()
    page.keyboard.press("Escape")
    other.evaluate("worldloom.do('say', {text: 'who listens?'})")
    other.locator("#stage").focus()
    other.keyboard.press("3")
    people.get_by_text(f"{theirs}, ").get_by_text("dances").wait_for()
    page.get_by_label("What you say").fill("how quiet it is")
    page.keyboard.press("Enter")
    log.get_by_text("how quiet it is").wait_for()
    about.click()
    page.get_by_role("button", name="Hear again", exact=True).click()
    page.get_by_role("dialog").wait_for(state="detached")
    other.locator("#stage").focus()
    other.keyboard.press("1")
    log.get_by_text(f"{theirs} waves.").wait_for()
    assert f"{theirs} dances" not in log.inner_text() and "who listens?" not in log.inner_text()
    about.click()
    page.get_by_role("dialog").get_by_role("button", name="Block", exact=True).click()
    people.get_by_text(theirs).wait_for(state="detached")
    people.get_by_role("button", name="Safety …").click()
    page.get_by_role("dialog").get_by_role("button", name="Unblock").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    people.get_by_text(theirs).wait_for()
    people.get_by_role("button", name=f"Mute, block, report … {theirs}").click()
    page.get_by_role("button", name="Report …", exact=True).click()
    page.get_by_label("What happened?").fill("rude")
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_role("log").get_by_text("Reported.").wait_for()
    for deed in ("Mute", "Block", "Report", "Let go", "Befriend"):
        assert page.get_by_role("button", name=deed, exact=True).count() == 0, "not bare"


@pytest.mark.soak
def test_gestures_name_and_look_are_had_by_keys_and_told(plaza: Served, visit: Open) -> None:
    seeing = visit().enter(plaza.world("plaza"))
    page = in_words(plaza, visit)
    log = page.get_by_role("log")
    listed = page.get_by_role("region", name="Who is here")
    name = listed.get_by_text(", you").inner_text().partition(",")[0]
    mine = f"Object.values(worldloom.visitors()).find((one) => one.name === '{name}')"
    page.get_by_role("button", name="Gestures", exact=True).press("Enter")
    page.get_by_role("dialog", name="Gestures").wait_for()
    page.keyboard.press("3")
    log.get_by_text("You dance.").wait_for()
    wait(seeing, f"{mine}.animation === 7")
    theirs: str = seeing.evaluate("worldloom.me.name")
    seeing.locator("#stage").focus()
    seeing.keyboard.press("3")
    log.get_by_text(f"{theirs} dances.").wait_for()
    listed.get_by_text(f"{theirs}, ").get_by_text("dances").wait_for()
    page.get_by_role("button", name="Name and look").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Ravi").press("Enter")
    page.get_by_label("Skin 2").wait_for()
    drawn = page.get_by_label("Skin 2").evaluate("(one) => getComputedStyle(one).backgroundColor")
    assert len(set(re.findall(r"\d+", drawn))) == 3, "a colour is seen, and no bare button"
    page.get_by_role("dialog").get_by_role("button", name="Done").press("Enter")
    wait(seeing, f"{mine}.avatar.startsWith('HI')")
    page.get_by_role("button", name="Name and look").press("Enter")
    page.get_by_label("Your name").fill("Wanda of Words")
    page.keyboard.press("Enter")
    listed.get_by_text("Wanda of Words, you").wait_for()
    wait(seeing, f"{mine.replace(name, 'Wanda of Words')}?.avatar.startsWith('HI')")


def test_people_are_invited_and_ones_account_is_kept_from_words(
    plaza: Served, visit: Open, ownership: Any
) -> None:
    page = in_words(plaza, visit, storage_state=ownership)
    page.get_by_role("button", name="Invite", exact=True).press("Enter")
    invites = page.get_by_role("dialog", name="Come in together")
    assert invites.get_by_label("Come in together").input_value() == plaza.world("plaza")
    invites.get_by_text("Make a link", exact=True).first.click()
    invites.get_by_role("button", name="Make a link").click()
    link = page.get_by_role("dialog", name="Come in together").get_by_label("The new link")
    assert "#invite=" in link.input_value()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Your account").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Programs and machines").wait_for()
    page.keyboard.press("Escape")
    assert page.get_by_role("link", name="Front page").get_attribute("href") == "/"


def test_a_link_to_a_moment_tells_that_moment_in_words(plaza: Served, visit: Open) -> None:
    page = in_words(plaza, visit)
    then = page.request.get(f"{plaza.url}/api/worlds/plaza").json()["seq"]
    page.goto(f"{plaza.world('plaza')}/text?seq={then}")
    before = page.get_by_role("region", name="What happened before")
    before.get_by_role("heading", name="What was here", exact=False).wait_for()
    picture = before.get_by_role("link", name="See it in 3D").get_attribute("href")
    assert picture == f"/w/plaza?seq={then}"
    before.get_by_role("button", name="Back to now").press("Enter")
    wait(page, "!location.search")
    page.goto(f"{plaza.world('plaza')}/text?seq=0")  # no record tells when that was
    before.get_by_role("heading", name="What was here at moment 0,", exact=False).wait_for()
    page.goto(f"{plaza.world('plaza')}/text?seq=99999999")
    page.get_by_role("log").get_by_text("99999999", exact=False).wait_for()


def test_what_happened_before_is_told_with_a_way_to_each_moment(plaza: Served, visit: Open) -> None:
    page = in_words(plaza, visit)
    page.get_by_role("button", name="Leave note").press("Enter")
    page.get_by_role("dialog").get_by_role("textbox").first.fill("kept for a moment")
    page.keyboard.press("Enter")
    page.get_by_role("log").get_by_text("Leave note: done", exact=False).wait_for()
    page.get_by_role("button", name="Tell what happened before").press("Enter")
    before = page.get_by_role("region", name="What happened before")
    before.get_by_text(" came in").first.wait_for()
    page.get_by_label("What you say").fill("a word of before")
    page.keyboard.press("Enter")
    told = before.get_by_text("said “a word of before”")
    told.wait_for()
    then = before.get_by_role("button", name="a word of before”", exact=False)
    then.and_(before.get_by_role("button", name="What was here then", exact=False)).press("Enter")
    wait(page, "document.activeElement.innerText.startsWith('What was here just now')")
    shown = before.get_by_role("list", name="What was here at that moment")
    shown.get_by_text("kept for a moment").wait_for()
    to_picture = before.get_by_role("link", name="See it in 3D")
    assert "?seq=" in str(to_picture.get_attribute("href"))
    before.get_by_role("button", name="Back to now").press("Enter")
    wait(page, "document.activeElement.ariaLabel.startsWith('What was here then: ')")
    before.get_by_role("combobox", name="What").select_option("made")
    told.wait_for(state="detached")
    before.get_by_role("button", name="Undo this: ", exact=False).first.press("Enter")
    page.get_by_role("log").get_by_text("Undone", exact=False).wait_for()
    page.get_by_label("Find something by name").fill("kept for a moment")
    page.get_by_role("region", name="What is here").get_by_text("Nothing is here").wait_for()
