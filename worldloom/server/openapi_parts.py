"""What the descriptions of HTTP operations are put together from."""

from __future__ import annotations

from typing import Any

JSON = "application/json"
WORLD = {
    "name": "world", "in": "path", "required": True, "description": "The world's name.",
    "schema": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,63}$(?!\\n)"},
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
                "data": {
                    "type": "object",
                    "additionalProperties": {"type": "integer"},
                    "description": "Numbers that a program goes on with, where there are any.",
                },
            },
        }
    },
}
REFUSALS = {
    302: "It stands at another address, which `Location` names.",
    303: "Leads back to the program, with what is wrong.",
    400: "This is no message of the protocol.",
    401: "A token is missing or not known.",
    403: "A right is missing; the message names it.",
    404: "No such world, entity, action or seq.",
    409: "What stands in the world contradicts the wish.",
    413: "More bytes than are taken.",
    422: "An argument has the wrong form; the message names the field.",
    429: "Too often; see Retry-After.",
    503: "Not now; see Retry-After.",
}


def number(name: str, text: str, default: int | None = None) -> dict[str, Any]:
    """Describe a whole number of the query string."""
    schema: dict[str, Any] = {"type": "integer", "minimum": 0}
    if default is not None:
        schema["default"] = default
    return {"name": name, "in": "query", "description": text, "schema": schema}


def choice(name: str, *values: str) -> dict[str, Any]:
    """Describe a word of the query string that may be left out."""
    return {"name": name, "in": "query", "schema": {"type": "string", "enum": list(values)}}


def in_path(name: str, text: str) -> dict[str, Any]:
    """Describe a part of the path."""
    schema = {"type": "string"}
    return {"name": name, "in": "path", "required": True, "description": text, "schema": schema}


def operation(
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
    """Describe one operation: its id, what it does, what it answers and how it may refuse."""
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


def json_body(properties: dict[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    """Describe a JSON object as a body."""
    schema = {"type": "object", "properties": properties, "required": list(required)}
    return {JSON: {"schema": schema}}


SECURITY: dict[str, Any] = {
    "security": [{}, {"token": []}, {"guest": []}],
    "components": {
        "securitySchemes": {
            "token": {"type": "http", "scheme": "bearer"},
            "guest": {"type": "apiKey", "in": "cookie", "name": "worldloom"},
        }
    },
}
"""What a caller may come by, as each document says it."""
TEXT = {"type": "string"}
BINARY = {"schema": {"type": "string", "format": "binary"}}
