"""What follows from durable records: reactions, timers and requests, each with a durable cursor.

After a crash each runs at least once; replay, `at` and forks never run them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec
from msgspec import Struct

from worldloom.kernel.errors import Unavailable
from worldloom.kernel.handlers import Adapter, Reaction
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.ports import Store
from worldloom.kernel.records import Record, read
from worldloom.kernel.rights import Token
from worldloom.kernel.schema import Event, decode, registry
from worldloom.kernel.world import World

if TYPE_CHECKING:
    from worldloom.kernel.live import Stream

Cursor = tuple[str, int, bytes]
REACTIONS: Final = "reactions"
REQUESTS: Final = "requests"
EVERY: Final = "every:"
NOTHING: Final[Mapping[str, bytes]] = {}

_encode = msgspec.msgpack.encode
T = TypeVar("T")


def _read_cursor(name: str, stored: bytes, kind: type[T]) -> T:
    try:
        return msgspec.msgpack.decode(stored, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unavailable(
            f"the cursor {name} cannot be read: {error}",
            "run `loom verify` and go back to your newest export",
            code="store_corrupt",
        ) from error


class Pending(Struct, eq=False):
    """A durable request that no answer has followed yet."""

    world: str
    seq: int
    request: Event
    adapter: Adapter
    key: str
    """The same at each repetition, for the other side to tell it from a second request."""
    tries: int = 0
    not_before: int = 0
    """When it may be tried again, in UTC microseconds."""
    taken: bool = False
    simulated: bool = False
    """It stays in the Sandbox of a fork."""
    again: Callable[[], Event] | None = None
    """Reads the request anew: what was opened in it is forgotten when its person is."""
    asker: Token | None = None
    """By what software it was asked for, first; None: a person did, or it is recalled."""
    recalled: bool = False
    """Whether it was read from the disk: only the log says who asked for it."""
    actor: str = ""
    """Who asked for it, as the log has it."""
    long: str = ""
    """The action by which, where that says of itself that it takes its time."""


def _long_of(cause: str) -> str:
    """Return the long action that a command's cause names at its end; empty: it names none."""
    last = cause.rpartition(":")[2]
    return last if cause.startswith("do:") and not last.isdigit() else ""


class Followups:
    """The cursors of one world and what they have not passed yet."""

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        """Know of nothing."""
        self.due: deque[tuple[Record, int]] = deque()
        """Durable records that reactions wait for, with how many reactions led to each."""
        self.position = 1
        """All records before this one have had their reactions."""
        self.done: list[str] = []
        """Reactions that have run for the record at the position."""
        self.open: dict[int, Pending] = {}
        self.answered: set[int] = set()
        self.next_run: dict[str, int] = {}
        """Timer → when it is due, in UTC microseconds."""
        self._floor = 0
        self._seen = 0
        self._stored = 0
        self.fresh = False
        self._live: Stream | None = None

    def load(
        self,
        store: Store,
        live: Stream,
        world: World,
        now: int,
        waiting: Mapping[str, bytes] = NOTHING,
    ) -> None:
        """Read the cursors and the records that they have not passed.

        `waiting`: the cursors on their way to the disk, which has none as new.
        """

        def cursor(name: str) -> bytes | None:
            return waiting.get(name) or store.cursor(name, live.stream)

        self._reset()
        self._live = live
        durable = live.durable_seq
        stored = cursor(REACTIONS)
        self.fresh = stored is None
        self.position, self.done = (
            (durable + 1, [])
            if stored is None
            else _read_cursor(REACTIONS, stored, tuple[int, list[str]])
        )
        stored = cursor(REQUESTS)
        self._floor, self.answered = (
            (durable, set())
            if stored is None
            else _read_cursor(REQUESTS, stored, tuple[int, set[int]])
        )
        self._stored = self._seen = min(self.position - 1, self._floor)
        for name, timer in world.timers.items():
            last = cursor(EVERY + name)
            start = now if last is None else _read_cursor(EVERY + name, last, int)
            self.next_run[name] = start + timer.period_us
        rows = store.records(live.stream, self._seen, durable)
        self.see(read(rows), durable, world, 0, recalled=True)

    def rebind(self, world: World, now: int) -> None:
        """Go on under new code from where the cursors stand; the store may be behind them."""
        for name, timer in world.timers.items():
            self.next_run.setdefault(name, now + timer.period_us)
        for pending in self.open.values():
            kind = type(pending.request).__kind__.name
            pending.adapter = world.adapter_for(kind, pending.simulated) or pending.adapter

    def see(
        self,
        records: Iterable[Record],
        until: int,
        world: World,
        depth: int,
        asker: Token | None = None,
        recalled: bool = False,
    ) -> None:
        """Take note of the records that have become durable, the last of them `until`."""
        reactions, adapters = world.reactions, world.adapters
        for record in records if reactions or adapters else ():
            if record.kind in reactions and record.seq >= self.position:
                self.due.append((record, depth))
            if record.kind in adapters and record.seq > self._floor:
                self._open(record, world, asker, recalled)
        self._seen = until

    def _open(self, record: Record, world: World, asker: Token | None, recalled: bool) -> None:
        cls = registry.get(record.kind)
        if record.seq in self.answered or cls is None or not issubclass(cls, Event):
            return
        lineage = None if self._live is None else self._live.state.lineage
        simulated = lineage is not None and lineage.simulates(record.seq)
        adapter = world.adapter_for(record.kind, simulated)
        assert adapter is not None, "only kinds with an adapter are looked at"
        again = partial(decode, cls, record.payload, record.version, world.restore)
        self.open[record.seq] = Pending(
            world.name,
            record.seq,
            again(),
            adapter,
            f"{world.name}-{record.seq}-{record.hash[:8].hex()}",
            simulated=simulated,
            again=again,
            asker=asker,
            recalled=recalled,
            actor=record.actor,
            long=_long_of(record.cause),
        )

    def begin(self, record: Record, world: World) -> list[Reaction]:
        """Move to a record and return the reactions to it that have not run."""
        if record.seq > self.position:
            self.position, self.done = record.seq, []
        known = world.reactions.get(record.kind, ())
        return [reaction for reaction in known if reaction.name not in self.done]

    def finish(self, reaction: Reaction, last: bool) -> None:
        """Count one reaction to the record at the position as run."""
        self.done = [*self.done, reaction.name]
        if last:
            self.position, self.done = self.position + 1, []

    def reaction_cursor(self, stream: int) -> Cursor:
        """Return the cursor of the reactions as it stands."""
        return REACTIONS, stream, _encode((self.position, self.done))

    def settle(self, seq: int, stream: int) -> Cursor:
        """Count a request as answered and return the cursor that says so."""
        del self.open[seq]
        self.answered.add(seq)
        return self.request_cursor(stream)

    def request_cursor(self, stream: int) -> Cursor:
        """Return the cursor of the requests: all up to a floor are answered, and some above."""
        self._floor = max(self._floor, min(self.open, default=self._seen + 1) - 1)
        self.answered = {seq for seq in self.answered if seq > self._floor}
        return REQUESTS, stream, _encode((self._floor, sorted(self.answered)))

    def lagging(self, stream: int) -> tuple[Cursor, ...]:
        """Return cursors worth keeping on their own: the first ones, and those far behind."""
        if self.due:
            return ()
        if not self.fresh and self._seen - self._stored < LIMITS.cursor_records_max:
            return ()
        return self.flush(stream)

    def flush(self, stream: int) -> tuple[Cursor, ...]:
        """Return all cursors as they stand."""
        if not self.due:
            self.position, self.done = max(self.position, self._seen + 1), []
        self.fresh = False
        self._stored = self._seen
        return self.reaction_cursor(stream), self.request_cursor(stream)

    def skip(self, stream: int, world: World, now: int) -> tuple[Cursor, ...]:
        """Return cursors that have passed all that is durable: a fork's beginning."""
        every = tuple((EVERY + name, stream, _encode(now)) for name in world.timers)
        return (*self.flush(stream), *every)

    def due_timers(self, world: World, now: int) -> list[str]:
        """Return the timers whose time has come, in order of registration."""
        return [
            name
            for name in world.timers
            if self.next_run.setdefault(name, now + world.timers[name].period_us) <= now
        ]

    def ran(self, name: str, world: World, stream: int, now: int) -> Cursor:
        """Set a timer to its next time, in step with its first, and return its cursor."""
        period = world.timers[name].period_us
        late = (now - self.next_run[name]) % period
        self.next_run[name] = now - late + period
        return EVERY + name, stream, _encode(now - late)
