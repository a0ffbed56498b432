"""Streams in memory: the state that runs ahead of the disk, and how it seals, loads and falls."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct

from worldloom.kernel.draft import Draft
from worldloom.kernel.entity import Visitor
from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.followups import Followups
from worldloom.kernel.frozen import Frozen
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.ports import Group, Part, Store
from worldloom.kernel.records import (
    Body,
    Declared,
    Record,
    damaged,
    encode_payload,
    read,
    read_page,
    read_pages,
)
from worldloom.kernel.rights import Token
from worldloom.kernel.safety import Rates
from worldloom.kernel.sealing import Box, open_box
from worldloom.kernel.state import MARKS, State, whole_groups
from worldloom.kernel.step import Effect, Move, Tell
from worldloom.kernel.world import World


class Snapshot(Struct, frozen=True):
    """A frozen state to be kept once its last record is durable; made for the committer's side."""

    stream: int
    frozen: Frozen

    def save(self, store: Store) -> None:
        """Encode it and keep it."""
        frozen = self.frozen
        store.save_snapshot(
            self.stream, frozen.seq, frozen.state_hash(), frozen.head, frozen.encode()
        )


class Sealed(Struct, eq=False):
    """A group that is folded and waits to be kept; nothing of it may be shown before that."""

    group: Group
    """What the store keeps."""
    streams: tuple[str, ...]
    """The streams on whose state it was decided."""
    tells: Sequence[Tell] = ()
    moves: Sequence[Move] = ()
    effects: Sequence[Effect] = ()
    depth: int = 0
    """How many reactions led to it."""
    records: dict[str, list[Record]] = {}
    """Stream name → its records."""
    private_roots: dict[str, bytes] = {}
    """Stream name → root over the private components after the group."""
    snapshots: tuple[Snapshot, ...] = ()
    """To be saved by the committer once the group is kept."""
    size: int = 0
    """Payload bytes."""
    wrote: int = 0
    """The seq of its last record in the world where it was decided; 0: it has none there."""
    long: str = ""
    """The action that says of itself that what it asks of the outside takes its time."""
    asker: Token | None = None
    """By what software it was asked for; None: a person did, or nobody."""
    settled: bool = False
    error: WorldloomError | None = None


class Stream:
    """One log and the state that it folds to, up to the newest sealed group."""

    def __init__(self, name: str, store: Store) -> None:
        self.name = name
        self.store = store
        self.stream = 0
        self.state = State()
        self.parent = 0
        """The stream that it is a fork of, 0 for none."""
        self.durable_seq = 0
        self.opened_seq = 0
        """The newest record when it was last loaded: what stands since then is older than that."""
        self.snapshot_seq = 0
        self.lost = True
        """The memory is behind or ahead of the log and must be loaded before use."""

    @property
    def seq(self) -> int:
        """The seq of the newest sealed record; it may not be durable yet."""
        return self.state.seq

    @property
    def head(self) -> bytes:
        """The hash of the newest sealed record."""
        return self.state.head

    def load(self, pending: list[Sealed]) -> None:
        """Read snapshot and tail, then take in the groups that still wait for the disk."""
        head = self.store.open_stream(self.name)
        state, snapshot_seq = load_since(self.store, head.id, head.seq)
        if state.seq != head.seq or state.head != head.head:
            raise damaged(state.seq + 1, "the log ends before its head")
        self.stream, self.parent = head.id, head.parent
        self.durable_seq = self.opened_seq = head.seq
        self.snapshot_seq = snapshot_seq
        for sealed in pending:
            for record in sealed.records.get(self.name, ()):
                # The disk may know it already, with only the word of it under way.
                if record.seq > state.seq:
                    state.fold(record)
        self.state = state
        self.lost = False

    def seal(self, draft: Draft, time: int, actor: str, cause: str) -> tuple[Part, list[Record]]:
        """Number, hash and fold the events of a draft."""
        state, events = self.state, draft.events
        expected, before = seq, head = state.seq, state.head
        size = len(events)
        records: list[Record] = []
        marks: list[Record] = []
        rows: list[bytes] = []
        for offset, (kind, version, payload) in enumerate(events):
            seq += 1
            body = (
                encode_payload((seq, offset, size, kind, version, payload))
                if offset
                else encode_payload((seq, 0, size, kind, version, payload, time, actor, cause))
            )
            head = sha256(b"\x00" + head + body).digest()
            record = Record(seq, offset, size, kind, version, payload, time, actor, cause, head)
            records.append(record)
            rows += body, head
            if kind in MARKS:
                marks.append(record)
        if draft.refold:
            for record in records:
                state.fold(record)
        else:
            state.adopt(records, draft.changed, draft.removed, marks)
        return Part(self.stream, expected, before, rows), records

    def snapshot_due(self) -> bool:
        """Tell whether so much was written since the last snapshot that loading gets slow."""
        tail = self.state.seq - self.snapshot_seq
        # A record weighs about eight cells of a snapshot: snapshots stay an eighth of the log.
        if tail < LIMITS.snapshot_records_min:
            return False
        return tail >= LIMITS.snapshot_records_per_cell * self.state.cells

    def snapshot(self) -> Snapshot:
        """Freeze the state as it stands."""
        self.snapshot_seq = self.state.seq
        return Snapshot(self.stream, self.state.freeze())


class LiveWorld(Stream):
    """A world that is open: its stream, its author's code and who is in it."""

    def __init__(self, world: World, store: Store, language_of: Callable[[str], str]) -> None:
        super().__init__(world.name, store)
        self._language_of = language_of
        self.world = world
        self.visitors: dict[str, Visitor] = {}
        """Visitor id → who is here."""
        self.presence: dict[str, Any] = {}
        """What features hold of this world that is live and never logged, by their names."""
        self.rates = Rates()
        self.follow = Followups()
        self.failing: dict[str, tuple[str, ...]] = {}
        """Timers that failed when they last ran, and by what."""
        self.bare = False
        """Open without its author's code: its cursors wait where they are."""
        self.ancestors: tuple[str, ...] = ()
        """The worlds that it continues, if it is a fork, nearest first."""
        self.born = 0
        """The seq from which on it is there: a new fork's first own record."""
        self.declaration: Declared | None = None
        """What the author's file declares, to be logged again should its group fall."""

    def bind(self) -> None:
        """Let the author's code read this state; of new code it is news again what fails."""
        self.failing.clear()
        self.world.opener = self.open
        self.world.language_of = self._language_of
        self.world.bind(self.state, self.visitors, self.presence)
        for visitor in self.visitors.values():
            visitor.rebind(self.world)

    def open(self, box: Box) -> bytes | None:
        """Return what a box holds, or None when its person is forgotten."""
        return open_box(self.store, box)


def load_state(store: Store, stream: int, until: int) -> State:
    """Return the state at the end of the last whole group at or before `until`."""
    return load_since(store, stream, until)[0]


def load_since(store: Store, stream: int, until: int) -> tuple[State, int]:
    """Return the state as `load_state` does, and the seq of the snapshot that it was read from."""
    # Measured: all that is made here is new and stays, and the collector would take a sixth of it.
    collects = gc.isenabled()
    gc.disable()
    try:
        return _load_since(store, stream, until)
    finally:
        if collects:
            gc.enable()


def _load_since(store: Store, stream: int, until: int) -> tuple[State, int]:
    last = next(iter(read(store.records(stream, until - 1, until))), None) if until > 0 else None
    if last is not None and last.offset < last.size - 1:
        until = last.group - 1
    state = _from_snapshot(store, stream, until)
    since = state.seq
    if last is not None:
        state.fold_all(_pages(store, stream, since, until))
        return state, since
    # It asks for more than there is, so that nobody knows yet where the last group ends.
    for group in whole_groups(read(store.records(stream, since, until))):
        for record in group:
            state.fold(record)
    return state, since


def _pages(store: Store, stream: int, after: int, until: int) -> Iterator[tuple[list[Body], bytes]]:
    """Yield many bodies at once, and the hash of the last; raises Unavailable if damaged."""
    for page in store.pages(stream, after, until):
        bodies = read_page(page.after, page.count, page.bodies)
        if bodies is not None:
            yield bodies, page.hash
        else:  # one after another they say which of them it is
            yield from read_pages(store.records(stream, page.after, page.after + page.count))


def _from_snapshot(store: Store, stream: int, until: int) -> State:
    found = store.snapshot(stream, until)
    if found is None:
        return State()
    seq, _, body = found
    row = next(iter(store.records(stream, seq - 1, seq)), None)
    if row is None:
        return State()
    try:
        return State.decode_snapshot(seq, row[2], body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # A snapshot is a cache: the log says the same, only slower.
        return State()
