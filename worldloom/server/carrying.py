"""Worlds between files: what `loom import` does, by the file or inside a running server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from worldloom.kernel.errors import NotFound
from worldloom.kernel.ports import Store
from worldloom.stores.sqlite import SqliteStore
from worldloom.stores.transfer import import_world


def bring(
    path: Path, store: Store, world: str | None = None, name: str | None = None
) -> dict[str, Any]:
    """Copy a world of a realm file, or its only one, into an open realm; return what was copied.

    The world keeps its name where no other is given.
    """
    assert isinstance(store, SqliteStore), "worlds are copied between realm files"
    try:
        is_there = path.is_file()
    except OSError:  # a name longer than the system's names
        is_there = False
    if not is_there:
        raise NotFound(f"there is no realm file {path}", "check the path", code="no_realm")
    moved = import_world(str(path), store, world, name)
    return {
        "world": moved.world,
        "seq": moved.seq,
        "root": moved.root,
        "state_hash": moved.state_hash,
        "assets": moved.assets,
    }
