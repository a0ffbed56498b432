"""One world's actions as OpenAPI: a typed operation for each, those of kits and authors too."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator, Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from worldloom.kernel.actions import Action
from worldloom.kernel.builtin import BUILT_IN
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import LiveWorld
from worldloom.kernel.rights import Standing, scopes_of
from worldloom.kernel.schema import json_schema
from worldloom.server.openapi_parts import ERROR, JSON, SECURITY, in_path, operation
from worldloom.server.proofs import Reader
from worldloom.server.replies import Json
from worldloom.server.version import VERSION

_UNFIT: Final = re.compile(r"[^A-Za-z0-9._-]+")
_OWN: Final = "this world"
_EVERY: Final = "every world"
WHOLE: Final = {"type": "integer", "minimum": 0}
KEY: Final = {
    "name": "Idempotency-Key", "in": "header",
    "schema": {
        "type": "string", "minLength": 1, "maxLength": LIMITS.idempotency_key_characters_max,
    },
    "description": f"The same key gets the same answer for {LIMITS.idempotency_hours} hours.",
}  # fmt: skip
DRY_RUN: Final = {
    "name": "dry_run", "in": "query",
    "schema": {"type": "integer", "minimum": 0, "maximum": 1, "default": 0},
    "description": "1: decide it, refuse what would be refused, and change nothing.",
}  # fmt: skip
_REFUSALS: Final = (401, 403, 404, 409, 413, 422, 429, 503)


class WorldOpenapi:
    """The endpoint; whoever may read a world may ask."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def show(self, request: Request) -> Response:
        """Describe the world's actions as they are now: code that is reloaded brings others."""
        live, _, standing = self._reader(request)
        return Json(describe_world(live, standing))


def describe_world(live: LiveWorld, who: Standing) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of a world's actions, whoever may do them."""
    schemas: dict[str, Any] = {"Error": ERROR}
    paths: dict[str, Any] = {}
    for action in {**BUILT_IN, **live.world.actions}.values():
        role = who.rights.get(action.name) or str(action.role)
        told = _told(live.name, action, role, schemas)
        paths[f"/api/worlds/{live.name}/actions/{action.name}"] = {"post": told}
    paths |= _requests(live.name)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": live.world.title or live.name,
            "version": VERSION,
            "description": "What can be done in this world. The rest of the interface is"
            " /openapi.json.",
        },
        "security": SECURITY["security"],
        "tags": [{"name": name} for name in _tags(live)],
        "paths": paths,
        "components": {"schemas": schemas, **SECURITY["components"]},
    }


def _tags(live: LiveWorld) -> Iterator[str]:
    yield _EVERY
    yield from dict.fromkeys(action.kit or _OWN for action in live.world.actions.values())


def _told(world: str, action: Action, role: str, schemas: dict[str, Any]) -> dict[str, Any]:
    """Return an action's operation; its nested types go into `schemas`."""
    summary, _, rest = action.doc.partition("\n")
    arguments = _lifted(action.schema, action.name, schemas)
    needed = bool(arguments.get("required"))
    body = {JSON: {"schema": arguments}}
    told = operation(
        action.name, summary or action.name, "Done, and durable.",
        parameters=(KEY, DRY_RUN), body=body, refusals=_REFUSALS,
    )  # fmt: skip
    told["requestBody"]["required"] = needed
    told["description"] = "\n\n".join(filter(None, (rest.strip(), *_terms(action, role))))
    told["tags"] = [_EVERY if action.name in BUILT_IN else action.kit or _OWN]
    told["responses"] |= _answers(action, schemas)
    told["x-worldloom-role"] = role
    told["x-worldloom-scopes"] = [list(one) for one in scopes_of(action.deed(world))]
    told["x-worldloom-cost"] = action.cost
    told["x-worldloom-approval"] = action.approval
    told["x-worldloom-long"] = action.long
    return told


def _terms(action: Action, role: str) -> Iterator[str]:
    """Yield what doing it asks for, in words."""
    yield f"Needs the role {role}."
    if action.cost:
        yield f"Costs {action.cost} of a token's budget."
    if action.approval:
        yield "Where an agent asks, it waits for a person's yes: 202 with `result.approval`."
    if action.long:
        yield "Takes its time: 202 with `requests`, whose progress can be read and taken back."


def _answers(action: Action, schemas: dict[str, Any]) -> dict[str, Any]:
    """Return what an action answers with, by status."""
    result = _lifted(_result_of(action), f"{action.name}.result", schemas)
    properties = {"seq": WHOLE, "result": result}
    done = {
        "type": "object",
        "required": ["seq", "result"],
        "properties": {**properties, "dry_run": {"const": True}},
    }
    found = {"200": _answer("Done, and durable; or tried (`dry_run`).", done)}
    waits = {
        "type": "object",
        "required": ["seq", "result"],
        "properties": {
            "seq": WHOLE,
            "result": {},
            "requests": {"type": "array", "items": WHOLE},
        },
    }
    # What an agent asks for waits as well where it turns out to ask for something outside.
    if action.long or not action.free:
        found["202"] = _answer("It goes on outside, or waits for a person.", waits)
    return found


def _answer(text: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": text, "content": {JSON: {"schema": schema}}}


def _result_of(action: Action) -> dict[str, Any]:
    """Return the schema of what a function says that it returns; of anything, where it does not."""
    try:
        kind = typing.get_type_hints(action.function, include_extras=True).get("return", Any)
        return json_schema(kind)
    except (TypeError, ValueError, NameError):
        return {}


def _requests(world: str) -> dict[str, Any]:
    """Describe how a long action's requests are followed and taken back."""
    told = {
        "type": "object",
        "required": ["seq", "state", "done", "total", "text"],
        "properties": {
            "seq": WHOLE,
            "state": {"enum": ["waiting", "done", "failed", "settled"]},
            "done": {"type": "number"},
            "total": {"type": ["number", "null"]},
            "text": {"type": "string"},
            "answer": {"type": "object"},
        },
    }
    seq = {**in_path("seq", "One of an action's `requests`."), "schema": WHOLE}
    found = {}
    for method, id, said in (
        ("get", "progress", "How far something long is, and what came of it"),
        ("delete", "cancel", "Take it back, if it is not answered yet"),
    ):
        one = operation(
            f"request.{id}", said, "How far it is.", parameters=(seq,),
            refusals=(401, 403, 404, 422, 429, 503),
        )  # fmt: skip
        one["responses"]["200"] = _answer("How far it is.", told)
        one["tags"] = [_EVERY]
        found[method] = one
    return {f"/api/worlds/{world}/requests/{{seq}}": found}


def _lifted(schema: Mapping[str, Any], owner: str, schemas: dict[str, Any]) -> dict[str, Any]:
    """Return a schema whose nested definitions stand in `schemas`, under its owner's name.

    Two actions may each have a type of one name, which are not the same.
    """
    names = {name: _UNFIT.sub("_", f"{owner}.{name}") for name in schema.get("$defs", ())}
    refs = {f"#/$defs/{name}": f"#/components/schemas/{new}" for name, new in names.items()}
    for name, new in names.items():
        schemas[new] = _moved(schema["$defs"][name], refs)
    kept = {name: one for name, one in schema.items() if name not in ("$defs", "$schema")}
    found: dict[str, Any] = _moved(kept, refs)
    return found


def _moved(schema: Any, refs: Mapping[str, str]) -> Any:
    if isinstance(schema, dict):
        return {
            name: refs.get(one, one) if name == "$ref" and isinstance(one, str) else
            _moved(one, refs)
            for name, one in schema.items()
        }  # fmt: skip
    return [_moved(one, refs) for one in schema] if isinstance(schema, list) else schema
