"""How the academy itself says what a learner did: one pure function makes the record.

Everything in the kit that records something calls `say` inside a handler, or appends what
`statement` returns; learning programs outside come by `/xapi/` and end in the same event.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec
from msgspec import Struct

from worldloom import Invalid, Misused, OverLimit, Personal, Visitor, World
from worldloom.kits.academy.events import StatementKept
from worldloom.kits.academy.rules import HOME
from worldloom.kits.academy.xapi.checking import check_statement

ADL: Final = "http://adlnet.gov/expapi/verbs/"
VERBS: Final[Mapping[str, str]] = MappingProxyType({
    **{name: ADL + name for name in (
        "answered", "asked", "attempted", "commented", "completed", "exited", "experienced",
        "failed", "initialized", "interacted", "launched", "mastered", "passed", "progressed",
        "resumed", "scored", "suspended", "terminated",
    )},
    "abandoned": "https://w3id.org/xapi/adl/verbs/abandoned",
    "satisfied": "https://w3id.org/xapi/adl/verbs/satisfied",
    "waived": "https://w3id.org/xapi/adl/verbs/waived",
})  # fmt: skip
"""Verbs by their short names (ADL vocabulary, cmi5)."""
VERSION: Final = "1.0.3"
"""What the academy itself speaks."""
_QUANTA: Final = 2**16


class Activity(Struct, frozen=True):
    """What a record is about: its IRI, what it is called, and the IRI of its type if it has one.

    `definition` is added to the xAPI definition as it is, for instance interaction components.
    """

    id: str
    name: str = ""
    description: str = ""
    type: str = ""
    definition: Mapping[str, Any] = MappingProxyType({})

    def spelled(self) -> dict[str, Any]:
        """Return it as xAPI spells an activity."""
        told: dict[str, Any] = {}
        if self.name:
            told["name"] = {"en": self.name}
        if self.description:
            told["description"] = {"en": self.description}
        if self.type:
            told["type"] = self.type
        told |= self.definition
        return {"objectType": "Activity", "id": self.id} | ({"definition": told} if told else {})


def agent_of(account: str, home: str = HOME) -> dict[str, Any]:
    """Return an account of this realm as an xAPI agent of the academy's home."""
    return {"objectType": "Agent", "account": {"homePage": home, "name": account}}


def verb_of(verb: str) -> dict[str, Any]:
    """Return a verb by its short name, or one that is given as an IRI; raises Misused."""
    iri = VERBS.get(verb, verb)
    if ":" not in iri:
        raise Misused(f"{verb[:60]!r} is no verb", f"use an IRI, or one of {', '.join(VERBS)}",
                      code="bad_verb")  # fmt: skip
    return {"id": iri, "display": {"en": verb if verb in VERBS else iri.rpartition("/")[2]}}


def statement(
    account: str,
    verb: str,
    activity: Activity,
    *,
    id: str,
    home: str = HOME,
    result: Mapping[str, Any] | None = None,
    context: Mapping[str, Any] | None = None,
    timestamp: str = "",
) -> StatementKept:
    """Return the event that records what an account did; pure, `id` is a UUID of its own.

    `result` and `context` are spelled as xAPI spells them (`{"score": {"scaled": 0.8},
    "success": True, "duration": "PT12.5S"}`); `timestamp` (ISO 8601) where it was earlier than now.
    """
    told: dict[str, Any] = {"id": id, "actor": agent_of(account, home), "verb": verb_of(verb),
                            "object": activity.spelled()}  # fmt: skip
    for name, value in (("result", result), ("context", context), ("timestamp", timestamp)):
        if value:
            told[name] = value
    text = msgspec.json.encode(told)
    try:
        # As it will be read: what is no statement must not come into the log.
        check_statement(msgspec.json.decode(text), VERSION)
    except (Invalid, OverLimit) as error:
        raise Misused(f"this is no statement: {error.message}", error.fix,
                      code="bad_statement") from error  # fmt: skip
    return StatementKept(id, Personal(text.decode(), of=account))


def say(
    world: World,
    visitor: Visitor,
    verb: str,
    activity: Activity,
    *,
    result: Mapping[str, Any] | None = None,
    context: Mapping[str, Any] | None = None,
) -> str:
    """Record inside a handler what a visitor did; return the id of the statement."""
    id = new_id(world)
    said = statement(visitor.account, verb, activity, id=id, home=home_of(world), result=result,
                     context=context)  # fmt: skip
    world.append(said)
    return id


def new_id(world: World) -> str:
    """Return a random UUID (RFC 4122, version 4) from a handler's own chance."""
    words = [world.random.randint(0, _QUANTA - 1) for _ in range(8)]
    words[3] = words[3] & 0x0FFF | 0x4000
    words[4] = words[4] & 0x3FFF | 0x8000
    a, b, c, d, e, *rest = (f"{word:04x}" for word in words)
    return f"{a}{b}-{c}-{d}-{e}-{''.join(rest)}"


def home_of(world: World) -> str:
    """Return the web address that a world's academy gave itself."""
    known = (
        getattr(kit, "home", "") for kit in world.used if getattr(kit, "name", "") == "academy"
    )
    return next(known, HOME)
