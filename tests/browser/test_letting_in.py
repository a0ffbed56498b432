"""Owners say in the page who comes in: links, doors, programs and machines."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.conftest import Served, Visit, wait
from tests.browser.looks import LOOKS
from tests.browser.test_accessible import audit, axe, faults_of
from tests.server.agent import Agent
from tests.server.asking import Browser, Site

Open = Callable[..., Visit]


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).last.click()


def owner_in(served: Served, visit: Open, width: int = 1000) -> Page:
    page = visit(width=width, height=720).enter(served.owner_of("hello"))
    wait(page, "window.worldloom.me?.role === 'owner'")
    return page


def open_programs(page: Page) -> None:
    press(page, "Menu")
    press(page, "Your account")
    press(page, "Programs and machines")
    page.get_by_role("region", name="Tokens").wait_for()


def part(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name)


def unfold(page: Page, name: str) -> Locator:
    page.locator("summary", has_text=name).click()
    return page.get_by_role("form", name=name)


def secret_of(page: Page, name: str) -> str:
    field = page.get_by_role("textbox", name=name)
    field.wait_for()
    return field.input_value()


def world(page: Page) -> Any:
    return page.evaluate("fetch('/api/worlds/hello').then((answer) => answer.json())")


def test_an_owner_makes_a_link_with_a_role_and_takes_it_back(served: Served, visit: Open) -> None:
    page = owner_in(served, visit)
    press(page, "Invite")
    form = unfold(page, "Make a link")
    form.get_by_label("Role").select_option("builder")
    assert form.get_by_label("It can be used").locator(":checked").inner_text() == "many times"
    form.get_by_label("It can be used").select_option("10 times")
    form.get_by_label("It is good for").select_option("1 day")
    form.get_by_role("button", name="Make a link").click()
    link = secret_of(page, "The new link")
    assert link.startswith(f"{served.url}/w/hello#invite=")
    assert page.evaluate("document.activeElement.value") == link, "the keys are where it is"

    other = visit().enter(link)
    wait(other, "window.worldloom.me?.role === 'builder'")
    page.keyboard.press("Escape")
    press(page, "Invite")
    row = part(page, "Links that give a role").get_by_role("listitem")
    row.get_by_text("used once, at most 10 times").wait_for()
    assert page.get_by_role("textbox", name="The new link").count() == 0, "shown once"
    row.get_by_role("button", name="Take back the link for builder").click()
    part(page, "Links that give a role").get_by_text("None yet.").wait_for()
    late = Site(served).guest()
    refused = late.post("/api/auth/invitations", {"invitation": link.partition("invite=")[2]})
    assert refused.code == "invitation_void"


def test_an_owner_closes_the_world_by_the_keyboard_alone(served: Served, visit: Open) -> None:
    page = owner_in(served, visit)
    page.get_by_role("button", name="Invite", exact=True).focus()
    page.keyboard.press("Enter")
    select = page.get_by_label("This world is open to")
    select.wait_for()
    for _ in range(12):
        page.keyboard.press("Tab")
        if select.evaluate("(one) => one === document.activeElement"):
            break
    page.keyboard.press("O")  # "Only those with a role"
    page.keyboard.press("Tab")
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    wait(page, "document.body.innerText.includes('Only who has a role comes in here')")
    told = world(page)
    assert (told["visibility"], told["capacity"]) == ("private", 7)
    assert Browser(served.url).get("/api/worlds/hello").status == 401
    assert select.input_value() == "private"


def test_who_owns_nothing_gets_the_link_alone(plaza: Served, visit: Open) -> None:
    page = visit().enter(plaza.world("plaza"))
    press(page, "Invite")
    page.get_by_role("button", name="Copy link").wait_for()
    assert page.locator("dialog summary").count() == 0


def test_an_owner_makes_a_token_for_an_agent_and_revokes_it(served: Served, visit: Open) -> None:
    page = owner_in(served, visit)
    open_programs(page)
    page.get_by_role("textbox", name="Whose").fill("gardener")
    press(page, "Show")
    part(page, "Tokens").get_by_text("None yet.").wait_for()
    form = unfold(page, "Make a token")
    form.get_by_label("What it is for").fill("waters the plants")
    form.get_by_label("act", exact=True).check()
    form.get_by_label("It is good for").select_option("1 hour")
    form.get_by_label("It may spend at most").fill("100")
    form.get_by_label("An AI agent uses it").check()
    form.get_by_role("button", name="Make a token").click()
    token = secret_of(page, "The new token")
    assert token.startswith("wl_")
    row = part(page, "Tokens").get_by_role("listitem")
    told = row.inner_text()
    for fact in ("waters the plants", "Agent", "member", "look, act", "hello", "spent 0 of 100"):
        assert fact in told, told

    browser = Browser(served.url, {"Authorization": f"Bearer {token}"})
    agent = Agent(browser, "hello")
    assert agent.call("say", text="good morning").error == ""
    assert agent.call("spawn", name="weed").error in ("not_allowed", "missing_scope")
    row.get_by_role("button", name="Revoke waters the plants").click()
    part(page, "Tokens").get_by_text("None yet.").wait_for()
    assert browser.get("/api/worlds").status == 401

    # Whose agent it is: an owner sees and stops those of other accounts, too.
    bot, _ = Site(served).bearer(account="scoutbot", role="member", agent=True, scopes=["look"])
    assert bot.get("/api/worlds").status == 200
    page.get_by_role("button", name="Show", exact=True).click()
    every = part(page, "Every agent here").get_by_role("listitem").filter(has_text="scoutbot")
    every.wait_for()
    assert "Agent" in every.inner_text() and "look" in every.inner_text()
    assert audit(page) + axe(page) == []
    every.get_by_role("button", name="Stop scoutbot").click()
    every.wait_for(state="detached")
    assert bot.get("/api/worlds").status == 401


@pytest.mark.soak
def test_a_token_needs_something_that_it_may(served: Served, visit: Open) -> None:
    page = owner_in(served, visit)
    open_programs(page)
    form = unfold(page, "Make a token")
    form.get_by_label("look around").uncheck()
    form.get_by_role("button", name="Make a token").click()
    assert not form.get_by_label("look around").evaluate("(box) => box.validity.valid")
    assert page.get_by_role("textbox", name="The new token").count() == 0


@pytest.mark.soak
def test_a_machine_is_added_and_removed_and_all_software_is_stopped(
    served: Served, visit: Open
) -> None:
    page = owner_in(served, visit)
    open_programs(page)
    form = unfold(page, "Add the machine")
    form.get_by_label("What it is for").fill("thermostat")
    form.get_by_label("Public key").fill("ab" * 32)
    form.get_by_role("button", name="Add the machine").click()
    row = part(page, "Machines").get_by_role("listitem")
    row.get_by_text("thermostat").wait_for()
    row.get_by_text("Change the budget").first.click()
    change = row.get_by_role("form", name="Change the budget of thermostat")
    assert audit(page) + axe(page) == []
    change.get_by_label("It may spend at most").fill("80")
    change.get_by_role("button", name="Change the budget").click()
    row.get_by_text("spent 0 of 80").wait_for()
    row.get_by_role("button", name="Remove thermostat").click()
    part(page, "Machines").get_by_text("None yet.").wait_for()

    form = unfold(page, "Add the machine")
    form.get_by_label("What it is for").fill("pump")
    form.get_by_label("Public key").fill("cd" * 32)
    form.get_by_role("button", name="Add the machine").click()
    part(page, "Machines").get_by_role("listitem").get_by_text("pump").wait_for()
    bot, _ = Site(served).bearer(account="scoutbot", role="member", agent=True)
    assert bot.get("/api/worlds").status == 200
    page.get_by_role("button", name="Stop all agents and machines of the realm").click()
    part(page, "Machines").get_by_text("None yet.").wait_for()
    assert bot.get("/api/worlds").status == 401


@pytest.mark.soak
def test_an_agent_of_ones_own_is_named_in_the_history_and_stopped_as_a_whole(
    served: Served, visit: Open
) -> None:
    page = owner_in(served, visit)
    open_programs(page)
    form = unfold(page, "Make a token")
    form.get_by_label("What it is for").fill("Night bot")
    form.get_by_label("act", exact=True).check()
    form.get_by_label("build", exact=True).check()
    form.get_by_label("It acts at most as").select_option("builder")
    form.get_by_label("An AI agent uses it").check()
    form.get_by_role("button", name="Make a token").click()
    token = secret_of(page, "The new token")
    part(page, "Tokens").get_by_text("None yet.").wait_for()
    agent = Agent(Browser(served.url, {"Authorization": f"Bearer {token}"}), "hello")
    assert agent.call("place", name="night lamp", position=[0, 1, 0]).error == ""
    row = part(page, "Agents that act for you").get_by_role("listitem")
    assert "night-bot-" in row.inner_text() and "look, act, build" in row.inner_text()
    assert audit(page) + axe(page) == []
    row.get_by_role("button", name="Stop Night bot").click()
    part(page, "Agents that act for you").wait_for(state="detached")
    part(page, "Tokens").get_by_text("None yet.").wait_for()  # the dialog is shown anew
    assert agent.ask("tools/list").status == 401
    page.keyboard.press("Escape")
    press(page, "Menu")
    press(page, "History")
    page.get_by_text(re.compile("^Night bot for ")).first.wait_for()


@LOOKS
def test_the_dialogs_are_named_legible_and_large_enough(
    plaza: Served, ownership: Any, visit: Open, scheme: str, width: int
) -> None:
    window = visit(width=width, height=720, color_scheme=scheme, storage_state=ownership)
    page = window.enter(plaza.world("plaza"))
    wait(page, "window.worldloom.me?.role === 'owner'")
    press(page, "Invite")
    unfold(page, "Make a link")
    assert faults_of(page, scheme, width) == []
    assert page.evaluate("document.querySelector('dialog').scrollWidth") <= width
    press(page, "Make a link")
    secret_of(page, "The new link")
    assert faults_of(page, scheme, width) == []
    page.keyboard.press("Escape")
    open_programs(page)
    unfold(page, "Make a token")
    unfold(page, "Add the machine")
    assert faults_of(page, scheme, width) == []
    dialog = "document.querySelector('dialog:last-of-type')"
    assert page.evaluate(f"{dialog}.scrollWidth <= {dialog}.clientWidth")
