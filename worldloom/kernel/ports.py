"""What the kernel asks of a store, and the shapes that pass between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.projection import Projection, Scalar, Slice
from worldloom.kernel.sealing import Cipher, Home, Owner

Clock = Callable[[], int]
"""Returns the time now in UTC microseconds."""
Entropy = Callable[[int], bytes]
"""Returns that many unpredictable bytes."""


class StreamHead(Struct, frozen=True):
    """Where a stream stands: last seq, its hash (32 bytes) and the frontier of its tree."""

    id: int
    name: str
    seq: int
    head: bytes
    frontier: bytes
    """Nodes of 32 bytes, joined, largest subtree first."""
    parent: int = 0
    """The stream that this one is a fork of, 0 for none."""
    fork: int = 0
    """Records up to this seq are the parent's."""


class Part(Struct, frozen=True, gc=False):
    """The records that one group adds to one stream, and the end of it that they continue.

    The store refuses them unless the stream's last record is `expected_seq` with `expected_head`.
    """

    stream: int
    expected_seq: int
    expected_head: bytes
    """The hash of that record: a seq alone could be that of another one, written meanwhile."""
    rows: Sequence[bytes]
    """Body, hash, body, hash … of the records that follow it, in order."""

    @property
    def seq(self) -> int:
        """The seq of the last record."""
        return self.expected_seq + len(self.rows) // 2

    @property
    def head(self) -> bytes:
        """The hash of the last record."""
        return self.rows[-1] if self.rows else self.expected_head

    def records(self) -> Iterator[tuple[int, bytes, bytes]]:
        """Yield (seq, body, hash) of each."""
        return zip(
            range(self.expected_seq + 1, self.seq + 1), self.rows[::2], self.rows[1::2], strict=True
        )


class Group(Struct):
    """What is kept together or not at all: parts, cursors and the answer to a key."""

    parts: Sequence[Part]
    cursors: tuple[tuple[str, int, bytes], ...] = ()
    """(name, stream, value)."""
    answer: tuple[str, int, bytes] | None = None
    """(key, expiry in microseconds, body)."""
    owners: tuple[Owner, ...] = ()
    """Whose data are sealed in it, where the store may not know that yet."""
    forgets: tuple[str, ...] = ()
    """People whose keys are destroyed with it, and with them all that the store has beside the log
    of their words: rows of tables, answers."""


class Page(Struct, frozen=True):
    """Some records that follow `after`, as one row of bytes: for who reads many."""

    after: int
    count: int
    bodies: bytes
    """Joined."""
    hash: bytes
    """Of the last one."""


class Store(Protocol):
    """Where logs live; safe to call from any thread."""

    def open_stream(self, name: str) -> StreamHead:
        """Return the head of the stream of this name, made when absent."""
        ...

    def fork_stream(self, name: str, parent: int, seq: int) -> StreamHead:
        """Make a stream that shares a parent's records up to `seq`, rounded down to a whole group.

        Its `fork` is the seq used, its `parent` the stream that wrote that seq. It has no cursors
        yet: those that keep reactions from running on shared records come with its first group.
        Raises NotFound for a seq that the parent does not have, Conflict (`name_taken`).
        """
        ...

    def drop_fork(self, name: str) -> None:
        """Remove a fork that has no record of its own; any other stream stays."""
        ...

    def streams(self) -> list[StreamHead]:
        """Return all heads in order of creation."""
        ...

    def commit(self, groups: Sequence[Group]) -> list[WorldloomError | None]:
        """Keep groups in one transaction; return None or the refusal of each."""
        ...

    def records(self, stream: int, after: int, until: int) -> Iterator[tuple[int, bytes, bytes]]:
        """Yield (seq, body, hash) for after < seq <= until, in order; a fork's from its parents."""
        ...

    def pages(self, stream: int, after: int, until: int) -> Iterator[Page]:
        """Yield what `records` does, many at a time and without a look into their bytes."""
        ...

    def nodes(self, stream: int, level: int, first: int, count: int) -> list[bytes]:
        """Return the roots of `count` full subtrees of 2**level records, from number `first` on.

        The level is 0 (the records' hashes), 8, 16, 24 or 32; see `kernel.proofs`.
        """
        ...

    def forget_nodes(self, stream: int) -> None:
        """Drop what `nodes` keeps of a stream, should it be damaged."""
        ...

    def project(self, stream: int, world: str, *projections: Projection[Any]) -> None:
        """Keep tables of a stream's events from now on, in place of those of the same names.

        Raises Unavailable, and then no table is another.
        """
        ...

    def select(
        self,
        stream: int,
        table: str,
        where: Mapping[str, Scalar],
        after: Sequence[Scalar],
        limit: int,
        descending: bool = False,
    ) -> Slice:
        """Return rows of a table in order of its key, after one; raises NotFound, Invalid."""
        ...

    def look_up(self, stream: int, table: str, firsts: Sequence[Scalar]) -> Slice:
        """Return all rows whose key begins with one of these values, as of one moment.

        They come in the order of the values, then of the key. Raises NotFound.
        """
        ...

    def snapshot(self, stream: int, until: int) -> tuple[int, bytes, bytes] | None:
        """Return (seq, state hash, body) of the newest snapshot at or before `until`."""
        ...

    def save_snapshot(
        self, stream: int, seq: int, state_hash: bytes, head: bytes, body: bytes
    ) -> None:
        """Keep a cache of the state at `seq`."""
        ...

    def cursor(self, name: str, stream: int) -> bytes | None:
        """Return the value that the last group with this cursor left."""
        ...

    def answer(self, key: str, now_us: int) -> bytes | None:
        """Return the answer kept for an idempotency key that has not expired."""
        ...

    def cipher(self, key: int) -> Cipher | None:
        """Return the cipher of a key, or None when the key is destroyed or was never here."""
        ...

    def hold_key(self, key: int, secret: bytes) -> None:
        """Know a new key in memory until its first group is kept."""
        ...

    def key_of(self, person: str) -> tuple[int, bytes] | None:
        """Return the id and the secret of a person's key, if it is kept."""
        ...

    def homes(self, person: str) -> list[Home]:
        """Return the streams in which a person's data stand, and from which seq on."""
        ...

    def hides(self, person: str) -> bool:
        """Tell whether plain text of this person, from before format 3, is to be hidden."""
        ...

    def meta(self, key: str) -> bytes | None:
        """Return one of the realm's own settings."""
        ...

    def set_meta(self, key: str, value: bytes | None) -> None:
        """Set one of the realm's own settings durably, or remove it with None."""
        ...

    def put_asset(self, data: bytes, media: str) -> str:
        """Keep a file once; return its sha256 (hex).

        What came as a model is an avatar from when it is kept as one; nothing else is changed.
        """
        ...

    def asset(self, sha256: str) -> tuple[str, int] | None:
        """Return (media type, bytes) of an asset, or None."""
        ...

    def read_asset(self, sha256: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes start..stop of an asset."""
        ...

    def drop_asset(self, sha256: str) -> None:
        """Delete a file, if it is here; whoever calls it knows that nothing needs it."""
        ...

    def close(self) -> None:
        """End the store, leaving one file."""
        ...
