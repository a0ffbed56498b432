"""A world's portrait before any page made its picture: what stands before who enters there."""

from __future__ import annotations

import asyncio
import math
import time
from typing import Final

from worldloom.kernel.cells import EntityState
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import LiveWorld
from worldloom.kernel.ports import Store
from worldloom.presence.surroundings import Point, Sight, Told, start_of
from worldloom.server.drawings import drawing_of, shown_of
from worldloom.server.engine import Engine
from worldloom.studio.drawing import Camera
from worldloom.studio.raster import png

SIZE: Final = (480, 270)
EYE_M: Final = 2.2
"""A little above a person's: the ground is seen, and what stands on it."""
DOWN: Final = -0.12
"""How far it looks down, in radians."""
KEPT: Final = 64


class Portraits:
    """Draws worlds, one at a time, and each again at most once in `picture_seconds_min`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._turn = asyncio.Lock()
        self._drawn: dict[str, tuple[float, int, bytes]] = {}
        """World → when it was drawn, at which seq, and the PNG; the oldest first."""

    async def of(self, live: LiveWorld) -> bytes:
        """Return the portrait as PNG, nothing where nothing is to be seen; raises Unavailable."""
        async with self._turn:
            at, seq, drawn = self._drawn.get(live.name, (-math.inf, -1, b""))
            if seq == live.seq or time.monotonic() - at < LIMITS.picture_seconds_min:
                return drawn
            await self._engine.durable(live.name)
            state, entities = live.state, shown_of(live)
            here, yaw = start_of(state)
            places = Sight().places(state)
            seq, store = live.seq, self._engine.store
            drawn = await asyncio.to_thread(_draw, store, entities, places, here, yaw)
            self._drawn.pop(live.name, None)
            while len(self._drawn) >= KEPT:
                del self._drawn[next(iter(self._drawn))]
            self._drawn[live.name] = (time.monotonic(), seq, drawn)
            return drawn


def _draw(
    store: Store,
    entities: dict[int, EntityState],
    places: list[tuple[Told, Point]],
    here: Point,
    yaw: float,
) -> bytes:
    near = [id for _, id in sorted((math.dist(place, here), one.id) for one, place in places)]
    camera = Camera((here[0], here[1] + EYE_M, here[2]), yaw, DOWN)
    picture, _ = drawing_of(store, entities, near, (), camera, SIZE, LIMITS.portrait_seconds_max)
    return png(picture.pixels) if picture.ids.any() else b""
