"""`loom dev`: a saved file is loaded into the live world; nobody is thrown out."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from worldloom.kernel.errors import WorldloomError
from worldloom.server.house import House
from worldloom.server.loader import load_file

POLL_SECONDS = 0.2

Stamp = tuple[tuple[str, int, int], ...]


def stamp(paths: Iterable[Path]) -> Stamp:
    """Return (path, size, time of change) of files, in order; a missing one has size -1."""
    found = []
    for path in sorted(paths):
        try:
            about = path.stat()
            found.append((str(path), about.st_size, about.st_mtime_ns))
        except OSError:
            found.append((str(path), -1, 0))
    return tuple(found)


def content(paths: Iterable[Path]) -> bytes:
    """Return a hash of what files hold: editors touch files without changing them."""
    whole = sha256()
    for path in sorted(paths):
        try:
            whole.update(path.read_bytes())
        except OSError:
            whole.update(b"\0missing")
    return whole.digest()


async def watch(house: House, files: Iterable[Path]) -> None:
    """Load each file again whenever it, its neighbours or its models change."""
    await asyncio.gather(*(_watch_one(house, path) for path in files))


async def _watch_one(house: House, path: Path) -> None:
    watched = house.worlds.loaded[path].watched
    seen, held = stamp(watched), content(watched)
    while True:
        await asyncio.sleep(POLL_SECONDS)
        now = stamp(watched)
        if now == seen:
            continue
        seen = now
        found = await asyncio.to_thread(content, watched)
        if found == held:
            continue
        held = found
        watched = await reload(house, path)
        if stamp(watched) != seen:
            seen, held = stamp(watched), content(watched)


async def reload(house: House, path: Path) -> frozenset[Path]:
    """Swap a file's new code in, or change nothing and say why; return what to watch next."""
    old = house.worlds.loaded[path]
    try:
        loaded = await asyncio.to_thread(load_file, path, house.engine.store)
        house.worlds.swap(path, loaded)
    except WorldloomError as error:
        text = f"{error}" + (f" fix: {error.fix}" if error.fix else "")
        for world in old.worlds:
            house.tell_builders(world.name, text)
        return old.watched
    names = ", ".join(world.name for world in loaded.worlds)
    print(f"reloaded {names}", file=sys.stderr, flush=True)
    return loaded.watched
