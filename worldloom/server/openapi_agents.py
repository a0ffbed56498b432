"""The description of what is for agents: the MCP server and what protects it."""

from __future__ import annotations

from typing import Any

from worldloom.server.openapi_parts import TEXT, WORLD, in_path, json_body, operation

METADATA = "/.well-known/oauth-protected-resource"


def agents() -> dict[str, Any]:
    """Return the paths of the MCP server."""
    message = json_body({"jsonrpc": TEXT, "id": {}, "method": TEXT, "params": {"type": "object"}})
    refusals = (400, 401, 403, 404, 413, 429, 503)
    about = "{resource, resource_name, bearer_methods_supported, scopes_supported}"
    found: dict[str, Any] = {}
    for path, name, where in (("/mcp", "", ()), ("/mcp/{world}", "World", (WORLD,))):
        found[path] = {
            "post": operation(
                f"call{name}Mcp", "One MCP message (streamable HTTP; docs/guides/agents.md)",
                "A JSON-RPC answer; 202 without a body for a notification.",
                parameters=where, body=message, refusals=refusals,
            )
        }  # fmt: skip
        found[f"{METADATA}{path}"] = {
            "get": operation(
                f"describe{name}Mcp", "What protects the MCP server (RFC 9728)", about,
                parameters=where, refusals=(),
            )
        }  # fmt: skip
    hold = "{id, account, world, action, args, asked, state, by, decided, seq, code}"
    found["/api/auth/approvals"] = {
        "get": operation(
            "listApprovals", "What agents ask you for: yours, and in worlds that you own",
            f"{{approvals: [{hold}]}}", refusals=(401, 403),
        )
    }  # fmt: skip
    found["/api/auth/approvals/{id}"] = {
        "post": operation(
            "decideApproval", "Say yes or no; yes decides it anew and does it, if still allowed",
            hold, parameters=(in_path("id", "The id, from the list."),),
            body=json_body({"approve": {"type": "boolean"}}, ("approve",)),
            refusals=(401, 403, 404, 409, 422, 429, 503),
        )
    }  # fmt: skip
    found[METADATA] = {
        "get": operation("describeResource", "The same for the whole realm", about, refusals=())
    }
    return found
