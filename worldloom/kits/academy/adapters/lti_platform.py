"""A learning platform that opened a course by LTI 1.3: its keys, tokens, grades and classes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode
from uuid import uuid4

import msgspec

from worldloom.kernel.doors import Clerk
from worldloom.kits.academy.adapters.outside import (
    ask_platform,
    ask_platform_whole,
    platform_away,
)
from worldloom.kits.academy.lms import jose
from worldloom.kits.academy.lms.cmi5.launch import origin_of
from worldloom.kits.academy.lms.limits import LMS_LIMITS as LIMITS
from worldloom.kits.academy.lms.lti.messages import (
    NAMES_SCOPE,
    SCORE_SCOPE,
    Member,
    Opened,
    Registration,
    assertion,
    learners_of,
    next_of,
    score,
    scores_url,
)
from worldloom.kits.academy.xapi import values

KEYS_SECONDS: Final = 300.0
"""How long a platform's keys are known."""
KEYS_AGAIN_SECONDS: Final = 10.0
"""How often they are asked for at most, though a token names one that is not known."""
KEY: Final = "lti"
"""The name of the realm's secret that we sign with."""
ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
NAMES_MEDIA: Final = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
SCORE_MEDIA: Final = "application/vnd.ims.lis.v1.score+json"


class LtiPlatform:
    """What the tool asks of platforms."""

    def __init__(self) -> None:
        self._keys: dict[str, tuple[float, dict[str, Any]]] = {}
        """Address → when it was asked, and its keys by their ids."""

    async def key(self, known: Registration, kid: str) -> dict[str, Any] | None:
        """Return a platform's public key by its id; raises Unavailable."""
        asked, keys = self._keys.get(known.keys_url, (0.0, {}))
        age = time.monotonic() - asked
        if not asked or age > KEYS_SECONDS or (kid not in keys and age > KEYS_AGAIN_SECONDS):
            keys = await asyncio.to_thread(_fetch_keys, known.keys_url)
            self._keys[known.keys_url] = time.monotonic(), keys
        return keys.get(kid)

    async def score(
        self, known: Registration, opened: Opened, share: float, at: int, clerk: Clerk
    ) -> str:
        """Hand a score over; return why it will never be taken, or nothing; raises Unavailable."""
        secret = await asyncio.to_thread(clerk.secret, KEY, jose.new_key)
        told = score(opened.subject, share, values.spelled(at))
        claims = assertion(known, clerk.now(), str(uuid4()))
        return await asyncio.to_thread(_score, known, opened.lineitem, told, claims, secret)

    async def members(
        self, known: Registration, opened: Opened, clerk: Clerk
    ) -> tuple[list[Member], str]:
        """Return the learners of a class, and why it is not listed whole; raises Unavailable."""
        secret = await asyncio.to_thread(clerk.secret, KEY, jose.new_key)
        claims = assertion(known, clerk.now(), str(uuid4()))
        return await asyncio.to_thread(_members, known, opened.members_url, claims, secret)


def _token(
    known: Registration, claims: Mapping[str, Any], secret: bytes, scope: str
) -> tuple[str, str]:
    """Return a token for a service, or why there is none."""
    kid = jose.public_jwk(secret)["kid"]
    form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION,
            "client_assertion": jose.sign(claims, secret, kid), "scope": scope}  # fmt: skip
    status, body = ask_platform("POST", known.token_url, urlencode(form).encode(),
                        {"Content-Type": "application/x-www-form-urlencoded"})  # fmt: skip
    token = _json(body).get("access_token")
    if status != 200 or not isinstance(token, str) or not token.isprintable():
        return "", f"the platform gives no token: {status}"
    return token, ""


def _members(
    known: Registration, url: str, claims: Mapping[str, Any], secret: bytes
) -> tuple[list[Member], str]:
    token, why = _token(known, claims, secret, NAMES_SCOPE)
    if why:
        return [], why
    found: list[Member] = []
    headers = {"Authorization": f"Bearer {token}", "Accept": NAMES_MEDIA}
    for _ in range(LIMITS.roster_pages_max):
        status, body, link = ask_platform_whole("GET", url, None, headers)
        if status != 200:
            return found, f"the platform refuses its list: {status}"
        found += learners_of(_json(body))
        url = next_of(link)
        if not url:
            return found, ""
        if origin_of(url) not in known.origins:
            return found, "its list goes on at another platform"
    return found, f"its list has more than {LIMITS.roster_pages_max} pages"


def _score(
    known: Registration, lineitem: str, told: Mapping[str, Any], claims: Mapping[str, Any],
    secret: bytes,
) -> str:  # fmt: skip
    token, why = _token(known, claims, secret, SCORE_SCOPE)
    if why:
        return why
    headers = {"Authorization": f"Bearer {token}", "Content-Type": SCORE_MEDIA}
    status, body = ask_platform("POST", scores_url(lineitem), msgspec.json.encode(told), headers)
    return "" if status < 300 else f"the platform refuses the score: {status}"


def _fetch_keys(url: str) -> dict[str, Any]:
    status, body = ask_platform("GET", url, None, {})
    listed = _json(body).get("keys")
    if status != 200 or not isinstance(listed, list):
        raise platform_away("shows no keys")
    return {str(one["kid"]): one for one in listed[:100] if isinstance(one, dict) and "kid" in one}


def _json(body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return {}
