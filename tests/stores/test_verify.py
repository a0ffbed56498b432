"""Promised: whatever byte is damaged, the first bad seq is named, never a stack trace."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tests.stores.logs import Writer
from worldloom.kernel.errors import Invalid, WorldloomError
from worldloom.kernel.records import read
from worldloom.kernel.state import State
from worldloom.stores import format
from worldloom.stores.connections import open_writer
from worldloom.stores.sqlite import SqliteStore
from worldloom.stores.verify import Report, SavedRoot, verify

RECORDS = 240


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a realm with two streams, a snapshot, assets, cursors, answers and settings."""
    path = tmp_path_factory.mktemp("sound") / "realm.loom"
    store = SqliteStore(str(path))
    plaza, people = Writer(store.open_stream("plaza")), Writer(store.open_stream("people"))
    for _ in range(RECORDS // 3):
        group = plaza.group("tree", "house", "lantern")
        group.cursors = (("on", plaza.stream, b"7"),)
        group.answer = (f"key{plaza.seq}", 10**17, b"{}")
        store.commit([group, people.group("ada")])
    state = State()
    for record in read(store.records(plaza.stream, 0, 120)):
        state.fold(record)
    store.save_snapshot(plaza.stream, 120, state.state_hash(), state.head, state.encode_snapshot())
    store.put_asset(os.urandom(300_000), "x/y")
    store.set_meta("secret", b"s" * 32)
    store.close()
    return path


@pytest.fixture
def path(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sound, tmp_path / "realm.loom"))


def change(path: Path, *statements: str) -> None:
    connection = open_writer(str(path))
    for statement in statements:
        connection.execute(statement).fetchall()
    connection.close()


def first_bad(report: Report, name: str = "plaza") -> int | None:
    return next(s.first_bad_seq for s in report.streams if s.name == name)


def test_a_sound_realm_checks_and_tells_its_roots(path: Path) -> None:
    report = verify(str(path))
    assert report.ok, report.lines()
    assert [(s.name, s.seq) for s in report.streams] == [("plaza", RECORDS), ("people", 80)]
    store = SqliteStore(str(path))
    plaza = Writer(store.open_stream("plaza"))
    state = State()
    for record in read(store.records(plaza.stream, 0, RECORDS)):
        state.fold(record)
    assert report.streams[0].root == plaza.frontier.root().hex()
    assert report.streams[0].state_hash == state.state_hash().hex()
    assert "240 records are good" in report.lines()[0]
    store.close()


def test_a_running_realm_is_checked_as_of_one_moment(path: Path) -> None:
    store = SqliteStore(str(path))
    plaza = Writer(store.open_stream("plaza"))
    store.commit([plaza.group("new")])
    assert verify(str(path)).streams[0].seq == RECORDS + 1
    store.close()


def test_a_closed_realm_in_a_folder_that_cannot_be_written_is_checked(path: Path) -> None:
    path.chmod(0o444)
    path.parent.chmod(0o555)
    try:
        assert verify(str(path)).ok
    finally:
        path.parent.chmod(0o755)


LOW = 1 << format.SEQ_BITS
DAMAGE: dict[str, tuple[str, int]] = {
    "a body": (f"UPDATE record SET body=body||x'00' WHERE id={LOW | 50}", 50),
    "a hash": (f"UPDATE record SET hash=zeroblob(32) WHERE id={LOW | 51}", 51),
    "a body's type": (f"UPDATE record SET body='text' WHERE id={LOW | 52}", 52),
    "a lost record": (f"DELETE FROM record WHERE id={LOW | 53}", 53),
    "a lost first record": (f"DELETE FROM record WHERE id={LOW | 1}", 1),
    "a lost tail": (f"DELETE FROM record WHERE id>{LOW | 230} AND id<={LOW | 300}", 231),
    "a head's seq too low": ("UPDATE stream SET seq=200 WHERE id=1", 201),
    "a head's hash": ("UPDATE stream SET head=zeroblob(32) WHERE id=1", 241),
    "a frontier": ("UPDATE stream SET frontier=x'' WHERE id=1", 241),
    "a head cut in a group": (
        f"UPDATE stream SET seq=239, head=(SELECT hash FROM record WHERE id={LOW | 239})"
        " WHERE id=1",
        240,
    ),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_the_first_bad_seq_is_named(path: Path, name: str) -> None:
    statement, seq = DAMAGE[name]
    change(path, statement)
    report = verify(str(path))
    assert not report.ok
    assert first_bad(report) == seq
    assert first_bad(report, "people") is None
    assert f"plaza: first bad seq {seq}" in report.lines()[0]


def test_a_rewritten_history_is_found_by_its_torn_last_group(path: Path) -> None:
    store = SqliteStore(str(path))
    torn = Writer(store.open_stream("torn"))
    whole = torn.part(["a", "b"])
    store.close()
    body, hash = (one.hex() for one in whole.rows[:2])
    change(
        path,
        f"INSERT INTO record VALUES({3 << format.SEQ_BITS | 1}, x'{body}', x'{hash}')",
        f"UPDATE stream SET seq=1, head=x'{hash}', frontier=x'{hash}' WHERE id=3",
    )
    assert first_bad(verify(str(path)), "torn") == 2


def test_records_without_a_name_are_reported(path: Path) -> None:
    change(path, "DELETE FROM stream WHERE id=1")
    assert first_bad(verify(str(path)), "?1") == RECORDS + 1


PROBLEMS: dict[str, tuple[str, str]] = {
    "a snapshot's body": ("UPDATE snapshot SET body=x'00'", "snapshot at 120"),
    "a snapshot's hash": ("UPDATE snapshot SET state_hash=zeroblob(32)", "snapshot at 120"),
    "an asset's bytes": ("UPDATE asset_chunk SET data=zeroblob(9)", "asset"),
    "an asset's chunks": ("DELETE FROM asset_chunk", "asset"),
    "the order": ("DELETE FROM batch WHERE pos=3", "order of commits"),
    "the order's end": ("DELETE FROM batch WHERE pos=80", "order of commits"),
    "the order's type": ("UPDATE batch SET ranges=7 WHERE pos=3", "order of commits"),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_damage_outside_the_records_is_reported(path: Path, name: str) -> None:
    statement, told = PROBLEMS[name]
    change(path, statement)
    report = verify(str(path))
    assert not report.ok
    assert first_bad(report) is None
    assert told in report.problems[0]


def saved_of(path: Path) -> SavedRoot:
    plaza = verify(str(path)).streams[0]
    answer = {"name": "plaza", "title": "The plaza", "seq": plaza.seq, "root": plaza.root}
    return msgspec.json.decode(msgspec.json.encode({**answer, "visitors": 3}), type=SavedRoot)


def test_a_saved_root_matches_now_and_after_more_history(path: Path) -> None:
    saved = saved_of(path)
    store = SqliteStore(str(path))
    store.commit([Writer(store.open_stream("plaza")).group("later")])
    store.close()
    assert verify(str(path), saved).ok
    assert verify(str(path), SavedRoot(saved.seq, saved.root)).ok


def test_a_missing_tail_shows_against_a_saved_root(path: Path) -> None:
    shorter = path.with_name("before.loom")
    shutil.copy(path, shorter)
    store = SqliteStore(str(path))
    store.commit([Writer(store.open_stream("plaza")).group("seen", "by", "someone")])
    store.close()
    saved = saved_of(path)
    assert verify(str(shorter)).ok
    assert first_bad(verify(str(shorter), saved)) == RECORDS + 1


def test_another_history_shows_against_a_saved_root(path: Path) -> None:
    saved = saved_of(path)
    other = SavedRoot(saved.seq, "00" * 32, name="plaza")
    assert first_bad(verify(str(path), other)) == RECORDS
    nameless = SavedRoot(saved.seq, "00" * 32)
    assert "no world has the saved root" in verify(str(path), nameless).problems[0]


def test_a_missing_file_or_another_format_is_refused(path: Path) -> None:
    with pytest.raises(Invalid, match="no such file"):
        verify(str(path.with_name("nowhere.loom")))
    change(path, "PRAGMA user_version=99")
    with pytest.raises(Invalid) as caught:
        verify(str(path))
    assert caught.value.code == "newer_format"


@pytest.mark.parametrize("flip_seed", range(6))
def test_a_flipped_bit_anywhere_is_named_or_harmless(path: Path, flip_seed: int) -> None:
    sound = path.read_bytes()
    choose = random.Random(flip_seed)
    rows = [(s.seq, s.root, s.state_hash) for s in verify(str(path)).streams]
    for _ in range(25):
        place = choose.randrange(len(sound))
        flipped = bytearray(sound)
        flipped[place] ^= 1 << choose.randrange(8)
        path.write_bytes(flipped)
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        _check_flipped(path, rows)


def _check_flipped(path: Path, rows: list[tuple[int, str, str]]) -> None:
    try:
        report = verify(str(path))
    except WorldloomError as error:
        assert error.code in ("newer_format", "older_format", "not_a_realm")
        return
    if report.ok:
        assert [(s.seq, s.root, s.state_hash) for s in report.streams] == rows
    _use_as_a_server_would(path)


def _use_as_a_server_would(path: Path) -> None:
    """A damaged file gives the store's own errors, never the engine's."""
    calls: list[Callable[[SqliteStore], object]] = [
        lambda store: [list(store.records(head.id, 0, 999)) for head in store.streams()],
        lambda store: store.snapshot(1, 999),
        lambda store: [list(store.read_asset(sha)) for sha in store.assets()],
        lambda store: store.commit([Writer(store.open_stream("plaza")).group("a")]),
    ]
    try:
        store = SqliteStore(str(path))
    except WorldloomError:
        return
    for call in calls:
        try:
            call(store)
        except WorldloomError as error:
            assert error.code in ("store_corrupt", "store_failed")
    store.close()


TABLES = ("stream", "record", "batch", "snapshot", "answer", "cursor", "meta", "asset_chunk")


@pytest.mark.parametrize("table", [*TABLES, "asset", "sqlite_autoindex_stream_1"])
@pytest.mark.parametrize("filler", [b"\x00", b"\x0d", b"\xff"])
def test_a_table_whose_page_is_lost_is_reported(path: Path, table: str, filler: bytes) -> None:
    connection = open_writer(str(path))
    query = "SELECT rootpage FROM sqlite_schema WHERE name=?"
    page = connection.execute(query, (table,)).get
    connection.close()
    content = bytearray(path.read_bytes())
    start = (page - 1) * format.PAGE_BYTES
    content[start : start + format.PAGE_BYTES] = filler * format.PAGE_BYTES
    path.write_bytes(content)
    report = verify(str(path))
    assert not report.ok
    if table == "record":
        assert first_bad(report) == 1
    _use_as_a_server_would(path)


def test_a_file_that_is_no_database_any_more_is_bad_from_the_first_record(path: Path) -> None:
    path.write_bytes(b"\x00" * 20_000)
    assert first_bad(verify(str(path)), "?") == 1
    path.write_bytes(b"noise" * 5_000)
    assert first_bad(verify(str(path)), "?") == 1


def test_a_file_cut_short_is_reported(path: Path) -> None:
    content = path.read_bytes()
    for length in (300, 5_000, len(content) // 2, len(content) - 9_000):
        path.write_bytes(content[:length])
        assert not verify(str(path)).ok


def test_nothing_is_left_beside_a_file_that_was_checked(path: Path) -> None:
    verify(str(path))
    assert os.listdir(path.parent) == ["realm.loom"]
