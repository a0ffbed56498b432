"""An open realm file: one connection that writes and checkpoints, and readers beside it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator

import apsw

from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.stores import refusals
from worldloom.stores.connections import (
    BUSY_MS,
    WRITER_PRAGMAS,
    errors_of,
    open_reader,
    open_writer,
    set_pragmas,
)

WIPE_BUSY_MS = 200
"""How long a commit waits for readers to let go of the log that is to be emptied."""


class RealmFile:
    """Lends connections to any thread; after a failure of the disk the file is opened anew."""

    def __init__(
        self, path: str, vfs: str | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.path = path
        self.wal_pages = 0
        """Pages in the write-ahead log that are not known to be in the file."""
        self.wipe_due = False
        """A key was destroyed, and a reader kept the log that may hold it from being emptied."""
        self._vfs = vfs
        self._clock = clock
        self._lock = threading.RLock()
        self._readers: deque[apsw.Connection] = deque()
        self._pool = threading.Lock()
        """Of the readers: a commit holds the other lock, and who read does not wait for it."""
        self._connection: apsw.Connection | None = None
        self._closed = False
        self._failed = False
        self._wal_since = 0.0
        self._copier: threading.Thread | None = None
        """Brings a long log into the file while commits go on."""

    # -- writing ------------------------------------------------------------------------------

    @contextlib.contextmanager
    def writing(self) -> Iterator[apsw.Connection]:
        """Lend the one writing connection; after an error it is closed and opened anew."""
        with self._lock, errors_of(self.path):
            if self._closed:
                raise refusals.store_closed()
            if self._connection is None:
                self._connection = self._open_writer()
            try:
                yield self._connection
            except WorldloomError:
                raise
            except Exception:
                # After a failed fsync the same connection would believe in pages that the disk
                # never got: never try again on it.
                self._failed = True
                broken, self._connection = self._connection, None
                with contextlib.suppress(apsw.Error):
                    broken.close()
                raise

    def _open_writer(self) -> apsw.Connection:
        """Open, assert every setting; after a failure bring the log into the file and sync it."""
        writer = open_writer(self.path, self._vfs, create=False)
        with contextlib.ExitStack() as undo:
            undo.callback(writer.close)
            set_pragmas(writer, WRITER_PRAGMAS)
            if self._failed:
                writer.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
                self._failed = False
            writer.set_wal_hook(self._on_wal)
            undo.pop_all()
        return writer

    # -- the write-ahead log ------------------------------------------------------------------

    def _on_wal(self, connection: apsw.Connection, database: str, pages: int) -> int:
        """Remember the write-ahead log's length; its age counts from the first page on."""
        if not self.wal_pages:
            self._wal_since = self._clock()
        self.wal_pages = pages
        return apsw.SQLITE_OK

    def checkpoint_due(self) -> bool:
        """Tell whether what stands in the write-ahead log alone is too much or too old.

        It is the one part of a realm whose damage SQLite passes over in silence.
        """
        return self.wal_pages > 0 and (
            self.wal_pages >= LIMITS.checkpoint_pages_max
            or self._clock() - self._wal_since > LIMITS.checkpoint_seconds_max
        )

    def checkpoint(self) -> None:
        """Bring the write-ahead log into the file as far as no reader needs it."""
        with self.writing() as writer:
            self._copied()
            writer.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
            self.wal_pages = 0

    def copies_ahead(self) -> bool:
        """Tell whether a thread still copies a long log into the file, while commits go on.

        It leaves to the checkpoint only what was written meanwhile.
        """
        if self.wal_pages < LIMITS.checkpoint_pages_max:
            return False
        if self._copier is None:
            self._copier = threading.Thread(target=self._copy, name="checkpoint", daemon=True)
            self._copier.start()
        return self._copier.is_alive()

    def _copy(self) -> None:
        # What fails here fails again in the checkpoint itself, which tells of it.
        with contextlib.suppress(apsw.Error, WorldloomError):
            beside = open_writer(self.path, self._vfs, create=False)
            with contextlib.closing(beside):
                set_pragmas(beside, WRITER_PRAGMAS)
                beside.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)

    def _copied(self) -> None:
        """Wait until nobody copies the log."""
        if self._copier is not None:
            self._copier.join()
            self._copier = None

    def wipe_log(self) -> None:
        """Bring the write-ahead log into the file and empty it, or try again later.

        A page of before may hold what was destroyed since; a reader of long ago may still need it.
        """
        with self.writing() as writer:
            self.wipe_due = True
            self._copied()
            writer.set_busy_timeout(WIPE_BUSY_MS)
            try:
                writer.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
            except apsw.BusyError:
                return
            finally:
                writer.set_busy_timeout(BUSY_MS)
            self.wipe_due = False
            self.wal_pages = 0

    # -- reading ------------------------------------------------------------------------------

    @contextlib.contextmanager
    def reading(self) -> Iterator[apsw.Connection]:
        """Lend a reading connection; what it sees is durable."""
        with errors_of(self.path):
            if self._closed:
                raise refusals.store_closed()
            try:
                reader = self._readers.pop()
            except IndexError:
                reader = open_reader(self.path, self._vfs)
            with contextlib.ExitStack() as undo:
                undo.callback(reader.close, force=True)
                yield reader
                undo.pop_all()
            self._give_back(reader)

    def _give_back(self, reader: apsw.Connection) -> None:
        """Keep a reader for the next one who asks, unless the file was closed meanwhile."""
        with self._pool:
            if self._closed:
                reader.close()
            else:
                self._readers.append(reader)

    # -- the end ------------------------------------------------------------------------------

    def close(self) -> None:
        """Leave one file, with nothing beside it; later calls raise Unavailable."""
        with self._lock:
            if self._closed:
                return
            self._copied()
            with self._pool:
                self._closed = True
                while self._readers:
                    self._readers.pop().close()
            writer, self._connection = self._connection, None
            if writer is None:
                return
            # A full disk must not keep a stop from ending: the log beside the file stays whole.
            with contextlib.suppress(apsw.Error):
                writer.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
            with contextlib.suppress(apsw.Error):
                writer.close()
