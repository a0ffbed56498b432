"""How statements go out: exact as they came, only ids, or canonical in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from worldloom.kernel.doors import Kept
from worldloom.kits.academy.events import StatementKept
from worldloom.kits.academy.xapi.checking import IDENTIFIERS
from worldloom.kits.academy.xapi.values import spelled

FORMATS: Final = ("exact", "ids", "canonical")
About = Callable[[str], Mapping[str, Any] | None]
"""Returns what is known of an activity."""
DEFAULT_VERSION: Final = {"1": "1.0.0", "2": "2.0.0"}
"""What a statement without a version has (1.0.3 part two, 2.4.10; 2.0, 4.2.4.3)."""


def authority_of(event: StatementKept, home: str) -> dict[str, Any]:
    """Return who vouches for a statement: the account whose token brought it, or the academy."""
    name = event.authority or "academy"
    return {"objectType": "Agent", "account": {"homePage": home, "name": name}}


def exact(kept: Kept, home: str) -> bytes:
    """Return a statement as it came, with what the store adds."""
    event = kept.event
    assert isinstance(event, StatementKept)
    text = (event.statement.value or "{}").encode()
    stored = spelled(kept.time)
    told: dict[str, Any] = {"stored": stored, "authority": authority_of(event, home)}
    # Names stand in quotation marks at any depth: a hit only starts the slow look.
    if b'"timestamp"' not in text or b'"version"' not in text:
        has: dict[str, Any] = {}
    else:
        has = msgspec.json.decode(text)
    if b'"timestamp"' not in text or has and "timestamp" not in has:
        told["timestamp"] = stored
    if b'"version"' not in text or has and "version" not in has:
        told["version"] = DEFAULT_VERSION[event.version[0]]
    return text[:-1] + b"," + msgspec.json.encode(told)[1:]


def shown(kept: Kept, home: str, form: str, languages: list[str], about: About) -> bytes:
    """Return a statement in a form."""
    text = exact(kept, home)
    if form == "exact":
        return text
    told = msgspec.json.decode(text)
    pick = _ids if form == "ids" else _canonical(languages, about)
    return msgspec.json.encode(_rewritten(told, pick))


Pick = Callable[[str, dict[str, Any]], Any]
"""(role, part) → the part as it is shown; role: actor, verb or activity."""


def _rewritten(told: dict[str, Any], pick: Pick) -> dict[str, Any]:
    """Return a statement whose actors, verb and activities are as `pick` shows them."""
    result = dict(told)
    result["actor"] = pick("actor", told["actor"])
    result["verb"] = pick("verb", told["verb"])
    result["object"] = _object(told["object"], pick)
    if "authority" in told:
        result["authority"] = pick("actor", told["authority"])
    if "context" in told:
        result["context"] = context = dict(told["context"])
        for name in ("instructor", "team"):
            if name in context:
                context[name] = pick("actor", context[name])
        if "contextActivities" in context:
            context["contextActivities"] = {
                name: [pick("activity", one) for one in listed]
                for name, listed in context["contextActivities"].items()
            }
    if "attachments" in told:
        result["attachments"] = [pick("attachment", one) for one in told["attachments"]]
    return result


def _object(told: dict[str, Any], pick: Pick) -> Any:
    kind = told.get("objectType", "Activity")
    if kind == "Activity":
        return pick("activity", told)
    if kind in ("Agent", "Group"):
        return pick("actor", told)
    return _rewritten(told, pick) if kind == "SubStatement" else told


def _ids(role: str, part: dict[str, Any]) -> Any:
    """Keep of a part only what tells it from others."""
    if role == "actor":
        kept: dict[str, Any] = {
            name: part[name] for name in ("objectType", *IDENTIFIERS) if name in part
        }
        if part.get("objectType") == "Group" and not any(name in part for name in IDENTIFIERS):
            kept["member"] = [_ids(role, one) for one in part.get("member", ())]
        return kept
    if role == "verb":
        return {"id": part["id"]}
    return {"id": part["id"]} if role == "activity" else part


def _canonical(languages: list[str], about: About) -> Pick:
    """Show activities as they are known here, and every text in one language."""

    def show(role: str, part: dict[str, Any]) -> Any:
        if role == "activity":
            known = about(part["id"]) or part.get("definition")
            part = {**part, "definition": dict(known)} if known else part
            if known:
                part["definition"] = {
                    name: _spoken(value, languages) if name in ("name", "description") else
                    [_in_one(one, languages) for one in value] if name in _LISTS else value
                    for name, value in known.items()
                }  # fmt: skip
            return part
        return _in_one(part, languages) if role in ("verb", "attachment") else part

    return show


_LISTS: Final = frozenset({"choices", "scale", "source", "target", "steps"})


def _in_one(part: dict[str, Any], languages: list[str]) -> dict[str, Any]:
    return {
        name: _spoken(value, languages) if name in ("display", "description") else value
        for name, value in part.items()
    }


def _spoken(texts: dict[str, str], languages: list[str]) -> dict[str, str]:
    """Return the text of the language that is wanted most, or any."""
    for wanted in languages:
        # RFC 4647: the one itself or a narrower one, else the nearest that is wider.
        parts = wanted.split("-")
        for size in range(len(parts), 0, -1):
            start = "-".join(parts[:size]) + "-"
            for tag in texts:
                if wanted == "*" or f"{tag.lower()}-".startswith(start):
                    return {tag: texts[tag]}
    return dict([next(iter(texts.items()))]) if texts else {}


def languages_of(header: str) -> list[str]:
    """Return the languages of an Accept-Language in the order in which they are wanted."""
    found = []
    for at, one in enumerate(header[:1_000].split(",")):
        tag, *more = (part.strip().lower() for part in one.split(";"))
        weight = next((part[2:] for part in more if part.startswith("q=")), "1")
        try:
            found.append((-float(weight), at, tag))
        except ValueError:
            continue
    return [tag for _, _, tag in sorted(found) if tag]
