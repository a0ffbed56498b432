"""Promised: one form on disk, and damage that is named by the first bad seq."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldloom.kernel.components import Color
from worldloom.kernel.draft import Draft
from worldloom.kernel.errors import Unavailable
from worldloom.kernel.live import Stream
from worldloom.kernel.people import Roles
from worldloom.kernel.records import (
    FIRST_HEAD,
    Record,
    describe,
    encode_payload,
    hash_of,
    hidden,
    read,
    verify,
)  # fmt: skip
from worldloom.stores.memory import MemoryStore

Row = tuple[int, bytes, bytes]


def log_of(*sizes: int) -> tuple[list[Row], list[Record]]:
    """Return a log with groups of these sizes."""
    stream = Stream("log", MemoryStore())
    rows: list[Row] = []
    records: list[Record] = []
    for time, size in enumerate(sizes):
        draft = Draft(stream.state, "ann")
        for number in range(size):
            draft.add("test.Rung", 1, encode_payload({"number": number}))
        part, sealed = stream.seal(draft, time, "ann", f"do:ann:{time}")
        rows += part.records()
        records += sealed
    return rows, records


def test_reading_gives_back_what_was_sealed() -> None:
    rows, records = log_of(2, 1, 3)
    assert list(read(rows)) == records == list(verify(rows, 0, FIRST_HEAD))
    assert [record.group for record in records] == [1, 1, 3, 4, 4, 4]


def test_time_actor_and_cause_stand_in_the_first_record_only() -> None:
    rows, _ = log_of(2)
    first, second = (msgspec.msgpack.decode(body) for _, body, _ in rows)
    assert first[6:] == [0, "ann", "do:ann:0"]
    assert len(second) == 6


def test_the_hash_chains_over_the_stored_bytes() -> None:
    rows, _ = log_of(1, 1)
    assert rows[0][2] == hash_of(FIRST_HEAD, rows[0][1])
    assert rows[1][2] == hash_of(rows[0][2], rows[1][1])


@given(st.integers(0, 5), st.data())
def test_any_flipped_bit_is_named_by_its_seq(place: int, data: st.DataObject) -> None:
    rows, _ = log_of(2, 1, 3)
    seq, body, hash = rows[place]
    bit = data.draw(st.integers(0, len(body) * 8 - 1))
    changed = bytearray(body)
    changed[bit // 8] ^= 1 << (bit % 8)
    rows[place] = (seq, bytes(changed), hash)
    with pytest.raises(Unavailable, match=f"record {seq} is damaged") as caught:
        list(verify(rows, 0, FIRST_HEAD))
    assert caught.value.code == "log_damaged"


def test_a_missing_record_is_named() -> None:
    rows, _ = log_of(1, 1, 1)
    with pytest.raises(Unavailable, match="record 2 is damaged: it is missing"):
        list(verify([rows[0], rows[2]], 0, FIRST_HEAD))


def chained(*bodies: tuple[object, ...]) -> list[Row]:
    """Return rows whose hashes fit, whatever their bodies say."""
    rows, head = list[Row](), FIRST_HEAD
    for seq, body in enumerate(bodies, 1):
        data = encode_payload(body)
        head = hash_of(head, data)
        rows.append((seq, data, head))
    return rows


@pytest.mark.parametrize(
    ("bodies", "seq"),
    [
        (((1, 0, 1, "a", 1, b""), (2, 1, 2, "a", 1, b"")), 2),
        (((1, 0, 2, "a", 1, b""), (2, 0, 1, "a", 1, b"")), 2),
        (((1, 0, 2, "a", 1, b""), (2, 1, 3, "a", 1, b"")), 2),
        (((1, 0, 0, "a", 1, b""),), 1),
        (((1, 1, 2, "a", 1, b""),), 1),
        (((7, 0, 1, "a", 1, b""),), 1),
        (((1, 0, 1, "a"),), 1),
        (((1, 0, 1, "a", 1, b"", 1, "x", "y", "z"),), 1),
        (((1, 0, 1, 3, 1, b""),), 1),
    ],
)
def test_a_body_that_does_not_fit_its_group_is_named(
    bodies: tuple[tuple[object, ...], ...], seq: int
) -> None:
    with pytest.raises(Unavailable, match=f"record {seq} is damaged"):
        list(verify(chained(*bodies), 0, FIRST_HEAD))


def sealed(write: object) -> Record:
    """Return the last record that a write leaves."""
    stream = Stream("log", MemoryStore())
    draft = Draft(stream.state, "ann")
    write(draft)  # type: ignore[operator]
    return stream.seal(draft, 0, "ann", "do:ann:1")[1][-1]


def test_private_things_are_hidden_from_clients() -> None:
    assert not hidden(sealed(lambda draft: draft.spawn("a", [Color()])))
    assert hidden(sealed(lambda draft: draft.spawn("a", [Roles()])))
    assert hidden(sealed(lambda draft: draft.add("~mall.Paid", 1, b"\x80")))
    assert not hidden(sealed(lambda draft: draft.add("mall.Sold", 1, b"\x80")))
    cell = ("~Roles", 1, b"\x80")
    secret = encode_payload(((("a", None, (cell,)),), "", ()))
    assert hidden(sealed(lambda draft: draft.add("Declared", 1, secret)))
    empty = encode_payload(((), "", ()))
    assert not hidden(sealed(lambda draft: draft.add("Declared", 1, empty)))


def test_a_spawned_record_never_holds_private_cells() -> None:
    stream = Stream("log", MemoryStore())
    draft = Draft(stream.state, "ann")
    draft.spawn("a", [Roles(), Color()])
    spawned, changed = stream.seal(draft, 0, "ann", "x")[1]
    assert not hidden(spawned)
    assert hidden(changed)


def test_records_are_described_as_json_with_named_fields() -> None:
    spawned = sealed(lambda draft: draft.spawn("a", [Color("#ff8800")]))
    assert describe(spawned) == {
        "id": 1,
        "name": "a",
        "parent": None,
        "components": {"Color": {"value": "#ff8800", "opacity": 1.0, "glow": 0.0}},
    }

    def change(draft: Draft) -> None:
        draft.put(draft.need(draft.spawn("a", [])), Color())

    assert describe(sealed(change))["data"] == {"value": "#cccccc", "opacity": 1.0, "glow": 0.0}
    rung = sealed(lambda draft: draft.add("test.Rung", 1, encode_payload({"n": 1})))
    assert describe(rung) == {"n": 1}
    odd = sealed(lambda draft: draft.add("test.Rung", 1, encode_payload([1])))
    assert describe(odd) == {"data": [1]}
    cell = ("Color", 1, encode_payload({"value": "#ffffff"}))
    declared = encode_payload(((("a", None, (cell,)),), "ab", ()))
    assert describe(sealed(lambda draft: draft.add("Declared", 1, declared))) == {
        "entities": [{"name": "a", "parent": None, "components": {"Color": {"value": "#ffffff"}}}],
        "source": "ab",
        "components": [],
    }
