"""Recorded motion over HTTP: what is listed, what is read, and that the forgotten are not in it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.asking import Site
from worldloom.presence.limbs import Limb, Limbs
from worldloom.testing import Robot
from worldloom.testing.fixtures import Server

HALL = '"""A hall."""\n\nfrom worldloom import World\n\nworld = World("hall")\n'


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve a hall."""
    folder = tmp_path_factory.mktemp("hall")
    (folder / "hall.py").write_text(HALL)
    running = Server(folder / "realm.loom", str(folder / "hall.py"))
    running.start()
    yield Site(running)
    assert running.stop() == 0


def walk(site: Site, account: str, consents: bool) -> None:
    """Let someone come, walk a little and go."""
    token = site.token(account, "visitor").headers["Authorization"].partition(" ")[2]

    async def visit() -> None:
        hall, name = site.server.world("hall"), account.title()
        async with Robot(hall, name, token=token, avatar=f"{account}-figure") as robot:
            if consents:
                await robot.do("be_recorded", on=True)
            x, y, z = robot.position
            for step in range(8):
                robot.walk(x + step * 0.3, y, z, 1.0)
                await asyncio.sleep(0.06)
            if consents:
                await robot.do("be_recorded", on=False)

    asyncio.run(visit())


def listed(site: Site) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = site.nobody.get("/api/worlds/hall/recordings").json["recordings"]
    return found


def test_the_motion_of_those_who_consented_is_listed_read_and_forgotten(
    site: Site, tmp_path: Path
) -> None:
    assert listed(site) == []
    assert site.guest().act("hall", "record", on=True).status == 403
    assert site.owner().act("hall", "record", on=True).json["result"] == {"on": True}
    for account, consents in (("ann", True), ("ben", True), ("cid", False)):
        walk(site, account, consents)
    [recording] = listed(site)
    assert recording["people"] == ["ann", "ben"]
    assert recording["frames"] > 10
    assert recording["first_seq"] < recording["last_seq"]
    assert recording["start_us"] < recording["end_us"]

    path = f"/api/worlds/hall/recordings/{recording['id']}"
    found = site.nobody.get(path).json
    assert found["id"] == recording["id"] and found["start_us"] == recording["start_us"]
    ann, ben = found["tracks"]
    assert (ann["name"], ben["name"]) == ("Ann", "Ben")
    columns = [ann[name] for name in ("t_ms", "x", "y", "z", "heading")]
    assert len({len(column) for column in columns}) == 1
    assert ann["looks"] == [{"t_ms": 0, "avatar": "ann-figure", "vrm": ""}]
    assert ann["t_ms"] == sorted(set(ann["t_ms"]))
    assert ann["x"][-1] - ann["x"][0] == pytest.approx(2.1, abs=0.01)
    assert ann["heading"][-1] == pytest.approx(1.0, abs=0.001)
    assert ben["t_ms"][0] > ann["t_ms"][-1]

    assert site.owner().post("/api/auth/forget", {"account": "ann"}).status == 200
    [recording] = listed(site)
    assert recording["people"] == ["ben"]
    assert [track["name"] for track in site.nobody.get(path).json["tracks"]] == ["Ben"]
    assert site.nobody.get("/api/worlds/hall/recordings/77").code == "not_found"


def test_head_and_hands_are_told_where_a_headset_was_worn_though_it_was_put_on_later(
    site: Site,
) -> None:
    site.owner().act("hall", "record", on=False)
    site.owner().act("hall", "record", on=True)
    known = {one["id"] for one in listed(site)}
    token = site.token("dora", "visitor").headers["Authorization"].partition(" ")[2]

    async def visit() -> None:
        async with Robot(site.server.world("hall"), "Dora", token=token) as robot:
            for worn in (False, True):  # a chunk without head and hands, and one with them
                await robot.do("be_recorded", on=True)
                x, y, z = robot.position
                for step in range(8):
                    robot.walk(x + step * 0.1, y, z, 1.0)
                    if worn:
                        robot.reach(Limbs(Limb((0.0, 1.7, 0.0)), right=Limb((0.3, 1.5, -0.4))))
                    await asyncio.sleep(0.06)
                await robot.do("be_recorded", on=False)

    asyncio.run(visit())
    (id,) = {one["id"] for one in listed(site)} - known
    (dora,) = site.nobody.get(f"/api/worlds/hall/recordings/{id}").json["tracks"]
    assert {len(dora[name]) for name in ("x", "animation", "limbs")} == {len(dora["t_ms"])}
    assert dora["limbs"][0] is None
    head, left, right = dora["limbs"][-1]
    assert left is None
    assert head[:3] == pytest.approx([0.0, 1.7, 0.0], abs=0.01)
    assert right[:3] == pytest.approx([0.3, 1.5, -0.4], abs=0.01)


def test_kill_9_loses_the_open_chunk_alone_and_the_sign_stays_up(tmp_path: Path) -> None:
    (tmp_path / "hall.py").write_text(HALL)
    running = Server(tmp_path / "realm.loom", str(tmp_path / "hall.py"))
    running.start()
    site = Site(running)
    site.owner().act("hall", "record", on=True)
    walk(site, "ann", True)
    [before] = listed(site)
    token = site.token("ann", "visitor").headers["Authorization"].partition(" ")[2]

    async def be_cut_off() -> int:
        async with Robot(running.world("hall"), "Ann", token=token) as robot:
            answer = await robot.do("be_recorded", on=True)
            await asyncio.sleep(0.3)
            running.kill()
            return answer.seq

    seq = asyncio.run(be_cut_off())
    running.start()
    [after] = listed(Site(running))
    assert after == before
    assert Site(running).nobody.get("/api/worlds/hall").json["seq"] >= seq
    state = Site(running).nobody.get("/api/worlds/hall/state").json["entities"].values()
    assert [e["components"]["Recording"]["on"] for e in state if e["name"] == "recording"] == [True]
    assert running.stop() == 0
