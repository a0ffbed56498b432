"""By what a statement is found: its agents, verb, activities and registration as whole numbers.

A facet is the first 63 bits of a hash, so that a table's key stays small; an agent and a verb,
which are asked for together, are a facet of their own. Each facet of a statement is a page of the
table that its commit writes: there are no more than are needed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from itertools import chain
from typing import Any, Final

from worldloom.kits.academy.xapi.checking import IDENTIFIERS
from worldloom.kits.academy.xapi.limits import LIMITS

ALL: Final = 0
"""The facet of every statement."""


def facet(*parts: str) -> int:
    """Return the number of a facet that is named by these texts."""
    digest = sha256("\n".join(parts).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1 or 1


@lru_cache(maxsize=4_096)
def common(kind: str, name: str) -> int:
    """Return the facet of what many statements share; not of people, who may be forgotten."""
    return facet(kind, name)


def identity(agent: Mapping[str, Any]) -> str:
    """Return what tells an agent or a group with an identity from all others; empty for none."""
    for name in IDENTIFIERS:
        if name in agent:
            value = agent[name]
            if name == "account":
                return f"account\t{value['homePage']}\t{value['name']}"
            return f"{name}\t{value.lower() if name == 'mbox_sha1sum' else value}"
    return ""


def somebody(actor: Mapping[str, Any] | None) -> Iterator[str]:
    """Yield the identity of an agent, or of a group and all of its members."""
    if actor:
        if own := identity(actor):
            yield own
        for member in actor.get("member", ()):
            if known := identity(member):
                yield known


def is_actor(value: Mapping[str, Any]) -> bool:
    """Tell whether a statement's object is an agent or a group."""
    return value.get("objectType") in ("Agent", "Group")


def agents_of(statement: Mapping[str, Any]) -> Iterator[str]:
    """Yield the identities of actor and object."""
    yield from somebody(statement["actor"])
    if is_actor(statement["object"]):
        yield from somebody(statement["object"])


def all_agents_of(statement: Mapping[str, Any]) -> Iterator[str]:
    """Yield the identities of everyone in a statement, its context and its substatement."""
    yield from agents_of(statement)
    yield from _others_of(statement)


def _others_of(statement: Mapping[str, Any]) -> Iterator[str]:
    context = statement.get("context", {})
    for name in ("instructor", "team"):
        yield from somebody(context.get(name))
    yield from chain.from_iterable(
        somebody(one.get("agent") or one.get("group"))
        for name in ("contextAgents", "contextGroups")
        for one in context.get(name, ())
    )
    yield from somebody(statement.get("authority"))
    if statement["object"].get("objectType") == "SubStatement":
        yield from all_agents_of(statement["object"])


def activity_of(statement: Mapping[str, Any]) -> str:
    """Return the IRI of the activity that is a statement's object; empty for another object."""
    told = statement["object"]
    return str(told["id"]) if told.get("objectType", "Activity") == "Activity" else ""


def activities_of(statement: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield every activity of a statement, its context and its substatement."""
    told = statement["object"]
    if told.get("objectType", "Activity") == "Activity":
        yield told
    elif told["objectType"] == "SubStatement":
        yield from activities_of(told)
    for listed in statement.get("context", {}).get("contextActivities", {}).values():
        yield from listed if isinstance(listed, list) else (listed,)


def facets_of(statement: Mapping[str, Any]) -> list[int]:
    """Return the facets by which a statement is found, each once; at most as many as are kept."""
    verb, activity = statement["verb"]["id"], activity_of(statement)
    agents = dict.fromkeys(agents_of(statement))
    registration = statement.get("context", {}).get("registration", "")
    found = [ALL, common("verb", verb)]
    if activity:
        found.append(common("activity", activity))
    if registration:
        found.append(facet("registration", registration.lower()))
    for one in agents:
        found += facet("agent", one), facet("agent", one, "verb", verb)
    others = dict.fromkeys(one for one in _others_of(statement) if one not in agents)
    found += (facet("other agent", one) for one in others)
    about = dict.fromkeys(one["id"] for one in activities_of(statement))
    found += (common("other activity", one) for one in about if one != activity)
    return found[: LIMITS.facets_max]


def reference_of(statement: Mapping[str, Any]) -> str:
    """Return the id of the statement that is this one's object; empty for another object."""
    told = statement["object"]
    return str(told["id"]).lower() if told.get("objectType") == "StatementRef" else ""


def pack(numbers: Sequence[int]) -> bytes:
    """Return facets as bytes, eight each."""
    return struct.pack(f">{len(numbers)}Q", *numbers)


def unpack(data: bytes) -> list[int]:
    """Return what `pack` took."""
    return list(struct.unpack(f">{len(data) // 8}Q", data))
