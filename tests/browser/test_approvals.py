"""A person approves in the page what an agent asks for by MCP."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.conftest import Served, Visit, wait
from tests.browser.test_accessible import audit
from tests.server.agent import Agent
from tests.server.asking import Site

Open = Callable[..., Visit]


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).last.click()


def open_account(page: Page) -> None:
    press(page, "Menu")
    press(page, "Your account")


def test_an_owner_is_told_of_what_an_agent_asks_and_allows_or_denies_it(
    served: Served, visit: Open
) -> None:
    page = visit(width=1000, height=700).enter(served.owner_of("hello"))
    wait(page, "window.worldloom.me?.role === 'owner'")
    browser, _ = Site(served).bearer(account="gardener", role="builder", agent=True)
    agent = Agent(browser, "hello")
    for name in ("weed", "rose"):
        agent.call("place", name=name, position=[0, 0, 2])
    ids = {
        name: agent.call("despawn", entity=name).content["approval"]["id"]
        for name in ("weed", "rose")
    }
    wait(page, "document.body.innerText.includes('gardener asks to despawn')")

    open_account(page)
    asked = page.get_by_role("region", name="Agents ask you")
    asked.get_by_text("entity: weed").wait_for()
    assert audit(page) == []
    weed = asked.get_by_role("listitem").filter(has_text="entity: weed")
    weed.get_by_role("button", name="Allow").click()
    wait(page, "!Object.values(window.worldloom.entities()).some(one => one.name === 'weed')")
    assert agent.call("approval", id=ids["weed"]).content["state"] == "done"

    asked = page.get_by_role("region", name="Agents ask you")
    wait(page, "document.querySelectorAll('dialog .asked').length === 1")
    asked.get_by_role("button", name="Deny").click()
    wait(page, "document.querySelectorAll('dialog .asked').length === 0")
    assert agent.call("approval", id=ids["rose"]).content["state"] == "denied"
    assert agent.call("find", text="rose").content["things"]
