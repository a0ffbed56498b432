"""A long action and a power cut: asked again by its key it is the same one, and paid once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.asking import Browser, Site
from tests.server.test_long import until
from worldloom.testing.fixtures import Server

KILN = '''"""A kiln that fires pots, which takes long and costs something."""

import asyncio
from pathlib import Path

from worldloom import Event, Request, World

world = World("kiln")
HERE = Path(__file__).parent


class Fire(Request):
    pots: int


class Fired(Event):
    pots: int


@world.action(long=True, cost=40, approval=False)
def fire(pots: int) -> str:
    """Fire some pots."""
    world.append(Fire(pots))
    return "begun"


@world.adapter(Fire)
async def burn(asked: Fire, key: str) -> Fired:
    """Note that it was asked for, and wait until the kiln is hot."""
    with (HERE / "asked").open("a") as file:
        file.write(f"{key}\\n")
    while not (HERE / "hot").exists():
        await asyncio.sleep(0.05)
    return Fired(asked.pots)
'''
CALL = "/api/worlds/kiln/actions/fire"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    (tmp_path / "kiln.py").write_text(KILN)
    running = Server(tmp_path / "realm.loom", str(tmp_path / "kiln.py")).start()
    yield Site(running)
    assert running.stop() == 0


def spent(site: Site, id: str) -> int:
    listed = site.owner().get("/api/auth/tokens?account=potter").json["tokens"]
    return int(next(one["spent"] for one in listed if one["id"] == id))


def records(person: Browser, kind: str) -> list[Any]:
    found = person.get("/api/worlds/kiln/events?limit=1000").json["records"]
    return [one for one in found if one["kind"] == kind]


def test_killed_in_the_middle_a_long_action_goes_on_and_its_key_names_it(
    site: Site, tmp_path: Path
) -> None:
    potter, id = site.bearer(account="potter", role="member", budget=100)
    key = {"Idempotency-Key": "one firing"}
    before = potter.post(CALL, {"pots": 3}, **key)
    assert before.status == 202, before.body
    asked = tmp_path / "asked"
    until(lambda: asked.exists() and asked.read_text().endswith("\n"), bool)
    site.server.kill()
    site.server.again()
    after = potter.post(CALL, {"pots": 3}, **key)
    assert after.json == before.json, "it is the same firing"
    assert potter.post(CALL, {"pots": 4}, **key).code == "key_reused"
    assert spent(site, id) == 40
    until(lambda: len(asked.read_text().split()), lambda count: count >= 2)
    (tmp_path / "hot").touch()
    until(lambda: records(potter, "kiln.Fired"), bool)
    assert len(records(potter, "kiln.Fire")) == len(records(potter, "kiln.Fired")) == 1
    assert len(set(asked.read_text().split())) == 1, "under one key of the outside"
    assert potter.post(CALL, {"pots": 3}, **key).json == before.json
    assert spent(site, id) == 40


def test_what_a_taken_back_action_cost_stays_spent_and_is_spent_once(site: Site) -> None:
    """What it did outside by then stays, too: who could take the cost back would fire for free."""
    potter, id = site.bearer(account="potter", role="member", budget=100)
    key = {"Idempotency-Key": "off"}
    asked = potter.post(CALL, {"pots": 1}, **key).json
    (request,) = asked["requests"]
    for _ in range(2):
        told = potter.delete(f"/api/worlds/kiln/requests/{request}")
        assert told.json["state"] == "failed", told.body
    assert spent(site, id) == 40
    assert potter.post(CALL, {"pots": 1}, **key).json == asked, "its key names what was taken back"
    assert spent(site, id) == 40
    site.server.kill()
    site.server.again()
    assert potter.post(CALL, {"pots": 1}, **key).json == asked
    assert len(records(potter, "Failed")) == 1
    assert potter.post(CALL, {"pots": 2}).status == 202
    assert potter.post(CALL, {"pots": 2}).code == "budget_exceeded"
    assert spent(site, id) == 80
