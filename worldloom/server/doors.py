"""The doors that worlds open: found by name, guarded, fed with whole bodies, and answered.

`/NAME/…` leads to the first world that has a door of this name: of those that are open, or of a
kit whose manifest names it under `doors`. `/w/WORLD/NAME/…` leads to one world's.
"""

from __future__ import annotations

import logging
import threading
import tomllib
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Final, TypeVar

from msgspec import structs
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from worldloom.kernel.doors import Asked, Door, Kept
from worldloom.kernel.errors import (
    Misused,
    NotAllowed,
    NotSignedIn,
    Unavailable,
    WorldloomError,
)
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import LiveWorld
from worldloom.kernel.patience import kind_and_place, place_of
from worldloom.kernel.projection import Scalar, Slice
from worldloom.kernel.records import Record, read
from worldloom.kernel.rights import Deed, Standing, check
from worldloom.kernel.schema import Event, decode, restorer
from worldloom.kernel.world import World
from worldloom.server.auth import Who, check_origin
from worldloom.server.engine import now_us
from worldloom.server.house import House
from worldloom.server.loader import kit_entries
from worldloom.server.replies import PLAIN_HEADERS, is_secure, no_page, read_body

log = logging.getLogger("worldloom.doors")
Endpoint = Callable[[Request], Awaitable[Response]]
T = TypeVar("T")
_MAKING: Final = threading.Lock()
"""Of two that ask for a new secret at once, one makes it."""
PAGES: Final[Mapping[str, str]] = {
    "Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "*",
}  # fmt: skip
"""What lets scripts of other sites' pages read an answer; a browser sends no cookie with these."""
PREFLIGHT: Final[Mapping[str, str]] = {
    "Access-Control-Allow-Methods": "*", "Access-Control-Allow-Headers": "Authorization, *",
    "Access-Control-Max-Age": "600",
}  # fmt: skip


def kit_doors() -> dict[str, str]:
    """Return door → kit, as the manifests of the installed kits say; no kit is loaded for it."""
    found: dict[str, str] = {}
    for name, entry in sorted(kit_entries().items()):
        try:
            spec = find_spec(entry.module)
            folder = Path(spec.origin).parent if spec and spec.origin else Path()
            card = tomllib.loads((folder / "manifest.toml").read_text("utf-8"))
        except (ImportError, OSError, ValueError) as error:
            log.info("the manifest of the kit %s cannot be read: %s", name, error)
            continue
        doors = card.get("doors", [])
        for door in doors if isinstance(doors, list) else []:
            found.setdefault(str(door), name)
    return found


class DoorClerk:
    """What a door may do in one world, for one account or an agent of it."""

    def __init__(self, house: House, live: LiveWorld, actor: str, door: str) -> None:
        self._house = house
        self._live = live
        self.world = live.name
        self._actor = actor
        self._cause = f"door:{door}"
        self._groups: dict[int, Record | None] = {}
        """First record of the group that was looked at last."""

    def now(self) -> int:
        """Return the time of the world's log."""
        return self._house.engine.realm.now()

    async def decide(self, run: Callable[[World], T]) -> T:
        """Run a function as a handler does, for who asks; return when it is durable."""
        engine, results = self._house.engine, list[T]()
        sealed = engine.realm.decide(
            self._live.name, self._cause, lambda world: results.append(run(world)), self._actor
        )
        await engine.kept(sealed)
        return results[0]

    def select(
        self,
        table: str,
        where: Mapping[str, Scalar],
        after: Sequence[Scalar] = (),
        limit: int = 1_000,
        descending: bool = False,
    ) -> Slice:
        """Return durable rows of a table; raises Unavailable while it is behind its log."""
        durable, store = self._live.durable_seq, self._house.engine.store
        found = store.select(self._live.stream, table, where, after, limit, descending)
        return _not_behind(found, table, durable)

    def look_up(self, table: str, firsts: Sequence[Scalar]) -> Slice:
        """Return all durable rows whose key begins with one of these values."""
        durable = self._live.durable_seq
        found = self._house.engine.store.look_up(self._live.stream, table, firsts)
        return _not_behind(found, table, durable)

    def events(self, kind: type[Event], seqs: Sequence[int]) -> list[Kept]:
        """Return durable events of one kind by their seqs."""
        restore = restorer(self._live.open) if kind.__kind__.personal else None
        found = []
        for seq in seqs:
            record = self._record(seq)
            if record is not None and record.kind == kind.__kind__.name:
                event = decode(kind, record.payload, record.version, restore)
                found.append(Kept(seq, record.time, event))
        return found

    def seqs(self, kind: type[Event], after: int, until: int) -> list[int]:
        """Return the seqs of the durable events of one kind in a range of the log."""
        name, live = kind.__kind__.name, self._live
        rows = self._house.engine.store.records(live.stream, after, min(until, live.durable_seq))
        return [record.seq for record in read(rows) if record.kind == name]

    def _record(self, seq: int) -> Record | None:
        live = self._live
        if not 0 < seq <= live.durable_seq:
            return None
        record = self._read(seq)
        if record is None or not record.offset:
            return record
        # Only the first record of a group says when it was.
        first = seq - record.offset
        if first not in self._groups:
            self._groups = {first: self._read(first)}
        head = self._groups[first]
        return head and structs.replace(record, time=head.time, actor=head.actor)

    def _read(self, seq: int) -> Record | None:
        rows = self._house.engine.store.records(self._live.stream, seq - 1, seq)
        return next(iter(read(rows)), None)

    def seq_at(self, time: int) -> int:
        """Return the seq of the last durable record at or before a time."""
        low, high = 0, self._live.durable_seq
        while low < high:
            middle = (low + high + 1) // 2
            record = self._record(middle)
            if record is not None and record.time > time:
                high = middle - 1
            else:
                low = middle
        return low

    def new_account(self) -> str:
        """Return a guest's account that nobody has yet."""
        return self._house.doorkeeper.new_guest()

    def keep_asset(self, data: bytes, media: str) -> str:
        """Keep a file; return its sha256 in hex."""
        return self._house.engine.store.put_asset(data, media)

    def asset(self, sha256: str) -> bytes | None:
        """Return a file that is kept."""
        store = self._house.engine.store
        return b"".join(store.read_asset(sha256)) if store.asset(sha256) is not None else None

    def secret(self, name: str, make: Callable[[], bytes]) -> bytes:
        """Return a secret of this name, made when it is first asked for."""
        store, key = self._house.engine.store, f"secret:{name}"
        with _MAKING:
            found = store.meta(key)
            if found is None:
                found = make()
                store.set_meta(key, found)
            return found


def _not_behind(found: Slice, table: str, durable: int) -> Slice:
    """Return rows of a table that has read so far; raises Unavailable for one that has not."""
    if found.error or found.seq < durable:
        said = found.error or f"it has read {found.seq} of {durable} records"
        raise Unavailable(f"the table {table} is behind: {said}", "ask again in a minute",
                          code="table_behind")  # fmt: skip
    return found


class DoorsApi:
    """Answers at every door."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._kits = kit_doors()
        self._under_way = 0

    def names(self, scope: Scope) -> tuple[str, str, str] | None:
        """Return (world, door, rest) of an address that may be a door's; world may be empty."""
        parts = str(scope["path"]).lstrip("/").split("/", 3)
        if parts[0] == "w" and len(parts) >= 3:
            return parts[1], parts[2], parts[3] if len(parts) > 3 else ""
        _, name, *_ = ("", *parts)
        known = name in self._kits or self._open_world(name) is not None
        return ("", name, "/".join(parts[1:])) if name and known else None

    def _open_world(self, door: str) -> str | None:
        """Return the first open world that has a door."""
        worlds, realm = self._house.worlds, self._house.engine.realm
        for name in worlds.names():
            live = realm.opened(name)
            if live is not None and door in live.world.doors:
                return name
        return None

    def _find(self, world: str, door: str) -> tuple[LiveWorld, Door] | None:
        name = world or self._open_world(door) or self._kits.get(door, "")
        if name not in self._house.worlds.names():
            return None
        live = self._house.worlds.find(name)
        found = live.world.doors.get(door)
        return None if found is None else (live, found)

    async def answer(self, request: Request) -> Response:
        """Let a door answer; raises what its guard says."""
        world, name, rest = request.scope["door"]
        found = self._find(world, name)
        if found is None:
            raise no_page(request.url.path)
        with self._house.tally.timing("kit"):
            return await self._answer(request, *found, rest)

    async def _answer(self, request: Request, live: LiveWorld, door: Door, rest: str) -> Response:
        request.scope["pages"] = door.pages
        if door.pages and request.method == "OPTIONS":
            return Response(status_code=204, headers=PREFLIGHT)
        asked = _asked(request, rest)
        bare = door.read is not None and "authorization" not in request.headers
        if bare:
            # Of anyone, so that only a little is read, and nobody is kept waiting for it.
            body = await read_body(request, LIMITS.door_unknown_body_bytes_max)
            with self._authored(door, live):
                asked = self._read(door, structs.replace(asked, body=body))
        who, standing = self._guard(asked.headers, live, door, rest)
        if self._under_way >= LIMITS.door_requests_max:
            raise Unavailable("too many ask at once", "ask again", code="busy")
        self._under_way += 1
        try:
            if not bare:
                body = await read_body(request, door.body_bytes_max)
                # Who lost the right while they sent it, is not answered any more.
                who, standing = self._guard(asked.headers, live, door, rest)
                with self._authored(door, live):
                    asked = self._read(door, structs.replace(asked, body=body))
            clerk = DoorClerk(self._house, live, standing.actor or who.account, door.name)
            with self._authored(door, live):
                answered = await door.answer(structs.replace(asked, who=standing), clerk)
        finally:
            self._under_way -= 1
        request.scope["authored"] = True
        headers = {**PLAIN_HEADERS, "Cache-Control": "no-store", **dict(answered.headers)}
        if answered.media:
            headers["Content-Type"] = answered.media
        response = Response(answered.body, answered.status, headers)
        if answered.account:
            self._house.doorkeeper.remember(response, answered.account, is_secure(request))
        return response

    @contextmanager
    def _authored(self, door: Door, live: LiveWorld) -> Iterator[None]:
        """Let an author's code fail so that a log has its kind and place; raises Misused."""
        try:
            yield
        except WorldloomError as error:
            if place_of(error) and not self._house.engine.dev:
                error.logged = kind_and_place(error)
            raise
        except Exception as error:
            log.error("%s: the door %s failed: %s", live.name, door.name, kind_and_place(error),
                      exc_info=error if self._house.engine.dev else None)  # fmt: skip
            failed = Misused(
                f"the door {door.name} failed: {type(error).__name__}",
                "the server's log names the place in the author's file",
                code="handler_failed",
            )
            raise failed from None

    @staticmethod
    def _read(door: Door, asked: Asked) -> Asked:
        return asked if door.read is None else door.read(asked)

    def _guard(
        self, headers: Mapping[str, str], live: LiveWorld, door: Door, rest: str
    ) -> tuple[Who, Standing]:
        """Return who asks, and what they are; raises NotSignedIn, NotAllowed."""
        if door.is_free(rest):
            who = Who("", "")
            return who, Standing(account="")
        try:
            who = self._house.doorkeeper.identify(headers, basic=True)
            standing = self._house.standing_in(who, live)
            check_origin(headers, who)
            deed = Deed(door.name, door.needs, f"asking at /{door.name}/", live.name)
            check(standing, deed, now_us())
        except NotSignedIn as error:
            error.basic = True
            raise
        except NotAllowed as error:
            self._house.audit.note(live.name, standing, f"/{door.name}/", error, ours=True)
            self._house.engine.flush()
            raise
        self._house.engine.realm.people.check_ban(who.account, live.name, now_us())
        return who, standing


def _asked(request: Request, rest: str) -> Asked:
    """Return a request without its body, by nobody yet."""
    path = request.url.path
    base = path[: len(path) - len(rest)].rstrip("/")
    query = tuple(request.query_params.multi_items())
    return Asked(request.method, rest, query, dict(request.headers), b"", Standing(), base)


class DoorsRoute(BaseRoute):
    """The route of all doors: it comes last, so that no door hides an address of the server."""

    def __init__(self, doors: DoorsApi, answer: Endpoint) -> None:
        self._doors = doors
        self._answer = answer

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Tell whether an address is a door's."""
        if scope["type"] != "http":
            return Match.NONE, {}
        names = self._doors.names(scope)
        return (Match.NONE, {}) if names is None else (Match.FULL, {"door": names})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        response = await self._answer(Request(scope, receive, send))
        if scope.get("pages"):
            response.headers.update(PAGES)
        await response(scope, receive, send)
