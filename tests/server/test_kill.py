"""Killed with -9 at any moment, a realm has kept all that it ever acknowledged.

WORLDLOOM_KILL_ROUNDS sets how often; `make soak` and the continuous checks use more.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.server.asking import Site
from tests.server.writers import Builder, Known, Row, Speaker, Writer, rows_of, speeches_of
from worldloom.stores.verify import verify
from worldloom.testing import Robot
from worldloom.testing.fixtures import READY_SECONDS, Server

ROUNDS = int(os.environ.get("WORLDLOOM_KILL_ROUNDS", "4"))
SPEAKERS = 2
BUILDERS = 2


def free_port() -> int:
    """Return a port that nobody is given by chance while the server that has it is down."""
    for port in random.SystemRandom().sample(range(20_000, 32_000), 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no port is free")


def check_file(realm: Path) -> None:
    report = verify(str(realm))
    assert report.ok, report.lines()


def refused(realm: Path, *arguments: str) -> str:
    """Return what a server that cannot start says."""
    command = [sys.executable, "-m", "worldloom", "run", "--realm", str(realm), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "\n  fix: " in done.stderr
    return done.stderr


@pytest.mark.slow
@pytest.mark.timeout(60 + 20 * ROUNDS * READY_SECONDS / 30)  # more where starting takes more
def test_no_acknowledged_action_is_lost_by_kills_at_random_moments(
    hello_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worldloom.testing.robot.RETRY_SECONDS", (0.05,))  # rounds are short
    realm, port = tmp_path / "realm.loom", str(free_port())
    server = Server(realm, str(hello_file), options=("--port", port))
    try:
        rows = asyncio.run(rounds_of_kills(server))
        made_anew = tmp_path / "anew.py"
        made_anew.write_text(hello_file.read_text().replace("version=1", "version=2"))
        server = Server(realm, str(made_anew)).start()
        assert rows_of(Site(server)) == rows, "the table is not what the log makes of it"
    finally:
        server.kill()
    installed = os.environ.get("WORLDLOOM_LOOM")
    loom = [installed] if installed else [sys.executable, "-m", "worldloom"]
    command = [*loom, "verify", "--realm", str(realm)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


async def rounds_of_kills(server: Server) -> list[Row]:
    """Kill a server under load again and again, one robot living on; return the table's rows."""
    chance = random.Random(os.environ.get("SEED", "1"))
    known = Known()
    await asyncio.to_thread(server.start)
    async with Robot(server.world("hello"), "Steady", patience_seconds=READY_SECONDS) as robot:
        for number in range(ROUNDS):
            site = Site(server)
            rows = await asyncio.to_thread(check, site, known)
            await check_robot(robot, site)
            writers = writers_of(number, site)
            for writer in writers:
                writer.start()
            await asyncio.sleep(chance.uniform(0.05, 1.0))
            await asyncio.to_thread(server.kill)
            for writer in writers:
                await asyncio.to_thread(writer.end, known)
            await asyncio.to_thread(check_file, server.realm)
            await asyncio.to_thread(server.start)
        site = Site(server)
        rows = await asyncio.to_thread(check, site, known)
        await check_robot(robot, site)
    assert known.kept, "the speakers never got a word in"
    assert any(may != {None} for may in known.things.values()), "the builders never got a thing up"
    await asyncio.to_thread(server.kill)
    return rows


def writers_of(number: int, site: Site) -> list[Writer]:
    """Return the writers of one round, whose names no other round has."""
    speakers = [Speaker(site.owner(), f"s{number}-{one}") for one in range(SPEAKERS)]
    return [*speakers, *(Builder(site.owner(), f"b{number}-{one}") for one in range(BUILDERS))]


def check(site: Site, known: Known) -> list[Row]:
    """All that was acknowledged stands where it was said to stand; nothing was made up."""
    found: dict[int, str] = {}
    after = 0
    while page := site.nobody.get(f"/api/worlds/hello/events?after={after}&limit=1000").json[
        "records"
    ]:
        assert [record["seq"] for record in page] == list(range(after + 1, after + len(page) + 1))
        found |= {r["seq"]: r["data"]["text"] for r in page if r["kind"] == "Said"}
        after = page[-1]["seq"]
    live = site.nobody.get("/api/worlds/hello/state").json
    known.check_said(found)
    known.check_things({e["name"]: e["components"] for e in live["entities"].values()})
    assert live == site.nobody.get(f"/api/worlds/hello/state?seq={live['seq']}").json
    rows = rows_of(site)
    assert rows == speeches_of(found), "the table is not what was said"
    return rows


async def check_robot(robot: Robot, site: Site) -> None:
    """The robot that lives on came back to the log that it knew, and sees what the server sees."""
    head = site.nobody.get("/api/worlds/hello").json["seq"]
    await robot.wait_until(lambda robot: robot.core.inside and robot.seq >= head)
    assert not robot.history_lost, "it had seen what was not kept"
    seen, seq = robot.state_hash(), robot.seq
    state = site.nobody.get(f"/api/worlds/hello/state?seq={seq}").json
    assert state["state_hash"] == seen


def test_what_is_lost_or_made_up_or_done_twice_is_noticed() -> None:
    known = Known(kept={1: "a"}, asked={"a", "b"}, things={"thing": {"1", "2"}})
    wrong_words: tuple[dict[int, str], ...] = ({}, {2: "a"}, {1: "a", 2: "c"}, {1: "a", 2: "a"})
    for said in wrong_words:
        with pytest.raises(AssertionError):
            known.check_said(said)

    def cells(text: str) -> dict[str, Any]:
        return {"Annotation": {"text": text}}

    for things in ({}, {"thing": cells("3")}, {"thing": cells("1"), "other": cells("1")}):
        with pytest.raises(AssertionError):
            known.check_things(things)
    known.check_things({"thing": cells("1")})
    with pytest.raises(AssertionError):
        known.check_things({"thing": cells("2")})


@pytest.mark.slow
def test_a_robot_comes_back_after_kills_and_sees_the_same_world(
    hello_file: Path, tmp_path: Path
) -> None:
    realm, port = tmp_path / "realm.loom", str(free_port())

    def start() -> Server:
        return Server(realm, str(hello_file), options=("--port", port)).start()

    async def main() -> None:
        server = start()
        try:
            async with Robot(server.world("hello"), "Steady", patience_seconds=30) as robot:
                for number in range(2):
                    await robot.do("click", entity="lantern")
                    seen = robot.seq
                    server.kill()
                    server = await asyncio.to_thread(start)
                    await robot.wait_until(lambda robot: robot.core.inside)
                    answer = await robot.do("add", one=number)
                    assert answer.result == number + 1
                    assert robot.seq >= seen
                    state = Site(server).nobody.get(f"/api/worlds/hello/state?seq={robot.seq}")
                    assert state.json["state_hash"] == robot.state_hash()
        finally:
            server.kill()

    asyncio.run(main())
    check_file(realm)


def test_a_clean_stop_leaves_one_file_and_tells_clients_to_come_again(
    serve: Callable[..., Server], hello_file: Path, tmp_path: Path
) -> None:
    server = serve(str(hello_file))
    site = Site(server)
    for number in range(20):
        site.owner().act("hello", "say", text=str(number))
    head = site.nobody.get("/api/worlds/hello").json

    async def main() -> None:
        from tests.server.test_protocol import closed, line
        from worldloom.sync.messages import VERSION, Hello
        from worldloom.sync.wire import encode

        async with line(site) as connection:
            await connection.send(encode(Hello(VERSION, "Ann")))
            await connection.recv()
            stopping = asyncio.create_task(asyncio.to_thread(server.stop))
            assert (await closed(connection))[0] == 1012
            assert await stopping == 0

    asyncio.run(main())
    assert [path.name for path in tmp_path.iterdir()] == ["realm.loom"]
    check_file(tmp_path / "realm.loom")
    again = Site(serve(str(hello_file)))
    assert again.nobody.get("/api/worlds/hello").json["seq"] >= head["seq"]
    assert (
        again.nobody.get(f"/api/worlds/hello/state?seq={head['seq']}").json["state_hash"]
        == (head["state_hash"])
    )


def test_a_second_server_on_the_same_realm_is_refused(
    serve: Callable[..., Server], hello_file: Path, tmp_path: Path
) -> None:
    serve(str(hello_file))
    assert "[realm_in_use]" in refused(tmp_path / "realm.loom")


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = refused(tmp_path / "realm.loom", "--host", "127.0.0.1", "--port", port)
        assert "[port_taken]" in said
