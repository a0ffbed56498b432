"""Statements go out as they came, with what the store adds, whatever stands in them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kits.academy.xapi.statements import ANN, PUMP, STATEMENTS, plain
from worldloom import Personal
from worldloom.kernel.doors import Kept
from worldloom.kits.academy.events import StatementKept
from worldloom.kits.academy.xapi.showing import exact, languages_of, shown
from worldloom.kits.academy.xapi.values import spelled

HOME = "https://school.example"
Told = dict[str, Any]


def kept(told: Told, version: str = "1.0.3", by: str = "lms") -> Kept:
    event = StatementKept(told["id"], Personal(json.dumps(told)), version, by)
    return Kept(7, 1_700_000_000_123_456, event)


@given(STATEMENTS, st.booleans())
def test_every_statement_comes_back_as_it_went(told: Told, hidden: bool) -> None:
    if hidden:  # the names of what is added may stand anywhere in what came
        told = {**told, "result": {"extensions": {PUMP: {"timestamp": 1, "version": 2}}}}
    back = json.loads(exact(kept(told), HOME))
    assert {name: back.pop(name) for name in told} == json.loads(json.dumps(told))
    stored = spelled(1_700_000_000_123_456)
    assert back.pop("stored") == stored
    assert back.pop("authority")["account"] == {"homePage": HOME, "name": "lms"}
    assert back.pop("timestamp", stored) == stored
    assert back == {"version": "1.0.0"}


def test_what_says_its_own_time_and_version_keeps_them() -> None:
    told = plain(timestamp="2020-01-01T00:00:00Z", version="1.0.1")
    back = json.loads(exact(kept(told, "2.0.0"), HOME))
    assert (back["timestamp"], back["version"]) == (told["timestamp"], told["version"])
    assert json.loads(exact(kept(plain(), "2.0.0", ""), HOME))["version"] == "2.0.0"


@given(STATEMENTS, st.sampled_from(["ids", "canonical"]))
def test_every_statement_is_shown_in_every_form(told: Told, form: str) -> None:
    about = told.get("context", {}).get("contextActivities", {})
    about |= {name: one if isinstance(one, list) else [one] for name, one in about.items()}
    back = json.loads(shown(kept(told), HOME, form, ["de"], lambda id: None))
    assert back["verb"]["id"] == told["verb"]["id"]
    if form == "ids":
        assert back["verb"].keys() == {"id"}
        assert back["object"] == {"id": told["object"]["id"]}
        assert "name" not in back["actor"]
    else:
        assert len(back["verb"].get("display", {})) <= 1


@pytest.mark.parametrize(
    ("header", "wanted", "said"),
    [("de, en;q=0.5", ["de", "en"], "Pumpe"), ("fr;q=1, en", ["fr", "en"], "pump"),
     ("en;q=0.1, de-CH;q=0.9", ["de-ch", "en"], "Pumpe"), ("", [], "pump"),
     ("en-au", ["en-au"], "water shifter"), ("en-GB", ["en-gb"], "pump"), ("*", ["*"], "pump"),
     ("de;q=x, en", ["en"], "pump")],
)  # fmt: skip
def test_a_text_is_in_the_language_that_is_wanted_most(
    header: str, wanted: list[str], said: str
) -> None:
    assert languages_of(header) == wanted
    about = {"name": {"en": "pump", "de": "Pumpe", "en-AU": "water shifter"}}
    told = plain(actor=ANN, object={"id": PUMP})
    back = json.loads(shown(kept(told), HOME, "canonical", wanted, lambda id: about))
    assert list(back["object"]["definition"]["name"].values()) == [said]
