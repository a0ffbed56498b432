"""How statements are found: one of its id, or pages of those that match, newest first.

The table gives the seqs of what has a facet (an agent and a verb together are one); what else is
asked for is looked at in each statement, and in those that it refers to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from worldloom import NotFound
from worldloom.kernel.doors import Clerk, Kept
from worldloom.kits.academy.events import StatementKept
from worldloom.kits.academy.xapi import values
from worldloom.kits.academy.xapi.asking import agent_of, truth
from worldloom.kits.academy.xapi.facets import (
    ALL,
    activities_of,
    activity_of,
    agents_of,
    all_agents_of,
    facet,
    identity,
    reference_of,
)
from worldloom.kits.academy.xapi.limits import LIMITS
from worldloom.kits.academy.xapi.showing import FORMATS
from worldloom.kits.academy.xapi.tables import STATEMENTS, VOID, own_row
from worldloom.kits.academy.xapi.values import wrong

PAGE: Final = "page"
"""Our own parameter of `more`: the seq after which the next page begins."""
ONE: Final = frozenset({"statementId", "voidedStatementId", "format", "attachments"})
MANY: Final = frozenset({
    "agent", "verb", "activity", "registration", "related_activities", "related_agents", "since",
    "until", "limit", "format", "attachments", "ascending", PAGE,
})  # fmt: skip
SEQ_MAX: Final = 2**62
REFERENCES_MAX: Final = 20
"""How many references one after another are followed."""


class Query(Struct, frozen=True):
    """What is asked for; empty: not asked for."""

    agent: str = ""
    verb: str = ""
    activity: str = ""
    registration: str = ""
    any_agent: bool = False
    any_activity: bool = False
    since: int = 0
    until: int = SEQ_MAX
    limit: int = LIMITS.page_statements
    ascending: bool = False
    after: int = 0
    """The seq after which, in the order that is asked for, the page begins."""
    home: str = ""
    """Of whom those are that vouch for statements."""

    def facets(self) -> tuple[tuple[int, ...], frozenset[str]]:
        """Return the facets of which each result has one, and the names of what they answer."""
        if self.registration:
            return (facet("registration", self.registration),), frozenset({"registration"})
        if self.agent and self.verb and not self.any_agent:
            return (facet("agent", self.agent, "verb", self.verb),), frozenset({"agent", "verb"})
        if self.agent:
            kinds = ("agent", "other agent") if self.any_agent else ("agent",)
            return tuple(facet(kind, self.agent) for kind in kinds), frozenset({"agent"})
        if self.activity:
            kinds = ("activity", "other activity") if self.any_activity else ("activity",)
            return tuple(facet(kind, self.activity) for kind in kinds), frozenset({"activity"})
        if self.verb:
            return (facet("verb", self.verb),), frozenset({"verb"})
        return (ALL,), frozenset()

    def matches(self, told: Mapping[str, Any]) -> bool:
        """Tell whether a statement itself is what is asked for."""
        if self.verb and told["verb"]["id"] != self.verb:
            return False
        registration = told.get("context", {}).get("registration", "")
        if self.registration and registration.lower() != self.registration:
            return False
        if self.activity:
            known = (one["id"] for one in activities_of(told)) if self.any_activity else (
                activity_of(told),
            )  # fmt: skip
            if self.activity not in known:
                return False
        if self.agent:
            return self.agent in (all_agents_of if self.any_agent else agents_of)(told)
        return True

    @property
    def asked(self) -> frozenset[str]:
        """The names of what is asked for."""
        return frozenset(
            name for name in ("agent", "verb", "activity", "registration") if getattr(self, name)
        )


def read_query(given: Mapping[str, str], clerk: Clerk, home: str) -> Query:
    """Return what parameters ask for; raises Invalid."""
    limit = given.get("limit", "0")
    if not (limit.isascii() and limit.isdigit() and len(limit) < 10):
        raise wrong("limit", "is no whole number from 0 on")
    page = given.get(PAGE, "0")
    if not (page.isascii() and page.isdigit() and len(page) < 19):
        raise wrong(PAGE, "is none that an answer gave")
    wanted = int(limit) or LIMITS.page_statements
    since, until = given.get("since"), given.get("until")
    return Query(
        agent=identity(agent_of(given)) if "agent" in given else "",
        verb=values.iri(given["verb"], "verb") if "verb" in given else "",
        activity=values.iri(given["activity"], "activity") if "activity" in given else "",
        registration=values.uuid(given["registration"], "registration")
        if "registration" in given else "",
        any_agent=truth(given, "related_agents"),
        any_activity=truth(given, "related_activities"),
        since=0 if since is None else clerk.seq_at(values.moment(since, "since")),
        until=SEQ_MAX if until is None else clerk.seq_at(values.moment(until, "until")),
        limit=min(wanted, LIMITS.page_statements_max),
        ascending=truth(given, "ascending"),
        after=int(page),
        home=home,
    )  # fmt: skip


def form_of(given: Mapping[str, str]) -> str:
    """Return the form that is asked for; raises Invalid."""
    form = given.get("format", "exact")
    if form not in FORMATS:
        raise wrong("format", f"is not {', '.join(FORMATS)}")
    return form


def more_of(base: str, given: Mapping[str, str], seq: int) -> str:
    """Return the address of the next page, as a path of this host."""
    rest = {name: value for name, value in given.items() if name != PAGE}
    return f"{base}/statements?{urlencode({**rest, PAGE: seq})}"


def row_of(clerk: Clerk, id: str) -> tuple[int, bytes] | None:
    """Return seq and mark of a statement that is here."""
    row = own_row(clerk.look_up(STATEMENTS, [facet("id", id)]).rows)
    return None if row is None else (row.at, (row.data or b"")[:1])


def one(clerk: Clerk, id: str, voided: bool) -> Kept:
    """Return a statement by its id; a voided one only where that is asked for; raises NotFound."""
    row = row_of(clerk, id)
    if row is not None and (row[1] == VOID) is voided:
        found = clerk.events(StatementKept, [row[0]])
        if found:
            return found[0]
    raise NotFound(f"there is no {'voided ' if voided else ''}statement {id}", "",
                   code="no_statement")  # fmt: skip


def page(clerk: Clerk, query: Query) -> tuple[list[Kept], int]:
    """Return a page of what matches, and the seq after which the next one begins; 0: no more."""
    numbers, answered = query.facets()
    rest = query.asked - answered
    found: list[Kept] = []
    at, looked, size = _first(query), 0, 0
    while looked < LIMITS.looked_at_max:
        few = query.limit + 1 - len(found) if not rest else 4 * LIMITS.page_statements
        found_at = _seqs(clerk, numbers, at, few, query.ascending)
        seqs = [seq for seq in found_at if query.since < seq <= query.until]
        for kept in clerk.events(StatementKept, seqs):
            if rest and not _matches(clerk, query, kept):
                continue
            if len(found) >= query.limit or size > LIMITS.page_bytes_max:
                return found, found[-1].seq
            found.append(kept)
            size += len(_text(kept))
        looked += len(found_at)
        if len(seqs) < len(found_at) or len(found_at) < few:
            return found, 0
        at = found_at[-1]
    return found, at


def _seqs(
    clerk: Clerk, numbers: tuple[int, ...], after: int, few: int, ascending: bool
) -> list[int]:
    """Return the first seqs after one of what has any of these facets, each once."""
    known = {
        row.at
        for number in numbers
        for row in clerk.select(STATEMENTS, {"facet": number}, (number, after), few,
                                descending=not ascending).rows
    }  # fmt: skip
    return sorted(known, reverse=not ascending)[:few]


def _first(query: Query) -> int:
    """Return the seq before the first one of a page, in the order that is asked for."""
    if query.ascending:
        return max(query.after, query.since)
    # `since` and `until` bound what comes back, so that the page ends where they do.
    return min(query.after or SEQ_MAX, query.until + 1)


def _text(kept: Kept) -> str:
    assert isinstance(kept.event, StatementKept)
    return kept.event.statement.value or ""


def _matches(clerk: Clerk, query: Query, kept: Kept) -> bool:
    """Tell whether a statement, or one that it refers to, is what is asked for."""
    seen: set[int] = set()
    while kept.seq not in seen and len(seen) < REFERENCES_MAX:
        seen.add(kept.seq)
        text = _text(kept)
        if not text:
            return False
        told = msgspec.json.decode(text)
        assert isinstance(kept.event, StatementKept)
        by = kept.event.authority
        if by and query.any_agent:
            told["authority"] = {"account": {"homePage": query.home, "name": by}}
        if query.matches(told):
            return True
        row = row_of(clerk, reference_of(told)) if reference_of(told) else None
        target = clerk.events(StatementKept, [row[0]]) if row else []
        if not target:
            return False
        kept = target[0]
    return False


def about(clerk: Clerk, activity: str) -> dict[str, Any] | None:
    """Return what is known of an activity."""
    rows = clerk.select(STATEMENTS, {"facet": facet("about", activity), "at": 0}, (), 1).rows
    found: dict[str, Any] | None = msgspec.json.decode(rows[0].data) if rows else None
    return found
