"""Second files of a realm: copied page by page, private, brought to the disk, taken away."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable

import apsw

PAGES_A_STEP = 1_024
"""Pages (8 MiB) between two looks at how far it is."""


def silent(done: int, total: int) -> None:
    """Say nothing."""


def make_private(path: str) -> None:
    """Make a file that is not there yet readable by its owner alone: keys will be in it.

    SQLite gives what it keeps beside a file the same rights.
    """
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def copy_pages(
    source: apsw.Connection, copy: apsw.Connection, progress: Callable[[int, int], None] = silent
) -> None:
    """Copy what a connection sees, telling (pages done, pages in all)."""
    with copy.backup("main", source, "main") as task:
        while not task.done:
            task.step(PAGES_A_STEP)
            progress(task.page_count - task.remaining, task.page_count)


def sync(path: str) -> None:
    """Bring a file or a folder to the disk; folders cannot be synced everywhere."""
    with contextlib.suppress(PermissionError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def put_in_place(fresh: str, path: str) -> None:
    """Give a finished file its name, in one step that is on the disk when this returns."""
    sync(fresh)
    os.replace(fresh, path)
    sync(os.path.dirname(os.path.abspath(path)))


def remove(path: str) -> None:
    """Remove a half-made copy and what SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        with contextlib.suppress(FileNotFoundError):
            os.remove(path + suffix)
