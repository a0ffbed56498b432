"""Promised: an older file is lifted on a copy and kept; a failing step leaves it as it was."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import apsw
import pytest

from tests.stores.logs import Writer
from worldloom.kernel.errors import Invalid, Unavailable
from worldloom.kernel.ports import StreamHead
from worldloom.stores import format, migration
from worldloom.stores.connections import open_writer
from worldloom.stores.sqlite import SqliteStore
from worldloom.stores.verify import verify

DRAFT = """
CREATE TABLE stream(id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, seq INTEGER NOT NULL,
                    head BLOB NOT NULL, frontier BLOB NOT NULL);
CREATE TABLE record(id INTEGER PRIMARY KEY, body BLOB NOT NULL, hash BLOB NOT NULL);
CREATE TABLE snapshot(id INTEGER PRIMARY KEY, body BLOB NOT NULL);
"""


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """Make a file of format 0 with one world of 5 records."""
    path = tmp_path / "realm.loom"
    connection = apsw.Connection(str(path))
    connection.pragma("journal_mode", "wal")
    connection.execute(DRAFT)
    connection.pragma("application_id", format.APPLICATION_ID)
    writer = Writer(StreamHead(1, "plaza", 0, bytes(32), b""))
    for id, body, hash in (*writer.part(["a", "b"]).records(), *writer.part(["c"] * 3).records()):
        connection.execute("INSERT INTO record VALUES(?,?,?)", (1 << 40 | id, body, hash))
    connection.execute(
        "INSERT INTO stream VALUES(1, 'plaza', 5, ?, ?)", (writer.head, writer.frontier.pack())
    )
    connection.execute("INSERT INTO stream VALUES(2, 'empty', 0, zeroblob(32), x'')")
    connection.execute("INSERT INTO snapshot VALUES(?, x'00')", (1 << 40 | 5,))
    connection.close()
    return path


def test_an_older_file_is_lifted_and_the_old_one_kept(draft: Path) -> None:
    before = draft.read_bytes()
    store = SqliteStore(str(draft))
    writer = Writer(store.open_stream("plaza"))
    assert writer.seq == 5
    assert store.commit([writer.group("d")]) == [None]
    store.close()
    assert verify(str(draft)).ok
    assert draft.with_name("realm.loom.bak").read_bytes() == before
    assert sorted(os.listdir(draft.parent)) == ["realm.loom", "realm.loom.bak"]


def test_snapshots_of_the_form_before_undo_are_dropped(tmp_path: Path) -> None:
    path = str(tmp_path / "realm.loom")
    SqliteStore(path).close()
    connection = apsw.Connection(path)
    for column in ("parent", "fork"):
        connection.execute(f"ALTER TABLE stream DROP COLUMN {column}")
    connection.execute("INSERT INTO snapshot VALUES(1, x'', x'', x'00')")
    connection.pragma("user_version", 1)
    connection.close()
    store = SqliteStore(path)
    store.close()
    assert apsw.Connection(path).execute("SELECT count(*) FROM snapshot").get == 0


def test_an_earlier_backup_is_never_overwritten(draft: Path) -> None:
    draft.with_name("realm.loom.bak").write_bytes(b"precious")
    SqliteStore(str(draft)).close()
    assert draft.with_name("realm.loom.bak").read_bytes() == b"precious"
    assert draft.with_name("realm.loom.bak2").exists()


def test_a_crash_between_keeping_and_swapping_is_taken_up_again(draft: Path) -> None:
    os.link(draft, draft.with_name("realm.loom.bak"))
    draft.with_name("realm.loom.migrating").write_bytes(b"half a copy")
    SqliteStore(str(draft)).close()
    assert sorted(os.listdir(draft.parent)) == ["realm.loom", "realm.loom.bak"]


def test_a_file_system_without_links_gets_a_copy(
    draft: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(source: str, target: str) -> None:
        raise OSError("links are not supported here")

    monkeypatch.setattr(os, "link", no_links)
    before = draft.read_bytes()
    SqliteStore(str(draft)).close()
    assert draft.with_name("realm.loom.bak").read_bytes() == before


def test_a_failing_step_leaves_the_old_file_as_it_was(
    draft: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(connection: apsw.Connection) -> None:
        connection.execute("DROP TABLE record").fetchall()
        raise apsw.FullError("database or disk is full")

    monkeypatch.setitem(format.MIGRATIONS, 0, fail)
    before = draft.read_bytes()
    with pytest.raises(Unavailable) as caught:
        SqliteStore(str(draft))
    assert caught.value.code == "disk_full"
    assert draft.read_bytes() == before
    assert os.listdir(draft.parent) == ["realm.loom"]


def test_a_lifted_copy_that_does_not_check_is_thrown_away(
    draft: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def harm(connection: apsw.Connection) -> None:
        format.from_draft(connection)
        connection.execute("PRAGMA writable_schema=1").fetchall()
        connection.execute(
            "DELETE FROM sqlite_schema WHERE name='sqlite_autoindex_asset_1'"
        ).fetchall()

    monkeypatch.setitem(format.MIGRATIONS, 0, harm)
    before = draft.read_bytes()
    with pytest.raises(Unavailable):
        SqliteStore(str(draft))
    assert draft.read_bytes() == before


def test_another_process_that_still_has_the_old_file_open_is_not_robbed(draft: Path) -> None:
    other = open_writer(str(draft))
    other.pragma("journal_mode")
    other.execute("SELECT count(*) FROM record").fetchall()
    with pytest.raises(Unavailable, match="still open"):
        SqliteStore(str(draft))
    other.close()
    SqliteStore(str(draft)).close()


def test_verify_asks_for_the_lift_instead_of_doing_it(draft: Path) -> None:
    with pytest.raises(Invalid) as caught:
        verify(str(draft))
    assert caught.value.code == "older_format"


def test_the_write_ahead_log_of_a_killed_server_is_lifted_too(draft: Path, tmp_path: Path) -> None:
    connection = apsw.Connection(str(draft))
    connection.execute("INSERT INTO stream VALUES(3, 'late', 0, zeroblob(32), x'')")
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in ("realm.loom", "realm.loom-wal"):
        shutil.copy(draft.with_name(file), copy / file)
    connection.close()
    store = SqliteStore(str(copy / "realm.loom"))
    assert [head.name for head in store.streams()] == ["plaza", "empty", "late"]
    store.close()


def test_every_older_format_has_its_step() -> None:
    assert sorted(format.MIGRATIONS) == list(range(format.FORMAT))
    assert migration.HEADER_BYTES == 512
