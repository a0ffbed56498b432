"""Answers over HTTP: JSON, the one wire form of errors, and what every answer's head carries."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from worldloom.kernel.errors import (
    Invalid,
    NotFound,
    OverLimit,
    Unavailable,
    WorldloomError,
    for_log,
)
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.records import SEQ_MAX
from worldloom.kernel.schema import check_plain

log = logging.getLogger("worldloom.server")

_DIGITS_MAX = 20
"""Of a number that is still read as one: longer ones are past all bounds."""

MISSING_SCOPE = "missing_scope"
T = TypeVar("T", bound=msgspec.Struct)
Endpoint = Callable[[Request], Awaitable[Response]]
Felt = Callable[[str, str, WorldloomError], WorldloomError]
Heard = Callable[[Request, WorldloomError], Awaitable[None]]

PLAIN_HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Json(Response):
    """A JSON answer."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Encode what JSON can carry."""
        return msgspec.json.encode(content)

    def __init__(
        self, content: Any, status_code: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(
            content, status_code, {**PLAIN_HEADERS, "Cache-Control": "no-store", **(headers or {})}
        )


_SCOPE: Final = re.compile(r"[!#-\[\]-~]{1,200}").fullmatch
"""What a scope is made of (RFC 6749, appendix A.4)."""


def refusal(error: WorldloomError) -> Json:
    """Return the answer that tells an error: its status, its form and when to come again."""
    headers: dict[str, str] = {}
    if isinstance(error, (OverLimit, Unavailable)) and error.status in (429, 503):
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after_seconds)))
    if error.status == 401:
        scheme = "Basic" if getattr(error, "basic", False) else "Bearer"
        headers["WWW-Authenticate"] = f'{scheme} realm="worldloom"'
    if error.code == MISSING_SCOPE:
        headers["WWW-Authenticate"] = f'Bearer realm="worldloom", {lacking(error)}'
    return Json(error.wire(), error.status, headers)


def lacking(error: WorldloomError) -> str:
    """Return what a challenge says of a missing scope (RFC 6750, section 3)."""
    # What somebody asked for may be in its name: only what is a scope stands in a header.
    scopes = " ".join(filter(_SCOPE, getattr(error, "scopes", ())))
    return 'error="insufficient_scope"' + (f', scope="{scopes}"' if scopes else "")


def told(
    endpoint: Endpoint,
    felt: Felt | None = None,
    heard: Heard | None = None,
    body_bytes_max: int | None = None,
) -> Endpoint:
    """Wrap an endpoint so that every error leaves in the one form.

    `felt` says how a wrong secret is answered, as many of them are slowed; `heard` hears of each.
    Up to `body_bytes_max` bytes of a body are read before the endpoint asks who sent them: who
    loses a right while they send slowly does nothing by it any more. None: the endpoint reads.
    """

    async def answer(request: Request) -> Response:
        try:
            if body_bytes_max is not None and request.method not in ("GET", "HEAD"):
                request.state.body = await read_body(request, body_bytes_max)
            return await endpoint(request)
        except WorldloomError as error:
            if error.status >= 500:
                log.warning("%s %s: %s", request.method, request.url.path, for_log(error))
            if felt is not None and getattr(error, "wrong", False):
                address = request.client.host if request.client else ""
                error = felt(address, error.code, error)
            if heard is not None:
                await heard(request, error)
            return refusal(error)
        except ClientDisconnect:
            return Response(status_code=499)
        except Exception:  # the one boundary of HTTP: a fault of ours is told without its inside
            log.exception("%s %s failed", request.method, request.url.path)
            return refusal(broken())

    return answer


def broken() -> WorldloomError:
    """Make the error for a fault of the server itself."""
    return WorldloomError(
        "the server made a mistake", "see the server's log and report it", code="internal"
    )


def no_page(path: str) -> NotFound:
    """Make the error for an address where nothing is."""
    return NotFound(f"there is nothing at {path[:200]}", "see /openapi.json", code="no_page")


async def read_body(request: Request, bytes_max: int) -> bytes:
    """Return a request's body; raises OverLimit as soon as it is longer than allowed."""
    held: bytes | None = getattr(request.state, "body", None)
    if held is not None:  # it was read before it was asked who sent it
        if len(held) > bytes_max:
            raise too_large(bytes_max)
        return held
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > bytes_max:
        raise too_large(bytes_max)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > bytes_max:
            raise too_large(bytes_max)
    return bytes(body)


def too_large(bytes_max: int) -> OverLimit:
    """Make the error for a body over its limit."""
    return OverLimit(
        f"at most {bytes_max} bytes are taken", "send less", code="too_large", too_large=True
    )


async def read_json(request: Request) -> dict[str, Any]:
    """Return a request's JSON object (nothing at all is an empty one); raises Invalid."""
    body = await read_body(request, LIMITS.argument_bytes_max)
    if not body.strip():
        return {}
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(
            f"the body is not JSON: {error}", "send a JSON object", code="bad_json"
        ) from None
    if not isinstance(found, dict):
        raise Invalid("the body is not a JSON object", 'send {"name": …}', code="bad_json")
    for name, value in found.items():
        check_plain(value, name)
    return found


async def read_struct(request: Request, kind: type[T]) -> T:
    """Return a request's JSON object as a struct; raises Invalid naming the field."""
    found = await read_json(request)
    try:
        return msgspec.convert(found, kind)
    except msgspec.ValidationError as error:
        raise Invalid(str(error), "see /openapi.json") from None


def whole_number(request: Request, name: str, default: int, low: int, high: int) -> int:
    """Return a whole number of the query string, within bounds; raises Invalid."""
    text = request.query_params.get(name)
    if text is None:
        return default
    return read_whole(text, name, low, high, f"send ?{name}={max(default, low)}")


def asked_seq(request: Request, name: str, default: int, low: int = 0) -> int:
    """Return a seq of the query string; whether the log reaches it is for who reads the log."""
    return whole_number(request, name, default, low, SEQ_MAX)


def read_whole(text: str, name: str, low: int, high: int, fix: str) -> int:
    """Return a whole number that came as text, within bounds; raises Invalid."""
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        raise Invalid(f"{name} is not a whole number", fix, field=name)
    number = int(text) if len(text) <= _DIGITS_MAX else None
    if number is None or not low <= number <= high:
        shown = text if number is not None else f"{text[:_DIGITS_MAX]}…"
        raise Invalid(f"{name} is {shown}, not between {low} and {high}", fix, field=name)
    return number


def is_secure(request: Request) -> bool:
    """Tell whether the browser came by HTTPS."""
    return request.url.scheme == "https"
