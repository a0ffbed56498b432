"""Reports over HTTP: moderators read them with their evidence, nobody else does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.server.asking import Site
from worldloom.presence.limbs import Limb, Limbs
from worldloom.testing import Robot
from worldloom.testing.fixtures import Server

HELD = Limbs(Limb((0.0, 1.7, 0.0)), right=Limb((0.3, 1.5, -0.4), grip=1))
HALL = '"""A hall."""\n\nfrom worldloom import World\n\nworld = World("hall")\n'


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve a hall."""
    folder = tmp_path_factory.mktemp("hall")
    (folder / "hall.py").write_text(HALL)
    running = Server(folder / "realm.loom", str(folder / "hall.py"))
    running.start()
    yield Site(running)
    assert running.stop() == 0


def secret_of(site: Site, account: str) -> str:
    return site.token(account, "visitor").headers["Authorization"].partition(" ")[2]


def test_a_report_is_read_with_its_last_minute_by_moderators_alone(site: Site) -> None:
    async def quarrel() -> None:
        url = site.server.world("hall")
        ann = Robot(url, "Ann", token=secret_of(site, "ann"))
        bob = Robot(url, "Bob", token=secret_of(site, "bob"))
        async with ann, bob:
            x, y, z = bob.position
            for step in range(20):
                bob.walk(x + step * 0.1, y, z, 1.0)
                bob.reach(HELD)
                await asyncio.sleep(0.06)
            await ann.do("report", account=bob.visitor, reason="he walks on my flowers")

    asyncio.run(quarrel())
    path = "/api/worlds/hall/reports"
    assert site.nobody.get(path).status == 401
    assert site.guest().get(path).status == 403
    (report,) = site.owner().get(path).json["reports"]
    assert (report["by"], report["account"]) == ("ann", "bob")
    assert report["reason"] == "he walks on my flowers"
    evidence = f"/api/worlds/hall/recordings/{report['recording']}"
    assert {track["name"] for track in site.owner().get(evidence).json["tracks"]} == {"Ann", "Bob"}
    told = {track["name"]: track for track in site.owner().get(evidence).json["tracks"]}
    assert "limbs" not in told["Ann"] and len(told["Ann"]["animation"]) == len(told["Ann"]["x"])
    head, left, right = told["Bob"]["limbs"][-1]
    assert head[1] == pytest.approx(1.7, abs=0.01) and left is None
    assert right == pytest.approx([0.3, 1.5, -0.4, 0, 0, 0, 1, 1], abs=0.01)
    for other in (site.nobody, site.guest()):
        assert other.get(evidence).status == 404
        assert other.get("/api/worlds/hall/recordings").json["recordings"] == []
    assert b"flowers" not in site.guest().get("/api/worlds/hall/events").body
    site.owner().act("hall", "ban", account="bob", seconds=600)
    (report,) = site.owner().get(path).json["reports"]
    assert report["banned_until"]


def test_the_words_of_the_blocked_are_in_no_answer(site: Site) -> None:
    bob, ann, eve = site.token("bob", "visitor"), site.token("ann", "visitor"), site.guest()
    assert ann.act("hall", "block", account="bob").json["result"]["on"] is True
    bob.act("hall", "say", text="words that hurt")
    events = "/api/worlds/hall/events"
    for blind in (ann,):
        assert b"words that hurt" not in blind.get(events).body
        spared = [record for record in blind.get(events).json["records"] if "redacted" in record]
        assert spared and all(set(record) == {"seq", "hash", "redacted"} for record in spared)
    assert b"words that hurt" in eve.get(events).body
    assert b"words that hurt" in site.owner().get(events).body
    ann.act("hall", "block", account="bob", on=False)
    assert b"words that hurt" in ann.get(events).body


def test_a_flood_of_chat_is_refused_with_the_time_to_wait(site: Site) -> None:
    guest = site.guest()
    replies = [guest.act("hall", "say", text="buy now") for _ in range(40)]
    refused = [reply for reply in replies if reply.status != 200]
    assert refused and refused[0].status == 429
    assert refused[0].code == "too_often"
    assert int(refused[0].headers["retry-after"]) >= 1
