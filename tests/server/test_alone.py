"""One realm has one server: of two that begin at once, one is told; a copy is another realm."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from pathlib import Path

import pytest

from tests.server.asking import Site
from tests.server.test_cli import done
from worldloom.kernel.errors import Conflict
from worldloom.server import alone
from worldloom.server.auth import SERVER
from worldloom.server.cli.door import running_server
from worldloom.stores.sqlite import SqliteStore
from worldloom.testing.fixtures import Server


def test_of_two_servers_that_begin_at_once_one_serves(hello_file: Path, tmp_path: Path) -> None:
    servers = [Server(tmp_path / "realm.loom", str(hello_file)) for _ in range(2)]
    told: list[str] = []

    def begin(server: Server) -> None:
        try:
            server.start()
        except RuntimeError as error:
            told.append(str(error))
            server.stop()

    threads = [threading.Thread(target=begin, args=(server,)) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (up,) = [server for server in servers if server.url]
    assert len(told) == 1 and "[realm_in_use]" in told[0] and "Traceback" not in told[0]
    assert Site(up).guest().act("hello", "say", text="hi").status == 200
    assert up.stop() == 0
    assert up.errors == []


def test_a_claim_waits_for_who_begins_and_takes_over_from_who_died(tmp_path: Path) -> None:
    path = str(tmp_path / "realm.loom")
    store = SqliteStore(path)
    note = {"pid": os.getppid(), "file": "", "beginning": True}
    store.set_meta(SERVER, json.dumps(note).encode())
    claiming = threading.Thread(target=alone.claim, args=(store,))
    claiming.start()
    time.sleep(0.3)
    held = store.meta(SERVER)
    assert held is not None and json.loads(held)["pid"] == os.getppid(), "it did not wait"
    store.set_meta(SERVER, json.dumps({**note, "pid": 2**22 + 1}).encode())
    claiming.join()
    held = store.meta(SERVER)
    assert held is not None and json.loads(held)["pid"] == os.getpid()
    store.close()


def test_a_port_that_is_taken_leaves_no_note_behind(hello_file: Path, tmp_path: Path) -> None:
    first = Server(tmp_path / "first.loom", str(hello_file)).start()
    port = first.url.rsplit(":", 1)[1]
    second = Server(tmp_path / "second.loom", str(hello_file), options=("--port", port))
    with pytest.raises(RuntimeError, match="port_taken"):
        second.start()
    second.stop()
    store = SqliteStore(str(tmp_path / "second.loom"))
    assert store.meta(SERVER) is None
    store.close()
    assert first.stop() == 0


def test_the_copy_of_a_served_realm_is_not_the_server_s(hello_file: Path, tmp_path: Path) -> None:
    """Copied with its write-ahead log, as a careful person does, it names a server that lives."""
    server = Server(tmp_path / "realm.loom", str(hello_file)).start()
    (other := tmp_path / "other").mkdir()
    for file in tmp_path.glob("realm.loom*"):
        shutil.copy(file, other)
    before = Site(server).nobody.get("/api/worlds/hello").json["seq"]
    assert running_server(other / "realm.loom") is None
    done(other, "do", "hello", "say", "text=here")
    assert Site(server).nobody.get("/api/worlds/hello").json["seq"] == before
    with pytest.raises(Conflict):
        alone.check_alone(tmp_path / "realm.loom")
    assert server.stop() == 0
