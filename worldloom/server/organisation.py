"""An organisation's OpenID Connect provider, asked and checked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from worldloom.kernel.errors import Misused, Unavailable
from worldloom.kernel.limits import LIMITS
from worldloom.server.auth import WrongSecret

log = logging.getLogger("worldloom.oidc")

SIGNATURES = ["RS256", "ES256", "PS256", "EdDSA"]
SKEW_SECONDS = 60
SUBJECT_CHARACTERS_MAX = 255
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
    _room: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(LIMITS.oidc_at_once_max)
    )

    @property
    def name(self) -> str:
        """What people are shown of it: the host that they are led to, and cannot be mistaken in."""
        return urlsplit(self.issuer).netloc or self.issuer

    async def ask(self, method: str, url: str, **given: Any) -> dict[str, Any]:
        """Ask the provider, within a time and a size; raises BadOidc, Unavailable."""
        import httpx

        try:
            async with asyncio.timeout(LIMITS.oidc_seconds_max), self._room:
                found = msgspec.json.decode(await _fetched(method, url, given))
        except (TimeoutError, httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise _unavailable("does not answer", type(error).__name__) from None
        except (ValueError, RecursionError) as error:
            raise _unavailable("answers nonsense", type(error).__name__) from None
        if not isinstance(found, dict):
            raise _unavailable("answers nonsense", "no object")
        return found

    async def about(self) -> dict[str, Any]:
        """Return what the provider says of itself, asked once; raises Unavailable."""
        if not self._known:
            url = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
            found = await self.ask("GET", url)
            if not self._is_issuer(found.get("issuer")):
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
        return self._checked(told.get("id_token"), keys, nonce)

    def _checked(self, text: object, keys: dict[str, Any], nonce: str) -> dict[str, Any]:
        """Return an ID token's claims (OpenID Connect Core 1.0, 3.1.3.7); raises BadOidc."""
        from joserfc import jwt
        from joserfc.jwk import KeySet

        timely = jwt.JWTClaimsRegistry(
            leeway=SKEW_SECONDS,
            exp={"essential": True},
            aud={"essential": True, "value": self.client},
        )
        try:
            if not isinstance(text, str):
                raise TypeError
            keyset = KeySet.import_key_set(keys)  # type: ignore[arg-type]
            claims: dict[str, Any] = jwt.decode(text, keyset, algorithms=SIGNATURES).claims
            timely.validate(claims)
        except Exception as error:  # of libraries that read what a stranger may have written
            raise _bad("the provider's token does not hold", type(error).__name__) from None
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (several or "azp" in claims) and claims.get("azp") != self.client:
            raise _bad("the provider's token is for another", "azp")
        if not self._is_issuer(claims.get("iss")) or claims.get("nonce") != nonce:
            raise _bad("the provider's token is for another", "iss or nonce")
        if not _is_subject(claims.get("sub")):
            raise _bad("the provider's token does not say who comes", "sub")
        return claims

    def _is_issuer(self, name: object) -> bool:
        return isinstance(name, str) and name.rstrip("/") == self.issuer.rstrip("/")


async def _fetched(method: str, url: str, given: dict[str, Any]) -> bytes:
    """Return the body of a whole answer; raises what httpx does, BadOidc, Unavailable."""
    import httpx

    body, most = bytearray(), LIMITS.oidc_bytes_max
    async with httpx.AsyncClient(timeout=None, headers={"Accept-Encoding": "identity"}) as line:
        async with line.stream(method, url, **given) as answer:
            if method == "POST" and answer.status_code == 400:
                raise BadOidc("the provider does not take this sign-in", "begin again")
            if method == "POST" and answer.status_code == 401:
                raise _bad("the provider does not know this server", "its client id or secret")
            packed = answer.headers.get("content-encoding", "identity") != "identity"
            if answer.status_code != 200 or packed:
                how = "packed" if packed else f"status {answer.status_code}"
                raise _unavailable("does not answer", how)
            async for part in answer.aiter_raw():
                body += part
                if len(body) > most:
                    raise _unavailable("answers too much", f"more than {most} bytes")
    return bytes(body)


def _unavailable(does: str, kind: str) -> Unavailable:
    """Make the error of a provider that fails; how it does is for the log."""
    error = Unavailable(f"the organisation's sign-in {does}")
    error.logged = f"{error.message}: {kind}"
    return error


def _bad(said: str, kind: str) -> BadOidc:
    """Make the error of a sign-in that does not hold, and let the log say why."""
    log.warning("a sign-in by the organisation was refused: %s: %s", said, kind)
    return BadOidc(said, "begin again; if it stays so, tell who runs the server")


def _is_subject(name: object) -> bool:
    """Tell whether that can be someone (OpenID Connect Core 1.0, section 2)."""
    if not isinstance(name, str) or not 0 < len(name) <= SUBJECT_CHARACTERS_MAX:
        return False
    # JSON may hold half of a character, which no hash is made of.
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


def _is_address(url: object) -> bool:
    """Tell whether a provider may be asked there, or people led there."""
    if not isinstance(url, str) or not all("!" <= letter <= "~" for letter in url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # of a port, or of brackets
        return False
