"""`loom dev`: a saved file is loaded into the live world; nobody is thrown out."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.server.house import House
from worldloom.server.loader import BrokenFile, digests, load_file
from worldloom.server.patience import in_time

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


async def watch(house: House, files: Iterable[Path]) -> None:
    """Load each file again whenever it, its neighbours or its models change."""
    await asyncio.gather(*(_watch_one(house, path) for path in files))


async def _watch_one(house: House, path: Path) -> None:
    """Compare what the files hold with what was loaded of them, so that no save is missed.

    A save may come before the watch begins, or while an earlier one is still being loaded.
    """
    held = dict(house.worlds.loaded[path].watched)
    seen: Stamp = ()
    while True:
        now = stamp(held)
        if now != seen:
            found = await asyncio.to_thread(digests, list(held))
            if found != held:
                held = {**found, **await reload(house, path)}
                held = {file: held[file] for file in house.worlds.loaded[path].watched}
                now = ()
            # Editors touch files without changing them: that much is known from here on.
            seen = now
        await asyncio.sleep(POLL_SECONDS)


async def reload(house: House, path: Path) -> Mapping[Path, bytes]:
    """Swap a file's new code in, or change nothing and say why; return what was read for it."""
    old = house.worlds.loaded[path]
    seconds = LIMITS.load_seconds_max
    try:
        try:
            loaded = await in_time(lambda: load_file(path, house.engine.store), seconds)
        except TimeoutError:
            raise BrokenFile(
                f"{path.name} did not come to its end in {seconds:g} seconds",
                "look for a loop without end, or for something that waits",
            ) from None
        house.worlds.swap(path, loaded)
    except WorldloomError as error:
        text = f"{error}" + (f" fix: {error.fix}" if error.fix else "")
        for world in old.worlds:
            house.tell_builders(world.name, text)
        return {}
    names = ", ".join(world.name for world in loaded.worlds)
    print(f"reloaded {names}", file=sys.stderr, flush=True)
    return loaded.watched
