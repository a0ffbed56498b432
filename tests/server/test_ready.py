"""Whoever watches a server is told the truth about it."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import http.client
import math
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import apsw
import pytest
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from tests.server.asking import Site
from worldloom.kernel.errors import Unavailable
from worldloom.kernel.ports import StreamHead
from worldloom.kernel.world import World
from worldloom.server.auth import Doorkeeper
from worldloom.server.engine import Engine
from worldloom.server.house import House
from worldloom.server.names import Strict
from worldloom.server.readiness import Readiness
from worldloom.server.serving_probe import own_machine
from worldloom.server.share import make_certificate
from worldloom.server.worlds import Worlds
from worldloom.stores.format import SEQ_BITS
from worldloom.stores.memory import MemoryStore
from worldloom.testing import Robot
from worldloom.testing.fixtures import Server


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process from outside")
def test_a_server_whose_disk_keeps_nothing_is_not_ready_until_it_does(
    serve: Callable[..., Server], hello_file: Path
) -> None:
    import resource

    server = serve(str(hello_file))
    site = Site(server)
    owner = site.owner()
    assert owner.act("hello", "say", text="kept").status == 200
    usual = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (1, usual[1]))
    lost = owner.act("hello", "say", text="lost" * 100)
    assert lost.status == 503 and lost.code in ("disk_full", "store_failed")
    assert str(server.realm).encode() not in lost.body, "where it lies is for who runs it"
    told = site.nobody.get("/readyz")
    assert (told.status, told.body) == (503, b"the disk keeps nothing\n")
    assert site.nobody.get("/healthz").status == 200, "it lives"
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, usual)
    assert owner.act("hello", "say", text="kept again").status == 200
    assert site.nobody.get("/readyz").body == b"ready\n"
    assert server.stop() == 0
    lines = [one for one in server.errors if f"[{lost.code}]" in one]
    assert lines and all(one.count(f"[{lost.code}]") == 1 for one in lines)
    assert any(str(server.realm) in one for one in lines)


def test_a_world_that_does_not_open_is_named_to_who_may_know_of_it_and_counted_to_others(
    serve: Callable[..., Server], hello_file: Path
) -> None:
    server = serve(str(hello_file))
    owner = Site(server).owner()
    for name, seen in (("garden", True), ("cellar", False)):
        assert owner.post("/api/worlds", {"name": name, "public": seen}).status == 201
        assert owner.act(name, "say", text="kept").status == 200
    assert server.stop() == 0
    with contextlib.closing(apsw.Connection(str(server.realm))) as file:
        for name in ("garden", "cellar"):
            ((last,),) = file.execute(
                "SELECT max(record.id) FROM record JOIN stream"
                f" ON record.id >> {SEQ_BITS} = stream.id WHERE name = ?", (name,)
            )  # fmt: skip
            file.execute("UPDATE record SET hash = zeroblob(32) WHERE id = ?", (last,))

    site = Site(server.start())
    owner = site.owner()
    assert site.nobody.get("/readyz").body == b"ready\n", "nobody went there yet"
    for name in ("garden", "cellar"):
        told = owner.get(f"/api/worlds/{name}")
        assert (told.status, told.code) == (503, "log_damaged")
    told = site.nobody.get("/readyz")
    assert (told.status, told.body.decode().splitlines()) == (200, [
        "ready", "degraded: 2 of 4 worlds cannot be entered", "garden: log_damaged",
        "not yours to see: 1",
    ])  # fmt: skip
    assert b"\ncellar: log_damaged\n" in owner.get("/readyz").body
    assert "worldloom_worlds_shut 2\n" in site.nobody.get("/metrics").body.decode()
    assert owner.act("hello", "say", text="the others go on").status == 200


BROKEN_KIT = """
raise ValueError("the author is not done")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process from outside")
def test_a_world_that_its_script_or_its_hurt_file_keeps_shut_is_named_with_why(
    serve: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import resource

    (tmp_path / "kits" / "folly-1.dist-info").mkdir(parents=True)
    (tmp_path / "kits" / "folly.py").write_text(BROKEN_KIT)
    told = "Metadata-Version: 2.1\nName: folly\nVersion: 1\n"
    (tmp_path / "kits" / "folly-1.dist-info" / "METADATA").write_text(told)
    entry = "[worldloom.kits]\nfolly = folly:KIT\n"
    (tmp_path / "kits" / "folly-1.dist-info" / "entry_points.txt").write_text(entry)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "kits"), prepend=os.pathsep)
    server = serve()
    site = Site(server)
    owner = site.owner()
    shut = site.nobody.get("/api/worlds/folly")
    assert (shut.status, shut.code) == (500, "broken_file")
    lines = site.nobody.get("/readyz").body.decode().splitlines()
    assert lines[0] == "ready" and lines[2:] == ["folly: broken_file"]

    assert owner.post("/api/worlds", {"name": "garden", "starter": "empty"}).status == 201
    assert owner.act("garden", "say", text="kept").status == 200
    with contextlib.closing(apsw.Connection(str(server.realm))) as file:
        file.execute(
            "UPDATE record SET hash = zeroblob(32) WHERE id = (SELECT max(record.id) FROM record"
            f" JOIN stream ON record.id >> {SEQ_BITS} = stream.id WHERE name = 'garden')"
        )
    usual = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (1, usual[1]))
    assert owner.act("garden", "say", text="lost").status == 503
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, usual)
    assert owner.act("plaza", "say", text="the others go on").status == 200
    lines = site.nobody.get("/readyz").body.decode().splitlines()
    assert lines[0] == "ready" and set(lines[2:]) == {"folly: broken_file", "garden: not_loaded"}
    asked = owner.get("/api/worlds/garden")
    assert (asked.status, asked.code) == (503, "log_damaged")
    lines = site.nobody.get("/readyz").body.decode().splitlines()
    assert set(lines[2:]) == {"folly: broken_file", "garden: log_damaged"}
    page = site.nobody.get("/api/worlds")
    assert page.status == 200, "what is shut keeps nobody from what is open"


class Worn(MemoryStore):
    """A store whose streams cannot be read for a while."""

    worn = False

    def open_stream(self, name: str) -> StreamHead:
        if self.worn:
            raise Unavailable("its records are damaged", code="log_damaged")
        return super().open_stream(name)


def test_where_no_world_can_be_entered_it_is_not_ready_and_tries_again_itself() -> None:
    async def watch() -> None:
        store = Worn()
        engine = Engine(store)
        worlds = Worlds(engine)
        try:
            worlds.open_made([World("office")])
            house = House(engine, worlds, Doorkeeper(engine.realm, store, "secret"))
            readiness, asked = Readiness(house), Request({"type": "http", "headers": []})
            engine.world("office").lost, store.worn = True, True  # as after a failed commit
            for _ in range(2):
                told = await readiness.show(asked)
                assert (told.status_code, told.headers["retry-after"]) == (503, "5")
                assert told.body == b"no world can be entered\noffice: log_damaged\n"
            store.worn = False
            assert (await readiness.show(asked)).status_code == 503, "it asks now and then alone"
            readiness.tried = -math.inf
            assert (await readiness.show(asked)).body == b"ready\n"
        finally:
            await engine.stop()

    asyncio.run(watch())


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has SIGTERM")
@pytest.mark.parametrize("ends", ["by a second signal", "when nobody is here"])
def test_a_server_that_drains_is_not_ready_and_serves_on_whoever_is_here(
    serve: Callable[..., Server], hello_file: Path, ends: str
) -> None:
    server = serve(str(hello_file), options=("--drain", "600"))
    site = Site(server)

    async def stay() -> None:
        async with Robot(server.world("hello"), name="Zoe") as here:
            os.kill(server.pid, signal.SIGTERM)
            while site.nobody.get("/readyz").status == 200:
                await asyncio.sleep(0.02)
            told = site.nobody.get("/readyz")
            assert (told.status, told.body) == (503, b"draining\n")
            assert site.nobody.get("/healthz").status == 200
            assert (await here.do("add", one=1)).result == 2
            with pytest.raises(Unavailable):
                async with Robot(server.world("hello"), name="Yan"):
                    pass

            if ends == "by a second signal":
                assert server.stop() == 0

    begun = time.monotonic()
    asyncio.run(stay())
    if ends == "when nobody is here":
        while server.lives:
            time.sleep(0.02)
    assert server.stop() == 0
    assert time.monotonic() < begun + 60


def test_over_tls_browsers_are_told_to_come_by_https_alone(
    serve: Callable[..., Server], hello_file: Path, tmp_path: Path
) -> None:
    pem = make_certificate("127.0.0.1", datetime.datetime.now(datetime.UTC))
    (tmp_path / "both.pem").write_bytes(pem)
    server = serve(str(hello_file), options=("--tls", *[str(tmp_path / "both.pem")] * 2))
    port = urlsplit(server.url).port or 0
    assert server.url.startswith("https://")

    def told(host: str, path: str) -> str | None:
        line = http.client.HTTPSConnection("127.0.0.1", port, timeout=20, context=own_machine())
        line.request("GET", path, headers={"Host": f"{host}:{port}"})
        with contextlib.closing(line), line.getresponse() as answer:
            return answer.getheader("Strict-Transport-Security")

    for path in ("/", "/w/hello", "/api/worlds", "/static/nothing", "/api/worlds/nowhere"):
        assert told("worlds.example.org", path) == "max-age=31536000", path
    assert told("localhost", "/") is None, "other servers of this machine would be meant, too"


def test_browsers_are_told_to_come_by_https_alone_where_there_is_a_certificate() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def headers_for(host: bytes) -> list[tuple[bytes, bytes]]:
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Message:
            return {}

        await Strict(app)({"type": "http", "headers": [(b"host", host)]}, receive, send)
        return list(sent[0]["headers"])

    strict = asyncio.run(headers_for(b"worlds.example.org:7443"))
    assert strict == [(b"strict-transport-security", b"max-age=31536000")]
    assert asyncio.run(headers_for(b"localhost:7443")) == []
