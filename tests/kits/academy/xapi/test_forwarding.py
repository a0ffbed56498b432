"""Statements are forwarded to another record store in order, whatever it or we do meanwhile."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.kits.academy.xapi.lrs import SCHOOL, Program
from tests.kits.academy.xapi.statements import FAILED, PUMP, plain
from tests.server.asking import kept
from worldloom import Misused, Unavailable
from worldloom.kits.academy.adapters.record_store import OutsideStore
from worldloom.kits.academy.ports import Outgoing, SandboxOutside
from worldloom.testing.fixtures import Server

FORWARD = '''"""A school that forwards its records."""

from worldloom import World
from worldloom.kits.academy import Academy
from worldloom.kits.academy.adapters.record_store import OutsideStore

world = World("school")
outside = OutsideStore({endpoint!r}, {id!r}, {secret!r})
world.use(Academy(home="https://school.example", forward=outside))
'''
QUICK = {"feed_retry_seconds": 0.05, "feed_retry_seconds_max": 0.2}


def until(met: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)


class Pair:
    """A school, and the store of others that it forwards to."""

    def __init__(self, folder: Path) -> None:
        (folder / "lms.py").write_text(SCHOOL)
        self.lms = Server(folder / "lms.loom", str(folder / "lms.py")).start()
        self.reader = Program(self.lms, "reader")
        made = self.reader.site.owner().post(
            "/api/auth/tokens", {"account": "school", "role": "records"}
        )
        endpoint = f"{self.lms.url}/xapi"
        id, secret = made.json["id"], made.json["token"]
        text = FORWARD.format(endpoint=endpoint, id=id, secret=secret)
        (folder / "school.py").write_text(text)
        self.school = Server(folder / "school.loom", str(folder / "school.py"), limits=QUICK)
        self.store = OutsideStore(endpoint, id, secret)

    def ids(self) -> list[str]:
        """Return what the other store has, oldest first."""
        return self.reader.ids(ascending="true", limit=500)


@pytest.mark.slow
def test_nothing_is_lost_or_doubled_while_either_side_is_away(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    try:
        writer = Program(pair.school.start(), "writer")
        sent = [plain() for _ in range(5)]
        assert writer.post(sent).status == 200
        until(lambda: len(pair.ids()) == 5)
        pair.lms.kill()
        more = [plain() for _ in range(250)]
        for at in range(0, 250, 25):
            assert writer.post(more[at : at + 25]).status == 200
        pair.school.kill()
        pair.lms.again()
        pair.school.again()
        until(lambda: len(pair.ids()) == 255)
        assert pair.ids() == [one["id"] for one in sent + more]
    finally:
        pair.school.stop()
        pair.lms.stop()


@pytest.mark.slow
def test_what_the_other_store_will_never_take_holds_up_nothing(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    try:
        other = plain()
        assert pair.reader.post(other).status == 200
        writer = Program(pair.school.start(), "writer")
        data = b"seen"
        note = {"usageType": PUMP, "display": {"en": "n"}, "contentType": "text/x", "length": 4,
                "sha2": sha256(data).hexdigest()}  # fmt: skip
        first, last = plain(), plain()
        with_file = plain(attachments=[note])
        assert writer.post([first, {**other, "verb": {"id": FAILED}}]).status == 200
        assert writer.with_files(with_file, [data]).status == 200
        assert writer.post(last).status == 200
        until(lambda: len(pair.ids()) == 4)
        assert pair.ids() == [other["id"], first["id"], with_file["id"], last["id"]]
        records = kept(writer.site.server, "school")
        told = [one["data"] for one in records if one["kind"] == "~academy.NotForwarded"]
        assert [(one["id"], one["status"]) for one in told] == [(other["id"], "409")]
        body = pair.reader.ask("GET", "statements", statementId=with_file["id"], attachments="true")
        assert data in body.body
    finally:
        pair.school.stop()
        pair.lms.stop()


def test_a_store_that_is_away_says_so_and_recovers(lms: Program) -> None:
    told = plain()
    going = [Outgoing(told["id"], str(told).replace("'", '"').encode())]
    nowhere = OutsideStore("http://127.0.0.1:9/xapi", "a", "b")
    with pytest.raises(Unavailable, match="cannot be reached"):
        asyncio.run(nowhere.send(going))
    unknown = OutsideStore(f"{lms.browser.url}/xapi", "a", "b")
    with pytest.raises(Unavailable, match="answers 401"):
        asyncio.run(unknown.send(going))
    owner = lms.site.owner().post("/api/auth/tokens", {"account": "f", "role": "records"}).json
    known = OutsideStore(f"{lms.browser.url}/xapi", owner["id"], owner["token"])
    assert asyncio.run(known.send(going)) == {}
    assert lms.one(told["id"]).status == 200
    assert known.name == unknown.name != nowhere.name


def test_what_speaks_no_http_at_a_stores_address_is_a_store_that_is_away() -> None:
    def greet() -> None:
        line, _ = door.accept()
        with line:
            line.recv(65_536)
            line.sendall(b"SSH-2.0-OpenSSH_10\r\n")

    with socket.create_server(("127.0.0.1", 0)) as door:
        threading.Thread(target=greet, daemon=True).start()
        store = OutsideStore(f"http://127.0.0.1:{door.getsockname()[1]}/xapi", "us", "hidden")
        with pytest.raises(Unavailable) as caught:
            asyncio.run(store.send([Outgoing("a", b"{}", {})]))
    assert caught.value.code == "store_away" and "OpenSSH" not in str(caught.value)


def test_the_sandbox_keeps_all_and_an_endpoint_is_an_address() -> None:
    outside: Any = SandboxOutside()
    assert asyncio.run(outside.send([Outgoing("a", b"{}"), Outgoing("a", b"{}")])) == {}
    assert outside.statements == {"a": b"{}"}
    for wrong in ("lms", "ftp://lms.example", ""):
        with pytest.raises(Misused):
            OutsideStore(wrong, "a", "b")
