"""A whole realm copied into a second file while it runs: everything, people's keys too."""

from __future__ import annotations

import os
from collections.abc import Callable

import apsw

from worldloom.stores import refusals, walking
from worldloom.stores.connections import errors_of

PAGES_A_STEP = 1_024
"""Pages (8 MiB) between two looks at how far it is."""


def _silent(done: int, total: int) -> None:
    """Say nothing."""


def back_up(source: str, target: str, progress: Callable[[int, int], None] = _silent) -> int:
    """Copy the realm as it stands at one moment; return the copy's bytes.

    `progress` is told (pages done, pages in all). What is written meanwhile waits in the running
    realm's own log and is not in the copy. Raises Conflict (`file_exists`), Invalid, Unavailable.
    """
    if os.path.exists(target):
        raise refusals.file_exists(target)
    part = f"{target}.part"
    _remove(part)
    try:
        with walking.reading(source) as reader, errors_of(target):
            copy = apsw.Connection(part)
            try:
                with copy.backup("main", reader, "main") as task:
                    while not task.done:
                        task.step(PAGES_A_STEP)
                        progress(task.page_count - task.remaining, task.page_count)
            finally:
                copy.close()
            _settle(part, target)
        return os.path.getsize(target)
    finally:
        _remove(part)


def _settle(part: str, target: str) -> None:
    """Give the copy its name once its bytes are on the disk."""
    with open(part, "rb") as file:
        os.fsync(file.fileno())
    os.rename(part, target)


def _remove(part: str) -> None:
    for suffix in ("", "-journal", "-wal", "-shm"):
        if os.path.exists(part + suffix):
            os.remove(part + suffix)
