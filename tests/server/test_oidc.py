"""People of an organisation sign in by its own provider, a real one in a process beside."""

from __future__ import annotations

import http.client
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from tests.server.asking import Browser, Reply, Site
from tests.server.provider import provider
from worldloom.testing.fixtures import Server


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with provider() as url:
        yield url


@pytest.fixture(scope="module")
def work(issuer: str, hello_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    realm = tmp_path_factory.mktemp("work") / "realm.loom"
    server = Server(realm, str(hello_file), options=("--oidc", issuer, "worldloom"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORLDLOOM_OIDC_SECRET", "a secret of the tests")
        server.start()
    yield Site(server)
    server.stop()


def begin(work: Site, guest: Browser) -> tuple[str, str]:
    """Return the provider's address and the cookie that the answer must come with."""
    reply = guest.get("/api/auth/oidc")
    assert reply.status == 302, reply.body
    return reply.headers["location"], reply.headers["set-cookie"].partition(";")[0]


def at_provider(url: str, person: str) -> str:
    """Sign in at the provider as someone; return where it leads back to."""
    parts = urlsplit(url)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=20)
    try:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        line.request("POST", f"{parts.path}?{parts.query}", f"sub={person}", headers)
        answer = line.getresponse()
        answer.read()
        return answer.headers["Location"]
    finally:
        line.close()


def back(guest: Browser, url: str, cookie: str) -> Reply:
    parts = urlsplit(url)
    kept = "; ".join(one for one in (guest.headers.get("Cookie", ""), cookie) if one)
    return guest.get(f"{parts.path}?{parts.query}", Cookie=kept)


def sign_in(work: Site, guest: Browser, person: str) -> Browser:
    url, cookie = begin(work, guest)
    reply = back(guest, at_provider(url, person), cookie)
    assert reply.status == 303, reply.body
    found = re.search(r"worldloom=([^;]+)", reply.headers["set-cookie"])
    assert found is not None
    return Browser(work.server.url, {"Cookie": f"worldloom={found[1]}"})


def account(browser: Browser) -> str:
    return str(browser.get("/api/auth/me").json["account"])


def test_a_guest_who_signs_in_keeps_the_account_and_comes_back_to_it(
    work: Site, issuer: str
) -> None:
    guest = work.guest()
    before = account(guest)
    mine = sign_in(work, guest, "ada")
    assert account(mine) == before
    told = mine.get("/api/auth/me").json
    assert (told["kept"], told["organisation"]) == (True, urlsplit(issuer).netloc)
    elsewhere = sign_in(work, work.guest(), "ada")
    assert account(elsewhere) == before
    assert account(sign_in(work, work.guest(), "bob")) != before


def test_an_answer_serves_once_and_only_the_browser_that_asked(work: Site) -> None:
    guest = work.guest()
    url, cookie = begin(work, guest)
    answer = at_provider(url, "cleo")
    assert back(work.guest(), answer, "").code == "bad_oidc"
    url, cookie = begin(work, guest)
    answer = at_provider(url, "cleo")
    assert back(guest, answer, cookie).status == 303
    assert back(guest, answer, cookie).code == "bad_oidc"
    url, cookie = begin(work, guest)
    wrong = at_provider(url, "cleo").replace("code=", "code=x")
    assert back(guest, wrong, cookie).code == "bad_oidc"


@pytest.mark.parametrize(("asked", "led"), [
    ("/oauth/authorize?client_id=a&state=b%26c", "/oauth/authorize?client_id=a&state=b%26c"),
    ("/w/hello", "/"), ("//evil.example/oauth/authorize", "/"), ("/oauth/authorize/../..", "/"),
    ("https://evil.example/oauth/authorize", "/"), ("", "/"),
])  # fmt: skip
def test_who_signs_in_for_a_program_is_led_back_to_its_question_and_nowhere_else(
    work: Site, asked: str, led: str
) -> None:
    guest = work.guest()
    begun = guest.get(f"/api/auth/oidc?{urlencode({'then': asked})}")
    cookie = begun.headers["set-cookie"].partition(";")[0]
    reply = back(guest, at_provider(begun.headers["location"], "eve"), cookie)
    assert (reply.status, reply.headers["location"]) == (303, led)


def test_what_the_provider_says_is_not_in_the_file(work: Site) -> None:
    sign_in(work, work.guest(), "dora-of-accounting")
    assert b"dora-of-accounting" not in work.server.realm.read_bytes()


def test_a_server_without_the_libraries_for_it_does_not_start_and_says_what_to_install(
    tmp_path: Path,
) -> None:
    script = "import sys; sys.modules['joserfc'] = None; from worldloom.server.cli.main import main"
    options = ["run", "--realm", str(tmp_path / "realm.loom"), "--port", "0", "--oidc"]
    asked = [*options, "http://localhost:1", "worldloom"]
    done = subprocess.run(
        [sys.executable, "-c", f"{script}; sys.exit(main({asked!r}))"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "--oidc needs joserfc" in done.stderr and "worldloom[oidc]" in done.stderr
    assert not (tmp_path / "realm.loom").exists()


def test_where_no_organisation_is_named_there_is_none(site: Site) -> None:
    assert site.guest().get("/api/auth/oidc").status == 404
    assert "organisation" not in site.guest().get("/api/auth/me").json
