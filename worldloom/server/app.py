"""The routes of the one port, and what lies between them and the parts that answer."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from worldloom.kernel.errors import NotAllowed, NotFound, NotSignedIn, WorldloomError
from worldloom.kernel.people import ANYWHERE
from worldloom.kernel.rights import Role
from worldloom.server import metrics, openapi, pages
from worldloom.server.api import Api
from worldloom.server.assets import Assets
from worldloom.server.auth import GUEST, LOCAL, Who, check_origin
from worldloom.server.carrying import bring
from worldloom.server.house import House, display_name
from worldloom.server.replies import Json, no_page, read_struct, refusal, told
from worldloom.server.version import VERSION

Endpoint = Callable[[Request], Awaitable[Response]]


class Claim(msgspec.Struct):
    """The secret of the owner's link."""

    claim: str


class Doors:
    """The endpoints that are about people and pages."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._claiming = asyncio.Lock()

    async def page(self, request: Request) -> Response:
        """Return the client, with a guest's cookie for who has none."""
        world = request.path_params.get("world")
        if world is not None and world not in self._house.worlds.names():
            error = NotFound(f"There is no world {world[:64]} here.")
            return pages.missing_world(error)
        response = pages.page(request)
        who = self._soft_identity(request)
        if who is None or not who.account:
            account = self._house.doorkeeper.new_guest()
            self._house.doorkeeper.remember(response, account, is_secure(request))
        return response

    def _soft_identity(self, request: Request) -> Who | None:
        try:
            return self._house.doorkeeper.identify(request.headers)
        except NotSignedIn:
            return None

    async def me(self, request: Request) -> Response:
        """Tell who the caller is, and make a guest of nobody."""
        who = self._house.doorkeeper.identify(request.headers)
        if who.account:
            return Json(self._describe(who))
        who = Who(self._house.doorkeeper.new_guest(), "cookie")
        response = Json(self._describe(who))
        self._house.doorkeeper.remember(response, who.account, is_secure(request))
        return response

    def _describe(self, who: Who) -> dict[str, object]:
        role = self._house.realm_role(who)
        return {
            "account": who.account,
            "name": display_name(who.account),
            "role": None if role is None else str(role),
            "guest": who.account.startswith(GUEST) and role is None,
        }

    async def claim(self, request: Request) -> Response:
        """Make the caller the realm's owner, once."""
        who = self._house.doorkeeper.identify(request.headers)
        check_origin(request.headers, who)
        secret = (await read_struct(request, Claim)).claim
        account = who.account or self._house.doorkeeper.new_guest()
        async with self._claiming:
            self._house.doorkeeper.check_claim(secret)
            sealed = self._house.engine.realm.grant(account, ANYWHERE, Role.OWNER)
            await self._house.engine.kept(sealed)
            self._house.doorkeeper.close_claim()
        response = Json(self._describe(Who(account, "cookie")))
        self._house.doorkeeper.remember(response, account, is_secure(request))
        return response

    async def sign_out(self, request: Request) -> Response:
        """Forget the cookie."""
        who = self._soft_identity(request)
        if who is not None:
            check_origin(request.headers, who)
        response = Json({})
        self._house.doorkeeper.forget(response, is_secure(request))
        return response

    async def token(self, request: Request) -> Response:
        """Make a token for an account; the command line asks for it."""
        who = self._house.doorkeeper.identify(request.headers)
        check_origin(request.headers, who)
        if self._house.realm_role(who) is not Role.OWNER:
            raise NotAllowed("making tokens needs the role owner", "ask an owner of this realm")
        wish = await read_struct(request, NewToken)
        secret, sealed = self._house.engine.realm.make_token(wish.account, wish.role)
        await self._house.engine.kept(sealed)
        return Json({"account": wish.account, "role": str(wish.role), "token": secret}, 201)

    async def bring(self, request: Request) -> Response:
        """Import a world from a file of this machine; only its own command line may ask."""
        who = self._house.doorkeeper.identify(request.headers)
        if who.account != LOCAL or who.by != "token":
            raise NotAllowed("only this machine's command line imports files", "loom import FILE")
        path = Path((await read_struct(request, Brought)).path)
        moved = await asyncio.to_thread(bring, path, self._house.engine.store)
        self._house.engine.realm.learn(moved["world"])
        return Json(moved, 201)


class Brought(msgspec.Struct, forbid_unknown_fields=True):
    """The realm file that is imported."""

    path: str


class NewToken(msgspec.Struct, forbid_unknown_fields=True):
    """For whom a token is made, and what it allows at most."""

    account: str
    role: Role


def is_secure(request: Request) -> bool:
    """Tell whether the browser came by HTTPS."""
    return request.url.scheme == "https"


def make_app(house: House) -> Starlette:
    """Return the application; the live socket is not part of it."""
    api, doors, assets = Api(house), Doors(house), Assets(house.engine.store)

    async def upload(request: Request) -> Response:
        who = house.doorkeeper.identify(request.headers)
        check_origin(request.headers, who)
        if not who.account:
            raise NotSignedIn("nobody is signed in", "open the page first, or send a token")
        if not house.builds_somewhere(who):
            raise NotAllowed(
                f"uploading needs the role builder; {who.account} is no builder here",
                "ask an owner to grant you the role builder",
            )
        return await assets.upload(request)

    def route(path: str, endpoint: Endpoint, *methods: str) -> Route:
        return Route(path, told(endpoint), methods=list(methods) or ["GET"])

    routes = [
        route("/", doors.page),
        route("/w/{world}", doors.page),
        route("/static/{path:path}", pages.static_file),
        route("/api/worlds", api.list_worlds),
        route("/api/worlds", api.create, "POST"),
        route("/api/worlds/{world}", api.world),
        route("/api/worlds/{world}/state", api.state),
        route("/api/worlds/{world}/events", api.events),
        route("/api/worlds/{world}/actions", api.actions),
        route("/api/worlds/{world}/actions/{action}", api.act, "POST"),
        route("/api/assets", upload, "POST"),
        route("/assets/{sha256}", assets.read, "GET", "HEAD"),
        route("/api/auth/me", doors.me),
        route("/api/auth/claim", doors.claim, "POST"),
        route("/api/auth/sign-out", doors.sign_out, "POST"),
        route("/api/auth/tokens", doors.token, "POST"),
        route("/api/realm/import", doors.bring, "POST"),
        route("/api/invite.svg", pages.invitation),
        route("/healthz", _plain("ok")),
        route("/readyz", functools.partial(_ready, house)),
        route("/metrics", functools.partial(_metrics, house)),
        route("/openapi.json", _openapi),
        route("/favicon.ico", _icon),
    ]
    return Starlette(
        routes=routes, exception_handlers={404: _not_found, 405: _wrong_method}, lifespan=None
    )


def _plain(text: str) -> Endpoint:
    async def answer(request: Request) -> Response:
        return Response(text + "\n", media_type="text/plain")

    return answer


async def _ready(house: House, request: Request) -> Response:
    if house.engine.stopping.is_set():
        return Response("stopping\n", 503, {"Retry-After": "2"}, "text/plain")
    return Response("ready\n", media_type="text/plain")


async def _metrics(house: House, request: Request) -> Response:
    return Response(metrics.render(house), media_type="text/plain; version=0.0.4")


async def _openapi(request: Request) -> Response:
    return Json(openapi.describe(VERSION))


async def _icon(request: Request) -> Response:
    return RedirectResponse("/static/favicon.svg")


async def _not_found(request: Request, error: Exception) -> Response:
    return refusal(no_page(request.url.path))


async def _wrong_method(request: Request, error: Exception) -> Response:
    wrong = WorldloomError(
        f"{request.url.path[:200]} does not take {request.method[:20]}", "see /openapi.json",
        code="wrong_method",
    )  # fmt: skip
    answer = Json(wrong.wire(), 405)
    allow = getattr(error, "headers", None) or {}
    answer.headers.update(allow)
    return answer
