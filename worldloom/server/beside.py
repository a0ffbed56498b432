"""The threads of what blocks: many run others' code, and no end of ours waits for theirs."""

from __future__ import annotations

import logging
import sys
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar

from worldloom.kernel.limits import LIMITS
from worldloom.server.patience import settle

log = logging.getLogger("worldloom.threads")

P = ParamSpec("P")
T = TypeVar("T")


class Beside(ThreadPoolExecutor):
    """Runs calls in threads, in order; what is stuck holds up neither its end nor the process's.

    Python's own waits for all of its threads, without an end, and once more as the process ends.
    """

    def __init__(self, most: int) -> None:
        """Begin no thread yet, and never more than `most`."""
        super().__init__(1)  # an event loop takes no other kind; its own threads never begin
        self._most = most
        self._change = threading.Condition()
        self._calls: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._workers: set[threading.Thread] = set()
        self._idle = 0
        self._over = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Queue a call; raises RuntimeError after `shutdown`."""
        future: Future[T] = Future()
        with self._change:
            if self._over:
                raise RuntimeError("no thread begins after the end")
            self._calls.append((future, partial(fn, *args, **kwargs)))
            if self._idle >= len(self._calls):
                self._change.notify()
            elif len(self._workers) < self._most:
                worker = threading.Thread(target=self._work, name="beside", daemon=True)
                self._workers.add(worker)
                worker.start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more calls; wait for those that there are, and leave what is stuck."""
        with self._change:
            self._over = True
            self._change.notify_all()
            if wait:
                self._change.wait_for(lambda: not self._workers, LIMITS.threads_end_seconds_max)
            left = list(self._workers)
        if wait and left:
            told = ", ".join(sorted({_place(worker) for worker in left}))
            log.error("%d calls in threads do not end and are left: %s", len(left), told)

    def _work(self) -> None:
        while (call := self._next()) is not None:
            settle(*call)
            del call  # its answer is not kept until the next one

    def _next(self) -> tuple[Future[Any], Callable[[], Any]] | None:
        """Wait for a call; None once there is none and there will be none."""
        with self._change:
            self._idle += 1
            self._change.wait_for(lambda: self._calls or self._over)
            self._idle -= 1
            if self._calls:
                return self._calls.popleft()
            self._workers.discard(threading.current_thread())
            self._change.notify_all()
            return None


def _place(worker: threading.Thread) -> str:
    """Return where a thread is just now."""
    frame = sys._current_frames().get(worker.ident or 0)
    return "nowhere" if frame is None else f"{frame.f_code.co_filename}, line {frame.f_lineno}"
