"""What a realm is asked over HTTP, and how its answers are read; nothing here touches a network."""

from __future__ import annotations

import inspect
import secrets
from collections.abc import Mapping
from typing import Any, Final, NoReturn
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


def fork(world: str, name: str, seq: int | None) -> Question:
    """Ask for a fork."""
    wish = {"name": name} if seq is None else {"name": name, "seq": seq}
    return post(of_world(world, "/fork"), wish)


def act(
    world: str, action: str, args: Mapping[str, Any], dry_run: bool = False, key: str = ""
) -> Question:
    """Ask for an action, under a key if one is given, else under one of its own."""
    question = post(of_world(world, f"/actions/{quote(action, safe='')}"), args)
    headers = {**question.headers, "Idempotency-Key": key} if key else question.headers
    query = {"dry_run": 1} if dry_run else {}
    return msgspec.structs.replace(question, query=query, headers=headers)


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


def doc_of(known: Mapping[str, Any]) -> str:
    """Return what an action does, and why the caller may not do it."""
    refused = known.get("refused")
    why = f"\n\nNot allowed to you: {refused['message']};\n{refused['fix']}." if refused else ""
    return f"{known.get('doc', '')}{why}"


def signature_of(schema: Mapping[str, Any]) -> inspect.Signature:
    """Return how an action is called, read from its JSON Schema."""
    required = set(schema.get("required", ()))
    parameters = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if name in required else known.get("default"),
            annotation=_PYTHON_TYPES.get(str(known.get("type")), Any),
        )
        for name, known in schema.get("properties", {}).items()
        if name.isidentifier()
    ]
    return inspect.Signature(parameters)
