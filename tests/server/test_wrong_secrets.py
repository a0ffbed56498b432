"""Whoever guesses is slowed and noted, by whichever way one comes in here."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec
import pytest

from tests.server.asking import Site
from tests.server.authenticator import Authenticator
from worldloom.kernel.records import read
from worldloom.stores.sqlite import SqliteStore
from worldloom.sync.messages import SUBPROTOCOL
from worldloom.testing.fixtures import Server

Guess = tuple[str, str, dict[str, Any] | str | None, dict[str, str]]
"""Method, path, body (JSON, or a form) and headers of one wrong attempt."""
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
DEVICE = {"device": "0" * 16, "time": 1, "nonce": "nonce-nonce", "signature": "0" * 128}


def by_token(site: Site, number: int) -> Guess:
    return "GET", "/api/worlds", None, {"Authorization": f"Bearer wl_{number:048x}"}


def by_token_at_mcp(site: Site, number: int) -> Guess:
    return "POST", "/mcp/hello", {}, {"Authorization": f"Bearer wl_{number:048x}"}


def by_claim(site: Site, number: int) -> Guess:
    return "POST", "/api/auth/claim", {"claim": f"guess-{number}"}, {}


def by_invitation(site: Site, number: int) -> Guess:
    return "POST", "/api/auth/invitations", {"invitation": f"guess-{number}"}, {}


def by_passkey(site: Site, number: int) -> Guess:
    given = Authenticator(site.server.url).answer({"challenge": "AAAA", "rpId": "localhost"})
    body = {"credential": given}
    return "POST", "/api/auth/passkeys/sign-in", body, {"Origin": site.server.url}


def by_organisation(site: Site, number: int) -> Guess:
    return "GET", f"/api/auth/oidc/callback?code=x{number}&state=y", None, {}


def by_device(site: Site, number: int) -> Guess:
    return "POST", "/api/auth/devices/token", {**DEVICE, "device": f"{number:016x}"}, {}


def by_code(site: Site, number: int) -> Guess:
    asked = {"grant_type": "authorization_code", "code": f"guess-{number}", "client_id": "x",
             "redirect_uri": "http://127.0.0.1:9999/", "code_verifier": "v" * 43}  # fmt: skip
    return "POST", "/oauth/token", urlencode(asked), FORM


def by_renewal(site: Site, number: int) -> Guess:
    secret = f"wr_{number:016x}_{number:048x}"
    asked = {"grant_type": "refresh_token", "refresh_token": secret, "client_id": "x"}
    return "POST", "/oauth/token", urlencode(asked), FORM


WAYS: dict[str, tuple[Callable[[Site, int], Guess], set[int]]] = {
    "token": (by_token, {401}),
    "token at MCP": (by_token_at_mcp, {401}),
    "owner's claim": (by_claim, {409}),
    "invitation": (by_invitation, {401}),
    "passkey": (by_passkey, {401}),
    "organisation": (by_organisation, {401}),
    "device": (by_device, {401}),
    "program's code": (by_code, {400}),
    "secret for renewing": (by_renewal, {400}),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_thousand_wrong_attempts_are_slowed_and_logged(
    serve: Callable[..., Server], hello_file: Path, way: str
) -> None:
    # The provider is never asked: what comes back was not begun here.
    options = ("--oidc", "http://localhost:9", "worldloom") if way == "organisation" else ()
    site = Site(serve(str(hello_file), options=options))
    guess, refusals = WAYS[way]
    good = site.token("bot", "member")
    parts = urlsplit(site.server.url)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=60)
    statuses, last = [], {}
    for number in range(1000):
        method, path, body, headers = guess(site, number)
        data = json.dumps(body) if isinstance(body, dict) else body
        line.request(method, path, data, headers)
        answer = line.getresponse()
        last = json.loads(answer.read())
        statuses.append(answer.status)
        if answer.status == 429:
            assert int(answer.headers["Retry-After"]) >= 1
    line.close()
    if way == "token":  # the same at a door that is not asked by HTTP
        codes = codes_at_the_socket(site, [f"wl_{number:048x}" for number in range(20)])
        assert codes.count("too_many_tries") > 10, codes
    assert set(statuses) == {*refusals, 429}
    assert statuses.count(429) > 800, "most are told to wait"
    assert last["error"]["code"] == "too_many_tries"
    assert good.get("/api/worlds").status == 200, "a right one passes all the time"
    site.server.stop()
    assert any("1000 wrong secrets" in told for told in site.server.errors)
    at_the_socket = [10] if way == "token" else []
    assert wrong_in_the_log(site.server.realm) == [10, 100, 1000, *at_the_socket]


def codes_at_the_socket(site: Site, tokens: list[str]) -> list[str]:
    """Return how a live socket is refused to each who brings a token, all at once."""
    parts = urlsplit(site.server.url)
    with ExitStack() as stack:
        lines = []
        for token in tokens:
            address = (parts.hostname or "", parts.port or 80)
            line = stack.enter_context(socket.create_connection(address, timeout=60))
            head = (
                f"GET /w/hello/live HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\n"
                "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                f"Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\nAuthorization: Bearer {token}\r\n\r\n"
            )
            line.sendall(head.encode())
            lines.append(line)
        return [code_of(line) for line in lines]


def code_of(line: socket.socket) -> str:
    heard, codes = b"", ("unknown_token", "too_many_tries")
    while more := line.recv(4096):
        heard += more
        for code in codes:
            if code.encode() in heard:
                return code
    raise AssertionError(heard)


def wrong_in_the_log(realm: Path) -> list[int]:
    """Return the counts of what the people's log says about wrong secrets."""
    store = SqliteStore(str(realm))
    try:
        head = next(head for head in store.streams() if head.name == "people")
        records = read(store.records(head.id, 0, head.seq))
        found = [record.payload for record in records if record.kind == "WrongSignIns"]
        return [msgspec.msgpack.decode(payload)["count"] for payload in found]
    finally:
        store.close()
