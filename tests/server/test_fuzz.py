"""Whatever comes in over HTTP is answered in the one form, and the world goes on."""

from __future__ import annotations

import json
import socket
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.server.asking import Browser, Reply, Site

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
names = st.sampled_from(["hello", "secret", "people", "", "..", "x" * 100]) | st.text(max_size=12)
actions = st.sampled_from(
    ["say", "go", "click", "use", "push", "spawn", "set", "remove", "despawn", "grant", "ban",
     "add", "sell"]
)  # fmt: skip
fields = st.sampled_from(
    ["text", "position", "entity", "component", "fields", "components", "name", "parent",
     "account", "role", "seconds", "one", "other", "direction", "speed", "arguments"]
)  # fmt: skip


def check(reply: Reply) -> None:
    assert reply.status < 500, reply.body
    if reply.status >= 400:
        error = reply.json["error"]
        assert set(error) == {"code", "message", "fix"}
        assert error["code"].replace("_", "").isalnum()
        assert error["code"] == error["code"].lower()


def send(who: Browser, method: str, path: str, body: bytes | None = None) -> None:
    check(who.ask(method, path, body))


@settings(max_examples=150)
@given(action=actions, args=st.dictionaries(fields, anything, max_size=4))
def test_any_arguments_of_any_action_are_done_or_refused(
    site: Site, builder: Browser, action: str, args: dict[str, Any]
) -> None:
    body = json.dumps(args).encode("utf-8", "surrogatepass")
    before = site.nobody.get("/api/worlds/hello").json["seq"]
    path = f"/api/worlds/hello/actions/{action}"
    reply = builder.ask("POST", path, body)
    check(reply)
    after = site.nobody.get("/api/worlds/hello").json["seq"]
    assert after >= before
    if reply.status >= 400:
        assert after == before, "a refused action left a trace"


@settings(max_examples=100)
@given(body=st.binary(max_size=200))
def test_any_bytes_as_a_body_are_refused_or_done(builder: Browser, body: bytes) -> None:
    for path in ("/api/worlds/hello/actions/say", "/api/worlds", "/api/auth/claim", "/api/assets",
                 "/api/auth/tokens", "/api/realm/import"):  # fmt: skip
        send(builder, "POST", path, body)


@settings(max_examples=100)
@given(world=names, query=st.text(max_size=30), value=st.text(max_size=30))
def test_any_world_and_any_query_is_answered(
    builder: Browser, world: str, query: str, value: str
) -> None:
    name = quote(world.encode("utf-8", "surrogatepass"), safe="")
    what = quote(value.encode("utf-8", "surrogatepass"))
    more = quote(query.encode("utf-8", "surrogatepass"))
    for path in (f"/api/worlds/{name}", f"/api/worlds/{name}/state?seq={what}&{more}",
                 f"/api/worlds/{name}/events?after={what}&limit={more}", f"/assets/{name}",
                 f"/static/{name}"):  # fmt: skip
        send(builder, "GET", path)


@settings(max_examples=60)
@given(data=st.binary(min_size=1, max_size=300))
def test_any_bytes_on_the_port_end_in_an_answer_or_a_closed_line(site: Site, data: bytes) -> None:
    parts = urlsplit(site.server.url)
    with socket.create_connection((parts.hostname, parts.port or 80), timeout=10) as line:
        line.sendall(data)
        line.shutdown(socket.SHUT_WR)
        while line.recv(4096):
            pass
    assert site.nobody.get("/healthz").status == 200


def test_the_world_is_whole_after_all_that(site: Site) -> None:
    live = site.nobody.get("/api/worlds/hello/state").json
    folded = site.nobody.get(f"/api/worlds/hello/state?seq={live['seq']}").json
    assert live == folded


@pytest.mark.parametrize("start", [b"GET /", b"GET / HTTP/1.1\r\nX: "])
def test_a_head_without_an_end_is_cut_off(site: Site, start: bytes) -> None:
    parts = urlsplit(site.server.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as line:
        answer = b""
        try:
            line.sendall(start)
            for _ in range(64):
                line.sendall(b"a" * 65_536)
            answer = line.recv(65_536)
        except ConnectionError:
            answer = b"cut"
        assert answer == b"cut" or b" 431 " in answer.splitlines()[0]
    assert site.nobody.get("/healthz").status == 200
