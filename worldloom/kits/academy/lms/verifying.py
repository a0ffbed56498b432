"""Whether a badge is true: every byte of it, that it agrees with itself, and that it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from worldloom import Invalid
from worldloom.kits.academy.lms import jose, statuslist
from worldloom.kits.academy.lms.credential import SECOND_US, seconds_of
from worldloom.kits.academy.lms.jose import BadToken
from worldloom.kits.academy.lms.limits import LMS_LIMITS as LIMITS


def verify_badge(
    token: str, key: Mapping[str, Any], now: int, status: str | None = None
) -> dict[str, Any]:
    """Return what a badge says, if its issuer's public key (JWK) signed it so.

    `now` is the time in UTC microseconds. `status` is the signed status list that the badge names;
    without one it is not looked up whether the badge was revoked. Raises Invalid (`bad_badge`).
    """
    try:
        told = jose.verify(token, key, LIMITS.token_bytes_max)
        _check_claims(told, "OpenBadgeCredential", now)
        if status is not None:
            _check_status(told, status, key, now)
    except BadToken as error:
        raise Invalid(f"this badge is not valid: {error}", "ask its issuer for it again",
                      code="bad_badge") from None  # fmt: skip
    return told


def _check_claims(told: Mapping[str, Any], kind: str, now: int) -> None:
    """Open Badges 3.0, 8.2.3: the token's own claims agree with the credential's."""
    types = told.get("type")
    if not isinstance(types, list) or not {"VerifiableCredential", kind} <= set(map(str, types)):
        raise BadToken(f"it is no {kind}")
    issuer = told.get("issuer")
    issuer = issuer.get("id") if isinstance(issuer, dict) else issuer
    subject = told.get("credentialSubject")
    subject = subject.get("id") if isinstance(subject, dict) else None
    for name, value in (("iss", issuer), ("sub", subject), ("jti", told.get("id"))):
        if not isinstance(value, str) or told.get(name) != value:
            raise BadToken(f"its claim {name} does not agree with it")
    begins = _moment(told, "validFrom")
    if begins is None or told.get("nbf") != begins:
        raise BadToken("its claim nbf does not agree with it")
    if begins * SECOND_US > now:
        raise BadToken("it is not valid yet")
    ends = _moment(told, "validUntil")
    if told.get("exp") != ends:
        raise BadToken("its claim exp does not agree with it")
    if ends is not None and ends * SECOND_US <= now:
        raise BadToken("it has ended")


def _check_status(told: Mapping[str, Any], status: str, key: Mapping[str, Any], now: int) -> None:
    entry = told.get("credentialStatus")
    if not isinstance(entry, dict) or entry.get("type") != "BitstringStatusListEntry":
        raise BadToken("it names no status list")
    found = jose.verify(status, key, LIMITS.status_token_bytes_max)
    _check_claims(found, "BitstringStatusListCredential", now)
    bits = found["credentialSubject"]
    if found["id"] != entry.get("statusListCredential") or found["iss"] != told["iss"]:
        raise BadToken("the status list is another one than it names")
    if bits.get("statusPurpose") != entry.get("statusPurpose") or not isinstance(
        bits.get("encodedList"), str
    ):
        raise BadToken("the status list is for something else")
    place = str(entry.get("statusListIndex"))
    if not (place.isascii() and place.isdigit() and len(place) < 12):
        raise BadToken("its place in the status list is no number")
    if statuslist.is_set(bits["encodedList"], int(place)):
        raise BadToken("it was revoked")


def _moment(told: Mapping[str, Any], name: str) -> int | None:
    text = told.get(name)
    if text is None:
        return None
    try:
        return seconds_of(text)
    except (TypeError, ValueError):
        raise BadToken(f"its {name} is no time") from None
