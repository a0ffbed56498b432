"""The realm at work: one loop that decides, one thread that keeps, twenty steps a second.

Nothing leaves before it is durable: answers, broadcasts, reads and requests to adapters all wait
for the committer's word.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from worldloom.kernel.decider import Fault
from worldloom.kernel.errors import Unavailable, WorldloomError
from worldloom.kernel.followups import Pending
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import LiveWorld, Sealed
from worldloom.kernel.ports import Store
from worldloom.kernel.realm import Command, Decision, Realm
from worldloom.stores.committer import Committer

log = logging.getLogger("worldloom.engine")

TICK_SECONDS = 1 / LIMITS.tick_hz
BATCH_SOCKETS_MIN = 100
"""Above so many sockets, input piles up in their buffers and is drained in few system calls."""
BATCH_SLICE_SECONDS = 0.003
BATCH_MARGIN_SECONDS = 0.0015
BATCH_REST_SECONDS = 0.002

Told = Callable[[Sequence[Sealed]], None]


def now_us() -> int:
    """Return the time in UTC microseconds."""
    return time.time_ns() // 1_000


class Engine:
    """Owns a realm while it is served; everything here runs on one event loop."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.realm = Realm(store, now_us, secrets.token_bytes)
        self.on_settled: list[Told] = []
        """Called with groups whose fate is known, in the order of the log; `error` tells it."""
        self.on_tick: list[Callable[[int], None]] = []
        self.on_fault: list[Callable[[Fault], None]] = []
        self.socket_count: Callable[[], int] = lambda: 0
        self.tick = 0
        self.tick_overruns = 0
        self.commits = 0
        self.durable_seconds = 0.0
        """Time from queue to disk, summed over all groups."""
        self.stopping = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._committer: Committer[Sealed] = Committer(store, self._wake)
        self._queued: dict[Sealed, tuple[asyncio.Future[None], float]] = {}
        self._newest: dict[str, Sealed] = {}
        self._known_faults: list[Fault] = []
        self._adapters: set[asyncio.Task[None]] = set()
        self._ticker: asyncio.Task[None] | None = None

    # -- decisions -----------------------------------------------------------------------------

    def flush(self) -> None:
        """Hand all sealed groups to the committer."""
        outbox = self.realm.outbox
        if not outbox:
            return
        now = self._loop.time()
        for sealed in outbox:
            self._queued[sealed] = (self._loop.create_future(), now)
            for name in sealed.records:
                self._newest[name] = sealed
            self._committer.put(sealed, sealed.group)
        outbox.clear()

    async def do(self, command: Command) -> Decision:
        """Decide a command and return when it is durable; raises what refused it."""
        self._committer.require_room()
        decision = self.realm.do(command)
        self.flush()
        await self.kept(decision.group)
        if decision.group is None:
            await self.durable(command.world)
        return decision

    async def kept(self, sealed: Sealed | None) -> None:
        """Wait until a group is durable; raises the error of the disk."""
        if sealed is None:
            return
        self.flush()
        waiting = self._queued.get(sealed)
        if waiting is not None:
            await asyncio.shield(waiting[0])
        if sealed.error is not None:
            raise sealed.error

    async def durable(self, stream: str) -> None:
        """Wait until all that a stream's memory holds now is durable."""
        self.flush()
        newest = self._newest.get(stream)
        if newest is not None and not newest.settled:
            await self.kept(newest)

    @property
    def waiting(self) -> int:
        """Groups on their way to the disk."""
        return len(self._queued)

    def world(self, name: str) -> LiveWorld:
        """Return a world, opened at need; raises NotFound."""
        live = self.realm.world(name)
        self.flush()
        return live

    # -- the committer's word ------------------------------------------------------------------

    def _wake(self) -> None:
        with suppress(RuntimeError):  # the loop is closed: the last word is taken in stop()
            self._loop.call_soon_threadsafe(self._collect)

    def _collect(self) -> None:
        """Take the outcomes: tell what is durable, drop what failed, run what follows."""
        batch: list[Sealed] = []
        for sealed, error in self._committer.take():
            if error is not None:
                log.error("a group was not kept: %s", error)
            batch += self.realm.committed(sealed, error)
        for told in self.on_settled:
            told(batch)
        for sealed in batch:
            self._settle(sealed)
        self._follow()

    def _settle(self, sealed: Sealed) -> None:
        waiting = self._queued.pop(sealed, None)
        for name in sealed.records:
            if self._newest.get(name) is sealed:
                del self._newest[name]
        if sealed.error is None:
            self.commits += 1
            for snapshot in sealed.snapshots:
                self._committer.later(lambda kept=snapshot: kept.save(self.store))  # type: ignore[misc]
        if waiting is not None:
            future, since = waiting
            self.durable_seconds += self._loop.time() - since
            if not future.done():
                # The error is read from the group itself: a future nobody awaits would complain.
                future.set_result(None)

    def _follow(self) -> None:
        """Run what durable records ask for: reactions here, requests in tasks of their own."""
        if self.stopping.is_set():
            return
        self.realm.react()
        self._start_adapters()
        self._tell_faults()
        self.flush()

    def _start_adapters(self) -> None:
        for pending in self.realm.requests():
            task = self._loop.create_task(self._perform(pending))
            self._adapters.add(task)
            task.add_done_callback(self._adapters.discard)

    async def _perform(self, pending: Pending) -> None:
        """Perform one request; its answer is a command, its failure one too or another try."""
        outcome: object
        try:
            outcome = await asyncio.wait_for(
                pending.adapter(pending.request, pending.key), LIMITS.adapter_seconds_max
            )
        except asyncio.CancelledError:
            raise  # the server stops: the request is still open in the log
        except TimeoutError:
            outcome = Unavailable("the other side does not answer", code="adapter_timeout")
        except Exception as error:  # an adapter is other people's code
            if not isinstance(error, WorldloomError):
                log.exception("the adapter of %s failed", type(pending.request).__name__)
            outcome = error
        self.realm.answer(pending, outcome)  # type: ignore[arg-type]
        self._tell_faults()
        self.flush()

    def _tell_faults(self) -> None:
        faults = self.realm.faults
        if faults is self._known_faults:
            return
        known = {id(fault) for fault in self._known_faults}
        self._known_faults = faults
        for fault in faults:
            if id(fault) not in known:
                log.error("%s: %s: %s", fault.world, fault.cause, fault.error)
                for told in self.on_fault:
                    told(fault)

    # -- time ----------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to tick."""
        self._follow()
        self._ticker = self._loop.create_task(self._run_ticks())

    async def _run_ticks(self) -> None:
        """Step on an absolute schedule; after an overrun it starts anew instead of catching up."""
        clock = self._loop.time
        due = clock()
        while not self.stopping.is_set():
            due += TICK_SECONDS
            if clock() >= due:
                self.tick_overruns += 1
                due = clock()
                await asyncio.sleep(0)
            else:
                await self._sleep_until(due)
            self._step()

    async def _sleep_until(self, due: float) -> None:
        clock = self._loop.time
        if self.socket_count() > BATCH_SOCKETS_MIN:
            # The blocking sleep frees the interpreter for the committer's thread.
            while (rest := due - clock()) > BATCH_REST_SECONDS:
                time.sleep(min(BATCH_SLICE_SECONDS, rest - BATCH_MARGIN_SECONDS))
                await asyncio.sleep(0)
                await asyncio.sleep(0)
        rest = due - clock()
        await asyncio.sleep(max(rest, 0))

    def _step(self) -> None:
        self.tick += 1
        try:
            self.realm.tick()
            self._follow()
            for told in self.on_tick:
                told(self.tick)
            self.flush()
        except Exception:  # the one boundary of the tick: the world goes on
            log.exception("tick %d failed", self.tick)

    # -- the end -------------------------------------------------------------------------------

    async def stop(self) -> None:
        """Keep all that was decided, leave snapshots and cursors, end the thread."""
        self.stopping.set()
        tasks = [task for task in (self._ticker, *self._adapters) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._drain()
        snapshots = self.realm.close()
        await self._drain()
        for snapshot in snapshots:
            self._committer.later(lambda kept=snapshot: kept.save(self.store))  # type: ignore[misc]
        await asyncio.to_thread(self._committer.stop)
        self._collect()

    async def _drain(self) -> None:
        """Wait until nothing is under way to the disk."""
        self.flush()
        while self._queued:
            with suppress(WorldloomError):
                await self.kept(next(iter(self._queued)))
            self.flush()
