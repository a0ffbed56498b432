"""Promised: a forgotten person's words are gone for everyone, and nothing else changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.kernel.host import Host
from worldloom.kernel.errors import NotFound, Unavailable
from worldloom.kernel.people import ANYWHERE
from worldloom.kernel.personal import Personal
from worldloom.kernel.projection import Entry, Projection, Row, Rows
from worldloom.kernel.realm import Caller
from worldloom.kernel.records import Record, describe, verify
from worldloom.kernel.rights import Role
from worldloom.kernel.schema import Component, Event
from worldloom.kernel.world import World
from worldloom.stores.sqlite import SqliteStore

ANN = Caller("guest:ann", "Ann", "", Role.VISITOR)
SECRET = "my very own words"


class Noted(Event, name="past.Noted"):
    number: int
    text: Personal[str]


class Line(Row, frozen=True):
    """What was noted."""

    number: int
    actor: str
    text: str | None


class Diary(Component, name="past.Diary", private=True):
    text: Personal[str] = Personal("")


def make_room(name: str = "room") -> World:
    world = World(name)
    desk = world.spawn("desk", Diary())
    lines = Projection("lines", Line, key=("number",))
    world.project(lines)

    @lines.on(Noted)
    def keep(noted: Noted, entry: Entry, rows: Rows[Line]) -> None:
        rows.put(Line(noted.number, entry.actor, noted.text.value))

    @world.action
    def note(text: str, number: int) -> str:
        world.append(Noted(number, Personal(text)))
        desk[Diary] = Diary(Personal(text))
        return text

    @world.action
    def read() -> str | None:
        return desk[Diary].text.value

    return world


@pytest.fixture
def room(host: Host) -> Host:
    host.open(make_room())
    return host


def told(host: Host, world: str = "room") -> list[dict[str, Any]]:
    return [describe(record, host.store) for record in host.records(world)]


def rows_of(host: Host) -> list[tuple[int, str | None]]:
    found = host.store.select(host.realm.world("room").stream, "lines", {}, (), 99)
    return [(row.number, row.text) for row in found.rows]


def test_a_forgotten_person_s_words_are_gone_and_the_others_stay(room: Host) -> None:
    ann, bob = room.enter("room", "Annabella"), room.enter("room", "Bob")
    for who, text in ((ann, SECRET), (bob, "hello")):
        room.do("room", "say", who, text=text)
        room.do("room", "note", who, text=text, number=1 if who is ann else 2)
    room.do("room", "note", ann, text=SECRET, number=3)
    before = room.realm.world("room").state.state_hash()
    done = room.realm.forget("guest:annabella")
    room.flush()
    assert (done.worlds, done.plain) == (["room"], 0)
    assert SECRET not in str(told(room)) and "Annabella" not in str(told(room))
    heard = {"visitor": bob.visitor, "name": "Bob", "text": "hello", "agent": False}
    assert heard in told(room)
    assert rows_of(room) == [(1, None), (2, "hello"), (3, None)]
    assert room.do("room", "read", bob) is None
    assert told(room)[-1] == {"person": "guest:annabella"}
    assert room.realm.world("room").state.state_hash() == before, "no hash moves"
    assert room.realm.world("room").state.forgot == {"guest:annabella"}


def test_a_table_in_a_file_has_the_very_first_words_of_a_person(tmp_path: Path) -> None:
    """Their key is kept by the same commit: until it is durable, no other connection sees it."""
    room = Host(SqliteStore(str(tmp_path / "realm.loom")))
    room.open(make_room())
    room.do("room", "note", ANN, text="my first words", number=1)
    assert rows_of(room) == [(1, "my first words")]
    room.store.close()


def test_the_log_still_verifies_and_the_past_is_what_it_was(room: Host) -> None:
    ann = room.enter("room")
    room.do("room", "note", ann, text=SECRET, number=1)
    seq = room.realm.world("room").seq
    hash_then = room.realm.at("room", seq).state_hash()
    room.realm.forget("guest:ann")
    room.flush()
    live = room.realm.world("room")
    rows = room.store.records(live.stream, 0, live.durable_seq)
    assert len(list(verify(rows, 0, bytes(32)))) == live.seq
    assert room.realm.at("room", seq).state_hash() == hash_then
    again = room.restart()
    again.open(make_room())
    assert again.realm.world("room").state.state_hash() == live.state.state_hash()
    assert SECRET not in str(told(again))


def test_who_comes_again_is_someone_new_whom_the_old_words_do_not_belong_to(room: Host) -> None:
    ann = room.enter("room")
    room.do("room", "say", ann, text=SECRET)
    room.realm.forget("guest:ann")
    room.do("room", "say", ann, text="before it is kept")
    room.do("room", "say", ann, text="after it is kept")
    room.flush()
    texts = [one.get("text") for one in told(room) if "text" in one]
    assert texts == [None, "before it is kept", "after it is kept"]
    room.realm.forget("guest:ann")
    room.flush()
    assert [one["text"] for one in told(room) if "text" in one] == [None] * 3


def test_every_world_where_they_were_and_its_forks_take_note(room: Host) -> None:
    room.open(World("garden"))
    room.open(World("cellar"))
    ann = room.enter("room")
    room.realm.fork("cellar", "cellar-2", None, "local")
    room.realm.fork("room", "room-2", None, "local")
    room.realm.fork("room", "room-0", 1, "local")
    room.flush()
    room.realm.fork("room-2", "room-3", None, "local")
    room.do("garden", "say", ann, text="hi")
    done = room.realm.forget("guest:ann")
    room.flush()
    assert done.worlds == ["room", "garden", "room-2", "room-3"]
    assert room.kinds("room-3")[-1] == "Forgot"
    assert SECRET not in str(told(room, "room-3"))
    assert "Forgot" not in room.kinds("cellar") + room.kinds("room-0")


def test_one_who_was_seen_but_is_not_kept_yet_is_found_too(room: Host) -> None:
    room.realm.enter("room", "guest:ann", "Ann")
    assert room.realm.known("guest:ann")
    assert room.realm.forget("guest:ann").worlds == ["room"]
    room.flush()
    assert told(room)[-2]["name"] is None


def test_roles_tokens_and_answers_go_and_a_ban_stays(room: Host) -> None:
    room.realm.grant("ada", ANYWHERE, Role.BUILDER)
    secret, _ = room.realm.make_token("ada", Role.BUILDER)
    room.flush()
    room.do("room", "ban", account="ada")
    ann = room.enter("room")
    assert room.ask("room", "note", {"text": SECRET, "number": 1}, ann, key="k").result == SECRET
    assert room.ask("room", "read", {}, key="mine").result == SECRET
    assert room.ask("room", "spawn", {"name": "x"}, key="id").result == {"entity": "e9"}
    for person in ("ada", "guest:ann"):
        assert room.realm.known(person)
        room.realm.forget(person)
    room.flush()
    assert room.realm.token_of(secret) is None
    assert room.realm.role("ada", "room") is Role.VISITOR
    assert room.realm.people.forgotten("ada") and not room.realm.people.forgotten("bob")
    assert room.realm.people.banned_until("ada", "room", room.now) == 0
    stored = [msgspec.msgpack.decode(body)[2] for _, body in room.store._answers.values()]
    assert stored == [None, {"entity": "e9"}], "the owner's own answer quoted Ann"
    assert not room.realm.known("guest:nobody")


def test_a_forgetting_that_the_disk_refuses_has_not_happened(room: Host) -> None:
    ann = room.enter("room")
    room.do("room", "say", ann, text=SECRET)
    room.fate = lambda sealed: Unavailable("full", code="disk_full")
    done = room.realm.forget("guest:ann")
    room.flush()
    assert done.group.error is not None
    assert SECRET in str(told(room))
    room.fate = lambda _: None
    room.do("room", "say", ann, text="still me")
    assert len(room.store._secrets) == 1
    room.realm.forget("guest:ann")
    room.flush()
    assert "still me" not in str(told(room))


def test_undo_brings_nothing_of_a_forgotten_person_back(room: Host) -> None:
    ann, bob = room.enter("room"), room.enter("room", "Bob")
    room.do("room", "note", ann, text=SECRET, number=1)
    room.do("room", "note", bob, text="mine", number=2)
    room.realm.forget("guest:ann")
    room.flush()
    with pytest.raises(NotFound):
        room.do("room", "undo", room.enter("room", "Cato"))
    assert SECRET not in str(told(room))


def test_plain_words_of_before_are_hidden(room: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    old = Record(1, 0, 1, "Said", 1, b"", 0, "guest:ann", "", b"")
    payload = msgspec.msgpack.encode({"visitor": "v1", "name": "Ann", "text": SECRET})
    old = msgspec.structs.replace(old, payload=payload)
    assert describe(old, room.store)["text"] == SECRET
    monkeypatch.setattr(room.store, "hides", lambda person: person == "guest:ann")
    assert describe(old, room.store) == {"visitor": "v1", "name": None, "text": None}
    rows: dict[str, Any] = {}
    table = Projection("lines", Line, key=("number",))

    @table.on(Noted)
    def keep(noted: Noted, entry: Entry, found: Rows[Line]) -> None:
        rows[entry.actor] = noted.text.value

    payload = msgspec.msgpack.encode({"number": 1, "text": SECRET})
    for who in ("guest:ann", "guest:bob"):
        record = msgspec.structs.replace(old, payload=payload, kind="past.Noted", actor=who)
        table.take("room", record, None, None, room.store.hides)  # type: ignore[arg-type]
    assert rows == {"guest:ann": None, "guest:bob": SECRET}
