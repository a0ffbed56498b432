"""Documents of learning programs: state of an activity, profiles of agents and of activities.

A document is kept by an event that names the ETag of the one before, so that its history and its
concurrency come from the same log. xAPI 1.0.3 part three, 2.2 to 2.7 and 3.1.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from email.utils import formatdate
from hashlib import sha1
from typing import Final

import msgspec
from msgspec import Struct

from worldloom import Conflict, OverLimit, Personal
from worldloom.kernel.doors import Answered, Asked, Clerk
from worldloom.kits.academy.events import DocumentDropped, DocumentKept
from worldloom.kits.academy.xapi import values
from worldloom.kits.academy.xapi.asking import (
    JSON,
    activity_of,
    agent_of,
    decoded,
    parameters,
    speaks_one,
)
from worldloom.kits.academy.xapi.facets import identity
from worldloom.kits.academy.xapi.keeping import append_all, person_of
from worldloom.kits.academy.xapi.limits import LIMITS
from worldloom.kits.academy.xapi.multipart import media_of
from worldloom.kits.academy.xapi.tables import DOCUMENTS, Document, Place
from worldloom.kits.academy.xapi.values import wrong

PLAIN: Final = "application/octet-stream"


class Resource(Struct, frozen=True):
    """One kind of documents: which parameters name one of it."""

    kind: str
    id: str
    """The parameter that names one among those of a place."""
    needs: tuple[str, ...]
    may: tuple[str, ...] = ()


RESOURCES: Final = {
    "activities/state": Resource("state", "stateId", ("activityId", "agent"), ("registration",)),
    "agents/profile": Resource("agent", "profileId", ("agent",)),
    "activities/profile": Resource("activity", "profileId", ("activityId",)),
}
"""Path → what is kept there."""


class Stale(Conflict):
    """The document is not what the request says that it is (412)."""

    code = "document_changed"
    status = 412


class Documents:
    """The documents of a world, or of several that share their code."""

    def __init__(self, home: str) -> None:
        self._home = home
        self._turns: dict[tuple[str, int, str], tuple[asyncio.Lock, int]] = {}
        """Document → whose turn it is, and how many have it or wait for it."""

    async def answer(self, asked: Asked, clerk: Clerk, resource: Resource) -> Answered:
        """Answer a request for a document, or for the ids of several."""
        known = {resource.id, *resource.needs, *resource.may, "since"}
        needed = (*resource.needs, *((resource.id,) if asked.method in ("PUT", "POST") else ()))
        given = parameters(asked, known, needed)
        agent = agent_of(given) if "agent" in resource.needs else {}
        registration = given.get("registration", "")
        place = Place(
            resource.kind,
            given.get(resource.id, ""),
            activity_of(given) if "activityId" in resource.needs else "",
            identity(agent) if agent else "",
            values.uuid(registration, "registration") if registration else "",
        )
        since = values.moment(given["since"], "since") if "since" in given else 0
        single = resource.id in given
        if asked.method in ("GET", "HEAD"):
            if single:
                return await asyncio.to_thread(self._one, clerk, place)
            return await asyncio.to_thread(_listed, clerk, place, since)
        if single and since:
            raise wrong("since", f"goes not with {resource.id}")
        person = person_of(agent, self._home) if agent else ""
        if asked.method == "DELETE":
            if not single and resource.kind != "state":
                raise wrong(resource.id, "is missing")
            return await self._drop(asked, clerk, place, person, single)
        return await self._keep(asked, clerk, place, person or asked.who.account)

    @asynccontextmanager
    async def _turn(self, clerk: Clerk, place: Place) -> AsyncIterator[None]:
        """Let one after another change a document."""
        key = (clerk.world, place.place, place.id)
        turn, count = self._turns.get(key) or (asyncio.Lock(), 0)
        self._turns[key] = turn, count + 1
        try:
            async with turn:
                yield
        finally:
            _, count = self._turns[key]
            if count == 1:
                del self._turns[key]
            else:
                self._turns[key] = turn, count - 1

    async def _keep(self, asked: Asked, clerk: Clerk, place: Place, person: str) -> Answered:
        media = asked.headers.get("content-type", PLAIN)
        async with self._turn(clerk, place):
            row = await asyncio.to_thread(found, clerk, place)
            check_match(asked, row.etag if row else "", place.kind)
            body = asked.body
            if asked.method == "POST":
                body = await asyncio.to_thread(self._merged, clerk, row, body, media)
            if len(body) > LIMITS.document_bytes_max:
                raise OverLimit(f"a document has at most {LIMITS.document_bytes_max} bytes",
                                "keep less", code="too_large", too_large=True)  # fmt: skip
            inline = len(body) <= LIMITS.document_inline_bytes_max
            asset = "" if inline else await asyncio.to_thread(clerk.keep_asset, body, PLAIN)
            event = DocumentKept(
                Personal(spelled(place), of=person), media, etag_of(body),
                Personal(body if inline else b"", of=person),
                asset, row.etag if row else "",
            )  # fmt: skip
            await clerk.decide(lambda world: world.append(event))
        return Answered(204, headers=(("ETag", f'"{event.etag}"'),))

    def _merged(self, clerk: Clerk, row: Document | None, body: bytes, media: str) -> bytes:
        """Return a document with the top of another one laid over it; raises Invalid."""
        is_json = media_of(media)[0] == JSON
        sent = decoded(body, "body") if is_json else {}
        if not isinstance(sent, dict):
            raise wrong("body", "is no JSON object")
        if row is None:
            return body
        known, old = _content(clerk, row)
        if not is_json or media_of(known.media)[0] != JSON:
            raise wrong("Content-Type", "of both documents must be application/json to merge them")
        before = decoded(old, "the document")
        if not isinstance(before, dict):
            raise wrong("the document", "is no JSON object")
        return msgspec.json.encode({**before, **sent})

    async def _drop(
        self, asked: Asked, clerk: Clerk, place: Place, person: str, single: bool
    ) -> Answered:
        async with self._turn(clerk, place):
            rows = await asyncio.to_thread(_rows, clerk, place, single)
            gone = [(row, place_of(row, place)) for row in rows if row is not None]
            if single and gone:
                check_given(asked, gone[0][0].etag)
            of = person or asked.who.account
            events = [DocumentDropped(Personal(spelled(at), of=of), row.etag) for row, at in gone]
            if events:
                await clerk.decide(lambda world: append_all(world, events))
        return Answered(204)

    def _one(self, clerk: Clerk, place: Place) -> Answered:
        row = found(clerk, place)
        if row is None:
            return Answered(404)
        event, body = _content(clerk, row)
        headers = (("ETag", f'"{row.etag}"'), ("Last-Modified", moment(row.time)))
        return Answered(200, body, event.media, headers)


def etag_of(body: bytes) -> str:
    """Return the SHA-1 of a document in hex, as 1.0.3 has it; it only tells versions apart."""
    return sha1(body, usedforsecurity=False).hexdigest()


def check_match(asked: Asked, etag: str, kind: str) -> None:
    """Raise Conflict, Stale, Invalid unless a request may replace the document of this ETag."""
    check_given(asked, etag)
    bare = not {"if-match", "if-none-match"} & asked.headers.keys()
    if asked.method == "PUT" and bare and not etag and kind != "state" and speaks_one(asked):
        raise wrong("If-Match", "and If-None-Match are missing", "send If-None-Match: *")
    if asked.method == "PUT" and etag and bare:
        raise Conflict("this document is here already", "send If-Match with its ETag",
                       code="document_there")  # fmt: skip


def check_given(asked: Asked, etag: str) -> None:
    """Raise Stale unless If-Match and If-None-Match hold; `etag` is empty where nothing is."""
    match, none = asked.headers.get("if-match"), asked.headers.get("if-none-match")
    if match is not None and not (etag and _names(match, etag)):
        raise Stale("the document is another one by now", "read it again, then send its ETag")
    if none is not None and etag and _names(none, etag):
        raise Stale("the document is here already", "read it, then send If-Match with its ETag")


def _names(header: str, etag: str) -> bool:
    known = (one.strip().removeprefix("W/").strip('"') for one in header.split(","))
    return any(one in ("*", etag) for one in known)


def spelled(place: Place) -> str:
    """Return what a document belongs to as its event has it."""
    return msgspec.json.encode(place).decode()


def moment(micros: int) -> str:
    """Return a time as HTTP spells it."""
    return formatdate(micros / 1e6, usegmt=True)


def found(clerk: Clerk, place: Place) -> Document | None:
    """Return where a document stands."""
    rows = clerk.select(DOCUMENTS, {"place": place.place, "id": place.id}, (), 1).rows
    return rows[0] if rows else None


def listed(clerk: Clerk, place: Place) -> Iterator[Document]:
    """Yield the documents of a place; those of all registrations where it names none."""
    where = {"place": place.place} if place.registration else {"family": place.family}
    yield from clerk.select(DOCUMENTS, where, (), LIMITS.listed_max).rows


def _rows(clerk: Clerk, place: Place, single: bool) -> list[Document | None]:
    return [found(clerk, place)] if single else list(listed(clerk, place))


def place_of(row: Document, place: Place) -> Place:
    """Return what a document belongs to, of one that a list of its place had."""
    return msgspec.structs.replace(place, id=row.id)


def _listed(clerk: Clerk, place: Place, since: int) -> Answered:
    ids = dict.fromkeys(row.id for row in listed(clerk, place) if row.time > since)
    newest = max((row.time for row in listed(clerk, place)), default=0)
    head = (("Last-Modified", moment(newest)),) if newest else ()
    return Answered(200, msgspec.json.encode(list(ids)), JSON, head)


def _content(clerk: Clerk, row: Document) -> tuple[DocumentKept, bytes]:
    event = clerk.events(DocumentKept, [row.seq])[0].event
    assert isinstance(event, DocumentKept)
    body = event.content.value or b""
    return event, (clerk.asset(event.asset) or b"") if event.asset else body
