"""Promised: a table made anew from the log equals the one that grew with it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel.host import Host
from tests.stores.faulty_disk import FaultyDisk
from worldloom.kernel.errors import Invalid, Misused, NotFound, Unavailable
from worldloom.kernel.projection import Entry, Projection, Row, Rows
from worldloom.kernel.schema import Event
from worldloom.kernel.world import World
from worldloom.stores.memory import MemoryStore
from worldloom.stores.sqlite import SqliteStore
from worldloom.stores.tables import Tables


class Sold(Event, name="tables.Sold"):
    """Something was sold."""

    buyer: str
    cents: int


class Returned(Event, name="tables.Returned"):
    """Everything went back."""

    buyer: str


class Buyer(Row, frozen=True):
    """What somebody bought in all."""

    name: str
    cents: int
    first: int
    regular: bool = False
    note: str | None = None


def buyers(version: int = 1) -> Projection[Buyer]:
    """Return a table of who bought for how much."""
    table = Projection("buyers", Buyer, key=("name",), indexes=(("cents",),), version=version)

    @table.on(Sold)
    def sold(event: Sold, entry: Entry, rows: Rows[Buyer]) -> None:
        known = rows.get(event.buyer) or Buyer(event.buyer, 0, entry.seq)
        if event.cents == 13:
            raise ValueError("an unlucky price")
        cents = known.cents + event.cents
        rows.put(Buyer(event.buyer, cents, known.first, cents > 100))

    @table.on(Returned)
    def returned(event: Returned, entry: Entry, rows: Rows[Buyer]) -> None:
        rows.drop(event.buyer)

    return table


def shop(table: Projection[Buyer] | None = None) -> World:
    """Return a world that sells, and keeps a table of it if it is given one."""
    world = World("shop")
    if table is not None:
        world.project(table)

    @world.action
    def sell(buyer: str, cents: int) -> None:
        """Sell something."""
        world.append(Sold(buyer, cents))

    @world.action
    def take_back(buyer: str) -> None:
        """Take everything back."""
        world.append(Returned(buyer))

    return world


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    made: Any = MemoryStore() if request.param == "memory" else open_file(tmp_path)
    yield made
    made.close()


def open_file(folder: Path) -> Any:
    """Return a store in a file."""
    return SqliteStore(str(folder / "realm.loom"))


def rows_of(host: Host, **where: Any) -> list[Buyer]:
    """Return the table's rows."""
    host.store.maintain()
    return list(host.store.select(host.realm.world("shop").stream, "buyers", where, (), 1000).rows)


def test_a_table_grows_with_the_log(store: Any) -> None:
    host = Host(store)
    host.open(shop(buyers()))
    host.do("shop", "sell", buyer="ann", cents=70)
    host.do("shop", "sell", buyer="ben", cents=5)
    host.do("shop", "sell", buyer="ann", cents=50)
    assert rows_of(host) == [Buyer("ann", 120, 1, True), Buyer("ben", 5, 2)]
    assert rows_of(host, regular=False) == [Buyer("ben", 5, 2)]
    host.do("shop", "take_back", buyer="ann")
    assert rows_of(host) == [Buyer("ben", 5, 2)]


DEEDS = st.lists(
    st.tuples(st.sampled_from(["ann", "ben", "cid"]), st.integers(14, 90) | st.none()), max_size=40
)


@given(DEEDS)
@settings(deadline=None, max_examples=40)
def test_a_table_made_anew_equals_the_one_that_grew(deeds: list[tuple[str, int | None]]) -> None:
    check_rebuilding(Host(), deeds)


def check_rebuilding(host: Host, deeds: list[tuple[str, int | None]]) -> None:
    """Sell, then make the table anew beside the old one."""
    host.open(shop(buyers()))
    for buyer, cents in deeds:
        if cents is None:
            host.do("shop", "take_back", buyer=buyer)
        else:
            host.do("shop", "sell", buyer=buyer, cents=cents)
    grown = rows_of(host)
    host.open(shop(buyers(version=2)))
    assert rows_of(host) == grown


def test_a_table_in_a_file_is_made_anew_when_its_version_changes(tmp_path: Path) -> None:
    store = open_file(tmp_path)
    deeds: list[tuple[str, int | None]] = [("ann", 20), ("ben", 30), ("ann", None), ("cid", 99)]
    check_rebuilding(Host(store), deeds)
    tables = apsw.Connection(store.path).execute(
        "SELECT count(*) FROM sqlite_schema WHERE type='table' AND name LIKE 'table_buyers_%'"
    )
    assert tables.get == 1, "the old shape's table is gone"
    store.close()


def test_a_table_that_is_new_takes_in_what_was_before_it(store: Any) -> None:
    host = Host(store)
    host.open(shop())
    for number in range(30):
        host.do("shop", "sell", buyer=f"buyer {number:02}", cents=20 + number)
    host.open(shop(buyers()))
    host.do("shop", "sell", buyer="late", cents=1)
    assert [row.name for row in rows_of(host)] == [f"buyer {n:02}" for n in range(30)] + ["late"]


def test_a_table_goes_on_after_a_restart_where_it_stood(tmp_path: Path) -> None:
    first = open_file(tmp_path)
    host = Host(first)
    host.open(shop(buyers()))
    host.do("shop", "sell", buyer="ann", cents=70)
    first.close()
    second = open_file(tmp_path)
    again = Host(second)
    again.open(shop(buyers()))
    again.do("shop", "sell", buyer="ann", cents=1)
    assert rows_of(again) == [Buyer("ann", 71, 1)]
    second.close()


def test_a_handler_that_fails_stops_its_table_and_nothing_else(store: Any) -> None:
    host = Host(store)
    host.open(shop(buyers()))
    host.do("shop", "sell", buyer="ann", cents=70)
    host.do("shop", "sell", buyer="ben", cents=13)
    host.do("shop", "sell", buyer="ann", cents=1)
    found = store.select(host.realm.world("shop").stream, "buyers", {}, (), 10)
    assert (found.seq, found.rows) == (1, [Buyer("ann", 70, 1)])
    assert "record 2: ValueError: an unlucky price" in found.error
    assert host.realm.world("shop").durable_seq == 3


def test_a_commit_that_failed_leaves_no_trace_in_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_file(tmp_path)
    host = Host(store)
    host.open(shop(buyers()))
    host.do("shop", "sell", buyer="ann", cents=70)

    real = Tables.advance

    def fail(tables: Tables, *commit: Any) -> None:
        real(tables, *commit)
        raise apsw.FullError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(Tables, "advance", fail)
        with pytest.raises(Unavailable):
            host.do("shop", "sell", buyer="ann", cents=1)
    again = Host(store)
    again.open(shop(buyers()))
    again.do("shop", "sell", buyer="ann", cents=30)
    assert rows_of(again) == [Buyer("ann", 100, 1)]
    store.close()


def test_rows_come_in_pages_in_the_order_of_the_key(store: Any) -> None:
    host = Host(store)
    host.open(shop(buyers()))
    for name in ("cid", "ann", "ben"):
        host.do("shop", "sell", buyer=name, cents=20)
    stream = host.realm.world("shop").stream
    first = store.select(stream, "buyers", {}, (), 2)
    assert [row.name for row in first.rows] == ["ann", "ben"]
    assert [row.name for row in store.select(stream, "buyers", {}, ("ben",), 2).rows] == ["cid"]


class Lent(Event, name="tables.Lent"):
    """A thing was lent to somebody, or came back."""

    who: str
    thing: str
    back: bool = False


class Loan(Row, frozen=True):
    """Who has what, and how much they had when it came."""

    who: str
    thing: str
    had: int


def loans() -> Projection[Loan]:
    """Return a table whose handler looks rows up by the beginning of their key."""
    table = Projection("loans", Loan, key=("who", "thing"))

    @table.on(Lent)
    def lent(event: Lent, entry: Entry, rows: Rows[Loan]) -> None:
        has = rows.find(event.who)
        assert has == sorted(has, key=lambda row: row.thing) == [
            row for row in rows.find() if row.who == event.who
        ]  # fmt: skip
        assert all(rows.get(row.who, row.thing) == row for row in has)
        if event.back:
            rows.drop(event.who, event.thing)
        else:
            rows.put(Loan(event.who, event.thing, len(has)))

    return table


NAMES = st.sampled_from(["ann", "ben", "é"])
LENT = st.builds(Lent, NAMES, st.sampled_from(["axe", "bow", "cup"]), st.booleans())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(LENT, min_size=1, max_size=6), max_size=6), st.integers(0, 8))
def test_handlers_find_rows_by_the_beginning_of_their_key_in_every_store(
    groups: list[list[Lent]], limit: int
) -> None:
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for store in (MemoryStore(), SqliteStore(f"{folder}/r.loom")):
            host = Host(store)
            world = World("shop")
            world.project(loans())
            stream = host.open(world).stream
            for group in groups:
                host.realm.note("shop", "test", group)
                host.flush()
            slices = [store.select(stream, "loans", {}, (), 99)]
            for where, after in (({}, ("ben", "bow")), ({"who": "ben"}, ("ben", "bow")),
                                 ({"who": "ben"}, ("ann", "bow")), ({}, ())):  # fmt: skip
                for down in (False, True):
                    slices.append(store.select(stream, "loans", where, after, limit, down))
            slices.append(store.look_up(stream, "loans", ["é", "dan", "ann"]))
            found.append(slices)
            store.close()
    assert found[0] == found[1]
    assert not found[0][0].error
    whole = found[0][0].rows
    assert found[0][-2].rows == whole[::-1][:limit]
    assert found[0][-1].rows == [row for name in ("é", "ann") for row in whole if row.who == name]


class Moment(Row, frozen=True):
    """When something was sold, and by whom."""

    seq: int
    time: int
    actor: str


def test_a_table_that_is_made_in_parts_knows_the_moment_of_each_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worldloom.stores.sqlite.PAGE_ROWS", 3)
    moments = Projection("moments", Moment, key=("seq",))

    @moments.on(Sold)
    def sold(event: Sold, entry: Entry, rows: Rows[Moment]) -> None:
        rows.put(Moment(entry.seq, entry.time, entry.actor))

    host = Host(SqliteStore(str(tmp_path / "r.loom")))
    live = host.open(shop())
    host.realm.note("shop", "test", [Sold(f"b{number}", 1) for number in range(10)])
    host.flush()
    host.store.project(live.stream, "shop", moments)
    for _ in range(5):
        host.store.maintain()
    rows = host.store.select(live.stream, "moments", {}, (), 99).rows
    assert len(rows) == 10
    assert {(row.time, row.actor) for row in rows} == {(rows[0].time, rows[0].actor)}
    assert rows[0].time
    host.store.close()


def test_many_rows_of_one_commit_are_written_in_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worldloom.stores.tables.PENDING_ROWS_MAX", 3)
    host = Host(SqliteStore(str(tmp_path / "r.loom")))
    host.open(shop(buyers()))
    live = host.realm.world("shop")
    host.realm.note("shop", "test", [Sold(f"b{number}", 1) for number in range(10)])
    host.flush()
    rows = host.store.select(live.stream, "buyers", {}, (), 99).rows
    assert [row.name for row in rows] == [f"b{number}" for number in range(10)]
    host.store.close()


def test_an_unknown_table_or_column_is_told_by_name(store: Any) -> None:
    host = Host(store)
    host.open(shop(buyers()))
    stream = host.realm.world("shop").stream
    with pytest.raises(NotFound, match="its tables are buyers|no table stock"):
        store.select(stream, "stock", {}, (), 1)
    with pytest.raises(NotFound):
        store.look_up(stream, "stock", ["ann"])
    with pytest.raises(Invalid):
        store.select(stream, "buyers", {"colour": 1}, (), 1)


def test_a_table_that_cannot_be_is_refused_when_it_is_named() -> None:
    class Bad(Row, frozen=True):
        """A column that no table holds."""

        tags: tuple[str, ...]

    class Loose(Row, frozen=True):
        """A key that may be missing."""

        id: int | None

    for make in (
        lambda: Projection("Bad Name", Buyer, key=("name",)),
        lambda: Projection("bad", Bad, key=("tags",)),
        lambda: Projection("bad", Loose, key=("id",)),
        lambda: Projection("bad", Buyer, key=()),
        lambda: Projection("bad", Buyer, key=("colour",)),
    ):
        with pytest.raises(Misused) as caught:
            make()
        assert caught.value.code == "bad_table"


def test_a_value_of_another_type_stops_the_table(store: Any) -> None:
    table = Projection("odd", Buyer, key=("name",))

    @table.on(Sold)
    def sold(event: Sold, entry: Entry, rows: Rows[Buyer]) -> None:
        rows.put(Buyer(event.buyer, "much", 1))  # type: ignore[arg-type]

    world = shop()
    world.project(table)
    host = Host(store)
    host.open(world)
    host.do("shop", "sell", buyer="ann", cents=70)
    found = store.select(host.realm.world("shop").stream, "odd", {}, (), 10)
    assert "odd.cents is str, not int" in found.error


def test_a_second_process_on_the_file_neither_doubles_nor_loses_rows(tmp_path: Path) -> None:
    """Each stands where the file does, whatever it remembers."""
    one, two = Host(open_file(tmp_path)), Host(open_file(tmp_path))
    for host in (one, two):
        host.open(shop(buyers()))
    one.do("shop", "sell", buyer="ann", cents=70)
    refused = two.ask("shop", "sell", {"buyer": "ann", "cents": 1})
    assert refused.group is not None and refused.group.error is not None, "it has to read first"
    two.do("shop", "sell", buyer="ann", cents=5)
    assert rows_of(two) == rows_of(one) == [Buyer("ann", 75, 1)]
    store: Any = one.store
    with store.file.writing() as writer:
        writer.execute("DELETE FROM projection").fetchall()
    assert rows_of(two) == rows_of(one) == [Buyer("ann", 75, 1)]
    for host in (one, two):
        host.store.close()


def test_all_tables_of_new_code_are_kept_or_none_is(tmp_path: Path) -> None:
    disk = FaultyDisk("faulty-tables")
    host = Host(SqliteStore(str(tmp_path / "r.loom"), vfs=disk.name))
    live = host.open(shop(buyers()))
    host.do("shop", "sell", buyer="ann", cents=70)
    moments: Projection[Moment] = Projection("moments", Moment, key=("seq",))
    disk.bytes_left = 0
    with pytest.raises(Unavailable):
        host.store.project(live.stream, "shop", buyers(2), moments)
    disk.bytes_left = None
    host.do("shop", "sell", buyer="ann", cents=5)
    assert rows_of(host) == [Buyer("ann", 75, 1)]
    with pytest.raises(NotFound):
        host.store.select(live.stream, "moments", {}, (), 99)
    host.store.project(live.stream, "shop", buyers(2), moments)
    assert rows_of(host) == [Buyer("ann", 75, 1)]
    assert host.store.select(live.stream, "moments", {}, (), 99).rows == []
    host.store.close()
    disk.unregister()
