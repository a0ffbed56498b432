"""A person reads who asks to come in, and says yes or no, without a script on the page."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Served, Visit
from tests.browser.test_accessible import audit
from tests.server.asking import Site
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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_question_is_legible_on_a_phone_and_answered_by_the_keyboard(
    plaza: Served, ownership: Any, visit: Open, side: Side, scheme: str
) -> None:
    page, led = ask(plaza, ownership, visit, side, width=360, height=740, color_scheme=scheme)
    assert page.get_by_role("heading").inner_text() == "“Scout <b>” asks to come in as you"
    assert audit(page) == []
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
