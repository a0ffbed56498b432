"""The HTTP interface of recorded motion: which stretches there are, and everyone's way through one.

Whoever may read a world's log may see what was recorded in it, as all who consented were told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import msgspec
import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from worldloom.kernel.errors import NotFound
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import LiveWorld
from worldloom.kernel.recording import LOOKED, TRACKED, Looked, Tracked, unpack_poses
from worldloom.kernel.rights import Standing
from worldloom.kernel.schema import decode, restorer
from worldloom.kernel.sealing import open_box
from worldloom.presence.limbs import Limb, Limbs, limbs_in
from worldloom.server.auth import Who
from worldloom.server.house import House
from worldloom.server.replies import Json
from worldloom.server.reports import ReportsApi
from worldloom.stores.chunks import Finder, Found, payload
from worldloom.sync.recorder import metres

Reader = Callable[[Request], tuple[LiveWorld, Who, Standing]]
PLACED = 4
"""Columns of a track that say where somebody stands; what they do and hold is after them."""
UNKNOWN = -1
"""The animation of what was recorded before it was kept."""
METRE_DIGITS = 4
"""Digits after the point: finer than the quantum, without the noise of floats."""


class Head(msgspec.Struct):
    """What is remembered of one chunk of a track; its poses stay in the log."""

    recording: int
    visitor: str
    account: str
    start: int
    end: int
    rows: int


class LookHead(msgspec.Struct):
    """What is remembered of someone's look; the look itself stays in the log."""

    recording: int
    visitor: str
    since: int


Chunks = Sequence[Found[Head]]
Looks = Sequence[Found[LookHead]]


class RecordingsApi:
    """The endpoints under /api/worlds/{world}/recordings."""

    def __init__(self, house: House, reader: Reader, reports: ReportsApi) -> None:
        self._engine = house.engine
        self._reports = reports
        self._reader = reader
        self._finder = Finder(house.engine.store, TRACKED, Head)
        self._looks = Finder(house.engine.store, LOOKED, LookHead)
        self._turns = asyncio.Semaphore(LIMITS.large_reads_max)
        self._restore = restorer(partial(open_box, house.engine.store))

    async def list_recordings(self, request: Request) -> Response:
        """List the stretches of recorded motion, the oldest first."""
        live, who, standing = self._reader(request)
        found = await self._of_world(live, who, standing)
        answer = await asyncio.to_thread(
            lambda: [self._card(live.stream, id, chunks) for id, chunks in found.items()]
        )
        return Json({"recordings": [card for card in answer if card["people"]]})

    async def recording(self, request: Request) -> Response:
        """Return everyone's motion in one recording; forgotten people are not in it."""
        live, who, standing = self._reader(request)
        id = request.path_params["id"]
        chunks = (await self._of_world(live, who, standing)).get(id)
        if chunks is None:
            raise NotFound(
                f"{live.name} has no recording {id[:40]}",
                f"GET /api/worlds/{live.name}/recordings lists them",
            )
        known = await asyncio.to_thread(self._looks.find, live.stream, live.durable_seq)
        looks = [one for one in known if one.head.recording == chunks[0].head.recording]
        async with self._turns:
            found = await asyncio.to_thread(self._tracks, live.stream, id, chunks, looks)
        return Json(found)

    async def _of_world(
        self, live: LiveWorld, who: Who, standing: Standing
    ) -> dict[str, list[Found[Head]]]:
        """Return recording → its chunks, of those people whom one may see, evidence for few."""
        await self._engine.durable(live.name)
        found = await asyncio.to_thread(self._finder.find, live.stream, live.durable_seq)
        if not self._reports.may_see(standing, live):
            evidence = await asyncio.to_thread(self._reports.seqs, live)
            apart = self._engine.realm.ties.apart(who.account)
            found = [
                chunk
                for chunk in found
                if chunk.head.recording not in evidence and chunk.head.account not in apart
            ]
        by_id: dict[str, list[Found[Head]]] = {}
        for chunk in found:
            by_id.setdefault(str(chunk.head.recording), []).append(chunk)
        return by_id

    def _card(self, stream: int, id: str, chunks: Chunks) -> dict[str, Any]:
        known: dict[str, bool] = {}
        for chunk in chunks:
            account = chunk.head.account
            if account not in known:
                known[account] = self._event(stream, chunk).poses.value is not None
        seen = [chunk for chunk in chunks if known[chunk.head.account]]
        return {
            "id": id,
            "first_seq": int(id),
            "last_seq": chunks[-1].seq,
            "start_us": min((chunk.head.start for chunk in seen), default=0),
            "end_us": max((chunk.head.end for chunk in seen), default=0),
            "people": [account for account, there in known.items() if there],
            "frames": sum(chunk.head.rows for chunk in seen),
        }

    def _event(self, stream: int, chunk: Found[Head]) -> Tracked:
        data = payload(self._engine.store, stream, chunk.seq)
        return decode(Tracked, data, None, self._restore)

    def _look(self, stream: int, one: Found[LookHead], start: int) -> dict[str, Any] | None:
        """Return what somebody looked like from when on (ms), None for the forgotten."""
        data = payload(self._engine.store, stream, one.seq)
        look = decode(Looked, data, None, self._restore).look.value
        if look is None:
            return None
        since = max(0, (one.head.since - start) // 1000)
        return {"t_ms": since, "avatar": look[0], "vrm": look[1]}

    def _tracks(self, stream: int, id: str, chunks: Chunks, looks: Looks) -> msgspec.Raw:
        """Join each visitor's chunks up to the bound of an answer; return it as JSON."""
        start = min(chunk.head.start for chunk in chunks)
        ways: dict[str, tuple[str, list[np.ndarray[Any, Any]]]] = {}
        rows = 0
        for chunk in chunks:
            rows += chunk.head.rows
            if rows > LIMITS.recording_answer_rows_max:
                break
            event = self._event(stream, chunk)
            data = event.poses.value
            if data is None:
                continue
            times, steps = unpack_poses(data)
            rows += len(times) * (len(steps) // PLACED - 1)  # head and hands weigh as much again
            name, parts = ways.setdefault(chunk.head.visitor, (str(event.name), []))
            parts.append(np.stack(((times - start) / 1000, *metres(steps), *steps[PLACED:])))
        worn: dict[str, list[dict[str, Any]]] = {}
        for one in looks:
            look = self._look(stream, one, start) if one.head.visitor in ways else None
            if look is not None:
                worn.setdefault(one.head.visitor, []).append(look)
        tracks = [
            _track(visitor, name, worn.get(visitor, []), _joined(parts))
            for visitor, (name, parts) in ways.items()
        ]
        return written({"id": id, "start_us": start, "tracks": tracks})


def _track(
    visitor: str, name: str, looks: list[dict[str, Any]], way: np.ndarray[Any, Any]
) -> dict[str, Any]:
    """Return one visitor's way as JSON has it; where two chunks meet a sample stands once."""
    times = np.rint(way[0]).astype(np.int64)
    way = way[:, np.diff(times, prepend=-1) > 0]
    times = times[np.diff(times, prepend=-1) > 0]
    placed = np.round(way[1 : 1 + PLACED], METRE_DIGITS)
    columns = {"t_ms": times.tolist(), **columns_told(placed, way[1 + PLACED :])}
    # One by one, or a long recording would keep all other threads waiting.
    told = {column: written(values) for column, values in columns.items()}
    return {"visitor": visitor, "name": name, "looks": looks, **told}


def written(values: object) -> msgspec.Raw:
    """Return what JSON has of something, to be put into more of it."""
    return msgspec.Raw(msgspec.json.encode(values))


def _joined(parts: Sequence[np.ndarray[Any, Any]]) -> np.ndarray[Any, Any]:
    """Join chunks of which only some have an animation (else UNKNOWN), or head and hands."""
    width = max(map(len, parts))
    empty = np.zeros((width, 1))
    empty[1 + PLACED : 2 + PLACED] = UNKNOWN
    whole = [np.concatenate((part, np.repeat(empty[len(part) :], part.shape[1], axis=1)))
             for part in parts]  # fmt: skip
    return np.concatenate(whole, axis=1)


def columns_told(placed: Iterable[Any], more: Iterable[Any]) -> dict[str, Any]:
    """Return a track's columns as JSON has them: metres and radians, and what there is of more."""
    x, y, z, heading = (column.tolist() for column in placed)
    told = {"x": x, "y": y, "z": z, "heading": heading}
    animation, *worn = [column.astype(np.int64) for column in more] or [None]
    if animation is not None:
        told["animation"] = [None if one == UNKNOWN else one for one in animation.tolist()]
    if worn:
        told["limbs"] = [_limbs(one) for one in limbs_in(worn)]
    return told


def _limbs(one: Limbs | None) -> list[list[float] | None] | None:
    """Return head, left and right hand as JSON has them: metres, a turn (xyzw), and a grip."""
    return None if one is None else [_limb(part) for part in (one.head, one.left, one.right)]


def _limb(part: Limb | None) -> list[float] | None:
    if part is None:
        return None
    return [*(round(value, METRE_DIGITS) for value in (*part.place, *part.turn)), part.grip]
