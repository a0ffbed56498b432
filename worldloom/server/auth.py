"""Who asks: the guest's cookie, the owner's claim, bearer tokens; and whether a form is forged.

A cookie is an account's id and an HMAC-SHA256 over it by the realm's own secret, so that nothing
is kept for guests who only look. A token is found by its hash among the realm's people.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.responses import Response

from worldloom.kernel.agents import actor_of
from worldloom.kernel.errors import NotAllowed, NotSignedIn, Refused
from worldloom.kernel.ports import Store
from worldloom.kernel.realm import Realm
from worldloom.kernel.rights import ALL, Token
from worldloom.server.engine import now_us

COOKIE = "worldloom"
COOKIE_SECONDS = 400 * 24 * 3600
FRESH = "worldloom_fresh"
"""The cookie of a browser in which a passkey answered just now."""
FRESH_SECONDS = 300
LOCAL = "local"
"""The account of the command line, which owns every world of its own file."""
GUEST = "guest:"
COOKIE_KEY, CLAIM_HASH, SERVER = "cookie_key", "claim_hash", "server"
"""Keys of the realm's own settings."""
AGAIN = b"again:"
"""Before the hash of another owner's link, of a realm that somebody owns."""


class ClaimSpent(Refused):
    """The owner's link was used before, or it belongs to another realm."""

    code = "claim_spent"
    status = 409
    wrong = True


class WrongSecret(NotSignedIn):
    """What should prove who somebody is does not; many of them are slowed."""

    wrong = True


class SignInAgain(NotAllowed):
    """A cookie is not enough for this: who has the browser need not be who signed in there."""

    code = "sign_in_again"


@dataclass(frozen=True, slots=True)
class Who:
    """Who asks, and by what: `cookie`, `token`, or nothing."""

    account: str
    by: str
    token: Token | None = None
    """What it allows at most; None where they came by a cookie."""
    since: int = 0
    """When their cookie was given, in UTC microseconds."""

    @property
    def came_by(self) -> Token | int | None:
        """What bounds their rights: a token, the moment of a cookie, or nothing."""
        return self.token or (self.since if self.by == "cookie" else None)

    @property
    def actor(self) -> str:
        """Whom the log names for what they do."""
        return actor_of(self.account, "" if self.token is None else self.token.acts_as)

    @property
    def is_software(self) -> bool:
        """Whether an agent asks."""
        return self.token is not None and self.token.agent


NOBODY = Who("", "")


def check_self(who: Who, doing: str) -> None:
    """Raise unless someone may do what is about themselves alone, such as being forgotten.

    It is for the person: an agent's token, or one with fewer rights than its person has, is not
    them. Raises NotSignedIn, NotAllowed (`missing_scope`).
    """
    if not who.account:
        raise NotSignedIn("nobody is signed in", "open the page first, or send a token")
    token = who.token
    if token is not None and (token.agent or token.worlds or ALL not in token.scopes):
        error = NotAllowed(
            f"{doing} is for the person, and this token is narrower than they are",
            "do it on the page, under your account",
            code="missing_scope",
        )
        error.missing = ALL
        raise error


def check_whole(who: Who) -> None:
    """Raise NotAllowed (`person_needed`) where someone's token allows less than its role does.

    What is made by a token is never wider than the token: so only one that nothing narrows makes
    any. One that ends would outlive itself in what it makes.
    """
    token = who.token
    if token is not None and (
        token.agent
        or token.worlds
        or ALL not in token.scopes
        or token.budget is not None
        or token.expires
    ):
        raise NotAllowed(
            "an agent's token, or one that is narrowed, makes no tokens and lets no machine in",
            "a person does it on the page, or by `loom token`",
            code="person_needed",
        )


class Doorkeeper:
    """Tells who a request is from."""

    def __init__(self, realm: Realm, store: Store, server_secret: str) -> None:
        self._realm = realm
        self._store = store
        self._server_secret = server_secret
        key = store.meta(COOKIE_KEY)
        if key is None:
            key = secrets.token_bytes(32)
            store.set_meta(COOKIE_KEY, key)
        self._key = key

    def identify(self, headers: Mapping[str, str], basic: bool = False) -> Who:
        """Return who sent these headers; raises NotSignedIn for a token that is not known.

        With `basic` a token may come as HTTP Basic, too: its id and its secret.
        """
        authorization = headers.get("authorization", "")
        if authorization:
            return self._by_token(authorization, basic)
        account, since = self._by_cookie(headers.get("cookie", ""))
        people = self._realm.people
        if not account or people.forgotten(account) or since < people.cookies_since(account):
            return NOBODY
        return Who(account, "cookie", None, since)

    def known(self, headers: Mapping[str, str]) -> Who | None:
        """Return who sent these headers as `identify` does, or None for who brings nothing.

        Raises NotSignedIn for a program that believes to be somebody.
        """
        try:
            return self.identify(headers)
        except NotSignedIn:
            if "authorization" in headers:
                raise
            return None

    def _by_token(self, authorization: str, basic: bool) -> Who:
        scheme, _, token = authorization.partition(" ")
        token, id = token.strip(), ""
        if basic and scheme.lower() == "basic":
            id, token = _of_basic(token)
            scheme = "bearer"
        if scheme.lower() != "bearer" or not token.isascii():
            raise NotSignedIn("this is no bearer token", "send Authorization: Bearer …")
        if hmac.compare_digest(token, self._server_secret):
            return Who(LOCAL, "token")
        found = self._realm.token_of(token)
        if found is None or id and found.id != id:
            raise unknown_token()
        if found.expires and now_us() >= found.expires:
            raise NotSignedIn("this token has ended", "ask for a new one", code="token_expired")
        return Who(found.account, "token", found)

    def _by_cookie(self, header: str) -> tuple[str, int]:
        """Return the account of a cookie and when it was given; older ones do not say that."""
        text, _, mark = _cookie(header, COOKIE).partition(".")
        if not (text and text.isascii() and mark.isascii()):
            return "", 0
        if not hmac.compare_digest(mark, self._mark(text)):
            return "", 0
        plain = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        account, _, since = plain.partition("\n")
        return account, int(since or "0")

    def _mark(self, text: str) -> str:
        return self.sign("cookie", text)

    def sign(self, purpose: str, text: str) -> str:
        """Return what only this realm can say of a text, for one purpose."""
        mark = hmac.new(self._key, f"{purpose}\0{text}".encode(), sha256).digest()
        return base64.urlsafe_b64encode(mark).decode().rstrip("=")

    def new_guest(self) -> str:
        """Return a new guest's account."""
        return GUEST + secrets.token_hex(8)

    def cookie_of(self, account: str) -> str:
        """Return the cookie that proves an account."""
        plain = f"{account}\n{now_us()}"
        text = base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")
        return f"{text}.{self._mark(text)}"

    def remember(self, response: Response, account: str, secure: bool) -> None:
        """Give an answer the cookie of an account."""
        response.set_cookie(
            COOKIE,
            self.cookie_of(account),
            max_age=COOKIE_SECONDS,
            httponly=True,
            samesite="lax",
            secure=secure,
        )

    def forget(self, response: Response, secure: bool) -> None:
        """Take the cookie away."""
        response.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=secure)

    def freshen(self, response: Response, account: str, secure: bool) -> None:
        """Note in a browser that one of an account's passkeys has answered there just now."""
        response.set_cookie(
            FRESH,
            self._fresh_of(account, now_us()),
            max_age=FRESH_SECONDS,
            path="/api/auth",
            httponly=True,
            samesite="strict",
            secure=secure,
        )

    def check_fresh(self, headers: Mapping[str, str], who: Who, doing: str) -> None:
        """Raise SignInAgain where a cookie is not enough: whoever found it has no passkey.

        An account without any, as a guest's or an organisation's, has nothing more to show.
        """
        if who.by != "cookie" or not self._realm.people.passkeys(who.account):
            return
        sent = _cookie(headers.get("cookie", ""), FRESH)
        moment = sent.partition(".")[0]
        since = int(moment) if moment.isdecimal() and len(moment) < 20 else 0
        known = hmac.compare_digest(sent.encode(), self._fresh_of(who.account, since).encode())
        void = max(self._realm.people.cookies_since(who.account), now_us() - FRESH_SECONDS * 10**6)
        if not known or since < void:
            raise SignInAgain(
                f"{doing} takes an answer of your passkey from the last minutes",
                "show your passkey again, and repeat it",
            )

    def _fresh_of(self, account: str, since: int) -> str:
        return f"{since}.{self.sign('fresh', f'{since} {account}')}"

    # -- the owner's claim ---------------------------------------------------------------------

    def new_claim(self, again: bool = False) -> str | None:
        """Return a link's secret and make any earlier one void; none once somebody owns the realm.

        again: also then, for an owner whose browser lost its cookie.
        """
        known = self._store.meta(CLAIM_HASH)
        owned = is_owned(known)
        if owned and not again:
            if known:
                self.close_claim()  # nobody knows the secret of that other link any more
            return None
        secret = secrets.token_urlsafe(24)
        kept = sha256(secret.encode()).digest()
        self._store.set_meta(CLAIM_HASH, AGAIN + kept if owned else kept)
        return secret

    def renew_claim(self) -> str:
        """Return another link's secret, which `loom claim` tells as well until it is used."""
        secret = self.new_claim(again=True) or ""
        noted = json.loads(self._store.meta(SERVER) or b"{}")
        self._store.set_meta(SERVER, json.dumps({**noted, "claim": secret}).encode())
        return secret

    def check_claim(self, secret: str) -> None:
        """Raise ClaimSpent unless this is the link that is still open."""
        known = (self._store.meta(CLAIM_HASH) or b"").removeprefix(AGAIN)
        given = sha256(secret.encode()).digest()
        if not known or not hmac.compare_digest(known, given):
            raise ClaimSpent(
                "this owner's link is not valid, or was used before",
                "on the machine of the realm, `loom claim --again` makes another",
            )

    def close_claim(self) -> None:
        """Make the claim void for good."""
        self._store.set_meta(CLAIM_HASH, b"")


def _cookie(header: str, name: str) -> str:
    """Return what a browser sent under a name, or nothing."""
    if len(header) > 8192:
        return ""
    try:
        morsel = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return "" if morsel is None else morsel.value


def is_owned(claim: bytes | None) -> bool:
    """Tell of what a realm keeps of its owner's link whether somebody used one ever."""
    return claim is not None and (claim == b"" or claim.startswith(AGAIN))


def unknown_token() -> WrongSecret:
    """Make the error for a token that was never made, or is revoked."""
    return WrongSecret(
        "this token is not known: it was never made here, or it was revoked",
        "ask who gave it to you for another, or make one by `loom token`",
        code="unknown_token",
    )


def _of_basic(sent: str) -> tuple[str, str]:
    """Return id and secret of HTTP Basic (RFC 7617); raises WrongSecret."""
    try:
        id, colon, secret = base64.b64decode(sent, validate=True).decode("ascii").partition(":")
    except ValueError:
        raise unknown_token() from None
    if not (id and colon and secret):
        raise unknown_token()
    return id, secret


def check_origin(headers: Mapping[str, str], who: Who) -> None:
    """Raise NotAllowed where a page of another site sends a form in the name of its visitor."""
    if who.by == "token":
        return
    origin = headers.get("origin")
    if origin is not None:
        if not same_host(origin, headers.get("host", "")):
            raise _other_site(origin)
    elif headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise _other_site("another site")


def check_socket_origin(headers: Mapping[str, str]) -> None:
    """Raise NotAllowed where a page of another site opens a socket with its visitor's cookie."""
    origin = headers.get("origin")
    if origin is not None and not same_host(origin, headers.get("host", "")):
        raise _other_site(origin)


def same_host(origin: str, host: str) -> bool:
    """Tell whether an Origin names the host that was asked."""
    try:
        return bool(host) and urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:
        return False


def _other_site(origin: str) -> NotAllowed:
    return NotAllowed(
        f"a page of {origin[:100]} may not act for you here",
        "open this server's own page, or send a token",
        code="other_site",
    )
