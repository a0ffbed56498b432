"""The HTTP interface of telemetry: which series a world has, and a series over a span of time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import Any

import msgspec
import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from worldloom.kernel.errors import Invalid, NotFound, OverLimit
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import LiveWorld
from worldloom.kernel.ports import Store
from worldloom.kernel.records import damaged
from worldloom.kernel.rights import Standing
from worldloom.kernel.schema import WHOLE_MAX, decode
from worldloom.kernel.telemetry import MEASURED, Chunk, Times, Values, buckets, samples
from worldloom.server.auth import Who
from worldloom.server.house import House
from worldloom.server.replies import Json, whole_number
from worldloom.stores.chunks import Finder, Found, payload

Reader = Callable[[Request], tuple[LiveWorld, Who, Standing]]
POINTS = 500


class Head(msgspec.Struct):
    """What is remembered of one chunk: all but its samples."""

    series: str
    unit: str
    count: int
    first: int
    last: int
    minimum: float
    maximum: float
    sha256: str


Chunks = Sequence[Found[Head]]


class TelemetryApi:
    """The endpoints under /api/worlds/{world}/telemetry."""

    def __init__(self, house: House, reader: Reader) -> None:
        self._engine = house.engine
        self._reader = reader
        self._finder = Finder(house.engine.store, MEASURED, Head)

    async def list_series(self, request: Request) -> Response:
        """List the series of a world."""
        live, _, _ = self._reader(request)
        found = await self._of_world(live)
        return Json({"series": [_card(name, found[name]) for name in sorted(found)]})

    async def series(self, request: Request) -> Response:
        """Return a series over a span of time, as equal spans with least, greatest and mean."""
        live, _, _ = self._reader(request)
        name = request.path_params["series"]
        chunks = (await self._of_world(live)).get(name)
        if chunks is None:
            raise NotFound(
                f"{live.name} has no series {name[:80]}",
                f"GET /api/worlds/{live.name}/telemetry lists them",
            )
        card = _card(name, chunks)
        start = whole_number(request, "from", card["first"], 0, WHOLE_MAX)
        end = whole_number(request, "to", card["last"], 0, WHOLE_MAX)
        points = whole_number(request, "points", POINTS, 1, LIMITS.telemetry_points_max)
        if end < start:
            raise Invalid("the span ends before it begins", "give from ≤ to", field="to")
        within = [one for one in chunks if one.head.first <= end and one.head.last >= start]
        if sum(one.head.count for one in within) > LIMITS.telemetry_read_samples_max:
            raise OverLimit(
                f"the span has more than {LIMITS.telemetry_read_samples_max} samples",
                "ask for it in parts, by from and to",
                too_large=True,
            )
        store = self._engine.store
        rows = await asyncio.to_thread(_read, store, live.stream, within, start, end, points)
        columns = zip(*rows, strict=True) if rows else ((),) * 5
        names = ("t_us", "min", "max", "mean", "count")
        spans = dict(zip(names, (list(column) for column in columns), strict=True))
        return Json({"series": name, "unit": card["unit"], "from": start, "to": end, **spans})

    async def _of_world(self, live: LiveWorld) -> dict[str, list[Found[Head]]]:
        await self._engine.durable(live.name)
        found = await asyncio.to_thread(self._finder.find, live.stream, live.durable_seq)
        by_name: dict[str, list[Found[Head]]] = {}
        for chunk in found:
            by_name.setdefault(chunk.head.series, []).append(chunk)
        return by_name


def _card(name: str, chunks: Chunks) -> dict[str, Any]:
    return {
        "series": name,
        "unit": chunks[-1].head.unit,
        "count": sum(chunk.head.count for chunk in chunks),
        "first": min(chunk.head.first for chunk in chunks),
        "last": max(chunk.head.last for chunk in chunks),
        "min": min(chunk.head.minimum for chunk in chunks),
        "max": max(chunk.head.maximum for chunk in chunks),
        "chunks": len(chunks),
    }


def _read(
    store: Store, stream: int, chunks: Chunks, start: int, end: int, points: int
) -> list[list[Any]]:
    parts = list(_parts(store, stream, chunks, start, end))
    if not parts:
        return []
    times = np.concatenate([part[0] for part in parts])
    values = np.concatenate([part[1] for part in parts])
    return buckets(times, values, start, end, points)


def _parts(
    store: Store, stream: int, chunks: Chunks, start: int, end: int
) -> Iterator[tuple[Times, Values]]:
    """Yield what each chunk has within a span; raises Unavailable for one that was changed."""
    for chunk in chunks:
        data = decode(Chunk, payload(store, stream, chunk.seq + 1)).data
        if sha256(data).hexdigest() != chunk.head.sha256:
            raise damaged(chunk.seq + 1, "it is not the chunk that was measured")
        times, values = samples(data)
        inside = slice(*np.searchsorted(times, (start, end + 1)))
        yield times[inside], values[inside]
