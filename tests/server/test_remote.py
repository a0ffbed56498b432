"""Promised: a script or a notebook asks a running realm as Python, and nothing is done twice."""

from __future__ import annotations

import asyncio
import inspect
import pydoc
import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import worldloom
from tests.browser.slow_line import slow_line
from tests.server.asking import Site
from tests.server.test_assets import png
from worldloom import AsyncClient, Client
from worldloom.kernel.errors import (
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Unavailable,
)
from worldloom.remote import questions as ask
from worldloom.testing.fixtures import Server

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")

Came = queue.Queue[dict[str, Any] | None]


@pytest.fixture
def site(serve: Callable[..., Server], hello_file: Path) -> Site:
    return Site(serve(str(hello_file)))


@pytest.fixture
def client(site: Site) -> Iterator[Client]:
    token = site.owner().post("/api/auth/tokens", {"account": "robot", "role": "builder"}).json
    with Client(site.server.url, token["token"]) as made:
        yield made


def test_a_script_reads_acts_and_goes_back(client: Client) -> None:
    assert "hello" in [one["name"] for one in client.worlds()]
    hello = client.world("hello")
    before = hello.info()["seq"]
    made = hello.act("spawn", name="crate", components={"Color": {"value": "#ff8800"}})
    crate = hello.entities()["crate"]
    assert crate["id"] == made["entity"] and crate["components"]["Color"]["value"] == "#ff8800"
    assert "crate" not in hello.entities(seq=before)
    kinds = [record["kind"] for record in hello.events(before)]
    assert "Spawned" in kinds
    assert hello.undo()["result"] is not None
    assert "crate" not in hello.entities()
    hello.redo()
    assert "crate" in hello.entities()
    assert hello.fork("calm", before, "A calm place")["parent"] == "hello"
    title = client.world("calm").info()["title"]
    assert (title, "crate" in client.world("calm").entities()) == ("A calm place", False)


def test_actions_are_functions_with_types_and_words(client: Client) -> None:
    do = client.world("hello").do
    assert {"say", "spawn", "undo"} <= set(dir(do))
    assert do.say.__doc__
    assert inspect.signature(do.say).parameters["text"].annotation is str
    assert do.say(text="good morning") is None
    said = [r["data"] for r in client.world("hello").events() if r["kind"] == "Said"]
    assert "good morning" in str(said)


def test_help_of_an_action_that_one_may_not_do_shows_it_and_says_why(
    client: Client, site: Site
) -> None:
    hello = client.world("hello")
    assert "grant" not in dir(hello.do) and "grant" not in hello.actions()
    shown = pydoc.plain(pydoc.render_doc(hello.do.grant))
    assert "grant(*, account: str, role: str" in shown
    assert "Not allowed to you: grant needs the role owner; robot is builder here" in shown
    assert "ask an owner of this world to grant you the role owner" in shown
    with Client(site.server.url) as nobody:
        shown = pydoc.plain(pydoc.render_doc(nobody.world("hello").do.spawn))
    assert "spawn(*, name: str" in shown and "needs the role builder, and nobody is" in shown
    # Who may meanwhile reads so, without a new client.
    site.owner().act("hello", "set_right", action="despawn", role="owner")
    do = client.world("hello").do
    assert "despawn needs the role owner" in str(do.despawn.__doc__)
    site.owner().act("hello", "set_right", action="despawn", role="builder")
    assert "Not allowed" not in str(do.despawn.__doc__)


def test_what_a_script_asks_again_under_its_key_is_done_once(client: Client) -> None:
    hello = client.world("hello")
    for _ in range(2):
        hello.act("say", idempotency_key="the script's first line", text="once only")
    said = [r["data"] for r in hello.events() if r["kind"] == "Said"]
    assert str(said).count("once only") == 1
    with pytest.raises(Conflict):
        hello.act("say", idempotency_key="the script's first line", text="something else")


def test_a_dry_run_decides_and_changes_nothing(client: Client) -> None:
    hello = client.world("hello")
    before = hello.info()["seq"]
    hello.act("spawn", dry_run=True, name="ghost", components={})
    assert [record["kind"] for record in hello.events(before)] == []
    hello.act("spawn", name="ghost", components={})
    with pytest.raises(Conflict):
        hello.act("spawn", dry_run=True, name="ghost", components={})
    with pytest.raises(Invalid):
        hello.act("spawn", dry_run=True, name=5, components={})


def test_a_refusal_is_the_error_that_the_realm_raised(client: Client, site: Site) -> None:
    with pytest.raises(NotFound) as caught:
        client.world("nowhere").info()
    assert caught.value.fix
    with pytest.raises(NotFound):
        client.world("../../healthz").info()
    hello = client.world("hello")
    hello.act("spawn", name="crate")
    hello.act("despawn", entity="crate")
    site.owner().act("hello", "spawn", name="crate")
    with pytest.raises(Conflict) as stands:
        hello.undo()
    assert set(stands.value.data) == {"group", "older"}
    assert hello.undo(group=stands.value.data["older"])["result"] is not None
    with pytest.raises(Invalid):
        client.world("hello").act("say", words=1)
    with pytest.raises(NotAllowed):
        client.world("hello").act("grant", account="x", role="owner")
    with Client(site.server.url) as nobody, pytest.raises(NotSignedIn):
        nobody.world("hello").do.say(text="hello")
    with Client(site.server.url, "wrong") as wrong, pytest.raises(NotSignedIn):
        wrong.worlds()


def follow(address: str, start: int, came: Came) -> None:
    """Put what comes after a seq, until the third line; None where it ends before."""
    with Client(address) as realm:
        for record in realm.world("hello").events(start, follow=True):
            came.put(record)
            if "third" in str(record["data"]):
                return
    came.put(None)


def follow_by_asyncio(address: str, start: int, came: Came) -> None:
    async def story() -> None:
        async with AsyncClient(address) as realm:
            async for record in realm.world("hello").events(start, follow=True):
                came.put(record)
                if "third" in str(record["data"]):
                    return
        came.put(None)

    asyncio.run(story())


def until(came: Came, text: str) -> list[int]:
    """Return the seqs that come until somebody says a text."""
    seqs = []
    while record := came.get(timeout=60):
        seqs.append(record["seq"])
        if text in str(record["data"]):
            return seqs
    raise AssertionError(f"it was followed no more before {text!r}")


def test_records_are_followed_live_and_on_after_a_cut_line(client: Client, site: Site) -> None:
    hello = client.world("hello")
    with slow_line(site.server.url) as (line, address):
        for way in (follow, follow_by_asyncio):
            start, came, seqs = hello.info()["seq"], Came(), []
            thread = threading.Thread(target=way, args=(address, start, came), daemon=True)
            thread.start()
            for text in ("first", "second", "third"):
                hello.do.say(text=text)
                seqs += until(came, text)
                line.cut()
            thread.join(60)
            assert seqs == list(range(start + 1, seqs[-1] + 1)), "without a gap, each once"


def test_a_picture_is_sent_and_hung(client: Client, tmp_path: Path) -> None:
    picture = tmp_path / "map.png"
    picture.write_bytes(png(4, 4, b"sent"))
    sha256 = client.upload(picture)
    hello = client.world("hello")
    hello.do.spawn(name="map", components={"Image": {"asset": sha256}})
    assert hello.entities()["map"]["components"]["Image"]["asset"] == sha256
    with pytest.raises(Invalid):
        client.upload(b"no file of a kind that is taken")


def test_programs_of_asyncio_do_the_same(client: Client, site: Site) -> None:
    token = site.owner().post("/api/auth/tokens", {"account": "two", "role": "builder"}).json

    async def story() -> None:
        async with AsyncClient(site.server.url, token["token"]) as realm:
            hello = realm.world("hello")
            start = (await hello.info())["seq"]
            for _ in range(2):
                await hello.act("spawn", idempotency_key="lamp", name="lamp", components={})
            kinds = [record["kind"] async for record in hello.events(start)]
            assert "Spawned" in kinds
            await hello.undo()
            await hello.redo()
            names = [one["name"] for one in (await hello.state())["entities"].values()]
            assert "lamp" in names and "say" in await hello.actions()
            async for record in hello.events(start, follow=True):
                if record["kind"] == "Spawned":
                    break
            assert "hello" in [one["name"] for one in await realm.worlds()]

    asyncio.run(story())


def cutting(
    client: Client, times: int, answer: Callable[[httpx.Request], httpx.Response]
) -> list[str]:
    """Let a client's line be cut so many times before it is answered; return the keys it sent."""
    keys: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers.get("idempotency-key", ""))
        if len(keys) <= times:
            raise httpx.ReadError("cut")
        return answer(request)

    client._http = httpx.Client(base_url="http://x", transport=httpx.MockTransport(handle))
    return keys


def test_what_is_asked_again_has_the_same_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    client = Client("http://x")
    keys = cutting(client, 2, lambda _: httpx.Response(200, json={"seq": 1, "result": 7}))
    assert client.world("w").act("add", one=1) == 7
    assert len(keys) == 3 and len(set(keys)) == 1 and keys[0]
    cutting(client, 99, lambda _: httpx.Response(200))
    with pytest.raises(Unavailable, match="does not answer"):
        client.worlds()


def test_not_now_is_asked_again_and_then_told(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    client = Client("http://x")
    error = {"error": {"code": "busy", "message": "the disk is behind", "fix": "wait"}}
    cutting(client, 0, lambda _: httpx.Response(503, json=error, headers={"Retry-After": "0.5"}))
    with pytest.raises(Unavailable, match="the disk is behind") as caught:
        client.worlds()
    assert caught.value.code == "busy" and waited == [0.5] * (ask.TRIES - 1)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b'{"error": 3}', b"\xff"])
def test_an_answer_of_something_else_is_an_error_and_no_crash(body: bytes) -> None:
    with pytest.raises(worldloom.WorldloomError, match="answers 404"):
        ask.read_answer(404, body)
    with pytest.raises(Unavailable, match="answers 500"):
        ask.read_answer(500, body)
