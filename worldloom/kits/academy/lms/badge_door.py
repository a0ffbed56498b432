"""The door `/badges/`: a badge for who knows its address, the issuer, its key and status lists."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from worldloom import NotFound, WorldloomError
from worldloom.kernel.doors import Answered, Asked, Clerk, Kept, with_headers
from worldloom.kits.academy.lms import jose
from worldloom.kits.academy.lms.badges import BADGES, REVOKED
from worldloom.kits.academy.lms.credential import (
    CONTEXTS,
    Issuer,
    claims,
    credential,
    status_list,
)
from worldloom.kits.academy.lms.events import BadgeAwarded
from worldloom.kits.academy.lms.limits import LMS_LIMITS as LIMITS

JSON: Final = "application/json"
JWT: Final = "application/vc+jwt"
KEY: Final = "badges"
"""The name of the realm's secret that badges are signed with."""
FREE: Final = ("issuer", "key", "keys", "credentials/", "status/")
"""What anyone may read: badges have addresses that cannot be guessed."""
PAGE: Final = 1_000


class BadgeDoor:
    """Answers at the door of one world's badges."""

    def __init__(self, name: str, home: str) -> None:
        self._name = name
        self._home = home

    def issuer(self, world: str) -> Issuer:
        """Return who issues the badges of a world."""
        return Issuer(self._name, self._home, f"{self._home}/w/{world}/badges")

    async def answer(self, asked: Asked, clerk: Clerk) -> Answered:
        """Answer a request; raises NotFound."""
        if asked.method not in ("GET", "HEAD"):
            error = WorldloomError("badges are only read here", "ask by GET", code="wrong_method")
            error.status = 405
            raise error
        # Signing and unpacking take a while: others are served meanwhile.
        answered = await asyncio.to_thread(self._find, asked.path.strip("/"), clerk)
        # Whoever checks a badge in a page of another site may read all this.
        return with_headers(answered, ("Access-Control-Allow-Origin", "*"))

    def _find(self, path: str, clerk: Clerk) -> Answered:
        issuer, secret = self.issuer(clerk.world), clerk.secret(KEY, jose.new_key)
        kind, _, rest = path.partition("/")
        if kind == "credentials" and rest:
            return _badge(rest, clerk, issuer, secret)
        if kind == "status" and rest.isascii() and rest.isdigit() and len(rest) < 6:
            told = status_list(int(rest), _places(int(rest), clerk), issuer, clerk.now())
            return Answered(200, jose.sign(claims(told), secret, issuer.kid).encode(), JWT)
        jwk = jose.public_jwk(secret, issuer.kid)
        if path == "key":
            return _json(jwk)
        if path == "keys":
            return _json({"keys": [jwk]})
        if path == "issuer":
            return _json({"@context": list(CONTEXTS), **issuer.profile()})
        raise NotFound("there is nothing here", f"there are {', '.join(FREE)}", code="no_page")


def _badge(rest: str, clerk: Clerk, issuer: Issuer, secret: bytes) -> Answered:
    """Return a badge, signed; or what it says, as JSON."""
    id, dot, form = rest.partition(".")
    kept = _kept(id, clerk) if form in (("json",) if dot else ("",)) else None
    if kept is None:
        raise NotFound("there is no such badge", "take its whole address", code="no_page")
    event = kept.event
    assert isinstance(event, BadgeAwarded)
    if event.name.value is None:
        error = NotFound("whoever earned this badge is forgotten here", "there is no more of it",
                         code="forgotten")  # fmt: skip
        error.status = 410
        raise error
    told = credential(event, issuer, kept.time)
    if dot:
        return _json(told)
    save = ("Content-Disposition", f'attachment; filename="badge-{event.id[:8]}.jwt"')
    token = jose.sign(claims(told), secret, issuer.kid)
    return Answered(200, token.encode(), JWT, (save,))


def _kept(id: str, clerk: Clerk) -> Kept | None:
    rows = clerk.select(BADGES, {"id": id[:100]}, (), 1).rows
    return next(iter(clerk.events(BadgeAwarded, [row.at for row in rows])), None)


def _places(which: int, clerk: Clerk) -> Iterator[int]:
    """Yield the places of a list whose badges are revoked."""
    after: tuple[int, ...] = ()
    for _ in range(LIMITS.status_bits // PAGE + 1):
        rows = clerk.select(REVOKED, {"list": which}, after, PAGE).rows
        for row in rows:
            yield row.place
        if len(rows) < PAGE:
            return
        after = (which, rows[-1].place)


def _json(value: Any) -> Answered:
    return Answered(200, msgspec.json.encode(value), JSON)
