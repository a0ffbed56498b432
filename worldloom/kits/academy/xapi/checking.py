"""What makes a statement one: every rule of its form, strict, pure, with the place of each fault.

Sources: xAPI 1.0.3 part two, section 2; IEEE 9274.1.1-2023 (xAPI 2.0), 4.2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from worldloom.kernel.errors import OverLimit
from worldloom.kits.academy.xapi import values
from worldloom.kits.academy.xapi.limits import LIMITS
from worldloom.kits.academy.xapi.values import wrong

Check = Callable[[Any, str], object]
Parts = Mapping[str, Check]
VOIDED: Final = "http://adlnet.gov/expapi/verbs/voided"
IDENTIFIERS: Final = ("mbox", "mbox_sha1sum", "openid", "account")
INTERACTIONS: Final = {
    "true-false": (), "choice": ("choices",), "fill-in": (), "long-fill-in": (),
    "matching": ("source", "target"), "performance": ("steps",), "sequencing": ("choices",),
    "likert": ("scale",), "numeric": (), "other": (),
}  # fmt: skip
"""Interaction type → the lists of components that it may have."""
COMPONENTS: Final = ("choices", "scale", "source", "target", "steps")


def whole(value: Any, path: str, parts: Parts, needed: tuple[str, ...] = ()) -> dict[str, Any]:
    """Check an object whose keys are all known; raises Invalid at the first fault."""
    if not isinstance(value, dict):
        raise wrong(path, "is no object")
    for key, part in value.items():
        check = parts.get(key)
        if check is None:
            raise wrong(f"{path}.{key}", "is not known", f"{path} has {', '.join(parts)}")
        check(part, f"{path}.{key}")
    for key in needed:
        if key not in value:
            raise wrong(f"{path}.{key}", "is missing")
    return value


def kind(*names: str) -> Check:
    """Return a check of an objectType."""

    def check(value: Any, path: str) -> None:
        if value not in names:
            raise wrong(path, f"is not {' or '.join(names)}")

    return check


def each(check: Check, least: int = 0) -> Check:
    """Return a check of a list's items."""

    def check_all(value: Any, path: str) -> None:
        if not isinstance(value, list):
            raise wrong(path, "is no list")
        if len(value) < least:
            raise wrong(path, "is empty")
        for number, item in enumerate(value):
            check(item, f"{path}[{number}]")

    return check_all


def true_or_false(value: Any, path: str) -> None:
    """Check a truth value."""
    if not isinstance(value, bool):
        raise wrong(path, "is neither true nor false")


def languages(value: Any, path: str) -> None:
    """Check a map of languages to texts."""
    if not isinstance(value, dict):
        raise wrong(path, "is no language map")
    for tag, said in value.items():
        values.tag(tag, f"{path}.{tag}")
        values.text(said, f"{path}.{tag}")


def extensions(value: Any, path: str) -> None:
    """Check a map of IRIs to anything: of all a statement is, this alone has no form."""
    if not isinstance(value, dict):
        raise wrong(path, "is no map of extensions")
    check_depth(value, path)
    for name in value:
        values.iri(name, f"{path}.{name}")


def check_depth(value: Any, path: str) -> None:
    """Raise OverLimit for JSON that nests deeper than is read."""
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > LIMITS.depth_max:
            raise OverLimit(f"{path} nests deeper than {LIMITS.depth_max}", "flatten it",
                            too_large=True)  # fmt: skip
        level = [
            part
            for one in level
            for part in (one.values() if isinstance(one, dict) else one)
            if isinstance(part, dict | list)
        ]


def named(value: Any, path: str) -> None:
    """Check a text of a bounded length, as names and identities are."""
    if len(values.text(value, path)) > LIMITS.name_characters_max:
        raise wrong(path, f"has more than {LIMITS.name_characters_max} characters")


ACCOUNT: Final[Parts] = {"homePage": values.iri, "name": named}


def account(value: Any, path: str) -> None:
    """Check an account."""
    whole(value, path, ACCOUNT, ("homePage", "name"))


IDENTITY: Final[Parts] = {
    "mbox": values.mailto, "mbox_sha1sum": values.sha1, "openid": values.iri, "account": account,
}  # fmt: skip
AGENT: Final[Parts] = {"objectType": kind("Agent"), "name": named, **IDENTITY}


def identified(value: Mapping[str, Any], path: str, least: int = 1) -> None:
    """Check that somebody has one identity, and no more."""
    has = [name for name in IDENTIFIERS if name in value]
    if not least <= len(has) <= 1:
        raise wrong(path, f"has {len(has)} identities", f"give one of {', '.join(IDENTIFIERS)}")


def agent(value: Any, path: str) -> None:
    """Check an agent."""
    identified(whole(value, path, AGENT), path)


def group(value: Any, path: str) -> None:
    """Check a group: one with an identity, or at least one with members."""
    found = whole(value, path, GROUP, ("objectType",))
    identified(found, path, 0)
    if not any(name in found for name in IDENTIFIERS) and not found.get("member"):
        raise wrong(path, "has neither an identity nor members")


GROUP: Final[Parts] = {
    "objectType": kind("Group"), "name": named, "member": each(agent), **IDENTITY
}  # fmt: skip


def actor(value: Any, path: str) -> None:
    """Check an agent or a group."""
    if isinstance(value, dict) and value.get("objectType", "Agent") == "Group":
        group(value, path)
    else:
        agent(value, path)


VERB: Final[Parts] = {"id": values.iri, "display": languages}


def verb(value: Any, path: str) -> None:
    """Check a verb."""
    whole(value, path, VERB, ("id",))


COMPONENT: Final[Parts] = {"id": named, "description": languages}


def component(value: Any, path: str) -> None:
    """Check a component of an interaction."""
    if not whole(value, path, COMPONENT, ("id",))["id"]:
        raise wrong(f"{path}.id", "is empty")


def components(value: Any, path: str) -> None:
    """Check a list of components, of which no two have the same id."""
    each(component)(value, path)
    if len({one["id"] for one in value}) < len(value):
        raise wrong(path, "has two components of one id")


DEFINITION: Final[Parts] = {
    "name": languages, "description": languages, "type": values.iri, "moreInfo": values.iri,
    "extensions": extensions, "interactionType": kind(*INTERACTIONS),
    "correctResponsesPattern": each(values.text), **dict.fromkeys(COMPONENTS, components),
}  # fmt: skip


def definition(value: Any, path: str) -> None:
    """Check what is told of an activity."""
    found = whole(value, path, DEFINITION)
    allowed = INTERACTIONS.get(found.get("interactionType", ""))
    if allowed is None and any(name in found for name in ("correctResponsesPattern", *COMPONENTS)):
        raise wrong(path, "has parts of an interaction without interactionType")
    for name in COMPONENTS:
        if allowed is not None and name in found and name not in allowed:
            raise wrong(f"{path}.{name}", f"is no part of {found['interactionType']}")


ACTIVITY: Final[Parts] = {
    "objectType": kind("Activity"), "id": values.iri, "definition": definition
}  # fmt: skip


def activity(value: Any, path: str) -> None:
    """Check an activity."""
    whole(value, path, ACTIVITY, ("id",))


REFERENCE: Final[Parts] = {"objectType": kind("StatementRef"), "id": values.uuid}


def reference(value: Any, path: str) -> None:
    """Check a reference to a statement."""
    whole(value, path, REFERENCE, ("objectType", "id"))


def one_or_more(value: Any, path: str) -> None:
    """Check activities of a context: a list, or one alone."""
    if isinstance(value, dict):
        activity(value, path)
    else:
        each(activity)(value, path)


CONTEXT_ACTIVITIES: Final[Parts] = dict.fromkeys(
    ("parent", "grouping", "category", "other"), one_or_more
)


def context_activities(value: Any, path: str) -> None:
    """Check the activities that a context names."""
    whole(value, path, CONTEXT_ACTIVITIES)


TYPES: Final = each(values.iri, 1)
CONTEXT_AGENT: Final[Parts] = {
    "objectType": kind("contextAgent"), "agent": agent, "relevantTypes": TYPES
}  # fmt: skip
CONTEXT_GROUP: Final[Parts] = {
    "objectType": kind("contextGroup"), "group": group, "relevantTypes": TYPES
}  # fmt: skip


def context_agent(value: Any, path: str) -> None:
    """Check an agent of a context, with the types of activities that it matters to (2.0)."""
    whole(value, path, CONTEXT_AGENT, ("objectType", "agent"))


def context_group(value: Any, path: str) -> None:
    """Check a group of a context, with the types of activities that it matters to (2.0)."""
    whole(value, path, CONTEXT_GROUP, ("objectType", "group"))


CONTEXT: Final[Parts] = {
    "registration": values.uuid, "instructor": actor, "team": group, "revision": values.text,
    "contextActivities": context_activities, "platform": values.text, "language": values.tag,
    "statement": reference, "extensions": extensions,
}  # fmt: skip
CONTEXT_2: Final[Parts] = {
    **CONTEXT, "contextAgents": each(context_agent), "contextGroups": each(context_group)
}  # fmt: skip


def context_of(parts: Parts) -> Check:
    """Return a check of a context."""
    return lambda value, path: whole(value, path, parts)


SCORE: Final[Parts] = dict.fromkeys(("scaled", "raw", "min", "max"), values.number)


def score(value: Any, path: str) -> None:
    """Check a score: scaled lies in [-1, 1], raw between min and max."""
    found = whole(value, path, SCORE)
    if not -1 <= found.get("scaled", 0) <= 1:
        raise wrong(f"{path}.scaled", "is not between -1 and 1")
    low, high, raw = found.get("min"), found.get("max"), found.get("raw")
    if low is not None and high is not None and low >= high:
        raise wrong(f"{path}.min", "is not less than max")
    if raw is not None and (low is not None and raw < low or high is not None and raw > high):
        raise wrong(f"{path}.raw", "is not between min and max")


RESULT: Final[Parts] = {
    "score": score, "success": true_or_false, "completion": true_or_false,
    "response": values.text, "duration": values.duration, "extensions": extensions,
}  # fmt: skip


def result(value: Any, path: str) -> None:
    """Check a result."""
    whole(value, path, RESULT)


def length(value: Any, path: str) -> None:
    """Check a number of bytes."""
    if type(value) is not int or value < 0:
        raise wrong(path, "is no number of bytes")


ATTACHMENT: Final[Parts] = {
    "usageType": values.iri, "display": languages, "description": languages,
    "contentType": values.media, "length": length, "sha2": values.sha2, "fileUrl": values.iri,
}  # fmt: skip


def attachment(value: Any, path: str) -> None:
    """Check an attachment."""
    whole(value, path, ATTACHMENT, ("usageType", "display", "contentType", "length", "sha2"))


def what_of(substatement: Check | None) -> Check:
    """Return a check of an object: an activity where nothing else is said."""
    kinds: dict[str, Check] = {
        "Activity": activity, "Agent": agent, "Group": group, "StatementRef": reference
    }  # fmt: skip
    if substatement is not None:
        kinds["SubStatement"] = substatement

    def check(value: Any, path: str) -> None:
        said = value.get("objectType", "Activity") if isinstance(value, dict) else "Activity"
        known = kinds.get(said) if isinstance(said, str) else None
        if known is None:
            raise wrong(f"{path}.objectType", f"is not one of {', '.join(kinds)}")
        known(value, path)

    return check


def authority(value: Any, path: str) -> None:
    """Check who is said to vouch: an agent, or an anonymous group of two (OAuth)."""
    actor(value, path)
    if value.get("objectType") == "Group":
        two = len(value.get("member", ())) == 2
        if not two or any(name in value for name in IDENTIFIERS):
            raise wrong(path, "is a group that is not of an application and its user")
        if not any("account" in one for one in value["member"]):
            raise wrong(path, "is a group of which none is an application's account")


def statement_of(context: Parts) -> Check:
    """Return the check of a statement whose context may have these parts."""
    common: Parts = {
        "actor": actor, "verb": verb, "result": result, "context": context_of(context),
        "timestamp": values.moment, "attachments": each(attachment),
    }  # fmt: skip
    needed = ("actor", "verb", "object")
    sub: Parts = {"objectType": kind("SubStatement"), **common, "object": what_of(None)}

    def substatement(value: Any, path: str) -> None:
        _fits_object(whole(value, path, sub, needed), path)

    full: Parts = {
        "id": values.uuid, **common, "object": what_of(substatement), "stored": values.moment,
        "authority": authority, "version": values.version,
    }  # fmt: skip

    def check(value: Any, path: str) -> None:
        found = whole(value, path, full, needed)
        _fits_object(found, path)
        if found["verb"]["id"] == VOIDED and found["object"].get("objectType") != "StatementRef":
            raise wrong(f"{path}.object", "is no StatementRef, and the verb is voided")

    return check


def _fits_object(value: Mapping[str, Any], path: str) -> None:
    """Check what a context may only have beside an activity."""
    if value["object"].get("objectType", "Activity") != "Activity":
        for name in ("revision", "platform"):
            if name in value.get("context", {}):
                raise wrong(f"{path}.context.{name}", "needs an object that is an activity")


CHECKS: Final = {"1": statement_of(CONTEXT), "2": statement_of(CONTEXT_2)}
"""First digit of a version → the check of a statement."""


def check_statement(value: Any, version: str, path: str = "statement") -> None:
    """Raise Invalid, OverLimit for what is no statement of an xAPI version."""
    CHECKS[version[0]](value, path)
