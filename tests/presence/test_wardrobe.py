"""Promised: a code is a choice and back again, any text is some choice, and accounts differ."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldloom.kernel.avatar import fits
from worldloom.kernel.limits import LIMITS
from worldloom.presence.wardrobe import (
    DIGITS,
    FIELDS,
    KEYS,
    PRESETS,
    avatar_of,
    decode,
    encode,
    named,
)

CHOICES = st.fixed_dictionaries({f.key: st.integers(0, f.choices - 1) for f in FIELDS})


@given(CHOICES)
def test_a_code_is_a_choice_and_back_again(choice: dict[str, int]) -> None:
    code = encode(choice)
    assert decode(code) == choice and fits(code) and len(code) <= LIMITS.avatar_characters_max


@given(st.text(max_size=80))
def test_any_text_at_all_is_some_choice(text: str) -> None:
    choice = decode(text)
    assert all(0 <= choice[field.key] < field.choices for field in FIELDS)
    assert decode(encode(choice)) == choice


@given(st.text(max_size=80))
def test_only_what_an_address_may_hold_fits(text: str) -> None:
    assert fits(text) == (len(text) <= 64 and set(text) <= set(DIGITS))


def test_the_average_needs_no_code_at_all() -> None:
    assert encode({}) == "" == named() and decode("")["height"] == KEYS["height"].default


def test_what_the_wardrobe_lacks_is_named() -> None:
    for wrong in ({"tail": 1}, {"hair": 99}, {"hair": -1}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            encode(wrong)
    for name, value in (("tail", 1), ("hair", "mohawk")):
        with pytest.raises(ValueError, match=name):
            named(**{name: value})


def test_every_field_has_fewer_choices_than_there_are_characters() -> None:
    assert all(1 < field.choices <= len(DIGITS) for field in FIELDS)
    assert all(0 <= field.default < field.choices for field in FIELDS)
    assert len(set(PRESETS.values())) == len(PRESETS) >= 12


@given(st.text(max_size=40))
def test_an_account_has_one_figure(account: str) -> None:
    assert avatar_of(account) == avatar_of(account) and fits(avatar_of(account))


def test_a_hundred_guests_look_different() -> None:
    assert len({avatar_of(f"guest:{number}") for number in range(100)}) > 90
