"""A stranger's story: guest, builder, account, another browser, and gone without a trace."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import CDPSession, Page

from tests.browser.conftest import HELLO, Served, Visit, wait
from tests.browser.looks import LOOKS
from tests.browser.test_accessible import faults_of
from tests.browser.test_models import VASE, placed
from tests.server.asking import Site
from tests.server.provider import provider
from tests.server.test_oauth import program
from worldloom.server.auth import FRESH

Open = Callable[..., Visit]
AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
    "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


BUILT = placed("garden")
"""What the stranger brought, as the page knows it."""
FIGURE = "worldloom.visitors()[worldloom.me.id].avatar"
"""What they look like to everyone."""


class Device:
    """Chromium's virtual authenticator in one window."""

    def __init__(self, page: Page) -> None:
        self.line: CDPSession = page.context.new_cdp_session(page)
        self.line.send("WebAuthn.enable")
        made = self.line.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        self.id = made["authenticatorId"]

    def credentials(self) -> list[dict[str, Any]]:
        found = self.line.send("WebAuthn.getCredentials", {"authenticatorId": self.id})
        return list(found["credentials"])

    def take(self, credential: dict[str, Any]) -> None:
        self.line.send(
            "WebAuthn.addCredential", {"authenticatorId": self.id, "credential": credential}
        )


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).last.click()


def account_of(page: Page) -> Any:
    return page.evaluate("fetch('/api/auth/me').then((answer) => answer.json())")


def takes_all_of_it_along(page: Page, account: str, path: Path) -> None:
    """Press for one's data in the dialog, and read the ZIP that comes."""
    with page.expect_download() as begun:
        page.get_by_role("dialog").get_by_role("link", name="Take my data along").click()
    assert begun.value.suggested_filename == "worldloom-account.zip"
    begun.value.save_as(path)
    with zipfile.ZipFile(path) as packed:
        model = f"files/{sha256(VASE.read_bytes()).hexdigest()}.glb"
        assert packed.namelist() == ["account.json", "worlds/adas-garden.json", model]
        about = json.loads(packed.read("account.json"))
        deeds = json.loads(packed.read("worlds/adas-garden.json"))
    assert (about["account"], about["name"], len(about["passkeys"])) == (account, "Ada Wanderer", 1)
    assert {one["actor"] for one in deeds} == {account}
    told = json.dumps(deeds)
    assert "adas-garden" in told and "these are my own words" in told


def makes_a_shed(page: Page) -> None:
    """Make a world as who the page's person is."""
    ask = (
        "fetch('/api/worlds', {method: 'POST', body: JSON.stringify({name: 'shed', title: 'Shed'})"
    )
    headers = ", headers: {'Content-Type': 'application/json'}}).then((answer) => answer.status)"
    assert page.evaluate(f"{ask}{headers}") == 201


def has_a_world_as_this_guest_and_would_leave_it(page: Page, device: Device) -> None:
    """Sign in where a guest has a world already: it is told what stays, and may stay itself."""
    guest = account_of(page)["account"]
    makes_a_shed(page)
    dialog = page.get_by_role("dialog", name="Leave this guest behind?")
    press(page, "Sign in")
    dialog.wait_for()
    assert dialog.get_by_role("listitem").all_inner_texts() == ["Shed"]
    assert faults_of(page, "light", 1000) == []
    dialog.get_by_role("button", name="Keep this guest first").wait_for()
    dialog.get_by_role("button", name="Cancel").click()
    dialog.wait_for(state="detached")
    assert account_of(page)["account"] == guest, "nobody went"
    press(page, "Sign in")
    dialog.get_by_role("button", name="Leave it and sign in").click()


def is_nobody_any_more(page: Page, account: str) -> None:
    """See that the passkey opens nothing; a world and its title stay, and are nobody's."""
    press(page, "Sign in")
    page.get_by_text("No account here has this passkey").wait_for()
    assert account_of(page)["account"] not in ("", account)
    shelf = page.get_by_role("navigation", name="Worlds")
    shelf.get_by_role("link", name="Adas garden").wait_for()
    shelf.get_by_role("button", name="Mine").click()
    shelf.get_by_text("no world yet").wait_for()


def test_a_guest_builds_keeps_the_account_comes_back_elsewhere_and_is_forgotten(
    default_realm: Served, visit: Open, tmp_path: Path
) -> None:
    first = visit(width=1000, height=700)
    page = first.enter(f"{default_realm.url}/")
    device = Device(page)
    page.get_by_label("Your name").fill("Ada Wanderer")
    with page.expect_file_chooser() as chosen:
        press(page, "Open my model")
    model = tmp_path / "Adas garden.glb"
    model.write_bytes(VASE.read_bytes())
    chosen.value.set_files(model)
    wait(page, "window.worldloom.world === 'adas-garden' && window.worldloom.me !== null")
    wait(page, f"{BUILT} !== undefined")
    press(page, "Done")
    page.keyboard.press("Enter")
    page.keyboard.type("these are my own words")
    page.keyboard.press("Enter")
    page.get_by_role("log").get_by_text("these are my own words").wait_for()
    figure = page.evaluate(FIGURE)
    account = account_of(page)
    assert (account["guest"], account["kept"]) == (True, False)

    press(page, "Menu")
    press(page, "Your account")
    press(page, "Keep this account")
    wait(page, "document.querySelectorAll('dialog .account li').length === 1")
    kept = account_of(page)
    assert (kept["account"], kept["name"], kept["kept"]) == (
        account["account"],
        "Ada Wanderer",
        True,
    )
    (credential,) = device.credentials()
    takes_all_of_it_along(page, account["account"], tmp_path / "mine.zip")

    other = visit(width=1000, height=700)
    page = other.enter(f"{default_realm.url}/")
    assert account_of(page)["account"] != account["account"]
    again = Device(page)
    again.take(credential)
    has_a_world_as_this_guest_and_would_leave_it(page, again)
    wait(page, "document.querySelector('.account-line button')?.hidden === true")
    assert account_of(page)["account"] == account["account"]
    assert page.get_by_label("Your name").input_value() == "Ada Wanderer"
    shelf = page.get_by_role("navigation", name="Worlds")
    shelf.get_by_role("button", name="Mine").click()
    shelf.get_by_role("link", name="Adas garden").click()
    wait(page, f"window.worldloom.me?.role === 'owner' && {BUILT} !== undefined")
    assert page.evaluate(FIGURE) == figure, "who never opened the wardrobe is who they were"
    page.keyboard.press("Control+z")
    wait(page, f"{BUILT} === undefined")

    # As five minutes later: the passkey has to answer once more, and does.
    other.context.clear_cookies(name=FRESH)
    answers = again.credentials()[0]["signCount"]
    press(page, "Menu")
    press(page, "Your account")
    press(page, "Delete my account")
    press(page, "Delete for good")
    page.wait_for_url(f"{default_realm.url}/")
    wait(page, "window.worldloom !== undefined")
    assert account_of(page)["account"] != account["account"]
    assert again.credentials()[0]["signCount"] == answers + 1
    is_nobody_any_more(page, account["account"])
    default_realm.stop()
    whole = default_realm.realm.read_bytes()
    assert b"Ada Wanderer" not in whole and b"my own words" not in whole
    command = [sys.executable, "-m", "worldloom", "verify", str(default_realm.realm)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_who_opens_the_owners_link_is_told_once_what_they_own_and_how_to_keep_it(
    served: Served, visit: Open
) -> None:
    claim = served.owner_of("hello").partition("#")[2]
    page = visit(width=390, height=844).enter(f"{served.url}/#{claim}")
    device = Device(page)
    dialog = page.get_by_role("dialog", name="This realm is yours now")
    dialog.wait_for()
    told = dialog.inner_text()
    assert "cookie" in told and "loom claim --again" in told
    assert faults_of(page, "dark", 390) == []
    dialog.get_by_role("button", name="Add a passkey").click()
    wait(page, "document.querySelector('dialog') === null")
    assert len(device.credentials()) == 1
    assert (account_of(page)["role"], account_of(page)["kept"]) == ("owner", True)
    page.reload()
    page.get_by_role("button", name="Enter", exact=True).wait_for()
    assert page.get_by_role("dialog").count() == 0


def is_called(page: Page, name: str) -> None:
    """Wait until the account, and the page's person for everyone in the world, has this name."""
    asked = f"window.called === {json.dumps(name)}"
    keep = "fetch('/api/auth/me').then((it) => it.json()).then((it) => { window.called = it.name })"
    wait(page, f"(({keep}), {asked}) && window.worldloom.me?.name === {json.dumps(name)}")


def test_an_account_made_before_its_name_was_typed_is_called_as_its_person_says_later(
    served: Served, visit: Open
) -> None:
    page = visit(width=390, height=844).enter(f"{served.url}/")
    Device(page)
    press(page, "Your account")
    press(page, "Keep this account")
    wait(page, "document.querySelectorAll('dialog .account li').length === 1")
    press(page, "Close")
    wait(page, "document.querySelector('dialog') === null")
    page.locator(".front").get_by_label("Your name").fill("Ada Wanderer")
    press(page, "Enter")
    is_called(page, "Ada Wanderer")
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("button", name="Name and look").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Your name").fill("Ada of the hills")
    dialog.get_by_role("button", name="Done").click()
    is_called(page, "Ada of the hills")


@LOOKS
def test_the_account_is_named_legible_and_large_enough(
    hello: Served, visit: Open, scheme: str, width: int
) -> None:
    page = visit(width=width, height=700, color_scheme=scheme).enter(f"{hello.url}/")
    Device(page)
    press(page, "Your account")
    page.get_by_role("dialog").wait_for()
    assert faults_of(page, scheme, width) == []
    press(page, "Keep this account")
    wait(page, "document.querySelectorAll('dialog .account li').length === 1")
    assert faults_of(page, scheme, width) == []
    press(page, "Delete my account")
    page.get_by_role("button", name="Delete for good").wait_for()
    assert faults_of(page, scheme, width) == []


def test_who_just_kept_the_account_is_not_asked_to_sign_in(served: Served, visit: Open) -> None:
    page = visit(width=1000, height=700).enter(f"{served.url}/")
    device = Device(page)
    sign_in = page.locator(".front").get_by_role("button", name="Sign in", exact=True)
    assert sign_in.is_visible()
    press(page, "Your account")
    press(page, "Keep this account")
    sign_in.wait_for(state="hidden")
    assert len(device.credentials()) == 1


@pytest.mark.soak
def test_a_guest_with_a_world_keeps_it_instead_of_signing_in_elsewhere(
    default_realm: Served, visit: Open
) -> None:
    page = visit(width=390, height=844, color_scheme="dark").enter(f"{default_realm.url}/")
    device = Device(page)
    makes_a_shed(page)
    guest = account_of(page)["account"]
    press(page, "Sign in")
    dialog = page.get_by_role("dialog", name="Leave this guest behind?")
    dialog.wait_for()
    assert faults_of(page, "dark", 390) == []
    dialog.get_by_role("button", name="Keep this guest first").click()
    wait(page, "document.querySelector('.account-line button')?.hidden === true")
    kept = account_of(page)
    assert (kept["account"], kept["kept"], len(device.credentials())) == (guest, True, 1)


@pytest.mark.soak
def test_the_name_on_the_front_page_is_that_of_the_account_that_is_kept_there(
    served: Served, visit: Open
) -> None:
    one = visit(width=1000, height=700)
    page = one.enter(f"{served.url}/")
    Device(page)
    name = page.locator(".front").get_by_label("Your name")
    name.fill("Ada Wanderer")
    press(page, "Your account")
    press(page, "Keep this account")
    wait(page, "document.querySelectorAll('dialog .account li').length === 1")
    assert account_of(page)["name"] == "Ada Wanderer"
    page.evaluate("localStorage.clear()")  # the account knows it, not this browser alone
    page = one.enter(f"{served.url}/")
    wait(page, "document.querySelector('.front input').value === 'Ada Wanderer'")
    press(page, "Your account")
    form = page.get_by_role("form", name="Your account")
    form.get_by_label("Your name").fill("Ada of the hills")
    form.get_by_role("button", name="Save").click()
    wait(page, "document.querySelector('.front input').value === 'Ada of the hills'")


def test_who_dismisses_the_browsers_dialog_is_told_so(hello: Served, visit: Open) -> None:
    page = visit().enter(f"{hello.url}/")
    page.evaluate(
        "() => { navigator.credentials.get = () => Promise.reject(new DOMException('no')) }"
    )
    press(page, "Sign in")
    wait(page, "document.body.innerText.includes('No passkey was chosen')")


STYLE = "https://cdn.jsdelivr.net/npm/@picocss/pico@2/css/pico.min.css"
"""Of the provider's own page, which is none of ours; it is not fetched."""


@pytest.mark.soak
def test_people_of_an_organisation_sign_in_by_a_button_and_choose_their_language(
    tmp_path: Path, visit: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORLDLOOM_OIDC_SECRET", "a secret of the tests")
    # The wheel stands alone, with what it asks for; `worldloom[oidc]` is beside the source tree.
    monkeypatch.delenv("WORLDLOOM_LOOM", raising=False)
    with provider() as issuer:
        server = Served(
            tmp_path / "realm.loom", str(HELLO), options=("--oidc", issuer, "worldloom")
        )
        server.start()
        try:
            sign_in_there(server, issuer, visit(width=1000, height=700))
            answer_a_program(server, issuer, visit(width=1000, height=700))
        finally:
            server.stop()


def answer_a_program(server: Served, issuer: str, one: Visit) -> None:
    """Sign in from the page that a program's question leads to, and come back to the question."""
    one.context.route(STYLE, lambda route: route.abort())
    page, asked = one.page, program(Site(server)).ask(resource=f"{server.url}/mcp/hello")
    page.goto(server.url + asked)
    page.get_by_role("link", name="Sign in").click()
    name = f"Sign in with {urlsplit(issuer).netloc}"
    button = page.get_by_role("dialog").get_by_role("button", name=name, exact=True)
    button.wait_for()
    assert faults_of(page, "light", 1000) == []
    button.click()
    page.get_by_placeholder("sub").fill("ada")
    press(page, "Authorize")
    page.get_by_role("heading", name="asks to come in as you").wait_for()
    assert page.url == server.url + asked
    one.strangers.remove(STYLE)


def sign_in_there(server: Served, issuer: str, one: Visit) -> None:
    one.context.route(STYLE, lambda route: route.abort())
    page = one.enter(f"{server.url}/")
    name = f"Sign in with {urlsplit(issuer).netloc}"
    door = page.locator(".front").get_by_role("button", name=name, exact=True)
    door.wait_for()
    assert faults_of(page, "light", 1000) == []
    press(page, "Your account")
    page.get_by_role("dialog").get_by_role("button", name=name, exact=True).wait_for()
    assert faults_of(page, "light", 1000) == []
    press(page, "Close")
    door.click()
    page.get_by_placeholder("sub").fill("ada")
    press(page, "Authorize")
    page.wait_for_url(f"{server.url}/")
    one.strangers.remove(STYLE)
    wait(page, "window.worldloom !== undefined")
    door.wait_for(state="hidden")
    assert account_of(page)["kept"] is True

    press(page, "Your account")
    page.get_by_label("Your language").select_option("pt")
    press(page, "Save")
    wait(page, "document.documentElement.lang === 'pt'")
    page.reload()
    assert page.evaluate("document.documentElement.lang") == "pt"
    assert page.locator(".front").get_attribute("lang") == "en", "its own words are English"
