"""Doors of worlds: found by name, guarded, fed with whole and bounded bodies, never in the way."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest

from tests.server.asking import Browser, Site
from worldloom.kernel.doors import Answered, Door
from worldloom.kernel.errors import Misused
from worldloom.kernel.world import World
from worldloom.testing.fixtures import Server

WORLD = '''"""Two worlds with doors."""

import json

from worldloom import Entry, Event, Projection, Row, Rows, World
from worldloom.kernel.doors import Answered, Asked, Clerk, Door
from worldloom.kernel.rights import Role

world, other = World("first"), World("second")


class Rung(Event, name="doors.Rung"):
    text: str


class Ring(Row, frozen=True):
    at: int
    text: str


rings = Projection("rings", Ring, key=("at",))


@rings.on(Rung)
def rung(event: Rung, entry: Entry, rows: Rows[Ring]) -> None:
    rows.put(Ring(entry.seq, event.text))


async def answer(asked: Asked, clerk: Clerk) -> Answered:
    if asked.method == "POST":
        await clerk.decide(lambda open: open.append(Rung(asked.body.decode())))
    newest = clerk.select("rings", {}, (), 2, descending=True).rows
    kept = clerk.events(Rung, [row.at for row in newest])
    told = {"world": clerk.world, "path": asked.path, "base": asked.base, "query": asked.query,
            "account": asked.who.account, "rings": [one.event.text for one in kept],
            "at": [clerk.seq_at(one.time) for one in kept], "now": clerk.now()}
    return Answered(200, json.dumps(told).encode(), "application/json", (("X-Bell", "1"),))


async def fail(asked: Asked, clerk: Clerk) -> Answered:
    raise ValueError("the bell broke")


for one in (world, other):
    one.project(rings)
    one.door(Door("bell", answer, Role.MEMBER, free=("about",), body_bytes_max=100))
other.door(Door("broken", fail, Role.VISITOR))
other.door(Door("gong", answer, Role.MEMBER, pages=True))
'''


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("bells")
    (folder / "bells.py").write_text(WORLD)
    server = Server(folder / "realm.loom", str(folder / "bells.py"))
    yield Site(server.start())
    server.stop()


def test_a_door_answers_in_its_first_world_and_in_each_by_name(site: Site) -> None:
    ann = site.token("ann", "member")
    told = ann.get("/bell/a/b?x=1&x=2")
    assert told.headers["x-bell"] == "1"
    assert told.json["world"] == "first"
    assert (told.json["path"], told.json["base"]) == ("a/b", "/bell")
    assert told.json["query"] == [["x", "1"], ["x", "2"]]
    assert told.json["account"] == "ann"
    there = ann.get("/w/second/bell/").json
    assert (there["world"], there["base"]) == ("second", "/w/second/bell")


def test_what_comes_by_a_door_is_an_event_that_its_tables_have_at_once(site: Site) -> None:
    ann = site.token("ann", "member")
    for text in ("ding", "dong", "dang"):
        said = ann.post("/bell/", text.encode()).json
    assert said["rings"] == ["dang", "dong"]
    records = site.owner().get("/api/worlds/first/events").json["records"]
    rung = [one for one in records if one.get("data", {}).get("text") in ("ding", "dong", "dang")]
    assert [one["actor"] for one in rung] == ["ann"] * 3
    assert said["at"] == [rung[2]["seq"], rung[1]["seq"]]
    assert site.owner().get("/api/worlds/second/events").json["records"][-1]["kind"] != "doors.Rung"


def test_a_door_asks_for_its_role_and_what_is_free_for_none(site: Site) -> None:
    nobody = site.nobody.get("/bell/")
    assert (nobody.status, nobody.code) == (401, "not_signed_in")
    assert nobody.headers["www-authenticate"].startswith("Basic ")
    assert site.token("cid", "visitor").get("/bell/").status == 403
    assert site.nobody.get("/bell/about").json["account"] == ""


def test_who_is_banned_while_they_send_is_not_answered_at_a_door(site: Site) -> None:
    dee = site.token("dee", "member")
    slow = dee.slowly("POST", "/bell/", b"late")
    assert site.owner().act("first", "ban", account="dee").status == 200
    assert slow.end().code == "banned"
    records = site.owner().get("/api/worlds/first/events?limit=1000").json["records"]
    assert "dee" not in [one["actor"] for one in records]


def test_what_a_door_refuses_to_software_is_logged_and_counted(site: Site) -> None:
    def refusals() -> str:
        lines = site.nobody.get("/metrics").body.decode().splitlines()
        name = 'worldloom_refusals_total{door="kit",code="missing_scope"} '
        return next((line.removeprefix(name) for line in lines if line.startswith(name)), "0")

    before = int(refusals())
    wish = {"account": "bot", "role": "member", "scopes": ["look"], "agent": True}
    browser, _ = site.bearer(**wish)
    assert browser.get("/bell/tower").status == 403
    records = site.owner().get("/api/worlds/first/events?limit=1000").json["records"]
    (noted,) = [one for one in records if one.get("kind") == "CallRefused"]
    assert (noted["actor"], noted["data"]["call"]) == ("bot", "/bell/")
    assert noted["data"]["code"] == "missing_scope"
    assert int(refusals()) == before + 1


def test_a_token_comes_in_by_basic_at_doors_only(site: Site) -> None:
    made = site.owner().post("/api/auth/tokens", {"account": "lms", "role": "member"}).json

    def basic(text: str) -> Browser:
        sent = base64.b64encode(text.encode()).decode()
        return Browser(site.server.url, {"Authorization": f"Basic {sent}"})

    right = f"{made['id']}:{made['token']}"
    assert basic(right).get("/bell/").json["account"] == "lms"
    assert basic(right).get("/api/auth/me").status == 401
    for wrong in (f"lms:{made['token']}", f"{made['id']}:x", made["token"], ":", "é:é", ""):
        assert basic(wrong).get("/bell/").status == 401
    for broken in ("Basic !", "Basic", "Basic " + "A" * 5000):
        headers = {"Authorization": broken}
        assert Browser(site.server.url, headers).get("/bell/").status == 401


def test_a_body_is_bounded_and_a_fault_is_told_without_its_inside(site: Site) -> None:
    ann = site.token("ann", "member")
    assert ann.post("/bell/", b"x" * 100).status == 200
    assert ann.post("/bell/", b"x" * 101).code == "too_large"
    broken = ann.get("/w/second/broken/")
    assert (broken.status, broken.code) == (500, "handler_failed")
    assert "bell" not in broken.body.decode()


def test_what_is_no_door_is_not_there(site: Site) -> None:
    ann = site.token("ann", "member")
    for path in ("/bells/", "/w/first/broken/", "/w/third/bell/", "/w/first/bells", "/bel"):
        assert (ann.get(path).status, ann.get(path).code) == (404, "no_page")
    assert ann.get("/api/worlds").status == 200


def test_a_page_of_another_site_asks_nothing_in_a_visitors_name(site: Site) -> None:
    headers = {**site.guest().headers, "Origin": "https://evil.example"}
    assert Browser(site.server.url, headers).get("/bell/").code in ("other_site", "not_allowed")


def test_who_guesses_at_a_door_is_slowed(site: Site) -> None:
    statuses = set()
    for number in range(100):
        sent = base64.b64encode(f"{number:016x}:wl_{number:048x}".encode()).decode()
        guess = Browser(site.server.url, {"Authorization": f"Basic {sent}"}).get("/bell/")
        statuses.add(guess.status)
    assert statuses == {401, 429}
    assert site.token("ann", "member").get("/bell/").status == 200


def test_scripts_of_other_pages_ask_by_a_token_where_a_door_lets_them(site: Site) -> None:
    origin = {"Origin": "https://other.example"}
    first = Browser(site.server.url, origin).ask("OPTIONS", "/w/second/gong/")
    assert first.status == 204
    assert first.headers["access-control-allow-headers"].startswith("Authorization")
    ann = Browser(site.server.url, {**site.token("ann", "member").headers, **origin})
    said = ann.get("/w/second/gong/")
    assert (said.status, said.headers["access-control-allow-origin"]) == (200, "*")
    assert "access-control-allow-credentials" not in said.headers
    guest = Browser(site.server.url, {**site.guest().headers, **origin})
    refused = guest.get("/w/second/gong/")
    assert refused.status in (401, 403)
    assert refused.headers["access-control-allow-origin"] == "*"
    for method in ("GET", "OPTIONS"):
        assert "access-control-allow-origin" not in ann.ask(method, "/bell/").headers


async def nothing(asked: object, clerk: object) -> Answered:
    return Answered()


@pytest.mark.parametrize("name", ["api", "w", "", "A", "a/b", "static", "x" * 40])
def test_a_door_has_a_name_that_the_server_leaves_free(name: str) -> None:
    with pytest.raises(Misused):
        World("hall").door(Door(name, nothing))


def test_a_world_has_one_door_of_a_name_and_none_without_bounds() -> None:
    world = World("hall")
    world.door(Door("bell", nothing))
    with pytest.raises(Misused):
        world.door(Door("bell", nothing))
    with pytest.raises(Misused):
        world.door(Door("bells", nothing, body_bytes_max=2**40))
