"""`/oauth/…`: a person lets a program in, in the browser (OAuth 2.1, code flow with PKCE).

The smallest server that an MCP client needs: public clients that register themselves or stand at an
address of their own, consent with scopes, and our own tokens, bound to the resource that was asked
for. A registered client's id is what it registered, signed by the realm, so that strangers fill no
table here.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from worldloom.kernel.agents import agent_name
from worldloom.kernel.builtin import BUILT_IN
from worldloom.kernel.errors import OverLimit, WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.renewing import Ended, issued_of, make_renewable, renew
from worldloom.kernel.rights import Role, higher
from worldloom.kernel.tokens import NewToken, id_of
from worldloom.server.auth import Who, WrongSecret, check_origin
from worldloom.server.client_documents import Unreadable, is_document_address
from worldloom.server.engine import now_us
from worldloom.server.house import House
from worldloom.server.oauth_clients import (
    ADDRESS_CHARACTERS_MAX,
    ADDRESSES_MAX,
    Clients,
    Program,
    Registered,
    is_address,
    plain_name,
    same_address,
)
from worldloom.server.oauth_page import (
    BUDGET_MAX,
    CHOSEN,
    SCOPES,
    Asking,
    budget_of,
    consent,
    is_known,
    problem,
    sign_in_first,
)
from worldloom.server.replies import PLAIN_HEADERS, Json, read_body, refusal

CODE_SECONDS: Final = 60
TOKEN_SECONDS: Final = 7 * 24 * 3600
"""Of a program that cannot renew its token."""
RENEWED_SECONDS: Final = 3600
CONSENT_SECONDS: Final = 30 * 24 * 3600
"""How long a token can be renewed after a person said yes."""
_B64: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


class Wish(Struct, frozen=True):
    """What a client asks a person for."""

    client: str
    name: str
    redirect: str
    challenge: str
    scopes: tuple[str, ...]
    worlds: tuple[str, ...]
    resource: str
    state: str
    renews: bool = False
    host: str = ""


class Grant(Struct, frozen=True):
    """What a person allowed, until the client fetches its token."""

    account: str
    wish: Wish
    scopes: tuple[str, ...]
    since: int
    budget: int = 0
    """What it may spend in all worlds together, as its person said."""

    @property
    def acts_as(self) -> str:
        """The name of the agent that it makes of the program, whenever that one asks."""
        return agent_name(self.wish.name or self.wish.host, self.wish.client)


class Rejected(Exception):
    """An error as OAuth tells it."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class OauthApi:
    """The endpoints."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._grants: dict[str, Grant] = {}
        """Digest of a code → what it is good for."""
        self._clients = Clients(house)

    async def metadata(self, request: Request) -> Response:
        """Describe this authorization server (RFC 8414)."""
        origin = origin_of(request)
        return Json(
            {
                "issuer": origin,
                "authorization_endpoint": f"{origin}/oauth/authorize",
                "token_endpoint": f"{origin}/oauth/token",
                "registration_endpoint": f"{origin}/oauth/register",
                "revocation_endpoint": f"{origin}/oauth/revoke",
                "response_types_supported": ["code"],
                "grant_types_supported": ["authorization_code", "refresh_token"],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": ["none"],
                "scopes_supported": list(SCOPES),
                "authorization_response_iss_parameter_supported": True,
                "client_id_metadata_document_supported": True,
            }
        )

    async def register(self, request: Request) -> Response:
        """Let a client register itself (RFC 7591); nothing is kept of it."""
        body = await read_body(request, LIMITS.argument_bytes_max)
        try:
            told = msgspec.json.decode(body, type=Registered)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return _failed("invalid_client_metadata", "redirect_uris must be a list of addresses")
        addresses = told.redirect_uris
        if not 0 < len(addresses) <= ADDRESSES_MAX or not all(map(is_address, addresses)):
            return _failed("invalid_redirect_uri", "https:// anywhere, or http:// at localhost")
        name, renews = plain_name(told.client_name), "refresh_token" in told.grant_types
        answer = {
            "client_id": self._clients.id_of(name, addresses, renews),
            "client_name": name,
            "redirect_uris": addresses,
            "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", *(["refresh_token"] if renews else [])],
            "response_types": ["code"],
        }
        return Json(answer, 201)

    async def authorize(self, request: Request) -> Response:
        """Ask the person at this browser whether a program may come in, and how far."""
        given = dict(request.query_params)
        who = self._house.doorkeeper.identify(request.headers)
        found = await self._wish(request, given, who)
        if isinstance(found, Response):
            return found
        if not self._may_consent(who):
            return sign_in_first(found.name, given, _server(request))
        name = self._house.name_of(who.account)
        days = "a month" if found.renews else "a week"
        return consent(
            Asking(found.name, found.host, days, _server(request)), name, found.scopes,
            found.worlds, given, found.redirect,
        )  # fmt: skip

    async def decide(self, request: Request) -> Response:
        """Take the person's word, and lead back to the program."""
        form = await _form(request)
        who = self._house.doorkeeper.identify(request.headers)
        check_origin(request.headers, who)
        given = {name: value for name, value in form if name not in CHOSEN}
        found = await self._wish(request, given, who)
        if isinstance(found, Response):
            return found
        if not self._may_consent(who):
            return sign_in_first(found.name, given, _server(request))
        chosen = {value for name, value in form if name == "allow"}
        scopes = tuple(scope for scope in found.scopes if scope in chosen)
        if ("decision", "allow") not in form or not scopes:
            return _back(request, found.redirect, found.state, error="access_denied")
        budget = budget_of(form, scopes)
        if budget is None:
            return problem(f"A budget is a whole number up to {BUDGET_MAX}. Ask anew.")
        while len(self._grants) >= LIMITS.sockets_max:
            del self._grants[next(iter(self._grants))]
        code = secrets.token_urlsafe(32)
        self._grants[_digest(code)] = Grant(who.account, found, scopes, now_us(), budget)
        return _back(request, found.redirect, found.state, code=code)

    async def token(self, request: Request) -> Response:
        """Give a program the token that a code stands for, once, or a new one for its old one."""
        form = dict(await _form(request))
        if form.get("grant_type") == "refresh_token":
            return await self._renewed(request, form)
        if form.get("grant_type") != "authorization_code":
            return _failed("unsupported_grant_type", "authorization_code or refresh_token")
        code = form.get("code", "")
        grant = self._grants.pop(_digest(code), None)
        realm, secret = self._house.engine.realm, self._secret_of(code)
        if grant is None or not _holds(grant, form):
            if spent := realm.people.token(id_of(secret)):
                # Somebody else has the code, too: what it gave ends (RFC 6749, 4.1.2).
                await self._house.engine.kept(realm.revoke_token(spent.id, spent.account))
            return self._slowed(request)
        wish = grant.wish
        if realm.people.forgotten(grant.account):
            return self._slowed(request)
        seconds = RENEWED_SECONDS if wish.renews else TOKEN_SECONDS
        now, label = now_us(), wish.name or wish.host
        new = NewToken(
            self._role_for(grant.scopes, wish.worlds), grant.scopes, wish.worlds,
            now + seconds * 1_000_000, grant.budget, True, label, acts_as=grant.acts_as,
        )  # fmt: skip
        account, more = grant.account, {}
        try:
            self._house.pay(account, request)
            if wish.renews:
                until = now + CONSENT_SECONDS * 1_000_000
                secret, renewal, _, sealed = make_renewable(
                    realm, account, new, until, wish.client, account, id_of(secret)
                )
                more = {"refresh_token": renewal}
            else:
                _, sealed = realm.make_token(account, new, account, False, secret=secret)
        except WorldloomError as error:
            return _failed("invalid_request", error.message)
        await self._house.engine.kept(sealed)
        return _given(secret, seconds, grant.scopes, more)

    def _secret_of(self, code: str) -> str:
        """Return the secret whose id the token of a code has, and nobody but this realm can tell.

        So it is known what a code gave, however long ago, and no table of used ones is kept.
        """
        return f"wl_{self._house.doorkeeper.sign('code', code)}"

    async def _renewed(self, request: Request, form: Mapping[str, str]) -> Response:
        """Give a new token and a new secret for the next time; the old ones end.

        A secret that was used before ends the whole of it: somebody else has it, too.
        """
        realm, secret, now = self._house.engine.realm, form.get("refresh_token", ""), now_us()
        known = issued_of(realm, secret)
        if known is None:
            return self._slowed(request)
        try:
            self._house.pay(known[0], request)
            found = renew(realm, secret, form.get("client_id", ""), RENEWED_SECONDS, now)
        except WorldloomError as error:
            return _failed("invalid_request", error.message)
        await self._house.engine.kept(found.sealed)
        if isinstance(found, Ended):
            return self._slowed(request)
        seconds = (found.issued.expires - now) // 1_000_000
        more = {"refresh_token": found.renewal}
        return _given(found.access, seconds, found.issued.scopes, more)

    async def revoke(self, request: Request) -> Response:
        """Revoke a token by itself (RFC 7009); one that is not known is as good as revoked."""
        form = dict(await _form(request))
        realm = self._house.engine.realm
        secret = form.get("token", "")
        found = realm.token_of(secret)
        known = issued_of(realm, secret) if found is None else None
        if known is not None:
            await self._house.engine.kept(realm.revoke_token(known[1].id, known[0]))
        if found is not None:
            await self._house.engine.kept(realm.revoke_token(found.id, found.account))
        return Json({})

    def stop(self, account: str, acts_as: str) -> None:
        """Let the codes that wait for an agent be good for nothing."""
        for digest, grant in tuple(self._grants.items()):
            if (grant.account, grant.acts_as) == (account, acts_as):
                del self._grants[digest]

    def stop_all(self, account: str = "") -> None:
        """Let the codes that wait for the agents of an account, or of all, be good for nothing."""
        for digest, grant in tuple(self._grants.items()):
            if account in ("", grant.account):
                del self._grants[digest]

    # -- what a client asks for ----------------------------------------------------------------

    async def _wish(self, request: Request, given: Mapping[str, str], who: Who) -> Wish | Response:
        """Return what is asked for, or the answer that says what is wrong with it."""
        id = given.get("client_id", "")
        if is_document_address(id):
            if not self._may_consent(who):
                # For strangers nothing is asked of others.
                return sign_in_first(urlsplit(id).hostname or "", given, _server(request))
            try:
                self._house.pay(who.account, request)
                known: Program | None = await self._clients.documented(id)
            except Unreadable as error:
                return problem(f"This program cannot be let in: {error}.")
        else:
            known = self._clients.registered(id)
        redirect = given.get("redirect_uri", "")
        if known is None or not any(same_address(redirect, one) for one in known.addresses):
            # Nobody is led to an address that its client did not register.
            return problem("This program is not known here, or asks to lead you elsewhere.")
        state = given.get("state", "")[:ADDRESS_CHARACTERS_MAX]
        try:
            return self._checked(request, given, known, redirect, state)
        except Rejected as error:
            told = {"error": error.code, "error_description": str(error)}
            return _back(request, redirect, state, **told)

    def _checked(
        self,
        request: Request,
        given: Mapping[str, str],
        program: Program,
        redirect: str,
        state: str,
    ) -> Wish:
        if given.get("response_type") != "code":
            raise Rejected("unsupported_response_type", "only code is known")
        challenge = given.get("code_challenge", "")
        if given.get("code_challenge_method") != "S256" or not _is_digest(challenge):
            raise Rejected("invalid_request", "PKCE with S256 is needed")
        scopes = tuple(dict.fromkeys(given.get("scope", "").split())) or ("look",)
        if len(scopes) > LIMITS.token_scopes_max or not all(map(is_known, scopes)):
            known = f"{' '.join(SCOPES)} act:NAME look:TOOL"
            raise Rejected("invalid_scope", f"known: {known}")
        resource = given.get("resource", "").rstrip("/")
        home = f"{origin_of(request)}/mcp"
        world = resource.removeprefix(home).lstrip("/")
        if resource and resource != f"{home}/{world}".rstrip("/"):
            raise Rejected("invalid_target", f"the resources here begin with {home}")
        if world and world not in self._house.worlds.names():
            raise Rejected("invalid_target", "there is no such world")
        worlds = (world,) if world else ()
        return Wish(
            given["client_id"], program.name, redirect, challenge, scopes, worlds, resource, state,
            program.renews, program.host,
        )  # fmt: skip

    def _role_for(self, scopes: tuple[str, ...], worlds: tuple[str, ...]) -> Role:
        """Return the role that scopes are of use with; those of one action: what that one needs."""
        if "admin" in scopes:
            return Role.OWNER
        best = Role.BUILDER if "build" in scopes else Role.MEMBER
        opened = map(self._house.engine.realm.opened, worlds or self._house.worlds.names())
        known = [BUILT_IN, *(live.world.actions for live in opened if live is not None)]
        for scope in scopes:
            kind, _, name = scope.partition(":")
            for actions in known if kind == "act" else ():
                if name in actions and actions[name].role is not Role.RECORDS:
                    best = higher(best, actions[name].role) or best
        return best

    def _may_consent(self, who: Who) -> bool:
        """Tell whether a person may let a program in as themselves: a mere guest may not."""
        if who.by != "cookie":
            return False
        return not self._house.is_guest(who.account) or self._house.owns_realm(who)

    def _slowed(self, request: Request) -> Response:
        wrong = WrongSecret("this code is not valid", "begin again", code="bad_code")
        address = request.client.host if request.client else ""
        error = self._house.slowing.felt(address, "oauth codes", wrong)
        if isinstance(error, OverLimit):
            return refusal(error)
        return _failed("invalid_grant", "the code is not valid, or not any more")


def origin_of(request: Request) -> str:
    """Return this server's own address as it was asked by."""
    return f"{request.url.scheme}://{request.headers.get('host', request.url.netloc)}"


def _holds(grant: Grant, form: Mapping[str, str]) -> bool:
    """Tell whether who brings a code is who asked for it, in time."""
    wish = grant.wish
    fresh = now_us() - grant.since <= CODE_SECONDS * 1_000_000
    same = form.get("client_id") == wish.client and form.get("redirect_uri") == wish.redirect
    resource = form.get("resource", wish.resource).rstrip("/")
    verifier = form.get("code_verifier", "")
    if not (43 <= len(verifier) <= 128 and verifier.isascii()):
        return False
    made = base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
    proven = hmac.compare_digest(made, wish.challenge)
    return fresh and same and proven and resource == wish.resource


def _is_digest(text: str) -> bool:
    return len(text) == 43 and set(text) <= _B64


def _server(request: Request) -> str:
    """Return under which name a person reaches this server."""
    return request.headers.get("host", "")


def _digest(code: str) -> str:
    return sha256(code.encode("utf-8", "surrogatepass")).hexdigest()


async def _form(request: Request) -> list[tuple[str, str]]:
    """Return the fields of a form."""
    body = await read_body(request, LIMITS.argument_bytes_max)
    return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)


def _given(secret: str, seconds: int, scopes: tuple[str, ...], more: Mapping[str, str]) -> Response:
    told = {"access_token": secret, "token_type": "Bearer", "expires_in": seconds}
    return Json({**told, "scope": " ".join(scopes), **more})


def _failed(code: str, text: str) -> Response:
    return Json({"error": code, "error_description": text}, 400)


def _back(request: Request, redirect: str, state: str, **told: Any) -> Response:
    """Lead back to the program, saying whose answer it is (RFC 9207)."""
    query = {**told, **({"state": state} if state else {}), "iss": origin_of(request)}
    join = "&" if "?" in redirect else "?"
    headers = {**PLAIN_HEADERS, "Cache-Control": "no-store"}
    return RedirectResponse(f"{redirect}{join}{urlencode(query)}", 303, headers)
