"""One server a realm: it notes in the file that it begins, and later how it is asked.

The first look comes before the file is opened for writing, as opening sweeps what another takes
in. Two that begin at the same moment both pass it: only one of them can write the note.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any, Final

from worldloom.kernel.errors import Conflict
from worldloom.server.auth import SERVER
from worldloom.server.cli.door import file_id, noted, running_server
from worldloom.server.serving_probe import is_alive
from worldloom.stores.sqlite import SqliteStore

BEGINNING_SECONDS: Final = 60.0
"""How long another server may take to begin before its note is taken for a leftover."""
LOOK_SECONDS: Final = 0.1


def check_alone(realm: Path) -> None:
    """Raise Conflict while another server serves this file."""
    other = running_server(realm)
    if other is not None:
        raise _in_use(other)


def claim(store: SqliteStore) -> None:
    """Note that this process begins to serve; raises Conflict where another does already."""
    own = note(store, beginning=True)
    until = time.monotonic() + BEGINNING_SECONDS
    while True:
        held = store.meta(SERVER)
        other = noted(held, store.path)
        if other is not None and is_alive(other):
            raise _in_use(other)
        if other is not None and _begins(other) and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)
        elif store.swap_meta(SERVER, held, own):
            return


def note(store: SqliteStore, **more: Any) -> bytes:
    """Return what a server notes of itself; a copy of the file is another file than it says."""
    return json.dumps({"pid": os.getpid(), "file": file_id(store.path), **more}).encode()


def _begins(other: dict[str, Any]) -> bool:
    pid = other.get("pid")
    if not other.get("beginning") or type(pid) is not int or pid < 1 or pid == os.getpid():
        return False
    if os.name == "nt":
        return True  # asking for a process by a signal would end it there
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


def _in_use(other: dict[str, Any]) -> Conflict:
    return Conflict(
        f"{other['url']} serves this realm already",
        "use that server, stop it, or name another file by --realm",
        code="realm_in_use",
    )
