"""A scripted agent: it calls tools by MCP as the newest protocol has it, and as an older one."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from typing import Any

from tests.server.asking import Browser, Reply
from worldloom.server.mcp.rpc import CAPABILITIES_KEY, STATELESS, VERSION_KEY

NAMED = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}


@dataclass(frozen=True)
class Result:
    """What came of calling a tool."""

    reply: Reply
    content: dict[str, Any]
    failed: bool

    @property
    def error(self) -> str:
        """The code of the error, empty where there is none."""
        return str(self.content["error"]["code"]) if self.failed else ""

    @property
    def value(self) -> Any:
        """What the action returned."""
        return self.content["untrusted"]["result"]


@dataclass
class Agent:
    """A program that comes by a token."""

    browser: Browser
    world: str = ""
    ids: Any = field(default_factory=itertools.count)

    @property
    def path(self) -> str:
        return f"/mcp/{self.world}" if self.world else "/mcp"

    def ask(self, method: str, /, **params: Any) -> Reply:
        """Send one request of the newest protocol."""
        meta = {VERSION_KEY: STATELESS, CAPABILITIES_KEY: {}, **params.pop("_meta", {})}
        message = {
            "jsonrpc": "2.0", "id": next(self.ids), "method": method,
            "params": {**params, "_meta": meta},
        }  # fmt: skip
        headers = {"MCP-Protocol-Version": STATELESS, "Mcp-Method": method}
        if method in NAMED:
            headers["Mcp-Name"] = params[NAMED[method]]
        return self.browser.ask("POST", self.path, message, headers)

    def result(self, method: str, /, **params: Any) -> dict[str, Any]:
        """Return a request's result."""
        reply = self.ask(method, **params)
        assert reply.status == 200, reply.body
        found: dict[str, Any] = reply.json["result"]
        assert found["resultType"] == "complete"
        return found

    def call(self, tool: str, /, **arguments: Any) -> Result:
        """Call a tool."""
        reply = self.ask("tools/call", name=tool, arguments=arguments)
        assert reply.status in (200, 403), reply.body
        body = reply.json
        if "error" in body:
            return Result(reply, {"error": body["error"]["data"]}, True)
        found = body["result"]
        result = Result(reply, found["structuredContent"], found["isError"])
        assert (reply.status == 403) == (result.error == "missing_scope"), reply.body
        return result

    def tools(self) -> dict[str, dict[str, Any]]:
        """Return the tools that it is offered, by name."""
        return {tool["name"]: tool for tool in self.result("tools/list")["tools"]}

    def read(self, address: str) -> dict[str, Any]:
        """Return the JSON of a resource of this world."""
        uri = f"world://{self.world}/{address}"
        (content,) = self.result("resources/read", uri=uri)["contents"]
        found: dict[str, Any] = json.loads(content["text"])
        return found
