"""Promised: a name can be shown, harms no other line, and is nobody else's who is here."""

from __future__ import annotations

import unicodedata
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldloom.kernel.limits import LIMITS
from worldloom.kernel.names import MARKS_MAX, Names, shown, skeleton


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("  Ann \n Lee ", "Ann Lee"),
        ("A\u0300\u0301\u0302\u0303\u0304nn", "\u00c0\u0301\u0302nn"),
        ("ad\u200bmin\u202e", "admin"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("\u05d0\u05b8\u05d1", "\u05d0\u05b8\u05d1"),
        ("\u200b\u202e", ""),
        ("\u3164An\u115fna\ufe0f", "Anna"),
        ("\u3164\u2800", ""),
        (None, ""),
    ],
)
def test_a_name_is_shown_without_what_is_unseen_or_covers_others(
    name: str | None, seen: str
) -> None:
    assert shown(name) == seen


@given(st.text(max_size=300))
def test_whatever_is_sent_becomes_one_short_printable_line(name: str) -> None:
    seen = shown(name)
    assert seen.isprintable() and seen == " ".join(seen.split())
    assert len(seen) <= LIMITS.name_characters_max
    assert shown(seen) == seen
    heap = 0
    for letter in unicodedata.normalize("NFC", seen):
        heap = heap + 1 if unicodedata.category(letter)[0] == "M" else 0
        assert heap <= MARKS_MAX


@pytest.mark.parametrize(
    "other",
    [
        "ann",
        "ANN",
        "\u0410nn",
        "A\u0301nn",
        "\uff21\uff4e\uff4e",
        "A n n",
        "Ann.",
        "\u0391nn",
        "\u1d00nn",
        "\u13aann",
        "\u0251nn",
    ],
)
def test_names_that_look_alike_are_told_apart_by_a_number(other: str) -> None:
    names = Names()
    assert names.take("Ann", "guest:1") == "Ann"
    assert names.take(other, "guest:2") == f"{other} 2"
    assert names.take("Ann", "guest:3") == "Ann 3"


def test_who_is_not_here_is_told_apart_without_taking_a_name() -> None:
    names = Names()
    names.take("Ann", "guest:1")
    assert names.beside("Ann", "guest:1") == "Ann"
    assert [names.beside("ann", "guest:2") for _ in range(2)] == ["ann 2", "ann 2"]
    assert names.take("Ann", "guest:3") == "Ann 2"


def test_ones_own_tabs_share_a_name_and_the_last_one_frees_it() -> None:
    names = Names()
    assert [names.take("Ann", "guest:1") for _ in range(2)] == ["Ann", "Ann"]
    names.drop("Ann", "guest:1")
    assert names.take("Ann", "guest:2") == "Ann 2"
    names.drop("Ann", "guest:1")
    assert names.take("Ann", "guest:3") == "Ann"
    assert names.take("Ann 2", "guest:4") == "Ann 2 2"


@given(seed=st.integers(0, 2**32))
def test_however_people_come_and_go_no_two_accounts_look_alike(seed: int) -> None:
    chance, names = Random(seed), Names()
    here: list[tuple[str, str]] = []
    for _ in range(60):
        if here and chance.random() < 0.4:
            names.drop(*here.pop(chance.randrange(len(here))))
        account = f"guest:{chance.randrange(8)}"
        here.append((names.take(chance.choice(["Ann", "ann", "Ann 2", "Bob"]), account), account))
        looks: dict[str, str] = {}
        for name, whose in here:
            assert looks.setdefault(skeleton(name), whose) == whose
