"""Promised: a fork reads as its parent's past and its own; neither of them ever changes the other.

Trees of forks are random; what is read, checked and carried is compared with plain lists.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import apsw
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.stores.logs import Writer
from worldloom.kernel.errors import Conflict, NotFound
from worldloom.kernel.hashing import root_of
from worldloom.kernel.live import load_state
from worldloom.kernel.ports import Group
from worldloom.kernel.proofs import frontier_at
from worldloom.kernel.records import read
from worldloom.kernel.state import State
from worldloom.stores import format
from worldloom.stores.connections import open_writer
from worldloom.stores.memory import MemoryStore
from worldloom.stores.sqlite import SqliteStore
from worldloom.stores.streams import STAGING
from worldloom.stores.transfer import export_world, import_world
from worldloom.stores.verify import Report, verify

AnyStore = MemoryStore | SqliteStore
MAKERS: dict[str, Callable[[Path], AnyStore]] = {
    "memory": lambda folder: MemoryStore(),
    "sqlite": lambda folder: SqliteStore(str(folder / "realm.loom")),
}
Row = tuple[int, bytes, bytes]


class Tree:
    """Worlds and their forks in a store, and beside them what each one should hold."""

    def __init__(self, store: AnyStore) -> None:
        self.store = store
        self.writers = {"w0": Writer(store.open_stream("w0"))}
        self.rows: dict[str, list[Row]] = {"w0": []}
        self.ends: dict[str, list[int]] = {"w0": [0]}

    def write(self, name: str, size: int) -> None:
        """Append a group to one world."""
        self.keep(name, [f"a thing of {name}"] * size)

    def keep(self, name: str, texts: list[str]) -> None:
        """Append a group that names these things."""
        part = self.writers[name].part(texts)
        assert self.store.commit([Group((part,))]) == [None]
        self.rows[name].extend(part.records())
        self.ends[name].append(len(self.rows[name]))

    def fork(self, name: str, seq: int) -> str:
        """Fork a world at or before a seq, where a group ends."""
        made = f"w{len(self.writers)}"
        head = self.store.fork_stream(made, self.writers[name].stream, seq)
        used = max(end for end in self.ends[name] if end <= seq)
        assert (head.seq, head.fork) == (used, used)
        self.writers[made] = Writer(head)
        self.rows[made] = self.rows[name][:used]
        self.ends[made] = [end for end in self.ends[name] if end <= used]
        return made

    def check(self, choose: random.Random) -> None:
        """Compare all that can be read of every world with what it should hold."""
        heads = {head.name: head for head in self.store.streams()}
        assert heads.keys() == self.writers.keys()
        for name, rows in self.rows.items():
            head = heads[name]
            assert list(self.store.records(head.id, 0, len(rows) + 9)) == rows
            after, until = sorted(choose.choices(range(len(rows) + 1), k=2))
            assert list(self.store.records(head.id, after, until)) == rows[after:until]
            assert head.seq == len(rows)
            assert head.head == (rows[-1][2] if rows else bytes(32))

            def nodes(level: int, first: int, count: int, stream: int = head.id) -> list[bytes]:
                return self.store.nodes(stream, level, first, count)

            assert frontier_at(nodes, until).root() == root_of(row[2] for row in rows[:until])
            assert load_state(self.store, head.id, until).state_hash() == _folded(
                rows, max(end for end in self.ends[name] if end <= until)
            )


def _folded(rows: list[Row], until: int) -> bytes:
    state = State()
    for record in read(rows[:until]):
        state.fold(record)
    return state.state_hash()


Step = tuple[int, int, int]
"""(which world, size of a group or 0 to fork, where in 64ths of the log)."""


def grow(store: AnyStore, steps: list[Step], snapshots: bool = True) -> Tree:
    """Do random deeds: groups, forks, and snapshots where a group ends."""
    tree = Tree(store)
    tree.write("w0", 3)
    for world, size, where in steps:
        name = f"w{world % len(tree.writers)}"
        if size:
            tree.write(name, size)
        else:
            tree.fork(name, len(tree.rows[name]) * where // 64)
        if snapshots and where % 5 == 0:
            head = next(head for head in store.streams() if head.name == name)
            state = load_state(store, head.id, head.seq)
            store.save_snapshot(
                head.id, state.seq, state.state_hash(), state.head, state.encode_snapshot()
            )
    return tree


STEPS = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 3), st.integers(0, 64)), max_size=25)


@pytest.mark.parametrize("kind", MAKERS)
@given(STEPS, st.integers(0, 99))
@example([(0, 0, 64), (1, 2, 1), (1, 0, 32), (2, 1, 1), (0, 2, 1)], 1)  # below the first fork
@settings(max_examples=25, deadline=None)
def test_any_tree_of_forks_reads_as_if_each_was_whole(
    kind: str, steps: list[Step], seed: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = MAKERS[kind](Path(folder))
        grow(store, steps).check(random.Random(seed))
        store.close()


@given(STEPS, st.integers(0, 99))
@settings(max_examples=15, deadline=None)
def test_any_tree_of_forks_is_whole_after_a_restart_and_verifies(
    steps: list[Step], seed: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = MAKERS["sqlite"](Path(folder))
        tree = grow(store, steps)
        store.close()
        path = str(Path(folder) / "realm.loom")
        report = verify(path)
        assert report.ok, report.lines()
        for stream in report.streams:
            rows = tree.rows[stream.name]
            assert stream.seq == len(rows)
            assert stream.root == root_of(row[2] for row in rows).hex()
            assert stream.state_hash == _folded(rows, len(rows)).hex()
        tree.store = SqliteStore(path)
        tree.check(random.Random(seed))
        tree.store.close()


def a_family(path: Path, first: str = "thing") -> Tree:
    """Make a parent of 60, a fork of it at 40 with 30 of its own, one of that at 50, one at 30."""
    tree = Tree(SqliteStore(str(path)))
    tree.keep("w0", [first, "thing"])
    for _ in range(29):
        tree.write("w0", 2)
    tree.fork("w0", 40)
    for _ in range(15):
        tree.write("w1", 2)
    tree.fork("w1", 50)
    tree.write("w2", 2)
    tree.fork("w1", 30)  # below the fork of its parent: the grandparent's own
    tree.write("w3", 2)
    return tree


def bad(report: Report) -> dict[str, int | None]:
    return {stream.name: stream.first_bad_seq for stream in report.streams}


@pytest.mark.parametrize(
    ("stream", "seq", "expected"),
    [
        (1, 20, {"w0": 20, "w1": 20, "w2": 20, "w3": 20}),
        (1, 35, {"w0": 35, "w1": 35, "w2": 35, "w3": None}),
        (1, 50, {"w0": 50, "w1": None, "w2": None, "w3": None}),
        (2, 45, {"w0": None, "w1": 45, "w2": 45, "w3": None}),
        (2, 55, {"w0": None, "w1": 55, "w2": None, "w3": None}),
        (3, 51, {"w0": None, "w1": None, "w2": 51, "w3": None}),
    ],
)
def test_a_bad_record_is_named_in_every_world_that_has_it(
    tmp_path: Path, stream: int, seq: int, expected: dict[str, int | None]
) -> None:
    path = tmp_path / "realm.loom"
    a_family(path).store.close()
    connection = open_writer(str(path))
    id = stream << format.SEQ_BITS | seq
    connection.execute("UPDATE record SET hash=zeroblob(32) WHERE id=?", (id,)).fetchall()
    connection.close()
    report = verify(str(path))
    assert bad(report) == expected
    shared = [s for s in report.streams if s.first_bad_seq and s.name != f"w{stream - 1}"]
    assert all(f"shared with w{stream - 1}" in s.why or "shared with w1" in s.why for s in shared)


def test_a_fork_s_row_that_points_elsewhere_is_found(tmp_path: Path) -> None:
    path = tmp_path / "realm.loom"
    a_family(path).store.close()
    sound = path.read_bytes()
    for change in ("fork=38", "parent=3", "parent=77", "parent=2", "fork=60", "fork=0, parent=0"):
        path.write_bytes(sound)
        connection = open_writer(str(path))
        connection.execute(f"UPDATE stream SET {change} WHERE name='w1'").fetchall()
        connection.close()
        report = verify(str(path))
        assert not report.ok
        assert bad(report)["w1"] is not None, (change, report.lines())
        assert bad(report)["w0"] is None, change


def test_a_damaged_snapshot_before_a_fork_misleads_no_one(tmp_path: Path) -> None:
    path = tmp_path / "realm.loom"
    tree = a_family(path)
    state = State()
    for record in read(tree.rows["w0"][:20]):
        state.fold(record)
    other = State()
    tree.store.save_snapshot(1, 20, other.state_hash(), state.head, other.encode_snapshot())
    tree.store.close()
    report = verify(str(path))
    assert [problem[:21] for problem in report.problems] == ["w0: the snapshot at 2"]
    for stream in report.streams:
        rows = tree.rows[stream.name]
        assert stream.first_bad_seq is None
        assert stream.state_hash == _folded(rows, len(rows)).hex()


def test_a_tile_of_a_fork_that_differs_is_named(tmp_path: Path) -> None:
    path = tmp_path / "realm.loom"
    store = SqliteStore(str(path))
    tree = Tree(store)
    for _ in range(7):
        tree.write("w0", 100)
    tree.fork("w0", 600)
    for _ in range(6):
        tree.write("w1", 100)
    store.nodes(tree.writers["w1"].stream, 8, 0, 4)
    store.close()
    assert verify(str(path)).ok
    connection = apsw.Connection(str(path))
    connection.execute("UPDATE tile SET node=zeroblob(32) WHERE stream=2 AND number=2")
    connection.close()
    (problem,) = verify(str(path)).problems
    assert problem.startswith("w1: the tile that ends at 768 is damaged")


@pytest.mark.parametrize("name", ["w0", "w1", "w2", "w3"])
def test_a_fork_leaves_whole_and_comes_back_with_equal_hashes(tmp_path: Path, name: str) -> None:
    path = tmp_path / "realm.loom"
    shared = sha256(b"shared by all").hexdigest()
    tree = a_family(path, f"model {shared}")
    assert tree.store.put_asset(b"shared by all", "x/y") == shared
    report = {stream.name: stream for stream in verify(str(path)).streams}
    target = str(tmp_path / "one.loom")
    out = export_world(str(path), name, target)
    tree.store.close()
    rows = tree.rows[name]
    assert (out.seq, out.root) == (len(rows), root_of(row[2] for row in rows).hex())
    assert (out.root, out.state_hash) == (report[name].root, report[name].state_hash)
    assert out.assets == 1
    alone = verify(target)
    assert alone.ok and [stream.name for stream in alone.streams] == [name]
    other = SqliteStore(str(tmp_path / "other.loom"))
    back = import_world(target, other, name="again")
    assert (back.seq, back.root, back.state_hash, back.assets) == (
        out.seq, out.root, out.state_hash, 1,
    )  # fmt: skip
    head = other.open_stream("again")
    assert list(other.records(head.id, 0, 999)) == rows
    assert (head.parent, head.fork) == (0, 0)
    assert b"".join(other.read_asset(shared)) == b"shared by all"
    found = other.snapshot(head.id, 999)
    assert found is not None and found[0] == len(rows)
    other.close()


def test_an_export_of_a_fork_with_a_damaged_parent_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "realm.loom"
    a_family(path).store.close()
    connection = open_writer(str(path))
    id = 1 << format.SEQ_BITS | 20
    connection.execute("DELETE FROM record WHERE id=?", (id,)).fetchall()
    connection.close()
    with pytest.raises(Exception, match="record 20 is damaged"):
        export_world(str(path), "w2", str(tmp_path / "w2.loom"))
    assert not (tmp_path / "w2.loom").exists()


@pytest.mark.parametrize("kind", MAKERS)
def test_a_fork_that_cannot_be_is_refused(tmp_path: Path, kind: str) -> None:
    store = MAKERS[kind](tmp_path)
    tree = Tree(store)
    tree.write("w0", 3)
    for seq in (-1, 4, 1 << 41):
        with pytest.raises(NotFound):
            store.fork_stream("w1", 1, seq)
    with pytest.raises(Conflict):
        store.fork_stream("w0", 1, 3)
    assert [head.name for head in store.streams()] == ["w0"]
    assert store.fork_stream("w1", 1, 2).seq == 0, "a group is not torn"
    store.close()


def test_a_fork_cut_off_before_its_first_record_leaves_its_parent_whole(tmp_path: Path) -> None:
    path = tmp_path / "realm.loom"
    tree = a_family(path)
    tree.store.fork_stream("torn", 1, 60)
    tree.store.close()
    assert verify(str(path)).ok
    store = SqliteStore(str(path))
    store.drop_fork("torn")
    store.close()
    assert bad(verify(str(path))) == dict.fromkeys(("w0", "w1", "w2", "w3"))


def test_a_staged_import_that_is_dropped_takes_nothing_of_a_family_along(tmp_path: Path) -> None:
    path = tmp_path / "realm.loom"
    tree = a_family(path)
    staged = Writer(tree.store.open_stream(f"{STAGING}1"))
    tree.store.commit([staged.group("half")])
    tree.store.close()
    tree.store = SqliteStore(str(path))
    tree.check(random.Random(1))
    tree.store.close()
    assert verify(str(path)).ok


def test_a_world_of_the_format_before_forks_is_lifted_and_can_be_forked(tmp_path: Path) -> None:
    path = tmp_path / "realm.loom"
    store = SqliteStore(str(path))
    tree = Tree(store)
    tree.write("w0", 3)
    tree.write("w0", 2)
    store.close()
    connection = apsw.Connection(str(path))
    for column in ("parent", "fork"):
        connection.execute(f"ALTER TABLE stream DROP COLUMN {column}")
    for table in ("person_key", "secret", "person"):
        connection.execute(f"DROP TABLE IF EXISTS {table}")
    connection.pragma("user_version", 1)
    connection.close()
    tree.store = SqliteStore(str(path))
    tree.fork("w0", 4)
    tree.write("w1", 2)
    tree.check(random.Random(1))
    tree.store.close()
    assert verify(str(path)).ok
