"""Promised: a world leaves and enters whole, with equal hashes, and takes no secret along."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.stores.logs import Writer
from worldloom.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from worldloom.kernel.opening import Card, read_card
from worldloom.stores import carried, transfer
from worldloom.stores.connections import open_writer
from worldloom.stores.format import SEQ_BITS
from worldloom.stores.sqlite import SqliteStore
from worldloom.stores.transfer import export_world, import_world, worlds_of
from worldloom.stores.verify import verify

SECRET = b"hmac-secret-of-this-realm"


class Realm:
    """A running realm with two worlds, people, files and secrets."""

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "realm.loom")
        self.store = SqliteStore(self.path)
        self.shown = self.store.put_asset(os.urandom(700_000), "model/gltf-binary")
        self.unused = self.store.put_asset(b"another world's", "x/y")
        self.plaza = Writer(self.store.open_stream("plaza"))
        self.other = Writer(self.store.open_stream("other"))
        self.people = Writer(self.store.open_stream("people"))
        groups = [self.plaza.group("a", "b"), self.plaza.group(f"model {self.shown}")]
        groups[0].cursors = (("on", self.plaza.stream, b"2"), ("on", self.other.stream, b"9"))
        groups[0].answer = ("key", 10**17, b"{}")
        groups += [self.other.group(f"its {self.unused}"), self.people.group("token-of-ada")]
        assert self.store.commit(groups) == [None] * 4
        self.store.set_meta("secret", SECRET)
        self.store.set_meta("world:plaza", msgspec.msgpack.encode(Card("Plaza", True)))


@pytest.fixture
def realm(tmp_path: Path) -> Realm:
    return Realm(tmp_path)


def test_a_round_trip_keeps_every_record_hash_and_the_state(realm: Realm, tmp_path: Path) -> None:
    target = str(tmp_path / "plaza.loom")
    out = export_world(realm.path, "plaza", target)
    store = SqliteStore(str(tmp_path / "second.loom"))
    back = import_world(target, store)
    assert back == out
    assert (out.world, out.seq, out.assets) == ("plaza", 3, 1)
    head = store.open_stream("plaza")
    assert list(store.records(head.id, 0, 9)) == list(realm.store.records(realm.plaza.stream, 0, 9))
    assert (head.head, head.frontier) == (realm.plaza.head, realm.plaza.frontier.pack())
    assert store.cursor("on", head.id) is None, "what came before is not acted on again"
    exported = SqliteStore(target)
    assert exported.cursor("on", exported.open_stream("plaza").id) == b"2"
    exported.close()
    # Who may see it is the people's to say, who take the rules that came with it.
    assert read_card("plaza", store.meta("world:plaza")) == Card("Plaza", False)
    assert carried.carried_in(store, "plaza") == carried.Carried(True)
    assert store.meta("secret") is None
    assert sha256(b"".join(store.read_asset(realm.shown))).hexdigest() == realm.shown
    snapshot = store.snapshot(head.id, 9)
    assert snapshot is not None
    assert (snapshot[0], snapshot[1].hex()) == (3, out.state_hash)
    store.close()
    for path in (target, str(tmp_path / "second.loom"), realm.path):
        assert verify(path).ok, verify(path).lines()


def test_a_vrm_of_an_imported_realm_is_a_model_until_it_is_checked_here(
    realm: Realm, tmp_path: Path
) -> None:
    body = realm.store.put_asset(b"whatever it is", "model/vrm")
    assert realm.store.commit([realm.plaza.group(f"model {body}")]) == [None]
    export_world(realm.path, "plaza", str(tmp_path / "plaza.loom"))
    store = SqliteStore(str(tmp_path / "second.loom"))
    import_world(str(tmp_path / "plaza.loom"), store)
    assert store.asset(body) == ("model/gltf-binary", 14)
    store.close()


def test_an_export_is_one_file_without_people_keys_or_other_worlds(
    realm: Realm, tmp_path: Path
) -> None:
    target = tmp_path / "plaza.loom"
    export_world(realm.path, "plaza", str(target))
    assert worlds_of(str(target)) == ["plaza"]
    content = target.read_bytes()
    assert SECRET not in content
    assert b"token-of-ada" not in content
    assert realm.unused.encode() not in content
    assert not [name for name in os.listdir(tmp_path) if "plaza.loom" in name][1:]


def test_an_export_sees_one_moment_of_a_running_realm(
    realm: Realm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "COPY_RECORDS", 2)
    realm.store.commit([realm.plaza.group("c") for _ in range(20)])

    class Interfering(SqliteStore):
        def put_asset(self, data: bytes, media: str) -> str:
            realm.store.commit([realm.plaza.group("meanwhile")])
            return super().put_asset(data, media)

    monkeypatch.setattr(transfer, "SqliteStore", Interfering)
    out = export_world(realm.path, "plaza", str(tmp_path / "plaza.loom"))
    assert out.seq == 23
    assert realm.store.open_stream("plaza").seq == 24


def test_a_taken_name_is_a_conflict_and_another_name_is_free(realm: Realm, tmp_path: Path) -> None:
    target = str(tmp_path / "plaza.loom")
    out = export_world(realm.path, "plaza", target)
    with pytest.raises(Conflict) as caught:
        import_world(target, realm.store)
    assert caught.value.code == "name_taken"
    assert caught.value.fix
    copy = import_world(target, realm.store, name="plaza-two")
    assert read_card("", realm.store.meta("world:plaza-two")) == Card("Plaza", False)
    assert (copy.world, copy.state_hash, copy.root) == ("plaza-two", out.state_hash, out.root)
    assert [head.name for head in realm.store.streams()][-1] == "plaza-two"


def test_a_name_taken_during_the_import_leaves_nothing_behind(realm: Realm, tmp_path: Path) -> None:
    """The world that took it keeps its own title, and no rules of the one that was refused."""
    target, mine = str(tmp_path / "plaza.loom"), msgspec.msgpack.encode(Card("Mine", True))
    export_world(realm.path, "plaza", target)

    def meanwhile(data: bytes, media: str) -> str:
        realm.store.open_stream("new")
        realm.store.set_meta("world:new", mine)
        return media

    with pytest.raises(Conflict):
        import_world(target, realm.store, name="new", media_of=meanwhile)
    assert realm.store.meta("world:new") == mine
    assert carried.carried_in(realm.store, "new") is None
    with realm.store.file.reading() as reader:
        assert reader.execute("SELECT count(*) FROM stream").get == 4


def test_a_file_from_elsewhere_cannot_bring_any_name(realm: Realm, tmp_path: Path) -> None:
    realm.store.rename_stream("other", "../<b>")
    for name in (None, "people", "~import:1"):
        with pytest.raises(Invalid):
            import_world(realm.path, realm.store, world="../<b>", name=name)
    assert len(realm.store.streams()) == 3


def test_what_is_not_there_is_named(realm: Realm, tmp_path: Path) -> None:
    target = str(tmp_path / "out.loom")
    for name in ("nowhere", "people"):
        with pytest.raises(NotFound):
            export_world(realm.path, name, target)
    assert not os.path.exists(target)
    with pytest.raises(Invalid, match="2 worlds: other, plaza"):
        import_world(realm.path, realm.store)
    with pytest.raises(Invalid, match="no such file"):
        import_world(target, realm.store)
    second = import_world(realm.path, realm.store, world="other", name="second")
    assert second.assets == 1


def test_an_export_never_overwrites(realm: Realm, tmp_path: Path) -> None:
    target = tmp_path / "precious.loom"
    target.write_bytes(b"precious")
    with pytest.raises(Conflict) as caught:
        export_world(realm.path, "plaza", str(target))
    assert caught.value.code == "file_exists"
    assert target.read_bytes() == b"precious"


LOW = 1 << SEQ_BITS
DAMAGE = {
    "a body": f"UPDATE record SET body=x'90' WHERE id={LOW | 2}",
    "a lost tail": f"DELETE FROM record WHERE id={LOW | 3}",
    "a torn group": f"DELETE FROM record WHERE id BETWEEN {LOW | 2} AND {LOW | 3}",
    "a file": "UPDATE asset_chunk SET data=zeroblob(5)",
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_world_is_neither_exported_nor_imported(
    realm: Realm, tmp_path: Path, name: str
) -> None:
    realm.store.close()
    connection = open_writer(realm.path)
    connection.execute(DAMAGE[name]).fetchall()
    connection.close()
    target = str(tmp_path / "out.loom")
    with pytest.raises(Unavailable):
        export_world(realm.path, "plaza", target)
    store = SqliteStore(str(tmp_path / "second.loom"))
    with pytest.raises(Unavailable):
        import_world(realm.path, store, world="plaza")
    assert store.streams() == []
    store.close()
    assert sorted(os.listdir(tmp_path)) == ["realm.loom", "second.loom"]


@given(before=st.text("0123456789abcdef", max_size=5), after=st.text("xyz0", max_size=5))
@settings(max_examples=50, deadline=None)
def test_a_file_s_name_is_found_wherever_it_stands_in_a_record(before: str, after: str) -> None:
    name = sha256(before.encode()).hexdigest()
    assert name in set(transfer._names_in(f"{before}{name}{after}".encode()))
