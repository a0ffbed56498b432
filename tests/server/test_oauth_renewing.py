"""Promised: a program that was let in renews its token, and a stolen secret ends it for all."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

from tests.server.agent import Agent
from tests.server.asking import Browser, Reply, Site
from tests.server.test_oauth import FORM, Program, ada, answer, code_for, program, site, told
from tests.server.test_passkeys import keep, key_of
from worldloom.testing.fixtures import Server

__all__ = ["ada", "site"]

RENEWS = {"grant_types": ["authorization_code", "refresh_token"]}


def renew(asking: Program, secret: str, **changed: str) -> Reply:
    form = {"grant_type": "refresh_token", "refresh_token": secret, "client_id": asking.id}
    body = urlencode({**form, **changed}).encode()
    return asking.site.nobody.ask("POST", "/oauth/token", body, FORM)


def is_let_in(site: Site, token: dict[str, str]) -> bool:
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    return Agent(Browser(site.server.url, bearer), "hello").ask("tools/list").status == 200


def test_a_token_is_renewed_and_stays_one_program_that_a_person_can_end(
    site: Site, ada: Browser
) -> None:
    asking = program(site, **RENEWS)
    page = ada.get(asking.ask())
    assert b"a month" in page.body
    first = asking.fetch(told(answer(ada, page))["code"]).json
    assert first["expires_in"] == 3600 and is_let_in(site, first)
    (before,) = ada.get("/api/auth/tokens").json["tokens"]
    second = renew(asking, first["refresh_token"]).json
    assert second["scope"] == "look act" and second["refresh_token"] != first["refresh_token"]
    assert is_let_in(site, second) and not is_let_in(site, first)
    (after,) = ada.get("/api/auth/tokens").json["tokens"]
    assert after == before and after["label"] == "Scout <b>", "one program, under one id"
    assert 29 < (after["expires"] - after["made"]) / 86_400e6 <= 30
    assert not {"digest", "renewal"} & after.keys()
    assert ada.delete(f"/api/auth/tokens/{after['id']}").status == 200
    assert not is_let_in(site, second)
    assert renew(asking, second["refresh_token"]).status in (400, 429)


def test_a_secret_that_comes_twice_ends_all_that_came_of_it(site: Site, ada: Browser) -> None:
    asking = program(site, **RENEWS)
    first = asking.fetch(code_for(asking, ada)).json
    second = renew(asking, first["refresh_token"]).json
    third = renew(asking, second["refresh_token"]).json
    assert is_let_in(site, third)
    assert renew(asking, first["refresh_token"]).status in (400, 429), "stolen, or lost on the way"
    assert not is_let_in(site, third)
    assert renew(asking, third["refresh_token"]).status in (400, 429)
    assert ada.get("/api/auth/tokens").json["tokens"] == []


def test_a_code_that_comes_twice_ends_what_it_gave(site: Site, ada: Browser) -> None:
    renewing, brief = program(site, **RENEWS), program(site)
    code = code_for(brief, ada)
    token = brief.fetch(code).json
    assert is_let_in(site, token)
    assert renewing.fetch(code).status in (400, 429), "whoever brings it, and however"
    assert not is_let_in(site, token)
    code = code_for(renewing, ada)
    first = renewing.fetch(code).json
    second = renew(renewing, first["refresh_token"]).json
    assert renewing.fetch(code).status in (400, 429)
    assert not is_let_in(site, second)
    assert renew(renewing, second["refresh_token"]).status in (400, 429)
    assert ada.get("/api/auth/tokens").json["tokens"] == []
    assert renewing.fetch(code).status in (400, 429), "and there is nothing more to end"


def test_a_code_of_before_a_restart_is_good_for_nothing_and_ends_what_it_gave(
    hello_file: Path, tmp_path: Path
) -> None:
    running = Server(tmp_path / "realm.loom", str(hello_file)).start()
    try:
        site = Site(running)
        person = site.guest()
        assert keep(site, person, key_of(site), name="Ada").status == 201
        renewing, brief = program(site, **RENEWS), program(site)
        unused = code_for(brief, person)
        used = {asking.id: code_for(asking, person) for asking in (brief, renewing)}
        tokens = [asking.fetch(used[asking.id]).json for asking in (brief, renewing)]
        assert running.stop() == 0
        running.again()
        assert all(is_let_in(site, token) for token in tokens)
        assert brief.fetch(unused).status == 400
        for asking, token in zip((brief, renewing), tokens, strict=True):
            assert asking.fetch(used[asking.id]).status == 400
            assert not is_let_in(site, token)
        assert person.get("/api/auth/tokens").json["tokens"] == []
    finally:
        running.stop()


def test_an_agent_stays_the_same_visitor_when_its_token_is_renewed(
    site: Site, ada: Browser
) -> None:
    asking = program(site, **RENEWS)
    first = asking.fetch(code_for(asking, ada)).json

    def speaks(token: dict[str, str]) -> str:
        bearer = {"Authorization": f"Bearer {token['access_token']}"}
        said = Agent(Browser(site.server.url, bearer), "hello").call("say", text="hello")
        return str(said.content["you"])

    assert speaks(first) == speaks(renew(asking, first["refresh_token"]).json)


def test_the_id_of_a_token_ends_nothing(site: Site, ada: Browser) -> None:
    asking = program(site, **RENEWS)
    token = asking.fetch(code_for(asking, ada)).json
    forged = token["refresh_token"][:19] + "_" + "0" * 48 + "_" + "0" * 48
    assert renew(asking, forged).status in (400, 429)
    assert site.nobody.ask("POST", "/oauth/revoke", f"token={forged}".encode(), FORM).status == 200
    assert is_let_in(site, token)


def test_another_program_cannot_renew_and_the_token_ends(site: Site, ada: Browser) -> None:
    asking, other = program(site, **RENEWS), program(site, client_name="Other", **RENEWS)
    token = asking.fetch(code_for(asking, ada)).json
    assert renew(other, token["refresh_token"]).status in (400, 429)
    assert not is_let_in(site, token)


def test_a_secret_for_renewing_opens_no_door_and_ends_by_itself(site: Site, ada: Browser) -> None:
    asking = program(site, **RENEWS)
    token = asking.fetch(code_for(asking, ada)).json
    assert not is_let_in(site, {"access_token": token["refresh_token"]})
    made_up = f"wr_{'0' * 16}_{'1' * 48}"
    for wrong in (made_up, "", "wr_", token["access_token"], "\x00" * 30):
        assert renew(asking, wrong).status in (400, 429)
    assert is_let_in(site, token), "what nobody gave ends nothing"
    body = urlencode({"token": token["refresh_token"]}).encode()
    assert site.nobody.ask("POST", "/oauth/revoke", body, FORM).status == 200
    assert not is_let_in(site, token)
