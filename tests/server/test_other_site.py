"""A page of another site obtains nothing in the name of who is signed in here, at no door."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.asking import Browser, Site
from tests.server.test_audit import BODIES, address_of, changing
from worldloom.testing.fixtures import Server

NOT_BY_COOKIE = {
    "POST /api/auth/devices/token": "by a machine's signature",
    "POST /api/realm/import": "by the secret of the realm's own command line",
    "POST /oauth/register": "anyone may, and nobody keeps it",
    "POST /oauth/revoke": "by the secret itself",
    "POST /oauth/token": "by a code and its verifier",
}
"""Where a cookie is not looked at, and by what one asks instead."""


@pytest.fixture(scope="module")
def site(hello_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    running = Server(tmp_path_factory.mktemp("other") / "realm.loom", str(hello_file))
    running.start()
    yield Site(running)
    assert running.stop() == 0


@pytest.fixture(scope="module")
def owner(site: Site) -> Browser:
    """Claim the realm by a browser's cookie."""
    browser = site.guest()
    assert browser.post("/api/auth/claim", {"claim": site.claim()}).status == 200
    assert browser.get("/api/auth/me").json["role"] == "owner"
    return browser


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
    ids=("another", "sandboxed", "without-origin"),
)
def test_nothing_that_changes_anything_is_taken_from_another_sites_page(
    site: Site, owner: Browser, headers: dict[str, str]
) -> None:
    every = changing(site)
    assert len(every) > 30
    taken: dict[str, tuple[int, bytes]] = {}
    for operation in every:
        method, path = address_of(operation)
        body = BODIES.get(operation, None if method == "DELETE" else {})
        media = {"Content-Type": "image/png"} if isinstance(body, bytes) else {}
        reply = owner.ask(method, path, body, {**media, **headers})
        if b'"other_site"' not in reply.body:
            taken[operation] = (reply.status, reply.body[:60])
    assert taken.keys() == NOT_BY_COOKIE.keys(), taken
    assert owner.get("/api/auth/me").json["role"] == "owner"
