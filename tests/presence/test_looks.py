"""Promised: an account always looks and is called the same, and the palette's fields fit."""

from hypothesis import given
from hypothesis import strategies as st

from worldloom.presence.looks import LOOK_MAX, look_of, look_parts, name_of


@given(st.text())
def test_an_account_has_one_look_and_one_name(account: str) -> None:
    assert look_of(account) == look_of(account) and 0 <= look_of(account) <= LOOK_MAX
    name = name_of(account)
    assert name == name_of(account) and len(name.split()) == 2 and name.istitle()


@given(st.integers(0, LOOK_MAX))
def test_the_parts_of_a_look_make_up_its_lower_bits(look: int) -> None:
    parts = look_parts(look)
    packed = (
        parts.skin | parts.hair << 3 | parts.top << 6 | parts.bottom << 10
        | parts.shoes << 13 | parts.accent << 15
    )  # fmt: skip
    assert packed == look & 0x3FFFF


def test_a_hundred_guests_have_many_names_and_looks() -> None:
    accounts = [f"guest:{number}" for number in range(100)]
    assert len({name_of(account) for account in accounts}) > 90
    assert len({look_of(account) & 0x3FFFF for account in accounts}) > 95
