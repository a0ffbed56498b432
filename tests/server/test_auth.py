"""Who asks: guests, the owner's claim, tokens; and no page of another site acts for anyone."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from secrets import token_bytes
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.server.asking import Browser, Site
from worldloom.kernel.realm import Realm
from worldloom.kernel.rights import Role
from worldloom.kernel.tokens import NewToken
from worldloom.server.auth import same_host
from worldloom.server.engine import now_us
from worldloom.server.serving import Options, _guests_make_worlds
from worldloom.stores.sqlite import SqliteStore
from worldloom.testing.fixtures import Server


def test_a_page_makes_a_guest_whose_cookie_scripts_cannot_read(site: Site) -> None:
    cookie = site.nobody.get("/").headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie
    assert "secure" not in cookie


def test_a_guest_stays_the_same_and_two_guests_differ(site: Site) -> None:
    one, other = site.guest(), site.guest()
    first = one.get("/api/auth/me")
    assert first.json == one.get("/api/auth/me").json
    assert first.json["guest"] is True
    assert first.json["role"] is None
    assert "set-cookie" not in first.headers
    assert first.json["account"] != other.get("/api/auth/me").json["account"]


def socket_answer(site: Site, host: str, *lines: str) -> bytes:
    parts = urlsplit(site.server.url)
    head = (
        f"GET /w/hello/live HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Protocol: worldloom.2\r\n"
    )
    head += "".join(f"{line}\r\n" for line in lines)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as line:
        line.sendall(f"{head}\r\n".encode())
        heard = b""
        while b"_host" not in heard and (more := line.recv(4096)):
            heard += more
    return heard


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7400", "127.0.0.1.evil.example"])
def test_a_name_that_was_rebound_to_this_machine_is_refused(site: Site, host: str) -> None:
    """The page of evil.example asks under its own name, with an Origin that matches."""
    guest = site.guest()
    for path in ("/", "/w/hello", "/api/worlds", "/api/worlds/hello/state", "/api/auth/me"):
        reply = guest.get(path, Host=host)
        assert (reply.status, reply.code) == (421, "unknown_host")
        assert "--name evil.example" in reply.json["error"]["fix"] or "127" in host
    origin = {"Host": host, "Origin": f"http://{host}"}
    for path in ("/api/worlds/hello/actions/add", "/api/auth/claim", "/api/worlds"):
        assert guest.post(path, {"one": 1}, **origin).code == "unknown_host"
    assert b"unknown_host" in socket_answer(site, host, f"Origin: http://{host}")


@pytest.mark.parametrize(
    "host", ["localhost", "LocalHost.:80", "127.0.0.1", "[::1]:7400", "192.168.1.20", "a.localhost"]
)
def test_numbers_and_localhost_are_names_of_every_server(site: Site, host: str) -> None:
    assert site.guest().get("/api/worlds", Host=host).status == 200


@pytest.mark.parametrize(
    "host",
    ["a, evil", "a b", "a/b", "a@b", "http://a", "[::1", "a:b", "a:123456", "a?x", "a#", "é"],
)
def test_what_is_no_host_is_refused_and_repeated_nowhere(site: Site, host: str) -> None:
    paths = ("/.well-known/oauth-authorization-server", "/oauth/authorize", "/api/worlds", "/")
    for asking in (site.guest(), site.owner()):
        for path in paths:
            reply = asking.get(path, Host=host)
            assert (reply.status, reply.code) == (400, "bad_host")
            assert host.encode("latin-1") not in reply.body + str(reply.headers).encode("latin-1")
    assert b"bad_host" in socket_answer(site, host)
    assert site.nobody.get("/healthz", Host=host).status == 200, "a probe is told how it goes"


def test_machines_may_ask_under_any_name_how_it_goes_and_by_a_token(site: Site) -> None:
    assert site.nobody.get("/healthz", Host="pod.example").status == 200
    assert site.owner().get("/api/worlds", Host="worlds.example").status == 200


def test_a_server_goes_by_the_names_that_it_is_told(serve: Callable[..., Server]) -> None:
    server = serve(options=("--name", "worlds.example", "--name", "other.example"))
    guest = Site(server).guest()
    for host, status in (("Worlds.Example:443", 200), ("other.example", 200), ("evil", 421)):
        assert guest.get("/api/worlds", Host=host).status == status


def test_importing_without_a_token_is_401_and_with_a_lesser_one_403(site: Site) -> None:
    body = {"path": "/etc/passwd"}
    assert site.nobody.post("/api/realm/import", body).status == 401
    assert site.guest().post("/api/realm/import", body).status == 403
    assert site.token("robot", "owner").post("/api/realm/import", body).status == 403


def test_nobody_gets_a_token_that_stands_for_the_command_line(site: Site) -> None:
    wish = {"account": "local", "role": "visitor", "scopes": ["look"], "agent": True}
    for browser in (site.owner(), site.token("robot", "owner")):
        reply = browser.post("/api/auth/tokens", wish)
        assert (reply.status, reply.code) == (422, "invalid")
        assert "command line" in reply.json["error"]["message"]
    assert site.owner().post("/api/auth/tokens", {"role": "owner"}).status == 422


def test_a_token_of_the_command_lines_account_from_before_imports_nothing(
    serve: Callable[..., Server], hello_file: Path, tmp_path: Path
) -> None:
    realm, secret = tmp_path / "old.loom", "wl_made-by-an-older-version"
    with closing(SqliteStore(str(realm))) as store:
        host = Realm(store, now_us, token_bytes)
        new = NewToken(Role.OWNER)
        host.administer(lambda step: host.people.issue(step, "local", new, secret))
        store.commit([sealed.group for sealed in host.outbox])
    server = serve(str(hello_file), realm=realm)
    old = Browser(server.url, {"Authorization": f"Bearer {secret}"})
    assert old.get("/api/auth/me").json["account"] == "local"
    reply = old.post("/api/realm/import", {"path": "/etc/passwd"})
    assert (reply.status, reply.code) == (403, "not_allowed")


def test_the_command_line_and_oneself_cannot_be_banned_and_one_is_told_why(site: Site) -> None:
    owner = site.token("robot", "owner")
    for account, word in (("local", "command line"), ("robot", "yourself")):
        reply = owner.act("hello", "ban", account=account)
        assert (reply.status, reply.code) == (409, "not_bannable")
        assert word in reply.json["error"]["message"]


@settings(max_examples=60)
@given(st.binary(max_size=80), st.integers(0, 60))
def test_a_cookie_that_was_changed_is_nobodys(site: Site, noise: bytes, place: int) -> None:
    genuine = site.guest().headers["Cookie"]
    body = genuine.partition("=")[2]
    forged = bytearray(body.encode())
    forged[place % len(forged) : place % len(forged) + len(noise)] = noise
    text = bytes(forged).decode("latin-1")
    if text == body or any(ord(c) < 32 or ord(c) > 126 for c in text):
        return
    me = Browser(site.server.url, {"Cookie": f"worldloom={text}"}).get("/api/auth/me")
    assert me.status == 200
    assert "set-cookie" in me.headers, "a new guest is made"


@pytest.mark.parametrize(
    ("header", "path"),
    [
        ("Bearer", "/api/worlds/hello"),
        ("Bearer ", "/w/hello"),
        ("Bearer nonsense", "/api/worlds/hello"),
        ("Basic YTpi", "/api/worlds/hello"),
        ("nonsense", "/w/hello/text"),
        ("Bearer wl_00", "/w/hello/text"),
    ],
)  # few, as an address has so many wrong secrets
def test_a_bad_token_is_401_even_where_everyone_may_read(
    site: Site, header: str, path: str
) -> None:
    reply = site.nobody.get(path, Authorization=header)
    assert reply.status == 401
    assert "bearer" in reply.headers["www-authenticate"].lower()


def test_nobody_may_look_and_not_act(site: Site) -> None:
    assert site.nobody.get("/api/worlds/hello/state").status == 200
    assert site.nobody.act("hello", "say", text="hi").status == 401


def test_a_token_allows_at_most_its_role(site: Site) -> None:
    assert site.token("ann", "visitor").act("hello", "build").status == 403
    assert site.token("bea", "builder").act("hello", "build").status == 200
    assert site.token("cleo", "builder").post("/api/worlds", {"name": "x"}).status == 403
    weak = site.token("bea", "visitor")
    assert weak.act("hello", "build").status == 403, "the token caps its account"


def test_a_form_of_another_site_is_refused_with_the_cookie_and_not_with_a_token(site: Site) -> None:
    guest = site.guest()
    evil = {"Origin": "https://evil.example"}
    path = "/api/worlds/hello/actions/say"
    refused = guest.ask("POST", path, {"text": "x"}, evil)
    assert (refused.status, refused.code) == (403, "other_site")
    cross = {"Sec-Fetch-Site": "cross-site"}
    assert guest.ask("POST", path, {"text": "x"}, cross).status == 403
    own = {"Origin": site.server.url}
    assert guest.ask("POST", path, {"text": "x"}, own).status == 200
    token = site.token("dora", "visitor")
    assert token.ask("POST", path, {"text": "x"}, evil).status == 200


@given(st.text(max_size=60))
def test_only_the_very_same_host_is_the_same(text: str) -> None:
    assert same_host(f"http://{text}", "localhost:7400") == (text.lower() == "localhost:7400") or (
        urlsplit(f"http://{text}").netloc.lower() == "localhost:7400"
    )
    assert not same_host("null", "localhost:7400")


def test_signing_out_forgets_the_cookie(site: Site) -> None:
    reply = site.guest().post("/api/auth/sign-out")
    assert reply.status == 200
    assert "max-age=0" in reply.headers["set-cookie"].lower()


def test_the_owners_link_is_valid_once(
    serve: Callable[..., Server], hello_file: Path, tmp_path: Path
) -> None:
    site = Site(serve(str(hello_file)))
    secret = site.claim()
    guest = site.guest()
    assert guest.post("/api/worlds", {"name": "mine"}).status == 403
    claimed = guest.post("/api/auth/claim", {"claim": secret})
    assert claimed.json["role"] == "owner"
    again = site.guest().post("/api/auth/claim", {"claim": secret})
    assert (again.status, again.code) == (409, "claim_spent")
    assert guest.post("/api/worlds", {"name": "mine", "title": "Mine"}).status == 201
    assert guest.post("/api/worlds", {"name": "mine"}).status == 409
    assert guest.post("/api/worlds", {"name": "../up"}).status == 422
    assert guest.post("/api/worlds", {"name": "a", "public": "yes"}).status == 422
    assert guest.act("mine", "spawn", name="thing").status == 200
    site.server.stop()
    # The second start of an owned realm prints no link, and the owner is still the owner.
    second = serve(str(hello_file), realm=tmp_path / "realm.loom")
    assert second.claim == ""
    later = Browser(second.url, guest.headers)
    assert later.get("/api/auth/me").json["role"] == "owner"
    assert later.get("/api/worlds/mine").json["title"] == "Mine"


def test_a_private_world_is_made_and_kept_private(
    serve: Callable[..., Server], hello_file: Path
) -> None:
    site = Site(serve(str(hello_file)))
    assert site.owner().post("/api/worlds", {"name": "den", "public": False}).status == 201
    assert site.guest().get("/api/worlds/den").status == 403


def test_a_guest_on_ones_own_machine_makes_a_few_worlds_of_their_own(
    serve: Callable[..., Server], hello_file: Path
) -> None:
    site = Site(serve(str(hello_file), "--guests", "make"))
    guest = site.guest()
    assert guest.post("/api/worlds", {"name": "mine"}).status == 201
    assert guest.act("mine", "spawn", name="thing").status == 200
    assert guest.act("hello", "spawn", name="thing").status == 403, "only in their own"
    assert site.guest().act("mine", "spawn", name="other").status == 403, "and nobody else"
    made = [guest.post("/api/worlds", {"name": f"mine-{n}"}).status for n in range(5)]
    assert made == [201, 201, 201, 201, 413]
    assert site.nobody.post("/api/worlds", {"name": "x"}).status == 401
    assert site.token("bea", "builder").post("/api/worlds", {"name": "x"}).status == 403


def test_guests_make_worlds_on_the_default_realm_of_this_machine_alone() -> None:
    assert _guests_make_worlds(Options())
    assert not _guests_make_worlds(Options(guests="visit"))
    assert not _guests_make_worlds(Options(share=True))
    assert not _guests_make_worlds(Options(host="0.0.0.0"))
    assert not _guests_make_worlds(Options(files=(Path("hello.py"),)))
    assert _guests_make_worlds(Options(share=True, guests="make"))
