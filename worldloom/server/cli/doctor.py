"""`loom doctor`: what works here, what is missing, how to get it."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from worldloom.kernel.errors import WorldloomError
from worldloom.server.cli.door import has_owner, running_server
from worldloom.server.cli.words import Commands, add_json, add_realm, command, dump

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge", "firefox")
MODULES = (
    "cryptography", "httptools", "msgspec", "numpy", "picows", "segno", "starlette", "uvicorn",
    "webauthn",
)  # fmt: skip
"""What the wheel depends on beside SQLite and physics, which have lines of their own."""
Finding = tuple[str, str, str, str]
"""(what, "ok" | "missing" | "optional", what was found, what to do)."""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands, "doctor", "tell what works here and what is missing", "loom doctor", doctor
    )
    parser.add_argument("--port", type=int, default=7400)
    add_realm(parser)
    add_json(parser)


def doctor(given: argparse.Namespace) -> int:
    """Print one line a finding; 1 where something needed is missing."""
    findings = list(examine(given.realm, given.port))
    if given.json:
        names = ("what", "status", "found", "fix")
        print(dump({"findings": [dict(zip(names, found, strict=True)) for found in findings]}))
    else:
        for what, status, found, fix in findings:
            print(f"{status:<9} {what:<18} {found}")
            if fix and status != "ok":
                print(f"{'':<9} fix: {fix}")
    return 1 if any(status == "missing" for _, status, _, _ in findings) else 0


def examine(realm: Path, port: int) -> Iterator[Finding]:
    """Yield what is found, the needed things first."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield _finding("Python", sys.version_info >= (3, 11), version, "install Python 3.11 or later")
    yield _sqlite()
    yield _modules()
    yield _client()
    folder = realm.resolve().parent
    writable = os.access(folder, os.W_OK)
    yield _finding("write access", writable, str(folder), "choose another folder by --realm")
    try:
        server = running_server(realm)
    except WorldloomError:
        server = None  # the realm's own line says what is wrong with the file
    yield _realm(realm, server)
    yield _port(port, server)
    yield _physics()
    yield _organisations()
    yield _traces()
    yield _browser()


def _finding(what: str, good: bool, found: str, fix: str, needed: bool = True) -> Finding:
    return what, "ok" if good else "missing" if needed else "optional", found, fix


def _sqlite() -> Finding:
    try:
        import apsw

        from worldloom.stores.format import SQLITE_MIN
    except ImportError as error:
        return _finding("SQLite", False, str(error), "pip install apsw")
    found = apsw.sqlite_lib_version()
    good = tuple(int(part) for part in found.split(".")) >= SQLITE_MIN
    return _finding("SQLite", good, found, "pip install --upgrade apsw")


def _modules() -> Finding:
    missing = []
    for name in MODULES:
        try:
            __import__(name)
        except ImportError:
            missing.append(name)
    text = f"without {', '.join(missing)}" if missing else "all there"
    return _finding("Python packages", not missing, text, f"pip install {' '.join(missing)}")


def _client() -> Finding:
    index = Path(__file__).parents[2] / "static" / "index.html"
    return _finding(
        "built client", index.is_file(), str(index.parent), "python hatch_build.py, or `make run`"
    )


def _physics() -> Finding:
    try:
        import rapier3d
    except ImportError:
        fix = "pip install rapier3d: wheels for Linux, Windows and Macs with Apple processors"
        return _finding("physics", False, "bodies stand still", fix, needed=False)
    return _finding("physics", True, f"Rapier {rapier3d.__version__}", "")


def _organisations() -> Finding:
    from worldloom.server.organisation import INSTALL, missing

    lacks = missing()
    text = f"--oidc lacks {', '.join(lacks)}" if lacks else "--oidc works"
    return _finding("organisations", not lacks, text, INSTALL, needed=False)


def _traces() -> Finding:
    from worldloom.server.tracing import INSTALL, asked_exporter, find_exporter

    name = asked_exporter()
    if name and find_exporter(name) is None:
        text = f"OTEL_… asks for {name}, which is not here: none are sent"
        return _finding("traces", False, text, INSTALL, needed=False)
    text = f"sent by {name}" if name else "not asked for by OTEL_…"
    return _finding("traces", True, text, "")


def _realm(realm: Path, server: dict[str, Any] | None) -> Finding:
    """Tell whether there is a realm, and who serves it; `loom verify` reads all of one."""
    if server is not None:
        return _finding("realm", True, f"{realm} is served at {server['url']}", "")
    if not realm.exists():
        return _finding("realm", False, f"{realm} is not there yet", "loom run makes it", False)
    from worldloom.stores.walking import reading

    try:
        with reading(str(realm)):
            claimed = has_owner(realm)
    except WorldloomError as error:
        # An older one is no fault: whatever opens it next lifts it, on a copy.
        needed = error.code != "older_format"
        return _finding("realm", False, error.message, error.fix, needed)
    told = "has an owner" if claimed else "waits for its owner: loom run tells the link"
    return _finding("realm", True, f"{realm} {told}; nobody serves it now", "")


def _port(port: int, server: dict[str, Any] | None) -> Finding:
    if server is not None and urlsplit(str(server["url"])).port == port:
        return _finding("port", True, f"{port}: the server of this realm is there", "")
    from worldloom.kernel.errors import Unavailable
    from worldloom.server.listening import bind

    try:
        for bound in bind("localhost", port):
            bound.close()
    except Unavailable as error:
        return _finding("port", False, error.message, "loom run --port 0", needed=False)
    return _finding("port", True, f"{port} is free", "")


def _browser() -> Finding:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), "")
    return _finding(
        "browser", bool(found), found or "none found",
        "any browser with WebGL 2 will do; for the browser tests: apt-get install chromium",
        needed=False,
    )  # fmt: skip
