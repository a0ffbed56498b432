"""A realm file from elsewhere cannot act by itself, lead in circles or pass as another kind."""

from __future__ import annotations

import time
from pathlib import Path

import apsw
import pytest

from worldloom.kernel.components import Color
from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.realm import Realm
from worldloom.kernel.world import World
from worldloom.stores.sqlite import SqliteStore
from worldloom.stores.transfer import export_world, import_world
from worldloom.stores.verify import verify

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT i, i, i FROM n"


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Return a closed realm with one world."""
    path = str(tmp_path / "realm.loom")
    store = SqliteStore(path)
    store.open_stream("garden")
    store.set_meta("world:garden", b"\x92\xa1a\xc3")
    store.put_asset(b"a sound", "audio/ogg")
    store.close()
    return path


def write(path: str, *statements: str) -> None:
    connection = apsw.Connection(path)
    for statement in statements:
        connection.execute(statement).fetchall()
    connection.close()


@pytest.mark.parametrize(
    "statements",
    [
        ("CREATE TRIGGER t AFTER INSERT ON record BEGIN DELETE FROM record; END",),
        ("ALTER TABLE record RENAME TO old", f"CREATE VIEW record(id, body, hash) AS {ENDLESS}"),
        ("ALTER TABLE meta ADD COLUMN more AS (key) VIRTUAL",),
        ("CREATE VIRTUAL TABLE words USING fts5(word)",),
        ("PRAGMA user_version=-1",),
    ],
    ids=("trigger", "view", "computed", "virtual", "format"),
)
def test_a_file_that_acts_by_itself_is_no_realm(
    path: str, tmp_path: Path, statements: tuple[str, ...]
) -> None:
    write(path, *statements)
    own = SqliteStore(str(tmp_path / "own.loom"))
    for opening in (
        lambda: SqliteStore(path),
        lambda: import_world(path, own),
        lambda: export_world(path, "garden", str(tmp_path / "out.loom")),
    ):
        with pytest.raises(WorldloomError) as caught:
            opening()
        assert caught.value.code in ("not_a_realm", "older_format")
    own.close()
    try:
        assert not verify(path).ok
    except WorldloomError as error:
        assert error.code == "older_format"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE stream SET parent=id",
        "UPDATE stream SET fork=seq+1",
        "UPDATE stream SET name=x'00ff'",
        "UPDATE stream SET frontier=7",
        "UPDATE meta SET value='text'",
        "UPDATE asset SET media=x'61'",
        "UPDATE asset SET size='many'",
    ],
)
def test_a_small_table_that_holds_what_it_never_would_is_told(
    path: str, tmp_path: Path, statement: str
) -> None:
    write(path, statement)
    own = SqliteStore(str(tmp_path / "own.loom"))
    for opening in (lambda: SqliteStore(path), lambda: import_world(path, own)):
        with pytest.raises(WorldloomError) as caught:
            opening()
        assert caught.value.code == "store_corrupt"
    assert own.streams() == []
    own.close()


@pytest.mark.parametrize("value", ["body=7", "body='text'", "hash=7", "hash='text'"])
def test_a_record_of_another_type_is_told_wherever_it_is_read(
    path: str, tmp_path: Path, value: str
) -> None:
    store = SqliteStore(path)
    realm = Realm(store, lambda: 1, lambda count: bytes(count))
    world = World("bed")
    world.spawn("rose", Color("#ff0000"))
    realm.open(world)
    for sealed in realm.outbox:
        assert store.commit([sealed.group]) == [None]
    store.close()
    write(path, f"UPDATE record SET {value}")
    assert not verify(path).ok
    store = SqliteStore(path)
    for head in store.streams():
        if head.seq:
            with pytest.raises(WorldloomError) as caught:
                list(store.records(head.id, 0, head.seq))
            assert caught.value.code == "store_corrupt"
    store.close()
    own = SqliteStore(str(tmp_path / "own.loom"))
    with pytest.raises(WorldloomError):
        import_world(path, own, "bed")
    own.close()


def test_a_realm_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    """The key of its cookies and the secret of its running server are in it."""
    path = tmp_path / "realm.loom"
    store = SqliteStore(str(path))
    store.open_stream(f"w{time.time_ns()}")
    for file in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        assert file.stat().st_mode & 0o077 == 0, file
    store.close()
