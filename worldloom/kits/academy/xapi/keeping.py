"""How statements come in: read, checked, compared with what is known, kept in one group.

What is in one request is kept whole or not at all. A statement that is here already is no second
one; another of the same id is a conflict, and what was first stays.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from hashlib import sha224, sha256, sha384, sha512
from typing import Any, Final
from uuid import uuid4

import msgspec

from worldloom import Conflict, Event, OverLimit, Personal, World, WorldloomError
from worldloom.kernel.doors import Asked, Clerk
from worldloom.kernel.people import check_account
from worldloom.kernel.step import NOBODY
from worldloom.kits.academy.events import StatementKept
from worldloom.kits.academy.xapi import values
from worldloom.kits.academy.xapi.asking import JSON, decoded
from worldloom.kits.academy.xapi.checking import VOIDED, check_statement
from worldloom.kits.academy.xapi.comparing import digest_of
from worldloom.kits.academy.xapi.facets import facet, reference_of, somebody
from worldloom.kits.academy.xapi.limits import LIMITS
from worldloom.kits.academy.xapi.multipart import Part, media_of, parts_of
from worldloom.kits.academy.xapi.signing import MEDIA, USAGE, check_signature
from worldloom.kits.academy.xapi.tables import LIVE, STATEMENTS, VOIDING
from worldloom.kits.academy.xapi.values import wrong

HASHES: Final = {56: sha224, 64: sha256, 96: sha384, 128: sha512}
"""Length in hex → the hash of the SHA-2 family."""
MULTIPART: Final = "multipart/mixed"
REMEMBERED_MAX: Final = 20_000
"""Statements whose digests are remembered at least after they became durable."""
INLINE_BYTES_MAX: Final = 65_536
"""Bytes of a request that are checked on the loop itself."""
SET_BY_STORE: Final = ("stored", "authority")


class Sent(msgspec.Struct, frozen=True):
    """Statements of one request, and the files that came with them by their sha2."""

    statements: list[dict[str, Any]]
    alone: bool
    """Whether one statement came, and not a list."""
    files: Mapping[str, tuple[bytes, str]]
    """sha2 → (bytes, media type)."""


def read_sent(asked: Asked) -> Sent:
    """Return what a request brings; raises Invalid, OverLimit."""
    media, more = media_of(asked.headers.get("content-type", ""))
    if media == JSON:
        return _sent(decoded(asked.body, "body"), {})
    if media != MULTIPART:
        raise wrong("Content-Type", "is neither application/json nor multipart/mixed")
    if "boundary" not in more:
        raise wrong("Content-Type", "names no boundary")
    first, *rest = parts_of(asked.body, more["boundary"])
    if media_of(first.headers.get("content-type", ""))[0] != JSON:
        raise wrong("body", "has a first part that is not application/json")
    return _sent(decoded(first.body, "body"), dict(_file(part) for part in rest))


def _file(part: Part) -> tuple[str, tuple[bytes, str]]:
    said = part.headers.get("x-experience-api-hash", "")
    if part.headers.get("content-transfer-encoding", "").lower() != "binary":
        raise wrong("body", "has a part whose Content-Transfer-Encoding is not binary")
    known = values.sha2(said, "X-Experience-API-Hash").lower()
    if HASHES[len(known)](part.body).hexdigest() != known:
        raise wrong("X-Experience-API-Hash", "is not the hash of its part")
    return known, (part.body, part.headers.get("content-type", MEDIA))


def _sent(body: Any, files: Mapping[str, tuple[bytes, str]]) -> Sent:
    alone = not isinstance(body, list)
    found = [body] if alone else body
    if len(found) > LIMITS.statements_max:
        raise OverLimit(f"{len(found)} statements are more than {LIMITS.statements_max}",
                        "send them in several requests", too_large=True)  # fmt: skip
    return Sent(found, alone, files)


def check_files(sent: Sent) -> None:
    """Check that every attachment is here or has an address, and that nothing else came."""
    asked_for: set[str] = set()
    for number, told in enumerate(sent.statements):
        for place, listed in ((told, f"statement {number}"), (told["object"], "substatement")):
            for at, one in enumerate(
                place.get("attachments", ()) if isinstance(place, dict) else ()
            ):
                known, path = one["sha2"].lower(), f"{listed}.attachments[{at}]"
                asked_for.add(known)
                _check_file(one, sent, told, known, path)
    for known in sent.files:
        if known not in asked_for:
            raise wrong("body", f"has a part {known[:16]}… that no statement names")


def _check_file(
    one: Mapping[str, Any], sent: Sent, told: Mapping[str, Any], known: str, path: str
) -> None:
    if known in sent.files:
        # `length` is not compared: clients are known to count otherwise than they encode.
        if one["usageType"] == USAGE:
            if one["contentType"] != MEDIA:
                raise wrong(f"{path}.contentType", f"of a signature is not {MEDIA}")
            check_signature(sent.files[known][0], told, path)
    elif one["usageType"] == USAGE:
        raise wrong(path, "is a signature that did not come")
    elif "fileUrl" not in one:
        raise wrong(path, "did not come, and has no fileUrl")


Key = tuple[str, str]
"""World and id of a statement."""


class Keeping:
    """Keeps the statements of a world, or several that share their code."""

    def __init__(self, home: str) -> None:
        self._home = home
        self._on_their_way: dict[Key, bytes] = {}
        """Mark and digest of what is decided and not durable yet."""
        self._newest: dict[Key, bytes] = {}
        """Mark and digest of what became durable last."""
        self._before: dict[Key, bytes] = {}
        """The same of what became durable before those."""
        self._forgotten = 0
        """How often some of those were not remembered any more."""

    async def keep(self, asked: Asked, clerk: Clerk, version: str, id: str = "") -> Sent:
        """Keep what a request brings; raises Invalid, OverLimit, Conflict, Unavailable."""
        if len(asked.body) > INLINE_BYTES_MAX:
            # What is long must not hold up everyone else on the loop.
            sent, events = await asyncio.to_thread(self._prepared, asked, version, id)
        else:
            sent, events = self._prepared(asked, version, id)
        for data, _ in sent.files.values():
            await asyncio.to_thread(clerk.keep_asset, data, MEDIA)
        await self._append(clerk, events, sent.statements)
        return sent

    def _prepared(self, asked: Asked, version: str, id: str) -> tuple[Sent, list[StatementKept]]:
        """Return what a request brings, checked, and the events that keep it."""
        sent = read_sent(asked)
        if id and not sent.alone:
            raise wrong("body", "is a list, and statementId names one")
        for number, told in enumerate(sent.statements):
            check_statement(told, version, f"statement {number}")
            if id and told.setdefault("id", id).lower() != id:
                raise wrong("statement.id", "is not the statementId of the address")
            told["id"] = told["id"].lower() if "id" in told else str(uuid4())
        if len({told["id"] for told in sent.statements}) < len(sent.statements):
            raise wrong("body", "has two statements of one id")
        check_files(sent)
        events = [self._event(told, sent, version, asked.who.account) for told in sent.statements]
        return sent, events

    async def _append(
        self, clerk: Clerk, events: Sequence[StatementKept], told: Sequence[Mapping[str, Any]]
    ) -> None:
        """Append what is new; after the last look at what is known nobody else gets a turn."""
        ids = [event.id for event in events] + [reference_of(one) for one in told if _voids(one)]
        forgotten = self._forgotten
        here = await asyncio.to_thread(_look, clerk, ids)
        if self._forgotten != forgotten:
            # So much was kept meanwhile that what came between is not remembered any more.
            here = _look(clerk, ids)
        new, waiting = [], dict[Key, bytes]()
        for event, one in zip(events, told, strict=True):
            digest = digest_of(one)
            known = self._known(clerk.world, event.id, here)
            if known is None:
                new.append(event)
                waiting[clerk.world, event.id] = (VOIDING if _voids(one) else LIVE) + digest
            elif known[1:] != digest:
                raise Conflict(f"there is another statement {event.id}", "give it an id of its own",
                               code="statement_conflict")  # fmt: skip
            target = self._known(clerk.world, reference_of(one), here) if _voids(one) else None
            if (target or b"")[:1] == VOIDING:
                raise wrong("statement.object", "is a voiding statement, which nothing voids")
        if not new:
            return
        self._on_their_way |= waiting
        try:
            await clerk.decide(lambda world: append_all(world, new))
            self._remember(waiting)
        finally:
            for key in waiting:
                del self._on_their_way[key]

    def _known(self, world: str, id: str, here: Mapping[str, bytes]) -> bytes | None:
        """Return mark and digest of a statement: on its way, kept just now, or here."""
        key = (world, id)
        just_now = self._on_their_way.get(key) or self._newest.get(key) or self._before.get(key)
        return just_now or here.get(id)

    def _remember(self, kept: Mapping[Key, bytes]) -> None:
        self._newest |= kept
        if len(self._newest) >= REMEMBERED_MAX:
            self._before, self._newest = self._newest, {}
            self._forgotten += 1

    def _event(self, told: dict[str, Any], sent: Sent, version: str, account: str) -> StatementKept:
        """Return the event that keeps a statement, which is brought into the form that is kept."""
        for name in SET_BY_STORE:
            told.pop(name, None)
        for one in (told, told["object"]):
            _list_activities(one)
        text = msgspec.json.encode(told)
        if len(text) > LIMITS.statement_bytes_max:
            raise OverLimit(
                f"the statement {told['id']} has {len(text)} bytes,"
                f" at most {LIMITS.statement_bytes_max} are kept",
                "send large data as attachments", code="too_large", too_large=True,
            )  # fmt: skip
        named = {one["sha2"].lower() for place in (told, told["object"])
                 for one in place.get("attachments", ())}  # fmt: skip
        files = tuple((sha2, sha256(data).hexdigest()) for sha2, (data, _) in sent.files.items()
                      if sha2 in named)  # fmt: skip
        person = person_of(told["actor"], self._home) or account
        said = Personal(text.decode(), of=person)
        return StatementKept(told["id"], said, version, account, files)


def _voids(told: Mapping[str, Any]) -> bool:
    return bool(told["verb"]["id"] == VOIDED)


def _look(clerk: Clerk, ids: Sequence[str]) -> dict[str, bytes]:
    """Return mark and digest of those of some statements that are here; it may take its time."""
    rows = clerk.look_up(STATEMENTS, [facet("id", id) for id in ids]).rows
    marks = {row.at: (row.data or b"")[:1] for row in rows if row.at}
    found = {}
    for kept in clerk.events(StatementKept, [*marks]):
        assert isinstance(kept.event, StatementKept)
        text = kept.event.statement.value
        if text is not None:
            found[kept.event.id] = marks[kept.seq] + digest_of(msgspec.json.decode(text))
    return found


def append_all(world: World, events: Sequence[Event]) -> None:
    """Append events in their order."""
    for event in events:
        world.append(event)


def _list_activities(told: dict[str, Any]) -> None:
    """Put activities of a context that stand alone into a list of one."""
    context = told.get("context")
    listed = context.get("contextActivities") if isinstance(context, dict) else None
    if isinstance(listed, dict):
        listed |= {name: [one] for name, one in listed.items() if isinstance(one, dict)}


def person_of(actor: Mapping[str, Any], home: str) -> str:
    """Return whose key seals a record: an account of this realm, or a learner from outside."""
    account = actor.get("account", {})
    if account.get("homePage") == home:
        try:
            check_account(account["name"])
        except WorldloomError:
            pass
        else:
            if account["name"] not in NOBODY:
                return str(account["name"])
    known = next(somebody(actor), "")
    return learner(known) if known else ""


def learner(known: str) -> str:
    """Return the name by which someone without an account here can be forgotten."""
    return f"learner:{sha256(known.encode()).hexdigest()[:32]}"
