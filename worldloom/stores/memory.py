"""A store in memory with the contract of the SQLite one: for tests, simulators and trials."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from hashlib import sha256

from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.ports import Group, Part, StreamHead
from worldloom.stores.planning import Head, plan, ranges_of
from worldloom.stores.refusals import asset_unknown, store_closed

EMPTY_HEAD = bytes(32)
"""The chain hash before a stream's first record."""


class _Stream:
    """One stream's rows; record seq n stands at index n - 1."""

    def __init__(self, id: int, name: str) -> None:
        self.id = id
        self.name = name
        self.head = EMPTY_HEAD
        self.frontier = b""
        self.records: list[tuple[int, bytes, bytes]] = []
        self.snapshots: dict[int, tuple[bytes, bytes, bytes]] = {}

    def as_head(self) -> StreamHead:
        return StreamHead(self.id, self.name, len(self.records), self.head, self.frontier)

    def append(self, part: Part) -> None:
        self.records.extend(part.records)
        self.head = part.head
        self.frontier = part.frontier


class MemoryStore:
    """A `Store` that forgets everything when the process ends; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._streams: dict[int, _Stream] = {}
        self._by_name: dict[str, _Stream] = {}
        self._cursors: dict[tuple[str, int], bytes] = {}
        self._answers: dict[str, tuple[int, bytes]] = {}
        self._meta: dict[str, bytes] = {}
        self._assets: dict[str, tuple[str, bytes]] = {}
        self._batches: list[list[tuple[int, int, int]]] = []
        self._closed = False

    def open_stream(self, name: str) -> StreamHead:
        """Return the head of the stream of this name, made when absent."""
        with self._open():
            stream = self._by_name.get(name)
            if stream is None:
                stream = _Stream(len(self._streams) + 1, name)
                self._streams[stream.id] = self._by_name[name] = stream
            return stream.as_head()

    def streams(self) -> list[StreamHead]:
        """Return all heads in order of creation."""
        with self._open():
            return [stream.as_head() for stream in self._streams.values()]

    def commit(self, groups: Sequence[Group]) -> list[WorldloomError | None]:
        """Keep all groups that continue their streams; return None or the refusal of each."""
        with self._open():
            verdicts = plan(groups, self._head_of)
            kept = [group for group, verdict in zip(groups, verdicts, strict=True) if not verdict]
            for group in kept:
                self._keep(group)
            ranges = ranges_of(kept)
            if ranges:
                self._batches.append(ranges)
            return verdicts

    def records(self, stream: int, after: int, until: int) -> Iterator[tuple[int, bytes, bytes]]:
        """Yield (seq, body, hash) for after < seq <= until, in order."""
        with self._open():
            known = self._streams.get(stream)
            rows = known.records[max(after, 0) : max(until, 0)] if known else []
        return iter(rows)

    def batches(self, after: int = 0) -> Iterator[tuple[int, list[tuple[int, int, int]]]]:
        """Yield the realm's order: (commit number, [(stream, first seq, count)])."""
        with self._open():
            rows = list(enumerate(self._batches[after:], after + 1))
        return iter(rows)

    def snapshot(self, stream: int, until: int) -> tuple[int, bytes, bytes] | None:
        """Return (seq, state hash, body) of the newest snapshot at or before `until`."""
        with self._open():
            known = self._streams.get(stream)
            seqs = sorted(known.snapshots) if known else []
            place = bisect_right(seqs, until)
            if known is None or not place:
                return None
            state_hash, _, body = known.snapshots[seqs[place - 1]]
            return seqs[place - 1], state_hash, body

    def save_snapshot(
        self, stream: int, seq: int, state_hash: bytes, head: bytes, body: bytes
    ) -> None:
        """Keep a cache of the state at `seq`, which ends a durable group with chain hash `head`."""
        with self._open():
            self._streams[stream].snapshots[seq] = (state_hash, head, body)

    def cursor(self, name: str, stream: int) -> bytes | None:
        """Return the value that the last group with this cursor left, if any."""
        with self._open():
            return self._cursors.get((name, stream))

    def answer(self, key: str, now_us: int) -> bytes | None:
        """Return the answer kept for an idempotency key that has not expired."""
        with self._open():
            expires, body = self._answers.get(key, (0, b""))
            return body if expires > now_us else None

    def meta(self, key: str) -> bytes | None:
        """Return one of the realm's own settings."""
        with self._open():
            return self._meta.get(key)

    def set_meta(self, key: str, value: bytes | None) -> None:
        """Set one of the realm's own settings durably, or remove it with None."""
        with self._open():
            if value is None:
                self._meta.pop(key, None)
            else:
                self._meta[key] = value

    def put_asset(self, data: bytes, media: str) -> str:
        """Keep a file once, whatever the number of uploads; return its sha256 (hex)."""
        sha = sha256(data).hexdigest()
        with self._open():
            self._assets.setdefault(sha, (media, bytes(data)))
        return sha

    def asset(self, sha256: str) -> tuple[str, int] | None:
        """Return (media type, bytes) of an asset, or None."""
        with self._open():
            known = self._assets.get(sha256)
            return (known[0], len(known[1])) if known else None

    def read_asset(self, sha256: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes start..stop of an asset; raises NotFound when there is none."""
        with self._open():
            known = self._assets.get(sha256)
        if known is None:
            raise asset_unknown(sha256)
        part = known[1][start:stop]
        return iter((part,) if part else ())

    def assets(self) -> list[str]:
        """Return the sha256 (hex) of every asset."""
        with self._open():
            return sorted(self._assets)

    def maintain(self) -> None:
        """Do nothing: memory has no checkpoint."""

    def reopen(self) -> None:
        """Do nothing: memory has no connection."""

    def close(self) -> None:
        """End the store; later calls raise Unavailable."""
        self._closed = True

    def _open(self) -> threading.RLock:
        if self._closed:
            raise store_closed()
        return self._lock

    def _head_of(self, stream: int) -> Head | None:
        known = self._streams.get(stream)
        return (len(known.records), known.head) if known else None

    def _keep(self, group: Group) -> None:
        for part in group.parts:
            self._streams[part.stream].append(part)
        for name, stream, value in group.cursors:
            self._cursors[name, stream] = value
        if group.answer is not None:
            key, expires, body = group.answer
            self._answers[key] = (expires, body)
