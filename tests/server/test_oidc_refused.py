"""Promised: a provider that errs or lies signs nobody in, and the server says which it was."""

from __future__ import annotations

import asyncio
import base64
import gzip
import http.server
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jws
from joserfc.jwk import OctKey, RSAKey

from tests.server.asking import Browser, Reply, Site
from worldloom.kernel.errors import Unavailable
from worldloom.kernel.limits import LIMITS
from worldloom.server.organisation import Organisation
from worldloom.testing.fixtures import Server

KEY = RSAKey.generate_key(2048, {"kid": "one"})
OTHER = RSAKey.generate_key(2048, {"kid": "one"})
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass
class Liar:
    """A provider over HTTP that says what a test wants, true things else."""

    about: Any = field(default_factory=dict)
    keys: Any = None
    told: Any = None
    server: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    drips: bool = False
    thinks: float = 0.0
    """Seconds before each answer."""
    asking: list[int] = field(default_factory=list)
    """How many were there as each came."""
    here: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def begin(self) -> None:
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.answer(outer.about if "well-known" in self.path else outer.keys)

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                self.answer(outer.told)

            def answer(self, what: Any) -> None:
                outer.here += 1
                outer.asking.append(outer.here)
                time.sleep(outer.thinks)
                outer.here -= 1
                body = what if isinstance(what, bytes) else json.dumps(what).encode()
                self.send_response(outer.status)
                for name, value in outer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with suppress(OSError):  # who asked may hang up
                    for at in range(len(body)) if outer.drips else ():
                        self.wfile.write(body[at : at + 1])
                        time.sleep(0.05)
                    self.wfile.write(b"" if outer.drips else body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.be_true()

    def be_true(self) -> None:
        self.told = None
        self.headers, self.status, self.drips, self.thinks = {}, 200, False, 0.0
        self.asking.clear()
        self.about = {"issuer": self.url, **{one: f"{self.url}/{one}" for one in ENDPOINTS}}
        self.keys = {"keys": [KEY.as_dict(private=False)]}


@pytest.fixture(scope="module")
def provider() -> Iterator[Liar]:
    made = Liar()
    made.begin()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def liar(provider: Liar) -> Liar:
    """Return the provider, which says what is true again."""
    provider.be_true()
    return provider


@pytest.fixture(scope="module")
def work(
    provider: Liar, hello_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    realm = tmp_path_factory.mktemp("work") / "realm.loom"
    options = ("--oidc", provider.url, "worldloom")
    many = {"wrong_secrets_burst_max": 1000.0}
    server = Server(realm, str(hello_file), options=options, limits=many).start()
    yield Site(server)
    assert server.stop() == 0
    assert "Traceback" not in "".join(server.errors)


def come_back(guest: Browser, liar: Liar, **other: Any) -> Reply:
    """Sign in with a true ID token but for some claims; None leaves one out."""
    begun = guest.get("/api/auth/oidc")
    assert begun.status == 302, begun.body
    asked = parse_qs(urlsplit(begun.headers["location"]).query)
    key, header = other.pop("key", KEY), other.pop("header", {"alg": "RS256", "kid": "one"})
    claims = {
        "iss": liar.url, "aud": "worldloom", "sub": "ada", "exp": int(time.time()) + 300,
        "nonce": asked["nonce"][0], **other,
    }  # fmt: skip
    claims = {name: value for name, value in claims.items() if value is not None}
    if liar.told is None:
        liar.told = {"id_token": jws.serialize_compact(header, json.dumps(claims), key)}
    cookie = begun.headers["set-cookie"].partition(";")[0]
    path = f"/api/auth/oidc/callback?code=c&state={asked['state'][0]}"
    return guest.get(path, Cookie=f"{guest.headers.get('Cookie', '')}; {cookie}")


def test_a_true_token_signs_in(work: Site, liar: Liar) -> None:
    assert come_back(work.guest(), liar).status == 303


@pytest.mark.parametrize("other", [
    {"nbf": 1, "iat": 1}, {"azp": "worldloom"}, {"exp": 4_000_000_000.5},
    {"aud": ["another", "worldloom"], "azp": "worldloom"}, {"aud": ["worldloom"]}, {"sub": "é"},
])  # fmt: skip
def test_what_a_true_token_says_besides_signs_in(
    work: Site, liar: Liar, other: dict[str, Any]
) -> None:
    assert come_back(work.guest(), liar, **other).status == 303


@pytest.mark.parametrize("other", [
    {"key": OTHER}, {"aud": "another"}, {"aud": ["another"]}, {"aud": None}, {"aud": {}},
    {"nonce": "another"}, {"nonce": None}, {"exp": 1}, {"exp": None}, {"exp": "9999999999"},
    {"exp": True}, {"iss": "http://another"}, {"iss": None}, {"sub": None}, {"sub": ""},
    {"sub": {"a": 1}}, {"sub": "x" * 300}, {"sub": "half \ud800"}, {"nonce": "\udfff"},
    {"nbf": 9_999_999_999}, {"nbf": "1"}, {"iat": 9_999_999_999}, {"exp": float("nan")},
    {"azp": "another"}, {"azp": ["worldloom"]}, {"azp": ""}, {"aud": ["worldloom", "another"]},
    {"aud": ["worldloom", "another"], "azp": "another"}, {"aud": ["worldloom", 5]},
    {"iss": {"a": 1}},
])  # fmt: skip
def test_a_token_that_does_not_hold_signs_nobody_in(
    work: Site, liar: Liar, other: dict[str, Any]
) -> None:
    guest = work.guest()
    reply = come_back(guest, liar, **other)
    assert (reply.status, reply.code) == (401, "bad_oidc")
    assert "set-cookie" not in reply.headers and not guest.get("/api/auth/me").json["kept"]


NONE = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ."


@pytest.mark.parametrize("told", [
    {"id_token": NONE}, {"id_token": ""}, {}, {"id_token": "a.b.c"}, {"id_token": 5},
    {"id_token": "\x00"}, {"id_token": "é.é.é"}, {"id_token": "a.b.c.d.e"},
])  # fmt: skip
def test_what_is_no_signed_token_signs_nobody_in(
    work: Site, liar: Liar, told: dict[str, Any]
) -> None:
    liar.told = told
    reply = come_back(work.guest(), liar)
    assert (reply.status, reply.code) == (401, "bad_oidc")


@pytest.mark.parametrize(
    "keys", [{}, {"keys": 5}, {"keys": [5]}, {"keys": []}, {"keys": [{"kty": "?"}]}]
)
def test_keys_that_are_none_sign_nobody_in(work: Site, liar: Liar, keys: Any) -> None:
    liar.keys = keys
    assert come_back(work.guest(), liar).code == "bad_oidc"


def test_a_token_signed_by_a_shared_secret_or_holding_a_list_signs_nobody_in(
    work: Site, liar: Liar
) -> None:
    head = {"alg": "HS256", "kid": "one"}
    shared = OctKey.import_key(json.dumps(KEY.as_dict(private=False)))
    assert come_back(work.guest(), liar, key=shared, header=head).code == "bad_oidc"
    signed = jws.serialize_compact({"alg": "RS256", "kid": "one"}, b"[1]", KEY)
    liar.told = {"id_token": signed}
    assert come_back(work.guest(), liar).code == "bad_oidc"


DEEP = b"[" * 50_000 + b"]" * 50_000
HALF_DEEP = b'{"keys":' + b"[" * 900 + b"]" * 900 + b"}"


@pytest.mark.parametrize("part", ["about", "told", "keys"])
@pytest.mark.parametrize("body", [
    DEEP, HALF_DEEP, HALF_DEEP.replace(b"keys", b"issuer"), HALF_DEEP.replace(b"keys", b"id_token"),
    b"", b"nothing", b"[]", b"null", b'"\xff"', b'{"id_token": "\\ud800"}', b'{"a": NaN}',
    b'{"keys": [{"kty": "RSA", "n": "", "e": ""}]}', b'{"keys": [{"kty": {}, "kid": []}]}',
    b'{"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "one"}]}',
    b'{"keys": [{"kty": "RSA", "n": "AQ", "e": "AQ", "kid": "one"}]}', b'{"keys": null}',
    b'{"a": "' + b"x" * 300_000 + b'"}',
])  # fmt: skip
def test_no_answer_of_a_provider_is_a_mistake_of_the_server(
    work: Site, liar: Liar, part: str, body: bytes
) -> None:
    if part == "about":
        organisation = Organisation(liar.url, "worldloom")
        liar.about = body
        with pytest.raises(Unavailable):
            asyncio.run(organisation.about())
        return
    setattr(liar, part, body)
    reply = come_back(work.guest(), liar)
    assert (reply.status, reply.code) in ((401, "bad_oidc"), (503, "unavailable"))


@pytest.mark.parametrize("where", ["head", "payload", "many"])
def test_a_signed_token_that_is_nested_without_end_signs_nobody_in(
    work: Site, liar: Liar, where: str
) -> None:
    def packed(part: bytes) -> str:
        return base64.urlsafe_b64encode(part).rstrip(b"=").decode()

    head, payload = packed(b'{"alg":"RS256","kid":"one"}'), packed(b"{}")
    if where == "payload":
        told = jws.serialize_compact({"alg": "RS256", "kid": "one"}, DEEP, KEY)
    else:
        told = f"{packed(DEEP if where == 'head' else b'{}')}.{payload}.{head}"
    liar.told = {"id_token": told if where != "many" else "." * 100_000}
    reply = come_back(work.guest(), liar)
    assert (reply.status, reply.code) == (401, "bad_oidc")


@pytest.mark.parametrize(("status", "to"), [
    (201, ""), (204, ""), (302, "http://["), (302, "//\x80"), (302, "javascript:1"),
    (307, "/again"), (401, ""), (404, ""), (500, ""), (599, ""),
])  # fmt: skip
def test_another_status_signs_nobody_in_and_no_redirect_is_followed(
    work: Site, liar: Liar, status: int, to: str
) -> None:
    guest = work.guest()
    begun = guest.get("/api/auth/oidc")
    assert begun.status == 302
    liar.status, liar.headers = status, {"Location": to}
    reply = come_back(guest, liar)
    assert (reply.status, reply.code) in ((401, "bad_oidc"), (503, "unavailable"))


def test_what_comes_packed_is_not_unpacked(liar: Liar) -> None:
    liar.headers = {"Content-Encoding": "gzip"}
    liar.about = gzip.compress(json.dumps(liar.about).encode())
    with pytest.raises(Unavailable):
        asyncio.run(Organisation(liar.url, "worldloom").about())


def test_a_provider_that_drips_or_never_ends_keeps_nobody_waiting(
    liar: Liar, hello_file: Path, tmp_path: Path
) -> None:
    options = ("--oidc", liar.url, "worldloom")
    limits = {"oidc_seconds_max": 1.0}
    server = Server(tmp_path / "realm.loom", str(hello_file), options=options, limits=limits)
    site = Site(server.start())
    liar.drips = True
    liar.about = {**liar.about, "padding": "x" * 1_000}
    reply = site.guest().get("/api/auth/oidc")
    assert (reply.status, reply.code) == (503, "unavailable"), "it drips for 60 s"
    liar.drips = False
    assert site.guest().get("/api/auth/oidc").status == 302
    assert server.stop() == 0
    assert "TimeoutError" in "".join(server.errors)


def test_strangers_are_told_in_plain_words_and_the_log_has_the_kind(
    liar: Liar, hello_file: Path, tmp_path: Path
) -> None:
    port = liar.server.server_port
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{free.getsockname()[1]}"
        options = ("--oidc", nowhere, "worldloom")
        server = Server(tmp_path / "realm.loom", str(hello_file), options=options).start()
        reply = Site(server).guest().get("/api/auth/oidc")
    assert reply.status == 503
    assert reply.json["error"]["message"] == "the organisation's sign-in does not answer"
    assert server.stop() == 0
    errors = "".join(server.errors)
    assert "does not answer: ConnectError" in errors and str(port) not in errors
    assert "Traceback" not in errors


def test_a_crowd_that_signs_in_asks_the_provider_a_few_at_a_time(liar: Liar) -> None:
    liar.thinks = 0.6
    organisation = Organisation(liar.url, "worldloom")

    async def crowd() -> None:
        await asyncio.gather(*(organisation.ask("GET", f"{liar.url}/jwks_uri") for _ in range(24)))

    asyncio.run(crowd())
    assert len(liar.asking) == 24
    assert 1 < max(liar.asking) <= LIMITS.oidc_at_once_max


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize(
    "value", [None, 5, "", "/relative", "javascript:1", "http://", "http://[x", "http://a b/"]
)
def test_a_provider_that_names_no_address_for_a_part_is_unavailable_and_told_which(
    liar: Liar, endpoint: str, value: object
) -> None:
    true = liar.about
    liar.about = {**true, endpoint: value}
    if value is None:
        del liar.about[endpoint]
    organisation = Organisation(liar.url, "worldloom")
    with pytest.raises(Unavailable, match=endpoint):
        asyncio.run(organisation.about())
    liar.about = true
    assert asyncio.run(organisation.about()) == true, "nothing of the mistake is kept"


def test_a_server_says_what_a_provider_lacks_counts_wrong_tokens_and_keeps_a_query(
    liar: Liar, hello_file: Path, tmp_path: Path
) -> None:
    options = ("--oidc", liar.url, "worldloom")
    server = Server(tmp_path / "realm.loom", str(hello_file), options=options).start()
    site = Site(server)
    lacking = liar.about.pop("authorization_endpoint")
    reply = site.guest().get("/api/auth/oidc")
    assert (reply.status, reply.code) == (503, "unavailable")
    assert "authorization_endpoint" in reply.json["error"]["message"]
    liar.about["authorization_endpoint"] = f"{lacking}?tenant=7"
    url = site.guest().get("/api/auth/oidc").headers["location"]
    query = parse_qs(urlsplit(url).query)
    assert query["tenant"] == ["7"] and query["client_id"] == ["worldloom"]
    codes = {come_back(site.guest(), liar, aud="another").code for _ in range(40)}
    assert codes == {"bad_oidc", "too_many_tries"}, "wrong tokens are slowed as all secrets"
    assert server.stop() == 0
    errors = "".join(server.errors)
    assert "10 wrong secrets came to bad_oidc" in errors and "Traceback" not in errors
