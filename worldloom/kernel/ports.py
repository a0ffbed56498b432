"""What the kernel asks of a store, and the shapes that pass between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from msgspec import Struct

from worldloom.kernel.errors import WorldloomError

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


class Part(Struct, frozen=True):
    """The records that one group adds to one stream, whose last seq must be `expected_seq`."""

    stream: int
    expected_seq: int
    records: tuple[tuple[int, bytes, bytes], ...]
    """(seq, body, hash) in order, without a gap."""
    head: bytes
    frontier: bytes


class Group(Struct):
    """What is kept together or not at all: parts, cursors and the answer to a key."""

    parts: tuple[Part, ...]
    cursors: tuple[tuple[str, int, bytes], ...] = ()
    """(name, stream, value)."""
    answer: tuple[str, int, bytes] | None = None
    """(key, expiry in microseconds, body)."""


class Store(Protocol):
    """Where logs live; safe to call from any thread."""

    def open_stream(self, name: str) -> StreamHead:
        """Return the head of the stream of this name, made when absent."""
        ...

    def streams(self) -> list[StreamHead]:
        """Return all heads in order of creation."""
        ...

    def commit(self, groups: Sequence[Group]) -> list[WorldloomError | None]:
        """Keep groups in one transaction; return None or the refusal of each."""
        ...

    def records(self, stream: int, after: int, until: int) -> Iterator[tuple[int, bytes, bytes]]:
        """Yield (seq, body, hash) for after < seq <= until, in order."""
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

    def meta(self, key: str) -> bytes | None:
        """Return one of the realm's own settings."""
        ...

    def set_meta(self, key: str, value: bytes | None) -> None:
        """Set one of the realm's own settings durably, or remove it with None."""
        ...

    def put_asset(self, data: bytes, media: str) -> str:
        """Keep a file once; return its sha256 (hex)."""
        ...

    def asset(self, sha256: str) -> tuple[str, int] | None:
        """Return (media type, bytes) of an asset, or None."""
        ...

    def read_asset(self, sha256: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes start..stop of an asset."""
        ...

    def close(self) -> None:
        """End the store, leaving one file."""
        ...
