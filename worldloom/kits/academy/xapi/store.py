"""The record store at `/xapi/`: which resource a request is for, and how its answer looks."""

from __future__ import annotations

import asyncio
from typing import Any, Final
from uuid import uuid4

import msgspec

from worldloom import Invalid, NotFound, OverLimit, WorldloomError
from worldloom.kernel.doors import Answered, Asked, Clerk, Kept, with_headers
from worldloom.kits.academy.events import StatementKept
from worldloom.kits.academy.xapi import finding, values
from worldloom.kits.academy.xapi.asking import (
    JSON,
    VERSION,
    activity_of,
    agent_of,
    parameters,
    truth,
    version_of,
)
from worldloom.kits.academy.xapi.documents import RESOURCES, Documents, moment
from worldloom.kits.academy.xapi.facets import facet, identity
from worldloom.kits.academy.xapi.keeping import MULTIPART, Keeping
from worldloom.kits.academy.xapi.limits import LIMITS
from worldloom.kits.academy.xapi.multipart import joined
from worldloom.kits.academy.xapi.showing import exact, languages_of, shown
from worldloom.kits.academy.xapi.tables import STATEMENTS
from worldloom.kits.academy.xapi.values import wrong

ONES: Final = ("1.0.3", "1.0.2", "1.0.1", "1.0.0")
LATEST: Final = "2.0.0"
UNSAID: Final = "0.9"
THROUGH: Final = "X-Experience-API-Consistent-Through"
METHODS: Final = {
    "statements": ("GET", "HEAD", "PUT", "POST"),
    **dict.fromkeys(RESOURCES, ("GET", "HEAD", "PUT", "POST", "DELETE")),
    **dict.fromkeys(("agents", "activities", "about"), ("GET", "HEAD")),
}
Head = tuple[tuple[str, str], ...]
NAMES_LOOKED_AT: Final = 50
"""Statements of an agent in which other names of theirs are looked for."""


class RecordStore:
    """Answers at the door of one academy."""

    def __init__(self, home: str) -> None:
        self._home = home
        self._keeping = Keeping(home)
        self._documents = Documents(home)

    async def answer(self, asked: Asked, clerk: Clerk) -> Answered:
        """Answer a request; errors leave in the house's form, faults of form as 400."""
        path = asked.path.strip("/")
        spoken = asked.headers.get(VERSION, "") if path == "about" else ""
        try:
            spoken = spoken or (LATEST if path == "about" else version_of(asked.headers))
            answered = await self._resource(asked, clerk, path, spoken)
        except WorldloomError as error:
            answered = refused(error)
        if not spoken:
            # Who does not say what they speak, speaks 0.9 (1.0.3 part three, 3.3).
            spoken = LATEST if VERSION in asked.headers else UNSAID
        return self._headed(answered, clerk, spoken)

    def _headed(self, answered: Answered, clerk: Clerk, spoken: str) -> Answered:
        through = values.spelled(clerk.now())
        return with_headers(answered, ("X-Experience-API-Version", spoken), (THROUGH, through))

    async def _resource(self, asked: Asked, clerk: Clerk, path: str, spoken: str) -> Answered:
        if path not in METHODS:
            raise NotFound(f"there is no resource {path[:100]}", f"there are {', '.join(METHODS)}",
                           code="no_page")  # fmt: skip
        if asked.method not in METHODS[path]:
            error = WorldloomError(f"{path} does not take {asked.method[:20]}", code="wrong_method")
            error.status = 405
            raise error
        if path == "about":
            versions = ONES if spoken.startswith("1") else (LATEST, *ONES)
            parameters(asked, ())
            return json({"version": versions, "extensions": {}})
        if path == "statements":
            return await self._statements(asked, clerk, spoken)
        if path in RESOURCES:
            return await self._documents.answer(asked, clerk, RESOURCES[path])
        find = self._person if path == "agents" else self._activity
        return await asyncio.to_thread(find, asked, clerk)

    # -- statements ----------------------------------------------------------------------------

    async def _statements(self, asked: Asked, clerk: Clerk, spoken: str) -> Answered:
        if asked.method == "PUT":
            given = parameters(asked, ("statementId",), ("statementId",))
            id = values.uuid(given["statementId"], "statementId")
            await self._keeping.keep(asked, clerk, spoken, id)
            return Answered(204)
        if asked.method == "POST":
            parameters(asked, ())
            sent = await self._keeping.keep(asked, clerk, spoken)
            return json([told["id"] for told in sent.statements])
        return await asyncio.to_thread(self._find, asked, clerk)

    def _find(self, asked: Asked, clerk: Clerk) -> Answered:
        names = {name for name, _ in asked.query}
        single = [name for name in ("statementId", "voidedStatementId") if name in names]
        given = parameters(asked, finding.ONE if single else finding.MANY)
        form, files = finding.form_of(given), truth(given, "attachments")
        languages = languages_of(asked.headers.get("accept-language", ""))

        def show(kept: Kept) -> bytes:
            return shown(kept, self._home, form, languages, lambda id: finding.about(clerk, id))

        if single:
            if len(single) > 1:
                raise wrong("statementId", "goes not with voidedStatementId")
            name = single[0]
            kept = finding.one(clerk, values.uuid(given[name], name), name == "voidedStatementId")
            head: Head = (("Last-Modified", moment(kept.time)),)
            body, shown_ones = show(kept), [kept]
        else:
            query = finding.read_query(given, clerk, self._home)
            shown_ones, last = finding.page(clerk, query)
            more = finding.more_of(asked.base, given, last) if last else ""
            body = b'{"statements":[' + b",".join(map(show, shown_ones)) + b'],"more":'
            body += msgspec.json.encode(more) + b"}"
            newest = max((kept.time for kept in shown_ones), default=0)
            head = (("Last-Modified", moment(newest)),) if newest else ()
        if files:
            return self._with_files(body, shown_ones, clerk, head)
        return Answered(200, body, JSON, head)

    def _with_files(self, body: bytes, kept: list[Kept], clerk: Clerk, head: Head) -> Answered:
        """Return statements with their attachments, each once."""
        parts: list[tuple[dict[str, str], bytes]] = [({"Content-Type": JSON}, body)]
        wanted: dict[str, tuple[str, str]] = {}
        size = 0
        for one in kept:
            event = one.event
            assert isinstance(event, StatementKept)
            told = msgspec.json.decode(exact(one, self._home))
            media = {each["sha2"].lower(): each["contentType"] for place in (told, told["object"])
                     for each in place.get("attachments", ())}  # fmt: skip
            for sha2, asset in event.files:
                wanted[sha2] = asset, media.get(sha2, "application/octet-stream")
        for sha2, (asset, kind) in wanted.items():
            headers = {"Content-Type": kind, "Content-Transfer-Encoding": "binary",
                       "X-Experience-API-Hash": sha2}  # fmt: skip
            data = clerk.asset(asset) or b""
            size += len(data)
            if size > LIMITS.page_files_bytes_max:
                raise OverLimit("the attachments of these statements are too long together",
                                "ask for fewer by limit", too_large=True)  # fmt: skip
            parts.append((headers, data))
        boundary = uuid4().hex
        return Answered(200, joined(parts, boundary), f"{MULTIPART}; boundary={boundary}", head)

    # -- agents and activities -----------------------------------------------------------------

    def _person(self, asked: Asked, clerk: Clerk) -> Answered:
        """Return an agent with every name that their newest statements gave them."""
        agent = agent_of(parameters(asked, ("agent",), ("agent",)), groups=False)
        known = identity(agent)
        rows = clerk.select(STATEMENTS, {"facet": facet("agent", known)}, (), NAMES_LOOKED_AT,
                            descending=True).rows  # fmt: skip
        names = [agent["name"]] if "name" in agent else []
        for kept in clerk.events(StatementKept, [row.at for row in rows]):
            told = msgspec.json.decode(exact(kept, self._home))
            names += [one["name"] for one in (told.get("actor", {}), told.get("object", {}))
                      if "name" in one and identity(one) == known]  # fmt: skip
        person: dict[str, Any] = {"objectType": "Person"}
        if names:
            person["name"] = list(dict.fromkeys(names))
        person |= {name: [value] for name, value in agent.items()
                   if name not in ("objectType", "name")}  # fmt: skip
        return json(person)

    def _activity(self, asked: Asked, clerk: Clerk) -> Answered:
        """Return an activity with what statements told of it."""
        id = activity_of(parameters(asked, ("activityId",), ("activityId",)))
        known = finding.about(clerk, id)
        told = {"objectType": "Activity", "id": id}
        return json(told | ({"definition": known} if known else {}))


def json(value: Any) -> Answered:
    """Return an answer of JSON."""
    return Answered(200, msgspec.json.encode(value), JSON)


def refused(error: WorldloomError) -> Answered:
    """Return the answer that tells an error; what is wrong with a request is 400 here."""
    status = 400 if isinstance(error, Invalid) else error.status
    return Answered(status, msgspec.json.encode(error.wire()), JSON)
