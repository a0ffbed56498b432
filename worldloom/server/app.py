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
from starlette.routing import BaseRoute, Route

from worldloom.kernel.errors import NotAllowed, NotFound, NotSignedIn, WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.people import ANYWHERE
from worldloom.kernel.rights import Role
from worldloom.ledger.prover import Prover
from worldloom.server import metrics, openapi, pages
from worldloom.server.agents import AgentsApi
from worldloom.server.api import Api
from worldloom.server.approvals import ApprovalsApi
from worldloom.server.assets import Assets, wants_avatar
from worldloom.server.auth import LOCAL, Who, check_origin
from worldloom.server.bringing import BringingApi
from worldloom.server.carrying import bring, reveal, settle
from worldloom.server.devices import DevicesApi
from worldloom.server.doors import DoorsApi, DoorsRoute
from worldloom.server.engine import now_us
from worldloom.server.exporting import ExportApi
from worldloom.server.forgetting import Forgetting
from worldloom.server.forks import ForksApi
from worldloom.server.house import House
from worldloom.server.in_words import as_it_was, in_words, moment_in, who_is
from worldloom.server.invitations import InvitationsApi
from worldloom.server.mcp.endpoint import METADATA, McpApi
from worldloom.server.oauth import OauthApi
from worldloom.server.oidc import OidcApi
from worldloom.server.openapi_world import WorldOpenapi
from worldloom.server.passkeys import PasskeysApi
from worldloom.server.persons import PersonsApi
from worldloom.server.pictures import PicturesApi
from worldloom.server.proofs import Proofs
from worldloom.server.readiness import Readiness
from worldloom.server.recordings import RecordingsApi
from worldloom.server.refusing import Refusing
from worldloom.server.replies import Json, is_secure, no_page, read_struct, refusal, told
from worldloom.server.reports import ReportsApi
from worldloom.server.requests import RequestsApi
from worldloom.server.states import States
from worldloom.server.tables import TablesApi
from worldloom.server.telemetry import TelemetryApi
from worldloom.server.tokens import TokensApi
from worldloom.server.version import VERSION
from worldloom.sync.door import action_rows

Endpoint = Callable[[Request], Awaitable[Response]]


class Claim(msgspec.Struct):
    """The secret of the owner's link."""

    claim: str
    again: bool = False
    """Not to use a link but to make another one, which is for the machine's command line."""


class Doors:
    """The endpoints that are about people and pages."""

    def __init__(self, house: House, persons: PersonsApi, states: States) -> None:
        self._house = house
        self._persons = persons
        self._states = states
        self._claiming = asyncio.Lock()

    async def page(self, request: Request) -> Response:
        """Return the client, with a guest's cookie for who has none."""
        world = request.path_params.get("world")
        if world is not None and world not in self._house.worlds.names():
            error = NotFound(f"There is no world {world[:64]} here.")
            return pages.missing_world(error)
        who = self._house.doorkeeper.known(request.headers)
        about = self._house.engine.realm.people.about(who.account if who else "")
        response = pages.page(request, about.language)
        if who is None or not who.account:
            account = self._house.doorkeeper.new_guest()
            self._house.doorkeeper.remember(response, account, is_secure(request))
        return response

    async def in_words(self, request: Request) -> Response:
        """Return a world as a page in words, with a guest's cookie for who has none."""
        who = self._house.doorkeeper.known(request.headers) or Who("", "")
        account = who.account or self._house.doorkeeper.new_guest()
        try:
            live = self._house.worlds.find(request.path_params["world"])
        except NotFound as error:
            return pages.missing_world(error)
        now = now_us()
        standing = self._house.standing_in(who if who.account else Who(account, "cookie"), live)
        self._house.check_reads(standing, live.name)
        await self._house.engine.durable(live.name)
        hub = self._house.hubs.get(live.name)
        inside = () if hub is None else hub.inside()
        apart = self._house.engine.realm.ties.apart(account)
        people = [who_is(one.name, one.identity.agent) for one in inside
                  if one.identity.account not in apart]  # fmt: skip
        actions = action_rows(live.world, standing, now)
        seq = moment_in(request.query_params.get("seq", ""))
        if seq is None or seq > live.seq:
            view = in_words(live, people, actions, seq)
        else:
            view = await self._states.at(
                live, seq, lambda then: as_it_was(live, then, people, actions)
            )
        response = pages.text_page(request, live.world.title or live.name, view)
        if not who.account:
            self._house.doorkeeper.remember(response, account, is_secure(request))
        return response

    async def claim(self, request: Request) -> Response:
        """Make the caller the realm's owner, once."""
        who = self._house.doorkeeper.identify(request.headers)
        check_origin(request.headers, who)
        wish = await read_struct(request, Claim)
        if wish.again:
            _check_own_machine(who, "makes another owner's link", "loom claim --again")
            return Json({"claim": self._house.doorkeeper.renew_claim()})
        account = who.account or self._house.doorkeeper.new_guest()
        async with self._claiming:
            self._house.doorkeeper.check_claim(wish.claim)
            sealed = self._house.engine.realm.grant(account, ANYWHERE, Role.OWNER)
            await self._house.engine.kept(sealed)
            self._house.doorkeeper.close_claim()
        response = Json(self._persons.describe(Who(account, "cookie")))
        self._house.doorkeeper.remember(response, account, is_secure(request))
        return response

    async def bring(self, request: Request) -> Response:
        """Import a world from a file of this machine; only its own command line may ask."""
        who = self._house.doorkeeper.identify(request.headers)
        if not who.account:
            raise NotSignedIn("nobody is signed in", "loom import FILE")
        _check_own_machine(who, "imports files", "loom import FILE")
        wish = await read_struct(request, Brought)
        path, store = Path(wish.path), self._house.engine.store
        moved = await asyncio.to_thread(bring, path, store, wish.world, wish.name)
        await self._house.engine.kept(settle(self._house.engine.realm, moved))
        reveal(self._house.engine.realm, moved)
        return Json(moved, 201)


def _check_own_machine(who: Who, does: str, fix: str) -> None:
    # Its secret is no token of an account: those allow what their maker says, and never this.
    if who.account != LOCAL or who.by != "token" or who.token is not None:
        raise NotAllowed(f"only this machine's command line {does}", fix)


class Brought(msgspec.Struct, forbid_unknown_fields=True):
    """The realm file that is imported."""

    path: str
    world: str | None = None
    """Which world of the file; where none is given, the only one."""
    name: str | None = None
    """What the world is called here; its own name where none is given."""


def make_app(house: House) -> Starlette:
    """Return the application; the live socket is not part of it."""
    prover = Prover(house.engine.store)
    api, persons = Api(house, prover), PersonsApi(house)
    states = States(house.engine, api.reader)
    doors, assets = Doors(house, persons, states), Assets(house.engine.store)
    proofs, tables = Proofs(house, prover, api.reader), TablesApi(house, api.reader)
    telemetry = TelemetryApi(house, api.reader)
    invitations = InvitationsApi(house)
    reports = ReportsApi(house, api.reader)
    doors_of_worlds = DoorsApi(house)
    forks, recordings = ForksApi(house, api.reader), RecordingsApi(house, api.reader, reports)

    def route(
        path: str,
        endpoint: Endpoint,
        *methods: str,
        body: int | None = LIMITS.argument_bytes_max,
    ) -> Route:
        """Lead to an endpoint; with `body=None` it reads a large one, and decides once more."""
        answer = told(endpoint, house.slowing.felt, Refusing(house, path), body)
        return Route(path, answer, methods=list(methods) or ["GET"])

    routes: list[BaseRoute] = [
        route("/", doors.page),
        route("/w/{world}", doors.page),
        route("/w/{world}/text", doors.in_words),
        route("/static/{path:path}", pages.static_file),
        route("/api/worlds", api.list_worlds),
        route("/api/worlds", api.create, "POST"),
        *_more_routes(house, api, route),
        route("/api/worlds/{world}", api.world),
        route("/api/worlds/{world}/state", states.show),
        route("/api/worlds/{world}/events", api.events),
        route("/api/worlds/{world}/undo", api.undo, "POST"),
        route("/api/worlds/{world}/redo", api.redo, "POST"),
        route("/api/worlds/{world}/fork", forks.fork, "POST"),
        route("/api/worlds/{world}/invitations", invitations.listed),
        route("/api/worlds/{world}/invitations", invitations.make, "POST"),
        route("/api/worlds/{world}/invitations/{id}", invitations.take_back, "DELETE"),
        route("/api/worlds/{world}/checkpoint", proofs.checkpoint),
        route("/api/worlds/{world}/proof", proofs.growth),
        route("/api/worlds/{world}/proof/{seq}", proofs.record),
        route("/api/worlds/{world}/tables", tables.list_tables),
        route("/api/worlds/{world}/tables/{table}", tables.rows),
        route("/api/worlds/{world}/reports", reports.list_reports),
        route("/api/worlds/{world}/recordings", recordings.list_recordings),
        route("/api/worlds/{world}/recordings/{id}", recordings.recording),
        route("/api/worlds/{world}/telemetry", telemetry.list_series),
        route("/api/worlds/{world}/telemetry/{series}", telemetry.series),
        route("/api/worlds/{world}/actions", api.actions),
        route("/api/worlds/{world}/actions/{action}", api.act, "POST"),
        route("/api/assets", functools.partial(_upload, house, assets), "POST", body=None),
        route("/assets/{sha256}", assets.read, "GET", "HEAD"),
        *_people_routes(house, doors, persons, route),
        *_agents_routes(house, route),
        route("/api/realm/import", doors.bring, "POST"),
        route("/api/invite.svg", pages.invitation),
        route("/healthz", _plain("ok")),
        route("/readyz", Readiness(house).show),
        route("/metrics", functools.partial(_metrics, house)),
        route("/openapi.json", _openapi),
        route("/favicon.ico", _icon),
        DoorsRoute(doors_of_worlds, told(doors_of_worlds.answer, house.slowing.felt)),
    ]
    return Starlette(
        routes=routes, exception_handlers={404: _not_found, 405: _wrong_method}, lifespan=None
    )


async def _upload(house: House, assets: Assets, request: Request) -> Response:
    """Keep a file; of what software brings in the realm's log tells."""

    def sender() -> Who:
        """Return who sends it, as long as they may; raises NotSignedIn, NotAllowed."""
        who = house.doorkeeper.identify(request.headers)
        check_origin(request.headers, who)
        if wants_avatar(request):
            house.check_may_bring_avatar(who)
        else:
            house.check_may_upload(who)
        return who

    who = sender()
    kept = await assets.upload(request, who.account, sender)
    if who.is_software:
        await house.audit.uploaded(who.actor, kept["sha256"], kept["media"], kept["bytes"])
    return Json(kept, 201)


def _more_routes(house: House, api: Api, route: Callable[..., Route]) -> list[Route]:
    """Return the routes of worlds' files, of their pictures and of what goes on outside."""
    pictures, requests = PicturesApi(house), RequestsApi(house, api.reader)
    return [
        route("/api/worlds/import", BringingApi(house).bring, "POST", body=None),
        route("/api/worlds/{world}/picture", pictures.show),
        route("/api/worlds/{world}/picture", pictures.keep, "PUT", body=None),
        route("/api/worlds/{world}/openapi.json", WorldOpenapi(api.reader).show),
        route("/api/worlds/{world}/requests/{seq}", requests.show),
        route("/api/worlds/{world}/requests/{seq}", requests.cancel, "DELETE"),
        route("/api/auth/requests", requests.listed),
    ]


def _people_routes(
    house: House, doors: Doors, persons: PersonsApi, route: Callable[..., Route]
) -> list[Route]:
    """Return the routes under /api/auth."""
    passkeys, tokens = PasskeysApi(house), TokensApi(house)
    devices, oidc = DevicesApi(house, tokens), OidcApi(house)
    return [
        route("/api/auth/oidc", oidc.begin),
        route("/api/auth/oidc/callback", oidc.come_back),
        route("/api/auth/export", ExportApi(house, persons).export),
        route("/api/auth/devices", devices.listed),
        route("/api/auth/devices", devices.add, "POST"),
        route("/api/auth/devices/token", devices.token, "POST"),
        route("/api/auth/devices/{id}", devices.drop, "DELETE"),
        route("/api/auth/devices/{id}", devices.set_budget, "PATCH"),
        route("/api/auth/me", persons.me),
        route("/api/auth/profile", persons.profile, "PUT"),
        route("/api/auth/claim", doors.claim, "POST"),
        route("/api/auth/sign-out", persons.sign_out, "POST"),
        route("/api/auth/passkeys/begin", passkeys.begin, "POST"),
        route("/api/auth/passkeys", passkeys.add, "POST"),
        route("/api/auth/passkeys/challenge", passkeys.challenge, "POST"),
        route("/api/auth/passkeys/sign-in", passkeys.sign_in, "POST"),
        route("/api/auth/passkeys/again/begin", passkeys.begin_again, "POST"),
        route("/api/auth/passkeys/again", passkeys.again, "POST"),
        route("/api/auth/passkeys/{id}", passkeys.drop, "DELETE"),
        route("/api/auth/invitations", InvitationsApi(house).accept, "POST"),
        route("/api/auth/tokens", tokens.listed),
        route("/api/auth/tokens", tokens.make, "POST"),
        route("/api/auth/tokens/{id}", tokens.revoke, "DELETE"),
        route("/api/auth/forget", Forgetting(house).forget, "POST"),
    ]


def _agents_routes(house: House, route: Callable[..., Route]) -> list[Route]:
    """Return the routes for agents, and for people who answer for them."""
    mcp, approvals, oauth = McpApi(house), ApprovalsApi(house), OauthApi(house)
    agents = AgentsApi(house, oauth)
    return [
        route("/.well-known/oauth-authorization-server", oauth.metadata),
        route("/oauth/register", oauth.register, "POST"),
        route("/oauth/authorize", oauth.authorize),
        route("/oauth/authorize", oauth.decide, "POST"),
        route("/oauth/token", oauth.token, "POST"),
        route("/oauth/revoke", oauth.revoke, "POST"),
        route("/api/auth/agents", agents.listed),
        route("/api/auth/agents", agents.stop_all, "DELETE"),
        route("/api/auth/agents/{name}", agents.stop, "DELETE"),
        route("/api/auth/approvals", approvals.listed),
        route("/api/auth/approvals/{id}", approvals.show),
        route("/api/auth/approvals/{id}", approvals.decide, "POST"),
        route("/mcp", mcp.serve, "POST", body=LIMITS.mcp_message_bytes_max),
        route("/mcp/{world}", mcp.serve, "POST", body=LIMITS.mcp_message_bytes_max),
        route(METADATA, mcp.metadata),
        route(f"{METADATA}/mcp", mcp.metadata),
        route(f"{METADATA}/mcp/{{world}}", mcp.metadata),
    ]


def _plain(text: str) -> Endpoint:
    async def answer(request: Request) -> Response:
        return Response(text + "\n", media_type="text/plain")

    return answer


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
