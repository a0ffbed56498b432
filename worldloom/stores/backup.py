"""A whole realm copied into a second file while it runs: everything, people's keys too."""

from __future__ import annotations

import os
from collections.abc import Callable

import apsw

from worldloom.stores import copies, refusals, walking
from worldloom.stores.connections import errors_of


def back_up(source: str, target: str, progress: Callable[[int, int], None] | None = None) -> int:
    """Copy the realm as it stands at one moment; return the copy's bytes.

    `progress` is told (pages done, pages in all). What is written meanwhile waits in the running
    realm's own log and is not in the copy. Raises Conflict (`file_exists`), Invalid, Unavailable.
    """
    if os.path.exists(target):
        raise refusals.file_exists(target)
    part = f"{target}.part"
    copies.remove(part)
    try:
        with walking.reading(source) as reader, errors_of(target):
            copies.make_private(part)
            copy = apsw.Connection(part)
            try:
                copies.copy_pages(reader, copy, progress or copies.silent)
            finally:
                copy.close()
            copies.put_in_place(part, target)
        return os.path.getsize(target)
    finally:
        copies.remove(part)
