"""An agent listens: it is told that something changed, at once, and only while it may read it."""

from __future__ import annotations

import asyncio
import http.client
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.subscriptions import ResourceUpdated

from tests.server.agent import Agent
from tests.server.asking import Browser, Site
from worldloom.kernel.limits import LIMITS
from worldloom.server.mcp.listening import ID_KEY
from worldloom.server.mcp.rpc import CAPABILITIES_KEY, STATELESS, VERSION_KEY

HOME = "world://hello"


@contextmanager
def listening(browser: Browser, addresses: Any) -> Iterator[Iterator[dict[str, Any]]]:
    """Open a stream; yields its messages, the acknowledgement first."""
    parts = urlsplit(browser.url)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=20)
    meta = {VERSION_KEY: STATELESS, CAPABILITIES_KEY: {}}
    params = {"notifications": {"resourceSubscriptions": addresses}, "_meta": meta}
    message = {"jsonrpc": "2.0", "id": 7, "method": "subscriptions/listen", "params": params}
    headers = {**browser.headers, "MCP-Protocol-Version": STATELESS,
               "Mcp-Method": "subscriptions/listen"}  # fmt: skip
    line.request("POST", "/mcp/hello", json.dumps(message), headers)
    answer = line.getresponse()
    assert answer.status == 200

    def messages() -> Iterator[dict[str, Any]]:
        while row := answer.readline():
            if row.startswith(b"data: "):
                yield json.loads(row[6:])

    try:
        yield messages()
    finally:
        line.close()


def test_it_is_told_of_the_world_and_of_the_thing_that_changed(site: Site) -> None:
    listener = site.bearer(account="listener", role="visitor", scopes=["look"], agent=True)[0]
    asked = [f"{HOME}/events/after/0", f"{HOME}/entity/lantern", f"{HOME}/entity/e²",
             "world://secret/state", f"{HOME}/asset/00", "what"]  # fmt: skip
    with listening(listener, asked) as messages:
        first = next(messages)
        assert first["method"] == "notifications/subscriptions/acknowledged"
        assert first["params"]["_meta"] == {ID_KEY: 7}
        assert first["params"]["notifications"] == {"resourceSubscriptions": asked[:3]}
        site.owner().act("hello", "say", text="nothing of the lantern")
        told = next(messages)
        assert told["method"] == "notifications/resources/updated"
        assert told["params"] == {"uri": asked[0], "_meta": {ID_KEY: 7}}
        assert site.owner().act("hello", "click", entity="lantern").status == 200
        uris = [next(messages)["params"]["uri"] for _ in range(2)]
        assert uris == asked[:2]


def test_a_revoked_listener_hears_no_more(site: Site) -> None:
    listener, id = site.bearer(account="ended", role="visitor", scopes=["look"], agent=True)
    with listening(listener, [f"{HOME}/state"]) as messages:
        next(messages)
        assert site.owner().delete(f"/api/auth/tokens/{id}").status == 200
        (last,) = [one for one in messages if "method" not in one]
        assert (last["id"], last["error"]["message"]) == (7, "token_revoked")


def test_one_account_leaves_room_for_others_to_listen(site: Site) -> None:
    greedy, _ = site.bearer(account="greedy", role="visitor", agent=True)
    other, _ = site.bearer(account="modest", role="visitor", agent=True)
    agent = Agent(greedy, "hello")
    with ExitStack() as streams:
        for _ in range(LIMITS.account_followers_max):
            next(streams.enter_context(listening(greedy, [])))
        refused = agent.ask("subscriptions/listen", notifications={})
        assert refused.json["error"]["message"] == "over_limit"
        newest = greedy.get("/api/worlds/hello").json["seq"]
        assert agent.call("history", after=newest, wait_seconds=1).error == "over_limit"
        assert agent.call("look").error == ""
        next(streams.enter_context(listening(other, [])))


@pytest.mark.parametrize("addresses", ["x", [3], {"a": 1}])
def test_what_is_no_list_of_addresses_is_refused(site: Site, addresses: Any) -> None:
    agent = Agent(site.bearer(account="odd", role="visitor", agent=True)[0], "hello")
    reply = agent.ask("subscriptions/listen", notifications={"resourceSubscriptions": addresses})
    assert (reply.status, reply.json["error"]["code"]) == (400, -32602)


def test_who_may_not_read_may_not_listen(site: Site) -> None:
    agent = Agent(site.bearer(account="deaf", role="visitor", scopes=["act:say"])[0], "hello")
    reply = agent.ask("subscriptions/listen", notifications={})
    assert reply.json["error"]["message"] == "missing_scope"


def test_the_official_client_listens(site: Site) -> None:
    browser, _ = site.bearer(account="official-listener", role="member", agent=True)

    async def visit() -> None:
        http = httpx2.AsyncClient(headers=browser.headers)
        line = streamable_http_client(f"{site.server.url}/mcp/hello", http_client=http)
        async with http, Client(line) as client:
            async with client.listen(resource_subscriptions=[f"{HOME}/text"]) as heard:
                assert heard.honored.resource_subscriptions == [f"{HOME}/text"]
                await client.call_tool("say", {"text": "hear this"})
                event = await asyncio.wait_for(anext(aiter(heard)), 20)
                assert isinstance(event, ResourceUpdated) and event.uri == f"{HOME}/text"

    asyncio.run(visit())
