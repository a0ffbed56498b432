"""The official client of the protocol finds its way, by the newest version and by a handshake."""

from __future__ import annotations

import asyncio

import httpx2
import pytest
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import TextResourceContents

from tests.server.asking import Site
from worldloom.server.mcp.rpc import HANDSHAKES, STATELESS


@pytest.mark.parametrize(("mode", "version"), [("auto", STATELESS), ("legacy", HANDSHAKES[0])])
def test_the_official_client_looks_acts_and_reads(site: Site, mode: str, version: str) -> None:
    browser, _ = site.bearer(account=f"official-{mode}", role="member", agent=True)

    async def visit() -> None:
        http = httpx2.AsyncClient(headers=browser.headers)
        line = streamable_http_client(f"{site.server.url.rstrip('/')}/mcp/hello", http_client=http)
        async with http, Client(line, mode=mode) as client:
            assert client.protocol_version == version
            names = {tool.name for tool in (await client.list_tools()).tools}
            assert {"look", "find", "history", "go", "say", "use", "add"} <= names
            seen = await client.call_tool("look", {})
            assert seen.structured_content is not None and not seen.is_error
            things = seen.structured_content["things"]
            assert "lantern" in {thing["untrusted"]["name"] for thing in things}
            summed = await client.call_tool("add", {"one": 1, "other": 2})
            assert (summed.structured_content or {})["untrusted"]["result"] == 3
            refused = await client.call_tool("build", {})
            assert refused.is_error
            listed = await client.list_resources()
            for resource in listed.resources:
                (content,) = (await client.read_resource(str(resource.uri))).contents
                assert isinstance(content, TextResourceContents) and content.text
            assert len((await client.list_resource_templates()).resource_templates) == 4
            prompts = (await client.list_prompts()).prompts
            assert (await client.get_prompt(prompts[0].name, {})).messages

    asyncio.run(visit())
