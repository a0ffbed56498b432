"""One JSON-RPC message of MCP: read with all its rules, and answered.

Two generations are spoken: since 2026-07-28 each request says its version and stands alone; older
clients shake hands first, which binds this server to nothing either.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct
from starlette.datastructures import Headers
from starlette.responses import Response

from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.schema import check_plain
from worldloom.server.replies import PLAIN_HEADERS, Json

STATELESS: Final = "2026-07-28"
HANDSHAKES: Final = ("2025-11-25", "2025-06-18", "2025-03-26")
VERSIONS: Final = (STATELESS, *HANDSHAKES)

NO_JSON, NO_REQUEST, NO_METHOD, BAD_PARAMS, BROKEN = -32700, -32600, -32601, -32602, -32603
NOT_FOUND = -32002
OTHER_HEADER, OTHER_VERSION = -32020, -32022
REFUSED = -32000
_STATUS: Final = {NO_METHOD: 404, BROKEN: 500}

VERSION_KEY: Final = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES_KEY: Final = "io.modelcontextprotocol/clientCapabilities"
_NAMED: Final = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
ID_CHARACTERS_MAX: Final = 128


class NoResult(Exception):
    """A message that is not answered by a result."""

    def __init__(self, code: int, message: str, data: Any = None, status: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data
        self.status = status or _STATUS.get(code, 400)


class Call(Struct, frozen=True):
    """One request."""

    id: str | int
    method: str
    params: dict[str, Any]
    stateless: bool
    """Whether it is of the newest generation."""

    def text(self, name: str) -> str:
        """Return a parameter that must be a text; raises NoResult."""
        found = self.params.get(name)
        if not isinstance(found, str) or not found:
            raise NoResult(BAD_PARAMS, f"params.{name} must be a text")
        return found

    @property
    def meta(self) -> Mapping[str, Any]:
        """What is said about the request itself."""
        found = self.params.get("_meta")
        return found if isinstance(found, dict) else {}


def read_call(body: bytes, headers: Headers) -> Call | None:
    """Return the request of a body, None for a notification; raises NoResult."""
    message = _decode(body)
    method, params = message.get("method"), message.get("params", {})
    if message.get("jsonrpc") != "2.0" or not isinstance(method, str) or len(method) > 128:
        raise NoResult(NO_REQUEST, "a request says jsonrpc, method and id")
    if not isinstance(params, dict):
        raise NoResult(BAD_PARAMS, "params must be an object")
    if "id" not in message:
        return None
    id = message["id"]
    if type(id) is not int and not (isinstance(id, str) and len(id) <= ID_CHARACTERS_MAX):
        raise NoResult(NO_REQUEST, "id must be a whole number or a short text")
    stateless = _generation(method, params, headers)
    return Call(id, method, params, stateless)


def id_of(body: bytes) -> str | int | None:
    """Return a message's id as far as it can be read, for the answer to a bad one."""
    try:
        found = msgspec.json.decode(body).get("id")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, AttributeError):
        return None
    short = isinstance(found, str) and len(found) <= ID_CHARACTERS_MAX
    return found if short or type(found) is int else None


def _decode(body: bytes) -> dict[str, Any]:
    try:
        message = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NoResult(NO_JSON, f"the body is not JSON: {error}") from None
    if isinstance(message, list):
        raise NoResult(NO_REQUEST, "send one message a request: batches are not taken")
    if not isinstance(message, dict):
        raise NoResult(NO_REQUEST, "the body must be one JSON-RPC object")
    try:
        check_plain(message, "message", -4)  # the envelope is not counted as depth of arguments
    except WorldloomError as error:
        raise NoResult(BAD_PARAMS, error.message) from None
    return message


def _generation(method: str, params: dict[str, Any], headers: Headers) -> bool:
    """Tell whether a request is of the newest generation; raises NoResult where it lies."""
    said = headers.getlist("mcp-protocol-version")
    meta = params.get("_meta")
    inside = meta.get(VERSION_KEY) if isinstance(meta, dict) else None
    if len(said) > 1:
        raise NoResult(OTHER_HEADER, "MCP-Protocol-Version came more than once")
    version = said[0] if said else None
    if version is not None and version not in VERSIONS or method == "server/discover":
        _check_known(version if inside is None else inside)
    if version != STATELESS and inside != STATELESS:
        return False
    if not isinstance(meta, dict) or not {VERSION_KEY, CAPABILITIES_KEY} <= meta.keys():
        raise NoResult(BAD_PARAMS, f"params._meta needs {VERSION_KEY} and {CAPABILITIES_KEY}")
    if version != inside:
        raise NoResult(OTHER_HEADER, "MCP-Protocol-Version is not what params._meta says")
    if headers.getlist("mcp-method") != [method]:
        raise NoResult(OTHER_HEADER, "Mcp-Method is not the message's method")
    field = _NAMED.get(method)
    wanted = None if field is None else params.get(field)
    if wanted is not None and [_plain(one) for one in headers.getlist("mcp-name")] != [wanted]:
        raise NoResult(OTHER_HEADER, f"Mcp-Name is not the message's {field}")
    return True


def _check_known(version: object) -> None:
    if version not in VERSIONS:
        told = {"supported": list(VERSIONS), "requested": str(version)[:64]}
        raise NoResult(OTHER_VERSION, "this version of the protocol is not spoken here", told)


def _plain(header: str) -> str | None:
    """Return what a header's value says, which may be packed as base64."""
    if not (header.startswith("=?base64?") and header.endswith("?=")):
        return header
    try:
        return base64.b64decode(header[9:-2], validate=True).decode()
    except (binascii.Error, ValueError):
        return None


def answer(call: Call, result: dict[str, Any], keep_ms: int | None = None) -> Response:
    """Return the answer to a request; `keep_ms`: how long its asker may remember it."""
    if call.stateless:
        result = {"resultType": "complete", **result}
        if keep_ms is not None:
            result |= {"ttlMs": keep_ms, "cacheScope": "private"}
    return Json({"jsonrpc": "2.0", "id": call.id, "result": result})


def failure(id: str | int | None, error: NoResult) -> Response:
    """Return the answer to a message that has no result."""
    told: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.data is not None:
        told["data"] = error.data
    return Json({"jsonrpc": "2.0", "id": id, "error": told}, error.status)


def taken() -> Response:
    """Return the answer to a notification: nothing."""
    return Response(status_code=202, headers=PLAIN_HEADERS)
