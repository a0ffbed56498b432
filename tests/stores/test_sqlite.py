"""Promised: a realm is one file after a stop, of a known format; damaged caches harm nothing."""

from __future__ import annotations

import dataclasses
import os
import threading
from pathlib import Path

import apsw
import pytest

from tests.stores.logs import Writer
from worldloom.kernel.errors import Conflict, Invalid, NotFound, Unavailable, in_terminal
from worldloom.kernel.limits import LIMITS
from worldloom.stores import assets, connections, format
from worldloom.stores.sqlite import SqliteStore
from worldloom.stores.streams import STAGING


class Clock:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def files_beside(path: Path) -> list[str]:
    return sorted(file.name for file in path.parent.iterdir())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "realm.loom"


def test_a_clean_stop_leaves_one_file(path: Path) -> None:
    store = SqliteStore(str(path))
    store.commit([Writer(store.open_stream("plaza")).group("a")])
    assert files_beside(path) == ["realm.loom", "realm.loom-shm", "realm.loom-wal"]
    store.close()
    assert files_beside(path) == ["realm.loom"]


def test_everything_is_there_after_a_restart(path: Path) -> None:
    store = SqliteStore(str(path))
    writer = Writer(store.open_stream("plaza"))
    store.commit([writer.group("a", "b")])
    store.set_meta("secret", b"s")
    sha = store.put_asset(b"glTF" * 100, "model/gltf-binary")
    store.close()
    again = SqliteStore(str(path), create=False)
    assert Writer(again.open_stream("plaza")).head == writer.head
    assert again.meta("secret") == b"s"
    assert again.asset(sha) == ("model/gltf-binary", 400)
    again.close()


def test_the_file_carries_the_realm_s_marks_and_settings(path: Path) -> None:
    store = SqliteStore(str(path))
    with store.file.writing() as writer:
        for name, wanted in connections.WRITER_PRAGMAS.items():
            assert writer.pragma(name) == wanted
        assert format.marks(writer)[:2] == (format.APPLICATION_ID, format.FORMAT)
        assert writer.pragma("page_size") == format.PAGE_BYTES
    store.close()


def test_an_old_sqlite_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apsw, "sqlite_lib_version", lambda: "3.51.2")
    with pytest.raises(AssertionError, match="3, 51, 2"):
        connections.assert_sqlite()


def test_a_setting_that_sqlite_ignores_is_noticed(path: Path) -> None:
    connection = connections.open_writer(str(path))
    with pytest.raises(AssertionError, match="cache_size"):
        connections.set_pragmas(connection, {"cache_size": "many"})
    connection.close()


def test_a_newer_format_is_refused_and_left_alone(path: Path) -> None:
    SqliteStore(str(path)).close()
    connection = connections.open_writer(str(path))
    connection.pragma("user_version", format.FORMAT + 1)
    connection.close()
    before = path.read_bytes()
    with pytest.raises(Invalid) as caught:
        SqliteStore(str(path))
    assert caught.value.code == "newer_format"
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"x"])
def test_a_file_of_another_kind_is_refused_and_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(Invalid) as caught:
        SqliteStore(str(path))
    assert caught.value.code == "not_a_realm"
    assert path.read_bytes() == content


def test_another_program_s_database_is_refused(path: Path) -> None:
    connection = apsw.Connection(str(path))
    connection.execute("CREATE TABLE theirs(a)")
    connection.close()
    with pytest.raises(Invalid, match="other SQLite"):
        SqliteStore(str(path))


def test_a_missing_or_empty_file_is_only_made_when_asked(path: Path) -> None:
    with pytest.raises(Invalid, match="no such file"):
        SqliteStore(str(path), create=False)
    path.touch()
    with pytest.raises(Invalid, match="empty"):
        SqliteStore(str(path), create=False)
    SqliteStore(str(path)).close()
    assert SqliteStore(str(path), create=False).streams() == []


def test_a_folder_that_is_not_there_is_told_plainly(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as caught:
        SqliteStore(str(tmp_path / "nowhere" / "realm.loom"))
    assert caught.value.code == "store_failed"
    assert "nowhere" in in_terminal(caught.value) and "nowhere" not in str(caught.value.wire())


def test_time_and_length_call_for_a_checkpoint(path: Path) -> None:
    clock = Clock()
    store = SqliteStore(str(path), clock=clock)
    writer = Writer(store.open_stream("plaza"))
    store.maintain()
    store.commit([writer.group("a")])
    before = path.stat().st_size
    clock.now += 0.5
    store.maintain()
    assert path.stat().st_size == before
    clock.now += 1.0
    store.commit([writer.group(*["x"] * 500)])
    store.maintain()
    after = path.stat().st_size
    assert after > before
    while store.file.wal_pages < LIMITS.checkpoint_pages_max:
        store.commit([writer.group(*["x" * 200] * 2_000)])
    while store.file.wal_pages:
        store.maintain()
    assert path.stat().st_size > after
    store.close()


def test_a_long_log_is_brought_into_the_file_while_commits_go_on(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tight = dataclasses.replace(LIMITS, checkpoint_pages_max=100, checkpoint_seconds_max=1e9)
    monkeypatch.setattr("worldloom.stores.realm_file.LIMITS", tight)
    store = SqliteStore(str(path))
    writer = Writer(store.open_stream("plaza"))
    longest = count = beside = 0
    for _ in range(200):
        assert store.commit([writer.group(*["x" * 500] * 40)]) == [None]
        count += 40
        longest = max(longest, store.file.wal_pages)
        store.maintain()
        beside += store.file._copier is not None
    assert beside, "a commit came while the log was copied, or had just been"
    assert path.stat().st_size > 500 * count // 2, "most is in the file"
    assert longest < LIMITS.checkpoint_pages_max, "the log begins anew"
    store.close()
    assert not path.with_name(path.name + "-wal").exists()
    kept = SqliteStore(str(path), create=False)
    assert sum(1 for _ in kept.records(writer.stream, 0, count)) == count
    kept.close()


def test_the_log_beside_the_file_stays_bounded_without_a_committer(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tight = dataclasses.replace(LIMITS, wal_pages_max=50)
    monkeypatch.setattr("worldloom.stores.sqlite.LIMITS", tight)
    store = SqliteStore(str(path))
    writer = Writer(store.open_stream("plaza"))
    for _ in range(40):
        store.commit([writer.group(*["x" * 500] * 40)])
    assert os.path.getsize(f"{path}-wal") < 150 * format.PAGE_BYTES
    store.close()


def test_expired_answers_are_swept(path: Path) -> None:
    clock = Clock()
    store = SqliteStore(str(path), clock=clock, now_us=lambda: 500)
    group = Writer(store.open_stream("plaza")).group("a")
    group.answer = ("key", 400, b"{}")
    store.commit([group])
    clock.now += 61
    store.maintain()
    assert store.answer("key", 0) is None
    store.close()


def test_readers_on_many_threads_see_only_whole_groups(path: Path) -> None:
    store = SqliteStore(str(path))
    writer = Writer(store.open_stream("plaza"))
    torn: list[int] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            count = sum(1 for _ in store.records(writer.stream, 0, 10_000))
            if count % 3:
                torn.append(count)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(60):
        store.commit([writer.group("a", "b", "c")])
        store.maintain()
    done.set()
    for thread in threads:
        thread.join()
    assert torn == []
    store.close()
    assert files_beside(path) == ["realm.loom"]


def test_a_reader_still_busy_at_the_stop_is_closed_when_it_ends(path: Path) -> None:
    store = SqliteStore(str(path))
    with store.file.reading() as reader:
        assert reader.pragma("query_only") == 1
        store.close()
    assert not store.file._readers


def test_a_damaged_or_foreign_snapshot_is_passed_over(path: Path) -> None:
    store = SqliteStore(str(path))
    writer = Writer(store.open_stream("plaza"))
    for seq in (1, 2, 3):
        store.commit([writer.group("a")])
        store.save_snapshot(writer.stream, seq, b"h" * 32, writer.head, b"body %d" % seq)
    with store.file.writing() as connection:
        low = writer.stream << format.SEQ_BITS
        connection.execute("UPDATE snapshot SET body=x'0102' WHERE id=?", (low | 3,))
        connection.execute("UPDATE snapshot SET head=x'00' WHERE id=?", (low | 2,))
    assert store.snapshot(writer.stream, 9) == (1, b"h" * 32, b"body 1")
    store.close()


def test_a_lost_record_or_tail_is_told_and_not_skipped(path: Path) -> None:
    store = SqliteStore(str(path))
    writer = Writer(store.open_stream("plaza"))
    store.commit([writer.group("a", "b", "c", "d")])
    low = writer.stream << format.SEQ_BITS
    for lost in (4, 2):
        with store.file.writing() as connection:
            connection.execute("DELETE FROM record WHERE id=?", (low | lost,))
        with pytest.raises(Unavailable) as caught:
            list(store.records(writer.stream, 0, 4))
        assert caught.value.code == "store_corrupt"
        with pytest.raises(Unavailable) as caught:
            list(store.pages(writer.stream, 0, 4))
        assert caught.value.code == "store_corrupt"
    store.close()


def test_a_record_that_is_no_bytes_is_told_in_a_page_too(path: Path) -> None:
    store = SqliteStore(str(path))
    writer = Writer(store.open_stream("plaza"))
    store.commit([writer.group("a", "b", "c")])
    low = writer.stream << format.SEQ_BITS
    with store.file.writing() as connection:
        connection.execute("UPDATE record SET body='words' WHERE id=?", (low | 2,))
    with pytest.raises(Unavailable, match="no record at 2"):
        list(store.pages(writer.stream, 0, 3))
    store.close()


def test_a_lost_chunk_of_an_asset_is_told(path: Path) -> None:
    store = SqliteStore(str(path))
    sha = store.put_asset(b"x" * 600_000, "x/y")
    with store.file.writing() as connection:
        connection.execute("DELETE FROM asset_chunk WHERE id=(SELECT max(id) FROM asset_chunk)")
    with pytest.raises(Unavailable, match="chunk 2"):
        list(store.read_asset(sha))
    store.close()


def test_half_uploads_and_half_imports_are_gone_after_a_restart(path: Path) -> None:
    store = SqliteStore(str(path))
    kept = Writer(store.open_stream("plaza"))
    staged = Writer(store.open_stream(f"{STAGING}1"))
    store.commit([kept.group("a"), staged.group("b")])
    store.commit([staged.group("c")])
    store.save_snapshot(staged.stream, 1, b"", staged.head, b"")
    with store.file.writing() as connection:
        connection.execute("INSERT INTO asset_chunk VALUES(?, x'00')", (5 << format.CHUNK_BITS,))
    assert [head.name for head in store.streams()] == ["plaza"]
    store.close()
    again = SqliteStore(str(path))
    with again.file.reading() as reader:
        assert reader.execute("SELECT count(*) FROM asset_chunk").get == 0
        assert reader.execute("SELECT count(*) FROM record").get == 1
        assert reader.execute("SELECT count(*) FROM stream").get == 1
    assert list(again.batches()) == [(1, [(kept.stream, 1, 1)])]
    again.close()


def test_two_uploads_of_one_file_at_once_keep_one(path: Path) -> None:
    store = SqliteStore(str(path))
    data = os.urandom(3_000_000)
    threads = [threading.Thread(target=store.put_asset, args=(data, "x/y")) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.assets()) == 1
    with store.file.reading() as reader:
        assert reader.execute("SELECT count(*) FROM asset_chunk").get == 12
    store.close()


def test_an_upload_swept_away_by_another_process_is_told(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqliteStore(str(path))
    insert = assets.insert_chunks

    def sweep_after(connection: apsw.Connection, asset: int, first: int, some: list[bytes]) -> None:
        insert(connection, asset, first, some)
        SqliteStore(str(path)).close()

    monkeypatch.setattr(assets, "insert_chunks", sweep_after)
    with pytest.raises(Unavailable, match="cut off"):
        store.put_asset(b"x" * 3_000_000, "x/y")
    assert store.assets() == []
    store.close()


def test_a_stream_is_renamed_unless_the_name_is_taken(path: Path) -> None:
    store = SqliteStore(str(path))
    store.open_stream("a")
    store.open_stream("b")
    store.rename_stream("a", "c")
    with pytest.raises(Conflict) as caught:
        store.rename_stream("b", "c")
    assert caught.value.code == "name_taken"
    with pytest.raises(NotFound):
        store.rename_stream("nobody", "d")
    assert [head.name for head in store.streams()] == ["c", "b"]
    store.drop_staged(f"{STAGING}none")
    store.close()


def test_a_second_process_s_stale_groups_are_refused(path: Path) -> None:
    first, second = SqliteStore(str(path)), SqliteStore(str(path))
    one, two = Writer(first.open_stream("plaza")), Writer(second.open_stream("plaza"))
    assert first.commit([one.group("a")]) == [None]
    assert isinstance(second.commit([two.group("b")])[0], Conflict)
    assert second.commit([Writer(second.open_stream("plaza")).group("c")]) == [None]
    first.close()
    second.close()
    assert files_beside(path) == ["realm.loom"]


def test_who_reads_does_not_wait_for_a_commit(tmp_path: Path) -> None:
    store = SqliteStore(str(tmp_path / "r.loom"))
    with store.file.writing():
        reader = threading.Thread(target=store.streams)
        reader.start()
        reader.join(30)
        assert not reader.is_alive()
    store.close()
