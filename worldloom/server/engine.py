"""The realm at work: one loop that decides, one thread that keeps, twenty steps a second.

Nothing leaves before it is durable: answers, broadcasts, reads and requests to adapters all wait
for the committer's word.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from worldloom.kernel.errors import Conflict, Misused, Unavailable, WorldloomError, for_log
from worldloom.kernel.events import Failed
from worldloom.kernel.faults import Fault
from worldloom.kernel.followups import Pending
from worldloom.kernel.forking import NewFork
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import LiveWorld, Sealed, Snapshot
from worldloom.kernel.patience import kind_and_place
from worldloom.kernel.ports import Store
from worldloom.kernel.progress import TELLER
from worldloom.kernel.reactor import SYSTEM
from worldloom.kernel.realm import Command, Decision, Realm
from worldloom.kernel.rights import Standing
from worldloom.server.errands import Errand, Errands, cancelled
from worldloom.server.stepping import perform
from worldloom.stores.committer import Committer

log = logging.getLogger("worldloom.engine")

TICK_SECONDS = 1 / LIMITS.tick_hz
BATCH_SLICE_SECONDS = 0.003
"""So long at most input of a crowd piles up in socket buffers, to be drained in few calls."""
BATCH_MARGIN_SECONDS = 0.0015
BATCH_REST_SECONDS = 0.002

FAILED = Failed.__kind__.name
T = TypeVar("T")
Told = Callable[[Sequence[Sealed]], None]


def now_us() -> int:
    """Return the time in UTC microseconds."""
    return time.time_ns() // 1_000


class Engine:
    """Owns a realm while it is served; everything here runs on one event loop."""

    def __init__(self, store: Store, realm: type[Realm] = Realm) -> None:
        self.store = store
        self.realm = realm(store, now_us, secrets.token_bytes)
        self.on_settled: list[Told] = []
        """Called with groups whose fate is known, in the order of the log; `error` tells it."""
        self.on_tick: list[Callable[[int], None]] = []
        self.on_fault: list[Callable[[Fault], None]] = []
        self.dev = False
        """Whether the one who reads the log is the author at work: it has all then."""
        self.realm.on_misused.append(self._log_misused)
        self.is_stopped: Callable[[str, Errand], bool] = lambda world, errand: False
        """Whether who asked for a request was stopped since; whoever serves sets it."""
        self.socket_count: Callable[[], int] = lambda: 0
        self.door_is_busy: Callable[[], bool] = lambda: False
        """Whether somebody was on their way in a moment ago."""
        self.tick = 0
        self.tick_overruns = 0
        self.ticks_unsliced = 0
        """Ticks before which input was not left to pile up, as somebody was on their way in."""
        self.tick_seconds = 0.0
        """Time that all ticks took together."""
        self.commits = 0
        self.hand_overs = 0
        self.durable_seconds = 0.0
        """Time from hand-over to disk, summed over all hand-overs to the committer."""
        self._disk_failed_at: float | None = None
        self.stopping = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._committer: Committer[Sealed] = Committer(store, self._wake)
        self._asked: list[tuple[Command, asyncio.Future[Decision]]] = []
        self._turn_is_due = False
        self._waiters: dict[Sealed, list[tuple[asyncio.Future[Any], Any]]] = {}
        """Group → who gets which answer once it is kept."""
        self._handed: deque[tuple[Sealed, float]] = deque()
        """The last group of each hand-over whose fate is not known yet, and when that was."""
        self._faults_told = 0
        self._adapters: set[asyncio.Task[None]] = set()
        self.errands = Errands(self._loop)
        self._one_fork = asyncio.Lock()
        self._ticker: asyncio.Task[None] | None = None

    # -- decisions -----------------------------------------------------------------------------

    def flush(self) -> None:
        """Hand all sealed groups to the committer."""
        outbox = self.realm.outbox
        if outbox:
            self._handed.append((outbox[-1], self._loop.time()))
            self._committer.put(outbox, [sealed.group for sealed in outbox])
            outbox.clear()

    def do(self, command: Command) -> asyncio.Future[Decision]:
        """Decide a command in this turn; the future ends when it is durable, or is its refusal."""
        future: asyncio.Future[Decision] = self._loop.create_future()
        self._asked.append((command, future))
        if not self._turn_is_due:
            self._turn_soon()
        return future

    def _turn_soon(self) -> None:
        if not self._turn_is_due:
            self._turn_is_due = True
            self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        """Decide all that was asked in this turn of the loop, one after another, and hand it over.

        Measured: commands decided in a row cost a fifth less than one between two tasks each.
        """
        self._turn_is_due = False
        asked, self._asked = self._asked, []
        realm = self.realm
        now = realm.now()
        for command, future in asked:
            if future.cancelled():
                continue
            try:
                decision = realm.do(command, now)
            except Exception as error:  # it belongs to who asked
                future.set_exception(error)
                continue
            # An answer that changes nothing may still show what is not durable yet.
            sealed = decision.group or realm.newest(command.world)
            self._answer_when_kept(sealed, future, decision)
        self.flush()

    def _answer_when_kept(
        self, sealed: Sealed | None, future: asyncio.Future[T], answer: T
    ) -> None:
        if sealed is None or sealed.settled:
            _settle_future(future, None if sealed is None else sealed.error, answer)
        else:
            self._waiters.setdefault(sealed, []).append((future, answer))

    async def kept(self, sealed: Sealed | None) -> None:
        """Wait until a group is durable; raises the error of the disk."""
        future: asyncio.Future[None] = self._loop.create_future()
        self._answer_when_kept(sealed, future, None)
        self._turn_soon()
        await future

    async def durable(self, stream: str) -> None:
        """Wait until all that a stream's memory holds now is durable."""
        newest = self.realm.newest(stream)
        if newest is not None:
            await self.kept(newest)

    async def fork(
        self, world: str, name: str, seq: int | None, by: str, who: Standing, title: str = ""
    ) -> NewFork:
        """Make a fork and return when it is durable; one at a time, off the loop where it is slow.

        Raises what `Realm.fork` does.
        """
        # Who asked may hang up meanwhile: what was begun is ended all the same.
        task = self._loop.create_task(self._fork(world, name, seq, by, who, title))
        return await asyncio.shield(task)

    async def _fork(
        self, world: str, name: str, seq: int | None, by: str, who: Standing, title: str
    ) -> NewFork:
        async with self._one_fork:
            await self.durable(world)
            forking = self.realm.begin_fork(world, name, seq, by, who, title)
            try:
                await asyncio.to_thread(forking.make)
                made = self.realm.finish_fork(forking)
            finally:
                self.realm.end_fork(forking)
            await self.kept(made.group)
        return made

    @property
    def waiting(self) -> int:
        """Groups on their way to the disk."""
        return self.realm.waiting

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
        realm = self.realm
        for groups, errors in self._committer.take():
            if not any(errors):
                self._disk_failed_at = None
                batch += realm.kept(groups)
                continue
            for sealed, error in zip(groups, errors, strict=True):
                if error is not None:
                    log.error("a group was not kept: %s", error)
                self._note_disk(error)
                batch += realm.committed(sealed, error)
        self._note_hand_overs()
        for told in self.on_settled:
            told(batch)
        waiters = self._waiters
        for sealed in batch:
            waiting = waiters.pop(sealed, ())
            if sealed.error is not None:
                for future, answer in waiting:
                    _settle_future(future, sealed.error, answer)
                continue
            self.commits += 1
            if sealed.snapshots:
                self._keep_snapshots(sealed.snapshots)
            for future, answer in waiting:
                if not future.done():
                    future.set_result(answer)
        self._follow()

    def _note_disk(self, error: WorldloomError | None) -> None:
        """Remember whether the disk keeps what it is given; a Conflict is no fault of it."""
        if error is None:
            self._disk_failed_at = None
        elif isinstance(error, Unavailable):
            self._disk_failed_at = self._loop.time()

    @property
    def disk_fails(self) -> bool:
        """Whether the disk kept nothing lately: the last try failed, and is not long ago.

        After a while somebody has to try again, or nobody would ever know that it keeps again.
        """
        since = self._disk_failed_at
        return since is not None and self._loop.time() - since < LIMITS.disk_doubt_seconds

    def _note_hand_overs(self) -> None:
        """Measure how long it took until the fate of each hand-over was known."""
        while self._handed and self._handed[0][0].settled:
            _, since = self._handed.popleft()
            self.hand_overs += 1
            self.durable_seconds += self._loop.time() - since

    def _keep_snapshots(self, snapshots: Iterable[Snapshot]) -> None:
        """Save snapshots between two commits: the thread that keeps also encodes."""
        for snapshot in snapshots:
            self._committer.later(partial(snapshot.save, self.store))

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
            errand = self.errands.begin(pending)
            if self.is_stopped(pending.world, errand):
                self.cancel_soon(pending.world, pending.seq)
                continue
            task = errand.task = self._loop.create_task(self._perform(pending, errand))
            self._adapters.add(task)
            task.add_done_callback(self._adapters.discard)

    async def _perform(self, pending: Pending, errand: Errand) -> None:
        """Perform one request; its answer is a command, its failure one too or another try."""
        outcome: object
        TELLER.set(errand.tell)
        name = type(pending.request).__name__
        try:
            asked = partial(pending.adapter, pending.request, pending.key)
            outcome = await perform(
                self.realm.patience, asked, LIMITS.adapter_seconds_max, f"the adapter of {name}"
            )
        except BaseException as error:  # an adapter is other people's code
            if isinstance(error, asyncio.CancelledError) and self.stopping.is_set():
                raise  # the request is still open in the log
            outcome = cancelled() if errand.cancelled else self._failure(name, error)
        await self._settle_errand(pending, errand, outcome)

    def _failure(self, name: str, error: BaseException) -> BaseException:
        """Return what the log says of a failed adapter; where it is no refusal, tell of it."""
        if isinstance(error, TimeoutError):
            return Unavailable("the other side does not answer", code="adapter_timeout")
        if not isinstance(error, WorldloomError):
            log.error("the adapter of %s failed: %s", name, kind_and_place(error),
                      exc_info=error if self.dev else None)  # fmt: skip
        if not isinstance(error, Exception):
            return Misused(f"the adapter of {name} ended by {type(error).__name__}")
        return error

    async def _settle_errand(self, pending: Pending, errand: Errand, outcome: object) -> None:
        """Log what came of a request, and tell who waits once that is durable."""
        # Who takes it back too late has not made the answer.
        by = errand.cancelled if errand.cancelled and isinstance(outcome, Conflict) else SYSTEM
        sealed = self.realm.answer(pending, outcome, by)  # type: ignore[arg-type]
        self._tell_faults()
        self.flush()
        if sealed is not None:
            await self.kept(sealed)
            record = sealed.records[pending.world][0]
            errand.end("failed" if record.kind == FAILED else "done", record.seq)

    async def cancel(self, world: str, seq: int, by: str = SYSTEM) -> None:
        """Take a request back, and return when the log says so; an answered one stays as it is.

        `by` is whom the log names for it. What its adapter has done outside by then is not undone.
        """
        pending = self.world(world).follow.open.get(seq)
        if pending is None:
            return await self.durable(world)  # another takes it back at this moment
        errand = self.errands.begin(pending)
        errand.cancelled = by
        if errand.task is not None and not errand.task.done():
            errand.task.cancel()
            await asyncio.wait([errand.task])
        else:
            await self._settle_errand(pending, errand, cancelled())

    def _log_misused(self, world: str, error: Misused) -> None:
        """Log an author's mistake with its place in the author's file."""
        place = f", at {error.place}" if error.place else ""
        log.error("%s: %s%s", world, error if self.dev else for_log(error), place)

    def _tell_faults(self) -> None:
        """Tell of each failure that nobody waited for, once; of too many at a time the newest."""
        count = self.realm.fault_count
        new, self._faults_told = count - self._faults_told, count
        for fault in self.realm.faults[-new:] if new else ():
            error = fault.error
            if not getattr(error, "place", ""):  # else it stands there with its place
                log.error("%s: %s: %s", fault.world, fault.cause,
                          error if self.dev else for_log(error))  # fmt: skip
            for told in self.on_fault:
                told(fault)

    def cancel_soon(self, world: str, seq: int, by: str = SYSTEM) -> None:
        """Take a request back without waiting for it."""
        task = self._loop.create_task(self.cancel(world, seq, by))
        self._adapters.add(task)
        task.add_done_callback(self._adapters.discard)

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
        # A newcomer takes several turns of the loop: a slice for each would keep a storm waiting.
        crowded = self.socket_count() > LIMITS.crowd_sessions_min
        if crowded and self.door_is_busy():
            self.ticks_unsliced += 1
        elif crowded:
            # The blocking sleep frees the interpreter for the committer's thread.
            while (rest := due - clock()) > BATCH_REST_SECONDS:
                time.sleep(min(BATCH_SLICE_SECONDS, rest - BATCH_MARGIN_SECONDS))
                await asyncio.sleep(0)
                await asyncio.sleep(0)
        rest = due - clock()
        await asyncio.sleep(max(rest, 0))

    def _step(self) -> None:
        self.tick += 1
        began = time.perf_counter()
        try:
            self.realm.tick()
            self._follow()
            for told in self.on_tick:
                told(self.tick)
            self.flush()
        except Exception:  # the one boundary of the tick: the world goes on
            log.exception("tick %d failed", self.tick)
        self.tick_seconds += time.perf_counter() - began

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
        self._keep_snapshots(snapshots)
        # Not by a thread of all: what is stuck in those keeps nothing from the disk.
        with ThreadPoolExecutor(1) as own:
            await self._loop.run_in_executor(own, self._committer.stop)
        self._collect()

    async def _drain(self) -> None:
        """Wait until nothing is under way to the disk."""
        self.flush()
        while (sealed := self.realm.newest()) is not None:
            with suppress(WorldloomError):
                await self.kept(sealed)


def _settle_future(future: asyncio.Future[T], error: WorldloomError | None, answer: T) -> None:
    """Give an answer to who still waits for it."""
    if future.done():
        return
    if error is None:
        future.set_result(answer)
    else:
        future.set_exception(error)
