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
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.server.asking import Browser, Site
from worldloom.stores.verify import verify
from worldloom.testing import Robot
from worldloom.testing.fixtures import READY_SECONDS, Server

ROUNDS = int(os.environ.get("WORLDLOOM_KILL_ROUNDS", "4"))
WRITERS = 4


class Writer(threading.Thread):
    """Says numbers until the line is cut; remembers what was acknowledged and what was asked."""

    def __init__(self, browser: Browser, name: str) -> None:
        super().__init__(daemon=True)
        self.browser = browser
        self.prefix = name
        self.kept: dict[int, str] = {}
        self.asked: set[str] = set()
        self.stop = threading.Event()

    def run(self) -> None:
        number = 0
        while not self.stop.is_set():
            number += 1
            text = f"{self.prefix}-{number}"
            self.asked.add(text)
            try:
                reply = self.browser.act("hello", "say", text=text)
            except OSError:
                return
            except Exception:  # the answer was cut in the middle
                return
            if reply.status == 200:
                self.kept[reply.json["seq"]] = text


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


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
    hello_file: Path, tmp_path: Path
) -> None:
    chance = random.Random(os.environ.get("SEED", "1"))
    realm = tmp_path / "realm.loom"
    kept: dict[int, str] = {}
    asked: set[str] = set()
    for number in range(ROUNDS + 1):
        server = Server(realm, str(hello_file)).start()
        site = Site(server)
        try:
            check(site, kept, asked)
            writers = [Writer(site.owner(), f"{number}-{index}") for index in range(WRITERS)]
            for writer in writers:
                writer.start()
            time.sleep(chance.uniform(0.05, 1.0))
        finally:
            server.kill()
        for writer in writers:
            writer.stop.set()
            writer.join()
            assert not kept.keys() & writer.kept.keys(), "a seq was acknowledged twice"
            kept |= writer.kept
            asked |= writer.asked
        check_file(realm)
    assert kept, "the writers never got a word in"


def check(site: Site, kept: dict[int, str], asked: set[str]) -> None:
    """All that was acknowledged stands where it was said to stand; nothing was made up."""
    found: dict[int, str] = {}
    after = 0
    while page := site.nobody.get(f"/api/worlds/hello/events?after={after}&limit=1000").json[
        "records"
    ]:
        assert [record["seq"] for record in page] == list(range(after + 1, after + len(page) + 1))
        found |= {r["seq"]: r["data"]["text"] for r in page if r["kind"] == "Said"}
        after = page[-1]["seq"]
    assert kept.items() <= found.items()
    assert set(found.values()) <= asked
    assert len(set(found.values())) == len(found), "an action was done twice"
    live = site.nobody.get("/api/worlds/hello/state").json
    assert live == site.nobody.get(f"/api/worlds/hello/state?seq={live['seq']}").json


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
