"""`/api/auth/oidc`: people of an organisation sign in by its OpenID Connect provider.

The code flow with PKCE. What the provider says of its people is not kept: an account knows itself
by a hash of issuer and subject, sealed. A guest who signs in so first keeps the account.
"""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from worldloom.kernel.errors import NotFound
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.step import Step
from worldloom.server.engine import now_us
from worldloom.server.house import House
from worldloom.server.organisation import BadOidc, Organisation
from worldloom.server.replies import PLAIN_HEADERS, is_secure

COOKIE = "worldloom_oidc"
WAIT_SECONDS = 600
ASKS = "/oauth/authorize"
"""The one page that a sign-in leads back to."""


class OidcApi:
    """The endpoints."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._engine = house.engine
        self._waiting: dict[str, tuple[str, str, int, str]] = {}
        """State → PKCE verifier, nonce, when, and where to lead back to."""

    @property
    def _organisation(self) -> Organisation:
        found = self._house.organisation
        if found is None:
            raise NotFound("no organisation signs in here", "loom run --oidc ISSUER CLIENT_ID")
        return found

    async def begin(self, request: Request) -> Response:
        """Lead to the organisation's sign-in."""
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        organisation = self._organisation
        about = await organisation.about()
        while len(self._waiting) >= LIMITS.sockets_max:
            del self._waiting[next(iter(self._waiting))]
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        self._waiting[state] = verifier, nonce, now_us(), _then(request)
        query = {
            "response_type": "code", "client_id": organisation.client, "scope": "openid profile",
            "redirect_uri": _back(request), "state": state, "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }  # fmt: skip
        url = str(about["authorization_endpoint"]).partition("#")[0]
        url += f"{'&' if '?' in url else '?'}{urlencode(query)}"
        response = RedirectResponse(url, 302, {**PLAIN_HEADERS, "Cache-Control": "no-store"})
        # The answer must come to the browser that asked, and not by another's link.
        response.set_cookie(
            COOKIE, state, max_age=WAIT_SECONDS, httponly=True, samesite="lax",
            secure=is_secure(request), path="/api/auth/oidc",
        )  # fmt: skip
        return response

    async def come_back(self, request: Request) -> Response:
        """Take the organisation's word, and lead back to what asked for it, as that account."""
        organisation = self._organisation
        state, code = request.query_params.get("state", ""), request.query_params.get("code", "")
        verifier, nonce, since, then = self._waiting.pop(state, ("", "", 0, "/"))
        late = now_us() - since > WAIT_SECONDS * 1_000_000
        if not code or not since or late or request.cookies.get(COOKIE) != state:
            raise BadOidc("this sign-in was not begun here, or took too long", "begin again")
        claims = await organisation.claims(code, verifier, _back(request), nonce)
        account = await self._account(request, organisation.issuer, claims)
        response = RedirectResponse(then, 303, {**PLAIN_HEADERS, "Cache-Control": "no-store"})
        response.delete_cookie(COOKIE, path="/api/auth/oidc")
        self._house.doorkeeper.remember(response, account, is_secure(request))
        return response

    async def _account(self, request: Request, issuer: str, claims: dict[str, Any]) -> str:
        """Return the account of who signed in: the known one, the guest's, or a new one."""
        realm = self._engine.realm
        digest = sha256(f"{issuer}\0{claims['sub']}".encode()).hexdigest()
        who = self._house.doorkeeper.identify(request.headers)
        guest = who.account if who.by == "cookie" and self._house.is_guest(who.account) else ""
        account = realm.people.owner_of(digest) or guest or self._house.doorkeeper.new_guest()

        def keep(step: Step) -> None:
            realm.people.add_identity(step, account, digest)

        await self._engine.kept(realm.administer(keep, account))
        return account


def _then(request: Request) -> str:
    """Return where `?then=` leads: to what a program asks (OAuth), and for all else to `/`."""
    then = request.query_params.get("then", "")
    return then if then.partition("?")[0] == ASKS else "/"


def _back(request: Request) -> str:
    return f"{request.url.scheme}://{request.headers.get('host', '')}/api/auth/oidc/callback"
