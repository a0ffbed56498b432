"""Promised: outcomes come in order, one wake-up a batch."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.stores.logs import Writer
from worldloom.kernel.errors import Conflict, Unavailable, WorldloomError
from worldloom.kernel.ports import Group
from worldloom.stores import refusals
from worldloom.stores.committer import Committer
from worldloom.stores.memory import MemoryStore
from worldloom.stores.sqlite import SqliteStore


class GatedStore(MemoryStore):
    """A store whose disk waits until it is let on, and fails when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.entered = threading.Event()
        self.failure: Exception | None = None
        self.batches_seen: list[int] = []

    def commit(self, groups: Sequence[Group]) -> list[WorldloomError | None]:
        self.entered.set()
        assert self.gate.wait(30)
        self.batches_seen.append(len(groups))
        if self.failure is not None:
            raise self.failure
        return super().commit(groups)


class Woken:
    """Counts wake-ups and waits for outcomes."""

    def __init__(self) -> None:
        self.count = 0
        self.signal = threading.Semaphore(0)

    def __call__(self) -> None:
        self.count += 1
        self.signal.release()

    def wait(self) -> None:
        assert self.signal.acquire(timeout=30)


def taken(committer: Committer[Any]) -> dict[Any, WorldloomError | None]:
    """Return what became of each ticket since, in order."""
    return {
        ticket: error
        for tickets, errors in committer.take()
        for ticket, error in zip(tickets, errors, strict=True)
    }


def test_groups_become_durable_in_order(tmp_path: Path) -> None:
    store = SqliteStore(str(tmp_path / "realm.loom"))
    writer = Writer(store.open_stream("plaza"))
    committer: Committer[int] = Committer(store, lambda: None)
    for number in range(500):
        committer.put([number], [writer.group("a", "b")])
    committer.stop()
    assert taken(committer) == dict.fromkeys(range(500))
    assert store.streams()[0].seq == 1_000
    store.close()


def test_what_waits_during_a_commit_becomes_one_batch_with_one_wake_up() -> None:
    store, woken = GatedStore(), Woken()
    writer = Writer(store.open_stream("plaza"))
    committer: Committer[str] = Committer(store, woken)
    committer.put(["first"], [writer.group("a")])
    assert store.entered.wait(30)
    for number in range(50):
        committer.put([f"{number}"], [writer.group("a")])
    store.gate.set()
    woken.wait()
    woken.wait()
    committer.stop()
    assert store.batches_seen == [1, 50]
    assert woken.count == 2


def test_a_batch_is_bounded() -> None:
    store = GatedStore()
    writer = Writer(store.open_stream("plaza"))
    committer: Committer[int] = Committer(store, lambda: None)
    committer.put([0], [writer.group("a")])
    assert store.entered.wait(30)
    for _ in range(6):
        committer.put([0], [writer.group(*["x"] * 400)])
    store.gate.set()
    committer.stop()
    assert store.batches_seen == [1, 3, 3]


def test_a_failed_commit_is_told_to_each_group_and_the_thread_lives_on() -> None:
    for failure in (refusals.disk_full("realm.loom"), ZeroDivisionError("a fault of ours")):
        store = GatedStore()
        store.gate.set()
        store.failure = failure
        woken = Woken()
        head = store.open_stream("plaza")
        committer: Committer[int] = Committer(store, woken)
        writer = Writer(head)
        committer.put([1], [writer.group("a")])
        woken.wait()
        [(ticket, error)] = taken(committer).items()
        assert ticket == 1
        assert isinstance(error, Unavailable)
        store.failure = None
        committer.put([2], [writer.group("built on what was lost")])
        committer.put([3], [Writer(head).group("loaded again")])
        committer.stop()
        outcomes = taken(committer)
        assert isinstance(outcomes[2], Conflict)
        assert store.streams()[0].seq == 0 or outcomes[3] is None


def test_jobs_run_between_commits_and_their_failure_harms_nothing(tmp_path: Path) -> None:
    store = SqliteStore(str(tmp_path / "realm.loom"))
    writer = Writer(store.open_stream("plaza"))
    committer: Committer[int] = Committer(store, lambda: None)
    committer.put([1], [writer.group("a")])
    head = writer.head

    def save() -> None:
        store.save_snapshot(writer.stream, 1, b"h" * 32, head, b"body")

    def fail() -> None:
        raise refusals.disk_full("realm.loom")

    committer.later(fail)
    committer.later(save)
    committer.stop()
    assert store.snapshot(writer.stream, 1) == (1, b"h" * 32, b"body")
    store.close()


def test_nothing_is_taken_after_the_stop() -> None:
    store = MemoryStore()
    committer: Committer[int] = Committer(store, lambda: None)
    committer.stop()
    with pytest.raises(AssertionError):
        committer.put([1], [Writer(store.open_stream("plaza")).group("a")])
