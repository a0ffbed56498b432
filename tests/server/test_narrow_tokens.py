"""Whatever a narrow token asks of its person's account, the person stays as they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.asking import Site
from worldloom.testing.fixtures import Server

PUBLIC = {"POST /api/auth/passkeys/challenge", "GET /api/auth/oidc"}
"""What anyone may ask for, to sign in."""
HARMLESS = {"POST /api/auth/sign-out"}
"""What forgets a cookie alone: of who came by a token it takes nothing."""


@pytest.fixture(scope="module")
def site(hello_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve a realm of our own: what is asked here are wrong secrets, too, and slow others down."""
    server = Server(tmp_path_factory.mktemp("narrow") / "realm.loom", str(hello_file)).start()
    yield Site(server)
    assert server.stop() == 0


@pytest.mark.parametrize(
    "narrow",
    [
        {"scopes": ["look"]},
        {"scopes": ["look", "act", "build", "pay"]},
        {"worlds": ["hello"]},
        {"agent": True},
    ],
    ids=["looks", "builds", "one world", "agent"],
)
def test_no_address_changes_a_person_by_a_token_that_is_narrower_than_they_are(
    site: Site, narrow: dict[str, Any]
) -> None:
    letters = (letter if letter.isalnum() else "-" for letter in f"narrow{narrow}".lower())
    account = "".join(letters)[:40].strip("-")
    whole, _ = site.bearer(account=account, role="builder")
    browser, _ = site.bearer(account=account, role="builder", **narrow)
    before = whole.get("/api/auth/tokens").json["tokens"]
    assert len(before) >= 2
    passed = set()
    for path, operations in site.nobody.get("/openapi.json").json["paths"].items():
        if not path.startswith("/api/auth/") or "{" in path:
            continue
        for method in operations:
            body: Any = None if method == "get" else {}
            if browser.ask(method.upper(), path, body).status < 400:
                passed.add(f"{method.upper()} {path}")
    assert passed <= {"GET /api/auth/me", "GET /api/auth/approvals", *PUBLIC, *HARMLESS}, passed
    refused = browser.post("/api/auth/forget", {})
    assert (refused.status, refused.code) == (403, "missing_scope")
    assert browser.ask("PUT", "/api/auth/profile", {"name": "Mallory"}).code == "missing_scope"
    assert browser.get("/api/auth/tokens").code == "missing_scope"
    assert browser.get("/api/auth/devices").code == "missing_scope"
    assert whole.get("/api/auth/tokens").json["tokens"] == before


def test_a_token_for_one_world_sees_no_other_in_the_list_and_brings_nothing_for_it(
    site: Site,
) -> None:
    make = {"name": "workshop", "public": False}
    assert site.owner().post("/api/worlds", make).status == 201
    whole, _ = site.bearer(account="one-place", role="builder")
    assert site.owner().act("workshop", "grant", account="one-place", role="builder").status == 200
    narrow, _ = site.bearer(account="one-place", role="builder", worlds=["elsewhere"])
    listed = {one["name"] for one in whole.get("/api/worlds").json["worlds"]}
    assert listed >= {"hello", "workshop"}
    assert narrow.get("/api/worlds").json["worlds"] == []
    assert whole.ask("POST", "/api/assets", b"no file of any kind").code != "other_world"
    refused = narrow.ask("POST", "/api/assets", b"no file of any kind")
    assert (refused.status, refused.code) == (403, "other_world")


def test_who_is_banned_where_they_build_brings_nothing_for_it(site: Site) -> None:
    builder, owner = site.guest(), site.owner()
    account = builder.get("/api/auth/me").json["account"]
    assert owner.act("hello", "grant", account=account, role="builder").status == 200
    assert builder.ask("POST", "/api/assets", b"no file of any kind").code == "bad_upload"
    assert owner.act("hello", "ban", account=account).status == 200
    assert builder.ask("POST", "/api/assets", b"no file of any kind").status == 403


def test_a_token_without_limits_still_stands_for_its_person(site: Site) -> None:
    whole, _ = site.bearer(account="wholly-me", role="builder")
    assert whole.ask("PUT", "/api/auth/profile", {"name": "Ada"}).status == 200
    assert whole.post("/api/auth/forget", {}).status == 200
    assert whole.get("/api/auth/me").status == 401
