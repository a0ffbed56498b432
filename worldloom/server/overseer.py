"""Handlers that never end: a thread watches the loop's own, and a signal stops what runs there.

Everything of a realm is decided on one thread, so that one endless handler would be the end of
every world, and not even a signal to stop would be heard. Only that thread can be interrupted
wherever it is, in a loop or asleep, and only by a signal.
"""

from __future__ import annotations

import _thread
import ctypes
import logging
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FrameType

from worldloom.kernel.decider import Decider
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.patience import Endless
from worldloom.server.stepping import Stepped

log = logging.getLogger("worldloom.overseer")

ALARM = getattr(signal, "SIGALRM", signal.SIGABRT)
"""Sent to ourselves alone."""
LOOK_SECONDS = 0.5
AGAIN_SECONDS = 1.0
"""How long after a stop the next one comes, where a handler swallows it."""


class ThreadOverseer:
    """Watches what one thread at a time runs, whichever it is: tables take records in on several.

    No signal reaches them. What is raised in them instead arrives when they next look, which is
    within the handler, or when `ends` is called: whoever calls it must expect Endless from it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since: float | None = None
        self._thread = 0

    def begins(self) -> None:
        """Note that a handler begins."""
        self._thread = threading.get_ident()
        self._since = time.monotonic()

    def ends(self) -> None:
        """Note that it ended."""
        with self._lock:
            self._since = None

    def look(self) -> None:
        """Stop what takes too long, once."""
        with self._lock:
            since = self._since
            if since is None or time.monotonic() < since + LIMITS.handler_seconds_max:
                return
            self._since = None
            thread, error = ctypes.c_ulong(self._thread), ctypes.py_object(Endless)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, error)


class Overseer:
    """Watches the handlers that one thread runs; the kernel's Patience."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._due = 0.0
        """No stop before then."""
        self._told = 0.0
        self.tables = ThreadOverseer()
        self._thread = threading.get_ident()
        # Interrupted between a handler and us, the kernel could not clear up: it is left alone.
        self._between: frozenset[CodeType] = frozenset(
            {
                Decider._run.__code__,
                Stepped.__await__.__code__,
                Overseer.begins.__code__,
                Overseer.ends.__code__,
            }
        )

    def begins(self) -> None:
        """Note that a handler begins."""
        self._since = time.monotonic()

    def ends(self) -> None:
        """Note that it ended."""
        self._since = None

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch while the block runs; elsewhere than on the main thread no signal arrives."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        done = threading.Event()
        before = signal.signal(ALARM, self._stop)
        watcher = threading.Thread(target=self._watch, args=(done,), name="overseer", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()
            signal.signal(ALARM, before)

    def _is_overdue(self, now: float) -> bool:
        since = self._since
        return since is not None and now >= max(since + LIMITS.handler_seconds_max, self._due)

    def _watch(self, done: threading.Event) -> None:
        while not done.wait(LOOK_SECONDS):
            self.tables.look()
            if self._is_overdue(time.monotonic()):
                self._tell()
                if hasattr(signal, "pthread_kill"):
                    signal.pthread_kill(self._thread, ALARM)  # wakes it from a sleep, too
                else:
                    _thread.interrupt_main(ALARM)

    def _tell(self) -> None:
        """Say once for each handler where it is: who waits for it sees no more than that."""
        since = self._since or 0.0
        if since == self._told:
            return
        self._told = since
        frame = sys._current_frames().get(self._thread)
        if frame is not None:
            seconds = LIMITS.handler_seconds_max
            where = f"{frame.f_code.co_filename}, line {frame.f_lineno}"
            log.error("%s: a handler takes over %g seconds and is stopped", where, seconds)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if self._is_overdue(now) and (frame is None or frame.f_code not in self._between):
            self._due = now + AGAIN_SECONDS
            raise Endless
