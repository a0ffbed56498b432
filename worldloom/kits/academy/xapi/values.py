"""The values of xAPI: what is an IRI, a language tag, a duration, a moment; pure.

Sources: xAPI 1.0.3 part two, section 4; RFC 3987, 5646, 3339, 4122; ISO 8601:2004 4.4.3.2.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from worldloom.kernel.errors import Invalid
from worldloom.kits.academy.xapi.limits import LIMITS

_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x20\x7f]+").fullmatch
_MAILTO: Final = re.compile(r"mailto:[^\s@<>\"]+@[^\s@<>\"]+").fullmatch
_SHA1: Final = re.compile(r"[0-9a-fA-F]{40}").fullmatch
_SHA2: Final = re.compile(r"(?:[0-9a-fA-F]{56}|(?:[0-9a-fA-F]{32}){2,4})").fullmatch
"""SHA-224, 256, 384 or 512."""
_UUID: Final = re.compile(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
).fullmatch
_TAG: Final = re.compile(
    r"(?:(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*"
    r"(?:-x(?:-[a-z0-9]{1,8})+)?|x(?:-[a-z0-9]{1,8})+|i-[a-z]{2,8}|art-lojban|cel-gaulish|zh-min)",
    re.IGNORECASE,
).fullmatch
"""RFC 5646, section 2.1, with the irregular tags that are in use."""
_NUMBER: Final = r"[0-9]+(?:[.,][0-9]+)?"
_DURATION: Final = re.compile(
    rf"P(?:{_NUMBER}W|(?=.)(?:{_NUMBER}Y)?(?:{_NUMBER}M)?(?:{_NUMBER}D)?"
    rf"(?:T(?=.)(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?)"
).fullmatch
_INNER_FRACTION: Final = re.compile(r"[.,][0-9]+[A-Z](?=.)").search
_MOMENT: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:[.,]([0-9]{1,12}))?"
    r"(Z|z|[+-][0-9]{2}(?::?[0-9]{2})?)?"
).fullmatch
_VERSION: Final = re.compile(r"1\.0(?:\.[0-9]{1,3})?|2\.0(?:\.[0-9]{1,3})?").fullmatch
_MEDIA: Final = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+*-]+\s*(?:;.*)?", re.DOTALL).fullmatch


def wrong(path: str, what: str, fix: str = "") -> Invalid:
    """Make the error for a part of a request that is not as xAPI has it."""
    return Invalid(f"{path[:200]} {what}", fix or "see the xAPI specification", field=path[:100])


def text(value: Any, path: str) -> str:
    """Return a text; raises Invalid."""
    if not isinstance(value, str):
        raise wrong(path, "is no text")
    return value


def iri(value: Any, path: str) -> str:
    """Return an IRI with a scheme; raises Invalid."""
    if not isinstance(value, str) or not _IRI(value) or len(value) > LIMITS.name_characters_max:
        raise wrong(path, "is no IRI", "an IRI begins with a scheme, as in https://…")
    return value


def mailto(value: Any, path: str) -> str:
    """Return a mail address as an IRI; raises Invalid."""
    if not isinstance(value, str) or not _MAILTO(value) or len(value) > LIMITS.name_characters_max:
        raise wrong(path, "is no mailto IRI", "write mailto:someone@example.com")
    return value


def sha1(value: Any, path: str) -> str:
    """Return a SHA-1 in hex; raises Invalid."""
    if not isinstance(value, str) or not _SHA1(value):
        raise wrong(path, "is no SHA-1 in hex")
    return value


def sha2(value: Any, path: str) -> str:
    """Return a hash of the SHA-2 family in hex; raises Invalid."""
    if not isinstance(value, str) or not _SHA2(value):
        raise wrong(path, "is no SHA-2 in hex")
    return value


def uuid(value: Any, path: str) -> str:
    """Return a UUID in lower case; raises Invalid."""
    if not isinstance(value, str) or not _UUID(value):
        raise wrong(path, "is no UUID", "write 36 characters of the form of RFC 4122")
    return value.lower()


def tag(value: Any, path: str) -> str:
    """Return a language tag; raises Invalid."""
    if not isinstance(value, str) or len(value) > 100 or not _TAG(value):
        raise wrong(path, "is no language tag", "write en, de-CH and the like (RFC 5646)")
    return value


def duration(value: Any, path: str) -> str:
    """Return a duration of ISO 8601 by its parts or in weeks; raises Invalid."""
    if not isinstance(value, str) or len(value) > 100 or not _DURATION(value):
        raise wrong(path, "is no duration", "write PT12.5S, P1DT2H or P3W")
    # Only the smallest part may have a fraction.
    if _INNER_FRACTION(value):
        raise wrong(path, "is no duration", "only the last part may have a fraction")
    return value


_FINE: Final = re.compile(r"[.,][0-9]{2}([0-9]+)S$").search


def coarse(value: str) -> str:
    """Return a duration cut to hundredths of a second, as they are compared (2.0, 4.2.7)."""
    found = _FINE(value)
    return value if found is None else value[: found.start(1)] + "S"


def version(value: Any, path: str) -> str:
    """Return the version of a statement; raises Invalid."""
    if not isinstance(value, str) or not _VERSION(value):
        raise wrong(path, "is no version", "write 1.0.3 or 2.0.0")
    return value


def media(value: Any, path: str) -> str:
    """Return an Internet media type; raises Invalid."""
    if not isinstance(value, str) or not _MEDIA(value) or len(value) > 300:
        raise wrong(path, "is no media type", "write text/plain and the like")
    return value


def number(value: Any, path: str) -> float:
    """Return a number, which true is not; raises Invalid."""
    if type(value) is not int and type(value) is not float:
        raise wrong(path, "is no number")
    return value


def moment(value: Any, path: str) -> int:
    """Return a moment as UTC microseconds since 1970; raises Invalid. Without a zone it is UTC."""
    found = _MOMENT(value) if isinstance(value, str) else None
    if found is None:
        raise wrong(path, "is no timestamp", "write 2026-01-31T12:00:00.000Z (RFC 3339)")
    day, time, part, zone = found.groups()
    minutes = 0
    if zone and zone not in "Zz":
        digits = zone[1:].replace(":", "").ljust(4, "0")
        minutes = int(digits[:2]) * 60 + int(digits[2:])
        # RFC 3339, 4.3: -00:00 says that the zone is not known.
        if int(digits[2:]) > 59 or minutes > 24 * 60 or zone[0] == "-" and not minutes:
            raise wrong(path, "has no zone", "write Z or +01:00")
        minutes = -minutes if zone[0] == "-" else minutes
    try:
        known = datetime.fromisoformat(f"{day}T{time.replace(':60', ':59')}").replace(tzinfo=UTC)
    except ValueError:
        raise wrong(path, "is no moment of the calendar") from None
    micros = int((part or "0")[:6].ljust(6, "0"))
    since = known - _BEGIN - timedelta(minutes=minutes)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + micros


_BEGIN: Final = datetime(1970, 1, 1, tzinfo=UTC)


def spelled(micros: int) -> str:
    """Return a moment in UTC microseconds as xAPI spells it."""
    return (_BEGIN + timedelta(microseconds=micros)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
