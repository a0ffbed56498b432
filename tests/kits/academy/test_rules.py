"""What the academy calls its accounts and activities."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldloom import Misused
from worldloom.kits.academy import Academy, rules


@given(st.lists(st.text(min_size=1, max_size=20), min_size=2, max_size=4))
def test_activities_of_different_names_have_different_iris(parts: list[str]) -> None:
    try:
        iri = rules.activity_id("https://school.example", *parts)
    except UnicodeEncodeError:
        return  # half a sign is no text
    assert iri.startswith("https://school.example/activities/")
    assert iri.count("/") == 3 + len(parts)
    assert " " not in iri


def test_an_iri_stays_what_it_is() -> None:
    assert rules.activity_id(rules.HOME, "urn:x:1") == "urn:x:1"
    assert rules.activity_id(rules.HOME, "a lock") == f"{rules.HOME}/activities/a%20lock"


def test_a_home_is_a_web_address() -> None:
    assert Academy("https://school.example/").home == "https://school.example"
    for wrong in ("school", "ftp://school.example", "https://", "https://a b", ""):
        with pytest.raises(Misused):
            Academy(wrong)
