"""Chunks of columns stand in the log: exported, verified, found again, and told when changed."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from random import Random

import msgspec
import numpy as np
import pytest

from worldloom.kernel.personal import Personal
from worldloom.kernel.realm import Caller, Command, Realm
from worldloom.kernel.recording import TRACKED, Tracked
from worldloom.kernel.rights import Role
from worldloom.kernel.schema import decode, restorer
from worldloom.kernel.sealing import open_box
from worldloom.kernel.telemetry import MEASURED, Chunk, samples
from worldloom.kernel.world import World
from worldloom.stores.chunks import Finder, payload
from worldloom.stores.memory import MemoryStore
from worldloom.stores.sqlite import SqliteStore
from worldloom.stores.transfer import export_world, import_world
from worldloom.stores.verify import verify

COUNT = 5_000


class Head(msgspec.Struct):
    """What these tests look at."""

    count: int


def commit(realm: Realm) -> None:
    batch, realm.outbox[:] = list(realm.outbox), []
    for sealed in batch:
        [error] = realm.store.commit([sealed.group])
        assert error is None
        realm.committed(sealed, error)


def a_station(store: SqliteStore | MemoryStore) -> Realm:
    """Return a realm with a series, and one person's recorded way."""
    realm = Realm(store, lambda: 1_700_000_000_000_000, Random(3).randbytes)
    world = World("station")
    series = world.telemetry("temperature", "°C")

    @world.action
    def measure() -> None:
        """Measure for a while."""
        series.append(np.arange(COUNT) / 100, np.arange(COUNT) * 1000)

    realm.open(world)
    realm.do(Command("station", "measure", {}, Caller("ann", "Ann", "", Role.OWNER)))
    way = Tracked(1, "v1", "ann", Personal("Ann", of="ann"), 0, 1, 2, Personal(b"way", of="ann"))
    realm.note("station", "record:1", [way])
    commit(realm)
    return realm


def read(store: SqliteStore | MemoryStore, stream: int, seq: int) -> list[float]:
    found = Finder(store, MEASURED, Head).find(stream, seq)
    parts = [samples(decode(Chunk, payload(store, stream, one.seq + 1)).data)[1] for one in found]
    values: list[float] = np.concatenate(parts).tolist()
    return values


def test_an_export_carries_every_chunk_and_both_files_verify(tmp_path: Path) -> None:
    path, target = str(tmp_path / "realm.loom"), str(tmp_path / "station.loom")
    store = SqliteStore(path)
    realm = a_station(store)
    seq = realm.world("station").durable_seq
    export_world(path, "station", target)
    other = SqliteStore(str(tmp_path / "other.loom"))
    import_world(target, other)
    head = other.open_stream("station")
    assert head.seq == seq
    assert read(other, head.id, seq) == [number / 100 for number in range(COUNT)]
    assert len(Finder(other, TRACKED, dict).find(head.id, seq)) == 1
    for one in (store, other):
        one.close()
    for name in ("realm.loom", "station.loom", "other.loom"):
        assert verify(str(tmp_path / name)).problems == []


def test_a_changed_chunk_is_found_by_verify(tmp_path: Path) -> None:
    path = str(tmp_path / "realm.loom")
    store = SqliteStore(path)
    realm = a_station(store)
    live = realm.world("station")
    seq = Finder(store, MEASURED, Head).find(live.stream, live.durable_seq)[0].seq + 1
    store.close()
    with sqlite3.connect(path) as connection:
        id = live.stream << 40 | seq
        [body] = connection.execute("SELECT body FROM record WHERE id=?", (id,)).fetchone()
        bad = body[:-20] + bytes([body[-20] ^ 1]) + body[-19:]
        connection.execute("UPDATE record SET body=? WHERE id=?", (bad, id))
    report = verify(path)
    assert [stream.first_bad_seq for stream in report.streams if stream.first_bad_seq] == [seq]


def test_the_track_of_a_forgotten_person_is_shut_and_every_hash_verifies(tmp_path: Path) -> None:
    path = str(tmp_path / "realm.loom")
    store = SqliteStore(path)
    realm = a_station(store)
    live = realm.world("station")
    [track] = Finder(store, TRACKED, dict).find(live.stream, live.durable_seq)
    restore = restorer(lambda box: open_box(store, box))

    def poses() -> bytes | None:
        return decode(Tracked, payload(store, live.stream, track.seq), None, restore).poses.value

    assert poses() == b"way"
    realm.forget("ann")
    commit(realm)
    assert poses() is None
    store.close()
    assert verify(path).problems == []


def test_a_finder_reads_only_what_is_new_and_begins_anew_when_a_world_was_replaced() -> None:
    store = MemoryStore()
    realm = a_station(store)
    live = realm.world("station")
    finder = Finder(store, MEASURED, Head, streams_max=1)
    first = finder.find(live.stream, live.durable_seq)
    assert sum(one.head.count for one in first) == COUNT
    assert finder.find(live.stream, live.durable_seq) == first
    realm.do(Command("station", "measure", {}, Caller("ann", "Ann", "", Role.OWNER)))
    commit(realm)
    assert finder.find(live.stream, live.durable_seq)[: len(first)] == first
    assert len(finder.find(live.stream, live.durable_seq)) == 2 * len(first)
    assert finder.find(live.stream, 0) == []
    assert finder.find(live.stream + 1, 0) == []
    assert len(finder.find(live.stream, live.durable_seq)) == 2 * len(first)


@pytest.mark.parametrize("kind", [MEASURED, "Nothing"])
def test_a_word_that_only_looks_like_the_kind_is_passed_over(kind: str) -> None:
    store = MemoryStore()
    realm = Realm(store, lambda: 1, Random(3).randbytes)
    realm.open(World("station"))
    said = {"text": f"I have {kind} this"}
    realm.do(Command("station", "say", said, Caller("", "Ann", "", Role.OWNER)))
    realm.do(
        Command("station", "spawn", {"name": f"{kind} once"}, Caller("a", "A", "", Role.OWNER))
    )
    commit(realm)
    live = realm.world("station")
    assert Finder(store, kind, Head).find(live.stream, live.durable_seq) == []
