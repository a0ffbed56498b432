"""A person lets a program in through the browser, and nobody gets in another way."""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
import pytest
from mcp.client.auth import OAuthClientProvider
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)

from tests.server.agent import Agent
from tests.server.asking import Browser, Reply, Site
from tests.server.test_passkeys import keep, key_of
from worldloom.testing.fixtures import Server

BACK = "http://127.0.0.1:9999/callback"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Fields(HTMLParser):
    """What the form of a page sends."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "input" and (given.get("type") == "hidden" or "checked" in given):
            self.found.append((given["name"] or "", given["value"] or ""))


@dataclass
class Program:
    """A client that registered itself."""

    site: Site
    id: str
    verifier: str

    def ask(self, **changed: str) -> str:
        """Return the address at which its person is asked."""
        made = sha256(self.verifier.encode()).digest()
        query = {
            "response_type": "code", "client_id": self.id, "redirect_uri": BACK,
            "code_challenge": base64.urlsafe_b64encode(made).decode().rstrip("="),
            "code_challenge_method": "S256", "state": "s t", "scope": "look act",
            "resource": f"{self.site.server.url}/mcp/hello", **changed,
        }  # fmt: skip
        return f"/oauth/authorize?{urlencode({k: v for k, v in query.items() if v})}"

    def fetch(self, code: str, **changed: str) -> Reply:
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": BACK,
            "client_id": self.id, "code_verifier": self.verifier, **changed,
        }  # fmt: skip
        return self.site.nobody.ask("POST", "/oauth/token", urlencode(form).encode(), FORM)


def program(site: Site, **told: Any) -> Program:
    wish = {"redirect_uris": [BACK], "client_name": "Scout <b>", "scope": "x", **told}
    made = site.nobody.post("/oauth/register", wish)
    assert made.status == 201, made.body
    return Program(site, made.json["client_id"], secrets.token_urlsafe(48))


@pytest.fixture(scope="module")
def site(hello_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve it for these alone: they bring many wrong secrets, which slow whoever comes after."""
    running = Server(tmp_path_factory.mktemp("realm") / "realm.loom", str(hello_file))
    running.start()
    yield Site(running)
    assert running.stop() == 0


@pytest.fixture
def ada(site: Site) -> Browser:
    """Return a person who kept the account."""
    guest = site.guest()
    assert keep(site, guest, key_of(site), name="Ada").status == 201
    return guest


def answer(
    person: Browser, page: Reply, decision: str = "allow", drop: str = "", **fields: str
) -> Reply:
    """Press a button of the consent page, without one of its ticks, and with what is typed."""
    found = [one for one in Fields(page.body).found if one != ("allow", drop)]
    body = urlencode([*found, *fields.items(), ("decision", decision)]).encode()
    return person.ask("POST", "/oauth/authorize", body, {**FORM, "Origin": person.url})


def told(reply: Reply) -> dict[str, str]:
    """Return what the program is told by the address that it is led back to."""
    assert reply.status == 303, reply.body
    assert reply.headers["location"].startswith(f"{BACK}?")
    return dict(parse_qsl(urlsplit(reply.headers["location"]).query))


def code_for(asking: Program, person: Browser, **changed: str) -> str:
    page = person.get(asking.ask(**changed))
    assert page.status == 200, page.body
    found = told(answer(person, page))
    assert (found["state"], found["iss"]) == ("s t", asking.site.server.url)
    return found["code"]


def test_a_person_lets_a_program_in_with_fewer_scopes_and_ends_it(site: Site, ada: Browser) -> None:
    asking = program(site)
    page = ada.get(asking.ask())
    assert page.status == 200 and b"Scout &lt;b&gt;" in page.body and b"<b>" not in page.body
    policy = page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self' http://127.0.0.1:9999" in policy
    code = told(answer(ada, page, drop="act"))["code"]
    token = asking.fetch(code).json
    assert (token["token_type"], token["scope"]) == ("Bearer", "look")
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    agent = Agent(Browser(site.server.url, bearer), "hello")
    assert agent.call("look").error == ""
    assert agent.call("say", text="hi").error == "missing_scope"
    assert Agent(agent.browser, "secret").call("look").error == "other_world"
    (listed,) = ada.get("/api/auth/tokens").json["tokens"]
    assert (listed["label"], listed["agent"], listed["worlds"]) == ("Scout <b>", True, ["hello"])
    assert 0 < listed["expires"] - listed["made"] <= 7 * 24 * 3600 * 1_000_000
    body = urlencode({"token": token["access_token"]}).encode()
    assert site.nobody.ask("POST", "/oauth/revoke", body, FORM).status == 200
    assert agent.ask("tools/list").status == 401
    assert site.nobody.ask("POST", "/oauth/revoke", body, FORM).status == 200, "as good as revoked"


def test_a_code_is_good_once_and_only_for_who_asked(site: Site, ada: Browser) -> None:
    asking, other = program(site), program(site, client_name="Other")
    for changed in (
        {"code_verifier": "x" * 50}, {"code_verifier": ""}, {"client_id": other.id},
        {"redirect_uri": f"{BACK}/x"}, {"resource": f"{site.server.url}/mcp"},
    ):  # fmt: skip
        code = code_for(asking, ada)
        refused = asking.fetch(code, **changed)
        assert refused.status in (400, 429), changed
        assert asking.fetch(code).status in (400, 429), "a wrong try spends it"
    code = code_for(asking, ada)
    assert asking.fetch(code, grant_type="password").json["error"] == "unsupported_grant_type"
    assert asking.fetch(code).status == 200
    assert asking.fetch(code).status in (400, 429)


def test_whoever_denies_or_ticks_nothing_lets_nobody_in(site: Site, ada: Browser) -> None:
    asking = program(site)
    assert told(answer(ada, ada.get(asking.ask()), "deny"))["error"] == "access_denied"
    page = ada.get(asking.ask(scope="look"))
    assert told(answer(ada, page, drop="look"))["error"] == "access_denied"


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": "look everything"}, "invalid_scope"),
        ({"resource": "https://elsewhere.example/mcp"}, "invalid_target"),
        ({"resource": "HOST/mcp/no-such-world"}, "invalid_target"),
    ],
)
def test_what_is_asked_for_wrongly_is_told_to_the_program(
    site: Site, ada: Browser, changed: dict[str, str], error: str
) -> None:
    changed = {key: value.replace("HOST", site.server.url) for key, value in changed.items()}
    found = told(ada.get(program(site).ask(**changed)))
    assert (found["error"], found["state"], "code" in found) == (error, "s t", False)


@pytest.mark.parametrize(
    "changed",
    [{"client_id": "made.up"}, {"client_id": ""}, {"redirect_uri": "https://evil.example/"},
     {"redirect_uri": "http://127.0.0.1:9999/other"}, {"redirect_uri": ""}],
)  # fmt: skip
def test_nobody_is_led_where_the_program_did_not_say(
    site: Site, ada: Browser, changed: dict[str, str]
) -> None:
    reply = ada.get(program(site).ask(**changed))
    assert reply.status == 400 and "location" not in reply.headers


def test_a_program_on_this_machine_may_come_from_any_port(site: Site, ada: Browser) -> None:
    assert ada.get(program(site).ask(redirect_uri=BACK.replace("9999", "50123"))).status == 200


@pytest.mark.parametrize(
    "address",
    ["http://example.org/cb", "javascript:alert(1)", "https://a.example/#x", "https://u@a.example/",
     "https://a.example/;'unsafe", "ftp://localhost/", "https://", "x" * 600],
)  # fmt: skip
def test_a_program_registers_no_address_that_others_can_read(site: Site, address: str) -> None:
    reply = site.nobody.post("/oauth/register", {"redirect_uris": [address]})
    assert (reply.status, reply.json["error"]) == (400, "invalid_redirect_uri")


def test_guests_tokens_and_other_sites_consent_to_nothing(site: Site, ada: Browser) -> None:
    asking = program(site)
    assert site.guest().get(asking.ask()).status == 403
    assert site.token("bot", "owner").get(asking.ask()).status == 403
    page = ada.get(asking.ask())
    body = urlencode([*Fields(page.body).found, ("decision", "allow")]).encode()
    forged = ada.ask("POST", "/oauth/authorize", body, {**FORM, "Origin": "https://evil.example"})
    assert (forged.status, forged.code) == (403, "other_site")
    assert "location" not in forged.headers


def test_scopes_never_reach_beyond_what_the_person_may(site: Site, ada: Browser) -> None:
    asking = program(site)
    token = asking.fetch(code_for(asking, ada, scope="look act build admin")).json["access_token"]
    agent = Agent(Browser(site.server.url, {"Authorization": f"Bearer {token}"}), "hello")
    assert agent.call("say", text="hi").error == ""
    for tool in ("spawn", "grant"):
        assert agent.call(tool).error == "not_allowed"


def test_the_official_client_comes_in_by_consent_alone(site: Site, ada: Browser) -> None:
    landed: dict[str, str] = {}

    class Kept:
        tokens: OAuthToken | None = None
        client: OAuthClientInformationFull | None = None

        async def get_tokens(self) -> OAuthToken | None:
            return self.tokens

        async def set_tokens(self, tokens: OAuthToken) -> None:
            self.tokens = tokens

        async def get_client_info(self) -> OAuthClientInformationFull | None:
            return self.client

        async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
            self.client = client_info

    async def browse(url: str) -> None:
        parts = urlsplit(url)
        page = await asyncio.to_thread(ada.get, f"{parts.path}?{parts.query}")
        landed.update(told(await asyncio.to_thread(answer, ada, page)))

    async def come_back() -> AuthorizationCodeResult:
        return AuthorizationCodeResult(
            code=landed["code"], state=landed["state"], iss=landed["iss"]
        )

    async def visit() -> None:
        url = f"{site.server.url}/mcp/hello"
        wish = OAuthClientMetadata.model_validate(
            {"redirect_uris": [BACK], "client_name": "Official", "scope": "look act"}
        )
        auth = OAuthClientProvider(url, wish, Kept(), browse, come_back)
        http = httpx2.AsyncClient(auth=auth)
        async with http, Client(streamable_http_client(url, http_client=http)) as client:
            seen = await client.call_tool("look", {})
            assert seen.structured_content is not None and not seen.is_error

    asyncio.run(visit())
    assert landed["iss"] == site.server.url
