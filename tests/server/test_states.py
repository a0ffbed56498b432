"""However many ask what a world is or was, it goes on, and each is told of one moment whole."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.server.asking import Site
from worldloom.kernel.limits import LIMITS
from worldloom.testing.fixtures import Server

Serve = Callable[..., Server]
CROWDED = '''"""A place with many things in it."""

from worldloom import World, sphere

world = World("crowd")
for number in range(3_000):
    world.spawn(f"thing {number}", sphere(radius=0.1), at=(number % 50, 0, number // 50))
'''
ASKED = 60
OTHERS = 6
"""Threads that may begin meanwhile for something else; without a bound there were thirty."""


@pytest.fixture
def site(serve: Serve, tmp_path: Path) -> Site:
    """Serve a world of three thousand things."""
    (tmp_path / "crowd.py").write_text(CROWDED)
    return Site(serve(str(tmp_path / "crowd.py")))


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="read from Linux's /proc")
@pytest.mark.parametrize("moment", ["", "?seq=3000"])
def test_who_asks_for_many_states_at_once_takes_few_threads(site: Site, moment: str) -> None:
    """Sixty who asked for the past held every thread and the world's own for four seconds."""
    threads = Path(f"/proc/{site.server.pid}/task")
    site.nobody.get(f"/api/worlds/crowd/state{moment}")
    before, most, done = len([*threads.iterdir()]), 0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not done.wait(0.002):
            most = max(most, len([*threads.iterdir()]))

    watching = threading.Thread(target=watch)
    watching.start()
    with ThreadPoolExecutor(ASKED) as many:
        path = f"/api/worlds/crowd/state{moment}"
        replies = list(many.map(lambda _: site.nobody.get(path), range(ASKED)))
    done.set()
    watching.join()
    assert {reply.status for reply in replies} == {200}
    assert most <= before + LIMITS.large_reads_max + OTHERS


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


def _page(site: Site, after: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = site.nobody.get(
        f"/api/worlds/hello/events?after={after}&limit=1000"
    ).json["records"]
    return found
