"""Whose fork a world is, is what the store knows: a record from elsewhere only says so."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from tests.server.asking import Browser, Site
from tests.server.test_cli import done
from tests.server.test_hostile_file import Event, forged, send, spawned
from worldloom.kernel.opening import Card
from worldloom.stores.sqlite import SqliteStore
from worldloom.testing.fixtures import Server

Serve = Callable[..., Server]

CLAIMED: list[Event] = [spawned(1, "a"), ("Forked", ["hello", 1])]
TEXT = '''from worldloom import Visitor, World

{worlds}


@{first}.action
def greet(visitor: Visitor) -> str:
    """Greet."""
    return "GREETING"
'''


def lineage(browser: Browser, world: str) -> list[str]:
    """Return the ancestors of a world by its own card, which are those of the list."""
    steps = browser.get(f"/api/worlds/{world}").json["lineage"]
    listed = {one["name"]: one for one in browser.get("/api/worlds").json["worlds"]}
    assert listed[world]["lineage"] == steps
    return [step["world"] for step in steps]


def test_a_world_from_a_file_is_no_fork_of_a_world_here_by_its_own_word(
    serve: Serve, hello_file: Path, tmp_path: Path
) -> None:
    server = serve(str(hello_file))
    site = Site(server)
    owner = site.owner()
    path = tmp_path / "evil.loom"
    forged(path, CLAIMED)
    store = SqliteStore(str(path))
    store.set_meta("world:evil", msgspec.msgpack.encode(Card("t", True, (("hello", 1, "ada"),))))
    store.close()
    assert send(site, path.read_bytes(), "claimed").status == 201
    assert lineage(owner, "claimed") == []
    for parent, name in (("claimed", "own"), ("own", "deeper")):
        assert owner.post(f"/api/worlds/{parent}/fork", {"name": name}).status == 201
    assert lineage(owner, "own") == ["claimed"]
    past = {"name": "past", "seq": 2}
    assert owner.post("/api/worlds/deeper/fork", past).status == 201
    assert lineage(owner, "past") == ["claimed"], "it continues what came in, not its fork"
    server.stop()
    listed = json.loads(done(tmp_path, "worlds", "--realm", str(server.realm), "--json"))["worlds"]
    told = {one["name"]: [step["world"] for step in one["lineage"]] for one in listed}
    forks = {"own": ["claimed"], "past": ["claimed"], "deeper": ["own", "claimed"]}
    assert told == {"hello": [], "secret": [], "claimed": [], **forks}


def test_a_file_that_is_looked_at_as_it_is_has_no_lineage_by_its_own_word(tmp_path: Path) -> None:
    path = tmp_path / "evil.loom"
    forged(path, CLAIMED)
    store = SqliteStore(str(path))
    store.set_meta("world:evil", msgspec.msgpack.encode(Card("t", True, (("evil", 1, "ada"),))))
    store.close()
    (listed,) = json.loads(done(tmp_path, "worlds", "--realm", str(path), "--json"))["worlds"]
    assert listed["lineage"] == []


@pytest.mark.parametrize(
    ("worlds", "first", "status"),
    [
        (("hello",), "hello", 200),  # a fork or a renamed world that left its realm
        (("hello", "evil"), "hello", 404),  # two: none is the one that a record names
        (("hello", "evil", "claimed"), "claimed", 200),
    ],
    ids=("only", "claimed", "its-own"),
)
def test_trusted_code_of_a_world_from_a_file_is_chosen_by_no_record_of_it(
    serve: Serve, tmp_path: Path, worlds: tuple[str, ...], first: str, status: int
) -> None:
    text = TEXT.format(
        worlds="\n".join(f'{name} = World("{name}")' for name in worlds), first=first
    )
    code = text.encode()
    claimed = [*CLAIMED, ("Declared", [[], sha256(code).hexdigest(), []])]
    data = forged(tmp_path / "evil.loom", claimed, code=(code, "text/x-python"))
    server = serve()
    assert send(Site(server), data, "claimed").status == 201
    server.stop()
    owner = Site(serve(realm=server.realm, options=("--trust",))).owner()
    reply = owner.act("claimed", "greet")
    assert reply.status == status, reply.body


def test_who_says_to_be_a_fork_stays_in_the_sandbox_until_its_owner_says_otherwise(
    serve: Serve, hello_file: Path, tmp_path: Path
) -> None:
    """A fork that leaves and comes in again has not gone live by it."""
    site = Site(serve(str(hello_file)))
    owner = site.owner()
    assert send(site, forged(tmp_path / "evil.loom", CLAIMED), "carried").status == 201
    assert owner.get("/api/worlds/carried").json["adapters"] == "sandbox"
    assert owner.act("carried", "go_live").status == 200
    assert owner.get("/api/worlds/carried").json["adapters"] == "live"
