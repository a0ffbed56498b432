"""Delivers webhooks: in order, at least once, again for a while, then on with the next."""

from __future__ import annotations

import asyncio
import logging
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import LiveWorld
from worldloom.kernel.records import Record
from worldloom.kernel.webhooks import CURSOR, Resent, Undelivered, Webhook
from worldloom.server.api import describe_record, read_page
from worldloom.server.house import House
from worldloom.server.patience import in_time

log = logging.getLogger("worldloom.webhooks")

LOOK_TICKS: Final = 20
"""How often it is looked whether a world has other webhooks now."""
PAGE: Final = 100
RESENT: Final = Resent.__kind__.name
GONE: Final = 410
"""The other side wants nothing of it any more."""
Key = tuple[str, str]
"""(world, the webhook's key)."""


class Webhooks:
    """The webhooks of all open worlds, one task each."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._engine = house.engine
        self._tasks: dict[Key, asyncio.Task[None]] = {}
        self._engine.on_tick.append(self._look)

    def stop(self) -> None:
        """End all tasks; what is not delivered yet is, after the next start."""
        for task in self._tasks.values():
            task.cancel()
        self._tasks.clear()

    def _look(self, tick: int) -> None:
        if tick % LOOK_TICKS == 0:
            self.look()

    def look(self) -> None:
        """Start what is new, end what is gone: a file may be loaded again at any time."""
        if self._engine.stopping.is_set():
            return
        realm = self._engine.realm
        wanted: dict[Key, Webhook] = {
            (name, hook.key): hook
            for name in realm.worlds()
            for live in [realm.opened(name)]
            if live is not None and not live.lost and is_live(live)
            for hook in live.world.webhooks
        }
        for key in self._tasks.keys() - wanted.keys():
            self._tasks.pop(key).cancel()
        for key, hook in wanted.items():
            if key not in self._tasks or self._tasks[key].done():
                follower = Follower(self._house, key[0], hook)
                self._tasks[key] = asyncio.get_running_loop().create_task(follower.run())


def is_live(live: LiveWorld) -> bool:
    """Tell whether a world may reach the outside: a fork does not before its owner says so.

    So does what only says to be a fork: a record from elsewhere may hold a world back, at most.
    """
    lineage = live.state.lineage
    return lineage is None or bool(lineage.live)


class Follower:
    """One webhook of one world."""

    def __init__(self, house: House, world: str, hook: Webhook) -> None:
        self._house = house
        self._engine = house.engine
        self._world = world
        self._hook = hook

    async def run(self) -> None:
        """Follow the log until cancelled."""
        try:
            with self._house.news.of(self._world) as news:
                seq = self._begin()
                while True:
                    news.clear()
                    seq = await self._deliver_all(seq)
                    await news.wait()
        except WorldloomError as error:
            # It is looked after again within a second.
            log.warning("the webhook to %s waits: %s", self._hook.shown, error)
        except Exception as error:  # a fault of ours: no secret of the address is told with it
            log.error("the webhook to %s failed by %s", self._hook.shown, type(error).__name__)
            # Who looks after it waits for this task: no fault makes it try more often than this.
            await asyncio.sleep(LIMITS.webhook_retry_seconds_max)

    def _begin(self) -> int:
        """Return the seq that is done with; a new webhook begins with what comes from now on."""
        live = self._engine.world(self._world)
        stored = self._engine.store.cursor(CURSOR + self._hook.key, live.stream)
        if stored is not None:
            return int.from_bytes(stored, "big")
        self._keep(live.durable_seq)
        return live.durable_seq

    async def _deliver_all(self, seq: int) -> int:
        """Deliver what is durable after a seq; return the seq that is done with then."""
        done = seq
        while done < (until := self._engine.world(self._world).durable_seq):
            live = self._engine.world(self._world)
            page = list(read_page(self._engine.store, live.stream, done, min(until, done + PAGE)))
            for record in page:
                if record.kind in self._hook.kinds:
                    await self._deliver(record, record.seq)
                if record.kind == RESENT:
                    await self._deliver_again(record)
                if record.kind == RESENT or record.kind in self._hook.kinds:
                    self._keep(record.seq)
            done = page[-1].seq
        # Passing over what does not concern it is no news to write down each time.
        if done - seq >= LIMITS.cursor_records_max:
            self._keep(done)
        return done

    async def _deliver_again(self, wish: Record) -> None:
        """Send an older record once more, as it was sent the first time, if it is for this one."""
        told = describe_record(wish, self._engine.store)["data"]
        if told["webhook"] not in ("", self._hook.shown):
            return
        live, seq = self._engine.world(self._world), told["record"]
        for record in read_page(self._engine.store, live.stream, seq - 1, seq):
            if record.kind in self._hook.kinds:
                await self._deliver(record, wish.seq)

    async def _deliver(self, record: Record, turn: int) -> None:
        """Send one record until it is taken, or given up; `turn` is the seq that has it sent."""
        body = self._body(record)
        if body is None:
            return
        id = f"{self._world}-{record.seq}-{record.hash[:8].hex()}"
        status = ""
        for tries in range(1, LIMITS.webhook_tries_max + 1):
            status = await self._try(id, body)
            if status.startswith("2"):
                return
            if status == str(GONE):
                break
            if tries < LIMITS.webhook_tries_max:
                wait = LIMITS.webhook_retry_seconds * 2 ** (tries - 1)
                await asyncio.sleep(min(wait, LIMITS.webhook_retry_seconds_max))
        log.warning("record %d was not taken by %s: %s", record.seq, self._hook.shown, status)
        if record.kind == Undelivered.__kind__.name:
            return  # it would tell of itself without end
        given_up = Undelivered(self._hook.shown, record.seq, status, tries)
        self._engine.realm.note(self._world, f"webhook:{turn}", [given_up])
        self._engine.flush()

    def _body(self, record: Record) -> bytes | None:
        told: dict[str, Any] = describe_record(record, self._engine.store)
        if told.get("redacted"):
            return None
        at = datetime.fromtimestamp(record.time / 1e6, UTC).isoformat()
        return msgspec.json.encode(
            {"type": record.kind, "timestamp": at, "world": self._world, "data": told}
        )

    async def _try(self, id: str, body: bytes) -> str:
        """Send it once, and wait no longer than the limit for the whole of an answer's head."""
        try:
            # In a thread of its own: who drips an answer keeps no others waiting, nor the end.
            return await in_time(lambda: self._send(id, body), LIMITS.webhook_seconds_max)
        except TimeoutError:
            return "TimeoutError: no answer in time"

    def _send(self, id: str, body: bytes) -> str:
        """Send it once; return the status, or why there is none."""
        seconds = int(time.time())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "worldloom",
            "webhook-id": id,
            "webhook-timestamp": str(seconds),
        }
        if self._hook.secret:
            headers["webhook-signature"] = self._hook.signature(id, seconds, body)
        request = urllib.request.Request(self._hook.url, body, headers, method="POST")
        try:
            with _open(request, timeout=LIMITS.webhook_seconds_max) as answer:
                return str(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return str(error.code)
        except OSError as error:
            return f"{type(error).__name__}: {error}"[:200]
        except Exception as error:  # no HTTP comes back: what it says may hold what is secret
            return type(error).__name__

    def _keep(self, seq: int) -> None:
        """Queue the cursor; it is durable soon, and what is sent twice has the same id."""
        self._engine.realm.keep_cursor(self._world, CURSOR + self._hook.key, seq.to_bytes(8, "big"))
        self._engine.flush()


class _StayHere(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: what is sent goes where the author said, or nowhere."""

    def redirect_request(self, *_: Any) -> None:
        return None


_open: Final[Callable[..., Any]] = urllib.request.build_opener(_StayHere).open
