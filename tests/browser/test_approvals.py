"""A person approves in the page what an agent asks for by MCP, or in the browser by WebMCP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Dialog, Page, Route

from tests.browser.conftest import Served, Visit, wait
from tests.browser.test_accessible import audit, axe
from tests.browser.test_over_dialogs import MIDDLE
from tests.server.agent import Agent
from tests.server.asking import Site
from tests.server.school import SCHOOL, TAUGHT
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.rights import Deed, Role, Standing, decide

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
    for name in ("weed", "rose", "gate"):
        agent.call("place", name=name, position=[0, 0, 2])
    ids = {
        name: agent.call("despawn", entity=name).content["approval"]["id"]
        for name in ("weed", "rose")
    }
    wait(page, "document.body.innerText.includes('gardener asks to remove')")
    assert "loom approve" not in page.locator("body").inner_text()
    menu = page.get_by_role("button", name="Menu", exact=True)
    wait(page, "document.querySelector('.menu-door').dataset.asked === '2'")
    assert menu.get_attribute("aria-description") == "2 things wait for your word"
    page.reload()
    wait(page, "document.querySelector('.menu-door')?.dataset.asked === '2'")
    agent.call("despawn", entity="gate")
    toast = page.locator(".toast", has_text="asks to remove gate")
    toast.wait_for()
    assert toast.evaluate(MIDDLE)
    assert audit(page) + axe(page) == []
    toast.get_by_role("button", name="See it").click()
    page.get_by_role("listitem").filter(has_text="remove gate").get_by_role(
        "button", name="Deny"
    ).click()
    wait(page, "document.querySelectorAll('dialog .asked').length === 2")
    wait(page, "document.querySelector('.menu-door').dataset.asked === '2'")
    press(page, "Close")
    assert toast.count() == 0

    open_account(page)
    asked = page.get_by_role("region", name="Agents ask you")
    asked.get_by_text("gardener asks to remove weed in hello").wait_for()
    assert audit(page) + axe(page) == []
    weed = asked.get_by_role("listitem").filter(has_text="remove weed")
    weed.get_by_role("button", name="Allow").click()
    wait(page, "!Object.values(window.worldloom.entities()).some(one => one.name === 'weed')")
    assert agent.call("approval", id=ids["weed"]).content["state"] == "done"

    asked = page.get_by_role("region", name="Agents ask you")
    wait(page, "document.querySelectorAll('dialog .asked').length === 1")
    # Until what is left to decide is there, the dialog that stands takes keys: closed is closed.
    slow: list[Route] = []
    page.route("**/api/auth/me", lambda route: slow.append(route))
    asked.get_by_role("button", name="Deny").click()
    while not slow:
        page.wait_for_timeout(20)
    page.keyboard.press("Escape")
    with page.expect_response("**/api/auth/requests"):
        slow.pop().continue_()
    page.unroute("**/api/auth/me")
    page.evaluate("new Promise((drawn) => requestAnimationFrame(drawn))")
    assert page.locator("dialog").count() == 0
    assert agent.call("approval", id=ids["rose"]).content["state"] == "denied"
    assert agent.call("find", text="rose").content["things"]
    wait(page, "document.querySelector('.menu-door').dataset.asked === ''")
    agent.call("say", text="shall I weed more?")
    line = page.get_by_role("log").locator("p", has_text="shall I weed more?")
    line.get_by_text("agent", exact=True).wait_for()


TOOLS = "document.modelContext.getTools().then((tools) => tools.map((one) => one.name))"
"""The names of what a page offers to an agent in the browser: Chromium's own WebMCP."""
HAS = "document.modelContext.getTools().then((tools) => tools.some((one) => one.name === {!r}))"
CALL = """
async ([name, given]) => {
  const tools = await document.modelContext.getTools();
  return document.modelContext.executeTool(tools.find((one) => one.name === name), given);
}
"""


def call(page: Page, tool: str, **given: Any) -> Any:
    return json.loads(page.evaluate(CALL, [tool, given]))


def account_of(page: Page) -> str:
    me = page.evaluate("fetch('/api/auth/me').then((answer) => answer.json())")
    return str(me["account"])


def test_an_agent_in_the_browser_gets_as_tools_what_its_person_may_do(
    served: Served, visit: Open
) -> None:
    page = visit(width=800, height=600).page
    page.goto(f"{served.world('hello')}?webmcp")
    wait(page, HAS.format("say"))
    assert "spawn" not in page.evaluate(TOOLS)
    told = page.evaluate(
        "document.modelContext.getTools().then((tools) => JSON.stringify(tools.map("
        "({name, inputSchema, annotations}) => ({name, inputSchema, annotations}))))"
    )
    tools = {tool["name"]: tool for tool in json.loads(told)}
    assert tools["say"]["inputSchema"]["required"] == ["text"]
    hints = ("readOnlyHint", "untrustedContentHint", "consequentialHint")
    for name, expected in (
        ("look", (True, True, False)), ("say", (False, True, False)), ("use", (False, True, True))
    ):  # fmt: skip
        assert tuple(tools[name]["annotations"][hint] for hint in hints) == expected
    assert "Lantern, 2 m ahead" in call(page, "look")["untrusted"]["text"]
    assert "error" not in call(page, "say", text="hello from the browser")
    page.get_by_text("hello from the browser").first.wait_for()
    assert call(page, "go", position=[1e9, 0, 0])["error"]["code"] == "invalid"

    owner = Site(served).owner()
    granted = owner.act("hello", "grant", account=account_of(page), role="builder")
    assert granted.status == 200
    wait(page, HAS.format("spawn"))
    told = page.evaluate(
        "document.modelContext.getTools().then((tools) => "
        "JSON.stringify(tools.find(({name}) => name === 'spawn').inputSchema))"
    )
    takes = json.loads(told)["properties"]
    assert {"dry_run", "idempotency_key", "name"} <= takes.keys()
    assert takes["idempotency_key"]["maxLength"] == LIMITS.idempotency_key_characters_max
    assert "error" not in call(page, "spawn", name="kite", dry_run=True)
    first, again = (call(page, "spawn", name="kite", idempotency_key="k-1") for _ in range(2))
    assert "error" not in first and first == again, (
        "it is done once, and nothing was tried for real"
    )
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
    wait(page, f"{TOOLS}.then((names) => names.length === 0)")


LIBRARY = """

from worldloom import Visitor


@open_school.action(role="member")
def borrow(visitor: Visitor) -> str:
    \"\"\"Borrow a book.\"\"\"
    return "a book"
"""
"""An author's own action for members, in a world that has those of all kits."""


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Served]:
    """Serve a school with actions of every kind: built in, of each kit, of its author."""
    (tmp_path / "school.py").write_text(SCHOOL + LIBRARY)
    server = Served(tmp_path / "realm.loom", str(tmp_path / "school.py"))
    server.start()
    yield server
    server.stop()


@pytest.mark.soak
def test_an_agent_in_the_browser_is_offered_for_each_role_what_the_table_says(
    library: Served, visit: Open
) -> None:
    page = visit(width=320, height=180).page
    page.goto(f"{library.world('school')}?webmcp")
    wait(page, HAS.format("say"))
    owner, account = Site(library).owner(), account_of(page)
    needed = {**TAUGHT, "borrow": Role.MEMBER}
    for role in (Role.VISITOR, Role.MEMBER, Role.BUILDER, Role.OWNER, Role.MEMBER):
        if role is not Role.VISITOR:
            assert owner.act("school", "grant", account=account, role=str(role)).status == 200
        who = Standing(role, account)
        may = {name for name, needs in needed.items() if decide(who, Deed(name, needs)) is None}
        names = json.dumps(sorted(may | {"look"}))
        wait(page, f"{TOOLS}.then((names) => JSON.stringify(names.sort()) === "
                   f"JSON.stringify({names}))")  # fmt: skip
    # An author's action may do anything: the person is asked.
    page.once("dialog", lambda dialog: dialog.dismiss())
    assert call(page, "borrow")["error"]["code"] == "denied"
    page.once("dialog", lambda dialog: dialog.accept())
    assert call(page, "borrow")["untrusted"]["result"] == "a book"
    # A rule of the one world is heeded, too, and so is that one may not be there any more.
    for action in ("say", "borrow"):
        rule = owner.act("school", "set_right", action=action, role="owner")
        assert rule.status == 200, rule.json
    wait(page, f"{TOOLS}.then((names) => !names.includes('say') && !names.includes('borrow') "
               "&& names.includes('look'))")  # fmt: skip
    assert owner.act("school", "ban", account=account).status == 200
    wait(page, f"{TOOLS}.then((names) => names.length === 0)")


def test_a_page_offers_no_tools_to_who_did_not_ask_for_it(served: Served, visit: Open) -> None:
    page = visit().page
    page.goto(served.world("hello"))
    wait(page, "window.worldloom?.me != null")
    assert page.locator("script[src*=webmcp]").count() == 0
    assert page.evaluate(TOOLS) == []
