"""Promised: what is a person's own stands sealed in the log, and only their key opens it."""

from __future__ import annotations

from typing import Annotated

import msgspec
import pytest

from tests.kernel.host import Host
from worldloom.kernel.errors import Invalid, Misused, Unavailable
from worldloom.kernel.events import Said
from worldloom.kernel.limits import LIMITS, Limits
from worldloom.kernel.personal import Personal, opened
from worldloom.kernel.records import describe
from worldloom.kernel.schema import Component, Event, decode, from_plain
from worldloom.kernel.sealing import BOX_BYTES, Keys, open_box
from worldloom.kernel.world import World
from worldloom.stores.memory import MemoryStore

SECRET = "my very own words"


class Confessed(Event, name="test.Confessed"):
    text: Personal[str]
    about: str = ""


class Diary(Component, name="test.Diary", private=True):
    text: Personal[str] = Personal("")
    pages: int = 0


class Walked(Event, name="test.Walked"):
    steps: Personal[Annotated[tuple[float, ...], msgspec.Meta(max_length=3)]]


@pytest.fixture
def room(host: Host) -> Host:
    world = World("room")
    desk = world.spawn("desk", Diary())
    heard: list[str] = []

    @world.action
    def confess(text: str) -> None:
        world.append(Confessed(Personal(text)))

    @world.action
    def write(text: str) -> None:
        desk[Diary] = Diary(Personal(text), desk[Diary].pages + 1)

    @world.action
    def turn() -> str:
        desk.update(Diary, pages=desk[Diary].pages + 1)
        return str(desk[Diary].text)

    @world.action
    def walk(steps: tuple[float, ...]) -> None:
        world.append(Walked(Personal(steps)))

    @world.on(Confessed)
    def echo(confessed: Confessed) -> None:
        if not confessed.about:
            world.append(Confessed(Personal(str(confessed.text).upper()), "an echo"))
            heard.append(str(confessed.text))

    host.open(world)
    return host


def bodies(host: Host, world: str = "room") -> bytes:
    live = host.realm.world(world)
    rows = host.store.records(live.stream, 0, live.durable_seq)
    return b"".join(body for _, body, _ in rows)


def test_words_stand_nowhere_in_plain_text_and_are_read_by_who_has_the_key(room: Host) -> None:
    ann = room.enter("room", "Annabella")
    room.do("room", "say", ann, text=SECRET)
    room.do("room", "confess", ann, text=SECRET)
    assert SECRET.encode() not in bodies(room)
    assert SECRET.upper().encode() not in bodies(room)
    assert b"Annabella" not in bodies(room)
    told = [describe(record, room.store) for record in room.records("room")]
    said = {"visitor": ann.visitor, "name": "Annabella", "text": SECRET, "agent": False}
    assert said in told
    assert {"text": SECRET.upper(), "about": "an echo"} in told, "a reaction's words are theirs too"


def test_a_person_has_one_key_everywhere_and_after_a_restart(room: Host) -> None:
    room.open(World("garden"))
    ann = room.enter("room")
    room.enter("garden")
    other = room.restart()
    other.open(World("garden"))
    other.do("garden", "say", ann, text="again")
    assert len(room.store._secrets) == 1
    assert [home.stream for home in room.store.homes("guest:ann")] == [2, 3]


def test_a_private_component_keeps_its_owner_when_another_writes_a_field_beside(room: Host) -> None:
    ann, bob = room.enter("room", "Ann"), room.enter("room", "Bob")
    room.do("room", "write", ann, text=SECRET)
    assert room.do("room", "turn", bob) == SECRET
    cell = room.realm.world("room").state.entities[2].cells["~test.Diary"]
    diary = decode(Diary, cell.data)
    assert diary.pages == 2 and diary.text.box is not None
    key = room.store.key_of("guest:ann")
    assert key is not None
    assert int.from_bytes(diary.text.box[1:9], "big") == key[0], "it is still Ann's"


def test_a_sealed_field_costs_a_known_number_of_bytes(room: Host) -> None:
    keys = Keys(room.store, room.entropy)
    assert len(keys.seal("ann", b"12345")) == 5 + BOX_BYTES
    assert keys.seal("ann", b"1") != keys.seal("ann", b"1"), "nonces are random"


def test_a_box_of_another_key_or_a_changed_one_does_not_open(room: Host) -> None:
    keys = Keys(room.store, room.entropy)
    box = keys.seal("ann", b"hello")
    assert keys.open(box) == b"hello"
    assert keys.open(box[:-1] + b"?") is None
    assert keys.open(box[:5]) is None and keys.open(b"\x09" + box[1:]) is None
    assert open_box(MemoryStore(), box) is None
    other = MemoryStore()
    other.hold_key(int.from_bytes(box[1:9], "big"), bytes(32))
    assert open_box(other, box) is None


def test_what_the_world_says_by_itself_is_nobody_s(host: Host) -> None:
    world = World("room")

    @world.every(1)
    def chime() -> None:
        world.say("ding")

    host.open(world)
    host.now += 2_000_000
    host.realm.tick()
    host.flush()
    assert describe(host.records("room")[-1])["text"] == "ding"
    assert not host.store._secrets


def test_what_the_world_says_because_of_someone_is_theirs(host: Host) -> None:
    world = World("room")

    @world.on(Said)
    def answer(said: Said) -> None:
        if said.visitor.id:
            world.say(f"{said.name} said {said.text}")

    host.open(world)
    ann = host.enter("room", "Annabella")
    host.do("room", "say", ann, text=SECRET)
    assert b"Annabella" not in bodies(host)
    assert describe(host.records("room")[-1], host.store)["text"] == f"Annabella said {SECRET}"


def test_nobody_s_personal_data_are_refused(host: Host) -> None:
    world = World("room")

    @world.every(1)
    def chime() -> None:
        world.append(Confessed(Personal("whose?")))

    host.open(world)
    host.now += 2_000_000
    host.realm.tick()
    assert host.realm.faults[-1].error.code == "bad_personal"


def test_personal_data_of_someone_else_are_named(host: Host) -> None:
    world = World("room")

    @world.action
    def quote(text: str) -> None:
        world.append(Confessed(Personal(text, of="guest:cato")))
        world.append(Confessed(Personal("")))

    @world.action
    def slip(text: str) -> None:
        world.append(Confessed(text))  # type: ignore[arg-type]

    host.open(world)
    ann = host.enter("room")
    host.do("room", "quote", ann, text=SECRET)
    assert host.store.key_of("guest:cato") is not None
    with pytest.raises(Misused, match="is personal, and a str came"):
        host.do("room", "slip", ann, text=SECRET)


def test_a_declared_scene_holds_nobody_s_words() -> None:
    with pytest.raises(Misused, match="a declared scene is nobody's"):
        World("room").spawn("desk", Diary(Personal("mine")))


def test_a_personal_value_has_the_type_of_its_field(room: Host) -> None:
    ann = room.enter("room")
    room.do("room", "walk", ann, steps=[1.0, 2.5])
    assert describe(room.records("room")[-1], room.store)["steps"] == [1.0, 2.5]
    with pytest.raises(Invalid, match=r"test.Walked.steps"):
        room.do("room", "walk", ann, steps=[1.0] * 4)
    with pytest.raises(Invalid, match="half a character"):
        room.do("room", "confess", ann, text="\ud800")


def test_personal_fields_stand_at_the_top_of_events_and_private_components_alone() -> None:
    with pytest.raises(Misused, match="a component that everyone is sent"):

        class Open(Component, name="test.Open"):
            text: Personal[str]

    with pytest.raises(Misused, match="a Personal inside another type"):

        class Deep(Event, name="test.Deep"):
            texts: tuple[Personal[str], ...]

    with pytest.raises(Misused, match="does not say what it holds"):

        class Bare(Event, name="test.Bare"):
            text: Personal  # type: ignore[type-arg]


def test_a_personal_value_compares_prints_and_hides(room: Host) -> None:
    said = Personal("hello")
    assert said == Personal("hello") and said != Personal("other") and said != "hello"
    assert hash(said) == hash(Personal("hello"))
    assert (str(said), repr(said), said.forgotten) == ("hello", "<personal>", False)
    sealed = said.sealed(b"\x01abcdefgh")
    assert repr(sealed) == "<personal 61626364…>"
    sealed.blank()
    assert sealed.value == "hello", "only plain text of old is blanked"
    said.blank()
    assert said.forgotten and str(said) == ""


def test_a_payload_without_the_key_names_what_stays_shut() -> None:
    box = msgspec.msgpack.Ext(1, b"no box")
    payload = msgspec.msgpack.encode({"name": "n", "text": box})
    assert opened(payload, None) == ({"name": "n", "text": None}, ("text",))
    assert opened(msgspec.msgpack.encode(box), None) == (None, ())
    with pytest.raises(Invalid):
        from_plain(Confessed, {"text": 3})
    with pytest.raises(msgspec.ValidationError):
        decode(Confessed, msgspec.msgpack.encode({"text": msgspec.msgpack.Ext(7, b"")}))


def test_a_key_whose_first_group_fell_is_kept_with_the_next(room: Host) -> None:
    room.fate = lambda _: Unavailable("full", code="disk_full")
    room.enter("room")
    assert room.store.key_of("guest:ann") is None
    room.fate = lambda _: None
    room.enter("room")
    assert room.store.key_of("guest:ann") is not None


def test_only_so_many_keys_are_held_in_memory(room: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    small = Limits(keys_in_memory_max=2)
    for module in ("worldloom.kernel.sealing", "worldloom.stores.keys"):
        monkeypatch.setattr(f"{module}.LIMITS", small)
    for turn in range(2):
        for name in ("Ann", "Bob", "Cato", "Dora"):
            room.do("room", "say", room.enter("room", name), text=f"{name} {turn}")
    assert len(room.store._secrets) == 4
    told = [describe(record, room.store) for record in room.records("room")]
    assert "Dora 1" in {one.get("text") for one in told}
    assert LIMITS.keys_in_memory_max > 2
