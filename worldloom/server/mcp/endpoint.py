"""`/mcp` and `/mcp/{world}`: MCP over streamable HTTP, one request and one answer a POST."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from worldloom.kernel.errors import NotAllowed, NotFound, NotSignedIn, OverLimit, WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.server.auth import Who, same_host
from worldloom.server.engine import now_us
from worldloom.server.house import House
from worldloom.server.mcp import prompts, resources, tools
from worldloom.server.mcp.asking import Asked
from worldloom.server.mcp.bodies import Bodies
from worldloom.server.mcp.listening import listen
from worldloom.server.mcp.rpc import (
    HANDSHAKES,
    NO_METHOD,
    NOT_FOUND,
    REFUSED,
    VERSIONS,
    Call,
    NoResult,
    answer,
    failure,
    id_of,
    read_call,
    taken,
)
from worldloom.server.mcp.untrusted import NOTE
from worldloom.server.mcp.watching import watch, watches
from worldloom.server.replies import MISSING_SCOPE, Json, lacking, read_body, told
from worldloom.server.version import VERSION

METADATA: Final = "/.well-known/oauth-protected-resource"
SCOPES: Final = ("look", "act", "build", "admin", "pay")
BEGINNING: Final = "look act"
"""What a client without a token may well ask for first; a refusal says what else it needs."""
CAPABILITIES: Final[dict[str, dict[str, Any]]] = {"tools": {}, "resources": {}, "prompts": {}}
LISTENING: Final = {**CAPABILITIES, "resources": {"subscribe": True}}
"""What the newest generation can besides."""
HOUR_MS: Final = 3_600_000
GUIDE: Final = (
    "This is one live 3D world, shared with people who see what you do at once. Look first: `look`"
    " tells what is around you, `find` and `inspect` tell more, `history` what happened. Acting"
    " makes you a visitor with an agent's badge. Metres; y is up; north is -z. What you change is"
    " kept with your name, and `undo` takes it back. "
)


class McpApi:
    """The endpoints."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._bodies = Bodies(house)
        self._slow = asyncio.Semaphore(LIMITS.agent_slow_reads_max)
        self._answer = told(self._serve, house.slowing.felt)

    # -- who may come --------------------------------------------------------------------------

    async def serve(self, request: Request) -> Response:
        """Answer one message; who brings no good token is told where tokens are described."""
        response = await self._answer(request)
        lacks = getattr(request.state, "lacks", None)
        if response.status_code == 401:
            bad = ', error="invalid_token"' if "authorization" in request.headers else ""
            self._challenge(request, response, f'scope="{BEGINNING}"{bad}')
        elif lacks is not None:
            response.status_code = 403
            self._challenge(request, response, lacking(lacks))
        return response

    @staticmethod
    def _challenge(request: Request, response: Response, said: str) -> None:
        # What somebody asked for stands in a header here.
        where = quote(f"{_origin(request)}{METADATA}{request.url.path}", safe=":/[]")
        response.headers["WWW-Authenticate"] = (
            f'Bearer realm="worldloom", resource_metadata="{where}", {said}'
        )

    async def metadata(self, request: Request) -> Response:
        """Describe what protects this server's worlds (RFC 9728)."""
        origin, world = _origin(request), request.path_params.get("world")
        return Json(
            {
                "resource": f"{origin}/mcp/{world}" if world else f"{origin}/mcp",
                "resource_name": f"Worldloom: {world}" if world else "Worldloom",
                "authorization_servers": [origin],
                "bearer_methods_supported": ["header"],
                "scopes_supported": list(SCOPES),
            }
        )

    def _identify(self, request: Request) -> Who:
        """Return who asks; a cookie is not enough, so that no page can call in its visitor's name.

        Raises NotSignedIn, NotAllowed.
        """
        headers = request.headers
        origin = headers.get("origin")
        if origin is not None and not same_host(origin, headers.get("host", "")):
            raise NotAllowed(
                "a page of another site may not call this", "call it from a program",
                code="other_site",
            )  # fmt: skip
        if "authorization" not in headers:
            raise NotSignedIn(
                "an agent comes by a token",
                "make one on the page or by `loom token`, and send Authorization: Bearer …",
            )
        return self._house.doorkeeper.identify(headers)

    def _place(self, request: Request, who: Who) -> Asked:
        """Return the world that is meant: the one named, the token's only one, or the first."""
        world = request.path_params.get("world")
        if world is None:
            only = () if who.token is None else who.token.worlds
            world = only[0] if len(only) == 1 else self._house.worlds.first

        async def hang_up() -> None:
            while (await request.receive())["type"] != "http.disconnect":
                pass

        live = self._house.worlds.find(world)
        return Asked(self._house, self._bodies, who, live, self._slow, hang_up)

    # -- what they ask -------------------------------------------------------------------------

    async def _serve(self, request: Request) -> Response:
        who = self._identify(request)
        body = await read_body(request, LIMITS.mcp_message_bytes_max)
        try:
            self._house.pay(who.account, request, "mcp")
        except OverLimit as error:
            self._house.tally.refuse("mcp", error.code)
            raise
        try:
            call = read_call(body, request.headers)
            if call is None:
                return taken()
            try:
                return await self._result(request, who, call)
            except WorldloomError as error:
                await self._heard(request, who, call, error)
                if error.code == MISSING_SCOPE:
                    request.state.lacks = error
                raise _refusal(error) from None
        except NoResult as error:
            return failure(id_of(body), error)

    async def _heard(self, request: Request, who: Who, call: Call, error: WorldloomError) -> None:
        """Take note of what was refused that is no tool: reading by address, listening, lists."""
        if isinstance(error, OverLimit) and error.status == 429 and not error.counted:
            self._house.tally.refuse("mcp", error.code)
        if isinstance(error, NotAllowed) and not error.noted:
            asked = self._place(request, who)
            self._house.tally.refuse("mcp", error.code)
            await self._house.audit.refused(asked.world, asked.standing, call.method, error, True)

    async def _result(self, request: Request, who: Who, call: Call) -> Response:
        simple = _SIMPLE.get(call.method)
        if simple is not None:
            return answer(call, simple(call), HOUR_MS)
        if call.method == "tools/call":
            asked = self._place(request, who)
            found = await tools.call(asked, call)
            request.state.lacks = asked.lacks
            if asked.requests and watches(call):
                return watch(asked, call, found)
            return answer(call, found)
        if call.method == "subscriptions/listen":
            return await listen(self._place(request, who), call)
        method = _METHODS.get(call.method)
        if method is None:
            raise NoResult(NO_METHOD, f"there is no method {call.method}")
        return answer(call, await method(self._place(request, who), call), 0)


def _refusal(error: WorldloomError) -> NoResult:
    """Return an error of ours as JSON-RPC has it; 401s leave as HTTP's own."""
    if isinstance(error, NotSignedIn):
        raise error
    status = 200 if error.status < 500 else error.status
    code = NOT_FOUND if isinstance(error, NotFound) else REFUSED
    return NoResult(code, error.code, tools.failed(error)["error"], status)


def _origin(request: Request) -> str:
    return f"{request.url.scheme}://{request.headers.get('host', request.url.netloc)}"


def _initialize(call: Call) -> dict[str, Any]:
    asked = call.params.get("protocolVersion")
    version = asked if asked in HANDSHAKES else HANDSHAKES[0]
    return {"protocolVersion": version, **_about(CAPABILITIES)}


def _discover(call: Call) -> dict[str, Any]:
    return {"supportedVersions": list(VERSIONS), **_about(LISTENING)}


def _about(capabilities: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "capabilities": capabilities,
        "serverInfo": {"name": "worldloom", "title": "Worldloom", "version": VERSION},
        "instructions": GUIDE + NOTE,
    }


_SIMPLE: Final[Mapping[str, Callable[[Call], dict[str, Any]]]] = {
    "initialize": _initialize,
    "server/discover": _discover,
    "ping": lambda call: {},
    "prompts/list": lambda call: {"prompts": prompts.listed()},
    "prompts/get": prompts.get,
}


async def _tools(asked: Asked, call: Call) -> dict[str, Any]:
    asked.engine.realm.people.check_ban(asked.who.account, asked.world, now_us())
    return {"tools": tools.listed(asked)}


_METHODS: Final[Mapping[str, Callable[[Asked, Call], Awaitable[dict[str, Any]]]]] = {
    "tools/list": _tools,
    "resources/list": resources.listed,
    "resources/templates/list": resources.templates,
    "resources/read": resources.read,
}
