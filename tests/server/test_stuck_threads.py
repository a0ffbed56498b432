"""What authors hand to a thread may be stuck there for good: the end waits a moment, no longer."""

from __future__ import annotations

from concurrent.futures import Future, wait
from pathlib import Path
from threading import Event, Thread, active_count, current_thread
from typing import Any

import pytest

from tests.server.asking import Site, log_of
from worldloom.server.beside import Beside
from worldloom.stores.sqlite import SqliteStore
from worldloom.stores.verify import verify
from worldloom.testing.fixtures import Server

DEAF = '''"""Letters to somebody who never answers, sent by a library that has no time limit."""

import asyncio
import threading

from worldloom import Event, Request, World

world = World("deaf")


class Letter(Request):
    number: int


class Read(Event):
    number: int


@world.adapter(Letter)
async def post(letter: Letter, key: str) -> Read:
    print("sending", flush=True)
    await asyncio.to_thread(threading.Event().wait)
    return Read(letter.number)


@world.action
def write(count: int) -> None:
    """Write letters."""
    for number in range(count):
        world.append(Letter(number))
'''


@pytest.mark.parametrize("letters", [1, 100], ids=("one", "more-than-threads"))
def test_a_thread_of_an_author_that_never_ends_does_not_keep_the_server_from_ending(
    tmp_path: Path, letters: int
) -> None:
    (tmp_path / "deaf.py").write_text(DEAF)
    realm = tmp_path / "realm.loom"
    limits = {"threads_end_seconds_max": 0.3}
    server = Server(realm, str(tmp_path / "deaf.py"), limits=limits).start()
    owner = Site(server).owner()
    assert owner.act("deaf", "write", count=letters).status == 200
    said = owner.act("deaf", "say", text="the last word")
    assert said.status == 200
    assert server.stop() == 0, "".join(server.errors)
    (told,) = [line for line in server.errors if "in threads" in line]
    assert "threading.py, line" in told
    assert not Path(f"{realm}-wal").exists()
    assert verify(str(realm)).ok
    store = SqliteStore(str(realm))
    assert said.json["seq"] in [record.seq for record in log_of(store, "deaf")]
    store.close()


def test_threads_take_what_comes_in_order_and_are_used_again() -> None:
    beside, order, go = Beside(2), list[int](), Event()
    gates: list[Future[Any]] = [beside.submit(go.wait) for _ in range(2)]
    later: list[Future[Any]] = [beside.submit(order.append, number) for number in range(5)]
    before = active_count()
    assert order == []
    go.set()
    wait([*gates, *later])
    assert sorted(order) == [0, 1, 2, 3, 4] and active_count() <= before
    assert beside.submit(lambda: current_thread().daemon).result()
    failed = beside.submit(order.pop, 99)
    assert isinstance(failed.exception(), IndexError)
    beside.shutdown()
    with pytest.raises(RuntimeError):
        beside.submit(go.wait)


def test_what_was_called_off_before_its_turn_is_not_begun() -> None:
    beside, go, done = Beside(1), Event(), list[int]()
    first: Future[Any] = beside.submit(go.wait)
    off = beside.submit(done.append, 1)
    assert off.cancel()
    go.set()
    last: Future[Any] = beside.submit(done.append, 2)
    wait([first, last])
    assert done == [2]
    beside.shutdown()


def test_the_end_waits_for_what_comes_to_its_end() -> None:
    beside, go, done = Beside(1), Event(), list[int]()
    work: list[Future[Any]] = [beside.submit(go.wait), beside.submit(done.append, 1)]
    end = Thread(target=beside.shutdown)
    end.start()
    go.set()
    end.join()
    wait(work)
    assert done == [1]
