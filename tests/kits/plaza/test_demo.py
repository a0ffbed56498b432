"""What the plaza does: notes on the board, a lantern to light, a portal for each installed kit."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import count

import pytest

from worldloom import (
    Annotation,
    Body,
    Color,
    Grab,
    Light,
    Model,
    Portal,
    Refused,
    Role,
    Spawn,
    Text,
    Transform,
    Use,
)
from worldloom.kernel.realm import Caller, Command, Realm
from worldloom.kits.plaza import places, rules
from worldloom.kits.plaza.components import Board, Lantern, Note
from worldloom.kits.plaza.demo import make_world
from worldloom.stores.memory import MemoryStore


class Plaza:
    """The demo world in a realm, with one visitor."""

    def __init__(self, kits: tuple[str, ...] = ()) -> None:
        clock = count(1_000_000, 1000)
        self.realm = Realm(MemoryStore(), lambda: next(clock), lambda size: bytes(size))
        self.world = make_world(kits)
        self.world.resolve_assets(dict.fromkeys(self.world.asset_files(), "0" * 64))
        self.live = self.realm.open(self.world)
        decision = self.realm.enter("plaza", "guest:1", "Ada")
        self.visitor = decision.result["visitor"]

    def do(self, action: str, **args: object) -> object:
        caller = Caller("guest:1", "Ada", self.visitor, Role.VISITOR)
        return self.realm.do(Command("plaza", action, args, caller)).result

    def notes(self) -> list[Note]:
        return sorted((e[Note] for e in self.world.find(Note)), key=lambda note: note.number)


@pytest.fixture
def plaza() -> Iterator[Plaza]:
    yield Plaza()


def test_a_note_hangs_on_the_board_for_everyone(plaza: Plaza) -> None:
    plaza.do("leave_note", text="  hello\nthere ")
    assert plaza.notes() == [Note("hello there", 0)]
    slip = next(iter(plaza.world.find(Note)))
    assert slip.parent == plaza.world["board"]
    assert slip.children[0][Text].value == "hello there"


def test_the_name_of_who_leaves_a_note_is_nowhere_in_plain(plaza: Plaza) -> None:
    entered = plaza.realm.enter("plaza", "guest:2", "Zebedee").result["visitor"]
    caller = Caller("guest:2", "Zebedee", entered, Role.VISITOR)
    plaza.realm.do(Command("plaza", "leave_note", {"text": "a word"}, caller))
    records = [one for sealed in plaza.realm.outbox for part in sealed.group.parts
               for one in part.records()]  # fmt: skip
    assert any(b"NoteLeft" in body for _, body, _ in records)
    assert not [body for _, body, _ in records if b"Zebedee" in body]


def test_only_the_newest_twelve_notes_stay(plaza: Plaza) -> None:
    for number in range(15):
        plaza.do("leave_note", text=f"note {number}")
    assert [note.text for note in plaza.notes()] == [f"note {n}" for n in range(3, 15)]
    assert plaza.world["board"][Board].written == 15
    writings = [e for e in plaza.world.find(Text) if e.name.startswith("writing")]
    assert len(writings) == rules.NOTES_SHOWN_MAX


def test_an_empty_or_endless_note_is_refused_and_changes_nothing(plaza: Plaza) -> None:
    before = plaza.live.state.state_hash()
    for text in ("", " \n ", "x" * (rules.NOTE_CHARS_MAX + 1)):
        with pytest.raises(Refused):
            plaza.do("leave_note", text=text)
    assert plaza.live.state.state_hash() == before


def test_a_click_lights_the_lantern_and_another_puts_it_out(plaza: Plaza) -> None:
    lantern = plaza.world["lantern"]
    plaza.do("click", entity=lantern.id)
    assert lantern[Lantern].lit
    assert lantern[Color].glow > 0
    assert lantern[Light].intensity > 0
    plaza.do("click", entity=plaza.world["stone lantern"].id)
    assert not lantern[Lantern].lit
    assert lantern[Light].intensity == 0


def test_clicking_anything_else_is_harmless(plaza: Plaza) -> None:
    seq = plaza.live.seq
    plaza.do("click", entity=plaza.world["fountain"].id)
    assert not plaza.world["lantern"][Lantern].lit
    assert plaza.live.seq >= seq


def test_the_board_is_used_by_clicking_it(plaza: Plaza) -> None:
    use = plaza.world["board"][Use]
    assert (use.action, use.arguments) == ("leave_note", ())
    assert "leave_note" in plaza.world.actions


def test_the_words_and_notes_of_the_board_have_a_lamp_for_the_evening(plaza: Plaza) -> None:
    lamp = plaza.world["board lamp"]
    assert lamp.parent == plaza.world["board"] and lamp[Light].intensity > 0
    for slot in range(rules.NOTES_SHOWN_MAX):
        off = math.dist(lamp[Transform].position, rules.place_of(slot))
        assert off < lamp[Light].reach / 2, "it falls off toward its reach"


def test_the_place_has_a_start_a_ball_and_explanations(plaza: Plaza) -> None:
    assert plaza.world["start"][Spawn].radius == 1.0
    assert Body in plaza.world["ball"] and Grab in plaza.world["ball"]
    assert Model in plaza.world["plaza"]
    assert len(list(plaza.world.find(Annotation))) >= 5


def test_without_other_kits_there_is_no_portal(plaza: Plaza) -> None:
    assert list(plaza.world.find(Portal)) == []


def test_each_installed_kit_gets_its_gate_and_portal() -> None:
    made = Plaza(("heritage", "mall", "unheard_of"))
    portals = {e[Portal].world: e for e in made.world.find(Portal)}
    assert set(portals) == {"heritage", "mall"}
    gate = portals["mall"].parent
    assert gate is not None
    assert Model in gate
    assert places.site_of("unheard_of") is None


def test_the_same_plaza_opened_again_logs_nothing(plaza: Plaza) -> None:
    seq = plaza.live.seq
    again = make_world(())
    again.resolve_assets(dict.fromkeys(again.asset_files(), "0" * 64))
    plaza.realm.open(again)
    assert plaza.live.seq == seq
