"""An organisation's OpenID Connect provider, asked and checked."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, Final
from urllib.parse import urlsplit

from worldloom.kernel.errors import Misused, Unavailable
from worldloom.server.auth import WrongSecret

PATIENCE_SECONDS = 10.0
SIGNATURES = ["RS256", "ES256", "PS256", "EdDSA"]
SKEW_SECONDS = 60
ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")
"""What a provider must say of itself (OpenID Connect Discovery 1.0, section 3), as we use it."""
INSTALL: Final = "pip install 'worldloom[oidc]'"


def missing() -> Sequence[str]:
    """Return which libraries are not installed that a provider is asked and checked with."""
    return [name for name in ("authlib", "httpx", "joserfc") if find_spec(name) is None]


def check_installed() -> None:
    """Raise Misused where a provider could not be asked: at the start, not at a sign-in."""
    if lacks := missing():
        raise Misused(f"--oidc needs {', '.join(lacks)}", INSTALL, code="extra_missing")


class BadOidc(WrongSecret):
    """What the provider sent does not prove who somebody is."""

    code = "bad_oidc"


@dataclass
class Organisation:
    """An organisation's provider, and what this server is there."""

    issuer: str
    client: str
    secret: str = ""
    _known: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What people are shown of it: the host that they are led to, and cannot be mistaken in."""
        return urlsplit(self.issuer).netloc or self.issuer

    async def ask(self, method: str, url: str, **given: Any) -> dict[str, Any]:
        """Ask the provider; raises Unavailable."""
        import httpx

        try:
            async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as line:
                answer = await line.request(method, url, **given)
                if method == "POST" and answer.status_code in (400, 401):
                    raise BadOidc("the provider does not take this sign-in", "begin again")
                answer.raise_for_status()
                found = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise Unavailable(f"the organisation's sign-in does not answer: {error}") from None
        if not isinstance(found, dict):
            raise Unavailable("the organisation's sign-in answers nonsense")
        return found

    async def about(self) -> dict[str, Any]:
        """Return what the provider says of itself, asked once; raises Unavailable."""
        if not self._known:
            url = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
            found = await self.ask("GET", url)
            if str(found.get("issuer", "")).rstrip("/") != self.issuer.rstrip("/"):
                raise Unavailable("the provider calls itself by another issuer")
            for name in ENDPOINTS:
                if not _is_address(found.get(name)):
                    raise Unavailable(
                        f"the organisation's sign-in names no address as its {name}",
                        f"whoever keeps the provider mends {url}",
                    )
            self._known = found
        return self._known

    async def claims(self, code: str, verifier: str, back: str, nonce: str) -> dict[str, Any]:
        """Return the checked claims of the ID token for a code; raises BadOidc, Unavailable."""
        about = await self.about()
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": back,
            "code_verifier": verifier, "client_id": self.client,
        }  # fmt: skip
        basic = {"auth": (self.client, self.secret)} if self.secret else {}
        told = await self.ask("POST", about["token_endpoint"], data=form, **basic)
        keys = await self.ask("GET", about["jwks_uri"])
        return self._checked(str(told.get("id_token", "")), keys, nonce)

    def _checked(self, text: str, keys: dict[str, Any], nonce: str) -> dict[str, Any]:
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        try:
            keyset = KeySet.import_key_set(keys)  # type: ignore[arg-type]
            claims: dict[str, Any] = jwt.decode(text, keyset, algorithms=SIGNATURES).claims
        except (JoseError, ValueError, KeyError, TypeError) as error:
            told = f"the provider's token does not hold: {error}"
            raise BadOidc(told[:200], "try again") from None
        audience = claims.get("aud")
        meant = self.client in (audience if isinstance(audience, list) else [audience])
        fresh = isinstance(claims.get("exp"), int) and claims["exp"] > time.time() - SKEW_SECONDS
        issued = str(claims.get("iss", "")).rstrip("/") == self.issuer.rstrip("/")
        who = isinstance(claims.get("sub"), str) and claims["sub"]
        if not (meant and fresh and issued and claims.get("nonce") == nonce and who):
            raise BadOidc("the provider's token is for another, or too old", "try again")
        return claims


def _is_address(url: object) -> bool:
    """Tell whether a provider may be asked there, or people led there."""
    if not isinstance(url, str) or not all("!" <= letter <= "~" for letter in url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # of a port, or of brackets
        return False
