"""A new world begins as its maker chose, or comes out of a file with all its history."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import apsw
import msgspec
import pytest

from tests.server.asking import Browser, Reply, Site
from tests.server.test_cli import done
from worldloom.server.starters import STARTERS
from worldloom.testing.fixtures import Server

FILE = {"Content-Type": "application/octet-stream"}


@pytest.fixture(scope="module")
def site(hello_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("bringing")
    running = Server(
        folder / "realm.loom", str(hello_file), limits={"world_file_bytes_max": 1_000_000}
    )
    running.start()
    yield Site(running)
    assert running.stop() == 0


def send(person: Browser, data: bytes, query: str = "") -> Reply:
    return person.ask("POST", f"/api/worlds/import{query}", data, FILE)


def test_each_starter_makes_a_place_that_can_be_entered(site: Site) -> None:
    owner, counts = site.owner(), {}
    for starter in STARTERS:
        made = owner.post("/api/worlds", {"name": f"a-{starter}", "starter": starter})
        assert made.status == 201, made.body
        found = owner.get(f"/api/worlds/a-{starter}/state").json["entities"].values()
        names = {one["name"] for one in found}
        assert {"sky", "sun", "ground", "start"} <= names
        counts[starter] = len(names)
    assert counts["empty"] == 4 and len(set(counts.values())) == len(STARTERS)
    wrong = owner.post("/api/worlds", {"name": "castle", "starter": "castle"})
    assert (wrong.status, wrong.code) == (422, "invalid")


def test_a_world_comes_out_of_a_file_with_its_whole_history(site: Site) -> None:
    owner = site.owner()
    for number in range(3):
        assert owner.act("hello", "spawn", name=f"stone {number}").status == 200
    folder = site.server.realm.parent
    done(folder, "export", "hello", "out.loom")
    data = (folder / "out.loom").read_bytes()
    before = set(Path(tempfile.gettempdir()).glob("tmp*/world.loom*"))
    made = send(owner, data, "?name=again")
    assert made.status == 201 and made.headers["location"] == "/api/worlds/again"
    was, now = owner.get("/api/worlds/hello").json, owner.get("/api/worlds/again").json
    assert (now["root"], now["state_hash"]) == (made.json["root"], made.json["state_hash"])
    assert (now["root"], now["seq"]) == (was["root"], was["seq"])
    assert send(owner, data, "?name=again").code == "name_taken"
    assert send(owner, data).code == "name_taken"
    assert send(owner, data, "?name=other&world=nowhere").status == 404
    assert send(owner, data, "?name=No%20good").status == 422
    torn = bytearray(data)
    at = data.index(b"stone 1")
    torn[at : at + 7] = b"stolen!"
    broken = data[:4096] + b"\xff" * 4096 + data[8192:]
    for damaged in (bytes(torn), broken, data[: len(data) // 2]):
        reply = send(owner, damaged, "?name=torn")
        assert (reply.status, b"/tmp" in reply.body) == (422, False), reply.body
    assert owner.get("/api/worlds/torn").status == 404
    assert set(Path(tempfile.gettempdir()).glob("tmp*/world.loom*")) == before


def test_a_world_from_a_file_does_not_take_the_name_and_with_it_the_code_of_a_kit(
    site: Site, tmp_path: Path
) -> None:
    owner = site.owner()
    done(site.server.realm.parent, "export", "hello", str(tmp_path / "plain.loom"))
    done(tmp_path, "import", "plain.loom", "--as", "academy")
    done(tmp_path, "export", "academy", "out.loom")
    data = (tmp_path / "out.loom").read_bytes()
    for query in ("", "?name=academy", "?world=academy"):
        assert send(owner, data, query).code == "name_taken"
    assert "academy" not in [one["name"] for one in owner.get("/api/worlds").json["worlds"]]
    assert send(owner, data, "?name=lessons").status == 201
    assert send(owner, data, "?name=lessons-2&world=academy").status == 201


def test_who_sends_a_file_slowly_keeps_no_other_waiting(site: Site) -> None:
    owner, parts = site.owner(), urlsplit(site.server.url)
    head = (
        f"POST /api/worlds/import?name=slow HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        f"Authorization: {owner.headers['Authorization']}\r\nContent-Length: 900000\r\n\r\n"
    )
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=20) as slow:
        slow.sendall(head.encode() + b"SQLite format 3")
        assert send(owner, b"not a realm", "?name=quick").code not in ("too_often", "over_limit")
        assert owner.get("/healthz").status == 200


@pytest.mark.parametrize("data", [b"", b"SQLite format 3\0", b"\0" * 5000, b"x" * 1_000_001])
def test_what_is_no_file_of_a_realm_is_refused(site: Site, data: bytes) -> None:
    reply = send(site.owner(), data, "?name=nothing")
    assert reply.status in (413, 422) and b"/tmp" not in reply.body, reply.body
    assert site.owner().get("/api/worlds/nothing").status == 404


def test_only_who_answers_for_the_realm_takes_a_file_in(site: Site) -> None:
    assert send(site.nobody, b"x").status == 401
    for person in (site.guest(), site.token("builder", "builder")):
        assert send(person, b"x").status == 403


def test_a_private_world_comes_in_private_with_its_own_rules(site: Site) -> None:
    owner, folder = site.owner(), site.server.realm.parent
    assert owner.post("/api/worlds", {"name": "hid"}).status == 201
    assert site.nobody.get("/api/worlds/hid").status == 200
    assert owner.act("hid", "set_entry", visibility="private", capacity=7).status == 200
    assert owner.act("hid", "define_role", name="guard", may=["ban"]).status == 200
    assert owner.act("hid", "set_right", action="say", role="guard").status == 200
    done(folder, "export", "hid", "hid.loom")
    made = send(owner, (folder / "hid.loom").read_bytes(), "?name=hid-web")
    assert (made.status, made.json["visibility"]) == (201, "private")
    assert done(folder, "import", "hid.loom", "--as", "hid-shell").strip().endswith(", private")
    done(folder, "backup", "whole.loom")
    done(folder, "import", "whole.loom", "--world", "hid", "--as", "hid-backup")
    (aside := folder / "aside").mkdir()
    assert done(aside, "import", "../hid.loom", "--as", "alone").strip().endswith(", private")
    listed = {one["name"] for one in site.nobody.get("/api/worlds").json["worlds"]}
    for name in ("hid-web", "hid-shell", "hid-backup"):
        assert site.nobody.get(f"/api/worlds/{name}").status == 401 and name not in listed
        now = owner.get(f"/api/worlds/{name}").json
        told = now["visibility"], now["capacity"], now["roles"]
        assert told == ("private", 7, ["guard"])
        assert site.token("may", "member").act(name, "say", text="hi").status == 403
    opened = owner.act("hid-web", "set_entry", visibility="public")
    assert opened.status == 200 and site.nobody.get("/api/worlds/hid-web").status == 200


@pytest.mark.parametrize(
    "said",
    [
        None,  # as exported before rules went along
        b"\xff",
        {"public": True, "rights": [["grant", "visitor"]]},
        {"public": True, "roles": [{"name": "king", "base": "owner"}]},
        {"public": True, "visibility": "open"},
    ],
)
def test_rules_that_could_not_be_set_here_leave_a_world_private(site: Site, said: object) -> None:
    folder, owner = site.server.realm.parent, site.owner()
    (path := folder / "odd.loom").unlink(missing_ok=True)
    done(folder, "export", "hello", "odd.loom")
    file = apsw.Connection(str(path))
    value = said if said is None or isinstance(said, bytes) else msgspec.msgpack.encode(said)
    file.execute("DELETE FROM meta WHERE key='rules:hello'")
    if value is not None:
        file.execute("INSERT INTO meta VALUES('rules:hello', ?)", (value,))
    file.close()
    name = f"odd-{len(owner.get('/api/worlds').json['worlds'])}"
    made = send(owner, path.read_bytes(), f"?name={name}")
    assert (made.status, made.json["visibility"]) == (201, "private")
    assert site.nobody.get(f"/api/worlds/{name}").status == 401
    assert owner.get(f"/api/worlds/{name}").status == 200


def test_a_public_world_comes_in_public(site: Site) -> None:
    folder = site.server.realm.parent
    done(folder, "export", "hello", "open.loom")
    made = send(site.owner(), (folder / "open.loom").read_bytes(), "?name=open")
    assert made.json["visibility"] == "public"
    assert site.nobody.get("/api/worlds/open").status == 200
