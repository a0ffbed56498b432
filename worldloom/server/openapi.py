"""The description of the HTTP interface that programs read."""

from __future__ import annotations

from typing import Any

from worldloom.kernel.rights import Role

JSON = "application/json"
WORLD = {
    "name": "world", "in": "path", "required": True, "description": "The world's name.",
    "schema": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,63}$"},
}  # fmt: skip
ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "fix"],
            "properties": {
                "code": {"type": "string", "description": "A stable lower_snake word."},
                "message": {"type": "string"},
                "fix": {"type": "string", "description": "What to do about it."},
            },
        }
    },
}
REFUSALS = {
    401: "A token is missing or not known.",
    403: "A right is missing; the message names it.",
    404: "No such world, entity, action or seq.",
    409: "What stands in the world contradicts the wish.",
    413: "More bytes than are taken.",
    422: "An argument has the wrong form; the message names the field.",
    429: "Too often; see Retry-After.",
    503: "Not now; see Retry-After.",
}


def _number(name: str, text: str, default: int | None = None) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "integer", "minimum": 0}
    if default is not None:
        schema["default"] = default
    return {"name": name, "in": "query", "description": text, "schema": schema}


def _path(name: str, text: str) -> dict[str, Any]:
    schema = {"type": "string"}
    return {"name": name, "in": "path", "required": True, "description": text, "schema": schema}


def _operation(
    id: str,
    summary: str,
    result: str,
    *,
    parameters: tuple[dict[str, Any], ...] = (),
    body: dict[str, Any] | None = None,
    status: int = 200,
    media: str = JSON,
    refusals: tuple[int, ...] = (401, 403, 404),
) -> dict[str, Any]:
    answers: dict[str, Any] = {
        str(status): {"description": result, "content": {media: {"schema": {}}}}
    }
    for code in refusals:
        answers[str(code)] = {
            "description": REFUSALS[code],
            "content": {JSON: {"schema": {"$ref": "#/components/schemas/Error"}}},
        }
    found: dict[str, Any] = {"operationId": id, "summary": summary, "responses": answers}
    if parameters:
        found["parameters"] = list(parameters)
    if body is not None:
        found["requestBody"] = {"required": True, "content": body}
    return found


def _json_body(properties: dict[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": list(required)}
    return {JSON: {"schema": schema}}


TEXT = {"type": "string"}
BINARY = {"schema": {"type": "string", "format": "binary"}}


def _worlds() -> dict[str, Any]:
    new = _json_body({"name": TEXT, "title": TEXT, "public": {"type": "boolean"}}, ("name",))
    return {
        "/api/worlds": {
            "get": _operation(
                "listWorlds", "List worlds", "{worlds: [{name, title, seq, visitors}], first}",
                refusals=(401,),
            ),
            "post": _operation(
                "createWorld", "Make a world (owner)", "{name, title, seq}",
                body=new, status=201, refusals=(401, 403, 409, 422),
            ),
        },
        "/api/worlds/{world}": {
            "get": _operation(
                "getWorld", "Where a world stands; the answer is proof of its history",
                "{name, title, seq, head, root, state_hash, visitors, lineage}",
                parameters=(WORLD,),
            )
        },
        "/api/worlds/{world}/state": {
            "get": _operation(
                "getState", "The state, now or at a seq", "{seq, state_hash, entities}",
                parameters=(WORLD, _number("seq", "Rounded down to a whole group.")),
                refusals=(401, 403, 404, 422),
            )
        },
        "/api/worlds/{world}/events": {
            "get": _operation(
                "listEvents", "Records in order; `Accept: text/event-stream` follows live",
                "{records: [{seq, group, time, actor, cause, kind, version, data, hash}]}",
                parameters=(
                    WORLD, _number("after", "The last seq that is known.", 0),
                    _number("limit", "How many at most.", 100),
                ),
                refusals=(401, 403, 404, 422, 429),
            )
        },
        "/api/worlds/{world}/actions": {
            "get": _operation(
                "listActions", "What the caller may do", "{actions: [{name, doc, role, schema}]}",
                parameters=(WORLD,),
            )
        },
        "/api/worlds/{world}/actions/{action}": {
            "post": _operation(
                "doAction", "Do an action; answers when it is durable", "{seq, result}",
                parameters=(
                    WORLD, _path("action", "The action's name."),
                    {"name": "Idempotency-Key", "in": "header", "schema": TEXT,
                     "description": "The same key gets the same answer for 24 hours."},
                ),
                body=_json_body({}),
                refusals=(401, 403, 404, 409, 413, 422, 429, 503),
            )
        },
    }  # fmt: skip


def _pages() -> dict[str, Any]:
    html = "text/html"
    return {
        "/": {"get": _operation("frontPage", "The front page", "HTML.", media=html, refusals=())},
        "/w/{world}": {
            "get": _operation(
                "enter", "Enter a world", "HTML.", parameters=(WORLD,), media=html, refusals=(404,)
            )
        },
        "/openapi.json": {
            "get": _operation("describe", "This description", "OpenAPI 3.1.", refusals=())
        },
    }


def _others() -> dict[str, Any]:
    claim = _json_body({"claim": TEXT}, ("claim",))
    roles = {"type": "string", "enum": [str(role) for role in Role]}
    wish = _json_body({"account": TEXT, "role": roles}, ("account", "role"))
    return {
        "/api/auth/tokens": {
            "post": _operation(
                "makeToken", "Make a token that stands for an account (owner)",
                "{account, role, token}", body=wish, status=201, refusals=(401, 403, 422),
            )
        },
        "/api/realm/import": {
            "post": _operation(
                "importWorld", "Bring in a file of the server's machine; its command line asks",
                "{world, seq, root, state_hash, assets}",
                body=_json_body({"path": TEXT}, ("path",)), status=201,
                refusals=(401, 403, 404, 409, 422),
            )
        },
        "/api/assets": {
            "post": _operation(
                "uploadAsset", "Keep a model, an image or a sound: the body is the file",
                "{sha256, media, bytes, url}", status=201,
                body={"model/gltf-binary": BINARY, "image/*": BINARY, "audio/*": BINARY},
                refusals=(401, 403, 413, 422, 429),
            )
        },
        "/assets/{sha256}": {
            "get": _operation(
                "getAsset", "An asset; it never changes", "The bytes.", media="*/*",
                parameters=(_path("sha256", "In hex."),), refusals=(404,),
            )
        },
        "/api/auth/me": {
            "get": _operation(
                "whoAmI", "Who the caller is; a new guest gets a cookie",
                "{account, name, role, guest}", refusals=(401,),
            )
        },
        "/api/auth/claim": {
            "post": _operation(
                "claim", "Become the owner by the link that a fresh realm printed",
                "{account, name, role, guest}", body=claim, refusals=(403, 409, 422),
            )
        },
        "/api/auth/sign-out": {
            "post": _operation("signOut", "Forget the cookie", "{}", refusals=(403,))
        },
        "/api/invite.svg": {
            "get": _operation(
                "invitation", "The address of a page as a QR code; query: path=/w/plaza",
                "An SVG picture.", media="image/svg+xml", refusals=(422,),
            )
        },
        "/healthz": {"get": _operation("healthz", "The process lives", "ok", refusals=())},
        "/readyz": {
            "get": _operation("readyz", "Worlds can be entered", "ready", refusals=(503,))
        },
        "/metrics": {
            "get": _operation(
                "metrics", "Prometheus", "Text form 0.0.4.", media="text/plain", refusals=()
            )
        },
        "/w/{world}/live": {
            "get": _operation(
                "live", "The live socket: WebSocket, subprotocol worldloom.1; see the wire's page",
                "Switching protocols.", status=101, parameters=(WORLD,), refusals=(404,),
            )
        },
    }  # fmt: skip


def describe(version: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Worldloom",
            "version": version,
            "description": "Worlds with one log each: read them, follow them, act in them.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{}, {"token": []}, {"guest": []}],
        "paths": {**_pages(), **_worlds(), **_others()},
        "components": {
            "schemas": {"Error": ERROR},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "guest": {"type": "apiKey", "in": "cookie", "name": "worldloom"},
            },
        },
    }
