"""A person reads who asks to come in, and says yes or no, without a script on the page."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Dialog, Page

from tests.browser.conftest import Served, Visit, claim, wait
from tests.browser.looks import ways
from tests.browser.test_accessible import audit, axe
from tests.browser.test_accounts import Device
from tests.browser.test_approvals import HAS, call
from tests.server.agent import Agent
from tests.server.asking import Browser, Site
from tests.server.test_mcp_approvals import SHOP
from tests.server.test_oauth import program

Open = Callable[..., Visit]


class Side(HTTPServer):
    """The program, as a browser comes back to it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Heard)
        self.led: list[str] = []
        """Where the browser was led, and with it what the program is told."""


class Heard(BaseHTTPRequestHandler):
    """One coming back."""

    server: Side

    def do_GET(self) -> None:
        """Note what it is told, and say so."""
        self.server.led.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(b"back at the program")

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def side() -> Iterator[Side]:
    """Serve the program's own address."""
    server = Side()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def kiosk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a shop where an order costs 60."""
    folder = tmp_path_factory.mktemp("kiosk")
    (folder / "kiosk.py").write_text(SHOP)
    server = Served(folder / "realm.loom", str(folder / "kiosk.py"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def kiosk_ownership(kiosk: Served, chromium: Chromium) -> Any:
    """Claim the shop and return its owner's cookies."""
    return claim(kiosk.owner_of("kiosk"), chromium)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).last.click()


def ask(
    plaza: Served, ownership: Any, visit: Open, side: Side, **window: Any
) -> tuple[Page, list[str]]:
    """Open the question in the owner's browser; return the page, and where the program is told."""
    page = visit(storage_state=ownership, **window).page
    back = f"http://127.0.0.1:{side.server_port}/callback"
    asking = program(Site(plaza), redirect_uris=[back])
    where = {"resource": f"{plaza.url}/mcp/plaza", "redirect_uri": back}
    page.goto(plaza.url + asking.ask(scope="look act pay", **where))
    return page, side.led


@pytest.mark.soak
@ways("scheme", ["dark"], soak=["light"])
def test_the_question_is_legible_on_a_phone_and_answered_by_the_keyboard(
    plaza: Served, ownership: Any, visit: Open, side: Side, scheme: str
) -> None:
    page, led = ask(plaza, ownership, visit, side, width=360, height=740, color_scheme=scheme)
    assert page.get_by_role("heading").inner_text() == "“Scout <b>” asks to come in as you"
    assert audit(page) + axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_label("Speak, walk").focus()
    page.keyboard.press("Space")
    budget = page.get_by_label("At most, in all worlds together")
    assert budget.input_value() == "100"
    budget.fill("-1")
    assert not budget.evaluate("(field) => field.validity.valid")
    budget.fill("60")
    page.get_by_role("button", name="Allow").focus()
    page.keyboard.press("Enter")
    page.get_by_text("back at the program").wait_for()
    told = parse_qs(urlsplit(led[0]).query)
    assert told["state"] == ["s t"] and told["iss"] == [plaza.url] and len(told["code"]) == 1


def test_no_is_told_to_the_program(plaza: Served, ownership: Any, visit: Open, side: Side) -> None:
    page, led = ask(plaza, ownership, visit, side)
    page.get_by_role("button", name="Deny").click()
    page.get_by_text("back at the program").wait_for()
    assert parse_qs(urlsplit(led[0]).query)["error"] == ["access_denied"]


@ways("scheme", ["dark"], soak=["light"])
def test_who_cannot_let_a_program_in_is_told_why_on_a_page_that_all_can_read(
    plaza: Served, visit: Open, scheme: str
) -> None:
    page = visit(width=360, height=740, color_scheme=scheme).page
    page.goto(plaza.url + program(Site(plaza)).ask(resource=f"{plaza.url}/mcp/plaza"))
    assert page.get_by_role("heading").inner_text() == "Sign in first"
    assert f"Worldloom at {urlsplit(plaza.url).netloc}" in page.locator("main").inner_text()
    assert page.evaluate("document.fonts.ready.then(() => document.fonts.check('16px Inter'))")
    assert page.evaluate("[...document.fonts].map((one) => one.status)") == ["loaded"]
    assert audit(page) + axe(page) == []
    page.goto(f"{plaza.url}/oauth/authorize?client_id=nobody")
    assert page.get_by_role("heading").inner_text() == "This does not work"
    assert audit(page) + axe(page) == []


@pytest.mark.soak
def test_who_signs_in_for_a_program_comes_back_to_its_very_question(
    served: Served, visit: Open
) -> None:
    first = visit(width=1000, height=700)
    page, asked = first.page, program(Site(served)).ask(resource=f"{served.url}/mcp/hello")
    device = Device(page)
    page.goto(served.url + asked)
    page.get_by_role("link", name="Sign in").click()
    page.get_by_role("dialog").wait_for()
    assert audit(page) + axe(page) == []
    press(page, "Keep this account")
    page.get_by_role("heading", name="asks to come in as you").wait_for()
    assert page.url == served.url + asked
    (credential,) = device.credentials()

    page = visit(width=1000, height=700).page
    Device(page).take(credential)
    page.goto(served.url + asked)
    page.get_by_role("link", name="Sign in").click()
    press(page, "Sign in by a passkey")
    page.get_by_role("heading", name="asks to come in as you").wait_for()
    assert page.url == served.url + asked
    # It leads nowhere else, whoever made the link.
    for then in ("https://example.com/oauth/authorize", "//example.com/oauth/authorize", "/w/hello",
                 "/\\\\example.com/oauth/authorize", "javascript:alert(1)"):  # fmt: skip
        page.goto(f"{served.url}/?{urlencode({'sign-in': '', 'then': then})}")
        page.wait_for_url(f"{served.url}/")


def test_an_agent_spends_what_its_person_approves_in_another_browser_and_no_more(
    kiosk: Served, visit: Open, side: Side, kiosk_ownership: Any
) -> None:
    """Consent with a budget of 100 in one browser; 60 are allowed in another; 60 more are not."""
    page = visit(storage_state=kiosk_ownership).page
    back = f"http://127.0.0.1:{side.server_port}/callback"
    asking = program(Site(kiosk), client_name="Shopper", redirect_uris=[back])
    where = {"resource": f"{kiosk.url}/mcp/kiosk", "redirect_uri": back}
    page.goto(kiosk.url + asking.ask(scope="look act pay", **where))
    assert page.get_by_label("At most, in all worlds together").input_value() == "100"
    page.get_by_role("button", name="Allow").click()
    page.get_by_text("back at the program").wait_for()
    code = parse_qs(urlsplit(side.led[0]).query)["code"][0]
    secret = asking.fetch(code, redirect_uri=back).json["access_token"]
    agent = Agent(Browser(kiosk.url, {"Authorization": f"Bearer {secret}"}), "kiosk")

    second = visit(storage_state=kiosk_ownership).enter(kiosk.world("kiosk"))
    wait(second, "window.worldloom.me?.role === 'owner'")
    held = agent.call("order", what="teapot").content["approval"]
    wait(second, "/Shopper for .* asks to order/.test(document.body.innerText)")
    press(second, "Menu")
    press(second, "Your account")
    asked = second.get_by_role("region", name="Agents ask you")
    told = asked.get_by_role("listitem").inner_text()
    assert "Shopper for " in told and "what: teapot" in told
    assert "Cost 60, 100 of its budget left" in told
    asked.get_by_role("button", name="Allow").click()
    asked.wait_for(state="detached")
    assert agent.call("approval", id=held["id"]).content["state"] == "done"
    # What a use comes to is told as well.
    agent.call("use", entity="valve")
    wait(second, "/Shopper for .* asks to open valve/.test(document.body.innerText)")
    press(second, "Close")
    press(second, "Menu")
    press(second, "Your account")
    told = asked.get_by_role("listitem").inner_text()
    assert "asks to use" in told and "It does: open valve, degrees: 90" in told
    assert "Cost" not in told
    asked.get_by_role("button", name="Deny").click()
    asked.wait_for(state="detached")
    # An agent in the page's own browser spends no more easily: its person reads the price.
    second.goto(f"{kiosk.world('kiosk')}?webmcp")
    wait(second, HAS.format("use"))
    wait(second, "Object.values(window.worldloom.entities()).some(one => one.name === 'till')")
    said: list[str] = []

    def say_no(dialog: Dialog) -> None:
        said.append(dialog.message)
        dialog.dismiss()

    second.once("dialog", say_no)
    assert call(second, "use", entity="till")["error"]["code"] == "denied"
    assert "asks to use: order as you" in said[0] and "which costs 60" in said[0]
    refused = agent.call("order")
    assert refused.error == "budget_exceeded"
    assert "40 more" in refused.content["error"]["untrusted"]["message"]
