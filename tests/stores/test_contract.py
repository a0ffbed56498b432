"""Promised: both stores keep whole groups in order, refuse what does not follow, and say why."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.stores.logs import Writer
from worldloom.kernel.errors import Conflict, NotFound, Unavailable
from worldloom.kernel.ports import Group, Part, Store
from worldloom.stores.memory import MemoryStore
from worldloom.stores.sqlite import SqliteStore

AnyStore = MemoryStore | SqliteStore
MAKERS: dict[str, Callable[[Path], AnyStore]] = {
    "memory": lambda folder: MemoryStore(),
    "sqlite": lambda folder: SqliteStore(str(folder / "realm.loom")),
}


@pytest.fixture(params=MAKERS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnyStore]:
    made = MAKERS[request.param](tmp_path)
    yield made
    made.close()


def test_a_store_fits_the_port(store: AnyStore) -> None:
    port: Store = store
    assert port.streams() == []


def test_a_stream_is_made_once_and_found_again(store: AnyStore) -> None:
    first = store.open_stream("plaza")
    second = store.open_stream("people")
    assert store.open_stream("plaza") == first
    assert [head.name for head in store.streams()] == ["plaza", "people"]
    assert (first.seq, first.head, first.frontier) == (0, bytes(32), b"")
    assert first.id != second.id


def test_committed_records_are_read_back_as_they_were_sealed(store: AnyStore) -> None:
    writer = Writer(store.open_stream("plaza"))
    group = writer.group("a", "b", "c")
    assert store.commit([group]) == [None]
    part = group.parts[0]
    assert tuple(store.records(part.stream, 0, 99)) == tuple(part.records())
    assert list(store.records(part.stream, 1, 2)) == [*part.records()][1:2]
    assert list(store.records(part.stream, 3, 99)) == []
    assert list(store.records(99, 0, 99)) == []
    head = store.streams()[0]
    assert (head.seq, head.head, head.frontier) == (3, writer.head, writer.frontier.pack())


def test_many_records_are_read_page_by_page_without_a_gap(store: AnyStore) -> None:
    writer = Writer(store.open_stream("plaza"))
    for _ in range(6):
        store.commit([writer.group(*["x"] * 500)])
    rows = list(store.records(writer.stream, 7, 2_900))
    assert [row[0] for row in rows] == list(range(8, 2_901))


@pytest.mark.parametrize("span", [(0, 3_000), (7, 2_900), (999, 1_001), (2_999, 9_999), (9, 9)])
def test_pages_join_what_records_yield_one_by_one(store: AnyStore, span: tuple[int, int]) -> None:
    writer = Writer(store.open_stream("plaza"))
    for _ in range(6):
        store.commit([writer.group(*["x"] * 500)])
    rows = list(store.records(writer.stream, *span))
    after, read = span[0], []
    for page in store.pages(writer.stream, *span):
        assert page.after == after
        after += page.count
        read.append(page.bodies)
        assert page.hash == rows[after - span[0] - 1][2]
    assert after == span[0] + len(rows)
    assert b"".join(read) == b"".join(body for _, body, _ in rows)
    assert list(store.pages(99, 0, 9)) == []


def test_a_stale_writer_is_refused_and_nothing_of_it_is_written(store: AnyStore) -> None:
    head = store.open_stream("plaza")
    owner, stale = Writer(head), Writer(head)
    assert store.commit([owner.group("a")]) == [None]
    [refusal] = store.commit([stale.group("b", "c")])
    assert isinstance(refusal, Conflict)
    assert refusal.code == "seq_conflict"
    assert store.streams()[0].seq == 1


def test_a_group_built_on_a_refused_one_of_equal_length_is_refused_by_its_chain(
    store: AnyStore,
) -> None:
    head = store.open_stream("plaza")
    owner, stale = Writer(head), Writer(head)
    store.commit([owner.group("a")])
    store.commit([stale.group("b")])
    [refusal] = store.commit([stale.group("c")])
    assert isinstance(refusal, Conflict)
    assert store.commit([owner.group("d")]) == [None]


def test_a_group_that_falls_does_not_take_the_reloaded_world_s_groups_along(
    store: AnyStore,
) -> None:
    head = store.open_stream("plaza")
    dropped, loaded_again = Writer(head), Writer(head)
    dropped.group("never committed")
    outcomes = store.commit([dropped.group("built on it"), loaded_again.group("fresh")])
    assert [outcome is None for outcome in outcomes] == [False, True]


def test_gaps_duplicates_and_unknown_streams_are_refused(store: AnyStore) -> None:
    writer = Writer(store.open_stream("plaza"))
    first, second = writer.part(["a"]), writer.part(["b"])
    unknown = Part(77, 0, bytes(32), first.rows)
    elsewhere = Part(first.stream, 0, second.head, first.rows)
    for bad in (second, unknown, elsewhere):
        assert isinstance(store.commit([Group((bad,))])[0], Conflict)
    assert isinstance(store.commit([Group((first, first))])[0], Conflict)
    assert store.commit([Group((first,)), Group((second,)), Group((second,))])[:2] == [None, None]


def test_a_refused_group_does_not_fail_its_neighbours(store: AnyStore) -> None:
    good = Writer(store.open_stream("good"))
    head = store.open_stream("bad")
    store.commit([Writer(head).group("first")])
    stale = Writer(head)
    outcomes = store.commit([good.group("a"), stale.group("x"), good.group("b"), stale.group("y")])
    assert [outcome is None for outcome in outcomes] == [True, False, True, False]
    assert store.open_stream("good").seq == 2


def test_groups_tied_over_several_streams_fall_together(store: AnyStore) -> None:
    heads = {name: store.open_stream(name) for name in ("world", "bank", "other", "free")}
    store.commit([Writer(heads["bank"]).group("moved on")])
    world, bank, other, free = (Writer(head) for head in heads.values())
    outcomes = store.commit(
        [
            world.group("before"),
            Group((world.part(["buy"]), bank.part(["pay"]))),
            Group((world.part(["then"]), other.part(["tied"]))),
            other.group("after"),
            free.group("alone"),
        ]
    )
    assert [outcome is None for outcome in outcomes] == [True, False, False, False, True]
    assert {head.name: head.seq for head in store.streams()} == {
        "world": 1,
        "bank": 1,
        "other": 0,
        "free": 1,
    }


def test_cursors_and_answers_are_kept_with_their_group_or_not_at_all(store: AnyStore) -> None:
    head = store.open_stream("plaza")
    writer = Writer(head)
    group = writer.group("a")
    group.cursors, group.answer = (("on", head.id, b"7"),), ("key", 1_000, b"{}")
    stale = Writer(head).group("b")
    stale.cursors, stale.answer = (("on", head.id, b"9"),), ("other", 1_000, b"{}")
    store.commit([group, stale])
    assert store.cursor("on", head.id) == b"7"
    assert store.cursor("on", head.id + 1) is None
    assert store.answer("key", 999) == b"{}"
    assert store.answer("key", 1_000) is None
    assert store.answer("other", 1) is None
    store.commit([Group((), (("on", head.id, b"8"),))])
    assert store.cursor("on", head.id) == b"8"


def test_the_order_of_the_realm_names_every_record_once(store: AnyStore) -> None:
    one, two = Writer(store.open_stream("one")), Writer(store.open_stream("two"))
    store.commit([one.group("a", "b"), one.group("c"), two.group("d"), one.group("e")])
    store.commit([Group((), (("on", one.stream, b""),))])
    store.commit([two.group("f")])
    orders = [order for _, order in store.batches()]
    assert orders == [[(1, 1, 3), (2, 1, 1), (1, 4, 1)], [(2, 2, 1)]]
    assert len(list(store.batches(1))) == 1


def test_the_newest_snapshot_at_or_before_a_seq_is_found(store: AnyStore) -> None:
    writer = Writer(store.open_stream("plaza"))
    store.commit([writer.group("a")])
    store.save_snapshot(writer.stream, 1, b"h" * 32, writer.head, b"one")
    store.commit([writer.group("b", "c")])
    store.save_snapshot(writer.stream, 3, b"i" * 32, writer.head, b"three")
    assert store.snapshot(writer.stream, 0) is None
    assert store.snapshot(writer.stream, 2) == (1, b"h" * 32, b"one")
    assert store.snapshot(writer.stream, 99) == (3, b"i" * 32, b"three")
    assert store.snapshot(99, 99) is None


def test_settings_are_set_replaced_and_removed(store: AnyStore) -> None:
    assert store.meta("secret") is None
    store.set_meta("secret", b"1")
    store.set_meta("secret", b"2")
    assert store.meta("secret") == b"2"
    store.set_meta("secret", None)
    assert store.meta("secret") is None


@given(data=st.binary(max_size=40), start=st.integers(0, 50), length=st.integers(0, 50))
@settings(max_examples=25, deadline=None)
def test_any_range_of_an_asset_is_what_was_put(data: bytes, start: int, length: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for make in MAKERS.values():
            store = make(Path(folder))
            big = data * 30_000
            sha = store.put_asset(big, "x/y")
            assert sha == sha256(big).hexdigest() == store.put_asset(big, "other/name")
            assert store.asset(sha) == ("x/y", len(big))
            low, high = start * 20_011, (start + length) * 20_011
            assert b"".join(store.read_asset(sha, low, high)) == big[low:high]
            assert b"".join(store.read_asset(sha)) == big
            assert store.assets() == [sha]
            store.close()
            for file in Path(folder).iterdir():
                file.unlink()


def test_a_model_that_is_found_to_be_an_avatar_is_one_from_then_on(store: AnyStore) -> None:
    sha = store.put_asset(b"a figure", "model/gltf-binary")
    assert store.put_asset(b"a figure", "model/vrm") == sha
    assert store.asset(sha) == ("model/vrm", 8)
    store.put_asset(b"a figure", "model/gltf-binary")
    assert store.asset(sha) == ("model/vrm", 8)


def test_an_asset_that_is_dropped_is_gone_and_can_be_put_again(store: AnyStore) -> None:
    big = bytes(range(256)) * 3_000  # some chunks
    sha, other = store.put_asset(big, "x/y"), store.put_asset(b"another", "x/y")
    store.drop_asset(sha)
    store.drop_asset(sha)  # whoever drops one that is gone has nothing to do
    store.drop_asset("0" * 64)
    assert store.asset(sha) is None and store.assets() == [other]
    with pytest.raises(NotFound):
        store.read_asset(sha)
    assert b"".join(store.read_asset(other)) == b"another"
    assert store.put_asset(big, "x/z") == sha and store.asset(sha) == ("x/z", len(big))
    assert b"".join(store.read_asset(sha)) == big


def test_an_unknown_asset_is_not_found(store: AnyStore) -> None:
    assert store.asset("0" * 64) is None
    with pytest.raises(NotFound):
        store.read_asset("0" * 64)


def test_a_closed_store_says_so(store: AnyStore) -> None:
    store.close()
    store.close()
    for call in (store.streams, lambda: store.set_meta("a", b""), lambda: store.meta("a")):
        with pytest.raises(Unavailable, match="closed"):
            call()
    with pytest.raises(Unavailable):
        store.commit([Group(())])


Step = tuple[str, int, int]
STEPS = st.lists(
    st.lists(
        st.tuples(st.sampled_from(["own", "stale", "both"]), st.integers(0, 2), st.integers(1, 3)),
        max_size=5,
    ),
    max_size=6,
)


@given(batches=STEPS)
@example([[("stale", 0, 1), ("both", 2, 1), ("stale", 2, 1)], [("own", 2, 2), ("stale", 2, 1)]])
@settings(max_examples=30, deadline=None)
def test_whatever_is_asked_both_stores_agree_and_chains_hold(batches: list[list[Step]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        stores = [make(Path(folder)) for make in MAKERS.values()]
        for name in ("a", "b", "c"):
            heads = [store.open_stream(name) for store in stores]
            assert heads[0] == heads[1]
        owners = {head.id: Writer(head) for head in stores[0].streams()}
        stale = {head.id: Writer(head) for head in stores[0].streams()}
        for batch in batches:
            groups = [_ask(step, owners, stale) for step in batch]
            told = [[outcome is None for outcome in store.commit(groups)] for store in stores]
            assert told[0] == told[1]
            for head in stores[0].streams():
                owners[head.id] = Writer(head)
        assert stores[0].streams() == stores[1].streams()
        for head in stores[0].streams():
            rows = [list(store.records(head.id, 0, 999)) for store in stores]
            assert rows[0] == rows[1]
            chain = bytes(32)
            for _, body, hash in rows[0]:
                chain = sha256(b"\x00" + chain + body).digest()
                assert chain == hash
            assert chain == head.head
        for store in stores:
            store.close()


def _ask(step: Step, owners: dict[int, Writer], stale: dict[int, Writer]) -> Group:
    kind, at, count = step
    ids = sorted(owners)
    texts = ["x"] * count
    if kind == "own":
        return Group((owners[ids[at]].part(texts),))
    if kind == "stale":
        return Group((stale[ids[at]].part(texts),))
    return Group((owners[ids[at]].part(texts), owners[ids[(at + 1) % 3]].part(texts)))
