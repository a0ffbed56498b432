"""One thread that makes groups durable: while one commit runs, the next batch gathers."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

from worldloom.kernel.errors import Unavailable, WorldloomError, for_log
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.ports import Group, Store
from worldloom.stores import refusals
from worldloom.stores.batches import Batch

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
        self._lay_out = getattr(store, "lay_out", Batch)
        self._wake = wake
        self._ready = threading.Condition()
        self._queue: deque[tuple[list[Ticket], Batch]] = deque()
        self._jobs: deque[Callable[[], None]] = deque()
        self._outcomes: deque[tuple[list[Ticket], Batch, list[WorldloomError | None]]] = deque()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="committer", daemon=True)
        self._thread.start()

    def put(self, tickets: Sequence[Ticket], groups: Sequence[Group]) -> None:
        """Queue sealed groups, each with its ticket; never refused, as memory holds them already.

        They are cut into batches that stay within a commit's bound, or go beyond it by one group.
        """
        batches, at = [], 0
        while at < len(groups):
            batch = self._lay_out(groups[at:] if at else groups, LIMITS.batch_records_max)
            batches.append(([*tickets[at : at + len(batch)]], batch))
            at += len(batch)
        with self._ready:
            assert not self._stopping, "a group was put after stop"
            self._queue.extend(batches)
            self._ready.notify()

    def later(self, job: Callable[[], None]) -> None:
        """Run a job between two commits, such as saving a snapshot; its failure is only logged."""
        with self._ready:
            self._jobs.append(job)
            self._ready.notify()

    def take(self) -> Iterator[tuple[list[Ticket], list[WorldloomError | None]]]:
        """Yield the tickets of each batch that ended, each with None when durable or its error."""
        while self._outcomes:
            tickets, _, outcomes = self._outcomes.popleft()
            yield tickets, outcomes

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
                waits = bool(self._queue)
                job = self._jobs.popleft() if self._jobs else None
                if self._stopping and not waits and job is None:
                    return
            if waits:
                self._commit()
            if job is not None:
                self._between(job)
            self._between(self._maintain)

    def _next_batch(self) -> tuple[list[Ticket], Batch]:
        """Take what waits, up to a bound."""
        tickets, batch = self._queue.popleft()
        while self._queue and batch.records < LIMITS.batch_records_max:
            more, other = self._queue.popleft()
            tickets += more
            batch.absorb(other)
        return tickets, batch

    def _commit(self) -> None:
        """Commit the next batch and tell its outcome, whatever happens."""
        tickets, batch = self._next_batch()
        outcomes: list[WorldloomError | None]
        try:
            outcomes = self._store.commit(batch)
        except Unavailable as error:
            outcomes = refusals.same_for_all(error, len(batch))
        except Exception as error:  # the one boundary: a silent thread would stop every world
            log.exception("a commit failed by a fault of ours")
            failure = refusals.store_failed("", type(error).__name__)
            outcomes = refusals.same_for_all(failure, len(batch))
        # The batch goes back too: objects are best let go by the thread that made them.
        self._outcomes.append((tickets, batch, outcomes))
        del tickets, batch, outcomes
        self._wake()

    def _between(self, job: Callable[[], None]) -> None:
        """Run what may fail without harm: it is a cache, or it is tried again later."""
        try:
            job()
        except WorldloomError as error:
            log.warning("%s", for_log(error))

    def _maintain(self) -> None:
        maintain = getattr(self._store, "maintain", None)
        if maintain is not None:
            maintain()
