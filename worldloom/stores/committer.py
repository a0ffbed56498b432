"""One thread that makes groups durable: while one commit runs, the next batch gathers."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from worldloom.kernel.errors import Unavailable, WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.ports import Group, Store
from worldloom.stores import refusals

log = logging.getLogger(__name__)

IDLE_SECONDS = 1.0
"""How long the thread sleeps at most before it looks whether a checkpoint is due."""

Ticket = TypeVar("Ticket")


class Committer(Generic[Ticket]):
    """Commits groups in order of `put`; outcomes are taken in that order with `take`.

    `wake` is called once a batch from the committer's thread, for instance
    `lambda: loop.call_soon_threadsafe(collect)`; `collect` then calls `take`.
    """

    def __init__(self, store: Store, wake: Callable[[], None]) -> None:
        self._store = store
        self._wake = wake
        self._ready = threading.Condition()
        self._queue: deque[tuple[Ticket, Group, int]] = deque()
        self._queued_groups = 0
        self._queued_bytes = 0
        self._jobs: deque[Callable[[], None]] = deque()
        self._outcomes: deque[tuple[Ticket, WorldloomError | None]] = deque()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="committer", daemon=True)
        self._thread.start()

    @property
    def full(self) -> bool:
        """Whether commands must be refused before their handler runs."""
        return (
            self._queued_groups >= LIMITS.queue_groups_max
            or self._queued_bytes >= LIMITS.queue_bytes_max
        )

    @property
    def waiting(self) -> int:
        """Groups whose outcome is not known yet."""
        return self._queued_groups

    def require_room(self) -> None:
        """Raise Unavailable (`busy`) when the queue is full, the disk being slower than asked."""
        if self.full:
            raise refusals.busy(self._queued_groups)

    def put(self, ticket: Ticket, group: Group) -> None:
        """Queue a sealed group; never refused, as the world's memory holds it already."""
        size = sum(len(record[1]) for part in group.parts for record in part.records)
        with self._ready:
            assert not self._stopping, "a group was put after stop"
            self._queue.append((ticket, group, size))
            self._queued_groups += 1
            self._queued_bytes += size
            self._ready.notify()

    def later(self, job: Callable[[], None]) -> None:
        """Run a job between two commits, such as saving a snapshot; its failure is only logged."""
        with self._ready:
            self._jobs.append(job)
            self._ready.notify()

    def take(self) -> list[tuple[Ticket, WorldloomError | None]]:
        """Return (ticket, None when durable or else its error) of all that ended since."""
        taken = []
        while self._outcomes:
            taken.append(self._outcomes.popleft())
        return taken

    def stop(self) -> None:
        """Commit all that waits, run the jobs, end the thread; the store stays open."""
        with self._ready:
            self._stopping = True
            self._ready.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._ready:
                if not (self._queue or self._jobs or self._stopping):
                    self._ready.wait(IDLE_SECONDS)
                batch = self._next_batch()
                job = self._jobs.popleft() if self._jobs else None
                if self._stopping and not batch and job is None:
                    return
            if batch:
                self._commit(batch)
            if job is not None:
                self._between(job)
            self._between(self._maintain)

    def _next_batch(self) -> list[tuple[Ticket, Group, int]]:
        """Take what waits, up to a bound."""
        batch: list[tuple[Ticket, Group, int]] = []
        records = 0
        while self._queue and records < LIMITS.batch_records_max:
            entry = self._queue.popleft()
            records += sum(len(part.records) for part in entry[1].parts)
            batch.append(entry)
        return batch

    def _commit(self, batch: list[tuple[Ticket, Group, int]]) -> None:
        """Commit a batch and tell its outcome, whatever happens."""
        outcomes: list[WorldloomError | None]
        try:
            outcomes = self._store.commit([group for _, group, _ in batch])
        except Unavailable as error:
            outcomes = refusals.same_for_all(error, len(batch))
        except Exception as error:  # the one boundary: a silent thread would stop every world
            log.exception("a commit failed by a fault of ours")
            failure = refusals.store_failed("the realm", f"{type(error).__name__}: {error}")
            outcomes = refusals.same_for_all(failure, len(batch))
        for (ticket, _, _), outcome in zip(batch, outcomes, strict=True):
            self._outcomes.append((ticket, outcome))
        with self._ready:
            self._queued_groups -= len(batch)
            self._queued_bytes -= sum(size for _, _, size in batch)
        self._wake()

    def _between(self, job: Callable[[], None]) -> None:
        """Run what may fail without harm: it is a cache, or it is tried again later."""
        try:
            job()
        except WorldloomError as error:
            log.warning("%s [%s]", error, error.code)

    def _maintain(self) -> None:
        maintain = getattr(self._store, "maintain", None)
        if maintain is not None:
            maintain()
