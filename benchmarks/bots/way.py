"""A far and lossy way between bots and server, below TCP (see `link.c`), for `benchmarks/room.py`.

It is made in a network namespace of its own, where this program starts itself anew: nothing of the
machine's own network is touched, and nobody has to be root where users may make namespaces.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.bots.peers import OF_NODE, NotRun, built, node, pinned

SERVED, DIALLED = "10.77.0.1", "10.77.0.2"
"""Where servers listen, and where one comes to them by the far way."""
INSIDE = "ROOM_NAMESPACE"
"""Set in the environment of who runs in the namespace."""


def go_inside(peers: list[str]) -> None:
    """Run this very command again in a namespace of its own; returns only there."""
    if os.environ.get(INSIDE):
        return
    if not (shutil.which("unshare") and shutil.which("ip") and os.path.exists("/dev/net/tun")):
        sys.exit("not run: a far way needs Linux with unshare, ip and /dev/net/tun")
    built()
    if set(peers) & set(OF_NODE):
        node()  # in there npm reaches nobody
    command = ["unshare", "--net", "--map-root-user", sys.executable, *sys.argv]
    os.execvpe(command[0], command, {**os.environ, INSIDE: "1"})


@contextmanager
def far(asked: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Open the way; yields what is told of it, filled when it closes: packets, and those lost."""
    us = (asked.delay * 1_000, asked.jitter * 1_000)
    told: dict[str, Any] = {}
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with pinned(1):
        link = subprocess.Popen(
            [str(built() / "link"), *map(str, us), str(asked.loss)],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
    try:
        assert link.stdout is not None
        if link.stdout.readline().strip() != "ready":
            raise NotRun("no far way could be opened")
        subprocess.run(["ip", "addr", "add", f"{SERVED}/24", "dev", "far"], check=True)
        subprocess.run(["ip", "link", "set", "far", "up"], check=True)
        yield told
    finally:
        link.terminate()
        said, _ = link.communicate()
        told |= json.loads(said or "{}")
