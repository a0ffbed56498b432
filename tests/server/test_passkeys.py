"""A guest keeps their account by a passkey, loses nothing, and comes back from elsewhere."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.responses import Response

from tests.kernel.host import Host
from tests.server.asking import Browser, Reply, Site
from tests.server.authenticator import Authenticator
from worldloom.kernel.accounts import Passkey
from worldloom.server.auth import Doorkeeper, SignInAgain, Who
from worldloom.server.cli.main import main
from worldloom.testing.fixtures import Server

BEGIN, KEYS = "/api/auth/passkeys/begin", "/api/auth/passkeys"
AGAIN = "/api/auth/passkeys/again"
CHALLENGE, SIGN_IN = "/api/auth/passkeys/challenge", "/api/auth/passkeys/sign-in"


@pytest.fixture(scope="module")
def site(hello_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve a realm of our own: wrong secrets that others tried would have us wait here."""
    server = Server(tmp_path_factory.mktemp("keys") / "realm.loom", str(hello_file)).start()
    yield Site(server)
    assert server.stop() == 0


def at_home(site: Site) -> dict[str, str]:
    return {"Origin": site.server.url}


def key_of(site: Site) -> Authenticator:
    return Authenticator(site.server.url)


def keep(site: Site, guest: Browser, key: Authenticator, **more: Any) -> Reply:
    options = guest.post(BEGIN, None, **at_home(site)).json
    reply = guest.post(KEYS, {"credential": key.make(options), **more}, **at_home(site))
    guest.takes(reply)
    return reply


def show_again(site: Site, browser: Browser, key: Authenticator) -> Reply:
    options = browser.post(f"{AGAIN}/begin", None, **at_home(site)).json
    reply = browser.post(AGAIN, {"credential": key.answer(options)}, **at_home(site))
    browser.takes(reply)
    return reply


def come_back(site: Site, key: Authenticator) -> Reply:
    options = site.nobody.post(CHALLENGE, None, **at_home(site)).json
    return site.nobody.post(SIGN_IN, {"credential": key.answer(options)}, **at_home(site))


def browser_of(site: Site, reply: Reply) -> Browser:
    return Browser(site.server.url, {"Cookie": "; ".join(reply.cookies)})


def me(browser: Browser) -> Any:
    return browser.get("/api/auth/me").json


def test_who_signs_out_everywhere_is_opened_by_no_passkey_that_was_on_its_way(site: Site) -> None:
    guest, key = site.guest(), key_of(site)
    assert keep(site, guest, key_of(site)).status == 201
    options = guest.post(BEGIN, None, **at_home(site)).json
    slow = guest.slowly("POST", KEYS, {"credential": key.make(options)}, at_home(site))
    out = guest.post("/api/auth/sign-out", {"everywhere": True}, **at_home(site))
    assert (out.status, slow.end().status) == (200, 401)
    assert come_back(site, key).code == "unknown_passkey"


def test_a_guest_becomes_an_account_and_loses_nothing(site: Site) -> None:
    guest, key = site.guest(), key_of(site)
    account, figure = me(guest)["account"], me(guest)["avatar"]
    site.owner().act("hello", "grant", account=account, role="builder")
    assert guest.act("hello", "spawn", name="kiosk").status == 200
    assert (me(guest)["guest"], me(guest)["kept"]) == (True, False)
    made = keep(site, guest, key, name="Ada", label="my phone")
    assert made.status == 201, made.body
    mine = me(guest)
    assert (mine["account"], mine["name"]) == (account, "Ada")
    assert (mine["guest"], mine["kept"]) == (False, True)
    assert mine["profile"] == {"name": "Ada", "language": "", "avatar": "", "vrm": ""}
    assert [one["label"] for one in mine["passkeys"]] == ["my phone"]
    elsewhere = browser_of(site, come_back(site, key))
    assert me(elsewhere)["account"] == account
    assert me(elsewhere)["avatar"] == figure != "", "who never chose looks the same, too"
    assert elsewhere.act("hello", "undo").status == 200, "the trail is still theirs"
    assert elsewhere.act("hello", "spawn", name="kiosk").status == 200, "and the role"


def test_two_passkeys_open_one_account_and_the_last_one_stays(site: Site) -> None:
    guest, first, second = site.guest(), key_of(site), key_of(site)
    assert keep(site, guest, first).status == 201
    assert keep(site, guest, second).status == 201
    for key in (first, second):
        assert me(browser_of(site, come_back(site, key)))["account"] == me(guest)["account"]
    ids = [one["id"] for one in me(guest)["passkeys"]]
    assert guest.delete(f"{KEYS}/{ids[0]}").status == 200
    assert come_back(site, first).code == "unknown_passkey"
    assert come_back(site, second).status == 200
    assert guest.delete(f"{KEYS}/{ids[1]}").code == "last_key"
    assert guest.delete(f"{KEYS}/nothing").status == 404


def test_a_found_browser_changes_no_passkeys_and_deletes_no_account(site: Site) -> None:
    guest, key, other = site.guest(), key_of(site), key_of(site)
    assert keep(site, guest, key).status == 201
    found = Browser(guest.url, {"Cookie": guest.headers["Cookie"].partition(";")[0]})
    (id,) = [one["id"] for one in me(found)["passkeys"]]

    def tries() -> set[tuple[int, str]]:
        made = {"credential": other.make({"rp": {"id": "localhost"}, "challenge": "AAAA"})}
        return {
            (reply.status, reply.code)
            for reply in (
                found.post(BEGIN, None, **at_home(site)),
                found.post(KEYS, made, **at_home(site)),
                found.ask("DELETE", f"{KEYS}/{id}", None, at_home(site)),
                found.post("/api/auth/forget", {}, **at_home(site)),
            )
        }

    again = {(403, "sign_in_again")}
    assert tries() == again
    stranger = site.guest()
    assert keep(site, stranger, other).status == 201
    assert show_again(site, found, other).code == "bad_passkey", "it is of another account"
    found.headers["Cookie"] += f"; {stranger.headers['Cookie'].partition('; ')[2]}"
    assert tries() == again, "and so is what it signed there"
    for wrong in ("", "x", "9" * 19 + ".x", "1.é"):
        mine = found.headers["Cookie"].partition(";")[0]
        found.headers["Cookie"] = f"{mine}; worldloom_fresh={wrong}".encode().decode("latin-1")
        assert tries() == again, wrong
    found.headers["Cookie"] = found.headers["Cookie"].partition(";")[0]
    key.verifies = False
    assert show_again(site, found, key).code == "bad_passkey", "somebody touched it, and no more"
    assert browser_of(site, come_back(site, key)).post(BEGIN, None, **at_home(site)).code == (
        "sign_in_again"
    ), "that lets in, and does no more either"
    key.verifies = True
    assert show_again(site, found, key).status == 200
    assert keep(site, found, key_of(site)).status == 201
    assert found.post("/api/auth/forget", {}, **at_home(site)).status == 200


def test_a_key_that_verifies_nobody_is_as_good_as_when_it_was_made(site: Site) -> None:
    guest, key = site.guest(), key_of(site)
    key.verifies = False
    assert keep(site, guest, key).status == 201
    back = browser_of(site, come_back(site, key))
    options = back.post(f"{AGAIN}/begin", None, **at_home(site)).json
    assert options["userVerification"] == "preferred"
    assert [one["id"] for one in options["allowCredentials"]]
    assert back.post("/api/auth/forget", {}, **at_home(site)).status == 200


def test_what_a_passkey_said_is_fresh_for_five_minutes_and_not_after_signing_out_everywhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    host = Host()
    doorkeeper = Doorkeeper(host.realm, host.store, "secret")
    key, who = Passkey(b"key", b"public"), Who("guest:ada", "cookie")
    host.realm.administer(lambda step: host.realm.people.add_passkey(step, who.account, key))
    host.flush()
    now = host.now
    monkeypatch.setattr("worldloom.server.auth.now_us", lambda: now)
    answer = Response()
    doorkeeper.freshen(answer, who.account, False)
    sent = answer.headers["set-cookie"]
    assert "HttpOnly" in sent and "SameSite=strict" in sent and "Path=/api/auth" in sent
    headers = {"cookie": sent.partition(";")[0]}
    now += 299 * 10**6
    doorkeeper.check_fresh(headers, who, "this")
    now += 2 * 10**6
    with pytest.raises(SignInAgain):
        doorkeeper.check_fresh(headers, who, "this")
    now = host.now
    doorkeeper.check_fresh(headers, who, "this")
    doorkeeper.check_fresh({}, Who("guest:ben", "cookie"), "this")  # who has no passkey
    host.now += 10**6
    host.realm.administer(lambda step: host.realm.people.void_cookies(step, who.account))
    host.flush()
    with pytest.raises(SignInAgain):
        doorkeeper.check_fresh(headers, who, "this")


def test_a_passkey_belongs_to_one_account(site: Site) -> None:
    one, other, key = site.guest(), site.guest(), key_of(site)
    assert keep(site, one, key).status == 201
    assert keep(site, other, key).code == "known_key"
    assert me(other)["kept"] is False


def test_a_challenge_is_good_once_and_for_whom_it_was_made(site: Site) -> None:
    guest, key = site.guest(), key_of(site)
    options = guest.post(BEGIN, None, **at_home(site)).json
    made = key.make(options)
    assert site.guest().post(KEYS, {"credential": made}, **at_home(site)).code == "bad_passkey"
    assert guest.post(KEYS, {"credential": made}, **at_home(site)).code == "bad_passkey"
    assert keep(site, guest, key).status == 201
    options = site.nobody.post(CHALLENGE, None, **at_home(site)).json
    answer = {"credential": key.answer(options)}
    assert site.nobody.post(SIGN_IN, answer, **at_home(site)).status == 200
    assert site.nobody.post(SIGN_IN, answer, **at_home(site)).code == "bad_passkey"


def test_what_another_site_or_another_key_signed_opens_nothing(site: Site) -> None:
    guest, key = site.guest(), key_of(site)
    assert keep(site, guest, key).status == 201
    thief = Authenticator(site.server.url, key.id)
    assert come_back(site, thief).code == "bad_passkey"
    key.origin = "https://evil.example"
    assert come_back(site, key).code == "bad_passkey"
    evil = {"Origin": "https://evil.example"}
    assert site.nobody.post(CHALLENGE, None, **evil).code == "other_site"
    assert site.nobody.post(SIGN_IN, {"credential": {}}, **evil).code == "other_site"


def test_a_copied_authenticator_that_counts_back_is_refused(site: Site) -> None:
    guest, key = site.guest(), key_of(site)
    assert keep(site, guest, key).status == 201
    copied = copy.copy(key)
    assert come_back(site, key).status == 200
    copied.count = 0
    assert come_back(site, copied).code == "bad_passkey"


def test_there_are_no_passkeys_at_a_mere_number(site: Site) -> None:
    guest = site.guest()
    port = site.server.url.rsplit(":", 1)[1]
    at = {"Host": f"127.0.0.1:{port}", "Origin": f"http://127.0.0.1:{port}"}
    assert guest.post(BEGIN, None, **at).code == "no_passkeys_here"


def test_a_program_opens_no_account_by_its_token(site: Site) -> None:
    bot = site.token("bea", "builder")
    assert bot.post(BEGIN).status == 401
    assert "passkeys" not in me(bot) and "profile" not in me(bot)


WRONG = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_no_answer_of_an_authenticator_breaks_the_server(site: Site, data: st.DataObject) -> None:
    guest, key = site.guest(), key_of(site)
    options = guest.post(BEGIN, None, **at_home(site)).json
    made = key.make(options)
    place = data.draw(st.sampled_from(["id", "rawId", "type", "response"]))
    if place == "response":
        part = data.draw(st.sampled_from(["clientDataJSON", "attestationObject"]))
        made["response"][part] = data.draw(WRONG)
    else:
        made[place] = data.draw(WRONG)
    reply = guest.post(KEYS, {"credential": made}, **at_home(site))
    assert reply.status in (201, 401, 409, 422, 429), reply.body


def test_a_profile_is_kept_for_accounts_and_checked(site: Site) -> None:
    guest, key = site.guest(), key_of(site)
    profile = {"name": "Grace", "avatar": "Ab1", "language": "pt-BR"}
    assert guest.ask("PUT", "/api/auth/profile", profile, at_home(site)).code == "guest_only"
    keep(site, guest, key)
    kept = guest.ask("PUT", "/api/auth/profile", profile, at_home(site))
    assert kept.json == {**profile, "vrm": ""}
    assert guest.ask("PUT", "/api/auth/profile", {}, at_home(site)).json == kept.json
    assert me(guest)["name"] == "Grace"
    for path in ("/", "/w/hello"):
        assert b'<html lang="pt-BR">' in guest.get(path).body
        assert b'<html lang="en">' in site.guest().get(path).body
    for wrong in ({"name": "x" * 999}, {"vrm": "x"}, {"language": "no such"}, {"avatar": "?"}):
        assert guest.ask("PUT", "/api/auth/profile", wrong, at_home(site)).status == 422
    missing = guest.ask("PUT", "/api/auth/profile", {"vrm": "0" * 64}, at_home(site))
    assert missing.code == "no_asset"


def test_signing_out_everywhere_ends_every_cookie_of_before(site: Site) -> None:
    guest, key = site.guest(), key_of(site)
    keep(site, guest, key)
    other = browser_of(site, come_back(site, key))
    account = me(guest)["account"]
    assert other.post("/api/auth/sign-out", {"everywhere": True}, **at_home(site)).status == 200
    assert me(guest)["account"] != account
    assert me(other)["account"] != account
    assert me(browser_of(site, come_back(site, key)))["account"] == account


def test_who_is_forgotten_cannot_come_back_and_the_realm_verifies(
    serve: Callable[..., Server], hello_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = Site(serve(str(hello_file)))
    guest, key = site.guest(), key_of(site)
    keep(site, guest, key, name="Iris Nameless")
    assert guest.act("hello", "say", text="my own words").status == 200
    assert guest.post("/api/auth/forget", {}, **at_home(site)).status == 200
    assert come_back(site, key).code == "unknown_passkey"
    assert me(guest)["kept"] is False
    site.server.stop()
    whole = site.server.realm.read_bytes()
    for words in (b"Iris Nameless", b"my own words", key.id):
        assert words not in whole
    assert main(["verify", str(site.server.realm)]) == 0
    capsys.readouterr()


def test_personal_things_and_secrets_stand_sealed_in_the_file(
    serve: Callable[..., Server], hello_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = Site(serve(str(hello_file)))
    guest, key = site.guest(), key_of(site)
    keep(site, guest, key, name="Iris Nameless", label="red phone")
    secret = site.token("bot", "member").headers["Authorization"].removeprefix("Bearer ")
    site.server.stop()
    whole = site.server.realm.read_bytes()
    for words in (b"Iris Nameless", b"red phone", key.id, secret.encode()):
        assert words not in whole
    assert main(["verify", str(site.server.realm)]) == 0
    capsys.readouterr()


def test_the_options_are_json_that_a_browser_takes(site: Site) -> None:
    options = site.guest().post(BEGIN, None, **at_home(site)).json
    assert options["rp"]["id"] == "localhost"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert json.dumps(options)
