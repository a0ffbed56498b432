"""Promised: a proof is a file that anyone checks offline, and no changed byte of it goes unseen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stores.logs import Writer
from tests.stores.test_contract import MAKERS, AnyStore
from worldloom.kernel.errors import Invalid, NotFound, Unavailable
from worldloom.kernel.hashing import Frontier
from worldloom.kernel.ports import Group, Part
from worldloom.kernel.records import Changed, encode_payload, hash_of
from worldloom.ledger.checkpoints import RealmKey, read_checkpoint
from worldloom.ledger.notes import read_vkey
from worldloom.ledger.proofs import Consistency, Inclusion, check, read_proof
from worldloom.ledger.prover import Prover
from worldloom.stores.memory import MemoryStore
from worldloom.stores.sqlite import SqliteStore

RECORDS = 700
encode = msgspec.json.encode


@pytest.fixture(scope="module", params=MAKERS)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AnyStore:
    store = MAKERS[request.param](tmp_path_factory.mktemp("proofs"))
    fill(store, RECORDS)
    request.addfinalizer(store.close)
    return store


def fill(store: AnyStore, records: int) -> Writer:
    writer = Writer(store.open_stream("plaza"))
    for _ in range(records // 7):
        assert store.commit([writer.group(*"abcdefg")]) == [None]
    return writer


def private_record(store: AnyStore) -> int:
    """Commit a change of a component that nobody may see; return its seq."""
    head = store.open_stream("plaza")
    seq = head.seq + 1
    payload = encode_payload(Changed(1, "~quiz.Answer", 1, b"\x90", 0, seq))
    entry = [seq, 0, 1, "Changed", 1, payload, 1_700_000_000_000_000, "tester", "test"]
    body = msgspec.msgpack.encode(entry)
    leaf = hash_of(head.head, body)
    part = Part(head.id, head.seq, head.head, (body, leaf))
    assert store.commit([Group((part,))]) == [None]
    return seq


@pytest.mark.parametrize("seq", [1, 2, 8, 255, 256, 257, 699, 700])
def test_a_record_is_proved_and_told_in_one_sentence(store: AnyStore, seq: int) -> None:
    prover = Prover(store)
    proof = prover.inclusion("plaza", seq)
    found = check(encode(proof), prover.vkey("plaza"))
    assert (found.kind, found.world, found.head.size) == ("inclusion", "plaza", RECORDS)
    assert found.sentence.startswith(f"record {seq} of plaza (Spawned")
    assert found.sentence.endswith(f"signed by {read_vkey(found.vkey).name}")
    if seq % 7 == 1:
        assert "Spawned by tester, 2023-11-14 22:13:2" in found.sentence


def test_a_record_is_proved_to_the_root_of_any_time_since(store: AnyStore) -> None:
    prover = Prover(store)
    for size in (300, 512, 699):
        proof = prover.inclusion("plaza", 300, size)
        assert check(encode(proof)).head.size == size
        assert read_checkpoint(proof.checkpoint, read_vkey(proof.vkey)).size == size


@pytest.mark.parametrize("pair", [(0, 700), (1, 700), (256, 512), (300, 301), (699, 700), (7, 7)])
def test_a_log_is_proved_to_continue_an_earlier_one(store: AnyStore, pair: tuple[int, int]) -> None:
    prover = Prover(store)
    proof = prover.consistency("plaza", *pair)
    found = check(encode(proof), prover.vkey("plaza"))
    assert (found.kind, found.head.size) == ("consistency", pair[1])
    assert f"with {pair[1]} records continues the one of {pair[0]} records" in found.sentence


def test_what_the_file_says_of_its_own_key_is_not_taken_for_known(store: AnyStore) -> None:
    prover = Prover(store)
    data = encode(prover.inclusion("plaza", 5))
    assert "the file names that key itself" in check(data).sentence
    stranger = RealmKey(MemoryStore()).signer("plaza").verifier.vkey
    with pytest.raises(Invalid) as error:
        check(data, stranger)
    assert error.value.code == "bad_proof"
    assert "not by the key that you gave" in error.value.message
    assert "compare both" in error.value.fix, "the same proof again would say the same"


def test_a_seq_that_is_not_there_is_not_found(store: AnyStore) -> None:
    prover = Prover(store)
    for seq, size in ((0, None), (701, None), (5, 4), (5, 701)):
        with pytest.raises(NotFound):
            prover.inclusion("plaza", seq, size)
    for first, second in ((701, None), (5, 4), (5, 701)):
        with pytest.raises(NotFound):
            prover.consistency("plaza", first, second)


@pytest.mark.parametrize("kind", ["inclusion", "consistency"])
def test_a_proof_fails_with_any_byte_changed(store: AnyStore, kind: str) -> None:
    prover = Prover(store)
    made = prover.inclusion("plaza", 8) if kind == "inclusion" else prover.consistency("plaza", 9)
    data = encode(made)
    assert check(data).kind == kind
    for at in range(len(data)):
        for bit in (1, 0x20):
            bent = data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]
            with pytest.raises(Invalid):
                check(bent)


def changed(proof: Inclusion | Consistency, **fields: Any) -> bytes:
    return json.dumps({**json.loads(encode(proof)), **fields}).encode()


def test_a_proof_made_of_parts_of_others_fails(store: AnyStore) -> None:
    prover = Prover(store)
    proof, other = prover.inclusion("plaza", 8), prover.inclusion("plaza", 9)
    older = prover.inclusion("plaza", 8, 600)
    stranger = Prover(MemoryStore())
    forged = stranger._sign("plaza", proof.size, bytes.fromhex(proof.root))
    longer = prover.consistency("plaza", 9)
    for data in (
        changed(proof, seq=9, index=8),
        changed(proof, seq=9),
        changed(proof, body=other.body),
        changed(proof, hash=other.hash),
        changed(proof, path=other.path),
        changed(proof, path=[]),
        changed(proof, checkpoint=older.checkpoint),
        changed(proof, checkpoint=forged),
        changed(proof, checkpoint=forged, vkey=stranger.vkey("garden")),
        changed(proof, world="garden"),
        changed(proof, redacted=True),
        changed(proof, redacted=False, body=None, before=None),
        changed(proof, size=699),
        changed(proof, more=1),
        changed(proof, hash="\ud800"),
        changed(proof, checkpoint="\ud800" + proof.checkpoint),
        changed(longer, **{"from": {"size": 8, "root": longer.first.root}}),
        changed(longer, **{"from": {"size": 0, "root": longer.first.root}}),
        changed(longer, **{"from": {"size": 800, "root": longer.first.root}}),
    ):
        with pytest.raises(Invalid):
            check(data)
    # A whole forgery is well made; only the key that one knows tells it.
    whole = changed(proof, checkpoint=forged, vkey=stranger.vkey("plaza"))
    assert "compare it" in check(whole).sentence
    with pytest.raises(Invalid):
        check(whole, prover.vkey("plaza"))


@given(st.binary() | st.text().map(str.encode) | st.just(b"{}") | st.just(b"[]"))
def test_no_file_of_strangers_breaks_the_reader(data: bytes) -> None:
    with pytest.raises(Invalid) as error:
        read_proof(data)
    assert error.value.code == "bad_proof"


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(str(tmp_path / "realm.loom"))
    fill(store, RECORDS)
    yield store
    store.close()


def test_a_private_record_is_proved_by_its_hash_alone(fresh: SqliteStore) -> None:
    seq = private_record(fresh)
    prover = Prover(fresh)
    proof = prover.inclusion("plaza", seq)
    assert (proof.redacted, proof.before, proof.body) == (True, None, None)
    data = encode(proof)
    assert b"Answer" not in data
    assert check(data).sentence.startswith(f"record {seq} of plaza (whose content is not shown)")


def test_an_empty_log_has_a_checkpoint_and_is_continued_by_any() -> None:
    store = MemoryStore()
    store.open_stream("plaza")
    prover = Prover(store)
    checkpoint = read_checkpoint(prover.checkpoint("plaza"), read_vkey(prover.vkey("plaza")))
    assert (checkpoint.size, checkpoint.root) == (0, Frontier().root())
    fill(store, 7)
    proof = prover.consistency("plaza", 0)
    assert proof.first.root == checkpoint.root.hex()
    assert check(encode(proof)).head.size == 7


def test_checkpoints_of_a_growing_log_are_consistent(fresh: SqliteStore) -> None:
    prover = Prover(fresh)
    key = read_vkey(prover.vkey("plaza"))
    before = read_checkpoint(prover.checkpoint("plaza"), key)
    fill(fresh, 70)
    proof = prover.consistency("plaza", before.size)
    assert proof.first.root == before.root.hex()
    assert read_checkpoint(prover.checkpoint("plaza"), key).root.hex() == proof.second.root


def test_a_damaged_tile_is_made_again_before_a_proof_is_given(fresh: SqliteStore) -> None:
    prover = Prover(fresh)
    good = prover.inclusion("plaza", 8)
    with fresh.file.writing() as connection:
        connection.execute("UPDATE tile SET node=zeroblob(32)")
    assert prover.inclusion("plaza", 8) == good
    with fresh.file.reading() as connection:
        assert connection.execute("SELECT count(*) FROM tile WHERE node=zeroblob(32)").get == 0


@pytest.mark.parametrize("column", ["body", "hash"])
def test_no_proof_is_given_of_a_damaged_record(fresh: SqliteStore, column: str) -> None:
    prover = Prover(fresh)
    with fresh.file.writing() as connection:
        connection.execute(f"UPDATE record SET {column}=zeroblob(32) WHERE id & 1023 = 8")
    with pytest.raises(Unavailable) as error:
        prover.inclusion("plaza", 8)
    assert error.value.code == "log_damaged"
