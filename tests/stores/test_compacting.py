"""Promised: a realm gets smaller, no fact is touched, and what goes wrong leaves it as it was."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import apsw
import pytest

from tests.kernel.host import Host
from tests.stores.logs import Writer
from tests.stores.test_tables import buyers, shop
from worldloom.kernel.errors import Conflict, Unavailable, WorldloomError
from worldloom.kernel.records import read_pages
from worldloom.kernel.state import State
from worldloom.stores import compacting, copies
from worldloom.stores.compacting import compact
from worldloom.stores.connections import open_writer
from worldloom.stores.sqlite import SqliteStore
from worldloom.stores.verify import verify


class Grown:
    """A closed realm with far too many snapshots and pages that nothing needs any more."""

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "realm.loom")
        store = SqliteStore(self.path)
        plaza = Writer(store.open_stream("plaza"))
        state = State()
        for _ in range(30):
            group = plaza.group("one", "two", "three")
            assert store.commit([group]) == [None]
            state.fold_all(read_pages(group.parts[0].records()))
            store.save_snapshot(
                plaza.stream, state.seq, state.state_hash(), state.head, state.encode_snapshot()
            )
        asset = store.put_asset(os.urandom(2_000_000), "image/png")
        fork = store.fork_stream("fork", plaza.stream, 30)
        assert store.commit([Writer(fork).group("its own")]) == [None]
        self.records = list(store.records(plaza.stream, 0, 99))
        self.stream, self.fork, self.hash = plaza.stream, fork.id, state.state_hash()
        store.close()
        writer = open_writer(self.path, create=False)
        writer.execute("DELETE FROM asset WHERE sha256=?", (asset,)).fetchall()
        writer.execute("DELETE FROM asset_chunk").fetchall()
        writer.close()

    def bytes(self) -> bytes:
        return Path(self.path).read_bytes()


@pytest.fixture
def grown(tmp_path: Path) -> Grown:
    return Grown(tmp_path)


def test_a_smaller_file_has_every_record_the_newest_snapshot_and_the_forks(grown: Grown) -> None:
    told: list[tuple[int, int]] = []
    done = compact(grown.path, lambda *far: told.append(far))
    assert done.after == os.path.getsize(grown.path) < done.before - 1_900_000
    assert done.snapshots > 20
    assert [*Path(grown.path).parent.iterdir()] == [Path(grown.path)]
    assert os.stat(grown.path).st_mode & 0o077 == 0, "people's keys are in it"
    store = SqliteStore(grown.path, create=False)
    assert list(store.records(grown.stream, 0, 99)) == grown.records
    found = store.snapshot(grown.stream, 90)
    assert found is not None and found[:2] == (90, grown.hash)
    assert len(list(store.records(grown.fork, 0, 99))) == 31
    store.close()
    assert verify(grown.path).ok
    again = compact(grown.path)
    assert (again.snapshots, again.before) == (0, again.after)


def rows_of(path: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return each table's rows, but of snapshots: they are a cache."""
    reader = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY)
    names = reader.execute("SELECT name FROM sqlite_schema WHERE type='table'").fetchall()
    found = {str(one): reader.execute(f'SELECT * FROM "{one}"').fetchall() for (one,) in names}
    reader.close()
    return {name: sorted(rows, key=repr) for name, rows in found.items() if name != "snapshot"}


def test_no_row_but_a_snapshot_is_another_after_it(grown: Grown) -> None:
    store = SqliteStore(grown.path, create=False)
    store.set_meta("setting", b"kept")
    asset = store.put_asset(os.urandom(300_000), "image/png")
    host = Host(store)
    host.open(shop(buyers()))
    for cents in (20, 30, 90):
        host.do("shop", "sell", buyer="ann", cents=cents)
    host.do("shop", "say", text="sealed under a key of one's own")
    host.store.maintain()
    store.close()
    before = rows_of(grown.path)
    assert compact(grown.path).snapshots > 20
    after = rows_of(grown.path)
    assert after == before
    filled = {name for name, rows in after.items() if rows}
    kept = {"record", "stream", "batch", "cursor", "meta", "asset", "asset_chunk", "person_key"}
    assert kept | {"secret", "projection"} <= filled
    assert any(name.startswith("table_buyers") for name in filled)
    store = SqliteStore(grown.path, create=False)
    assert len(b"".join(store.read_asset(asset))) == 300_000
    store.close()


def test_a_realm_that_is_open_is_left_alone(grown: Grown) -> None:
    store = SqliteStore(grown.path, create=False)
    writer = Writer(store.open_stream("plaza"))
    assert store.commit([writer.group("while it is open")]) == [None]
    with pytest.raises(Conflict) as caught:
        compact(grown.path)
    assert caught.value.code == "realm_in_use"
    assert store.commit([writer.group("and goes on")]) == [None]
    store.close()
    assert verify(grown.path).ok


def test_a_damaged_realm_is_not_swapped(grown: Grown) -> None:
    writer = open_writer(grown.path, create=False)
    newest = "(SELECT max(id) FROM record)"
    writer.execute(f"UPDATE record SET body=substr(body, 1, 9) WHERE id={newest}").fetchall()
    writer.close()
    before = grown.bytes()
    with pytest.raises(Unavailable) as caught:
        compact(grown.path)
    assert caught.value.code == "store_corrupt"
    assert grown.bytes() == before


@pytest.mark.parametrize("place", ["_copy_alone", "_shrink"])
def test_what_breaks_off_leaves_the_old_file_and_nothing_beside_it(
    grown: Grown, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    whole = getattr(compacting, place)

    def broken(*given: str) -> None:
        whole(*given)
        raise OSError("the disk went away")

    before = grown.bytes()
    monkeypatch.setattr(compacting, place, broken)
    with pytest.raises(WorldloomError):
        compact(grown.path)
    assert grown.bytes() == before
    assert [*Path(grown.path).parent.iterdir()] == [Path(grown.path)]


def test_a_copy_that_was_left_half_made_is_in_nobodys_way(grown: Grown) -> None:
    Path(f"{grown.path}.compacting").write_bytes(b"half")
    compact(grown.path)
    assert not os.path.exists(f"{grown.path}.compacting")
    copies.remove(f"{grown.path}.compacting")
