"""The HTTP interface of reports: who was reported for what, for those who moderate a world.

A report's evidence is a recording under the report's seq; nobody else may see or list it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from worldloom.kernel.live import LiveWorld
from worldloom.kernel.records import read
from worldloom.kernel.rights import Standing, check, decide, deed_of
from worldloom.kernel.safety import REPORTED, Reported
from worldloom.kernel.schema import decode, restorer
from worldloom.kernel.sealing import open_box
from worldloom.server.auth import Who
from worldloom.server.engine import now_us
from worldloom.server.house import House
from worldloom.server.replies import Json
from worldloom.stores.chunks import Finder

Reader = Callable[[Request], tuple[LiveWorld, Who, Standing]]
MODERATE = "moderate"


class Head(msgspec.Struct):
    """What is remembered of one report; its words stay in the log."""

    account: str


class ReportsApi:
    """The endpoint /api/worlds/{world}/reports."""

    def __init__(self, house: House, reader: Reader) -> None:
        self._house = house
        self._store = house.engine.store
        self._reader = reader
        self._finder = Finder(self._store, REPORTED, Head)
        self._restore = restorer(partial(open_box, self._store))

    async def list_reports(self, request: Request) -> Response:
        """List the reports of a world, the newest first; for those who may moderate it."""
        live, _, standing = self._reader(request)
        check(standing, deed_of(MODERATE, live.name), now_us())
        await self._house.engine.durable(live.name)
        return Json({"reports": await asyncio.to_thread(self._told, live)})

    def seqs(self, live: LiveWorld) -> set[int]:
        """Return the seqs of all reports: recordings under them are evidence."""
        return {found.seq for found in self._finder.find(live.stream, live.durable_seq)}

    def may_see(self, standing: Standing, live: LiveWorld) -> bool:
        """Tell whether somebody may see evidence."""
        return decide(standing, deed_of(MODERATE, live.name), now_us()) is None

    def _told(self, live: LiveWorld) -> list[dict[str, Any]]:
        found = sorted(self.seqs(live), reverse=True)
        return [self._tell(live, seq) for seq in found]

    def _tell(self, live: LiveWorld, seq: int) -> dict[str, Any]:
        rows = list(self._store.records(live.stream, seq - 1, seq))
        record = next(iter(read(rows)))
        event = decode(Reported, record.payload, record.version, self._restore)
        banned = self._house.engine.realm.people.banned_until(event.account, live.name, now_us())
        return {
            "seq": seq, "time": record.time, "since": event.since,
            "first": self._seq_at(live.stream, seq, event.since), "by": record.actor,
            "account": event.account, "visitor": event.visitor, "name": event.name.value,
            "reason": event.reason.value, "banned_until": banned, "recording": str(seq),
        }  # fmt: skip

    def _seq_at(self, stream: int, until: int, time: int) -> int:
        """Return the last record of a group that was written by a time, at most `until`; or 1."""
        low, high = 1, until
        while low < high:
            middle = (low + high + 1) // 2
            if self._time_of(stream, middle) <= time:
                low = middle
            else:
                high = middle - 1
        return low

    def _time_of(self, stream: int, seq: int) -> int:
        """Return when a record was written: the first of its group says it."""
        record = next(iter(read(self._store.records(stream, seq - 1, seq))))
        if record.offset:
            record = next(iter(read(self._store.records(stream, seq - record.offset - 1, seq))))
        return record.time
