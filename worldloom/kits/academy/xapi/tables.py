"""The record store's tables: by what statements are found, what is known of activities, documents.

One table holds all that comes of statements, keyed by (facet, at):

    facet of what it is about, seq of the statement        → nothing
    facet("id", id),           its seq                     → mark, its facets
    facet("id", target),       0                           → that somebody refers to it or voids it
    facet("ref", target),      seq of who refers to it     → the id of who refers
    facet("void", target),     seq of who voids it         → the id of who voids
    facet("about", activity),  0                           → what is told of the activity, JSON

A statement that refers to another is also found by what that one is found by (xAPI 1.0.3 part
three, 2.1.3), whichever of the two came first; one that is voided is found by its id alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from worldloom import Entry, Projection, Row, Rows
from worldloom.kits.academy.events import DocumentDropped, DocumentKept, StatementKept
from worldloom.kits.academy.xapi.checking import VOIDED
from worldloom.kits.academy.xapi.facets import (
    activities_of,
    common,
    facet,
    facets_of,
    pack,
    reference_of,
    unpack,
)
from worldloom.kits.academy.xapi.limits import LIMITS

STATEMENTS: Final = "academy_statements"
DOCUMENTS: Final = "academy_documents"
LIVE, VOIDING, VOID = b"l", b"v", b"x"
"""Marks: to be found, to be found and voiding another, voided."""
REFERRED: Final = b"r"
"""What stands at 0 of the id of a statement, which may not be here yet, that another refers to: so
that one look, at the page that is written anyway, tells of most that nobody does."""
_DECODE: Final = msgspec.json.Decoder().decode


class Found(Row, frozen=True):
    """One line of the table of statements."""

    facet: int
    at: int
    data: bytes | None = None


class Document(Row, frozen=True):
    """Where the newest version of a document stands in the log."""

    place: int
    """Number of what it belongs to: kind, activity, agent, registration."""
    id: str
    family: int
    """Number of kind, activity and agent: of all registrations."""
    seq: int
    time: int
    etag: str


def statements(home: str) -> Projection[Found]:
    """Return the table of statements of an academy of this home."""
    table = Projection(STATEMENTS, Found, key=("facet", "at"), version=3)

    @table.on(StatementKept)
    def keep(event: StatementKept, entry: Entry, rows: Rows[Found]) -> None:
        text = event.statement.value
        if text is None:
            return  # who learnt is forgotten
        told = _DECODE(text)
        id, at = event.id, entry.seq
        by = {"authority": {"account": {"homePage": home, "name": event.authority}}}
        try:
            target, voids = reference_of(told), told["verb"]["id"] == VOIDED
            facets = facets_of({**told, **by} if event.authority else told)
            activities = list(activities_of(told))
        except (KeyError, TypeError, AttributeError):
            return  # an author appended what is no statement: the table goes on without it
        number = facet("id", id)
        referred = any(not row.at for row in rows.find(number))
        voided = referred and rows.find(facet("void", id))
        mark = VOIDING if voids else VOID if voided else LIVE
        if target:
            rows.put(Found(facet("ref", target), at, id.encode()))
            rows.put(Found(facet("id", target), 0, REFERRED))
            facets += _facets_by_id(rows, target)
        facets = list(dict.fromkeys(facets))[: LIMITS.facets_max]
        rows.put(Found(number, at, mark + pack(facets)))
        if mark != VOID:
            _show(rows, facets, at)
        for activity in activities:
            _learn(rows, activity)
        if voids:
            rows.put(Found(facet("void", target), at, id.encode()))
            _hide(rows, target)
        if referred:
            _tell_referrers(rows, id, facets)

    return table


def own_row(found: Iterable[Found]) -> Found | None:
    """Return the row of a statement itself, of all that stand under its id."""
    return next((row for row in found if row.at), None)


def _show(rows: Rows[Found], facets: list[int], at: int) -> None:
    for number in facets:
        rows.put(Found(number, at))


def _facets_by_id(rows: Rows[Found], id: str) -> list[int]:
    known = own_row(rows.find(facet("id", id)))
    return unpack((known.data or b"")[1:]) if known else []


def _hide(rows: Rows[Found], id: str) -> None:
    """Void a statement, unless it voids another itself."""
    for row in rows.find(facet("id", id)):
        data = row.data or b""
        if data[:1] == LIVE:
            rows.put(Found(row.facet, row.at, VOID + data[1:]))
            for number in unpack(data[1:]):
                rows.drop(number, row.at)


def _tell_referrers(rows: Rows[Found], id: str, facets: list[int]) -> None:
    """Let those that refer to a statement, and came before it, be found by its facets, too."""
    waiting, told = [id], {id}
    while waiting:
        for line in rows.find(facet("ref", waiting.pop())):
            referrer = (line.data or b"").decode()
            known = rows.get(facet("id", referrer), line.at)
            if known is None or referrer in told or len(told) > LIMITS.facets_max:
                continue
            data = known.data or b""
            has = unpack(data[1:])
            more = [number for number in facets if number not in has]
            more = more[: LIMITS.facets_max - len(has)]
            rows.put(Found(known.facet, known.at, data + pack(more)))
            if data[:1] != VOID:
                _show(rows, more, known.at)
            told.add(referrer)
            waiting.append(referrer)


def _learn(rows: Rows[Found], activity: Mapping[str, Any]) -> None:
    """Add what a statement tells of an activity to what is known of it."""
    told = activity.get("definition")
    if not told:
        return
    number = common("about", activity["id"])
    known = rows.get(number, 0)
    if known and known.data:
        if known.data == msgspec.json.encode(told):
            return  # as nearly always
        before = _DECODE(known.data)
        told = merged(before, told)
        if told == before:
            return
    data = msgspec.json.encode(told)
    if len(data) <= LIMITS.definition_bytes_max:
        rows.put(Found(number, 0, data))


def merged(before: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """Return a definition with what a newer one says; languages and extensions are added up."""
    result = dict(before)
    for name, value in told.items():
        old = before.get(name)
        together = name in ("name", "description", "extensions") and isinstance(old, dict)
        result[name] = {**old, **value} if together and isinstance(old, dict) else value
    return result


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a document belongs to; `agent` is an identity, as `facets.identity` spells it."""

    kind: str
    id: str
    activity: str = ""
    agent: str = ""
    registration: str = ""

    @property
    def place(self) -> int:
        """The number of all but the document's own id."""
        return facet(self.kind, self.activity, self.agent, self.registration)

    @property
    def family(self) -> int:
        """The number of all but id and registration."""
        return facet(self.kind, self.activity, self.agent)


PLACE: Final = msgspec.json.Decoder(Place).decode


def documents() -> Projection[Document]:
    """Return the table of documents."""
    table = Projection(
        DOCUMENTS, Document, key=("place", "id"), indexes=(("family",),)
    )  # fmt: skip

    @table.on(DocumentKept)
    def keep(event: DocumentKept, entry: Entry, rows: Rows[Document]) -> None:
        if event.of.value is not None:
            of = PLACE(event.of.value)
            rows.put(Document(of.place, of.id, of.family, entry.seq, entry.time, event.etag))

    @table.on(DocumentDropped)
    def drop(event: DocumentDropped, entry: Entry, rows: Rows[Document]) -> None:
        if event.of.value is not None:
            of = PLACE(event.of.value)
            rows.drop(of.place, of.id)

    return table
