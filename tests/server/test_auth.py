"""Who asks: guests, the owner's claim, tokens; and no page of another site acts for anyone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.server.asking import Browser, Site
from worldloom.server.auth import same_host
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
    "header", ["Bearer", "Bearer ", "Bearer nonsense", "Basic YTpi", "nonsense", "Bearer wl_00"]
)
def test_a_bad_token_is_401_even_where_everyone_may_read(site: Site, header: str) -> None:
    reply = site.nobody.get("/api/worlds/hello", Authorization=header)
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
