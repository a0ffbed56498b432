"""Passes events on to the outside: in order, at least once, again until they are taken."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import Final

from worldloom.kernel.doors import Kept
from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.feeds import CURSOR, Feed
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.patience import kind_and_place
from worldloom.server.doors import DoorClerk
from worldloom.server.house import House
from worldloom.server.stepping import perform
from worldloom.server.webhooks import is_live

log = logging.getLogger("worldloom.feeds")

LOOK_TICKS: Final = 20
"""How often it is looked whether a world has other feeds now."""
SCANNED: Final = 1_000
"""Records that are looked at between two turns of the loop."""
Key = tuple[str, str]
"""(world, the feed's name)."""


class Feeds:
    """The feeds of all open worlds, one task each."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._tasks: dict[Key, asyncio.Task[None]] = {}
        house.engine.on_tick.append(lambda tick: self.look() if tick % LOOK_TICKS == 0 else None)

    def stop(self) -> None:
        """End all tasks; what is not taken yet is passed on after the next start."""
        for task in self._tasks.values():
            task.cancel()
        self._tasks.clear()

    def look(self) -> None:
        """Start what is new, end what is gone: a file may be loaded again at any time."""
        engine = self._house.engine
        if engine.stopping.is_set():
            return
        wanted: dict[Key, Feed] = {
            (name, feed.name): feed
            for name in engine.realm.worlds()
            for live in [engine.realm.opened(name)]
            if live is not None and not live.lost and is_live(live)
            for feed in live.world.feeds.values()
        }
        for key in self._tasks.keys() - wanted.keys():
            self._tasks.pop(key).cancel()
        for key, feed in wanted.items():
            if key not in self._tasks or self._tasks[key].done():
                reader = Reader(self._house, key[0], feed)
                self._tasks[key] = asyncio.get_running_loop().create_task(reader.run())


class Reader:
    """One feed of one world."""

    def __init__(self, house: House, world: str, feed: Feed) -> None:
        self._house = house
        self._engine = house.engine
        self._world = world
        self._feed = feed

    async def run(self) -> None:
        """Follow the log until cancelled."""
        try:
            with self._house.news.of(self._world) as news:
                done = self._begin()
                while True:
                    news.clear()
                    done = await self._pass_on(done)
                    await news.wait()
        except WorldloomError as error:
            # It is looked after again within a second.
            log.warning("the feed %s of %s waits: %s", self._feed.name, self._world, error)

    def _begin(self) -> int:
        live = self._engine.world(self._world)
        stored = self._engine.store.cursor(CURSOR + self._feed.name, live.stream)
        if stored is not None:
            return int.from_bytes(stored, "big")
        first = 0 if self._feed.from_start else live.durable_seq
        self._keep(first)
        return first

    async def _pass_on(self, done: int) -> int:
        """Pass on what is durable after a seq; return the seq that is done with then."""
        kept_at = done
        while done < (until := self._engine.world(self._world).durable_seq):
            clerk = DoorClerk(self._house, self._engine.world(self._world), "world",
                              f"feed:{self._feed.name}")  # fmt: skip
            last = min(until, done + SCANNED)
            seqs = await asyncio.to_thread(clerk.seqs, self._feed.kind, done, last)
            if len(seqs) > self._feed.events_max:
                seqs = seqs[: self._feed.events_max]
                last = seqs[-1]
            if seqs:
                events = await asyncio.to_thread(clerk.events, self._feed.kind, seqs)
                await self._take(events, clerk)
                self._keep(last)
                kept_at = last
            done = last
            await asyncio.sleep(0)
        # Passing over what does not concern it is no news to write down each time.
        if done - kept_at >= LIMITS.cursor_records_max:
            self._keep(done)
        return done

    async def _take(self, events: list[Kept], clerk: DoorClerk) -> None:
        """Pass events on until they are taken."""
        wait = LIMITS.feed_retry_seconds
        patience, name = self._engine.realm.patience, f"the feed {self._feed.name}"
        take = partial(self._feed.take, events, clerk)
        while True:
            try:
                await perform(patience, take, LIMITS.adapter_seconds_max, name)
                return
            except Exception as error:  # other people's code, and the outside
                log.warning("the feed %s of %s was not taken, again in %g s: %s",
                            self._feed.name, self._world, wait, kind_and_place(error))  # fmt: skip
            await asyncio.sleep(wait)
            wait = min(wait * 2, LIMITS.feed_retry_seconds_max)

    def _keep(self, seq: int) -> None:
        """Queue the cursor; it is durable soon."""
        realm = self._engine.realm
        realm.keep_cursor(self._world, CURSOR + self._feed.name, seq.to_bytes(8, "big"))
        self._engine.flush()
