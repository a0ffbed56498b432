"""Invitations, lists and pictures of worlds: who sees, who comes in, and what is refused."""

from __future__ import annotations

import struct
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.server.agent import Agent
from tests.server.asking import PASSKEYS, Browser, Reply, Site
from tests.server.authenticator import Authenticator
from tests.server.test_tokens import follow
from worldloom.server.pictures import placeholder
from worldloom.studio.image_headers import read_image_head
from worldloom.testing.fixtures import Server


def link(site: Site, world: str, **wish: Any) -> Any:
    made = site.owner().post(f"/api/worlds/{world}/invitations", wish)
    assert made.status == 201, made.body
    return made.json


def accept(browser: Browser, url: str) -> Reply:
    return browser.post("/api/auth/invitations", {"invitation": url.partition("#invite=")[2]})


def names(browser: Browser) -> list[str]:
    return [world["name"] for world in browser.get("/api/worlds").json["worlds"]]


def test_a_link_lets_a_stranger_into_a_private_world(site: Site) -> None:
    guest = site.guest()
    assert guest.get("/api/worlds/secret").status == 403
    assert accept(guest, link(site, "secret")["url"]).json == {"world": "secret"}
    assert guest.get("/api/worlds/secret").status == 200
    assert guest.act("secret", "spawn", name="x").status == 403
    assert "secret" in names(guest) and "secret" not in names(site.guest())


def test_a_link_gives_its_role_and_never_takes_a_higher_one(site: Site) -> None:
    guest = site.guest()
    assert accept(guest, link(site, "secret", role="builder")["url"]).status == 200
    assert guest.act("secret", "spawn", name="by-link").status == 200
    assert accept(guest, link(site, "secret", role="visitor")["url"]).status == 200
    assert guest.act("secret", "despawn", entity="by-link").status == 200


def test_a_link_is_used_up_and_ends_and_is_taken_back(site: Site) -> None:
    once = link(site, "secret", uses=1)
    guest = site.guest()
    assert accept(guest, once["url"]).status == 200
    assert accept(site.guest(), once["url"]).code == "invitation_void"
    brief = link(site, "secret", seconds=0.2)
    time.sleep(0.3)
    assert accept(site.guest(), brief["url"]).code == "invitation_void"
    lost = link(site, "secret")
    path = f"/api/worlds/secret/invitations/{lost['id']}"
    assert site.guest().delete(path).status == 403
    assert site.owner().delete(path).status == 200
    assert site.owner().delete(path).status == 404
    assert accept(site.guest(), lost["url"]).status in (401, 429)


def test_opening_a_link_twice_counts_once(site: Site) -> None:
    twice, guest = link(site, "secret", uses=2), site.guest()
    for _ in range(3):
        assert accept(guest, twice["url"]).status == 200
    listed = site.owner().get("/api/worlds/secret/invitations").json["invitations"]
    (mine,) = [one for one in listed if one["id"] == twice["id"]]
    assert mine["used"] == 1 and twice["url"].partition("=")[2] not in str(listed)


def test_a_link_that_does_not_say_how_often_is_bounded_and_so_is_who_comes_by_it(
    hello_file: Path, tmp_path: Path
) -> None:
    limits = {"invitation_uses_max": 3, "invitation_arrivals_burst_max": 5.0,
              "invitation_arrivals_per_second_max": 0.001}  # fmt: skip
    server = Server(tmp_path / "realm.loom", str(hello_file), limits=limits)
    site = Site(server.start())
    endless = link(site, "secret")
    assert endless["uses"] == 3
    guests = [site.guest() for _ in range(6)]
    first = [accept(guest, endless["url"]).status for guest in guests[:3]]
    assert first == [200] * 3 and accept(guests[3], endless["url"]).code == "invitation_void"
    many = link(site, "secret", uses=1000)
    assert [accept(guest, many["url"]).status for guest in guests[3:5]] == [200] * 2
    late = accept(guests[5], many["url"])
    assert (late.status, late.code) == (429, "too_many_arrivals")
    assert late.json["error"]["fix"] and int(late.headers["retry-after"]) == 1000
    assert accept(site.nobody, many["url"]).code == "too_many_arrivals", "no cookie is no way round"
    assert accept(guests[0], many["url"]).status == 200, "who was let in is let in"
    home, told = {"Origin": server.url, "X-Forwarded-For": "192.0.2.7"}, []
    for guest in guests:
        key = Authenticator(server.url)
        made = key.make(guest.ask("POST", f"{PASSKEYS}/begin", {}, home).json)
        told.append(guest.ask("POST", PASSKEYS, {"credential": made}, home))
    assert [one.status for one in told] == [201] * 5 + [429], "accounts are kept for good"
    assert told[-1].code == "too_many_arrivals"
    assert server.stop() == 0


def test_who_is_banned_reads_nothing_more_of_a_world_at_any_door(site: Site) -> None:
    guest, owner = site.guest(), site.owner()
    again = link(site, "secret", role="builder")["url"]
    assert accept(guest, link(site, "secret", role="member")["url"]).status == 200
    bot, _ = site.bearer(account="snoop", role="member", agent=True)
    agent, account = Agent(bot, "secret"), guest.get("/api/auth/me").json["account"]
    assert agent.call("look").error == ""
    paths = [
        path.replace("{world}", "secret").replace("{seq}", "1").replace("{", "").replace("}", "")
        for path, operations in site.nobody.get("/openapi.json").json["paths"].items()
        if "get" in operations and path.startswith(("/api/worlds/{world}", "/w/{world}/text"))
    ]
    assert len(paths) > 15
    with follow(guest, "secret") as stream:
        assert stream.readline() == b": worldloom\n"
        for one in (account, "snoop"):
            assert owner.act("secret", "ban", account=one).status == 200
        assert owner.act("secret", "say", text="among ourselves").status == 200
        rest = stream.read()
    assert b"banned" in rest and b"among ourselves" not in rest
    for person in (guest, bot):
        found = {path: person.get(f"{path}?from=1").status for path in paths}
        assert set(found.values()) == {403}, found
        assert "secret" not in names(person), "a list names what someone is banned from"
    for tool, args in (
        ("look", {}),
        ("find", {"text": "e"}),
        ("history", {}),
        ("say", {"text": "x"}),
    ):
        assert agent.call(tool, **args).error == "banned", tool
    for address in ("summary", "state", "events/after/0"):
        assert b"banned" in agent.ask("resources/read", uri=f"world://secret/{address}").body
    for method in ("resources/list", "tools/list"):
        assert b"banned" in agent.ask(method).body
    assert accept(guest, again).code == "banned"
    assert owner.act("secret", "ban", account=account, seconds=0).status == 200
    assert guest.get("/api/worlds/secret/state").status == 200


def test_only_owners_invite_and_nobody_becomes_one_by_a_link(site: Site) -> None:
    path = "/api/worlds/hello/invitations"
    assert site.guest().post(path, {}).status == 403
    assert site.token("bea", "builder").post(path, {}).status == 403
    for wish in ({"role": "owner"}, {"role": "king"}, {"uses": -1}, {"seconds": 0}, {"x": 1}):
        assert site.owner().post(path, wish).status == 422
    assert accept(site.token("bea", "builder"), "#invite=x").status == 401


def test_unlisted_worlds_open_by_their_name_and_stand_in_no_list(
    serve: Callable[..., Server], hello_file: Path
) -> None:
    site = Site(serve(str(hello_file)))
    owner, guest = site.owner(), site.guest()
    assert owner.act("hello", "set_entry", visibility="unlisted").status == 200
    assert guest.get("/api/worlds/hello").status == 200
    assert "hello" not in names(guest) and "hello" in names(owner)
    assert owner.act("hello", "set_entry", visibility="private").status == 200
    assert guest.get("/api/worlds/hello").status == 403


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        mark = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + mark

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + bytes(width) for _ in range(height)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_world_has_a_picture_or_one_drawn_from_its_name(
    serve: Callable[..., Server], hello_file: Path
) -> None:
    site = Site(serve(str(hello_file)))
    path, builder = "/api/worlds/hello/picture", site.token("bea", "builder")
    drawn = site.nobody.get(path)
    assert drawn.headers["content-type"] == "image/png", "what stands there, before anyone came"
    assert read_image_head(drawn.body) is not None and site.nobody.get(path).body == drawn.body
    assert site.owner().post("/api/worlds", {"name": "bare", "starter": "empty"}).status == 201
    for thing in ("ground", "sky", "start"):
        site.owner().act("bare", "despawn", entity=thing)
    bare = site.nobody.get("/api/worlds/bare/picture")
    assert bare.headers["content-type"].startswith("image/svg+xml")
    assert b">no picture yet</text>" in bare.body, "hills that nobody built pass for the world"
    assert site.nobody.get("/api/worlds/secret/picture").status in (401, 403)
    assert site.guest().ask("PUT", path, png(4, 4)).status == 403
    for wrong in (b"", b"<svg/>", png(2000, 4)):
        assert builder.ask("PUT", path, wrong).status == 422
    assert builder.ask("PUT", path, bytes(300_000)).status == 413
    kept = builder.ask("PUT", path, png(48, 27))
    assert kept.status == 201
    assert builder.ask("PUT", path, png(48, 28)).status == 429
    (card,) = [
        one for one in site.nobody.get("/api/worlds").json["worlds"] if one["name"] == "hello"
    ]
    assert card["picture"] == kept.json["picture"]
    shown = site.nobody.get(path)
    assert shown.status == 302 and shown.headers["location"].endswith(card["picture"])


@pytest.mark.parametrize("name", ["plaza", "a", "x" * 64])
def test_a_placeholder_is_the_same_for_a_name_and_holds_nothing_of_it(name: str) -> None:
    assert placeholder(name) == placeholder(name) != placeholder(name + "2")
    assert name == "a" or name not in placeholder(name)
