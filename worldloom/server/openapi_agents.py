"""The description of what is for agents: the MCP server and what protects it."""

from __future__ import annotations

from typing import Any

from worldloom.server.openapi_parts import TEXT, WORLD, in_path, json_body, operation

METADATA = "/.well-known/oauth-protected-resource"


def agents() -> dict[str, Any]:
    """Return the paths of the MCP server."""
    message = json_body({"jsonrpc": TEXT, "id": {}, "method": TEXT, "params": {"type": "object"}})
    refusals = (400, 401, 403, 404, 413, 429, 503)
    about = (
        "{resource, resource_name, authorization_servers, bearer_methods_supported,"
        " scopes_supported}"
    )
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
    found |= _approvals()
    far = "{seq, world, account, name, action, state, done, total, text}"
    found["/api/auth/requests"] = {
        "get": operation(
            "listRequests",
            "What agents still wait for that takes long: yours, and in worlds that you own",
            f"{{requests: [{far}]}}", refusals=(401, 403),
        )
    }  # fmt: skip
    found |= _kill_switch()
    found[METADATA] = {
        "get": operation("describeResource", "The same for the whole realm", about, refusals=())
    }
    return {**found, **_oauth()}


def _kill_switch() -> dict[str, Any]:
    """Return the paths by which agents are seen and stopped."""
    found: dict[str, Any] = {}
    told = "{name, actor, label, tokens, scopes, worlds, budget, spent, expires}"
    found["/api/auth/agents"] = {
        "get": operation(
            "listAgents",
            "The agents that act for you, or as the realm's owner for `?account=`, or with `?all=1`"
            " every one, each with its `account` and what that is called (`person`)",
            f"{{agents: [{told}]}}", refusals=(401, 403, 422),
        ),
        "delete": operation(
            "stopAgents",
            "End all that agents and machines of yours come in by, at once; as the realm's owner"
            " those of `?account=`, or with `?all=1` all of the realm",
            "{}", refusals=(401, 403, 422, 503),
        ),
    }  # fmt: skip
    found["/api/auth/agents/{name}"] = {
        "delete": operation(
            "stopAgent", "End all that an agent comes in by, at once", "{}",
            parameters=(in_path("name", "The agent's name, from the list."),),
            refusals=(401, 403, 404, 503),
        )
    }  # fmt: skip
    return found


def _oauth() -> dict[str, Any]:
    """Describe how a person lets a program in (OAuth 2.1, docs/guides/agents.md)."""

    def form(*fields: str) -> dict[str, Any]:
        schema = {"type": "object", "properties": dict.fromkeys(fields, TEXT)}
        return {"application/x-www-form-urlencoded": {"schema": schema}}

    asked = ("response_type", "client_id", "redirect_uri", "code_challenge",
             "code_challenge_method", "scope", "state", "resource")  # fmt: skip
    query = tuple({"name": name, "in": "query", "schema": TEXT} for name in asked)
    uris = {"type": "array", "items": TEXT}
    html = "text/html"
    return {
        "/.well-known/oauth-authorization-server": {
            "get": operation(
                "describeOauth", "The authorization server (RFC 8414)", "Its metadata.", refusals=()
            )
        },
        "/oauth/register": {
            "post": operation(
                "registerClient", "A public client registers itself (RFC 7591)",
                "{client_id, client_name, redirect_uris, …}",
                body=json_body({"redirect_uris": uris, "client_name": TEXT}, ("redirect_uris",)),
                status=201, refusals=(400, 413),
            )
        },
        "/oauth/authorize": {
            "get": operation(
                "askConsent", "Ask the person at the browser; leads back with an error or a page",
                "HTML.", parameters=query, media=html, refusals=(303, 400, 401, 403),
            ),
            "post": operation(
                "giveConsent", "The person's answer; leads back with a code", "A redirection.",
                body=form(*asked, "allow", "budget", "decision"), status=303, media=html,
                refusals=(400, 401, 403, 413),
            ),
        },
        "/oauth/token": {
            "post": operation(
                "fetchToken", "A code for a token, once, with its PKCE verifier; or a new token"
                " for the secret that came with the last one",
                "{access_token, token_type, expires_in, scope, refresh_token}",
                body=form("grant_type", "code", "redirect_uri", "client_id", "code_verifier",
                          "resource", "refresh_token"),
                refusals=(400, 413, 429),
            )
        },
        "/oauth/revoke": {
            "post": operation(
                "revokeByItself", "End a token by itself (RFC 7009)", "{}", body=form("token"),
                refusals=(413, 503),
            )
        },
    }  # fmt: skip


def _approvals() -> dict[str, Any]:
    """Describe what waits for a person."""
    hold = (
        "{id, account, name, world, action, args, does, does_args, cost, left, asked, state, by,"
        " decided, seq, code}"
    )
    listed = {
        "get": operation(
            "listApprovals", "What agents ask you for: yours, and in worlds that you own",
            f"{{approvals: [{hold}]}}", refusals=(401, 403),
        )
    }  # fmt: skip
    one = {
        "get": operation(
            "showApproval", "How it stands with one deed; `result` once it is done",
            hold.removesuffix("}") + ", result?}", refusals=(401, 404),
            parameters=(in_path("id", "The id, from the answer 202."),),
        ),
        "post": operation(
            "decideApproval", "Say yes or no; yes decides it anew and does it, if still allowed",
            hold, parameters=(in_path("id", "The id, from the list."),),
            body=json_body({"approve": {"type": "boolean"}}, ("approve",)),
            refusals=(401, 403, 404, 409, 422, 429, 503),
        )
    }  # fmt: skip
    return {"/api/auth/approvals": listed, "/api/auth/approvals/{id}": one}
