"""However many ask what a world is or was, it goes on, and each is told of one moment whole."""

from __future__ import annotations

import asyncio
import contextlib
import select
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import StreamingResponse

from tests.server.asking import Site
from tests.server.test_time import line_to
from worldloom.kernel.people import LOCAL
from worldloom.kernel.realm import Caller, Command
from worldloom.kernel.rights import Role
from worldloom.kernel.world import World
from worldloom.ledger.prover import Prover
from worldloom.server import api
from worldloom.server.auth import Doorkeeper
from worldloom.server.engine import Engine
from worldloom.server.house import House
from worldloom.server.worlds import Worlds
from worldloom.stores.memory import MemoryStore
from worldloom.testing.fixtures import Server

CROWDED = '''"""A place with many things in it."""

from worldloom import World, sphere

world = World("crowd")
for number in range(12_000):
    world.spawn(f"thing {number}", sphere(radius=0.1), at=(number % 100, 0, number // 100))
'''
ASKED = 40
OTHERS = 4
"""Threads that may begin meanwhile for something else; without a bound there are twice as many."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Serve a world of twelve thousand things, of which one state is read out at a time."""
    (tmp_path / "crowd.py").write_text(CROWDED)
    limits = {"large_reads_max": 1}
    server = Server(tmp_path / "realm.loom", str(tmp_path / "crowd.py"), limits=limits).start()
    yield Site(server)
    assert server.stop() == 0


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="read from Linux's /proc")
def test_who_asks_for_many_moments_at_once_takes_few_threads(site: Site) -> None:
    """Sixty who asked for the past held every thread and the world's own for four seconds."""
    site.nobody.get("/api/worlds/crowd/state?seq=12000")
    before = threads_of(site)
    request = b"GET /api/worlds/crowd/state?seq=12000 HTTP/1.0\r\nHost: localhost\r\n\r\n"
    with contextlib.ExitStack() as stack:
        lines = [stack.enter_context(line_to(site)) for _ in range(ASKED)]
        for line in lines:
            line.sendall(request)
        most, waiting = 0, {*lines}
        while waiting:
            most = max(most, threads_of(site))
            for line in select.select([*waiting], [], [], 0.002)[0]:
                if not line.recv(1 << 20):
                    waiting.discard(line)
    assert most <= before + OTHERS


def threads_of(site: Site) -> int:
    """Return how many threads the server has."""
    return len([*Path(f"/proc/{site.server.pid}/task").iterdir()])


def test_a_state_that_is_told_while_the_world_goes_on_is_of_one_moment(site: Site) -> None:
    owner, over = site.owner(), threading.Event()

    def paint() -> None:
        number = 0
        while not over.is_set():
            number += 1
            fields = {"value": f"#{number:06x}"}
            owner.act("crowd", "set", entity="thing 7", component="Color", fields=fields)

    painting = threading.Thread(target=paint)
    painting.start()
    told = [site.nobody.get("/api/worlds/crowd/state").json for _ in range(8)]
    over.set()
    painting.join()
    assert len({now["seq"] for now in told}) > 1
    for now in told:
        assert site.nobody.get(f"/api/worlds/crowd/state?seq={now['seq']}").json == now


def test_a_page_of_large_records_holds_fewer_and_the_next_goes_on_without_a_gap(
    hello_file: Path, tmp_path: Path
) -> None:
    """A thousand of them were an answer of 57 MB, and the world stood still for half a second."""
    limits = {"events_page_bytes_max": 4_000}
    server = Server(tmp_path / "realm.loom", str(hello_file), limits=limits).start()
    site = Site(server)
    for number in range(12):
        site.owner().act("hello", "say", text=f"{number} {'x' * 1_000}")
    head = site.nobody.get("/api/worlds/hello").json["seq"]
    seqs: list[int] = []
    while page := _page(site, after=seqs[-1] if seqs else 0):
        assert len(page) < 12
        seqs += [record["seq"] for record in page]
    assert seqs == [*range(1, head + 1)]
    assert server.stop() == 0


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_while_a_long_log_is_told_all_else_gets_its_turn(
    monkeypatch: pytest.MonkeyPatch, accept: str
) -> None:
    """Twenty who followed a log of large records from its start kept all others out for seconds."""
    monkeypatch.setattr(api, "PIECE_BYTES", 2_000)

    async def tell() -> None:
        store = MemoryStore()
        engine = Engine(store)
        worlds = Worlds(engine)
        try:
            worlds.open_made([World("office")])
            owner = Caller(LOCAL, LOCAL, "", Role.OWNER)
            for number in range(40):
                args = {"name": f"thing {number}", "components": {"Annotation": {"text": LONG}}}
                await engine.do(Command("office", "spawn", args, owner))
            house = House(engine, worlds, Doorkeeper(engine.realm, store, "secret"))
            door, turns = api.Api(house, Prover(store)), 0

            async def wait_for_turns() -> None:
                nonlocal turns
                while True:
                    turns += 1
                    await asyncio.sleep(0)

            waiting = asyncio.create_task(wait_for_turns())
            reply = await door.events(asking("office", accept))
            if isinstance(reply, StreamingResponse):
                told = ""
                while "thing 39" not in told:
                    told = str(await anext(aiter(reply.body_iterator)))
            waiting.cancel()
            assert turns >= 15
        finally:
            await engine.stop()

    asyncio.run(tell())


LONG = "x" * 1_000


def asking(world: str, accept: str) -> Request:
    """Ask for a world's whole log."""
    headers = [(b"accept", accept.encode())]
    return Request({"type": "http", "method": "GET", "path": f"/api/worlds/{world}/events",
                    "path_params": {"world": world}, "query_string": b"limit=1000",
                    "headers": headers})  # fmt: skip


def _page(site: Site, after: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = site.nobody.get(
        f"/api/worlds/hello/events?after={after}&limit=1000"
    ).json["records"]
    return found
