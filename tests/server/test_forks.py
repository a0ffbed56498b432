"""Promised: forks over every door of a real server, proved, lived in, and whole after a kill."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.server.asking import Browser, Site
from worldloom.ledger.proofs import check
from worldloom.testing import Robot
from worldloom.testing.fixtures import Server

Serve = Callable[..., Server]

GARDEN = '''"""A garden in which time passes and letters are written."""

from worldloom import Component, Event, Failed, Request, Visitor, World, sphere

world = World("garden", title="The garden")


class Clock(Component):
    ticks: int = 0


class Secret(Component, private=True):
    word: str = ""


class Letter(Request):
    text: str


class Sent(Event):
    text: str


class Heard(Event):
    text: str


clock = world.spawn("clock", sphere(0.2), Clock())


@world.every(seconds=0.1)
def tick() -> None:
    clock.update(Clock, ticks=clock[Clock].ticks + 1)


@world.action
def write(visitor: Visitor, text: str) -> str:
    """Write a letter."""
    world.append(Letter(text))
    return "GREETING"


@world.action
def whisper(visitor: Visitor, word: str) -> None:
    """Keep a secret."""
    clock[Secret] = Secret(word)


@world.adapter(Letter)
async def post(letter: Letter, key: str) -> Sent:
    with open("OUTSIDE", "a") as file:
        file.write(f"{key} {letter.text}\\n")
    return Sent(letter.text)


@world.on(Sent)
def note(sent: Sent) -> None:
    world.append(Heard(sent.text))
'''


@pytest.fixture
def garden(tmp_path: Path) -> Path:
    """Return the garden's file, whose letters go to the file `outside` beside it."""
    path = tmp_path / "garden.py"
    path.write_text(GARDEN.replace("OUTSIDE", str(tmp_path / "outside")))
    return path


def fork(browser: Browser, world: str, name: str, seq: int | None = None) -> Any:
    """Make a fork and return the answer."""
    wish = {"name": name} if seq is None else {"name": name, "seq": seq}
    reply = browser.post(f"/api/worlds/{world}/fork", wish)
    assert reply.status == 201, reply.body
    assert reply.headers["location"] == f"/w/{name}"
    return reply.json


def card(browser: Browser, world: str) -> Any:
    return browser.get(f"/api/worlds/{world}").json


def records(browser: Browser, world: str, after: int = 0) -> list[Any]:
    reply = browser.get(f"/api/worlds/{world}/events?after={after}&limit=1000")
    found: list[Any] = reply.json["records"]
    return found


def kinds(browser: Browser, world: str, after: int = 0) -> list[str]:
    return [record.get("kind", "") for record in records(browser, world, after)]


def wait(until: Callable[[], bool]) -> None:
    """Poll until something is so."""
    for _ in range(400):
        if until():
            return
        time.sleep(0.025)
    raise AssertionError("it did not come about")


def test_a_fork_begins_at_a_past_moment_and_lives_on_by_itself(serve: Serve, garden: Path) -> None:
    site = Site(serve(str(garden)))
    owner = site.owner()
    seq = owner.act("garden", "spawn", name="bush").json["seq"]
    then = owner.get(f"/api/worlds/garden/state?seq={seq}").json
    owner.act("garden", "spawn", name="tree")
    made = fork(owner, "garden", "idea", seq)
    assert made == {"world": "idea", "seq": seq, "parent": "garden", "url": "/w/idea"}
    assert owner.get(f"/api/worlds/idea/state?seq={seq}").json == then
    assert records(owner, "idea")[seq]["kind"] == "Forked"
    assert records(owner, "idea")[seq]["data"] == {"parent": "garden", "seq": seq}
    assert records(owner, "idea")[:seq] == records(owner, "garden")[:seq]

    owner.act("idea", "spawn", name="pond")
    names = {
        world: {entity["name"] for entity in state["entities"].values()}
        for world in ("garden", "idea")
        for state in [owner.get(f"/api/worlds/{world}/state").json]
    }
    assert "tree" in names["garden"] and "pond" not in names["garden"]
    assert "pond" in names["idea"] and "tree" not in names["idea"]
    wait(lambda: "Changed" in kinds(owner, "idea", seq + 2))


def test_whose_fork_a_world_is_is_shown_and_proved(serve: Serve, garden: Path) -> None:
    site = Site(serve(str(garden)))
    owner = site.owner()
    for number in range(20):
        owner.act("garden", "spawn", name=f"stone {number}")
    saved = card(owner, "garden")
    first = fork(owner, "garden", "one")
    owner.act("one", "spawn", name="pond")
    second = fork(owner, "one", "two")
    shown = card(owner, "two")
    assert [(step["world"], step["seq"], step["by"]) for step in shown["lineage"]] == [
        ("one", second["seq"], "local"),
        ("garden", first["seq"], "local"),
    ]
    assert card(owner, "garden")["lineage"] == []
    assert (shown["adapters"], card(owner, "garden")["adapters"]) == ("sandbox", "live")
    listed = {world["name"]: world for world in owner.get("/api/worlds").json["worlds"]}
    assert listed["two"]["lineage"] == shown["lineage"]

    for step in shown["lineage"]:
        parent = step["world"]
        grown = owner.get(f"/api/worlds/{parent}/proof?from={step['seq']}").json
        assert grown["from"] == {"size": step["seq"], "root": step["root"]}
        proof = owner.get(f"/api/worlds/two/proof?from={step['seq']}")
        check(proof.body, shown["vkey"])
        assert proof.json["from"]["root"] == step["root"]
    back = owner.get(f"/api/worlds/two/proof?from={saved['seq']}").json
    assert back["from"]["root"] == saved["root"], "what a visitor of the parent saved is proved"


def test_forks_are_refused_with_the_right_word(serve: Serve, garden: Path) -> None:
    site = Site(serve(str(garden)))
    owner, member = site.owner(), site.token("ann", "member")
    path = "/api/worlds/garden/fork"
    assert site.nobody.post(path, {"name": "idea"}).status == 401
    cases: list[tuple[Any, int, str]] = [
        ({"name": "garden"}, 409, "name_taken"),
        ({"name": "plaza"}, 409, "name_taken"),
        ({"name": "No good"}, 422, "invalid"),
        ({"name": "people"}, 422, "invalid"),
        ({}, 422, "invalid"),
        ({"name": "idea", "seq": -1}, 422, "invalid"),
        ({"name": "idea", "seq": "1"}, 422, "invalid"),
        ({"name": "idea", "at": 1}, 422, "invalid"),
        ({"name": "idea", "title": 1}, 422, "invalid"),
        ({"name": "idea", "title": "x" * 121}, 422, "invalid"),
        ({"name": "idea", "seq": 10**9}, 404, "no_seq"),
        ({"name": "idea", "seq": 2**45}, 404, "no_seq"),
        ({"name": "idea", "seq": 2**53}, 422, "invalid"),
    ]
    for wish, status, code in cases:
        reply = owner.post(path, wish)
        assert (reply.status, reply.code) == (status, code), wish
    assert owner.post("/api/worlds/nowhere/fork", {"name": "idea"}).status == 404

    before = owner.act("garden", "spawn", name="bush").json["seq"]
    owner.act("garden", "whisper", word="hush")
    refused = member.post(path, {"name": "idea"})
    assert (refused.status, refused.code) == (403, "not_allowed")
    assert "owner" in refused.json["error"]["message"]
    fork(member, "garden", "idea", before)
    guest = site.guest()
    fork(guest, "garden", "other", before)
    assert guest.act("other", "grant", account="bob", role="builder").status == 200
    assert guest.act("garden", "grant", account="bob", role="builder").status == 403
    assert guest.act("idea", "grant", account="bob", role="builder").status == 403


def test_a_fork_is_told_from_its_parent_by_its_title(serve: Serve, garden: Path) -> None:
    site = Site(serve(str(garden)))
    owner = site.owner()
    fork(owner, "garden", "copy")
    wish = {"name": "idea", "title": "A garden of ideas"}
    assert owner.post("/api/worlds/garden/fork", wish).status == 201
    titles = {one["name"]: one["title"] for one in owner.get("/api/worlds").json["worlds"]}
    assert titles["copy"] == titles["garden"] == "The garden"
    assert titles["idea"] == card(owner, "idea")["title"] == "A garden of ideas"


def test_guests_fork_on_their_own_machine_and_only_a_few(serve: Serve, garden: Path) -> None:
    site = Site(serve(str(garden)))
    guest = site.guest()
    for number in range(5):
        fork(guest, "garden", f"idea-{number}")
    refused = guest.post("/api/worlds/garden/fork", {"name": "more"})
    assert (refused.status, refused.code) == (413, "too_many_forks")
    assert guest.act("idea-0", "spawn", name="pond").status == 200
    assert guest.act("garden", "spawn", name="pond").status == 403


@pytest.mark.parametrize("options", [("--guests", "visit"), ("--name", "worlds.example.org")])
def test_guests_who_only_visit_fork_nothing(
    serve: Serve, garden: Path, options: tuple[str, ...]
) -> None:
    site = Site(serve(str(garden), options=options))
    refused = site.guest().post("/api/worlds/garden/fork", {"name": "idea"})
    assert (refused.status, refused.code) == (403, "not_allowed")


def test_a_fork_stays_in_its_sandbox_until_its_owner_lets_it_out(
    serve: Serve, garden: Path, tmp_path: Path
) -> None:
    site = Site(serve(str(garden)))
    owner, outside = site.owner(), tmp_path / "outside"
    owner.act("garden", "write", text="before")
    wait(lambda: kinds(owner, "garden").count("garden.Heard") == 1)
    seq = fork(owner, "garden", "idea")["seq"]
    owner.act("idea", "write", text="pretended")
    wait(lambda: "Failed" in kinds(owner, "idea", seq))
    failed = next(r for r in records(owner, "idea", seq) if r["kind"] == "Failed")
    assert failed["data"]["code"] == "simulated"
    assert failed["data"]["message"].startswith("simulated")
    assert failed["cause"].endswith(":simulated")

    builder = site.token("bob", "builder")
    assert builder.act("idea", "go_live").status == 403
    assert owner.act("garden", "go_live").status == 409
    assert owner.act("idea", "go_live").json["result"] == {"adapters": "live"}
    assert card(owner, "idea")["adapters"] == "live"
    owner.act("idea", "write", text="real")
    wait(lambda: "garden.Heard" in kinds(owner, "idea", seq))
    assert [line.split()[1] for line in outside.read_text().splitlines()] == ["before", "real"]


def test_visitors_enter_a_fork_and_see_the_same(serve: Serve, garden: Path) -> None:
    server = serve(str(garden))
    owner = Site(server).owner()
    fork(owner, "garden", "idea")

    async def live() -> None:
        async with Robot(server.world("idea"), name="Ada") as ada:
            async with Robot(server.world("idea"), name="Bob") as bob:
                await ada.say("Here I am")
                assert (await bob.heard()).text == "Here I am"
                await bob.wait_until(lambda robot: robot.seq >= ada.seq)
        async with Robot(server.world("garden"), name="Cem") as cem:
            await cem.wait_until(lambda robot: bool(robot.visitors()))
            assert [visitor.name for visitor in cem.visitors().values()] == ["Cem"]

    asyncio.run(live())
    with urllib.request.urlopen(f"{server.url}/w/idea", timeout=10) as page:
        assert page.status == 200


def loom(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "worldloom", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_command_line_forks_in_a_running_realm_and_in_a_closed_file(
    serve: Serve, garden: Path, tmp_path: Path
) -> None:
    realm = tmp_path / "realm.loom"
    given = ("--realm", str(realm))
    server = serve(str(garden), realm=realm)
    made = loom("fork", "garden", "one", "--at", "2", "--json", *given)
    assert json.loads(made.stdout)["world"] == "one"
    assert loom("fork", "garden", "calm", "--title", "A calm garden", *given).returncode == 0
    again = loom("fork", "garden", "one", *given)
    assert (again.returncode, again.stdout) == (1, "")
    assert "[name_taken]" in again.stderr
    server.stop()
    made = loom("fork", "garden", "two", "--title", "A wild garden", *given)
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("two continues garden from seq ")
    assert "[name_taken]" in loom("fork", "one", "two", *given).stderr
    assert "[no_seq]" in loom("fork", "one", "three", "--at", "999999", *given).stderr
    assert loom("fork", "one", "three", "--at", "-1", *given).returncode == 2
    listed = json.loads(loom("worlds", "--json", *given).stdout)["worlds"]
    titles = {world["name"]: world["title"] for world in listed}
    assert titles == {
        "garden": "The garden",
        "one": "The garden",
        "calm": "A calm garden",
        "two": "A wild garden",
    }
    assert not Path(f"{realm}-wal").exists()

    owner = Site(serve(str(garden), realm=realm)).owner()
    assert owner.act("two", "write", text="hello").json["result"] == "GREETING"


def test_a_saved_file_reaches_the_forks_of_its_world(serve: Serve, garden: Path) -> None:
    server = Server(garden.parent / "realm.loom", str(garden))
    server._command[server._command.index("run")] = "dev"
    server.start()
    try:
        owner = Site(server).owner()
        seq = fork(owner, "garden", "idea")["seq"]
        garden.write_text(garden.read_text().replace("GREETING", "WELCOME"))
        wait(lambda: owner.act("idea", "write", text="x").json["result"] == "WELCOME")
        assert "Declared" not in kinds(owner, "idea", seq)
        garden.write_text("broken(")
        wait(lambda: any("garden" in line and "broken" in line for line in server.errors))
        assert owner.act("idea", "write", text="x").json["result"] == "WELCOME"
    finally:
        server.stop()


def test_a_realm_that_is_run_by_its_kept_code_serves_its_forks_by_it(
    serve: Serve, garden: Path, tmp_path: Path
) -> None:
    realm = tmp_path / "realm.loom"
    server = serve(str(garden), realm=realm)
    fork(Site(server).owner(), "garden", "idea")
    fork(Site(server).owner(), "idea", "deeper")
    server.stop()
    bare = serve(realm=realm)
    assert Site(bare).owner().act("deeper", "write", text="x").status == 404
    bare.stop()
    owner = Site(serve(realm=realm, options=("--trust",))).owner()
    assert owner.act("deeper", "write", text="x").json["result"] == "GREETING"


def test_listing_worlds_opens_none_of_them(serve: Serve, garden: Path, tmp_path: Path) -> None:
    realm = tmp_path / "realm.loom"
    server = serve(str(garden), realm=realm)
    fork(Site(server).owner(), "garden", "idea")
    before = Site(server).owner().get("/api/worlds").json
    server.stop()
    owner = Site(serve(str(garden), realm=realm)).owner()
    after = owner.get("/api/worlds").json
    shown = [(world["name"], world["lineage"]) for world in after["worlds"]]
    assert shown == [(world["name"], world["lineage"]) for world in before["worlds"]]
    seq = after["worlds"][1]["seq"]
    time.sleep(0.3)
    assert owner.get("/api/worlds").json["worlds"][1]["seq"] == seq, "it sleeps until someone comes"
    card(owner, "idea")
    wait(lambda: owner.get("/api/worlds").json["worlds"][1]["seq"] > seq)


class Forker(threading.Thread):
    """Forks and writes until the line is cut."""

    def __init__(self, browser: Browser, prefix: str) -> None:
        super().__init__(daemon=True)
        self.browser = browser
        self.prefix = prefix
        self.made: dict[str, int] = {}

    def run(self) -> None:
        number = 0
        try:
            while True:
                number += 1
                name = f"{self.prefix}-{number}"
                reply = self.browser.post("/api/worlds/garden/fork", {"name": name})
                assert reply.status == 201
                self.made[name] = reply.json["seq"]
                self.browser.act(name, "write", text=name)
        except Exception:  # the server was killed
            return


@pytest.mark.slow
def test_killed_while_forking_a_realm_has_each_fork_whole_or_not_at_all(
    garden: Path, tmp_path: Path
) -> None:
    realm = tmp_path / "realm.loom"
    made: dict[str, int] = {}
    for life in range(4):
        server = Server(realm, str(garden)).start()
        try:
            owner = Site(server).owner()
            check_forks(owner, made)
            forker = Forker(owner, f"idea-{life}")
            forker.start()
            time.sleep(0.2 + 0.13 * life)
        finally:
            server.kill()
        forker.join()
        made |= forker.made
    assert made, "no fork was made"
    # What was written in a fork stays there: the outside heard of none of it.
    assert not (tmp_path / "outside").exists()


def check_forks(owner: Browser, made: dict[str, int]) -> None:
    """Each fork that was told of is there, and each that is there is whole and goes on."""
    listed = {world["name"] for world in owner.get("/api/worlds").json["worlds"]} - {"garden"}
    assert made.keys() <= listed
    for name in sorted(listed)[-5:]:
        seq = card(owner, name)["lineage"][0]["seq"]
        assert made.get(name, seq) == seq
        found = records(owner, name, seq)
        assert found[0]["kind"] == "Forked"
        letters = [r["data"]["text"] for r in found if r.get("kind") == "garden.Letter"]
        assert set(letters) <= {name}
        assert owner.act(name, "spawn", name=f"bush {time.time_ns()}").status == 200
