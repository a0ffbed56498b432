"""Promised: both stores give a log's nodes at once, whatever was kept of them, lost or damaged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import apsw
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.stores.logs import Writer
from tests.stores.test_contract import MAKERS, AnyStore
from worldloom import Event, World
from worldloom.kernel.hashing import Frontier, root_of, verify_consistency, verify_inclusion
from worldloom.kernel.proofs import Nodes, consistency, frontier_at, inclusion
from worldloom.kernel.realm import Realm
from worldloom.stores.sqlite import SqliteStore
from worldloom.stores.tiles import TILES_A_TURN, TURNS_A_SECOND
from worldloom.stores.verify import verify


@pytest.fixture(params=MAKERS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnyStore]:
    made = MAKERS[request.param](tmp_path)
    yield made
    made.close()


class Ticked(Event, name="tiles.Ticked"):
    """A clock went on."""

    by: int


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def grow(store: AnyStore, writer: Writer, records: int, size: int = 50) -> None:
    """Commit groups of `size` records."""
    while records > 0:
        assert store.commit([writer.group(*["x"] * min(size, records))]) == [None]
        records -= size


def nodes_of(store: AnyStore, stream: int) -> Nodes:
    return lambda level, first, count: store.nodes(stream, level, first, count)


def leaves_of(store: AnyStore, stream: int) -> list[bytes]:
    return [hash for _, _, hash in store.records(stream, 0, 1 << 40)]


def kept(path: Path, stream: int, level: int) -> int:
    connection = apsw.Connection(str(path))
    query = "SELECT count(*) FROM tile WHERE stream=? AND level=?"
    count: int = connection.execute(query, (stream, level)).get
    connection.close()
    return count


def lose_tiles(path: Path) -> None:
    """Leave a file as it was before tiles came with their records."""
    connection = apsw.Connection(str(path))
    connection.execute("DELETE FROM tile")
    connection.close()


def test_the_nodes_of_a_stream_are_those_over_its_records(store: AnyStore) -> None:
    writer, other = (Writer(store.open_stream(name)) for name in ("plaza", "garden"))
    grow(store, writer, 900)
    grow(store, other, 300)
    leaves = leaves_of(store, writer.stream)
    assert store.nodes(writer.stream, 0, 250, 10) == leaves[250:260]
    roots = [root_of(leaves[at : at + 256]) for at in (0, 256, 512)]
    assert store.nodes(writer.stream, 8, 1, 2) == roots[1:]
    assert store.nodes(writer.stream, 8, 0, 3) == roots
    assert store.nodes(other.stream, 8, 0, 1) == [root_of(leaves_of(store, other.stream)[:256])]


def test_a_level_above_is_made_of_the_one_below(store: AnyStore) -> None:
    writer = Writer(store.open_stream("plaza"))
    grow(store, writer, 66_000, 3_000)
    leaves = leaves_of(store, writer.stream)
    assert store.nodes(writer.stream, 16, 0, 1) == [root_of(leaves[:65_536])]
    nodes = nodes_of(store, writer.stream)
    assert frontier_at(nodes, 65_800).root() == root_of(leaves[:65_800])


def test_proofs_hold_while_the_log_grows(store: AnyStore) -> None:
    writer = Writer(store.open_stream("plaza"))
    nodes = nodes_of(store, writer.stream)
    roots: dict[int, bytes] = {}
    for _ in range(12):
        grow(store, writer, 77, 7)
        frontier = Frontier.unpack(writer.seq, writer.frontier.pack())
        roots[writer.seq] = frontier.root()
        leaves = leaves_of(store, writer.stream)
        for index in (0, writer.seq // 2, writer.seq - 1):
            path = inclusion(nodes, frontier, index)
            assert verify_inclusion(leaves[index], index, writer.seq, path, frontier.root())
        for count, root in roots.items():
            path = consistency(nodes, frontier, count)
            assert verify_consistency(count, writer.seq, root, frontier.root(), path)


def test_upkeep_makes_few_tiles_at_once_and_all_in_the_end(tmp_path: Path) -> None:
    clock = Clock()
    path = tmp_path / "realm.loom"
    store = SqliteStore(str(path), clock=clock)
    busy, calm = (Writer(store.open_stream(name)) for name in ("busy", "calm"))
    grow(store, busy, 30 * 256, 1_000)
    grow(store, calm, 2 * 256)
    lose_tiles(path)
    clock.now += 1
    store.maintain()
    store.maintain()
    assert kept(path, busy.stream, 8) == TILES_A_TURN
    clock.now += 1 / TURNS_A_SECOND
    store.maintain()
    assert (kept(path, busy.stream, 8), kept(path, calm.stream, 8)) == (TILES_A_TURN, 2)
    for _ in range(9):
        clock.now += 1 / TURNS_A_SECOND
        store.maintain()
    assert kept(path, busy.stream, 8) == 30
    store.close()


def test_a_tile_comes_with_the_record_that_fills_it(tmp_path: Path) -> None:
    path = tmp_path / "realm.loom"
    store = SqliteStore(str(path))
    realm = Realm(store, lambda: 1, bytes)
    realm.open(World("plaza"))
    stream = realm.world("plaza")
    while stream.seq < 1_100:
        realm.note("plaza", "test", [Ticked(7)] * 70)
    groups = [sealed.group for sealed in realm.outbox]
    assert store.commit(groups[:5]) + store.commit(groups[5:]) == [None] * len(groups)
    assert kept(path, stream.stream, 8) == stream.seq >> 8
    leaves = leaves_of(store, stream.stream)
    roots = [root_of(leaves[at : at + 256]) for at in range(0, stream.seq - 255, 256)]
    assert store.nodes(stream.stream, 8, 0, stream.seq >> 8) == roots
    store.close()
    assert verify(str(path)).ok


@given(sizes=st.lists(st.integers(1, 700), min_size=1, max_size=12))
@example(sizes=[255, 1, 512, 1])
def test_a_tree_tells_of_each_block_that_it_fills(sizes: list[int]) -> None:
    leaves = [number.to_bytes(32, "big") for number in range(sum(sizes))]
    frontier, filled = Frontier(), list[bytes]()
    for size in sizes:
        filled += frontier.extend(leaves[frontier.count : frontier.count + size])
    ends = range(256, len(leaves) + 1, 256)
    assert filled == [root_of(leaves[end - 256 : end]) for end in ends]


def test_a_tile_whose_elder_is_not_kept_waits_for_upkeep(tmp_path: Path) -> None:
    path = tmp_path / "realm.loom"
    clock = Clock()
    store = SqliteStore(str(path), clock=clock)
    writer = Writer(store.open_stream("plaza"))
    grow(store, writer, 300)
    lose_tiles(path)
    grow(store, writer, 300)
    assert kept(path, writer.stream, 8) == 0
    clock.now += 1
    store.maintain()
    assert kept(path, writer.stream, 8) == 2
    assert store.nodes(writer.stream, 8, 1, 1) == [
        root_of(leaves_of(store, writer.stream)[256:512])
    ]
    store.close()


def test_a_file_from_before_there_were_tiles_gets_them_when_they_are_asked_for(
    tmp_path: Path,
) -> None:
    path = tmp_path / "realm.loom"
    store = SqliteStore(str(path))
    writer = Writer(store.open_stream("plaza"))
    grow(store, writer, 600)
    store.close()
    connection = apsw.Connection(str(path))
    connection.execute("DROP TABLE tile")
    connection.close()
    store = SqliteStore(str(path))
    assert store.nodes(writer.stream, 8, 1, 1) == [
        root_of(leaves_of(store, writer.stream)[256:512])
    ]
    assert kept(path, writer.stream, 8) == 2
    store.close()


@pytest.mark.parametrize("damage", ["node=x'00'", "node='text'", "number=9", "node=NULL"])
def test_a_tile_that_cannot_be_one_is_made_again(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "realm.loom"
    store = SqliteStore(str(path))
    writer = Writer(store.open_stream("plaza"))
    grow(store, writer, 800)
    before = store.nodes(writer.stream, 8, 0, 3)
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA ignore_check_constraints=1")
    if damage == "node=NULL":
        connection.execute("DELETE FROM tile WHERE number=1")
    else:
        connection.execute(f"UPDATE tile SET {damage} WHERE number=1")
    connection.close()
    assert store.nodes(writer.stream, 8, 0, 3) == before
    assert store.nodes(writer.stream, 8, 1, 1) == before[1:2]
    store.close()


def test_tiles_with_wrong_bytes_are_forgotten_and_made_again(store: AnyStore) -> None:
    writer = Writer(store.open_stream("plaza"))
    grow(store, writer, 300)
    before = store.nodes(writer.stream, 8, 0, 1)
    if isinstance(store, SqliteStore):
        with store.file.writing() as connection:
            connection.execute("UPDATE tile SET node=zeroblob(32)")
        assert store.nodes(writer.stream, 8, 0, 1) == [bytes(32)]
    store.forget_nodes(writer.stream)
    assert store.nodes(writer.stream, 8, 0, 1) == before


def damage(path: Path, change: str, where: str) -> None:
    connection = apsw.Connection(str(path))
    connection.execute(f"UPDATE tile SET node={change} WHERE {where}")
    connection.close()


@pytest.mark.parametrize("number", [0, 1, 2, 5])
def test_verify_names_a_tile_that_differs_from_its_records(tmp_path: Path, number: int) -> None:
    path = tmp_path / "realm.loom"
    store = SqliteStore(str(path))
    writer = Writer(store.open_stream("plaza"))
    grow(store, writer, 6 * 256 + 9)
    store.nodes(writer.stream, 8, 0, 6)
    store.close()
    assert verify(str(path)).ok
    for change in ("zeroblob(32)", "x'00'", "'text'"):
        damage(path, change, f"number={number}")
        report = verify(str(path))
        assert not report.ok
        (problem,) = report.problems
        assert problem.startswith(f"plaza: the tile that ends at {256 * (number + 1)} is damaged: ")
        assert report.streams[0].first_bad_seq is None, "the records are whole"


def test_verify_compares_the_tiles_of_tiles_too(tmp_path: Path) -> None:
    path = tmp_path / "realm.loom"
    store = SqliteStore(str(path))
    writer = Writer(store.open_stream("plaza"))
    grow(store, writer, 65_536 + 256, 3_000)
    store.nodes(writer.stream, 16, 0, 1)
    store.close()
    assert kept(path, writer.stream, 8) == 257
    assert verify(str(path)).ok
    damage(path, "zeroblob(32)", "level=16")
    (problem,) = verify(str(path)).problems
    assert problem.startswith("plaza: the tile that ends at 65536 is damaged")


def test_tiles_that_are_not_made_yet_are_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "realm.loom"
    store = SqliteStore(str(path))
    writer = Writer(store.open_stream("plaza"))
    grow(store, writer, 700)
    store.nodes(writer.stream, 8, 0, 1)
    store.close()
    assert verify(str(path)).ok
    connection = apsw.Connection(str(path))
    connection.execute("DROP TABLE tile")
    connection.close()
    assert verify(str(path)).ok


def test_a_fork_reads_what_it_shares_from_its_parents(tmp_path: Path) -> None:
    path = tmp_path / "realm.loom"
    store = SqliteStore(str(path))
    parent = Writer(store.open_stream("plaza"))
    grow(store, parent, 700)
    child = Writer(store.fork_stream("garden", parent.stream, 600))
    grow(store, child, 300)
    grow(store, parent, 300)
    grandchild = Writer(store.fork_stream("attic", child.stream, 800))
    grow(store, grandchild, 500)
    for writer in (grandchild, child, parent):
        leaves = leaves_of(store, writer.stream)
        assert len(leaves) == writer.seq
        assert store.nodes(writer.stream, 0, 500, 200) == leaves[500:700]
        blocks = writer.seq >> 8
        roots = [root_of(leaves[at << 8 : (at + 1) << 8]) for at in range(blocks)]
        assert store.nodes(writer.stream, 8, 0, blocks) == roots
        assert frontier_at(nodes_of(store, writer.stream), writer.seq).root() == root_of(leaves)
    # Two tiles are shared by all; the third is the first that each of them fills for itself.
    assert [kept(path, w.stream, 8) for w in (parent, child, grandchild)] == [3, 1, 2]
    store.close()


def test_upkeep_makes_a_fork_s_own_tiles_alone(tmp_path: Path) -> None:
    clock = Clock()
    path = tmp_path / "realm.loom"
    store = SqliteStore(str(path), clock=clock)
    parent = Writer(store.open_stream("plaza"))
    grow(store, parent, 1_000)
    child = Writer(store.fork_stream("garden", parent.stream, 900))
    grow(store, child, 300)
    for _ in range(4):
        clock.now += 1
        store.maintain()
    assert [kept(path, w.stream, 8) for w in (parent, child)] == [3, 1]
    store.forget_nodes(child.stream)
    assert [kept(path, w.stream, 8) for w in (parent, child)] == [0, 0]
    store.close()


def test_a_fork_is_proved_to_continue_its_parent(tmp_path: Path) -> None:
    store = SqliteStore(str(tmp_path / "realm.loom"))
    parent = Writer(store.open_stream("plaza"))
    grow(store, parent, 700)
    child = Writer(store.fork_stream("garden", parent.stream, 600))
    grow(store, child, 100)
    shared = root_of(leaves_of(store, parent.stream)[:600])
    path = consistency(nodes_of(store, child.stream), child.frontier, 600)
    assert verify_consistency(600, 700, shared, child.frontier.root(), path)
    store.close()


@given(lost=st.integers(1, 5), kept=st.lists(st.booleans(), min_size=1, max_size=6))
def test_no_tree_goes_on_from_what_was_not_kept(lost: int, kept: list[bool]) -> None:
    with TemporaryDirectory() as folder:
        check_trees(SqliteStore(f"{folder}/realm.loom"), lost, kept)


def check_trees(store: SqliteStore, lost: int, kept: list[bool]) -> None:
    writer = Writer(store.open_stream("plaza"))
    for is_kept in kept:
        doomed = Writer(store.open_stream("plaza"))
        store.lay_out([doomed.group(*["lost"] * lost)], 1_000)
        batches = [[writer.group(*["kept"] * lost)], [writer.group("kept")]]
        for batch in [store.lay_out(one, 1_000) for one in batches] if is_kept else batches:
            assert store.commit(batch) == [None]
        assert store.open_stream("plaza").frontier == writer.frontier.pack()
    assert root_of(leaves_of(store, writer.stream)) == writer.frontier.root()
    store.close()
