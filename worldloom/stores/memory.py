"""A store in memory with the contract of the SQLite one: for tests, simulators and trials."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from hashlib import sha256
from typing import Any

from worldloom.kernel.avatar import VRM
from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.hashing import BLOCK, LAYER, Frontier
from worldloom.kernel.ports import Group, Page, Part, StreamHead
from worldloom.kernel.projection import Projection, Scalar, Slice
from worldloom.kernel.proofs import root_of_block
from worldloom.kernel.sealing import Cipher, Home, open_box
from worldloom.stores.answers import without_person
from worldloom.stores.batches import ranges_of
from worldloom.stores.keys import Ciphers
from worldloom.stores.lineage import plan_fork
from worldloom.stores.memory_tables import MemoryTable
from worldloom.stores.planning import Head, plan
from worldloom.stores.refusals import asset_unknown, name_taken, store_closed, table_unknown

EMPTY_HEAD = bytes(32)
"""The chain hash before a stream's first record."""


class _Stream:
    """One stream's rows; record seq n stands at index n - 1."""

    def __init__(self, id: int, name: str) -> None:
        self.id = id
        self.name = name
        self.head = EMPTY_HEAD
        self.tree = Frontier()
        self.records: list[tuple[int, bytes, bytes]] = []
        self.snapshots: dict[int, tuple[bytes, bytes, bytes]] = {}
        self.layers: dict[int, list[bytes]] = {}
        self.tables: dict[str, MemoryTable] = {}
        self.parent = 0
        self.fork = 0

    def as_head(self) -> StreamHead:
        last = len(self.records)
        return StreamHead(
            self.id, self.name, last, self.head, self.tree.pack(), self.parent, self.fork
        )

    def append(self, part: Part) -> None:
        self.records.extend(part.records())
        for table in self.tables.values():
            if table.seq == part.expected_seq and not table.error:
                table.take(part.records())
        self.head = part.head
        self.tree.extend(part.rows[1::2])


class MemoryStore:
    """A `Store` that forgets everything when the process ends; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._streams: dict[int, _Stream] = {}
        self._by_name: dict[str, _Stream] = {}
        self._cursors: dict[tuple[str, int], bytes] = {}
        self._answers: dict[str, tuple[int, bytes]] = {}
        self._meta: dict[str, bytes] = {}
        self._ciphers = Ciphers()
        self._secrets: dict[int, bytes] = {}
        self._destroyed: set[int] = set()
        self._homes: dict[str, dict[tuple[int, int], int]] = {}
        """Person → (stream, key) → first seq."""
        self._assets: dict[str, tuple[str, bytes]] = {}
        self._batches: list[list[tuple[int, int, int]]] = []
        self._newest_id = 0
        self._closed = False

    def open_stream(self, name: str) -> StreamHead:
        """Return the head of the stream of this name, made when absent."""
        with self._open():
            stream = self._by_name.get(name)
            if stream is None:
                stream = _Stream(self._new_id(), name)
                self._streams[stream.id] = self._by_name[name] = stream
            return stream.as_head()

    def fork_stream(self, name: str, parent: int, seq: int) -> StreamHead:
        """Make a stream that shares a parent's records up to the group that ends at `seq`.

        Raises NotFound for a seq that the parent does not have, Conflict (`name_taken`).
        """
        with self._open():
            if name in self._by_name:
                raise name_taken(name)
            shared = self._streams[parent]
            planned = plan_fork(self, name, shared.as_head(), seq, self._numbered)
            child = _Stream(self._new_id(), name)
            child.parent, child.fork = planned.parent, planned.fork
            child.head = planned.head
            child.tree = Frontier.unpack(planned.seq, planned.frontier)
            child.records = shared.records[: planned.seq]
            child.snapshots = {at: s for at, s in shared.snapshots.items() if at <= planned.seq}
            self._streams[child.id] = self._by_name[name] = child
            return child.as_head()

    def drop_fork(self, name: str) -> None:
        """Remove a fork that has no record of its own; any other stream stays."""
        with self._open():
            stream = self._by_name.get(name)
            if stream is not None and stream.parent and len(stream.records) == stream.fork:
                del self._by_name[name], self._streams[stream.id]

    def streams(self) -> list[StreamHead]:
        """Return all heads in order of creation."""
        with self._open():
            return [stream.as_head() for stream in self._streams.values()]

    def commit(self, groups: Sequence[Group]) -> list[WorldloomError | None]:
        """Keep all groups that continue their streams; return None or the refusal of each."""
        with self._open():
            verdicts = plan(groups, self._head_of, self._destroyed.__contains__)
            kept = [group for group, verdict in zip(groups, verdicts, strict=True) if not verdict]
            for group in kept:
                self._keep(group)
            ranges = ranges_of(part for group in kept for part in group.parts)
            if ranges:
                self._batches.append(ranges)
            return verdicts

    def records(self, stream: int, after: int, until: int) -> Iterator[tuple[int, bytes, bytes]]:
        """Yield (seq, body, hash) for after < seq <= until, in order."""
        with self._open():
            known = self._streams.get(stream)
            rows = known.records[max(after, 0) : max(until, 0)] if known else []
        return iter(rows)

    def pages(self, stream: int, after: int, until: int) -> Iterator[Page]:
        """Yield what `records` does, many at a time."""
        rows = list(self.records(stream, after, until))
        if rows:
            bodies = b"".join(body for _, body, _ in rows)
            yield Page(rows[0][0] - 1, len(rows), bodies, rows[-1][2])

    def nodes(self, stream: int, level: int, first: int, count: int) -> list[bytes]:
        """Return the roots of full subtrees of 2**level records, from number `first` on."""
        if level == 0:
            return [hash for _, _, hash in self.records(stream, first, first + count)]
        with self._open():
            layer = self._streams[stream].layers.setdefault(level, [])
            while len(layer) < first + count:
                block = self.nodes(stream, level - LAYER, len(layer) << LAYER, BLOCK)
                assert len(block) == BLOCK, "a full subtree is asked for"
                layer.append(root_of_block(block))
            return layer[first : first + count]

    def forget_nodes(self, stream: int) -> None:
        """Drop what `nodes` keeps of a stream."""
        with self._open():
            self._streams[stream].layers.clear()

    def project(self, stream: int, world: str, *projections: Projection[Any]) -> None:
        """Keep tables of a stream's events from now on, with what was before."""
        with self._open():
            known = self._streams[stream]
            made = [MemoryTable(world, one, partial(open_box, self)) for one in projections]
            known.tables.update({table.projection.name: table for table in made})
        for table in made:
            table.take(self.records(stream, 0, known.as_head().seq))

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
        with self._open():
            tables = self._streams[stream].tables
            if table not in tables:
                raise table_unknown(table, [*tables])
            return tables[table].select(where, after, limit, descending)

    def look_up(self, stream: int, table: str, firsts: Sequence[Scalar]) -> Slice:
        """Return all rows whose key begins with one of these values; raises NotFound."""
        with self._open():
            tables = self._streams[stream].tables
            if table not in tables:
                raise table_unknown(table, [*tables])
            known = tables[table]
            return Slice(known.seq, [row for one in firsts for row in known.find(one)], known.error)

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

    def cipher(self, key: int) -> Cipher | None:
        """Return the cipher of a key, or None when the key is destroyed or was never here."""
        return self._ciphers.find(key, self._secrets.get)

    def hold_key(self, key: int, secret: bytes) -> None:
        """Know a new key in memory until its first group is kept."""
        self._ciphers.hold(key, secret)

    def key_of(self, person: str) -> tuple[int, bytes] | None:
        """Return the id and the secret of a person's key, if it is kept."""
        with self._open():
            found = min((key for _, key in self._homes.get(person, ())), default=None)
            return None if found is None else (found, self._secrets[found])

    def homes(self, person: str) -> list[Home]:
        """Return the streams in which a person's data stand, and from which seq on."""
        with self._open():
            found: dict[int, int] = {}
            for (stream, _), seq in self._homes.get(person, {}).items():
                found[stream] = min(seq, found.get(stream, seq))
            return [Home(stream, seq) for stream, seq in sorted(found.items())]

    def hides(self, person: str) -> bool:
        """Tell that nothing here is of before format 3."""
        return False

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
            if media == VRM:
                self._assets[sha] = (media, self._assets[sha][1])
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

    def drop_asset(self, sha256: str) -> None:
        """Delete a file, if it is here."""
        with self._open():
            self._assets.pop(sha256, None)

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

    def _new_id(self) -> int:
        self._newest_id += 1
        return self._newest_id

    def _head_of(self, stream: int) -> Head | None:
        known = self._streams.get(stream)
        return (len(known.records), known.head) if known else None

    def _numbered(self, stream: int) -> StreamHead | None:
        known = self._streams.get(stream)
        return known.as_head() if known else None

    def _keep(self, group: Group) -> None:
        for part in group.parts:
            self._streams[part.stream].append(part)
        for name, stream, value in group.cursors:
            self._cursors[name, stream] = value
        if group.answer is not None:
            key, expires, body = group.answer
            self._answers[key] = (expires, body)
        for person in group.forgets:
            self._forget(person)
        for owner in group.owners:
            self._secrets[owner.key] = owner.secret
            self._ciphers.kept(owner.key)
            home = owner.stream, owner.key
            self._homes.setdefault(owner.person, {}).setdefault(home, owner.seq)

    def _forget(self, person: str) -> None:
        gone = {key for _, key in self._homes.pop(person, ())}
        for key in gone:
            del self._secrets[key]
        self._destroyed |= gone
        self._ciphers.drop(gone)
        self._ciphers.settle()
        answers, self._answers = self._answers, {}
        for asked, (expires, body) in answers.items():
            kept = without_person(asked, body, person)
            if kept is not None:
                self._answers[asked] = (expires, kept)
        for stream in self._streams.values():
            for name, table in stream.tables.items():
                if table.projection.personal:
                    stream.tables[name] = table.anew(stream.records)
