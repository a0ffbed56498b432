"""A realm in one SQLite file: the store that servers use."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from hashlib import sha256 as sha256_of
from typing import Any

import apsw
import msgspec

from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.missing import no_world
from worldloom.kernel.ports import Group, Page, StreamHead
from worldloom.kernel.projection import Projection, Scalar, Slice
from worldloom.kernel.sealing import Cipher, Home, open_box
from worldloom.stores import answers, assets, keys, lineage, refusals, snapshots, streams
from worldloom.stores.appending import append
from worldloom.stores.batches import Batch, Trees
from worldloom.stores.connections import transaction
from worldloom.stores.format import SEQ_BITS, SEQ_MASK
from worldloom.stores.migration import prepare
from worldloom.stores.realm_file import RealmFile
from worldloom.stores.tables import Tables, whole
from worldloom.stores.tiles import Tiles

PAGE_ROWS, READ_ROWS = 1_000, 250
"""Records read at once, and one by one; no read transaction between two holds up a checkpoint."""

ANSWER_SWEEP_SECONDS = 60.0
"""How often expired answers are removed."""


class SqliteStore:
    """A `Store` in one `.loom` file; safe to use from any thread.

    Every failure of the disk is raised as Unavailable (`disk_full`, `store_failed`,
    `store_corrupt`) and leaves the file as it was before the call; the next call opens it anew.
    """

    def __init__(
        self,
        path: str,
        create: bool = True,
        vfs: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        now_us: Callable[[], int] = lambda: time.time_ns() // 1_000,
    ) -> None:
        self.path = str(path)
        self._clock = clock
        self._now_us = now_us
        self._swept = 0.0
        self._upkeep = threading.Lock()
        self._ciphers = keys.Ciphers()
        self._tables = Tables((partial(open_box, self), self.hides))
        prepare(self.path, vfs, create)
        self.file = RealmFile(self.path, vfs, clock)
        self._tiles = Tiles(self.file, self._numbered)
        self._trees = Trees()
        with self.file.writing() as writer:
            assets.drop_orphans(writer)
            streams.drop_all_staged(writer)
            self._hidden = keys.hidden(writer)

    # -- the log ------------------------------------------------------------------------------

    def open_stream(self, name: str) -> StreamHead:
        """Return the head of the stream of this name, made when absent."""
        head = self._stream(name)
        if head is None:
            with self.file.writing() as writer:
                streams.make(writer, name)
            head = self._stream(name)
        assert head is not None, "a stream that was just made is found"
        self._trees.begin(head)
        return head

    def fork_stream(self, name: str, parent: int, seq: int) -> StreamHead:
        """Make a stream that shares a parent's records up to `seq`, rounded down to a whole group.

        Raises NotFound for a stream or a seq that is not there, Conflict (`name_taken`).
        """
        head = self._numbered(parent)
        if head is None:
            raise no_world(str(parent))
        child = lineage.plan_fork(self, name, head, seq, self._numbered)
        with self.file.writing() as writer:
            streams.fork(writer, child)
        return self.open_stream(name)

    def drop_fork(self, name: str) -> None:
        """Remove a fork that has no record of its own, such as its maker's death leaves behind."""
        head = self._stream(name)
        if head is not None and head.parent and head.seq == head.fork:
            with self.file.writing() as writer:
                streams.drop_fork(writer, head.id)
            self._tables.forget(head.id)

    def now(self) -> int:
        """Return the machine's time in UTC microseconds."""
        return self._now_us()

    def streams(self) -> list[StreamHead]:
        """Return all heads in order of creation."""
        with self.file.reading() as reader:
            found = streams.heads(reader)
        return [head for head in found if not head.name.startswith(streams.STAGING)]

    def rename_stream(
        self, old: str, new: str, settings: Mapping[str, bytes] | None = None
    ) -> None:
        """Give a stream another name, and the realm settings with it, both or neither.

        Raises Conflict (`name_taken`) or NotFound.
        """
        with self.file.writing() as writer:
            streams.rename(writer, old, new, settings)

    def drop_staged(self, name: str) -> None:
        """Remove a stream whose import failed; no other stream is ever removed."""
        with self.file.writing() as writer:
            streams.drop_staged(writer, name)

    def lay_out(self, groups: Sequence[Group], records_max: int) -> Batch:
        """Return the first of these groups laid out for `commit`, until there are so many records.

        Every group of an open stream is laid out once, in order, by the thread that decides.
        """
        return Batch(groups, records_max, self._trees)

    def commit(self, groups: Sequence[Group]) -> list[WorldloomError | None]:
        """Keep all groups that continue their streams in one durable transaction.

        Returns None or the Conflict of each; raises Unavailable when the disk kept none of them.
        """
        if not groups:
            return []
        groups = batch = groups if isinstance(groups, Batch) else Batch(groups)
        personal = bool(batch.personal)
        forgetting = any(batch[at].forgets for at in batch.personal)
        try:
            with self.file.writing() as writer:
                with self._tables.following(), transaction(writer):
                    verdicts = append(writer, batch, self._trees)
                    if personal:
                        self._keep_people(writer, groups, verdicts)
                    self._tables.advance(writer, groups, verdicts)
                if personal:
                    # Not before: until the commit ends, no other connection can read them.
                    for group, verdict in zip(groups, verdicts, strict=True):
                        for owner in group.owners if verdict is None else ():
                            self._ciphers.kept(owner.key)
                if forgetting:
                    self._hidden = keys.hidden(writer)
                    self.file.wipe_log()
                elif self.file.wal_pages > LIMITS.wal_pages_max:
                    self.file.checkpoint()
        finally:
            if forgetting:
                self._ciphers.settle()
        if any(verdicts):
            # Another process writes here too, and may have forgotten someone.
            self._ciphers.settle()
        return verdicts

    def _keep_people(
        self,
        writer: apsw.Connection,
        groups: Sequence[Group],
        verdicts: Sequence[WorldloomError | None],
    ) -> None:
        """Keep what groups say of people's keys, in order."""
        purged = False
        for group, verdict in zip(groups, verdicts, strict=True):
            if verdict is not None:
                continue
            for person in group.forgets:
                self._ciphers.drop(keys.destroy(writer, person))
                answers.purge(writer, person)
                self._tables.purge(writer)
                purged = True
            for owner in group.owners:
                keys.keep(writer, owner)
            if purged and group.answer is not None:
                # It came after the forgetting, to someone new.
                answers.keep(writer, group.answer)

    def records(self, stream: int, after: int, until: int) -> Iterator[tuple[int, bytes, bytes]]:
        """Yield (seq, body, hash) for after < seq <= until, in order and without a gap.

        A fork's shared records come from its ancestors. Raises Unavailable (`store_corrupt`)
        where a record cannot be read.
        """
        head = self._numbered(stream)
        if head is not None:
            until = min(until, SEQ_MASK)
            for owner, first, last in lineage.spans(head, max(after, 0), until, self._numbered):
                yield from self._own_records(owner, first, last)

    def _own_records(
        self, stream: int, after: int, until: int
    ) -> Iterator[tuple[int, bytes, bytes]]:
        base = stream << SEQ_BITS
        query = "SELECT id, body, hash FROM record WHERE id>? AND id<=? ORDER BY id"
        while after < until:
            rows = self._rows(query, (base + after, base + min(until, after + READ_ROWS)))
            if not rows:
                head = self._numbered(stream)
                until = min(until, head.seq if head else 0)
                if after >= until:
                    return
                # Either they came meanwhile, or they are not where they were.
                rows = self._rows(query, (base + after, base + min(until, after + READ_ROWS)))
                if not rows:
                    raise refusals.store_corrupt(self.path, f"stream {stream} ends at {after}")
            last: int = rows[-1][0] & SEQ_MASK
            if rows[0][0] != base + after + 1 or last != after + len(rows):
                raise refusals.store_corrupt(self.path, f"stream {stream} misses a record")
            after = last
            for id, body, stored in rows:
                if type(body) is not bytes or type(stored) is not bytes:
                    why = f"stream {stream} holds no record at {id - base}"
                    raise refusals.store_corrupt(self.path, why)
                yield id - base, body, stored

    def pages(self, stream: int, after: int, until: int) -> Iterator[Page]:
        """Yield what `records` does, many at a time.

        Measured: SQLite joins bodies four times as fast as it hands them over one by one.
        """
        head = self._numbered(stream)
        if head is not None:
            until = min(until, head.seq)
            for owner, first, last in lineage.spans(head, max(after, 0), until, self._numbered):
                for start in range(first, last, PAGE_ROWS):
                    yield self._page(owner, start, min(start + PAGE_ROWS, last))

    def _page(self, stream: int, after: int, until: int) -> Page:
        """Return the records of one stream for after < seq <= until."""
        base = stream << SEQ_BITS
        query = (
            "SELECT count(*), total(typeof(body)='blob'), CAST(group_concat(body, '') AS BLOB),"
            " (SELECT hash FROM record WHERE id=?2) FROM record WHERE id>?1 AND id<=?2"
        )
        ((count, sound, bodies, hash),) = self._rows(query, (base + after, base + until))
        if not count == sound == until - after or type(hash) is not bytes:
            # One by one they say what is wrong with them.
            rows = list(self._own_records(stream, after, until))
            bodies, hash = b"".join(body for _, body, _ in rows), rows[-1][2]
        return Page(after, until - after, bodies, hash)

    def nodes(self, stream: int, level: int, first: int, count: int) -> list[bytes]:
        """Return the roots of full subtrees of 2**level records; makes the tiles it lacks."""
        return self._tiles.nodes(stream, level, first, count)

    def forget_nodes(self, stream: int) -> None:
        """Drop what `nodes` keeps of a stream, should it be damaged: it is made again."""
        self._tiles.drop(stream)

    def batches(self, after: int = 0) -> Iterator[tuple[int, list[tuple[int, int, int]]]]:
        """Yield the realm's order: (commit number, [(stream, first seq, count)])."""
        query = "SELECT pos, ranges FROM batch WHERE pos>? ORDER BY pos LIMIT ?"
        while True:
            rows = self._rows(query, (after, PAGE_ROWS))
            for pos, ranges in rows:
                after = pos
                yield pos, msgspec.msgpack.decode(ranges, type=list[tuple[int, int, int]])
            if len(rows) < PAGE_ROWS:
                return

    def cursor(self, name: str, stream: int) -> bytes | None:
        """Return the value that the last group with this cursor left, if any."""
        return self._value("SELECT value FROM cursor WHERE name=? AND stream=?", (name, stream))

    def answer(self, key: str, now_us: int) -> bytes | None:
        """Return the answer kept for an idempotency key that has not expired."""
        return self._value("SELECT body FROM answer WHERE key=? AND expires>?", (key, now_us))

    # -- projections --------------------------------------------------------------------------

    def project(self, stream: int, world: str, *projections: Projection[Any]) -> None:
        """Keep tables of a stream's events from now on, all or none; they catch up by and by."""
        with self.file.writing() as writer:
            self._tables.keep(writer, stream, world, projections)

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
        known = self._tables.find(stream, table)
        self._catch_up(LIMITS.table_catch_up_records_max)
        with self.file.reading() as reader:
            return self._tables.select(reader, known, where, after, limit, descending)

    def look_up(self, stream: int, table: str, firsts: Sequence[Scalar]) -> Slice:
        """Return all rows whose key begins with one of these values; raises NotFound."""
        known = self._tables.find(stream, table)
        self._catch_up(LIMITS.table_catch_up_records_max)
        with self.file.reading() as reader:
            return known.look_up(reader, firsts)

    def _catch_up(self, records: int) -> None:
        """Let tables take in what is in the log already, up to so many records each."""
        with self.file.reading() as reader:
            lagging = self._tables.lagging(reader)
        for table, seq in lagging:
            rows = list(self.records(table.stream, seq, seq + records))
            with self.file.writing() as writer, self._tables.following(), transaction(writer):
                table.stand(writer)
                if rows and rows[0][0] == table.seq + 1:
                    table.take(writer, whole(self, table.stream, rows))

    # -- snapshots ----------------------------------------------------------------------------

    def snapshot(self, stream: int, until: int) -> tuple[int, bytes, bytes] | None:
        """Return (seq, state hash, body) of the newest sound snapshot at or before `until`."""
        head = self._numbered(stream)
        if head is None:
            return None
        with self.file.reading() as reader:
            for owner in lineage.line(head, self._numbered):
                found = snapshots.newest(reader, owner.id, until)
                if found is not None:
                    return found
                until = min(until, owner.fork)
        return None

    def save_snapshot(
        self, stream: int, seq: int, state_hash: bytes, head: bytes, body: bytes
    ) -> None:
        """Keep a cache of the state at `seq`, which ends a durable group with chain hash `head`."""
        known = self._numbered(stream)
        assert known is not None, "a state belongs to a stream"
        owner = lineage.owner_of(known, seq, self._numbered)
        packed = snapshots.pack(body)
        with self.file.writing() as writer:
            snapshots.save(writer, owner.id, seq, state_hash, head, packed)

    # -- people's keys ------------------------------------------------------------------------

    def cipher(self, key: int) -> Cipher | None:
        """Return the cipher of a key, or None when the key is destroyed or was never here."""
        return self._ciphers.find(key, self._secret)

    def _secret(self, key: int) -> bytes | None:
        with self.file.reading() as reader:
            return keys.secret_of(reader, key)

    def hold_key(self, key: int, secret: bytes) -> None:
        """Know a new key in memory until its first group is kept."""
        self._ciphers.hold(key, secret)

    def key_of(self, person: str) -> tuple[int, bytes] | None:
        """Return the id and the secret of a person's key, if it is kept."""
        with self.file.reading() as reader:
            return keys.key_of(reader, person)

    def homes(self, person: str) -> list[Home]:
        """Return the streams in which a person's data stand, and from which seq on."""
        with self.file.reading() as reader:
            return keys.homes(reader, person)

    def hides(self, person: str) -> bool:
        """Tell whether plain text of this person, from before format 3, is to be hidden."""
        return person in self._hidden

    # -- settings and files -------------------------------------------------------------------

    def meta(self, key: str) -> bytes | None:
        """Return one of the realm's own settings."""
        return self._value("SELECT value FROM meta WHERE key=?", (key,))

    def set_meta(self, key: str, value: bytes | None) -> None:
        """Set one of the realm's own settings durably, or remove it with None."""
        with self.file.writing() as writer, transaction(writer):
            if value is None:
                writer.execute("DELETE FROM meta WHERE key=?", (key,))
            else:
                writer.execute("INSERT OR REPLACE INTO meta VALUES(?,?)", (key, value))

    def swap_meta(self, key: str, held: bytes | None, value: bytes) -> bool:
        """Set one of the settings unless it is another by now than what was held; tell whether."""
        with self.file.writing() as writer, transaction(writer):
            found = writer.execute("SELECT value FROM meta WHERE key=?", (key,)).get
            if found != held:
                return False
            writer.execute("INSERT OR REPLACE INTO meta VALUES(?,?)", (key, value))
        return True

    def put_asset(self, data: bytes, media: str) -> str:
        """Keep a file once, whatever the number of uploads; return its sha256 (hex).

        A large file takes several transactions, between which commits go on; it is seen when
        it is whole.
        """
        sha = sha256_of(data).hexdigest()
        known = self.asset(sha)
        if known is not None:
            if known[0] != media:
                with self.file.writing() as writer:
                    assets.refine(writer, sha, media)
            return sha
        asset = assets.new_id()
        for first, chunks in assets.chunk_runs(data):
            with self.file.writing() as writer:
                assets.insert_chunks(writer, asset, first, chunks)
        with self.file.writing() as writer:
            if not assets.finish(writer, asset, data, media):
                raise refusals.store_failed(self.path, "the upload was cut off by another process")
        return sha

    def asset(self, sha256: str) -> tuple[str, int] | None:
        """Return (media type, bytes) of an asset, or None."""
        with self.file.reading() as reader:
            found = assets.find(reader, sha256)
        return (found[1], found[2]) if found else None

    def read_asset(self, sha256: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes start..stop of an asset; raises NotFound when there is none."""
        with self.file.reading() as reader:
            found = assets.find(reader, sha256)
        if found is None:
            raise refusals.asset_unknown(sha256)
        asset, _, size = found
        return self._pieces(asset, max(start, 0), size if stop is None else min(stop, size))

    def drop_asset(self, sha256: str) -> None:
        """Delete a file, if it is here, and what the write-ahead log has of it."""
        assets.drop(self.file, sha256)

    def assets(self) -> list[str]:
        """Return the sha256 (hex) of every asset."""
        with self.file.reading() as reader:
            return [row[0] for row in reader.execute("SELECT sha256 FROM asset ORDER BY sha256")]

    # -- upkeep -------------------------------------------------------------------------------

    def maintain(self) -> None:
        """Do what is due between commits: checkpoint, remove expired answers, make tiles."""
        now = self._clock()
        with self._upkeep:
            if self.file.wipe_due:
                self.file.wipe_log()
            elif self.file.checkpoint_due() and not self.file.copies_ahead():
                self.file.checkpoint()
            if now - self._swept > ANSWER_SWEEP_SECONDS:
                self._swept = now
                with self.file.writing() as writer, transaction(writer):
                    writer.execute("DELETE FROM answer WHERE expires<=?", (self._now_us(),))
            self._tiles.keep_up(now)
            self._catch_up(PAGE_ROWS)

    def reopen(self) -> None:
        """Open the file anew after a failure; raises Unavailable while it still fails."""
        with self.file.writing():
            pass

    def close(self) -> None:
        """Leave one file, with nothing beside it; later calls raise Unavailable."""
        self.file.close()

    # -- reading ------------------------------------------------------------------------------

    def _stream(self, name: str) -> StreamHead | None:
        with self.file.reading() as reader:
            return streams.named(reader, name)

    def _rows(self, query: str, values: tuple[int, int]) -> list[Any]:
        with self.file.reading() as reader:
            return reader.execute(query, values).fetchall()

    def _numbered(self, stream: int) -> StreamHead | None:
        with self.file.reading() as reader:
            return streams.numbered(reader, stream)

    def _value(self, query: str, values: tuple[str | int, ...]) -> bytes | None:
        with self.file.reading() as reader:
            value: bytes | None = reader.execute(query, values).get
        return value

    def _pieces(self, asset: int, start: int, stop: int) -> Iterator[bytes]:
        while start < stop:
            number, offset = divmod(start, assets.CHUNK_BYTES)
            with self.file.reading() as reader:
                chunk = assets.chunk(reader, asset, number)
            piece = (chunk or b"")[offset : offset + stop - start]
            if not piece:
                raise refusals.store_corrupt(self.path, f"an asset misses chunk {number}")
            start += len(piece)
            yield piece
