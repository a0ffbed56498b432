"""Promised: whoever asks to be forgotten is, at every door and in every byte of the file."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.server.asking import Browser, Site
from tests.server.test_cli import done, loom
from worldloom.stores.verify import verify
from worldloom.studio.vrm import make_vrm
from worldloom.testing import Robot
from worldloom.testing.fixtures import Server

SECRET = "xyzzy my very own words plugh"
NAME = "Quetzalcoatlina"


def account_of(browser: Browser) -> str:
    return str(browser.get("/api/auth/me").json["account"])


def everything(realm: Path) -> bytes:
    """Return all bytes of a realm's file and of what lies beside it."""
    beside = (realm, Path(f"{realm}-wal"))
    return b"".join(path.read_bytes() for path in beside if path.exists())


def secret_keys(realm: Path) -> list[bytes]:
    import apsw

    connection = apsw.Connection(str(realm), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return [row[0] for row in connection.execute("SELECT secret FROM secret")]
    finally:
        connection.close()


def test_a_guest_forgets_themselves_and_goes_on_as_someone_new(site: Site) -> None:
    ann, bob = site.guest(), site.guest()
    old = account_of(ann)
    key = {"Idempotency-Key": "once"}
    path = "/api/worlds/hello/actions/say"
    seq = ann.post(path, {"text": SECRET}, **key).json["seq"]
    bob.act("hello", "say", text="I stay")
    found = bob.get(f"/api/worlds/hello/events?after={seq - 1}&limit=1").json["records"]
    assert found[0]["data"]["text"] == SECRET and "forgotten" not in found[0]
    reply = ann.post("/api/auth/forget")
    assert (reply.status, reply.json) == (200, {"account": old, "worlds": ["hello"], "plain": 0})
    (record,) = bob.get(f"/api/worlds/hello/events?after={seq - 1}&limit=1").json["records"]
    assert record["data"] == {"visitor": "", "name": None, "text": None, "agent": False}
    assert record["forgotten"] == ["name", "text"]
    assert (record["actor"], record["hash"]) == (old, found[0]["hash"])
    log = bob.get(f"/api/worlds/hello/events?after={seq}&limit=9").json["records"]
    assert [one["data"].get("person") for one in log if one["kind"] == "Forgot"] == [old]
    new = Browser(ann.url, {"Cookie": reply.headers["set-cookie"].partition(";")[0]})
    assert account_of(new) != old
    assert account_of(ann) != old, "the old cookie proves nothing any more"
    assert bob.act("hello", "say", text="still here").status == 200


def test_the_owner_forgets_others_and_nobody_else_does(site: Site) -> None:
    ann, bob = site.guest(), site.guest()
    ann.act("hello", "say", text=SECRET)
    wish = {"account": account_of(ann)}
    assert bob.post("/api/auth/forget", wish).status == 403
    assert site.nobody.post("/api/auth/forget").status == 401
    owner = site.owner()
    assert owner.post("/api/auth/forget", {"account": "guest:nobody"}).code == "unknown_account"
    assert owner.post("/api/auth/forget", {"account": 3}).status == 422
    reply = owner.post("/api/auth/forget", wish)
    assert (reply.status, "set-cookie" in reply.headers) == (200, False)
    assert account_of(ann) != wish["account"]
    other = {"Origin": "https://evil.example"}
    assert bob.ask("POST", "/api/auth/forget", {}, other).code == "other_site"


def test_an_empty_name_is_nobody_and_never_who_asks(site: Site) -> None:
    """A script's unset variable must not destroy the key of whoever runs it."""
    owner = site.owner()
    assert owner.post("/api/auth/forget", {"account": ""}).code == "unknown_account"
    assert owner.post("/api/auth/tokens", {"account": "", "role": "visitor"}).status == 422
    wish = {"account": "", "public_key": "00" * 32}
    assert owner.post("/api/auth/devices", wish).status == 422
    assert owner.get("/api/auth/tokens?account=").json == {"tokens": []}


def test_a_forgotten_person_s_token_is_void(site: Site) -> None:
    ada = site.token("ada-to-forget", "builder")
    assert ada.act("hello", "say", text=SECRET).status == 200
    assert ada.post("/api/auth/forget").status == 200
    assert ada.act("hello", "say", text="again").status == 401


def test_everyone_present_is_told_and_the_forgotten_one_is_shown_out(site: Site) -> None:
    async def meet() -> None:
        async with (
            Robot(site.server.world("hello"), NAME) as ann,
            Robot(site.server.world("hello"), "Bob") as bob,
        ):
            await ann.do("say", text=SECRET)
            await bob.wait_until(lambda robot: any(h.text == SECRET for h in robot.core.said))
            assert ann.core.welcome is not None
            account = ann.core.welcome.account
            await asyncio.to_thread(site.owner().post, "/api/auth/forget", {"account": account})
            await ann.wait_until(lambda robot: robot.core.ended is not None)
            assert ann.core.ended is not None and ann.core.ended.code == "forgotten"
            await bob.wait_until(
                lambda robot: NAME not in {v.name for v in robot.core.visitors.values()}
            )
            async with Robot(site.server.world("hello"), "Cato") as cato:
                root = bob.core.copy
                assert cato.core.copy.state_hash() == root.state_hash()

    asyncio.run(meet())


def test_no_byte_of_the_file_tells_of_a_forgotten_person(
    serve: Callable[..., Server], hello_file: Path, tmp_path: Path
) -> None:
    server = serve(str(hello_file))
    site = Site(server)
    guests = [site.guest() for _ in range(12)]
    for turn, guest in enumerate(guests * 3):
        assert guest.act("hello", "say", text=f"{SECRET} {turn}").status == 200
    realm = server.realm
    before = secret_keys(realm)
    assert all(key in everything(realm) for key in before)
    assert SECRET.encode() not in everything(realm)
    for guest in guests[::2]:
        assert guest.post("/api/auth/forget").status == 200
    after = secret_keys(realm)
    gone = [key for key in before if key not in after]
    assert len(gone) == 6
    held = everything(realm)
    assert not any(key in held for key in gone), "also in the log beside the running file"
    assert server.stop() == 0
    held = everything(realm)
    assert not any(key in held for key in gone)
    assert verify(str(realm)).ok
    lines = [json.loads(line) for line in done(tmp_path, "log", "hello", "--json").splitlines()]
    told = [one["data"]["text"] for one in lines if one.get("kind") == "Said"]
    assert len(told) == 36
    assert sum(text is None for text in told) == 18
    assert all(text is None or text.startswith(SECRET) for text in told)


def test_the_command_line_forgets_in_a_closed_file_and_tells_what_stays(
    serve: Callable[..., Server], hello_file: Path, tmp_path: Path
) -> None:
    server = serve(str(hello_file))
    ann = Site(server).guest()
    ann.act("hello", "say", text=SECRET)
    account = account_of(ann)
    assert server.stop() == 0
    (key,) = secret_keys(server.realm)
    backup = tmp_path / "backup.loom"
    shutil.copy(server.realm, backup)
    told = done(tmp_path, "forget", account)
    assert "is forgotten" in told and "hello" in told and "Copies of this file" in told
    assert key not in everything(server.realm)
    assert SECRET not in done(tmp_path, "log", "hello")
    assert SECRET in done(tmp_path, "log", "hello", "--realm", str(backup))
    result = loom(tmp_path, "forget", "guest:nobody")
    assert result.returncode == 1 and "[unknown_account]" in result.stderr
    again = loom(tmp_path, "forget", account)
    assert "[unknown_account]" in again.stderr, "nothing of theirs is left"


def test_the_command_line_forgets_in_a_running_realm(
    serve: Callable[..., Server], hello_file: Path, tmp_path: Path
) -> None:
    server = serve(str(hello_file))
    ann = Site(server).guest()
    ann.act("hello", "say", text=SECRET)
    account = account_of(ann)
    assert "is forgotten" in done(tmp_path, "forget", account)
    assert SECRET not in done(tmp_path, "log", "hello")
    assert account_of(ann) != account


def test_an_exported_world_has_no_keys(
    serve: Callable[..., Server], hello_file: Path, tmp_path: Path
) -> None:
    server = serve(str(hello_file))
    Site(server).guest().act("hello", "say", text=SECRET)
    done(tmp_path, "export", "hello", "hello-copy.loom")
    copy = tmp_path / "hello-copy.loom"
    assert secret_keys(copy) == []
    assert not any(key in copy.read_bytes() for key in secret_keys(server.realm))
    assert verify(str(copy)).ok
    lines = done(tmp_path, "log", "hello", "--json", "--realm", str(copy)).splitlines()
    said = [one for one in map(json.loads, lines) if one.get("kind") == "Said"]
    assert [one["forgotten"] for one in said] == [["name", "text"]]


def test_the_labels_of_tokens_and_machines_are_sealed_and_forgotten_too(
    serve: Callable[..., Server], hello_file: Path
) -> None:
    site = Site(server := serve(str(hello_file)))
    owner = site.owner()
    ann, id = site.bearer(account="ann", role="member", label=f"{NAME} for my mother")
    device = {"account": "ann", "public_key": "ab" * 32, "label": f"{NAME} in the kitchen"}
    assert owner.post("/api/auth/devices", device).status == 201
    told = owner.get("/api/auth/tokens?account=ann").json["tokens"]
    assert [one["label"] for one in told] == [f"{NAME} for my mother"]
    told = owner.get("/api/auth/devices?account=ann").json["devices"]
    assert [one["label"] for one in told] == [f"{NAME} in the kitchen"]
    assert server.stop() == 0
    assert NAME.encode() not in everything(server.realm), "sealed from the first moment on"
    site = Site(server := serve(str(hello_file)))
    owner = site.owner()
    told = owner.get("/api/auth/tokens?account=ann").json["tokens"]
    assert [(one["id"], one["label"]) for one in told] == [(id, f"{NAME} for my mother")]
    (key, *_) = secret_keys(server.realm)
    assert owner.post("/api/auth/forget", {"account": "ann"}).status == 200
    assert server.stop() == 0
    assert key not in everything(server.realm) and verify(str(server.realm)).ok


def wearing(site: Site, name: str) -> tuple[Browser, str]:
    """Return somebody who wears a VRM of their own, and its sha256."""
    person = site.person()
    site.owner().act("hello", "grant", account=account_of(person), role="member")
    made = person.ask("POST", "/api/assets?as=avatar", make_vrm(name=name))
    assert made.status == 201, made.body
    sha = str(made.json["sha256"])
    assert person.ask("PUT", "/api/auth/profile", {"vrm": sha}).status == 200
    return person, sha


def test_a_figure_of_ones_own_is_in_ones_file_and_gone_with_oneself(site: Site) -> None:
    ann, sha = wearing(site, "Ann herself")
    packed = zipfile.ZipFile(io.BytesIO(ann.get("/api/auth/export").body))
    assert packed.read(f"files/{sha}.vrm") == make_vrm(name="Ann herself")
    ann.act("hello", "wear", avatar="", vrm=sha)
    ann.act("hello", "wear", avatar="plain", vrm="")
    assert ann.get(f"/assets/{sha}").status == 200
    assert ann.ask("POST", "/api/auth/forget", {}).status == 200
    assert site.nobody.get(f"/assets/{sha}").code == "no_asset"


def test_a_figure_that_another_wears_or_a_world_names_stays(site: Site) -> None:
    ann, worn = wearing(site, "A figure for two")
    ben, _ = wearing(site, "A figure for two")
    cid, named = wearing(site, "A figure that a sign names")
    site.owner().act("hello", "spawn", name="s", components={"Annotation": {"text": named}})
    for one in (ann, cid):
        assert one.ask("POST", "/api/auth/forget", {}).status == 200
    assert site.nobody.get(f"/assets/{worn}").status == 200
    assert site.nobody.get(f"/assets/{named}").status == 200
    assert ben.ask("POST", "/api/auth/forget", {}).status == 200
    assert site.nobody.get(f"/assets/{worn}").status == 404


def test_a_closed_file_lets_go_of_the_bytes_of_a_figure_too(
    serve: Callable[..., Server], hello_file: Path
) -> None:
    site = Site(server := serve(str(hello_file)))
    ann, sha = wearing(site, "Quetzalcoatlus")
    account = account_of(ann)
    assert server.stop() == 0
    assert b"Quetzalcoatlus" in everything(server.realm)
    done(server.realm.parent, "forget", account, "--realm", str(server.realm))
    assert b"Quetzalcoatlus" not in everything(server.realm)
    assert not verify(str(server.realm)).problems
