"""A person approves in the page what an agent asks for by MCP, or in the browser by WebMCP."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Dialog, Page

from tests.browser.conftest import Served, Visit, wait
from tests.browser.test_accessible import audit, axe
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
    assert audit(page) + axe(page) == []
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
    agent.call("say", text="shall I weed more?")
    line = page.get_by_role("log").locator("p", has_text="shall I weed more?")
    line.get_by_text("agent", exact=True).wait_for()


HOST = """
const tools = new Map();
document.modelContext = {
  tools,
  registerTool(tool, { signal }) {
    if (tools.has(tool.name)) throw new DOMException(tool.name, 'InvalidStateError');
    tools.set(tool.name, tool);
    signal.addEventListener('abort', () => tools.delete(tool.name));
  },
};
"""
"""Stands for what no released browser has yet: the host of WebMCP, as its draft has it."""


def call(page: Page, tool: str, **given: Any) -> Any:
    run = "([tool, given]) => document.modelContext.tools.get(tool).execute(given)"
    return json.loads(page.evaluate(run, [tool, given]))


def test_an_agent_in_the_browser_gets_as_tools_what_its_person_may_do(
    served: Served, visit: Open
) -> None:
    page = visit(width=800, height=600).page
    page.add_init_script(HOST)
    page.goto(f"{served.world('hello')}?webmcp")
    wait(page, "document.modelContext.tools.has('say')")
    assert page.evaluate("document.modelContext.tools.has('spawn')") is False
    tool = page.evaluate("JSON.stringify(document.modelContext.tools.get('say'))")
    assert json.loads(tool)["inputSchema"]["required"] == ["text"]
    assert json.loads(tool)["annotations"] == {"readOnlyHint": False, "untrustedContentHint": True}
    assert "Lantern, 2 m ahead" in call(page, "look")["untrusted"]["text"]
    assert "error" not in call(page, "say", text="hello from the browser")
    page.get_by_text("hello from the browser").first.wait_for()
    assert call(page, "go", position=[1e9, 0, 0])["error"]["code"] == "invalid"

    account = page.evaluate("fetch('/api/auth/me').then((answer) => answer.json())")["account"]
    owner = Site(served).owner()
    assert owner.act("hello", "grant", account=account, role="builder").status == 200
    wait(page, "document.modelContext.tools.has('spawn')")
    assert "error" not in call(page, "spawn", name="kite")
    asked: list[str] = []

    def say_no(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.once("dialog", say_no)
    assert call(page, "despawn", entity="kite")["error"]["code"] == "denied"
    assert "despawn" in asked[0] and '{"entity":"kite"}' in asked[0]
    page.once("dialog", lambda dialog: dialog.accept())
    assert "error" not in call(page, "despawn", entity="kite")
    # What leads to an author's code is asked of the person, whatever that does and costs.
    for tool, given in (("use", {"entity": "lantern"}), ("click", {"entity": "lantern"}),
                        ("undo", {"by": "robot"})):  # fmt: skip
        page.once("dialog", say_no)
        assert call(page, tool, **given)["error"]["code"] == "denied"
        assert f"asks to {tool}" in asked[-1]
    page.evaluate("history.pushState(null, '', '/'); dispatchEvent(new PopStateEvent('popstate'))")
    wait(page, "document.modelContext.tools.size === 0")


def test_a_page_offers_no_tools_to_who_did_not_ask_for_it(served: Served, visit: Open) -> None:
    page = visit().page
    page.add_init_script(HOST)
    page.goto(served.world("hello"))
    wait(page, "window.worldloom?.me != null")
    assert page.locator("script[src*=webmcp]").count() == 0
    assert page.evaluate("document.modelContext.tools.size") == 0
