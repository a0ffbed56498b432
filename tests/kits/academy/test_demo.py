"""The academy's demo plays with nothing outside: what is clicked is learnt, and recorded."""

from __future__ import annotations

import pytest

from tests.kits.academy.place import Place
from worldloom import Refused
from worldloom.kernel.live import load_state
from worldloom.kits.academy.rules import HOME


def test_a_click_on_an_exhibit_is_recorded_as_a_statement() -> None:
    place = Place()
    place.do("click", entity="lock")
    assert place.do("experience", exhibit="tag").startswith("Tag-out: ")
    first, second = place.statements()
    assert first["actor"]["account"] == {"homePage": HOME, "name": "ada"}
    assert first["verb"]["id"] == "http://adlnet.gov/expapi/verbs/experienced"
    assert first["object"]["id"] == f"{HOME}/activities/lock"
    assert first["object"]["definition"]["name"] == {"en": "Lock-out"}
    assert first["id"] != second["id"]
    assert [first["id"][14], first["id"][19] in "89ab"] == ["4", True]


def test_who_learnt_is_nowhere_in_plain() -> None:
    place = Place()
    place.do("click", entity="lock")
    told = [one for one in place.records if one.kind == "~academy.StatementKept"]
    assert told and not [one for one in told if b'"ada"' in one.payload]


def test_what_is_no_exhibit_is_refused_and_changes_nothing() -> None:
    place = Place()
    before = place.live.state.state_hash()
    with pytest.raises(Refused):
        place.do("experience", exhibit="ground")
    assert place.live.state.state_hash() == before
    assert place.statements() == []


def test_a_replay_of_the_log_gives_the_same_state() -> None:
    place = Place()
    place.do("click", entity="lock")
    again = load_state(place.store, place.live.stream, place.live.seq)
    assert again.state_hash() == place.live.state.state_hash()
