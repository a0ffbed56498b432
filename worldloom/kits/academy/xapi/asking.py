"""What every request at the record store has: a version, known parameters, JSON in its body."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from worldloom.kernel.doors import Asked
from worldloom.kernel.errors import Invalid
from worldloom.kits.academy.xapi import checking, values
from worldloom.kits.academy.xapi.multipart import media_of
from worldloom.kits.academy.xapi.values import wrong

VERSION: Final = "x-experience-api-version"
_ONE: Final = re.compile(r"1\.0(?:\.[0-9]{1,3})?").fullmatch
_TWO: Final = re.compile(r"2\.0(?:\.[0-9]{1,3})?").fullmatch
SPOKEN: Final = {"1": "1.0.3", "2": "2.0.0"}
"""First digit of a version → what the answer says it is."""
FORM: Final = frozenset({
    "authorization", "content-type", "content-length", "if-match", "if-none-match",
    "x-experience-api-version", "accept", "accept-language",
})  # fmt: skip
"""Headers that may come as fields of a form."""
JSON: Final = "application/json"
_TRUTH: Final = {"true": True, "false": False}


def version_of(headers: Mapping[str, str]) -> str:
    """Return the version that a request speaks, as 1.0.3 or 2.0.0; raises Invalid."""
    said = headers.get(VERSION, "")
    if _ONE(said) or _TWO(said):
        return SPOKEN[said[0]]
    raise wrong("X-Experience-API-Version", "is missing or not known", "send 1.0.3 or 2.0.0")


def speaks_one(asked: Asked) -> bool:
    """Tell whether a request speaks xAPI 1.0."""
    return bool(_ONE(asked.headers.get(VERSION, "")))


def unfolded(asked: Asked) -> Asked:
    """Return the request that a form stands for (1.0.3 part three, 1.3), or the same one.

    2.0 has no such forms; there, and where the form is broken, `method` is an unknown parameter.
    """
    method = dict(asked.query).get("method")
    if method is None or asked.method != "POST":
        return asked
    try:
        found = _unfolded(asked, method)
    except Invalid:
        return asked
    return found if speaks_one(found) else asked


def _unfolded(asked: Asked, method: str) -> Asked:
    if len(asked.query) > 1 or method not in ("GET", "PUT", "POST", "DELETE", "HEAD"):
        raise wrong("method", "is not alone, or no method", "put all else into the form")
    media = media_of(asked.headers.get("content-type", ""))[0]
    if media != "application/x-www-form-urlencoded":
        raise wrong("Content-Type", "is no form", "send application/x-www-form-urlencoded")
    try:
        fields = parse_qsl(asked.body.decode(), keep_blank_values=True, strict_parsing=True,
                           max_num_fields=200)  # fmt: skip
    except ValueError as error:
        raise wrong("body", "is no form") from error
    given = dict(fields)
    if len(given) < len(fields):
        raise wrong("body", "has a field twice")
    content = given.pop("content", "")
    if method in ("PUT", "POST") and not content:
        raise wrong("content", "is missing in the form")
    heads = {name.lower(): value for name, value in given.items() if name.lower() in FORM}
    query = tuple((name, value) for name, value in given.items() if name.lower() not in FORM)
    headers = {**asked.headers, "content-type": JSON, **heads}
    return msgspec.structs.replace(asked, method=method, query=query, headers=headers,
                                   body=content.encode())  # fmt: skip


def parameters(
    asked: Asked, known: Collection[str], needed: Collection[str] = ()
) -> dict[str, str]:
    """Return the parameters of a request; raises Invalid for one that is unknown or twice."""
    given: dict[str, str] = {}
    for name, value in asked.query:
        if name not in known:
            raise wrong(name, "is no parameter here", f"there are {', '.join(sorted(known))}")
        if name in given:
            raise wrong(name, "is given twice")
        given[name] = value
    for name in needed:
        if name not in given:
            raise wrong(name, "is missing")
    return given


def truth(given: Mapping[str, str], name: str) -> bool:
    """Return a parameter that is true or false; raises Invalid."""
    said = given.get(name, "false").lower()
    if said not in _TRUTH:
        raise wrong(name, "is neither true nor false")
    return _TRUTH[said]


def decoded(text: str | bytes, path: str) -> Any:
    """Return what JSON says; raises Invalid."""
    try:
        return msgspec.json.decode(text)
    except (ValueError, RecursionError) as error:
        raise wrong(path, f"is no JSON: {str(error)[:100]}") from error


def agent_of(given: Mapping[str, str], name: str = "agent", groups: bool = True) -> dict[str, Any]:
    """Return the agent or group with an identity that a parameter is; raises Invalid."""
    value = decoded(given[name], name)
    if groups:
        checking.actor(value, name)
        checking.identified(value, name)
    else:
        checking.agent(value, name)
    found: dict[str, Any] = value
    return found


def activity_of(given: Mapping[str, str]) -> str:
    """Return the IRI of the parameter activityId; raises Invalid."""
    return values.iri(given["activityId"], "activityId")
