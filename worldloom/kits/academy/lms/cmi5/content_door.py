"""The door `/content/`: files of units, their tokens, and how they speak to the record store.

A token opens one session: what its own learner does in its own unit, and nothing else.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import secrets
from collections.abc import Sequence
from hashlib import sha256
from hmac import compare_digest
from typing import TYPE_CHECKING, Any, Final

import msgspec

from worldloom import Invalid, NotAllowed, NotFound, World, WorldloomError
from worldloom.kernel.doors import Answered, Asked, Clerk, with_headers
from worldloom.kernel.errors import NotSignedIn
from worldloom.kernel.rights import Standing
from worldloom.kits.academy.lms.cmi5.enrolment import (
    Enrolment,
    fault_of,
    heard,
    platform_id,
    score_of,
    verb_of,
)
from worldloom.kits.academy.lms.cmi5.files import answer
from worldloom.kits.academy.lms.limits import LMS_LIMITS as LIMITS
from worldloom.kits.academy.xapi import checking
from worldloom.kits.academy.xapi.asking import version_of
from worldloom.kits.academy.xapi.facets import identity
from worldloom.kits.academy.xapi.finding import row_of
from worldloom.kits.academy.xapi.keeping import read_sent
from worldloom.kits.academy.xapi.saying import agent_of
from worldloom.kits.academy.xapi.store import RecordStore, refused

if TYPE_CHECKING:
    from worldloom.kits.academy.lms.cmi5.content import Content

FREE: Final = ("fetch", "files/", "lrs/")
"""Who asks here shows a key or a token of a launch, and not who they are; files tell of nobody."""
SECOND_US: Final = 1_000_000
LAUNCH_DATA: Final = "LMS.LaunchData"
CORS: Final = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "GET, HEAD, PUT, POST, DELETE"),
    ("Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match, If-None-Match, "
     "X-Experience-API-Version, Range"),
    ("Access-Control-Expose-Headers", "ETag, X-Experience-API-Version, "
     "X-Experience-API-Consistent-Through"),
)  # fmt: skip
"""Units are pages of other sites; a cookie opens nothing here."""


class ContentDoor:
    """Answers at the door of one world's courses from elsewhere."""

    def __init__(self, content: Content, store: RecordStore) -> None:
        self._content = content
        self._store = store
        self._turns: dict[str, asyncio.Lock] = {}
        """Enrolment → whose turn it is."""
        self._unpacking = asyncio.Lock()
        """One file at a time, so that who asks for many holds no others up."""

    async def answer(self, asked: Asked, clerk: Clerk) -> Answered:
        """Answer a request; errors leave in the house's form, and pages of others may read them."""
        if asked.method == "OPTIONS":
            return Answered(204, headers=CORS)
        try:
            if asked.path == "fetch":
                answered = await self._fetch(asked, clerk)
            elif asked.path.startswith("lrs/"):
                answered = await self._speak(asked, clerk)
            elif asked.path.startswith("files/"):
                answered = await self._file(asked, clerk)
            else:
                raise NotFound("there is nothing here", "start a unit in the world", code="no_page")
        except WorldloomError as error:
            answered = refused(error)
        return with_headers(answered, *CORS)

    async def _file(self, asked: Asked, clerk: Clerk) -> Answered:
        """Return a file of a package; raises NotFound."""
        if asked.method not in ("GET", "HEAD"):
            error = WorldloomError("files are only read here", "ask by GET", code="wrong_method")
            error.status = 405
            raise error
        _, id, name = (*asked.path.split("/", 2), "")[:3]
        files = await self._content.files(id, clerk)
        if files is None:
            raise NotFound("there is no such course here", "start the unit again", code="no_page")
        async with self._unpacking:
            return await asyncio.to_thread(answer, files, name, asked)

    # -- the token -----------------------------------------------------------------------------

    async def _fetch(self, asked: Asked, clerk: Clerk) -> Answered:
        """Give the token of a launch once (section 8.2); what goes wrong is told with 200."""
        if asked.method != "POST":
            return _told({"error-code": "2", "error-text": "ask by POST"})
        name, _, key = dict(asked.query).get("k", "").partition(".")
        secret = secrets.token_urlsafe(32)

        def run(world: World) -> bool:
            held = _held(world, name)
            good = held is not None and held.key and compare_digest(held.key, _digest(key))
            if good:
                entity = world[f"enrolment {name}"]
                entity.update(Enrolment, key="", token=_digest(secret))
            return bool(good)

        if not await clerk.decide(run):
            return _told({"error-code": "1", "error-text": "the token was given already, or the "
                          "launch is over: start the unit again"})  # fmt: skip
        token = base64.b64encode(f"{name}:{secret}".encode()).decode()
        return _told({"auth-token": token})

    # -- the record store ----------------------------------------------------------------------

    async def _speak(self, asked: Asked, clerk: Clerk) -> Answered:
        name, secret = _credentials(asked.headers.get("authorization", ""))
        turn = self._turns.get(name)
        if turn is None:
            await self._enrolment(clerk, name, secret)
            turn = self._turns.setdefault(name, asyncio.Lock())
        async with turn:
            held = await self._enrolment(clerk, name, secret)
            path = asked.path.removeprefix("lrs/").strip("/")
            who = Standing(account=held.learner)
            inner = msgspec.structs.replace(asked, path=path, who=who)
            if path == "statements" and asked.method in ("PUT", "POST"):
                return await self._keep(inner, clerk, name, held)
            self._check(inner, path, held)
            return await self._store.answer(inner, clerk)

    async def _enrolment(self, clerk: Clerk, name: str, secret: str) -> Enrolment:
        """Return the enrolment that a token is of; raises NotSignedIn."""
        held = await clerk.decide(lambda world: _held(world, name))
        if held is None or not held.token or not compare_digest(held.token, _digest(secret)):
            raise NotSignedIn("this token opens nothing", "start the unit again")
        if held.over and clerk.now() > held.heard + LIMITS.grace_seconds * SECOND_US:
            raise NotSignedIn("the session of this token is over", "start the unit again")
        return held

    async def _keep(self, asked: Asked, clerk: Clerk, name: str, held: Enrolment) -> Answered:
        """Keep what a unit says, if it may all be said, and take note of it."""
        version = version_of(asked.headers)
        sent: Sequence[dict[str, Any]] = read_sent(asked).statements
        actor = agent_of(held.learner, self._content.home)
        unit = self._content.units[held.unit].unit
        now, said = held, []
        for told in sent:
            checking.check_statement(told, version)
            if await asyncio.to_thread(_is_kept, clerk, told.get("id", "")):
                continue  # Sent again: the store says whether it is the same one.
            fault = fault_of(told, now, unit, actor, self._content.home)
            if fault:
                raise NotAllowed(f"cmi5 does not let a unit say this: {fault}",
                                 "keep to its sections 7 and 9", code="not_cmi5")  # fmt: skip
            verb = verb_of(told)
            now = heard(now, verb, 0)
            said.append((verb, score_of(told)))
        answered = await self._store.answer(asked, clerk)
        if answered.status < 300:

            def run(world: World) -> None:
                for verb, score in said:
                    self._content.hear(world[f"enrolment {name}"], verb, score)

            await clerk.decide(run)
        return answered

    def _check(self, asked: Asked, path: str, held: Enrolment) -> None:
        """Let a unit read and write what is its own; raises NotAllowed."""
        given = dict(asked.query)
        reads = asked.method in ("GET", "HEAD")
        own_activity = given.get("activityId") == platform_id(self._content.home, held.unit)
        own_registration = given.get("registration", "").lower() == held.registration
        match path:
            case "about" | "activities":
                allowed = reads
            case "statements":
                allowed = reads and own_registration
            case "activities/state":
                kept = reads or given.get("stateId", LAUNCH_DATA) != LAUNCH_DATA
                allowed = own_activity and own_registration and self._own(given, held) and kept
            case "activities/profile":
                allowed = own_activity
            case "agents/profile" | "agents":
                allowed = self._own(given, held)
            case _:
                allowed = False
        if not allowed:
            raise NotAllowed("a unit reads and writes its own learner's documents in it",
                             "name activity, registration and agent", code="not_cmi5")  # fmt: skip

    def _own(self, given: dict[str, str], held: Enrolment) -> bool:
        try:
            agent = msgspec.json.decode(given.get("agent", ""))
            checking.agent(agent, "agent")
        except (msgspec.DecodeError, RecursionError, UnicodeError, Invalid):
            return False
        return identity(agent) == identity(agent_of(held.learner, self._content.home))


def _held(world: World, name: str) -> Enrolment | None:
    full = f"enrolment {name}"
    if not (len(name) == 16 and full in world):
        return None
    return world[full][Enrolment] if Enrolment in world[full] else None


def _is_kept(clerk: Clerk, id: str) -> bool:
    return bool(id) and row_of(clerk, id.lower()) is not None


def _credentials(header: str) -> tuple[str, str]:
    """Return name and secret of a token; raises NotSignedIn."""
    try:
        text = base64.b64decode(header.removeprefix("Basic "), validate=True).decode()
    except (binascii.Error, ValueError):
        text = ""
    name, colon, secret = text.partition(":")
    if not colon or len(text) > 200:
        raise NotSignedIn("no token came", "send the token of the launch as HTTP Basic")
    return name, secret


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _told(told: dict[str, str]) -> Answered:
    return Answered(200, msgspec.json.encode(told), "application/json")
