"""What a realm is asked over HTTP, and how its answers are read; nothing here touches a network."""

from __future__ import annotations

import inspect
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, NoReturn, TypeVar, Union
from urllib.parse import quote

import msgspec
from msgspec import Struct

from worldloom.kernel.errors import (
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    NotSignedIn,
    OverLimit,
    Refused,
    Unavailable,
)

F = TypeVar("F", bound=Callable[..., Any])
PAGE: Final = 1_000
"""Records that are asked for at once."""
TRIES: Final = 4
"""How often a question is asked when the line is cut or the server says `not now`."""
WAIT_SECONDS_MAX: Final = 5.0
"""The longest that is waited before asking again."""
_BY_STATUS: Final = {
    401: NotSignedIn,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    422: Invalid,
    413: OverLimit,
    429: OverLimit,
    503: Unavailable,
}
_PYTHON_TYPES: Final = {
    "string": str, "number": float, "integer": int, "boolean": bool, "array": list, "object": dict,
    "null": type(None),
}  # fmt: skip


class Question(Struct, frozen=True):
    """One request; it may be repeated, as a key tells its repetitions."""

    method: str
    path: str
    query: dict[str, Any] = {}
    body: bytes | None = None
    headers: dict[str, str] = {}


def get(path: str, **query: Any) -> Question:
    """Ask for something; a query of None is left out."""
    given = {name: value for name, value in query.items() if value is not None}
    return Question("GET", path, given)


def post(path: str, body: Mapping[str, Any]) -> Question:
    """Ask for a deed, under a key of its own."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": secrets.token_hex(12)}
    return Question("POST", path, {}, msgspec.json.encode(body), headers)


def of_world(name: str, rest: str = "") -> str:
    """Return the path of a world, or of something in it."""
    return f"/api/worlds/{quote(name, safe='')}{rest}"


def turn(world: str, which: str, wish: Mapping[str, Any]) -> Question:
    """Ask for undo or redo."""
    return post(of_world(world, f"/{which}"), wish)


def fork(world: str, name: str, seq: int | None, title: str) -> Question:
    """Ask for a fork."""
    return post(of_world(world, "/fork"), {"name": name, "seq": seq, "title": title})


def act(
    world: str, action: str, args: Mapping[str, Any], dry_run: bool = False, key: str = ""
) -> Question:
    """Ask for an action, under a key if one is given, else under one of its own."""
    question = post(of_world(world, f"/actions/{quote(action, safe='')}"), args)
    headers = {**question.headers, "Idempotency-Key": key} if key else question.headers
    query = {"dry_run": 1} if dry_run else {}
    return msgspec.structs.replace(question, query=query, headers=headers)


def approval(id: str) -> Question:
    """Ask how it stands with a deed that waits for a person."""
    return get(f"/api/auth/approvals/{quote(id, safe='')}")


def request(world: str, seq: int) -> Question:
    """Ask how far a long request is."""
    return get(of_world(world, f"/requests/{seq}"))


def cancel(world: str, seq: int) -> Question:
    """Take a long request back."""
    return Question("DELETE", of_world(world, f"/requests/{seq}"))


def read_answer(status: int, body: bytes) -> Any:
    """Return an answer's JSON; raises what the realm refused with, as its own code would."""
    try:
        answer = msgspec.json.decode(body) if body else None
    except (msgspec.DecodeError, UnicodeDecodeError):
        answer = None
    if status < 400:
        return answer
    error = answer.get("error") if isinstance(answer, dict) else None
    refuse(status, error if isinstance(error, dict) else {})


def refuse(status: int, error: Mapping[str, Any]) -> NoReturn:
    """Raise the error that a realm told."""
    message = str(error.get("message") or f"the server answers {status}")
    kind = _BY_STATUS.get(status, Refused if status < 500 else Unavailable)
    told = kind(message, str(error.get("fix", "")), code=str(error.get("code", "")))
    data = error.get("data")
    if isinstance(data, dict):
        told.data = {str(name): one for name, one in data.items() if isinstance(one, int)}
    raise told


def wait_before(attempt: int, retry_after: str | None) -> float:
    """Return the seconds to wait before asking again: what the server says, or ever longer."""
    try:
        said = float(retry_after) if retry_after else 0.1 * 2**attempt
    except ValueError:
        said = 1.0
    return min(max(said, 0.0), WAIT_SECONDS_MAX)


class Records:
    """Takes the lines of a live stream of records apart."""

    def __init__(self, after: int) -> None:
        self.after = after
        """The seq of the newest record that came: where to go on after a cut line."""
        self._event = ""
        self._data = ""

    def take(self, line: str) -> dict[str, Any] | None:
        """Return the record that a line completes; raises the refusal that it tells."""
        name, _, value = line.partition(":")
        if name == "event":
            self._event = value.strip()
        elif name == "data":
            self._data += value.removeprefix(" ")
        elif not line and self._data:
            told: dict[str, Any] = msgspec.json.decode(self._data)
            event, self._event, self._data = self._event, "", ""
            if event == "error":
                error = told["error"]
                refuse(401 if error["code"] == "not_signed_in" else 403, error)
            self.after = told["seq"]
            return told
        return None


def allowed(actions: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the names of what the caller may do."""
    return sorted(name for name, known in actions.items() if "refused" not in known)


def dressed(action: F, name: str, known: Mapping[str, Any] | None) -> F:
    """Give a function the name, words and arguments of an action, as far as they are known."""
    action.__name__ = action.__qualname__ = name
    if known is not None:
        action.__doc__ = doc_of(known)
        action.__signature__ = signature_of(known.get("schema", {}))  # type: ignore[attr-defined]
    return action


def doc_of(known: Mapping[str, Any]) -> str:
    """Return what an action does, and why the caller may not do it."""
    refused = known.get("refused")
    said = [str(known.get("doc", ""))]
    if known.get("cost"):
        said.append(f"It costs {known['cost']} of the token's budget.")
    if known.get("approval"):
        said.append("A person must approve it first: it returns what can be waited for, a `Held`.")
    if refused:
        said.append(f"Not allowed to you: {refused['message']};\n{refused['fix']}.")
    return "\n\n".join(said)


def signature_of(schema: Mapping[str, Any]) -> inspect.Signature:
    """Return how an action is called, read from its JSON Schema."""
    required = set(schema.get("required", ()))
    parameters = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if name in required else known.get("default"),
            annotation=_type_of(known, schema.get("$defs", {})),
        )
        for name, known in schema.get("properties", {}).items()
        if name.isidentifier()
    ]
    return inspect.Signature(parameters)


def _type_of(known: Mapping[str, Any], names: Mapping[str, Any]) -> Any:
    """Return a part of a JSON Schema as Python's type, as far as `help` tells more by it."""
    if "$ref" in known:
        named = names.get(str(known["$ref"]).rpartition("/")[2], {})
        return _type_of(named, {}) if "$ref" not in named else Any
    if "enum" in known:
        return Literal[tuple(known["enum"])]
    if "anyOf" in known:
        return Union[tuple(_type_of(one, names) for one in known["anyOf"])]  # noqa: UP007
    found = _PYTHON_TYPES.get(str(known.get("type")), Any)
    items = known.get("items")
    return list[_type_of(items, names)] if found is list and isinstance(items, dict) else found  # type: ignore[misc]
